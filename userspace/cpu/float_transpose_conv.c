// SPDX-License-Identifier: MIT
/*
 * TRANSPOSE_CONV and Convolution2DTransposeBias in float32: for each output pixel
 * the inputs whose windows cover it, in the inputs' order.
 */
#include <errno.h>
#include <string.h>

#include "cpu/float32.h"
#include "cpu/transpose_window.h"

static const char *transpose_unsupported(const struct mnet_graph *graph, const struct mnet_op *op)
{
	struct mnet_transpose_conv t;
	const char *reason;

	if (!mnet_is_transpose_conv(op))
		return "no such custom operator";
	mnet_transpose_conv_get(graph, op, &t);
	if (t.in->type != MNET_FLOAT32)
		return "input that is not float32";
	reason = cpu_needs_float_weights(t.weights, t.bias);
	return reason ? reason : cpu_needs_activation(t.activation);
}

/**
 * struct transpose_state - a transposed convolution ready to run
 * @window: which inputs an output takes
 * @range: of the fused activation
 * @weights: (height, width, input channels, output channels)
 * @bias: of each output channel, zeros where there is none
 * @constant: they are filled in already; else it is for each run to do
 * @in: tensor index of the input
 * @weights_in: of the weights
 * @bias_in: of the bias, or MNET_NO_TENSOR
 */
struct transpose_state {
	struct transpose_window window;
	struct cpu_float_range range;
	float *weights;
	float *bias;
	bool constant;
	int in, weights_in, bias_in;
};

/* Turns (output channels, taps) round, so that the inner loop is over outputs */
static void fill_weights(struct transpose_state *s, const float *weights, const float *bias)
{
	size_t channels = (size_t)s->window.out_c, c, k;
	size_t depth = (size_t)s->window.kernel_h * (size_t)s->window.kernel_w *
		       (size_t)s->window.in_c;

	for (c = 0; c < channels; c++)
		for (k = 0; k < depth; k++)
			s->weights[k * channels + c] = weights[c * depth + k];
	if (bias)
		memcpy(s->bias, bias, channels * sizeof(float));
}

static int transpose_prepare(struct mnet_cpu_op *cpu_op)
{
	struct transpose_state *s = mnet_arena_alloc(cpu_op->memory, sizeof(*s));
	struct mnet_transpose_conv t;

	mnet_transpose_conv_get(cpu_op->graph, cpu_op->op, &t);
	if (!s)
		return -ENOMEM;
	s->weights = mnet_arena_alloc(cpu_op->memory, t.weights->bytes);
	s->bias = mnet_arena_alloc(cpu_op->memory, (size_t)t.weights->shape[0] * sizeof(float));
	if (!s->weights || !s->bias)
		return -ENOMEM;
	s->range = cpu_float_range(t.activation);
	s->in = (int)(t.in - cpu_op->graph->tensors);
	s->weights_in = (int)(t.weights - cpu_op->graph->tensors);
	s->bias_in = t.bias ? (int)(t.bias - cpu_op->graph->tensors) : MNET_NO_TENSOR;
	transpose_window_init(&s->window, &t, cpu_output(cpu_op->graph, cpu_op->op));
	s->constant = t.weights->data && (!t.bias || t.bias->data);
	if (s->constant)
		fill_weights(s, t.weights->data, t.bias ? t.bias->data : NULL);
	cpu_op->state = s;
	return 0;
}

/* Adds a pixel times a tap of the filter */
static void add_tap(float *restrict out, const float *restrict in, const float *restrict weights,
		    size_t in_c, size_t out_c)
{
	size_t i, o;

	for (i = 0; i < in_c; i++, weights += out_c)
		for (o = 0; o < out_c; o++)
			out[o] += in[i] * weights[o];
}

static void transpose_pixel(const struct transpose_state *s, const float *image, int32_t out_y,
			    int32_t out_x, float *out)
{
	const struct transpose_window *w = &s->window;
	size_t in_c = (size_t)w->in_c, out_c = (size_t)w->out_c, c;
	struct transpose_span ys = transpose_rows(w, out_y), xs = transpose_columns(w, out_x);
	int32_t y, x;

	memset(out, 0, out_c * sizeof(*out));
	for (y = ys.first; y <= ys.last; y++)
		for (x = xs.first; x <= xs.last; x++)
			add_tap(out, image + ((size_t)y * (size_t)w->in_w + (size_t)x) * in_c,
				s->weights + transpose_tap(w, &ys, y, &xs, x) * in_c * out_c, in_c,
				out_c);
	for (c = 0; c < out_c; c++)
		out[c] = cpu_float_clamp(out[c] + s->bias[c], s->range);
}

static void transpose_run(struct mnet_cpu_op *cpu_op, void *const *data)
{
	const struct mnet_tensor *out = cpu_output(cpu_op->graph, cpu_op->op);
	struct transpose_state *s = cpu_op->state;
	const float *image = data[s->in];
	float *to = data[cpu_op->op->outputs[0]];
	int32_t b, y, x;

	if (!s->constant)
		fill_weights(s, data[s->weights_in],
			     s->bias_in == MNET_NO_TENSOR ? NULL : data[s->bias_in]);
	for (b = 0; b < out->shape[0]; b++) {
		for (y = 0; y < out->shape[1]; y++)
			for (x = 0; x < out->shape[2]; x++, to += out->shape[3])
				transpose_pixel(s, image, y, x, to);
		image += (size_t)s->window.in_h * (size_t)s->window.in_w * (size_t)s->window.in_c;
	}
}

const struct cpu_kernel cpu_float_transpose_conv_kernels[] = {
	{ MNET_OP_TRANSPOSE_CONV, transpose_unsupported, transpose_prepare, transpose_run },
	{ MNET_OP_CUSTOM, transpose_unsupported, transpose_prepare, transpose_run },
	{ 0 },
};
