// SPDX-License-Identifier: MIT
/* The table of families, and what is asked of every operator. */
#include <string.h>

#include "operators/family.h"

static const struct mnet_operator *const families[] = {
	mnet_activation_operators, mnet_conv_operators, mnet_elementwise_operators,
	mnet_move_operators, mnet_pool_operators, mnet_quantise_operators,
	mnet_reduce_operators, mnet_resize_operators, mnet_transpose_conv_operators,
};

const struct mnet_operator *mnet_operator(const struct mnet_op *op)
{
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		for (const struct mnet_operator *o = families[i]; o->name; o++) {
			if (o->code == op->code &&
			    (o->code != MNET_OP_CUSTOM || !strcmp(o->name, op->name)))
				return o;
		}
	}
	return NULL;
}

enum mnet_activation *mnet_fused_activation(struct mnet_op *op)
{
	const struct mnet_operator *entry = mnet_operator(op);
	const struct mnet_option *o = entry ? entry->options : NULL;

	for (; o && o->kind != MNET_OPTION_END; o++) {
		if (o->kind == MNET_OPTION_ACTIVATION)
			return mnet_option_at(op, o);
	}
	return NULL;
}

enum mnet_activation mnet_activation_of(const struct mnet_op *op)
{
	struct mnet_op copy = *op;
	const enum mnet_activation *activation = mnet_fused_activation(&copy);

	return activation ? *activation : MNET_ACT_NONE;
}
