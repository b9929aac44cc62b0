// SPDX-License-Identifier: MIT
/* Transposed convolutions, in both forms. */
#include <string.h>

#include "operators/family.h"
#include "operators/transpose_conv.h"

/* The custom options: three little-endian int32 of TfLiteTransposeConvParams */
enum { CUSTOM_PADDING = 0, CUSTOM_STRIDE_W = 4, CUSTOM_STRIDE_H = 8, CUSTOM_SIZE = 12 };
/* TfLitePadding, unlike the schema's enum */
enum { CUSTOM_SAME = 1, CUSTOM_VALID = 2 };

static bool is_custom(const struct mnet_op *op)
{
	return op->code == MNET_OP_CUSTOM && !strcmp(op->name, MNET_TRANSPOSE_CONV_BIAS);
}

bool mnet_is_transpose_conv(const struct mnet_op *op)
{
	return op->code == MNET_OP_TRANSPOSE_CONV || is_custom(op);
}

static const struct mnet_tensor *input(const struct mnet_graph *graph, const struct mnet_op *op,
				       unsigned int i)
{
	if (i >= op->num_inputs || op->inputs[i] == MNET_NO_TENSOR)
		return NULL;
	return &graph->tensors[op->inputs[i]];
}

static int32_t load32(const void *options, size_t at)
{
	const uint8_t *p = (const uint8_t *)options + at;

	return (int32_t)(p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24);
}

static const char *read_custom(const struct mnet_op *op, struct mnet_transpose_conv *t)
{
	int32_t padding;

	if (op->custom_size < CUSTOM_SIZE)
		return "its custom options are too short";
	padding = load32(op->custom, CUSTOM_PADDING);
	if (padding != CUSTOM_SAME && padding != CUSTOM_VALID)
		return "unknown padding";
	t->padding = padding == CUSTOM_SAME ? MNET_PADDING_SAME : MNET_PADDING_VALID;
	t->stride_w = load32(op->custom, CUSTOM_STRIDE_W);
	t->stride_h = load32(op->custom, CUSTOM_STRIDE_H);
	t->activation = MNET_ACT_NONE;
	return NULL;
}

const char *mnet_transpose_conv_get(const struct mnet_graph *graph, const struct mnet_op *op,
				    struct mnet_transpose_conv *t)
{
	const char *wrong = NULL;

	if (is_custom(op)) {
		t->size = NULL;
		t->in = input(graph, op, 0);
		t->weights = input(graph, op, 1);
		t->bias = input(graph, op, 2);
		wrong = read_custom(op, t);
	} else {
		t->size = input(graph, op, 0);
		t->weights = input(graph, op, 1);
		t->in = input(graph, op, 2);
		t->bias = input(graph, op, 3);
		t->padding = op->u.transpose_conv.padding;
		t->stride_h = op->u.transpose_conv.stride_h;
		t->stride_w = op->u.transpose_conv.stride_w;
		t->activation = op->u.transpose_conv.activation;
	}
	if (!t->in || !t->weights || (op->code == MNET_OP_TRANSPOSE_CONV && !t->size))
		return "an input is missing";
	return wrong;
}

/* Rows or columns of Convolution2DTransposeBias: all that the windows of the inputs cover */
static int64_t transposed_size(enum mnet_padding padding, int64_t in, int64_t filter,
			       int64_t stride)
{
	if (padding == MNET_PADDING_SAME)
		return in * stride;
	return (in - 1) * stride + (filter > stride ? filter : stride);
}

static int infer_transpose_conv(const struct op_context *c, struct op_shape *out)
{
	struct mnet_transpose_conv t;
	const char *wrong = mnet_transpose_conv_get(c->graph, c->op, &t);
	unsigned int i;

	if (wrong)
		return op_fail(c, "%s", wrong);
	if (t.in->rank != 4 || t.weights->rank != 4)
		return op_fail(c, "input and weights must have 4 dimensions, have %u and %u",
			       t.in->rank, t.weights->rank);
	if (t.stride_h < 1 || t.stride_w < 1 || t.stride_h > OP_MAX_EXTENT ||
	    t.stride_w > OP_MAX_EXTENT || t.weights->shape[1] > OP_MAX_EXTENT ||
	    t.weights->shape[2] > OP_MAX_EXTENT)
		return op_fail(c, "strides %d, %d, filter %d x %d: must be in 1..%d", t.stride_h,
			       t.stride_w, t.weights->shape[1], t.weights->shape[2], OP_MAX_EXTENT);
	op_copy_shape(out, t.in);
	out->size[3] = t.weights->shape[0];
	for (i = 1; i < 3; i++)
		out->size[i] = transposed_size(t.padding, t.in->shape[i], t.weights->shape[i],
					       i == 1 ? t.stride_h : t.stride_w);
	if (t.size && (!op_is_int_constant(t.size) || op_elements(t.size) != 4))
		return op_fail(c, "the output shape must be four constant integers");
	for (i = 1; t.size && i < 3; i++)
		out->size[i] = op_int_at(t.size, i);
	if (t.weights->shape[3] != t.in->shape[3] ||
	    (t.size &&
	     (op_int_at(t.size, 0) != out->size[0] || op_int_at(t.size, 3) != out->size[3])))
		return op_fail(c, "input, weights and output shape do not fit each other");
	return 0;
}

static int check_transpose_conv(const struct op_context *c)
{
	struct mnet_transpose_conv t;

	mnet_transpose_conv_get(c->graph, c->op, &t);
	return op_check_weighted(c, t.in, t.weights, t.bias, 0);
}

/* Every input element meets every weight of its channel. */
static uint64_t transpose_conv_macs(const struct mnet_graph *graph, const struct mnet_op *op)
{
	struct mnet_transpose_conv t;

	if (mnet_transpose_conv_get(graph, op, &t))
		return 0;
	return (uint64_t)op_elements(t.in) * t.weights->shape[0] * t.weights->shape[1] *
	       t.weights->shape[2];
}

/* With a bias it is newer. */
static int int8_version(const struct mnet_op *op)
{
	return op->num_inputs > 3 ? 3 : 2;
}

static const struct mnet_option transpose_conv_options[] = {
	MNET_OPTION(PADDING, 0, transpose_conv.padding, MNET_PADDING_SAME),
	MNET_OPTION(I32, 2, transpose_conv.stride_h, 0),
	MNET_OPTION(I32, 1, transpose_conv.stride_w, 0),
	MNET_OPTION(ACTIVATION, 3, transpose_conv.activation, MNET_ACT_NONE),
	{ .kind = MNET_OPTION_END },
};

const struct mnet_operator mnet_transpose_conv_operators[] = {
	{
		.code = MNET_OP_TRANSPOSE_CONV, .name = "TRANSPOSE_CONV",
		.min_inputs = 3, .max_inputs = 4,
		.options_type = 49, .options = transpose_conv_options,
		.infer = infer_transpose_conv, .check = check_transpose_conv,
		.macs = transpose_conv_macs,
		.filter = { .input = 2, .weights = 1, .bias = 3, .axis = 0, .per_channel = true },
		.int8 = { .scaling = MNET_SCALING_FREE, .version_of = int8_version },
	}, {
		.code = MNET_OP_CUSTOM, .name = MNET_TRANSPOSE_CONV_BIAS,
		.min_inputs = 2, .max_inputs = 3,
		.infer = infer_transpose_conv, .check = check_transpose_conv,
		.macs = transpose_conv_macs,
		.filter = { .input = 0, .weights = 1, .bias = 2, .axis = 0, .per_channel = true },
	},
	{ .name = NULL },
};
