// SPDX-License-Identifier: MIT
/*
 * Pooling, channels innermost.
 */
#include <stdbool.h>

#include "kernels/versions.h"

#define CHANNELS 256 /* at a time */

/* The part of a window that is inside: rows [y0, y1), columns [x0, x1) */
struct window {
	int32_t y0, y1, x0, x1;
};

static struct window window(const struct mnet_conv_args *a, int32_t y, int32_t x)
{
	int32_t iy = y * a->stride_h - a->pad_top, ix = x * a->stride_w - a->pad_left;

	return (struct window){
		.y0 = iy < 0 ? 0 : iy,
		.y1 = iy + a->kernel_h > a->in_h ? a->in_h : iy + a->kernel_h,
		.x0 = ix < 0 ? 0 : ix,
		.x1 = ix + a->kernel_w > a->in_w ? a->in_w : ix + a->kernel_w,
	};
}

static int8_t clamp(const struct mnet_conv_args *a, int64_t v)
{
	return (int8_t)(v < a->act_min ? a->act_min : v > a->act_max ? a->act_max : v);
}

/* Channels [first, first + n) of a pixel */
static void average(const struct mnet_conv_args *a, const struct window *w, int32_t first,
		    int32_t n, int8_t *out)
{
	int64_t count = (int64_t)(w->y1 - w->y0) * (w->x1 - w->x0);
	int64_t sum[CHANNELS] = { 0 };
	int32_t part[CHANNELS];
	int32_t y, x, c;

	for (y = w->y0; y < w->y1; y++) {
		const int8_t *in =
			a->in + (size_t)y * a->in_row + (size_t)w->x0 * a->in_pixel + first;

		/* A row fits 32 bits, a window may not */
		for (c = 0; c < n; c++)
			part[c] = 0;
		for (x = w->x0; x < w->x1; x++, in += a->in_pixel)
			for (c = 0; c < n; c++)
				part[c] += in[c];
		for (c = 0; c < n; c++)
			sum[c] += part[c];
	}
	for (c = 0; c < n; c++) {
		int64_t s = sum[c] - count * a->in_zero_point;

		s = (s + (s >= 0 ? count / 2 : -(count / 2))) / count;
		out[c] = clamp(a, s + a->in_zero_point);
	}
}

static void largest(const struct mnet_conv_args *a, const struct window *w, int32_t first,
		    int32_t n, int8_t *out)
{
	int8_t max[CHANNELS];
	int32_t y, x, c;

	for (c = 0; c < n; c++)
		max[c] = INT8_MIN;
	for (y = w->y0; y < w->y1; y++) {
		const int8_t *in =
			a->in + (size_t)y * a->in_row + (size_t)w->x0 * a->in_pixel + first;

		for (x = w->x0; x < w->x1; x++, in += a->in_pixel)
			for (c = 0; c < n; c++)
				max[c] = in[c] > max[c] ? in[c] : max[c];
	}
	for (c = 0; c < n; c++)
		out[c] = clamp(a, max[c]);
}

static void pool(const struct mnet_conv_args *a, bool max)
{
	int32_t y, x, c;

	for (y = 0; y < a->out_h; y++)
		for (x = 0; x < a->out_w; x++) {
			int8_t *out = a->out + (size_t)y * a->out_row + (size_t)x * a->out_pixel;
			struct window w = window(a, y, x);

			for (c = 0; c < a->out_c; c += CHANNELS) {
				int32_t n = a->out_c - c < CHANNELS ? a->out_c - c : CHANNELS;

				if (max)
					largest(a, &w, c, n, out + c);
				else
					average(a, &w, c, n, out + c);
			}
		}
}

void mnet_portable_avg_pool(const struct mnet_conv_args *args)
{
	pool(args, false);
}

void mnet_portable_max_pool(const struct mnet_conv_args *args)
{
	pool(args, true);
}
