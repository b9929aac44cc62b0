// SPDX-License-Identifier: MIT
/*
 * Sizes, shapes and scales against values worked out by hand.
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "build.h"
#include "check.h"
#include "graph/quantization.h"

#define SAME  MNET_PADDING_SAME
#define VALID MNET_PADDING_VALID

static void test_window(void)
{
	check(mnet_conv_out_size(SAME, 224, 3, 2, 1) == 112, "SAME 224 by 2 is 112");
	check(mnet_conv_pad_before(SAME, 224, 112, 3, 2, 1) == 0,
	      "an even input with stride 2 is padded behind only");
	check(mnet_conv_out_size(SAME, 7, 3, 2, 1) == 4, "SAME 7 by 2 is 4");
	check(mnet_conv_pad_before(SAME, 7, 4, 3, 2, 1) == 1, "an odd one on both sides");
	check(mnet_conv_pad_before(SAME, 14, 14, 5, 1, 1) == 2, "filter 5 needs 2 before");
	check(mnet_conv_pad_before(SAME, 10, 10, 3, 1, 2) == 2, "as does filter 3 with dilation 2");
	check(mnet_conv_pad_before(SAME, 10, 4, 1, 3, 1) == 0, "a filter of 1 needs none");
	check(mnet_conv_out_size(VALID, 7, 7, 1, 1) == 1, "VALID: a filter as large as its input");
	check(mnet_conv_out_size(VALID, 6, 7, 1, 1) == 0, "VALID: one larger does not fit");
	check(mnet_conv_out_size(VALID, 10, 3, 2, 2) == 3, "VALID: dilation counts");
	check(mnet_conv_pad_before(VALID, 10, 3, 3, 2, 2) == 0, "VALID has no padding");
}

static void check_multiplier(double real, int32_t multiplier, int32_t shift)
{
	int32_t m, s;

	mnet_quantize_multiplier(real, &m, &s);
	check(m == multiplier && s == shift, "multiplier of %g", real);
}

static void test_multiplier(void)
{
	check_multiplier(0.5, 1 << 30, 0);
	check_multiplier(1.0, 1 << 30, 1);
	check_multiplier(0.75, 3 << 29, 0);
	check_multiplier(0.0, 0, 0);
	/* 1 - 2^-33 rounds to 2^31, which is halved */
	check_multiplier(1.0 - 1.0 / 8589934592.0, 1 << 30, 1);
	check_multiplier(1.0 / 4294967296.0, 1 << 30, -31);
	check_multiplier(1.0 / 17179869184.0, 0, 0);
	check_multiplier(4294967296.0, INT32_MAX, 30);
}

static void check_range(enum mnet_type type, float scale, int32_t zero_point,
			enum mnet_activation activation, int32_t min, int32_t max)
{
	const struct mnet_tensor t = {
		.type = type, .num_scales = 1, .scales = &scale, .zero_points = &zero_point
	};
	int32_t lo, hi;
	bool fused = mnet_activation_range(&t, activation, &lo, &hi);

	check(fused && lo == min && hi == max,
	      "%s, scale %g, zero point %d, activation %d: [%d, %d]", mnet_type_name(type),
	      (double)scale, zero_point, activation, lo, hi);
}

static void test_ranges(void)
{
	const struct mnet_tensor t = { .type = MNET_INT8 };
	int32_t lo, hi;

	check_range(MNET_UINT8, 0.5f, 10, MNET_ACT_NONE, 0, 255);
	check_range(MNET_INT8, 0.5f, 10, MNET_ACT_NONE, -128, 127);
	check_range(MNET_UINT8, 0.5f, 10, MNET_ACT_RELU, 10, 255);
	check_range(MNET_INT8, 0.5f, -128, MNET_ACT_RELU6, -128, -116);
	check_range(MNET_INT8, 0.5f, 3, MNET_ACT_RELU_N1_TO_1, 1, 5);
	check_range(MNET_UINT8, 1e-9f, 3, MNET_ACT_RELU6, 3, 255);
	check(!mnet_activation_range(&t, MNET_ACT_TANH, &lo, &hi), "TANH cannot be fused");
}

/* uint8 multiplies the scales in float, int8 in double */
static void test_conv_multiplier(void)
{
	const float scales[3] = { 0.1f, 0.3f, 0.7f };
	const int32_t zero = 0;
	struct mnet_tensor in = { .num_scales = 1, .scales = &scales[0], .zero_points = &zero };
	struct mnet_tensor w = { .num_scales = 1, .scales = &scales[1], .zero_points = &zero };
	struct mnet_tensor out = { .num_scales = 1, .scales = &scales[2], .zero_points = &zero };
	int32_t m, s, expected, shift;

	in.type = MNET_UINT8;
	mnet_conv_multiplier(&in, &w, &out, 0, false, &m, &s);
	mnet_quantize_multiplier((double)(scales[0] * scales[1]) / scales[2], &expected, &shift);
	check(m == expected && s == shift, "uint8: product of the scales in float");
	in.type = MNET_INT8;
	mnet_conv_multiplier(&in, &w, &out, 0, false, &m, &s);
	check(m != expected, "int8: another product");
	mnet_conv_multiplier(&in, &w, &out, 0, true, &m, &s);
	check(m == expected, "int8 FULLY_CONNECTED: in float again");
}

/* Infers the shape of the only output and compares */
static void expect_shape(struct build *b, const char *what, unsigned int rank, const int *shape)
{
	struct mnet_error err = { "" };
	const struct mnet_tensor *t = &b->graph.tensors[b->graph.ops[0].outputs[0]];
	int ret = mnet_graph_infer_shapes(&b->graph, &err);

	check(!ret && t->rank == rank && !memcmp(t->shape, shape, rank * sizeof(int)), "%s %s",
	      what, err.message);
	build_free(b);
}

static void expect_no_shape(struct build *b, const char *message)
{
	struct mnet_error err = { "" };

	check(mnet_graph_infer_shapes(&b->graph, &err) == -EINVAL && !strcmp(err.message, message),
	      "%s", err.message);
	build_free(b);
}

static void start(struct build *b, int h, int w, int c)
{
	build_start(b);
	build_input(b, build_tensor(b, "in", MNET_INT8, 4, 1, h, w, c));
	build_output(b, build_tensor(b, "out", MNET_INT8, 0));
	b->graph.tensors[1].bytes = 0;
}

static int int_tensor(struct build *b, int n, const int32_t *values)
{
	int t = build_tensor(b, "ints", MNET_INT32, 1, n);

	build_data(b, t, values);
	return t;
}

static void test_shapes(void)
{
	struct mnet_op *op;
	struct build b;

	start(&b, 1, 1, 5);
	build_op(&b, MNET_OP_SQUEEZE, 1, 0, -2);
	expect_shape(&b, "SQUEEZE removes every 1", 1, (int[]){ 5 });

	start(&b, 1, 1, 5);
	op = build_op(&b, MNET_OP_SQUEEZE, 1, 0, -2);
	op->u.squeeze.num_dims = 1;
	op->u.squeeze.dims[0] = -2;
	expect_shape(&b, "or those it is told to", 3, (int[]){ 1, 1, 5 });

	start(&b, 1, 1, 5);
	op = build_op(&b, MNET_OP_SQUEEZE, 1, 0, -2);
	op->u.squeeze.num_dims = 1;
	op->u.squeeze.dims[0] = 3;
	expect_no_shape(&b, "operator 0 (SQUEEZE): dimension 3 cannot be removed");

	start(&b, 4, 6, 2);
	build_op(&b, MNET_OP_RESHAPE, 1, 0, int_tensor(&b, 2, (int32_t[]){ -1, 12 }), -2);
	expect_shape(&b, "RESHAPE fills in -1", 2, (int[]){ 4, 12 });

	start(&b, 4, 6, 2);
	op = build_op(&b, MNET_OP_RESHAPE, 1, 0, -2);
	op->u.reshape.given = true;
	op->u.reshape.to.num_dims = 1;
	op->u.reshape.to.dims[0] = 48;
	expect_shape(&b, "RESHAPE by its options", 1, (int[]){ 48 });

	start(&b, 4, 6, 2);
	build_op(&b, MNET_OP_RESHAPE, 1, 0, int_tensor(&b, 2, (int32_t[]){ -1, 7 }), -2);
	expect_no_shape(&b, "operator 0 (RESHAPE): 48 elements cannot take the new shape");

	start(&b, 4, 6, 2);
	build_op(&b, MNET_OP_RESHAPE, 1, 0, int_tensor(&b, 2, (int32_t[]){ 1 << 30, 1 << 30 }), -2);
	expect_no_shape(&b, "operator 0 (RESHAPE): new size 1073741824 in dimension 1");

	start(&b, 4, 6, 2);
	op = build_op(&b, MNET_OP_MEAN, 1, 0, int_tensor(&b, 2, (int32_t[]){ -2, 1 }), -2);
	op->u.reduce.keep_dims = true;
	expect_shape(&b, "MEAN keeps its dimensions", 4, (int[]){ 1, 1, 1, 2 });

	start(&b, 4, 6, 2);
	build_op(&b, MNET_OP_MEAN, 1, 0, int_tensor(&b, 1, (int32_t[]){ 4 }), -2);
	expect_no_shape(&b, "operator 0 (MEAN): axis 4 of 4 dimensions");

	start(&b, 4, 6, 2);
	build_op(&b, MNET_OP_MUL, 1, build_tensor(&b, "b", MNET_INT8, 2, 6, 1), 0, -2);
	expect_shape(&b, "MUL broadcasts from the last dimension", 4, (int[]){ 1, 4, 6, 2 });

	start(&b, 4, 6, 2);
	build_op(&b, MNET_OP_ADD, 1, 0, build_tensor(&b, "b", MNET_INT8, 2, 5, 2), -2);
	expect_no_shape(&b, "operator 0 (ADD): sizes 6 and 5 of a dimension do not broadcast");

	start(&b, 4, 6, 2);
	op = build_op(&b, MNET_OP_CONCATENATION, 1, 0,
		      build_tensor(&b, "b", MNET_INT8, 4, 1, 4, 6, 3), -2);
	op->u.concat.axis = -1;
	expect_shape(&b, "CONCATENATION along the last", 4, (int[]){ 1, 4, 6, 5 });

	start(&b, 4, 6, 2);
	build_op(&b, MNET_OP_RESIZE_BILINEAR, 1, 0, int_tensor(&b, 2, (int32_t[]){ 9, 3 }), -2);
	expect_shape(&b, "RESIZE_BILINEAR", 4, (int[]){ 1, 9, 3, 2 });

	start(&b, 4, 6, 2);
	op = build_op(&b, MNET_OP_AVERAGE_POOL_2D, 1, 0, -2);
	op->u.pool.padding = VALID;
	op->u.pool.stride_h = op->u.pool.stride_w = 1;
	op->u.pool.filter_h = op->u.pool.filter_w = 5;
	expect_no_shape(
		&b,
		"operator 0 (AVERAGE_POOL_2D): a filter of 5 with dilation 1 does not fit an input of 4");

	start(&b, 4, 6, 2);
	op = build_op(&b, MNET_OP_MAX_POOL_2D, 1, 0, -2);
	op->u.pool.stride_h = INT32_MAX;
	op->u.pool.stride_w = op->u.pool.filter_h = op->u.pool.filter_w = 1;
	expect_no_shape(
		&b, "operator 0 (MAX_POOL_2D): filter 1, stride 2147483647, dilation 1: too large");

	start(&b, 4, 6, 2);
	build_op(&b, MNET_OP_CONV_2D, 1, 0, -2);
	expect_no_shape(&b, "operator 0 (CONV_2D): has 1 inputs, needs 2 to 3");
}

static void test_arena(void)
{
	struct mnet_arena *arena = mnet_arena_new();
	bool aligned = true, zeroed = true;
	size_t size, i;

	for (size = 1; size < 200000; size = size * 3 / 2 + 1) {
		unsigned char *p = mnet_arena_alloc(arena, size);

		aligned = aligned && !((uintptr_t)p % (size < 64 ? 16 : 64));
		for (i = 0; i < size; i++)
			zeroed = zeroed && !p[i];
		memset(p, 0xff, size);
	}
	check(aligned, "arena memory is aligned");
	check(zeroed, "and zero");
	check(!strcmp(mnet_arena_strdup(arena, "abcdef", 3), "abc"), "strings are cut");
	check(!mnet_arena_alloc(arena, SIZE_MAX - 100), "what cannot be had is NULL");
	mnet_arena_free(arena);
}

int main(void)
{
	test_window();
	test_multiplier();
	test_ranges();
	test_conv_multiplier();
	test_shapes();
	test_arena();
	return check_done();
}
