// SPDX-License-Identifier: GPL-2.0-only
/*
 * Physical memory protection as the privileged specification has it, for a core
 * with machine mode only: an entry has an effect when it is locked. Addresses in
 * pmpaddr are in units of four bytes; the granule of 64 bytes makes the four low
 * bits ones (NAPOT) or zeros (TOR, OFF) and NA4 impossible.
 */
#include <string.h>

#include "core/processor/pmp.h"

enum {
	CSR_PMPCFG0 = 0x3a0,
	CSR_PMPADDR0 = 0x3b0,
};

#define CFG_MODE	0x18u
#define CFG_TOR		0x08u
#define CFG_NA4		0x10u
#define CFG_NAPOT	0x18u
#define CFG_LOCK	0x80u
#define CFG_BITS	(CFG_LOCK | CFG_MODE | PMP_R | PMP_W | PMP_X)

#define GRAIN_LOW	(PMP_GRANULE / 4 - 1)	/* bits of pmpaddr inside a granule */

static uint32_t read_addr(const struct pmp *pmp, unsigned int i)
{
	/* NAPOT reads all but the highest of these as ones */
	if (pmp->cfg[i] & CFG_NA4)
		return pmp->addr[i] | GRAIN_LOW >> 1;
	return pmp->addr[i] & ~(uint32_t)GRAIN_LOW;
}

/* Bytes [*start, *end) that entry @i is about */
static void extent(const struct pmp *pmp, unsigned int i, uint64_t *start, uint64_t *end)
{
	const uint64_t addr = read_addr(pmp, i);
	uint64_t size;

	*start = 0;
	*end = 0;
	switch (pmp->cfg[i] & CFG_MODE) {
	case CFG_TOR:
		*start = i ? (uint64_t)(pmp->addr[i - 1] & ~(uint32_t)GRAIN_LOW) << 2 : 0;
		*end = addr << 2;
		break;
	case CFG_NAPOT:
		/* as many low ones, as many doublings of eight bytes */
		size = (addr ^ (addr + 1)) + 1;
		*start = (addr & ~(size - 1)) << 2;
		*end = *start + (size << 2);
		break;
	}
}

static uint32_t rights_of(const struct pmp *pmp, uint32_t addr)
{
	unsigned int i;

	for (i = 0; i < PMP_ENTRIES; i++) {
		if (addr < pmp->range[i].start || addr >= pmp->range[i].end)
			continue;
		if (!(pmp->cfg[i] & CFG_LOCK))
			break;
		return pmp->cfg[i] & (PMP_R | PMP_W | PMP_X);
	}
	return PMP_R | PMP_W | PMP_X;
}

static void update(struct pmp *pmp)
{
	uint32_t i;

	for (i = 0; i < PMP_ENTRIES; i++)
		extent(pmp, i, &pmp->range[i].start, &pmp->range[i].end);
	for (i = 0; i < PMP_GRANULES; i++)
		pmp->rights[i] = (uint8_t)rights_of(pmp, pmp->base + i * PMP_GRANULE);
}

void pmp_reset(struct pmp *pmp, uint32_t base)
{
	memset(pmp->cfg, 0, sizeof(pmp->cfg));
	memset(pmp->addr, 0, sizeof(pmp->addr));
	memset(pmp->range, 0, sizeof(pmp->range));
	pmp->base = base;
	memset(pmp->rights, PMP_R | PMP_W | PMP_X, sizeof(pmp->rights));
}

/* --- registers --------------------------------------------------------------- */

static void write_cfg(struct pmp *pmp, unsigned int i, uint8_t value)
{
	if (pmp->cfg[i] & CFG_LOCK)
		return;
	value &= CFG_BITS;
	/* to write and not to read is reserved */
	if (!(value & PMP_R))
		value &= (uint8_t)~PMP_W;
	if ((value & CFG_MODE) == CFG_NA4)
		value = (uint8_t)((value & ~CFG_MODE) | (pmp->cfg[i] & CFG_MODE));
	pmp->cfg[i] = value;
}

/* Locked, or the start of what is */
static bool addr_locked(const struct pmp *pmp, unsigned int i)
{
	if (pmp->cfg[i] & CFG_LOCK)
		return true;
	return i + 1 < PMP_ENTRIES && pmp->cfg[i + 1] & CFG_LOCK &&
	       (pmp->cfg[i + 1] & CFG_MODE) == CFG_TOR;
}

bool pmp_csr_read(const struct pmp *pmp, uint32_t csr, uint32_t *value)
{
	unsigned int i;

	if (csr >= CSR_PMPADDR0 && csr < CSR_PMPADDR0 + PMP_ENTRIES) {
		*value = read_addr(pmp, csr - CSR_PMPADDR0);
		return true;
	}
	if (csr < CSR_PMPCFG0 || csr >= CSR_PMPCFG0 + PMP_ENTRIES / 4)
		return false;
	*value = 0;
	for (i = 0; i < 4; i++)
		*value |= (uint32_t)pmp->cfg[4 * (csr - CSR_PMPCFG0) + i] << 8 * i;
	return true;
}

bool pmp_csr_write(struct pmp *pmp, uint32_t csr, uint32_t value)
{
	unsigned int i;

	if (csr >= CSR_PMPADDR0 && csr < CSR_PMPADDR0 + PMP_ENTRIES) {
		if (!addr_locked(pmp, csr - CSR_PMPADDR0))
			pmp->addr[csr - CSR_PMPADDR0] = value;
	} else if (csr >= CSR_PMPCFG0 && csr < CSR_PMPCFG0 + PMP_ENTRIES / 4) {
		for (i = 0; i < 4; i++)
			write_cfg(pmp, 4 * (csr - CSR_PMPCFG0) + i, (uint8_t)(value >> 8 * i));
	} else {
		return false;
	}
	update(pmp);
	return true;
}

bool pmp_allows(const struct pmp *pmp, uint32_t addr, uint32_t right)
{
	return (rights_of(pmp, addr) & right) == right;
}

bool pmp_range_allows(const struct pmp *pmp, uint32_t addr, uint32_t len, uint32_t right)
{
	const uint32_t last = (addr - pmp->base + len - 1) / PMP_GRANULE;
	uint32_t i;

	for (i = (addr - pmp->base) / PMP_GRANULE; i <= last; i++)
		if (i >= PMP_GRANULES || (pmp->rights[i] & right) != right)
			return false;
	return true;
}
