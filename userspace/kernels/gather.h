/* SPDX-License-Identifier: MIT */
/*
 * The inputs of one output pixel of a convolution, in the order of the
 * reduction. A version includes this after defining
 *
 *	gather_element			type of what is gathered
 *	gather_copy(to, from, n)	n inputs, converted
 *	gather_fill(to, value, n)	n times the input value @value, converted
 */
#ifndef MNET_KERNELS_GATHER_H
#define MNET_KERNELS_GATHER_H

#include <stdbool.h>

#include "kernels/engine.h"

static inline size_t gather_depth(const struct mnet_conv_args *a)
{
	return (size_t)a->kernel_h * (size_t)a->kernel_w * (size_t)a->in_c;
}

/*
 * From tap (ky, kx) on, which is at input (iy, ix): how many taps of the row have
 * their inputs one after the other in memory, or are all padding.
 */
static inline int32_t gather_taps(const struct mnet_conv_args *a, bool padding, int32_t iy,
				  int32_t ix, int32_t kx)
{
	int32_t taps = a->kernel_w - kx;

	if (iy < 0 || iy >= a->in_h)
		return taps;
	if (padding || a->dilation_w != 1 || a->in_pixel != (size_t)a->in_c)
		return 1;
	return taps < a->in_w - ix ? taps : a->in_w - ix;
}

/* Steps [from, to) of the reduction of output pixel (y, x) */
static inline void gather(const struct mnet_conv_args *a, int32_t y, int32_t x, size_t from,
			  size_t to, gather_element *out)
{
	size_t channels = (size_t)a->in_c;
	size_t tap = from / channels, ic = from % channels;
	int32_t ky = (int32_t)(tap / (size_t)a->kernel_w);
	int32_t kx = (int32_t)(tap % (size_t)a->kernel_w);
	size_t left = to - from;

	while (left) {
		int32_t iy = y * a->stride_h - a->pad_top + ky * a->dilation_h;
		int32_t ix = x * a->stride_w - a->pad_left + kx * a->dilation_w;
		bool padding = iy < 0 || iy >= a->in_h || ix < 0 || ix >= a->in_w;
		int32_t taps = gather_taps(a, padding, iy, ix, kx);
		size_t run = (size_t)taps * channels - ic;

		if (run > left)
			run = left;
		if (padding)
			gather_fill(out, a->in_zero_point, run);
		else
			gather_copy(out, a->in + (size_t)iy * a->in_row +
				    (size_t)ix * a->in_pixel + ic, run);
		out += run;
		left -= run;
		ic = 0;
		kx += taps;
		if (kx == a->kernel_w) {
			kx = 0;
			ky++;
		}
	}
}

#endif /* MNET_KERNELS_GATHER_H */
