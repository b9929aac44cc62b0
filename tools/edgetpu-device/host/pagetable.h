/* SPDX-License-Identifier: GPL-2.0-only */
/* The device's page tables, as edgetpu_hw.h describes them, built in host memory. */
#ifndef EDGETPU_HOST_PAGETABLE_H
#define EDGETPU_HOST_PAGETABLE_H

#include <stddef.h>
#include <stdint.h>

#include "hostmem.h"

/**
 * struct pagetable - one address space's
 * @hm: where the tables lie
 * @root: DMA address of the level 0 table
 * @tables: addresses of all tables, @root first
 * @num_tables: how many
 */
struct pagetable {
	struct hostmem *hm;
	uint64_t root;
	uint64_t *tables;
	size_t num_tables;
};

/* 0 or -ENOMEM */
int pagetable_init(struct pagetable *pt, struct hostmem *hm);
/* The device must not know of it any more. */
void pagetable_destroy(struct pagetable *pt);

/**
 * pagetable_map - map a range
 * @va: device virtual address, page-aligned, below 2^EDGETPU_VA_BITS with @size
 * @addr: DMA address, page-aligned
 * @size: bytes, whole pages
 * @rights: EDGETPU_PTE_READ, _WRITE, _COMMAND
 *
 * Return: 0, or -ENOMEM with nothing mapped.
 */
int pagetable_map(struct pagetable *pt, uint64_t va, uint64_t addr, uint64_t size,
		  uint64_t rights);
/* The device's TLB keeps its entries: MMU_INVALIDATE must follow. */
void pagetable_unmap(struct pagetable *pt, uint64_t va, uint64_t size);

#endif /* EDGETPU_HOST_PAGETABLE_H */
