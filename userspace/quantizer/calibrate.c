// SPDX-License-Identifier: MIT
/*
 * What values every activation takes on real images: smallest and largest, and
 * with a percentile below 100 a histogram, from which the tails are cut.
 */
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "quantizer/quantizer.h"

/* Fine enough that a bin is 1/8 of an int8 step */
#define HISTOGRAM_BINS	2048

static bool is_activation(const struct mnet_tensor *t)
{
	return !t->data && t->type == MNET_FLOAT32;
}

static int note_extremes(struct quantizer *q, const struct quant_runner *r, unsigned int tensor)
{
	const struct mnet_tensor *t = &q->graph.tensors[tensor];
	struct quant_range *range = &q->ranges[tensor];
	const float *values = r->data[tensor];

	for (size_t i = 0; i < t->bytes / sizeof(*values); i++) {
		if (!isfinite(values[i]))
			return mnet_fail(q->err, -EINVAL,
					 "activation %.120s: element %zu became %g on a calibration image",
					 t->name, i, (double)values[i]);
		if (values[i] < range->seen_min)
			range->seen_min = values[i];
		if (values[i] > range->seen_max)
			range->seen_max = values[i];
	}
	return 0;
}

static void note_histogram(struct quantizer *q, const struct quant_runner *r, unsigned int tensor,
			   uint64_t *bins)
{
	const struct mnet_tensor *t = &q->graph.tensors[tensor];
	const struct quant_range *range = &q->ranges[tensor];
	double width = range->seen_max - range->seen_min;
	const float *values = r->data[tensor];

	if (!(width > 0))
		return;
	for (size_t i = 0; i < t->bytes / sizeof(*values); i++) {
		double at = (values[i] - range->seen_min) / width * HISTOGRAM_BINS;
		size_t bin = at < HISTOGRAM_BINS ? (size_t)at : HISTOGRAM_BINS - 1;

		bins[bin]++;
	}
}

/* Cuts each tail to half of what the percentile leaves out. */
static void cut_tails(struct quant_range *range, const uint64_t *bins, double percentile)
{
	double width = (range->seen_max - range->seen_min) / HISTOGRAM_BINS, tail;
	uint64_t total = 0, low = 0, high = 0;
	int first = 0, last = HISTOGRAM_BINS - 1;

	for (int i = 0; i < HISTOGRAM_BINS; i++)
		total += bins[i];
	tail = (double)total * (100 - percentile) / 200;
	while (first < last && (double)(low + bins[first]) <= tail)
		low += bins[first++];
	while (last > first && (double)(high + bins[last]) <= tail)
		high += bins[last--];
	range->min = range->seen_min + first * width;
	range->max = range->seen_min + (last + 1) * width;
}

/* One pass over the samples; with @bins the second, for histograms */
static int run_samples(struct quantizer *q, struct quant_runner *r, uint64_t **bins)
{
	for (unsigned int s = 0; s < q->samples->count; s++) {
		int ret = quant_runner_fill(r, q->samples, s, q->err);

		if (!ret)
			ret = quant_runner_run(r, q->err);
		for (unsigned int i = 0; !ret && i < q->graph.num_tensors; i++) {
			if (!is_activation(&q->graph.tensors[i]))
				continue;
			if (bins)
				note_histogram(q, r, i, bins[i]);
			else
				ret = note_extremes(q, r, i);
		}
		if (ret)
			return ret;
	}
	return 0;
}

static int run_histograms(struct quantizer *q, struct quant_runner *r)
{
	uint64_t **bins = calloc(q->graph.num_tensors, sizeof(*bins));
	int ret = 0;

	for (unsigned int i = 0; bins && i < q->graph.num_tensors; i++) {
		if (!is_activation(&q->graph.tensors[i]))
			continue;
		bins[i] = calloc(HISTOGRAM_BINS, sizeof(**bins));
		if (!bins[i])
			ret = -ENOMEM;
	}
	if (!bins || ret)
		ret = mnet_fail(q->err, -ENOMEM, "out of memory");
	else
		ret = run_samples(q, r, bins);
	for (unsigned int i = 0; bins && i < q->graph.num_tensors; i++) {
		if (!ret && bins[i])
			cut_tails(&q->ranges[i], bins[i], q->options->percentile);
		free(bins[i]);
	}
	free(bins);
	return ret;
}

int quantizer_calibrate(struct quantizer *q)
{
	struct quant_runner r;
	int ret;

	for (unsigned int i = 0; i < q->graph.num_tensors; i++) {
		q->ranges[i].seen_min = DBL_MAX;
		q->ranges[i].seen_max = -DBL_MAX;
		q->ranges[i].useful_min = -INFINITY;
		q->ranges[i].useful_max = INFINITY;
		q->ranges[i].group = (int)i;
	}
	ret = quant_runner_init(&r, &q->graph, q->err);
	if (ret)
		return ret;
	ret = run_samples(q, &r, NULL);
	for (unsigned int i = 0; i < q->graph.num_tensors; i++) {
		q->ranges[i].min = q->ranges[i].seen_min;
		q->ranges[i].max = q->ranges[i].seen_max;
	}
	if (!ret && q->options->percentile < 100)
		ret = run_histograms(q, &r);
	quant_runner_destroy(&r);
	return ret;
}
