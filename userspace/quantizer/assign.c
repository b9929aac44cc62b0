// SPDX-License-Identifier: MIT
/*
 * Which operators become int8, and the scale and zero point of every
 * activation, by the rules TFLite's kernels expect (its quantisation
 * specification): some operators prescribe their output's, others hand on their
 * input's.
 */
#include <math.h>

#include "operators/operator.h"
#include "quantizer/quantizer.h"

/* NULL when @op becomes int8, else why it stays float */
static const char *why_float(const struct mnet_graph *g, const struct mnet_op *op)
{
	const struct mnet_operator *entry = mnet_operator(op);

	if (!entry || entry->int8.scaling == MNET_SCALING_NONE)
		return "there is no int8 kernel for it";
	if (mnet_activation_of(op) > MNET_ACT_RELU6)
		return "int8 kernels do not fuse its activation function";
	if (op->num_outputs != 1 || g->tensors[op->outputs[0]].type != MNET_FLOAT32)
		return "its output is not float32";
	for (unsigned int i = 0; entry->filter.weights && i < op->num_inputs; i++)
		if (i != entry->filter.input && op->inputs[i] != MNET_NO_TENSOR &&
		    !g->tensors[op->inputs[i]].data)
			return "its weights are computed, not constant";
	return NULL;
}

static int root_of(struct quantizer *q, int tensor)
{
	while (q->ranges[tensor].group != tensor)
		tensor = q->ranges[tensor].group;
	return tensor;
}

/* Parameters of int8 for values from @min to @max; 0 is always among them, exactly. */
static void set_parameters(struct quant_range *r, double min, double max)
{
	double scale;

	if (min > 0)
		min = 0;
	if (max < 0)
		max = 0;
	/* all zero: any scale will do */
	scale = max > min ? (max - min) / 255 : 1.0 / 255;
	r->scale = (float)scale;
	if (!(r->scale > 0))
		r->scale = 1e-30f;
	r->zero_point = (int32_t)lround(-128 - min / scale);
	if (r->zero_point < -128)
		r->zero_point = -128;
	if (r->zero_point > 127)
		r->zero_point = 127;
}

/* A range that is fixed holds what its parameters can tell. */
static void fix(struct quant_range *r, float scale, int32_t zero_point)
{
	r->fixed = true;
	r->scale = scale;
	r->zero_point = zero_point;
	r->min = scale * (-128 - zero_point);
	r->max = scale * (127 - zero_point);
}

/* Gives two tensors the same parameters, unless one's are fixed and too narrow for the other. */
static void join(struct quantizer *q, int a, int b)
{
	struct quant_range *ra, *rb, *other;

	a = root_of(q, a);
	b = root_of(q, b);
	if (a == b)
		return;
	ra = &q->ranges[a];
	rb = &q->ranges[b];
	if (ra->fixed && rb->fixed && (ra->scale != rb->scale || ra->zero_point != rb->zero_point))
		return;
	if (rb->fixed) {
		ra = rb;
		rb = &q->ranges[a];
	}
	other = rb;
	if (ra->fixed) {
		/* one step of slack: the largest of 256 values is not the range's end */
		if (other->min < ra->min - ra->scale || other->max > ra->max + ra->scale)
			return;
	} else {
		ra->min = fmin(ra->min, other->min);
		ra->max = fmax(ra->max, other->max);
	}
	other->group = ra->group;
}

/* Leaves out what no consumer of the tensor can tell apart. */
static void cut_unseen(struct quantizer *q, int tensor)
{
	const struct mnet_graph *g = &q->graph;
	struct quant_range *r = &q->ranges[tensor];
	double low = INFINITY, high = -INFINITY;

	for (unsigned int i = 0; i < g->num_outputs; i++)
		if (g->outputs[i] == tensor)
			return;
	for (unsigned int i = 0; i < g->num_ops; i++) {
		for (unsigned int k = 0; k < g->ops[i].num_inputs; k++) {
			const struct mnet_int8 *int8;

			if (g->ops[i].inputs[k] != tensor)
				continue;
			int8 = q->reasons[i] ? NULL : &mnet_operator(&g->ops[i])->int8;
			if (!int8 || !int8->seen)
				return;
			low = fmin(low, int8->seen_min);
			high = fmax(high, int8->seen_max);
		}
	}
	/* nobody reads it */
	if (low > high)
		return;
	r->useful_min = low;
	r->useful_max = high;
	/* A step of slack, so that rounding the zero point does not move the ends inwards */
	if (r->min < low)
		r->min = low - (fmin(r->max, high) - low) / 254;
	if (r->max > high)
		r->max = high;
}

static void fix_prescribed(struct quantizer *q)
{
	const struct mnet_graph *g = &q->graph;

	for (unsigned int i = 0; i < g->num_inputs; i++) {
		struct quant_range *r = &q->ranges[g->inputs[i]];

		set_parameters(r, q->options->input_min, q->options->input_max);
		fix(r, r->scale, r->zero_point);
	}
	for (unsigned int i = 0; i < g->num_ops; i++) {
		const struct mnet_int8 *int8;

		if (q->reasons[i])
			continue;
		int8 = &mnet_operator(&g->ops[i])->int8;
		if (int8->scaling == MNET_SCALING_FIXED)
			fix(&q->ranges[g->ops[i].outputs[0]], int8->scale, int8->zero_point);
	}
}

int quantizer_assign(struct quantizer *q)
{
	const struct mnet_graph *g = &q->graph;

	for (unsigned int i = 0; i < g->num_ops; i++) {
		q->reasons[i] = q->refusals[i] ? q->refusals[i] : why_float(g, &g->ops[i]);
		q->out->num_float_ops += q->reasons[i] != NULL;
	}
	for (unsigned int i = 0; i < g->num_tensors; i++)
		if (!g->tensors[i].data && g->tensors[i].type == MNET_FLOAT32)
			cut_unseen(q, (int)i);
	fix_prescribed(q);
	for (unsigned int i = 0; i < g->num_ops; i++) {
		const struct mnet_op *op = &g->ops[i];

		if (q->reasons[i] || mnet_operator(op)->int8.scaling != MNET_SCALING_SAME)
			continue;
		for (unsigned int k = 0; k < op->num_inputs; k++)
			if (op->inputs[k] != MNET_NO_TENSOR && !g->tensors[op->inputs[k]].data &&
			    g->tensors[op->inputs[k]].type == MNET_FLOAT32)
				join(q, op->inputs[k], op->outputs[0]);
	}
	for (unsigned int i = 0; i < g->num_tensors; i++) {
		int root = root_of(q, (int)i);

		if (!q->ranges[root].fixed)
			set_parameters(&q->ranges[root], q->ranges[root].min, q->ranges[root].max);
	}
	for (unsigned int i = 0; i < g->num_tensors; i++) {
		const struct quant_range *root = &q->ranges[root_of(q, (int)i)];

		q->ranges[i].scale = root->scale;
		q->ranges[i].zero_point = root->zero_point;
	}
	return 0;
}
