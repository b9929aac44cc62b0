/* SPDX-License-Identifier: MIT */
/* Fixed-point arithmetic on 8 lanes of int32; see fixedpoint.h and avx512.h. */
#ifndef MNET_KERNELS_AVX2_H
#define MNET_KERNELS_AVX2_H

#include <immintrin.h>

#include "kernels/engine.h"

static inline __m256i srdhm8(__m256i a, __m256i b)
{
	const __m256i half = _mm256_set1_epi64x(1 << 30);
	__m256i even = _mm256_add_epi64(_mm256_mul_epi32(a, b), half);
	__m256i odd = _mm256_add_epi64(_mm256_mul_epi32(_mm256_srli_epi64(a, 32),
							_mm256_srli_epi64(b, 32)), half);

	return _mm256_blend_epi32(_mm256_srli_epi64(even, 31), _mm256_add_epi64(odd, odd), 0xaa);
}

static inline __m256i rdbp8(__m256i x, __m256i n)
{
	const __m256i one = _mm256_set1_epi32(1);
	__m256i mask = _mm256_sub_epi32(_mm256_sllv_epi32(one, n), one);
	__m256i threshold = _mm256_add_epi32(_mm256_srli_epi32(mask, 1),
					     _mm256_srli_epi32(x, 31));
	__m256i up = _mm256_cmpgt_epi32(_mm256_and_si256(x, mask), threshold);

	/* A lane that compares true is -1 */
	return _mm256_sub_epi32(_mm256_srav_epi32(x, n), up);
}

struct shift8 {
	__m256i left, right;
};

static inline struct shift8 split8(__m256i shift)
{
	const __m256i zero = _mm256_setzero_si256();

	return (struct shift8){ _mm256_max_epi32(shift, zero),
				_mm256_max_epi32(_mm256_sub_epi32(zero, shift), zero) };
}

static inline __m256i mbqm8(__m256i x, __m256i multiplier, struct shift8 shift)
{
	return rdbp8(srdhm8(_mm256_sllv_epi32(x, shift.left), multiplier), shift.right);
}

struct out8 {
	__m256i lo, hi, zero_point;
};

static inline struct out8 make_out8(int32_t zero_point, int32_t act_min, int32_t act_max)
{
	return (struct out8){ _mm256_set1_epi32(act_min - zero_point),
			      _mm256_set1_epi32(act_max - zero_point),
			      _mm256_set1_epi32(zero_point) };
}

/* 8 bytes, the first lane lowest */
static inline uint64_t finish8(__m256i y, const struct out8 *out)
{
	__m128i half;

	y = _mm256_min_epi32(_mm256_max_epi32(y, out->lo), out->hi);
	y = _mm256_add_epi32(y, out->zero_point);
	half = _mm_packs_epi32(_mm256_castsi256_si128(y), _mm256_extracti128_si256(y, 1));
	return (uint64_t)_mm_cvtsi128_si64(_mm_packs_epi16(half, half));
}

/* The first @n bytes of a result, at most 8 */
static inline void store_bytes(int8_t *out, uint64_t bytes, size_t n)
{
	if (n >= 8) {
		__builtin_memcpy(out, &bytes, 8);
		return;
	}
	for (; n; n--, bytes >>= 8)
		*out++ = (int8_t)bytes;
}

/* The first @n bytes, at most 8, widened; nothing beyond them is read */
static inline __m256i load_bytes(const int8_t *in, size_t n)
{
	uint64_t bytes = 0;

	if (n >= 8)
		__builtin_memcpy(&bytes, in, 8);
	else
		for (; n; n--)
			bytes = bytes << 8 | (uint8_t)in[n - 1];
	return _mm256_cvtepi8_epi32(_mm_cvtsi64_si128((int64_t)bytes));
}

#endif /* MNET_KERNELS_AVX2_H */
