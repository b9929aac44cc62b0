/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Address spaces, their translation, and its cache.
 */
#ifndef EDGETPU_MMU_H
#define EDGETPU_MMU_H

#include <stdbool.h>
#include <stdint.h>

#include "core/memory/hostport.h"
#include "core/registers.h"
#include "edgetpu_hw.h"
#include "hwmodel/cost.h"

#define TLB_SETS	16
#define TLB_WAYS	4
#define TLB_PAGES	(HWMODEL_WALK_SPAN >> EDGETPU_PAGE_SHIFT)
#define WALK_ENTRIES	16

/* One burst of eight page table entries */
struct tlb_entry {
	bool valid;
	uint8_t context;
	uint64_t tag;
	uint64_t used;
	uint64_t pte[TLB_PAGES];
};

/* The last level's table of 2 MiB of address space */
struct walk_entry {
	bool valid;
	uint8_t context;
	uint64_t tag;
	uint64_t table;
};

/**
 * struct mmu - all address spaces
 * @port: host memory
 * @contexts: level 0 tables
 * @select: CONTEXT_SELECT
 * @tlb: translations kept
 * @walks: last-level tables kept
 * @clock: counts uses, for the oldest to go
 * @misses: translations that were not kept, with the rights needed, since reset
 */
struct mmu {
	const struct hostport *port;
	struct {
		bool valid;
		uint64_t table;
	} contexts[EDGETPU_MAX_CONTEXTS];
	uint32_t select;
	struct tlb_entry tlb[TLB_SETS][TLB_WAYS];
	struct walk_entry walks[WALK_ENTRIES];
	uint64_t clock;
	uint64_t misses;
};

/**
 * struct access - one transfer's way through the MMU
 * @direct: host memory itself, no translation; the control processor's alone
 * @context: address space
 * @right: EDGETPU_PTE_* the pages must have
 * @write: host memory will be written
 * @started: bytes have moved, so that further walks run ahead of them
 * @again: its pages were translated before: this leaves no trace in the TLB
 * @walks: page table reads so far
 * @fault: with an error, the address
 */
struct access {
	bool direct;
	uint32_t context;
	uint64_t right;
	bool write;
	bool started;
	bool again;
	struct hwmodel_walks walks;
	uint64_t fault;
};

/**
 * access_map - host memory behind an address
 * @mmu: the MMU, its port locked
 * @access: whose access
 * @addr: address in its space
 * @len: in: bytes wanted; out: bytes there are, at most to the end of the page
 * @p: out
 *
 * Return: EDGETPU_STATUS_OK, _MMU_FAULT or _BUS_ERROR with access->fault.
 */
unsigned int access_map(struct mmu *mmu, struct access *access, uint64_t addr, uint64_t *len,
			uint8_t **p);

/* Copies to (access->write) or from host memory, and locks it; status as access_map(). */
unsigned int access_copy(struct mmu *mmu, struct access *access, uint64_t addr, void *data,
			 uint64_t len);

void mmu_reset(struct mmu *mmu);
/* Bit n: drops what is kept of context n. */
void mmu_invalidate(struct mmu *mmu, uint32_t contexts);

/* For the control processor */
void mmu_registers(struct mmu *mmu, struct reg_map *core);

#endif /* EDGETPU_MMU_H */
