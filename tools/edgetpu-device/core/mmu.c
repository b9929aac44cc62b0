// SPDX-License-Identifier: GPL-2.0-only
/*
 * Address translation. A TLB entry is one burst of eight page table entries
 * (32 KiB of address space), as a walk fetches no less from memory; invalid
 * ones among them are looked up anew. Beside it the last-level tables' addresses
 * are kept, so that a walk nearby is one read instead of three.
 */
#include <endian.h>
#include <string.h>

#include "internal.h"

#define SPAN_BITS	15	/* of a TLB entry */
#define TABLE_BITS	21	/* of a last-level table */

void mmu_reset(struct edgetpu_device *dev)
{
	memset(&dev->mmu, 0, sizeof(dev->mmu));
}

void mmu_invalidate(struct edgetpu_device *dev, uint32_t contexts)
{
	struct mmu *mmu = &dev->mmu;
	unsigned int set, way, i;

	for (set = 0; set < TLB_SETS; set++)
		for (way = 0; way < TLB_WAYS; way++)
			if (contexts >> mmu->tlb[set][way].context & 1)
				mmu->tlb[set][way].valid = false;
	for (i = 0; i < WALK_ENTRIES; i++)
		if (contexts >> mmu->walks[i].context & 1)
			mmu->walks[i].valid = false;
}

void mmu_set_table(struct edgetpu_device *dev, uint32_t context, uint64_t table)
{
	if (context >= EDGETPU_MAX_CONTEXTS)
		return;
	dev->mmu.contexts[context].table = table;
	mmu_invalidate(dev, 1u << context);
}

void mmu_set_valid(struct edgetpu_device *dev, uint32_t context, bool valid)
{
	if (context >= EDGETPU_MAX_CONTEXTS)
		return;
	dev->mmu.contexts[context].valid = valid;
	mmu_invalidate(dev, 1u << context);
}

/* Reads page table entries from host memory. */
static bool read_entries(struct edgetpu_device *dev, struct access *access, uint64_t addr,
			 uint64_t *entries, unsigned int n)
{
	uint8_t *to = (uint8_t *)entries;
	uint64_t left = n * sizeof(*entries);
	unsigned int i;

	if (access->started)
		access->walks.rest++;
	else
		access->walks.first++;
	while (left) {
		uint64_t len = left;
		const void *from = dev->ops.map(dev->host, addr, &len, false);

		if (!from)
			return false;
		memcpy(to, from, len);
		to += len;
		addr += len;
		left -= len;
	}
	for (i = 0; i < n; i++)
		entries[i] = le64toh(entries[i]);
	return true;
}

/* The address of the last-level table that translates @va. */
static unsigned int find_table(struct edgetpu_device *dev, struct access *access, uint64_t va,
			       uint64_t *table)
{
	const uint64_t tag = va >> TABLE_BITS;
	struct walk_entry *entry = &dev->mmu.walks[tag % WALK_ENTRIES];
	uint64_t addr, pte;
	unsigned int level;

	if (entry->valid && entry->context == access->context && entry->tag == tag) {
		*table = entry->table;
		return EDGETPU_STATUS_OK;
	}
	addr = dev->mmu.contexts[access->context].table & EDGETPU_PTE_ADDR;
	for (level = 0; level < EDGETPU_PT_LEVELS - 1; level++) {
		unsigned int shift = EDGETPU_PAGE_SHIFT + 9 * (EDGETPU_PT_LEVELS - 1 - level);

		addr += (va >> shift) % EDGETPU_PT_ENTRIES * sizeof(pte);
		if (!read_entries(dev, access, addr, &pte, 1))
			return EDGETPU_STATUS_BUS_ERROR;
		if (!(pte & EDGETPU_PTE_VALID))
			return EDGETPU_STATUS_MMU_FAULT;
		addr = pte & EDGETPU_PTE_ADDR;
	}
	*entry = (struct walk_entry){
		.valid = true, .context = (uint8_t)access->context, .tag = tag, .table = addr,
	};
	*table = addr;
	return EDGETPU_STATUS_OK;
}

static struct tlb_entry *tlb_find(struct mmu *mmu, uint32_t context, uint64_t tag)
{
	struct tlb_entry *set = mmu->tlb[(tag ^ context) % TLB_SETS];
	unsigned int way;

	for (way = 0; way < TLB_WAYS; way++)
		if (set[way].valid && set[way].tag == tag && set[way].context == context)
			return &set[way];
	return NULL;
}

static struct tlb_entry *tlb_oldest(struct mmu *mmu, uint32_t context, uint64_t tag)
{
	struct tlb_entry *set = mmu->tlb[(tag ^ context) % TLB_SETS], *oldest = set;
	unsigned int way;

	for (way = 0; way < TLB_WAYS; way++) {
		if (!set[way].valid)
			return &set[way];
		if (set[way].used < oldest->used)
			oldest = &set[way];
	}
	return oldest;
}

static unsigned int translate(struct edgetpu_device *dev, struct access *access, uint64_t va,
			      uint64_t *pa)
{
	const uint64_t need = EDGETPU_PTE_VALID | access->right, tag = va >> SPAN_BITS;
	const unsigned int page = (va >> EDGETPU_PAGE_SHIFT) % TLB_PAGES;
	struct mmu *mmu = &dev->mmu;
	struct tlb_entry *entry;
	unsigned int status;
	uint64_t table;

	if (access->context >= EDGETPU_MAX_CONTEXTS ||
	    !mmu->contexts[access->context].valid || va >> EDGETPU_VA_BITS)
		return EDGETPU_STATUS_MMU_FAULT;
	entry = tlb_find(mmu, access->context, tag);
	/* what is refused is read again: only a valid entry with its rights may be kept */
	if (!entry || (entry->pte[page] & need) != need) {
		status = find_table(dev, access, va, &table);
		if (status)
			return status;
		if (!entry)
			entry = tlb_oldest(mmu, access->context, tag);
		entry->valid = false;
		table += (va >> EDGETPU_PAGE_SHIFT) % EDGETPU_PT_ENTRIES / TLB_PAGES *
			 sizeof(entry->pte);
		if (!read_entries(dev, access, table, entry->pte, TLB_PAGES))
			return EDGETPU_STATUS_BUS_ERROR;
		entry->context = (uint8_t)access->context;
		entry->tag = tag;
		entry->valid = true;
		if ((entry->pte[page] & need) != need)
			return EDGETPU_STATUS_MMU_FAULT;
	}
	entry->used = ++mmu->clock;
	*pa = (entry->pte[page] & EDGETPU_PTE_ADDR) | (va & ((1u << EDGETPU_PAGE_SHIFT) - 1));
	return EDGETPU_STATUS_OK;
}

unsigned int access_map(struct edgetpu_device *dev, struct access *access, uint64_t addr,
			uint64_t *len, uint8_t **p)
{
	const uint64_t page_left = (1u << EDGETPU_PAGE_SHIFT) -
				   (addr & ((1u << EDGETPU_PAGE_SHIFT) - 1));
	uint64_t pa = addr;
	unsigned int status;

	access->fault = addr;
	if (!access->direct) {
		status = translate(dev, access, addr, &pa);
		if (status)
			return status;
	}
	if (*len > page_left)
		*len = page_left;
	*p = dev->ops.map(dev->host, pa, len, access->write);
	return *p ? EDGETPU_STATUS_OK : EDGETPU_STATUS_BUS_ERROR;
}

unsigned int access_copy(struct edgetpu_device *dev, struct access *access, uint64_t addr,
			 void *data, uint64_t len)
{
	uint8_t *bytes = data;

	while (len) {
		uint64_t part = len;
		uint8_t *p;
		unsigned int status = access_map(dev, access, addr, &part, &p);

		if (status)
			return status;
		if (access->write)
			memcpy(p, bytes, part);
		else
			memcpy(bytes, p, part);
		access->started = true;
		bytes += part;
		addr += part;
		len -= part;
	}
	/* the host sees what was written before anything written later */
	atomic_thread_fence(memory_order_release);
	return EDGETPU_STATUS_OK;
}
