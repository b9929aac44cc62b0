// SPDX-License-Identifier: MIT
/* Activation functions and SOFTMAX in float32. */
#include <math.h>

#include "cpu/float32.h"

static void clamp_run(struct mnet_cpu_op *cpu_op, void *const *data,
		      enum mnet_activation activation)
{
	struct cpu_float_range range = cpu_float_range(activation);
	size_t n = cpu_elements(cpu_output(cpu_op->graph, cpu_op->op)), i;
	const float *in = data[cpu_op->op->inputs[0]];
	float *out = data[cpu_op->op->outputs[0]];

	for (i = 0; i < n; i++)
		out[i] = cpu_float_clamp(in[i], range);
}

static void relu_run(struct mnet_cpu_op *cpu_op, void *const *data)
{
	size_t n = cpu_elements(cpu_output(cpu_op->graph, cpu_op->op)), i;
	const float *in = data[cpu_op->op->inputs[0]];
	float *out = data[cpu_op->op->outputs[0]];

	/* Unlike a fused RELU, infinity stays */
	for (i = 0; i < n; i++)
		out[i] = in[i] < 0.0f ? 0.0f : in[i];
}

static void relu6_run(struct mnet_cpu_op *cpu_op, void *const *data)
{
	clamp_run(cpu_op, data, MNET_ACT_RELU6);
}

static void relu_n1_to_1_run(struct mnet_cpu_op *cpu_op, void *const *data)
{
	clamp_run(cpu_op, data, MNET_ACT_RELU_N1_TO_1);
}

static void hard_swish_run(struct mnet_cpu_op *cpu_op, void *const *data)
{
	const struct cpu_float_range relu6 = { 0.0f, 6.0f };
	size_t n = cpu_elements(cpu_output(cpu_op->graph, cpu_op->op)), i;
	const float *in = data[cpu_op->op->inputs[0]];
	float *out = data[cpu_op->op->outputs[0]];

	for (i = 0; i < n; i++)
		out[i] = in[i] * cpu_float_clamp(in[i] + 3.0f, relu6) / 6.0f;
}

/* TFLite's: beyond these, what is left out is below float's resolution */
static float logistic(float x)
{
	if (x > 16.619047164916992188f)
		return 1.0f;
	if (x < -9.0f)
		return expf(x);
	return 1.0f / (1.0f + expf(-x));
}

static void logistic_run(struct mnet_cpu_op *cpu_op, void *const *data)
{
	size_t n = cpu_elements(cpu_output(cpu_op->graph, cpu_op->op)), i;
	const float *in = data[cpu_op->op->inputs[0]];
	float *out = data[cpu_op->op->outputs[0]];

	for (i = 0; i < n; i++)
		out[i] = logistic(in[i]);
}

static void tanh_run(struct mnet_cpu_op *cpu_op, void *const *data)
{
	size_t n = cpu_elements(cpu_output(cpu_op->graph, cpu_op->op)), i;
	const float *in = data[cpu_op->op->inputs[0]];
	float *out = data[cpu_op->op->outputs[0]];

	for (i = 0; i < n; i++)
		out[i] = tanhf(in[i]);
}

static const char *softmax_unsupported(const struct mnet_graph *graph, const struct mnet_op *op)
{
	const char *reason = cpu_needs_float(graph, op);

	if (reason)
		return reason;
	return cpu_input(graph, op, 0)->rank ? NULL : "input without dimensions";
}

static void softmax_row(const float *in, float *out, size_t n, float beta)
{
	float largest = -FLT_MAX, sum = 0.0f;
	size_t i;

	for (i = 0; i < n; i++)
		largest = largest < in[i] ? in[i] : largest;
	for (i = 0; i < n; i++) {
		out[i] = expf((in[i] - largest) * beta);
		sum += out[i];
	}
	for (i = 0; i < n; i++)
		out[i] /= sum;
}

static void softmax_run(struct mnet_cpu_op *cpu_op, void *const *data)
{
	const struct mnet_tensor *out = cpu_output(cpu_op->graph, cpu_op->op);
	size_t total = cpu_elements(out), n = (size_t)out->shape[out->rank - 1], at;
	const float *in = data[cpu_op->op->inputs[0]];
	float *to = data[cpu_op->op->outputs[0]];

	for (at = 0; at < total; at += n)
		softmax_row(in + at, to + at, n, cpu_op->op->u.softmax.beta);
}

const struct cpu_kernel cpu_float_unary_kernels[] = {
	{ MNET_OP_HARD_SWISH, cpu_needs_float, NULL, hard_swish_run },
	{ MNET_OP_LOGISTIC, cpu_needs_float, NULL, logistic_run },
	{ MNET_OP_RELU, cpu_needs_float, NULL, relu_run },
	{ MNET_OP_RELU6, cpu_needs_float, NULL, relu6_run },
	{ MNET_OP_RELU_N1_TO_1, cpu_needs_float, NULL, relu_n1_to_1_run },
	{ MNET_OP_TANH, cpu_needs_float, NULL, tanh_run },
	{ MNET_OP_SOFTMAX, softmax_unsupported, NULL, softmax_run },
	{ 0 },
};
