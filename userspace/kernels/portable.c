// SPDX-License-Identifier: MIT
/*
 * The engines' arithmetic in plain C, with loops ordered for memory: any
 * processor, and what the vector versions leave to it.
 */
#include <endian.h>
#include <stdbool.h>
#include <string.h>

#include "kernels/fixedpoint.h"
#include "kernels/versions.h"

#define LANES		EDGETPU_CHANNEL_BLOCK
#define GROUP		EDGETPU_WEIGHT_DEPTH
#define MAX_DEPTH	4096	/* reduction steps gathered at a time, a multiple of GROUP */

#define gather_element	int8_t

static inline void gather_copy(int8_t *to, const int8_t *from, size_t n)
{
	memcpy(to, from, n);
}

static inline void gather_fill(int8_t *to, int32_t value, size_t n)
{
	memset(to, value, n);
}

#include "kernels/gather.h"

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Biased, scaled and stored: lane @lane of a block */
static void store(const struct mnet_conv_args *a, const struct edgetpu_channel_block *params,
		  size_t lane, uint32_t acc, int8_t *out)
{
	int64_t y = mnet_mbqm((int32_t)(acc + le32toh(params->bias[lane])),
			      (int32_t)le32toh(params->multiplier[lane]),
			      (int32_t)le32toh(params->shift[lane]));

	y += a->out_zero_point;
	*out = (int8_t)(y < a->act_min ? a->act_min : y > a->act_max ? a->act_max : y);
}

/* acc[] += the weights of a block, less their zero point, by @steps inputs */
static void multiply(const int8_t *weights, int32_t zero_point, const int8_t *x, size_t steps,
		     uint32_t acc[LANES])
{
	size_t k, c;

	for (k = 0; k + GROUP <= steps; k += GROUP, weights += LANES * GROUP)
		for (c = 0; c < LANES; c++) {
			const int8_t *w = weights + c * GROUP;

			acc[c] += (uint32_t)((w[0] - zero_point) * x[k] +
					     (w[1] - zero_point) * x[k + 1] +
					     (w[2] - zero_point) * x[k + 2] +
					     (w[3] - zero_point) * x[k + 3]);
		}
	for (c = 0; c < LANES; c++)
		for (size_t r = 0; k + r < steps; r++)
			acc[c] += (uint32_t)((weights[c * GROUP + r] - zero_point) * x[k + r]);
}

static void conv_pixel(const struct mnet_conv_args *a, int32_t y, int32_t x, size_t depth)
{
	size_t block_bytes = (depth + GROUP - 1) / GROUP * LANES * GROUP;
	int8_t *out = a->out + (size_t)y * a->out_row + (size_t)x * a->out_pixel;
	int8_t inputs[MAX_DEPTH];
	size_t channel, from, c;

	if (depth <= MAX_DEPTH)
		gather(a, y, x, 0, depth, inputs);
	for (channel = 0; channel < (size_t)a->out_c; channel += LANES) {
		const int8_t *weights = a->weights + channel / LANES * block_bytes;
		uint32_t acc[LANES] = { 0 };

		for (from = 0; from < depth; from += MAX_DEPTH) {
			size_t to = smaller(depth, from + MAX_DEPTH);

			if (depth > MAX_DEPTH)
				gather(a, y, x, from, to, inputs);
			multiply(weights + from * LANES, a->weight_zero_point, inputs, to - from,
				 acc);
		}
		for (c = 0; c < smaller(LANES, (size_t)a->out_c - channel); c++)
			store(a, &a->params[channel / LANES], c, acc[c], out + channel + c);
	}
}

void mnet_portable_conv(const struct mnet_conv_args *args)
{
	size_t depth = gather_depth(args);
	int32_t y, x;

	for (y = 0; y < args->out_h; y++)
		for (x = 0; x < args->out_w; x++)
			conv_pixel(args, y, x, depth);
}

/* acc[] += the taps of @n channels from @channel on */
static void depthwise_taps(const struct mnet_conv_args *a, int32_t y, int32_t x, size_t channel,
			   size_t n, uint32_t acc[LANES])
{
	size_t pitch = ((size_t)a->out_c + LANES - 1) / LANES * LANES;
	size_t repeat = (size_t)(a->out_c / a->in_c), c;
	const int8_t *w = a->weights + channel;
	int32_t ky, kx;

	for (ky = 0; ky < a->kernel_h; ky++) {
		int32_t iy = y * a->stride_h - a->pad_top + ky * a->dilation_h;

		for (kx = 0; kx < a->kernel_w; kx++, w += pitch) {
			int32_t ix = x * a->stride_w - a->pad_left + kx * a->dilation_w;
			bool padding = iy < 0 || iy >= a->in_h || ix < 0 || ix >= a->in_w;
			const int8_t *in = padding ? NULL : a->in + (size_t)iy * a->in_row +
					   (size_t)ix * a->in_pixel;

			for (c = 0; c < n; c++) {
				int32_t value = padding ? a->in_zero_point :
						in[(channel + c) / repeat];

				acc[c] += (uint32_t)((w[c] - a->weight_zero_point) * value);
			}
		}
	}
}

void mnet_portable_depthwise(const struct mnet_conv_args *args)
{
	int32_t y, x;
	size_t channel, c;

	for (y = 0; y < args->out_h; y++)
		for (x = 0; x < args->out_w; x++) {
			int8_t *out = args->out + (size_t)y * args->out_row +
				      (size_t)x * args->out_pixel;

			for (channel = 0; channel < (size_t)args->out_c; channel += LANES) {
				size_t n = smaller(LANES, (size_t)args->out_c - channel);
				uint32_t acc[LANES] = { 0 };

				depthwise_taps(args, y, x, channel, n, acc);
				for (c = 0; c < n; c++)
					store(args, &args->params[channel / LANES], c, acc[c],
					      out + channel + c);
			}
		}
}

void mnet_portable_add(const struct mnet_elementwise_args *args)
{
	int32_t table[2][256];
	size_t line, i;
	int v, k;

	/* An input byte has 256 values */
	for (k = 0; k < 2; k++)
		for (v = 0; v < 256; v++)
			table[k][v] = mnet_mbqm(((int8_t)v - args->in_zero_point[k]) *
						(1 << args->left_shift),
						args->multiplier[k], args->shift[k]);
	for (line = 0; line < args->n; line++) {
		const int8_t *in0 = args->in[0] + line * args->in_stride[0];
		const int8_t *in1 = args->in[1] + line * args->in_stride[1];
		int8_t *out = args->out + line * args->out_stride;

		for (i = 0; i < args->len; i++) {
			uint32_t sum = (uint32_t)table[0][(uint8_t)in0[i]] +
				       (uint32_t)table[1][(uint8_t)in1[i]];
			int64_t y = (int64_t)mnet_mbqm((int32_t)sum, args->out_multiplier,
						       args->out_shift) + args->out_zero_point;

			out[i] = (int8_t)(y < args->act_min ? args->act_min :
					  y > args->act_max ? args->act_max : y);
		}
	}
}

void mnet_portable_rescale(const struct mnet_elementwise_args *args)
{
	int8_t table[256];
	size_t line, i;
	int v;

	for (v = 0; v < 256; v++) {
		int64_t y = (int64_t)mnet_mbqm((int8_t)v - args->in_zero_point[0],
					       args->multiplier[0], args->shift[0]) +
			    args->out_zero_point;

		table[v] = (int8_t)(y < args->act_min ? args->act_min :
				    y > args->act_max ? args->act_max : y);
	}
	for (line = 0; line < args->n; line++) {
		const int8_t *in = args->in[0] + line * args->in_stride[0];
		int8_t *out = args->out + line * args->out_stride;

		for (i = 0; i < args->len; i++)
			out[i] = table[(uint8_t)in[i]];
	}
}
