// SPDX-License-Identifier: MIT
/*
 * Scales to integers.
 */
#include <math.h>

#include "graph/quantization.h"

void mnet_quantize_multiplier(double real, int32_t *multiplier, int32_t *shift)
{
	int exponent = 0;
	int64_t q;

	/* A quotient of scales may leave float's range. */
	if (!isfinite(real)) {
		*multiplier = INT32_MAX;
		*shift = 30;
		return;
	}
	q = (int64_t)round(frexp(real, &exponent) * 2147483648.0);
	if (q == (int64_t)1 << 31) {
		q /= 2;
		exponent++;
	}
	if (exponent < -31) {
		exponent = 0;
		q = 0;
	}
	if (exponent > 30) {
		exponent = 30;
		q = INT32_MAX;
	}
	*multiplier = (int32_t)q;
	*shift = exponent;
}

void mnet_type_range(enum mnet_type type, int32_t *min, int32_t *max)
{
	*min = type == MNET_UINT8 ? 0 : INT8_MIN;
	*max = type == MNET_UINT8 ? UINT8_MAX : INT8_MAX;
}

/* The quantised value of @real, kept within what int32 arithmetic can hold */
static int32_t quantize(const struct mnet_tensor *t, float real)
{
	float q = roundf(real / t->scales[0]);

	return t->zero_points[0] + (int32_t)fminf(fmaxf(q, -1e9f), 1e9f);
}

bool mnet_activation_range(const struct mnet_tensor *out, enum mnet_activation activation,
			   int32_t *min, int32_t *max)
{
	int32_t lo, hi;

	mnet_type_range(out->type, min, max);
	switch (activation) {
	case MNET_ACT_NONE:
		return true;
	case MNET_ACT_RELU:
		lo = quantize(out, 0.0f);
		hi = *max;
		break;
	case MNET_ACT_RELU6:
		lo = quantize(out, 0.0f);
		hi = quantize(out, 6.0f);
		break;
	case MNET_ACT_RELU_N1_TO_1:
		lo = quantize(out, -1.0f);
		hi = quantize(out, 1.0f);
		break;
	default:
		return false;
	}
	if (lo > *min)
		*min = lo;
	if (hi < *max)
		*max = hi;
	return true;
}

void mnet_conv_multiplier(const struct mnet_tensor *in, const struct mnet_tensor *weights,
			  const struct mnet_tensor *out, unsigned int channel,
			  bool fully_connected, int32_t *multiplier, int32_t *shift)
{
	float scale = weights->scales[weights->num_scales > 1 ? channel : 0];
	double product;

	if (in->type == MNET_UINT8 || (fully_connected && weights->num_scales == 1))
		product = (double)(in->scales[0] * scale);
	else
		product = (double)in->scales[0] * (double)scale;
	mnet_quantize_multiplier(product / (double)out->scales[0], multiplier, shift);
}

bool mnet_zero_point_fits(enum mnet_type type, int64_t zero_point)
{
	switch (type) {
	case MNET_UINT8:
		return zero_point >= 0 && zero_point <= UINT8_MAX;
	case MNET_INT8:
		return zero_point >= INT8_MIN && zero_point <= INT8_MAX;
	case MNET_INT16:
		return zero_point >= INT16_MIN && zero_point <= INT16_MAX;
	default:
		return zero_point >= INT32_MIN && zero_point <= INT32_MAX;
	}
}
