// SPDX-License-Identifier: GPL-2.0-only
/* Buffers: GEM objects on shmem, imported and exported through PRIME. */
#include <linux/dma-buf.h>
#include <linux/slab.h>

#include <drm/drm_gem_shmem_helper.h>
#include <drm/drm_prime.h>

#include "edgetpu_device.h"
#include "edgetpu_gem.h"

/* A dma-buf that its exporter gave away read-only must not become writable here. */
bool edgetpu_gem_writable(struct drm_gem_object *obj)
{
	return !obj->import_attach || obj->import_attach->dmabuf->file->f_mode & FMODE_WRITE;
}

/* Only buffers that others can see take part in implicit fencing. */
bool edgetpu_gem_shared(struct drm_gem_object *obj)
{
	return obj->import_attach || READ_ONCE(obj->dma_buf);
}

static int edgetpu_gem_mmap(struct drm_gem_object *obj, struct vm_area_struct *vma)
{
	if (!edgetpu_gem_writable(obj)) {
		if (vma->vm_flags & VM_WRITE)
			return -EACCES;
		vm_flags_clear(vma, VM_MAYWRITE);
	}
	return drm_gem_shmem_object_mmap(obj, vma);
}

static enum drm_gem_object_status edgetpu_gem_status(struct drm_gem_object *obj)
{
	struct drm_gem_shmem_object *shmem = to_drm_gem_shmem_obj(obj);

	return obj->import_attach || shmem->pages ? DRM_GEM_OBJECT_RESIDENT : 0;
}

static const struct drm_gem_object_funcs edgetpu_gem_funcs = {
	.free = drm_gem_shmem_object_free,
	.print_info = drm_gem_shmem_object_print_info,
	.pin = drm_gem_shmem_object_pin,
	.unpin = drm_gem_shmem_object_unpin,
	.get_sg_table = drm_gem_shmem_object_get_sg_table,
	.vmap = drm_gem_shmem_object_vmap,
	.vunmap = drm_gem_shmem_object_vunmap,
	.mmap = edgetpu_gem_mmap,
	.status = edgetpu_gem_status,
	.vm_ops = &drm_gem_shmem_vm_ops,
};

/* As a foreign buffer is imported: with an attachment, which knows the rights. */
static struct drm_gem_object *import_attached(struct drm_device *drm, struct dma_buf *dma_buf)
{
	struct dma_buf_attachment *attach;
	struct drm_gem_object *obj;
	struct sg_table *sgt;

	attach = dma_buf_attach(dma_buf, drm->dev);
	if (IS_ERR(attach))
		return ERR_CAST(attach);
	get_dma_buf(dma_buf);

	sgt = dma_buf_map_attachment_unlocked(attach, DMA_BIDIRECTIONAL);
	if (IS_ERR(sgt)) {
		obj = ERR_CAST(sgt);
		goto err_detach;
	}
	obj = drm_gem_shmem_prime_import_sg_table(drm, attach, sgt);
	if (IS_ERR(obj))
		goto err_unmap;
	obj->import_attach = attach;
	obj->resv = dma_buf->resv;
	return obj;

err_unmap:
	dma_buf_unmap_attachment_unlocked(attach, sgt, DMA_BIDIRECTIONAL);
err_detach:
	dma_buf_detach(dma_buf, attach);
	dma_buf_put(dma_buf);
	return obj;
}

/*
 * DRM turns a dma-buf of our own back into the buffer it was made of. For one
 * that was given away read-only that would give the receiver all rights.
 */
struct drm_gem_object *edgetpu_gem_prime_import(struct drm_device *drm, struct dma_buf *dma_buf)
{
	struct drm_gem_object *obj = drm_gem_prime_import(drm, dma_buf);

	if (IS_ERR(obj) || obj->import_attach || dma_buf->file->f_mode & FMODE_WRITE)
		return obj;
	drm_gem_object_put(obj);
	return import_attached(drm, dma_buf);
}

struct drm_gem_object *edgetpu_gem_create_object(struct drm_device *drm, size_t size)
{
	struct drm_gem_shmem_object *shmem = kzalloc(sizeof(*shmem), GFP_KERNEL_ACCOUNT);

	if (!shmem)
		return ERR_PTR(-ENOMEM);
	shmem->base.funcs = &edgetpu_gem_funcs;
	return &shmem->base;
}

int edgetpu_ioctl_bo_create(struct drm_device *drm, void *data, struct drm_file *filp)
{
	struct drm_edgetpu_bo_create *args = data;
	struct drm_gem_shmem_object *shmem;
	int ret;

	if (!args->size || args->size > DRM_EDGETPU_MAX_BO_SIZE)
		return -EINVAL;
	if (args->flags & ~DRM_EDGETPU_BO_WC)
		return -EINVAL;
	if (args->size > SIZE_MAX - PAGE_SIZE)
		return -ENOMEM;

	shmem = drm_gem_shmem_create(drm, args->size);
	if (IS_ERR(shmem))
		return PTR_ERR(shmem);
	shmem->map_wc = args->flags & DRM_EDGETPU_BO_WC;
	args->size = shmem->base.size;

	/* From here on another thread may find the handle and close it. */
	ret = drm_gem_handle_create(filp, &shmem->base, &args->handle);
	drm_gem_object_put(&shmem->base);
	return ret;
}

int edgetpu_ioctl_bo_info(struct drm_device *drm, void *data, struct drm_file *filp)
{
	struct drm_edgetpu_bo_info *args = data;
	struct drm_gem_object *obj;

	obj = drm_gem_object_lookup(filp, args->handle);
	if (!obj)
		return -ENOENT;
	args->flags = to_drm_gem_shmem_obj(obj)->map_wc ? DRM_EDGETPU_BO_WC : 0;
	args->size = obj->size;
	args->mmap_offset = drm_vma_node_offset_addr(&obj->vma_node);
	drm_gem_object_put(obj);
	return 0;
}
