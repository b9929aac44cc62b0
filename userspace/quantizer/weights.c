// SPDX-License-Identifier: MIT
/*
 * Constants in int8: weights symmetric per output channel, biases in int32 at
 * the product of input and weight scale, other operands per tensor.
 */
#include "quantizer/weights.h"

#include <math.h>
#include <string.h>

/* A bias this large is kept representable by widening its channel's weight scale. */
#define BIAS_LIMIT	1073741824.0	/* 2^30 */

static int8_t clamp_int8(double v, int low)
{
	v = round(v);
	return (int8_t)(v < low ? low : v > 127 ? 127 : v);
}

static bool new_scales(struct mnet_arena *arena, struct mnet_tensor *t, unsigned int count,
		       float **scales)
{
	int32_t *zero_points = mnet_arena_alloc(arena, count * sizeof(*zero_points));

	*scales = mnet_arena_alloc(arena, count * sizeof(**scales));
	t->num_scales = count;
	t->scales = *scales;
	t->zero_points = zero_points;
	return *scales && zero_points;
}

bool quant_weights(struct mnet_arena *arena, const struct mnet_tensor *weights, unsigned int axis,
		   bool per_channel, const struct mnet_tensor *bias, float input_scale,
		   struct mnet_tensor *out)
{
	unsigned int channels = per_channel ? weights->shape[axis] : 1;
	size_t count = weights->bytes / sizeof(float), inner = 1;
	const float *values = weights->data;
	int8_t *data = mnet_arena_alloc(arena, count);
	float *scales;

	*out = *weights;
	out->type = MNET_INT8;
	out->bytes = count;
	out->data = data;
	out->axis = per_channel ? axis : 0;
	if (!data || !new_scales(arena, out, channels, &scales))
		return false;
	for (unsigned int d = axis + 1; d < weights->rank; d++)
		inner *= weights->shape[d];

	for (size_t i = 0; i < count; i++) {
		unsigned int c = per_channel ? i / inner % channels : 0;

		scales[c] = fmaxf(scales[c], fabsf(values[i]));
	}
	for (unsigned int c = 0; c < channels; c++) {
		scales[c] = scales[c] > 0 ? scales[c] / 127 : 1;
		for (size_t b = c; bias && b < bias->bytes / sizeof(float); b += channels) {
			float least = (float)(fabs(((const float *)bias->data)[b]) /
					      BIAS_LIMIT / input_scale);

			scales[c] = fmaxf(scales[c], least);
		}
	}
	for (size_t i = 0; i < count; i++) {
		unsigned int c = per_channel ? i / inner % channels : 0;

		data[i] = clamp_int8(values[i] / (double)scales[c], -127);
	}
	return true;
}

bool quant_bias(struct mnet_arena *arena, const struct mnet_tensor *bias, float input_scale,
		const struct mnet_tensor *weights, struct mnet_tensor *out)
{
	size_t count = bias->bytes / sizeof(float);
	const float *values = bias->data;
	int32_t *data = mnet_arena_alloc(arena, count * sizeof(*data));
	float *scales;

	*out = *bias;
	out->type = MNET_INT32;
	out->bytes = count * sizeof(*data);
	out->data = data;
	out->axis = 0;
	if (!data || !new_scales(arena, out, weights->num_scales, &scales))
		return false;
	for (unsigned int c = 0; c < weights->num_scales; c++)
		scales[c] = input_scale * weights->scales[c];
	for (size_t i = 0; i < count; i++)
		data[i] = (int32_t)lround(values[i] /
					  ((double)input_scale *
					   weights->scales[weights->num_scales > 1 ? i : 0]));
	return true;
}

bool quant_operand(struct mnet_arena *arena, const struct mnet_tensor *operand,
		   struct mnet_tensor *out)
{
	size_t count = operand->bytes / sizeof(float);
	const float *values = operand->data;
	int8_t *data = mnet_arena_alloc(arena, count);
	double min = 0, max = 0, scale;
	int32_t *zero_point;
	float *scales;

	*out = *operand;
	out->type = MNET_INT8;
	out->bytes = count;
	out->data = data;
	if (!data || !new_scales(arena, out, 1, &scales))
		return false;
	for (size_t i = 0; i < count; i++) {
		min = fmin(min, values[i]);
		max = fmax(max, values[i]);
	}
	scale = max > min ? (max - min) / 255 : 1;
	scales[0] = fmaxf((float)scale, 1e-30f);
	zero_point = (int32_t *)out->zero_points;
	zero_point[0] = (int32_t)lround(-128 - min / scale);
	for (size_t i = 0; i < count; i++)
		data[i] = clamp_int8(values[i] / (double)scales[0] + zero_point[0], -128);
	return true;
}
