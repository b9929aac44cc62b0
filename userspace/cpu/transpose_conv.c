// SPDX-License-Identifier: MIT
/*
 * TRANSPOSE_CONV and Convolution2DTransposeBias on 8-bit tensors: for each output
 * pixel the inputs whose windows cover it, summed in int32.
 */
#include <errno.h>

#include "cpu/kernel.h"
#include "cpu/transpose_window.h"
#include "graph/quantization.h"
#include "kernels/fixedpoint.h"

static const char *transpose_unsupported(const struct mnet_graph *graph, const struct mnet_op *op)
{
	struct mnet_transpose_conv t;
	unsigned int i;

	if (!mnet_is_transpose_conv(op))
		return "no such custom operator";
	mnet_transpose_conv_get(graph, op, &t);
	if (!cpu_is_8bit(t.in))
		return "input that is not 8-bit";
	if (!t.weights->data || (t.bias && !t.bias->data))
		return "weights that are no constant";
	if (t.weights->type == MNET_UINT8 && t.weights->num_scales > 1)
		return "uint8 weights per channel";
	/* TFLite's int8 kernel takes the weights' zero points to be 0 */
	for (i = 0; t.weights->type == MNET_INT8 && i < t.weights->num_scales; i++)
		if (t.weights->zero_points[i])
			return "int8 weights with a zero point";
	return cpu_needs_activation(t.activation);
}

/**
 * struct transpose_state - a transposed convolution ready to run
 * @window: which inputs an output takes
 * @in: tensor index of the input
 * @in_zero_point: of the input
 * @weights: (output channels, height, width, input channels), less their zero point
 * @bias: of each output channel, zeros where there is none
 * @multiplier: of each output channel
 * @shift: of each output channel
 * @sums: room for a pixel
 */
struct transpose_state {
	struct transpose_window window;
	int in;
	int32_t in_zero_point;
	int16_t *weights;
	int32_t *bias;
	int32_t *multiplier;
	int32_t *shift;
	uint32_t *sums;
	int32_t min, max;
};

static int fill_state(struct mnet_cpu_op *cpu_op, const struct mnet_transpose_conv *t,
		      struct transpose_state *s)
{
	const struct mnet_tensor *w = t->weights, *out = cpu_output(cpu_op->graph, cpu_op->op);
	size_t channels = (size_t)w->shape[0], c, i;

	s->weights = mnet_arena_alloc(cpu_op->memory, cpu_elements(w) * sizeof(*s->weights));
	s->bias = mnet_arena_alloc(cpu_op->memory, channels * sizeof(*s->bias));
	s->multiplier = mnet_arena_alloc(cpu_op->memory, channels * sizeof(*s->multiplier));
	s->shift = mnet_arena_alloc(cpu_op->memory, channels * sizeof(*s->shift));
	s->sums = mnet_arena_alloc(cpu_op->memory, channels * sizeof(*s->sums));
	if (!s->weights || !s->bias || !s->multiplier || !s->shift || !s->sums)
		return -ENOMEM;
	for (i = 0; i < cpu_elements(w); i++)
		s->weights[i] = (int16_t)(cpu_load(w->data, i, w->type == MNET_UINT8) -
					  w->zero_points[0]);
	for (c = 0; c < channels; c++) {
		if (t->bias)
			s->bias[c] = ((const int32_t *)t->bias->data)[c];
		mnet_conv_multiplier(t->in, w, out, (unsigned int)c, false, &s->multiplier[c],
				     &s->shift[c]);
	}
	return 0;
}

static int transpose_prepare(struct mnet_cpu_op *cpu_op)
{
	const struct mnet_tensor *out = cpu_output(cpu_op->graph, cpu_op->op);
	struct transpose_state *s = mnet_arena_alloc(cpu_op->memory, sizeof(*s));
	struct mnet_transpose_conv t;

	mnet_transpose_conv_get(cpu_op->graph, cpu_op->op, &t);
	if (!s)
		return -ENOMEM;
	transpose_window_init(&s->window, &t, out);
	s->in = (int)(t.in - cpu_op->graph->tensors);
	s->in_zero_point = t.in->zero_points[0];
	mnet_activation_range(out, t.activation, &s->min, &s->max);
	cpu_op->state = s;
	return fill_state(cpu_op, &t, s);
}

static uint32_t dot(const void *in, const int16_t *weights, size_t n, bool is_uint8, int32_t zero)
{
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += (uint32_t)((cpu_load(in, i, is_uint8) - zero) * weights[i]);
	return sum;
}

/* The int32 sums of all output channels of a pixel, modulo 2^32 */
static void sum_pixel(const struct transpose_state *s, const uint8_t *image, bool is_uint8,
		      int32_t out_y, int32_t out_x)
{
	const struct transpose_window *w = &s->window;
	struct transpose_span ys = transpose_rows(w, out_y), xs = transpose_columns(w, out_x);
	size_t n = (size_t)w->in_c, taps = (size_t)w->kernel_h * (size_t)w->kernel_w;
	int32_t y, x, c;

	for (c = 0; c < w->out_c; c++)
		s->sums[c] = (uint32_t)s->bias[c];
	for (y = ys.first; y <= ys.last; y++)
		for (x = xs.first; x <= xs.last; x++) {
			const uint8_t *in = image + ((size_t)y * (size_t)w->in_w + (size_t)x) * n;
			const int16_t *tap = s->weights + transpose_tap(w, &ys, y, &xs, x) * n;

			for (c = 0; c < w->out_c; c++)
				s->sums[c] += dot(in, tap + (size_t)c * taps * n, n, is_uint8,
						  s->in_zero_point);
		}
}

static void transpose_run(struct mnet_cpu_op *cpu_op, void *const *data)
{
	const struct mnet_tensor *out = cpu_output(cpu_op->graph, cpu_op->op);
	const struct transpose_state *s = cpu_op->state;
	const struct transpose_window *w = &s->window;
	bool is_uint8 = out->type == MNET_UINT8;
	const uint8_t *image = data[s->in];
	uint8_t *to = data[cpu_op->op->outputs[0]];
	int32_t b, y, x, c;

	for (b = 0; b < out->shape[0]; b++) {
		for (y = 0; y < out->shape[1]; y++)
			for (x = 0; x < out->shape[2]; x++, to += w->out_c) {
				sum_pixel(s, image, is_uint8, y, x);
				for (c = 0; c < w->out_c; c++) {
					int64_t v = (int64_t)mnet_mbqm((int32_t)s->sums[c],
								       s->multiplier[c],
								       s->shift[c]) +
						    out->zero_points[0];

					to[c] = (uint8_t)(v < s->min ? s->min : v > s->max ? s->max : v);
				}
			}
		image += (size_t)w->in_h * (size_t)w->in_w * (size_t)w->in_c;
	}
}

const struct cpu_kernel cpu_transpose_conv_kernels[] = {
	{ MNET_OP_TRANSPOSE_CONV, transpose_unsupported, transpose_prepare, transpose_run },
	{ MNET_OP_CUSTOM, transpose_unsupported, transpose_prepare, transpose_run },
	{ 0 },
};
