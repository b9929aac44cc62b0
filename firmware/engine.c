// SPDX-License-Identifier: GPL-2.0-only
/*
 * The engines' registers.
 */
#include "engine.h"

void engines_begin(void)
{
	reg_write(CORE_JOB_START, 1);
}

void engines_continue(const uint32_t completed[EDGETPU_NUM_ENGINES], uint64_t trace_zero)
{
	uint32_t e;

	engines_begin();
	for (e = 0; e < EDGETPU_NUM_ENGINES; e++)
		reg_write(CORE_ENGINE(e) + CORE_ENGINE_COMPLETED, completed[e]);
	reg_write(CORE_TRACE_ZERO_LO, trace_zero);
	reg_write(CORE_TRACE_ZERO_HI, trace_zero >> 32);
}

void engines_stop(void)
{
	reg_write(CORE_ENGINE_RESET, CORE_ENGINE_RESET_STOP);
}

void engines_drop(void)
{
	reg_write(CORE_ENGINE_RESET, CORE_ENGINE_RESET_DROP);
}

uint32_t engine_dropped(uint32_t e, uint32_t none)
{
	uint32_t index = reg_read(CORE_ENGINE(e) + CORE_ENGINE_DROPPED);

	return index == CORE_ENGINE_DROPPED_NONE ? none : index;
}

bool engines_idle(void)
{
	return reg_read(CORE_ENGINES_IDLE);
}

uint32_t engine_completed(uint32_t e)
{
	return reg_read(CORE_ENGINE(e) + CORE_ENGINE_COMPLETED);
}

uint32_t engines_completed(void)
{
	uint32_t e, n = 0;

	for (e = 0; e < EDGETPU_NUM_ENGINES; e++)
		n += engine_completed(e);
	return n;
}

uint32_t engines_progress(void)
{
	uint32_t e, n = engines_completed();

	for (e = 0; e < EDGETPU_NUM_ENGINES; e++)
		n += reg_read(CORE_ENGINE(e) + CORE_ENGINE_PROGRESS);
	return n;
}

uint32_t engine_busy(uint32_t e)
{
	return reg_read(CORE_ENGINE(e) + CORE_ENGINE_BUSY_CYCLES);
}

uint32_t engine_stalled(uint32_t e)
{
	return reg_read(CORE_ENGINE(e) + CORE_ENGINE_STALL_CYCLES);
}

static uint64_t read_count(uint32_t lo)
{
	return reg_read(lo) | (uint64_t)reg_read(lo + 4) << 32;
}

void engines_count(struct edgetpu_counts *counts)
{
	counts->read += read_count(CORE_COUNT_READ_LO);
	counts->written += read_count(CORE_COUNT_WRITTEN_LO);
	counts->energy += read_count(CORE_COUNT_ENERGY_LO);
	counts->misses = add_saturating(counts->misses, reg_read(CORE_COUNT_MISSES));
}

void engines_set_region(uint32_t number, const struct edgetpu_region *region)
{
	uint32_t reg = CORE_REGION(number);

	reg_write(reg + CORE_REGION_VA_LO, region->va);
	reg_write(reg + CORE_REGION_VA_HI, region->va >> 32);
	reg_write(reg + CORE_REGION_SIZE_LO, region->size);
	reg_write(reg + CORE_REGION_SIZE_HI, region->size >> 32);
	reg_write(reg + CORE_REGION_FLAGS, region->flags);
}

void engines_set_regions(const struct edgetpu_region *regions)
{
	uint32_t i;

	for (i = 0; i < EDGETPU_NUM_REGIONS; i++)
		engines_set_region(i, &regions[i]);
}

uint32_t engines_news(void)
{
	uint32_t engines = reg_read(CORE_ENGINE_EVENTS);

	/* cleared before the engines are looked at: what comes later wakes again */
	if (engines)
		reg_write(CORE_ENGINE_EVENTS, engines);
	return engines;
}

void engines_find_fault(uint32_t engines, struct fault *fault)
{
	uint32_t e, base, status, command;

	for (e = 0; e < EDGETPU_NUM_ENGINES; e++) {
		base = CORE_ENGINE(e);
		if (!(engines & 1u << e))
			continue;
		status = reg_read(base + CORE_ENGINE_FAULT);
		if (!status)
			continue;
		command = reg_read(base + CORE_ENGINE_FAULT_COMMAND);
		if (fault->status && command >= fault->command)
			continue;
		fault->status = status;
		fault->engine = e;
		fault->command = command;
		fault->va = reg_read(base + CORE_ENGINE_FAULT_LO);
		fault->va |= (uint64_t)reg_read(base + CORE_ENGINE_FAULT_HI) << 32;
	}
}

void engines_flush_trace(uint32_t region)
{
	reg_write(CORE_TRACE_FLUSH, region);
}

uint32_t engines_flush_status(void)
{
	return reg_read(CORE_TRACE_FLUSH);
}

uint64_t engines_trace_zero(void)
{
	return reg_read(CORE_TRACE_ZERO_LO) | (uint64_t)reg_read(CORE_TRACE_ZERO_HI) << 32;
}
