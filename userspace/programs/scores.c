// SPDX-License-Identifier: MIT
#include "programs/scores.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "programs/report.h"
#include "programs/tensor.h"

bool scores_are_probabilities(const struct mnet_executable *exe)
{
	static const char *const passes[] = { "RESHAPE", "SQUEEZE", "QUANTIZE", "DEQUANTIZE" };
	struct mnet_op_info op;

	for (unsigned int i = mnet_executable_num_ops(exe); i--;) {
		bool skip = false;

		if (mnet_executable_op(exe, i, &op))
			return false;
		for (size_t p = 0; p < sizeof(passes) / sizeof(passes[0]); p++)
			skip |= !strcmp(op.name, passes[p]);
		if (!skip)
			return !strcmp(op.name, "SOFTMAX") || !strcmp(op.name, "LOGISTIC");
	}
	return false;
}

bool scores_recognise(const struct mnet_tensor_info *info)
{
	unsigned int wide = 0;

	for (unsigned int i = 0; i < info->rank; i++)
		wide += info->shape[i] > 1;
	return wide == 1;
}

static int better_first(const void *a, const void *b)
{
	const struct score *x = a, *y = b;

	if (x->score != y->score)
		return x->score < y->score ? 1 : -1;
	return x->index < y->index ? -1 : x->index > y->index;
}

static void softmax(struct score *all, size_t n)
{
	double max = all[0].score, sum = 0;

	for (size_t i = 1; i < n; i++)
		max = all[i].score > max ? all[i].score : max;
	for (size_t i = 0; i < n; i++)
		sum += exp(all[i].score - max);
	for (size_t i = 0; i < n; i++)
		all[i].score = exp(all[i].score - max) / sum;
}

int scores_make(const struct mnet_tensor_info *info, const void *data, bool probabilities, size_t k,
		struct scores *scores, struct mnet_error *err)
{
	size_t n = tensor_elements(info);

	*scores = (struct scores){ 0 };
	if (!scores_recognise(info))
		return 0;
	scores->top = calloc(n, sizeof(*scores->top));
	if (!scores->top)
		return set_error(err, -ENOMEM, "out of memory");
	for (size_t i = 0; i < n; i++) {
		double v = tensor_real(info, data, i);

		/* What is not a number is no candidate. */
		scores->top[i] = (struct score){ .index = i, .score = isnan(v) ? -INFINITY : v };
	}
	if (!probabilities)
		softmax(scores->top, n);
	scores->softmax = !probabilities;
	/* Infinite logits: no number, and none that JSON could hold */
	for (size_t i = 0; i < n; i++) {
		if (!isfinite(scores->top[i].score))
			scores->top[i].score = 0;
	}
	qsort(scores->top, n, sizeof(*scores->top), better_first);
	scores->count = k < n ? k : n;
	return 0;
}

void scores_free(struct scores *scores)
{
	free(scores->top);
	*scores = (struct scores){ 0 };
}
