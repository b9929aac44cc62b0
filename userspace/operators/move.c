// SPDX-License-Identifier: MIT
/* Elements go elsewhere, or the same ones have another shape. */
#include "operators/family.h"

static const struct mnet_option concatenation_options[] = {
	MNET_OPTION(I32, 0, concat.axis, 0),
	MNET_OPTION(ACTIVATION, 1, concat.activation, MNET_ACT_NONE),
	{ .kind = MNET_OPTION_END },
};

static const struct mnet_option squeeze_options[] = {
	MNET_OPTION(DIMS, 0, squeeze, 0),
	{ .kind = MNET_OPTION_END },
};

static const struct mnet_option reshape_options[] = {
	MNET_OPTION(GIVEN, 0, reshape.given, 0),
	MNET_OPTION(DIMS, 0, reshape.to, 0),
	{ .kind = MNET_OPTION_END },
};

static int infer_concatenation(const struct op_context *c, struct op_shape *out)
{
	const struct mnet_tensor *first = op_input(c, 0);
	int64_t axis = c->op->u.concat.axis;
	unsigned int i, d;

	if (axis < 0)
		axis += first->rank;
	if (axis < 0 || axis >= first->rank)
		return op_fail(c, "axis %d of %u dimensions", c->op->u.concat.axis, first->rank);
	op_copy_shape(out, first);
	for (i = 1; i < c->op->num_inputs; i++) {
		const struct mnet_tensor *t = op_input(c, i);

		if (!t)
			return op_fail(c, "input %u is missing", i);
		if (t->rank != first->rank)
			return op_fail(c, "input %u has %u dimensions, the first %u", i, t->rank,
				       first->rank);
		for (d = 0; d < t->rank; d++)
			if (d != axis && t->shape[d] != first->shape[d])
				return op_fail(c,
					       "input %u has size %d in dimension %u, the first %d",
					       i, t->shape[d], d, first->shape[d]);
		out->size[axis] += t->shape[axis];
	}
	return 0;
}

static int infer_reshape(const struct op_context *c, struct op_shape *out)
{
	const struct mnet_tensor *in = op_input(c, 0), *to = op_input(c, 1);
	int64_t known = 1;
	int open = -1;
	unsigned int i;

	if (to && !(op_is_int_constant(to) && to->rank <= 1 && op_elements(to) <= MNET_MAX_RANK))
		return op_fail(c, "the new shape must be a constant of at most %d integers",
			       MNET_MAX_RANK);
	if (!to && !c->op->u.reshape.given)
		return op_fail(c, "no new shape");
	out->rank = to ? (unsigned int)op_elements(to) : c->op->u.reshape.to.num_dims;
	for (i = 0; i < out->rank; i++) {
		out->size[i] = to ? op_int_at(to, i) : c->op->u.reshape.to.dims[i];
		if (out->size[i] == -1 && open < 0) {
			open = (int)i;
		} else if (out->size[i] < 1 || out->size[i] > INT32_MAX ||
			   known > INT32_MAX / out->size[i]) {
			return op_fail(c, "new size %lld in dimension %u", (long long)out->size[i],
				       i);
		} else {
			known *= out->size[i];
		}
	}
	if (open >= 0)
		out->size[open] = op_elements(in) / known;
	if (open >= 0 ? op_elements(in) % known : op_elements(in) != known)
		return op_fail(c, "%lld elements cannot take the new shape",
			       (long long)op_elements(in));
	return 0;
}

static int infer_squeeze(const struct op_context *c, struct op_shape *out)
{
	const struct mnet_tensor *in = op_input(c, 0);
	const struct mnet_op *op = c->op;
	bool drop[MNET_MAX_RANK] = { false };
	unsigned int i;

	for (i = 0; i < in->rank && !op->u.squeeze.num_dims; i++)
		drop[i] = in->shape[i] == 1;
	for (i = 0; i < op->u.squeeze.num_dims; i++) {
		int64_t dim = op->u.squeeze.dims[i];

		if (dim < 0)
			dim += in->rank;
		if (dim < 0 || dim >= in->rank || in->shape[dim] != 1)
			return op_fail(c, "dimension %d cannot be removed", op->u.squeeze.dims[i]);
		drop[dim] = true;
	}
	out->rank = 0;
	for (i = 0; i < in->rank; i++)
		if (!drop[i])
			out->size[out->rank++] = in->shape[i];
	return 0;
}

static int infer_pad(const struct op_context *c, struct op_shape *out)
{
	const struct mnet_tensor *in = op_input(c, 0), *pads = op_input(c, 1);
	unsigned int i;

	if (!op_is_int_constant(pads) || pads->rank != 2 || pads->shape[0] != (int32_t)in->rank ||
	    pads->shape[1] != 2)
		return op_fail(c, "paddings must be a constant of %u x 2 integers", in->rank);
	op_copy_shape(out, in);
	for (i = 0; i < in->rank; i++) {
		int64_t before = op_int_at(pads, 2 * i), after = op_int_at(pads, 2 * i + 1);

		if (before < 0 || after < 0 || before > INT32_MAX || after > INT32_MAX)
			return op_fail(c, "padding %lld, %lld of dimension %u", (long long)before,
				       (long long)after, i);
		out->size[i] += before + after;
	}
	return 0;
}

/* PADV2's third input is the element to pad with */
static int check_padv2(const struct op_context *c)
{
	const struct mnet_tensor *value = op_input(c, 2);

	if (value->type != op_output(c)->type || value->bytes != mnet_type_size(value->type))
		return op_fail(c, "the padding value must be one %s",
			       mnet_type_name(op_output(c)->type));
	return op_check_unary(c);
}

static int check_concatenation(const struct op_context *c)
{
	return op_check_operands(c, c->op->num_inputs, true);
}

const struct mnet_operator mnet_move_operators[] = {
	{
		.code = MNET_OP_CONCATENATION, .name = "CONCATENATION",
		.min_inputs = 1, .max_inputs = MNET_MAX_INPUTS,
		.options_type = 10, .options = concatenation_options,
		.infer = infer_concatenation, .check = check_concatenation,
		.int8 = { .scaling = MNET_SCALING_SAME, .version = 2 },
	}, {
		.code = MNET_OP_PAD, .name = "PAD", .min_inputs = 2, .max_inputs = 2,
		.options_type = 22, .infer = infer_pad, .check = op_check_unary,
		.int8 = { .scaling = MNET_SCALING_SAME, .version = 2 },
	}, {
		.code = MNET_OP_PADV2, .name = "PADV2", .min_inputs = 3, .max_inputs = 3,
		.options_type = 43, .infer = infer_pad, .check = check_padv2,
	}, {
		.code = MNET_OP_RESHAPE, .name = "RESHAPE", .min_inputs = 1, .max_inputs = 2,
		.options_type = 17, .options = reshape_options,
		.infer = infer_reshape, .check = op_check_move,
		.int8 = { .scaling = MNET_SCALING_SAME, .version = 1 },
	}, {
		.code = MNET_OP_SQUEEZE, .name = "SQUEEZE", .min_inputs = 1, .max_inputs = 1,
		.options_type = 30, .options = squeeze_options,
		.infer = infer_squeeze, .check = op_check_move,
		.int8 = { .scaling = MNET_SCALING_SAME, .version = 1 },
	},
	{ .name = NULL },
};
