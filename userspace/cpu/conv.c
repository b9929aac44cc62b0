// SPDX-License-Identifier: MIT
/*
 * CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED on the engines' arithmetic:
 * tensors as int8, weights packed once into the engines' layout.
 */
#include <endian.h>
#include <errno.h>

#include "cpu/image.h"
#include "graph/quantization.h"

#define BLOCK EDGETPU_CHANNEL_BLOCK

static const char *conv_unsupported(const struct mnet_graph *graph, const struct mnet_op *op)
{
	const struct mnet_tensor *weights = cpu_input(graph, op, 1);
	const struct mnet_tensor *bias = cpu_input(graph, op, 2);
	enum mnet_activation activation = op->code == MNET_OP_FULLY_CONNECTED ?
						  op->u.fully_connected.activation :
						  op->u.conv.activation;
	const char *reason = cpu_needs_8bit(graph, op);
	unsigned int i;

	if (reason)
		return reason;
	if (!weights->data || (bias && !bias->data))
		return "weights that are no constant";
	if (weights->type == MNET_UINT8 && weights->num_scales > 1)
		return "uint8 weights per channel";
	/* TFLite's int8 convolutions take the weights' zero points to be 0 */
	for (i = 0; i < weights->num_scales; i++)
		if (weights->zero_points[i] &&
		    (weights->num_scales > 1 ||
		     (weights->type == MNET_INT8 && op->code != MNET_OP_FULLY_CONNECTED)))
			return "int8 weights with a zero point";
	return cpu_needs_activation(activation);
}

/**
 * struct filter - weights as (output channel, reduction step)
 * @channels: output channels
 * @depth: reduction steps of a channel
 * @channel_stride: bytes from a channel to the next
 * @step_stride: bytes from a step to the next
 */
struct filter {
	const void *data;
	bool is_uint8;
	size_t channels, depth;
	size_t channel_stride, step_stride;
};

static int8_t filter_at(const struct filter *f, size_t channel, size_t step)
{
	size_t i = channel * f->channel_stride + step * f->step_stride;

	return (int8_t)(cpu_load(f->data, i, f->is_uint8) - (f->is_uint8 ? 128 : 0));
}

/* CONV layout of struct edgetpu_cmd_conv */
static int8_t *pack_conv(struct mnet_arena *memory, const struct filter *f)
{
	size_t groups = (f->depth + EDGETPU_WEIGHT_DEPTH - 1) / EDGETPU_WEIGHT_DEPTH;
	size_t blocks = (f->channels + BLOCK - 1) / BLOCK;
	int8_t *packed = mnet_arena_alloc(memory, blocks * groups * BLOCK * EDGETPU_WEIGHT_DEPTH);
	size_t c, k;

	if (!packed)
		return NULL;
	for (c = 0; c < f->channels; c++)
		for (k = 0; k < f->depth; k++)
			packed[(c / BLOCK * groups + k / 4) * 64 + c % BLOCK * 4 + k % 4] =
				filter_at(f, c, k);
	return packed;
}

/* DEPTHWISE layout */
static int8_t *pack_depthwise(struct mnet_arena *memory, const struct filter *f)
{
	size_t pitch = (f->channels + BLOCK - 1) / BLOCK * BLOCK;
	int8_t *packed = mnet_arena_alloc(memory, f->depth * pitch);
	size_t c, k;

	if (!packed)
		return NULL;
	for (k = 0; k < f->depth; k++)
		for (c = 0; c < f->channels; c++)
			packed[k * pitch + c] = filter_at(f, c, k);
	return packed;
}

static struct edgetpu_channel_block *
channel_blocks(struct mnet_cpu_op *cpu_op, const struct filter *f, const struct mnet_conv_args *a)
{
	const struct mnet_graph *graph = cpu_op->graph;
	const struct mnet_op *op = cpu_op->op;
	const struct mnet_tensor *in = cpu_input(graph, op, 0), *w = cpu_input(graph, op, 1);
	const struct mnet_tensor *bias = cpu_input(graph, op, 2), *out = cpu_output(graph, op);
	struct edgetpu_channel_block *blocks;
	size_t c, k;

	blocks = mnet_arena_alloc(cpu_op->memory,
				  (f->channels + BLOCK - 1) / BLOCK * sizeof(*blocks));
	if (!blocks)
		return NULL;
	for (c = 0; c < f->channels; c++) {
		struct edgetpu_channel_block *b = &blocks[c / BLOCK];
		int32_t multiplier, shift;
		uint32_t sum = 0;

		for (k = 0; k < f->depth; k++)
			sum += (uint32_t)(filter_at(f, c, k) - a->weight_zero_point);
		sum = -sum * (uint32_t)a->in_zero_point;
		if (bias)
			sum += ((const uint32_t *)bias->data)[c];
		mnet_conv_multiplier(in, w, out, (unsigned int)c,
				     op->code == MNET_OP_FULLY_CONNECTED, &multiplier, &shift);
		b->bias[c % BLOCK] = htole32(sum);
		b->multiplier[c % BLOCK] = htole32((uint32_t)multiplier);
		b->shift[c % BLOCK] = htole32((uint32_t)shift);
	}
	return blocks;
}

static void set_window(struct cpu_image_op *s, const struct mnet_op *op, int32_t kernel_h,
		       int32_t kernel_w)
{
	struct mnet_conv_args *a = &s->args;

	a->kernel_h = kernel_h;
	a->kernel_w = kernel_w;
	a->stride_h = op->u.conv.stride_h;
	a->stride_w = op->u.conv.stride_w;
	a->dilation_h = op->u.conv.dilation_h;
	a->dilation_w = op->u.conv.dilation_w;
	a->pad_top = mnet_conv_pad_before(op->u.conv.padding, a->in_h, a->out_h, kernel_h,
					  a->stride_h, a->dilation_h);
	a->pad_left = mnet_conv_pad_before(op->u.conv.padding, a->in_w, a->out_w, kernel_w,
					   a->stride_w, a->dilation_w);
}

/* The rest, once geometry and layout are known */
static int finish(struct mnet_cpu_op *cpu_op, struct cpu_image_op *image, const struct filter *f,
		  enum mnet_activation activation)
{
	const struct mnet_tensor *in = cpu_input(cpu_op->graph, cpu_op->op, 0);
	const struct mnet_tensor *w = cpu_input(cpu_op->graph, cpu_op->op, 1);
	const struct mnet_tensor *out = cpu_output(cpu_op->graph, cpu_op->op);
	int32_t offset = cpu_int8_offset(in);
	struct mnet_conv_args *a = &image->args;

	a->in_zero_point = in->zero_points[0] + offset;
	a->weight_zero_point = w->zero_points[0] + offset;
	a->out_zero_point = out->zero_points[0] + offset;
	a->params = channel_blocks(cpu_op, f, a);
	if (!a->weights || !a->params)
		return -ENOMEM;
	return cpu_image_finish(cpu_op, image, activation);
}

static int conv_prepare(struct mnet_cpu_op *cpu_op)
{
	const struct mnet_op *op = cpu_op->op;
	const struct mnet_tensor *w = cpu_input(cpu_op->graph, op, 1);
	struct cpu_image_op *s = mnet_arena_alloc(cpu_op->memory, sizeof(*s));
	struct filter f = { .data = w->data, .is_uint8 = w->type == MNET_UINT8 };

	if (!s)
		return -ENOMEM;
	f.channels = (size_t)w->shape[0];
	f.depth = w->bytes / f.channels;
	f.channel_stride = f.depth;
	f.step_stride = 1;
	cpu_image_sizes(s, cpu_input(cpu_op->graph, op, 0), cpu_output(cpu_op->graph, op));
	set_window(s, op, w->shape[1], w->shape[2]);
	s->compute = mnet_engine_conv;
	s->args.weights = pack_conv(cpu_op->memory, &f);
	return finish(cpu_op, s, &f, op->u.conv.activation);
}

static int depthwise_prepare(struct mnet_cpu_op *cpu_op)
{
	const struct mnet_op *op = cpu_op->op;
	const struct mnet_tensor *w = cpu_input(cpu_op->graph, op, 1);
	struct cpu_image_op *s = mnet_arena_alloc(cpu_op->memory, sizeof(*s));
	struct filter f = { .data = w->data, .is_uint8 = w->type == MNET_UINT8 };

	if (!s)
		return -ENOMEM;
	f.channels = (size_t)w->shape[3];
	f.depth = w->bytes / f.channels;
	f.channel_stride = 1;
	f.step_stride = f.channels;
	cpu_image_sizes(s, cpu_input(cpu_op->graph, op, 0), cpu_output(cpu_op->graph, op));
	set_window(s, op, w->shape[1], w->shape[2]);
	s->compute = mnet_engine_depthwise;
	s->args.weights = pack_depthwise(cpu_op->memory, &f);
	return finish(cpu_op, s, &f, op->u.conv.activation);
}

/* A 1x1 convolution whose pixels are the rows of the input */
static int fully_connected_prepare(struct mnet_cpu_op *cpu_op)
{
	const struct mnet_op *op = cpu_op->op;
	const struct mnet_tensor *in = cpu_input(cpu_op->graph, op, 0);
	const struct mnet_tensor *w = cpu_input(cpu_op->graph, op, 1);
	struct cpu_image_op *s = mnet_arena_alloc(cpu_op->memory, sizeof(*s));
	struct filter f = { .data = w->data, .is_uint8 = w->type == MNET_UINT8 };

	if (!s)
		return -ENOMEM;
	f.channels = (size_t)w->shape[0];
	f.depth = (size_t)w->shape[1];
	f.channel_stride = f.depth;
	f.step_stride = 1;
	s->batches = 1;
	s->args.in_h = s->args.out_h = 1;
	s->args.in_w = s->args.out_w = (int32_t)(cpu_elements(in) / f.depth);
	s->args.in_c = w->shape[1];
	s->args.out_c = w->shape[0];
	s->args.kernel_h = s->args.kernel_w = 1;
	s->args.stride_h = s->args.stride_w = 1;
	s->args.dilation_h = s->args.dilation_w = 1;
	s->compute = mnet_engine_conv;
	s->args.weights = pack_conv(cpu_op->memory, &f);
	return finish(cpu_op, s, &f, op->u.fully_connected.activation);
}

const struct cpu_kernel cpu_conv_kernels[] = {
	{ MNET_OP_CONV_2D, conv_unsupported, conv_prepare, cpu_image_run },
	{ MNET_OP_DEPTHWISE_CONV_2D, conv_unsupported, depthwise_prepare, cpu_image_run },
	{ MNET_OP_FULLY_CONNECTED, conv_unsupported, fully_connected_prepare, cpu_image_run },
	{ 0 },
};
