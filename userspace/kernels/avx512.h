/* SPDX-License-Identifier: MIT */
/* Fixed-point arithmetic on 16 lanes of int32; see fixedpoint.h. */
#ifndef MNET_KERNELS_AVX512_H
#define MNET_KERNELS_AVX512_H

#include <immintrin.h>

#include "kernels/engine.h"

/* The first @n of 16 lanes, or all */
static inline __mmask16 lanes16(size_t n)
{
	return n >= 16 ? 0xffff : (__mmask16)((1u << n) - 1);
}

/* The first @n of 64 bytes, or all */
static inline __mmask64 lanes64(size_t n)
{
	return n >= 64 ? ~0ull : (1ull << n) - 1;
}

/*
 * mnet_srdhm(): (a * b + 2^30) >> 31 rounding down, which is the same. Even lanes
 * are taken from the product's bits 31..62, odd ones shifted up into their place.
 */
static inline __m512i srdhm16(__m512i a, __m512i b)
{
	const __m512i half = _mm512_set1_epi64(1 << 30);
	__m512i even = _mm512_add_epi64(_mm512_mul_epi32(a, b), half);
	__m512i odd = _mm512_add_epi64(_mm512_mul_epi32(_mm512_srli_epi64(a, 32),
							_mm512_srli_epi64(b, 32)), half);

	return _mm512_mask_blend_epi32(0xaaaa, _mm512_srli_epi64(even, 31),
				       _mm512_add_epi64(odd, odd));
}

/* mnet_rdbp() by 2^n for each lane */
static inline __m512i rdbp16(__m512i x, __m512i n)
{
	const __m512i one = _mm512_set1_epi32(1);
	__m512i mask = _mm512_sub_epi32(_mm512_sllv_epi32(one, n), one);
	__m512i threshold = _mm512_add_epi32(_mm512_srli_epi32(mask, 1),
					     _mm512_srli_epi32(x, 31));
	__mmask16 up = _mm512_cmpgt_epi32_mask(_mm512_and_si512(x, mask), threshold);
	__m512i y = _mm512_srav_epi32(x, n);

	return _mm512_mask_add_epi32(y, up, y, one);
}

/* A shift split into mnet_mbqm()'s left and right part */
struct shift16 {
	__m512i left, right;
};

static inline struct shift16 split16(__m512i shift)
{
	const __m512i zero = _mm512_setzero_si512();

	return (struct shift16){ _mm512_max_epi32(shift, zero),
				 _mm512_max_epi32(_mm512_sub_epi32(zero, shift), zero) };
}

static inline __m512i mbqm16(__m512i x, __m512i multiplier, struct shift16 shift)
{
	return rdbp16(srdhm16(_mm512_sllv_epi32(x, shift.left), multiplier), shift.right);
}

/**
 * struct out16 - from scaled values to bytes
 * @lo: act_min less the zero point: clamped before it is added, so no sum overflows
 * @hi: act_max likewise
 * @zero_point: of the output
 */
struct out16 {
	__m512i lo, hi, zero_point;
};

static inline struct out16 make_out16(int32_t zero_point, int32_t act_min, int32_t act_max)
{
	return (struct out16){ _mm512_set1_epi32(act_min - zero_point),
			       _mm512_set1_epi32(act_max - zero_point),
			       _mm512_set1_epi32(zero_point) };
}

static inline __m128i finish16(__m512i y, const struct out16 *out)
{
	y = _mm512_min_epi32(_mm512_max_epi32(y, out->lo), out->hi);
	return _mm512_cvtepi32_epi8(_mm512_add_epi32(y, out->zero_point));
}

#endif /* MNET_KERNELS_AVX512_H */
