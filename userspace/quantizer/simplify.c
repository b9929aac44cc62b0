// SPDX-License-Identifier: MIT
/*
 * The float network made plain: weights that are stored as float16 or int8
 * become float32 constants, MediaPipe's transposed convolution becomes
 * TFLite's own, and activation functions go into the operator before them. Once
 * ranges are known, some pools of whole maps become MEAN.
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "graph/half.h"
#include "operators/operator.h"
#include "operators/transpose_conv.h"
#include "quantizer/quantizer.h"

/* A pool whose output's range is this many times narrower than its input's becomes MEAN. */
#define SHRINKS	3

/* Makes @to the float32 values of the constant @from. */
static int fold_constant(struct quantizer *q, const struct mnet_tensor *from,
			 struct mnet_tensor *to)
{
	size_t count = from->bytes / mnet_type_size(from->type), inner = 1;
	float *values = mnet_arena_alloc(q->graph.arena, count * sizeof(*values));

	if (!values)
		return mnet_fail(q->err, -ENOMEM, "out of memory");
	for (unsigned int d = from->axis + 1; d < from->rank; d++)
		inner *= from->shape[d];
	for (size_t i = 0; i < count; i++) {
		unsigned int c = from->num_scales > 1 ? i / inner % from->num_scales : 0;
		uint16_t half;

		if (from->type == MNET_FLOAT16) {
			memcpy(&half, (const uint8_t *)from->data + 2 * i, 2);
			values[i] = mnet_half_to_float(half);
		} else {
			int32_t v = from->type == MNET_INT8 ? ((const int8_t *)from->data)[i] :
				    ((const uint8_t *)from->data)[i];

			values[i] = from->scales[c] * (float)(v - from->zero_points[c]);
		}
	}
	to->data = values;
	to->producer = -1;
	return 0;
}

static bool folds(const struct mnet_graph *g, const struct mnet_op *op)
{
	const struct mnet_tensor *in;

	if (op->code != MNET_OP_DEQUANTIZE)
		return false;
	in = &g->tensors[op->inputs[0]];
	return in->data && (in->type == MNET_FLOAT16 ||
			    ((in->type == MNET_INT8 || in->type == MNET_UINT8) && in->num_scales));
}

static unsigned int num_uses(const struct mnet_graph *g, int tensor)
{
	unsigned int uses = 0;

	for (unsigned int i = 0; i < g->num_ops; i++)
		for (unsigned int k = 0; k < g->ops[i].num_inputs; k++)
			uses += g->ops[i].inputs[k] == tensor;
	for (unsigned int i = 0; i < g->num_outputs; i++)
		uses += g->outputs[i] == tensor;
	return uses;
}

/*
 * Where operator @op keeps the activation that it may take over; NULL: it takes none. A pool
 * would hand the activation's scale on to its input, and TFLite's TRANSPOSE_CONV has none
 * before version 4.
 */
static enum mnet_activation *fused_activation(struct mnet_op *op)
{
	const struct mnet_operator *entry = mnet_operator(op);

	if (!entry || entry->int8.scaling != MNET_SCALING_FREE ||
	    op->code == MNET_OP_TRANSPOSE_CONV)
		return NULL;
	return mnet_fused_activation(op);
}

static enum mnet_activation activation_of(int code)
{
	switch (code) {
	case MNET_OP_RELU:
		return MNET_ACT_RELU;
	case MNET_OP_RELU6:
		return MNET_ACT_RELU6;
	case MNET_OP_RELU_N1_TO_1:
		return MNET_ACT_RELU_N1_TO_1;
	}
	return MNET_ACT_NONE;
}

/* Lets the producer of an activation function's input compute the function's output. */
static bool fuse_activation(struct mnet_graph *g, const struct mnet_op *op)
{
	enum mnet_activation activation = activation_of(op->code), *slot;
	struct mnet_op *before;
	int producer;

	if (activation == MNET_ACT_NONE)
		return false;
	producer = g->tensors[op->inputs[0]].producer;
	if (producer < 0 || num_uses(g, op->inputs[0]) != 1)
		return false;
	before = &g->ops[producer];
	slot = fused_activation(before);
	if (!slot || *slot != MNET_ACT_NONE)
		return false;
	*slot = activation;
	before->outputs = op->outputs;
	g->tensors[op->outputs[0]].producer = producer;
	return true;
}

/* A new int32 constant vector; -1: memory is short */
static int add_integers(struct mnet_graph *g, const char *name, unsigned int count,
			const int32_t *values)
{
	struct mnet_tensor *t = &g->tensors[g->num_tensors];
	int32_t *data = mnet_arena_alloc(g->arena, count * sizeof(*data));

	if (!data)
		return -1;
	memcpy(data, values, count * sizeof(*data));
	*t = (struct mnet_tensor) {
		.name = name, .type = MNET_INT32, .rank = 1, .shape = { (int32_t)count },
		.bytes = count * sizeof(*data), .data = data, .producer = -1,
	};
	return (int)g->num_tensors++;
}

/* Convolution2DTransposeBias as TRANSPOSE_CONV with its output shape and a bias */
static bool rewrite_transpose(struct mnet_graph *g, struct mnet_op *op)
{
	unsigned int num_inputs = op->num_inputs + 1;
	int *inputs = mnet_arena_alloc(g->arena, num_inputs * sizeof(*inputs));
	struct mnet_transpose_conv t;

	mnet_transpose_conv_get(g, op, &t);
	if (!inputs)
		return false;
	inputs[0] = add_integers(g, "output_shape", 4, g->tensors[op->outputs[0]].shape);
	inputs[1] = op->inputs[1];
	inputs[2] = op->inputs[0];
	if (num_inputs > 3)
		inputs[3] = op->inputs[2];
	op->u.transpose_conv.stride_w = t.stride_w;
	op->u.transpose_conv.stride_h = t.stride_h;
	op->u.transpose_conv.padding = t.padding;
	op->u.transpose_conv.activation = t.activation;
	op->code = MNET_OP_TRANSPOSE_CONV;
	op->version = num_inputs > 3 ? 3 : 1;
	op->name = "TRANSPOSE_CONV";
	op->inputs = inputs;
	op->num_inputs = num_inputs;
	op->custom = NULL;
	op->custom_size = 0;
	return inputs[0] >= 0;
}

static bool pools_whole_maps(const struct mnet_graph *g, const struct mnet_op *op)
{
	const struct mnet_tensor *in = &g->tensors[op->inputs[0]];

	return op->code == MNET_OP_AVERAGE_POOL_2D && op->u.pool.activation == MNET_ACT_NONE &&
	       op->u.pool.filter_h == in->shape[1] && op->u.pool.filter_w == in->shape[2] &&
	       g->tensors[op->outputs[0]].bytes * (size_t)in->shape[1] * (size_t)in->shape[2] ==
		       in->bytes;
}

/* What int8 must span: 0 is always in it */
static double span(const struct quant_range *range)
{
	return fmax(range->max, 0) - fmin(range->min, 0);
}

/* Whether the output uses so little of its input's range that it loses bits */
static bool shrinks(const struct quantizer *q, const struct mnet_op *op)
{
	return span(&q->ranges[op->outputs[0]]) * SHRINKS < span(&q->ranges[op->inputs[0]]);
}

static bool rewrite_pool(struct quantizer *q, struct mnet_op *op)
{
	struct mnet_graph *g = &q->graph;
	int *inputs = mnet_arena_alloc(g->arena, 2 * sizeof(*inputs));
	int axes = add_integers(g, "spatial_axes", 2, (const int32_t[]){ 1, 2 });

	if (!inputs || axes < 0)
		return false;
	q->ranges[axes].group = axes;
	inputs[0] = op->inputs[0];
	inputs[1] = axes;
	op->u.reduce.keep_dims = true;
	op->code = MNET_OP_MEAN;
	op->version = 1;
	op->name = "MEAN";
	op->inputs = inputs;
	op->num_inputs = 2;
	return true;
}

int quantizer_free_pools(struct quantizer *q)
{
	struct mnet_graph *g = &q->graph;

	for (unsigned int i = 0; i < g->num_ops; i++)
		if (pools_whole_maps(g, &g->ops[i]) && shrinks(q, &g->ops[i]) &&
		    !rewrite_pool(q, &g->ops[i]))
			return mnet_fail(q->err, -ENOMEM, "out of memory");
	return 0;
}

int quantizer_simplify(struct quantizer *q)
{
	struct mnet_graph *g = &q->graph;
	unsigned int kept = 0;
	int ret;

	/* Operators move down over those dropped, so producers are renumbered on the way. */
	for (unsigned int i = 0; i < g->num_ops; i++) {
		struct mnet_op op = g->ops[i];

		if (folds(g, &op)) {
			ret = fold_constant(q, &g->tensors[op.inputs[0]],
					    &g->tensors[op.outputs[0]]);
			if (ret)
				return ret;
			continue;
		}
		if (fuse_activation(g, &op))
			continue;
		if (op.code == MNET_OP_CUSTOM && mnet_is_transpose_conv(&op) &&
		    !rewrite_transpose(g, &op))
			return mnet_fail(q->err, -ENOMEM, "out of memory");
		g->ops[kept] = op;
		for (unsigned int k = 0; k < op.num_outputs; k++)
			g->tensors[op.outputs[k]].producer = (int)kept;
		kept++;
	}
	g->num_ops = kept;
	return 0;
}
