// SPDX-License-Identifier: MIT
/*
 * Bilinear stretch in fixed point: weights have 22 fraction bits and sum to one,
 * so that the sum of weight * byte stays below 2^31.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "programs/image.h"
#include "programs/report.h"

#define FRACTION_BITS 22

/* For each output position: the first input it needs, how many, their weights */
struct filter {
	uint32_t taps; /* most that any position has */
	uint32_t *first;
	uint32_t *count;
	int32_t *weight; /* taps of each */
};

static void filter_free(struct filter *f)
{
	free(f->first);
	free(f->count);
	free(f->weight);
}

static void filter_position(struct filter *f, uint32_t i, double scale, uint32_t from)
{
	double reach = scale > 1 ? scale : 1;
	double centre = (i + 0.5) * scale;
	double low = floor(centre - reach + 0.5), high = floor(centre + reach + 0.5);
	int32_t *weight = f->weight + (size_t)i * f->taps;
	double sum = 0;

	if (low < 0)
		low = 0;
	if (high > from)
		high = from;
	f->first[i] = low;
	f->count[i] = high - low;
	for (int pass = 0; pass < 2; pass++) {
		for (uint32_t k = 0; k < f->count[i]; k++) {
			double w = 1 - fabs((low + k + 0.5 - centre) / reach);

			if (w < 0)
				w = 0;
			if (!pass)
				sum += w;
			else
				weight[k] = lrint(floor(w / sum * (1 << FRACTION_BITS) + 0.5));
		}
	}
}

static int filter_make(struct filter *f, uint32_t from, uint32_t to)
{
	double scale = (double)from / to;

	f->taps = (uint32_t)ceil(scale > 1 ? scale : 1) * 2 + 1;
	f->first = calloc(to, sizeof(*f->first));
	f->count = calloc(to, sizeof(*f->count));
	f->weight = calloc((size_t)to * f->taps, sizeof(*f->weight));
	if (!f->first || !f->count || !f->weight)
		return -ENOMEM;
	for (uint32_t i = 0; i < to; i++)
		filter_position(f, i, scale, from);
	return 0;
}

/* One output byte from inputs @step bytes apart */
static uint8_t filter_apply(const struct filter *f, uint32_t i, const uint8_t *in, size_t step)
{
	const int32_t *weight = f->weight + (size_t)i * f->taps;
	int64_t sum = 1 << (FRACTION_BITS - 1);

	in += f->first[i] * step;
	for (uint32_t k = 0; k < f->count[i]; k++)
		sum += (int64_t)weight[k] * in[k * step];
	sum >>= FRACTION_BITS;
	return sum > 255 ? 255 : sum;
}

static void stretch_columns(const struct filter *f, const struct image *from, struct image *to)
{
	for (uint32_t y = 0; y < to->height; y++) {
		const uint8_t *in = from->rgb + (size_t)y * from->width * 3;
		uint8_t *out = to->rgb + (size_t)y * to->width * 3;

		for (uint32_t x = 0; x < to->width; x++) {
			for (int c = 0; c < 3; c++)
				*out++ = filter_apply(f, x, in + c, 3);
		}
	}
}

static void stretch_rows(const struct filter *f, const struct image *from, struct image *to)
{
	size_t stride = (size_t)to->width * 3;

	for (uint32_t y = 0; y < to->height; y++) {
		for (size_t x = 0; x < stride; x++)
			to->rgb[y * stride + x] = filter_apply(f, y, from->rgb + x, stride);
	}
}

int image_stretch(const struct image *from, uint32_t width, uint32_t height, struct image *to,
		  struct mnet_error *err)
{
	struct filter columns = { 0 }, rows = { 0 };
	struct image narrow = { 0 };
	int ret;

	*to = (struct image){ 0 };
	ret = image_alloc(&narrow, width, from->height, err);
	if (!ret)
		ret = image_alloc(to, width, height, err);
	if (!ret &&
	    (filter_make(&columns, from->width, width) || filter_make(&rows, from->height, height)))
		ret = set_error(err, -ENOMEM, "out of memory");
	if (!ret) {
		stretch_columns(&columns, from, &narrow);
		stretch_rows(&rows, &narrow, to);
	} else {
		image_free(to);
	}
	filter_free(&columns);
	filter_free(&rows);
	image_free(&narrow);
	return ret;
}
