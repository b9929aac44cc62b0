/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _EDGETPU_GEM_H_
#define _EDGETPU_GEM_H_

#include <linux/types.h>

struct dma_buf;
struct drm_device;
struct drm_file;
struct drm_gem_object;

struct drm_gem_object *edgetpu_gem_create_object(struct drm_device *drm, size_t size);
struct drm_gem_object *edgetpu_gem_prime_import(struct drm_device *drm, struct dma_buf *dma_buf);
bool edgetpu_gem_writable(struct drm_gem_object *obj);
bool edgetpu_gem_shared(struct drm_gem_object *obj);

int edgetpu_ioctl_bo_create(struct drm_device *drm, void *data, struct drm_file *filp);
int edgetpu_ioctl_bo_info(struct drm_device *drm, void *data, struct drm_file *filp);

#endif /* _EDGETPU_GEM_H_ */
