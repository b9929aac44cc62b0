// SPDX-License-Identifier: MIT
/*
 * The steps of quantisation in order, and what they need of memory.
 */
#include "quantizer/quantizer.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A copy whose tensors and operators can be changed; names and constants stay the source's. */
static int copy_graph(struct quantizer *q)
{
	const struct mnet_graph *from = q->source;
	struct mnet_graph *to = &q->graph;
	/* simplifying adds at most one constant per operator, equalising two */
	size_t room = from->num_tensors + 3 * (size_t)from->num_ops;

	to->arena = mnet_arena_new();
	if (!to->arena)
		return mnet_fail(q->err, -ENOMEM, "out of memory");
	to->num_tensors = from->num_tensors;
	to->num_ops = from->num_ops;
	to->num_inputs = from->num_inputs;
	to->num_outputs = from->num_outputs;
	to->inputs = from->inputs;
	to->outputs = from->outputs;
	to->tensors = mnet_arena_alloc(to->arena, room * sizeof(*to->tensors));
	to->ops = mnet_arena_alloc(to->arena, from->num_ops * sizeof(*to->ops));
	q->ranges = mnet_arena_alloc(to->arena, room * sizeof(*q->ranges));
	q->reasons = mnet_arena_alloc(to->arena, from->num_ops * sizeof(*q->reasons));
	q->refusals = mnet_arena_alloc(to->arena, from->num_ops * sizeof(*q->refusals));
	q->mapping = mnet_arena_alloc(to->arena, room * sizeof(*q->mapping));
	if (!to->tensors || !to->ops || !q->ranges || !q->reasons || !q->refusals ||
	    !q->mapping)
		return mnet_fail(q->err, -ENOMEM, "out of memory");
	memcpy(to->tensors, from->tensors, from->num_tensors * sizeof(*to->tensors));
	memcpy(to->ops, from->ops, from->num_ops * sizeof(*to->ops));
	return 0;
}

static int check_request(const struct quantizer *q)
{
	const struct mnet_quantize_options *o = q->options;

	if (!q->samples->count)
		return mnet_fail(q->err, -EINVAL,
				 "no images to calibrate with: ranges come from what the network does with real ones");
	if (!(o->percentile > 50 && o->percentile <= 100))
		return mnet_fail(q->err, -EINVAL, "percentile %g is not above 50 and up to 100",
				 o->percentile);
	if (!isfinite(o->input_min) || !isfinite(o->input_max) || !(o->input_min < o->input_max))
		return mnet_fail(q->err, -EINVAL, "input range [%g, %g] is empty", o->input_min,
				 o->input_max);
	for (unsigned int i = 0; i < q->source->num_inputs; i++) {
		const struct mnet_tensor *t = &q->source->tensors[q->source->inputs[i]];

		if (t->type != MNET_FLOAT32)
			return mnet_fail(q->err, -EINVAL,
					 "input %u (%.120s) is %s: the model is quantised already",
					 i, t->name, mnet_type_name(t->type));
	}
	return 0;
}

/* Quantised activations anywhere mean that somebody did this before. */
static int check_float(const struct quantizer *q)
{
	for (unsigned int i = 0; i < q->graph.num_ops; i++) {
		const struct mnet_op *op = &q->graph.ops[i];

		for (unsigned int k = 0; k < op->num_outputs; k++) {
			const struct mnet_tensor *t = &q->graph.tensors[op->outputs[k]];

			if (t->num_scales && t->type != MNET_FLOAT32)
				return mnet_fail(q->err, -EINVAL,
						 "operator %u (%s): output %.120s is %s: the model is quantised already",
						 i, op->name, t->name, mnet_type_name(t->type));
		}
	}
	return 0;
}

static int check_constants(const struct quantizer *q)
{
	for (unsigned int i = 0; i < q->graph.num_tensors; i++) {
		const struct mnet_tensor *t = &q->graph.tensors[i];
		const float *values = t->data;

		if (!values || t->type != MNET_FLOAT32)
			continue;
		for (size_t k = 0; k < t->bytes / sizeof(*values); k++)
			if (!isfinite(values[k]))
				return mnet_fail(q->err, -EINVAL,
						 "constant %.120s: element %zu is %g, not a finite number",
						 t->name, k, (double)values[k]);
	}
	return 0;
}

/* Each round leaves one more operator in float, so it ends. */
static int assign_and_convert(struct quantizer *q)
{
	size_t bytes = q->graph.num_tensors * sizeof(*q->ranges);
	struct quant_range *calibrated = mnet_arena_alloc(q->graph.arena, bytes);
	int ret;

	if (!calibrated)
		return mnet_fail(q->err, -ENOMEM, "out of memory");
	memcpy(calibrated, q->ranges, bytes);
	do {
		mnet_arena_free(q->out->graph.arena);
		memset(q->out, 0, sizeof(*q->out));
		q->out->graph.arena = mnet_arena_new();
		if (!q->out->graph.arena)
			return mnet_fail(q->err, -ENOMEM, "out of memory");
		memcpy(q->ranges, calibrated, bytes);
		ret = quantizer_assign(q);
		if (!ret)
			ret = quantizer_convert(q);
	} while (ret == -EAGAIN);
	return ret;
}

static int quantize_steps(struct quantizer *q)
{
	int ret;

	ret = check_request(q);
	if (!ret)
		ret = copy_graph(q);
	if (!ret)
		ret = quantizer_simplify(q);
	if (!ret)
		ret = check_float(q);
	if (!ret)
		ret = check_constants(q);
	if (!ret)
		ret = quantizer_equalize(q);
	if (!ret)
		ret = quantizer_calibrate(q);
	if (!ret)
		ret = quantizer_free_pools(q);
	if (!ret)
		ret = assign_and_convert(q);
	if (!ret)
		ret = quantizer_compare(q);
	return ret;
}

int mnet_quantize(const struct mnet_graph *graph, const struct mnet_samples *samples,
		  const struct mnet_quantize_options *options, struct mnet_quantized **quantized,
		  struct mnet_error *err)
{
	struct quantizer q = { .source = graph, .samples = samples, .options = options, .err = err };
	int ret;

	q.out = calloc(1, sizeof(*q.out));
	if (!q.out)
		return mnet_fail(err, -ENOMEM, "out of memory");
	ret = quantize_steps(&q);
	mnet_arena_free(q.graph.arena);
	if (ret) {
		mnet_quantized_free(q.out);
		return ret;
	}
	*quantized = q.out;
	return 0;
}

void mnet_quantized_free(struct mnet_quantized *quantized)
{
	if (!quantized)
		return;
	mnet_arena_free(quantized->graph.arena);
	free(quantized);
}
