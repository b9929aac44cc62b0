// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/interval_tree_generic.h>

#include "edgetpu_space.h"

static u64 mapping_last(const struct edgetpu_mapping *mapping)
{
	return mapping->va + mapping->size - 1;
}

#define START(mapping)	((mapping)->va)
#define LAST(mapping)	mapping_last(mapping)

INTERVAL_TREE_DEFINE(struct edgetpu_mapping, node, u64, subtree_last, START, LAST,
		     static __maybe_unused, tree)

void edgetpu_space_init(struct edgetpu_space *space)
{
	space->tree = RB_ROOT_CACHED;
}

/* Whether nothing is mapped anywhere in the range, which is not empty */
bool edgetpu_space_free(struct edgetpu_space *space, u64 va, u64 size)
{
	return !tree_iter_first(&space->tree, va, va + size - 1);
}

/* The range is free. */
void edgetpu_space_insert(struct edgetpu_space *space, struct edgetpu_mapping *mapping)
{
	tree_insert(mapping, &space->tree);
}

void edgetpu_space_remove(struct edgetpu_space *space, struct edgetpu_mapping *mapping)
{
	tree_remove(mapping, &space->tree);
}

/* The first mapping, or NULL */
struct edgetpu_mapping *edgetpu_space_first(struct edgetpu_space *space)
{
	return tree_iter_first(&space->tree, 0, U64_MAX);
}

/* The one behind it, or NULL */
struct edgetpu_mapping *edgetpu_space_next(struct edgetpu_mapping *mapping)
{
	return rb_entry_safe(rb_next(&mapping->node), struct edgetpu_mapping, node);
}

/* The mapping that is exactly this range, or NULL */
struct edgetpu_mapping *edgetpu_space_find(struct edgetpu_space *space, u64 va, u64 size)
{
	struct edgetpu_mapping *mapping = tree_iter_first(&space->tree, va, va);

	return mapping && mapping->va == va && mapping->size == size ? mapping : NULL;
}

/**
 * edgetpu_space_lookup() - the mapping under a range
 * @space: address space
 * @va: start
 * @size: bytes, not 0
 * @rights: DRM_EDGETPU_VM_BIND_* the mapping must have
 *
 * Return: the mapping; -ENOENT when no single one holds the range, -EACCES when it
 * lacks a right
 */
struct edgetpu_mapping *edgetpu_space_lookup(struct edgetpu_space *space, u64 va, u64 size,
					     u32 rights)
{
	struct edgetpu_mapping *mapping = tree_iter_first(&space->tree, va, va);

	if (!mapping || size - 1 > mapping_last(mapping) - va)
		return ERR_PTR(-ENOENT);
	return (mapping->flags & rights) == rights ? mapping : ERR_PTR(-EACCES);
}
