/* SPDX-License-Identifier: MIT */
/*
 * From scales to the integers that quantised kernels work with, by TFLite's
 * formulas (kernels/kernel_util.cc, internal/quantization_util.cc).
 */
#ifndef MNET_QUANTIZATION_H
#define MNET_QUANTIZATION_H

#include "graph/graph.h"

/**
 * mnet_quantize_multiplier - real factor to Q31 multiplier and exponent
 * @real: finite and >= 0
 * @multiplier: out; in [2^30, 2^31) or 0
 * @shift: out; real = multiplier / 2^31 * 2^shift; in [-31, 30]
 *
 * TFLite's QuantizeMultiplier: factors below 2^-32 become 0, those of 2^30 and
 * more saturate.
 */
void mnet_quantize_multiplier(double real, int32_t *multiplier, int32_t *shift);

/* Smallest and largest value of an 8-bit type */
void mnet_type_range(enum mnet_type type, int32_t *min, int32_t *max);

/* Whether a tensor of @type can have it: in the range of 8 and 16 bits, else of int32 */
bool mnet_zero_point_fits(enum mnet_type type, int64_t zero_point);

/**
 * mnet_activation_range - what a fused activation leaves of an 8-bit output
 * @out: the output, quantised per tensor
 * @activation: NONE, RELU, RELU_N1_TO_1 or RELU6
 * @min: out; in the tensor's own type
 * @max: out
 *
 * Return: false for other activations.
 */
bool mnet_activation_range(const struct mnet_tensor *out, enum mnet_activation activation,
			   int32_t *min, int32_t *max);

/**
 * mnet_conv_multiplier - output multiplier of a convolution
 * @in: input
 * @weights: filter, per tensor or per channel
 * @out: output
 * @channel: output channel
 * @fully_connected: FULLY_CONNECTED rather than CONV_2D or DEPTHWISE_CONV_2D
 * @multiplier: out
 * @shift: out
 *
 * TFLite multiplies input and filter scale in float for uint8 tensors and for
 * FULLY_CONNECTED per tensor, in double for the rest.
 */
void mnet_conv_multiplier(const struct mnet_tensor *in, const struct mnet_tensor *weights,
			  const struct mnet_tensor *out, unsigned int channel,
			  bool fully_connected, int32_t *multiplier, int32_t *shift);

#endif /* MNET_QUANTIZATION_H */
