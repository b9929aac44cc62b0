// SPDX-License-Identifier: MIT
/*
 * ADD, SUB and MUL with broadcasting. Each value's own scaling is a table.
 */
#include <errno.h>
#include <math.h>

#include "cpu/kernel.h"
#include "graph/quantization.h"
#include "kernels/fixedpoint.h"

#define LEFT_SHIFT	20	/* TFLite's, for 8-bit tensors */

/**
 * struct arith_state - an element-wise operator ready to run
 * @rank: dimensions of the output, equal neighbours merged, at least 1
 * @size: of each
 * @step: bytes from an element to the next in each input, 0 where it is repeated
 * @table: value of an input's byte: scaled (ADD), less the zero point (MUL)
 * @combine: a line of the last dimension
 * @multiplier: of the result
 * @shift: of the result
 * @zero_point: of the output
 * @min: the output is clamped to [@min, @max]
 * @max: see @min
 */
struct arith_state {
	unsigned int rank;
	int32_t size[MNET_MAX_RANK];
	size_t step[2][MNET_MAX_RANK];
	int32_t table[2][256];
	void (*combine)(const struct arith_state *s, const uint8_t *a, const uint8_t *b,
			uint8_t *out);
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

static void add_line(const struct arith_state *s, const uint8_t *a, const uint8_t *b, uint8_t *out)
{
	size_t step_a = s->step[0][s->rank - 1], step_b = s->step[1][s->rank - 1];
	int32_t i;

	for (i = 0; i < s->size[s->rank - 1]; i++, a += step_a, b += step_b)
		out[i] = requantize(s, (int32_t)((uint32_t)s->table[0][*a] +
						 (uint32_t)s->table[1][*b]));
}

static void mul_line(const struct arith_state *s, const uint8_t *a, const uint8_t *b, uint8_t *out)
{
	size_t step_a = s->step[0][s->rank - 1], step_b = s->step[1][s->rank - 1];
	int32_t i;

	for (i = 0; i < s->size[s->rank - 1]; i++, a += step_a, b += step_b)
		out[i] = requantize(s, s->table[0][*a] * s->table[1][*b]);
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

/* Steps of input @which along each dimension of the output */
static void set_steps(struct arith_state *s, unsigned int which, const struct mnet_tensor *t,
		      const struct mnet_tensor *out)
{
	size_t step = 1;
	unsigned int i;

	for (i = 0; i < out->rank; i++) {
		unsigned int d = out->rank - 1 - i;
		int32_t size = i < t->rank ? t->shape[t->rank - 1 - i] : 1;

		s->step[which][d] = size == 1 ? 0 : step;
		step *= (size_t)size;
	}
}

/*
 * Makes dimensions @d and @d + 1 one, where a single step goes through both:
 * the outer one continues the inner, or one of them has but one element.
 */
static bool merge(struct arith_state *s, unsigned int d)
{
	size_t inner = (size_t)s->size[d + 1];
	unsigned int keep = inner == 1 ? d : d + 1, i;

	if (inner != 1 && s->size[d] != 1 &&
	    (s->step[0][d] != s->step[0][d + 1] * inner ||
	     s->step[1][d] != s->step[1][d + 1] * inner))
		return false;
	s->step[0][d] = s->step[0][keep];
	s->step[1][d] = s->step[1][keep];
	s->size[d] *= s->size[d + 1];
	for (i = d + 1; i + 1 < s->rank; i++) {
		s->size[i] = s->size[i + 1];
		s->step[0][i] = s->step[0][i + 1];
		s->step[1][i] = s->step[1][i + 1];
	}
	s->rank--;
	return true;
}

static void merge_dimensions(struct arith_state *s)
{
	unsigned int d;

	for (d = s->rank - 1; d-- > 0;)
		merge(s, d);
}

static void set_shape(struct arith_state *s, const struct mnet_tensor *a,
		      const struct mnet_tensor *b, const struct mnet_tensor *out)
{
	unsigned int i;

	s->rank = out->rank;
	for (i = 0; i < out->rank; i++)
		s->size[i] = out->shape[i];
	set_steps(s, 0, a, out);
	set_steps(s, 1, b, out);
	if (!s->rank) {
		s->rank = 1;
		s->size[0] = 1;
	}
	merge_dimensions(s);
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
	set_shape(s, a, b, out);
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
	const uint8_t *a = data[cpu_op->op->inputs[0]], *b = data[cpu_op->op->inputs[1]];
	uint8_t *out = data[cpu_op->op->outputs[0]];
	int32_t at[MNET_MAX_RANK] = { 0 };
	unsigned int d;

	for (;;) {
		s->combine(s, a, b, out);
		out += s->size[s->rank - 1];
		/* On to the next line, odometer-wise */
		for (d = s->rank - 1; d-- > 0;) {
			a += s->step[0][d];
			b += s->step[1][d];
			if (++at[d] < s->size[d])
				break;
			a -= s->step[0][d] * (size_t)at[d];
			b -= s->step[1][d] * (size_t)at[d];
			at[d] = 0;
		}
		if (d == (unsigned int)-1)
			return;
	}
}

const struct cpu_kernel cpu_arith_kernels[] = {
	{ MNET_OP_ADD, arith_unsupported, arith_prepare, arith_run },
	{ MNET_OP_SUB, arith_unsupported, arith_prepare, arith_run },
	{ MNET_OP_MUL, arith_unsupported, arith_prepare, arith_run },
	{ 0 },
};
