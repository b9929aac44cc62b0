// SPDX-License-Identifier: MIT
/*
 * CONV_2D and FULLY_CONNECTED in float32: each output pixel's inputs are laid out
 * in a row and multiplied by all filters at once.
 */
#include <errno.h>
#include <string.h>

#include "cpu/float_tile.h"

static const char *conv_unsupported(const struct mnet_graph *graph, const struct mnet_op *op)
{
	const char *reason = cpu_needs_float(graph, op);

	if (!reason)
		reason = cpu_needs_float_weights(cpu_input(graph, op, 1), cpu_input(graph, op, 2));
	if (reason)
		return reason;
	return cpu_needs_activation(op->code == MNET_OP_FULLY_CONNECTED ?
				    op->u.fully_connected.activation : op->u.conv.activation);
}

/**
 * struct conv_state - a convolution ready to run
 * @weights: filters of (height, width, channels)
 * @constant: they are packed already; else it is for each run to do
 * @range: of the fused activation
 * @pad_top: rows before the first
 * @pad_left: columns before the first
 * @patch: room for FLOAT_TILE_ROWS windows; NULL where a window is one pixel as it
 *	lies in the input
 */
struct conv_state {
	struct float_weights weights;
	bool constant;
	struct cpu_float_range range;
	int32_t pad_top, pad_left;
	float *patch;
};

static struct conv_state *new_state(struct mnet_cpu_op *cpu_op, size_t channels,
				    enum mnet_activation activation)
{
	const struct mnet_tensor *w = cpu_input(cpu_op->graph, cpu_op->op, 1);
	const struct mnet_tensor *bias = cpu_input(cpu_op->graph, cpu_op->op, 2);
	struct conv_state *s = mnet_arena_alloc(cpu_op->memory, sizeof(*s));

	if (!s || cpu_float_pack_init(cpu_op->memory, channels, cpu_elements(w) / channels,
				      &s->weights))
		return NULL;
	s->constant = w->data && (!bias || bias->data);
	if (s->constant)
		cpu_float_pack(w->data, bias ? bias->data : NULL, &s->weights);
	s->range = cpu_float_range(activation);
	cpu_op->state = s;
	return s;
}

static void pack_computed(const struct mnet_op *op, struct conv_state *s, void *const *data)
{
	if (!s->constant)
		cpu_float_pack(cpu_input_data(op, data, 1), cpu_input_data(op, data, 2),
			       &s->weights);
}

static int conv_prepare(struct mnet_cpu_op *cpu_op)
{
	const struct mnet_op *op = cpu_op->op;
	const struct mnet_tensor *in = cpu_input(cpu_op->graph, op, 0);
	const struct mnet_tensor *w = cpu_input(cpu_op->graph, op, 1);
	const struct mnet_tensor *out = cpu_output(cpu_op->graph, op);
	struct conv_state *s = new_state(cpu_op, (size_t)w->shape[0], op->u.conv.activation);

	if (!s)
		return -ENOMEM;
	s->pad_top = mnet_conv_pad_before(op->u.conv.padding, in->shape[1], out->shape[1],
					  w->shape[1], op->u.conv.stride_h, op->u.conv.dilation_h);
	s->pad_left = mnet_conv_pad_before(op->u.conv.padding, in->shape[2], out->shape[2],
					   w->shape[2], op->u.conv.stride_w, op->u.conv.dilation_w);
	if (w->shape[1] == 1 && w->shape[2] == 1)
		return 0;
	s->patch = mnet_arena_alloc(cpu_op->memory,
				    FLOAT_TILE_ROWS * s->weights.depth * sizeof(float));
	return s->patch ? 0 : -ENOMEM;
}

/* Output pixel @at's window, zeros where it hangs over the image */
static void gather(const struct mnet_cpu_op *cpu_op, const float *image, size_t at, float *patch)
{
	const struct mnet_op *op = cpu_op->op;
	const struct mnet_tensor *in = cpu_input(cpu_op->graph, op, 0);
	const struct mnet_tensor *w = cpu_input(cpu_op->graph, op, 1);
	const struct conv_state *s = cpu_op->state;
	int32_t out_w = cpu_output(cpu_op->graph, op)->shape[2];
	int64_t top = (int64_t)(at / (size_t)out_w) * op->u.conv.stride_h - s->pad_top;
	int64_t left = (int64_t)(at % (size_t)out_w) * op->u.conv.stride_w - s->pad_left;
	size_t n = (size_t)in->shape[3];
	int32_t fy, fx;

	for (fy = 0; fy < w->shape[1]; fy++) {
		int64_t y = top + (int64_t)fy * op->u.conv.dilation_h;

		for (fx = 0; fx < w->shape[2]; fx++, patch += n) {
			int64_t x = left + (int64_t)fx * op->u.conv.dilation_w;

			if (y < 0 || y >= in->shape[1] || x < 0 || x >= in->shape[2])
				memset(patch, 0, n * sizeof(*patch));
			else
				memcpy(patch, image + (size_t)(y * in->shape[2] + x) * n,
				       n * sizeof(*patch));
		}
	}
}

/* The only pixel of a 1 x 1 window, which is never padded */
static const float *pixel(const struct mnet_cpu_op *cpu_op, const float *image, size_t at)
{
	const struct mnet_op *op = cpu_op->op;
	const struct mnet_tensor *in = cpu_input(cpu_op->graph, op, 0);
	size_t out_w = (size_t)cpu_output(cpu_op->graph, op)->shape[2];
	size_t y = at / out_w * (size_t)op->u.conv.stride_h;
	size_t x = at % out_w * (size_t)op->u.conv.stride_w;

	return image + (y * (size_t)in->shape[2] + x) * (size_t)in->shape[3];
}

static void conv_image(const struct mnet_cpu_op *cpu_op, const float *image, float *to)
{
	const struct mnet_tensor *out = cpu_output(cpu_op->graph, cpu_op->op);
	const struct conv_state *s = cpu_op->state;
	size_t pixels = (size_t)out->shape[1] * (size_t)out->shape[2], at, r;
	const float *rows[FLOAT_TILE_ROWS];
	float *outs[FLOAT_TILE_ROWS];

	for (at = 0; at < pixels; at += FLOAT_TILE_ROWS) {
		for (r = 0; r < FLOAT_TILE_ROWS; r++) {
			size_t i = at + r < pixels ? at + r : pixels - 1;

			outs[r] = to + i * s->weights.channels;
			rows[r] = s->patch ? s->patch + r * s->weights.depth :
				  pixel(cpu_op, image, i);
			if (s->patch)
				gather(cpu_op, image, i, s->patch + r * s->weights.depth);
		}
		cpu_float_tile(&s->weights, s->range, rows, outs);
	}
}

static void conv_run(struct mnet_cpu_op *cpu_op, void *const *data)
{
	const struct mnet_tensor *in = cpu_input(cpu_op->graph, cpu_op->op, 0);
	const struct mnet_tensor *out = cpu_output(cpu_op->graph, cpu_op->op);
	const float *from = data[cpu_op->op->inputs[0]];
	float *to = data[cpu_op->op->outputs[0]];
	size_t batches = (size_t)in->shape[0], i;

	pack_computed(cpu_op->op, cpu_op->state, data);
	for (i = 0; i < batches; i++)
		conv_image(cpu_op, from + i * (cpu_elements(in) / batches),
			   to + i * (cpu_elements(out) / batches));
}

static int fully_connected_prepare(struct mnet_cpu_op *cpu_op)
{
	const struct mnet_tensor *w = cpu_input(cpu_op->graph, cpu_op->op, 1);

	return new_state(cpu_op, (size_t)w->shape[0],
			 cpu_op->op->u.fully_connected.activation) ? 0 : -ENOMEM;
}

static void fully_connected_run(struct mnet_cpu_op *cpu_op, void *const *data)
{
	struct conv_state *s = cpu_op->state;
	size_t n = cpu_elements(cpu_input(cpu_op->graph, cpu_op->op, 0)) / s->weights.depth, at, r;
	const float *in = data[cpu_op->op->inputs[0]], *rows[FLOAT_TILE_ROWS];
	float *out = data[cpu_op->op->outputs[0]], *outs[FLOAT_TILE_ROWS];

	pack_computed(cpu_op->op, s, data);
	for (at = 0; at < n; at += FLOAT_TILE_ROWS) {
		for (r = 0; r < FLOAT_TILE_ROWS; r++) {
			size_t i = at + r < n ? at + r : n - 1;

			rows[r] = in + i * s->weights.depth;
			outs[r] = out + i * s->weights.channels;
		}
		cpu_float_tile(&s->weights, s->range, rows, outs);
	}
}

const struct cpu_kernel cpu_float_conv_kernels[] = {
	{ MNET_OP_CONV_2D, conv_unsupported, conv_prepare, conv_run },
	{ MNET_OP_FULLY_CONNECTED, conv_unsupported, fully_connected_prepare, fully_connected_run },
	{ 0 },
};
