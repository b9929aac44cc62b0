/* SPDX-License-Identifier: MIT */
/*
 * Float constants to integer ones. Each returns false when memory is short.
 */
#ifndef MNET_QUANTIZER_WEIGHTS_H
#define MNET_QUANTIZER_WEIGHTS_H

#include "graph/graph.h"

/**
 * quant_weights - weights of a convolution or fully connected layer
 * @arena: for the result
 * @weights: float32 constant
 * @axis: its output channel dimension
 * @per_channel: a scale per channel, else one
 * @bias: float32 constant that must fit int32 at the scales chosen, or NULL
 * @input_scale: of the layer's input
 * @out: int8, values -127..127, zero point 0
 */
bool quant_weights(struct mnet_arena *arena, const struct mnet_tensor *weights, unsigned int axis,
		   bool per_channel, const struct mnet_tensor *bias, float input_scale,
		   struct mnet_tensor *out);

/* int32 at @input_scale times the weights' scales */
bool quant_bias(struct mnet_arena *arena, const struct mnet_tensor *bias, float input_scale,
		const struct mnet_tensor *weights, struct mnet_tensor *out);

/* Any other constant: int8 with the smallest range that holds it and 0 */
bool quant_operand(struct mnet_arena *arena, const struct mnet_tensor *operand,
		   struct mnet_tensor *out);

#endif /* MNET_QUANTIZER_WEIGHTS_H */
