// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registers of the job's regions.
 */
#include <string.h>

#include "core/memory/regions.h"

#define EACH(reg, kind, name) { \
	.offset = CORE_REGION(0) + CORE_REGION_##reg, .count = EDGETPU_NUM_REGIONS, \
	.stride = CORE_REGION(1) - CORE_REGION(0), .field = kind, .writable = true, \
	.member = offsetof(struct regions, region[0].name), .step = sizeof(struct region), \
}

static const struct reg core_regs[] = {
	{ .offset = CORE_JOB_CONTEXT, .field = REG_WORD, .writable = true,
	  .member = offsetof(struct regions, context) },
	EACH(VA_LO, REG_LO, va),
	EACH(VA_HI, REG_HI, va),
	EACH(SIZE_LO, REG_LO, size),
	EACH(SIZE_HI, REG_HI, size),
	EACH(FLAGS, REG_WORD, flags),
};

void regions_reset(struct regions *regions)
{
	memset(regions, 0, sizeof(*regions));
}

void regions_registers(struct regions *regions, struct reg_map *core)
{
	registers_add(core, core_regs, sizeof(core_regs) / sizeof(core_regs[0]), regions, NULL);
}
