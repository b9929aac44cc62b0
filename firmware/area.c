// SPDX-License-Identifier: GPL-2.0-only
/*
 * Save areas.
 */
#include "area.h"
#include "context.h"
#include "engine.h"

/* Of one command: far below EDGETPU_MAX_COMMAND_CYCLES, also behind PCIe */
#define CHUNK		(1u << 20)
#define AREA_REGION	1u

/**
 * struct area - one save area
 * @va: where it is; page aligned
 * @bytes: its size; 0: there is none of this number
 * @context: in whose address space
 * @taken: holds a job, or is about to
 * @failed: could not be written
 */
struct area {
	uint64_t va;
	uint32_t bytes;
	uint8_t context;
	bool taken;
	bool failed;
};

static struct area areas[EDGETPU_MAX_SAVE_AREAS];
static uint32_t count;

static struct edgetpu_command command;
static uint32_t moved;		/* bytes for which commands have been pushed */
static uint32_t total;

static uint32_t take_back(struct area *area)
{
	if (!area->bytes)
		return EDGETPU_MBOX_ENOENT;
	if (area->taken)
		return EDGETPU_MBOX_EBUSY;
	count -= !area->failed;
	context_count_user(area->context, -1);
	area->bytes = 0;
	return EDGETPU_MBOX_OK;
}

uint32_t area_set(uint32_t index, uint32_t context, uint64_t va, uint32_t bytes)
{
	const uint64_t space = 1ull << EDGETPU_VA_BITS;
	struct area *area = &areas[index];

	if (index >= EDGETPU_MAX_SAVE_AREAS)
		return EDGETPU_MBOX_EINVAL;
	if (!bytes)
		return take_back(area);
	if ((va | bytes) & ((1u << EDGETPU_PAGE_SHIFT) - 1) || va >= space || bytes > space - va ||
	    bytes < reg_read(CORE_SRAM_SIZE))
		return EDGETPU_MBOX_EINVAL;
	if (!context_exists(context))
		return EDGETPU_MBOX_ENOENT;
	if (area->bytes)
		return EDGETPU_MBOX_EEXIST;
	area->va = va;
	area->bytes = bytes;
	area->context = context;
	area->failed = false;
	count++;
	context_count_user(context, 1);
	return EDGETPU_MBOX_OK;
}

uint32_t area_count(void)
{
	return count;
}

struct area *area_take(void)
{
	struct area *area;

	for (area = areas; area < areas + EDGETPU_MAX_SAVE_AREAS; area++) {
		if (area->bytes && !area->taken && !area->failed) {
			area->taken = true;
			return area;
		}
	}
	return NULL;
}

void area_release(struct area *area)
{
	area->taken = false;
}

void area_give_up(struct area *area)
{
	area->taken = false;
	area->failed = true;
	count--;
}

void area_begin(const struct area *area, uint32_t opcode, uint32_t bytes)
{
	const struct edgetpu_region region = {
		.va = area->va, .size = area->bytes,
		.flags = EDGETPU_REGION_READ | EDGETPU_REGION_WRITE,
	};

	engines_set_region(AREA_REGION, &region);
	reg_write(CORE_JOB_CONTEXT, area->context);
	command.opcode = opcode;
	command.u.dma.region = AREA_REGION;
	command.u.dma.n1 = 1;
	command.u.dma.n2 = 1;
	moved = 0;
	total = bytes;
}

uint32_t area_step(void)
{
	uint32_t reg = CORE_ENGINE(edgetpu_isa_engine(command.opcode));

	while (moved < total && reg_read(reg + CORE_ENGINE_FREE)) {
		command.u.dma.offset = moved;
		command.u.dma.sram = moved;
		command.u.dma.len = total - moved < CHUNK ? total - moved : CHUNK;
		moved += command.u.dma.len;
		/* beyond any job's: it leaves no trace */
		reg_write(reg + CORE_ENGINE_INDEX, EDGETPU_MAX_COMMANDS);
		reg_write(reg + CORE_ENGINE_PUSH, tcm_addr(&command));
	}
	return moved < total || !engines_idle() ? CORE_EVENT_ENGINE : 0;
}
