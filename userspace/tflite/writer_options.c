// SPDX-License-Identifier: MIT
/*
 * Builtin options, one writer a table of the schema: the inverse of options.c.
 * Slots and numbers are those of TensorFlow Lite's schema, version 3.
 */
#include "tflite/writer_options.h"

static void write_nothing(struct flat_builder *b, const struct mnet_op *op)
{
	(void)b;
	(void)op;
}

static void write_conv(struct flat_builder *b, const struct mnet_op *op)
{
	flat_field_u8(b, 0, op->u.conv.padding, 0);
	flat_field_u32(b, 1, op->u.conv.stride_w, 0);
	flat_field_u32(b, 2, op->u.conv.stride_h, 0);
	flat_field_u8(b, 3, op->u.conv.activation, 0);
	flat_field_u32(b, 4, op->u.conv.dilation_w, 1);
	flat_field_u32(b, 5, op->u.conv.dilation_h, 1);
}

static void write_depthwise(struct flat_builder *b, const struct mnet_op *op)
{
	flat_field_u8(b, 0, op->u.conv.padding, 0);
	flat_field_u32(b, 1, op->u.conv.stride_w, 0);
	flat_field_u32(b, 2, op->u.conv.stride_h, 0);
	flat_field_u32(b, 3, op->u.conv.depth_multiplier, 0);
	flat_field_u8(b, 4, op->u.conv.activation, 0);
	flat_field_u32(b, 5, op->u.conv.dilation_w, 1);
	flat_field_u32(b, 6, op->u.conv.dilation_h, 1);
}

static void write_pool(struct flat_builder *b, const struct mnet_op *op)
{
	flat_field_u8(b, 0, op->u.pool.padding, 0);
	flat_field_u32(b, 1, op->u.pool.stride_w, 0);
	flat_field_u32(b, 2, op->u.pool.stride_h, 0);
	flat_field_u32(b, 3, op->u.pool.filter_w, 0);
	flat_field_u32(b, 4, op->u.pool.filter_h, 0);
	flat_field_u8(b, 5, op->u.pool.activation, 0);
}

static void write_fully_connected(struct flat_builder *b, const struct mnet_op *op)
{
	flat_field_u8(b, 0, op->u.fully_connected.activation, 0);
	flat_field_u8(b, 2, op->u.fully_connected.keep_num_dims, 0);
}

static void write_softmax(struct flat_builder *b, const struct mnet_op *op)
{
	flat_field_f32(b, 0, op->u.softmax.beta);
}

static void write_concatenation(struct flat_builder *b, const struct mnet_op *op)
{
	flat_field_u32(b, 0, op->u.concat.axis, 0);
	flat_field_u8(b, 1, op->u.concat.activation, 0);
}

static void write_arith(struct flat_builder *b, const struct mnet_op *op)
{
	flat_field_u8(b, 0, op->u.arith.activation, 0);
}

static void write_reducer(struct flat_builder *b, const struct mnet_op *op)
{
	flat_field_u8(b, 0, op->u.reduce.keep_dims, 0);
}

static void write_resize_bilinear(struct flat_builder *b, const struct mnet_op *op)
{
	flat_field_u8(b, 2, op->u.resize.align_corners, 0);
	flat_field_u8(b, 3, op->u.resize.half_pixel_centers, 0);
}

static void write_resize_nearest(struct flat_builder *b, const struct mnet_op *op)
{
	flat_field_u8(b, 0, op->u.resize.align_corners, 0);
	flat_field_u8(b, 1, op->u.resize.half_pixel_centers, 0);
}

static void write_transpose_conv(struct flat_builder *b, const struct mnet_op *op)
{
	flat_field_u8(b, 0, op->u.transpose_conv.padding, 0);
	flat_field_u32(b, 1, op->u.transpose_conv.stride_w, 0);
	flat_field_u32(b, 2, op->u.transpose_conv.stride_h, 0);
	flat_field_u8(b, 3, op->u.transpose_conv.activation, 0);
}

/* Operator, its options' number in union BuiltinOptions (0: it has none), their writer */
static const struct {
	int code;
	uint8_t type;
	void (*write)(struct flat_builder *b, const struct mnet_op *op);
} writers[] = {
	{ MNET_OP_ADD, 11, write_arith },
	{ MNET_OP_AVERAGE_POOL_2D, 5, write_pool },
	{ MNET_OP_CONCATENATION, 10, write_concatenation },
	{ MNET_OP_CONV_2D, 1, write_conv },
	{ MNET_OP_CUSTOM, 0, NULL },
	{ MNET_OP_DEPTHWISE_CONV_2D, 2, write_depthwise },
	{ MNET_OP_DEQUANTIZE, 38, write_nothing },
	{ MNET_OP_FULLY_CONNECTED, 8, write_fully_connected },
	{ MNET_OP_HARD_SWISH, 91, write_nothing },
	{ MNET_OP_LOGISTIC, 0, NULL },
	{ MNET_OP_MAX_POOL_2D, 5, write_pool },
	{ MNET_OP_MEAN, 27, write_reducer },
	{ MNET_OP_MUL, 21, write_arith },
	{ MNET_OP_PAD, 22, write_nothing },
	{ MNET_OP_PADV2, 43, write_nothing },
	{ MNET_OP_QUANTIZE, 89, write_nothing },
	{ MNET_OP_RELU, 0, NULL },
	{ MNET_OP_RELU6, 0, NULL },
	{ MNET_OP_RELU_N1_TO_1, 0, NULL },
	{ MNET_OP_RESHAPE, 17, write_nothing },
	{ MNET_OP_RESIZE_BILINEAR, 15, write_resize_bilinear },
	{ MNET_OP_RESIZE_NEAREST_NEIGHBOR, 74, write_resize_nearest },
	{ MNET_OP_SOFTMAX, 9, write_softmax },
	{ MNET_OP_SQUEEZE, 30, write_nothing },
	{ MNET_OP_SUB, 28, write_arith },
	{ MNET_OP_TANH, 0, NULL },
	{ MNET_OP_TRANSPOSE_CONV, 49, write_transpose_conv },
};

/* The vector that options refer to, which must be there before them */
static flat_ref write_vector(struct flat_builder *b, const struct mnet_op *op)
{
	if (op->code == MNET_OP_SQUEEZE && op->u.squeeze.num_dims)
		return flat_vector(b, op->u.squeeze.dims, op->u.squeeze.num_dims, 4, 4);
	if (op->code == MNET_OP_RESHAPE && op->u.reshape.given)
		return flat_vector(b, op->u.reshape.dims, op->u.reshape.num_dims, 4, 4);
	return 0;
}

bool tflite_write_options(struct flat_builder *b, const struct mnet_op *op, uint8_t *type,
			  flat_ref *ref)
{
	flat_ref dims;
	size_t i = 0;

	while (writers[i].code != op->code)
		if (++i == sizeof(writers) / sizeof(writers[0]))
			return false;
	*type = writers[i].type;
	*ref = 0;
	if (!writers[i].write)
		return true;
	dims = write_vector(b, op);
	flat_table_begin(b);
	writers[i].write(b, op);
	if (dims)
		flat_field_ref(b, 0, dims);
	*ref = flat_table_end(b);
	return true;
}
