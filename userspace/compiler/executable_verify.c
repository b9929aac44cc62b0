// SPDX-License-Identifier: MIT
/*
 * Whether an executable can be run: every index in range, every operator run
 * once, everything it reads made before, every job inside its buffers.
 */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>

#include "compiler/executable_private.h"

struct checker {
	const struct mnet_executable *exe;
	struct mnet_error *err;
	bool *available;	/* per tensor: made by now */
	bool *run;		/* per operator */
	bool *used;		/* per subgraph */
};

static int check_tensor(const struct checker *k, unsigned int index)
{
	const struct mnet_tensor *t = &k->exe->graph.tensors[index];
	size_t bytes = mnet_type_size(t->type);

	if (!bytes || t->rank > MNET_MAX_RANK)
		return mnet_fail(k->err, -EINVAL, "tensor %u: no such type or rank", index);
	for (unsigned int i = 0; i < t->rank; i++) {
		if (t->shape[i] < 1 || bytes > MNET_MAX_TENSOR_BYTES / t->shape[i])
			return mnet_fail(k->err, -EINVAL, "tensor %u: shape out of range", index);
		bytes *= t->shape[i];
	}
	if (bytes != t->bytes)
		return mnet_fail(k->err, -EINVAL, "tensor %u: %zu bytes, its shape has %zu", index,
				 t->bytes, bytes);
	if (t->producer >= 0 && ((unsigned int)t->producer >= k->exe->graph.num_ops || t->data))
		return mnet_fail(k->err, -EINVAL, "tensor %u: wrong producer", index);
	return 0;
}

static int check_index(const struct checker *k, int tensor, const char *of)
{
	if (tensor >= 0 && (unsigned int)tensor < k->exe->graph.num_tensors)
		return 0;
	return mnet_fail(k->err, -EINVAL, "%s names tensor %d of %u", of, tensor,
			 k->exe->graph.num_tensors);
}

static int check_op(const struct checker *k, unsigned int index)
{
	const struct mnet_op *op = &k->exe->graph.ops[index];
	int ret = 0;

	for (unsigned int i = 0; !ret && i < op->num_inputs; i++)
		ret = op->inputs[i] == MNET_NO_TENSOR ?
			0 : check_index(k, op->inputs[i], op->name);
	for (unsigned int i = 0; !ret && i < op->num_outputs; i++) {
		ret = check_index(k, op->outputs[i], op->name);
		if (!ret && k->exe->graph.tensors[op->outputs[i]].producer != (int)index)
			ret = mnet_fail(k->err, -EINVAL, "operator %u (%s): not its output", index,
					op->name);
	}
	return ret;
}

static int check_graph(struct checker *k)
{
	const struct mnet_graph *g = &k->exe->graph;
	int ret = 0;

	for (unsigned int i = 0; !ret && i < g->num_tensors; i++)
		ret = check_tensor(k, i);
	for (unsigned int i = 0; !ret && i < g->num_ops; i++)
		ret = check_op(k, i);
	for (unsigned int i = 0; !ret && i < g->num_inputs; i++) {
		ret = check_index(k, g->inputs[i], "the list of inputs");
		if (!ret && (g->tensors[g->inputs[i]].producer >= 0 ||
			     g->tensors[g->inputs[i]].data))
			ret = mnet_fail(k->err, -EINVAL, "input %u is no input", i);
	}
	for (unsigned int i = 0; !ret && i < g->num_outputs; i++)
		ret = check_index(k, g->outputs[i], "the list of outputs");
	return ret;
}

/* --- jobs -------------------------------------------------------------------------- */

static int check_bindings(const struct checker *k, const struct mnet_binding *b, unsigned int num,
			  uint64_t size)
{
	for (unsigned int i = 0; i < num; i++) {
		int ret = check_index(k, b[i].tensor, "a job");
		size_t bytes;

		if (ret)
			return ret;
		bytes = k->exe->graph.tensors[b[i].tensor].bytes;
		if (b[i].offset % EDGETPU_SRAM_ALIGN || b[i].offset > size ||
		    bytes > size - b[i].offset || k->exe->graph.tensors[b[i].tensor].data)
			return mnet_fail(k->err, -EINVAL, "tensor %d lies outside its job's buffer",
					 b[i].tensor);
	}
	return 0;
}

static int check_subgraph(const struct checker *k, unsigned int index)
{
	const struct mnet_subgraph *sg = &k->exe->subgraphs[index];
	struct mnet_stream_limits limits = { .config = k->exe->config };
	struct mnet_error why = { "" };
	int ret;

	if (sg->input_size > MNET_MAX_TOTAL_BYTES || sg->output_size > MNET_MAX_TOTAL_BYTES ||
	    sg->scratch_size > MNET_MAX_TOTAL_BYTES || sg->sram_bytes > limits.config.sram_size)
		return mnet_fail(k->err, -EINVAL, "accelerator job %u: buffers out of range",
				 index);
	limits.region_size[MNET_REGION_WEIGHTS] = sg->weights_size;
	limits.region_size[MNET_REGION_INPUT] = sg->input_size;
	limits.region_size[MNET_REGION_OUTPUT] = sg->output_size;
	limits.region_size[MNET_REGION_SCRATCH] = sg->scratch_size;
	ret = mnet_stream_verify(sg->commands, sg->num_commands, &limits, &why);
	if (ret)
		return mnet_fail(k->err, ret, "accelerator job %u: %s", index, why.message);
	for (unsigned int i = 0; i < sg->num_commands; i++) {
		if (le32toh(sg->commands[i].tag) >= k->exe->graph.num_ops)
			return mnet_fail(k->err, -EINVAL,
					 "accelerator job %u: command %u: no such operator", index,
					 i);
	}
	ret = check_bindings(k, sg->inputs, sg->num_inputs, sg->input_size);
	return ret ? ret : check_bindings(k, sg->outputs, sg->num_outputs, sg->output_size);
}

/* --- order ------------------------------------------------------------------------- */

static int need(const struct checker *k, int tensor)
{
	if (k->available[tensor])
		return 0;
	return mnet_fail(k->err, -EINVAL, "tensor %d (%.80s) is read before it is made", tensor,
			 k->exe->graph.tensors[tensor].name);
}

static int run_job(struct checker *k, const struct mnet_segment *seg)
{
	const struct mnet_subgraph *sg;
	int ret = 0;

	if (seg->subgraph >= k->exe->num_subgraphs || k->used[seg->subgraph])
		return mnet_fail(k->err, -EINVAL, "accelerator job %u is missing or runs twice",
				 seg->subgraph);
	k->used[seg->subgraph] = true;
	sg = &k->exe->subgraphs[seg->subgraph];
	for (unsigned int i = 0; !ret && i < sg->num_inputs; i++)
		ret = need(k, sg->inputs[i].tensor);
	for (unsigned int i = 0; !ret && i < sg->num_outputs; i++)
		k->available[sg->outputs[i].tensor] = true;
	return ret;
}

static int run_cpu(struct checker *k, unsigned int index)
{
	const struct mnet_op *op = &k->exe->graph.ops[index];
	int ret = 0;

	for (unsigned int i = 0; !ret && i < op->num_inputs; i++) {
		if (op->inputs[i] != MNET_NO_TENSOR)
			ret = need(k, op->inputs[i]);
	}
	for (unsigned int i = 0; !ret && i < op->num_outputs; i++)
		k->available[op->outputs[i]] = true;
	return ret;
}

static int run_segment(struct checker *k, const struct mnet_segment *seg)
{
	int ret = seg->accelerated ? run_job(k, seg) : 0;

	for (unsigned int i = 0; !ret && i < seg->num_ops; i++) {
		unsigned int op = seg->ops[i];

		if (op >= k->exe->graph.num_ops || k->run[op])
			return mnet_fail(k->err, -EINVAL, "operator %u is missing or runs twice",
					 op);
		k->run[op] = true;
		if (!seg->accelerated)
			ret = run_cpu(k, op);
	}
	return ret;
}

static int check_order(struct checker *k)
{
	const struct mnet_executable *exe = k->exe;
	int ret = 0;

	for (unsigned int i = 0; i < exe->graph.num_tensors; i++)
		k->available[i] = exe->graph.tensors[i].data;
	for (unsigned int i = 0; i < exe->graph.num_inputs; i++)
		k->available[exe->graph.inputs[i]] = true;
	for (unsigned int i = 0; !ret && i < exe->num_segments; i++)
		ret = run_segment(k, &exe->segments[i]);
	for (unsigned int i = 0; !ret && i < exe->graph.num_outputs; i++)
		ret = need(k, exe->graph.outputs[i]);
	for (unsigned int i = 0; !ret && i < exe->graph.num_ops; i++) {
		if (!k->run[i])
			ret = mnet_fail(k->err, -EINVAL, "operator %u (%s) never runs", i,
					exe->graph.ops[i].name);
	}
	return ret;
}

static int check_config(const struct checker *k)
{
	const struct mnet_hw_config *c = &k->exe->config;

	if (!c->sram_size)
		return k->exe->num_subgraphs ?
			mnet_fail(k->err, -EINVAL, "accelerator jobs without an accelerator") : 0;
	if (!c->array_rows || !c->array_cols || !c->vector_lanes || !c->vector_macs ||
	    !c->clock_khz || !c->dram_mbps)
		return mnet_fail(k->err, -EINVAL, "impossible device configuration");
	return 0;
}

int mnet_executable_verify(const struct mnet_executable *exe, struct mnet_error *err)
{
	struct checker k = { .exe = exe, .err = err };
	int ret;

	k.available = calloc(exe->graph.num_tensors + 1, sizeof(*k.available));
	k.run = calloc(exe->graph.num_ops + 1, sizeof(*k.run));
	k.used = calloc(exe->num_subgraphs + 1, sizeof(*k.used));
	if (!k.available || !k.run || !k.used)
		ret = mnet_fail(err, -ENOMEM, "out of memory");
	else
		ret = check_config(&k);
	if (!ret)
		ret = check_graph(&k);
	for (unsigned int i = 0; !ret && i < exe->num_subgraphs; i++)
		ret = check_subgraph(&k, i);
	if (!ret)
		ret = check_order(&k);
	free(k.available);
	free(k.run);
	free(k.used);
	return ret;
}
