/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _EDGETPU_SUBMIT_H_
#define _EDGETPU_SUBMIT_H_

#include <linux/types.h>

#include <drm/edgetpu_accel.h>

struct drm_device;
struct drm_file;

int edgetpu_array_check(const struct drm_edgetpu_array *array, u32 min, u32 max);
int edgetpu_region_check(const struct drm_edgetpu_region *region, u32 index);

int edgetpu_ioctl_submit(struct drm_device *drm, void *data, struct drm_file *filp);

#endif /* _EDGETPU_SUBMIT_H_ */
