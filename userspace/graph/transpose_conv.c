// SPDX-License-Identifier: MIT
/* See transpose_conv.h. */
#include <string.h>

#include "graph/transpose_conv.h"

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
