// SPDX-License-Identifier: MIT
/*
 * The engines' arithmetic written down plainly: what every faster version is
 * compared with. One loop per index of the definitions in edgetpu_isa.h.
 */
#include <endian.h>

#include "engine.h"

static int32_t srdhm(int32_t a, int32_t b)
{
	int64_t product;

	if (a == INT32_MIN && b == INT32_MIN)
		return INT32_MAX;
	product = (int64_t)a * b;
	product += product >= 0 ? 1 << 30 : 1 - (1 << 30);
	return (int32_t)(product / ((int64_t)1 << 31));
}

static int32_t rdbp(int32_t x, int n)
{
	int64_t magnitude = x < 0 ? -(int64_t)x : x;

	if (n == 0)
		return x;
	magnitude = (magnitude + ((int64_t)1 << (n - 1))) >> n;
	return (int32_t)(x < 0 ? -magnitude : magnitude);
}

static int32_t mbqm(int32_t x, int32_t multiplier, int shift)
{
	int left = shift > 0 ? shift : 0;
	int right = shift > 0 ? 0 : -shift;

	return rdbp(srdhm((int32_t)((uint32_t)x << left), multiplier), right);
}

static int8_t clamp(int64_t x, int32_t lo, int32_t hi)
{
	return (int8_t)(x < lo ? lo : x > hi ? hi : x);
}

static int8_t requantise(const struct mnet_conv_args *a, uint32_t acc, int c)
{
	const struct edgetpu_channel_block *block = &a->params[c / EDGETPU_CHANNEL_BLOCK];
	int lane = c % EDGETPU_CHANNEL_BLOCK;
	int64_t y;

	acc += le32toh(block->bias[lane]);
	y = mbqm((int32_t)acc, (int32_t)le32toh(block->multiplier[lane]),
		 (int32_t)le32toh(block->shift[lane]));
	return clamp(y + a->out_zero_point, a->act_min, a->act_max);
}

/* in(iy, ix, ic), with the zero point outside */
static int32_t input(const struct mnet_conv_args *a, int32_t iy, int32_t ix, int32_t ic)
{
	if (iy < 0 || iy >= a->in_h || ix < 0 || ix >= a->in_w)
		return a->in_zero_point;
	return a->in[(size_t)iy * a->in_row + (size_t)ix * a->in_pixel + (size_t)ic];
}

static int8_t *output(const struct mnet_conv_args *a, int32_t y, int32_t x, int32_t c)
{
	return &a->out[(size_t)y * a->out_row + (size_t)x * a->out_pixel + (size_t)c];
}

static uint32_t conv_acc(const struct mnet_conv_args *a, int32_t y, int32_t x, int32_t c)
{
	const size_t depth = (size_t)a->kernel_h * a->kernel_w * a->in_c;
	const size_t groups = (depth + EDGETPU_WEIGHT_DEPTH - 1) / EDGETPU_WEIGHT_DEPTH;
	const int8_t *weights = a->weights + (size_t)c / EDGETPU_CHANNEL_BLOCK * groups * 64 +
				c % EDGETPU_CHANNEL_BLOCK * EDGETPU_WEIGHT_DEPTH;
	uint32_t acc = 0;
	size_t k = 0;
	int32_t ky, kx, ic;

	for (ky = 0; ky < a->kernel_h; ky++) {
		int32_t iy = y * a->stride_h - a->pad_top + ky * a->dilation_h;

		for (kx = 0; kx < a->kernel_w; kx++) {
			int32_t ix = x * a->stride_w - a->pad_left + kx * a->dilation_w;

			for (ic = 0; ic < a->in_c; ic++, k++) {
				int32_t w = weights[k / EDGETPU_WEIGHT_DEPTH * 64 +
						    k % EDGETPU_WEIGHT_DEPTH];

				acc += (uint32_t)((w - a->weight_zero_point) *
						  input(a, iy, ix, ic));
			}
		}
	}
	return acc;
}

void mnet_engine_ref_conv(const struct mnet_conv_args *a)
{
	int32_t y, x, c;

	for (y = 0; y < a->out_h; y++)
		for (x = 0; x < a->out_w; x++)
			for (c = 0; c < a->out_c; c++)
				*output(a, y, x, c) = requantise(a, conv_acc(a, y, x, c), c);
}

static uint32_t depthwise_acc(const struct mnet_conv_args *a, int32_t y, int32_t x, int32_t c)
{
	const size_t pitch = ((size_t)a->out_c + EDGETPU_CHANNEL_BLOCK - 1) /
			     EDGETPU_CHANNEL_BLOCK * EDGETPU_CHANNEL_BLOCK;
	const int32_t ic = c / (a->out_c / a->in_c);
	uint32_t acc = 0;
	int32_t ky, kx;

	for (ky = 0; ky < a->kernel_h; ky++) {
		int32_t iy = y * a->stride_h - a->pad_top + ky * a->dilation_h;

		for (kx = 0; kx < a->kernel_w; kx++) {
			int32_t ix = x * a->stride_w - a->pad_left + kx * a->dilation_w;
			int32_t w = a->weights[((size_t)ky * a->kernel_w + kx) * pitch + c];

			acc += (uint32_t)((w - a->weight_zero_point) * input(a, iy, ix, ic));
		}
	}
	return acc;
}

void mnet_engine_ref_depthwise(const struct mnet_conv_args *a)
{
	int32_t y, x, c;

	for (y = 0; y < a->out_h; y++)
		for (x = 0; x < a->out_w; x++)
			for (c = 0; c < a->out_c; c++)
				*output(a, y, x, c) = requantise(a, depthwise_acc(a, y, x, c), c);
}

/* The part of a pooling window that lies inside the input: [first, last) */
struct window {
	int32_t first, last;
};

static struct window window(int32_t position, int32_t stride, int32_t pad, int32_t kernel,
			    int32_t size)
{
	int32_t first = position * stride - pad;
	int32_t last = first + kernel;

	return (struct window){ first < 0 ? 0 : first, last > size ? size : last };
}

static int8_t average(const struct mnet_conv_args *a, struct window rows, struct window cols,
		      int32_t c)
{
	int64_t n = (int64_t)(rows.last - rows.first) * (cols.last - cols.first);
	int64_t sum = 0;
	int32_t iy, ix;

	for (iy = rows.first; iy < rows.last; iy++)
		for (ix = cols.first; ix < cols.last; ix++)
			sum += input(a, iy, ix, c) - a->in_zero_point;
	sum = (sum + (sum >= 0 ? n / 2 : -(n / 2))) / n;
	return clamp(sum + a->in_zero_point, a->act_min, a->act_max);
}

static int8_t largest(const struct mnet_conv_args *a, struct window rows, struct window cols,
		      int32_t c)
{
	int32_t max = INT8_MIN;
	int32_t iy, ix;

	for (iy = rows.first; iy < rows.last; iy++)
		for (ix = cols.first; ix < cols.last; ix++)
			if (input(a, iy, ix, c) > max)
				max = input(a, iy, ix, c);
	return clamp(max, a->act_min, a->act_max);
}

static void pool(const struct mnet_conv_args *a,
		 int8_t (*reduce)(const struct mnet_conv_args *, struct window, struct window,
				  int32_t))
{
	int32_t y, x, c;

	for (y = 0; y < a->out_h; y++) {
		struct window rows = window(y, a->stride_h, a->pad_top, a->kernel_h, a->in_h);

		for (x = 0; x < a->out_w; x++) {
			struct window cols = window(x, a->stride_w, a->pad_left, a->kernel_w,
						    a->in_w);

			for (c = 0; c < a->out_c; c++)
				*output(a, y, x, c) = reduce(a, rows, cols, c);
		}
	}
}

void mnet_engine_ref_avg_pool(const struct mnet_conv_args *a)
{
	pool(a, average);
}

void mnet_engine_ref_max_pool(const struct mnet_conv_args *a)
{
	pool(a, largest);
}

void mnet_engine_ref_add(const struct mnet_elementwise_args *a)
{
	size_t line, i;

	for (line = 0; line < a->n; line++) {
		const int8_t *in0 = a->in[0] + line * a->in_stride[0];
		const int8_t *in1 = a->in[1] + line * a->in_stride[1];
		int8_t *out = a->out + line * a->out_stride;

		for (i = 0; i < a->len; i++) {
			int32_t x0 = (in0[i] - a->in_zero_point[0]) * (1 << a->left_shift);
			int32_t x1 = (in1[i] - a->in_zero_point[1]) * (1 << a->left_shift);
			uint32_t sum = (uint32_t)mbqm(x0, a->multiplier[0], a->shift[0]) +
				       (uint32_t)mbqm(x1, a->multiplier[1], a->shift[1]);
			int64_t y = mbqm((int32_t)sum, a->out_multiplier, a->out_shift);

			out[i] = clamp(y + a->out_zero_point, a->act_min, a->act_max);
		}
	}
}

void mnet_engine_ref_rescale(const struct mnet_elementwise_args *a)
{
	size_t line, i;

	for (line = 0; line < a->n; line++) {
		const int8_t *in = a->in[0] + line * a->in_stride[0];
		int8_t *out = a->out + line * a->out_stride;

		for (i = 0; i < a->len; i++) {
			int64_t y = mbqm(in[i] - a->in_zero_point[0], a->multiplier[0],
					 a->shift[0]);

			out[i] = clamp(y + a->out_zero_point, a->act_min, a->act_max);
		}
	}
}
