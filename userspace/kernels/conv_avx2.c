// SPDX-License-Identifier: MIT
/*
 * Convolution with AVX2. Inputs and weights are widened to 16 bits, the weights'
 * zero point taken off, and pairs of products added up by vpmaddwd, which is
 * exact. A vector holds 4 channels by 2 pairs; a tile is 2 pixels by 16 channels.
 */
#include "kernels/avx2.h"
#include "kernels/versions.h"

#define PIXELS		2
#define LANES		EDGETPU_CHANNEL_BLOCK
#define GROUP		EDGETPU_WEIGHT_DEPTH
#define QUARTERS	4	/* vectors of a block */
#define MAX_DEPTH	4096	/* reduction steps gathered at a time, a multiple of GROUP */

#define gather_element	int16_t

static inline void gather_copy(int16_t *to, const int8_t *from, size_t n)
{
	for (; n >= 16; n -= 16, to += 16, from += 16)
		_mm256_storeu_si256((__m256i *)to, _mm256_cvtepi8_epi16(
				_mm_loadu_si128((const __m128i *)from)));
	for (; n; n--)
		*to++ = *from++;
}

static inline void gather_fill(int16_t *to, int32_t value, size_t n)
{
	for (; n; n--)
		*to++ = (int16_t)value;
}

#include "kernels/gather.h"

/**
 * struct tile - output pixels being computed
 * @rows: their inputs; zero beyond the depth up to a whole group
 * @out: where their channel 0 goes
 * @pixels: how many, 1..PIXELS
 */
struct tile {
	int16_t rows[PIXELS][MAX_DEPTH] __attribute__((aligned(32)));
	int8_t *out[PIXELS];
	int pixels;
};

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Steps [from, to) of the tile's pixels, the first of which is number @pixel */
static void fill_tile(const struct mnet_conv_args *a, struct tile *t, size_t pixel, size_t from,
		      size_t to)
{
	int i;

	for (i = 0; i < t->pixels; i++) {
		int32_t y = (int32_t)((pixel + (size_t)i) / (size_t)a->out_w);
		int32_t x = (int32_t)((pixel + (size_t)i) % (size_t)a->out_w);
		size_t n;

		t->out[i] = a->out + (size_t)y * a->out_row + (size_t)x * a->out_pixel;
		gather(a, y, x, from, to, t->rows[i]);
		for (n = to - from; n % GROUP; n++)
			t->rows[i][n] = 0;
	}
}

/* acc[pixel][quarter] += @groups groups of a block's weights by the tile's inputs */
static inline __attribute__((always_inline)) void
multiply(const struct tile *t, const int8_t *weights, __m256i zero_point, size_t groups,
	 __m256i acc[PIXELS][QUARTERS], const int pixels)
{
	size_t g;
	int i, q;

	for (g = 0; g < groups; g++, weights += LANES * GROUP) {
		__m256i w[QUARTERS];

#pragma GCC unroll 4
		for (q = 0; q < QUARTERS; q++)
			w[q] = _mm256_sub_epi16(_mm256_cvtepi8_epi16(_mm_load_si128(
					(const __m128i *)(weights + q * 16))), zero_point);
#pragma GCC unroll 2
		for (i = 0; i < pixels; i++) {
			int64_t four;
			__m256i x;

			__builtin_memcpy(&four, &t->rows[i][g * GROUP], sizeof(four));
			x = _mm256_set1_epi64x(four);
#pragma GCC unroll 4
			for (q = 0; q < QUARTERS; q++)
				acc[i][q] = _mm256_add_epi32(acc[i][q],
							     _mm256_madd_epi16(x, w[q]));
		}
	}
}

/* Channels 8 * half .. 8 * half + 7 of a block: pairs added, in order */
static inline __m256i channels8(const __m256i acc[QUARTERS], int half)
{
	return _mm256_permute4x64_epi64(_mm256_hadd_epi32(acc[2 * half], acc[2 * half + 1]), 0xd8);
}

static void store(const struct mnet_conv_args *a, const struct out8 *out, size_t block,
		  const __m256i acc[QUARTERS], int8_t *to)
{
	const struct edgetpu_channel_block *params = &a->params[block];
	size_t channel = block * LANES;
	int half;

	for (half = 0; half < 2 && channel < (size_t)a->out_c; half++, channel += 8) {
		const __m256i *bias = (const __m256i *)&params->bias[8 * half];
		const __m256i *multiplier = (const __m256i *)&params->multiplier[8 * half];
		const __m256i *shift = (const __m256i *)&params->shift[8 * half];
		__m256i y = _mm256_add_epi32(channels8(acc, half), _mm256_loadu_si256(bias));

		y = mbqm8(y, _mm256_loadu_si256(multiplier), split8(_mm256_loadu_si256(shift)));
		store_bytes(to + channel, finish8(y, out), (size_t)a->out_c - channel);
	}
}

static void tile_block(const struct mnet_conv_args *a, const struct out8 *out, struct tile *t,
		       size_t pixel, size_t block, size_t depth)
{
	const int8_t *weights = a->weights + block * ((depth + GROUP - 1) / GROUP) * LANES * GROUP;
	const __m256i zero_point = _mm256_set1_epi16((int16_t)a->weight_zero_point);
	__m256i acc[PIXELS][QUARTERS] = { 0 };
	size_t from;
	int i;

	for (from = 0; from < depth; from += MAX_DEPTH) {
		size_t to = smaller(depth, from + MAX_DEPTH);
		size_t groups = (to - from + GROUP - 1) / GROUP;

		if (depth > MAX_DEPTH)
			fill_tile(a, t, pixel, from, to);
		if (t->pixels == PIXELS)
			multiply(t, weights + from * LANES, zero_point, groups, acc, PIXELS);
		else
			multiply(t, weights + from * LANES, zero_point, groups, acc, 1);
	}
	for (i = 0; i < t->pixels; i++)
		store(a, out, block, acc[i], t->out[i]);
}

void mnet_avx2_conv(const struct mnet_conv_args *args)
{
	const struct out8 out = make_out8(args->out_zero_point, args->act_min, args->act_max);
	size_t pixels = (size_t)args->out_h * (size_t)args->out_w, pixel, block;
	size_t blocks = ((size_t)args->out_c + LANES - 1) / LANES;
	size_t depth = gather_depth(args);
	struct tile t;

	for (pixel = 0; pixel < pixels; pixel += PIXELS) {
		t.pixels = (int)smaller(PIXELS, pixels - pixel);
		if (depth <= MAX_DEPTH)
			fill_tile(args, &t, pixel, 0, depth);
		for (block = 0; block < blocks; block++)
			tile_block(args, &out, &t, pixel, block, depth);
	}
}
