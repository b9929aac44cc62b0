// SPDX-License-Identifier: MIT
/*
 * SOFTMAX over the last dimension, in fixed point: exp() of an 8-bit difference
 * is one of 256 values, the sum of a row has 12 integer bits, and its reciprocal
 * is Newton-Raphson's. The formulas are gemmlowp's (fixedpoint.h), which TFLite's
 * reference kernel is made of; Qm.n is m integer bits and n fraction bits.
 */
#include <errno.h>
#include <math.h>

#include "cpu/kernel.h"
#include "graph/quantization.h"
#include "kernels/fixedpoint.h"

#define DIFF_BITS	5	/* integer bits of a scaled difference: Q5.26 */
#define SUM_BITS	12	/* integer bits of a sum: Q12.19 */
#define ONE_Q0		INT32_MAX
#define ONE_Q2		(1 << 29)

/**
 * struct softmax_state - a softmax ready to run
 * @exp: exp(x[i] - largest) as Q0.31, by the difference's magnitude
 * @farthest: differences beyond are out of Q5.26's range and count as nothing
 */
struct softmax_state {
	int32_t exp[256];
	int32_t farthest;
};

static int32_t shift_left_saturated(int32_t x, int n)
{
	int64_t y = (int64_t)x * (1 << n);

	return (int32_t)(y < INT32_MIN ? INT32_MIN : y > INT32_MAX ? INT32_MAX : y);
}

/* exp(a) for a in [-1/4, 0) as Q0.31: Taylor's series around -1/8 */
static int32_t exp_quarter(int32_t a)
{
	const int32_t exp_eighth = 1895147668;	/* exp(-1/8) * 2^31 */
	const int32_t third = 715827883;	/* 1/3 * 2^31 */
	int32_t x = a + (1 << 28);
	int32_t x2 = mnet_srdhm(x, x);
	int32_t x3 = mnet_srdhm(x2, x);
	int32_t x4 = mnet_srdhm(x2, x2);
	int32_t rest = mnet_srdhm(mnet_rdbp(x4, 2) + x3, third) + x2;

	return exp_eighth + mnet_srdhm(exp_eighth, x + mnet_rdbp(rest, 1));
}

/* exp(a) for a <= 0 in Q5.26, as Q0.31 */
static int32_t exp_negative(int32_t a)
{
	/* exp(-2^k) * 2^31 for k from -2 */
	static const int32_t factor[] = {
		1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242,
	};
	const int32_t quarter = 1 << (26 - 2);
	int32_t fraction = (a & (quarter - 1)) - quarter;
	int32_t result = exp_quarter(fraction * (1 << DIFF_BITS));
	uint32_t quarters = (uint32_t)fraction - (uint32_t)a;
	int k;

	if (a == 0)
		return ONE_Q0;
	for (k = 0; k < 7; k++)
		if (quarters & (1u << (24 + k)))
			result = mnet_srdhm(result, factor[k]);
	return result;
}

/* 1 / (1 + a) for a in [0, 1), both Q0.31 */
static int32_t reciprocal(int32_t a)
{
	int32_t half = (int32_t)(((int64_t)a + ONE_Q0 + 1) / 2);
	/* 48/17 - 32/17 * half in Q2.29 */
	int32_t x = 1515870810 + mnet_srdhm(half, -1010580540);
	int i;

	for (i = 0; i < 3; i++)
		x += shift_left_saturated(mnet_srdhm(x, ONE_Q2 - mnet_srdhm(half, x)), 2);
	return shift_left_saturated(x, 1);
}

static double input_factor(const struct mnet_graph *graph, const struct mnet_op *op)
{
	return (double)op->u.softmax.beta * (double)cpu_input(graph, op, 0)->scales[0] *
	       (double)(1 << (31 - DIFF_BITS));
}

static const char *softmax_unsupported(const struct mnet_graph *graph, const struct mnet_op *op)
{
	const struct mnet_tensor *out = cpu_output(graph, op);
	const char *reason = cpu_needs_8bit(graph, op);
	int32_t min, max;

	if (reason)
		return reason;
	mnet_type_range(out->type, &min, &max);
	if (!cpu_input(graph, op, 0)->rank)
		return "input without dimensions";
	if (out->zero_points[0] != min || fabsf(out->scales[0] - 1.0f / 256.0f) > 1e-6f)
		return "output scale other than 1/256";
	if (!(input_factor(graph, op) > 1.0))
		return "input scale and beta too small";
	return NULL;
}

static int softmax_prepare(struct mnet_cpu_op *cpu_op)
{
	double factor = fmin(input_factor(cpu_op->graph, cpu_op->op), 2147483647.0);
	struct softmax_state *s = mnet_arena_alloc(cpu_op->memory, sizeof(*s));
	int32_t multiplier, shift, i;

	if (!s)
		return -ENOMEM;
	mnet_quantize_multiplier(factor, &multiplier, &shift);
	s->farthest = (int32_t)floor((double)((1 << DIFF_BITS) - 1) *
				     (double)(1 << (31 - DIFF_BITS)) / ldexp(1.0, shift));
	for (i = 0; i < 256; i++)
		if (i <= s->farthest)
			s->exp[i] = exp_negative(mnet_srdhm(-i * (1 << shift), multiplier));
	cpu_op->state = s;
	return 0;
}

/*
 * x / 2^n rounded. Sums of 512 and more ask for n above 31, where TFLite's kernel
 * on x86 shifts by n - 32 and always rounds up; so does this.
 */
static int32_t divide(int32_t x, int n)
{
	return n > 31 ? (x >> (n - 32)) + 1 : mnet_rdbp(x, n);
}

static void softmax_row(const struct softmax_state *s, const struct mnet_tensor *out,
			const void *in, uint8_t *bytes, size_t n)
{
	bool is_uint8 = out->type == MNET_UINT8;
	int32_t largest = INT8_MIN, min, max, scale;
	uint32_t sum = 0;
	int headroom;
	size_t i;

	mnet_type_range(out->type, &min, &max);
	for (i = 0; i < n; i++)
		if (cpu_load(in, i, is_uint8) > largest)
			largest = cpu_load(in, i, is_uint8);
	for (i = 0; i < n; i++)
		sum += (uint32_t)mnet_rdbp(s->exp[largest - cpu_load(in, i, is_uint8)], SUM_BITS);
	/* Rows of millions wrap TFLite's sum, to 0 at worst */
	headroom = sum ? __builtin_clz(sum) : 32;
	scale = reciprocal((int32_t)((headroom < 32 ? sum << headroom : 0) - (1u << 31)));
	for (i = 0; i < n; i++) {
		int32_t difference = largest - cpu_load(in, i, is_uint8);
		int64_t y = (int64_t)divide(mnet_srdhm(scale, s->exp[difference]),
					    SUM_BITS - headroom + 31 - 8) + min;

		if (difference > s->farthest || y < min)
			y = min;
		bytes[i] = (uint8_t)(y > max ? max : y);
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
