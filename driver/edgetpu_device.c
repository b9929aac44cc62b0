// SPDX-License-Identifier: GPL-2.0-only
/* What of the device everybody else stands on: its state, and requests to those above. */
#include <linux/iopoll.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/workqueue.h>

#include <drm/drm_managed.h>

#include "edgetpu_device.h"

unsigned int edgetpu_timeout_ms = 10000;
module_param_named(timeout_ms, edgetpu_timeout_ms, uint, 0444);
MODULE_PARM_DESC(timeout_ms, "Time without any progress after which the device is reset (100..3600000)");

unsigned int edgetpu_job_limit_ms = 2000;
module_param_named(job_limit_ms, edgetpu_job_limit_ms, uint, 0644);
MODULE_PARM_DESC(job_limit_ms, "Model time a job may have the engines, of queues that do not say; 0: any");

unsigned int edgetpu_host_time_factor = 1000;
module_param_named(host_time_factor, edgetpu_host_time_factor, uint, 0644);
MODULE_PARM_DESC(host_time_factor, "Time a job may have the engines by the host's clock, in limits of its model time; 0: any");

unsigned int edgetpu_save_areas;
module_param_named(save_areas, edgetpu_save_areas, uint, 0444);
MODULE_PARM_DESC(save_areas, "Jobs that may be kept while others have their turn, of SRAM's size each (at most 128; 0: half of memory_mb)");

/* Lets go of jobs' buffers; not in the way of any fence. */
struct workqueue_struct *edgetpu_release_wq;

static void edgetpu_destroy_wq(struct drm_device *drm, void *wq)
{
	destroy_workqueue(wq);
}

/* Workqueues live as long as the DRM device: queues may outlive the hardware. */
static struct workqueue_struct *edgetpu_create_wq(struct edgetpu_device *edev, const char *name)
{
	struct workqueue_struct *wq = alloc_ordered_workqueue("%s", WQ_MEM_RECLAIM, name);

	if (!wq || drmm_add_action_or_reset(&edev->drm, edgetpu_destroy_wq, wq))
		return NULL;
	return wq;
}

int edgetpu_device_init(struct edgetpu_device *edev)
{
	unsigned int i;
	int ret;

	spin_lock_init(&edev->slots_lock);
	spin_lock_init(&edev->list_lock);
	edgetpu_meter_init(&edev->meter);
	for (i = 0; i < EDGETPU_NUM_LINES; i++)
		INIT_LIST_HEAD(&edev->waiting[i]);
	INIT_LIST_HEAD(&edev->halting);
	init_waitqueue_head(&edev->mbox_wait);
	init_waitqueue_head(&edev->forgotten_wait);
	init_waitqueue_head(&edev->quiet_wait);
	ret = drmm_mutex_init(&edev->drm, &edev->hw_lock);
	if (ret)
		return ret;
	edev->sched_wq = edgetpu_create_wq(edev, "edgetpu-sched");
	edev->recovery_wq = edgetpu_create_wq(edev, "edgetpu-recovery");
	return edev->sched_wq && edev->recovery_wq ? 0 : -ENOMEM;
}

/* Whether it can be what the device says of itself: memory and arrays depend on it. */
bool edgetpu_hardware_possible(const struct drm_edgetpu_hardware_info *hw)
{
	return hw->va_bits == EDGETPU_VA_BITS && hw->clock_khz &&
	       hw->num_contexts && hw->num_contexts <= EDGETPU_MAX_CONTEXTS &&
	       hw->num_queues && hw->num_queues <= EDGETPU_MAX_RINGS &&
	       hw->sram_size && hw->sram_size <= EDGETPU_MAX_SRAM_SIZE;
}

/**
 * edgetpu_wait_zero() - wait until a register reads 0
 * @edev: device, hw_lock held
 * @reg: register
 * @sleep_us: time between two looks
 * @timeout_us: how long at most
 *
 * Return: 0, -ETIMEDOUT; -EAGAIN when somebody wants to reset the function
 */
int edgetpu_wait_zero(struct edgetpu_device *edev, u32 reg, u64 sleep_us, u64 timeout_us)
{
	u32 value;
	int ret;

	ret = read_poll_timeout(edgetpu_read, value, !value || READ_ONCE(edev->interrupted),
				sleep_us, timeout_us, false, edev, reg);
	if (ret || !value)
		return ret;
	return -EAGAIN;
}

/**
 * edgetpu_pm_get() - the device is awake from here to edgetpu_pm_put()
 * @edev: device
 *
 * It is booted by a worker: that may take long, and who gives up does not wait for it.
 *
 * Return: 0, -ERESTARTSYS, or why power management cannot wake it
 */
int edgetpu_pm_get(struct edgetpu_device *edev)
{
	struct device *dev = edev->drm.dev;
	int ret = pm_runtime_get(dev);

	/* Nobody tells when it is awake but to those who wait whatever comes. */
	while (!ret || ret == -EINPROGRESS) {
		schedule_timeout_interruptible(1);
		ret = signal_pending(current) ? -ERESTARTSYS : pm_request_resume(dev);
	}
	if (ret > 0)
		return 0;
	edgetpu_pm_put(edev);
	return ret;
}

/* The requests: each from any context, and what carries it out is above. */

void edgetpu_slots_kick(struct edgetpu_device *edev)
{
	mod_delayed_work(edev->recovery_wq, &edev->slot_work, 0);
}

/* The device has a job: looks at it now and then until it has none. */
void edgetpu_watchdog_arm(struct edgetpu_device *edev)
{
	if (!delayed_work_pending(&edev->watchdog))
		queue_delayed_work(edev->recovery_wq, &edev->watchdog,
				   msecs_to_jiffies(min(edgetpu_timeout_ms, 1000u)));
}

void edgetpu_reset_request(struct edgetpu_device *edev)
{
	queue_work(edev->recovery_wq, &edev->reset_work);
}

/* What has been changed before, page tables and marks, is seen by what is done then. */
u32 edgetpu_invalidate_request(struct edgetpu_device *edev)
{
	const u32 ticket = atomic_inc_return(&edev->invalidations.wanted);

	queue_work(edev->recovery_wq, &edev->invalidations.work);
	return ticket;
}

bool edgetpu_invalidated(struct edgetpu_device *edev, u32 ticket)
{
	/* Pairs with the release when all of them were done */
	return (s32)(smp_load_acquire(&edev->invalidations.done) - ticket) >= 0;
}
