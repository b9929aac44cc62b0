// SPDX-License-Identifier: GPL-2.0-only
/*
 * Save areas.
 */
#include "area.h"
#include "cdma.h"
#include "context.h"
#include "engine.h"
#include "record.h"

/* Of one command: far below EDGETPU_MAX_COMMAND_CYCLES, also behind PCIe */
#define CHUNK		(1u << 20)
#define AREA_REGION	1u

/**
 * struct area - one save area
 * @va: where it is; page aligned
 * @bytes: its size; 0: there is none of this number
 * @context: in whose address space
 * @taken: holds a job, or is about to
 * @parked: the job has no ring
 * @failed: could not be written
 * @saved: what there is of a parked job beside its SRAM
 */
struct area {
	uint64_t va;
	uint32_t bytes;
	uint8_t context;
	bool taken;
	bool parked;
	bool failed;
	struct edgetpu_saved saved;
};

static struct area areas[EDGETPU_MAX_SAVE_AREAS];
static uint32_t count;		/* that can be used */
static uint32_t num_parked;	/* of them, those with parked jobs */

static struct edgetpu_command command;
static uint32_t moved;		/* bytes for which commands have been pushed */
static uint32_t total;

static uint64_t record_addr(const struct area *area)
{
	return area->va + reg_read(CORE_SRAM_SIZE);
}

static uint32_t take_back(struct area *area)
{
	if (!area->bytes)
		return EDGETPU_MBOX_ENOENT;
	if (area->taken && !area->parked)
		return EDGETPU_MBOX_EBUSY;
	count -= !area->failed;
	num_parked -= area->parked;
	context_count_user(area->context, -1);
	*area = (struct area){ .bytes = 0 };
	return EDGETPU_MBOX_OK;
}

/* What an earlier boot has saved in it becomes a parked job. */
static uint32_t find_parked(struct area *area)
{
	struct edgetpu_saved *saved = &area->saved;

	if (cdma_copy(CDMA_CONTEXT(area->context), record_addr(area), saved, sizeof(*saved),
		      CORE_CDMA_TO_TCM) || !record_good(saved)) {
		area->bytes = 0;
		return EDGETPU_MBOX_ENODATA;
	}
	record_rebase(saved);
	area->taken = true;
	area->parked = true;
	return EDGETPU_MBOX_OK;
}

uint32_t area_set(uint32_t index, uint32_t context, uint64_t va, uint32_t bytes, uint32_t parked)
{
	const uint64_t space = 1ull << EDGETPU_VA_BITS;
	struct area *area;
	uint32_t status;

	if (index >= EDGETPU_MAX_SAVE_AREAS)
		return EDGETPU_MBOX_EINVAL;
	area = &areas[index];
	if (!bytes)
		return take_back(area);
	if ((va | bytes) & ((1u << EDGETPU_PAGE_SHIFT) - 1) || va > space - bytes ||
	    bytes < EDGETPU_SAVE_AREA_BYTES(reg_read(CORE_SRAM_SIZE)) || parked > 1)
		return EDGETPU_MBOX_EINVAL;
	if (!context_exists(context))
		return EDGETPU_MBOX_ENOENT;
	if (area->bytes)
		return EDGETPU_MBOX_EEXIST;
	*area = (struct area){ .va = va, .bytes = bytes, .context = context };
	status = parked ? find_parked(area) : EDGETPU_MBOX_OK;
	if (status)
		return status;
	count++;
	num_parked += area->parked;
	context_count_user(context, 1);
	return EDGETPU_MBOX_OK;
}

uint32_t area_count(void)
{
	return count - num_parked;
}

bool area_any_parked(void)
{
	return num_parked;
}

uint32_t area_index(const struct area *area)
{
	return area - areas;
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

void area_park(struct area *area, const struct edgetpu_saved *saved)
{
	area->saved = *saved;
	area->parked = true;
	num_parked++;
}

struct area *area_unpark(uint32_t index, struct edgetpu_saved *saved)
{
	struct area *area;

	if (index >= EDGETPU_MAX_SAVE_AREAS || !areas[index].parked)
		return NULL;
	area = &areas[index];
	*saved = area->saved;
	area->parked = false;
	num_parked--;
	return area;
}

void area_give_up(struct area *area)
{
	area->taken = false;
	area->failed = true;
	count--;
}

uint32_t area_record(const struct area *area, struct edgetpu_saved *saved)
{
	record_seal(saved);
	return cdma_copy(CDMA_CONTEXT(area->context), record_addr(area), saved, sizeof(*saved),
			 CORE_CDMA_TO_HOST);
}

uint32_t area_forget_record(const struct area *area)
{
	static uint32_t nothing;

	_Static_assert(!offsetof(struct edgetpu_saved, magic), "the magic is the first word");
	return cdma_copy(CDMA_CONTEXT(area->context), record_addr(area), &nothing,
			 sizeof(nothing), CORE_CDMA_TO_HOST);
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
