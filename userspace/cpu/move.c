// SPDX-License-Identifier: MIT
/*
 * Operators that move bytes: RESHAPE, SQUEEZE, PAD, PADV2, CONCATENATION.
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "cpu/kernel.h"
#include "graph/quantization.h"

static const char *copy_unsupported(const struct mnet_graph *graph, const struct mnet_op *op)
{
	(void)graph;
	(void)op;
	return NULL;
}

static void copy_run(struct mnet_cpu_op *cpu_op, void *const *data)
{
	const void *in = data[cpu_op->op->inputs[0]];
	void *out = data[cpu_op->op->outputs[0]];

	/* The two may share memory */
	memmove(out, in, cpu_output(cpu_op->graph, cpu_op->op)->bytes);
}

/* --- PAD --- */

static const char *pad_unsupported(const struct mnet_graph *graph, const struct mnet_op *op)
{
	const struct mnet_tensor *in = cpu_input(graph, op, 0), *out = cpu_output(graph, op);

	if (cpu_is_8bit(in) && (in->scales[0] != out->scales[0] ||
				in->zero_points[0] != out->zero_points[0]))
		return "output quantized unlike the input";
	return NULL;
}

static int64_t padding_before(const struct mnet_tensor *pads, unsigned int d)
{
	return pads->type == MNET_INT64 ? ((const int64_t *)pads->data)[2 * d] :
	       ((const int32_t *)pads->data)[2 * d];
}

/* All of @out one element over and over */
static void fill(char *out, size_t bytes, const void *element, size_t size)
{
	size_t at;

	if (size == 1) {
		memset(out, *(const unsigned char *)element, bytes);
		return;
	}
	for (at = 0; at < bytes; at += size)
		memcpy(out + at, element, size);
}

/**
 * struct pad_walk - copying the input into the padded output
 * @out_step: bytes from an element to the next along each dimension of the output
 */
struct pad_walk {
	const struct mnet_tensor *in;
	const struct mnet_tensor *pads;
	size_t out_step[MNET_MAX_RANK];
};

static const char *pad_copy(const struct pad_walk *w, unsigned int d, const char *in, char *out)
{
	size_t line;
	int32_t i;

	out += (size_t)padding_before(w->pads, d) * w->out_step[d];
	if (d + 1 == w->in->rank) {
		line = (size_t)w->in->shape[d] * w->out_step[d];
		memcpy(out, in, line);
		return in + line;
	}
	for (i = 0; i < w->in->shape[d]; i++)
		in = pad_copy(w, d + 1, in, out + (size_t)i * w->out_step[d]);
	return in;
}

static void pad_run(struct mnet_cpu_op *cpu_op, void *const *data)
{
	const struct mnet_tensor *out = cpu_output(cpu_op->graph, cpu_op->op);
	struct pad_walk w = {
		.in = cpu_input(cpu_op->graph, cpu_op->op, 0),
		.pads = cpu_input(cpu_op->graph, cpu_op->op, 1),
	};
	size_t size = mnet_type_size(out->type), step = size;
	char *to = data[cpu_op->op->outputs[0]];
	uint8_t zero[8] = { 0 };
	const void *value = zero;
	unsigned int d;

	if (cpu_op->op->code == MNET_OP_PADV2)
		value = data[cpu_op->op->inputs[2]];
	else if (cpu_is_8bit(out))
		zero[0] = (uint8_t)out->zero_points[0];
	fill(to, out->bytes, value, size);
	for (d = out->rank; d-- > 0;) {
		w.out_step[d] = step;
		step *= (size_t)out->shape[d];
	}
	if (out->rank)
		pad_copy(&w, 0, data[cpu_op->op->inputs[0]], to);
	else
		memcpy(to, data[cpu_op->op->inputs[0]], size);
}

/* --- CONCATENATION --- */

static bool same_scale(const struct mnet_tensor *a, const struct mnet_tensor *b)
{
	return a->num_scales == b->num_scales &&
	       (!a->num_scales || (a->scales[0] == b->scales[0] &&
				   a->zero_points[0] == b->zero_points[0]));
}

static const char *concat_unsupported(const struct mnet_graph *graph, const struct mnet_op *op)
{
	const struct mnet_tensor *out = cpu_output(graph, op);
	unsigned int i;

	if (op->u.concat.activation != MNET_ACT_NONE)
		return "fused activation";
	for (i = 0; i < op->num_inputs; i++)
		if (out->type == MNET_INT8 && !same_scale(cpu_input(graph, op, i), out))
			return "int8 inputs quantized unlike the output";
	return NULL;
}

/**
 * struct concat_state - a concatenation ready to run
 * @outer: how many times all inputs are put one after the other
 * @line: bytes of each input at a time
 * @tables: translation of each uint8 input's values, or NULL where they stay
 */
struct concat_state {
	size_t outer;
	size_t line[MNET_MAX_INPUTS];
	uint8_t *tables[MNET_MAX_INPUTS];
};

/* TFLite rescales uint8 inputs in float */
static void concat_table(uint8_t table[256], const struct mnet_tensor *in,
			 const struct mnet_tensor *out)
{
	float scale = in->scales[0] * (1.0f / out->scales[0]);
	float bias = (float)-in->zero_points[0] * scale;
	int i;

	for (i = 0; i < 256; i++) {
		float q = roundf((float)i * scale + bias) + (float)out->zero_points[0];

		table[i] = (uint8_t)(int32_t)fminf(fmaxf(q, 0.0f), 255.0f);
	}
}

static int concat_prepare(struct mnet_cpu_op *cpu_op)
{
	const struct mnet_op *op = cpu_op->op;
	const struct mnet_tensor *out = cpu_output(cpu_op->graph, op);
	struct concat_state *s = mnet_arena_alloc(cpu_op->memory, sizeof(*s));
	int32_t axis = op->u.concat.axis;
	unsigned int i;

	if (!s)
		return -ENOMEM;
	if (axis < 0)
		axis += (int32_t)out->rank;
	s->outer = 1;
	for (i = 0; i < (unsigned int)axis; i++)
		s->outer *= (size_t)out->shape[i];
	for (i = 0; i < op->num_inputs; i++) {
		const struct mnet_tensor *in = cpu_input(cpu_op->graph, op, i);

		s->line[i] = in->bytes / s->outer;
		if (out->type != MNET_UINT8 || same_scale(in, out))
			continue;
		s->tables[i] = mnet_arena_alloc(cpu_op->memory, 256);
		if (!s->tables[i])
			return -ENOMEM;
		concat_table(s->tables[i], in, out);
	}
	cpu_op->state = s;
	return 0;
}

static void concat_run(struct mnet_cpu_op *cpu_op, void *const *data)
{
	const struct concat_state *s = cpu_op->state;
	const struct mnet_op *op = cpu_op->op;
	uint8_t *out = data[op->outputs[0]];
	size_t outer, k;
	unsigned int i;

	for (outer = 0; outer < s->outer; outer++) {
		for (i = 0; i < op->num_inputs; i++) {
			const uint8_t *in = data[op->inputs[i]];

			in += outer * s->line[i];
			if (s->tables[i])
				for (k = 0; k < s->line[i]; k++)
					out[k] = s->tables[i][in[k]];
			else
				memcpy(out, in, s->line[i]);
			out += s->line[i];
		}
	}
}

const struct cpu_kernel cpu_move_kernels[] = {
	{ MNET_OP_CONCATENATION, concat_unsupported, concat_prepare, concat_run },
	{ MNET_OP_PAD, pad_unsupported, NULL, pad_run },
	{ MNET_OP_PADV2, pad_unsupported, NULL, pad_run },
	{ MNET_OP_RESHAPE, copy_unsupported, NULL, copy_run },
	{ MNET_OP_SQUEEZE, copy_unsupported, NULL, copy_run },
	{ 0 },
};
