// SPDX-License-Identifier: MIT
/*
 * What operators need of their operands beyond shapes: types, quantisation,
 * biases, options. Later passes rely on it.
 */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "graph/graph.h"
#include "graph/transpose_conv.h"

struct check {
	const struct mnet_graph *graph;
	const struct mnet_op *op;
	unsigned int index;
	struct mnet_error *err;
};

static int __attribute__((format(printf, 2, 3)))
fail(const struct check *c, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return mnet_fail(c->err, -EINVAL, "operator %u (%s): %s", c->index, c->op->name, text);
}

static const struct mnet_tensor *input(const struct check *c, unsigned int i)
{
	if (i >= c->op->num_inputs || c->op->inputs[i] == MNET_NO_TENSOR)
		return NULL;
	return &c->graph->tensors[c->op->inputs[i]];
}

static const struct mnet_tensor *output(const struct check *c)
{
	return &c->graph->tensors[c->op->outputs[0]];
}

static bool is_8bit(enum mnet_type type)
{
	return type == MNET_INT8 || type == MNET_UINT8;
}

/* An 8-bit activation has one scale; anything else may have none */
static int check_activation(const struct check *c, const struct mnet_tensor *t)
{
	if (is_8bit(t->type) && t->num_scales != 1)
		return fail(c, "tensor %d (%.80s) is %s with %u scales, needs 1",
			    (int)(t - c->graph->tensors), t->name, mnet_type_name(t->type),
			    t->num_scales);
	return 0;
}

/* All operands activations, the same type as the output where @same */
static int check_operands(const struct check *c, unsigned int count, bool same)
{
	const struct mnet_tensor *out = output(c);
	unsigned int i;
	int ret;

	ret = check_activation(c, out);
	for (i = 0; !ret && i < count; i++) {
		const struct mnet_tensor *t = input(c, i);

		if (same && t->type != out->type)
			return fail(c, "input %u is %s, the output %s", i, mnet_type_name(t->type),
				    mnet_type_name(out->type));
		ret = check_activation(c, t);
	}
	return ret;
}

static int check_unary(const struct check *c)
{
	return check_operands(c, 1, true);
}

static int check_binary(const struct check *c)
{
	return check_operands(c, 2, true);
}

/* PADV2's third input is the element to pad with */
static int check_padv2(const struct check *c)
{
	const struct mnet_tensor *value = input(c, 2);

	if (value->type != output(c)->type || value->bytes != mnet_type_size(value->type))
		return fail(c, "the padding value must be one %s", mnet_type_name(output(c)->type));
	return check_unary(c);
}

/* Only moves bytes: scales do not matter */
static int check_move(const struct check *c)
{
	if (input(c, 0)->type != output(c)->type)
		return fail(c, "input is %s, the output %s", mnet_type_name(input(c, 0)->type),
			    mnet_type_name(output(c)->type));
	return 0;
}

static int check_concatenation(const struct check *c)
{
	return check_operands(c, c->op->num_inputs, true);
}

/* QUANTIZE and DEQUANTIZE change the type */
static int check_conversion(const struct check *c)
{
	const struct mnet_tensor *in = input(c, 0), *out = output(c);
	int ret;

	if (c->op->code == MNET_OP_QUANTIZE || out->type != MNET_FLOAT32)
		return check_operands(c, 1, false);
	ret = check_activation(c, out);
	/* A constant may be dequantised along an axis */
	if (!ret && is_8bit(in->type) && !in->num_scales)
		return fail(c, "its input has no scale");
	return ret;
}

static int check_bias(const struct check *c, const struct mnet_tensor *bias, int32_t channels,
		      bool quantised)
{
	if (!bias)
		return 0;
	if (bias->bytes / mnet_type_size(bias->type) != (size_t)channels)
		return fail(c, "%zu biases for %d output channels",
			    bias->bytes / mnet_type_size(bias->type), channels);
	if (quantised && bias->type != MNET_INT32)
		return fail(c, "bias is %s, must be int32", mnet_type_name(bias->type));
	return 0;
}

/* Weights with one scale or one along @axis, which has @channels */
static int check_weights(const struct check *c, const struct mnet_tensor *w, unsigned int axis)
{
	if (!w->num_scales)
		return fail(c, "weights (%.80s) have no scale", w->name);
	if (w->num_scales > 1 && w->axis != axis)
		return fail(c, "weights are quantized along dimension %u, must be %u", w->axis,
			    axis);
	return 0;
}

static int check_weighted(const struct check *c, const struct mnet_tensor *in,
			  const struct mnet_tensor *w, const struct mnet_tensor *bias,
			  unsigned int axis)
{
	bool quantised = is_8bit(in->type);
	int ret;

	ret = check_activation(c, in);
	if (!ret)
		ret = check_activation(c, output(c));
	if (!ret)
		ret = check_bias(c, bias, w->shape[axis], quantised);
	if (ret || !quantised)
		return ret;
	if (output(c)->type != in->type)
		return fail(c, "input is %s, the output %s", mnet_type_name(in->type),
			    mnet_type_name(output(c)->type));
	if (w->type != in->type)
		return fail(c, "input is %s, weights are %s", mnet_type_name(in->type),
			    mnet_type_name(w->type));
	return check_weights(c, w, axis);
}

static int check_conv(const struct check *c)
{
	return check_weighted(c, input(c, 0), input(c, 1), input(c, 2), 0);
}

static int check_depthwise(const struct check *c)
{
	return check_weighted(c, input(c, 0), input(c, 1), input(c, 2), 3);
}

static int check_transpose_conv(const struct check *c)
{
	struct mnet_transpose_conv t;

	if (!mnet_is_transpose_conv(c->op))
		return 0;
	mnet_transpose_conv_get(c->graph, c->op, &t);
	return check_weighted(c, t.in, t.weights, t.bias, 0);
}

/* TFLite takes one of the two ways to place the samples */
static int check_resize(const struct check *c)
{
	if (c->op->u.resize.align_corners && c->op->u.resize.half_pixel_centers)
		return fail(c, "align_corners and half_pixel_centers exclude each other");
	return check_unary(c);
}

static const struct {
	int code;
	int (*check)(const struct check *c);
} checks[] = {
	{ MNET_OP_ADD, check_binary },
	{ MNET_OP_AVERAGE_POOL_2D, check_unary },
	{ MNET_OP_CONCATENATION, check_concatenation },
	{ MNET_OP_CONV_2D, check_conv },
	{ MNET_OP_DEPTHWISE_CONV_2D, check_depthwise },
	{ MNET_OP_DEQUANTIZE, check_conversion },
	{ MNET_OP_FULLY_CONNECTED, check_conv },
	{ MNET_OP_HARD_SWISH, check_unary },
	{ MNET_OP_LOGISTIC, check_unary },
	{ MNET_OP_MAX_POOL_2D, check_unary },
	{ MNET_OP_MEAN, check_unary },
	{ MNET_OP_MUL, check_binary },
	{ MNET_OP_PAD, check_unary },
	{ MNET_OP_PADV2, check_padv2 },
	{ MNET_OP_QUANTIZE, check_conversion },
	{ MNET_OP_RELU, check_unary },
	{ MNET_OP_RELU6, check_unary },
	{ MNET_OP_RELU_N1_TO_1, check_unary },
	{ MNET_OP_RESHAPE, check_move },
	{ MNET_OP_RESIZE_BILINEAR, check_resize },
	{ MNET_OP_RESIZE_NEAREST_NEIGHBOR, check_resize },
	{ MNET_OP_SOFTMAX, check_unary },
	{ MNET_OP_SQUEEZE, check_move },
	{ MNET_OP_SUB, check_binary },
	{ MNET_OP_TANH, check_unary },
	{ MNET_OP_TRANSPOSE_CONV, check_transpose_conv },
	{ MNET_OP_CUSTOM, check_transpose_conv },
};

static bool zero_point_fits(enum mnet_type type, int32_t zero_point)
{
	switch (type) {
	case MNET_UINT8:
		return zero_point >= 0 && zero_point <= UINT8_MAX;
	case MNET_INT8:
		return zero_point >= INT8_MIN && zero_point <= INT8_MAX;
	case MNET_INT16:
		return zero_point >= INT16_MIN && zero_point <= INT16_MAX;
	default:
		return true;
	}
}

/* Scales and zero points: as many as there must be, each in its range */
static int check_quantisation(const struct mnet_graph *graph, unsigned int index,
			      struct mnet_error *err)
{
	const struct mnet_tensor *t = &graph->tensors[index];
	unsigned int i;

	if (t->num_scales > 1 &&
	    (t->axis >= t->rank || (unsigned int)t->shape[t->axis] != t->num_scales))
		return mnet_fail(err, -EINVAL, "tensor %u (%.80s): %u scales do not fit its shape",
				 index, t->name, t->num_scales);
	for (i = 0; i < t->num_scales; i++)
		if (!isfinite(t->scales[i]) || t->scales[i] <= 0 ||
		    !zero_point_fits(t->type, t->zero_points[i]))
			return mnet_fail(err, -EINVAL,
					 "tensor %u (%.80s): scale %g and zero point %d of %s",
					 index, t->name, (double)t->scales[i], t->zero_points[i],
					 mnet_type_name(t->type));
	return 0;
}

int mnet_graph_verify(const struct mnet_graph *graph, struct mnet_error *err)
{
	unsigned int i;
	size_t k;

	for (i = 0; i < graph->num_tensors; i++) {
		int ret = check_quantisation(graph, i, err);

		if (ret)
			return ret;
	}
	for (i = 0; i < graph->num_ops; i++) {
		const struct check c = { graph, &graph->ops[i], i, err };

		for (k = 0; k < sizeof(checks) / sizeof(checks[0]); k++) {
			int ret;

			if (checks[k].code != c.op->code)
				continue;
			ret = checks[k].check(&c);
			if (ret)
				return ret;
		}
	}
	return 0;
}
