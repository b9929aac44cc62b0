// SPDX-License-Identifier: MIT
/*
 * What the kernels of several families ask of their tensors.
 */
#include "cpu/float32.h"

static const char *type_reason(enum mnet_type type)
{
	switch (type) {
	case MNET_FLOAT32:
		return "float32 input";
	case MNET_FLOAT16:
		return "float16 input";
	case MNET_INT16:
		return "int16 input";
	case MNET_INT8:
	case MNET_UINT8:
		return "8-bit input of a float output";
	default:
		return "input type";
	}
}

const char *cpu_needs_8bit(const struct mnet_graph *graph, const struct mnet_op *op)
{
	const struct mnet_tensor *in = cpu_input(graph, op, 0);

	return cpu_is_8bit(in) ? NULL : type_reason(in->type);
}

const char *cpu_needs_float(const struct mnet_graph *graph, const struct mnet_op *op)
{
	const struct mnet_tensor *in = cpu_input(graph, op, 0);

	return in->type == MNET_FLOAT32 ? NULL : type_reason(in->type);
}

const char *cpu_needs_float_weights(const struct mnet_tensor *weights,
				    const struct mnet_tensor *bias)
{
	return weights->type == MNET_FLOAT32 && (!bias || bias->type == MNET_FLOAT32) ? NULL :
	       "weights that are not float32";
}

const char *cpu_needs_activation(enum mnet_activation activation)
{
	return activation <= MNET_ACT_RELU6 ? NULL : "fused activation";
}

void cpu_flip(int8_t *out, const void *in, size_t n)
{
	const uint8_t *bytes = in;
	size_t i;

	for (i = 0; i < n; i++)
		out[i] = (int8_t)(bytes[i] ^ 0x80);
}
