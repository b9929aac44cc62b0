// SPDX-License-Identifier: MIT
/*
 * Depthwise convolution with AVX2, 8 channels at a time.
 */
#include "kernels/avx2.h"
#include "kernels/versions.h"

#define LANES		EDGETPU_CHANNEL_BLOCK
#define HALF		8

/**
 * struct plan - 8 channels of a call
 * @args: the call's
 * @channel: the first
 * @n: how many of the 8 there are
 */
struct plan {
	const struct mnet_conv_args *args;
	size_t channel;
	size_t n;
	__m256i bias, multiplier;
	struct shift8 shift;
	struct out8 out;
};

/* A tap's input by its weight less the zero point; both fit 16 bits */
static inline __m256i product(const struct plan *p, __m256i input, const int8_t *weight)
{
	__m256i w = load_bytes(weight, HALF);

	w = _mm256_sub_epi32(w, _mm256_set1_epi32(p->args->weight_zero_point));
	w = _mm256_and_si256(w, _mm256_set1_epi32(0xffff));
	return _mm256_madd_epi16(input, w);
}

static void pixel(const struct plan *p, int32_t y, int32_t x)
{
	const struct mnet_conv_args *a = p->args;
	size_t pitch = ((size_t)a->out_c + LANES - 1) / LANES * LANES;
	const __m256i padding = _mm256_set1_epi32(a->in_zero_point);
	const int8_t *w = a->weights + p->channel;
	__m256i acc = p->bias;
	int32_t ky, kx;

	for (ky = 0; ky < a->kernel_h; ky++) {
		int32_t iy = y * a->stride_h - a->pad_top + ky * a->dilation_h;

		for (kx = 0; kx < a->kernel_w; kx++, w += pitch) {
			int32_t ix = x * a->stride_w - a->pad_left + kx * a->dilation_w;
			__m256i input = padding;

			if (iy >= 0 && iy < a->in_h && ix >= 0 && ix < a->in_w)
				input = load_bytes(a->in + (size_t)iy * a->in_row +
						   (size_t)ix * a->in_pixel + p->channel, p->n);
			acc = _mm256_add_epi32(acc, product(p, input, w));
		}
	}
	acc = mbqm8(acc, p->multiplier, p->shift);
	store_bytes(a->out + (size_t)y * a->out_row + (size_t)x * a->out_pixel + p->channel,
		    finish8(acc, &p->out), p->n);
}

void mnet_avx2_depthwise(const struct mnet_conv_args *args)
{
	struct plan p = { .args = args };
	int32_t y, x;

	/* Channel multipliers are rare */
	if (args->in_c != args->out_c) {
		mnet_portable_depthwise(args);
		return;
	}
	p.out = make_out8(args->out_zero_point, args->act_min, args->act_max);
	for (p.channel = 0; p.channel < (size_t)args->out_c; p.channel += HALF) {
		const struct edgetpu_channel_block *params = &args->params[p.channel / LANES];
		size_t lane = p.channel % LANES;

		p.n = (size_t)args->out_c - p.channel;
		p.bias = _mm256_loadu_si256((const __m256i *)&params->bias[lane]);
		p.multiplier = _mm256_loadu_si256((const __m256i *)&params->multiplier[lane]);
		p.shift = split8(_mm256_loadu_si256((const __m256i *)&params->shift[lane]));
		for (y = 0; y < args->out_h; y++)
			for (x = 0; x < args->out_w; x++)
				pixel(&p, y, x);
	}
}
