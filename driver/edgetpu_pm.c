// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sleep: of the system, with jobs under way, and of the device alone when it has had no
 * jobs for a while.
 *
 * Asleep, the hardware holds nothing: no queue has a slot, no client a context, and page
 * tables change without it. What had begun of a job is in its save area, in the host's
 * memory. Waking boots the firmware, which takes all of it over; no job is run twice and
 * none is lost.
 *
 * A queue with jobs that have not ended keeps the device awake, so that no fence waits for
 * it to wake: SUBMIT does.
 */
#include "edgetpu_device.h"
#include "edgetpu_irq.h"
#include "edgetpu_pm.h"
#include "edgetpu_recovery.h"
#include "edgetpu_slot.h"
#include "edgetpu_trace.h"

/*
 * How long the job that runs has to give way, which it does at the end of its turn: some
 * milliseconds of the device's time. What has not by then ends with the reset.
 */
#define QUIESCE_TIMEOUT		(10 * HZ)

/* How long after its last job the device sleeps, unless power/autosuspend_delay_ms says else */
#define AUTOSUSPEND_MS		2000

static void device_sleep(struct edgetpu_device *edev, bool system)
{
	trace_edgetpu_suspend(edev, system, true, 0);
	if (system)
		edgetpu_slots_quiesce(edev, QUIESCE_TIMEOUT);
	edgetpu_recovery_sleep(edev);
	/* Without power there are no registers. */
	edgetpu_irq_settle(edev);
	trace_edgetpu_suspend(edev, system, false, 0);
}

/* A device that does not come back is lost, and that is no reason to stay asleep. */
static void device_wake(struct edgetpu_device *edev, bool system)
{
	int ret;

	trace_edgetpu_resume(edev, system, true, 0);
	ret = edgetpu_recovery_wake(edev);
	if (system)
		edgetpu_slots_resume(edev);
	trace_edgetpu_resume(edev, system, false, ret);
}

static int edgetpu_suspend(struct device *dev)
{
	device_sleep(dev_get_drvdata(dev), true);
	return 0;
}

static int edgetpu_resume(struct device *dev)
{
	device_wake(dev_get_drvdata(dev), true);
	return 0;
}

static int edgetpu_runtime_suspend(struct device *dev)
{
	device_sleep(dev_get_drvdata(dev), false);
	return 0;
}

static int edgetpu_runtime_resume(struct device *dev)
{
	device_wake(dev_get_drvdata(dev), false);
	return 0;
}

const struct dev_pm_ops edgetpu_pm_ops = {
	SYSTEM_SLEEP_PM_OPS(edgetpu_suspend, edgetpu_resume)
	RUNTIME_PM_OPS(edgetpu_runtime_suspend, edgetpu_runtime_resume, NULL)
};

/* PCI holds the device awake while it is probed, and for user space to allow its sleep. */
void edgetpu_pm_init(struct edgetpu_device *edev)
{
	struct device *dev = edev->drm.dev;

	pm_runtime_set_autosuspend_delay(dev, AUTOSUSPEND_MS);
	pm_runtime_use_autosuspend(dev);
	pm_runtime_allow(dev);
	pm_runtime_mark_last_busy(dev);
	pm_runtime_put_autosuspend(dev);
}

/* As PCI expects it; it has woken the device. */
void edgetpu_pm_fini(struct edgetpu_device *edev)
{
	struct device *dev = edev->drm.dev;

	pm_runtime_forbid(dev);
	pm_runtime_dont_use_autosuspend(dev);
	pm_runtime_get_noresume(dev);
}
