// SPDX-License-Identifier: MIT
/* The quantiser on small networks whose answers are known. */
#include "cmocka_includes.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "against_tflite.h"
#include "check.h"
#include "quantizer/quantizer.h"
#include "tflite/writer.h"

#define SIDE		8
#define CHANNELS	4
#define NUM_SAMPLES	3

/**
 * struct network - a network being quantised
 * @b: it; input 0 is an image of SIDE x SIDE x CHANNELS
 * @random: of its weights
 * @options: int8, all values, inputs in [0, 1]
 * @samples: NUM_SAMPLES of random pixels
 * @spike: added to one pixel of each sample, for percentiles
 * @result: of quantise(); NULL before
 */
struct network {
	struct build b;
	struct check_random random;
	struct mnet_quantize_options options;
	struct mnet_samples samples;
	float spike;
	struct mnet_quantized *result;
	struct mnet_error err;
};

static int fill(void *opaque, unsigned int index, const struct mnet_tensor *input, float *data,
		struct mnet_error *err)
{
	const struct network *n = opaque;
	struct check_random r = { index + 1 };

	(void)err;
	for (size_t i = 0; i < input->bytes / sizeof(*data); i++)
		data[i] = (float)check_between(&r, 0, 1000) / 1000;
	data[7] += n->spike;
	return 0;
}

static int setup(void **state)
{
	struct network *n = calloc(1, sizeof(*n));

	build_start(&n->b);
	n->random.state = 5;
	n->options = (struct mnet_quantize_options){ MNET_INT8, 100, 0, 1 };
	n->samples = (struct mnet_samples){ NUM_SAMPLES, fill, n };
	build_input(&n->b, build_tensor(&n->b, "image", MNET_FLOAT32, 4, 1, SIDE, SIDE, CHANNELS));
	*state = n;
	return 0;
}

static int teardown(void **state)
{
	struct network *n = *state;

	mnet_quantized_free(n->result);
	build_free(&n->b);
	free(n);
	return 0;
}

/* --- building --- */

static int value(struct network *n, const char *name)
{
	return build_tensor(&n->b, name, MNET_FLOAT32, 0);
}

static int constant(struct network *n, const char *name, unsigned int rank, int a, int b, int c,
		    int d)
{
	int t = build_tensor(&n->b, name, MNET_FLOAT32, rank, a, b, c, d);
	size_t count = n->b.graph.tensors[t].bytes / sizeof(float);
	float values[4096];

	for (size_t i = 0; i < count; i++)
		values[i] = (float)check_between(&n->random, -1000, 1000) / 1000;
	build_data(&n->b, t, values);
	return t;
}

static int scalar(struct network *n, const char *name, float value)
{
	int t = build_tensor(&n->b, name, MNET_FLOAT32, 0);

	build_data(&n->b, t, &value);
	return t;
}

static int ints(struct network *n, int count, const int32_t *values)
{
	int t = build_tensor(&n->b, "integers", MNET_INT32, 1, count);

	build_data(&n->b, t, values);
	return t;
}

static int unary(struct network *n, int code, int in, const char *name)
{
	int out = value(n, name);

	build_op(&n->b, code, out, in, -2);
	return out;
}

static int conv_with(struct network *n, int in, int weights, int bias, const char *name)
{
	int out = value(n, name);
	struct mnet_op *op = build_op(&n->b, MNET_OP_CONV_2D, out, in, weights, bias, -2);

	op->u.conv.stride_h = op->u.conv.stride_w = 1;
	op->u.conv.dilation_h = op->u.conv.dilation_w = 1;
	return out;
}

static int conv(struct network *n, int in, const char *name)
{
	int weights = constant(n, "weights", 4, CHANNELS, 3, 3, CHANNELS);

	return conv_with(n, in, weights, constant(n, "bias", 1, CHANNELS, 0, 0, 0), name);
}

/* --- asking --- */

static int quantise(struct network *n, int output)
{
	build_output(&n->b, output);
	assert_int_equal(mnet_graph_infer_shapes(&n->b.graph, &n->err), 0);
	assert_int_equal(mnet_graph_verify(&n->b.graph, &n->err), 0);
	return mnet_quantize(&n->b.graph, &n->samples, &n->options, &n->result, &n->err);
}

static void quantise_well(struct network *n, int output)
{
	if (quantise(n, output))
		fail_msg("%s", n->err.message);
}

static void refuses(struct network *n, int output, int error, const char *text)
{
	assert_int_equal(quantise(n, output), error);
	assert_null(n->result);
	if (!strstr(n->err.message, text))
		fail_msg("\"%s\" says nothing of \"%s\"", n->err.message, text);
}

static unsigned int count_ops(const struct mnet_graph *g, int code)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < g->num_ops; i++)
		count += g->ops[i].code == code;
	return count;
}

static const struct mnet_op *find_op(const struct mnet_graph *g, int code)
{
	for (unsigned int i = 0; i < g->num_ops; i++)
		if (g->ops[i].code == code)
			return &g->ops[i];
	fail_msg("no operator %s", mnet_opcode_name(code));
	return NULL;
}

static const struct mnet_tensor *input_of(const struct mnet_graph *g, const struct mnet_op *op,
					  unsigned int i)
{
	return &g->tensors[op->inputs[i]];
}

static const struct mnet_tensor_report *report_of(const struct network *n, const char *name)
{
	for (unsigned int i = 0; i < n->result->num_reports; i++)
		if (!strcmp(n->result->reports[i].name, name))
			return &n->result->reports[i];
	fail_msg("no report of %s", name);
	return NULL;
}

/* --- what is refused --- */

static void test_no_samples(void **state)
{
	struct network *n = *state;

	n->samples.count = 0;
	refuses(n, conv(n, 0, "y"), -EINVAL, "no images");
}

static int fill_failing(void *opaque, unsigned int index, const struct mnet_tensor *input,
			float *data, struct mnet_error *err)
{
	(void)opaque;
	(void)input;
	(void)data;
	return mnet_fail(err, -EIO, "sample %u is no image", index);
}

static void test_bad_sample(void **state)
{
	struct network *n = *state;

	n->samples.fill = fill_failing;
	refuses(n, conv(n, 0, "y"), -EIO, "sample 0 is no image");
}

static void test_nan_weights(void **state)
{
	struct network *n = *state;
	int y = conv(n, 0, "y");
	float *weights = (float *)(uintptr_t)n->b.graph.tensors[n->b.graph.ops[0].inputs[1]].data;

	weights[17] = NAN;
	refuses(n, y, -EINVAL, "weights: element 17 is nan");
}

static void test_infinite_activation(void **state)
{
	struct network *n = *state;
	int x = 0;

	for (int i = 0; i < 3; i++) {
		int out = value(n, "product");

		build_op(&n->b, MNET_OP_MUL, out, x, scalar(n, "huge", 1e38f), -2);
		x = out;
	}
	/* TFLite's fused ranges end at the largest float */
	x = unary(n, MNET_OP_HARD_SWISH, x, "swish");
	refuses(n, x, -EINVAL, "swish");
}

static void test_already_int8(void **state)
{
	struct network *n = *state;
	int out = build_tensor(&n->b, "y", MNET_INT8, 4, 1, SIDE, SIDE, CHANNELS);

	build_scale(&n->b, out, 0.1f, 0);
	build_op(&n->b, MNET_OP_QUANTIZE, out, 0, -2);
	refuses(n, out, -EINVAL, "quantised already");
}

static void test_int8_input(void **state)
{
	struct network *n = *state;
	int out;

	n->b.graph.tensors[0].type = MNET_UINT8;
	n->b.graph.tensors[0].bytes /= 4;
	build_scale(&n->b, 0, 0.1f, 128);
	out = build_tensor(&n->b, "y", MNET_FLOAT32, 4, 1, SIDE, SIDE, CHANNELS);
	build_op(&n->b, MNET_OP_DEQUANTIZE, out, 0, -2);
	refuses(n, out, -EINVAL, "input 0 (image) is uint8: the model is quantised already");
}

static void test_unsupported_operator(void **state)
{
	struct network *n = *state;
	int out = build_tensor(&n->b, "y", MNET_FLOAT32, 4, 1, SIDE, SIDE, CHANNELS);

	build_op(&n->b, MNET_OP_CUSTOM, out, conv(n, 0, "x"), -2)->name = "Mystery";
	refuses(n, out, -EOPNOTSUPP, "Mystery");
}

static void test_bad_options(void **state)
{
	static const struct mnet_quantize_options bad[] = {
		{ MNET_INT8, 50, 0, 1 },       { MNET_INT8, 100.5, 0, 1 }, { MNET_INT8, NAN, 0, 1 },
		{ MNET_INT8, 100, 1, 1 },      { MNET_INT8, 100, 2, 1 },   { MNET_INT8, 100, NAN, 1 },
		{ MNET_INT8, 100, 0, INFINITY },
	};
	struct network *n = *state;

	build_output(&n->b, conv(n, 0, "y"));
	assert_int_equal(mnet_graph_infer_shapes(&n->b.graph, NULL), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(mnet_quantize(&n->b.graph, &n->samples, &bad[i], &n->result,
					       &n->err), -EINVAL);
		assert_null(n->result);
	}
}

/* --- ranges --- */

static void test_percentile(void **state)
{
	struct network *n = *state;

	n->spike = 900;
	n->options.percentile = 99;
	n->options.input_max = 1000;
	/* a value of its own range: inputs have a fixed one */
	quantise_well(n, unary(n, MNET_OP_RELU, conv(n, unary(n, MNET_OP_RELU, 0, "x"), "c"), "y"));
	assert_true(report_of(n, "x")->max > 900);
	assert_true(report_of(n, "x")->scale < 10.0 / 255);
}

static void test_all_values(void **state)
{
	struct network *n = *state;

	n->spike = 900;
	n->options.input_max = 1000;
	quantise_well(n, unary(n, MNET_OP_RELU, conv(n, unary(n, MNET_OP_RELU, 0, "x"), "c"), "y"));
	assert_true(report_of(n, "x")->scale > 900.0 / 256);
}

static void test_only_what_hard_swish_sees(void **state)
{
	struct network *n = *state;
	const struct mnet_op *op;
	const struct mnet_tensor *x;
	int scaled = value(n, "scaled"), moved = value(n, "moved");

	build_op(&n->b, MNET_OP_MUL, scaled, conv(n, 0, "c"), scalar(n, "ten", 10), -2);
	build_op(&n->b, MNET_OP_SUB, moved, scaled, scalar(n, "five", 5), -2);
	quantise_well(n, unary(n, MNET_OP_HARD_SWISH, moved, "y"));
	op = find_op(&n->result->graph, MNET_OP_HARD_SWISH);
	x = input_of(&n->result->graph, op, 0);
	assert_true(report_of(n, "moved")->min < -10);
	/* The smallest value is at most -3, where all is 0, and not much less */
	assert_true(x->scales[0] * (float)(-128 - x->zero_points[0]) <= -3.0f);
	assert_true(x->scales[0] * (float)(-126 - x->zero_points[0]) > -3.0f);
	assert_true(n->result->output_db[0] > 30);
}

static void test_prescribed_scales(void **state)
{
	struct network *n = *state;
	const struct mnet_tensor *t;

	quantise_well(n, unary(n, MNET_OP_LOGISTIC, conv(n, 0, "x"), "y"));
	t = &n->result->graph.tensors[n->result->graph.outputs[0]];
	assert_true(t->scales[0] == 1.0f / 256);
	assert_int_equal(t->zero_points[0], -128);
	t = &n->result->graph.tensors[n->result->graph.inputs[0]];
	assert_true(t->scales[0] == 1.0f / 255);
	assert_int_equal(t->zero_points[0], -128);
}

/* Channels a thousand times larger than others, and back: one scale serves both */
static void test_equalised_channels(void **state)
{
	struct network *n = *state;
	int w = constant(n, "up", 4, CHANNELS, 1, 1, CHANNELS), dw, x, y;
	float *up = (float *)(uintptr_t)n->b.graph.tensors[w].data, *down;
	struct mnet_op *op;

	for (int i = 0; i < CHANNELS; i++)
		up[i] *= 1000;
	x = conv_with(n, 0, w, constant(n, "bias", 1, CHANNELS, 0, 0, 0), "x");
	dw = constant(n, "down", 4, 1, 3, 3, CHANNELS);
	down = (float *)(uintptr_t)n->b.graph.tensors[dw].data;
	for (int i = 0; i < 9 * CHANNELS; i += CHANNELS)
		down[i] /= 1000;
	y = value(n, "y");
	op = build_op(&n->b, MNET_OP_DEPTHWISE_CONV_2D, y, x, dw,
		      constant(n, "bias", 1, CHANNELS, 0, 0, 0), -2);
	op->u.conv.stride_h = op->u.conv.stride_w = 1;
	op->u.conv.dilation_h = op->u.conv.dilation_w = 1;
	op->u.conv.depth_multiplier = 1;
	quantise_well(n, y);
	assert_true(n->result->output_db[0] > 30);
}

/* --- what becomes of operators --- */

static void test_fused_activation(void **state)
{
	struct network *n = *state;

	quantise_well(n, unary(n, MNET_OP_RELU6, conv(n, 0, "x"), "y"));
	assert_int_equal(n->result->graph.num_ops, 1);
	assert_int_equal(n->result->graph.ops[0].u.conv.activation, MNET_ACT_RELU6);
	assert_true(n->result->output_db[0] > 30);
}

static void test_activation_of_shared_value(void **state)
{
	struct network *n = *state;
	int x = conv(n, 0, "x"), relu = unary(n, MNET_OP_RELU, x, "relu"), y = value(n, "y");

	build_op(&n->b, MNET_OP_SUB, y, x, relu, -2);
	quantise_well(n, y);
	assert_int_equal(find_op(&n->result->graph, MNET_OP_CONV_2D)->u.conv.activation,
			 MNET_ACT_NONE);
	assert_int_equal(count_ops(&n->result->graph, MNET_OP_RELU), 1);
}

static void test_float16_weights(void **state)
{
	struct network *n = *state;
	int half = build_tensor(&n->b, "half", MNET_FLOAT16, 4, CHANNELS, 1, 1, CHANNELS);
	uint16_t values[CHANNELS * CHANNELS];
	int w = value(n, "weights");
	const struct mnet_tensor *t;

	/* 1, -1, 1.5, -1.5, ... */
	for (int i = 0; i < CHANNELS * CHANNELS; i++)
		values[i] = (uint16_t)((i & 2 ? 0x3e00 : 0x3c00) | (i & 1) << 15);
	build_data(&n->b, half, values);
	build_op(&n->b, MNET_OP_DEQUANTIZE, w, half, -2);
	quantise_well(n, conv_with(n, 0, w, constant(n, "bias", 1, CHANNELS, 0, 0, 0), "y"));
	assert_int_equal(count_ops(&n->result->graph, MNET_OP_DEQUANTIZE), 0);
	t = input_of(&n->result->graph, find_op(&n->result->graph, MNET_OP_CONV_2D), 1);
	assert_int_equal(t->type, MNET_INT8);
	assert_int_equal(t->num_scales, CHANNELS);
	assert_int_equal(((const int8_t *)t->data)[2], 127);
	assert_int_equal(((const int8_t *)t->data)[1], -85);
}

static void test_transposed_convolution(void **state)
{
	static const int32_t options[3] = { 1, 2, 2 };
	struct network *n = *state;
	const struct mnet_op *op;
	int y = value(n, "y");
	struct mnet_op *custom = build_op(&n->b, MNET_OP_CUSTOM, y, conv(n, 0, "x"),
					  constant(n, "w", 4, 3, 2, 2, CHANNELS),
					  constant(n, "b", 1, 3, 0, 0, 0), -2);

	custom->name = "Convolution2DTransposeBias";
	custom->custom = options;
	custom->custom_size = sizeof(options);
	quantise_well(n, y);
	op = find_op(&n->result->graph, MNET_OP_TRANSPOSE_CONV);
	assert_int_equal(op->version, 3);
	assert_int_equal(op->num_inputs, 4);
	assert_int_equal(input_of(&n->result->graph, op, 1)->type, MNET_INT8);
	assert_int_equal(((const int32_t *)input_of(&n->result->graph, op, 0)->data)[1], 2 * SIDE);
	assert_true(n->result->output_db[0] > 30);
}

/* The average of whole maps; returns its output */
static int whole_pool(struct network *n, int in)
{
	int y = value(n, "pooled");
	struct mnet_op *op = build_op(&n->b, MNET_OP_AVERAGE_POOL_2D, y, in, -2);

	op->u.pool.padding = MNET_PADDING_VALID;
	op->u.pool.stride_h = op->u.pool.stride_w = 1;
	op->u.pool.filter_h = op->u.pool.filter_w = SIDE;
	return y;
}

static void test_pool_far_below_its_input(void **state)
{
	struct network *n = *state;
	const struct mnet_graph *g;

	/* One large value in each map's 64 */
	n->spike = 40;
	n->options.input_max = 50;
	quantise_well(n, whole_pool(n, conv(n, 0, "x")));
	g = &n->result->graph;
	assert_int_equal(count_ops(g, MNET_OP_AVERAGE_POOL_2D), 0);
	assert_true(g->tensors[g->outputs[0]].scales[0] <
		    input_of(g, find_op(g, MNET_OP_MEAN), 0)->scales[0] / 3);
}

static void test_pool_like_its_input(void **state)
{
	struct network *n = *state;
	int moved = value(n, "moved");

	/* [10, 11], and 0 as always */
	build_op(&n->b, MNET_OP_ADD, moved, 0, scalar(n, "ten", 10), -2);
	quantise_well(n, whole_pool(n, moved));
	assert_int_equal(count_ops(&n->result->graph, MNET_OP_AVERAGE_POOL_2D), 1);
	assert_int_equal(count_ops(&n->result->graph, MNET_OP_MEAN), 0);
	assert_true(n->result->output_db[0] > 40);
}

/* PADV2 has no int8 form here: the chain around it goes through float */
static void test_stays_float(void **state)
{
	static const int32_t pads[8] = { 0, 0, 1, 1, 1, 1, 0, 0 };
	struct network *n = *state;
	int paddings = build_tensor(&n->b, "pads", MNET_INT32, 2, 4, 2), padded = value(n, "padded");
	const struct mnet_graph *g;
	const struct mnet_op *op;

	build_data(&n->b, paddings, pads);
	build_op(&n->b, MNET_OP_PADV2, padded, conv(n, 0, "x"), paddings, scalar(n, "pad", 2), -2);
	quantise_well(n, conv(n, padded, "y"));
	g = &n->result->graph;
	op = find_op(g, MNET_OP_PADV2);
	assert_int_equal(n->result->num_float_ops, 1);
	assert_int_equal(g->ops[input_of(g, op, 0)->producer].code, MNET_OP_DEQUANTIZE);
	assert_int_equal(g->tensors[op->outputs[0]].type, MNET_FLOAT32);
	assert_int_equal(op[1].code, MNET_OP_QUANTIZE);
	assert_int_equal(op[1].inputs[0], op->outputs[0]);
	assert_int_equal(op[2].code, MNET_OP_CONV_2D);
	assert_non_null(strstr(report_of(n, "padded")->reason, "no int8 kernel"));
	assert_true(n->result->output_db[0] > 30);
}

/* An output far finer than the input, which TFLite's HARD_SWISH cannot shift to */
static void test_refused_by_kernel(void **state)
{
	struct network *n = *state;
	int small = value(n, "small"), moved = value(n, "moved");

	build_op(&n->b, MNET_OP_MUL, small, 0, scalar(n, "few", 0.009f), -2);
	build_op(&n->b, MNET_OP_SUB, moved, small, scalar(n, "three", 2.999f), -2);
	quantise_well(n, unary(n, MNET_OP_HARD_SWISH, moved, "y"));
	assert_int_equal(n->result->num_float_ops, 1);
	assert_non_null(strstr(report_of(n, "y")->reason, "finer"));
}

/* --- types of inputs and outputs, and the file --- */

/* Several operators with different needs; returns its output */
static int build_mixture(struct network *n)
{
	static const int32_t size[2] = { 2 * SIDE, 2 * SIDE };
	int x = conv(n, 0, "x"), swish = unary(n, MNET_OP_HARD_SWISH, x, "swish");
	int sum = value(n, "sum"), large = value(n, "large"), joined = value(n, "joined");

	build_op(&n->b, MNET_OP_ADD, sum, swish, conv(n, swish, "z"), -2);
	build_op(&n->b, MNET_OP_CONCATENATION, joined, sum, swish, -2)->u.concat.axis = 3;
	build_op(&n->b, MNET_OP_RESIZE_BILINEAR, large, joined, ints(n, 2, size), -2)
		->u.resize.half_pixel_centers = true;
	return unary(n, MNET_OP_LOGISTIC, large, "y");
}

static void test_float_ends(void **state)
{
	struct network *n = *state;
	const struct mnet_graph *g;

	n->options.input = MNET_FLOAT32;
	quantise_well(n, build_mixture(n));
	g = &n->result->graph;
	assert_int_equal(g->tensors[g->inputs[0]].type, MNET_FLOAT32);
	assert_int_equal(g->tensors[g->outputs[0]].type, MNET_FLOAT32);
	assert_int_equal(g->ops[0].code, MNET_OP_QUANTIZE);
	assert_int_equal(g->ops[g->num_ops - 1].code, MNET_OP_DEQUANTIZE);
	assert_true(n->result->output_db[0] > 30);
}

static void test_uint8_ends(void **state)
{
	struct network *n = *state;
	const struct mnet_graph *g;

	n->options.input = MNET_UINT8;
	quantise_well(n, build_mixture(n));
	g = &n->result->graph;
	assert_int_equal(g->tensors[g->inputs[0]].type, MNET_UINT8);
	assert_int_equal(g->tensors[g->inputs[0]].zero_points[0], 0);
	assert_int_equal(g->tensors[g->outputs[0]].type, MNET_UINT8);
	assert_int_equal(g->tensors[g->outputs[0]].zero_points[0], 0);
	assert_true(n->result->output_db[0] > 30);
}

static void test_reports_worst_first(void **state)
{
	struct network *n = *state;

	quantise_well(n, build_mixture(n));
	/* all activations: the input and an output for each operator */
	assert_int_equal(n->result->num_reports, 1 + n->b.graph.num_ops);
	for (unsigned int i = 1; i < n->result->num_reports; i++)
		assert_true(n->result->reports[i - 1].noise_db <= n->result->reports[i].noise_db);
}

/* The same bytes from the graph, from the file read back, and by TFLite where it is */
static void test_file(void **state)
{
	char path[] = "/tmp/mnet-test-XXXXXX";
	struct network *n = *state;
	unsigned char input[SIDE * SIDE * CHANNELS];
	struct outcome first, again;
	struct mnet_model *model;
	struct build b;
	int theirs;

	for (size_t i = 0; i < sizeof(input); i++)
		input[i] = (unsigned char)check_random(&n->random);
	quantise_well(n, build_mixture(n));
	b.graph = n->result->graph;
	assert_true(run_ours(&b, input, &first));
	theirs = run_theirs(&b, input, &first);
	if (!theirs)
		assert_memory_equal(first.ours, first.theirs, first.size);
	else if (theirs != 77)
		fail_msg("TFLite refuses the file");
	assert_int_equal(close(mkstemp(path)), 0);
	assert_int_equal(mnet_tflite_save(&b.graph, "test", path, &n->err), 0);
	assert_int_equal(mnet_model_load(path, &model, &n->err), 0);
	unlink(path);
	b.graph = model->graph;
	assert_true(run_ours(&b, input, &again));
	assert_memory_equal(first.ours, again.ours, first.size);
	mnet_model_free(model);
	outcome_free(&first);
	outcome_free(&again);
	/* the rest held; what it is called for could not be seen */
	if (theirs)
		skip();
}

/* --- the program --- */

/* Its exit status; @folder keeps what it says in "log" */
static int run_program(const char *folder, const char *arguments)
{
	char command[2048];
	int status;

	snprintf(command, sizeof(command), "cd '%s' && '%s' %s >log 2>&1", folder, QUANTIZE_PROGRAM,
		 arguments);
	status = system(command);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_program_leaves_nothing(void **state)
{
	static const char *const arguments[] = {
		"m.tflite -o out.tflite",
		"m.tflite -c none.png -o out.tflite",
		"m.tflite -c m.tflite -o out.tflite",
		"log -c m.tflite -o out.tflite",
		"m.tflite -c m.tflite -o out.tflite --percentile 40",
		"m.tflite -c m.tflite -o nowhere/out.tflite",
		"m.tflite -c m.tflite -o out.tflite --input int4",
		"m.tflite -c m.tflite",
	};
	char folder[] = "/tmp/mnet-test-XXXXXX", path[256], command[64];
	struct network *n = *state;
	unsigned long size;

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/m.tflite", folder);
	build_output(&n->b, conv(n, 0, "y"));
	assert_int_equal(mnet_graph_infer_shapes(&n->b.graph, &n->err), 0);
	assert_int_equal(mnet_tflite_save(&n->b.graph, NULL, path, &n->err), 0);
	for (size_t i = 0; i < sizeof(arguments) / sizeof(arguments[0]); i++) {
		char *said;
		int status = run_program(folder, arguments[i]);

		assert_in_range(status, 1, 2);
		snprintf(path, sizeof(path), "%s/log", folder);
		said = check_read_file(path, &size);
		/* one line, unless usage follows it */
		assert_true(size > 20 && (status == 2 || memchr(said, '\n', size) == said + size - 1));
		free(said);
		snprintf(path, sizeof(path), "%s/out.tflite", folder);
		assert_int_not_equal(access(path, F_OK), 0);
		snprintf(path, sizeof(path), "%s/out.tflite.part", folder);
		assert_int_not_equal(access(path, F_OK), 0);
	}
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	assert_int_equal(system(command), 0);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_no_samples),
		TEST(test_bad_sample),
		TEST(test_nan_weights),
		TEST(test_infinite_activation),
		TEST(test_already_int8),
		TEST(test_int8_input),
		TEST(test_unsupported_operator),
		TEST(test_bad_options),
		TEST(test_percentile),
		TEST(test_all_values),
		TEST(test_only_what_hard_swish_sees),
		TEST(test_prescribed_scales),
		TEST(test_equalised_channels),
		TEST(test_fused_activation),
		TEST(test_activation_of_shared_value),
		TEST(test_float16_weights),
		TEST(test_transposed_convolution),
		TEST(test_pool_far_below_its_input),
		TEST(test_pool_like_its_input),
		TEST(test_stays_float),
		TEST(test_refused_by_kernel),
		TEST(test_float_ends),
		TEST(test_uint8_ends),
		TEST(test_reports_worst_first),
		TEST(test_file),
		TEST(test_program_leaves_nothing),
	};

	return cmocka_run_group_tests_name("quantizer", tests, NULL, NULL);
}
