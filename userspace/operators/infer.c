// SPDX-License-Identifier: MIT
/*
 * Shapes of all activations, from the inputs' and the operators. A file need
 * not state them, and those it states must agree.
 */
#include <errno.h>
#include <string.h>

#include "operators/family.h"

/* Gives tensor @t the shape, or checks that it has it */
static int set_shape(const struct op_context *c, struct mnet_tensor *t, const struct op_shape *s)
{
	uint64_t bytes = mnet_type_size(t->type);
	unsigned int i;

	for (i = 0; i < s->rank; i++) {
		if (s->size[i] < 1 || (uint64_t)s->size[i] > MNET_MAX_TENSOR_BYTES / bytes)
			return op_fail(c, "its output would have size %lld in dimension %u",
				       (long long)s->size[i], i);
		bytes *= (uint64_t)s->size[i];
	}
	if (t->rank && t->rank != s->rank)
		return op_fail(c, "tensor %d (%s) has %u dimensions in the file, must have %u",
			       (int)(t - c->graph->tensors), t->name, t->rank, s->rank);
	for (i = 0; i < s->rank; i++) {
		if (t->rank && t->shape[i] != s->size[i])
			return op_fail(
				c,
				"tensor %d (%s) has size %d in dimension %u in the file, must have %lld",
				(int)(t - c->graph->tensors), t->name, t->shape[i], i,
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
	const struct op_context c = { graph, op, index, err };
	const struct mnet_operator *entry = mnet_operator(op);
	struct op_shape out = { 0 };
	unsigned int i;
	int ret;

	if (!entry) {
		for (i = 0; i < op->num_outputs; i++)
			if (!graph->tensors[op->outputs[i]].rank)
				return mnet_fail(
					err, -EOPNOTSUPP,
					"operator %u (%s): unknown, and the file does not state the shape of output %u",
					index, op->name, i);
		return 0;
	}
	if (op->num_inputs < entry->min_inputs || op->num_inputs > entry->max_inputs)
		return op_fail(&c, "has %u inputs, needs %u to %u",
			       op->num_inputs, entry->min_inputs, entry->max_inputs);
	for (i = 0; i < entry->min_inputs; i++)
		if (!op_input(&c, i))
			return op_fail(&c, "input %u is missing", i);
	if (op->num_outputs != 1)
		return op_fail(&c, "has %u outputs, needs 1", op->num_outputs);
	ret = entry->infer(&c, &out);
	if (ret)
		return ret;
	return set_shape(&c, &graph->tensors[op->outputs[0]], &out);
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
