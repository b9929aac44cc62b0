/* SPDX-License-Identifier: MIT */
/*
 * Builtin options: a structure for each table of TFLite's schema that libmnet reads, with
 * its fields' names.
 */
#ifndef MNET_GRAPH_OPTIONS_H
#define MNET_GRAPH_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "mnet.h"

enum mnet_padding { MNET_PADDING_SAME = 0, MNET_PADDING_VALID = 1 };

enum mnet_activation {
	MNET_ACT_NONE = 0,
	MNET_ACT_RELU = 1,
	MNET_ACT_RELU_N1_TO_1 = 2,
	MNET_ACT_RELU6 = 3,
	MNET_ACT_TANH = 4,
	MNET_ACT_SIGN_BIT = 5,
};

struct mnet_dims {
	unsigned int num_dims;
	int32_t dims[MNET_MAX_RANK];
};

union mnet_options {
	/* CONV_2D, DEPTHWISE_CONV_2D */
	struct {
		enum mnet_padding padding;
		int32_t stride_h, stride_w;
		int32_t dilation_h, dilation_w;
		int32_t depth_multiplier;	/* DEPTHWISE_CONV_2D */
		enum mnet_activation activation;
	} conv;
	/* AVERAGE_POOL_2D, MAX_POOL_2D */
	struct {
		enum mnet_padding padding;
		int32_t stride_h, stride_w;
		int32_t filter_h, filter_w;
		enum mnet_activation activation;
	} pool;
	/* ADD, SUB, MUL */
	struct {
		enum mnet_activation activation;
	} arith;
	struct {
		enum mnet_activation activation;
		bool keep_num_dims;
	} fully_connected;
	struct {
		float beta;
	} softmax;
	/* CONCATENATION */
	struct {
		int32_t axis;
		enum mnet_activation activation;
	} concat;
	/* MEAN */
	struct {
		bool keep_dims;
	} reduce;
	/* SQUEEZE; none: all dimensions of 1 */
	struct mnet_dims squeeze;
	/* RESHAPE without a second input */
	struct {
		bool given;
		struct mnet_dims to;	/* one may be -1 */
	} reshape;
	/* RESIZE_BILINEAR, RESIZE_NEAREST_NEIGHBOR */
	struct {
		bool align_corners;
		bool half_pixel_centers;
	} resize;
	struct {
		enum mnet_padding padding;
		int32_t stride_h, stride_w;
		enum mnet_activation activation;
	} transpose_conv;
};

#endif /* MNET_GRAPH_OPTIONS_H */
