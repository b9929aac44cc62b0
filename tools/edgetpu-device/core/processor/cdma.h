/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Control DMA: the firmware's own way to host memory.
 */
#ifndef EDGETPU_CDMA_H
#define EDGETPU_CDMA_H

#include "core/engines/arbiter.h"
#include "core/memory/mmu.h"
#include "core/processor/pmp.h"
#include "core/registers.h"

/**
 * struct cdma - one transfer at a time
 * @model: the hardware
 * @mmu: the way to host memory
 * @tcm: the control processor's memory
 * @pmp: what of it may be written
 * @stream: the transfer's work
 * @began: a transfer of that cost begins, to host memory or from there
 * @done: a transfer is over, or was refused
 * @outgoing: what goes to host memory directly, instead of @len bytes of @data; may be
 *	NULL
 * @incoming: looks at what has come from host memory directly; may be NULL
 * @opaque: for all of them
 * @addr: CDMA_ADDR_LO, _HI
 * @local: CDMA_LOCAL
 * @len: CDMA_LEN
 * @context: CDMA_CONTEXT
 * @status: CDMA_STATUS
 * @fault: CDMA_FAULT_LO, _HI
 * @outcome: how the one under way will end
 * @outcome_fault: at which address
 * @misused: started while busy
 */
struct cdma {
	const struct hwmodel_config *model;
	struct mmu *mmu;
	uint8_t *tcm;
	const struct pmp *pmp;
	struct stream stream;
	void (*began)(void *opaque, const struct hwmodel_cost *cost, bool to_host);
	void (*done)(void *opaque);
	uint8_t *(*outgoing)(void *opaque, uint64_t addr, uint8_t *data, uint32_t len);
	void (*incoming)(void *opaque, uint64_t addr, uint8_t *data, uint32_t len);
	void *opaque;
	uint64_t addr;
	uint32_t local;
	uint32_t len;
	uint32_t context;
	uint32_t status;
	uint64_t fault;
	uint32_t outcome;
	uint64_t outcome_fault;
	bool misused;
};

void cdma_init(struct cdma *cdma, struct arbiter *arbiter);
/* As after power-on; the arbiter was reset. */
void cdma_reset(struct cdma *cdma);

/* For the control processor */
void cdma_registers(struct cdma *cdma, struct reg_map *core);

#endif /* EDGETPU_CDMA_H */
