// SPDX-License-Identifier: GPL-2.0-only
/*
 * Buffers: GEM objects on shmem, and those that stand for dma-bufs.
 *
 * The pages of a buffer come with its first use, by the processor or the device,
 * and are mapped for the device together: where it does not see the caches, that
 * is what empties them before the processor maps the pages write-combined. They
 * stay as long as somebody needs them; those of a buffer that is bound nowhere go
 * to swap when memory is short. Whoever made the buffer has them charged until it
 * is freed, since without swap they go nowhere.
 *
 * Once the device is removed nothing of it is mapped any more; the processor's
 * mappings go on.
 */
#include <linux/dma-buf.h>
#include <linux/dma-map-ops.h>
#include <linux/dma-resv.h>
#include <linux/iosys-map.h>
#include <linux/sched/signal.h>
#include <linux/shmem_fs.h>
#include <linux/shrinker.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include <drm/drm_drv.h>
#include <drm/drm_file.h>
#include <drm/drm_managed.h>
#include <drm/drm_prime.h>
#include <drm/drm_vma_manager.h>

#include "edgetpu_account.h"
#include "edgetpu_device.h"
#include "edgetpu_file.h"
#include "edgetpu_gem.h"

/* What a buffer costs before it has pages: itself, its inode and file */
#define BO_OVERHEAD	SZ_2K

static struct edgetpu_buffers *bo_buffers(struct edgetpu_bo *bo)
{
	return &to_edgetpu(bo->base.dev)->buffers;
}

static unsigned long bo_num_pages(struct edgetpu_bo *bo)
{
	return bo->base.size >> PAGE_SHIFT;
}

/* --- mapped for the device --- */

/* How the device may use the buffer */
static enum dma_data_direction bo_direction(struct edgetpu_bo *bo)
{
	return edgetpu_bo_writable(bo) ? DMA_BIDIRECTIONAL : DMA_TO_DEVICE;
}

static void bo_set_mapped(struct edgetpu_bo *bo, struct sg_table *sgt)
{
	struct edgetpu_buffers *buffers = bo_buffers(bo);

	bo->sgt = sgt;
	spin_lock(&buffers->lock);
	list_add_tail(&bo->mapped, &buffers->mapped);
	spin_unlock(&buffers->lock);
}

/* Leaves the buffer without @sgt where there is no device any more. */
static int bo_map(struct edgetpu_bo *bo)
{
	struct drm_device *drm = bo->base.dev;
	struct sg_table *sgt;
	int ret = 0, idx;

	sgt = drm_prime_pages_to_sg(drm, bo->pages, bo_num_pages(bo));
	if (IS_ERR(sgt))
		return PTR_ERR(sgt);
	if (!drm_dev_enter(drm, &idx))
		goto out_free;
	ret = dma_map_sgtable(drm->dev, sgt, bo_direction(bo), 0);
	if (!ret)
		bo_set_mapped(bo, sgt);
	drm_dev_exit(idx);
	if (!ret)
		return 0;

out_free:
	sg_free_table(sgt);
	kfree(sgt);
	return ret;
}

/* Under the reservation's lock, or when the buffer is being freed */
static void bo_unmap(struct edgetpu_bo *bo)
{
	struct edgetpu_buffers *buffers = bo_buffers(bo);

	if (!bo->sgt)
		return;
	if (bo->base.import_attach) {
		dma_buf_unmap_attachment(bo->base.import_attach, bo->sgt, bo_direction(bo));
	} else {
		dma_unmap_sgtable(bo->base.dev->dev, bo->sgt, bo_direction(bo), 0);
		sg_free_table(bo->sgt);
		kfree(bo->sgt);
	}
	bo->sgt = NULL;

	spin_lock(&buffers->lock);
	list_del(&bo->mapped);
	spin_unlock(&buffers->lock);
	wake_up_all(&buffers->unmapped);
}

static struct edgetpu_bo *get_first_mapped(struct edgetpu_buffers *buffers)
{
	struct edgetpu_bo *bo, *found = NULL;

	spin_lock(&buffers->lock);
	list_for_each_entry(bo, &buffers->mapped, mapped) {
		if (kref_get_unless_zero(&bo->base.refcount)) {
			found = bo;
			break;
		}
	}
	spin_unlock(&buffers->lock);
	return found;
}

/**
 * edgetpu_buffers_unplug() - take all buffers away from the device
 * @edev: device, stopped and unplugged, so that no buffer is mapped anew
 */
void edgetpu_buffers_unplug(struct edgetpu_device *edev)
{
	struct edgetpu_buffers *buffers = &edev->buffers;
	struct edgetpu_bo *bo;

	while ((bo = get_first_mapped(buffers))) {
		dma_resv_lock(bo->base.resv, NULL);
		bo_unmap(bo);
		dma_resv_unlock(bo->base.resv);
		drm_gem_object_put(&bo->base);
	}
	/* What is left is being freed this very moment. */
	wait_event(buffers->unmapped, list_empty(&buffers->mapped));
}

/* --- pages --- */

/* Not the whole at once through drm_gem_get_pages(): it would not hear a signal. */
static int bo_read_pages(struct edgetpu_bo *bo)
{
	struct address_space *mapping = bo->base.filp->f_mapping;
	unsigned long i = 0, num = bo_num_pages(bo);
	struct folio *folio;
	int ret;

	bo->pages = kvcalloc(num, sizeof(*bo->pages), GFP_KERNEL_ACCOUNT);
	if (!bo->pages)
		return -ENOMEM;
	mapping_set_unevictable(mapping);
	while (i < num) {
		ret = fatal_signal_pending(current) ? -EINTR : 0;
		if (ret)
			goto err_put;
		folio = shmem_read_folio_gfp(mapping, i, mapping_gfp_mask(mapping));
		ret = PTR_ERR_OR_ZERO(folio);
		if (ret)
			goto err_put;
		do {
			bo->pages[i] = folio_file_page(folio, i);
		} while (++i < num && i < folio_next_index(folio));
		cond_resched();
	}
	return 0;

err_put:
	drm_gem_put_pages(&bo->base, bo->pages, false, false);
	bo->pages = NULL;
	return ret;
}

/* The pages themselves, and at worst a list entry for each */
static u64 pages_cost(struct edgetpu_bo *bo)
{
	return bo->base.size +
	       (u64)bo_num_pages(bo) * (sizeof(struct page *) + sizeof(struct scatterlist));
}

static int bo_get_pages(struct edgetpu_bo *bo)
{
	int ret;

	if (bo->charged)
		return bo_read_pages(bo);
	ret = edgetpu_account_charge(bo->account, pages_cost(bo));
	if (ret)
		return ret;
	ret = bo_read_pages(bo);
	if (!ret) {
		bo->charged = true;
		return 0;
	}
	shmem_truncate_range(file_inode(bo->base.filp), 0, -1);
	edgetpu_account_uncharge(bo->account, pages_cost(bo));
	return ret;
}

/* Makes the pages come; under the reservation's lock. */
static int bo_populate(struct edgetpu_bo *bo)
{
	int ret = 0;

	dma_resv_assert_held(bo->base.resv);
	if (!bo->pages)
		ret = bo_get_pages(bo);
	if (!ret && !bo->sgt)
		ret = bo_map(bo);
	return ret;
}

static void bo_release_pages(struct edgetpu_bo *bo)
{
	bo_unmap(bo);
	if (bo->pages)
		drm_gem_put_pages(&bo->base, bo->pages, true, false);
	bo->pages = NULL;
}

static void bo_set_idle(struct edgetpu_bo *bo, bool idle)
{
	struct edgetpu_buffers *buffers = bo_buffers(bo);

	spin_lock(&buffers->lock);
	if (!list_empty(&bo->idle)) {
		list_del_init(&bo->idle);
		buffers->num_idle--;
		buffers->idle_pages -= bo_num_pages(bo);
	}
	if (idle) {
		list_add_tail(&bo->idle, &buffers->idle);
		buffers->num_idle++;
		buffers->idle_pages += bo_num_pages(bo);
	}
	spin_unlock(&buffers->lock);
}

static bool bo_evictable(struct edgetpu_bo *bo)
{
	return bo->pages && !bo->pins && !bo->vmaps;
}

static void bo_update_idle(struct edgetpu_bo *bo)
{
	dma_resv_assert_held(bo->base.resv);
	bo_set_idle(bo, bo_evictable(bo));
}

/**
 * edgetpu_bo_pin() - keep a buffer's memory where the device finds it
 * @bo: buffer
 *
 * Return: where it is, until edgetpu_bo_unpin(); -ENODEV when the device is gone, -EINTR,
 * -ERESTARTSYS, -ENOMEM
 */
struct sg_table *edgetpu_bo_pin(struct edgetpu_bo *bo)
{
	struct sg_table *sgt;
	int ret;

	if (bo->whole)
		bo = bo->whole;
	ret = dma_resv_lock_interruptible(bo->base.resv, NULL);
	if (ret)
		return ERR_PTR(ret == -EINTR ? -ERESTARTSYS : ret);
	if (!bo->base.import_attach)
		ret = bo_populate(bo);
	if (!ret && !bo->sgt)
		ret = -ENODEV;
	if (!ret) {
		bo->pins++;
		sgt = bo->sgt;
	}
	if (!bo->base.import_attach)
		bo_update_idle(bo);
	dma_resv_unlock(bo->base.resv);
	return ret ? ERR_PTR(ret) : sgt;
}

void edgetpu_bo_unpin(struct edgetpu_bo *bo)
{
	if (bo->whole)
		bo = bo->whole;
	dma_resv_lock(bo->base.resv, NULL);
	bo->pins--;
	if (!bo->base.import_attach)
		bo_update_idle(bo);
	dma_resv_unlock(bo->base.resv);
}

/* --- when memory is short --- */

static unsigned long shrinker_count(struct shrinker *shrinker, struct shrink_control *sc)
{
	struct edgetpu_buffers *buffers = shrinker->private_data;

	return READ_ONCE(buffers->idle_pages) ?: SHRINK_EMPTY;
}

/* The pages given up; under the reservation's lock */
static unsigned long bo_evict(struct edgetpu_bo *bo)
{
	struct drm_device *drm = bo->base.dev;

	if (!bo_evictable(bo))
		return 0;
	drm_vma_node_unmap(&bo->base.vma_node, drm->anon_inode->i_mapping);
	bo_release_pages(bo);
	bo_update_idle(bo);
	return bo_num_pages(bo);
}

/* The one that has been idle for longest, which goes to the list's end */
static struct edgetpu_bo *get_next_idle(struct edgetpu_buffers *buffers)
{
	struct edgetpu_bo *bo;

	spin_lock(&buffers->lock);
	bo = list_first_entry_or_null(&buffers->idle, struct edgetpu_bo, idle);
	if (bo)
		list_move_tail(&bo->idle, &buffers->idle);
	if (bo && !kref_get_unless_zero(&bo->base.refcount))
		bo = NULL;
	spin_unlock(&buffers->lock);
	return bo;
}

/* Whoever asks may hold reservations, so none is waited for. */
static unsigned long shrinker_scan(struct shrinker *shrinker, struct shrink_control *sc)
{
	struct edgetpu_buffers *buffers = shrinker->private_data;
	unsigned int tries = READ_ONCE(buffers->num_idle);
	unsigned long freed = 0;
	struct edgetpu_bo *bo;

	for (; tries && freed < sc->nr_to_scan; tries--) {
		bo = get_next_idle(buffers);
		if (!bo)
			continue;
		if (dma_resv_trylock(bo->base.resv)) {
			freed += bo_evict(bo);
			dma_resv_unlock(bo->base.resv);
		}
		drm_gem_object_put(&bo->base);
	}
	return freed ?: SHRINK_STOP;
}

static void edgetpu_buffers_fini(struct drm_device *drm, void *data)
{
	struct edgetpu_buffers *buffers = data;

	shrinker_free(buffers->shrinker);
}

/*
 * Each buffer has a place among the offsets of mmap, whatever its size and before it has
 * pages. DRM's 2^40 bytes hold no more than 256 of the largest: any user could take them
 * all. These hold more than there is memory to pay for.
 */
static void offsets_init(struct drm_device *drm)
{
#ifdef CONFIG_64BIT
	drm_vma_offset_manager_destroy(drm->vma_offset_manager);
	drm_vma_offset_manager_init(drm->vma_offset_manager, DRM_FILE_PAGE_OFFSET_START,
				    BIT(62 - PAGE_SHIFT));
#endif
}

int edgetpu_buffers_init(struct edgetpu_device *edev)
{
	struct edgetpu_buffers *buffers = &edev->buffers;

	offsets_init(&edev->drm);
	spin_lock_init(&buffers->lock);
	INIT_LIST_HEAD(&buffers->mapped);
	INIT_LIST_HEAD(&buffers->idle);
	init_waitqueue_head(&buffers->unmapped);
	buffers->shrinker = shrinker_alloc(0, "drm-edgetpu:%s", dev_name(edev->drm.dev));
	if (!buffers->shrinker)
		return -ENOMEM;
	buffers->shrinker->count_objects = shrinker_count;
	buffers->shrinker->scan_objects = shrinker_scan;
	buffers->shrinker->private_data = buffers;
	shrinker_register(buffers->shrinker);
	return drmm_add_action_or_reset(&edev->drm, edgetpu_buffers_fini, buffers);
}

/* --- the processor's mappings --- */

/* Beyond a buffer's end there is nothing; a dump of a process has no use for networks. */
#define MAPPING_FLAGS	(VM_DONTEXPAND | VM_DONTDUMP)

/*
 * A signal is seen to before the access is tried again, but not when that is the
 * kernel's own: it is tried again at once, so it fails for a process that is killed, and
 * lets whoever has the lock get on.
 */
static vm_fault_t fault_interrupted(const struct vm_fault *vmf)
{
	if (fatal_signal_pending(current))
		return VM_FAULT_SIGBUS;
	if (!(vmf->flags & FAULT_FLAG_USER))
		schedule_timeout_uninterruptible(1);
	return VM_FAULT_NOPAGE;
}

static vm_fault_t edgetpu_gem_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct edgetpu_bo *bo = to_edgetpu_bo(vma->vm_private_data);
	unsigned long page = vmf->pgoff - drm_vma_node_start(&bo->base.vma_node);
	vm_fault_t ret = VM_FAULT_SIGBUS;

	if (dma_resv_lock_interruptible(bo->base.resv, NULL))
		return fault_interrupted(vmf);
	if (page < bo_num_pages(bo) && !bo_populate(bo)) {
		ret = vmf_insert_pfn(vma, vmf->address, page_to_pfn(bo->pages[page]));
		bo_update_idle(bo);
	}
	dma_resv_unlock(bo->base.resv);
	return ret;
}

static const struct vm_operations_struct edgetpu_gem_vm_ops = {
	.fault = edgetpu_gem_fault,
	.open = drm_gem_vm_open,
	.close = drm_gem_vm_close,
};

static pgprot_t bo_pgprot(struct edgetpu_bo *bo, pgprot_t prot)
{
	return bo->wc ? pgprot_writecombine(prot) : prot;
}

/* A mapping of a dma-buf is its exporter's, which keeps it by itself. */
static int bo_mmap_dma_buf(struct edgetpu_bo *bo, struct dma_buf *dma_buf,
			   struct vm_area_struct *vma)
{
	int ret;

	vma->vm_private_data = NULL;
	vma->vm_ops = NULL;
	ret = dma_buf_mmap(dma_buf, vma, 0);
	if (ret)
		return ret;
	vm_flags_set(vma, MAPPING_FLAGS);
	drm_gem_object_put(&bo->base);
	return 0;
}

/* What does not fit in memory is refused now, not by a signal at some access. */
static int bo_mmap_pages(struct edgetpu_bo *bo, struct vm_area_struct *vma)
{
	int ret;

	if (is_cow_mapping(vma->vm_flags))
		return -EINVAL;
	ret = dma_resv_lock_interruptible(bo->base.resv, NULL);
	if (ret)
		return ret;
	ret = bo_populate(bo);
	bo_update_idle(bo);
	dma_resv_unlock(bo->base.resv);
	if (ret)
		return ret;
	vm_flags_set(vma, VM_PFNMAP | MAPPING_FLAGS);
	vma->vm_page_prot = bo_pgprot(bo, vm_get_page_prot(vma->vm_flags));
	return 0;
}

static int edgetpu_gem_mmap(struct drm_gem_object *obj, struct vm_area_struct *vma)
{
	struct edgetpu_bo *bo = to_edgetpu_bo(obj);

	if (!edgetpu_bo_writable(bo)) {
		if (vma->vm_flags & VM_WRITE)
			return -EACCES;
		vm_flags_clear(vma, VM_MAYWRITE);
	}
	if (obj->import_attach)
		return bo_mmap_dma_buf(bo, obj->import_attach->dmabuf, vma);
	if (bo->view)
		return bo_mmap_dma_buf(bo, bo->view, vma);
	return bo_mmap_pages(bo, vma);
}

/* --- what those see who import a buffer of ours --- */

static struct dma_buf *edgetpu_gem_export(struct drm_gem_object *obj, int flags)
{
	struct edgetpu_bo *bo = to_edgetpu_bo(obj);

	/* A dma-buf that is passed on goes on as it came: DRM sees to that. */
	if (bo->whole)
		return ERR_PTR(-EACCES);
	WRITE_ONCE(bo->shared, true);
	return drm_gem_prime_export(obj, flags);
}

static int edgetpu_gem_pin(struct drm_gem_object *obj)
{
	struct edgetpu_bo *bo = to_edgetpu_bo(obj);
	int ret = bo_populate(bo);

	if (!ret)
		bo->pins++;
	bo_update_idle(bo);
	return ret;
}

static void edgetpu_gem_unpin(struct drm_gem_object *obj)
{
	struct edgetpu_bo *bo = to_edgetpu_bo(obj);

	bo->pins--;
	bo_update_idle(bo);
}

static struct sg_table *edgetpu_gem_get_sg_table(struct drm_gem_object *obj)
{
	struct edgetpu_bo *bo = to_edgetpu_bo(obj);

	return drm_prime_pages_to_sg(obj->dev, bo->pages, bo_num_pages(bo));
}

static int edgetpu_gem_vmap(struct drm_gem_object *obj, struct iosys_map *map)
{
	struct edgetpu_bo *bo = to_edgetpu_bo(obj);
	int ret = bo_populate(bo);

	if (!ret && !bo->vmaps) {
		bo->vaddr = vmap(bo->pages, bo_num_pages(bo), VM_MAP, bo_pgprot(bo, PAGE_KERNEL));
		if (!bo->vaddr)
			ret = -ENOMEM;
	}
	if (!ret) {
		bo->vmaps++;
		iosys_map_set_vaddr(map, bo->vaddr);
	}
	bo_update_idle(bo);
	return ret;
}

static void edgetpu_gem_vunmap(struct drm_gem_object *obj, struct iosys_map *map)
{
	struct edgetpu_bo *bo = to_edgetpu_bo(obj);

	if (!--bo->vmaps) {
		vunmap(bo->vaddr);
		bo->vaddr = NULL;
	}
	bo_update_idle(bo);
}

/* --- life --- */

static void bo_free_import(struct edgetpu_bo *bo)
{
	struct dma_buf_attachment *attach = bo->base.import_attach;
	struct dma_buf *dma_buf = attach->dmabuf;

	dma_resv_lock(dma_buf->resv, NULL);
	bo_unmap(bo);
	dma_resv_unlock(dma_buf->resv);
	dma_buf_detach(dma_buf, attach);
	drm_gem_object_release(&bo->base);
	dma_buf_put(dma_buf);
}

/* May come from the shrinker: a reservation is not locked here. */
static void bo_free_pages(struct edgetpu_bo *bo)
{
	bo_set_idle(bo, false);
	bo_release_pages(bo);
	drm_gem_object_release(&bo->base);
	if (bo->charged)
		edgetpu_account_uncharge(bo->account, pages_cost(bo));
}

static void bo_end(struct edgetpu_buffers *buffers, struct edgetpu_bo *bo)
{
	edgetpu_account_uncharge(bo->account, bo->cost);
	edgetpu_account_put(bo->account);
	kfree(bo);
	atomic_dec(&buffers->count);
}

static void edgetpu_gem_free(struct drm_gem_object *obj)
{
	struct edgetpu_bo *bo = to_edgetpu_bo(obj);
	struct edgetpu_buffers *buffers = bo_buffers(bo);

	if (obj->import_attach) {
		bo_free_import(bo);
	} else if (bo->view) {
		drm_gem_object_release(obj);
		dma_buf_put(bo->view);
	} else {
		bo_free_pages(bo);
	}
	bo_end(buffers, bo);
}

static enum drm_gem_object_status edgetpu_gem_status(struct drm_gem_object *obj)
{
	struct edgetpu_bo *bo = to_edgetpu_bo(obj);

	if (bo->whole)
		bo = bo->whole;
	return bo->base.import_attach || READ_ONCE(bo->pages) ? DRM_GEM_OBJECT_RESIDENT : 0;
}

static const struct drm_gem_object_funcs edgetpu_gem_funcs = {
	.free = edgetpu_gem_free,
	.export = edgetpu_gem_export,
	.pin = edgetpu_gem_pin,
	.unpin = edgetpu_gem_unpin,
	.get_sg_table = edgetpu_gem_get_sg_table,
	.vmap = edgetpu_gem_vmap,
	.vunmap = edgetpu_gem_vunmap,
	.mmap = edgetpu_gem_mmap,
	.status = edgetpu_gem_status,
	.vm_ops = &edgetpu_gem_vm_ops,
};

/* One that costs that much beside its pages, or NULL */
static struct edgetpu_bo *bo_alloc(struct edgetpu_device *edev, struct edgetpu_account *account,
				   u64 cost)
{
	struct edgetpu_bo *bo;

	if (edgetpu_account_charge(account, cost))
		return NULL;
	bo = kzalloc(sizeof(*bo), GFP_KERNEL_ACCOUNT);
	if (!bo) {
		edgetpu_account_uncharge(account, cost);
		return NULL;
	}
	bo->account = edgetpu_account_get(account);
	bo->cost = cost;
	INIT_LIST_HEAD(&bo->idle);
	bo->base.funcs = &edgetpu_gem_funcs;
	atomic_inc(&edev->buffers.count);
	return bo;
}

static void bo_discard(struct edgetpu_device *edev, struct edgetpu_bo *bo)
{
	drm_gem_object_release(&bo->base);
	bo_end(&edev->buffers, bo);
}

/*
 * A dma-buf of somebody else, who pays for its pages; @account pays for what lists them.
 * Takes @sgt over; the rest is the caller's until it is done.
 */
struct edgetpu_bo *edgetpu_bo_import(struct edgetpu_device *edev, struct edgetpu_account *account,
				     struct dma_buf *dma_buf, struct dma_buf_attachment *attach,
				     struct sg_table *sgt)
{
	struct edgetpu_bo *bo;
	int ret;

	bo = bo_alloc(edev, account,
		      BO_OVERHEAD + (u64)sgt->orig_nents * sizeof(struct scatterlist));
	if (!bo)
		return ERR_PTR(-ENOMEM);
	bo->base.resv = dma_buf->resv;
	drm_gem_private_object_init(&edev->drm, &bo->base, dma_buf->size);
	ret = drm_gem_create_mmap_offset(&bo->base);
	if (ret) {
		bo_discard(edev, bo);
		return ERR_PTR(ret);
	}
	bo->base.import_attach = attach;
	bo_set_mapped(bo, sgt);
	return bo;
}

/* @whole as @dma_buf shows it, to be read only; both references stay the caller's. */
struct edgetpu_bo *edgetpu_bo_view(struct edgetpu_bo *whole, struct edgetpu_account *account,
				   struct dma_buf *dma_buf)
{
	struct edgetpu_device *edev = to_edgetpu(whole->base.dev);
	struct edgetpu_bo *bo = bo_alloc(edev, account, BO_OVERHEAD);
	int ret;

	if (!bo)
		return ERR_PTR(-ENOMEM);
	bo->base.resv = whole->base.resv;
	drm_gem_private_object_init(&edev->drm, &bo->base, whole->base.size);
	ret = drm_gem_create_mmap_offset(&bo->base);
	if (ret) {
		bo_discard(edev, bo);
		return ERR_PTR(ret);
	}
	bo->whole = whole;
	bo->view = dma_buf;
	get_dma_buf(dma_buf);
	return bo;
}

/**
 * edgetpu_bo_create() - a buffer of our own, still without pages
 * @edev: device
 * @account: who pays, or NULL for the driver itself
 * @size: bytes, rounded up to pages
 */
struct edgetpu_bo *edgetpu_bo_create(struct edgetpu_device *edev, struct edgetpu_account *account,
				     u64 size)
{
	struct edgetpu_bo *bo = bo_alloc(edev, account, BO_OVERHEAD);
	int ret;

	if (!bo)
		return ERR_PTR(-ENOMEM);
	bo->wc = !dev_is_dma_coherent(edev->drm.dev);
	ret = drm_gem_object_init(&edev->drm, &bo->base, PAGE_ALIGN(size));
	if (!ret)
		ret = drm_gem_create_mmap_offset(&bo->base);
	if (ret) {
		bo_discard(edev, bo);
		return ERR_PTR(ret);
	}
	/* Better no buffer than one for which somebody is killed. */
	mapping_set_gfp_mask(bo->base.filp->f_mapping,
			     GFP_HIGHUSER | __GFP_RETRY_MAYFAIL | __GFP_NOWARN);
	return bo;
}

/* A dma-buf that its exporter gave away read-only must not become writable here. */
bool edgetpu_bo_writable(struct edgetpu_bo *bo)
{
	struct dma_buf_attachment *attach = bo->base.import_attach;

	return !bo->view && (!attach || attach->dmabuf->file->f_mode & FMODE_WRITE);
}

/* Whether others can see the buffer: only then do jobs wait for its fences. */
bool edgetpu_bo_shared(struct edgetpu_bo *bo)
{
	return bo->view || bo->base.import_attach || READ_ONCE(bo->shared);
}

/* --- ioctls --- */

int edgetpu_ioctl_bo_create(struct drm_device *drm, void *data, struct drm_file *filp)
{
	struct drm_edgetpu_bo_create *args = data;
	struct edgetpu_file *file = filp->driver_priv;
	struct edgetpu_bo *bo;
	int ret;

	if (!args->size || args->size > DRM_EDGETPU_MAX_BO_SIZE)
		return -EINVAL;
	if (args->flags & ~DRM_EDGETPU_BO_WC)
		return -EINVAL;
	if (args->size > SIZE_MAX - PAGE_SIZE)
		return -ENOMEM;

	bo = edgetpu_bo_create(file->edev, file->account, args->size);
	if (IS_ERR(bo))
		return PTR_ERR(bo);
	if (args->flags & DRM_EDGETPU_BO_WC)
		bo->wc = true;
	args->size = bo->base.size;

	/* From here on another thread may find the handle and close it. */
	ret = drm_gem_handle_create(filp, &bo->base, &args->handle);
	drm_gem_object_put(&bo->base);
	return ret;
}

int edgetpu_ioctl_bo_info(struct drm_device *drm, void *data, struct drm_file *filp)
{
	struct drm_edgetpu_bo_info *args = data;
	struct drm_gem_object *obj;

	obj = drm_gem_object_lookup(filp, args->handle);
	if (!obj)
		return -ENOENT;
	args->flags = to_edgetpu_bo(obj)->wc ? DRM_EDGETPU_BO_WC : 0;
	args->size = obj->size;
	args->mmap_offset = drm_vma_node_offset_addr(&obj->vma_node);
	drm_gem_object_put(obj);
	return 0;
}
