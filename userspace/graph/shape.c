// SPDX-License-Identifier: MIT
/*
 * Shapes of all activations, from the inputs' and the operators. A file need
 * not state them, and those it states must agree.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "graph/graph.h"
#include "graph/transpose_conv.h"

/* Rank and sizes, before they are known to fit a tensor */
struct shape {
	unsigned int rank;
	int64_t size[MNET_MAX_RANK];
};

/* Of a filter with its dilation: positions stay well inside int32 */
#define MAX_EXTENT (1 << 24)

struct inference {
	const struct mnet_graph *graph;
	const struct mnet_op *op;
	unsigned int index;
	struct mnet_error *err;
};

int32_t mnet_conv_out_size(enum mnet_padding padding, int32_t in, int32_t filter, int32_t stride,
			   int32_t dilation)
{
	int64_t extent = ((int64_t)filter - 1) * dilation + 1;

	if (padding == MNET_PADDING_SAME)
		return (int32_t)(((int64_t)in + stride - 1) / stride);
	if (in < extent)
		return 0;
	return (int32_t)((in - extent) / stride + 1);
}

int32_t mnet_conv_pad_before(enum mnet_padding padding, int32_t in, int32_t out, int32_t filter,
			     int32_t stride, int32_t dilation)
{
	int64_t extent = ((int64_t)filter - 1) * dilation + 1;
	int64_t total = ((int64_t)out - 1) * stride + extent - in;

	if (padding == MNET_PADDING_VALID || total <= 0)
		return 0;
	return (int32_t)(total / 2);
}

static int __attribute__((format(printf, 2, 3)))
fail_op(const struct inference *inf, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return mnet_fail(inf->err, -EINVAL, "operator %u (%s): %s", inf->index, inf->op->name,
			 text);
}

static const struct mnet_tensor *input(const struct inference *inf, unsigned int i)
{
	if (i >= inf->op->num_inputs || inf->op->inputs[i] == MNET_NO_TENSOR)
		return NULL;
	return &inf->graph->tensors[inf->op->inputs[i]];
}

static void copy_shape(struct shape *out, const struct mnet_tensor *t)
{
	unsigned int i;

	out->rank = t->rank;
	for (i = 0; i < t->rank; i++)
		out->size[i] = t->shape[i];
}

static int64_t elements(const struct mnet_tensor *t)
{
	int64_t n = 1;
	unsigned int i;

	for (i = 0; i < t->rank; i++)
		n *= t->shape[i];
	return n;
}

/* Value i of a constant of int32 or int64 */
static int64_t int_at(const struct mnet_tensor *t, size_t i)
{
	int32_t narrow;
	int64_t wide;

	if (t->type == MNET_INT64) {
		memcpy(&wide, (const char *)t->data + i * 8, 8);
		return wide;
	}
	memcpy(&narrow, (const char *)t->data + i * 4, 4);
	return narrow;
}

static bool is_int_constant(const struct mnet_tensor *t)
{
	return t && t->data && (t->type == MNET_INT32 || t->type == MNET_INT64);
}

static int window(const struct inference *inf, enum mnet_padding padding, int32_t in,
		  int32_t filter, int32_t stride, int32_t dilation, int64_t *out)
{
	if (filter < 1 || stride < 1 || dilation < 1)
		return fail_op(inf, "filter %d, stride %d, dilation %d: all must be at least 1",
			       filter, stride, dilation);
	if ((int64_t)filter * dilation > MAX_EXTENT || stride > MAX_EXTENT)
		return fail_op(inf, "filter %d, stride %d, dilation %d: too large", filter, stride,
			       dilation);
	*out = mnet_conv_out_size(padding, in, filter, stride, dilation);
	if (*out < 1)
		return fail_op(inf, "a filter of %d with dilation %d does not fit an input of %d",
			       filter, dilation, in);
	return 0;
}

static int infer_conv(const struct inference *inf, struct shape *out)
{
	const struct mnet_tensor *in = input(inf, 0), *w = input(inf, 1);
	const struct mnet_op *op = inf->op;
	bool depthwise = op->code == MNET_OP_DEPTHWISE_CONV_2D;
	int ret;

	if (in->rank != 4 || w->rank != 4)
		return fail_op(inf, "input and weights must have 4 dimensions, have %u and %u",
			       in->rank, w->rank);
	if (depthwise && (w->shape[0] != 1 || w->shape[3] % in->shape[3]))
		return fail_op(inf, "weights of %d x .. x %d do not fit an input of %d channels",
			       w->shape[0], w->shape[3], in->shape[3]);
	if (!depthwise && w->shape[3] != in->shape[3])
		return fail_op(inf, "weights are for %d input channels, the input has %d",
			       w->shape[3], in->shape[3]);
	out->rank = 4;
	out->size[0] = in->shape[0];
	out->size[3] = depthwise ? w->shape[3] : w->shape[0];
	ret = window(inf, op->u.conv.padding, in->shape[1], w->shape[1], op->u.conv.stride_h,
		     op->u.conv.dilation_h, &out->size[1]);
	if (ret)
		return ret;
	return window(inf, op->u.conv.padding, in->shape[2], w->shape[2], op->u.conv.stride_w,
		      op->u.conv.dilation_w, &out->size[2]);
}

static int infer_pool(const struct inference *inf, struct shape *out)
{
	const struct mnet_tensor *in = input(inf, 0);
	const struct mnet_op *op = inf->op;
	int ret;

	if (in->rank != 4)
		return fail_op(inf, "input must have 4 dimensions, has %u", in->rank);
	copy_shape(out, in);
	ret = window(inf, op->u.pool.padding, in->shape[1], op->u.pool.filter_h,
		     op->u.pool.stride_h, 1, &out->size[1]);
	if (ret)
		return ret;
	return window(inf, op->u.pool.padding, in->shape[2], op->u.pool.filter_w,
		      op->u.pool.stride_w, 1, &out->size[2]);
}

static int infer_same(const struct inference *inf, struct shape *out)
{
	copy_shape(out, input(inf, 0));
	return 0;
}

/* Dimension i from the last; 1 beyond the first */
static int32_t from_last(const struct mnet_tensor *t, unsigned int i)
{
	return i < t->rank ? t->shape[t->rank - 1 - i] : 1;
}

static int infer_broadcast(const struct inference *inf, struct shape *out)
{
	const struct mnet_tensor *a = input(inf, 0), *b = input(inf, 1);
	unsigned int i;

	out->rank = a->rank > b->rank ? a->rank : b->rank;
	for (i = 0; i < out->rank; i++) {
		int32_t x = from_last(a, i), y = from_last(b, i);

		if (x != y && x != 1 && y != 1)
			return fail_op(inf, "sizes %d and %d of a dimension do not broadcast", x,
				       y);
		out->size[out->rank - 1 - i] = x > y ? x : y;
	}
	return 0;
}

static int infer_concatenation(const struct inference *inf, struct shape *out)
{
	const struct mnet_tensor *first = input(inf, 0);
	int64_t axis = inf->op->u.concat.axis;
	unsigned int i, d;

	if (axis < 0)
		axis += first->rank;
	if (axis < 0 || axis >= first->rank)
		return fail_op(inf, "axis %d of %u dimensions", inf->op->u.concat.axis,
			       first->rank);
	copy_shape(out, first);
	for (i = 1; i < inf->op->num_inputs; i++) {
		const struct mnet_tensor *t = input(inf, i);

		if (!t)
			return fail_op(inf, "input %u is missing", i);
		if (t->rank != first->rank)
			return fail_op(inf, "input %u has %u dimensions, the first %u", i, t->rank,
				       first->rank);
		for (d = 0; d < t->rank; d++)
			if (d != axis && t->shape[d] != first->shape[d])
				return fail_op(inf,
					       "input %u has size %d in dimension %u, the first %d",
					       i, t->shape[d], d, first->shape[d]);
		out->size[axis] += t->shape[axis];
	}
	return 0;
}

static int infer_fully_connected(const struct inference *inf, struct shape *out)
{
	const struct mnet_tensor *in = input(inf, 0), *w = input(inf, 1);

	if (w->rank != 2)
		return fail_op(inf, "weights must have 2 dimensions, have %u", w->rank);
	if (elements(in) % w->shape[1])
		return fail_op(inf, "an input of %lld elements does not split into rows of %d",
			       (long long)elements(in), w->shape[1]);
	if (inf->op->u.fully_connected.keep_num_dims) {
		if (!in->rank || in->shape[in->rank - 1] != w->shape[1])
			return fail_op(inf, "the input's last dimension is not the weights' %d",
				       w->shape[1]);
		copy_shape(out, in);
		out->size[in->rank - 1] = w->shape[0];
		return 0;
	}
	out->rank = 2;
	out->size[0] = elements(in) / w->shape[1];
	out->size[1] = w->shape[0];
	return 0;
}

static int infer_reshape(const struct inference *inf, struct shape *out)
{
	const struct mnet_tensor *in = input(inf, 0), *to = input(inf, 1);
	int64_t known = 1;
	int open = -1;
	unsigned int i;

	if (to && !(is_int_constant(to) && to->rank <= 1 && elements(to) <= MNET_MAX_RANK))
		return fail_op(inf, "the new shape must be a constant of at most %d integers",
			       MNET_MAX_RANK);
	if (!to && !inf->op->u.reshape.given)
		return fail_op(inf, "no new shape");
	out->rank = to ? (unsigned int)elements(to) : inf->op->u.reshape.num_dims;
	for (i = 0; i < out->rank; i++) {
		out->size[i] = to ? int_at(to, i) : inf->op->u.reshape.dims[i];
		if (out->size[i] == -1 && open < 0) {
			open = (int)i;
		} else if (out->size[i] < 1 || out->size[i] > INT32_MAX ||
			   known > INT32_MAX / out->size[i]) {
			return fail_op(inf, "new size %lld in dimension %u",
				       (long long)out->size[i], i);
		} else {
			known *= out->size[i];
		}
	}
	if (open >= 0)
		out->size[open] = elements(in) / known;
	if (open >= 0 ? elements(in) % known : elements(in) != known)
		return fail_op(inf, "%lld elements cannot take the new shape",
			       (long long)elements(in));
	return 0;
}

static int infer_squeeze(const struct inference *inf, struct shape *out)
{
	const struct mnet_tensor *in = input(inf, 0);
	const struct mnet_op *op = inf->op;
	bool drop[MNET_MAX_RANK] = { false };
	unsigned int i;

	for (i = 0; i < in->rank && !op->u.squeeze.num_dims; i++)
		drop[i] = in->shape[i] == 1;
	for (i = 0; i < op->u.squeeze.num_dims; i++) {
		int64_t dim = op->u.squeeze.dims[i];

		if (dim < 0)
			dim += in->rank;
		if (dim < 0 || dim >= in->rank || in->shape[dim] != 1)
			return fail_op(inf, "dimension %d cannot be removed",
				       op->u.squeeze.dims[i]);
		drop[dim] = true;
	}
	out->rank = 0;
	for (i = 0; i < in->rank; i++)
		if (!drop[i])
			out->size[out->rank++] = in->shape[i];
	return 0;
}

static int infer_pad(const struct inference *inf, struct shape *out)
{
	const struct mnet_tensor *in = input(inf, 0), *pads = input(inf, 1);
	unsigned int i;

	if (!is_int_constant(pads) || pads->rank != 2 || pads->shape[0] != (int32_t)in->rank ||
	    pads->shape[1] != 2)
		return fail_op(inf, "paddings must be a constant of %u x 2 integers", in->rank);
	copy_shape(out, in);
	for (i = 0; i < in->rank; i++) {
		int64_t before = int_at(pads, 2 * i), after = int_at(pads, 2 * i + 1);

		if (before < 0 || after < 0 || before > INT32_MAX || after > INT32_MAX)
			return fail_op(inf, "padding %lld, %lld of dimension %u", (long long)before,
				       (long long)after, i);
		out->size[i] += before + after;
	}
	return 0;
}

static int infer_mean(const struct inference *inf, struct shape *out)
{
	const struct mnet_tensor *in = input(inf, 0), *axes = input(inf, 1);
	bool reduced[MNET_MAX_RANK] = { false };
	int64_t i;

	if (!is_int_constant(axes) || axes->rank > 1)
		return fail_op(inf, "axes must be constant integers");
	for (i = 0; i < elements(axes); i++) {
		int64_t axis = int_at(axes, i);

		if (axis < 0)
			axis += in->rank;
		if (axis < 0 || axis >= in->rank)
			return fail_op(inf, "axis %lld of %u dimensions",
				       (long long)int_at(axes, i), in->rank);
		reduced[axis] = true;
	}
	out->rank = 0;
	for (i = 0; i < in->rank; i++) {
		if (!reduced[i])
			out->size[out->rank++] = in->shape[i];
		else if (inf->op->u.reduce.keep_dims)
			out->size[out->rank++] = 1;
	}
	return 0;
}

static int infer_resize(const struct inference *inf, struct shape *out)
{
	const struct mnet_tensor *in = input(inf, 0), *size = input(inf, 1);

	if (in->rank != 4)
		return fail_op(inf, "input must have 4 dimensions, has %u", in->rank);
	if (!is_int_constant(size) || elements(size) != 2)
		return fail_op(inf, "the new size must be two constant integers");
	copy_shape(out, in);
	out->size[1] = int_at(size, 0);
	out->size[2] = int_at(size, 1);
	return 0;
}

/* Rows or columns of Convolution2DTransposeBias: all that the windows of the inputs cover */
static int64_t transposed_size(enum mnet_padding padding, int64_t in, int64_t filter,
			       int64_t stride)
{
	if (padding == MNET_PADDING_SAME)
		return in * stride;
	return (in - 1) * stride + (filter > stride ? filter : stride);
}

static int infer_transpose_conv(const struct inference *inf, struct shape *out)
{
	struct mnet_transpose_conv t;
	const char *wrong = mnet_transpose_conv_get(inf->graph, inf->op, &t);
	unsigned int i;

	if (wrong)
		return fail_op(inf, "%s", wrong);
	if (t.in->rank != 4 || t.weights->rank != 4)
		return fail_op(inf, "input and weights must have 4 dimensions, have %u and %u",
			       t.in->rank, t.weights->rank);
	if (t.stride_h < 1 || t.stride_w < 1 || t.stride_h > MAX_EXTENT || t.stride_w > MAX_EXTENT ||
	    t.weights->shape[1] > MAX_EXTENT || t.weights->shape[2] > MAX_EXTENT)
		return fail_op(inf, "strides %d, %d, filter %d x %d: must be in 1..%d", t.stride_h,
			       t.stride_w, t.weights->shape[1], t.weights->shape[2], MAX_EXTENT);
	copy_shape(out, t.in);
	out->size[3] = t.weights->shape[0];
	for (i = 1; i < 3; i++)
		out->size[i] = transposed_size(t.padding, t.in->shape[i], t.weights->shape[i],
					       i == 1 ? t.stride_h : t.stride_w);
	if (t.size && (!is_int_constant(t.size) || elements(t.size) != 4))
		return fail_op(inf, "the output shape must be four constant integers");
	for (i = 1; t.size && i < 3; i++)
		out->size[i] = int_at(t.size, i);
	if (t.weights->shape[3] != t.in->shape[3] ||
	    (t.size && (int_at(t.size, 0) != out->size[0] || int_at(t.size, 3) != out->size[3])))
		return fail_op(inf, "input, weights and output shape do not fit each other");
	return 0;
}

/*
 * What each operator needs: inputs that must be there, how many it may have,
 * and its rule. Operators that are not here keep the shapes the file states.
 */
static const struct rule {
	int code;
	unsigned int min_inputs, max_inputs;
	int (*infer)(const struct inference *inf, struct shape *out);
} rules[] = {
	{ MNET_OP_ADD, 2, 2, infer_broadcast },
	{ MNET_OP_AVERAGE_POOL_2D, 1, 1, infer_pool },
	{ MNET_OP_CONCATENATION, 1, MNET_MAX_INPUTS, infer_concatenation },
	{ MNET_OP_CONV_2D, 2, 3, infer_conv },
	{ MNET_OP_DEPTHWISE_CONV_2D, 2, 3, infer_conv },
	{ MNET_OP_DEQUANTIZE, 1, 1, infer_same },
	{ MNET_OP_FULLY_CONNECTED, 2, 3, infer_fully_connected },
	{ MNET_OP_HARD_SWISH, 1, 1, infer_same },
	{ MNET_OP_LOGISTIC, 1, 1, infer_same },
	{ MNET_OP_MAX_POOL_2D, 1, 1, infer_pool },
	{ MNET_OP_MEAN, 2, 2, infer_mean },
	{ MNET_OP_MUL, 2, 2, infer_broadcast },
	{ MNET_OP_PAD, 2, 2, infer_pad },
	{ MNET_OP_PADV2, 3, 3, infer_pad },
	{ MNET_OP_QUANTIZE, 1, 1, infer_same },
	{ MNET_OP_RELU, 1, 1, infer_same },
	{ MNET_OP_RELU6, 1, 1, infer_same },
	{ MNET_OP_RELU_N1_TO_1, 1, 1, infer_same },
	{ MNET_OP_RESHAPE, 1, 2, infer_reshape },
	{ MNET_OP_RESIZE_BILINEAR, 2, 2, infer_resize },
	{ MNET_OP_RESIZE_NEAREST_NEIGHBOR, 2, 2, infer_resize },
	{ MNET_OP_SOFTMAX, 1, 1, infer_same },
	{ MNET_OP_SQUEEZE, 1, 1, infer_squeeze },
	{ MNET_OP_SUB, 2, 2, infer_broadcast },
	{ MNET_OP_TANH, 1, 1, infer_same },
	{ MNET_OP_TRANSPOSE_CONV, 3, 4, infer_transpose_conv },
	{ MNET_OP_CUSTOM, 2, 3, infer_transpose_conv },
};

static const struct rule *find_rule(const struct mnet_op *op)
{
	size_t i;

	if (op->code == MNET_OP_CUSTOM && !mnet_is_transpose_conv(op))
		return NULL;
	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].code == op->code)
			return &rules[i];
	return NULL;
}

/* Gives tensor @t the shape, or checks that it has it */
static int set_shape(const struct inference *inf, struct mnet_tensor *t, const struct shape *s)
{
	uint64_t bytes = mnet_type_size(t->type);
	unsigned int i;

	for (i = 0; i < s->rank; i++) {
		if (s->size[i] < 1 || (uint64_t)s->size[i] > MNET_MAX_TENSOR_BYTES / bytes)
			return fail_op(inf, "its output would have size %lld in dimension %u",
				       (long long)s->size[i], i);
		bytes *= (uint64_t)s->size[i];
	}
	if (t->rank && t->rank != s->rank)
		return fail_op(inf, "tensor %d (%s) has %u dimensions in the file, must have %u",
			       (int)(t - inf->graph->tensors), t->name, t->rank, s->rank);
	for (i = 0; i < s->rank; i++) {
		if (t->rank && t->shape[i] != s->size[i])
			return fail_op(
				inf,
				"tensor %d (%s) has size %d in dimension %u in the file, must have %lld",
				(int)(t - inf->graph->tensors), t->name, t->shape[i], i,
				(long long)s->size[i]);
		t->shape[i] = (int32_t)s->size[i];
	}
	t->rank = s->rank;
	t->bytes = bytes;
	return 0;
}

static int infer_op(struct mnet_graph *graph, unsigned int index, struct mnet_error *err)
{
	const struct mnet_op *op = &graph->ops[index];
	const struct inference inf = { graph, op, index, err };
	const struct rule *rule = find_rule(op);
	struct shape out = { 0 };
	unsigned int i;
	int ret;

	if (!rule) {
		for (i = 0; i < op->num_outputs; i++)
			if (!graph->tensors[op->outputs[i]].rank)
				return mnet_fail(
					err, -EOPNOTSUPP,
					"operator %u (%s): unknown, and the file does not state the shape of output %u",
					index, op->name, i);
		return 0;
	}
	if (op->num_inputs < rule->min_inputs || op->num_inputs > rule->max_inputs)
		return fail_op(&inf, "has %u inputs, needs %u to %u", op->num_inputs,
			       rule->min_inputs, rule->max_inputs);
	for (i = 0; i < rule->min_inputs; i++)
		if (!input(&inf, i))
			return fail_op(&inf, "input %u is missing", i);
	if (op->num_outputs != 1)
		return fail_op(&inf, "has %u outputs, needs 1", op->num_outputs);
	ret = rule->infer(&inf, &out);
	if (ret)
		return ret;
	return set_shape(&inf, &graph->tensors[op->outputs[0]], &out);
}

int mnet_graph_infer_shapes(struct mnet_graph *graph, struct mnet_error *err)
{
	uint64_t total = 0;
	unsigned int i;
	int ret;

	for (i = 0; i < graph->num_ops; i++) {
		ret = infer_op(graph, i, err);
		if (ret)
			return ret;
	}
	for (i = 0; i < graph->num_tensors; i++)
		total += graph->tensors[i].bytes;
	if (total > MNET_MAX_TOTAL_BYTES)
		return mnet_fail(err, -EINVAL, "the tensors take %llu bytes, more than %llu",
				 (unsigned long long)total,
				 (unsigned long long)MNET_MAX_TOTAL_BYTES);
	return 0;
}
