// SPDX-License-Identifier: GPL-2.0-only
/*
 * Start and end of the device, and when it goes wrong between them.
 *
 * Watchdog: as long as the device has jobs it is looked at every second or so. It
 * runs one job at a time; when that one shows no progress for edgetpu.timeout_ms,
 * its job fails with ETIMEDOUT and its queue is taken off the hardware. So does one
 * that shows progress, but has had the engines for edgetpu.host_time_factor times its
 * limit. Only when the firmware cannot do that, or when nothing runs and yet nothing
 * happens, the device is reset.
 *
 * Reset: the firmware is booted anew and knows nothing.
 *  - A job that had started fails, with ECANCELED unless it was to blame: it may
 *    have written part of its results, so it is not run again. Its queue goes on.
 *  - A job that had not started is run by the new firmware, however often.
 *
 * Sleep: everything is taken off the hardware, which is then stopped; waking boots it, as
 * after a reset. What was saved goes on.
 *
 * Lost: when the device cannot be reset or booted, or has failed again and again
 * with no job to blame and none completed between, it is cut off from memory, all
 * fences are signalled with ENODEV and the node goes away. What jobs do, each of
 * which ends with the reset that it causes, does not count.
 *
 * All of it runs on the recovery workqueue or with hw_lock held, one at a time, in
 * bounded time.
 */
#include <linux/dma-fence.h>

#include <drm/drm_drv.h>
#include <drm/drm_managed.h>

#include <edgetpu_coredump.h>

#include "edgetpu_device.h"
#include "edgetpu_dump.h"
#include "edgetpu_firmware.h"
#include "edgetpu_recovery.h"
#include "edgetpu_slot.h"
#include "edgetpu_trace.h"

/* Resets without a job to blame or completed, after which the device is given up */
#define MAX_FAILED_RESETS	8
/* Attempts to boot the firmware in one reset */
#define MAX_BOOTS		3

/* --- lost --- */

/* The device is gone or must not touch memory any more. */
static void device_lost(struct edgetpu_device *edev)
{
	pci_clear_master(to_pci_dev(edev->drm.dev));
	edgetpu_slots_lost(edev);
}

static void unplug_work(struct work_struct *work)
{
	struct edgetpu_device *edev = container_of(work, struct edgetpu_device, unplug_work);

	drm_dev_unplug(&edev->drm);
}

/* --- reset --- */

static bool crashed(struct edgetpu_device *edev)
{
	return edgetpu_read(edev, EDGETPU_REG_CORE_STATUS) == EDGETPU_CORE_CRASHED;
}

static bool report_crash(struct edgetpu_device *edev)
{
	if (!edgetpu_alive(edev) || !crashed(edev))
		return false;
	drm_err(&edev->drm, "firmware crashed: pc %#x cause %#x tval %#x\n",
		edgetpu_read(edev, EDGETPU_REG_CRASH_PC),
		edgetpu_read(edev, EDGETPU_REG_CRASH_CAUSE),
		edgetpu_read(edev, EDGETPU_REG_CRASH_TVAL));
	return true;
}

/*
 * Stops what runs, and boots. It reaches memory only between the two: what was not
 * stopped when it was cut off may still be at work. -EAGAIN when somebody resets the
 * function meanwhile.
 */
static int restart(struct edgetpu_device *edev)
{
	unsigned int tries = 0;
	int ret;

	do {
		ret = edgetpu_firmware_reset(edev);
		if (ret)
			return ret;
		if (!edgetpu_slots_reset(edev) && !tries)
			edev->failed_resets++;
		if (edev->failed_resets > MAX_FAILED_RESETS)
			return -EIO;
		pci_set_master(to_pci_dev(edev->drm.dev));
		ret = edgetpu_firmware_boot(edev);
	} while (ret && ret != -EAGAIN && ++tries < MAX_BOOTS);
	return ret;
}

/* What cannot be made to work again is lost. -EAGAIN: somebody else resets it. */
static int start_again(struct edgetpu_device *edev)
{
	int ret;

	edev->offline = true;
	ret = restart(edev);
	if (ret == -EAGAIN)
		return ret;
	if (!ret) {
		edev->offline = false;
		edev->watched = false;
		edgetpu_slots_kick(edev);
		return 0;
	}
	drm_err(&edev->drm, "cannot be made to work again (%d), giving the device up\n", ret);
	edgetpu_dump_take(edev, EDGETPU_DUMP_LOST);
	device_lost(edev);
	schedule_work(&edev->unplug_work);
	return ret;
}

/* What is to be told of a device that is about to be reset; a function's reset is no crash. */
static void take_dump(struct edgetpu_device *edev, u32 reason)
{
	static const u8 reasons[] = {
		[EDGETPU_TRACE_ASKED] = EDGETPU_DUMP_ASKED,
		[EDGETPU_TRACE_CRASHED] = EDGETPU_DUMP_CRASHED,
		[EDGETPU_TRACE_HUNG] = EDGETPU_DUMP_HUNG,
		[EDGETPU_TRACE_DEAD] = EDGETPU_DUMP_DEAD,
	};

	if (reason < ARRAY_SIZE(reasons))
		edgetpu_dump_take(edev, reasons[reason]);
}

/* @reason: EDGETPU_TRACE_* */
static void reset_device(struct edgetpu_device *edev, u32 reason)
{
	int ret;

	lockdep_assert_held(&edev->hw_lock);
	/* What somebody else resets, or wakes, we boot when they have. */
	if (edev->lost || edev->away || edev->asleep)
		return;
	if (report_crash(edev))
		reason = EDGETPU_TRACE_CRASHED;
	take_dump(edev, reason);
	edev->resets++;
	trace_edgetpu_reset(edev, reason, true, 0);
	ret = start_again(edev);
	trace_edgetpu_reset(edev, reason, false, ret);
	if (!ret)
		drm_info(&edev->drm, "device is reset\n");
}

static void reset_work(struct work_struct *work)
{
	struct edgetpu_device *edev = container_of(work, struct edgetpu_device, reset_work);
	const bool signalling = dma_fence_begin_signalling();

	mutex_lock(&edev->hw_lock);
	reset_device(edev, EDGETPU_TRACE_ASKED);
	mutex_unlock(&edev->hw_lock);
	dma_fence_end_signalling(signalling);
}

/* hw_lock, for what is more urgent than anything that waits for the device with it held */
static void lock_at_once(struct edgetpu_device *edev)
{
	WRITE_ONCE(edev->interrupted, true);
	wake_up_all(&edev->mbox_wait);
	mutex_lock(&edev->hw_lock);
	WRITE_ONCE(edev->interrupted, false);
}

/* Nothing is done and nothing asked from here on; jobs are taken back. */
static void stop_device(struct edgetpu_device *edev)
{
	edev->offline = true;
	if (edev->lost)
		return;
	/* What it does not stop doing now reaches no memory until it has been reset. */
	if (edgetpu_firmware_reset(edev))
		pci_clear_master(to_pci_dev(edev->drm.dev));
	edgetpu_slots_reset(edev);
}

/*
 * Somebody is about to reset the function, through sysfs for one: until they have,
 * its registers read as ones, which says nothing. Jobs are taken back before.
 */
void edgetpu_recovery_reset_prepare(struct edgetpu_device *edev)
{
	lock_at_once(edev);
	edev->away = true;
	stop_device(edev);
	mutex_unlock(&edev->hw_lock);
}

/* They have; the device did not fail. */
void edgetpu_recovery_reset_done(struct edgetpu_device *edev)
{
	mutex_lock(&edev->hw_lock);
	edev->failed_resets = 0;
	edev->away = false;
	reset_device(edev, EDGETPU_TRACE_FUNCTION);
	mutex_unlock(&edev->hw_lock);
}

/* --- sleep --- */

/* Jobs that could not be saved end; there are none when nobody has a slot. */
void edgetpu_recovery_sleep(struct edgetpu_device *edev)
{
	mutex_lock(&edev->hw_lock);
	stop_device(edev);
	edev->asleep = true;
	mutex_unlock(&edev->hw_lock);
}

/* It may have been without power. 0, or why it does not work now, or never again. */
int edgetpu_recovery_wake(struct edgetpu_device *edev)
{
	int ret = -ENODEV;

	mutex_lock(&edev->hw_lock);
	edev->asleep = false;
	edev->failed_resets = 0;
	edev->look_time = jiffies;
	/* Who resets the function boots it. */
	if (edev->away)
		ret = -EAGAIN;
	else if (!edev->lost)
		ret = start_again(edev);
	mutex_unlock(&edev->hw_lock);
	return ret;
}

/* --- watchdog --- */

/* Has nothing moved on the device for too long? What was before it had jobs does not count. */
static bool hung(struct edgetpu_device *edev)
{
	u32 hash;

	if (!edgetpu_slots_busy(edev, &hash) || hash != edev->progress_hash || !edev->watched) {
		edev->watched = true;
		edev->progress_hash = hash;
		edev->progress_time = jiffies;
	}
	return time_after(jiffies, edev->progress_time + msecs_to_jiffies(edgetpu_timeout_ms));
}

/* How often the device is looked at; at most so long counts for what was seen then */
static unsigned long period(void)
{
	return msecs_to_jiffies(min(edgetpu_timeout_ms, 1000u));
}

static void look(struct edgetpu_device *edev)
{
	const unsigned long elapsed = jiffies - edev->look_time;

	edev->look_time = jiffies;
	/* An interrupt may have been lost: completions count, whoever finds them. */
	edgetpu_slots_process(edev);

	if (!edgetpu_alive(edev)) {
		drm_err(&edev->drm, "device does not answer any more\n");
		reset_device(edev, EDGETPU_TRACE_DEAD);
	} else if (crashed(edev)) {
		/* Its interrupt, if it came, asks for the same. */
		cancel_work(&edev->reset_work);
		reset_device(edev, EDGETPU_TRACE_CRASHED);
	} else if (hung(edev)) {
		edev->progress_time = jiffies;
		drm_err(&edev->drm, "no progress for %u ms\n", edgetpu_timeout_ms);
		if (edgetpu_slots_blame(edev))
			edgetpu_dump_take(edev, EDGETPU_DUMP_STUCK);
		else
			reset_device(edev, EDGETPU_TRACE_HUNG);
	} else if (edgetpu_slots_overdue(edev, min(elapsed, 2 * period()))) {
		drm_err(&edev->drm, "a job does not end\n");
		edgetpu_dump_take(edev, EDGETPU_DUMP_STUCK);
	}
}

static void watchdog(struct work_struct *work)
{
	struct edgetpu_device *edev = container_of(work, struct edgetpu_device, watchdog.work);
	const bool signalling = dma_fence_begin_signalling();
	u32 hash;

	mutex_lock(&edev->hw_lock);
	/* While it is offline a reset is on its way. */
	if (!edev->lost && !edev->offline)
		look(edev);
	if (!edev->lost && edgetpu_slots_busy(edev, &hash))
		edgetpu_watchdog_arm(edev);
	else
		edev->watched = false;
	mutex_unlock(&edev->hw_lock);
	dma_fence_end_signalling(signalling);
}

/* --- start and end --- */

int edgetpu_recovery_reset(struct edgetpu_device *edev)
{
	int ret;

	mutex_lock(&edev->hw_lock);
	ret = edgetpu_firmware_reset(edev);
	mutex_unlock(&edev->hw_lock);
	if (ret)
		drm_err(&edev->drm, "device does not come out of reset (%d)\n", ret);
	return ret;
}

int edgetpu_recovery_boot(struct edgetpu_device *edev)
{
	int ret;

	mutex_lock(&edev->hw_lock);
	ret = edgetpu_firmware_boot(edev);
	mutex_unlock(&edev->hw_lock);
	return ret;
}

/* Nothing on the device touches memory afterwards, one way or the other. */
void edgetpu_recovery_stop(struct edgetpu_device *edev)
{
	lock_at_once(edev);
	if (!edev->lost) {
		if (!edev->asleep) {
			edgetpu_write(edev, EDGETPU_REG_IRQ_ENABLE, 0);
			if (edgetpu_firmware_reset(edev))
				drm_err(&edev->drm, "device does not stop, cut off from memory\n");
		}
		device_lost(edev);
	}
	mutex_unlock(&edev->hw_lock);
	cancel_delayed_work_sync(&edev->watchdog);
	cancel_work_sync(&edev->reset_work);
	cancel_work_sync(&edev->unplug_work);
	edgetpu_dump_flush(edev);
}

static void recovery_fini(struct drm_device *drm, void *unused)
{
	cancel_delayed_work_sync(&to_edgetpu(drm)->watchdog);
}

int edgetpu_recovery_init(struct edgetpu_device *edev)
{
	int ret;

	INIT_DELAYED_WORK(&edev->watchdog, watchdog);
	INIT_WORK(&edev->reset_work, reset_work);
	INIT_WORK(&edev->unplug_work, unplug_work);
	ret = edgetpu_dump_init(edev);
	if (ret)
		return ret;
	return drmm_add_action_or_reset(&edev->drm, recovery_fini, NULL);
}
