// SPDX-License-Identifier: MIT
/*
 * The compiler: a list of passes. Each is a file of its own; ir.h has what they
 * hand to each other.
 */
#include <errno.h>

#include "compiler/executable_private.h"
#include "compiler/ir.h"

/* Where things run and what of the accelerator's memory they use */
static int place(struct mc_compiler *c)
{
	int ret;

	do {
		ret = mc_partition(c);
		for (unsigned int i = 0; !ret && i < c->num_subgraphs; i++) {
			ret = mc_lower(c, &c->subgraphs[i]);
			if (!ret)
				ret = mc_allocate(c, &c->subgraphs[i]);
		}
	} while (ret == -EAGAIN);
	return ret;
}

static int generate(struct mc_compiler *c, struct mnet_executable *exe)
{
	int ret = 0;

	for (unsigned int i = 0; !ret && i < c->num_subgraphs; i++) {
		struct mc_subgraph *sg = &c->subgraphs[i];

		ret = mc_pack(c, sg, exe->graph.arena);
		if (!ret)
			ret = mc_schedule(c, sg);
		if (!ret)
			ret = mc_encode(c, sg, exe->graph.arena, &exe->subgraphs[i]);
	}
	return ret;
}

static void dump(const struct mc_compiler *c, const struct mnet_executable *exe)
{
	if (mc_dumping(c, "partition"))
		mc_dump_partition(c);
	for (unsigned int i = 0; i < c->num_subgraphs; i++) {
		if (mc_dumping(c, "lower"))
			mc_dump_lower(c, &c->subgraphs[i]);
		if (mc_dumping(c, "tile"))
			mc_dump_tile(c, &c->subgraphs[i]);
		if (mc_dumping(c, "alloc"))
			mc_dump_alloc(c, &c->subgraphs[i]);
		if (mc_dumping(c, "schedule"))
			mc_dump_schedule(c, &c->subgraphs[i]);
		if (mc_dumping(c, "encode"))
			mc_dump_encode(c, &exe->subgraphs[i]);
	}
}

static int start(struct mc_compiler *c)
{
	c->arena = mnet_arena_new();
	if (!c->arena)
		return mc_no_memory(c);
	c->ops = mnet_arena_alloc(c->arena, (c->graph->num_ops + 1) * sizeof(*c->ops));
	c->needed = mnet_arena_alloc(c->arena, c->graph->num_tensors + 1);
	if (!c->ops || !c->needed)
		return mc_no_memory(c);
	return mc_dump_check(c);
}

/* *@out is the executable, or NULL */
static int build(struct mc_compiler *c, struct mnet_executable **out)
{
	struct mnet_executable *exe = mnet_executable_new();
	int ret;

	*out = NULL;
	if (!exe)
		return mc_no_memory(c);
	ret = place(c);
	if (!ret)
		ret = mc_executable_fill(c, exe);
	if (!ret)
		ret = generate(c, exe);
	if (ret)
		mnet_executable_free(exe);
	else
		*out = exe;
	return ret;
}

static int compile(struct mc_compiler *c, struct mnet_executable **exe)
{
	int ret;

	mc_support(c);
	do {
		ret = build(c, exe);
	} while (ret == -EAGAIN);
	if (!ret)
		ret = mc_report(c, *exe);
	if (!ret)
		ret = mnet_executable_verify(*exe, c->err);
	if (!ret)
		dump(c, *exe);
	return ret;
}

int mnet_compile(const struct mnet_model *model, const struct mnet_hw_config *config,
		 const struct mnet_compile_options *options, struct mnet_executable **out,
		 struct mnet_error *err)
{
	static const struct mnet_compile_options defaults;
	struct mc_compiler c = {
		.graph = &model->graph, .config = *config,
		.options = options ? options : &defaults, .err = err,
	};
	struct mnet_executable *exe = NULL;
	int ret = start(&c);

	if (!ret)
		ret = compile(&c, &exe);
	mnet_arena_free(c.arena);
	if (ret)
		mnet_executable_free(exe);
	else
		*out = exe;
	return ret;
}
