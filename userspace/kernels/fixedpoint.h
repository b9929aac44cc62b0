/* SPDX-License-Identifier: MIT */
/*
 * Fixed-point arithmetic of TFLite's quantised kernels (gemmlowp's double
 * rounding), as edgetpu_isa.h defines it.
 */
#ifndef MNET_KERNELS_FIXEDPOINT_H
#define MNET_KERNELS_FIXEDPOINT_H

#include <stdint.h>

/* SaturatingRoundingDoublingHighMul: a * b / 2^31, ties towards +infinity */
static inline int32_t mnet_srdhm(int32_t a, int32_t b)
{
	int64_t product = (int64_t)a * b;

	if (a == INT32_MIN && b == INT32_MIN)
		return INT32_MAX;
	product += product >= 0 ? (1 << 30) : 1 - (1 << 30);
	return (int32_t)(product / ((int64_t)1 << 31));
}

/* RoundingDivideByPOT: x / 2^n, n in [0, 31], ties away from zero */
static inline int32_t mnet_rdbp(int32_t x, int n)
{
	int64_t magnitude = x < 0 ? -(int64_t)x : x;

	if (n == 0)
		return x;
	magnitude = (magnitude + ((int64_t)1 << (n - 1))) >> n;
	return (int32_t)(x < 0 ? -magnitude : magnitude);
}

/* MultiplyByQuantizedMultiplier: x * multiplier / 2^31 * 2^shift, shift in [-31, 30] */
static inline int32_t mnet_mbqm(int32_t x, int32_t multiplier, int shift)
{
	int left = shift > 0 ? shift : 0;
	int right = shift > 0 ? 0 : -shift;

	return mnet_rdbp(mnet_srdhm((int32_t)((uint32_t)x << left), multiplier), right);
}

static inline int32_t mnet_clamp(int32_t x, int32_t lo, int32_t hi)
{
	return x < lo ? lo : x > hi ? hi : x;
}

#endif /* MNET_KERNELS_FIXEDPOINT_H */
