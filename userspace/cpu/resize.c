// SPDX-License-Identifier: MIT
/*
 * RESIZE_NEAREST_NEIGHBOR of any type, and RESIZE_BILINEAR of 8-bit tensors: int8
 * in integers with 10 fraction bits, uint8 in float, as TFLite's reference kernels
 * have them.
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "cpu/bilinear.h"

#define FRACTION	10
#define ONE		(1 << FRACTION)
/* Positions of larger inputs do not fit the int32 that TFLite computes them in */
#define MAX_INPUT	(1 << 20)

/* --- RESIZE_NEAREST_NEIGHBOR --- */

static bool same_scale(const struct mnet_tensor *a, const struct mnet_tensor *b)
{
	return !cpu_is_8bit(a) ||
	       (a->scales[0] == b->scales[0] && a->zero_points[0] == b->zero_points[0]);
}

static const char *nearest_unsupported(const struct mnet_graph *graph, const struct mnet_op *op)
{
	return same_scale(cpu_input(graph, op, 0), cpu_output(graph, op)) ? NULL :
	       "output quantized unlike the input";
}

/**
 * struct nearest_state - a resize ready to run
 * @y: input row of each output row
 * @x: input column of each output column
 */
struct nearest_state {
	int32_t *y;
	int32_t *x;
};

static int32_t *nearest(struct mnet_arena *memory, const struct mnet_op *op, int32_t in,
			int32_t out)
{
	int32_t *at = mnet_arena_alloc(memory, (size_t)out * sizeof(*at));
	bool align = op->u.resize.align_corners;
	float scale = align && out > 1 ? (float)(in - 1) / (float)(out - 1) :
		      (float)in / (float)out;
	float offset = op->u.resize.half_pixel_centers ? 0.5f : 0.0f;
	int32_t i;

	for (i = 0; at && i < out; i++) {
		float y = ((float)i + offset) * scale;

		at[i] = (int32_t)(align ? roundf(y) : floorf(y));
		if (at[i] > in - 1)
			at[i] = in - 1;
	}
	return at;
}

static int nearest_prepare(struct mnet_cpu_op *cpu_op)
{
	const struct mnet_tensor *in = cpu_input(cpu_op->graph, cpu_op->op, 0);
	const struct mnet_tensor *out = cpu_output(cpu_op->graph, cpu_op->op);
	struct nearest_state *s = mnet_arena_alloc(cpu_op->memory, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->y = nearest(cpu_op->memory, cpu_op->op, in->shape[1], out->shape[1]);
	s->x = nearest(cpu_op->memory, cpu_op->op, in->shape[2], out->shape[2]);
	cpu_op->state = s;
	return s->y && s->x ? 0 : -ENOMEM;
}

static void nearest_run(struct mnet_cpu_op *cpu_op, void *const *data)
{
	const struct mnet_tensor *in = cpu_input(cpu_op->graph, cpu_op->op, 0);
	const struct mnet_tensor *out = cpu_output(cpu_op->graph, cpu_op->op);
	size_t pixel = (size_t)in->shape[3] * mnet_type_size(in->type);
	size_t row = pixel * (size_t)in->shape[2];
	const struct nearest_state *s = cpu_op->state;
	const char *image = data[cpu_op->op->inputs[0]];
	char *to = data[cpu_op->op->outputs[0]];
	int32_t b, y, x;

	for (b = 0; b < out->shape[0]; b++) {
		for (y = 0; y < out->shape[1]; y++)
			for (x = 0; x < out->shape[2]; x++, to += pixel)
				memcpy(to, image + (size_t)s->y[y] * row + (size_t)s->x[x] * pixel,
				       pixel);
		image += row * (size_t)in->shape[1];
	}
}

const struct cpu_kernel cpu_nearest_kernels[] = {
	{ MNET_OP_RESIZE_NEAREST_NEIGHBOR, nearest_unsupported, nearest_prepare, nearest_run },
	{ 0 },
};

/* --- RESIZE_BILINEAR --- */

/**
 * struct fixed_point - where an output row or column lies in the input
 * @low: row at or before it
 * @high: row at or after it
 * @to_low: distance from @low, in 1/ONE
 */
struct fixed_point {
	int32_t low, high;
	int32_t to_low;
};

/**
 * struct bilinear_state - a resize ready to run
 * @y: one per output row; int8
 * @x: one per output column; int8
 * @axes: the same in float; uint8
 */
struct bilinear_state {
	struct fixed_point *y;
	struct fixed_point *x;
	struct bilinear_axes *axes;
};

/* Input rows per output row, in 1/ONE */
static int64_t fixed_scale(const struct mnet_op *op, int32_t in, int32_t out)
{
	if (op->u.resize.align_corners && out > 1) {
		in--;
		out--;
	}
	return ((int64_t)in * ONE + out / 2) / out;
}

static struct fixed_point fixed_point(const struct mnet_op *op, int32_t in, int64_t scale,
				      int32_t i)
{
	int64_t at = i * scale;
	struct fixed_point p;

	if (op->u.resize.half_pixel_centers)
		at += scale / 2 - ONE / 2;
	p.low = (int32_t)(at < 0 ? 0 : at / ONE);
	p.high = (int32_t)((at + ONE - 1) / ONE < in ? (at + ONE - 1) / ONE : in - 1);
	p.to_low = (int32_t)(at - (int64_t)p.low * ONE);
	return p;
}

/* The rounded scale may add up to more than the input has, where TFLite's reads beyond it */
static bool reaches_beyond(const struct mnet_op *op, int32_t in, int32_t out)
{
	int64_t scale = fixed_scale(op, in, out);

	return in > MAX_INPUT || fixed_point(op, in, scale, out - 1).low >= in;
}

static const char *bilinear_unsupported(const struct mnet_graph *graph, const struct mnet_op *op)
{
	const struct mnet_tensor *in = cpu_input(graph, op, 0), *out = cpu_output(graph, op);
	const char *reason = cpu_needs_8bit(graph, op);

	if (reason)
		return reason;
	if (!same_scale(in, out))
		return "output quantized unlike the input";
	if (in->type == MNET_INT8 && (reaches_beyond(op, in->shape[1], out->shape[1]) ||
				      reaches_beyond(op, in->shape[2], out->shape[2])))
		return "sizes beyond the kernel's 10 fraction bits";
	return NULL;
}

static struct fixed_point *fixed_points(struct mnet_arena *memory, const struct mnet_op *op,
					int32_t in, int32_t out)
{
	struct fixed_point *p = mnet_arena_alloc(memory, (size_t)out * sizeof(*p));
	int64_t scale = fixed_scale(op, in, out);
	int32_t i;

	for (i = 0; p && i < out; i++)
		p[i] = fixed_point(op, in, scale, i);
	return p;
}

static int bilinear_prepare(struct mnet_cpu_op *cpu_op)
{
	const struct mnet_tensor *in = cpu_input(cpu_op->graph, cpu_op->op, 0);
	const struct mnet_tensor *out = cpu_output(cpu_op->graph, cpu_op->op);
	struct bilinear_state *s = mnet_arena_alloc(cpu_op->memory, sizeof(*s));

	if (!s)
		return -ENOMEM;
	cpu_op->state = s;
	if (in->type == MNET_UINT8) {
		s->axes = cpu_bilinear_axes(cpu_op);
		return s->axes ? 0 : -ENOMEM;
	}
	s->y = fixed_points(cpu_op->memory, cpu_op->op, in->shape[1], out->shape[1]);
	s->x = fixed_points(cpu_op->memory, cpu_op->op, in->shape[2], out->shape[2]);
	return s->y && s->x ? 0 : -ENOMEM;
}

static void pixel_int8(const struct bilinear_state *s, const int8_t *image, int32_t y, int32_t x,
		       size_t width, size_t channels, int8_t *out)
{
	const struct fixed_point *py = &s->y[y], *px = &s->x[x];
	const int8_t *top = image + (size_t)py->low * width * channels;
	const int8_t *bottom = image + (size_t)py->high * width * channels;
	size_t left = (size_t)px->low * channels, right = (size_t)px->high * channels, c;
	int32_t w00 = (ONE - py->to_low) * (ONE - px->to_low);
	int32_t w10 = py->to_low * (ONE - px->to_low);
	int32_t w01 = (ONE - py->to_low) * px->to_low;
	int32_t w11 = py->to_low * px->to_low;

	for (c = 0; c < channels; c++) {
		int32_t sum = top[left + c] * w00 + bottom[left + c] * w10 + top[right + c] * w01 +
			      bottom[right + c] * w11;
		int32_t half = 1 << (2 * FRACTION - 1);

		out[c] = (int8_t)((sum + (sum > 0 ? half : -half)) / (ONE * ONE));
	}
}

static void pixel_uint8(const struct bilinear_corners *k, const uint8_t *image, size_t channels,
			uint8_t *out)
{
	size_t c;
	int i;

	for (c = 0; c < channels; c++) {
		float sum = (float)image[k->at[0] + c] * k->weight_y[0] * k->weight_x[0];

		for (i = 1; i < 4; i++)
			sum += (float)image[k->at[i] + c] * k->weight_y[i] * k->weight_x[i];
		out[c] = (uint8_t)(sum + 0.5f);
	}
}

static void bilinear_run(struct mnet_cpu_op *cpu_op, void *const *data)
{
	const struct mnet_tensor *in = cpu_input(cpu_op->graph, cpu_op->op, 0);
	const struct mnet_tensor *out = cpu_output(cpu_op->graph, cpu_op->op);
	size_t channels = (size_t)in->shape[3], width = (size_t)in->shape[2];
	const struct bilinear_state *s = cpu_op->state;
	const uint8_t *image = data[cpu_op->op->inputs[0]];
	uint8_t *to = data[cpu_op->op->outputs[0]];
	struct bilinear_corners k;
	int32_t b, y, x;

	for (b = 0; b < out->shape[0]; b++) {
		for (y = 0; y < out->shape[1]; y++)
			for (x = 0; x < out->shape[2]; x++, to += channels) {
				if (!s->axes) {
					pixel_int8(s, (const int8_t *)image, y, x, width, channels,
						   (int8_t *)to);
					continue;
				}
				k = cpu_bilinear_corners(s->axes, y, x, width, channels);
				pixel_uint8(&k, image, channels, to);
			}
		image += (size_t)in->shape[1] * width * channels;
	}
}

const struct cpu_kernel cpu_bilinear_kernels[] = {
	{ MNET_OP_RESIZE_BILINEAR, bilinear_unsupported, bilinear_prepare, bilinear_run },
	{ 0 },
};
