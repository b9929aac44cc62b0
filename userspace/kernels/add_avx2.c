// SPDX-License-Identifier: MIT
/*
 * Addition with AVX2, 8 elements at a time.
 */
#include "kernels/avx2.h"
#include "kernels/versions.h"

struct side {
	__m256i zero_point, multiplier;
	struct shift8 shift;
};

static struct side make_side(int32_t zero_point, int32_t multiplier, int32_t shift)
{
	return (struct side){ _mm256_set1_epi32(zero_point), _mm256_set1_epi32(multiplier),
			      split8(_mm256_set1_epi32(shift)) };
}

static inline __m256i scaled(const struct side *s, const int8_t *in, size_t n, __m256i left_shift)
{
	__m256i x = _mm256_sub_epi32(load_bytes(in, n), s->zero_point);

	return mbqm8(_mm256_sllv_epi32(x, left_shift), s->multiplier, s->shift);
}

void mnet_avx2_add(const struct mnet_elementwise_args *a)
{
	const struct side in0 = make_side(a->in_zero_point[0], a->multiplier[0], a->shift[0]);
	const struct side in1 = make_side(a->in_zero_point[1], a->multiplier[1], a->shift[1]);
	const struct side sum = make_side(0, a->out_multiplier, a->out_shift);
	const struct out8 out = make_out8(a->out_zero_point, a->act_min, a->act_max);
	const __m256i left_shift = _mm256_set1_epi32(a->left_shift);
	size_t line, i;

	for (line = 0; line < a->n; line++) {
		const int8_t *from0 = a->in[0] + line * a->in_stride[0];
		const int8_t *from1 = a->in[1] + line * a->in_stride[1];
		int8_t *to = a->out + line * a->out_stride;

		for (i = 0; i < a->len; i += 8) {
			size_t n = a->len - i;
			__m256i y = _mm256_add_epi32(scaled(&in0, from0 + i, n, left_shift),
						     scaled(&in1, from1 + i, n, left_shift));

			y = mbqm8(y, sum.multiplier, sum.shift);
			store_bytes(to + i, finish8(y, &out), n);
		}
	}
}
