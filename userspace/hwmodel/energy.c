// SPDX-License-Identifier: MIT
/*
 * Energy: Horowitz, "Computing's energy problem", ISSCC 2014, 45 nm, for
 * arithmetic and SRAM; Accelergy's LPDDR4 figure for host memory.
 */
#include "cost.h"

/* In tenths of a picojoule, so that sums of them are exact */
#define MAC		3	/* 8-bit multiply 2, 32-bit add 1 */
#define ADD		1	/* 32-bit add */
#define REQUANT		33	/* 32-bit multiply 31, two adds for rounding */
#define BUFFER		100	/* 64 bits of an 8 KiB memory */
/* 64 bits of a 256 KiB bank: between 100 (8 KiB) and 1000 (1 MiB) on a power law, 100 * 32^0.475 */
#define SRAM_WORD	520
#define DRAM_BYTE	640	/* 80 a bit */

uint64_t hwmodel_dynamic_tenths(const struct hwmodel_cost *cost)
{
	return MAC * cost->macs + ADD * cost->adds + REQUANT * cost->requants +
	       BUFFER * cost->buffer_words +
	       SRAM_WORD * (HWMODEL_SRAM_LINE / 8) * cost->sram_lines +
	       DRAM_BYTE * cost->dram_bytes;
}

double hwmodel_dynamic_pj(const struct hwmodel_cost *cost)
{
	return (double)hwmodel_dynamic_tenths(cost) / 10;
}

double hwmodel_memory_pj(const struct hwmodel_cost *cost)
{
	return (double)(DRAM_BYTE * cost->dram_bytes) / 10;
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
