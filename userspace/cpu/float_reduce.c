// SPDX-License-Identifier: MIT
/* MEAN in float32. */
#include <errno.h>
#include <string.h>

#include "cpu/float32.h"
#include "cpu/reduce.h"

/**
 * struct mean_state - a mean ready to run
 * @step: see cpu_reduce_steps()
 * @count: inputs of each output
 */
struct mean_state {
	size_t step[MNET_MAX_RANK];
	int64_t count;
};

static int mean_prepare(struct mnet_cpu_op *cpu_op)
{
	struct mean_state *s = mnet_arena_alloc(cpu_op->memory, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->count = cpu_reduce_steps(cpu_op, s->step);
	cpu_op->state = s;
	return 0;
}

/* On to the next line of the input: @at of all dimensions but the last, odometer-wise */
static size_t next_line(const struct mean_state *s, const struct mnet_tensor *in, int32_t *at,
			size_t to)
{
	unsigned int d;

	for (d = in->rank - 1; d-- > 0;) {
		to += s->step[d];
		if (++at[d] < in->shape[d])
			break;
		to -= s->step[d] * (size_t)at[d];
		at[d] = 0;
	}
	return to;
}

static void add_up(const struct mean_state *s, const struct mnet_tensor *in, const float *values,
		   float *sums)
{
	size_t n = (size_t)in->shape[in->rank - 1], lines = cpu_elements(in) / n, to = 0, i;
	size_t step = s->step[in->rank - 1];
	int32_t at[MNET_MAX_RANK] = { 0 };

	for (; lines--; values += n, to = next_line(s, in, at, to))
		for (i = 0; i < n; i++)
			sums[to + i * step] += values[i];
}

static void mean_run(struct mnet_cpu_op *cpu_op, void *const *data)
{
	const struct mnet_tensor *in = cpu_input(cpu_op->graph, cpu_op->op, 0);
	const struct mnet_tensor *out = cpu_output(cpu_op->graph, cpu_op->op);
	const struct mean_state *s = cpu_op->state;
	float *to = data[cpu_op->op->outputs[0]];
	size_t n = cpu_elements(out), i;

	if (!in->rank) {
		*to = *(const float *)data[cpu_op->op->inputs[0]];
		return;
	}
	memset(to, 0, out->bytes);
	add_up(s, in, data[cpu_op->op->inputs[0]], to);
	for (i = 0; i < n; i++)
		to[i] /= (float)s->count;
}

const struct cpu_kernel cpu_float_reduce_kernels[] = {
	{ MNET_OP_MEAN, cpu_needs_float, mean_prepare, mean_run },
	{ 0 },
};
