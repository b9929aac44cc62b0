// SPDX-License-Identifier: GPL-2.0-only
/*
 * Race detector: every pair that overlaps in time is seen when the later starts.
 */
#include <string.h>

#include "core/observers/races.h"

static bool touches(const struct op *op, const struct span *written)
{
	unsigned int i;

	for (i = 0; i < op->num_reads; i++)
		if (span_meets(&op->reads[i], written))
			return true;
	return op->writes && span_meets(&op->write, written);
}

static bool moves_memory(const struct op *op)
{
	return op->command.opcode == EDGETPU_OP_LOAD || op->command.opcode == EDGETPU_OP_STORE;
}

static bool conflict(const struct op *a, const struct op *b)
{
	if (a->writes && touches(b, &a->write))
		return true;
	if (b->writes && touches(a, &b->write))
		return true;
	/* two engines move memory, and one of them only reads it */
	return moves_memory(a) && moves_memory(b) && span_meets(&a->mem, &b->mem);
}

/* Nothing of what ran before is under way, in whatever way it was ended. */
static void started(void *opaque)
{
	struct races *races = opaque;

	memset(races->running, 0, sizeof(races->running));
}

static void began(void *opaque, const struct run *run, const struct stream *stream)
{
	struct races *races = opaque;
	unsigned int other;

	(void)stream;
	/* what was refused touches nothing */
	if (!run->op.steps)
		return;
	for (other = 0; other < EDGETPU_NUM_ENGINES; other++) {
		const struct op *op = races->running[other];

		if (op && other != run->engine && !op->status && conflict(&run->op, op))
			atomic_fetch_add_explicit(&races->found, 1, memory_order_relaxed);
	}
	races->running[run->engine] = &run->op;
}

static void ended(void *opaque, const struct run *run, const struct stream *stream,
		  enum run_end how)
{
	struct races *races = opaque;

	(void)stream;
	(void)how;
	races->running[run->engine] = NULL;
}

void races_watch(struct races *races, struct engines *engines)
{
	const struct observer observer = {
		.started = started, .began = began, .ended = ended, .opaque = races,
	};

	engines_observe(engines, &observer);
}
