/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How warm the device is: one heat capacity behind one resistance to its surroundings.
 * While the power stays the same the temperature nears
 *
 *	THERMAL_AMBIENT + THERMAL_RESISTANCE * power
 *
 * by a factor of e in each THERMAL_CAPACITY * THERMAL_RESISTANCE seconds, exactly: steps
 * of any length give the same.
 */
#ifndef EDGETPU_THERMAL_H
#define EDGETPU_THERMAL_H

#include <stdbool.h>
#include <stdint.h>

/* Sources are in Documentation/hardware.rst. */
#define THERMAL_AMBIENT		25.0	/* degrees Celsius */
#define THERMAL_RESISTANCE	30.0	/* kelvins a watt */
#define THERMAL_CAPACITY	0.0415	/* joules a kelvin */

/**
 * struct thermal - the temperature, and what is to be said of it
 * @celsius: degrees
 * @max: thousandths of a degree from which on it is too warm
 * @alarm: it is, or has not cooled down by EDGETPU_ALARM_HYSTERESIS since
 */
struct thermal {
	double celsius;
	int32_t max;
	bool alarm;
};

/* As cold as its surroundings */
void thermal_init(struct thermal *thermal);
/* Thousandths of a degree */
int32_t thermal_read(const struct thermal *thermal);
/* @seconds with that power; true: it became too warm */
bool thermal_pass(struct thermal *thermal, double seconds, double mw);
/* Another @max; true: by that it is too warm now. */
bool thermal_set_max(struct thermal *thermal, int32_t max);

#endif /* EDGETPU_THERMAL_H */
