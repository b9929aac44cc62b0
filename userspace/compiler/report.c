// SPDX-License-Identifier: MIT
/*
 * What each operator costs: multiply-accumulates from its shapes, bytes and
 * cycles from the commands that were made for it.
 */
#include <endian.h>
#include <string.h>

#include "compiler/ir.h"
#include "hwmodel/cost.h"
#include "operators/operator.h"

static uint64_t count_macs(const struct mnet_graph *g, const struct mnet_op *op)
{
	const struct mnet_operator *entry = mnet_operator(op);

	return entry && entry->macs ? entry->macs(g, op) : 0;
}

static void add_commands(const struct mc_compiler *c, const struct mnet_subgraph *sg,
			 struct mnet_op_info *info)
{
	struct hwmodel_config hw = {
		.array_rows = c->config.array_rows, .array_cols = c->config.array_cols,
		.vector_lanes = c->config.vector_lanes, .vector_macs = c->config.vector_macs,
		.clock_khz = c->config.clock_khz, .sram_size = c->config.sram_size,
		.dram_mbps = c->config.dram_mbps, .dram_latency = c->config.dram_latency,
	};

	for (unsigned int i = 0; i < sg->num_commands; i++) {
		struct mnet_op_info *of = &info[le32toh(sg->commands[i].tag)];
		struct hwmodel_cost cost;

		hwmodel_command(&hw, &sg->commands[i], &cost);
		of->bytes += cost.bytes;
		of->cycles += cost.cycles;
	}
}

int mc_report(struct mc_compiler *c, struct mnet_executable *exe)
{
	const struct mnet_graph *g = &exe->graph;

	exe->op_info = mnet_arena_alloc(g->arena, (g->num_ops + 1) * sizeof(*exe->op_info));
	if (!exe->op_info)
		return mc_no_memory(c);
	for (unsigned int i = 0; i < g->num_ops; i++) {
		struct mnet_op_info *info = &exe->op_info[i];
		bool accelerated = c->ops[i].subgraph >= 0;
		const char *text = accelerated ? c->ops[i].note : c->ops[i].reason;

		info->name = g->ops[i].name;
		info->output = g->ops[i].num_outputs ? g->tensors[g->ops[i].outputs[0]].name : "";
		info->accelerated = accelerated;
		info->reason = text ? mnet_arena_strdup(g->arena, text, strlen(text)) : "";
		info->subgraph = accelerated ? c->ops[i].subgraph : 0;
		info->macs = count_macs(g, &g->ops[i]);
		if (!info->reason)
			return mc_no_memory(c);
	}
	for (unsigned int i = 0; i < exe->num_subgraphs; i++)
		add_commands(c, &exe->subgraphs[i], exe->op_info);
	return 0;
}
