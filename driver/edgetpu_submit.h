/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _EDGETPU_SUBMIT_H_
#define _EDGETPU_SUBMIT_H_

struct drm_device;
struct drm_file;

int edgetpu_ioctl_submit(struct drm_device *drm, void *data, struct drm_file *filp);

#endif /* _EDGETPU_SUBMIT_H_ */
