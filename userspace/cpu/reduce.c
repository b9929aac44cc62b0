// SPDX-License-Identifier: MIT
/*
 * MEAN: sums in int32, then one multiplier that has 1/n in it.
 */
#include <errno.h>
#include <string.h>

#include "cpu/reduce.h"
#include "graph/quantization.h"
#include "kernels/fixedpoint.h"

/**
 * struct mean_state - a mean ready to run
 * @step: see cpu_reduce_steps()
 * @sums: one per output
 * @count: inputs of each output
 * @multiplier: of a sum
 * @shift: of a sum
 */
struct mean_state {
	size_t step[MNET_MAX_RANK];
	uint32_t *sums;
	int64_t count;
	int32_t multiplier;
	int32_t shift;
};

static bool is_reduced(const struct mnet_tensor *axes, unsigned int rank, unsigned int d)
{
	size_t i;

	for (i = 0; i < cpu_elements(axes); i++) {
		int64_t axis = axes->type == MNET_INT64 ? ((const int64_t *)axes->data)[i] :
			       ((const int32_t *)axes->data)[i];

		if (axis == d || axis + rank == d)
			return true;
	}
	return false;
}

int64_t cpu_reduce_steps(const struct mnet_cpu_op *cpu_op, size_t step[MNET_MAX_RANK])
{
	const struct mnet_tensor *in = cpu_input(cpu_op->graph, cpu_op->op, 0);
	const struct mnet_tensor *axes = cpu_input(cpu_op->graph, cpu_op->op, 1);
	int64_t count = 1;
	size_t next = 1;
	unsigned int d;

	for (d = in->rank; d-- > 0;) {
		step[d] = 0;
		if (is_reduced(axes, in->rank, d)) {
			count *= in->shape[d];
			continue;
		}
		step[d] = next;
		next *= (size_t)in->shape[d];
	}
	return count;
}

/* 1/n in the multiplier, as many bits of it as fit */
static void divide_multiplier(struct mean_state *s)
{
	int bits = 63 - __builtin_clzll((uint64_t)s->count);

	if (bits > 32)
		bits = 32;
	if (bits > 31 + s->shift)
		bits = 31 + s->shift;
	s->multiplier = (int32_t)(((int64_t)s->multiplier << bits) / s->count);
	s->shift -= bits;
}

static int mean_prepare(struct mnet_cpu_op *cpu_op)
{
	const struct mnet_tensor *in = cpu_input(cpu_op->graph, cpu_op->op, 0);
	const struct mnet_tensor *out = cpu_output(cpu_op->graph, cpu_op->op);
	struct mean_state *s = mnet_arena_alloc(cpu_op->memory, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->sums = mnet_arena_alloc(cpu_op->memory, cpu_elements(out) * sizeof(*s->sums));
	if (!s->sums)
		return -ENOMEM;
	s->count = cpu_reduce_steps(cpu_op, s->step);
	mnet_quantize_multiplier((double)in->scales[0] / (double)out->scales[0], &s->multiplier,
				 &s->shift);
	divide_multiplier(s);
	cpu_op->state = s;
	return 0;
}

/* Adds up what lies below dimension @d */
static const uint8_t *add_up(const struct mean_state *s, const struct mnet_tensor *in,
			     unsigned int d, const uint8_t *bytes, uint32_t *sums)
{
	int32_t i;

	if (d == in->rank) {
		*sums += (uint32_t)cpu_load(bytes, 0, in->type == MNET_UINT8);
		return bytes + 1;
	}
	for (i = 0; i < in->shape[d]; i++)
		bytes = add_up(s, in, d + 1, bytes, sums + (size_t)i * s->step[d]);
	return bytes;
}

static void mean_run(struct mnet_cpu_op *cpu_op, void *const *data)
{
	const struct mnet_tensor *in = cpu_input(cpu_op->graph, cpu_op->op, 0);
	const struct mnet_tensor *out = cpu_output(cpu_op->graph, cpu_op->op);
	const struct mean_state *s = cpu_op->state;
	uint8_t *bytes = data[cpu_op->op->outputs[0]];
	size_t n = cpu_elements(out), i;
	int32_t min, max;

	mnet_type_range(out->type, &min, &max);
	memset(s->sums, 0, n * sizeof(*s->sums));
	add_up(s, in, 0, data[cpu_op->op->inputs[0]], s->sums);
	for (i = 0; i < n; i++) {
		uint32_t sum = s->sums[i] - (uint32_t)(in->zero_points[0] * s->count);
		int64_t y = (int64_t)mnet_mbqm((int32_t)sum, s->multiplier, s->shift) +
			    out->zero_points[0];

		bytes[i] = (uint8_t)(y < min ? min : y > max ? max : y);
	}
}

const struct cpu_kernel cpu_reduce_kernels[] = {
	{ MNET_OP_MEAN, cpu_needs_8bit, mean_prepare, mean_run },
	{ 0 },
};
