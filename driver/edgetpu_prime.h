/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _EDGETPU_PRIME_H_
#define _EDGETPU_PRIME_H_

struct dma_buf;
struct drm_device;
struct drm_gem_object;

struct drm_gem_object *edgetpu_prime_import(struct drm_device *drm, struct dma_buf *dma_buf);

#endif /* _EDGETPU_PRIME_H_ */
