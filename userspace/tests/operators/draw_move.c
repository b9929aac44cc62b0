// SPDX-License-Identifier: MIT
/* Operators that move values. */
#include <string.h>

#include "draw.h"

/* The number @n as @rank factors */
static void factor(struct draw *d, int32_t n, unsigned int rank, int32_t *shape)
{
	for (unsigned int i = 0; i + 1 < rank; i++) {
		int32_t f = draw_int(d, 1, 12);

		while (n % f)
			f--;
		shape[i] = f;
		n /= f;
	}
	shape[rank - 1] = n;
}

int draw_reshape(struct draw *d, int in)
{
	const struct mnet_tensor x = *draw_tensor(d, in);
	int32_t rank = draw_chance(d, 60) ? 4 : draw_int(d, 1, 4), shape[4], stated[4];
	struct mnet_op *op;
	int out;

	factor(d, (int32_t)x.bytes, (unsigned int)rank, shape);
	out = draw_same(d, in, (unsigned int)rank, shape);
	memcpy(stated, shape, sizeof(stated));
	if (draw_chance(d, 30))
		stated[draw_int(d, 0, rank - 1)] = -1;
	if (draw_chance(d, 60)) {
		build_op(d->b, MNET_OP_RESHAPE, out, in, draw_ints(d, "shape", 1, &rank, stated),
			 -2);
		return out;
	}
	op = build_op(d->b, MNET_OP_RESHAPE, out, in, -2);
	op->u.reshape.given = true;
	op->u.reshape.to.num_dims = (unsigned int)rank;
	memcpy(op->u.reshape.to.dims, stated, (size_t)rank * sizeof(*stated));
	return out;
}

int draw_squeeze(struct draw *d, int in)
{
	const struct mnet_tensor x = *draw_tensor(d, in);
	int32_t shape[MNET_MAX_RANK], dims[MNET_MAX_RANK];
	unsigned int rank = 0, n = 0;
	bool all = draw_chance(d, 50);
	struct mnet_op *op;
	int out;

	for (unsigned int i = 0; i < x.rank; i++) {
		if (x.shape[i] == 1 && (all || draw_chance(d, 70)))
			dims[n++] = draw_chance(d, 70) ? (int32_t)i : (int32_t)i - (int32_t)x.rank;
		else
			shape[rank++] = x.shape[i];
	}
	/* Without any named, all are meant. */
	if (!n || !rank)
		return -1;
	out = draw_same(d, in, rank, shape);
	op = build_op(d->b, MNET_OP_SQUEEZE, out, in, -2);
	if (!all) {
		op->u.squeeze.num_dims = n;
		memcpy(op->u.squeeze.dims, dims, n * sizeof(*dims));
	}
	return out;
}

int draw_pad(struct draw *d, int in)
{
	const struct mnet_tensor x = *draw_tensor(d, in);
	int32_t amounts[8] = { 0 }, shape[4];
	int t, out;

	if (x.rank < 1 || x.rank > 4)
		return -1;
	for (unsigned int i = 0; i < x.rank; i++) {
		/* Images and channels less often than rows and columns */
		if (draw_chance(d, x.rank < 4 || i == 1 || i == 2 ? 80 : 20)) {
			amounts[2 * i] = draw_int(d, 0, 3);
			amounts[2 * i + 1] = draw_int(d, 0, 3);
		}
		shape[i] = x.shape[i] + amounts[2 * i] + amounts[2 * i + 1];
	}
	t = draw_ints(d, "amounts", 2, (int32_t[]){ (int32_t)x.rank, 2 }, amounts);
	out = draw_same(d, in, x.rank, shape);
	if (draw_chance(d, 75)) {
		build_op(d->b, MNET_OP_PAD, out, in, t, -2);
	} else {
		uint8_t byte = (uint8_t)draw_int(d, 0, 255);
		int value = draw_same(d, in, 0, NULL);

		build_data(d->b, value, &byte);
		build_op(d->b, MNET_OP_PADV2, out, in, t, value, -2);
	}
	return out;
}

/* What is joined to @in: only uint8 may have another scale. */
static int draw_part(struct draw *d, int in, const int32_t *shape)
{
	const struct mnet_tensor x = *draw_tensor(d, in);
	int t = draw_earlier(d, in, x.type, x.rank, shape);

	if (t >= 0 &&
	    (x.type == MNET_UINT8 || (draw_tensor(d, t)->scales[0] == x.scales[0] &&
				      draw_tensor(d, t)->zero_points[0] == x.zero_points[0])))
		return t;
	if (x.type == MNET_UINT8 && draw_chance(d, 50))
		return draw_source(d, draw_value(d, x.type, x.rank, shape));
	return draw_source(d, draw_same(d, in, x.rank, shape));
}

int draw_concat(struct draw *d, int in)
{
	const struct mnet_tensor x = *draw_tensor(d, in);
	int axis, inputs[3], n = draw_int(d, 2, 3), own = draw_int(d, 0, n - 1), out;
	int32_t shape[MNET_MAX_RANK], sum = 0;
	struct mnet_op *op;

	if (x.rank < 1 || x.rank > 4)
		return -1;
	axis = draw_chance(d, 60) ? (int)x.rank - 1 : draw_int(d, 0, (int)x.rank - 1);
	memcpy(shape, x.shape, sizeof(shape));
	for (int i = 0; i < n; i++) {
		bool again = i == own || draw_chance(d, 15);

		shape[axis] = again || draw_chance(d, 40) ? x.shape[axis] : draw_int(d, 1, 20);
		inputs[i] = again ? in : draw_part(d, in, shape);
		sum += shape[axis];
	}
	shape[axis] = sum;
	out = x.type == MNET_INT8 || draw_chance(d, 60) ?
		      draw_same(d, in, x.rank, shape) :
		      draw_result(d, x.type, x.rank, shape, x.scales[0]);
	if (n == 2)
		op = build_op(d->b, MNET_OP_CONCATENATION, out, inputs[0], inputs[1], -2);
	else
		op = build_op(d->b, MNET_OP_CONCATENATION, out, inputs[0], inputs[1], inputs[2],
			      -2);
	op->u.concat.axis = draw_chance(d, 70) ? axis : axis - (int)x.rank;
	return out;
}
