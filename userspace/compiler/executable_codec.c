// SPDX-License-Identifier: MIT
/* The fields of an executable, one function for each structure. */
#include <math.h>
#include <string.h>

#include "compiler/executable_codec.h"
#include "operators/operator.h"

#define NUM_TYPES	(MNET_BOOL + 1)
#define NUM_PADDINGS	(MNET_PADDING_VALID + 1)
#define NUM_ACTIVATIONS	(MNET_ACT_SIGN_BIT + 1)

static void code_config(struct mnet_io *io, struct mnet_hw_config *c)
{
	io->section = MNET_SECTION_CONFIG;
	mnet_io_u32(io, &c->array_rows);
	mnet_io_u32(io, &c->array_cols);
	mnet_io_u32(io, &c->vector_lanes);
	mnet_io_u32(io, &c->vector_macs);
	mnet_io_u32(io, &c->clock_khz);
	mnet_io_u32(io, &c->sram_size);
	mnet_io_u32(io, &c->dram_mbps);
	mnet_io_u32(io, &c->dram_latency);
}

/* --- the graph ----------------------------------------------------------------- */

static void code_int(struct mnet_io *io, int *x)
{
	int32_t number = *x;

	mnet_io_i32(io, &number);
	if (!io->writing)
		*x = number;
}

static void code_ints(struct mnet_io *io, unsigned int *count, const int **list)
{
	int *p = mnet_io_array(io, count, *list, sizeof(*p));

	for (unsigned int i = 0; p && i < *count; i++)
		code_int(io, &p[i]);
	if (!io->writing)
		*list = p;
}

static void code_quantisation(struct mnet_io *io, struct mnet_tensor *t)
{
	float *scales = mnet_io_array(io, &t->num_scales, t->scales, sizeof(*scales));
	int32_t *zero_points = NULL;

	for (unsigned int i = 0; scales && i < t->num_scales; i++) {
		mnet_io_float(io, &scales[i]);
		if (!isfinite(scales[i]) || scales[i] <= 0)
			mnet_io_fail(io, "a scale is not a positive number");
	}
	if (io->writing)
		zero_points = (int32_t *)t->zero_points;
	else if (!io->error)
		zero_points = mnet_arena_alloc(io->arena, (t->num_scales + 1) *
					       sizeof(*zero_points));
	for (unsigned int i = 0; zero_points && i < t->num_scales; i++)
		mnet_io_i32(io, &zero_points[i]);
	mnet_io_u32(io, &t->axis);
	if (io->writing)
		return;
	if (!scales || !zero_points) {
		mnet_io_fail(io, "scales missing");
		return;
	}
	t->scales = scales;
	t->zero_points = zero_points;
}

static void code_tensor(struct mnet_io *io, struct mnet_tensor *t)
{
	uint32_t type = t->type;
	bool constant = t->data;

	mnet_io_string(io, &t->name);
	mnet_io_enum(io, &type, NUM_TYPES);
	if (!io->writing)
		t->type = type;
	mnet_io_enum(io, &t->rank, MNET_MAX_RANK + 1);
	for (unsigned int i = 0; i < t->rank; i++)
		mnet_io_i32(io, &t->shape[i]);
	mnet_io_size(io, &t->bytes);
	code_int(io, &t->producer);
	code_quantisation(io, t);
	mnet_io_bool(io, &constant);
	if (constant)
		mnet_io_blob(io, MNET_SECTION_CONSTANTS, &t->data, t->bytes);
}

static void code_padding(struct mnet_io *io, enum mnet_padding *padding)
{
	uint32_t x = *padding;

	mnet_io_enum(io, &x, NUM_PADDINGS);
	if (!io->writing)
		*padding = x;
}

static void code_activation(struct mnet_io *io, enum mnet_activation *activation)
{
	uint32_t x = *activation;

	mnet_io_enum(io, &x, NUM_ACTIVATIONS);
	if (!io->writing)
		*activation = x;
}

static void code_dims(struct mnet_io *io, struct mnet_dims *dims)
{
	mnet_io_enum(io, &dims->num_dims, MNET_MAX_RANK + 1);
	for (unsigned int i = 0; i < dims->num_dims; i++)
		mnet_io_i32(io, &dims->dims[i]);
}

static void code_option(struct mnet_io *io, struct mnet_op *op, const struct mnet_option *o)
{
	void *at = mnet_option_at(op, o);

	switch (o->kind) {
	case MNET_OPTION_PADDING:
		code_padding(io, at);
		break;
	case MNET_OPTION_ACTIVATION:
		code_activation(io, at);
		break;
	case MNET_OPTION_I32:
		mnet_io_i32(io, at);
		break;
	case MNET_OPTION_BOOL:
	case MNET_OPTION_GIVEN:
		mnet_io_bool(io, at);
		break;
	case MNET_OPTION_F32:
		mnet_io_float(io, at);
		break;
	case MNET_OPTION_DIMS:
		code_dims(io, at);
		break;
	case MNET_OPTION_ZERO:
	case MNET_OPTION_END:
		break;
	}
}

static void code_options(struct mnet_io *io, struct mnet_op *op)
{
	const struct mnet_operator *entry = io->error ? NULL : mnet_operator(op);

	if (!entry || !entry->options)
		return;
	for (const struct mnet_option *o = entry->options; o->kind != MNET_OPTION_END; o++)
		code_option(io, op, o);
}

static void code_op(struct mnet_io *io, struct mnet_op *op)
{
	bool custom = op->custom;

	code_int(io, &op->code);
	code_int(io, &op->version);
	mnet_io_string(io, &op->name);
	code_ints(io, &op->num_inputs, &op->inputs);
	code_ints(io, &op->num_outputs, &op->outputs);
	mnet_io_bool(io, &custom);
	if (custom) {
		mnet_io_size(io, &op->custom_size);
		mnet_io_blob(io, MNET_SECTION_CONSTANTS, &op->custom, op->custom_size);
	}
	code_options(io, op);
}

static void code_graph(struct mnet_io *io, struct mnet_graph *g)
{
	const int *inputs = g->inputs, *outputs = g->outputs;

	io->section = MNET_SECTION_GRAPH;
	/* @g is the writer's own copy: its pointers may be set again. */
	g->tensors = mnet_io_array(io, &g->num_tensors, g->tensors, sizeof(*g->tensors));
	for (unsigned int i = 0; !io->error && i < g->num_tensors; i++)
		code_tensor(io, &g->tensors[i]);
	g->ops = mnet_io_array(io, &g->num_ops, g->ops, sizeof(*g->ops));
	for (unsigned int i = 0; !io->error && i < g->num_ops; i++)
		code_op(io, &g->ops[i]);
	code_ints(io, &g->num_inputs, &inputs);
	code_ints(io, &g->num_outputs, &outputs);
	g->inputs = (int *)inputs;
	g->outputs = (int *)outputs;
}

/* --- segments and jobs ------------------------------------------------------------ */

static void code_segment(struct mnet_io *io, struct mnet_segment *s)
{
	unsigned int *ops;

	mnet_io_bool(io, &s->accelerated);
	mnet_io_u32(io, &s->subgraph);
	ops = mnet_io_array(io, &s->num_ops, s->ops, sizeof(*ops));
	for (unsigned int i = 0; ops && i < s->num_ops; i++)
		mnet_io_u32(io, &ops[i]);
	if (!io->writing)
		s->ops = ops;
}

static void code_bindings(struct mnet_io *io, unsigned int *num, const struct mnet_binding **list)
{
	struct mnet_binding *b = mnet_io_array(io, num, *list, sizeof(*b));

	for (unsigned int i = 0; b && i < *num; i++) {
		code_int(io, &b[i].tensor);
		mnet_io_u64(io, &b[i].offset);
	}
	if (!io->writing)
		*list = b;
}

static void code_subgraph(struct mnet_io *io, struct mnet_subgraph *s)
{
	const void *commands = s->commands;

	mnet_io_enum(io, &s->num_commands, EDGETPU_MAX_COMMANDS + 1);
	mnet_io_blob(io, MNET_SECTION_COMMANDS, &commands,
		     s->num_commands * sizeof(*s->commands));
	if (!io->writing)
		s->commands = commands;
	mnet_io_size(io, &s->weights_size);
	mnet_io_blob(io, MNET_SECTION_WEIGHTS, &s->weights, s->weights_size);
	code_bindings(io, &s->num_inputs, &s->inputs);
	mnet_io_size(io, &s->input_size);
	code_bindings(io, &s->num_outputs, &s->outputs);
	mnet_io_size(io, &s->output_size);
	mnet_io_size(io, &s->scratch_size);
	mnet_io_u32(io, &s->sram_bytes);
}

static void code_plan(struct mnet_io *io, struct mnet_executable *exe)
{
	io->section = MNET_SECTION_PLAN;
	exe->segments = mnet_io_array(io, &exe->num_segments, exe->segments,
				      sizeof(*exe->segments));
	for (unsigned int i = 0; !io->error && i < exe->num_segments; i++)
		code_segment(io, &exe->segments[i]);
	exe->subgraphs = mnet_io_array(io, &exe->num_subgraphs, exe->subgraphs,
				       sizeof(*exe->subgraphs));
	for (unsigned int i = 0; !io->error && i < exe->num_subgraphs; i++)
		code_subgraph(io, &exe->subgraphs[i]);
}

/* --- what each operator costs --------------------------------------------------------- */

static void code_op_info(struct mnet_io *io, const struct mnet_graph *g, unsigned int index,
			 struct mnet_op_info *info)
{
	mnet_io_bool(io, &info->accelerated);
	mnet_io_string(io, &info->reason);
	mnet_io_u32(io, &info->subgraph);
	mnet_io_u64(io, &info->macs);
	mnet_io_u64(io, &info->bytes);
	mnet_io_u64(io, &info->cycles);
	if (io->writing)
		return;
	info->name = g->ops[index].name;
	info->output = "";
	if (g->ops[index].num_outputs && g->ops[index].outputs[0] >= 0 &&
	    (unsigned int)g->ops[index].outputs[0] < g->num_tensors)
		info->output = g->tensors[g->ops[index].outputs[0]].name;
}

static void code_report(struct mnet_io *io, struct mnet_executable *exe)
{
	unsigned int num = exe->graph.num_ops;

	io->section = MNET_SECTION_REPORT;
	exe->op_info = mnet_io_array(io, &num, exe->op_info, sizeof(*exe->op_info));
	if (num != exe->graph.num_ops)
		mnet_io_fail(io, "the report has another number of operators");
	for (unsigned int i = 0; !io->error && i < num; i++)
		code_op_info(io, &exe->graph, i, &exe->op_info[i]);
}

void mnet_executable_code(struct mnet_io *io, struct mnet_executable *exe)
{
	code_config(io, &exe->config);
	code_graph(io, &exe->graph);
	code_plan(io, exe);
	code_report(io, exe);
}
