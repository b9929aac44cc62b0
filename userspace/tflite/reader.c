// SPDX-License-Identifier: MIT
/*
 * .tflite to graph. Field numbers are those of TFLite's schema.fbs, version 3.
 */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "graph/quantization.h"
#include "tflite/flatbuf.h"
#include "tflite/options.h"
#include "tflite/reader.h"

#define SCHEMA_VERSION 3
#define MAX_COUNT      65536 /* tensors, operators */

enum { MODEL_VERSION = 0, MODEL_OPERATOR_CODES = 1, MODEL_SUBGRAPHS = 2, MODEL_BUFFERS = 4 };
enum { CODE_DEPRECATED = 0, CODE_CUSTOM = 1, CODE_VERSION = 2, CODE_BUILTIN = 3 };
enum { GRAPH_TENSORS = 0, GRAPH_INPUTS = 1, GRAPH_OUTPUTS = 2, GRAPH_OPERATORS = 3 };
enum {
	TENSOR_SHAPE = 0,
	TENSOR_TYPE = 1,
	TENSOR_BUFFER = 2,
	TENSOR_NAME = 3,
	TENSOR_QUANTIZATION = 4,
	TENSOR_VARIABLE = 5,
	TENSOR_SPARSITY = 6
};
enum { QUANT_SCALE = 2, QUANT_ZERO_POINT = 3, QUANT_DETAILS_TYPE = 4, QUANT_DIMENSION = 6 };
enum { BUFFER_DATA = 0, BUFFER_OFFSET = 1 };
enum {
	OPERATOR_CODE = 0,
	OPERATOR_INPUTS = 1,
	OPERATOR_OUTPUTS = 2,
	OPERATOR_CUSTOM = 5,
	OPERATOR_LARGE_CUSTOM = 9
};

/* TFLite's TensorType; holes are types that libmnet does not have */
static const struct {
	const char *name;
	bool known;
	enum mnet_type type;
} tensor_types[] = {
	{ "FLOAT32", true, MNET_FLOAT32 },
	{ "FLOAT16", true, MNET_FLOAT16 },
	{ "INT32", true, MNET_INT32 },
	{ "UINT8", true, MNET_UINT8 },
	{ "INT64", true, MNET_INT64 },
	{ "STRING", false, 0 },
	{ "BOOL", true, MNET_BOOL },
	{ "INT16", true, MNET_INT16 },
	{ "COMPLEX64", false, 0 },
	{ "INT8", true, MNET_INT8 },
	{ "FLOAT64", false, 0 },
	{ "COMPLEX128", false, 0 },
	{ "UINT64", false, 0 },
	{ "RESOURCE", false, 0 },
	{ "VARIANT", false, 0 },
	{ "UINT32", false, 0 },
	{ "UINT16", false, 0 },
	{ "INT4", false, 0 },
};

/**
 * struct reader - a file being read
 * @budget: bytes the graph may still take: many tables may share one vector, so
 *	the file's size alone does not bound what is made of it
 * @place: what is being read, for messages
 */
struct reader {
	struct fb fb;
	struct mnet_graph *graph;
	struct mnet_error *err;
	struct fb_vector codes;
	struct fb_vector buffers;
	size_t budget;
	char place[192];
};

static int __attribute__((format(printf, 3, 4)))
fail(struct reader *r, int code, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return mnet_fail(r->err, code, "%s: %s", r->place, text);
}

static int check_file(struct reader *r)
{
	if (!r->fb.problem)
		return 0;
	return fail(r, -EINVAL, "%s (at byte %zu of %zu)", r->fb.problem, r->fb.offset, r->fb.size);
}

/* NULL after an error has been written */
static void *take(struct reader *r, size_t size, int *ret)
{
	void *p;

	if (size > r->budget) {
		*ret = fail(r, -EINVAL, "the file describes far more than it holds");
		return NULL;
	}
	r->budget -= size;
	p = mnet_arena_alloc(r->graph->arena, size);
	if (!p)
		*ret = fail(r, -ENOMEM, "out of memory");
	return p;
}

static const char *read_string(struct reader *r, const struct fb_table *t, unsigned int field,
			       int *ret)
{
	struct fb_vector v = fb_vector(t, field, 1);
	char *s = take(r, v.count + 1, ret);

	if (s && v.count)
		memcpy(s, r->fb.data + v.pos, v.count);
	return s;
}

static int read_type(struct reader *r, const struct fb_table *t, enum mnet_type *type)
{
	int code = fb_i8(t, TENSOR_TYPE, 0);

	if (code < 0 || (size_t)code >= sizeof(tensor_types) / sizeof(tensor_types[0]))
		return fail(r, -EINVAL, "unknown type %d", code);
	if (!tensor_types[code].known)
		return fail(r, -EOPNOTSUPP, "type %s is not supported", tensor_types[code].name);
	*type = tensor_types[code].type;
	return 0;
}

static int read_shape(struct reader *r, const struct fb_table *t, struct mnet_tensor *out)
{
	struct fb_vector shape = fb_vector(t, TENSOR_SHAPE, 4);
	size_t bytes = mnet_type_size(out->type);
	size_t i;

	if (shape.count > MNET_MAX_RANK)
		return fail(r, -EOPNOTSUPP, "%zu dimensions, at most %d are supported", shape.count,
			    MNET_MAX_RANK);
	for (i = 0; i < shape.count; i++) {
		int32_t size = fb_vector_i32(&shape, i);

		if (size < 1)
			return fail(r, -EINVAL, "size %d in dimension %zu", size, i);
		if ((size_t)size > MNET_MAX_TENSOR_BYTES / bytes)
			return fail(r, -EINVAL, "larger than %zu bytes", MNET_MAX_TENSOR_BYTES);
		bytes *= (size_t)size;
		out->shape[i] = size;
	}
	out->rank = (unsigned int)shape.count;
	out->bytes = bytes;
	return 0;
}

static int read_constant(struct reader *r, const struct fb_table *t, struct mnet_tensor *out)
{
	uint32_t index = fb_u32(t, TENSOR_BUFFER, 0);
	struct fb_vector data;
	struct fb_table buffer;
	int ret = 0;

	if (index == 0 && r->buffers.count == 0)
		return 0;
	if (index >= r->buffers.count)
		return fail(r, -EINVAL, "buffer %u of %zu", index, r->buffers.count);
	buffer = fb_vector_table(&r->buffers, index);
	data = fb_vector(&buffer, BUFFER_DATA, 1);
	if (fb_u64(&buffer, BUFFER_OFFSET, 0) > 1)
		return fail(r, -EOPNOTSUPP, "its data is outside the FlatBuffer");
	if (!data.count)
		return 0;
	if (data.count != out->bytes)
		return fail(r, -EINVAL, "%zu bytes of data, its shape and type need %zu",
			    data.count, out->bytes);
	out->data = r->fb.data + data.pos;
	if ((uintptr_t)out->data % mnet_type_size(out->type)) {
		void *copy = take(r, data.count, &ret);

		if (!copy)
			return ret;
		memcpy(copy, out->data, data.count);
		out->data = copy;
	}
	return 0;
}

/* Types whose scale means something; elsewhere converters leave 0 or nothing */
static bool is_quantised_type(enum mnet_type type)
{
	return type == MNET_INT8 || type == MNET_UINT8 || type == MNET_INT16;
}

static int read_scales(struct reader *r, const struct fb_vector *scale,
		       const struct fb_vector *zero_point, struct mnet_tensor *out)
{
	float *scales;
	int32_t *zero_points;
	size_t i;
	int ret = 0;

	scales = take(r, scale->count * sizeof(*scales), &ret);
	if (!scales)
		return ret;
	zero_points = take(r, scale->count * sizeof(*zero_points), &ret);
	if (!zero_points)
		return ret;
	for (i = 0; i < scale->count; i++) {
		int64_t zero = zero_point->count ? fb_vector_i64(zero_point, i) : 0;

		scales[i] = fb_vector_f32(scale, i);
		if (!(isfinite(scales[i]) && scales[i] > 0.0f)) {
			if (!is_quantised_type(out->type))
				return 0;
			return fail(r, -EINVAL, "scale %zu is %g", i, (double)scales[i]);
		}
		if (!mnet_zero_point_fits(out->type, zero))
			return fail(r, -EINVAL, "zero point %zu is %lld, which %s cannot hold", i,
				    (long long)zero, mnet_type_name(out->type));
		zero_points[i] = (int32_t)zero;
	}
	out->scales = scales;
	out->zero_points = zero_points;
	out->num_scales = (unsigned int)scale->count;
	return 0;
}

static int read_quantization(struct reader *r, const struct fb_table *t, struct mnet_tensor *out)
{
	struct fb_table q = fb_table(t, TENSOR_QUANTIZATION);
	struct fb_vector scale = fb_vector(&q, QUANT_SCALE, 4);
	struct fb_vector zero_point = fb_vector(&q, QUANT_ZERO_POINT, 8);
	int32_t axis = fb_i32(&q, QUANT_DIMENSION, 0);

	if (!scale.count)
		return 0;
	if (fb_u8(&q, QUANT_DETAILS_TYPE, 0))
		return fail(r, -EOPNOTSUPP, "custom quantization");
	if (zero_point.count && zero_point.count != scale.count)
		return fail(r, -EINVAL, "%zu scales but %zu zero points", scale.count,
			    zero_point.count);
	if (scale.count > 1) {
		/* Converters leave the weights' dimension on the biases */
		if (out->rank == 1)
			axis = 0;
		if (axis < 0 || (unsigned int)axis >= out->rank)
			return fail(r, -EINVAL, "quantized along dimension %d of %u", axis,
				    out->rank);
		if (scale.count != (size_t)out->shape[axis])
			return fail(r, -EINVAL, "%zu scales for %d channels", scale.count,
				    out->shape[axis]);
		out->axis = (unsigned int)axis;
	}
	return read_scales(r, &scale, &zero_point, out);
}

static int read_tensor(struct reader *r, const struct fb_table *t, unsigned int index)
{
	struct mnet_tensor *out = &r->graph->tensors[index];
	int ret = 0;

	snprintf(r->place, sizeof(r->place), "tensor %u", index);
	out->producer = -1;
	out->name = read_string(r, t, TENSOR_NAME, &ret);
	if (!out->name)
		return ret;
	if (out->name[0])
		snprintf(r->place, sizeof(r->place), "tensor %u (%.120s)", index, out->name);
	if (fb_has(t, TENSOR_SPARSITY))
		return fail(r, -EOPNOTSUPP, "sparse tensors are not supported");
	if (fb_u8(t, TENSOR_VARIABLE, 0))
		return fail(r, -EOPNOTSUPP, "variable tensors are not supported");
	ret = read_type(r, t, &out->type);
	if (!ret)
		ret = read_shape(r, t, out);
	if (!ret)
		ret = read_constant(r, t, out);
	if (!ret)
		ret = read_quantization(r, t, out);
	/* No shape stated: until it is inferred there is nothing in it */
	if (!ret && !out->rank && !out->data)
		out->bytes = 0;
	return ret ? ret : check_file(r);
}

static int read_indices(struct reader *r, const struct fb_table *t, unsigned int field,
			const char *what, unsigned int max, bool optional, unsigned int *num,
			int **indices)
{
	struct fb_vector v = fb_vector(t, field, 4);
	size_t i;
	int ret = 0;

	if (v.count > max)
		return fail(r, -EINVAL, "%zu %ss, at most %u", v.count, what, max);
	*num = (unsigned int)v.count;
	*indices = take(r, v.count * sizeof(**indices), &ret);
	if (!*indices)
		return ret;
	for (i = 0; i < v.count; i++) {
		int32_t index = fb_vector_i32(&v, i);

		if (!(optional && index == MNET_NO_TENSOR) &&
		    (index < 0 || (unsigned int)index >= r->graph->num_tensors))
			return fail(r, -EINVAL, "%s tensor index %d out of range (%u tensors)",
				    what, index, r->graph->num_tensors);
		(*indices)[i] = index;
	}
	return 0;
}

static int read_opcode(struct reader *r, const struct fb_table *t, struct mnet_op *op)
{
	uint32_t index = fb_u32(t, OPERATOR_CODE, 0);
	struct fb_table code;
	int32_t old, new;
	int ret = 0;

	if (index >= r->codes.count)
		return fail(r, -EINVAL, "operator code %u of %zu", index, r->codes.count);
	code = fb_vector_table(&r->codes, index);
	/* Codes that fit stand in the old field, larger ones in the new one */
	old = fb_i8(&code, CODE_DEPRECATED, 0);
	new = fb_i32(&code, CODE_BUILTIN, 0);
	op->code = old > new ? old : new;
	op->version = fb_i32(&code, CODE_VERSION, 1);
	if (op->code == MNET_OP_CUSTOM) {
		op->name = read_string(r, &code, CODE_CUSTOM, &ret);
		return op->name ? 0 : ret;
	}
	op->name = mnet_opcode_name(op->code);
	if (!op->name) {
		char text[32];
		int len = snprintf(text, sizeof(text), "operator code %d", op->code);
		char *name = take(r, (size_t)len + 1, &ret);

		if (!name)
			return ret;
		memcpy(name, text, (size_t)len + 1);
		op->name = name;
	}
	return 0;
}

/*
 * Inputs must be made before, outputs must not have been: with that, operators
 * are in an order in which they can run. @made[t]: tensor t has its contents.
 */
static int check_order(struct reader *r, const struct mnet_op *op, unsigned int index, bool *made)
{
	struct mnet_tensor *tensors = r->graph->tensors;
	unsigned int i;

	for (i = 0; i < op->num_inputs; i++) {
		int t = op->inputs[i];

		if (t != MNET_NO_TENSOR && !made[t])
			return fail(r, -EINVAL,
				    "input tensor %d (%.80s) is made by no earlier operator", t,
				    tensors[t].name);
	}
	for (i = 0; i < op->num_outputs; i++) {
		int t = op->outputs[i];

		if (made[t])
			return fail(r, -EINVAL, "output tensor %d (%.80s) already has its contents",
				    t, tensors[t].name);
		made[t] = true;
		tensors[t].producer = (int)index;
	}
	return 0;
}

static int read_operator(struct reader *r, const struct fb_table *t, unsigned int index, bool *made)
{
	struct mnet_op *op = &r->graph->ops[index];
	struct fb_vector custom;
	const char *wrong;
	int *indices;
	int ret;

	snprintf(r->place, sizeof(r->place), "operator %u", index);
	ret = read_opcode(r, t, op);
	if (ret)
		return ret;
	snprintf(r->place, sizeof(r->place), "operator %u (%.120s)", index, op->name);
	ret = read_indices(r, t, OPERATOR_INPUTS, "input", MNET_MAX_INPUTS, true, &op->num_inputs,
			   &indices);
	if (ret)
		return ret;
	op->inputs = indices;
	ret = read_indices(r, t, OPERATOR_OUTPUTS, "output", MNET_MAX_INPUTS, false,
			   &op->num_outputs, &indices);
	if (ret)
		return ret;
	op->outputs = indices;
	if (!op->num_outputs)
		return check_file(r) ? -EINVAL : fail(r, -EINVAL, "no outputs");
	if (fb_u64(t, OPERATOR_LARGE_CUSTOM, 0) > 1)
		return fail(r, -EOPNOTSUPP, "its options are outside the FlatBuffer");
	custom = fb_vector(t, OPERATOR_CUSTOM, 1);
	if (custom.count) {
		op->custom = r->fb.data + custom.pos;
		op->custom_size = custom.count;
	}
	wrong = tflite_read_options(t, op);
	if (check_file(r))
		return -EINVAL;
	if (wrong)
		return fail(r, -EINVAL, "%s", wrong);
	return check_order(r, op, index, made);
}

static int read_ends(struct reader *r, const struct fb_table *subgraph, bool *made)
{
	struct mnet_graph *g = r->graph;
	unsigned int i;
	int ret;

	ret = read_indices(r, subgraph, GRAPH_INPUTS, "input", MAX_COUNT, false, &g->num_inputs,
			   &g->inputs);
	if (ret)
		return ret;
	ret = read_indices(r, subgraph, GRAPH_OUTPUTS, "output", MAX_COUNT, false, &g->num_outputs,
			   &g->outputs);
	if (ret)
		return ret;
	if (!g->num_outputs)
		return fail(r, -EINVAL, "the network has no outputs");
	for (i = 0; i < g->num_tensors; i++)
		made[i] = g->tensors[i].data != NULL;
	for (i = 0; i < g->num_inputs; i++) {
		struct mnet_tensor *t = &g->tensors[g->inputs[i]];

		if (made[g->inputs[i]])
			return fail(r, -EINVAL,
				    "input tensor %d (%.80s) is a constant or given twice",
				    g->inputs[i], t->name);
		made[g->inputs[i]] = true;
		/* No shape: a single number */
		if (!t->rank)
			t->bytes = mnet_type_size(t->type);
	}
	return 0;
}

static int read_operators(struct reader *r, const struct fb_table *subgraph,
			  const struct fb_vector *operators)
{
	struct mnet_graph *g = r->graph;
	bool *made;
	unsigned int i;
	int ret = 0;

	made = take(r, g->num_tensors * sizeof(*made), &ret);
	if (!made)
		return ret;
	ret = read_ends(r, subgraph, made);
	if (ret)
		return ret;
	for (i = 0; i < g->num_ops; i++) {
		struct fb_table t = fb_vector_table(operators, i);

		ret = read_operator(r, &t, i, made);
		if (ret)
			return ret;
	}
	snprintf(r->place, sizeof(r->place), "subgraph 0");
	for (i = 0; i < g->num_outputs; i++)
		if (!made[g->outputs[i]])
			return fail(r, -EINVAL, "output tensor %d (%.80s) is made by no operator",
				    g->outputs[i], g->tensors[g->outputs[i]].name);
	return 0;
}

static int read_subgraph(struct reader *r, const struct fb_table *subgraph)
{
	struct mnet_graph *g = r->graph;
	struct fb_vector tensors = fb_vector(subgraph, GRAPH_TENSORS, 4);
	struct fb_vector operators = fb_vector(subgraph, GRAPH_OPERATORS, 4);
	unsigned int i;
	int ret = 0;

	if (tensors.count > MAX_COUNT || operators.count > MAX_COUNT)
		return fail(r, -EINVAL, "%zu tensors and %zu operators, at most %d each",
			    tensors.count, operators.count, MAX_COUNT);
	g->num_tensors = (unsigned int)tensors.count;
	g->num_ops = (unsigned int)operators.count;
	g->tensors = take(r, tensors.count * sizeof(*g->tensors), &ret);
	if (!g->tensors)
		return ret;
	g->ops = take(r, operators.count * sizeof(*g->ops), &ret);
	if (!g->ops)
		return ret;
	for (i = 0; i < g->num_tensors; i++) {
		struct fb_table t = fb_vector_table(&tensors, i);

		ret = read_tensor(r, &t, i);
		if (ret)
			return ret;
	}
	snprintf(r->place, sizeof(r->place), "subgraph 0");
	return read_operators(r, subgraph, &operators);
}

static int read_model(struct reader *r)
{
	struct fb_table model = fb_root(&r->fb, "TFL3");
	struct fb_vector subgraphs = fb_vector(&model, MODEL_SUBGRAPHS, 4);
	uint32_t version = fb_u32(&model, MODEL_VERSION, 0);
	struct fb_table subgraph;
	int ret;

	r->codes = fb_vector(&model, MODEL_OPERATOR_CODES, 4);
	r->buffers = fb_vector(&model, MODEL_BUFFERS, 4);
	ret = check_file(r);
	if (ret)
		return ret;
	if (version != SCHEMA_VERSION)
		return fail(r, -EOPNOTSUPP, "schema version %u, only %d is supported", version,
			    SCHEMA_VERSION);
	if (!subgraphs.count)
		return fail(r, -EINVAL, "no subgraph");
	/* Further subgraphs are bodies of control flow operators, which are refused by themselves */
	subgraph = fb_vector_table(&subgraphs, 0);
	snprintf(r->place, sizeof(r->place), "subgraph 0");
	ret = read_subgraph(r, &subgraph);
	/* A broken file reads as absent fields from there on: the first fault is the reason */
	return r->fb.problem ? check_file(r) : ret;
}

int mnet_tflite_read(const void *data, size_t size, struct mnet_graph *graph,
		     struct mnet_error *err)
{
	struct reader r = {
		.fb = { .data = data, .size = size },
		.graph = graph,
		.err = err,
		.budget = 16 * size + (1 << 20),
		.place = "not a .tflite model",
	};
	int ret;

	memset(graph, 0, sizeof(*graph));
	if (size > INT32_MAX)
		return mnet_fail(err, -EINVAL, "a .tflite model has less than 2 GiB");
	graph->arena = mnet_arena_new();
	if (!graph->arena)
		return mnet_fail(err, -ENOMEM, "out of memory");
	ret = read_model(&r);
	if (ret) {
		mnet_arena_free(graph->arena);
		memset(graph, 0, sizeof(*graph));
	}
	return ret;
}
