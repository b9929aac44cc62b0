// SPDX-License-Identifier: MIT
#include "programs/segment.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "programs/report.h"
#include "programs/tensor.h"

/* Float kernels may leave [0, 1] by rounding. */
#define FLOAT_SLACK 1e-3

static bool is_integer(enum mnet_type type)
{
	return type != MNET_FLOAT32 && type != MNET_FLOAT16 && type != MNET_BOOL;
}

static bool is_class_numbers(const struct mnet_tensor_info *info)
{
	return (info->rank == 3 || info->shape[3] == 1) && info->scale == 0 &&
	       is_integer(info->type);
}

bool segmentation_possible(const struct mnet_tensor_info *info)
{
	return (info->rank == 3 || info->rank == 4) && info->shape[0] == 1 && info->shape[1] > 1 &&
	       info->shape[2] > 1;
}

bool segmentation_recognise(const struct mnet_tensor_info *info)
{
	return segmentation_possible(info) && (info->rank == 4 || is_class_numbers(info));
}

static size_t pixels(const struct segmentation *s)
{
	return (size_t)s->width * s->height;
}

/* What is not a number is no candidate. */
static double value(const struct mnet_tensor_info *info, const void *data, size_t i)
{
	double v = tensor_real(info, data, i);

	return isnan(v) ? -INFINITY : v;
}

static int read_probability(struct segmentation *s, const struct mnet_tensor_info *info,
			    const void *data, struct mnet_error *err)
{
	double slack = info->scale != 0 ? fabs(info->scale) : FLOAT_SLACK;
	size_t n = pixels(s);

	s->probability = malloc(n * sizeof(*s->probability));
	if (!s->probability)
		return set_error(err, -ENOMEM, "out of memory");
	for (size_t i = 0; i < n; i++) {
		double v = tensor_real(info, data, i);

		s->sigmoid |= v < -slack || v > 1 + slack;
	}
	for (size_t i = 0; i < n; i++) {
		double v = value(info, data, i);

		if (s->sigmoid)
			v = 1 / (1 + exp(-v));
		s->probability[i] = v < 0 ? 0 : v > 1 ? 1 : v;
	}
	return 0;
}

static int read_numbers(struct segmentation *s, const struct mnet_tensor_info *info,
			const void *data, struct mnet_error *err)
{
	for (size_t i = 0; i < pixels(s); i++) {
		double v = tensor_real(info, data, i);

		if (v < 0 || v >= SEGMENT_MAX_CLASSES)
			return set_error(err, -EINVAL,
					 "pixel %zu, %zu of the output is %.0f, which is no class",
					 i % s->width, i / s->width, v);
		s->class[i] = v;
	}
	return 0;
}

/* Of equal scores the lower index wins. */
static void read_scores(struct segmentation *s, const struct mnet_tensor_info *info,
			const void *data)
{
	size_t channels = info->shape[3];

	for (size_t i = 0; i < pixels(s); i++) {
		double best = value(info, data, i * channels);

		s->class[i] = 0;
		for (size_t c = 1; c < channels; c++) {
			double v = value(info, data, i * channels + c);

			if (v > best) {
				best = v;
				s->class[i] = c;
			}
		}
	}
}

static int read_classes(struct segmentation *s, const struct mnet_tensor_info *info,
			const void *data, struct mnet_error *err)
{
	s->class = malloc(pixels(s) * sizeof(*s->class));
	if (!s->class)
		return set_error(err, -ENOMEM, "out of memory");
	if (is_class_numbers(info))
		return read_numbers(s, info, data, err);
	read_scores(s, info, data);
	return 0;
}

static int larger_first(const void *a, const void *b)
{
	const struct segment_class *x = a, *y = b;

	if (x->share != y->share)
		return x->share < y->share ? 1 : -1;
	return x->index < y->index ? -1 : x->index > y->index;
}

static int count_classes(struct segmentation *s, struct mnet_error *err)
{
	size_t n = pixels(s), *sums;
	uint32_t max = 0;

	for (size_t i = 0; s->class && i < n; i++)
		max = s->class[i] > max ? s->class[i] : max;
	sums = calloc(max + 1, sizeof(*sums));
	s->classes = calloc(max + 1, sizeof(*s->classes));
	if (!sums || !s->classes) {
		free(sums);
		return set_error(err, -ENOMEM, "out of memory");
	}
	for (size_t i = 0; i < n; i++) {
		if (s->class)
			sums[s->class[i]]++;
		else
			sums[0] += s->probability[i] > 0.5f;
	}
	for (uint32_t c = 0; c <= max; c++) {
		if (sums[c] || !s->class)
			s->classes[s->count++] = (struct segment_class){ c, (double)sums[c] / n };
	}
	qsort(s->classes, s->count, sizeof(*s->classes), larger_first);
	free(sums);
	return 0;
}

int segmentation_make(const struct mnet_tensor_info *info, const void *data, struct segmentation *s,
		      struct mnet_error *err)
{
	char text[TENSOR_TEXT];
	int ret;

	*s = (struct segmentation){ 0 };
	if (!segmentation_possible(info))
		return set_error(err, -EINVAL, "the output %s is no picture of classes",
				 tensor_text(text, info));
	s->height = info->shape[1];
	s->width = info->shape[2];
	if ((info->rank == 4 && info->shape[3] > 1) || is_class_numbers(info))
		ret = read_classes(s, info, data, err);
	else
		ret = read_probability(s, info, data, err);
	if (!ret)
		ret = count_classes(s, err);
	if (ret)
		segmentation_free(s);
	return ret;
}

void segmentation_free(struct segmentation *s)
{
	free(s->probability);
	free(s->class);
	free(s->classes);
	*s = (struct segmentation){ 0 };
}
