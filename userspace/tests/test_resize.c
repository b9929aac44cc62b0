// SPDX-License-Identifier: MIT
/*
 * Resizing and transposed convolution: values worked out by hand, the two forms of
 * the convolution against each other, and 8-bit tensors against TensorFlow Lite.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "against_tflite.h"
#include "check.h"
#include "cpu/cpu.h"

#define CASES	12	/* of each operator and type */

static int value(struct build *b, enum mnet_type type, int n, int h, int w, int c)
{
	int t = build_tensor(b, "value", type, 4, n, h, w, c);

	if (type != MNET_FLOAT32)
		build_scale(b, t, 0.05f, type == MNET_UINT8 ? 120 : -8);
	return t;
}

static int ints(struct build *b, int n, const int32_t *values)
{
	int t = build_tensor(b, "integers", MNET_INT32, 1, n);

	build_data(b, t, values);
	return t;
}

/* --- by hand --- */

static void check_floats(struct build *b, const void *inputs, const float *expected, size_t n,
			 const char *what)
{
	struct outcome o;
	bool ok = run_ours(b, inputs, &o);

	check(ok && o.size == n * sizeof(float) && !memcmp(o.ours, expected, o.size), "%s", what);
	outcome_free(&o);
	build_free(b);
}

static struct mnet_op *start_resize(struct build *b, int code, enum mnet_type type, int32_t h,
				    int32_t w)
{
	const int32_t size[2] = { h, w };
	int in, out;

	build_start(b);
	in = value(b, type, 1, 2, 2, 1);
	out = value(b, type, 1, h, w, 1);
	build_input(b, in);
	build_output(b, out);
	return build_op(b, code, out, in, ints(b, 2, size), -2);
}

static void test_bilinear_by_hand(void)
{
	static const float in[4] = { 0, 4, 8, 12 };
	static const float plain[8] = { 0, 2, 4, 4, 8, 10, 12, 12 };
	static const float corners[6] = { 0, 2, 4, 8, 10, 12 };
	static const float centers[8] = { 0, 1, 3, 4, 8, 9, 11, 12 };
	static const int8_t in8[4] = { -3, 0, -3, 0 }, half8[8] = { -3, -2, 0, 0, -3, -2, 0, 0 };
	struct outcome o;
	struct build b;

	start_resize(&b, MNET_OP_RESIZE_BILINEAR, MNET_FLOAT32, 2, 4);
	check_floats(&b, in, plain, 8, "columns twice as many lie at halves, the last repeated");
	start_resize(&b, MNET_OP_RESIZE_BILINEAR, MNET_FLOAT32, 2, 3)->u.resize.align_corners = true;
	check_floats(&b, in, corners, 6, "align_corners: first and last stay, one between");
	start_resize(&b, MNET_OP_RESIZE_BILINEAR, MNET_FLOAT32, 2, 4)->u.resize.half_pixel_centers =
		true;
	check_floats(&b, in, centers, 8, "half_pixel_centers: quarters and three quarters");
	start_resize(&b, MNET_OP_RESIZE_BILINEAR, MNET_INT8, 2, 4);
	check(run_ours(&b, in8, &o) && !memcmp(o.ours, half8, 8),
	      "int8 halves round away from zero");
	outcome_free(&o);
	build_free(&b);
}

static void test_nearest_by_hand(void)
{
	static const float in[4] = { 1, 2, 3, 4 };
	static const float plain[6] = { 1, 1, 2, 3, 3, 4 }, corners[6] = { 1, 2, 2, 3, 4, 4 };
	struct build b;

	start_resize(&b, MNET_OP_RESIZE_NEAREST_NEIGHBOR, MNET_FLOAT32, 2, 3);
	check_floats(&b, in, plain, 6, "nearest: positions are rounded down");
	start_resize(&b, MNET_OP_RESIZE_NEAREST_NEIGHBOR, MNET_FLOAT32, 2, 3)
		->u.resize.align_corners = true;
	check_floats(&b, in, corners, 6, "nearest with align_corners: rounded, halves up");
}

static void test_both_ways_to_place(void)
{
	struct mnet_error err = { "" };
	struct build b;
	struct mnet_op *op = start_resize(&b, MNET_OP_RESIZE_BILINEAR, MNET_FLOAT32, 2, 3);

	op->u.resize.align_corners = true;
	op->u.resize.half_pixel_centers = true;
	check(mnet_graph_verify(&b.graph, &err) == -EINVAL && strstr(err.message, "exclude"),
	      "align_corners with half_pixel_centers is refused");
	build_free(&b);
	op = start_resize(&b, MNET_OP_RESIZE_BILINEAR, MNET_INT8, 2, 3000);
	check(mnet_cpu_unsupported(&b.graph, op) &&
	      strstr(mnet_cpu_unsupported(&b.graph, op), "fraction bits"),
	      "int8 columns whose step rounds up beyond the input are refused");
	build_free(&b);
}

/* Weights 1 2 / 3 4 */
static int square(struct build *b)
{
	static const float values[4] = { 1, 2, 3, 4 };
	int w = build_tensor(b, "weights", MNET_FLOAT32, 4, 1, 2, 2, 1);

	build_data(b, w, values);
	return w;
}

static void test_transpose_by_hand(void)
{
	static const int32_t size[4] = { 1, 1, 3, 1 };
	static const float in[2] = { 1, 10 }, apart[8] = { 1, 2, 10, 20, 3, 4, 30, 40 };
	static const float overlap[3] = { 1, 12, 20 };
	static const int32_t wide[4] = { 1, 2, 4, 1 };
	struct mnet_op *op;
	struct build b;
	int x, out;

	build_start(&b);
	x = value(&b, MNET_FLOAT32, 1, 1, 2, 1);
	out = value(&b, MNET_FLOAT32, 1, 2, 4, 1);
	build_input(&b, x);
	build_output(&b, out);
	op = build_op(&b, MNET_OP_TRANSPOSE_CONV, out, ints(&b, 4, wide), square(&b), x, -2);
	op->u.transpose_conv.stride_h = op->u.transpose_conv.stride_w = 2;
	check_floats(&b, in, apart, 8, "stride 2: each input leaves its own square");

	build_start(&b);
	x = value(&b, MNET_FLOAT32, 1, 1, 2, 1);
	out = value(&b, MNET_FLOAT32, 1, 1, 3, 1);
	build_input(&b, x);
	build_output(&b, out);
	op = build_op(&b, MNET_OP_TRANSPOSE_CONV, out, ints(&b, 4, size), square(&b), x, -2);
	op->u.transpose_conv.padding = MNET_PADDING_VALID;
	op->u.transpose_conv.stride_h = op->u.transpose_conv.stride_w = 1;
	check_floats(&b, in, overlap, 3, "stride 1: squares add up, rows beyond the output fall away");
}

/* --- the custom form --- */

static int random_constant(struct build *b, struct check_random *r, int t)
{
	unsigned char bytes[16384];
	size_t n = b->graph.tensors[t].bytes;

	for (size_t i = 0; i < n; i++)
		bytes[i] = (unsigned char)check_random(r);
	if (b->graph.tensors[t].type == MNET_FLOAT32)
		for (size_t i = 0; i < n / sizeof(float); i++)
			((float *)(void *)bytes)[i] = (float)check_between(r, -99, 99) / 64;
	if (b->graph.tensors[t].type == MNET_INT32)
		for (size_t i = 0; i < n / sizeof(int32_t); i++)
			((int32_t *)(void *)bytes)[i] = check_between(r, -3000, 3000);
	build_data(b, t, bytes);
	return t;
}

/**
 * struct transposed - a transposed convolution being built
 * @in: input
 * @weights: its weights
 * @bias: its bias
 */
struct transposed {
	int in, weights, bias;
	int32_t size[4];
	bool same;
	int32_t stride_h, stride_w;
};

static int32_t covered(bool same, int32_t in, int32_t filter, int32_t stride)
{
	return same ? in * stride : (in - 1) * stride + (filter > stride ? filter : stride);
}

static void draw_transposed(struct build *b, struct check_random *r, enum mnet_type type,
			    struct transposed *t)
{
	int n = check_between(r, 1, 2), h = check_between(r, 1, 7), w = check_between(r, 1, 7);
	int in_c = check_between(r, 1, 9), out_c = check_between(r, 1, 6);
	int fh = check_between(r, 1, 4), fw = check_between(r, 1, 4);
	float scales[6];

	build_start(b);
	t->same = check_between(r, 0, 1);
	t->stride_h = check_between(r, 1, 3);
	t->stride_w = check_between(r, 1, 3);
	t->size[0] = n;
	t->size[1] = covered(t->same, h, fh, t->stride_h);
	t->size[2] = covered(t->same, w, fw, t->stride_w);
	t->size[3] = out_c;
	t->in = value(b, type, n, h, w, in_c);
	build_input(b, t->in);
	t->weights = build_tensor(b, "weights", type, 4, out_c, fh, fw, in_c);
	for (int i = 0; i < out_c; i++)
		scales[i] = (float)check_between(r, 1, 40) * 0.001f;
	if (type == MNET_INT8)
		build_scales(b, t->weights, 0, (unsigned int)out_c, scales);
	else if (type == MNET_UINT8)
		build_scale(b, t->weights, scales[0], check_between(r, 0, 255));
	random_constant(b, r, t->weights);
	t->bias = build_tensor(b, "bias", type == MNET_FLOAT32 ? type : MNET_INT32, 1, out_c);
	if (type == MNET_INT8)
		for (int i = 0; i < out_c; i++)
			scales[i] *= 0.05f;
	if (type == MNET_INT8)
		build_scales(b, t->bias, 0, (unsigned int)out_c, scales);
	else if (type == MNET_UINT8)
		build_scale(b, t->bias, scales[0] * 0.05f, 0);
	random_constant(b, r, t->bias);
}

static int transposed_output(struct build *b, const struct transposed *t, enum mnet_type type)
{
	int out = value(b, type, t->size[0], t->size[1], t->size[2], t->size[3]);

	build_output(b, out);
	return out;
}

static void build_builtin(struct build *b, const struct transposed *t, int out)
{
	struct mnet_op *op = build_op(b, MNET_OP_TRANSPOSE_CONV, out, ints(b, 4, t->size), t->weights,
				      t->in, t->bias, -2);

	op->version = 3;
	op->u.transpose_conv.padding = t->same ? MNET_PADDING_SAME : MNET_PADDING_VALID;
	op->u.transpose_conv.stride_h = t->stride_h;
	op->u.transpose_conv.stride_w = t->stride_w;
}

static struct mnet_op *build_custom(struct build *b, const struct transposed *t, int out,
				    int32_t options[3])
{
	struct mnet_op *op = build_op(b, MNET_OP_CUSTOM, out, t->in, t->weights, t->bias, -2);

	options[0] = t->same ? 1 : 2;
	options[1] = t->stride_w;
	options[2] = t->stride_h;
	op->name = "Convolution2DTransposeBias";
	op->custom = options;
	op->custom_size = 12;
	return op;
}

static void fill_input(const struct build *b, struct check_random *r, void *bytes)
{
	const struct mnet_tensor *t = &b->graph.tensors[b->graph.inputs[0]];

	for (size_t i = 0; i < t->bytes; i++)
		((unsigned char *)bytes)[i] = (unsigned char)check_random(r);
	if (t->type == MNET_FLOAT32)
		for (size_t i = 0; i < t->bytes / 4; i++)
			((float *)bytes)[i] = (float)check_between(r, -999, 999) / 100;
}

static void test_forms_agree(enum mnet_type type)
{
	static float input[16384];
	struct outcome builtin, custom;
	struct transposed t;
	int32_t options[3];
	struct build b;
	bool ok;

	for (unsigned int i = 0; i < CASES; i++) {
		struct check_random r = { i }, again = { i };

		draw_transposed(&b, &r, type, &t);
		build_builtin(&b, &t, transposed_output(&b, &t, type));
		fill_input(&b, &r, input);
		ok = run_ours(&b, input, &builtin);
		build_free(&b);
		draw_transposed(&b, &again, type, &t);
		build_custom(&b, &t, transposed_output(&b, &t, type), options);
		ok = run_ours(&b, input, &custom) && ok;
		check(ok && builtin.size == custom.size &&
		      !memcmp(builtin.ours, custom.ours, builtin.size),
		      "%s, case %u: the custom operator is TRANSPOSE_CONV with a bias",
		      mnet_type_name(type), i);
		outcome_free(&builtin);
		outcome_free(&custom);
		build_free(&b);
	}
}

static void test_bad_custom(void)
{
	struct check_random r = { 1 };
	struct mnet_error err = { "" };
	struct transposed t;
	int32_t options[3];
	struct mnet_op *op;
	struct build b;

	draw_transposed(&b, &r, MNET_FLOAT32, &t);
	op = build_custom(&b, &t, transposed_output(&b, &t, MNET_FLOAT32), options);
	op->custom_size = 8;
	check(mnet_graph_infer_shapes(&b.graph, &err) == -EINVAL && strstr(err.message, "short"),
	      "custom options that are too short are refused");
	op->custom_size = 12;
	options[0] = 3;
	check(mnet_graph_infer_shapes(&b.graph, &err) == -EINVAL && strstr(err.message, "padding"),
	      "so is an unknown padding");
	options[0] = 1;
	options[2] = 0;
	check(mnet_graph_infer_shapes(&b.graph, &err) == -EINVAL && strstr(err.message, "stride"),
	      "so is a stride of 0");
	options[2] = INT32_MAX;
	check(mnet_graph_infer_shapes(&b.graph, &err) == -EINVAL, "so is a huge one");
	op->name = "SomebodyElses";
	check(!mnet_graph_infer_shapes(&b.graph, &err) && !mnet_graph_verify(&b.graph, &err) &&
	      mnet_cpu_unsupported(&b.graph, op), "another custom operator passes, and cannot run");
	build_free(&b);
}

/* --- against TFLite --- */

static void build_resized(struct build *b, struct check_random *r, int code, enum mnet_type type)
{
	int h = check_between(r, 1, 9), w = check_between(r, 1, 9), c = check_between(r, 1, 5);
	const int32_t size[2] = { check_between(r, 1, 25), check_between(r, 1, 25) };
	int how = check_between(r, 0, 2), in, out;
	struct mnet_op *op;

	build_start(b);
	in = value(b, type, 2, h, w, c);
	out = value(b, type, 2, size[0], size[1], c);
	build_input(b, in);
	build_output(b, out);
	op = build_op(b, code, out, in, ints(b, 2, size), -2);
	op->version = 3;
	op->u.resize.align_corners = how == 1;
	op->u.resize.half_pixel_centers = how == 2;
}

static void test_case(int code, enum mnet_type type, unsigned int number)
{
	static unsigned char input[65536];
	struct check_random r = { number + 100 };
	struct transposed t;
	struct outcome o;
	struct build b;
	int ret;
	bool ok;

	if (code == MNET_OP_TRANSPOSE_CONV) {
		draw_transposed(&b, &r, type, &t);
		build_builtin(&b, &t, transposed_output(&b, &t, type));
	} else {
		build_resized(&b, &r, code, type);
	}
	fill_input(&b, &r, input);
	ok = run_ours(&b, input, &o);
	ret = run_theirs(&b, input, &o);
	if (ok && ret == 77)
		check_skip("%s of %s, case %u: TFLite's runner is not here",
			   mnet_opcode_name(code), mnet_type_name(type), number);
	else
		check(ok && !ret && !memcmp(o.ours, o.theirs, o.size),
		      "%s of %s, case %u: the bytes are TFLite's", mnet_opcode_name(code),
		      mnet_type_name(type), number);
	outcome_free(&o);
	build_free(&b);
}

static void test_against_tflite(void)
{
	static const int codes[] = { MNET_OP_RESIZE_BILINEAR, MNET_OP_RESIZE_NEAREST_NEIGHBOR,
				     MNET_OP_TRANSPOSE_CONV };
	static const enum mnet_type types[] = { MNET_INT8, MNET_UINT8 };

	for (size_t c = 0; c < 3; c++)
		for (size_t t = 0; t < 2; t++)
			for (unsigned int i = 0; i < CASES; i++)
				test_case(codes[c], types[t], i);
}

int main(void)
{
	test_bilinear_by_hand();
	test_nearest_by_hand();
	test_both_ways_to_place();
	test_transpose_by_hand();
	test_forms_agree(MNET_FLOAT32);
	test_forms_agree(MNET_INT8);
	test_forms_agree(MNET_UINT8);
	test_bad_custom();
	test_against_tflite();
	return check_done();
}
