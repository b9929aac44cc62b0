// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>

#include "core/observers/thermal.h"
#include "edgetpu_hw.h"

void thermal_init(struct thermal *thermal)
{
	thermal->celsius = THERMAL_AMBIENT;
	thermal->max = EDGETPU_TEMP_MAX_DEFAULT;
	thermal->alarm = false;
}

int32_t thermal_read(const struct thermal *thermal)
{
	return (int32_t)lround(thermal->celsius * 1e3);
}

static bool look(struct thermal *thermal)
{
	const bool before = thermal->alarm;
	const int32_t now = thermal_read(thermal);

	if (now >= thermal->max)
		thermal->alarm = true;
	else if (now + EDGETPU_ALARM_HYSTERESIS <= (int64_t)thermal->max)
		thermal->alarm = false;
	return thermal->alarm && !before;
}

bool thermal_pass(struct thermal *thermal, double seconds, double mw)
{
	const double end = THERMAL_AMBIENT + THERMAL_RESISTANCE * mw / 1e3;

	thermal->celsius = end + (thermal->celsius - end) *
			   exp(-seconds / (THERMAL_RESISTANCE * THERMAL_CAPACITY));
	return look(thermal);
}

bool thermal_set_max(struct thermal *thermal, int32_t max)
{
	thermal->max = max;
	return look(thermal);
}
