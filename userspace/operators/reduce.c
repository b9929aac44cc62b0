// SPDX-License-Identifier: MIT
/* Dimensions that become one element. */
#include "operators/family.h"

static const struct mnet_option reducer_options[] = {
	MNET_OPTION(BOOL, 0, reduce.keep_dims, 0),
	{ .kind = MNET_OPTION_END },
};

static int infer_mean(const struct op_context *c, struct op_shape *out)
{
	const struct mnet_tensor *in = op_input(c, 0), *axes = op_input(c, 1);
	bool reduced[MNET_MAX_RANK] = { false };
	int64_t i;

	if (!op_is_int_constant(axes) || axes->rank > 1)
		return op_fail(c, "axes must be constant integers");
	for (i = 0; i < op_elements(axes); i++) {
		int64_t axis = op_int_at(axes, i);

		if (axis < 0)
			axis += in->rank;
		if (axis < 0 || axis >= in->rank)
			return op_fail(c, "axis %lld of %u dimensions",
				       (long long)op_int_at(axes, i), in->rank);
		reduced[axis] = true;
	}
	out->rank = 0;
	for (i = 0; i < in->rank; i++) {
		if (!reduced[i])
			out->size[out->rank++] = in->shape[i];
		else if (c->op->u.reduce.keep_dims)
			out->size[out->rank++] = 1;
	}
	return 0;
}

const struct mnet_operator mnet_reduce_operators[] = {
	{
		.code = MNET_OP_MEAN, .name = "MEAN", .min_inputs = 2, .max_inputs = 2,
		.options_type = 27, .options = reducer_options,
		.infer = infer_mean, .check = op_check_unary,
		.int8 = { .scaling = MNET_SCALING_FREE, .version = 2 },
	},
	{ .name = NULL },
};
