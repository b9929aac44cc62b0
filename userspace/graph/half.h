/* SPDX-License-Identifier: MIT */
/* float16 as models store weights: IEEE 754 binary16. */
#ifndef MNET_HALF_H
#define MNET_HALF_H

#include <math.h>
#include <stdint.h>

static inline float mnet_half_to_float(uint16_t half)
{
	int exponent = (half >> 10) & 31, mantissa = half & 1023;
	float value;

	if (exponent == 31)
		value = mantissa ? NAN : INFINITY;
	else if (exponent)
		value = ldexpf((float)(mantissa + 1024), exponent - 25);
	else
		value = ldexpf((float)mantissa, -24);
	return half & 0x8000 ? -value : value;
}

#endif /* MNET_HALF_H */
