// SPDX-License-Identifier: MIT
/* Operators with weights. */
#include "draw.h"

/* Multiply-accumulates of one */
#define MAX_MACS 3000000

/* A filter side, its stride and its dilation along a dimension of the input */
struct window {
	int filter, stride, dilation;
};

static struct window draw_window(struct draw *d, int max_filter)
{
	struct window w = { draw_int(d, 1, max_filter), 1, 1 };

	if (draw_chance(d, 40))
		w.stride = draw_int(d, 2, 4);
	if (draw_chance(d, 20))
		w.dilation = draw_int(d, 2, 4);
	return w;
}

/* A bias that is left out is no operand at all, or number -1. */
static struct mnet_op *add_filter_op(struct draw *d, int code, int out, int in, int weights,
				     int bias)
{
	/* TFLite's DEPTHWISE_CONV_2D takes no -1. */
	if (bias == MNET_NO_TENSOR && (code == MNET_OP_DEPTHWISE_CONV_2D || draw_chance(d, 50)))
		return build_op(d->b, code, out, in, weights, -2);
	return build_op(d->b, code, out, in, weights, bias, -2);
}

static int add_conv(struct draw *d, int in, bool depthwise)
{
	const struct mnet_tensor x = *draw_tensor(d, in);
	bool wide = draw_chance(d, 30);
	struct window h = draw_window(d, wide ? 7 : 3), w = draw_window(d, wide ? 7 : 3);
	int multiplier = draw_chance(d, 70) ? 1 : draw_int(d, 2, 4);
	int channels = depthwise ? x.shape[3] * multiplier : draw_int(d, 1, wide ? 20 : 80);
	enum mnet_padding padding = draw_padding(d);
	struct draw_weights shape = { 4,
				      depthwise ? 3 : 0,
				      true,
				      { depthwise ? 1 : channels, h.filter, w.filter,
					depthwise ? channels : x.shape[3] } };
	int32_t out_shape[4] = {
		x.shape[0], mnet_conv_out_size(padding, x.shape[1], h.filter, h.stride, h.dilation),
		mnet_conv_out_size(padding, x.shape[2], w.filter, w.stride, w.dilation), channels
	};
	long long macs = (long long)out_shape[0] * out_shape[1] * out_shape[2] * channels *
			 h.filter * w.filter * (depthwise ? 1 : x.shape[3]);
	int weights, bias, out;
	struct mnet_op *op;
	double step;

	if (macs < 1 || macs > MAX_MACS || channels > 1000)
		return -1;
	/* TFLite's CONV_2D needs a bias. */
	draw_filter(d, in, &shape, depthwise, &weights, &bias, &step);
	out = draw_result(d, x.type, 4, out_shape, step);
	op = add_filter_op(d, depthwise ? MNET_OP_DEPTHWISE_CONV_2D : MNET_OP_CONV_2D, out, in,
			   weights, bias);
	op->u.conv.padding = padding;
	op->u.conv.stride_h = h.stride;
	op->u.conv.stride_w = w.stride;
	op->u.conv.dilation_h = h.dilation;
	op->u.conv.dilation_w = w.dilation;
	op->u.conv.depth_multiplier = depthwise ? multiplier : 0;
	op->u.conv.activation = draw_fused(d);
	return out;
}

int draw_conv(struct draw *d, int in)
{
	return draw_tensor(d, in)->rank == 4 ? add_conv(d, in, false) : -1;
}

int draw_depthwise(struct draw *d, int in)
{
	return draw_tensor(d, in)->rank == 4 ? add_conv(d, in, true) : -1;
}

int draw_fully_connected(struct draw *d, int in)
{
	const struct mnet_tensor x = *draw_tensor(d, in);
	int32_t last = x.rank ? x.shape[x.rank - 1] : 1, rows, out_shape[4];
	bool keep = x.rank > 1 && x.rank <= 4 && draw_chance(d, 40);
	int32_t depth = keep || draw_chance(d, 50) || x.bytes > 2048 ? last : (int32_t)x.bytes;
	/* TFLite 2.14 multiplies by 0 where the weights have a scale per channel. */
	struct draw_weights shape = { 2, 0, false, { 0, depth } };
	int weights, bias, out;
	struct mnet_op *op;
	double step;

	shape.shape[0] = draw_int(d, 1, 60);
	rows = (int32_t)(x.bytes / (size_t)depth);
	if ((long long)rows * depth * shape.shape[0] > MAX_MACS)
		return -1;
	draw_filter(d, in, &shape, true, &weights, &bias, &step);
	for (unsigned int i = 0; i < x.rank && i < 4; i++)
		out_shape[i] = i + 1 == x.rank ? shape.shape[0] : x.shape[i];
	if (!keep) {
		out_shape[0] = rows;
		out_shape[1] = shape.shape[0];
	}
	out = draw_result(d, x.type, keep ? x.rank : 2, out_shape, step);
	op = add_filter_op(d, MNET_OP_FULLY_CONNECTED, out, in, weights, bias);
	op->u.fully_connected.keep_num_dims = keep;
	op->u.fully_connected.activation = draw_fused(d);
	return out;
}

/* Rows or columns of a transposed convolution: one of the sizes that give @in back */
static int32_t transposed(struct draw *d, enum mnet_padding padding, int32_t in, int filter,
			  int stride)
{
	int extra = draw_int(d, 0, stride - 1);

	if (padding == MNET_PADDING_SAME)
		return in * stride - extra;
	return (in - 1) * stride + filter + extra;
}

int draw_transpose_conv(struct draw *d, int in)
{
	const struct mnet_tensor x = *draw_tensor(d, in);
	int fh = draw_int(d, 1, 4), fw = draw_int(d, 1, 4), sh = draw_int(d, 1, 3);
	int sw = draw_chance(d, 70) ? sh : draw_int(d, 1, 3), channels = draw_int(d, 1, 20);
	enum mnet_padding padding = draw_padding(d);
	struct draw_weights shape = { 4, 0, true, { channels, fh, fw, x.shape[3] } };
	int32_t out_shape[4] = { x.shape[0], 0, 0, channels };
	int weights, bias, out, size;
	struct mnet_op *op;
	double step;

	if (x.rank != 4 || (long long)x.bytes * channels * fh * fw > MAX_MACS)
		return -1;
	out_shape[1] = transposed(d, padding, x.shape[1], fh, sh);
	out_shape[2] = transposed(d, padding, x.shape[2], fw, sw);
	draw_filter(d, in, &shape, true, &weights, &bias, &step);
	size = draw_ints(d, "size", 1, (int32_t[]){ 4 }, out_shape);
	out = draw_result(d, x.type, 4, out_shape, step);
	if (bias == MNET_NO_TENSOR)
		op = build_op(d->b, MNET_OP_TRANSPOSE_CONV, out, size, weights, in, -2);
	else
		op = build_op(d->b, MNET_OP_TRANSPOSE_CONV, out, size, weights, in, bias, -2);
	op->version = bias == MNET_NO_TENSOR ? 1 : 3;
	op->u.transpose_conv.padding = padding;
	op->u.transpose_conv.stride_h = sh;
	op->u.transpose_conv.stride_w = sw;
	op->u.transpose_conv.activation = MNET_ACT_NONE;
	return out;
}
