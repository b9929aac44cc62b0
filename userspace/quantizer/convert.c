// SPDX-License-Identifier: MIT
/*
 * Writes the int8 network: operators with int8 tensors, QUANTIZE and DEQUANTIZE
 * around those that stay float and at the model's ends where other types are
 * asked for.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cpu/cpu.h"
#include "operators/operator.h"
#include "quantizer/quantizer.h"
#include "quantizer/weights.h"

/**
 * struct converter - the network being written
 * @q: what it is made from
 * @out: the network; arrays have room for all that can come
 * @as_int8: by tensor of the float network: its int8 twin in @out, or -1
 * @as_float: by tensor of the float network: its float twin, or -1
 * @refusal: why an int8 kernel does not take what it would get, or NULL
 * @failed: memory ran out
 */
struct converter {
	struct quantizer *q;
	struct mnet_graph *out;
	int *as_int8;
	int *as_float;
	const char *refusal;
	bool failed;
};

static int add_tensor(struct converter *c, const struct mnet_tensor *t)
{
	c->out->tensors[c->out->num_tensors] = *t;
	c->out->tensors[c->out->num_tensors].producer = -1;
	return (int)c->out->num_tensors++;
}

static struct mnet_op *add_op(struct converter *c, const struct mnet_op *like,
			      unsigned int num_inputs, const int *inputs, int output)
{
	struct mnet_op *op = &c->out->ops[c->out->num_ops];
	int *in = mnet_arena_alloc(c->out->arena, num_inputs * sizeof(*in));
	int *out = mnet_arena_alloc(c->out->arena, sizeof(*out));

	if (!in || !out) {
		c->failed = true;
		return NULL;
	}
	*op = *like;
	memcpy(in, inputs, num_inputs * sizeof(*in));
	*out = output;
	op->inputs = in;
	op->num_inputs = num_inputs;
	op->outputs = out;
	op->num_outputs = 1;
	c->out->tensors[output].producer = (int)c->out->num_ops++;
	return op;
}

/* A tensor like @t of the float network, of @type, its name marked with @suffix */
static int add_typed(struct converter *c, unsigned int t, enum mnet_type type, const char *suffix)
{
	struct mnet_tensor copy = c->q->graph.tensors[t];
	const struct quant_range *range = &c->q->ranges[t];
	int32_t *zero_point;
	char name[256];
	float *scale;

	snprintf(name, sizeof(name), "%.200s%s", copy.name, suffix);
	copy.name = mnet_arena_strdup(c->out->arena, name, strlen(name));
	scale = mnet_arena_alloc(c->out->arena, sizeof(*scale));
	zero_point = mnet_arena_alloc(c->out->arena, sizeof(*zero_point));
	if (!copy.name || !scale || !zero_point) {
		c->failed = true;
		return 0;
	}
	copy.bytes = copy.bytes / mnet_type_size(copy.type) * mnet_type_size(type);
	copy.type = type;
	copy.data = NULL;
	copy.num_scales = 0;
	if (type != MNET_FLOAT32) {
		*scale = range->scale;
		/* the same real values: uint8 is int8 moved up by 128 */
		*zero_point = range->zero_point + (type == MNET_UINT8 ? 128 : 0);
		copy.num_scales = 1;
		copy.scales = scale;
		copy.zero_points = zero_point;
	}
	return add_tensor(c, &copy);
}

static const struct mnet_op quantize_op = {
	.code = MNET_OP_QUANTIZE, .version = 1, .name = "QUANTIZE",
};

static const struct mnet_op dequantize_op = {
	.code = MNET_OP_DEQUANTIZE, .version = 2, .name = "DEQUANTIZE",
};

static bool is_float(const struct mnet_tensor *t)
{
	return t->type == MNET_FLOAT32;
}

/* The int8 twin of an activation, through QUANTIZE where there is only the float one */
static int get_int8(struct converter *c, int t)
{
	if (c->as_int8[t] < 0) {
		c->as_int8[t] = add_typed(c, t, MNET_INT8, "_int8");
		if (!c->failed)
			add_op(c, &quantize_op, 1, &c->as_float[t], c->as_int8[t]);
	}
	return c->as_int8[t];
}

/* The float twin of a tensor; constants and integer tensors are taken as they are */
static int get_float(struct converter *c, int t)
{
	const struct mnet_tensor *tensor = &c->q->graph.tensors[t];

	if (c->as_float[t] >= 0)
		return c->as_float[t];
	if (tensor->data || !is_float(tensor) || c->as_int8[t] < 0) {
		c->as_float[t] = add_tensor(c, tensor);
	} else {
		c->as_float[t] = add_typed(c, t, MNET_FLOAT32, "_float");
		if (!c->failed)
			add_op(c, &dequantize_op, 1, &c->as_int8[t], c->as_float[t]);
	}
	return c->as_float[t];
}

/* @t with the parameters of @like: itself where it has them, else through QUANTIZE */
static int requantise(struct converter *c, int t, int like)
{
	const struct quant_range *from = &c->q->ranges[t], *to = &c->q->ranges[like];
	int source = get_int8(c, t), target;
	struct mnet_tensor *out;

	if (from->scale == to->scale && from->zero_point == to->zero_point)
		return source;
	target = add_typed(c, t, MNET_INT8, "_rescaled");
	if (c->failed)
		return 0;
	out = &c->out->tensors[target];
	*(float *)out->scales = to->scale;
	*(int32_t *)out->zero_points = to->zero_point;
	add_op(c, &quantize_op, 1, &source, target);
	return target;
}

/* Weights, and the bias behind them, of operator @op; fills @inputs */
static void convert_weights(struct converter *c, const struct mnet_op *op,
			    const struct mnet_filter *f, int *inputs)
{
	const struct mnet_graph *g = &c->q->graph;
	const struct mnet_tensor *bias = NULL;
	float input_scale = c->q->ranges[op->inputs[f->input]].scale;
	struct mnet_tensor weights, converted;

	if (op->num_inputs > f->bias && op->inputs[f->bias] != MNET_NO_TENSOR)
		bias = &g->tensors[op->inputs[f->bias]];
	if (!quant_weights(c->out->arena, &g->tensors[op->inputs[f->weights]], f->axis,
			   f->per_channel, bias, input_scale, &weights)) {
		c->failed = true;
		return;
	}
	inputs[f->weights] = add_tensor(c, &weights);
	if (!bias)
		return;
	if (!quant_bias(c->out->arena, bias, input_scale, &weights, &converted)) {
		c->failed = true;
		return;
	}
	inputs[f->bias] = add_tensor(c, &converted);
}

static void convert_int8(struct converter *c, const struct mnet_op *op)
{
	const struct mnet_graph *g = &c->q->graph;
	const struct mnet_operator *entry = mnet_operator(op);
	const struct mnet_int8 *int8 = &entry->int8;
	int inputs[MNET_MAX_INPUTS], out = op->outputs[0];
	struct mnet_op *written;
	struct mnet_tensor constant;

	for (unsigned int i = 0; i < op->num_inputs && !c->failed; i++) {
		int t = op->inputs[i];

		inputs[i] = t;
		if (t == MNET_NO_TENSOR || (entry->filter.weights && g->tensors[t].data &&
					    is_float(&g->tensors[t])))
			continue;
		if (!is_float(&g->tensors[t])) {
			inputs[i] = get_float(c, t);
		} else if (g->tensors[t].data) {
			if (!quant_operand(c->out->arena, &g->tensors[t], &constant))
				c->failed = true;
			else
				inputs[i] = add_tensor(c, &constant);
		} else {
			inputs[i] = int8->scaling == MNET_SCALING_SAME ?
				requantise(c, t, out) : get_int8(c, t);
		}
	}
	if (entry->filter.weights)
		convert_weights(c, op, &entry->filter, inputs);
	if (c->failed)
		return;
	c->as_int8[out] = add_typed(c, out, MNET_INT8, "");
	written = add_op(c, op, op->num_inputs, inputs, c->as_int8[out]);
	if (!written)
		return;
	written->version = int8->version_of ? int8->version_of(op) : int8->version;
	c->refusal = mnet_cpu_unsupported(c->out, written);
	if (c->refusal)
		c->q->refusals[op - g->ops] = c->refusal;
}

static void convert_float(struct converter *c, const struct mnet_op *op)
{
	int inputs[MNET_MAX_INPUTS];
	int *outputs;
	struct mnet_op *written;

	for (unsigned int i = 0; i < op->num_inputs && !c->failed; i++)
		inputs[i] = op->inputs[i] == MNET_NO_TENSOR ? MNET_NO_TENSOR :
			    get_float(c, op->inputs[i]);
	outputs = mnet_arena_alloc(c->out->arena, op->num_outputs * sizeof(*outputs));
	if (!outputs || c->failed) {
		c->failed = true;
		return;
	}
	for (unsigned int i = 0; i < op->num_outputs; i++) {
		outputs[i] = add_tensor(c, &c->q->graph.tensors[op->outputs[i]]);
		c->as_float[op->outputs[i]] = outputs[i];
	}
	written = add_op(c, op, op->num_inputs, inputs, outputs[0]);
	if (!written)
		return;
	written->outputs = outputs;
	written->num_outputs = op->num_outputs;
	for (unsigned int i = 0; i < op->num_outputs; i++)
		c->out->tensors[outputs[i]].producer = (int)c->out->num_ops - 1;
}

/* The model's inputs in the type asked for; int8 inside comes from there */
static void convert_inputs(struct converter *c)
{
	const struct mnet_graph *g = &c->q->graph;
	enum mnet_type type = c->q->options->input;

	for (unsigned int i = 0; i < g->num_inputs && !c->failed; i++) {
		int t = g->inputs[i], made = add_typed(c, t, type, "");

		c->out->inputs[i] = made;
		if (type == MNET_FLOAT32) {
			c->as_float[t] = made;
		} else if (type == MNET_INT8) {
			c->as_int8[t] = made;
		} else if (!c->failed) {
			c->as_int8[t] = add_typed(c, t, MNET_INT8, "_int8");
			if (!c->failed)
				add_op(c, &quantize_op, 1, &made, c->as_int8[t]);
		}
	}
}

static void convert_outputs(struct converter *c)
{
	const struct mnet_graph *g = &c->q->graph;
	enum mnet_type type = c->q->options->input;

	for (unsigned int i = 0; i < g->num_outputs && !c->failed; i++) {
		int t = g->outputs[i], inner;

		if (type == MNET_FLOAT32 || !is_float(&g->tensors[t])) {
			c->out->outputs[i] = get_float(c, t);
			continue;
		}
		inner = get_int8(c, t);
		c->out->outputs[i] = inner;
		if (type == MNET_UINT8 && !c->failed) {
			c->out->outputs[i] = add_typed(c, t, MNET_UINT8, "_uint8");
			if (!c->failed)
				add_op(c, &quantize_op, 1, &inner, c->out->outputs[i]);
		}
	}
}

static bool allocate(struct converter *c)
{
	const struct mnet_graph *g = &c->q->graph;
	struct mnet_graph *out = c->out;
	size_t uses = 0, tensors, ops;

	for (unsigned int i = 0; i < g->num_ops; i++)
		uses += g->ops[i].num_inputs + g->ops[i].num_outputs;
	/* each tensor three types, each use a constant or a requantised copy */
	tensors = 3 * (size_t)g->num_tensors + 2 * uses;
	ops = g->num_ops + 3 * (size_t)g->num_tensors + uses;
	out->tensors = mnet_arena_alloc(out->arena, tensors * sizeof(*out->tensors));
	out->ops = mnet_arena_alloc(out->arena, ops * sizeof(*out->ops));
	out->inputs = mnet_arena_alloc(out->arena, g->num_inputs * sizeof(*out->inputs));
	out->outputs = mnet_arena_alloc(out->arena, g->num_outputs * sizeof(*out->outputs));
	c->as_int8 = mnet_arena_alloc(g->arena, g->num_tensors * sizeof(*c->as_int8));
	c->as_float = mnet_arena_alloc(g->arena, g->num_tensors * sizeof(*c->as_float));
	if (!out->tensors || !out->ops || !out->inputs || !out->outputs || !c->as_int8 ||
	    !c->as_float)
		return false;
	out->num_inputs = g->num_inputs;
	out->num_outputs = g->num_outputs;
	for (unsigned int i = 0; i < g->num_tensors; i++)
		c->as_int8[i] = c->as_float[i] = -1;
	return true;
}

/*
 * Constants left as they were point into the source's memory or the simplified
 * graph's; the result owns copies of the latter, which goes away.
 */
static bool own_constants(struct converter *c)
{
	struct mnet_graph *out = c->out;

	for (unsigned int i = 0; i < out->num_tensors; i++) {
		struct mnet_tensor *t = &out->tensors[i];
		void *copy;

		if (!t->data || t->num_scales)
			continue;
		copy = mnet_arena_alloc(out->arena, t->bytes);
		if (!copy)
			return false;
		memcpy(copy, t->data, t->bytes);
		t->data = copy;
	}
	return true;
}

int quantizer_convert(struct quantizer *q)
{
	struct converter c = { .q = q, .out = &q->out->graph };

	if (!allocate(&c))
		return mnet_fail(q->err, -ENOMEM, "out of memory");
	convert_inputs(&c);
	for (unsigned int i = 0; i < q->graph.num_ops && !c.failed && !c.refusal; i++) {
		if (q->reasons[i])
			convert_float(&c, &q->graph.ops[i]);
		else
			convert_int8(&c, &q->graph.ops[i]);
	}
	if (c.refusal)
		return -EAGAIN;
	convert_outputs(&c);
	if (c.failed || !own_constants(&c))
		return mnet_fail(q->err, -ENOMEM, "out of memory");
	for (unsigned int i = 0; i < q->graph.num_tensors; i++)
		q->mapping[i] = c.as_int8[i] >= 0 ? c.as_int8[i] : c.as_float[i];
	return 0;
}
