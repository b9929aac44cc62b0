// SPDX-License-Identifier: MIT
/*
 * How far the int8 network is from the float one: both run on the samples, and
 * for every activation the power of the signal is set against the power of the
 * difference.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "quantizer/quantizer.h"

struct power {
	double signal;
	double noise;
};

static double real_value(const struct mnet_tensor *t, const void *data, size_t i)
{
	if (t->type == MNET_FLOAT32)
		return ((const float *)data)[i];
	if (t->type == MNET_INT8)
		return t->scales[0] * (((const int8_t *)data)[i] - t->zero_points[0]);
	return t->scales[0] * (((const uint8_t *)data)[i] - t->zero_points[0]);
}

static double useful(const struct quant_range *range, double v)
{
	return fmin(fmax(v, range->useful_min), range->useful_max);
}

static void add_power(struct power *p, const struct quant_range *range,
		      const struct quant_runner *f, unsigned int tensor,
		      const struct quant_runner *i8, unsigned int twin)
{
	const struct mnet_tensor *t = &i8->graph->tensors[twin];
	const float *values = f->data[tensor];

	for (size_t i = 0; i < f->graph->tensors[tensor].bytes / sizeof(*values); i++) {
		double v = useful(range, values[i]);
		double d = useful(range, real_value(t, i8->data[twin], i)) - v;

		p->signal += v * v;
		p->noise += d * d;
	}
}

static double decibel(const struct power *p)
{
	if (!(p->noise > 0))
		return INFINITY;
	return 10 * log10(p->signal / p->noise);
}

/* An activation that both networks have */
static bool is_compared(const struct quantizer *q, unsigned int tensor)
{
	const struct mnet_tensor *t = &q->graph.tensors[tensor];
	const struct mnet_op *op;

	if (t->data || t->type != MNET_FLOAT32 || q->mapping[tensor] < 0)
		return false;
	if (t->producer < 0)
		return true;
	/* simplifying leaves tensors behind that no operator writes any more */
	op = &q->graph.ops[t->producer];
	for (unsigned int k = 0; k < op->num_outputs; k++)
		if (op->outputs[k] == (int)tensor)
			return true;
	return false;
}

static int worst_first(const void *a, const void *b)
{
	const struct mnet_tensor_report *ra = a, *rb = b;

	return (ra->noise_db > rb->noise_db) - (ra->noise_db < rb->noise_db);
}

/* What the probabilities @output are made from, or -1 */
static int logits_of(const struct mnet_graph *g, int output)
{
	int producer = g->tensors[output].producer;

	if (producer < 0 || (g->ops[producer].code != MNET_OP_SOFTMAX &&
			     g->ops[producer].code != MNET_OP_LOGISTIC))
		return -1;
	return g->ops[producer].inputs[0];
}

static int write_reports(struct quantizer *q, const struct power *powers)
{
	struct mnet_quantized *out = q->out;
	struct mnet_arena *arena = out->graph.arena;

	out->reports = mnet_arena_alloc(arena, q->graph.num_tensors * sizeof(*out->reports));
	out->output_db = mnet_arena_alloc(arena, q->graph.num_outputs * sizeof(*out->output_db));
	out->logits_db = mnet_arena_alloc(arena, q->graph.num_outputs * sizeof(*out->logits_db));
	if (!out->reports || !out->output_db || !out->logits_db)
		return mnet_fail(q->err, -ENOMEM, "out of memory");
	for (unsigned int i = 0; i < q->graph.num_tensors; i++) {
		const struct mnet_tensor *t = &q->graph.tensors[i];
		struct mnet_tensor_report *r = &out->reports[out->num_reports];

		if (!is_compared(q, i))
			continue;
		r->name = t->name;
		r->op = t->producer >= 0 ? q->graph.ops[t->producer].name : NULL;
		r->reason = t->producer >= 0 ? q->reasons[t->producer] : NULL;
		r->min = q->ranges[i].seen_min;
		r->max = q->ranges[i].seen_max;
		r->scale = r->reason ? 0 : q->ranges[i].scale;
		r->zero_point = r->reason ? 0 : q->ranges[i].zero_point;
		r->noise_db = decibel(&powers[i]);
		out->num_reports++;
	}
	qsort(out->reports, out->num_reports, sizeof(*out->reports), worst_first);
	out->num_outputs = q->graph.num_outputs;
	for (unsigned int i = 0; i < q->graph.num_outputs; i++) {
		int logits = logits_of(&q->graph, q->graph.outputs[i]);

		out->output_db[i] = decibel(&powers[q->graph.outputs[i]]);
		out->logits_db[i] = logits < 0 ? NAN : decibel(&powers[logits]);
	}
	return 0;
}

static int run_both(struct quantizer *q, struct quant_runner *f, struct quant_runner *i8,
		    struct power *powers)
{
	for (unsigned int s = 0; s < q->samples->count; s++) {
		int ret = quant_runner_fill(f, q->samples, s, q->err);

		if (!ret)
			ret = quant_runner_fill(i8, q->samples, s, q->err);
		if (!ret)
			ret = quant_runner_run(f, q->err);
		if (!ret)
			ret = quant_runner_run(i8, q->err);
		if (ret)
			return ret;
		for (unsigned int i = 0; i < q->graph.num_tensors; i++)
			if (is_compared(q, i))
				add_power(&powers[i], &q->ranges[i], f, i, i8, q->mapping[i]);
	}
	return 0;
}

int quantizer_compare(struct quantizer *q)
{
	struct power *powers = calloc(q->graph.num_tensors, sizeof(*powers));
	struct quant_runner f, i8;
	int ret;

	if (!powers)
		return mnet_fail(q->err, -ENOMEM, "out of memory");
	ret = quant_runner_init(&f, &q->graph, q->err);
	if (ret)
		goto out;
	ret = quant_runner_init(&i8, &q->out->graph, q->err);
	if (!ret) {
		ret = run_both(q, &f, &i8, powers);
		quant_runner_destroy(&i8);
	}
	quant_runner_destroy(&f);
	if (!ret)
		ret = write_reports(q, powers);
out:
	free(powers);
	return ret;
}
