// SPDX-License-Identifier: MIT
/*
 * Operators of one 8-bit input: 256 results, computed once.
 */
#include <errno.h>
#include <math.h>

#include "cpu/kernel.h"
#include "graph/quantization.h"
#include "kernels/fixedpoint.h"

/* 256 results, by the input's byte */
static uint8_t *new_table(struct mnet_cpu_op *cpu_op)
{
	cpu_op->state = mnet_arena_alloc(cpu_op->memory, 256);
	return cpu_op->state;
}

static int32_t table_value(const struct mnet_tensor *in, int byte)
{
	uint8_t b = (uint8_t)byte;

	return cpu_load(&b, 0, in->type == MNET_UINT8);
}

/* --- RELU, RELU6, and QUANTIZE from 8 bits to 8 bits --- */

static int rescale_prepare(struct mnet_cpu_op *cpu_op, double factor,
			   enum mnet_activation activation)
{
	const struct mnet_tensor *in = cpu_input(cpu_op->graph, cpu_op->op, 0);
	const struct mnet_tensor *out = cpu_output(cpu_op->graph, cpu_op->op);
	uint8_t *table = new_table(cpu_op);
	int32_t multiplier, shift, min, max;
	int i;

	if (!table)
		return -ENOMEM;
	mnet_quantize_multiplier(factor, &multiplier, &shift);
	mnet_activation_range(out, activation, &min, &max);
	for (i = 0; i < 256; i++) {
		int64_t y = (int64_t)mnet_mbqm(table_value(in, i) - in->zero_points[0], multiplier,
					       shift) + out->zero_points[0];

		table[i] = (uint8_t)(y < min ? min : y > max ? max : y);
	}
	return 0;
}

static int relu_prepare(struct mnet_cpu_op *cpu_op)
{
	const struct mnet_tensor *in = cpu_input(cpu_op->graph, cpu_op->op, 0);
	const struct mnet_tensor *out = cpu_output(cpu_op->graph, cpu_op->op);

	return rescale_prepare(cpu_op, (double)(in->scales[0] / out->scales[0]),
			       cpu_op->op->code == MNET_OP_RELU6 ? MNET_ACT_RELU6 : MNET_ACT_RELU);
}

int cpu_requantize_prepare(struct mnet_cpu_op *cpu_op)
{
	const struct mnet_tensor *in = cpu_input(cpu_op->graph, cpu_op->op, 0);
	const struct mnet_tensor *out = cpu_output(cpu_op->graph, cpu_op->op);

	return rescale_prepare(cpu_op, (double)in->scales[0] / (double)out->scales[0],
			       MNET_ACT_NONE);
}

/* --- HARD_SWISH: int16 fixed point --- */

static int16_t high_mul16(int16_t a, int16_t b)
{
	int32_t product = (int32_t)a * b;
	int32_t nudge = product >= 0 ? 1 << 14 : 1 - (1 << 14);

	if (a == INT16_MIN && b == INT16_MIN)
		return INT16_MAX;
	return (int16_t)((product + nudge) / (1 << 15));
}

static int16_t high_mul16_truncating(int16_t a, int16_t b)
{
	if (a == INT16_MIN && b == INT16_MIN)
		return INT16_MAX;
	return (int16_t)((int32_t)a * b / (1 << 15));
}

/* As mnet_rdbp(), but for int16: beyond 15 bits the mask is -1 and rounds up what is not negative */
static int16_t rounding_shift16(int16_t x, int exponent)
{
	int16_t mask = (int16_t)(((int64_t)1 << exponent) - 1);
	int16_t remainder = x & mask;
	int16_t threshold = (int16_t)((mask >> 1) + (x < 0));

	return (int16_t)((x >> exponent) + (remainder > threshold));
}

static int16_t saturate16(int64_t x)
{
	return (int16_t)(x < INT16_MIN ? INT16_MIN : x > INT16_MAX ? INT16_MAX : x);
}

static int16_t shift_left16(int16_t x, int amount)
{
	return saturate16((int64_t)x * ((int64_t)1 << amount));
}

/* A Q31 multiplier to Q15, rounded */
static void quantize_multiplier16(float real, int16_t *multiplier, int *shift)
{
	int32_t wide, exponent;

	mnet_quantize_multiplier((double)real, &wide, &exponent);
	*multiplier = wide >= INT32_MAX - (1 << 15) ? INT16_MAX :
		      (int16_t)((wide + (1 << 15)) >> 16);
	*shift = exponent;
}

/**
 * struct hard_swish - scales as TFLite's kernel has them
 * @output: from the input, 7 bits finer, to the output's scale before its shift
 * @output_shift: at most 0
 * @relu: from the input, 7 bits finer, to 3 / 2^15, the scale of x + 3
 * @relu_shift: of @relu
 */
struct hard_swish {
	int16_t output;
	int output_shift;
	int16_t relu;
	int relu_shift;
};

static void hard_swish_scales(const struct mnet_tensor *in, const struct mnet_tensor *out,
			      struct hard_swish *h)
{
	float fine = (1.0f / 128.0f) * in->scales[0];

	quantize_multiplier16(fine / out->scales[0], &h->output, &h->output_shift);
	quantize_multiplier16(fine / (3.0f / 32768.0f), &h->relu, &h->relu_shift);
}

/* @x: the input less its zero point */
static int32_t hard_swish(const struct hard_swish *h, int32_t x)
{
	int16_t fine = (int16_t)(x * 128);
	int16_t scaled = high_mul16(fine, h->output);
	int16_t relu = fine;

	/* Saturation must happen at the last bit, after the multiplication */
	if (h->relu_shift > 0)
		relu = shift_left16(relu, h->relu_shift - 1);
	relu = high_mul16(relu, h->relu);
	if (h->relu_shift > 0)
		relu = shift_left16(relu, 1);
	if (h->relu_shift < 0)
		relu = rounding_shift16(relu, -h->relu_shift);
	/* [-1, 1) to [0, 1) */
	relu = (int16_t)((relu + (1 << 15)) >> 1);
	return rounding_shift16(high_mul16_truncating(relu, scaled), -h->output_shift);
}

static const char *hard_swish_unsupported(const struct mnet_graph *graph,
					  const struct mnet_op *op)
{
	const char *reason = cpu_needs_8bit(graph, op);
	struct hard_swish h;

	if (reason)
		return reason;
	hard_swish_scales(cpu_input(graph, op, 0), cpu_output(graph, op), &h);
	if (h.output_shift > 0)
		return "output scale finer than 1/128 of the input's";
	return NULL;
}

static int hard_swish_prepare(struct mnet_cpu_op *cpu_op)
{
	const struct mnet_tensor *in = cpu_input(cpu_op->graph, cpu_op->op, 0);
	const struct mnet_tensor *out = cpu_output(cpu_op->graph, cpu_op->op);
	uint8_t *table = new_table(cpu_op);
	int32_t min, max;
	struct hard_swish h;
	int i;

	if (!table)
		return -ENOMEM;
	hard_swish_scales(in, out, &h);
	mnet_type_range(out->type, &min, &max);
	for (i = 0; i < 256; i++)
		table[i] = (uint8_t)mnet_clamp(hard_swish(&h, table_value(in, i) -
							      in->zero_points[0]) +
					       out->zero_points[0], min, max);
	return 0;
}

/* --- LOGISTIC and TANH: float at each of the 256 points --- */

static float logistic(float x)
{
	return 1.0f / (1.0f + expf(-x));
}

static int float_prepare(struct mnet_cpu_op *cpu_op)
{
	const struct mnet_tensor *in = cpu_input(cpu_op->graph, cpu_op->op, 0);
	const struct mnet_tensor *out = cpu_output(cpu_op->graph, cpu_op->op);
	float (*transform)(float) = cpu_op->op->code == MNET_OP_TANH ? tanhf : logistic;
	float inverse = 1.0f / out->scales[0];
	uint8_t *table = new_table(cpu_op);
	int32_t min, max;
	int i;

	if (!table)
		return -ENOMEM;
	mnet_type_range(out->type, &min, &max);
	for (i = 0; i < 256; i++) {
		float x = in->scales[0] * (float)(table_value(in, i) - in->zero_points[0]);
		float y = roundf(transform(x) * inverse) + (float)out->zero_points[0];

		table[i] = (uint8_t)(int32_t)fminf(fmaxf(y, (float)min), (float)max);
	}
	return 0;
}

void cpu_table_run(struct mnet_cpu_op *cpu_op, void *const *data)
{
	size_t n = cpu_elements(cpu_output(cpu_op->graph, cpu_op->op)), i;
	const uint8_t *in = data[cpu_op->op->inputs[0]];
	uint8_t *out = data[cpu_op->op->outputs[0]];
	const uint8_t *table = cpu_op->state;

	for (i = 0; i < n; i++)
		out[i] = table[in[i]];
}

const struct cpu_kernel cpu_table_kernels[] = {
	{ MNET_OP_HARD_SWISH, hard_swish_unsupported, hard_swish_prepare, cpu_table_run },
	{ MNET_OP_LOGISTIC, cpu_needs_8bit, float_prepare, cpu_table_run },
	{ MNET_OP_RELU, cpu_needs_8bit, relu_prepare, cpu_table_run },
	{ MNET_OP_RELU6, cpu_needs_8bit, relu_prepare, cpu_table_run },
	{ MNET_OP_TANH, cpu_needs_8bit, float_prepare, cpu_table_run },
	{ 0 },
};
