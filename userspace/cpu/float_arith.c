// SPDX-License-Identifier: MIT
/* ADD, SUB and MUL in float32, with broadcasting. */
#include <errno.h>

#include "cpu/broadcast.h"
#include "cpu/float32.h"

/**
 * struct arith_state - an element-wise operator ready to run
 * @walk: how the inputs meet
 * @range: of the fused activation
 * @line: computes a line
 */
struct arith_state {
	struct cpu_broadcast walk;
	struct cpu_float_range range;
	cpu_line_fn *line;
};

/*
 * A function for each operator; inside, a loop for each way of stepping, so that
 * each is plain to the compiler.
 */
#define DEFINE_LINE(name, operator)							\
static void name(const void *state, const void *const in[2], const size_t step[2],	\
		 void *to, size_t n)							\
{											\
	struct cpu_float_range range = ((const struct arith_state *)state)->range;	\
	const float *a = in[0], *b = in[1];						\
	float *out = to;								\
	size_t i;									\
											\
	if (step[0] && step[1])								\
		for (i = 0; i < n; i++)							\
			out[i] = cpu_float_clamp(a[i] operator b[i], range);		\
	else if (step[0])								\
		for (i = 0; i < n; i++)							\
			out[i] = cpu_float_clamp(a[i] operator b[0], range);		\
	else										\
		for (i = 0; i < n; i++)							\
			out[i] = cpu_float_clamp(a[0] operator b[i * step[1]], range);	\
}

DEFINE_LINE(add_line, +)
DEFINE_LINE(sub_line, -)
DEFINE_LINE(mul_line, *)

static const char *arith_unsupported(const struct mnet_graph *graph, const struct mnet_op *op)
{
	const char *reason = cpu_needs_float(graph, op);

	return reason ? reason : cpu_needs_activation(op->u.arith.activation);
}

static int arith_prepare(struct mnet_cpu_op *cpu_op)
{
	const struct mnet_op *op = cpu_op->op;
	struct arith_state *s = mnet_arena_alloc(cpu_op->memory, sizeof(*s));

	if (!s)
		return -ENOMEM;
	cpu_broadcast_init(&s->walk, cpu_input(cpu_op->graph, op, 0),
			   cpu_input(cpu_op->graph, op, 1), cpu_output(cpu_op->graph, op));
	s->range = cpu_float_range(op->u.arith.activation);
	s->line = op->code == MNET_OP_ADD ? add_line : op->code == MNET_OP_SUB ? sub_line : mul_line;
	cpu_op->state = s;
	return 0;
}

static void arith_run(struct mnet_cpu_op *cpu_op, void *const *data)
{
	const struct arith_state *s = cpu_op->state;
	const struct mnet_op *op = cpu_op->op;

	cpu_broadcast_run(&s->walk, data[op->inputs[0]], data[op->inputs[1]],
			  data[op->outputs[0]], sizeof(float), s->line, s);
}

const struct cpu_kernel cpu_float_arith_kernels[] = {
	{ MNET_OP_ADD, arith_unsupported, arith_prepare, arith_run },
	{ MNET_OP_SUB, arith_unsupported, arith_prepare, arith_run },
	{ MNET_OP_MUL, arith_unsupported, arith_prepare, arith_run },
	{ 0 },
};
