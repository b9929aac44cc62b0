// SPDX-License-Identifier: MIT
#include "tflite/writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "graph/replace.h"
#include "tflite/writer_options.h"

/*
 * Slots and enum values are those of TensorFlow Lite's schema, version 3.
 */
#define SCHEMA_VERSION		3
#define BUFFER_ALIGN		16
#define MAX_BUILTIN_BYTE	127	/* larger codes live in builtin_code alone */

static uint8_t schema_type(enum mnet_type type)
{
	switch (type) {
	case MNET_FLOAT32:
		return 0;
	case MNET_FLOAT16:
		return 1;
	case MNET_INT32:
		return 2;
	case MNET_UINT8:
		return 3;
	case MNET_INT64:
		return 4;
	case MNET_BOOL:
		return 6;
	case MNET_INT16:
		return 7;
	case MNET_INT8:
		return 9;
	}
	return 0;
}

static flat_ref write_quantization(struct flat_builder *b, const struct mnet_tensor *t)
{
	flat_ref scales, zero_points;
	int64_t *wide;

	if (!t->num_scales)
		return 0;
	wide = malloc(t->num_scales * sizeof(*wide));
	if (!wide) {
		b->failed = true;
		return 0;
	}
	for (unsigned int i = 0; i < t->num_scales; i++)
		wide[i] = t->zero_points[i];
	scales = flat_vector(b, t->scales, t->num_scales, 4, 4);
	zero_points = flat_vector(b, wide, t->num_scales, 8, 8);
	free(wide);
	flat_table_begin(b);
	flat_field_ref(b, 2, scales);
	flat_field_ref(b, 3, zero_points);
	flat_field_u32(b, 6, t->num_scales > 1 ? t->axis : 0, 0);
	return flat_table_end(b);
}

static flat_ref write_tensor(struct flat_builder *b, const struct mnet_tensor *t, uint32_t buffer)
{
	flat_ref shape = flat_vector(b, t->shape, t->rank, 4, 4);
	flat_ref name = flat_string(b, t->name);
	flat_ref quantization = write_quantization(b, t);

	flat_table_begin(b);
	flat_field_ref(b, 0, shape);
	flat_field_u8(b, 1, schema_type(t->type), 0);
	flat_field_u32(b, 2, buffer, 0);
	flat_field_ref(b, 3, name);
	flat_field_ref(b, 4, quantization);
	return flat_table_end(b);
}

static bool same_code(const struct mnet_op *a, const struct mnet_op *b)
{
	return a->code == b->code && a->version == b->version &&
	       (a->code != MNET_OP_CUSTOM || !strcmp(a->name, b->name));
}

static flat_ref write_operator_code(struct flat_builder *b, const struct mnet_op *op)
{
	flat_ref custom = op->code == MNET_OP_CUSTOM ? flat_string(b, op->name) : 0;

	flat_table_begin(b);
	flat_field_u8(b, 0, op->code > MAX_BUILTIN_BYTE ? MAX_BUILTIN_BYTE : op->code, 0);
	flat_field_ref(b, 1, custom);
	flat_field_u32(b, 2, op->version, 1);
	flat_field_u32(b, 3, op->code, 0);
	return flat_table_end(b);
}

static int write_operator(struct flat_builder *b, const struct mnet_op *op, uint32_t code,
			  flat_ref *ref, struct mnet_error *err)
{
	flat_ref inputs = flat_vector(b, op->inputs, op->num_inputs, 4, 4);
	flat_ref outputs = flat_vector(b, op->outputs, op->num_outputs, 4, 4);
	flat_ref custom = op->custom_size ? flat_vector(b, op->custom, op->custom_size, 1, 4) : 0;
	flat_ref options;
	uint8_t type;

	if (!tflite_write_options(b, op, &type, &options))
		return mnet_fail(err, -EINVAL, "%s (code %d): the writer does not know its options",
				 op->name, op->code);
	flat_table_begin(b);
	flat_field_u32(b, 0, code, 0);
	flat_field_ref(b, 1, inputs);
	flat_field_ref(b, 2, outputs);
	flat_field_u8(b, 3, type, 0);
	flat_field_ref(b, 4, options);
	flat_field_ref(b, 5, custom);
	*ref = flat_table_end(b);
	return 0;
}

static flat_ref write_buffer(struct flat_builder *b, const void *data, size_t size)
{
	flat_ref bytes = size ? flat_vector(b, data, size, 1, BUFFER_ALIGN) : 0;

	flat_table_begin(b);
	flat_field_ref(b, 0, bytes);
	return flat_table_end(b);
}

/* @refs has room for the larger of tensors + 1 and operators, @codes for operators. */
static int write_model(struct flat_builder *b, const struct mnet_graph *graph,
		       const char *description, flat_ref *refs, uint32_t *codes,
		       struct mnet_error *err)
{
	flat_ref buffers, tensors, operators, operator_codes, subgraph, subgraphs, inputs, outputs;
	flat_ref text = description ? flat_string(b, description) : 0;
	uint32_t num = 0;
	int ret;

	/* Constants share no buffers; number 0 is the empty one of activations. */
	refs[num++] = write_buffer(b, NULL, 0);
	for (unsigned int i = 0; i < graph->num_tensors; i++)
		if (graph->tensors[i].data)
			refs[num++] = write_buffer(b, graph->tensors[i].data,
						   graph->tensors[i].bytes);
	buffers = flat_ref_vector(b, refs, num);

	num = 1;
	for (unsigned int i = 0; i < graph->num_tensors; i++)
		refs[i] = write_tensor(b, &graph->tensors[i], graph->tensors[i].data ? num++ : 0);
	tensors = flat_ref_vector(b, refs, graph->num_tensors);

	num = 0;
	for (unsigned int i = 0; i < graph->num_ops; i++) {
		unsigned int first = 0;

		while (!same_code(&graph->ops[first], &graph->ops[i]))
			first++;
		if (first == i)
			refs[num] = write_operator_code(b, &graph->ops[i]);
		codes[i] = first == i ? num++ : codes[first];
	}
	operator_codes = flat_ref_vector(b, refs, num);

	for (unsigned int i = 0; i < graph->num_ops; i++) {
		ret = write_operator(b, &graph->ops[i], codes[i], &refs[i], err);
		if (ret)
			return ret;
	}
	operators = flat_ref_vector(b, refs, graph->num_ops);

	inputs = flat_vector(b, graph->inputs, graph->num_inputs, 4, 4);
	outputs = flat_vector(b, graph->outputs, graph->num_outputs, 4, 4);
	flat_table_begin(b);
	flat_field_ref(b, 0, tensors);
	flat_field_ref(b, 1, inputs);
	flat_field_ref(b, 2, outputs);
	flat_field_ref(b, 3, operators);
	subgraph = flat_table_end(b);
	subgraphs = flat_ref_vector(b, &subgraph, 1);

	flat_table_begin(b);
	flat_field_u32(b, 0, SCHEMA_VERSION, 0);
	flat_field_ref(b, 1, operator_codes);
	flat_field_ref(b, 2, subgraphs);
	flat_field_ref(b, 3, text);
	flat_field_ref(b, 4, buffers);
	if (!flat_finish(b, flat_table_end(b), "TFL3"))
		return mnet_fail(err, b->used > (1u << 30) ? -EFBIG : -ENOMEM,
				 "model too large to write");
	return 0;
}

int mnet_tflite_write(const struct mnet_graph *graph, const char *description, void **data,
		      size_t *size, struct mnet_error *err)
{
	size_t num = graph->num_tensors + (size_t)graph->num_ops + 1;
	struct flat_builder b = { 0 };
	uint32_t *codes;
	flat_ref *refs;
	int ret;

	refs = calloc(num, sizeof(*refs));
	codes = calloc(num, sizeof(*codes));
	if (refs && codes)
		ret = write_model(&b, graph, description, refs, codes, err);
	else
		ret = mnet_fail(err, -ENOMEM, "out of memory");
	if (!ret) {
		*data = malloc(b.used);
		*size = b.used;
		if (*data)
			memcpy(*data, b.data + b.capacity - b.used, b.used);
		else
			ret = mnet_fail(err, -ENOMEM, "out of memory");
	}
	flat_free(&b);
	free(codes);
	free(refs);
	return ret;
}

int mnet_tflite_save(const struct mnet_graph *graph, const char *description, const char *path,
		     struct mnet_error *err)
{
	void *data = NULL;
	size_t size;
	int ret;

	ret = mnet_tflite_write(graph, description, &data, &size, err);
	if (ret)
		return ret;
	ret = mnet_file_replace(path, data, size);
	free(data);
	return ret ? mnet_fail(err, ret, "%s: cannot write: %s", path, strerror(-ret)) : 0;
}
