// SPDX-License-Identifier: MIT
/* Operators that gather values: pools, means, resizing. */
#include "draw.h"

int draw_pool(struct draw *d, int in)
{
	const struct mnet_tensor x = *draw_tensor(d, in);
	bool whole = draw_chance(d, 20);
	int fh = whole ? x.shape[1] : draw_int(d, 1, 5),
	    fw = whole ? x.shape[2] : draw_int(d, 1, 5);
	int sh = whole ? 1 : draw_int(d, 1, 3), sw = whole ? 1 : draw_int(d, 1, 3);
	enum mnet_padding padding = whole ? MNET_PADDING_VALID : draw_padding(d);
	int32_t shape[4] = { x.shape[0], mnet_conv_out_size(padding, x.shape[1], fh, sh, 1),
			     mnet_conv_out_size(padding, x.shape[2], fw, sw, 1), x.shape[3] };
	struct mnet_op *op;
	int out;

	if (x.rank != 4 || shape[1] < 1 || shape[2] < 1)
		return -1;
	out = draw_same(d, in, 4, shape);
	op = build_op(d->b, draw_chance(d, 50) ? MNET_OP_AVERAGE_POOL_2D : MNET_OP_MAX_POOL_2D, out,
		      in, -2);
	op->u.pool.padding = padding;
	op->u.pool.stride_h = sh;
	op->u.pool.stride_w = sw;
	op->u.pool.filter_h = fh;
	op->u.pool.filter_w = fw;
	op->u.pool.activation = draw_fused(d);
	return out;
}

int draw_mean(struct draw *d, int in)
{
	const struct mnet_tensor x = *draw_tensor(d, in);
	bool keep = draw_chance(d, 60), reduced[MNET_MAX_RANK] = { false };
	int32_t axes[MNET_MAX_RANK], shape[MNET_MAX_RANK], n = 0;
	unsigned int rank = 0;
	struct mnet_op *op;
	int out;

	if (x.rank < 2)
		return -1;
	if (x.rank == 4 && draw_chance(d, 60)) {
		reduced[1] = reduced[2] = true;
	} else {
		for (unsigned int i = 0; i < x.rank; i++)
			reduced[i] = draw_chance(d, 40);
	}
	for (unsigned int i = 0; i < x.rank; i++) {
		if (reduced[i])
			axes[n++] = draw_chance(d, 80) ? (int32_t)i : (int32_t)i - (int32_t)x.rank;
		if (!reduced[i] || keep)
			shape[rank++] = reduced[i] ? 1 : x.shape[i];
	}
	if (!n || !rank)
		return -1;
	out = draw_chance(d, 40) ? draw_same(d, in, rank, shape) :
				   draw_result(d, x.type, rank, shape, x.scales[0]);
	op = build_op(d->b, MNET_OP_MEAN, out, in, draw_ints(d, "axes", 1, &n, axes), -2);
	op->u.reduce.keep_dims = keep;
	return out;
}

int draw_resize(struct draw *d, int in)
{
	const struct mnet_tensor x = *draw_tensor(d, in);
	int32_t h = draw_int(d, 1, 40), w = draw_int(d, 1, 40);
	int32_t shape[4] = { x.shape[0], h, w, x.shape[3] };
	int size, out, centers = draw_int(d, 0, 2);
	struct mnet_op *op;

	if (x.rank != 4 || (size_t)shape[0] * shape[1] * shape[2] * shape[3] > 60000)
		return -1;
	size = draw_ints(d, "size", 1, (int32_t[]){ 2 }, shape + 1);
	out = draw_same(d, in, 4, shape);
	op = build_op(d->b,
		      draw_chance(d, 60) ? MNET_OP_RESIZE_BILINEAR :
					   MNET_OP_RESIZE_NEAREST_NEIGHBOR,
		      out, in, size, -2);
	/* TFLite does not take both. */
	op->u.resize.align_corners = centers == 1;
	op->u.resize.half_pixel_centers = centers == 2;
	return out;
}
