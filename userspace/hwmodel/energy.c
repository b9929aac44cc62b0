// SPDX-License-Identifier: MIT
/*
 * Energy: Horowitz, "Computing's energy problem", ISSCC 2014, 45 nm, for
 * arithmetic and SRAM; Accelergy's LPDDR4 figure for host memory.
 */
#include "cost.h"

#define PJ_MAC		0.3	/* 8-bit multiply 0.2, 32-bit add 0.1 */
#define PJ_ADD		0.1	/* 32-bit add */
#define PJ_REQUANT	3.3	/* 32-bit multiply 3.1, two adds for rounding */
#define PJ_BUFFER	10.0	/* 64 bits of an 8 KiB memory */
/* 64 bits of a 256 KiB bank: between 10 (8 KiB) and 100 (1 MiB) on a power law, 10 * 32^0.475 */
#define PJ_SRAM_WORD	52.0
#define PJ_DRAM_BYTE	64.0	/* 8 a bit */

double hwmodel_dynamic_pj(const struct hwmodel_cost *cost)
{
	return PJ_MAC * (double)cost->macs + PJ_ADD * (double)cost->adds +
	       PJ_REQUANT * (double)cost->requants + PJ_BUFFER * (double)cost->buffer_words +
	       PJ_SRAM_WORD * (HWMODEL_SRAM_LINE / 8) * (double)cost->sram_lines +
	       hwmodel_memory_pj(cost);
}

double hwmodel_memory_pj(const struct hwmodel_cost *cost)
{
	return PJ_DRAM_BYTE * (double)cost->dram_bytes;
}

uint32_t hwmodel_static_mw(uint32_t clocked)
{
	static const uint32_t clock_mw[] = HWMODEL_CLOCK_MW;
	uint32_t mw = HWMODEL_LEAKAGE_MW;

	for (unsigned int unit = 0; unit <= EDGETPU_ENGINE_FIRMWARE; unit++)
		if (clocked & 1u << unit)
			mw += clock_mw[unit];
	return mw;
}

double hwmodel_static_pj(const struct hwmodel_config *config, uint64_t cycles)
{
	/* 1 mW for 1 ms is 10^6 pJ, and clock_khz is cycles a millisecond */
	return hwmodel_static_mw(HWMODEL_ALL_CLOCKS) * 1e6 * (double)cycles /
	       (double)config->clock_khz;
}
