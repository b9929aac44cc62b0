/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Physical memory protection: which addresses may be read, written and executed.
 */
#ifndef EDGETPU_PMP_H
#define EDGETPU_PMP_H

#include <stdbool.h>
#include <stdint.h>

#define PMP_ENTRIES	8
#define PMP_GRANULE	64	/* bytes; no entry is finer */
#define PMP_GRANULES	4096	/* of memory looked up in a table: 256 KiB */

/* Rights, as in pmpcfg */
#define PMP_R	1u
#define PMP_W	2u
#define PMP_X	4u

/**
 * struct pmp - entries, and what they make of the memory
 * @cfg: pmpcfg, a byte an entry
 * @addr: pmpaddr as written
 * @range: bytes each is about
 * @base: address of the memory
 * @rights: PMP_* of each granule of it
 */
struct pmp {
	uint8_t cfg[PMP_ENTRIES];
	uint32_t addr[PMP_ENTRIES];
	struct {
		uint64_t start, end;
	} range[PMP_ENTRIES];
	uint32_t base;
	uint8_t rights[PMP_GRANULES];
};

/* No entry is on: everything is allowed. Memory of up to 256 KiB is at @base. */
void pmp_reset(struct pmp *pmp, uint32_t base);

/* CSRs; false: there is no such one. What is locked ignores writes. */
bool pmp_csr_read(const struct pmp *pmp, uint32_t csr, uint32_t *value);
bool pmp_csr_write(struct pmp *pmp, uint32_t csr, uint32_t value);

/* Has the byte at @addr, anywhere, that right? */
bool pmp_allows(const struct pmp *pmp, uint32_t addr, uint32_t right);

/* Have @len bytes of the memory at @addr, at least one? */
bool pmp_range_allows(const struct pmp *pmp, uint32_t addr, uint32_t len, uint32_t right);

#endif /* EDGETPU_PMP_H */
