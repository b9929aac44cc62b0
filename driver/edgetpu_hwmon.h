/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _EDGETPU_HWMON_H_
#define _EDGETPU_HWMON_H_

#include <linux/kconfig.h>

struct edgetpu_device;

#if IS_ENABLED(CONFIG_HWMON)
void edgetpu_hwmon_init(struct edgetpu_device *edev);
void edgetpu_hwmon_alarm(struct edgetpu_device *edev);
#else
static inline void edgetpu_hwmon_init(struct edgetpu_device *edev) { }
static inline void edgetpu_hwmon_alarm(struct edgetpu_device *edev) { }
#endif

#endif /* _EDGETPU_HWMON_H_ */
