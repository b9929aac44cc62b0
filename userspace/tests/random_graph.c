// SPDX-License-Identifier: MIT
#include <string.h>

#include "operators/transpose_conv.h"
#include "random_graph.h"

#define MAX_LAYERS	6
/* Of what is enlarged, bytes: the smallest SRAM takes it in many small pieces */
#define MAX_ENLARGED	8192

struct maker {
	struct build *b;
	struct check_random *r;
	int last;		/* what the next operator takes, four-dimensional */
	bool failed;
};

static struct mnet_tensor *tensor(const struct maker *m, int t)
{
	return &m->b->graph.tensors[t];
}

static bool chance(struct maker *m, int percent)
{
	return check_between(m->r, 1, 100) <= percent;
}

static int zero_point(struct maker *m, enum mnet_type type)
{
	return check_between(m->r, -100, 100) + (type == MNET_UINT8 ? 128 : 0);
}

static int activation_4d(struct maker *m, enum mnet_type type, int n, int h, int w, int c)
{
	int t = build_tensor(m->b, "value", type, 4, n, h, w, c);

	build_scale(m->b, t, check_between(m->r, 20, 200) * 0.001f, zero_point(m, type));
	return t;
}

/* An output like @like in everything but its scale */
static int activation_like(struct maker *m, int like)
{
	const struct mnet_tensor *t = tensor(m, like);

	return activation_4d(m, t->type, t->shape[0], t->shape[1], t->shape[2], t->shape[3]);
}

static void random_bytes(struct maker *m, int t)
{
	uint8_t bytes[65536];

	if (tensor(m, t)->bytes > sizeof(bytes)) {
		m->failed = true;
		return;
	}
	for (size_t i = 0; i < tensor(m, t)->bytes; i++)
		bytes[i] = check_random(m->r);
	build_data(m->b, t, bytes);
}

static void quantise_weights(struct maker *m, int w, unsigned int axis, bool per_channel)
{
	unsigned int n = tensor(m, w)->shape[axis];
	float scales[512];

	if (!per_channel || tensor(m, w)->type == MNET_UINT8 || n == 1 || n > 512) {
		build_scale(m->b, w, check_between(m->r, 1, 30) * 0.001f,
			    tensor(m, w)->type == MNET_UINT8 ? check_between(m->r, 0, 255) : 0);
		return;
	}
	for (unsigned int i = 0; i < n; i++)
		scales[i] = check_between(m->r, 1, 30) * 0.001f;
	build_scales(m->b, w, axis, n, scales);
}

static int bias(struct maker *m, int n)
{
	int32_t values[512];
	int t;

	if (n > 512 || chance(m, 20))
		return MNET_NO_TENSOR;
	for (int i = 0; i < n; i++)
		values[i] = check_between(m->r, -20000, 20000);
	t = build_tensor(m->b, "bias", MNET_INT32, 1, n);
	build_data(m->b, t, values);
	return t;
}

static enum mnet_activation fused(struct maker *m)
{
	static const enum mnet_activation all[] = { MNET_ACT_NONE, MNET_ACT_RELU, MNET_ACT_RELU6,
						    MNET_ACT_RELU_N1_TO_1 };

	return all[check_between(m->r, 0, 3)];
}

static enum mnet_padding padding(struct maker *m)
{
	return chance(m, 50) ? MNET_PADDING_SAME : MNET_PADDING_VALID;
}

static int out_size(struct maker *m, enum mnet_padding p, int in, int filter, int stride,
		    int dilation)
{
	int out = mnet_conv_out_size(p, in, filter, stride, dilation);

	if (out < 1)
		m->failed = true;
	return out < 1 ? 1 : out;
}

static void add_conv(struct maker *m, bool depthwise)
{
	const struct mnet_tensor in = *tensor(m, m->last);
	int kh = check_between(m->r, 1, 5), kw = check_between(m->r, 1, 5);
	int sh = check_between(m->r, 1, 3), sw = check_between(m->r, 1, 3);
	int dh = chance(m, 80) ? 1 : 2, dw = chance(m, 80) ? 1 : 3;
	int mult = check_between(m->r, 1, 3);
	int oc = depthwise ? in.shape[3] * mult : check_between(m->r, 1, 70);
	enum mnet_padding p = padding(m);
	int w, out, b;
	struct mnet_op *op;

	if (depthwise)
		w = build_tensor(m->b, "weights", in.type, 4, 1, kh, kw, oc);
	else
		w = build_tensor(m->b, "weights", in.type, 4, oc, kh, kw, in.shape[3]);
	random_bytes(m, w);
	quantise_weights(m, w, depthwise ? 3 : 0, chance(m, 60));
	b = bias(m, oc);
	out = activation_4d(m, in.type, in.shape[0], out_size(m, p, in.shape[1], kh, sh, dh),
			    out_size(m, p, in.shape[2], kw, sw, dw), oc);
	op = build_op(m->b, depthwise ? MNET_OP_DEPTHWISE_CONV_2D : MNET_OP_CONV_2D, out, m->last,
		      w, b, -2);
	op->u.conv.padding = p;
	op->u.conv.stride_h = sh;
	op->u.conv.stride_w = sw;
	op->u.conv.dilation_h = dh;
	op->u.conv.dilation_w = dw;
	op->u.conv.depth_multiplier = depthwise ? mult : 0;
	op->u.conv.activation = fused(m);
	m->last = out;
}

/* Rows or columns that do not follow from the input's, a few short or a few more */
static int any_size(struct maker *m, enum mnet_padding p, int in, int filter, int stride)
{
	int out = p == MNET_PADDING_SAME ? in * stride : (in - 1) * stride + filter;

	out += chance(m, 50) ? check_between(m->r, -stride, 2 * stride) : 0;
	return out < 1 ? 1 : out;
}

/* The custom operator's output follows from its input, and it has no activation. */
static struct mnet_op *build_transposed(struct maker *m, bool custom, const int32_t shape[4],
					int out, int w, int bias)
{
	int size;

	if (custom) {
		struct mnet_op *op = build_op(m->b, MNET_OP_CUSTOM, out, m->last, w, bias, -2);

		op->name = MNET_TRANSPOSE_CONV_BIAS;
		return op;
	}
	size = build_tensor(m->b, "size", MNET_INT32, 1, 4);
	build_data(m->b, size, shape);
	return build_op(m->b, MNET_OP_TRANSPOSE_CONV, out, size, w, m->last, bias, -2);
}

static void add_transpose_conv(struct maker *m)
{
	const struct mnet_tensor in = *tensor(m, m->last);
	int kh = check_between(m->r, 1, 5), kw = check_between(m->r, 1, 5);
	int sh = check_between(m->r, 1, 4), sw = check_between(m->r, 1, 4);
	int oc = check_between(m->r, 1, 40), w, out, b;
	bool custom = chance(m, 30);
	enum mnet_padding p = padding(m);
	int32_t shape[4] = { in.shape[0], any_size(m, p, in.shape[1], kh, sh),
			     any_size(m, p, in.shape[2], kw, sw), oc };
	int32_t options[3] = { p == MNET_PADDING_SAME ? 1 : 2, sw, sh };
	struct mnet_op *op;

	if (custom) {
		shape[1] = in.shape[1] * sh;
		shape[2] = in.shape[2] * sw;
		if (p == MNET_PADDING_VALID) {
			shape[1] += kh > sh ? kh - sh : 0;
			shape[2] += kw > sw ? kw - sw : 0;
		}
	}
	w = build_tensor(m->b, "weights", in.type, 4, oc, kh, kw, in.shape[3]);
	random_bytes(m, w);
	quantise_weights(m, w, 0, chance(m, 60));
	b = bias(m, oc);
	out = activation_4d(m, in.type, shape[0], shape[1], shape[2], oc);
	op = build_transposed(m, custom, shape, out, w, b);
	if (custom) {
		op->custom = memcpy(mnet_arena_alloc(m->b->graph.arena, sizeof(options)), options,
				    sizeof(options));
		op->custom_size = sizeof(options);
	} else {
		op->u.transpose_conv.padding = p;
		op->u.transpose_conv.stride_h = sh;
		op->u.transpose_conv.stride_w = sw;
		op->u.transpose_conv.activation = fused(m);
	}
	m->last = out;
}

static void add_nearest(struct maker *m)
{
	const struct mnet_tensor in = *tensor(m, m->last);
	bool whole = chance(m, 80);
	int32_t size[2] = { in.shape[1] * check_between(m->r, 1, 4),
			    in.shape[2] * check_between(m->r, 1, 4) };
	struct mnet_op *op;
	int t, out;

	if (!whole)
		size[0] = check_between(m->r, 1, 30);
	t = build_tensor(m->b, "size", MNET_INT32, 1, 2);
	build_data(m->b, t, size);
	out = activation_4d(m, in.type, in.shape[0], size[0], size[1], in.shape[3]);
	build_scale(m->b, out, in.scales[0], in.zero_points[0]);
	op = build_op(m->b, MNET_OP_RESIZE_NEAREST_NEIGHBOR, out, m->last, t, -2);
	op->u.resize.half_pixel_centers = chance(m, 50);
	m->last = out;
}

/* The bytes of @from as another shape of four dimensions */
static void add_reshape(struct maker *m, int from, int n, int h, int w, int c)
{
	const struct mnet_tensor *t = tensor(m, from);
	int out = build_tensor(m->b, "shaped", t->type, 4, n, h, w, c);
	struct mnet_op *op;

	build_scale(m->b, out, t->scales[0], t->zero_points[0]);
	op = build_op(m->b, MNET_OP_RESHAPE, out, from, -2);
	op->u.reshape.given = true;
	op->u.reshape.to.num_dims = 4;
	op->u.reshape.to.dims[0] = n;
	op->u.reshape.to.dims[1] = h;
	op->u.reshape.to.dims[2] = w;
	op->u.reshape.to.dims[3] = c;
	m->last = out;
}

static void add_fully_connected(struct maker *m)
{
	const struct mnet_tensor in = *tensor(m, m->last);
	int k = in.shape[1] * in.shape[2] * in.shape[3], oc = check_between(m->r, 1, 40);
	int w = build_tensor(m->b, "weights", in.type, 2, oc, k), out, b;
	struct mnet_op *op;

	random_bytes(m, w);
	quantise_weights(m, w, 0, false);
	b = bias(m, oc);
	out = build_tensor(m->b, "rows", in.type, 2, in.shape[0], oc);
	build_scale(m->b, out, check_between(m->r, 20, 200) * 0.001f, zero_point(m, in.type));
	op = build_op(m->b, MNET_OP_FULLY_CONNECTED, out, m->last, w, b, -2);
	op->u.fully_connected.activation = fused(m);
	add_reshape(m, out, in.shape[0], 1, 1, oc);
}

static void add_pool(struct maker *m)
{
	const struct mnet_tensor in = *tensor(m, m->last);
	int fh = check_between(m->r, 1, 5), fw = check_between(m->r, 1, 5);
	int sh = check_between(m->r, 1, 3), sw = check_between(m->r, 1, 3);
	enum mnet_padding p = padding(m);
	int out = activation_4d(m, in.type, in.shape[0], out_size(m, p, in.shape[1], fh, sh, 1),
				out_size(m, p, in.shape[2], fw, sw, 1), in.shape[3]);
	struct mnet_op *op;

	/* Pools keep the scale. */
	build_scale(m->b, out, in.scales[0], in.zero_points[0]);
	op = build_op(m->b, chance(m, 50) ? MNET_OP_AVERAGE_POOL_2D : MNET_OP_MAX_POOL_2D, out,
		      m->last, -2);
	op->u.pool.padding = p;
	op->u.pool.stride_h = sh;
	op->u.pool.stride_w = sw;
	op->u.pool.filter_h = fh;
	op->u.pool.filter_w = fw;
	op->u.pool.activation = fused(m);
	m->last = out;
}

/* The last value at another scale, or of the other type */
static int rescaled(struct maker *m, bool other_type)
{
	int out = activation_like(m, m->last);

	if (other_type) {
		struct mnet_tensor *t = tensor(m, out);

		t->type = t->type == MNET_UINT8 ? MNET_INT8 : MNET_UINT8;
		build_scale(m->b, out, t->scales[0], zero_point(m, t->type));
		/* Half of them only flip. */
		if (chance(m, 50))
			build_scale(m->b, out, tensor(m, m->last)->scales[0],
				    tensor(m, m->last)->zero_points[0] +
				    (t->type == MNET_UINT8 ? 128 : -128));
	}
	build_op(m->b, MNET_OP_QUANTIZE, out, m->last, -2);
	return out;
}

static void add_relu(struct maker *m)
{
	static const int codes[] = { MNET_OP_RELU, MNET_OP_RELU6, MNET_OP_RELU_N1_TO_1 };
	int out = activation_like(m, m->last);

	build_op(m->b, codes[check_between(m->r, 0, 1)], out, m->last, -2);
	m->last = out;
}

static void add_add(struct maker *m)
{
	int other = chance(m, 80) ? rescaled(m, false) : m->last;
	int out = activation_like(m, m->last);
	struct mnet_op *op = build_op(m->b, MNET_OP_ADD, out, m->last, other, -2);

	op->u.arith.activation = fused(m);
	m->last = out;
}

static void add_pad(struct maker *m)
{
	const struct mnet_tensor in = *tensor(m, m->last);
	int32_t amounts[8] = { 0 };
	int t, out;

	for (int i = 2; i < 8; i++)
		amounts[i] = i < 6 || chance(m, 20) ? check_between(m->r, 0, 2) : 0;
	t = build_tensor(m->b, "amounts", MNET_INT32, 2, 4, 2);
	build_data(m->b, t, amounts);
	out = build_tensor(m->b, "padded", in.type, 4, in.shape[0],
			   in.shape[1] + amounts[2] + amounts[3],
			   in.shape[2] + amounts[4] + amounts[5],
			   in.shape[3] + amounts[6] + amounts[7]);
	build_scale(m->b, out, in.scales[0], in.zero_points[0]);
	if (chance(m, 25)) {
		int value = build_tensor(m->b, "element", in.type, 1, 1);

		build_scale(m->b, value, in.scales[0], in.zero_points[0]);
		random_bytes(m, value);
		build_op(m->b, MNET_OP_PADV2, out, m->last, t, value, -2);
	} else {
		build_op(m->b, MNET_OP_PAD, out, m->last, t, -2);
	}
	m->last = out;
}

static void add_concat(struct maker *m)
{
	int axis = chance(m, 60) ? 3 : check_between(m->r, 0, 2);
	int first = rescaled(m, false), second = activation_like(m, m->last), out;
	const struct mnet_tensor a = *tensor(m, first);
	int shape[4] = { a.shape[0], a.shape[1], a.shape[2], a.shape[3] };
	struct mnet_op *op;

	build_scale(m->b, second, a.scales[0], a.zero_points[0]);
	build_op(m->b, MNET_OP_QUANTIZE, second, m->last, -2);
	shape[axis] *= 2;
	out = build_tensor(m->b, "joined", a.type, 4, shape[0], shape[1], shape[2], shape[3]);
	build_scale(m->b, out, a.scales[0], a.zero_points[0]);
	op = build_op(m->b, MNET_OP_CONCATENATION, out, first, second, -2);
	op->u.concat.axis = axis;
	m->last = out;
}

static void add_swish(struct maker *m)
{
	int out = activation_like(m, m->last);

	build_op(m->b, MNET_OP_HARD_SWISH, out, m->last, -2);
	m->last = out;
}

static void add_operator(struct maker *m)
{
	const struct mnet_tensor *t = tensor(m, m->last);

	switch (check_between(m->r, 0, t->bytes > MAX_ENLARGED ? 13 : 16)) {
	case 0:
	case 1:
	case 2:
		add_conv(m, false);
		return;
	case 3:
	case 4:
		add_conv(m, true);
		return;
	case 5:
		add_fully_connected(m);
		return;
	case 6:
	case 7:
		add_pool(m);
		return;
	case 8:
		m->last = rescaled(m, chance(m, 50));
		return;
	case 9:
		add_add(m);
		return;
	case 10:
		add_pad(m);
		return;
	case 11:
		add_concat(m);
		return;
	case 12:
		if (chance(m, 50))
			add_reshape(m, m->last, t->shape[0], 1, t->shape[1] * t->shape[2],
				    t->shape[3]);
		else
			add_relu(m);
		return;
	case 13:
		add_swish(m);
		return;
	case 14:
	case 15:
		add_transpose_conv(m);
		return;
	default:
		add_nearest(m);
		return;
	}
}

/* What nobody reads, and a few others */
static void choose_outputs(struct maker *m)
{
	struct mnet_graph *g = &m->b->graph;
	bool read[BUILD_MAX] = { false };

	for (unsigned int i = 0; i < g->num_ops; i++) {
		for (unsigned int k = 0; k < g->ops[i].num_inputs; k++) {
			if (g->ops[i].inputs[k] != MNET_NO_TENSOR)
				read[g->ops[i].inputs[k]] = true;
		}
	}
	for (unsigned int t = 0; t < g->num_tensors; t++) {
		if (g->tensors[t].producer >= 0 && (!read[t] || chance(m, 15)))
			build_output(m->b, t);
	}
}

bool random_graph(struct build *b, struct check_random *r)
{
	struct maker m = { .b = b, .r = r };
	int layers = check_between(r, 1, MAX_LAYERS);
	struct mnet_error err;

	build_start(b);
	m.last = activation_4d(&m, chance(&m, 50) ? MNET_UINT8 : MNET_INT8,
			       chance(&m, 80) ? 1 : 2, check_between(r, 1, 24),
			       check_between(r, 1, 24), check_between(r, 1, 40));
	build_input(b, m.last);
	for (int i = 0; i < layers; i++)
		add_operator(&m);
	choose_outputs(&m);
	if (!m.failed && !mnet_graph_infer_shapes(&b->graph, &err) &&
	    !mnet_graph_verify(&b->graph, &err))
		return true;
	build_free(b);
	return false;
}
