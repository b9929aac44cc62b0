/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _EDGETPU_PRIME_H_
#define _EDGETPU_PRIME_H_

#include <linux/types.h>

struct dma_buf;
struct drm_device;
struct drm_file;
struct drm_gem_object;

struct drm_gem_object *edgetpu_prime_import(struct drm_device *drm, struct dma_buf *dma_buf);
int edgetpu_prime_handle_to_fd(struct drm_device *drm, struct drm_file *file, u32 handle,
			       u32 flags, int *prime_fd);

#endif /* _EDGETPU_PRIME_H_ */
