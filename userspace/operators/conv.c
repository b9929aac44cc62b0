// SPDX-License-Identifier: MIT
/* Convolutions with constant or computed weights, and what they are when they see all. */
#include "operators/family.h"

static const struct mnet_option conv_options[] = {
	MNET_OPTION(PADDING, 0, conv.padding, MNET_PADDING_SAME),
	MNET_OPTION(I32, 2, conv.stride_h, 0),
	MNET_OPTION(I32, 1, conv.stride_w, 0),
	MNET_OPTION(I32, 5, conv.dilation_h, 1),
	MNET_OPTION(I32, 4, conv.dilation_w, 1),
	/* It has none, but .mnet files have had it from the first on. */
	MNET_OPTION(I32, MNET_NO_FIELD, conv.depth_multiplier, 0),
	MNET_OPTION(ACTIVATION, 3, conv.activation, MNET_ACT_NONE),
	{ .kind = MNET_OPTION_END },
};

static const struct mnet_option depthwise_options[] = {
	MNET_OPTION(PADDING, 0, conv.padding, MNET_PADDING_SAME),
	MNET_OPTION(I32, 2, conv.stride_h, 0),
	MNET_OPTION(I32, 1, conv.stride_w, 0),
	MNET_OPTION(I32, 6, conv.dilation_h, 1),
	MNET_OPTION(I32, 5, conv.dilation_w, 1),
	MNET_OPTION(I32, 3, conv.depth_multiplier, 0),
	MNET_OPTION(ACTIVATION, 4, conv.activation, MNET_ACT_NONE),
	{ .kind = MNET_OPTION_END },
};

static const struct mnet_option fully_connected_options[] = {
	MNET_OPTION(ACTIVATION, 0, fully_connected.activation, MNET_ACT_NONE),
	MNET_OPTION_MUST_BE_ZERO(1, "shuffled weights"),
	MNET_OPTION(BOOL, 2, fully_connected.keep_num_dims, 0),
	{ .kind = MNET_OPTION_END },
};

static int infer_conv(const struct op_context *c, struct op_shape *out)
{
	const struct mnet_tensor *in = op_input(c, 0), *w = op_input(c, 1);
	const struct mnet_op *op = c->op;
	bool depthwise = op->code == MNET_OP_DEPTHWISE_CONV_2D;
	int ret;

	if (in->rank != 4 || w->rank != 4)
		return op_fail(c, "input and weights must have 4 dimensions, have %u and %u",
			       in->rank, w->rank);
	if (depthwise && (w->shape[0] != 1 || w->shape[3] % in->shape[3]))
		return op_fail(c, "weights of %d x .. x %d do not fit an input of %d channels",
			       w->shape[0], w->shape[3], in->shape[3]);
	if (!depthwise && w->shape[3] != in->shape[3])
		return op_fail(c, "weights are for %d input channels, the input has %d",
			       w->shape[3], in->shape[3]);
	out->rank = 4;
	out->size[0] = in->shape[0];
	out->size[3] = depthwise ? w->shape[3] : w->shape[0];
	ret = op_window(c, op->u.conv.padding, in->shape[1], w->shape[1], op->u.conv.stride_h,
			op->u.conv.dilation_h, &out->size[1]);
	if (ret)
		return ret;
	return op_window(c, op->u.conv.padding, in->shape[2], w->shape[2], op->u.conv.stride_w,
			 op->u.conv.dilation_w, &out->size[2]);
}

static int infer_fully_connected(const struct op_context *c, struct op_shape *out)
{
	const struct mnet_tensor *in = op_input(c, 0), *w = op_input(c, 1);

	if (w->rank != 2)
		return op_fail(c, "weights must have 2 dimensions, have %u", w->rank);
	if (op_elements(in) % w->shape[1])
		return op_fail(c, "an input of %lld elements does not split into rows of %d",
			       (long long)op_elements(in), w->shape[1]);
	if (c->op->u.fully_connected.keep_num_dims) {
		if (!in->rank || in->shape[in->rank - 1] != w->shape[1])
			return op_fail(c, "the input's last dimension is not the weights' %d",
				       w->shape[1]);
		op_copy_shape(out, in);
		out->size[in->rank - 1] = w->shape[0];
		return 0;
	}
	out->rank = 2;
	out->size[0] = op_elements(in) / w->shape[1];
	out->size[1] = w->shape[0];
	return 0;
}

static int check_conv(const struct op_context *c)
{
	return op_check_weighted(c, op_input(c, 0), op_input(c, 1), op_input(c, 2), 0);
}

static int check_depthwise(const struct op_context *c)
{
	return op_check_weighted(c, op_input(c, 0), op_input(c, 1), op_input(c, 2), 3);
}

static uint64_t outputs(const struct mnet_graph *graph, const struct mnet_op *op)
{
	const struct mnet_tensor *out = &graph->tensors[op->outputs[0]];

	return out->bytes / mnet_type_size(out->type);
}

static uint64_t conv_macs(const struct mnet_graph *graph, const struct mnet_op *op)
{
	const struct mnet_tensor *w = &graph->tensors[op->inputs[1]];

	return outputs(graph, op) * w->shape[1] * w->shape[2] * w->shape[3];
}

static uint64_t depthwise_macs(const struct mnet_graph *graph, const struct mnet_op *op)
{
	const struct mnet_tensor *w = &graph->tensors[op->inputs[1]];

	return outputs(graph, op) * w->shape[1] * w->shape[2];
}

static uint64_t fully_connected_macs(const struct mnet_graph *graph, const struct mnet_op *op)
{
	const struct mnet_tensor *w = &graph->tensors[op->inputs[1]];

	return outputs(graph, op) * w->shape[1];
}

const struct mnet_operator mnet_conv_operators[] = {
	{
		.code = MNET_OP_CONV_2D, .name = "CONV_2D",
		.min_inputs = 2, .max_inputs = 3,
		.options_type = 1, .options = conv_options,
		.infer = infer_conv, .check = check_conv, .macs = conv_macs,
		.filter = { .input = 0, .weights = 1, .bias = 2, .axis = 0, .per_channel = true },
		.int8 = { .scaling = MNET_SCALING_FREE, .version = 3 },
	}, {
		.code = MNET_OP_DEPTHWISE_CONV_2D, .name = "DEPTHWISE_CONV_2D",
		.min_inputs = 2, .max_inputs = 3,
		.options_type = 2, .options = depthwise_options,
		.infer = infer_conv, .check = check_depthwise, .macs = depthwise_macs,
		.filter = { .input = 0, .weights = 1, .bias = 2, .axis = 3, .per_channel = true },
		.int8 = { .scaling = MNET_SCALING_FREE, .version = 3 },
	}, {
		.code = MNET_OP_FULLY_CONNECTED, .name = "FULLY_CONNECTED",
		.min_inputs = 2, .max_inputs = 3,
		.options_type = 8, .options = fully_connected_options,
		.infer = infer_fully_connected, .check = check_conv, .macs = fully_connected_macs,
		.filter = { .input = 0, .weights = 1, .bias = 2, .axis = 0, .per_channel = false },
		.int8 = { .scaling = MNET_SCALING_FREE, .version = 4 },
	},
	{ .name = NULL },
};
