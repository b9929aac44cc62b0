// SPDX-License-Identifier: MIT
/* Executables: the accessors of mnet.h, and copying the graph out of a compilation. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/executable_private.h"
#include "compiler/ir.h"
#include "operators/operator.h"

struct mnet_executable *mnet_executable_new(void)
{
	struct mnet_executable *exe = calloc(1, sizeof(*exe));

	if (!exe)
		return NULL;
	exe->graph.arena = mnet_arena_new();
	if (!exe->graph.arena) {
		free(exe);
		return NULL;
	}
	return exe;
}

void mnet_executable_free(struct mnet_executable *exe)
{
	if (!exe)
		return;
	mnet_arena_free(exe->graph.arena);
	free(exe);
}

/* --- accessors --------------------------------------------------------------- */

unsigned int mnet_executable_num_inputs(const struct mnet_executable *exe)
{
	return exe->graph.num_inputs;
}

unsigned int mnet_executable_num_outputs(const struct mnet_executable *exe)
{
	return exe->graph.num_outputs;
}

static void fill_info(const struct mnet_tensor *t, struct mnet_tensor_info *info)
{
	*info = (struct mnet_tensor_info){ .name = t->name, .type = t->type, .rank = t->rank,
					   .bytes = t->bytes };
	memcpy(info->shape, t->shape, sizeof(info->shape));
	if (t->num_scales) {
		info->scale = t->scales[0];
		info->zero_point = t->zero_points[0];
	}
}

int mnet_executable_input(const struct mnet_executable *exe, unsigned int index,
			  struct mnet_tensor_info *info)
{
	if (index >= exe->graph.num_inputs)
		return -EINVAL;
	fill_info(&exe->graph.tensors[exe->graph.inputs[index]], info);
	return 0;
}

int mnet_executable_output(const struct mnet_executable *exe, unsigned int index,
			   struct mnet_tensor_info *info)
{
	if (index >= exe->graph.num_outputs)
		return -EINVAL;
	fill_info(&exe->graph.tensors[exe->graph.outputs[index]], info);
	return 0;
}

const struct mnet_hw_config *mnet_executable_config(const struct mnet_executable *exe)
{
	return &exe->config;
}

unsigned int mnet_executable_num_ops(const struct mnet_executable *exe)
{
	return exe->graph.num_ops;
}

int mnet_executable_op(const struct mnet_executable *exe, unsigned int index,
		       struct mnet_op_info *info)
{
	if (index >= exe->graph.num_ops)
		return -EINVAL;
	*info = exe->op_info[index];
	return 0;
}

unsigned int mnet_executable_num_subgraphs(const struct mnet_executable *exe)
{
	return exe->num_subgraphs;
}

/* --- copying ------------------------------------------------------------------ */

/* What was copied so far; a failed copy shows as NULL with @failed */
struct copier {
	struct mnet_arena *arena;
	bool failed;
};

static void *copy(struct copier *to, const void *from, size_t size)
{
	void *p = mnet_arena_alloc(to->arena, size ? size : 1);

	if (!p)
		to->failed = true;
	else if (size)
		memcpy(p, from, size);
	return p;
}

static const char *copy_string(struct copier *to, const char *s)
{
	return copy(to, s, strlen(s) + 1);
}

/* Weights and biases of the accelerator's filters live on in packed form alone. */
static void find_packed(const struct mc_compiler *c, bool *packed)
{
	const struct mnet_graph *g = c->graph;

	for (int pass = 0; pass < 2; pass++) {
		for (unsigned int i = 0; i < g->num_ops; i++) {
			const struct mnet_op *op = &g->ops[i];
			const struct mnet_operator *entry = mnet_operator(op);
			bool filter = entry && entry->filter.weights;

			for (unsigned int k = 0; k < op->num_inputs; k++) {
				bool is_packed = c->ops[i].subgraph >= 0 && filter && k;

				if (op->inputs[k] != MNET_NO_TENSOR && is_packed == !pass)
					packed[op->inputs[k]] = !pass;
			}
		}
	}
}

static void copy_tensor(struct copier *to, const struct mnet_tensor *from, bool packed,
			struct mnet_tensor *t)
{
	*t = *from;
	t->name = copy_string(to, from->name);
	t->data = from->data && !packed ? copy(to, from->data, from->bytes) : NULL;
	t->scales = copy(to, from->scales, from->num_scales * sizeof(*from->scales));
	t->zero_points = copy(to, from->zero_points,
			      from->num_scales * sizeof(*from->zero_points));
}

static void copy_op(struct copier *to, const struct mnet_op *from, struct mnet_op *op)
{
	*op = *from;
	op->name = copy_string(to, from->name);
	op->inputs = copy(to, from->inputs, from->num_inputs * sizeof(*from->inputs));
	op->outputs = copy(to, from->outputs, from->num_outputs * sizeof(*from->outputs));
	op->custom = from->custom ? copy(to, from->custom, from->custom_size) : NULL;
}

static void copy_graph(struct copier *to, const struct mc_compiler *c, const bool *packed,
		       struct mnet_graph *g)
{
	const struct mnet_graph *from = c->graph;

	g->num_tensors = from->num_tensors;
	g->num_ops = from->num_ops;
	g->num_inputs = from->num_inputs;
	g->num_outputs = from->num_outputs;
	g->tensors = copy(to, from->tensors, from->num_tensors * sizeof(*from->tensors));
	g->ops = copy(to, from->ops, from->num_ops * sizeof(*from->ops));
	g->inputs = copy(to, from->inputs, from->num_inputs * sizeof(*from->inputs));
	g->outputs = copy(to, from->outputs, from->num_outputs * sizeof(*from->outputs));
	for (unsigned int i = 0; !to->failed && i < from->num_tensors; i++)
		copy_tensor(to, &from->tensors[i], packed[i], &g->tensors[i]);
	for (unsigned int i = 0; !to->failed && i < from->num_ops; i++)
		copy_op(to, &from->ops[i], &g->ops[i]);
}

int mc_executable_fill(struct mc_compiler *c, struct mnet_executable *exe)
{
	struct copier to = { .arena = exe->graph.arena };
	bool *packed = mnet_arena_alloc(c->arena, c->graph->num_tensors + 1);
	size_t size = (c->num_subgraphs + 1) * sizeof(*exe->subgraphs);

	if (!packed)
		return mc_no_memory(c);
	find_packed(c, packed);
	copy_graph(&to, c, packed, &exe->graph);
	exe->config = c->config;
	exe->num_segments = c->num_segments;
	exe->segments = copy(&to, c->segments, c->num_segments * sizeof(*c->segments));
	for (unsigned int i = 0; !to.failed && i < c->num_segments; i++)
		exe->segments[i].ops = copy(&to, c->segments[i].ops,
					    c->segments[i].num_ops * sizeof(unsigned int));
	exe->num_subgraphs = c->num_subgraphs;
	exe->subgraphs = mnet_arena_alloc(to.arena, size);
	return to.failed || !exe->subgraphs ? mc_no_memory(c) : 0;
}
