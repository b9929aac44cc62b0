/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _EDGETPU_FIRMWARE_H_
#define _EDGETPU_FIRMWARE_H_

#include <linux/sizes.h>

struct edgetpu_device;

#define EDGETPU_LOG_SIZE	SZ_16K

int edgetpu_firmware_load(struct edgetpu_device *edev);
int edgetpu_firmware_reset(struct edgetpu_device *edev);
int edgetpu_firmware_boot(struct edgetpu_device *edev);

#endif /* _EDGETPU_FIRMWARE_H_ */
