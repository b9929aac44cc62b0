// SPDX-License-Identifier: MIT
/*
 * ADD, SUB and MUL with broadcasting. Each value's own scaling is a table.
 */
#include <errno.h>
#include <math.h>

#include "cpu/broadcast.h"
#include "cpu/kernel.h"
#include "graph/quantization.h"
#include "kernels/fixedpoint.h"

#define LEFT_SHIFT	20	/* TFLite's, for 8-bit tensors */

/**
 * struct arith_state - an element-wise operator ready to run
 * @walk: how the inputs meet
 * @table: value of an input's byte: scaled (ADD), less the zero point (MUL)
 * @combine: a line of the last dimension
 * @multiplier: of the result
 * @shift: of the result
 * @zero_point: of the output
 * @min: the output is clamped to [@min, @max]
 * @max: see @min
 */
struct arith_state {
	struct cpu_broadcast walk;
	int32_t table[2][256];
	cpu_line_fn *combine;
	int32_t multiplier;
	int32_t shift;
	int32_t zero_point;
	int32_t min, max;
};

static uint8_t requantize(const struct arith_state *s, int32_t x)
{
	int64_t y = (int64_t)mnet_mbqm(x, s->multiplier, s->shift) + s->zero_point;

	return (uint8_t)(y < s->min ? s->min : y > s->max ? s->max : y);
}

static void add_line(const void *state, const void *const in[2], const size_t step[2], void *out,
		     size_t n)
{
	const struct arith_state *s = state;
	const uint8_t *a = in[0], *b = in[1];
	uint8_t *bytes = out;
	size_t i;

	for (i = 0; i < n; i++, a += step[0], b += step[1])
		bytes[i] = requantize(s, (int32_t)((uint32_t)s->table[0][*a] +
						   (uint32_t)s->table[1][*b]));
}

static void mul_line(const void *state, const void *const in[2], const size_t step[2], void *out,
		     size_t n)
{
	const struct arith_state *s = state;
	const uint8_t *a = in[0], *b = in[1];
	uint8_t *bytes = out;
	size_t i;

	for (i = 0; i < n; i++, a += step[0], b += step[1])
		bytes[i] = requantize(s, s->table[0][*a] * s->table[1][*b]);
}

/* table[byte] = the byte's value less the zero point */
static void fill_table(int32_t table[256], const struct mnet_tensor *t)
{
	int i;

	for (i = 0; i < 256; i++) {
		uint8_t byte = (uint8_t)i;

		table[i] = cpu_load(&byte, 0, t->type == MNET_UINT8) - t->zero_points[0];
	}
}

static void scale_table(int32_t table[256], double factor, bool negate)
{
	int32_t multiplier, shift;
	int i;

	mnet_quantize_multiplier(factor, &multiplier, &shift);
	for (i = 0; i < 256; i++) {
		table[i] = mnet_mbqm(table[i] * (1 << LEFT_SHIFT), multiplier, shift);
		if (negate)
			table[i] = (int32_t)-(uint32_t)table[i];
	}
}

static int arith_prepare(struct mnet_cpu_op *cpu_op)
{
	const struct mnet_op *op = cpu_op->op;
	const struct mnet_tensor *a = cpu_input(cpu_op->graph, op, 0);
	const struct mnet_tensor *b = cpu_input(cpu_op->graph, op, 1);
	const struct mnet_tensor *out = cpu_output(cpu_op->graph, op);
	struct arith_state *s = mnet_arena_alloc(cpu_op->memory, sizeof(*s));

	if (!s)
		return -ENOMEM;
	cpu_broadcast_init(&s->walk, a, b, out);
	fill_table(s->table[0], a);
	fill_table(s->table[1], b);
	s->zero_point = out->zero_points[0];
	mnet_activation_range(out, op->u.arith.activation, &s->min, &s->max);
	if (op->code == MNET_OP_MUL) {
		s->combine = mul_line;
		mnet_quantize_multiplier((double)(a->scales[0] * b->scales[0] / out->scales[0]),
					 &s->multiplier, &s->shift);
	} else {
		double twice = 2.0 * (double)fmaxf(a->scales[0], b->scales[0]);

		s->combine = add_line;
		scale_table(s->table[0], (double)a->scales[0] / twice, false);
		scale_table(s->table[1], (double)b->scales[0] / twice, op->code == MNET_OP_SUB);
		mnet_quantize_multiplier(twice / ((double)(1 << LEFT_SHIFT) *
						  (double)out->scales[0]),
					 &s->multiplier, &s->shift);
	}
	cpu_op->state = s;
	return 0;
}

static const char *arith_unsupported(const struct mnet_graph *graph, const struct mnet_op *op)
{
	const char *reason = cpu_needs_8bit(graph, op);

	return reason ? reason : cpu_needs_activation(op->u.arith.activation);
}

static void arith_run(struct mnet_cpu_op *cpu_op, void *const *data)
{
	const struct arith_state *s = cpu_op->state;
	const struct mnet_op *op = cpu_op->op;

	cpu_broadcast_run(&s->walk, data[op->inputs[0]], data[op->inputs[1]],
			  data[op->outputs[0]], 1, s->combine, s);
}

const struct cpu_kernel cpu_arith_kernels[] = {
	{ MNET_OP_ADD, arith_unsupported, arith_prepare, arith_run },
	{ MNET_OP_SUB, arith_unsupported, arith_prepare, arith_run },
	{ MNET_OP_MUL, arith_unsupported, arith_prepare, arith_run },
	{ 0 },
};
