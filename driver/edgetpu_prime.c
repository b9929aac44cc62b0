// SPDX-License-Identifier: GPL-2.0-only
/* dma-bufs that come in, and the rights of those that go out. */
#include <linux/dma-buf.h>

#include <drm/drm_drv.h>
#include <drm/drm_prime.h>

#include "edgetpu_account.h"
#include "edgetpu_device.h"
#include "edgetpu_gem.h"
#include "edgetpu_prime.h"

static bool is_writable(const struct dma_buf *dma_buf)
{
	return dma_buf->file->f_mode & FMODE_WRITE;
}

static struct drm_gem_object *import_foreign(struct edgetpu_device *edev,
					     struct edgetpu_account *account,
					     struct dma_buf *dma_buf)
{
	const enum dma_data_direction direction =
		is_writable(dma_buf) ? DMA_BIDIRECTIONAL : DMA_TO_DEVICE;
	struct dma_buf_attachment *attach;
	struct edgetpu_bo *bo;
	struct sg_table *sgt;

	attach = dma_buf_attach(dma_buf, edev->drm.dev);
	if (IS_ERR(attach))
		return ERR_CAST(attach);
	get_dma_buf(dma_buf);

	sgt = dma_buf_map_attachment_unlocked(attach, direction);
	if (IS_ERR(sgt)) {
		bo = ERR_CAST(sgt);
		goto err_detach;
	}
	bo = edgetpu_bo_import(edev, account, dma_buf, attach, sgt);
	if (IS_ERR(bo))
		goto err_unmap;
	return &bo->base;

err_unmap:
	dma_buf_unmap_attachment_unlocked(attach, sgt, direction);
err_detach:
	dma_buf_detach(dma_buf, attach);
	dma_buf_put(dma_buf);
	return ERR_CAST(bo);
}

/*
 * DRM turns a dma-buf of our own back into the buffer it was made of. For one
 * that was given away read-only that would give the receiver all rights, and
 * to import it as a foreign one would map its pages twice: it gets a view.
 */
static struct drm_gem_object *import_own(struct drm_gem_object *obj,
					 struct edgetpu_account *account,
					 struct dma_buf *dma_buf)
{
	struct edgetpu_bo *view;

	if (is_writable(dma_buf))
		return obj;
	view = edgetpu_bo_view(to_edgetpu_bo(obj), account, dma_buf);
	drm_gem_object_put(obj);
	return IS_ERR(view) ? ERR_CAST(view) : &view->base;
}

struct drm_gem_object *edgetpu_prime_import(struct drm_device *drm, struct dma_buf *dma_buf)
{
	struct edgetpu_account *account;
	struct drm_gem_object *obj;
	int idx;

	/* DRM does not say for which file it is: an account beside those of the user's files */
	account = edgetpu_account_create(&to_edgetpu(drm)->budget, 0);
	if (!account)
		return ERR_PTR(-ENOMEM);
	if (!drm_dev_enter(drm, &idx)) {
		obj = ERR_PTR(-ENODEV);
		goto out_put;
	}
	/* Knows what is our own, and without a callback for them refuses the others. */
	obj = drm_gem_prime_import(drm, dma_buf);
	if (IS_ERR(obj))
		obj = import_foreign(to_edgetpu(drm), account, dma_buf);
	else
		obj = import_own(obj, account, dma_buf);
	drm_dev_exit(idx);
out_put:
	edgetpu_account_put(account);
	return obj;
}

/*
 * DRM makes one dma-buf of a buffer, with the rights that were asked for first, and
 * would give it to those who ask for fewer too: they get one of their own, which comes
 * back as a view. What was given to us has the rights that it came with, and who asks
 * for more than there is gets what there is.
 */
static struct dma_buf *without_write(struct dma_buf *dma_buf, struct drm_file *file, u32 handle,
				     u32 flags)
{
	struct drm_gem_object *obj;

	if (!is_writable(dma_buf) || flags & DRM_RDWR)
		return dma_buf;
	obj = drm_gem_object_lookup(file, handle);
	if (obj && dma_buf->priv == obj && edgetpu_bo_writable(to_edgetpu_bo(obj))) {
		dma_buf_put(dma_buf);
		dma_buf = obj->funcs->export(obj, flags);
	}
	drm_gem_object_put(obj);
	return dma_buf;
}

int edgetpu_prime_handle_to_fd(struct drm_device *drm, struct drm_file *file, u32 handle,
			       u32 flags, int *prime_fd)
{
	struct dma_buf *dma_buf;
	int fd;

	dma_buf = drm_gem_prime_handle_to_dmabuf(drm, file, handle, flags);
	if (!IS_ERR(dma_buf))
		dma_buf = without_write(dma_buf, file, handle, flags);
	if (IS_ERR(dma_buf))
		return PTR_ERR(dma_buf);
	fd = dma_buf_fd(dma_buf, flags);
	if (fd < 0) {
		dma_buf_put(dma_buf);
		return fd;
	}
	*prime_fd = fd;
	return 0;
}
