/* SPDX-License-Identifier: MIT */
/* Which inputs of a transposed convolution reach an output. */
#ifndef MNET_CPU_TRANSPOSE_WINDOW_H
#define MNET_CPU_TRANSPOSE_WINDOW_H

#include "operators/transpose_conv.h"

/**
 * struct transpose_window - sizes of a transposed convolution
 *
 * Input (y, x) reaches outputs from (y * stride_h - pad_top, x * stride_w -
 * pad_left) on, kernel_h x kernel_w of them.
 */
struct transpose_window {
	int32_t in_h, in_w, in_c;
	int32_t out_c;
	int32_t kernel_h, kernel_w;
	int32_t stride_h, stride_w;
	int32_t pad_top, pad_left;
};

/**
 * struct transpose_span - inputs that reach an output along one dimension
 * @first: first of them
 * @last: last; below @first where there are none
 * @tap: of the filter, by which input @first reaches it
 * @stride: by which the tap falls from one input to the next
 */
struct transpose_span {
	int32_t first, last;
	int32_t tap;
	int32_t stride;
};

static inline void transpose_window_init(struct transpose_window *w,
					 const struct mnet_transpose_conv *t,
					 const struct mnet_tensor *out)
{
	w->in_h = t->in->shape[1];
	w->in_w = t->in->shape[2];
	w->in_c = t->in->shape[3];
	w->out_c = out->shape[3];
	w->kernel_h = t->weights->shape[1];
	w->kernel_w = t->weights->shape[2];
	w->stride_h = t->stride_h;
	w->stride_w = t->stride_w;
	/* As of the convolution that goes from the output to the input */
	w->pad_top = mnet_conv_pad_before(t->padding, out->shape[1],
					  mnet_conv_out_size(t->padding, out->shape[1],
							     w->kernel_h, w->stride_h, 1),
					  w->kernel_h, w->stride_h, 1);
	w->pad_left = mnet_conv_pad_before(t->padding, out->shape[2],
					   mnet_conv_out_size(t->padding, out->shape[2],
							      w->kernel_w, w->stride_w, 1),
					   w->kernel_w, w->stride_w, 1);
}

static inline struct transpose_span transpose_span(int32_t out, int32_t in, int32_t kernel,
						   int32_t stride, int32_t pad)
{
	int64_t at = (int64_t)out + pad, first = (at - kernel) / stride + 1;

	if (at < kernel)
		first = 0;
	return (struct transpose_span){
		.first = (int32_t)first,
		.last = (int32_t)(at / stride < in ? at / stride : in - 1),
		.tap = (int32_t)(at - first * stride),
		.stride = stride,
	};
}

static inline struct transpose_span transpose_rows(const struct transpose_window *w, int32_t y)
{
	return transpose_span(y, w->in_h, w->kernel_h, w->stride_h, w->pad_top);
}

static inline struct transpose_span transpose_columns(const struct transpose_window *w, int32_t x)
{
	return transpose_span(x, w->in_w, w->kernel_w, w->stride_w, w->pad_left);
}

/* Position in the filter, row by row, by which input (@y, @x) reaches the output */
static inline size_t transpose_tap(const struct transpose_window *w,
				   const struct transpose_span *ys, int32_t y,
				   const struct transpose_span *xs, int32_t x)
{
	size_t row = (size_t)(ys->tap - (y - ys->first) * ys->stride);
	size_t column = (size_t)(xs->tap - (x - xs->first) * xs->stride);

	return row * (size_t)w->kernel_w + column;
}

#endif /* MNET_CPU_TRANSPOSE_WINDOW_H */
