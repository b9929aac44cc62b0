/* SPDX-License-Identifier: MIT */
/*
 * What an operator is, said once. An entry of a family's table is all that the graph's
 * side knows of it: the .tflite reader and writer, the .mnet codec, shape inference, the
 * checks, the quantizer and the report work from it. Its kernel is in cpu/, and what the
 * accelerator makes of it in compiler/. Documentation/adding-an-operator.rst goes through
 * one.
 */
#ifndef MNET_OPERATORS_OPERATOR_H
#define MNET_OPERATORS_OPERATOR_H

#include <stddef.h>

#include "graph/graph.h"

/**
 * enum mnet_option_kind - how an option is kept
 * @MNET_OPTION_END: closes a list
 * @MNET_OPTION_PADDING: enum mnet_padding, a byte in the file
 * @MNET_OPTION_ACTIVATION: enum mnet_activation, a byte in the file
 * @MNET_OPTION_I32: int32_t
 * @MNET_OPTION_BOOL: bool, a byte in the file
 * @MNET_OPTION_F32: float
 * @MNET_OPTION_DIMS: struct mnet_dims, a vector of int32 in the file
 * @MNET_OPTION_GIVEN: bool, whether the file has the field at all
 * @MNET_OPTION_ZERO: a byte in the file that nobody keeps; it must be 0
 */
enum mnet_option_kind {
	MNET_OPTION_END,
	MNET_OPTION_PADDING,
	MNET_OPTION_ACTIVATION,
	MNET_OPTION_I32,
	MNET_OPTION_BOOL,
	MNET_OPTION_F32,
	MNET_OPTION_DIMS,
	MNET_OPTION_GIVEN,
	MNET_OPTION_ZERO,
};

/* The field of an option that .tflite files do not have */
#define MNET_NO_FIELD	255

/**
 * struct mnet_option - a builtin option
 * @kind: what it is
 * @field: its number in the operator's options table of TFLite's schema
 * @offset: where struct mnet_op has it
 * @absent: its value in a file without the field
 * @what: MNET_OPTION_ZERO: what another value would be
 */
struct mnet_option {
	enum mnet_option_kind kind;
	uint8_t field;
	uint16_t offset;
	int32_t absent;
	const char *what;
};

/* An entry of a list of options, in the order in which .mnet files keep them */
#define MNET_OPTION(kind, field, member, absent) \
	{ MNET_OPTION_##kind, field, offsetof(struct mnet_op, u.member), absent, NULL }
#define MNET_OPTION_MUST_BE_ZERO(field, what) \
	{ MNET_OPTION_ZERO, field, 0, 0, what }

/**
 * enum mnet_scaling - what an operator of int8 does to scales
 * @MNET_SCALING_NONE: TFLite has it in float only, or the quantizer has no use for it
 * @MNET_SCALING_FREE: its output has the scale that the values need
 * @MNET_SCALING_SAME: its output has the inputs' scale
 * @MNET_SCALING_FIXED: its output's scale is prescribed
 */
enum mnet_scaling {
	MNET_SCALING_NONE,
	MNET_SCALING_FREE,
	MNET_SCALING_SAME,
	MNET_SCALING_FIXED,
};

/**
 * struct mnet_int8 - an operator as TFLite's quantisation specification has it
 * @scaling: of its output
 * @scale: MNET_SCALING_FIXED: the output's scale
 * @zero_point: MNET_SCALING_FIXED: its zero point
 * @version: the first that takes int8
 * @version_of: the same where it depends on the operator, else NULL
 * @seen: whether inputs beyond @seen_min and @seen_max change nothing in the output
 * @seen_min: smallest input that does
 * @seen_max: largest one
 */
struct mnet_int8 {
	enum mnet_scaling scaling;
	float scale;
	int32_t zero_point;
	int version;
	int (*version_of)(const struct mnet_op *op);
	bool seen;
	double seen_min, seen_max;
};

/**
 * struct mnet_filter - which inputs a filter has; @weights is 0 where there is none
 * @input: what it slides over
 * @weights: constant, or the accelerator has no use for it
 * @bias: one per output channel; may be left out
 * @axis: the weights' dimension of output channels
 * @per_channel: int8 weights may have a scale for each output channel
 */
struct mnet_filter {
	uint8_t input, weights, bias;
	uint8_t axis;
	bool per_channel;
};

struct op_context;
struct op_shape;

/**
 * struct mnet_operator - an operator
 * @code: enum mnet_opcode
 * @name: TFLite's; of a custom operator its own
 * @min_inputs: so many must be there
 * @max_inputs: more than these there may not be
 * @options_type: its options' number in the schema's union BuiltinOptions; 0: it has none
 * @options: the fields of its options, closed by MNET_OPTION_END; NULL: none
 * @infer: its output's shape. 0, or -EINVAL, said with op_fail()
 * @check: types, quantisation and what else kernels rely on; the same. For after @infer
 * @macs: multiply-accumulates; NULL: none to speak of. Takes what @check has passed
 * @filter: which of its inputs are a filter's
 * @int8: what becomes of it where networks are quantised
 */
struct mnet_operator {
	int code;
	const char *name;
	uint8_t min_inputs, max_inputs;
	uint8_t options_type;
	const struct mnet_option *options;
	int (*infer)(const struct op_context *c, struct op_shape *out);
	int (*check)(const struct op_context *c);
	uint64_t (*macs)(const struct mnet_graph *graph, const struct mnet_op *op);
	struct mnet_filter filter;
	struct mnet_int8 int8;
};

/* NULL: libmnet does not have it. */
const struct mnet_operator *mnet_operator(const struct mnet_op *op);

/* The function fused into @op; NULL where it has none. */
enum mnet_activation *mnet_fused_activation(struct mnet_op *op);

/* The same to be read; MNET_ACT_NONE where there is none. */
enum mnet_activation mnet_activation_of(const struct mnet_op *op);

/* Where @op keeps option @option; for those with a place there. */
static inline void *mnet_option_at(struct mnet_op *op, const struct mnet_option *option)
{
	return (char *)op + option->offset;
}

/*
 * Computes the shape of every activation from the inputs' shapes and the
 * operators, and checks those the file states. -EINVAL: impossible.
 */
int mnet_graph_infer_shapes(struct mnet_graph *graph, struct mnet_error *err);

/*
 * Checks what code that works on the graph relies on: each known operator's
 * operands are there, of fitting types, ranks and sizes and quantised where they
 * must be; its options are in range. For after mnet_graph_infer_shapes().
 * -EINVAL with the operator; unknown operators pass.
 */
int mnet_graph_verify(const struct mnet_graph *graph, struct mnet_error *err);

#endif /* MNET_OPERATORS_OPERATOR_H */
