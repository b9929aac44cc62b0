// SPDX-License-Identifier: GPL-2.0-only
/*
 * Address spaces: which buffer is bound where, and the page tables that tell
 * the hardware.
 *
 * The tables are never read back: the shadow in struct edgetpu_table knows what
 * is in them, so a device that scribbles over them hurts only itself.
 */
#include <linux/dma-mapping.h>
#include <linux/iopoll.h>
#include <linux/slab.h>

#include <drm/drm_gem_shmem_helper.h>

#include "edgetpu_device.h"
#include "edgetpu_file.h"
#include "edgetpu_gem.h"
#include "edgetpu_mmu.h"

#define TABLE_SIZE	(EDGETPU_PT_ENTRIES * sizeof(__le64))
#define LEAF_LEVEL	(EDGETPU_PT_LEVELS - 1)
#define LEAF_SPAN	((u64)EDGETPU_PT_ENTRIES << EDGETPU_PAGE_SHIFT)
#define HW_PAGE_SIZE	BIT_ULL(EDGETPU_PAGE_SHIFT)

/* How long the hardware may take to finish what uses an old translation */
#define INVALIDATE_TIMEOUT_US	(2 * USEC_PER_SEC)

/**
 * struct edgetpu_table - one page table
 * @entries: what the hardware reads
 * @page: where they are
 * @dma: where the hardware finds them
 * @used: valid entries
 * @next: in a list of tables to be freed
 * @children: tables of the next level; none at the last
 */
struct edgetpu_table {
	__le64 *entries;
	struct page *page;
	dma_addr_t dma;
	unsigned int used;
	struct edgetpu_table *next;
	struct edgetpu_table *children[];
};

static unsigned int table_index(u64 va, unsigned int level)
{
	return (va >> (EDGETPU_PAGE_SHIFT + 9 * (LEAF_LEVEL - level))) % EDGETPU_PT_ENTRIES;
}

static struct edgetpu_table *table_alloc(struct edgetpu_device *edev, unsigned int level)
{
	unsigned int children = level < LEAF_LEVEL ? EDGETPU_PT_ENTRIES : 0;
	struct device *dev = edev->drm.dev;
	struct edgetpu_table *table;

	table = kzalloc(struct_size(table, children, children), GFP_KERNEL_ACCOUNT);
	if (!table)
		return NULL;
	table->page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!table->page)
		goto err_free;
	table->entries = page_address(table->page);
	table->dma = dma_map_page(dev, table->page, 0, TABLE_SIZE, DMA_TO_DEVICE);
	if (dma_mapping_error(dev, table->dma))
		goto err_page;
	return table;

err_page:
	__free_page(table->page);
err_free:
	kfree(table);
	return NULL;
}

static void table_free(struct edgetpu_device *edev, struct edgetpu_table *table)
{
	dma_unmap_page(edev->drm.dev, table->dma, TABLE_SIZE, DMA_TO_DEVICE);
	__free_page(table->page);
	kfree(table);
}

static void table_free_tree(struct edgetpu_device *edev, struct edgetpu_table *table,
			    unsigned int level)
{
	unsigned int i;

	for (i = 0; level < LEAF_LEVEL && i < EDGETPU_PT_ENTRIES; i++) {
		if (table->children[i])
			table_free_tree(edev, table->children[i], level + 1);
	}
	table_free(edev, table);
}

/* The hardware may walk the table while we write it, so an entry is written whole. */
static void table_set(struct edgetpu_table *table, unsigned int index, u64 entry)
{
	WRITE_ONCE(table->entries[index], cpu_to_le64(entry));
}

static void table_sync(struct edgetpu_device *edev, struct edgetpu_table *table)
{
	dma_sync_single_for_device(edev->drm.dev, table->dma, TABLE_SIZE, DMA_TO_DEVICE);
}

/* The last-level table for @va, made if need be; NULL without memory */
static struct edgetpu_table *leaf_get(struct edgetpu_device *edev, struct edgetpu_vm *vm, u64 va)
{
	struct edgetpu_table *table = vm->root, *child;
	unsigned int level, i;

	for (level = 0; level < LEAF_LEVEL; level++, table = child) {
		i = table_index(va, level);
		child = table->children[i];
		if (child)
			continue;
		child = table_alloc(edev, level + 1);
		if (!child)
			return NULL;
		table->children[i] = child;
		table->used++;
		table_set(table, i, child->dma | EDGETPU_PTE_VALID);
		table_sync(edev, table);
	}
	return table;
}

/* Unhooks the tables for @va that have become empty and adds them to @freed. */
static void prune(struct edgetpu_device *edev, struct edgetpu_vm *vm, u64 va,
		  struct edgetpu_table **freed)
{
	struct edgetpu_table *path[EDGETPU_PT_LEVELS] = { vm->root };
	unsigned int level, i;

	for (level = 1; level < EDGETPU_PT_LEVELS; level++)
		path[level] = path[level - 1]->children[table_index(va, level - 1)];

	for (level = LEAF_LEVEL; level > 0 && !path[level]->used; level--) {
		i = table_index(va, level - 1);
		path[level - 1]->children[i] = NULL;
		path[level - 1]->used--;
		table_set(path[level - 1], i, 0);
		table_sync(edev, path[level - 1]);
		path[level]->next = *freed;
		*freed = path[level];
	}
}

/* On return no access through a translation that is gone can happen any more. */
static void invalidate(struct edgetpu_device *edev, struct edgetpu_vm *vm)
{
	int ret = 0;
	u32 busy;

	mutex_lock(&edev->hw_lock);
	if (vm->context >= 0 && !edev->lost) {
		edgetpu_write(edev, EDGETPU_REG_MMU_INVALIDATE, vm->context);
		ret = read_poll_timeout(edgetpu_read, busy, !busy, 20, INVALIDATE_TIMEOUT_US,
					false, edev, EDGETPU_REG_MMU_INVALIDATE);
	}
	mutex_unlock(&edev->hw_lock);
	if (ret) {
		drm_err(&edev->drm, "MMU does not finish an invalidation, resetting\n");
		edgetpu_reset_sync(edev);
	}
}

/* Unmaps [va, va + size), all of whose pages are mapped. */
static void unmap(struct edgetpu_device *edev, struct edgetpu_vm *vm, u64 va, u64 size)
{
	struct edgetpu_table *freed = NULL, *leaf;
	u64 end = va + size;
	unsigned int i;

	while (va < end) {
		u64 start = va, stop = min(end, round_down(va, LEAF_SPAN) + LEAF_SPAN);

		leaf = leaf_get(edev, vm, va);
		for (; va < stop; va += HW_PAGE_SIZE) {
			i = table_index(va, LEAF_LEVEL);
			table_set(leaf, i, 0);
			leaf->used--;
		}
		table_sync(edev, leaf);
		prune(edev, vm, start, &freed);
	}
	invalidate(edev, vm);

	while (freed) {
		leaf = freed;
		freed = leaf->next;
		table_free(edev, leaf);
	}
}

/* Maps @len bytes at @addr; *va and *end advance with what is done. */
static int map_segment(struct edgetpu_device *edev, struct edgetpu_vm *vm, u64 *va, u64 end,
		       u64 addr, u64 len, u64 rights)
{
	struct edgetpu_table *leaf = NULL;
	int ret = 0;

	if ((addr | len) & (HW_PAGE_SIZE - 1) || (addr + len - 1) & ~(EDGETPU_PTE_ADDR | 0xfff))
		return -EINVAL;
	for (; len && *va < end; len -= HW_PAGE_SIZE, addr += HW_PAGE_SIZE, *va += HW_PAGE_SIZE) {
		if (!leaf || !(*va % LEAF_SPAN)) {
			if (leaf)
				table_sync(edev, leaf);
			leaf = leaf_get(edev, vm, *va);
			if (!leaf) {
				ret = -ENOMEM;
				break;
			}
		}
		table_set(leaf, table_index(*va, LEAF_LEVEL), addr | rights);
		leaf->used++;
	}
	if (leaf)
		table_sync(edev, leaf);
	return ret;
}

static int map(struct edgetpu_device *edev, struct edgetpu_vm *vm,
	       const struct edgetpu_mapping *mapping, struct sg_table *sgt, u64 skip)
{
	u64 va = mapping->va, end = mapping->va + mapping->size, rights = EDGETPU_PTE_VALID;
	struct scatterlist *sg;
	int ret = 0, i;

	if (mapping->flags & DRM_EDGETPU_VM_BIND_READ)
		rights |= EDGETPU_PTE_READ;
	if (mapping->flags & DRM_EDGETPU_VM_BIND_WRITE)
		rights |= EDGETPU_PTE_WRITE;
	if (mapping->flags & DRM_EDGETPU_VM_BIND_COMMAND)
		rights |= EDGETPU_PTE_COMMAND;

	for_each_sgtable_dma_sg(sgt, sg, i) {
		u64 addr = sg_dma_address(sg), len = sg_dma_len(sg);

		if (va == end)
			break;
		if (skip >= len) {
			skip -= len;
			continue;
		}
		ret = map_segment(edev, vm, &va, end, addr + skip, len - skip, rights);
		if (ret)
			break;
		skip = 0;
	}
	/* A dma-buf's pages may come to less than its size. */
	if (!ret && va != end)
		ret = -EINVAL;
	if (ret)
		unmap(edev, vm, mapping->va, va - mapping->va);
	return ret;
}

int edgetpu_vm_init(struct edgetpu_device *edev, struct edgetpu_vm *vm)
{
	mutex_init(&vm->lock);
	mt_init(&vm->mappings);
	vm->context = -1;
	vm->root = table_alloc(edev, 0);
	return vm->root ? 0 : -ENOMEM;
}

/* The hardware knows nothing of it any more. */
void edgetpu_vm_fini(struct edgetpu_device *edev, struct edgetpu_vm *vm)
{
	struct edgetpu_mapping *mapping;
	unsigned long index = 0;

	table_free_tree(edev, vm->root, 0);
	mt_for_each(&vm->mappings, mapping, index, ULONG_MAX) {
		drm_gem_object_put(mapping->obj);
		kfree(mapping);
	}
	mtree_destroy(&vm->mappings);
	mutex_destroy(&vm->lock);
}

dma_addr_t edgetpu_vm_root(struct edgetpu_vm *vm)
{
	return vm->root->dma;
}

/**
 * edgetpu_vm_lookup() - the buffer under a range
 * @vm: address space
 * @va: start
 * @size: bytes, not 0
 * @rights: DRM_EDGETPU_VM_BIND_* the mapping must have
 *
 * Return: the buffer with a reference; -ENOENT when no single mapping holds the
 * range, -EACCES when it lacks a right
 */
struct drm_gem_object *edgetpu_vm_lookup(struct edgetpu_vm *vm, u64 va, u64 size, u32 rights)
{
	struct drm_gem_object *obj = ERR_PTR(-ENOENT);
	struct edgetpu_mapping *mapping;

	if (va >= DRM_EDGETPU_VA_END)
		return obj;
	mutex_lock(&vm->lock);
	mapping = mtree_load(&vm->mappings, va >> EDGETPU_PAGE_SHIFT);
	if (mapping && size <= mapping->va + mapping->size - va) {
		if ((mapping->flags & rights) == rights) {
			obj = mapping->obj;
			drm_gem_object_get(obj);
		} else {
			obj = ERR_PTR(-EACCES);
		}
	}
	mutex_unlock(&vm->lock);
	return obj;
}

static int vm_map(struct edgetpu_device *edev, struct edgetpu_vm *vm, struct drm_gem_object *obj,
		  const struct drm_edgetpu_vm_bind *args)
{
	unsigned long first = args->va >> EDGETPU_PAGE_SHIFT;
	unsigned long last = (args->va + args->size - 1) >> EDGETPU_PAGE_SHIFT;
	struct edgetpu_mapping *mapping;
	struct sg_table *sgt;
	int ret;

	if (args->size > obj->size || args->bo_offset > obj->size - args->size)
		return -EINVAL;
	if (args->flags & DRM_EDGETPU_VM_BIND_WRITE && !edgetpu_gem_writable(obj))
		return -EACCES;

	sgt = drm_gem_shmem_get_pages_sgt(to_drm_gem_shmem_obj(obj));
	if (IS_ERR(sgt))
		return PTR_ERR(sgt);

	mapping = kmalloc(sizeof(*mapping), GFP_KERNEL_ACCOUNT);
	if (!mapping)
		return -ENOMEM;
	mapping->obj = obj;
	mapping->va = args->va;
	mapping->size = args->size;
	mapping->flags = args->flags;

	mutex_lock(&vm->lock);
	ret = mtree_insert_range(&vm->mappings, first, last, mapping, GFP_KERNEL);
	if (!ret) {
		ret = map(edev, vm, mapping, sgt, args->bo_offset);
		if (ret)
			mtree_erase(&vm->mappings, first);
	}
	if (!ret)
		drm_gem_object_get(obj);
	mutex_unlock(&vm->lock);
	if (ret)
		kfree(mapping);
	return ret;
}

static int vm_unmap(struct edgetpu_device *edev, struct edgetpu_vm *vm,
		    const struct drm_edgetpu_vm_bind *args)
{
	struct edgetpu_mapping *mapping;

	mutex_lock(&vm->lock);
	mapping = mtree_load(&vm->mappings, args->va >> EDGETPU_PAGE_SHIFT);
	if (!mapping || mapping->va != args->va || mapping->size != args->size) {
		mutex_unlock(&vm->lock);
		return -ENOENT;
	}
	mtree_erase(&vm->mappings, args->va >> EDGETPU_PAGE_SHIFT);
	unmap(edev, vm, mapping->va, mapping->size);
	mutex_unlock(&vm->lock);

	drm_gem_object_put(mapping->obj);
	kfree(mapping);
	return 0;
}

int edgetpu_ioctl_vm_bind(struct drm_device *drm, void *data, struct drm_file *filp)
{
	const u32 rights = DRM_EDGETPU_VM_BIND_READ | DRM_EDGETPU_VM_BIND_WRITE |
			   DRM_EDGETPU_VM_BIND_COMMAND;
	struct edgetpu_file *file = filp->driver_priv;
	struct drm_edgetpu_vm_bind *args = data;
	struct drm_gem_object *obj;
	int ret;

	if (args->pad || !args->size)
		return -EINVAL;
	if ((args->va | args->size | args->bo_offset) & (DRM_EDGETPU_PAGE_SIZE - 1))
		return -EINVAL;
	if (args->va < DRM_EDGETPU_VA_START || args->va >= DRM_EDGETPU_VA_END ||
	    args->size > DRM_EDGETPU_VA_END - args->va)
		return -EINVAL;

	switch (args->op) {
	case DRM_EDGETPU_VM_BIND_MAP:
		if (!args->flags || args->flags & ~rights)
			return -EINVAL;
		if (args->flags & DRM_EDGETPU_VM_BIND_COMMAND &&
		    args->flags & DRM_EDGETPU_VM_BIND_WRITE)
			return -EINVAL;
		obj = drm_gem_object_lookup(filp, args->handle);
		if (!obj)
			return -ENOENT;
		ret = vm_map(file->edev, &file->vm, obj, args);
		drm_gem_object_put(obj);
		return ret;
	case DRM_EDGETPU_VM_BIND_UNMAP:
		if (args->flags || args->handle || args->bo_offset)
			return -EINVAL;
		return vm_unmap(file->edev, &file->vm, args);
	default:
		return -EINVAL;
	}
}
