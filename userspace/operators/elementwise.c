// SPDX-License-Identifier: MIT
/* Two tensors, element by element, broadcast to each other. */
#include "operators/family.h"

static const struct mnet_option arith_options[] = {
	MNET_OPTION(ACTIVATION, 0, arith.activation, MNET_ACT_NONE),
	{ .kind = MNET_OPTION_END },
};

#define ARITH(op, type) { \
	.code = MNET_OP_##op, .name = #op, .min_inputs = 2, .max_inputs = 2, \
	.options_type = type, .options = arith_options, \
	.infer = op_infer_broadcast, .check = op_check_binary, \
	.int8 = { .scaling = MNET_SCALING_FREE, .version = 2 }, \
}

const struct mnet_operator mnet_elementwise_operators[] = {
	ARITH(ADD, 11),
	ARITH(MUL, 21),
	ARITH(SUB, 28),
	{ .name = NULL },
};
