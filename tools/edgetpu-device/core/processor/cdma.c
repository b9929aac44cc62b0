// SPDX-License-Identifier: GPL-2.0-only
/*
 * Control DMA: at most 64 KiB at a time, moved when it starts.
 */
#include "core/processor/cdma.h"
#include "edgetpu_core.h"

#define MAX_LEN 0x10000u

static bool is_valid(const struct cdma *cdma, uint32_t direction)
{
	uint32_t offset = cdma->local - EDGETPU_TCM_BASE;

	return (direction == CORE_CDMA_TO_TCM || direction == CORE_CDMA_TO_HOST) &&
	       cdma->len && cdma->len <= MAX_LEN && cdma->len % 4 == 0 && offset % 4 == 0 &&
	       offset < EDGETPU_TCM_SIZE && cdma->len <= EDGETPU_TCM_SIZE - offset &&
	       cdma->context <= EDGETPU_MAX_CONTEXTS &&
	       (direction != CORE_CDMA_TO_TCM ||
		pmp_range_allows(cdma->pmp, cdma->local, cdma->len, PMP_W));
}

static bool write_start(void *block, unsigned int i, uint32_t direction)
{
	struct cdma *cdma = block;
	struct access access = { .write = direction == CORE_CDMA_TO_HOST };
	struct hwmodel_cost cost;
	uint8_t *local;

	(void)i;
	if (cdma->status == CORE_CDMA_BUSY) {
		cdma->misused = true;
		return true;
	}
	if (!is_valid(cdma, direction)) {
		cdma->status = EDGETPU_STATUS_BAD_JOB;
		cdma->done(cdma->opaque);
		return true;
	}
	access.direct = !cdma->context;
	access.context = cdma->context - 1;
	access.right = access.write ? EDGETPU_PTE_WRITE : EDGETPU_PTE_COMMAND;
	cdma->misused = false;
	local = cdma->tcm + (cdma->local - EDGETPU_TCM_BASE);
	if (access.write && access.direct && cdma->outgoing)
		local = cdma->outgoing(cdma->opaque, cdma->addr, local, cdma->len);
	cdma->outcome = access_copy(cdma->mmu, &access, cdma->addr, local, cdma->len);
	if (!access.write && access.direct && cdma->incoming)
		cdma->incoming(cdma->opaque, cdma->addr, local, cdma->len);
	cdma->outcome_fault = access.fault;
	cdma->status = CORE_CDMA_BUSY;
	hwmodel_transfer(cdma->model, cdma->addr, cdma->len, &access.walks, &cost);
	cdma->began(cdma->opaque, &cost, access.write);
	stream_begin(&cdma->stream, &cost, 0);
	return true;
}

static void finish(void *opaque)
{
	struct cdma *cdma = opaque;

	stream_end(&cdma->stream);
	cdma->status = cdma->misused ? EDGETPU_STATUS_BAD_JOB : cdma->outcome;
	cdma->fault = cdma->outcome ? cdma->outcome_fault : 0;
	cdma->done(cdma->opaque);
}

void cdma_init(struct cdma *cdma, struct arbiter *arbiter)
{
	arbiter_add(arbiter, &cdma->stream, finish, cdma);
}

void cdma_reset(struct cdma *cdma)
{
	cdma->addr = 0;
	cdma->local = 0;
	cdma->len = 0;
	cdma->context = 0;
	cdma->status = EDGETPU_STATUS_OK;
	cdma->fault = 0;
}

#define FIELD(reg, kind, name) \
	.offset = CORE_CDMA_##reg, .field = kind, .member = offsetof(struct cdma, name)

/* Write-only ones are hidden. */
static const struct reg core_regs[] = {
	{ FIELD(ADDR_LO, REG_LO, addr), .writable = true, .hidden = true },
	{ FIELD(ADDR_HI, REG_HI, addr), .writable = true, .hidden = true },
	{ FIELD(LOCAL, REG_WORD, local), .writable = true, .hidden = true },
	{ FIELD(LEN, REG_WORD, len), .writable = true, .hidden = true },
	{ FIELD(CONTEXT, REG_WORD, context), .writable = true, .hidden = true },
	{ .offset = CORE_CDMA_START, .write = write_start },
	{ FIELD(STATUS, REG_WORD, status) },
	{ FIELD(FAULT_LO, REG_LO, fault) },
	{ FIELD(FAULT_HI, REG_HI, fault) },
};

void cdma_registers(struct cdma *cdma, struct reg_map *core)
{
	registers_add(core, core_regs, sizeof(core_regs) / sizeof(core_regs[0]), cdma, NULL);
}
