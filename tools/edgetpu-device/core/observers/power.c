// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>

#include "core/observers/power.h"

double power_seconds(const struct power *power, uint64_t cycles)
{
	return (double)cycles / (power->model->clock_khz * 1e3);
}

double power_pass(struct power *power, uint64_t cycles, uint32_t clocked, double work_pj)
{
	const double seconds = power_seconds(power, cycles);
	/* 1 mW for 1 s is 10^9 pJ */
	const double pj = work_pj + hwmodel_static_mw(clocked) * 1e9 * seconds;
	const double mw = pj / 1e9 / seconds;
	unsigned int e;

	power->time += cycles;
	for (e = 0; e < EDGETPU_NUM_ENGINES; e++)
		if (clocked & 1u << e)
			power->busy[e] += cycles;
	if (clocked & ((1u << EDGETPU_NUM_ENGINES) - 1))
		power->active += cycles;
	power->pj += pj;
	power->average = mw + (power->average - mw) *
			 exp(-seconds * 1e3 / EDGETPU_POWER_WINDOW_MS);
	return mw;
}
