// SPDX-License-Identifier: MIT
/* Of what rules for types and quantisation are made. */
#include "operators/family.h"

int op_check_activation(const struct op_context *c, const struct mnet_tensor *t)
{
	if (op_is_8bit(t->type) && t->num_scales != 1)
		return op_fail(c, "tensor %d (%.80s) is %s with %u scales, needs 1",
			       (int)(t - c->graph->tensors), t->name, mnet_type_name(t->type),
			       t->num_scales);
	return 0;
}

int op_check_operands(const struct op_context *c, unsigned int count, bool same)
{
	const struct mnet_tensor *out = op_output(c);
	unsigned int i;
	int ret;

	ret = op_check_activation(c, out);
	for (i = 0; !ret && i < count; i++) {
		const struct mnet_tensor *t = op_input(c, i);

		if (same && t->type != out->type)
			return op_fail(c, "input %u is %s, the output %s", i,
				       mnet_type_name(t->type), mnet_type_name(out->type));
		ret = op_check_activation(c, t);
	}
	return ret;
}

int op_check_unary(const struct op_context *c)
{
	return op_check_operands(c, 1, true);
}

int op_check_binary(const struct op_context *c)
{
	return op_check_operands(c, 2, true);
}

int op_check_move(const struct op_context *c)
{
	if (op_input(c, 0)->type != op_output(c)->type)
		return op_fail(c, "input is %s, the output %s",
			       mnet_type_name(op_input(c, 0)->type),
			       mnet_type_name(op_output(c)->type));
	return 0;
}

static int check_bias(const struct op_context *c, const struct mnet_tensor *bias, int32_t channels,
		      bool quantised)
{
	if (!bias)
		return 0;
	if (bias->bytes / mnet_type_size(bias->type) != (size_t)channels)
		return op_fail(c, "%zu biases for %d output channels",
			       bias->bytes / mnet_type_size(bias->type), channels);
	if (quantised && bias->type != MNET_INT32)
		return op_fail(c, "bias is %s, must be int32", mnet_type_name(bias->type));
	return 0;
}

/* Weights with one scale or one along @axis, which has @channels */
static int check_weights(const struct op_context *c, const struct mnet_tensor *w, unsigned int axis)
{
	if (!w->num_scales)
		return op_fail(c, "weights (%.80s) have no scale", w->name);
	if (w->num_scales > 1 && w->axis != axis)
		return op_fail(c, "weights are quantized along dimension %u, must be %u", w->axis,
			       axis);
	return 0;
}

int op_check_weighted(const struct op_context *c, const struct mnet_tensor *in,
		      const struct mnet_tensor *w, const struct mnet_tensor *bias,
		      unsigned int axis)
{
	bool quantised = op_is_8bit(in->type);
	int ret;

	ret = op_check_activation(c, in);
	if (!ret)
		ret = op_check_activation(c, op_output(c));
	if (!ret)
		ret = check_bias(c, bias, w->shape[axis], quantised);
	if (ret || !quantised)
		return ret;
	if (op_output(c)->type != in->type)
		return op_fail(c, "input is %s, the output %s", mnet_type_name(in->type),
			       mnet_type_name(op_output(c)->type));
	if (w->type != in->type)
		return op_fail(c, "input is %s, weights are %s", mnet_type_name(in->type),
			       mnet_type_name(w->type));
	return check_weights(c, w, axis);
}
