// SPDX-License-Identifier: MIT
/*
 * Float kernels against TensorFlow Lite's reference kernels, on operators drawn from
 * a seed. Sums may differ by 1e-5 of the largest output, for another machine may sum
 * with wider steps; what is computed element by element by 2 units in the last
 * place, for exp() differs between C libraries.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "against_tflite.h"
#include "check.h"

#define CASES		4	/* of each operator */
#define SUM_BOUND	1e-5
#define ULPS		2

enum bound { SUM, ELEMENT, EXACT };

struct drawing {
	struct build *b;
	struct check_random *r;
};

static int draw(const struct drawing *d, int lo, int hi)
{
	return check_between(d->r, lo, hi);
}

static float draw_float(const struct drawing *d, float scale)
{
	return (float)(check_between(d->r, -1000000, 1000000) / 1e6) * scale;
}

static int image(const struct drawing *d, int n, int h, int w, int c)
{
	return build_tensor(d->b, "image", MNET_FLOAT32, 4, n, h, w, c);
}

static int in_image(const struct drawing *d)
{
	int t = image(d, draw(d, 1, 2), draw(d, 3, 13), draw(d, 3, 13), draw(d, 1, 37));

	build_input(d->b, t);
	return t;
}

static const int32_t *shape(const struct drawing *d, int t)
{
	return d->b->graph.tensors[t].shape;
}

/* Of no stated shape: it is to be inferred */
static int output(const struct drawing *d)
{
	int t = build_tensor(d->b, "output", MNET_FLOAT32, 0);

	build_output(d->b, t);
	return t;
}

static int constant(const struct drawing *d, int t, float scale)
{
	struct mnet_tensor *tensor = &d->b->graph.tensors[t];
	size_t n = tensor->bytes / sizeof(float);
	float *values = malloc(tensor->bytes);

	for (size_t i = 0; i < n; i++)
		values[i] = draw_float(d, scale);
	build_data(d->b, t, values);
	free(values);
	return t;
}

static int weights(const struct drawing *d, int o, int h, int w, int i)
{
	return constant(d, build_tensor(d->b, "weights", MNET_FLOAT32, 4, o, h, w, i), 1);
}

static int bias(const struct drawing *d, int n)
{
	return constant(d, build_tensor(d->b, "bias", MNET_FLOAT32, 1, n), 1);
}

/* In a quarter of all cases; TFLite wants a bias that is left out not to be mentioned */
static struct mnet_op *maybe_without_bias(const struct drawing *d, struct mnet_op *op)
{
	if (!draw(d, 0, 3))
		op->num_inputs--;
	return op;
}

static int ints(const struct drawing *d, int n, const int32_t *values)
{
	int t = build_tensor(d->b, "integers", MNET_INT32, 1, n);

	build_data(d->b, t, values);
	return t;
}

static void draw_window(const struct drawing *d, struct mnet_op *op)
{
	bool strides = draw(d, 0, 1);

	op->u.conv.padding = draw(d, 0, 1) ? MNET_PADDING_SAME : MNET_PADDING_VALID;
	op->u.conv.stride_h = strides ? draw(d, 1, 3) : 1;
	op->u.conv.stride_w = strides ? draw(d, 1, 3) : 1;
	op->u.conv.dilation_h = strides ? 1 : draw(d, 1, 3);
	op->u.conv.dilation_w = op->u.conv.dilation_h;
	/* so that the filter fits */
	if (op->u.conv.dilation_h > 1)
		op->u.conv.padding = MNET_PADDING_SAME;
	op->u.conv.activation = (enum mnet_activation)draw(d, MNET_ACT_NONE, MNET_ACT_RELU6);
}

static void make_conv(const struct drawing *d)
{
	int in = in_image(d), o = draw(d, 1, 40), out = output(d);

	draw_window(d, build_op(d->b, MNET_OP_CONV_2D, out, in,
				weights(d, o, draw(d, 1, 3), draw(d, 1, 3), shape(d, in)[3]),
				bias(d, o), -2));
}

static void make_depthwise(const struct drawing *d)
{
	int in = in_image(d), m = draw(d, 1, 3), o = shape(d, in)[3] * m, out = output(d);
	struct mnet_op *op = build_op(d->b, MNET_OP_DEPTHWISE_CONV_2D, out, in,
				      weights(d, 1, draw(d, 1, 3), draw(d, 1, 3), o), bias(d, o),
				      -2);

	draw_window(d, op);
	op->u.conv.depth_multiplier = m;
}

static void make_fully_connected(const struct drawing *d)
{
	int in = build_tensor(d->b, "rows", MNET_FLOAT32, 2, draw(d, 1, 9), draw(d, 1, 70));
	int o = draw(d, 1, 40), out = output(d), w;
	struct mnet_op *op;

	build_input(d->b, in);
	w = constant(d, build_tensor(d->b, "weights", MNET_FLOAT32, 2, o, shape(d, in)[1]), 1);
	op = maybe_without_bias(d, build_op(d->b, MNET_OP_FULLY_CONNECTED, out, in, w, bias(d, o),
					    -2));
	op->u.fully_connected.activation = (enum mnet_activation)draw(d, 0, 3);
}

static void make_transpose_conv(const struct drawing *d)
{
	int in = in_image(d), o = draw(d, 1, 20), sh = draw(d, 1, 3), sw = draw(d, 1, 3);
	int fh = draw(d, 1, 4), fw = draw(d, 1, 4), out = output(d);
	int w = weights(d, o, fh, fw, shape(d, in)[3]);
	bool same = draw(d, 0, 1);
	int32_t size[4] = { shape(d, in)[0], shape(d, in)[1] * sh, shape(d, in)[2] * sw, o };
	struct mnet_op *op;

	if (!same) {
		size[1] = (shape(d, in)[1] - 1) * sh + (fh > sh ? fh : sh);
		size[2] = (shape(d, in)[2] - 1) * sw + (fw > sw ? fw : sw);
	}
	op = maybe_without_bias(d, build_op(d->b, MNET_OP_TRANSPOSE_CONV, out, ints(d, 4, size), w,
					    in, bias(d, o), -2));
	op->version = op->num_inputs > 3 ? 3 : 1;
	op->u.transpose_conv.padding = same ? MNET_PADDING_SAME : MNET_PADDING_VALID;
	op->u.transpose_conv.stride_h = sh;
	op->u.transpose_conv.stride_w = sw;
}

static void make_arith(const struct drawing *d, int code)
{
	int in = in_image(d), other, out = output(d), style = draw(d, 0, 4);
	const int32_t *s = shape(d, in);
	struct mnet_op *op;

	if (style == 0) {
		other = build_tensor(d->b, "scalar", MNET_FLOAT32, 0);
	} else if (style == 1) {
		other = build_tensor(d->b, "channels", MNET_FLOAT32, 1, s[3]);
	} else {
		other = image(d, s[0], style == 2 ? 1 : s[1], style == 3 ? 1 : s[2], s[3]);
		build_input(d->b, other);
	}
	if (style < 2)
		constant(d, other, 5);
	op = build_op(d->b, code, out, style % 2 ? in : other, style % 2 ? other : in, -2);
	op->u.arith.activation = (enum mnet_activation)draw(d, 0, 3);
}

static void make_add(const struct drawing *d)
{
	make_arith(d, MNET_OP_ADD);
}

static void make_sub(const struct drawing *d)
{
	make_arith(d, MNET_OP_SUB);
}

static void make_mul(const struct drawing *d)
{
	make_arith(d, MNET_OP_MUL);
}

static void make_pool(const struct drawing *d, int code)
{
	int in = in_image(d);
	struct mnet_op *op = build_op(d->b, code, output(d), in, -2);

	op->u.pool.padding = draw(d, 0, 1) ? MNET_PADDING_SAME : MNET_PADDING_VALID;
	op->u.pool.stride_h = draw(d, 1, 3);
	op->u.pool.stride_w = draw(d, 1, 3);
	op->u.pool.filter_h = draw(d, 1, shape(d, in)[1]);
	op->u.pool.filter_w = draw(d, 1, shape(d, in)[2]);
	op->u.pool.activation = (enum mnet_activation)draw(d, 0, 3);
}

static void make_average_pool(const struct drawing *d)
{
	make_pool(d, MNET_OP_AVERAGE_POOL_2D);
}

static void make_max_pool(const struct drawing *d)
{
	make_pool(d, MNET_OP_MAX_POOL_2D);
}

static void make_mean(const struct drawing *d)
{
	static const int32_t axes[][2] = { { 1, 2 }, { 3, -3 }, { 0, 3 }, { 2, 2 } };
	int in = in_image(d);
	struct mnet_op *op = build_op(d->b, MNET_OP_MEAN, output(d), in,
				      ints(d, 2, axes[draw(d, 0, 3)]), -2);

	op->u.reduce.keep_dims = draw(d, 0, 1);
}

static void make_unary(const struct drawing *d, int code)
{
	int in = in_image(d);

	build_op(d->b, code, output(d), in, -2)->u.softmax.beta = 1.5f;
}

static void make_hard_swish(const struct drawing *d)
{
	make_unary(d, MNET_OP_HARD_SWISH);
}

static void make_logistic(const struct drawing *d)
{
	make_unary(d, MNET_OP_LOGISTIC);
}

static void make_tanh(const struct drawing *d)
{
	make_unary(d, MNET_OP_TANH);
}

static void make_relu(const struct drawing *d)
{
	make_unary(d, MNET_OP_RELU);
}

static void make_relu6(const struct drawing *d)
{
	make_unary(d, MNET_OP_RELU6);
}

static void make_relu_n1_to_1(const struct drawing *d)
{
	make_unary(d, MNET_OP_RELU_N1_TO_1);
}

static void make_softmax(const struct drawing *d)
{
	make_unary(d, MNET_OP_SOFTMAX);
}

static void make_resize(const struct drawing *d, int code)
{
	int in = in_image(d), how = draw(d, 0, 2);
	int32_t size[2] = { draw(d, 1, 29), draw(d, 1, 29) };
	struct mnet_op *op = build_op(d->b, code, output(d), in, ints(d, 2, size), -2);

	op->version = 3;
	op->u.resize.align_corners = how == 1;
	op->u.resize.half_pixel_centers = how == 2;
}

static void make_bilinear(const struct drawing *d)
{
	make_resize(d, MNET_OP_RESIZE_BILINEAR);
}

static void make_nearest(const struct drawing *d)
{
	make_resize(d, MNET_OP_RESIZE_NEAREST_NEIGHBOR);
}

static void make_concatenation(const struct drawing *d)
{
	int in = in_image(d), other = image(d, shape(d, in)[0], shape(d, in)[1], shape(d, in)[2],
					    draw(d, 1, 9));

	build_input(d->b, other);
	build_op(d->b, MNET_OP_CONCATENATION, output(d), in, other, in, -2)->u.concat.axis = -1;
}

static int paddings(const struct drawing *d)
{
	int t = build_tensor(d->b, "paddings", MNET_INT32, 2, 4, 2);
	int32_t values[8];

	for (int i = 0; i < 8; i++)
		values[i] = draw(d, 0, 3);
	build_data(d->b, t, values);
	return t;
}

static void make_pad(const struct drawing *d)
{
	int in = in_image(d);

	build_op(d->b, MNET_OP_PAD, output(d), in, paddings(d), -2);
}

static void make_padv2(const struct drawing *d)
{
	int in = in_image(d), value = build_tensor(d->b, "value", MNET_FLOAT32, 0);

	build_op(d->b, MNET_OP_PADV2, output(d), in, paddings(d), constant(d, value, 3), -2);
}

static void make_reshape(const struct drawing *d)
{
	int in = in_image(d);
	struct mnet_op *op = build_op(d->b, MNET_OP_RESHAPE, output(d), in, -2);

	op->u.reshape.given = true;
	op->u.reshape.to.num_dims = 2;
	op->u.reshape.to.dims[0] = shape(d, in)[0] * shape(d, in)[1];
	op->u.reshape.to.dims[1] = -1;
}

/* Weights that a model stores as float16, which a convolution then takes computed */
static void make_float16(const struct drawing *d)
{
	int in = in_image(d), o = draw(d, 1, 20), h = draw(d, 1, 3), out = output(d);
	int half = build_tensor(d->b, "half", MNET_FLOAT16, 4, o, h, h, shape(d, in)[3]);
	int w = build_tensor(d->b, "weights", MNET_FLOAT32, 0);
	uint16_t values[20 * 9 * 37];

	/* All of float16 but its infinities and NaN, near 1 for the most part */
	for (size_t i = 0; i < d->b->graph.tensors[half].bytes / 2; i++)
		values[i] = (uint16_t)(draw(d, 0, 9) ? draw(d, 0x3000, 0x3fff) | draw(d, 0, 1) << 15 :
				       draw(d, 0, 0x3fff));
	build_data(d->b, half, values);
	build_op(d->b, MNET_OP_DEQUANTIZE, w, half, -2)->version = 3;
	draw_window(d, build_op(d->b, MNET_OP_CONV_2D, out, in, w, bias(d, o), -2));
}

static const struct {
	const char *name;
	void (*make)(const struct drawing *d);
	enum bound bound;
} operators[] = {
	{ "ADD", make_add, EXACT },
	{ "AVERAGE_POOL_2D", make_average_pool, SUM },
	{ "CONCATENATION", make_concatenation, EXACT },
	{ "CONV_2D", make_conv, SUM },
	{ "CONV_2D with float16 weights", make_float16, SUM },
	{ "DEPTHWISE_CONV_2D", make_depthwise, SUM },
	{ "FULLY_CONNECTED", make_fully_connected, SUM },
	{ "HARD_SWISH", make_hard_swish, ELEMENT },
	{ "LOGISTIC", make_logistic, ELEMENT },
	{ "MAX_POOL_2D", make_max_pool, EXACT },
	{ "MEAN", make_mean, SUM },
	{ "MUL", make_mul, EXACT },
	{ "PAD", make_pad, EXACT },
	{ "PADV2", make_padv2, EXACT },
	{ "RELU", make_relu, EXACT },
	{ "RELU6", make_relu6, EXACT },
	{ "RELU_N1_TO_1", make_relu_n1_to_1, EXACT },
	{ "RESHAPE", make_reshape, EXACT },
	{ "RESIZE_BILINEAR", make_bilinear, SUM },
	{ "RESIZE_NEAREST_NEIGHBOR", make_nearest, EXACT },
	{ "SOFTMAX", make_softmax, SUM },
	{ "SUB", make_sub, EXACT },
	{ "TANH", make_tanh, ELEMENT },
	{ "TRANSPOSE_CONV", make_transpose_conv, SUM },
};

/* How many floats lie between two */
static double ulps(float a, float b)
{
	int32_t x, y;

	memcpy(&x, &a, 4);
	memcpy(&y, &b, 4);
	x = x < 0 ? INT32_MIN - x : x;
	y = y < 0 ? INT32_MIN - y : y;
	return fabs((double)x - y);
}

/* Elements that differ by more than they may */
static size_t count_far(const struct outcome *o, enum bound bound)
{
	const float *a = o->ours, *b = o->theirs;
	size_t n = o->size / sizeof(float), far = 0;
	double largest = 0;

	for (size_t i = 0; i < n; i++)
		largest = fmax(largest, fabs(b[i]));
	for (size_t i = 0; i < n; i++) {
		if (bound == EXACT)
			far += a[i] != b[i];
		else if (bound == ELEMENT)
			far += !(ulps(a[i], b[i]) <= ULPS);
		else
			far += !(fabs((double)a[i] - b[i]) <= SUM_BOUND * largest);
	}
	return far;
}

static size_t input_elements(const struct build *b)
{
	size_t n = 0;

	for (unsigned int i = 0; i < b->graph.num_inputs; i++)
		n += b->graph.tensors[b->graph.inputs[i]].bytes / sizeof(float);
	return n;
}

static void test_case(size_t which, int number)
{
	struct check_random r = { which * 1000 + (size_t)number };
	struct outcome o;
	struct build b;
	struct drawing d = { &b, &r };
	float *inputs;
	size_t n;
	int ret;

	build_start(&b);
	operators[which].make(&d);
	n = input_elements(&b);
	inputs = malloc(n * sizeof(*inputs));
	for (size_t i = 0; i < n; i++)
		inputs[i] = draw_float(&d, 12);
	if (!run_ours(&b, inputs, &o)) {
		check(false, "%s, case %d: runs here", operators[which].name, number);
	} else {
		ret = run_theirs(&b, inputs, &o);
		if (ret == 77)
			check_skip("%s, case %d: TFLite's runner is not here",
				   operators[which].name, number);
		else
			check(!ret && !count_far(&o, operators[which].bound),
			      "%s, case %d: %zu of %zu elements too far from TFLite's",
			      operators[which].name, number,
			      ret ? o.size / sizeof(float) : count_far(&o, operators[which].bound),
			      o.size / sizeof(float));
	}
	outcome_free(&o);
	build_free(&b);
	free(inputs);
}

int main(void)
{
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
		for (int k = 0; k < CASES; k++)
			test_case(i, k);
	return check_done();
}
