// SPDX-License-Identifier: MIT
/* From one type or scale to another. */
#include "operators/family.h"

/* QUANTIZE and DEQUANTIZE change the type */
static int check_conversion(const struct op_context *c)
{
	const struct mnet_tensor *in = op_input(c, 0), *out = op_output(c);
	int ret;

	if (c->op->code == MNET_OP_QUANTIZE || out->type != MNET_FLOAT32)
		return op_check_operands(c, 1, false);
	ret = op_check_activation(c, out);
	/* A constant may be dequantised along an axis */
	if (!ret && op_is_8bit(in->type) && !in->num_scales)
		return op_fail(c, "its input has no scale");
	return ret;
}

const struct mnet_operator mnet_quantise_operators[] = {
	{
		.code = MNET_OP_DEQUANTIZE, .name = "DEQUANTIZE", .min_inputs = 1, .max_inputs = 1,
		.options_type = 38, .infer = op_infer_same, .check = check_conversion,
	}, {
		.code = MNET_OP_QUANTIZE, .name = "QUANTIZE", .min_inputs = 1, .max_inputs = 1,
		.options_type = 89, .infer = op_infer_same, .check = check_conversion,
	},
	{ .name = NULL },
};
