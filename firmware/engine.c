// SPDX-License-Identifier: GPL-2.0-only
/*
 * The engines' registers.
 */
#include "engine.h"

void engines_begin(void)
{
	reg_write(CORE_JOB_START, 1);
}

void engines_reset(void)
{
	reg_write(CORE_ENGINE_RESET, 1);
}

bool engines_idle(void)
{
	return reg_read(CORE_ENGINES_IDLE);
}

uint32_t engines_completed(void)
{
	uint32_t e, n = 0;

	for (e = 0; e < EDGETPU_NUM_ENGINES; e++)
		n += reg_read(CORE_ENGINE(e) + CORE_ENGINE_COMPLETED);
	return n;
}

uint32_t engine_busy(uint32_t e)
{
	return reg_read(CORE_ENGINE(e) + CORE_ENGINE_BUSY_CYCLES);
}

void engines_set_regions(const struct edgetpu_region *regions)
{
	uint32_t i, reg = CORE_REGION(0);

	for (i = 0; i < EDGETPU_NUM_REGIONS; i++, reg += CORE_REGION(1) - CORE_REGION(0)) {
		const struct edgetpu_region *region = &regions[i];

		reg_write(reg + CORE_REGION_VA_LO, region->va);
		reg_write(reg + CORE_REGION_VA_HI, region->va >> 32);
		reg_write(reg + CORE_REGION_SIZE_LO, region->size);
		reg_write(reg + CORE_REGION_SIZE_HI, region->size >> 32);
		reg_write(reg + CORE_REGION_FLAGS, region->flags);
	}
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

uint32_t engines_flush_trace(uint32_t region)
{
	uint32_t status;

	reg_write(CORE_TRACE_FLUSH, region);
	do {
		status = reg_read(CORE_TRACE_FLUSH);
	} while (status == CORE_CDMA_BUSY);
	return status;
}
