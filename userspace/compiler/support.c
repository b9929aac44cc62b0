// SPDX-License-Identifier: MIT
/*
 * Which operators the accelerator's engines do exactly as TensorFlow Lite does,
 * and for the others the reason why not.
 */
#include <math.h>

#include "compiler/ir.h"
#include "graph/quantization.h"
#include "operators/transpose_conv.h"

static const struct mnet_tensor *operand(const struct mnet_graph *graph, const struct mnet_op *op,
					 unsigned int index)
{
	if (index >= op->num_inputs || op->inputs[index] == MNET_NO_TENSOR)
		return NULL;
	return &graph->tensors[op->inputs[index]];
}

static bool is_8bit(const struct mnet_tensor *t)
{
	return t->type == MNET_INT8 || t->type == MNET_UINT8;
}

static bool same_shape(const struct mnet_tensor *a, const struct mnet_tensor *b)
{
	if (a->rank != b->rank)
		return false;
	for (unsigned int i = 0; i < a->rank; i++) {
		if (a->shape[i] != b->shape[i])
			return false;
	}
	return true;
}

/* An activation of 8 bits; @quantised: with one scale */
static const char *check_activation(struct mc_compiler *c, const struct mnet_tensor *t,
				    bool quantised)
{
	if (!t)
		return "operand missing";
	if (t->data)
		return "constant operand; engines work on activations";
	if (!is_8bit(t))
		return mc_format(c->arena, "%s tensors; engines are 8 bit", mnet_type_name(t->type));
	if (quantised && t->num_scales != 1)
		return t->num_scales ? "activation quantised per channel" : "not quantised";
	if (t->rank == 0)
		return "scalar";
	return NULL;
}

static const char *check_dims(struct mc_compiler *c, const struct mnet_tensor *t)
{
	for (unsigned int i = 0; i < t->rank; i++) {
		if (t->shape[i] > MC_MAX_DIM)
			return mc_format(c->arena, "dimension of %d, commands hold %d",
					 t->shape[i], MC_MAX_DIM);
	}
	return NULL;
}

static const char *check_fused(const struct mnet_tensor *out, enum mnet_activation activation)
{
	int32_t min, max;

	return mnet_activation_range(out, activation, &min, &max) ?
		NULL : "fused activation other than RELU, RELU6, RELU_N1_TO_1";
}

/* Activations of one type, everything that the filter operators share */
static const char *check_in_out(struct mc_compiler *c, const struct mnet_tensor *in,
				const struct mnet_tensor *out)
{
	const char *why = check_activation(c, in, true);

	if (!why)
		why = check_activation(c, out, true);
	if (!why && in->type != out->type)
		why = "input and output of different types";
	return why;
}

static const char *check_weights(const struct mnet_tensor *in, const struct mnet_tensor *weights,
				 const struct mnet_tensor *bias, uint32_t out_c, unsigned int axis)
{
	if (!weights || !weights->data)
		return "weights that are not constant";
	if (weights->type != in->type)
		return "weights of another type than the input";
	if (weights->num_scales == 0)
		return "weights not quantised";
	if (weights->num_scales > 1) {
		if (weights->num_scales != out_c || weights->axis != axis)
			return "weights quantised along another dimension than output channels";
		if (weights->type == MNET_UINT8)
			return "uint8 weights quantised per channel";
	}
	if (weights->type == MNET_INT8) {
		for (unsigned int i = 0; i < weights->num_scales; i++) {
			if (weights->zero_points[i])
				return "int8 weights with a zero point";
		}
	}
	if (!bias)
		return NULL;
	if (!bias->data)
		return "bias that is not constant";
	if (bias->type != MNET_INT32 || bias->bytes != (size_t)out_c * 4)
		return "bias that is not one int32 per output channel";
	return NULL;
}

static const char *check_filter(struct mc_compiler *c, int32_t kernel_h, int32_t kernel_w,
				int32_t stride_h, int32_t stride_w, int32_t dilation_h,
				int32_t dilation_w)
{
	if (kernel_h > MC_MAX_KERNEL || kernel_w > MC_MAX_KERNEL)
		return mc_format(c->arena, "filter of %dx%d, commands hold %d", kernel_h, kernel_w,
				 MC_MAX_KERNEL);
	if (stride_h > MC_MAX_KERNEL || stride_w > MC_MAX_KERNEL)
		return mc_format(c->arena, "stride of %dx%d, commands hold %d", stride_h, stride_w,
				 MC_MAX_KERNEL);
	if (dilation_h > MC_MAX_KERNEL || dilation_w > MC_MAX_KERNEL)
		return mc_format(c->arena, "dilation of %dx%d, commands hold %d", dilation_h,
				 dilation_w, MC_MAX_KERNEL);
	return NULL;
}

static const char *check_conv(struct mc_compiler *c, const struct mnet_op *op,
			      const struct mnet_tensor *in, const struct mnet_tensor *out)
{
	const struct mnet_tensor *w = operand(c->graph, op, 1), *bias = operand(c->graph, op, 2);
	bool depthwise = op->code == MNET_OP_DEPTHWISE_CONV_2D;
	const char *why = check_in_out(c, in, out);

	if (why)
		return why;
	if (in->rank != 4 || out->rank != 4 || !w || w->rank != 4)
		return "not four dimensions";
	why = check_weights(in, w, bias, out->shape[3], depthwise ? 3 : 0);
	if (why)
		return why;
	if (depthwise ? w->shape[0] != 1 || w->shape[3] != out->shape[3] ||
			out->shape[3] % in->shape[3] :
			w->shape[0] != out->shape[3] || w->shape[3] != in->shape[3])
		return depthwise ? "filter of another shape than input and output" :
				   "grouped convolution";
	why = check_filter(c, w->shape[1], w->shape[2], op->u.conv.stride_h, op->u.conv.stride_w,
			   op->u.conv.dilation_h, op->u.conv.dilation_w);
	if (!why)
		why = check_dims(c, in);
	if (!why)
		why = check_dims(c, out);
	return why ? why : check_fused(out, op->u.conv.activation);
}

/* Each phase of the output is a command of its own. */
static const char *check_phases(struct mc_compiler *c, int32_t stride_h, int32_t stride_w)
{
	if ((int64_t)stride_h * stride_w > MC_MAX_PHASES)
		return mc_format(c->arena, "%dx%d commands a tile, at most %d are made", stride_h,
				 stride_w, MC_MAX_PHASES);
	return NULL;
}

static const char *check_transpose_conv(struct mc_compiler *c, const struct mnet_op *op,
					const struct mnet_tensor *out)
{
	struct mnet_transpose_conv t;
	const char *why;

	mnet_transpose_conv_get(c->graph, op, &t);
	why = check_in_out(c, t.in, out);
	if (!why)
		why = check_weights(t.in, t.weights, t.bias, out->shape[3], 0);
	if (!why)
		why = check_filter(c, t.weights->shape[1], t.weights->shape[2], t.stride_h,
				   t.stride_w, 1, 1);
	if (!why)
		why = check_phases(c, t.stride_h, t.stride_w);
	if (!why)
		why = check_dims(c, t.in);
	if (!why)
		why = check_dims(c, out);
	return why ? why : check_fused(out, t.activation);
}

/* Whether each of @in rows (columns) is to appear @out / @in times; TFLite's positions in float */
static bool is_repetition(const struct mnet_op *op, int32_t in, int32_t out)
{
	bool align = op->u.resize.align_corners;
	float scale = align && out > 1 ? (float)(in - 1) / (float)(out - 1) :
		      (float)in / (float)out;
	float offset = op->u.resize.half_pixel_centers ? 0.5f : 0.0f;

	if (out % in)
		return false;
	for (int32_t i = 0; i < out; i++) {
		float at = ((float)i + offset) * scale;

		at = align ? roundf(at) : floorf(at);
		if (fminf(at, (float)(in - 1)) != (float)(i / (out / in)))
			return false;
	}
	return true;
}

static const char *check_nearest(struct mc_compiler *c, const struct mnet_op *op,
				 const struct mnet_tensor *in, const struct mnet_tensor *out)
{
	const char *why = check_in_out(c, in, out);

	if (why)
		return why;
	if (in->rank != 4 || out->rank != 4)
		return "not four dimensions";
	why = check_dims(c, in);
	if (!why)
		why = check_dims(c, out);
	if (why)
		return why;
	if (in->scales[0] != out->scales[0] || in->zero_points[0] != out->zero_points[0])
		return "output scaled unlike the input";
	if (!is_repetition(op, in->shape[1], out->shape[1]) ||
	    !is_repetition(op, in->shape[2], out->shape[2]))
		return "does not repeat every pixel equally often, engines copy at equal distances";
	return check_phases(c, out->shape[1] / in->shape[1], out->shape[2] / in->shape[2]);
}

static const char *check_fully_connected(struct mc_compiler *c, const struct mnet_op *op,
					 const struct mnet_tensor *in,
					 const struct mnet_tensor *out)
{
	const struct mnet_tensor *w = operand(c->graph, op, 1), *bias = operand(c->graph, op, 2);
	const char *why = check_in_out(c, in, out);

	if (why)
		return why;
	if (!w || w->rank != 2)
		return "weights not of two dimensions";
	why = check_weights(in, w, bias, w->shape[0], 0);
	if (!why)
		why = check_dims(c, w);
	if (why)
		return why;
	if (in->bytes % w->shape[1] || out->bytes != in->bytes / w->shape[1] * w->shape[0])
		return "input is not whole rows of the weights";
	if (in->bytes / w->shape[1] > MC_MAX_DIM)
		return mc_format(c->arena, "%zu rows, commands hold %d", in->bytes / w->shape[1],
				 MC_MAX_DIM);
	return check_fused(out, op->u.fully_connected.activation);
}

static const char *check_pool(struct mc_compiler *c, const struct mnet_op *op,
			      const struct mnet_tensor *in, const struct mnet_tensor *out)
{
	const char *why = check_in_out(c, in, out);

	if (why)
		return why;
	if (in->rank != 4 || out->rank != 4)
		return "not four dimensions";
	why = check_filter(c, op->u.pool.filter_h, op->u.pool.filter_w, op->u.pool.stride_h,
			   op->u.pool.stride_w, 1, 1);
	if (!why)
		why = check_dims(c, in);
	if (!why)
		why = check_dims(c, out);
	return why ? why : check_fused(out, op->u.pool.activation);
}

static const char *check_add(struct mc_compiler *c, const struct mnet_op *op,
			     const struct mnet_tensor *a, const struct mnet_tensor *out)
{
	const struct mnet_tensor *b = operand(c->graph, op, 1);
	const char *why;
	float twice_max;

	if (a && b && (a->data || b->data) && is_8bit(a))
		return (a->data ? a : b)->bytes == 1 ?
			"scalar constant, the accelerator adds tensors of one shape" :
			"constant operand, the accelerator adds activations";
	why = check_in_out(c, a, out);
	if (!why)
		why = check_in_out(c, b, out);
	if (why)
		return why;
	if (!same_shape(a, b))
		return "broadcast, the accelerator adds tensors of one shape";
	twice_max = 2.0f * fmaxf(a->scales[0], b->scales[0]);
	if ((double)twice_max / (double)((1 << 20) * out->scales[0]) >= 1.0)
		return "output scale too small for the adder";
	return check_fused(out, op->u.arith.activation);
}

static const char *check_concat(struct mc_compiler *c, const struct mnet_op *op,
				const struct mnet_tensor *out)
{
	const char *why;

	for (unsigned int i = 0; i < op->num_inputs; i++) {
		const struct mnet_tensor *in = operand(c->graph, op, i);

		why = check_in_out(c, in, out);
		if (why)
			return why;
		if (in->scales[0] != out->scales[0] || in->zero_points[0] != out->zero_points[0])
			return "inputs scaled differently, TFLite rescales them in float";
		if (in->rank != out->rank)
			return "inputs of different ranks";
	}
	return op->u.concat.activation == MNET_ACT_NONE ? NULL : "fused activation";
}

static const char *check_pad(struct mc_compiler *c, const struct mnet_op *op,
			     const struct mnet_tensor *in, const struct mnet_tensor *out)
{
	const struct mnet_tensor *amounts = operand(c->graph, op, 1);
	const char *why = check_in_out(c, in, out);

	if (why)
		return why;
	if (!amounts || !amounts->data)
		return "amounts that are not constant";
	if (amounts->type != MNET_INT32)
		return "amounts that are not int32";
	if (in->rank > 4)
		return "more than four dimensions";
	if (in->rank == 4 && in->shape[0] != out->shape[0])
		return "padding between images";
	if (op->code == MNET_OP_PADV2 && !operand(c->graph, op, 2)->data)
		return "padding value that is not constant";
	return NULL;
}

static const char *check_rescale(struct mc_compiler *c, const struct mnet_tensor *in,
				 const struct mnet_tensor *out)
{
	const char *why = check_activation(c, in, true);

	return why ? why : check_activation(c, out, true);
}

static const char *check_view(struct mc_compiler *c, const struct mnet_tensor *in,
			      const struct mnet_tensor *out)
{
	const char *why = check_activation(c, in, false);

	if (!why && in->type != out->type)
		why = "input and output of different types";
	return why;
}

/* Of operators that no engine can do, whatever their operands */
static const char *no_engine(int code)
{
	switch (code) {
	case MNET_OP_MUL:
		return "no engine multiplies activations";
	case MNET_OP_SUB:
		return "no engine subtracts, and the adder's multipliers are positive";
	case MNET_OP_MEAN:
		return "the engine that averages keeps the scale";
	case MNET_OP_RESIZE_BILINEAR:
		return "no engine weighs neighbours by their distance";
	case MNET_OP_HARD_SWISH:
	case MNET_OP_LOGISTIC:
	case MNET_OP_TANH:
		return "a curve: engines scale and clamp, they have no tables";
	case MNET_OP_SOFTMAX:
		return "no engine has exponentials";
	case MNET_OP_DEQUANTIZE:
		return "makes float32, engines are 8 bit";
	}
	return "no such engine";
}

const char *mc_unsupported(struct mc_compiler *c, const struct mnet_op *op)
{
	const struct mnet_tensor *in = operand(c->graph, op, 0), *out;

	if (op->num_outputs != 1)
		return "not one output";
	out = &c->graph->tensors[op->outputs[0]];
	switch (op->code) {
	case MNET_OP_CONV_2D:
	case MNET_OP_DEPTHWISE_CONV_2D:
		return check_conv(c, op, in, out);
	case MNET_OP_FULLY_CONNECTED:
		return check_fully_connected(c, op, in, out);
	case MNET_OP_AVERAGE_POOL_2D:
	case MNET_OP_MAX_POOL_2D:
		return check_pool(c, op, in, out);
	case MNET_OP_ADD:
		return check_add(c, op, in, out);
	case MNET_OP_CONCATENATION:
		return check_concat(c, op, out);
	case MNET_OP_PAD:
	case MNET_OP_PADV2:
		return check_pad(c, op, in, out);
	case MNET_OP_QUANTIZE:
	case MNET_OP_RELU:
	case MNET_OP_RELU6:
	case MNET_OP_RELU_N1_TO_1:
		return check_rescale(c, in, out);
	case MNET_OP_RESHAPE:
	case MNET_OP_SQUEEZE:
		return check_view(c, in, out);
	case MNET_OP_TRANSPOSE_CONV:
		return check_transpose_conv(c, op, out);
	case MNET_OP_CUSTOM:
		return mnet_is_transpose_conv(op) ? check_transpose_conv(c, op, out) :
						    "custom operator";
	case MNET_OP_RESIZE_NEAREST_NEIGHBOR:
		return check_nearest(c, op, in, out);
	}
	return no_engine(op->code);
}

bool mc_is_view(const struct mnet_graph *graph, const struct mnet_op *op)
{
	const struct mnet_tensor *in, *out;
	int32_t min, max, out_min;

	if (op->code == MNET_OP_RESHAPE || op->code == MNET_OP_SQUEEZE)
		return true;
	if (op->code != MNET_OP_QUANTIZE)
		return false;
	in = operand(graph, op, 0);
	out = &graph->tensors[op->outputs[0]];
	mnet_type_range(in->type, &min, &max);
	mnet_type_range(out->type, &out_min, &max);
	return in->scales[0] == out->scales[0] &&
	       in->zero_points[0] - min == out->zero_points[0] - out_min;
}
