/* SPDX-License-Identifier: MIT */
/*
 * What the families' files have in common: their tables, each closed by an entry without a
 * name, and the words in which rules are put.
 */
#ifndef MNET_OPERATORS_FAMILY_H
#define MNET_OPERATORS_FAMILY_H

#include "operators/operator.h"

extern const struct mnet_operator mnet_activation_operators[];
extern const struct mnet_operator mnet_conv_operators[];
extern const struct mnet_operator mnet_elementwise_operators[];
extern const struct mnet_operator mnet_move_operators[];
extern const struct mnet_operator mnet_pool_operators[];
extern const struct mnet_operator mnet_quantise_operators[];
extern const struct mnet_operator mnet_reduce_operators[];
extern const struct mnet_operator mnet_resize_operators[];
extern const struct mnet_operator mnet_transpose_conv_operators[];

/**
 * struct op_context - the operator that is looked at
 * @graph: its network
 * @op: itself
 * @index: its place, for messages
 * @err: where to say what is wrong
 */
struct op_context {
	const struct mnet_graph *graph;
	const struct mnet_op *op;
	unsigned int index;
	struct mnet_error *err;
};

/**
 * struct op_shape - rank and sizes, before they are known to fit a tensor
 * @rank: dimensions
 * @size: their sizes
 */
struct op_shape {
	unsigned int rank;
	int64_t size[MNET_MAX_RANK];
};

/* Of a filter with its dilation: positions stay well inside int32 */
#define OP_MAX_EXTENT	(1 << 24)

/* Says what is wrong, after the operator's place and name. -EINVAL. */
int op_fail(const struct op_context *c, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* NULL for one that is left out */
const struct mnet_tensor *op_input(const struct op_context *c, unsigned int i);
const struct mnet_tensor *op_output(const struct op_context *c);

static inline bool op_is_8bit(enum mnet_type type)
{
	return type == MNET_INT8 || type == MNET_UINT8;
}

/* --- shapes --- */

int64_t op_elements(const struct mnet_tensor *t);
/* Value @i of a constant of int32 or int64 */
int64_t op_int_at(const struct mnet_tensor *t, size_t i);
bool op_is_int_constant(const struct mnet_tensor *t);
void op_copy_shape(struct op_shape *out, const struct mnet_tensor *t);
/* Positions of a window along a dimension of @in elements */
int op_window(const struct op_context *c, enum mnet_padding padding, int32_t in, int32_t filter,
	      int32_t stride, int32_t dilation, int64_t *out);
/* The output's shape is the first input's. */
int op_infer_same(const struct op_context *c, struct op_shape *out);
/* It is what the first two inputs make when they are broadcast to each other. */
int op_infer_broadcast(const struct op_context *c, struct op_shape *out);

/* --- types and quantisation --- */

/* An 8-bit activation has one scale; anything else may have none. */
int op_check_activation(const struct op_context *c, const struct mnet_tensor *t);
/* The first @count inputs and the output are activations, all of one type where @same. */
int op_check_operands(const struct op_context *c, unsigned int count, bool same);
int op_check_unary(const struct op_context *c);
int op_check_binary(const struct op_context *c);
/* The type is all that matters where bytes are only moved. */
int op_check_move(const struct op_context *c);
/* Types, scales and biases of a filter whose output channels are the weights' dimension @axis */
int op_check_weighted(const struct op_context *c, const struct mnet_tensor *in,
		      const struct mnet_tensor *w, const struct mnet_tensor *bias,
		      unsigned int axis);

#endif /* MNET_OPERATORS_FAMILY_H */
