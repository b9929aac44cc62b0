/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _EDGETPU_VM_H_
#define _EDGETPU_VM_H_

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>

#include "edgetpu_mmu.h"
#include "edgetpu_space.h"

struct drm_device;
struct drm_file;
struct drm_gem_object;
struct drm_printer;
struct edgetpu_account;
struct edgetpu_bo;
struct edgetpu_device;

/**
 * struct edgetpu_vms - all address spaces of a device
 * @lock: @list; outside of edgetpu_vm.lock
 * @list: struct edgetpu_vm
 */
struct edgetpu_vms {
	struct mutex lock;	/* list */
	struct list_head list;
};

/**
 * struct edgetpu_vm - an address space: a file's, or the driver's own
 * @edev: its device
 * @node: in edgetpu_vms.list
 * @lock: @space, @mmu and @stale
 * @account: who pays for it, or NULL
 * @books: @space, for who only reads it: held by nobody who waits
 * @space: what is bound where; changed with both locks
 * @mmu: the page tables
 * @stale: struct edgetpu_mapping that the hardware may still remember
 * @invalid: the hardware is to drop what it remembers of the page tables
 * @context: hardware context number, or -1; changed with edgetpu_device.hw_lock
 * @users: rings that need the hardware context; under edgetpu_device.hw_lock
 */
struct edgetpu_vm {
	struct edgetpu_device *edev;
	struct list_head node;
	struct mutex lock;	/* space, page tables, stale */
	struct mutex books;	/* space, for who only reads it */
	struct edgetpu_account *account;
	struct edgetpu_space space;
	struct edgetpu_mmu mmu;
	struct list_head stale;
	bool invalid;
	int context;
	unsigned int users;
};

int edgetpu_vms_init(struct edgetpu_device *edev);
void edgetpu_vms_unplug(struct edgetpu_device *edev);
int edgetpu_vms_show(struct edgetpu_device *edev, struct drm_printer *p);

int edgetpu_vm_init(struct edgetpu_device *edev, struct edgetpu_vm *vm,
		    struct edgetpu_account *account);
void edgetpu_vm_fini(struct edgetpu_vm *vm);
dma_addr_t edgetpu_vm_root(struct edgetpu_vm *vm);
int edgetpu_vm_bind(struct edgetpu_vm *vm, struct edgetpu_bo *bo, u64 bo_offset, u64 va, u64 size,
		    u32 flags);
int edgetpu_vm_unbind(struct edgetpu_vm *vm, u64 va, u64 size);
struct drm_gem_object *edgetpu_vm_lookup(struct edgetpu_vm *vm, u64 va, u64 size, u32 rights);

int edgetpu_ioctl_vm_bind(struct drm_device *drm, void *data, struct drm_file *filp);

#endif /* _EDGETPU_VM_H_ */
