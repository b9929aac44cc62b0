// SPDX-License-Identifier: MIT
/* DEPTHWISE_CONV_2D in float32. */
#include <errno.h>
#include <string.h>

#include "cpu/float32.h"

static const char *depthwise_unsupported(const struct mnet_graph *graph,
					 const struct mnet_op *op)
{
	const char *reason = cpu_needs_float(graph, op);

	if (!reason)
		reason = cpu_needs_float_weights(cpu_input(graph, op, 1), cpu_input(graph, op, 2));
	return reason ? reason : cpu_needs_activation(op->u.conv.activation);
}

/**
 * struct depthwise_state - a depthwise convolution ready to run
 * @range: of the fused activation
 * @pad_top: rows before the first
 * @pad_left: columns before the first
 * @zeros: a bias for where there is none
 */
struct depthwise_state {
	struct cpu_float_range range;
	int32_t pad_top, pad_left;
	float *zeros;
};

static int depthwise_prepare(struct mnet_cpu_op *cpu_op)
{
	const struct mnet_op *op = cpu_op->op;
	const struct mnet_tensor *in = cpu_input(cpu_op->graph, op, 0);
	const struct mnet_tensor *w = cpu_input(cpu_op->graph, op, 1);
	const struct mnet_tensor *out = cpu_output(cpu_op->graph, op);
	struct depthwise_state *s = mnet_arena_alloc(cpu_op->memory, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->zeros = mnet_arena_alloc(cpu_op->memory, (size_t)w->shape[3] * sizeof(float));
	if (!s->zeros)
		return -ENOMEM;
	s->range = cpu_float_range(op->u.conv.activation);
	s->pad_top = mnet_conv_pad_before(op->u.conv.padding, in->shape[1], out->shape[1],
					  w->shape[1], op->u.conv.stride_h, op->u.conv.dilation_h);
	s->pad_left = mnet_conv_pad_before(op->u.conv.padding, in->shape[2], out->shape[2],
					   w->shape[2], op->u.conv.stride_w, op->u.conv.dilation_w);
	cpu_op->state = s;
	return 0;
}

/* Adds a pixel times a tap of the filter; each input channel makes @multiplier outputs */
static void add_tap(float *restrict out, const float *restrict in, const float *restrict weights,
		    size_t channels, size_t multiplier)
{
	size_t c, m;

	if (multiplier == 1) {
		for (c = 0; c < channels; c++)
			out[c] += in[c] * weights[c];
		return;
	}
	for (c = 0; c < channels; c++)
		for (m = 0; m < multiplier; m++)
			out[c * multiplier + m] += in[c] * weights[c * multiplier + m];
}

static void depthwise_pixel(const struct mnet_cpu_op *cpu_op, const float *image,
			    const float *weights, const float *bias, int64_t top, int64_t left,
			    float *to)
{
	const struct mnet_op *op = cpu_op->op;
	const struct mnet_tensor *in = cpu_input(cpu_op->graph, op, 0);
	const struct mnet_tensor *w = cpu_input(cpu_op->graph, op, 1);
	const struct depthwise_state *s = cpu_op->state;
	size_t channels = (size_t)in->shape[3], n = (size_t)w->shape[3], c;
	int32_t fy, fx;

	memset(to, 0, n * sizeof(*to));
	for (fy = 0; fy < w->shape[1]; fy++) {
		int64_t y = top + (int64_t)fy * op->u.conv.dilation_h;

		for (fx = 0; fx < w->shape[2]; fx++, weights += n) {
			int64_t x = left + (int64_t)fx * op->u.conv.dilation_w;

			if (y >= 0 && y < in->shape[1] && x >= 0 && x < in->shape[2])
				add_tap(to, image + (size_t)(y * in->shape[2] + x) * channels,
					weights, channels, n / channels);
		}
	}
	for (c = 0; c < n; c++)
		to[c] = cpu_float_clamp(to[c] + bias[c], s->range);
}

static void depthwise_run(struct mnet_cpu_op *cpu_op, void *const *data)
{
	const struct mnet_op *op = cpu_op->op;
	const struct mnet_tensor *in = cpu_input(cpu_op->graph, op, 0);
	const struct mnet_tensor *out = cpu_output(cpu_op->graph, op);
	const struct depthwise_state *s = cpu_op->state;
	const float *weights = data[op->inputs[1]], *bias = cpu_input_data(op, data, 2);
	const float *image = data[op->inputs[0]];
	float *to = data[op->outputs[0]];
	int32_t b, y, x;

	for (b = 0; b < out->shape[0]; b++) {
		for (y = 0; y < out->shape[1]; y++)
			for (x = 0; x < out->shape[2]; x++, to += out->shape[3])
				depthwise_pixel(cpu_op, image, weights, bias ? bias : s->zeros,
						(int64_t)y * op->u.conv.stride_h - s->pad_top,
						(int64_t)x * op->u.conv.stride_w - s->pad_left, to);
		image += cpu_elements(in) / (size_t)in->shape[0];
	}
}

const struct cpu_kernel cpu_float_depthwise_kernels[] = {
	{ MNET_OP_DEPTHWISE_CONV_2D, depthwise_unsupported, depthwise_prepare, depthwise_run },
	{ 0 },
};
