// SPDX-License-Identifier: GPL-2.0-only
/*
 * Race detector. The model moves a command's bytes when the command starts, so
 * a stream whose commands touch each other's bytes while both run would give
 * results real hardware need not give. Every pair that overlaps in time is seen
 * when the later of the two starts.
 */
#include "internal.h"

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
	return op->opcode == EDGETPU_OP_LOAD || op->opcode == EDGETPU_OP_STORE;
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

void races_check(struct edgetpu_device *dev, unsigned int e)
{
	unsigned int other;

	for (other = 0; other < EDGETPU_NUM_ENGINES; other++)
		if (other != e && dev->streams[other].running && !dev->engines[other].outcome &&
		    conflict(&dev->engines[e].op, &dev->engines[other].op))
			atomic_fetch_add_explicit(&dev->races, 1, memory_order_relaxed);
}
