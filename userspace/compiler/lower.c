// SPDX-License-Identifier: MIT
/*
 * Operators of a subgraph to layers: storage for tensors (views share it), int8
 * zero points and multipliers, padding folded into the convolutions behind it.
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "compiler/ir.h"
#include "graph/quantization.h"
#include "operators/transpose_conv.h"

/* PAD: what it adds before and after the rows and columns of its input */
struct pad {
	uint32_t top, bottom, left, right;
};

struct lowering {
	struct mc_compiler *c;
	struct mc_subgraph *sg;
	int *value_of;			/* per tensor; -1: not seen yet */
	const struct mnet_op **folded;	/* per tensor: the PAD that its readers do themselves */
};

static const struct mnet_tensor *tensor(const struct lowering *l, int index)
{
	return &l->c->graph->tensors[index];
}

static int flip_offset(const struct mnet_tensor *t)
{
	return t->type == MNET_UINT8 ? 128 : 0;
}

static int32_t zero_point(const struct mnet_tensor *t)
{
	return t->zero_points[0] - flip_offset(t);
}

static void clamp_range(struct mc_layer *layer, const struct mnet_tensor *out,
			enum mnet_activation activation)
{
	mnet_activation_range(out, activation, &layer->act_min, &layer->act_max);
	layer->act_min -= flip_offset(out);
	layer->act_max -= flip_offset(out);
}

static unsigned int add_value(struct lowering *l, int t)
{
	struct mc_value *v = &l->sg->values[l->sg->num_values];

	v->tensor = t;
	v->bytes = tensor(l, t)->bytes;
	v->input = -1;
	v->first = -1u;
	l->value_of[t] = l->sg->num_values;
	return l->sg->num_values++;
}

/* Storage of a tensor that is read: one of ours or an input of the subgraph */
static unsigned int read_value(struct lowering *l, int t)
{
	unsigned int v;

	if (l->value_of[t] >= 0)
		return l->value_of[t];
	v = add_value(l, t);
	l->sg->values[v].input = l->sg->num_inputs;
	l->sg->inputs[l->sg->num_inputs++] = (struct mc_port){ .tensor = t, .value = v };
	return v;
}

/* A dense view of @t as h x w x c, one image after the other */
static struct mc_view view(unsigned int value, uint32_t h, uint32_t w, uint32_t c)
{
	return (struct mc_view){ .value = value, .h = h, .w = w, .c = c,
				 .image = h * w * c, .row = w * c, .pixel = c };
}

/* Four dimensions: as they are. Else: everything but the last are rows. */
static struct mc_view plain_view(const struct lowering *l, unsigned int value, int t)
{
	const struct mnet_tensor *x = tensor(l, t);
	uint32_t c = x->shape[x->rank - 1];

	if (x->rank == 4)
		return view(value, x->shape[0] * x->shape[1], x->shape[2], c);
	return view(value, x->bytes / c, 1, c);
}

static struct mc_layer *add_layer(struct lowering *l, enum mc_kind kind, unsigned int op)
{
	struct mc_layer *layer = &l->sg->layers[l->sg->num_layers++];

	*layer = (struct mc_layer){
		.kind = kind, .op = op, .batch = 1, .num_in = 1,
		.kernel_h = 1, .kernel_w = 1, .stride_h = 1, .stride_w = 1,
		.dilation_h = 1, .dilation_w = 1, .depth_multiplier = 1,
		.act_min = INT8_MIN, .act_max = INT8_MAX,
		.weights = MNET_NO_TENSOR, .bias = MNET_NO_TENSOR,
	};
	return layer;
}

/* --- PAD ----------------------------------------------------------------- */

/* Amounts of dimension @d of a tensor seen as four-dimensional */
static void pad_amount(const struct lowering *l, const struct mnet_op *op, unsigned int d,
		       uint32_t *before, uint32_t *after)
{
	const struct mnet_tensor *in = tensor(l, op->inputs[0]);
	int32_t amounts[2] = { 0, 0 };

	if (d + in->rank >= 4)
		memcpy(amounts,
		       (const char *)tensor(l, op->inputs[1])->data + 8 * (d + in->rank - 4),
		       sizeof(amounts));
	*before = amounts[0];
	*after = amounts[1];
}

static struct pad pad_of(const struct lowering *l, const struct mnet_op *op)
{
	struct pad p;

	pad_amount(l, op, 1, &p.top, &p.bottom);
	pad_amount(l, op, 2, &p.left, &p.right);
	return p;
}

/* Whether every window of the convolution still begins and ends within the real input */
static bool windows_touch(int32_t in, int32_t out, int32_t pad, int32_t kernel, int32_t stride,
			  int32_t dilation)
{
	return pad < (kernel - 1) * dilation + 1 && (out - 1) * stride - pad < in &&
	       pad <= MC_MAX_DIM;
}

static bool conv_takes_pad(const struct lowering *l, const struct mnet_op *conv,
			   const struct mnet_op *pad)
{
	const struct mnet_tensor *real = tensor(l, pad->inputs[0]);
	const struct mnet_tensor *in = tensor(l, conv->inputs[0]);
	const struct mnet_tensor *w = tensor(l, conv->inputs[1]);
	const struct mnet_tensor *out = tensor(l, conv->outputs[0]);
	struct pad p = pad_of(l, pad);
	int32_t top, left;

	top = p.top + mnet_conv_pad_before(conv->u.conv.padding, in->shape[1], out->shape[1],
					   w->shape[1], conv->u.conv.stride_h,
					   conv->u.conv.dilation_h);
	left = p.left + mnet_conv_pad_before(conv->u.conv.padding, in->shape[2], out->shape[2],
					     w->shape[2], conv->u.conv.stride_w,
					     conv->u.conv.dilation_w);
	return windows_touch(real->shape[1], out->shape[1], top, w->shape[1],
			     conv->u.conv.stride_h, conv->u.conv.dilation_h) &&
	       windows_touch(real->shape[2], out->shape[2], left, w->shape[2],
			     conv->u.conv.stride_w, conv->u.conv.dilation_w);
}

/*
 * Padding holds the zero point for PAD as for convolutions, so a PAD of rows and
 * columns that only convolutions of this subgraph read needs no work of its own.
 */
static bool can_fold_pad(const struct lowering *l, const struct mnet_op *op, unsigned int *reader)
{
	const struct mnet_graph *g = l->c->graph;
	int t = op->outputs[0];
	uint32_t before, after;
	bool read = false;

	if (op->code != MNET_OP_PAD || l->c->needed[t] || tensor(l, t)->rank != 4)
		return false;
	pad_amount(l, op, 3, &before, &after);
	if (before || after)
		return false;
	for (unsigned int i = 0; i < l->sg->num_ops; i++) {
		const struct mnet_op *user = &g->ops[l->sg->ops[i]];

		for (unsigned int k = 0; k < user->num_inputs; k++) {
			if (user->inputs[k] != t)
				continue;
			if (k || (user->code != MNET_OP_CONV_2D &&
				  user->code != MNET_OP_DEPTHWISE_CONV_2D) ||
			    !conv_takes_pad(l, user, op))
				return false;
			*reader = l->sg->ops[i];
			read = true;
		}
	}
	return read;
}

/* What PAD and PADV2 pad with, as int8 */
static int32_t pad_value(const struct lowering *l, const struct mnet_op *op)
{
	const struct mnet_tensor *out = tensor(l, op->outputs[0]);
	uint8_t value;

	if (op->code == MNET_OP_PAD)
		return zero_point(out);
	value = *(const uint8_t *)tensor(l, op->inputs[2])->data;
	return out->type == MNET_UINT8 ? value - 128 : (int8_t)value;
}

static int lower_pad(struct lowering *l, unsigned int index)
{
	const struct mnet_op *op = &l->c->graph->ops[index];
	const struct mnet_tensor *in = tensor(l, op->inputs[0]), *out = tensor(l, op->outputs[0]);
	unsigned int value = read_value(l, op->inputs[0]), reader = 0;
	uint32_t shape[2][4], after;
	struct mc_layer *layer;

	/* A PAD whose input is a folded PAD would have to do both. */
	if (!l->folded[op->inputs[0]] && can_fold_pad(l, op, &reader)) {
		l->value_of[op->outputs[0]] = value;
		l->folded[op->outputs[0]] = op;
		l->c->ops[index].note = mc_format(l->c->arena, "folded into operator %u", reader);
		return l->c->ops[index].note ? 0 : mc_no_memory(l->c);
	}
	for (unsigned int d = 0; d < 4; d++) {
		shape[0][d] = d + in->rank < 4 ? 1 : in->shape[d + in->rank - 4];
		shape[1][d] = d + in->rank < 4 ? 1 : out->shape[d + in->rank - 4];
	}
	layer = add_layer(l, MC_PAD, index);
	layer->batch = shape[0][0];
	layer->in[0] = view(value, shape[0][1], shape[0][2], shape[0][3]);
	layer->out = view(add_value(l, op->outputs[0]), shape[1][1], shape[1][2], shape[1][3]);
	pad_amount(l, op, 1, &layer->pad_top, &after);
	pad_amount(l, op, 2, &layer->pad_left, &after);
	pad_amount(l, op, 3, &layer->pad_front, &after);
	layer->out_zero_point = pad_value(l, op);
	return 0;
}

/* --- filters -------------------------------------------------------------- */

static void set_filter_quantisation(struct lowering *l, struct mc_layer *layer,
				    const struct mnet_op *op)
{
	/* TRANSPOSE_CONV has its input third. */
	unsigned int input = op->code == MNET_OP_TRANSPOSE_CONV ? 2 : 0;
	unsigned int bias = input ? 3 : 2;

	layer->input = op->inputs[input];
	layer->weights = op->inputs[1];
	layer->bias = op->num_inputs > bias ? op->inputs[bias] : MNET_NO_TENSOR;
	layer->in_zero_point[0] = zero_point(tensor(l, layer->input));
	layer->out_zero_point = zero_point(tensor(l, op->outputs[0]));
	layer->weight_zero_point = zero_point(tensor(l, layer->weights));
}

static void lower_conv(struct lowering *l, unsigned int index)
{
	const struct mnet_op *op = &l->c->graph->ops[index];
	const struct mnet_op *pad = l->folded[op->inputs[0]];
	const struct mnet_tensor *in = tensor(l, op->inputs[0]), *out = tensor(l, op->outputs[0]);
	const struct mnet_tensor *w = tensor(l, op->inputs[1]);
	bool depthwise = op->code == MNET_OP_DEPTHWISE_CONV_2D;
	struct mc_layer *layer = add_layer(l, depthwise ? MC_DEPTHWISE : MC_CONV, index);

	layer->kernel_h = w->shape[1];
	layer->kernel_w = w->shape[2];
	layer->stride_h = op->u.conv.stride_h;
	layer->stride_w = op->u.conv.stride_w;
	layer->dilation_h = op->u.conv.dilation_h;
	layer->dilation_w = op->u.conv.dilation_w;
	layer->pad_top = mnet_conv_pad_before(op->u.conv.padding, in->shape[1], out->shape[1],
					      layer->kernel_h, layer->stride_h,
					      layer->dilation_h);
	layer->pad_left = mnet_conv_pad_before(op->u.conv.padding, in->shape[2], out->shape[2],
					       layer->kernel_w, layer->stride_w,
					       layer->dilation_w);
	set_filter_quantisation(l, layer, op);
	if (pad) {
		struct pad p = pad_of(l, pad);

		layer->pad_top += p.top;
		layer->pad_left += p.left;
		in = tensor(l, pad->inputs[0]);
	}
	if (depthwise)
		layer->depth_multiplier = out->shape[3] / in->shape[3];
	layer->batch = in->shape[0];
	layer->in[0] = view(read_value(l, op->inputs[0]), in->shape[1], in->shape[2],
			    in->shape[3]);
	layer->out = view(add_value(l, op->outputs[0]), out->shape[1], out->shape[2],
			  out->shape[3]);
	clamp_range(layer, out, op->u.conv.activation);
}

/* Padding of the convolution that goes from the output to the input, which TFLite takes */
static uint32_t transposed_pad(enum mnet_padding padding, int32_t out, int32_t kernel,
			       int32_t stride)
{
	return mnet_conv_pad_before(padding, out,
				    mnet_conv_out_size(padding, out, kernel, stride, 1), kernel,
				    stride, 1);
}

static int lower_transpose_conv(struct lowering *l, unsigned int index)
{
	const struct mnet_op *op = &l->c->graph->ops[index];
	const struct mnet_tensor *out = tensor(l, op->outputs[0]);
	struct mc_layer *layer = add_layer(l, MC_TRANSPOSE, index);
	struct mnet_transpose_conv t;

	mnet_transpose_conv_get(l->c->graph, op, &t);
	layer->kernel_h = t.weights->shape[1];
	layer->kernel_w = t.weights->shape[2];
	layer->stride_h = t.stride_h;
	layer->stride_w = t.stride_w;
	layer->pad_top = transposed_pad(t.padding, out->shape[1], layer->kernel_h, t.stride_h);
	layer->pad_left = transposed_pad(t.padding, out->shape[2], layer->kernel_w, t.stride_w);
	set_filter_quantisation(l, layer, op);
	layer->batch = out->shape[0];
	layer->in[0] = view(read_value(l, layer->input), t.in->shape[1], t.in->shape[2],
			    t.in->shape[3]);
	layer->out = view(add_value(l, op->outputs[0]), out->shape[1], out->shape[2],
			  out->shape[3]);
	clamp_range(layer, out, t.activation);
	return mc_make_phases(l->c, layer);
}

static void lower_fully_connected(struct lowering *l, unsigned int index)
{
	const struct mnet_op *op = &l->c->graph->ops[index];
	const struct mnet_tensor *in = tensor(l, op->inputs[0]), *out = tensor(l, op->outputs[0]);
	const struct mnet_tensor *w = tensor(l, op->inputs[1]);
	struct mc_layer *layer = add_layer(l, MC_CONV, index);
	uint32_t rows = in->bytes / w->shape[1];

	layer->fully_connected = true;
	layer->in[0] = view(read_value(l, op->inputs[0]), rows, 1, w->shape[1]);
	layer->out = view(add_value(l, op->outputs[0]), rows, 1, w->shape[0]);
	set_filter_quantisation(l, layer, op);
	clamp_range(layer, out, op->u.fully_connected.activation);
}

static void lower_pool(struct lowering *l, unsigned int index)
{
	const struct mnet_op *op = &l->c->graph->ops[index];
	const struct mnet_tensor *in = tensor(l, op->inputs[0]), *out = tensor(l, op->outputs[0]);
	bool average = op->code == MNET_OP_AVERAGE_POOL_2D;
	struct mc_layer *layer = add_layer(l, average ? MC_AVG_POOL : MC_MAX_POOL, index);

	layer->kernel_h = op->u.pool.filter_h;
	layer->kernel_w = op->u.pool.filter_w;
	layer->stride_h = op->u.pool.stride_h;
	layer->stride_w = op->u.pool.stride_w;
	layer->pad_top = mnet_conv_pad_before(op->u.pool.padding, in->shape[1], out->shape[1],
					      layer->kernel_h, layer->stride_h, 1);
	layer->pad_left = mnet_conv_pad_before(op->u.pool.padding, in->shape[2], out->shape[2],
					       layer->kernel_w, layer->stride_w, 1);
	layer->batch = in->shape[0];
	layer->in[0] = view(read_value(l, op->inputs[0]), in->shape[1], in->shape[2],
			    in->shape[3]);
	layer->out = view(add_value(l, op->outputs[0]), out->shape[1], out->shape[2],
			  out->shape[3]);
	/* TFLite averages uint8 tensors as unsigned numbers, so their ties round up. */
	layer->in_zero_point[0] = average ? -flip_offset(in) : 0;
	clamp_range(layer, out, op->u.pool.activation);
}

/* --- elementwise ---------------------------------------------------------- */

/* TFLite's add.cc: both inputs to twice the larger scale, 20 bits up, then to the output's */
static void lower_add(struct lowering *l, unsigned int index)
{
	const struct mnet_op *op = &l->c->graph->ops[index];
	const struct mnet_tensor *out = tensor(l, op->outputs[0]);
	struct mc_layer *layer = add_layer(l, MC_ADD, index);
	float s0 = tensor(l, op->inputs[0])->scales[0], s1 = tensor(l, op->inputs[1])->scales[0];
	double twice_max = 2.0f * fmaxf(s0, s1);

	layer->num_in = 2;
	for (int i = 0; i < 2; i++) {
		layer->in[i] = plain_view(l, read_value(l, op->inputs[i]), op->inputs[i]);
		layer->in_zero_point[i] = zero_point(tensor(l, op->inputs[i]));
		mnet_quantize_multiplier((i ? s1 : s0) / twice_max, &layer->multiplier[i],
					 &layer->shift[i]);
	}
	mnet_quantize_multiplier(twice_max / (double)((float)(1 << 20) * out->scales[0]),
				 &layer->multiplier[2], &layer->shift[2]);
	layer->out = plain_view(l, add_value(l, op->outputs[0]), op->outputs[0]);
	layer->out_zero_point = zero_point(out);
	clamp_range(layer, out, op->u.arith.activation);
}

/* QUANTIZE divides scales in double, the RELUs in float (quantize.cc, activations.cc) */
static void lower_rescale(struct lowering *l, unsigned int index)
{
	const struct mnet_op *op = &l->c->graph->ops[index];
	const struct mnet_tensor *in = tensor(l, op->inputs[0]), *out = tensor(l, op->outputs[0]);
	struct mc_layer *layer = add_layer(l, MC_RESCALE, index);
	enum mnet_activation activation = MNET_ACT_NONE;
	double real = (double)(in->scales[0] / out->scales[0]);

	switch (op->code) {
	case MNET_OP_QUANTIZE:
		real = (double)in->scales[0] / (double)out->scales[0];
		break;
	case MNET_OP_RELU:
		activation = MNET_ACT_RELU;
		break;
	case MNET_OP_RELU6:
		activation = MNET_ACT_RELU6;
		break;
	case MNET_OP_RELU_N1_TO_1:
		activation = MNET_ACT_RELU_N1_TO_1;
		break;
	}
	mnet_quantize_multiplier(real, &layer->multiplier[0], &layer->shift[0]);
	layer->in[0] = plain_view(l, read_value(l, op->inputs[0]), op->inputs[0]);
	layer->out = plain_view(l, add_value(l, op->outputs[0]), op->outputs[0]);
	layer->in_zero_point[0] = zero_point(in);
	layer->out_zero_point = zero_point(out);
	clamp_range(layer, out, activation);
}

/* --- no arithmetic -------------------------------------------------------- */

static void lower_view(struct lowering *l, unsigned int index)
{
	const struct mnet_op *op = &l->c->graph->ops[index];
	unsigned int value = read_value(l, op->inputs[0]);
	struct mc_layer *layer;

	/* What comes from outside and goes outside again must be carried over. */
	if (l->sg->values[value].input >= 0 && l->c->needed[op->outputs[0]]) {
		layer = add_layer(l, MC_COPY, index);
		layer->in[0] = plain_view(l, value, op->inputs[0]);
		layer->out = layer->in[0];
		layer->out.value = add_value(l, op->outputs[0]);
		return;
	}
	l->value_of[op->outputs[0]] = value;
	l->c->ops[index].note = "view";
}

/* Each input goes to its slice: what is before the axis are lines, the rest is one line. */
static void lower_concat(struct lowering *l, unsigned int index)
{
	const struct mnet_op *op = &l->c->graph->ops[index];
	const struct mnet_tensor *out = tensor(l, op->outputs[0]);
	unsigned int value = add_value(l, op->outputs[0]);
	int32_t axis = op->u.concat.axis;
	uint32_t lines = 1, at = 0;

	if (axis < 0)
		axis += out->rank;
	for (int32_t d = 0; d < axis; d++)
		lines *= out->shape[d];
	for (unsigned int i = 0; i < op->num_inputs; i++) {
		uint32_t len = tensor(l, op->inputs[i])->bytes / lines;
		struct mc_layer *layer = add_layer(l, MC_COPY, index);

		layer->in[0] = view(read_value(l, op->inputs[i]), lines, 1, len);
		layer->out = view(value, lines, 1, len);
		layer->out.row = out->bytes / lines;
		layer->out.pixel = layer->out.row;
		layer->out.offset = at;
		at += len;
	}
}

/* Each pixel as often as the factors say */
static void lower_nearest(struct lowering *l, unsigned int index)
{
	const struct mnet_op *op = &l->c->graph->ops[index];
	const struct mnet_tensor *in = tensor(l, op->inputs[0]), *out = tensor(l, op->outputs[0]);
	struct mc_layer *layer = add_layer(l, MC_NEAREST, index);

	layer->stride_h = out->shape[1] / in->shape[1];
	layer->stride_w = out->shape[2] / in->shape[2];
	layer->kernel_h = layer->stride_h;
	layer->kernel_w = layer->stride_w;
	layer->batch = in->shape[0];
	layer->in[0] = view(read_value(l, op->inputs[0]), in->shape[1], in->shape[2],
			    in->shape[3]);
	layer->out = view(add_value(l, op->outputs[0]), out->shape[1], out->shape[2],
			  out->shape[3]);
}

static int lower_op(struct lowering *l, unsigned int index)
{
	switch (l->c->graph->ops[index].code) {
	case MNET_OP_CONV_2D:
	case MNET_OP_DEPTHWISE_CONV_2D:
		lower_conv(l, index);
		return 0;
	case MNET_OP_FULLY_CONNECTED:
		lower_fully_connected(l, index);
		return 0;
	case MNET_OP_AVERAGE_POOL_2D:
	case MNET_OP_MAX_POOL_2D:
		lower_pool(l, index);
		return 0;
	case MNET_OP_ADD:
		lower_add(l, index);
		return 0;
	case MNET_OP_CONCATENATION:
		lower_concat(l, index);
		return 0;
	case MNET_OP_PAD:
	case MNET_OP_PADV2:
		return lower_pad(l, index);
	case MNET_OP_TRANSPOSE_CONV:
	case MNET_OP_CUSTOM:
		return lower_transpose_conv(l, index);
	case MNET_OP_RESIZE_NEAREST_NEIGHBOR:
		lower_nearest(l, index);
		return 0;
	case MNET_OP_RESHAPE:
	case MNET_OP_SQUEEZE:
		lower_view(l, index);
		return 0;
	case MNET_OP_QUANTIZE:
		if (mc_is_view(l->c->graph, &l->c->graph->ops[index])) {
			lower_view(l, index);
			return 0;
		}
		lower_rescale(l, index);
		return 0;
	default:
		lower_rescale(l, index);
		return 0;
	}
}

/* --- the whole subgraph ---------------------------------------------------- */

static void add_outputs(struct lowering *l)
{
	struct mc_subgraph *sg = l->sg;

	for (unsigned int i = 0; i < sg->num_ops; i++) {
		int t = l->c->graph->ops[sg->ops[i]].outputs[0];

		if (l->c->needed[t])
			sg->outputs[sg->num_outputs++] =
				(struct mc_port){ .tensor = t, .value = l->value_of[t] };
	}
}

static void find_lifetimes(struct mc_subgraph *sg)
{
	for (unsigned int i = 0; i < sg->num_layers; i++) {
		const struct mc_layer *layer = &sg->layers[i];

		for (unsigned int k = 0; k < layer->num_in + 1; k++) {
			unsigned int v = k ? layer->in[k - 1].value : layer->out.value;

			if (sg->values[v].first == -1u)
				sg->values[v].first = i;
			sg->values[v].last = i;
			sg->values[v].read |= k > 0;
		}
	}
}

int mc_lower(struct mc_compiler *c, struct mc_subgraph *sg)
{
	struct lowering l = { .c = c, .sg = sg };
	size_t operands = 0;
	int ret;

	for (unsigned int i = 0; i < sg->num_ops; i++)
		operands += c->graph->ops[sg->ops[i]].num_inputs + 1;
	l.value_of = mnet_arena_alloc(c->arena, c->graph->num_tensors * sizeof(*l.value_of));
	l.folded = mnet_arena_alloc(c->arena, c->graph->num_tensors * sizeof(*l.folded));
	sg->values = mnet_arena_alloc(c->arena, operands * sizeof(*sg->values));
	sg->layers = mnet_arena_alloc(c->arena, operands * sizeof(*sg->layers));
	sg->inputs = mnet_arena_alloc(c->arena, operands * sizeof(*sg->inputs));
	sg->outputs = mnet_arena_alloc(c->arena, operands * sizeof(*sg->outputs));
	if (!l.value_of || !l.folded || !sg->values || !sg->layers || !sg->inputs || !sg->outputs)
		return mc_no_memory(c);
	for (unsigned int t = 0; t < c->graph->num_tensors; t++)
		l.value_of[t] = -1;
	for (unsigned int i = 0; i < sg->num_ops; i++) {
		ret = lower_op(&l, sg->ops[i]);
		if (ret)
			return ret;
	}
	add_outputs(&l);
	find_lifetimes(sg);
	return 0;
}
