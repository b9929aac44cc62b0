// SPDX-License-Identifier: MIT
/* Windows that average or choose. */
#include "operators/family.h"

static const struct mnet_option pool_options[] = {
	MNET_OPTION(PADDING, 0, pool.padding, MNET_PADDING_SAME),
	MNET_OPTION(I32, 2, pool.stride_h, 0),
	MNET_OPTION(I32, 1, pool.stride_w, 0),
	MNET_OPTION(I32, 4, pool.filter_h, 0),
	MNET_OPTION(I32, 3, pool.filter_w, 0),
	MNET_OPTION(ACTIVATION, 5, pool.activation, MNET_ACT_NONE),
	{ .kind = MNET_OPTION_END },
};

static int infer_pool(const struct op_context *c, struct op_shape *out)
{
	const struct mnet_tensor *in = op_input(c, 0);
	const struct mnet_op *op = c->op;
	int ret;

	if (in->rank != 4)
		return op_fail(c, "input must have 4 dimensions, has %u", in->rank);
	op_copy_shape(out, in);
	ret = op_window(c, op->u.pool.padding, in->shape[1], op->u.pool.filter_h,
			op->u.pool.stride_h, 1, &out->size[1]);
	if (ret)
		return ret;
	return op_window(c, op->u.pool.padding, in->shape[2], op->u.pool.filter_w,
			 op->u.pool.stride_w, 1, &out->size[2]);
}

#define POOL(op) { \
	.code = MNET_OP_##op, .name = #op, .min_inputs = 1, .max_inputs = 1, \
	.options_type = 5, .options = pool_options, .infer = infer_pool, .check = op_check_unary, \
	.int8 = { .scaling = MNET_SCALING_SAME, .version = 2 }, \
}

const struct mnet_operator mnet_pool_operators[] = {
	POOL(AVERAGE_POOL_2D),
	POOL(MAX_POOL_2D),
	{ .name = NULL },
};
