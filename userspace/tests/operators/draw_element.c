// SPDX-License-Identifier: MIT
/* Operators element by element, and SOFTMAX. */
#include <math.h>

#include "draw.h"

/* Shape of a second operand: that of @x, or one that is repeated along some dimensions */
static unsigned int operand_shape(struct draw *d, const struct mnet_tensor *x, int32_t *shape)
{
	unsigned int skip = 0;
	int style = draw_int(d, 0, 9);

	for (unsigned int i = 0; i < x->rank; i++)
		shape[i] = x->shape[i];
	if (style < 5)
		return x->rank;
	if (style == 5)
		return 0;
	/* Fewer dimensions, or some of size 1 */
	if (style > 7)
		skip = (unsigned int)draw_int(d, 0, (int)x->rank);
	for (unsigned int i = skip; i < x->rank; i++)
		shape[i - skip] = draw_chance(d, 50) ? 1 : x->shape[i];
	return x->rank - skip;
}

int draw_arith(struct draw *d, int in)
{
	static const int codes[] = { MNET_OP_ADD, MNET_OP_ADD, MNET_OP_SUB, MNET_OP_MUL };
	const struct mnet_tensor x = *draw_tensor(d, in);
	int code = codes[draw_int(d, 0, 3)], other, out;
	int32_t shape[MNET_MAX_RANK];
	unsigned int rank = operand_shape(d, &x, shape);
	struct mnet_op *op;
	float a, b;

	if (x.rank > 4)
		return -1;
	other = draw_earlier(d, in, x.type, rank, shape);
	if (other < 0)
		other = draw_source(d, draw_value(d, x.type, rank, shape));
	a = x.scales[0];
	b = draw_tensor(d, other)->scales[0];
	out = draw_result(d, x.type, x.rank, x.shape,
			  code == MNET_OP_MUL ? a * b * 74 : hypot(a, b));
	if (draw_chance(d, 70))
		op = build_op(d->b, code, out, in, other, -2);
	else
		op = build_op(d->b, code, out, other, in, -2);
	op->u.arith.activation = draw_fused(d);
	return out;
}

int draw_unary(struct draw *d, int in)
{
	static const int codes[] = { MNET_OP_HARD_SWISH, MNET_OP_HARD_SWISH, MNET_OP_LOGISTIC,
				     MNET_OP_TANH,	 MNET_OP_RELU,	     MNET_OP_RELU6 };
	const struct mnet_tensor x = *draw_tensor(d, in);
	bool is_signed = x.type == MNET_INT8;
	int code = codes[draw_int(d, 0, 5)], out;

	out = draw_result(d, x.type, x.rank, x.shape, x.scales[0]);
	/* TFLite's fixed scales */
	if (code == MNET_OP_LOGISTIC)
		build_scale(d->b, out, 1.0f / 256, is_signed ? -128 : 0);
	if (code == MNET_OP_TANH)
		build_scale(d->b, out, 1.0f / 128, is_signed ? 0 : 128);
	build_op(d->b, code, out, in, -2);
	return out;
}

int draw_softmax(struct draw *d, int in)
{
	const struct mnet_tensor x = *draw_tensor(d, in);
	struct mnet_op *op;
	int out;

	if (x.rank < 1 || x.rank > 4)
		return -1;
	out = draw_value(d, x.type, x.rank, x.shape);
	build_scale(d->b, out, 1.0f / 256, x.type == MNET_INT8 ? -128 : 0);
	op = build_op(d->b, MNET_OP_SOFTMAX, out, in, -2);
	op->u.softmax.beta = draw_chance(d, 70) ? 1.0f : (float)draw_real(d, 0.1, 4);
	return out;
}

int draw_quantize(struct draw *d, int in)
{
	const struct mnet_tensor x = *draw_tensor(d, in);
	enum mnet_type type = draw_chance(d, 50) ? MNET_UINT8 : MNET_INT8;
	int out = draw_result(d, type, x.rank, x.shape, x.num_scales ? x.scales[0] : 0.1);

	/* Some only change the type. */
	if (x.num_scales && type != x.type && draw_chance(d, 50))
		build_scale(d->b, out, x.scales[0],
			    x.zero_points[0] + (type == MNET_UINT8 ? 128 : -128));
	build_op(d->b, MNET_OP_QUANTIZE, out, in, -2);
	return out;
}

int draw_dequantize(struct draw *d, int in)
{
	const struct mnet_tensor x = *draw_tensor(d, in);
	int out = draw_value(d, MNET_FLOAT32, x.rank, x.shape);

	build_op(d->b, MNET_OP_DEQUANTIZE, out, in, -2);
	return out;
}
