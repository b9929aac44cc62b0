// SPDX-License-Identifier: GPL-2.0-only
/*
 * Address spaces: which buffer is bound where, in the books, in the page tables
 * and in what the hardware remembers of them.
 */
#include <linux/slab.h>

#include <drm/drm_drv.h>
#include <drm/drm_file.h>
#include <drm/drm_gem.h>
#include <drm/drm_managed.h>
#include <drm/drm_print.h>
#include <drm/drm_vma_manager.h>

#include "edgetpu_account.h"
#include "edgetpu_device.h"
#include "edgetpu_file.h"
#include "edgetpu_gem.h"
#include "edgetpu_vm.h"

static u64 pte_rights(u32 flags)
{
	u64 rights = 0;

	if (flags & DRM_EDGETPU_VM_BIND_READ)
		rights |= EDGETPU_PTE_READ;
	if (flags & DRM_EDGETPU_VM_BIND_WRITE)
		rights |= EDGETPU_PTE_WRITE;
	if (flags & DRM_EDGETPU_VM_BIND_COMMAND)
		rights |= EDGETPU_PTE_COMMAND;
	return rights;
}

dma_addr_t edgetpu_vm_root(struct edgetpu_vm *vm)
{
	return vm->mmu.root_dma;
}

/* --- mappings --- */

/* In the books, where whoever shows them sees it */
static void note(struct edgetpu_vm *vm, struct edgetpu_mapping *mapping)
{
	mutex_lock(&vm->books);
	edgetpu_space_insert(&vm->space, mapping);
	mutex_unlock(&vm->books);
}

static void strike(struct edgetpu_vm *vm, struct edgetpu_mapping *mapping)
{
	mutex_lock(&vm->books);
	edgetpu_space_remove(&vm->space, mapping);
	mutex_unlock(&vm->books);
}

static void mapping_free(struct edgetpu_vm *vm, struct edgetpu_mapping *mapping)
{
	edgetpu_bo_unpin(mapping->bo);
	drm_gem_object_put(&mapping->bo->base);
	kfree(mapping);
	edgetpu_account_uncharge(vm->account, sizeof(*mapping));
}

/* A mapping that is in no books yet, its buffer pinned; @sgt says where */
static struct edgetpu_mapping *mapping_alloc(struct edgetpu_vm *vm, struct edgetpu_bo *bo,
					     struct sg_table **sgt)
{
	struct edgetpu_mapping *mapping;
	int ret;

	ret = edgetpu_account_charge(vm->account, sizeof(*mapping));
	if (ret)
		return ERR_PTR(ret);
	mapping = kzalloc(sizeof(*mapping), GFP_KERNEL_ACCOUNT);
	if (!mapping) {
		ret = -ENOMEM;
		goto err_uncharge;
	}
	*sgt = edgetpu_bo_pin(bo);
	if (IS_ERR(*sgt)) {
		ret = PTR_ERR(*sgt);
		goto err_free;
	}
	drm_gem_object_get(&bo->base);
	mapping->bo = bo;
	return mapping;

err_free:
	kfree(mapping);
err_uncharge:
	edgetpu_account_uncharge(vm->account, sizeof(*mapping));
	return ERR_PTR(ret);
}

/* --- what the hardware may still remember --- */

static void free_stale_tables(struct edgetpu_vm *vm)
{
	struct edgetpu_mapping *mapping;

	list_for_each_entry(mapping, &vm->stale, stale) {
		edgetpu_mmu_free_tables(&vm->mmu, mapping->tables);
		mapping->tables = NULL;
	}
}

static void free_stale(struct edgetpu_vm *vm)
{
	struct edgetpu_mapping *mapping, *next;

	free_stale_tables(vm);
	list_for_each_entry_safe(mapping, next, &vm->stale, stale) {
		list_del(&mapping->stale);
		mapping_free(vm, mapping);
	}
}

/* Takes a mapping, of which the first @size bytes are in the page tables, out of them. */
static void take_out(struct edgetpu_vm *vm, struct edgetpu_mapping *mapping, u64 size)
{
	mapping->tables = edgetpu_mmu_unmap(&vm->mmu, mapping->va, size);
	list_add_tail(&mapping->stale, &vm->stale);
}

/*
 * Frees what the hardware has forgotten: no access to it is in flight or can start. After
 * a fatal signal the next to change the address space sees to that, or its end.
 */
static int settle(struct edgetpu_vm *vm)
{
	struct edgetpu_device *edev = vm->edev;
	u32 forgotten, ticket;
	int ret;

	if (list_empty(&vm->stale))
		return 0;
	/* A reset that counts from here on finds the page tables as they are now. */
	smp_mb();
	forgotten = READ_ONCE(edev->forgotten);
	WRITE_ONCE(vm->invalid, true);
	ticket = edgetpu_invalidate_request(edev);
	ret = wait_event_killable(edev->forgotten_wait,
				  edgetpu_invalidated(edev, ticket) ||
				  READ_ONCE(edev->forgotten) != forgotten);
	if (!ret)
		free_stale(vm);
	return ret;
}

/* Maps what nothing overlaps, or frees it. */
static int map(struct edgetpu_vm *vm, struct edgetpu_mapping *mapping, struct sg_table *sgt,
	       u64 offset)
{
	u64 done;
	int ret;

	ret = edgetpu_mmu_map(&vm->mmu, mapping->va, mapping->size, sgt, offset,
			      pte_rights(mapping->flags), &done);
	if (!ret) {
		note(vm, mapping);
		return 0;
	}
	take_out(vm, mapping, done);
	settle(vm);
	return ret;
}

/**
 * edgetpu_vm_bind() - map a part of a buffer
 * @vm: address space
 * @bo: buffer
 * @bo_offset: start of the part
 * @va: where it goes; the range lies in the address space
 * @size: bytes, not 0; whole pages as the two before
 * @flags: DRM_EDGETPU_VM_BIND_*
 *
 * Return: 0; -EINVAL for a part that is none, -EACCES, -EEXIST, -ENOMEM, -ENODEV; -EINTR
 */
int edgetpu_vm_bind(struct edgetpu_vm *vm, struct edgetpu_bo *bo, u64 bo_offset, u64 va, u64 size,
		    u32 flags)
{
	struct edgetpu_mapping *mapping;
	struct sg_table *sgt;
	int ret;

	if (size > bo->base.size || bo_offset > bo->base.size - size)
		return -EINVAL;
	if (flags & DRM_EDGETPU_VM_BIND_WRITE && !edgetpu_bo_writable(bo))
		return -EACCES;
	mapping = mapping_alloc(vm, bo, &sgt);
	if (IS_ERR(mapping))
		return PTR_ERR(mapping);
	mapping->va = va;
	mapping->size = size;
	mapping->flags = flags;

	ret = mutex_lock_interruptible(&vm->lock);
	if (ret)
		goto err_free;
	ret = settle(vm);
	if (!ret && !edgetpu_space_free(&vm->space, va, size))
		ret = -EEXIST;
	if (ret)
		goto err_unlock;
	ret = map(vm, mapping, sgt, bo_offset);
	mutex_unlock(&vm->lock);
	return ret;

err_unlock:
	mutex_unlock(&vm->lock);
err_free:
	mapping_free(vm, mapping);
	return ret;
}

/**
 * edgetpu_vm_unbind() - undo one edgetpu_vm_bind()
 * @vm: address space
 * @va: start
 * @size: bytes
 *
 * Return: 0, and no access to the range is in flight or can start; -ENOENT when it is
 * not exactly what was bound; -EINTR, to a process that is killed also when it is undone
 */
int edgetpu_vm_unbind(struct edgetpu_vm *vm, u64 va, u64 size)
{
	struct edgetpu_mapping *mapping;
	int ret;

	ret = mutex_lock_interruptible(&vm->lock);
	if (ret)
		return ret;
	mapping = edgetpu_space_find(&vm->space, va, size);
	if (mapping) {
		strike(vm, mapping);
		take_out(vm, mapping, size);
		ret = settle(vm);
	} else {
		ret = -ENOENT;
	}
	mutex_unlock(&vm->lock);
	return ret;
}

/**
 * edgetpu_vm_lookup() - the buffer under a range
 * @vm: address space
 * @va: start
 * @size: bytes, not 0
 * @rights: DRM_EDGETPU_VM_BIND_* the mapping must have
 *
 * Return: the buffer with a reference; -ENOENT when no single mapping holds the
 * range, -EACCES when it lacks a right; -EINTR
 */
struct drm_gem_object *edgetpu_vm_lookup(struct edgetpu_vm *vm, u64 va, u64 size, u32 rights)
{
	struct edgetpu_mapping *mapping;
	struct drm_gem_object *obj;
	int ret;

	ret = mutex_lock_interruptible(&vm->lock);
	if (ret)
		return ERR_PTR(ret);
	mapping = edgetpu_space_lookup(&vm->space, va, size, rights);
	if (IS_ERR(mapping)) {
		obj = ERR_CAST(mapping);
	} else {
		obj = &mapping->bo->base;
		drm_gem_object_get(obj);
	}
	mutex_unlock(&vm->lock);
	return obj;
}

/* --- shown --- */

static void vm_show(struct edgetpu_vm *vm, struct drm_printer *p)
{
	const int context = READ_ONCE(vm->context);
	struct edgetpu_mapping *mapping;

	mutex_lock(&vm->books);
	for (mapping = edgetpu_space_first(&vm->space); mapping;
	     mapping = edgetpu_space_next(mapping))
		drm_printf(p, "%llu %d %#llx %#llx %c%c%c %#llx\n",
			   vm->account ? vm->account->client : 0, context, mapping->va,
			   mapping->size,
			   mapping->flags & DRM_EDGETPU_VM_BIND_READ ? 'r' : '-',
			   mapping->flags & DRM_EDGETPU_VM_BIND_WRITE ? 'w' : '-',
			   mapping->flags & DRM_EDGETPU_VM_BIND_COMMAND ? 'c' : '-',
			   drm_vma_node_offset_addr(&mapping->bo->base.vma_node));
	mutex_unlock(&vm->books);
}

/**
 * edgetpu_vms_show() - tell what is bound where, in all address spaces
 * @edev: device
 * @p: where to
 *
 * A line for each mapping. Client 0 is the driver; buffers are known by the offset at
 * which they are mapped for the processor. Files are opened and closed under the lock that
 * is held meanwhile, so that the device is not waited for, nor anybody who does.
 *
 * Return: 0 or -EINTR
 */
int edgetpu_vms_show(struct edgetpu_device *edev, struct drm_printer *p)
{
	struct edgetpu_vm *vm;
	int ret;

	ret = mutex_lock_interruptible(&edev->vms.lock);
	if (ret)
		return ret;
	drm_puts(p, "client context va size rights buffer\n");
	list_for_each_entry(vm, &edev->vms.list, node)
		vm_show(vm, p);
	mutex_unlock(&edev->vms.lock);
	return 0;
}

/* --- life --- */

int edgetpu_vms_init(struct edgetpu_device *edev)
{
	INIT_LIST_HEAD(&edev->vms.list);
	return drmm_mutex_init(&edev->drm, &edev->vms.lock);
}

/**
 * edgetpu_vms_unplug() - take all page tables away from the device
 * @edev: device, stopped and unplugged, so that nothing is bound anew
 */
void edgetpu_vms_unplug(struct edgetpu_device *edev)
{
	struct edgetpu_vm *vm;

	mutex_lock(&edev->vms.lock);
	list_for_each_entry(vm, &edev->vms.list, node) {
		mutex_lock(&vm->lock);
		free_stale_tables(vm);
		edgetpu_mmu_fini(&vm->mmu);
		mutex_unlock(&vm->lock);
	}
	mutex_unlock(&edev->vms.lock);
}

/* The device is there: the caller is in drm_dev_enter(), or probes. */
int edgetpu_vm_init(struct edgetpu_device *edev, struct edgetpu_vm *vm,
		    struct edgetpu_account *account)
{
	int ret;

	vm->edev = edev;
	vm->account = account;
	vm->context = -1;
	edgetpu_space_init(&vm->space);
	INIT_LIST_HEAD(&vm->stale);
	ret = edgetpu_mmu_init(&vm->mmu, edev->drm.dev, account);
	if (ret)
		return ret;
	ret = mutex_lock_killable(&edev->vms.lock);
	if (ret) {
		edgetpu_mmu_fini(&vm->mmu);
		return ret;
	}
	mutex_init(&vm->lock);
	mutex_init(&vm->books);
	list_add_tail(&vm->node, &edev->vms.list);
	mutex_unlock(&edev->vms.lock);
	return 0;
}

/* The hardware knows nothing of it any more. */
void edgetpu_vm_fini(struct edgetpu_vm *vm)
{
	struct edgetpu_device *edev = vm->edev;
	struct edgetpu_mapping *mapping;

	mutex_lock(&edev->vms.lock);
	list_del(&vm->node);
	free_stale_tables(vm);
	edgetpu_mmu_fini(&vm->mmu);
	mutex_unlock(&edev->vms.lock);
	free_stale(vm);
	while ((mapping = edgetpu_space_first(&vm->space))) {
		edgetpu_space_remove(&vm->space, mapping);
		mapping_free(vm, mapping);
	}
	mutex_destroy(&vm->books);
	mutex_destroy(&vm->lock);
}

/* --- ioctl --- */

static int bind(struct edgetpu_vm *vm, const struct drm_edgetpu_vm_bind *args,
		struct drm_file *filp)
{
	const u32 rights = DRM_EDGETPU_VM_BIND_READ | DRM_EDGETPU_VM_BIND_WRITE |
			   DRM_EDGETPU_VM_BIND_COMMAND;
	struct drm_gem_object *obj;
	int ret, idx;

	if (!args->flags || args->flags & ~rights)
		return -EINVAL;
	if (args->flags & DRM_EDGETPU_VM_BIND_COMMAND && args->flags & DRM_EDGETPU_VM_BIND_WRITE)
		return -EINVAL;
	obj = drm_gem_object_lookup(filp, args->handle);
	if (!obj)
		return -ENOENT;
	ret = -ENODEV;
	if (drm_dev_enter(obj->dev, &idx)) {
		ret = edgetpu_vm_bind(vm, to_edgetpu_bo(obj), args->bo_offset, args->va,
				      args->size, args->flags);
		drm_dev_exit(idx);
	}
	drm_gem_object_put(obj);
	return ret;
}

int edgetpu_ioctl_vm_bind(struct drm_device *drm, void *data, struct drm_file *filp)
{
	struct edgetpu_file *file = filp->driver_priv;
	struct drm_edgetpu_vm_bind *args = data;

	if (args->pad || !args->size)
		return -EINVAL;
	if ((args->va | args->size | args->bo_offset) & (DRM_EDGETPU_PAGE_SIZE - 1))
		return -EINVAL;
	if (args->va < DRM_EDGETPU_VA_START || args->va >= DRM_EDGETPU_VA_END ||
	    args->size > DRM_EDGETPU_VA_END - args->va)
		return -EINVAL;

	switch (args->op) {
	case DRM_EDGETPU_VM_BIND_MAP:
		return bind(&file->vm, args, filp);
	case DRM_EDGETPU_VM_BIND_UNMAP:
		if (args->flags || args->handle || args->bo_offset)
			return -EINVAL;
		return edgetpu_vm_unbind(&file->vm, args->va, args->size);
	default:
		return -EINVAL;
	}
}
