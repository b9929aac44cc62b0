// SPDX-License-Identifier: MIT
/*
 * QUANTIZE and DEQUANTIZE.
 */
#include <math.h>
#include <string.h>

#include "cpu/kernel.h"
#include "graph/half.h"
#include "graph/quantization.h"

static const char *quantize_unsupported(const struct mnet_graph *graph, const struct mnet_op *op)
{
	const struct mnet_tensor *in = cpu_input(graph, op, 0);

	if (!cpu_is_8bit(cpu_output(graph, op)))
		return "output that is not 8-bit";
	if (cpu_is_8bit(in) || in->type == MNET_FLOAT32)
		return NULL;
	return cpu_needs_8bit(graph, op);
}

static int quantize_prepare(struct mnet_cpu_op *cpu_op)
{
	if (cpu_is_8bit(cpu_input(cpu_op->graph, cpu_op->op, 0)))
		return cpu_requantize_prepare(cpu_op);
	return 0;
}

static void quantize_run(struct mnet_cpu_op *cpu_op, void *const *data)
{
	const struct mnet_tensor *out = cpu_output(cpu_op->graph, cpu_op->op);
	const float *in = data[cpu_op->op->inputs[0]];
	uint8_t *bytes = data[cpu_op->op->outputs[0]];
	size_t n = cpu_elements(out), i;
	int32_t min, max;

	if (cpu_op->state) {
		cpu_table_run(cpu_op, data);
		return;
	}
	mnet_type_range(out->type, &min, &max);
	for (i = 0; i < n; i++) {
		float q = roundf(in[i] / out->scales[0]) + (float)out->zero_points[0];

		/* Written so that a NaN becomes the smallest value */
		bytes[i] = (uint8_t)(int32_t)(q > (float)min ? fminf(q, (float)max) : (float)min);
	}
}

static const char *dequantize_unsupported(const struct mnet_graph *graph,
					  const struct mnet_op *op)
{
	if (cpu_output(graph, op)->type != MNET_FLOAT32)
		return "output that is not float32";
	return cpu_input(graph, op, 0)->type == MNET_FLOAT16 ? NULL : cpu_needs_8bit(graph, op);
}

static void from_float16(const uint16_t *in, float *out, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		out[i] = mnet_half_to_float(in[i]);
}

static void dequantize_run(struct mnet_cpu_op *cpu_op, void *const *data)
{
	const struct mnet_tensor *in = cpu_input(cpu_op->graph, cpu_op->op, 0);
	const void *bytes = data[cpu_op->op->inputs[0]];
	float *out = data[cpu_op->op->outputs[0]];
	size_t n = cpu_elements(in), inner = 1, i;
	unsigned int d;

	if (in->type == MNET_FLOAT16) {
		from_float16(bytes, out, n);
		return;
	}
	for (d = in->axis + 1; d < in->rank; d++)
		inner *= (size_t)in->shape[d];
	for (i = 0; i < n; i++) {
		size_t channel = in->num_scales > 1 ? i / inner % in->num_scales : 0;
		int32_t q = cpu_load(bytes, i, in->type == MNET_UINT8);

		out[i] = (float)((double)in->scales[channel] * (q - in->zero_points[channel]));
	}
}

const struct cpu_kernel cpu_convert_kernels[] = {
	{ MNET_OP_DEQUANTIZE, dequantize_unsupported, NULL, dequantize_run },
	{ MNET_OP_QUANTIZE, quantize_unsupported, quantize_prepare, quantize_run },
	{ 0 },
};
