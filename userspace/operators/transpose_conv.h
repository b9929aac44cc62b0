/* SPDX-License-Identifier: MIT */
/*
 * Transposed convolution has two forms: TFLite's TRANSPOSE_CONV (output shape,
 * weights, input, bias) and MediaPipe's custom Convolution2DTransposeBias (input,
 * weights, bias). This is what they have in common.
 */
#ifndef MNET_OPERATORS_TRANSPOSE_CONV_H
#define MNET_OPERATORS_TRANSPOSE_CONV_H

#include "graph/graph.h"

/* The custom operator's name */
#define MNET_TRANSPOSE_CONV_BIAS	"Convolution2DTransposeBias"

/**
 * struct mnet_transpose_conv - a transposed convolution, whichever its form
 * @size: output shape as a tensor; NULL for the custom operator, whose follows from
 *	the rest
 * @weights: (output channels, height, width, input channels)
 * @in: input
 * @bias: one per output channel, or NULL
 * @padding: SAME or VALID
 * @stride_h: as the file has it
 * @stride_w: the same
 * @activation: fused
 */
struct mnet_transpose_conv {
	const struct mnet_tensor *size;
	const struct mnet_tensor *weights;
	const struct mnet_tensor *in;
	const struct mnet_tensor *bias;
	enum mnet_padding padding;
	int32_t stride_h, stride_w;
	enum mnet_activation activation;
};

/* Whether @op is a transposed convolution in either form */
bool mnet_is_transpose_conv(const struct mnet_op *op);

/**
 * mnet_transpose_conv_get - fill @t from @op
 * @graph: its network
 * @op: for which mnet_is_transpose_conv() holds
 * @t: out
 *
 * Return: NULL, or what is wrong with it: missing inputs, malformed custom options.
 */
const char *mnet_transpose_conv_get(const struct mnet_graph *graph, const struct mnet_op *op,
				    struct mnet_transpose_conv *t);

#endif /* MNET_OPERATORS_TRANSPOSE_CONV_H */
