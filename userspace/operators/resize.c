// SPDX-License-Identifier: MIT
/* Pictures of another size. */
#include "operators/family.h"

static const struct mnet_option bilinear_options[] = {
	MNET_OPTION(BOOL, 2, resize.align_corners, 0),
	MNET_OPTION(BOOL, 3, resize.half_pixel_centers, 0),
	{ .kind = MNET_OPTION_END },
};

static const struct mnet_option nearest_options[] = {
	MNET_OPTION(BOOL, 0, resize.align_corners, 0),
	MNET_OPTION(BOOL, 1, resize.half_pixel_centers, 0),
	{ .kind = MNET_OPTION_END },
};

static int infer_resize(const struct op_context *c, struct op_shape *out)
{
	const struct mnet_tensor *in = op_input(c, 0), *size = op_input(c, 1);

	if (in->rank != 4)
		return op_fail(c, "input must have 4 dimensions, has %u", in->rank);
	if (!op_is_int_constant(size) || op_elements(size) != 2)
		return op_fail(c, "the new size must be two constant integers");
	op_copy_shape(out, in);
	out->size[1] = op_int_at(size, 0);
	out->size[2] = op_int_at(size, 1);
	return 0;
}

/* TFLite takes one of the two ways to place the samples */
static int check_resize(const struct op_context *c)
{
	if (c->op->u.resize.align_corners && c->op->u.resize.half_pixel_centers)
		return op_fail(c, "align_corners and half_pixel_centers exclude each other");
	return op_check_unary(c);
}

/* Half-pixel centres are newer. */
static int int8_version(const struct mnet_op *op)
{
	return op->u.resize.half_pixel_centers ? 3 : 2;
}

#define RESIZE(op, type, list) { \
	.code = MNET_OP_##op, .name = #op, .min_inputs = 2, .max_inputs = 2, \
	.options_type = type, .options = list, .infer = infer_resize, .check = check_resize, \
	.int8 = { .scaling = MNET_SCALING_SAME, .version_of = int8_version }, \
}

const struct mnet_operator mnet_resize_operators[] = {
	RESIZE(RESIZE_BILINEAR, 15, bilinear_options),
	RESIZE(RESIZE_NEAREST_NEIGHBOR, 74, nearest_options),
	{ .name = NULL },
};
