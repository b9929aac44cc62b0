// SPDX-License-Identifier: GPL-2.0-only
/* What of the device everybody else stands on; the hardware itself is not touched here. */
#include <linux/workqueue.h>

#include <drm/drm_managed.h>

#include "edgetpu_device.h"

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
	int ret;

	spin_lock_init(&edev->rings_lock);
	init_waitqueue_head(&edev->mbox_wait);
	ret = drmm_mutex_init(&edev->drm, &edev->hw_lock);
	if (ret)
		return ret;
	edev->sched_wq = edgetpu_create_wq(edev, "edgetpu-sched");
	edev->recovery_wq = edgetpu_create_wq(edev, "edgetpu-recovery");
	return edev->sched_wq && edev->recovery_wq ? 0 : -ENOMEM;
}

/* Asks for a reset, from any context. */
void edgetpu_reset_request(struct edgetpu_device *edev)
{
	queue_work(edev->recovery_wq, &edev->reset_work);
}

/* Resets; on return the device has forgotten everything from before. Without hw_lock. */
void edgetpu_reset_sync(struct edgetpu_device *edev)
{
	edgetpu_reset_request(edev);
	flush_work(&edev->reset_work);
}
