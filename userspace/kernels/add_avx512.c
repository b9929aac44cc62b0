// SPDX-License-Identifier: MIT
/*
 * Addition with AVX-512, 16 elements at a time.
 */
#include "kernels/avx512.h"
#include "kernels/versions.h"

struct side {
	__m512i zero_point, multiplier;
	struct shift16 shift;
};

static struct side make_side(int32_t zero_point, int32_t multiplier, int32_t shift)
{
	return (struct side){ _mm512_set1_epi32(zero_point), _mm512_set1_epi32(multiplier),
			      split16(_mm512_set1_epi32(shift)) };
}

static inline __m512i scaled(const struct side *s, const int8_t *in, __mmask16 lanes,
			     __m512i left_shift)
{
	__m512i x = _mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(lanes, in));

	x = _mm512_sllv_epi32(_mm512_sub_epi32(x, s->zero_point), left_shift);
	return mbqm16(x, s->multiplier, s->shift);
}

void mnet_avx512_add(const struct mnet_elementwise_args *a)
{
	const struct side in0 = make_side(a->in_zero_point[0], a->multiplier[0], a->shift[0]);
	const struct side in1 = make_side(a->in_zero_point[1], a->multiplier[1], a->shift[1]);
	const struct side sum = make_side(0, a->out_multiplier, a->out_shift);
	const struct out16 out = make_out16(a->out_zero_point, a->act_min, a->act_max);
	const __m512i left_shift = _mm512_set1_epi32(a->left_shift);
	size_t line, i;

	for (line = 0; line < a->n; line++) {
		const int8_t *from0 = a->in[0] + line * a->in_stride[0];
		const int8_t *from1 = a->in[1] + line * a->in_stride[1];
		int8_t *to = a->out + line * a->out_stride;

		for (i = 0; i < a->len; i += 16) {
			__mmask16 lanes = lanes16(a->len - i);
			__m512i y = _mm512_add_epi32(scaled(&in0, from0 + i, lanes, left_shift),
						     scaled(&in1, from1 + i, lanes, left_shift));

			y = mbqm16(y, sum.multiplier, sum.shift);
			_mm_mask_storeu_epi8(to + i, lanes, finish16(y, &out));
		}
	}
}
