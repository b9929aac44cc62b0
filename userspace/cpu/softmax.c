// SPDX-License-Identifier: MIT
/*
 * SOFTMAX over the last dimension. TFLite's quantised kernel is a float table of
 * exp(); sums run in order, in float, so the bytes are reproducible.
 */
#include <errno.h>
#include <math.h>

#include "cpu/kernel.h"
#include "graph/quantization.h"

/* exp(-beta * scale * i) for i below the row's largest value */
struct softmax_state {
	float exp[256];
};

static const char *softmax_unsupported(const struct mnet_graph *graph, const struct mnet_op *op)
{
	const char *reason = cpu_needs_8bit(graph, op);

	if (reason)
		return reason;
	return cpu_input(graph, op, 0)->rank ? NULL : "an input without dimensions";
}

static int softmax_prepare(struct mnet_cpu_op *cpu_op)
{
	const struct mnet_tensor *in = cpu_input(cpu_op->graph, cpu_op->op, 0);
	float scale = -in->scales[0] * cpu_op->op->u.softmax.beta;
	struct softmax_state *s = mnet_arena_alloc(cpu_op->memory, sizeof(*s));
	int i;

	if (!s)
		return -ENOMEM;
	for (i = 0; i < 256; i++)
		s->exp[i] = expf(scale * (float)i);
	cpu_op->state = s;
	return 0;
}

static void softmax_row(const struct softmax_state *s, const struct mnet_tensor *out,
			const void *in, uint8_t *bytes, size_t n)
{
	bool is_uint8 = out->type == MNET_UINT8;
	int32_t largest = INT8_MIN;
	int32_t min, max;
	float sum = 0.0f, inverse;
	size_t i;

	mnet_type_range(out->type, &min, &max);
	for (i = 0; i < n; i++)
		if (cpu_load(in, i, is_uint8) > largest)
			largest = cpu_load(in, i, is_uint8);
	for (i = 0; i < n; i++)
		sum += s->exp[largest - cpu_load(in, i, is_uint8)];
	inverse = 1.0f / (sum * out->scales[0]);
	for (i = 0; i < n; i++) {
		float p = s->exp[largest - cpu_load(in, i, is_uint8)] * inverse;
		float q;

		/* uint8 rounds by truncation and has no zero point in TFLite */
		q = is_uint8 ? truncf(p + 0.5f) : roundf(p) + (float)out->zero_points[0];
		bytes[i] = (uint8_t)(int32_t)(q > (float)min ? fminf(q, (float)max) : (float)min);
	}
}

static void softmax_run(struct mnet_cpu_op *cpu_op, void *const *data)
{
	const struct mnet_tensor *out = cpu_output(cpu_op->graph, cpu_op->op);
	const uint8_t *in = data[cpu_op->op->inputs[0]];
	uint8_t *bytes = data[cpu_op->op->outputs[0]];
	size_t n = (size_t)out->shape[out->rank - 1], at;

	for (at = 0; at < out->bytes; at += n)
		softmax_row(cpu_op->state, out, in + at, bytes + at, n);
}

const struct cpu_kernel cpu_softmax_kernels[] = {
	{ MNET_OP_SOFTMAX, softmax_unsupported, softmax_prepare, softmax_run },
	{ 0 },
};
