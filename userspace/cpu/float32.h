/* SPDX-License-Identifier: MIT */
/*
 * What the float32 kernels share. They add up in the order TFLite's reference
 * kernels do, so that sums agree to the last bit.
 */
#ifndef MNET_CPU_FLOAT32_H
#define MNET_CPU_FLOAT32_H

#include <float.h>

#include "cpu/kernel.h"

/**
 * struct cpu_float_range - what a fused activation leaves of an output
 */
struct cpu_float_range {
	float min, max;
};

/* Activations up to RELU6, as cpu_needs_activation() lets through */
static inline struct cpu_float_range cpu_float_range(enum mnet_activation activation)
{
	struct cpu_float_range range = { -FLT_MAX, FLT_MAX };

	if (activation == MNET_ACT_RELU || activation == MNET_ACT_RELU6)
		range.min = 0.0f;
	else if (activation == MNET_ACT_RELU_N1_TO_1)
		range.min = -1.0f;
	if (activation == MNET_ACT_RELU6)
		range.max = 6.0f;
	else if (activation == MNET_ACT_RELU_N1_TO_1)
		range.max = 1.0f;
	return range;
}

/* NaN stays */
static inline float cpu_float_clamp(float x, struct cpu_float_range range)
{
	x = x < range.min ? range.min : x;
	return x > range.max ? range.max : x;
}

/* NULL when every input that is there is float32, else why not */
const char *cpu_needs_float(const struct mnet_graph *graph, const struct mnet_op *op);

/*
 * NULL when weights and bias, which may be NULL, are float32 too, else why not. They
 * need not be constant: models that store float16 compute them by DEQUANTIZE.
 */
const char *cpu_needs_float_weights(const struct mnet_tensor *weights,
				    const struct mnet_tensor *bias);

/* Contents of operator input @i, NULL for one left out */
static inline const void *cpu_input_data(const struct mnet_op *op, void *const *data,
					 unsigned int i)
{
	return i < op->num_inputs && op->inputs[i] != MNET_NO_TENSOR ? data[op->inputs[i]] : NULL;
}

#endif /* MNET_CPU_FLOAT32_H */
