// SPDX-License-Identifier: MIT
/* Functions of one element, and SOFTMAX, which is one of a row. */
#include <math.h>

#include "operators/family.h"

static const struct mnet_option softmax_options[] = {
	MNET_OPTION(F32, 0, softmax.beta, 0),
	{ .kind = MNET_OPTION_END },
};

#define UNARY(op) \
	.code = MNET_OP_##op, .name = #op, .min_inputs = 1, .max_inputs = 1, \
	.infer = op_infer_same, .check = op_check_unary

/*
 * Prescribed scales are those of TFLite's quantisation specification. Beyond what is seen
 * of an input the output of int8 does not change: HARD_SWISH is 0 up to -3; LOGISTIC at 7
 * and TANH at 4 are within half a step of their limits.
 */
const struct mnet_operator mnet_activation_operators[] = {
	{ UNARY(RELU), .int8 = { .scaling = MNET_SCALING_FREE, .version = 2 } },
	{ UNARY(RELU6), .int8 = { .scaling = MNET_SCALING_FREE, .version = 2 } },
	{ UNARY(RELU_N1_TO_1) },
	{
		UNARY(HARD_SWISH), .options_type = 91,
		.int8 = { .scaling = MNET_SCALING_FREE, .version = 1,
			  .seen = true, .seen_min = -3, .seen_max = INFINITY },
	}, {
		UNARY(LOGISTIC),
		.int8 = { .scaling = MNET_SCALING_FIXED, .scale = 1.0f / 256, .zero_point = -128,
			  .version = 2, .seen = true, .seen_min = -7, .seen_max = 7 },
	}, {
		UNARY(TANH),
		.int8 = { .scaling = MNET_SCALING_FIXED, .scale = 1.0f / 128, .zero_point = 0,
			  .version = 2, .seen = true, .seen_min = -4, .seen_max = 4 },
	}, {
		UNARY(SOFTMAX), .options_type = 9, .options = softmax_options,
		.int8 = { .scaling = MNET_SCALING_FIXED, .scale = 1.0f / 256, .zero_point = -128,
			  .version = 2 },
	},
	{ .name = NULL },
};
