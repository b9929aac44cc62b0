// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page tables. Tables stay once made; the entries' writes are single 64-bit
 * stores, for the device may walk at any time.
 */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>

#include "edgetpu_hw.h"
#include "pagetable.h"

#define PAGE		(1ull << EDGETPU_PAGE_SHIFT)
#define INDEX_BITS	9

_Static_assert(EDGETPU_PT_ENTRIES == 1 << INDEX_BITS, "nine bits a level");
_Static_assert(EDGETPU_PT_LEVELS == 3, "the loop below ends at level 2");

static int new_table(struct pagetable *pt, uint64_t *addr)
{
	uint64_t *tables = realloc(pt->tables, (pt->num_tables + 1) * sizeof(*tables));
	struct hostmem_block block;
	int err;

	if (!tables)
		return -ENOMEM;
	pt->tables = tables;
	err = hostmem_alloc(pt->hm, EDGETPU_PT_ENTRIES * sizeof(uint64_t), &block);
	if (err)
		return err;
	tables[pt->num_tables++] = block.addr;
	*addr = block.addr;
	return 0;
}

int pagetable_init(struct pagetable *pt, struct hostmem *hm)
{
	*pt = (struct pagetable){ .hm = hm };
	return new_table(pt, &pt->root);
}

void pagetable_destroy(struct pagetable *pt)
{
	for (size_t i = 0; i < pt->num_tables; i++)
		hostmem_release(pt->hm, pt->tables[i]);
	free(pt->tables);
	*pt = (struct pagetable){ 0 };
}

static void store(uint64_t *entry, uint64_t value)
{
	__atomic_store_n(entry, htole64(value), __ATOMIC_RELEASE);
}

/* The level 2 entry of @va, with the tables above it made where @make says so; or NULL */
static uint64_t *walk(struct pagetable *pt, uint64_t va, bool make)
{
	uint64_t *table = hostmem_pointer(pt->hm, pt->root);

	for (unsigned int level = 0; level < EDGETPU_PT_LEVELS - 1; level++) {
		unsigned int shift = EDGETPU_PAGE_SHIFT +
				     INDEX_BITS * (EDGETPU_PT_LEVELS - 1 - level);
		uint64_t *entry = &table[va >> shift & (EDGETPU_PT_ENTRIES - 1)];
		uint64_t next;

		if (!*entry) {
			if (!make || new_table(pt, &next))
				return NULL;
			store(entry, next | EDGETPU_PTE_VALID);
		}
		table = hostmem_pointer(pt->hm, le64toh(*entry) & EDGETPU_PTE_ADDR);
	}
	return &table[va >> EDGETPU_PAGE_SHIFT & (EDGETPU_PT_ENTRIES - 1)];
}

int pagetable_map(struct pagetable *pt, uint64_t va, uint64_t addr, uint64_t size, uint64_t rights)
{
	for (uint64_t at = 0; at < size; at += PAGE) {
		uint64_t *entry = walk(pt, va + at, true);

		if (!entry) {
			pagetable_unmap(pt, va, at);
			return -ENOMEM;
		}
		store(entry, (addr + at) | rights | EDGETPU_PTE_VALID);
	}
	return 0;
}

void pagetable_unmap(struct pagetable *pt, uint64_t va, uint64_t size)
{
	for (uint64_t at = 0; at < size; at += PAGE) {
		uint64_t *entry = walk(pt, va + at, false);

		if (entry)
			store(entry, 0);
	}
}
