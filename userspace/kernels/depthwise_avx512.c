// SPDX-License-Identifier: MIT
/*
 * Depthwise convolution with AVX-512 VNNI: 16 channels at a time, whose weights
 * are widened once. vpdpwssd on an input's int32 lanes multiplies its low half
 * by the weight and its high half by 0.
 */
#include "kernels/avx512.h"
#include "kernels/versions.h"

#define MAX_TAPS	64
#define LANES		EDGETPU_CHANNEL_BLOCK

/**
 * struct plan - 16 channels of a call
 * @args: the call's
 * @in: the channels in input (0, 0)
 * @lanes: which of the 16 there are
 * @taps: filter size
 * @offset: bytes from the first tap's input to each tap's
 * @weights: of each tap, less the zero point, in the lanes' low halves
 * @padding: bytes that are the input's zero point
 */
struct plan {
	const struct mnet_conv_args *args;
	const int8_t *in;
	__mmask16 lanes;
	int taps;
	ptrdiff_t offset[MAX_TAPS];
	__m512i weights[MAX_TAPS];
	__m512i bias, multiplier;
	struct shift16 shift;
	struct out16 out;
	int8_t padding[LANES];
};

static void load_block(struct plan *p, size_t block)
{
	const struct mnet_conv_args *a = p->args;
	size_t pitch = ((size_t)a->out_c + LANES - 1) / LANES * LANES;
	const __m512i zero_point = _mm512_set1_epi32(a->weight_zero_point);
	const struct edgetpu_channel_block *params = &a->params[block];
	int t;

	p->in = a->in + block * LANES;
	p->lanes = lanes16((size_t)a->out_c - block * LANES);
	for (t = 0; t < p->taps; t++) {
		__m512i w = _mm512_cvtepi8_epi32(_mm_load_si128((const __m128i *)
				(a->weights + (size_t)t * pitch + block * LANES)));

		p->weights[t] = _mm512_and_si512(_mm512_sub_epi32(w, zero_point),
						 _mm512_set1_epi32(0xffff));
	}
	p->bias = _mm512_loadu_si512(params->bias);
	p->multiplier = _mm512_loadu_si512(params->multiplier);
	p->shift = split16(_mm512_loadu_si512(params->shift));
}

static inline __m512i load_input(const struct plan *p, const int8_t *from)
{
	return _mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(p->lanes, from));
}

static inline void store(const struct plan *p, __m512i acc, int8_t *out)
{
	__m512i y = mbqm16(acc, p->multiplier, p->shift);

	_mm_mask_storeu_epi8(out, p->lanes, finish16(y, &p->out));
}

/* @n pixels whose taps are all inside; @in: the first one's first tap */
static void inside(const struct plan *p, const int8_t *in, size_t in_step, int8_t *out,
		   size_t out_step, int32_t n)
{
	int32_t i = 0;
	int t;

	/* Two at a time: each hides the other's latency */
	for (; i + 2 <= n; i += 2) {
		__m512i acc0 = p->bias, acc1 = p->bias;

		for (t = 0; t < p->taps; t++) {
			const int8_t *at = in + p->offset[t];

			acc0 = _mm512_dpwssd_epi32(acc0, load_input(p, at), p->weights[t]);
			acc1 = _mm512_dpwssd_epi32(acc1, load_input(p, at + in_step),
						   p->weights[t]);
		}
		store(p, acc0, out);
		store(p, acc1, out + out_step);
		in += 2 * in_step;
		out += 2 * out_step;
	}
	for (; i < n; i++) {
		__m512i acc = p->bias;

		for (t = 0; t < p->taps; t++)
			acc = _mm512_dpwssd_epi32(acc, load_input(p, in + p->offset[t]),
						  p->weights[t]);
		store(p, acc, out);
		in += in_step;
		out += out_step;
	}
}

/* A pixel at the border, whose first tap is at input (iy, ix) */
static void border(const struct plan *p, int32_t iy, int32_t ix, int8_t *out)
{
	const struct mnet_conv_args *a = p->args;
	__m512i acc = p->bias;
	int t = 0;
	int32_t ky, kx;

	for (ky = 0; ky < a->kernel_h; ky++) {
		int32_t py = iy + ky * a->dilation_h;

		for (kx = 0; kx < a->kernel_w; kx++, t++) {
			int32_t px = ix + kx * a->dilation_w;
			const int8_t *from = p->padding;

			if (py >= 0 && py < a->in_h && px >= 0 && px < a->in_w)
				from = p->in + (size_t)py * a->in_row + (size_t)px * a->in_pixel;
			acc = _mm512_dpwssd_epi32(acc, load_input(p, from), p->weights[t]);
		}
	}
	store(p, acc, out);
}

/* Outputs [*first, *last) of @out have all taps inside @in */
static void inner_range(int32_t out, int32_t in, int32_t stride, int32_t pad, int32_t extent,
			int32_t *first, int32_t *last)
{
	int32_t end = in - extent + pad;

	*first = pad > 0 ? (pad + stride - 1) / stride : 0;
	*last = end < 0 ? 0 : end / stride + 1;
	if (*last > out)
		*last = out;
	if (*first > *last)
		*first = *last;
}

static void block_rows(const struct plan *p, int8_t *out)
{
	const struct mnet_conv_args *a = p->args;
	int32_t y, x, x0, x1, y0, y1;

	inner_range(a->out_h, a->in_h, a->stride_h, a->pad_top,
		    (a->kernel_h - 1) * a->dilation_h + 1, &y0, &y1);
	inner_range(a->out_w, a->in_w, a->stride_w, a->pad_left,
		    (a->kernel_w - 1) * a->dilation_w + 1, &x0, &x1);
	for (y = 0; y < a->out_h; y++) {
		int32_t iy = y * a->stride_h - a->pad_top;
		int32_t from = x0, to = x1;

		if (y < y0 || y >= y1)
			from = to = 0;
		for (x = 0; x < from; x++)
			border(p, iy, x * a->stride_w - a->pad_left, out + x * a->out_pixel);
		if (from < to)
			inside(p, p->in + (size_t)iy * a->in_row +
				  (size_t)(from * a->stride_w - a->pad_left) * a->in_pixel,
			       (size_t)a->stride_w * a->in_pixel,
			       out + (size_t)from * a->out_pixel, a->out_pixel, to - from);
		for (x = to; x < a->out_w; x++)
			border(p, iy, x * a->stride_w - a->pad_left, out + x * a->out_pixel);
		out += a->out_row;
	}
}

void mnet_avx512_depthwise(const struct mnet_conv_args *args)
{
	size_t blocks = ((size_t)args->out_c + LANES - 1) / LANES, block;
	struct plan p = { .args = args };
	int t;

	/* Channel multipliers and huge filters are rare */
	if (args->in_c != args->out_c || args->kernel_h * args->kernel_w > MAX_TAPS) {
		mnet_portable_depthwise(args);
		return;
	}
	p.taps = args->kernel_h * args->kernel_w;
	for (t = 0; t < p.taps; t++)
		p.offset[t] = (ptrdiff_t)(t / args->kernel_w * args->dilation_h) *
			      (ptrdiff_t)args->in_row +
			      (ptrdiff_t)(t % args->kernel_w * args->dilation_w) *
			      (ptrdiff_t)args->in_pixel;
	p.out = make_out16(args->out_zero_point, args->act_min, args->act_max);
	__builtin_memset(p.padding, args->in_zero_point, sizeof(p.padding));
	for (block = 0; block < blocks; block++) {
		load_block(&p, block);
		block_rows(&p, args->out + block * LANES);
	}
}
