// SPDX-License-Identifier: GPL-2.0-only
/*
 * Address translation. A TLB entry is one burst of eight page table entries
 * (32 KiB of address space), as a walk fetches no less from memory; invalid
 * ones among them are looked up anew. Beside it the last-level tables' addresses
 * are kept, so that a walk nearby is one read instead of three.
 */
#include <endian.h>
#include <stdatomic.h>
#include <string.h>

#include "core/memory/mmu.h"
#include "edgetpu_core.h"

#define SPAN_BITS	15	/* of a TLB entry */
#define TABLE_BITS	21	/* of a last-level table */

void mmu_reset(struct mmu *mmu)
{
	const struct hostport *port = mmu->port;

	memset(mmu, 0, sizeof(*mmu));
	mmu->port = port;
}

void mmu_invalidate(struct mmu *mmu, uint32_t contexts)
{
	unsigned int set, way, i;

	for (set = 0; set < TLB_SETS; set++)
		for (way = 0; way < TLB_WAYS; way++)
			if (contexts >> mmu->tlb[set][way].context & 1)
				mmu->tlb[set][way].valid = false;
	for (i = 0; i < WALK_ENTRIES; i++)
		if (contexts >> mmu->walks[i].context & 1)
			mmu->walks[i].valid = false;
}

/* Reads page table entries from host memory. */
static bool read_entries(const struct mmu *mmu, struct access *access, uint64_t addr,
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
		const void *from = hostport_map(mmu->port, addr, &len, false);

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
static unsigned int find_table(struct mmu *mmu, struct access *access, uint64_t va,
			       uint64_t *table)
{
	const uint64_t tag = va >> TABLE_BITS;
	struct walk_entry *entry = &mmu->walks[tag % WALK_ENTRIES];
	uint64_t addr, pte;
	unsigned int level;

	if (entry->valid && entry->context == access->context && entry->tag == tag) {
		*table = entry->table;
		return EDGETPU_STATUS_OK;
	}
	addr = mmu->contexts[access->context].table & EDGETPU_PTE_ADDR;
	for (level = 0; level < EDGETPU_PT_LEVELS - 1; level++) {
		unsigned int shift = EDGETPU_PAGE_SHIFT + 9 * (EDGETPU_PT_LEVELS - 1 - level);

		addr += (va >> shift) % EDGETPU_PT_ENTRIES * sizeof(pte);
		if (!read_entries(mmu, access, addr, &pte, 1))
			return EDGETPU_STATUS_BUS_ERROR;
		if (!(pte & EDGETPU_PTE_VALID))
			return EDGETPU_STATUS_MMU_FAULT;
		addr = pte & EDGETPU_PTE_ADDR;
	}
	*table = addr;
	if (access->again)
		return EDGETPU_STATUS_OK;
	*entry = (struct walk_entry){
		.valid = true, .context = (uint8_t)access->context, .tag = tag, .table = addr,
	};
	return EDGETPU_STATUS_OK;
}

static struct tlb_entry *tlb_find(struct mmu *mmu, uint32_t context, uint64_t tag)
{
	struct tlb_entry (*set)[TLB_WAYS] = &mmu->tlb[(tag ^ context) % TLB_SETS];
	unsigned int way;

	for (way = 0; way < TLB_WAYS; way++)
		if ((*set)[way].valid && (*set)[way].tag == tag && (*set)[way].context == context)
			return &(*set)[way];
	return NULL;
}

static struct tlb_entry *tlb_oldest(struct mmu *mmu, uint32_t context, uint64_t tag)
{
	struct tlb_entry (*set)[TLB_WAYS] = &mmu->tlb[(tag ^ context) % TLB_SETS];
	unsigned int way, oldest = 0;

	for (way = 0; way < TLB_WAYS; way++) {
		if (!(*set)[way].valid)
			return &(*set)[way];
		if ((*set)[way].used < (*set)[oldest].used)
			oldest = way;
	}
	return &(*set)[oldest];
}

/* The entry's burst for @va, read from the table into @pte */
static unsigned int walk(struct mmu *mmu, struct access *access, uint64_t va,
			 uint64_t pte[TLB_PAGES])
{
	uint64_t table;
	unsigned int status = find_table(mmu, access, va, &table);

	if (status)
		return status;
	table += (va >> EDGETPU_PAGE_SHIFT) % EDGETPU_PT_ENTRIES / TLB_PAGES *
		 TLB_PAGES * sizeof(*pte);
	return read_entries(mmu, access, table, pte, TLB_PAGES) ? EDGETPU_STATUS_OK :
								  EDGETPU_STATUS_BUS_ERROR;
}

/* Page table entry of @va with the rights needed */
static unsigned int find_pte(struct mmu *mmu, struct access *access, uint64_t va, uint64_t *pte)
{
	const uint64_t need = EDGETPU_PTE_VALID | access->right, tag = va >> SPAN_BITS;
	const unsigned int page = (va >> EDGETPU_PAGE_SHIFT) % TLB_PAGES;
	struct tlb_entry *entry = tlb_find(mmu, access->context, tag);
	uint64_t burst[TLB_PAGES] = { 0 };
	unsigned int status;

	/* what is refused is read again: only a valid entry with its rights may be kept */
	if (!entry || (entry->pte[page] & need) != need) {
		status = walk(mmu, access, va, burst);
		if (access->again) {
			*pte = burst[page];
			return status || (*pte & need) == need ? status : EDGETPU_STATUS_MMU_FAULT;
		}
		mmu->misses++;
		if (status) {
			if (entry)
				entry->valid = false;
			return status;
		}
		if (!entry)
			entry = tlb_oldest(mmu, access->context, tag);
		memcpy(entry->pte, burst, sizeof(burst));
		entry->context = (uint8_t)access->context;
		entry->tag = tag;
		entry->valid = true;
		if ((entry->pte[page] & need) != need)
			return EDGETPU_STATUS_MMU_FAULT;
	}
	if (!access->again)
		entry->used = ++mmu->clock;
	*pte = entry->pte[page];
	return EDGETPU_STATUS_OK;
}

static unsigned int translate(struct mmu *mmu, struct access *access, uint64_t va, uint64_t *pa)
{
	unsigned int status;
	uint64_t pte;

	if (access->context >= EDGETPU_MAX_CONTEXTS ||
	    !mmu->contexts[access->context].valid || va >> EDGETPU_VA_BITS)
		return EDGETPU_STATUS_MMU_FAULT;
	status = find_pte(mmu, access, va, &pte);
	if (!status)
		*pa = (pte & EDGETPU_PTE_ADDR) | (va & ((1u << EDGETPU_PAGE_SHIFT) - 1));
	return status;
}

unsigned int access_map(struct mmu *mmu, struct access *access, uint64_t addr, uint64_t *len,
			uint8_t **p)
{
	const uint64_t page_left = (1u << EDGETPU_PAGE_SHIFT) -
				   (addr & ((1u << EDGETPU_PAGE_SHIFT) - 1));
	uint64_t pa = addr;
	unsigned int status;

	access->fault = addr;
	if (!access->direct) {
		status = translate(mmu, access, addr, &pa);
		if (status)
			return status;
	}
	if (*len > page_left)
		*len = page_left;
	*p = hostport_map(mmu->port, pa, len, access->write);
	return *p ? EDGETPU_STATUS_OK : EDGETPU_STATUS_BUS_ERROR;
}

unsigned int access_copy(struct mmu *mmu, struct access *access, uint64_t addr, void *data,
			 uint64_t len)
{
	unsigned int status = EDGETPU_STATUS_OK;
	uint8_t *bytes = data;

	hostport_lock(mmu->port);
	while (len) {
		uint64_t part = len;
		uint8_t *p;

		status = access_map(mmu, access, addr, &part, &p);
		if (status)
			break;
		if (access->write)
			memcpy(p, bytes, part);
		else
			memcpy(bytes, p, part);
		access->started = true;
		bytes += part;
		addr += part;
		len -= part;
	}
	hostport_unlock(mmu->port);
	/* the host sees what was written before anything written later */
	atomic_thread_fence(memory_order_release);
	return status;
}

/* --- registers --------------------------------------------------------------- */

static bool selected(const struct mmu *mmu)
{
	return mmu->select < EDGETPU_MAX_CONTEXTS;
}

static uint32_t read_table(void *block, unsigned int half)
{
	const struct mmu *mmu = block;

	return selected(mmu) ? (uint32_t)(mmu->contexts[mmu->select].table >> 32 * half) : 0;
}

/* A context that does not exist takes no table, and nothing comes of it. */
static bool write_table(void *block, unsigned int half, uint32_t value)
{
	struct mmu *mmu = block;
	uint64_t *table;

	if (!selected(mmu))
		return true;
	table = &mmu->contexts[mmu->select].table;
	*table = (*table & ~(0xffffffffull << 32 * half)) | (uint64_t)value << 32 * half;
	mmu_invalidate(mmu, 1u << mmu->select);
	return true;
}

static uint32_t read_valid(void *block, unsigned int i)
{
	const struct mmu *mmu = block;

	(void)i;
	return selected(mmu) && mmu->contexts[mmu->select].valid;
}

static bool write_valid(void *block, unsigned int i, uint32_t value)
{
	struct mmu *mmu = block;

	(void)i;
	if (!selected(mmu))
		return true;
	mmu->contexts[mmu->select].valid = value != 0;
	mmu_invalidate(mmu, 1u << mmu->select);
	return true;
}

static const struct reg core_regs[] = {
	{ .offset = CORE_CONTEXT_SELECT, .field = REG_WORD, .writable = true,
	  .member = offsetof(struct mmu, select) },
	{ .offset = CORE_CONTEXT_TABLE_LO, .count = 2, .read = read_table, .write = write_table },
	{ .offset = CORE_CONTEXT_VALID, .read = read_valid, .write = write_valid },
};

void mmu_registers(struct mmu *mmu, struct reg_map *core)
{
	registers_add(core, core_regs, sizeof(core_regs) / sizeof(core_regs[0]), mmu, NULL);
}
