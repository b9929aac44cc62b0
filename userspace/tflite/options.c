// SPDX-License-Identifier: MIT
/*
 * Builtin options, one reader a table of the schema. Field numbers and defaults
 * are those of TFLite's schema.fbs, version 3.
 */
#include "tflite/options.h"

static enum mnet_activation activation(const struct fb_table *t, unsigned int field)
{
	return (enum mnet_activation)fb_i8(t, field, MNET_ACT_NONE);
}

static enum mnet_padding padding(const struct fb_table *t, unsigned int field)
{
	return (enum mnet_padding)fb_i8(t, field, MNET_PADDING_SAME);
}

static const char *check_padding(enum mnet_padding p)
{
	return p == MNET_PADDING_SAME || p == MNET_PADDING_VALID ? NULL : "unknown padding";
}

static const char *check_activation(enum mnet_activation a)
{
	return a >= MNET_ACT_NONE && a <= MNET_ACT_SIGN_BIT ? NULL : "unknown fused activation";
}

static const char *check_both(enum mnet_padding p, enum mnet_activation a)
{
	const char *wrong = check_padding(p);

	return wrong ? wrong : check_activation(a);
}

static const char *read_conv(const struct fb_table *t, struct mnet_op *op)
{
	op->u.conv.padding = padding(t, 0);
	op->u.conv.stride_w = fb_i32(t, 1, 0);
	op->u.conv.stride_h = fb_i32(t, 2, 0);
	op->u.conv.activation = activation(t, 3);
	op->u.conv.dilation_w = fb_i32(t, 4, 1);
	op->u.conv.dilation_h = fb_i32(t, 5, 1);
	return check_both(op->u.conv.padding, op->u.conv.activation);
}

static const char *read_depthwise(const struct fb_table *t, struct mnet_op *op)
{
	op->u.conv.padding = padding(t, 0);
	op->u.conv.stride_w = fb_i32(t, 1, 0);
	op->u.conv.stride_h = fb_i32(t, 2, 0);
	op->u.conv.depth_multiplier = fb_i32(t, 3, 0);
	op->u.conv.activation = activation(t, 4);
	op->u.conv.dilation_w = fb_i32(t, 5, 1);
	op->u.conv.dilation_h = fb_i32(t, 6, 1);
	return check_both(op->u.conv.padding, op->u.conv.activation);
}

static const char *read_pool(const struct fb_table *t, struct mnet_op *op)
{
	op->u.pool.padding = padding(t, 0);
	op->u.pool.stride_w = fb_i32(t, 1, 0);
	op->u.pool.stride_h = fb_i32(t, 2, 0);
	op->u.pool.filter_w = fb_i32(t, 3, 0);
	op->u.pool.filter_h = fb_i32(t, 4, 0);
	op->u.pool.activation = activation(t, 5);
	return check_both(op->u.pool.padding, op->u.pool.activation);
}

static const char *read_arith(const struct fb_table *t, struct mnet_op *op)
{
	op->u.arith.activation = activation(t, 0);
	return check_activation(op->u.arith.activation);
}

static const char *read_fully_connected(const struct fb_table *t, struct mnet_op *op)
{
	op->u.fully_connected.activation = activation(t, 0);
	op->u.fully_connected.keep_num_dims = fb_u8(t, 2, 0);
	if (fb_i8(t, 1, 0))
		return "shuffled weights";
	return check_activation(op->u.fully_connected.activation);
}

static const char *read_softmax(const struct fb_table *t, struct mnet_op *op)
{
	op->u.softmax.beta = fb_f32(t, 0, 0.0f);
	return NULL;
}

static const char *read_concat(const struct fb_table *t, struct mnet_op *op)
{
	op->u.concat.axis = fb_i32(t, 0, 0);
	op->u.concat.activation = activation(t, 1);
	return check_activation(op->u.concat.activation);
}

static const char *read_reduce(const struct fb_table *t, struct mnet_op *op)
{
	op->u.reduce.keep_dims = fb_u8(t, 0, 0);
	return NULL;
}

static const char *read_dims(const struct fb_table *t, unsigned int *num, int32_t *dims,
			     bool *given)
{
	struct fb_vector v = fb_vector(t, 0, 4);
	size_t i;

	if (v.count > MNET_MAX_RANK)
		return "its options have too many dimensions";
	*given = v.present;
	*num = (unsigned int)v.count;
	for (i = 0; i < v.count; i++)
		dims[i] = fb_vector_i32(&v, i);
	return NULL;
}

static const char *read_squeeze(const struct fb_table *t, struct mnet_op *op)
{
	bool given;

	return read_dims(t, &op->u.squeeze.num_dims, op->u.squeeze.dims, &given);
}

static const char *read_reshape(const struct fb_table *t, struct mnet_op *op)
{
	return read_dims(t, &op->u.reshape.num_dims, op->u.reshape.dims, &op->u.reshape.given);
}

static const char *read_resize_bilinear(const struct fb_table *t, struct mnet_op *op)
{
	op->u.resize.align_corners = fb_u8(t, 2, 0);
	op->u.resize.half_pixel_centers = fb_u8(t, 3, 0);
	return NULL;
}

static const char *read_resize_nearest(const struct fb_table *t, struct mnet_op *op)
{
	op->u.resize.align_corners = fb_u8(t, 0, 0);
	op->u.resize.half_pixel_centers = fb_u8(t, 1, 0);
	return NULL;
}

static const char *read_transpose_conv(const struct fb_table *t, struct mnet_op *op)
{
	op->u.transpose_conv.padding = padding(t, 0);
	op->u.transpose_conv.stride_w = fb_i32(t, 1, 0);
	op->u.transpose_conv.stride_h = fb_i32(t, 2, 0);
	op->u.transpose_conv.activation = activation(t, 3);
	return check_both(op->u.transpose_conv.padding, op->u.transpose_conv.activation);
}

/* Operator, its options' number in union BuiltinOptions, their reader */
static const struct {
	int code;
	uint8_t type;
	const char *(*read)(const struct fb_table *t, struct mnet_op *op);
} readers[] = {
	{ MNET_OP_CONV_2D, 1, read_conv },
	{ MNET_OP_DEPTHWISE_CONV_2D, 2, read_depthwise },
	{ MNET_OP_AVERAGE_POOL_2D, 5, read_pool },
	{ MNET_OP_MAX_POOL_2D, 5, read_pool },
	{ MNET_OP_FULLY_CONNECTED, 8, read_fully_connected },
	{ MNET_OP_SOFTMAX, 9, read_softmax },
	{ MNET_OP_CONCATENATION, 10, read_concat },
	{ MNET_OP_ADD, 11, read_arith },
	{ MNET_OP_RESIZE_BILINEAR, 15, read_resize_bilinear },
	{ MNET_OP_RESHAPE, 17, read_reshape },
	{ MNET_OP_MUL, 21, read_arith },
	{ MNET_OP_MEAN, 27, read_reduce },
	{ MNET_OP_SUB, 28, read_arith },
	{ MNET_OP_SQUEEZE, 30, read_squeeze },
	{ MNET_OP_TRANSPOSE_CONV, 49, read_transpose_conv },
	{ MNET_OP_RESIZE_NEAREST_NEIGHBOR, 74, read_resize_nearest },
};

const char *tflite_read_options(const struct fb_table *table, struct mnet_op *op)
{
	uint8_t type = fb_u8(table, TFLITE_OPERATOR_OPTIONS_TYPE, 0);
	struct fb_table options;
	size_t i;

	for (i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
		if (readers[i].code != op->code)
			continue;
		if (type && type != readers[i].type)
			return "its options are another operator's";
		options = (struct fb_table){ .fb = table->fb };
		if (type)
			options = fb_table(table, TFLITE_OPERATOR_OPTIONS);
		return readers[i].read(&options, op);
	}
	return NULL;
}
