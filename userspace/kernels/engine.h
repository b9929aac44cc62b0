/* SPDX-License-Identifier: MIT */
/*
 * The arithmetic of the accelerator's engines, as uapi/edgetpu_isa.h defines
 * it, on plain memory. The device model calls it for every command.
 *
 * mnet_engine_*() is what callers use: it picks the fastest version the
 * processor has. mnet_engine_ref_*() is the definition written down: portable,
 * slow and plain; the fast versions must give the same bytes.
 *
 * Callers guarantee:
 *  - every pointer covers the extent its strides and dimensions describe
 *    (weights and params whole blocks), and nothing else is touched: not one
 *    byte beyond, for reading or writing; bytes of @out between pixels (when
 *    out_pixel > out_c) or rows keep their value;
 *  - @out does not overlap an input, weights or params, and no two elements of
 *    @out overlap. Exception: in mnet_engine_add() and mnet_engine_rescale(),
 *    @out may be exactly an input: same address, same line stride;
 *  - no alignment of any pointer, but for weights and params (64 bytes);
 *  - multipliers and shifts of channels below out_c are in range
 *    (struct edgetpu_channel_block). Weights and parameters beyond out_c, and
 *    weights beyond K, may be anything and have no effect;
 *  - every pooling window has an input inside.
 * All functions are thread safe, allocate nothing and cannot fail.
 */
#ifndef MNET_KERNELS_ENGINE_H
#define MNET_KERNELS_ENGINE_H

#include <stddef.h>
#include <stdint.h>

#include "edgetpu_isa.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct mnet_conv_args - convolution, depthwise convolution and pooling
 * @in: element (0, 0, 0)
 * @in_row: bytes from an input row to the next
 * @in_pixel: bytes from an input pixel to the next
 * @out: element (0, 0, 0)
 * @out_row: bytes from an output row to the next
 * @out_pixel: bytes from an output pixel to the next, at least out_c
 * @weights: CONV or DEPTHWISE layout of struct edgetpu_cmd_conv; not for pools
 * @params: one block per 16 output channels, little endian; not for pools
 * @in_h: rows of input, 1..65535
 * @in_w: columns of input, 1..65535
 * @in_c: input channels, 1..65535
 * @out_h: rows to compute, 1..65535
 * @out_w: columns to compute, 1..65535
 * @out_c: output channels; depthwise: a multiple of in_c; pools: in_c
 * @kernel_h: 1..255
 * @kernel_w: 1..255
 * @stride_h: 1..255
 * @stride_w: 1..255
 * @dilation_h: 1..255; 1 for pools
 * @dilation_w: 1..255; 1 for pools
 * @pad_top: rows of padding above input row 0; negative: the window of output
 *	row 0 starts below input row 0 (one call for a part of the rows)
 * @pad_left: the same for columns
 * @in_zero_point: int8 value of padding; average pooling: subtracted before
 *	rounding and added after it
 * @weight_zero_point: int8
 * @out_zero_point: int8
 * @act_min: int8
 * @act_max: int8, at least act_min
 */
struct mnet_conv_args {
	const int8_t *in;
	size_t in_row;
	size_t in_pixel;
	int8_t *out;
	size_t out_row;
	size_t out_pixel;
	const int8_t *weights;
	const struct edgetpu_channel_block *params;
	int32_t in_h, in_w, in_c;
	int32_t out_h, out_w, out_c;
	int32_t kernel_h, kernel_w;
	int32_t stride_h, stride_w;
	int32_t dilation_h, dilation_w;
	int32_t pad_top, pad_left;
	int32_t in_zero_point;
	int32_t weight_zero_point;
	int32_t out_zero_point;
	int32_t act_min, act_max;
};

/**
 * struct mnet_elementwise_args - ADD and RESCALE, over lines of bytes
 * @in: inputs; RESCALE uses in[0]
 * @in_stride: bytes from a line to the next; may be 0
 * @out: output
 * @out_stride: bytes from a line to the next, at least @len when there are two
 * @len: bytes of a line
 * @n: lines
 * @multiplier: of the inputs
 * @out_multiplier: of the sum; ADD only
 * @shift: of the inputs, [-31, 30]
 * @out_shift: of the sum, [-31, 30]; ADD only
 * @left_shift: [0, 20]; ADD only
 * @in_zero_point: int8
 * @out_zero_point: int8
 * @act_min: int8
 * @act_max: int8, at least act_min
 */
struct mnet_elementwise_args {
	const int8_t *in[2];
	size_t in_stride[2];
	int8_t *out;
	size_t out_stride;
	size_t len;
	size_t n;
	int32_t multiplier[2];
	int32_t out_multiplier;
	int32_t shift[2];
	int32_t out_shift;
	int32_t left_shift;
	int32_t in_zero_point[2];
	int32_t out_zero_point;
	int32_t act_min, act_max;
};

void mnet_engine_conv(const struct mnet_conv_args *args);
void mnet_engine_depthwise(const struct mnet_conv_args *args);
void mnet_engine_avg_pool(const struct mnet_conv_args *args);
void mnet_engine_max_pool(const struct mnet_conv_args *args);
void mnet_engine_add(const struct mnet_elementwise_args *args);
void mnet_engine_rescale(const struct mnet_elementwise_args *args);

void mnet_engine_ref_conv(const struct mnet_conv_args *args);
void mnet_engine_ref_depthwise(const struct mnet_conv_args *args);
void mnet_engine_ref_avg_pool(const struct mnet_conv_args *args);
void mnet_engine_ref_max_pool(const struct mnet_conv_args *args);
void mnet_engine_ref_add(const struct mnet_elementwise_args *args);
void mnet_engine_ref_rescale(const struct mnet_elementwise_args *args);

#ifdef __cplusplus
}
#endif

#endif /* MNET_KERNELS_ENGINE_H */
