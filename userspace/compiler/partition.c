// SPDX-License-Identifier: MIT
/*
 * Which operators run where, in which order: accelerator and CPU take turns, and
 * whose turn it is runs every operator that is ready. So subgraphs are as large
 * and as few as they can be with the same side beginning, and never wait for
 * something they themselves lead to.
 */
#include <errno.h>
#include <string.h>

#include "compiler/ir.h"
#include "cpu/cpu.h"

void mc_support(struct mc_compiler *c)
{
	for (unsigned int i = 0; i < c->graph->num_ops; i++) {
		const struct mnet_op *op = &c->graph->ops[i];
		struct mc_placement *place = &c->ops[i];

		place->subgraph = -1;
		place->reason = c->config.sram_size ? mc_unsupported(c, op) : "no accelerator";
	}
}

/* An operator that stays must be one the CPU can do. */
static int check_cpu(struct mc_compiler *c, unsigned int index)
{
	const struct mnet_op *op = &c->graph->ops[index];
	const char *why = mnet_cpu_unsupported(c->graph, op);

	if (!why)
		return 0;
	return mnet_fail(c->err, -EOPNOTSUPP,
			 "operator %u (%s version %d%s%s): accelerator: %s; CPU: %s", index,
			 op->name, op->version, op->num_outputs ? ", makes " : "",
			 op->num_outputs ? c->graph->tensors[op->outputs[0]].name : "",
			 c->ops[index].reason, why);
}

static bool ready(const struct mc_compiler *c, const bool *done, const struct mnet_op *op)
{
	for (unsigned int i = 0; i < op->num_inputs; i++) {
		int t = op->inputs[i];

		if (t != MNET_NO_TENSOR && c->graph->tensors[t].producer >= 0 &&
		    !done[c->graph->tensors[t].producer])
			return false;
	}
	return true;
}

/* Takes turns, the accelerator first when @accelerated. Returns accelerator turns. */
static unsigned int take_turns(const struct mc_compiler *c, bool accelerated, bool *done,
			       struct mnet_segment *segments, unsigned int *num_segments,
			       unsigned int *order)
{
	unsigned int left = c->graph->num_ops, turns = 0, n = 0;

	memset(done, 0, c->graph->num_ops * sizeof(*done));
	for (; left; accelerated = !accelerated) {
		struct mnet_segment *s = &segments[n];

		s->accelerated = accelerated;
		s->ops = order;
		s->num_ops = 0;
		/* Operators are in order, so one pass finds all that become ready. */
		for (unsigned int i = 0; i < c->graph->num_ops; i++) {
			if (done[i] || accelerated == !!c->ops[i].reason ||
			    !ready(c, done, &c->graph->ops[i]))
				continue;
			done[i] = true;
			*order++ = i;
			s->num_ops++;
		}
		if (!s->num_ops)
			continue;
		left -= s->num_ops;
		turns += accelerated;
		n++;
	}
	*num_segments = n;
	return turns;
}

static int make_segments(struct mc_compiler *c)
{
	size_t n = c->graph->num_ops + 1;
	struct mnet_segment *segments[2];
	unsigned int num[2], turns[2], *order[2], best;
	bool *done = mnet_arena_alloc(c->arena, n * sizeof(*done));

	for (int i = 0; i < 2; i++) {
		segments[i] = mnet_arena_alloc(c->arena, n * sizeof(*segments[i]));
		order[i] = mnet_arena_alloc(c->arena, n * sizeof(*order[i]));
		if (!segments[i] || !order[i] || !done)
			return mc_no_memory(c);
		turns[i] = take_turns(c, i == 0, done, segments[i], &num[i], order[i]);
	}
	best = turns[1] < turns[0] || (turns[1] == turns[0] && num[1] < num[0]);
	c->segments = segments[best];
	c->num_segments = num[best];
	return 0;
}

/* A job that computes nothing is not worth its submission. */
static bool demote_views(struct mc_compiler *c)
{
	bool changed = false;

	for (unsigned int s = 0; s < c->num_segments; s++) {
		const struct mnet_segment *seg = &c->segments[s];
		bool work = !seg->accelerated;

		for (unsigned int i = 0; !work && i < seg->num_ops; i++)
			work = !mc_is_view(c->graph, &c->graph->ops[seg->ops[i]]);
		for (unsigned int i = 0; !work && i < seg->num_ops; i++)
			c->ops[seg->ops[i]].reason = "its neighbours are on the CPU";
		changed |= !work;
	}
	return changed;
}

static int make_subgraphs(struct mc_compiler *c)
{
	c->num_subgraphs = 0;
	c->subgraphs = mnet_arena_alloc(c->arena, (c->num_segments + 1) * sizeof(*c->subgraphs));
	if (!c->subgraphs)
		return mc_no_memory(c);
	for (unsigned int s = 0; s < c->num_segments; s++) {
		struct mnet_segment *seg = &c->segments[s];
		int subgraph = -1;

		if (seg->accelerated) {
			subgraph = (int)c->num_subgraphs++;
			seg->subgraph = subgraph;
			c->subgraphs[subgraph].ops = (unsigned int *)seg->ops;
			c->subgraphs[subgraph].num_ops = seg->num_ops;
		}
		for (unsigned int i = 0; i < seg->num_ops; i++) {
			c->ops[seg->ops[i]].subgraph = subgraph;
			c->ops[seg->ops[i]].note = NULL;
		}
	}
	return 0;
}

static void find_needed(struct mc_compiler *c)
{
	const struct mnet_graph *g = c->graph;

	memset(c->needed, 0, g->num_tensors * sizeof(*c->needed));
	for (unsigned int i = 0; i < g->num_outputs; i++)
		c->needed[g->outputs[i]] = true;
	for (unsigned int i = 0; i < g->num_ops; i++) {
		for (unsigned int k = 0; k < g->ops[i].num_inputs; k++) {
			int t = g->ops[i].inputs[k];

			if (t != MNET_NO_TENSOR && g->tensors[t].producer >= 0 &&
			    c->ops[g->tensors[t].producer].subgraph != c->ops[i].subgraph)
				c->needed[t] = true;
		}
	}
}

int mc_partition(struct mc_compiler *c)
{
	int ret;

	do {
		ret = make_segments(c);
		if (ret)
			return ret;
	} while (demote_views(c));
	ret = make_subgraphs(c);
	if (ret)
		return ret;
	find_needed(c);
	for (unsigned int i = 0; i < c->graph->num_ops; i++) {
		ret = c->ops[i].subgraph < 0 ? check_cpu(c, i) : 0;
		if (ret)
			return ret;
	}
	return 0;
}
