/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is bound where in an address space: the bookkeeping alone, without page
 * tables and without the hardware. Nothing here allocates or can fail half way.
 */
#ifndef _EDGETPU_SPACE_H_
#define _EDGETPU_SPACE_H_

#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/types.h>

struct edgetpu_bo;
struct edgetpu_table;

/**
 * struct edgetpu_mapping - one VM_BIND
 * @node: in edgetpu_space.tree
 * @subtree_last: highest address below @node
 * @bo: the buffer, of which it holds a reference
 * @va: device virtual address
 * @size: bytes
 * @flags: DRM_EDGETPU_VM_BIND_*
 * @stale: in edgetpu_vm.stale, once it is in no books any more
 * @tables: that its going left without use
 */
struct edgetpu_mapping {
	struct rb_node node;
	u64 subtree_last;
	struct edgetpu_bo *bo;
	u64 va;
	u64 size;
	u32 flags;
	struct list_head stale;
	struct edgetpu_table *tables;
};

/**
 * struct edgetpu_space - mappings that do not overlap
 * @tree: struct edgetpu_mapping
 */
struct edgetpu_space {
	struct rb_root_cached tree;
};

void edgetpu_space_init(struct edgetpu_space *space);
bool edgetpu_space_free(struct edgetpu_space *space, u64 va, u64 size);
void edgetpu_space_insert(struct edgetpu_space *space, struct edgetpu_mapping *mapping);
void edgetpu_space_remove(struct edgetpu_space *space, struct edgetpu_mapping *mapping);
struct edgetpu_mapping *edgetpu_space_first(struct edgetpu_space *space);
struct edgetpu_mapping *edgetpu_space_next(struct edgetpu_mapping *mapping);
struct edgetpu_mapping *edgetpu_space_find(struct edgetpu_space *space, u64 va, u64 size);
struct edgetpu_mapping *edgetpu_space_lookup(struct edgetpu_space *space, u64 va, u64 size,
					     u32 rights);

#endif /* _EDGETPU_SPACE_H_ */
