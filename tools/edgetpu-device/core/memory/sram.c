// SPDX-License-Identifier: GPL-2.0-only
/*
 * The scratch memory: what is dirty in it, and cleaning it.
 */
#include <stdlib.h>
#include <string.h>

#include "core/memory/sram.h"
#include "edgetpu_core.h"
#include "hwmodel/cost.h"

/* The kernels may be given weights by 64-byte lines */
#define ALIGN 4096

bool sram_init(struct sram *sram, uint32_t size)
{
	sram->bytes = aligned_alloc(ALIGN, size);
	sram->size = size;
	sram->high_water = size;
	return sram->bytes;
}

void sram_free(struct sram *sram)
{
	free(sram->bytes);
}

void sram_reset(struct sram *sram)
{
	memset(sram->bytes, 0, sram->high_water);
	sram->high_water = 0;
	sram->scrub_until = 0;
}

void sram_touch(struct sram *sram, uint64_t end)
{
	if (end > sram->high_water)
		sram->high_water = (uint32_t)end;
}

void sram_scrub(struct sram *sram, uint32_t bytes, uint64_t now)
{
	if (bytes > sram->size)
		bytes = sram->size;
	memset(sram->bytes, 0, bytes);
	if (bytes >= sram->high_water)
		sram->high_water = 0;
	sram->scrub_until = now + hwmodel_scrub_cycles(bytes);
}

static uint32_t read_banks(void *block, unsigned int i)
{
	(void)block;
	(void)i;
	return HWMODEL_SRAM_BANKS;
}

static const struct reg core_regs[] = {
	{ .offset = CORE_SRAM_HIGH_WATER, .field = REG_WORD,
	  .member = offsetof(struct sram, high_water) },
	{ .offset = CORE_SRAM_SIZE, .field = REG_WORD, .member = offsetof(struct sram, size) },
	{ .offset = CORE_SRAM_BANKS, .read = read_banks },
};

void sram_registers(struct sram *sram, struct reg_map *core)
{
	registers_add(core, core_regs, sizeof(core_regs) / sizeof(core_regs[0]), sram, NULL);
}
