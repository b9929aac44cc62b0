/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _EDGETPU_PM_H_
#define _EDGETPU_PM_H_

#include <linux/pm_runtime.h>

#include "edgetpu_device.h"

extern const struct dev_pm_ops edgetpu_pm_ops;

void edgetpu_pm_init(struct edgetpu_device *edev);
void edgetpu_pm_fini(struct edgetpu_device *edev);

/* The device is awake from here to edgetpu_pm_put(); sleeps, and may fail. */
static inline int edgetpu_pm_get(struct edgetpu_device *edev)
{
	return pm_runtime_resume_and_get(edev->drm.dev);
}

/* It is awake, and stays so; from any context. */
static inline void edgetpu_pm_keep(struct edgetpu_device *edev)
{
	pm_runtime_get_noresume(edev->drm.dev);
}

/* It may sleep, when nobody has wanted it for a while; from any context. */
static inline void edgetpu_pm_put(struct edgetpu_device *edev)
{
	pm_runtime_mark_last_busy(edev->drm.dev);
	pm_runtime_put_autosuspend(edev->drm.dev);
}

#endif /* _EDGETPU_PM_H_ */
