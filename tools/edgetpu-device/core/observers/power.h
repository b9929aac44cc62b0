/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the device takes: cycles at work by engine, energy, and the power that makes.
 * Units that have nothing to do are clock gated.
 */
#ifndef EDGETPU_POWER_H
#define EDGETPU_POWER_H

#include <stdint.h>

#include "edgetpu_hw.h"
#include "hwmodel/cost.h"

/**
 * struct power - counted since power-on
 * @model: the hardware
 * @time: cycles, those in which nothing was to be done too
 * @active: of them, any engine was at work
 * @busy: of them, each engine was
 * @pj: energy
 * @average: milliwatts, over EDGETPU_POWER_WINDOW_MS: what was longer ago counts less,
 *	by e for each such window
 */
struct power {
	const struct hwmodel_config *model;
	uint64_t time;
	uint64_t active;
	uint64_t busy[EDGETPU_NUM_ENGINES];
	double pj;
	double average;
};

/* Seconds that @cycles take */
double power_seconds(const struct power *power, uint64_t cycles);

/**
 * power_pass - cycles in which the power stays the same
 * @cycles: how many, not 0
 * @clocked: units with a running clock, 1 << EDGETPU_ENGINE_*
 * @work_pj: what the work in them takes
 *
 * Return: milliwatts
 */
double power_pass(struct power *power, uint64_t cycles, uint32_t clocked, double work_pj);

#endif /* EDGETPU_POWER_H */
