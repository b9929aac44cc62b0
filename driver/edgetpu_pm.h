/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _EDGETPU_PM_H_
#define _EDGETPU_PM_H_

#include <linux/pm.h>

struct edgetpu_device;

extern const struct dev_pm_ops edgetpu_pm_ops;

void edgetpu_pm_init(struct edgetpu_device *edev);
void edgetpu_pm_fini(struct edgetpu_device *edev);

#endif /* _EDGETPU_PM_H_ */
