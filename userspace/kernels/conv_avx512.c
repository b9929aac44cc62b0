// SPDX-License-Identifier: MIT
/*
 * Convolution with AVX-512 VNNI. A tile is 6 output pixels by 64 channels: 24
 * accumulators of 16 lanes. vpdpbusd multiplies unsigned by signed bytes, so
 * inputs are gathered with bit 7 flipped, as x + 128, and the 128 * sum(w) too
 * much of each channel is taken off its bias. The weights' zero point costs one
 * sum of inputs a pixel:
 *
 *	sum (w - wz) * x = sum w * (x + 128) - 128 * sum w - wz * sum x
 */
#include "kernels/avx512.h"
#include "kernels/versions.h"

#define PIXELS		6
#define BLOCKS		4	/* of 16 channels */
#define MAX_DEPTH	4096	/* reduction steps gathered at a time */
#define MAX_BLOCKS	128	/* whose biases are kept at a time */
#define LANES		EDGETPU_CHANNEL_BLOCK
#define GROUP		EDGETPU_WEIGHT_DEPTH

#define gather_element	uint8_t

static inline void gather_copy(uint8_t *to, const int8_t *from, size_t n)
{
	const __m512i flip = _mm512_set1_epi8((char)0x80);

	while (n >= 64) {
		_mm512_storeu_si512(to, _mm512_xor_si512(_mm512_loadu_si512(from), flip));
		to += 64;
		from += 64;
		n -= 64;
	}
	if (n) {
		__mmask64 mask = lanes64(n);

		_mm512_mask_storeu_epi8(to, mask, _mm512_xor_si512(
				_mm512_maskz_loadu_epi8(mask, from), flip));
	}
}

static inline void gather_fill(uint8_t *to, int32_t value, size_t n)
{
	__builtin_memset(to, value ^ 0x80, n);
}

#include "kernels/gather.h"

/**
 * struct tile - output pixels being computed
 * @rows: their inputs, bit 7 flipped; zero beyond the depth
 * @sums: weight zero point * sum of each pixel's inputs
 * @out: where their channel 0 goes
 * @pixels: how many, 1..PIXELS
 */
struct tile {
	uint8_t rows[PIXELS][MAX_DEPTH] __attribute__((aligned(64)));
	int32_t sums[PIXELS];
	int8_t *out[PIXELS];
	int pixels;
};

/**
 * struct plan - what does not change during a call
 * @args: the call's
 * @depth: reduction steps
 * @groups: of 4 steps
 * @block_bytes: from a block's weights to the next's
 * @out: zero point and clamping
 */
struct plan {
	const struct mnet_conv_args *args;
	size_t depth;
	size_t groups;
	size_t block_bytes;
	struct out16 out;
};

/* 128 * the sum of a block's weights */
static __m512i sum_weights(const struct plan *p, const int8_t *weights)
{
	__m512i all = _mm512_set1_epi8((char)128);
	__m512i sum0 = _mm512_setzero_si512(), sum1 = sum0;
	size_t whole = p->depth / GROUP, rest = p->depth % GROUP, g;

	for (g = 0; g + 2 <= whole; g += 2) {
		sum0 = _mm512_dpbusd_epi32(sum0, all, _mm512_load_si512(weights + g * 64));
		sum1 = _mm512_dpbusd_epi32(sum1, all, _mm512_load_si512(weights + g * 64 + 64));
	}
	for (; g < whole; g++)
		sum0 = _mm512_dpbusd_epi32(sum0, all, _mm512_load_si512(weights + g * 64));
	if (rest) {
		all = _mm512_set1_epi32((int)(0x80808080u >> (8 * (GROUP - rest))));
		sum0 = _mm512_dpbusd_epi32(sum0, all, _mm512_load_si512(weights + g * 64));
	}
	return _mm512_add_epi32(sum0, sum1);
}

static inline int broadcast4(const uint8_t *row, size_t group)
{
	int four;

	__builtin_memcpy(&four, row + group * GROUP, GROUP);
	return four;
}

static inline __attribute__((always_inline)) void
multiply(const struct tile *t, const int8_t *weights, size_t block_bytes, size_t groups,
	 __m512i acc[PIXELS][BLOCKS], const int pixels, const int blocks)
{
	size_t g;
	int i, j;

	for (g = 0; g < groups; g++) {
		__m512i w[BLOCKS];

#pragma GCC unroll 4
		for (j = 0; j < blocks; j++)
			w[j] = _mm512_load_si512(weights + (size_t)j * block_bytes + g * 64);
#pragma GCC unroll 6
		for (i = 0; i < pixels; i++) {
			__m512i x = _mm512_set1_epi32(broadcast4(t->rows[i], g));

#pragma GCC unroll 4
			for (j = 0; j < blocks; j++)
				acc[i][j] = _mm512_dpbusd_epi32(acc[i][j], x, w[j]);
		}
	}
}

/* Biased, scaled and stored: @n channels of a block */
static inline __attribute__((always_inline)) void store(const struct plan *p, const struct tile *t,
	int pixel, __m512i acc, __m512i bias, const struct edgetpu_channel_block *params,
	size_t channel, size_t n)
{
	__m512i y = _mm512_add_epi32(acc, bias);

	y = _mm512_sub_epi32(y, _mm512_set1_epi32(t->sums[pixel]));
	y = mbqm16(y, _mm512_loadu_si512(params->multiplier),
		   split16(_mm512_loadu_si512(params->shift)));
	_mm_mask_storeu_epi8(t->out[pixel] + channel, lanes16(n), finish16(y, &p->out));
}

/* @blocks blocks from @block on; @partial: sums of the steps before, @last: no more follow */
static inline __attribute__((always_inline)) void
compute(const struct plan *p, const struct tile *t, size_t block, const int8_t *weights,
	size_t groups, const int32_t *bias, int32_t (*partial)[BLOCKS * LANES], bool last,
	const int pixels, const int blocks)
{
	const struct mnet_conv_args *a = p->args;
	__m512i acc[PIXELS][BLOCKS];
	int i, j;

#pragma GCC unroll 6
	for (i = 0; i < pixels; i++)
#pragma GCC unroll 4
		for (j = 0; j < blocks; j++)
			acc[i][j] = partial ? _mm512_loadu_si512(&partial[i][j * LANES]) :
				    _mm512_setzero_si512();
	multiply(t, weights, p->block_bytes, groups, acc, pixels, blocks);
#pragma GCC unroll 4
	for (j = 0; j < blocks; j++) {
		size_t channel = (block + (size_t)j) * LANES;

#pragma GCC unroll 6
		for (i = 0; i < pixels; i++) {
			if (last)
				store(p, t, i, acc[i][j], _mm512_loadu_si512(bias + j * LANES),
				      &a->params[block + (size_t)j], channel,
				      (size_t)a->out_c - channel);
			else
				_mm512_storeu_si512(&partial[i][j * LANES], acc[i][j]);
		}
	}
}

typedef void compute_fn(const struct plan *p, const struct tile *t, size_t block,
			const int8_t *weights, size_t groups, const int32_t *bias,
			int32_t (*partial)[BLOCKS * LANES], bool last);

#define COMPUTE(m, n)									\
	static void compute_##m##_##n(const struct plan *p, const struct tile *t,		\
				      size_t block, const int8_t *weights, size_t groups,	\
				      const int32_t *bias,					\
				      int32_t (*partial)[BLOCKS * LANES], bool last)		\
	{										\
		compute(p, t, block, weights, groups, bias, partial, last, m, n);		\
	}

COMPUTE(1, 1) COMPUTE(1, 2) COMPUTE(1, 3) COMPUTE(1, 4)
COMPUTE(2, 1) COMPUTE(2, 2) COMPUTE(2, 3) COMPUTE(2, 4)
COMPUTE(3, 1) COMPUTE(3, 2) COMPUTE(3, 3) COMPUTE(3, 4)
COMPUTE(4, 1) COMPUTE(4, 2) COMPUTE(4, 3) COMPUTE(4, 4)
COMPUTE(5, 1) COMPUTE(5, 2) COMPUTE(5, 3) COMPUTE(5, 4)
COMPUTE(6, 1) COMPUTE(6, 2) COMPUTE(6, 3) COMPUTE(6, 4)

#define ROW(m)	{ compute_##m##_1, compute_##m##_2, compute_##m##_3, compute_##m##_4 }

static compute_fn *const computes[PIXELS][BLOCKS] = {
	ROW(1), ROW(2), ROW(3), ROW(4), ROW(5), ROW(6),
};

/* Gathers steps [from, to) of the tile's pixels, the first of which is number @pixel */
static void fill_tile(const struct plan *p, struct tile *t, size_t pixel, size_t from, size_t to)
{
	const struct mnet_conv_args *a = p->args;
	int i;

	for (i = 0; i < t->pixels; i++) {
		int32_t y = (int32_t)((pixel + (size_t)i) / (size_t)a->out_w);
		int32_t x = (int32_t)((pixel + (size_t)i) % (size_t)a->out_w);
		size_t n = to - from;

		t->out[i] = a->out + (size_t)y * a->out_row + (size_t)x * a->out_pixel;
		gather(a, y, x, from, to, t->rows[i]);
		if (n % 64)
			__builtin_memset(t->rows[i] + n, 0, 64 - n % 64);
	}
}

/* sums[]: += weight zero point * sum of the inputs gathered */
static void sum_inputs(const struct plan *p, struct tile *t, size_t steps)
{
	const __m512i zero = _mm512_setzero_si512();
	size_t k;
	int i;

	for (i = 0; i < t->pixels; i++) {
		__m512i sum = zero;
		int64_t total;

		for (k = 0; k < steps; k += 64)
			sum = _mm512_add_epi64(sum, _mm512_sad_epu8(
					_mm512_load_si512(t->rows[i] + k), zero));
		total = _mm512_reduce_add_epi64(sum) - 128 * (int64_t)steps;
		t->sums[i] = (int32_t)((uint32_t)t->sums[i] +
				       (uint32_t)p->args->weight_zero_point * (uint32_t)total);
	}
}

static void clear_sums(struct tile *t)
{
	int i;

	for (i = 0; i < t->pixels; i++)
		t->sums[i] = 0;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* bias[] of @blocks blocks from @block on, without what the flipped inputs add */
static void prepare_bias(const struct plan *p, size_t block, size_t blocks, int32_t *bias)
{
	const struct mnet_conv_args *a = p->args;
	size_t i;

	for (i = 0; i < blocks; i++)
		_mm512_storeu_si512(bias + i * LANES, _mm512_sub_epi32(
			_mm512_loadu_si512(a->params[block + i].bias),
			sum_weights(p, a->weights + (block + i) * p->block_bytes)));
}

/* All steps fit the tile: gathered once for all blocks [first, end) */
static void conv_blocks(const struct plan *p, struct tile *t, size_t first, size_t end)
{
	const struct mnet_conv_args *a = p->args;
	size_t pixels = (size_t)a->out_h * (size_t)a->out_w, pixel, block;
	int32_t bias[MAX_BLOCKS * LANES] __attribute__((aligned(64)));

	for (pixel = 0; pixel < pixels; pixel += PIXELS) {
		t->pixels = (int)smaller(PIXELS, pixels - pixel);
		fill_tile(p, t, pixel, 0, p->depth);
		clear_sums(t);
		if (a->weight_zero_point)
			sum_inputs(p, t, p->depth);
		for (block = first; block < end; block += BLOCKS) {
			size_t n = smaller(BLOCKS, end - block);
			int32_t *b = bias + (block - first) * LANES;

			/* With the first pixels, while the weights come into the cache */
			if (!pixel)
				prepare_bias(p, block, n, b);
			computes[t->pixels - 1][n - 1](p, t, block,
						       a->weights + block * p->block_bytes,
						       p->groups, b, NULL, true);
		}
	}
}

/* Very deep reductions: in parts, with sums in between, @n blocks at a time */
static void conv_deep(const struct plan *p, struct tile *t, size_t block, size_t n)
{
	const struct mnet_conv_args *a = p->args;
	size_t pixels = (size_t)a->out_h * (size_t)a->out_w, pixel, from;
	int32_t partial[PIXELS][BLOCKS * LANES];
	int32_t bias[BLOCKS * LANES];

	prepare_bias(p, block, n, bias);
	for (pixel = 0; pixel < pixels; pixel += PIXELS) {
		t->pixels = (int)smaller(PIXELS, pixels - pixel);
		clear_sums(t);
		__builtin_memset(partial, 0, sizeof(partial));
		for (from = 0; from < p->depth; from += MAX_DEPTH) {
			size_t to = smaller(p->depth, from + MAX_DEPTH);

			fill_tile(p, t, pixel, from, to);
			if (a->weight_zero_point)
				sum_inputs(p, t, to - from);
			computes[t->pixels - 1][n - 1](p, t, block,
				a->weights + block * p->block_bytes + from / GROUP * 64,
				(to - from + GROUP - 1) / GROUP, bias, partial, to == p->depth);
		}
	}
}

void mnet_avx512_conv(const struct mnet_conv_args *args)
{
	size_t depth = gather_depth(args), groups = (depth + GROUP - 1) / GROUP;
	size_t blocks = ((size_t)args->out_c + LANES - 1) / LANES, block;
	const struct plan p = {
		.args = args,
		.depth = depth,
		.groups = groups,
		.block_bytes = groups * LANES * GROUP,
		.out = make_out16(args->out_zero_point, args->act_min, args->act_max),
	};
	struct tile t;

	if (depth <= MAX_DEPTH)
		for (block = 0; block < blocks; block += MAX_BLOCKS)
			conv_blocks(&p, &t, block, smaller(blocks, block + MAX_BLOCKS));
	else
		for (block = 0; block < blocks; block += BLOCKS)
			conv_deep(&p, &t, block, smaller(BLOCKS, blocks - block));
}
