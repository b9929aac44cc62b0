// SPDX-License-Identifier: MIT
/* See build.h. */
#include <stdarg.h>
#include <string.h>

#include "build.h"
#include "check.h"

void build_start(struct build *b)
{
	struct mnet_graph *g = &b->graph;

	memset(b, 0, sizeof(*b));
	g->arena = mnet_arena_new();
	g->tensors = mnet_arena_alloc(g->arena, BUILD_MAX * sizeof(*g->tensors));
	g->ops = mnet_arena_alloc(g->arena, BUILD_MAX * sizeof(*g->ops));
	g->inputs = mnet_arena_alloc(g->arena, BUILD_MAX * sizeof(*g->inputs));
	g->outputs = mnet_arena_alloc(g->arena, BUILD_MAX * sizeof(*g->outputs));
}

void build_free(struct build *b)
{
	mnet_arena_free(b->graph.arena);
}

static void *copy(struct build *b, const void *data, size_t size)
{
	void *p = mnet_arena_alloc(b->graph.arena, size);

	memcpy(p, data, size);
	return p;
}

int build_tensor_of(struct build *b, const char *name, enum mnet_type type, unsigned int rank,
		    const int32_t *shape)
{
	struct mnet_tensor *t = &b->graph.tensors[b->graph.num_tensors];
	unsigned int i;

	t->name = name;
	t->type = type;
	t->rank = rank;
	t->bytes = mnet_type_size(type);
	t->producer = -1;
	for (i = 0; i < rank; i++) {
		t->shape[i] = shape[i];
		t->bytes *= (size_t)shape[i];
	}
	return (int)b->graph.num_tensors++;
}

int build_tensor(struct build *b, const char *name, enum mnet_type type, unsigned int rank, ...)
{
	int32_t shape[MNET_MAX_RANK];
	va_list args;
	unsigned int i;

	va_start(args, rank);
	for (i = 0; i < rank; i++)
		shape[i] = va_arg(args, int);
	va_end(args);
	return build_tensor_of(b, name, type, rank, shape);
}

void build_scale(struct build *b, int tensor, float scale, int32_t zero_point)
{
	struct mnet_tensor *t = &b->graph.tensors[tensor];

	t->num_scales = 1;
	t->scales = copy(b, &scale, sizeof(scale));
	t->zero_points = copy(b, &zero_point, sizeof(zero_point));
}

void build_scales(struct build *b, int tensor, unsigned int axis, unsigned int n,
		  const float *scales)
{
	struct mnet_tensor *t = &b->graph.tensors[tensor];

	t->num_scales = n;
	t->axis = axis;
	t->scales = copy(b, scales, n * sizeof(*scales));
	t->zero_points = mnet_arena_alloc(b->graph.arena, n * sizeof(*t->zero_points));
}

void build_data(struct build *b, int tensor, const void *data)
{
	b->graph.tensors[tensor].data = copy(b, data, b->graph.tensors[tensor].bytes);
}

struct mnet_op *build_op(struct build *b, int code, int output, ...)
{
	struct mnet_op *op = &b->graph.ops[b->graph.num_ops++];
	int inputs[MNET_MAX_INPUTS];
	va_list args;

	va_start(args, output);
	for (op->num_inputs = 0;; op->num_inputs++) {
		inputs[op->num_inputs] = va_arg(args, int);
		if (inputs[op->num_inputs] == -2)
			break;
	}
	va_end(args);
	op->code = code;
	op->version = 1;
	op->name = mnet_opcode_name(code);
	op->inputs = copy(b, inputs, op->num_inputs * sizeof(int));
	op->num_outputs = 1;
	op->outputs = copy(b, &output, sizeof(int));
	b->graph.tensors[output].producer = (int)(op - b->graph.ops);
	return op;
}

void build_input(struct build *b, int tensor)
{
	b->graph.inputs[b->graph.num_inputs++] = tensor;
}

void build_output(struct build *b, int tensor)
{
	b->graph.outputs[b->graph.num_outputs++] = tensor;
}

/* An activation */
static int value(struct build *b, enum mnet_type type, float scale, int32_t zero_point, int h,
		 int w, int c)
{
	int t = build_tensor(b, "value", type, 4, 1, h, w, c);

	build_scale(b, t, scale, zero_point + (type == MNET_UINT8 ? 128 : 0));
	return t;
}

static int random_constant(struct build *b, int tensor, struct check_random *r)
{
	unsigned char bytes[8192];
	size_t i;

	for (i = 0; i < b->graph.tensors[tensor].bytes; i++)
		bytes[i] = (unsigned char)check_random(r);
	build_data(b, tensor, bytes);
	return tensor;
}

static int bias(struct build *b, struct check_random *r, int channels)
{
	int t = build_tensor(b, "bias", MNET_INT32, 1, channels);
	int32_t values[64];
	int i;

	for (i = 0; i < channels; i++)
		values[i] = check_between(r, -2000, 2000);
	build_data(b, t, values);
	build_scale(b, t, 0.001f, 0);
	return t;
}

static int ints(struct build *b, const char *name, int n, const int32_t *values)
{
	int t = build_tensor(b, name, MNET_INT32, 1, n);

	build_data(b, t, values);
	return t;
}

static int weights(struct build *b, struct check_random *r, enum mnet_type type, int n, int h,
		   int w, int c)
{
	int t = build_tensor(b, "weights", type, 4, n, h, w, c);

	build_scale(b, t, 0.01f, type == MNET_UINT8 ? 120 : 0);
	return random_constant(b, t, r);
}

static void same_window(struct mnet_op *op, int stride)
{
	op->u.conv.stride_h = op->u.conv.stride_w = stride;
	op->u.conv.dilation_h = op->u.conv.dilation_w = 1;
	op->u.conv.activation = MNET_ACT_RELU6;
}

/* Convolutions, pools and what is element by element; returns a 1 x 4 x 4 x 8 */
static int build_images(struct build *b, enum mnet_type type, struct check_random *r, int in)
{
	int conv = value(b, type, 0.05f, -3, 4, 4, 8), dw = value(b, type, 0.04f, 5, 4, 4, 8);
	int swish = value(b, type, 0.05f, -100, 4, 4, 8), sum = value(b, type, 0.1f, 0, 4, 4, 8);
	int pool = value(b, type, 0.1f, 0, 1, 1, 8),
	    gate = value(b, type, 1 / 256.0f, -128, 1, 1, 8);
	int product = value(b, type, 0.06f, 1, 4, 4, 8), max = value(b, type, 0.06f, 1, 4, 4, 8);
	int relu = value(b, type, 0.03f, -128, 4, 4, 8),
	    relu6 = value(b, type, 0.03f, -128, 4, 4, 8);
	struct mnet_op *op;

	op = build_op(b, MNET_OP_CONV_2D, conv, in, weights(b, r, type, 8, 3, 3, 6), bias(b, r, 8),
		      -2);
	same_window(op, 2);
	op = build_op(b, MNET_OP_DEPTHWISE_CONV_2D, dw, conv, weights(b, r, type, 1, 3, 3, 8),
		      bias(b, r, 8), -2);
	same_window(op, 1);
	op->u.conv.depth_multiplier = 1;
	build_op(b, MNET_OP_HARD_SWISH, swish, dw, -2);
	build_op(b, MNET_OP_ADD, sum, conv, swish, -2);
	op = build_op(b, MNET_OP_AVERAGE_POOL_2D, pool, sum, -2);
	op->u.pool.padding = MNET_PADDING_VALID;
	op->u.pool.stride_h = op->u.pool.stride_w = 1;
	op->u.pool.filter_h = op->u.pool.filter_w = 4;
	build_op(b, MNET_OP_LOGISTIC, gate, pool, -2);
	build_op(b, MNET_OP_MUL, product, sum, gate, -2);
	op = build_op(b, MNET_OP_MAX_POOL_2D, max, product, -2);
	op->u.pool.stride_h = op->u.pool.stride_w = 1;
	op->u.pool.filter_h = op->u.pool.filter_w = 2;
	build_op(b, MNET_OP_RELU, relu, max, -2);
	build_op(b, MNET_OP_RELU6, relu6, relu, -2);
	return relu6;
}

/* Padding and joining; returns a 1 x 6 x 6 x 16 */
static int build_moves(struct build *b, enum mnet_type type, int in)
{
	static const int32_t pads[8] = { 0, 0, 1, 1, 1, 1, 0, 0 };
	int padded = value(b, type, 0.03f, -128, 6, 6, 8),
	    both = value(b, type, 0.03f, -128, 6, 6, 16);
	int paddings = build_tensor(b, "paddings", MNET_INT32, 2, 4, 2);
	struct mnet_op *op;

	build_data(b, paddings, pads);
	build_op(b, MNET_OP_PAD, padded, in, paddings, -2);
	op = build_op(b, MNET_OP_CONCATENATION, both, padded, padded, -2);
	op->u.concat.axis = 3;
	return both;
}

void build_everything(struct build *b, enum mnet_type type)
{
	static const int32_t axes[2] = { 1, 2 }, shape[2] = { 1, -1 };
	struct check_random r = { 7 };
	int offset = type == MNET_UINT8 ? 128 : 0;
	int image, in, both, mean, row, w, fc, soft, real, requantized;
	struct mnet_op *op;

	build_start(b);
	image = build_tensor(b, "image", MNET_FLOAT32, 4, 1, 8, 8, 6);
	in = value(b, type, 0.02f, 0, 8, 8, 6);
	build_input(b, image);
	build_op(b, MNET_OP_QUANTIZE, in, image, -2);
	both = build_moves(b, type, build_images(b, type, &r, in));
	mean = build_tensor(b, "mean", type, 4, 1, 1, 1, 16);
	build_scale(b, mean, 0.02f, -128 + offset);
	op = build_op(b, MNET_OP_MEAN, mean, both, ints(b, "axes", 2, axes), -2);
	op->u.reduce.keep_dims = true;
	row = build_tensor(b, "row", type, 2, 1, 16);
	build_scale(b, row, 0.02f, -128 + offset);
	build_op(b, MNET_OP_RESHAPE, row, mean, ints(b, "shape", 2, shape), -2);
	w = build_tensor(b, "fc", type, 2, 10, 16);
	build_scale(b, w, 0.01f, offset);
	random_constant(b, w, &r);
	fc = build_tensor(b, "logits", type, 2, 1, 10);
	build_scale(b, fc, 0.05f, offset);
	build_op(b, MNET_OP_FULLY_CONNECTED, fc, row, w, bias(b, &r, 10), -2);
	soft = build_tensor(b, "softmax", type, 2, 1, 10);
	build_scale(b, soft, 1 / 256.0f, -128 + offset);
	op = build_op(b, MNET_OP_SOFTMAX, soft, fc, -2);
	op->u.softmax.beta = 1.0f;
	requantized = build_tensor(b, "requantized", type, 2, 1, 10);
	build_scale(b, requantized, 1 / 200.0f, offset);
	build_op(b, MNET_OP_QUANTIZE, requantized, soft, -2);
	row = build_tensor(b, "squeezed", type, 1, 10);
	build_scale(b, row, 1 / 200.0f, offset);
	build_op(b, MNET_OP_SQUEEZE, row, requantized, -2);
	real = build_tensor(b, "probabilities", MNET_FLOAT32, 1, 10);
	build_op(b, MNET_OP_DEQUANTIZE, real, row, -2);
	build_output(b, real);
}
