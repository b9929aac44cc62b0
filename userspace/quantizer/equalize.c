// SPDX-License-Identifier: MIT
/*
 * Channels of an activation share one scale, and where their values differ much in
 * size the small ones keep few bits. Between convolutions each channel may be
 * scaled freely: its producer's weights and bias by a factor, its consumers'
 * weights by the inverse. The network computes the same, with channels alike.
 *
 * A group is the activations that must have the same factors: they meet in ADD,
 * pass through pools, resizes or RELU, or are gated by MUL. Only groups that begin
 * and end in convolutions can be scaled.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "operators/operator.h"
#include "quantizer/quantizer.h"

/* Factors stay within it: beyond, channels are as good as empty */
#define MAX_FACTOR	1024.0f

/**
 * struct equalizer - all activations and how they hang together
 * @q: the network
 * @group: by tensor: a member of its group, itself for the root
 * @fixed: by tensor, for roots: the group cannot be scaled
 * @largest: by tensor: largest magnitude of each channel; NULL where the group is
 *	fixed, as are the following
 * @share: by tensor, for roots: of its range, how much each channel uses
 * @dense: by tensor, for roots: some convolution sums over the channels
 * @factor: by tensor: what each channel is multiplied by
 */
struct equalizer {
	struct quantizer *q;
	int *group;
	bool *fixed;
	float **largest;
	float **share;
	bool *dense;
	float **factor;
};

static int root_of(const struct equalizer *e, int tensor)
{
	while (e->group[tensor] != tensor)
		tensor = e->group[tensor];
	return tensor;
}

static void join(struct equalizer *e, int a, int b)
{
	a = root_of(e, a);
	b = root_of(e, b);
	e->group[a] = b;
	e->fixed[b] |= e->fixed[a];
}

static void fix(struct equalizer *e, int tensor)
{
	if (tensor != MNET_NO_TENSOR)
		e->fixed[root_of(e, tensor)] = true;
}

static const struct mnet_tensor *operand(const struct equalizer *e, const struct mnet_op *op,
					 unsigned int i)
{
	if (i >= op->num_inputs || op->inputs[i] == MNET_NO_TENSOR)
		return NULL;
	return &e->q->graph.tensors[op->inputs[i]];
}

static int32_t channels(const struct mnet_tensor *t)
{
	return t->shape[t->rank - 1];
}

/* RELU is the only one for which f(a x) = a f(x) */
static bool scales(enum mnet_activation activation)
{
	return activation == MNET_ACT_NONE || activation == MNET_ACT_RELU;
}

/**
 * struct layer - what convolutions have in common here
 * @in: position of the input among the operator's
 * @weights: of the weights
 * @bias: of the bias
 * @out_axis: output channels' dimension of the weights
 * @activation: fused
 */
struct layer {
	unsigned int in, weights, bias;
	unsigned int out_axis;
	enum mnet_activation activation;
};

/* False: @op is no convolution with constant weights */
static bool get_layer(const struct equalizer *e, const struct mnet_op *op, struct layer *l)
{
	const struct mnet_operator *entry = mnet_operator(op);
	const struct mnet_tensor *w, *b;

	if (!entry || !entry->filter.per_channel ||
	    entry->int8.scaling == MNET_SCALING_NONE)
		return false;
	*l = (struct layer){
		.in = entry->filter.input, .weights = entry->filter.weights,
		.bias = entry->filter.bias, .out_axis = entry->filter.axis,
		.activation = mnet_activation_of(op),
	};
	w = operand(e, op, l->weights);
	b = operand(e, op, l->bias);
	return w->data && w->type == MNET_FLOAT32 && (!b || (b->data && b->type == MNET_FLOAT32));
}

static bool is_mean_of_maps(const struct equalizer *e, const struct mnet_op *op)
{
	const struct mnet_tensor *axes = operand(e, op, 1);
	const int32_t *values = axes->data;

	return op->u.reduce.keep_dims && axes->type == MNET_INT32 && axes->bytes == 8 &&
	       ((values[0] == 1 && values[1] == 2) || (values[0] == 2 && values[1] == 1));
}

/* Whether @op hands on its first input channel by channel, whatever their factors */
static bool hands_on(const struct equalizer *e, const struct mnet_op *op)
{
	switch (op->code) {
	case MNET_OP_AVERAGE_POOL_2D:
	case MNET_OP_MAX_POOL_2D:
		return scales(op->u.pool.activation);
	case MNET_OP_RELU:
	case MNET_OP_RESIZE_BILINEAR:
	case MNET_OP_RESIZE_NEAREST_NEIGHBOR:
		return true;
	case MNET_OP_MEAN:
		return is_mean_of_maps(e, op);
	}
	return false;
}

static void fix_all(struct equalizer *e, const struct mnet_op *op)
{
	for (unsigned int k = 0; k < op->num_inputs; k++)
		fix(e, op->inputs[k]);
	for (unsigned int k = 0; k < op->num_outputs; k++)
		fix(e, op->outputs[k]);
}

static bool same_shape(const struct mnet_tensor *a, const struct mnet_tensor *b)
{
	return a->rank == b->rank && !memcmp(a->shape, b->shape, a->rank * sizeof(a->shape[0]));
}

/* What @op says about the factors of its operands */
static void group_op(struct equalizer *e, const struct mnet_op *op)
{
	const struct mnet_tensor *out = &e->q->graph.tensors[op->outputs[0]];
	bool arith = op->code == MNET_OP_ADD || op->code == MNET_OP_SUB || op->code == MNET_OP_MUL;
	unsigned int map;
	struct layer l;

	if (get_layer(e, op, &l)) {
		if (!scales(l.activation))
			fix(e, op->outputs[0]);
		return;
	}
	if (hands_on(e, op)) {
		join(e, op->inputs[0], op->outputs[0]);
		return;
	}
	if (!arith || !scales(op->u.arith.activation) || operand(e, op, 0)->data ||
	    operand(e, op, 1)->data) {
		fix_all(e, op);
		return;
	}
	map = same_shape(operand(e, op, 0), out) ? 0 : 1;
	if (!same_shape(operand(e, op, map), out))
		fix(e, op->inputs[map]);
	join(e, op->inputs[map], op->outputs[0]);
	/* What a map is multiplied by is a gate: its values stay */
	if (op->code == MNET_OP_MUL)
		fix(e, op->inputs[!map]);
	else
		join(e, op->inputs[!map], op->outputs[0]);
	if (op->code != MNET_OP_MUL && !same_shape(operand(e, op, !map), out))
		fix(e, op->outputs[0]);
}

static void make_groups(struct equalizer *e)
{
	const struct mnet_graph *g = &e->q->graph;

	for (unsigned int i = 0; i < g->num_tensors; i++) {
		const struct mnet_tensor *t = &g->tensors[i];

		e->group[i] = (int)i;
		e->fixed[i] = t->data || t->rank != 4 || t->type != MNET_FLOAT32;
	}
	for (unsigned int i = 0; i < g->num_inputs; i++)
		fix(e, g->inputs[i]);
	for (unsigned int i = 0; i < g->num_outputs; i++)
		fix(e, g->outputs[i]);
	for (unsigned int i = 0; i < g->num_ops; i++)
		group_op(e, &g->ops[i]);
}

/* --- what is known of each channel --- */

static void note_channels(float *largest, const struct mnet_tensor *t, const float *values)
{
	size_t n = (size_t)channels(t);

	for (size_t i = 0; i < t->bytes / sizeof(*values); i++)
		largest[i % n] = fmaxf(largest[i % n], fabsf(values[i]));
}

static int measure(struct equalizer *e)
{
	struct quantizer *q = e->q;
	struct quant_runner r;
	int ret;

	ret = quant_runner_init(&r, &q->graph, q->err);
	for (unsigned int s = 0; !ret && s < q->samples->count; s++) {
		ret = quant_runner_fill(&r, q->samples, s, q->err);
		if (!ret)
			ret = quant_runner_run(&r, q->err);
		for (unsigned int i = 0; !ret && i < q->graph.num_tensors; i++)
			if (e->largest[i])
				note_channels(e->largest[i], &q->graph.tensors[i], r.data[i]);
	}
	if (r.graph)
		quant_runner_destroy(&r);
	return ret;
}

/* --- factors --- */

static float largest_of(const float *values, int32_t n)
{
	float largest = 0;

	for (int32_t c = 0; c < n; c++)
		largest = fmaxf(largest, values[c]);
	return largest;
}

/* Of its range, how much each channel of tensor @t uses */
static void note_shares(const struct equalizer *e, unsigned int t)
{
	int32_t n = channels(&e->q->graph.tensors[t]);
	float range = largest_of(e->largest[t], n), *share = e->share[root_of(e, (int)t)];

	for (int32_t c = 0; range > 0 && c < n; c++)
		share[c] = fmaxf(share[c], e->largest[t][c] / range);
}

/*
 * Full factors make all channels use the whole range. A depthwise convolution has a
 * scale for each channel's weights, so that these do not mind; where channels are
 * summed, the weights of those scaled up become the small ones of their filter, and
 * the square root shares the error between the two. Powers of two change no bit of
 * what the float network computes.
 */
static float best_factor(float share, bool dense)
{
	float factor = share > 0 ? fminf(1 / share, MAX_FACTOR) : 1;

	return exp2f(roundf(log2f(factor) / (dense ? 2 : 1)));
}

static void choose_factors(struct equalizer *e)
{
	const struct mnet_graph *g = &e->q->graph;
	struct layer l;

	for (unsigned int i = 0; i < g->num_tensors; i++)
		if (e->largest[i])
			note_shares(e, i);
	for (unsigned int i = 0; i < g->num_ops; i++)
		if (get_layer(e, &g->ops[i], &l) && g->ops[i].code != MNET_OP_DEPTHWISE_CONV_2D)
			e->dense[root_of(e, g->ops[i].inputs[l.in])] = true;
	for (unsigned int i = 0; i < g->num_tensors; i++) {
		int root = root_of(e, (int)i);

		for (int32_t c = 0; e->largest[i] && c < channels(&g->tensors[i]); c++)
			e->factor[i][c] = best_factor(e->share[root][c], e->dense[root]);
	}
}

/* --- applying them --- */

/* A copy of constant operand @i of @op that can be changed; NULL: memory is short */
static float *own_constant(struct equalizer *e, struct mnet_op *op, unsigned int i)
{
	struct mnet_graph *g = &e->q->graph;
	const struct mnet_tensor *from = &g->tensors[op->inputs[i]];
	int *inputs = mnet_arena_alloc(g->arena, op->num_inputs * sizeof(*inputs));
	float *values = mnet_arena_alloc(g->arena, from->bytes);

	if (!inputs || !values)
		return NULL;
	memcpy(inputs, op->inputs, op->num_inputs * sizeof(*inputs));
	memcpy(values, from->data, from->bytes);
	g->tensors[g->num_tensors] = *from;
	g->tensors[g->num_tensors].data = values;
	inputs[i] = (int)g->num_tensors++;
	op->inputs = inputs;
	return values;
}

/* Weight @i's output and input channel */
static void find_channels(const struct mnet_tensor *w, const struct mnet_op *op, size_t i,
			  int32_t in_channels, size_t *out, size_t *in)
{
	size_t last = (size_t)channels(w);

	*in = i % last;
	*out = i / (w->bytes / sizeof(float) / (size_t)w->shape[0]);
	if (op->code == MNET_OP_DEPTHWISE_CONV_2D) {
		*out = i % last;
		*in = *out / (last / (size_t)in_channels);
	}
}

static bool apply(struct equalizer *e, struct mnet_op *op, const struct layer *l)
{
	const struct mnet_graph *g = &e->q->graph;
	const float *in = e->factor[op->inputs[l->in]], *out = e->factor[op->outputs[0]];
	int32_t in_channels = channels(operand(e, op, l->in));
	const struct mnet_tensor *w, *b = operand(e, op, l->bias);
	float *values;

	if (!in && !out)
		return true;
	values = own_constant(e, op, l->weights);
	if (!values)
		return false;
	w = &g->tensors[op->inputs[l->weights]];
	for (size_t i = 0; i < w->bytes / sizeof(*values); i++) {
		size_t o, c;

		find_channels(w, op, i, in_channels, &o, &c);
		values[i] *= (out ? out[o] : 1) / (in ? in[c] : 1);
	}
	if (!out || !b)
		return true;
	values = own_constant(e, op, l->bias);
	for (size_t c = 0; values && c < b->bytes / sizeof(*values); c++)
		values[c] *= out[c];
	return values;
}

static bool allocate(struct equalizer *e)
{
	struct mnet_graph *g = &e->q->graph;
	/* apply() adds tensors, which have no entries here: at most two an operator */
	size_t n = g->num_tensors + 2 * (size_t)g->num_ops;

	e->group = mnet_arena_alloc(g->arena, n * sizeof(*e->group));
	e->fixed = mnet_arena_alloc(g->arena, n * sizeof(*e->fixed));
	e->largest = mnet_arena_alloc(g->arena, n * sizeof(*e->largest));
	e->share = mnet_arena_alloc(g->arena, n * sizeof(*e->share));
	e->dense = mnet_arena_alloc(g->arena, n * sizeof(*e->dense));
	e->factor = mnet_arena_alloc(g->arena, n * sizeof(*e->factor));
	return e->group && e->fixed && e->largest && e->share && e->dense && e->factor;
}

/* Room for the channels of every tensor in a group that can be scaled */
static bool allocate_channels(struct equalizer *e)
{
	struct mnet_graph *g = &e->q->graph;

	for (unsigned int i = 0; i < g->num_tensors; i++) {
		float *room;
		size_t n;

		if (e->fixed[root_of(e, (int)i)])
			continue;
		n = (size_t)channels(&g->tensors[i]);
		room = mnet_arena_alloc(g->arena, 3 * n * sizeof(*room));
		if (!room)
			return false;
		e->largest[i] = room;
		e->share[i] = room + n;
		e->factor[i] = room + 2 * n;
	}
	return true;
}

int quantizer_equalize(struct quantizer *q)
{
	struct equalizer e = { .q = q };
	struct layer l;
	int ret;

	if (!allocate(&e))
		return mnet_fail(q->err, -ENOMEM, "out of memory");
	make_groups(&e);
	if (!allocate_channels(&e))
		return mnet_fail(q->err, -ENOMEM, "out of memory");
	ret = measure(&e);
	if (ret)
		return ret;
	choose_factors(&e);
	for (unsigned int i = 0; i < q->graph.num_ops; i++)
		if (get_layer(&e, &q->graph.ops[i], &l) && !apply(&e, &q->graph.ops[i], &l))
			return mnet_fail(q->err, -ENOMEM, "out of memory");
	return 0;
}
