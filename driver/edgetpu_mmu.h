/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _EDGETPU_MMU_H_
#define _EDGETPU_MMU_H_

#include <linux/maple_tree.h>
#include <linux/mutex.h>
#include <linux/types.h>

struct drm_device;
struct drm_file;
struct drm_gem_object;
struct edgetpu_device;
struct edgetpu_table;

/**
 * struct edgetpu_mapping - one VM_BIND
 * @obj: the buffer, of which it holds a reference
 * @va: device virtual address
 * @size: bytes
 * @flags: DRM_EDGETPU_VM_BIND_*
 */
struct edgetpu_mapping {
	struct drm_gem_object *obj;
	u64 va;
	u64 size;
	u32 flags;
};

/**
 * struct edgetpu_vm - a file's address space
 * @lock: @mappings and the page tables under @root
 * @mappings: struct edgetpu_mapping by page number
 * @root: level 0 table
 * @context: hardware context number, or -1; under edgetpu_device.hw_lock
 * @users: rings that need the hardware context; under edgetpu_device.hw_lock
 */
struct edgetpu_vm {
	struct mutex lock;	/* mappings and page tables */
	struct maple_tree mappings;
	struct edgetpu_table *root;
	int context;
	unsigned int users;
};

int edgetpu_vm_init(struct edgetpu_device *edev, struct edgetpu_vm *vm);
void edgetpu_vm_fini(struct edgetpu_device *edev, struct edgetpu_vm *vm);
dma_addr_t edgetpu_vm_root(struct edgetpu_vm *vm);
struct drm_gem_object *edgetpu_vm_lookup(struct edgetpu_vm *vm, u64 va, u64 size, u32 rights);

int edgetpu_ioctl_vm_bind(struct drm_device *drm, void *data, struct drm_file *filp);

#endif /* _EDGETPU_MMU_H_ */
