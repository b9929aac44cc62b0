// SPDX-License-Identifier: MIT
/*
 * Where each tensor lies. A tensor that an accelerator job writes is read where
 * the job wrote it; one that only jobs read is written straight into the first
 * reader's input buffer. All others share one block, in which tensors that are
 * not alive at once may overlap.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/runtime.h"

#define ALIGN			64
#define MAX_BLOCK		(1ull << 32)	/* as one device buffer */
/* Finding room is quadratic; larger networks do without sharing. */
#define MAX_SHARED_TENSORS	1024

/* A tensor of the block: @first and @last are the steps between which it is alive. */
struct life {
	unsigned int tensor;
	unsigned int first;
	unsigned int last;
	uint64_t size;
	uint64_t offset;
};

struct plan {
	struct life *lives;
	unsigned int count;
	int *slot;		/* by tensor: index in lives, or -1 */
};

static void place_in_buffers(struct mnet_session *s)
{
	const struct mnet_executable *exe = s->exe;

	for (unsigned int t = 0; t < exe->graph.num_tensors; t++)
		s->data[t] = (void *)exe->graph.tensors[t].data;
	for (unsigned int i = 0; i < exe->num_subgraphs; i++) {
		const struct mnet_subgraph *sub = &exe->subgraphs[i];

		for (unsigned int b = 0; b < sub->num_outputs; b++) {
			const struct mnet_binding *bind = &sub->outputs[b];

			if (!s->data[bind->tensor])
				s->data[bind->tensor] =
					(char *)s->jobs[i].output->map + bind->offset;
		}
	}
	for (unsigned int i = 0; i < exe->num_subgraphs; i++) {
		const struct mnet_subgraph *sub = &exe->subgraphs[i];

		for (unsigned int b = 0; b < sub->num_inputs; b++) {
			const struct mnet_binding *bind = &sub->inputs[b];

			if (!s->data[bind->tensor])
				s->data[bind->tensor] =
					(char *)s->jobs[i].input->map + bind->offset;
		}
	}
}

static void use(struct mnet_session *s, struct plan *plan, int tensor, unsigned int step)
{
	struct life *life;

	if (tensor == MNET_NO_TENSOR || s->data[tensor])
		return;
	if (plan->slot[tensor] < 0) {
		plan->slot[tensor] = plan->count;
		life = &plan->lives[plan->count++];
		life->tensor = tensor;
		life->first = step;
		life->size = (s->exe->graph.tensors[tensor].bytes + ALIGN - 1) / ALIGN * ALIGN;
	}
	life = &plan->lives[plan->slot[tensor]];
	if (step < life->first)
		life->first = step;
	if (step > life->last)
		life->last = step;
}

static void find_lives(struct mnet_session *s, struct plan *plan)
{
	const struct mnet_executable *exe = s->exe;
	const struct mnet_graph *graph = &exe->graph;
	unsigned int step = 0;

	for (unsigned int i = 0; i < exe->num_segments; i++) {
		const struct mnet_segment *seg = &exe->segments[i];

		/* A job's tensors all have their places already. */
		if (seg->accelerated)
			continue;
		for (unsigned int o = 0; o < seg->num_ops; o++) {
			const struct mnet_op *op = &graph->ops[seg->ops[o]];

			step++;
			for (unsigned int k = 0; k < op->num_inputs; k++)
				use(s, plan, op->inputs[k], step);
			for (unsigned int k = 0; k < op->num_outputs; k++)
				use(s, plan, op->outputs[k], step);
		}
	}
	/* The caller's tensors keep their contents between runs. */
	for (unsigned int i = 0; i < graph->num_inputs; i++) {
		use(s, plan, graph->inputs[i], 0);
		use(s, plan, graph->inputs[i], step + 1);
	}
	for (unsigned int i = 0; i < graph->num_outputs; i++) {
		use(s, plan, graph->outputs[i], 0);
		use(s, plan, graph->outputs[i], step + 1);
	}
}

static int larger_first(const void *a, const void *b)
{
	const struct life *x = a, *y = b;

	if (x->size != y->size)
		return x->size < y->size ? 1 : -1;
	return x->tensor < y->tensor ? -1 : x->tensor > y->tensor;
}

/* Lowest offset at which @life overlaps none of the @n placed tensors alive with it */
static uint64_t first_fit(const struct life *lives, unsigned int n, const struct life *life)
{
	uint64_t offset = 0;
	bool moved;

	do {
		moved = false;
		for (unsigned int i = 0; i < n; i++) {
			const struct life *other = &lives[i];

			if (other->first > life->last || other->last < life->first)
				continue;
			if (offset < other->offset + other->size &&
			    other->offset < offset + life->size) {
				offset = other->offset + other->size;
				moved = true;
			}
		}
	} while (moved);
	return offset;
}

static uint64_t place_lives(struct plan *plan)
{
	bool share = plan->count <= MAX_SHARED_TENSORS;
	uint64_t end = 0;

	qsort(plan->lives, plan->count, sizeof(plan->lives[0]), larger_first);
	for (unsigned int i = 0; i < plan->count; i++) {
		struct life *life = &plan->lives[i];

		life->offset = share ? first_fit(plan->lives, i, life) : end;
		if (life->offset + life->size > end)
			end = life->offset + life->size;
		if (end > MAX_BLOCK)
			break;
	}
	return end;
}

static int place_in_block(struct mnet_session *s, struct plan *plan, struct mnet_error *err)
{
	uint64_t size;

	find_lives(s, plan);
	size = place_lives(plan);
	if (size > MAX_BLOCK)
		return mnet_fail(err, -ENOMEM, "the tensors need more than %llu MiB of memory",
				 MAX_BLOCK >> 20);
	if (!size)
		return 0;
	if (posix_memalign(&s->memory, ALIGN, size)) {
		s->memory = NULL;
		return mnet_fail(err, -ENOMEM, "no memory for %llu bytes of tensors",
				 (unsigned long long)size);
	}
	memset(s->memory, 0, size);
	for (unsigned int i = 0; i < plan->count; i++)
		s->data[plan->lives[i].tensor] = (char *)s->memory + plan->lives[i].offset;
	return 0;
}

int mnet_session_place(struct mnet_session *s, struct mnet_error *err)
{
	unsigned int n = s->exe->graph.num_tensors;
	struct plan plan = { 0 };
	int ret;

	s->data = calloc(n ? n : 1, sizeof(*s->data));
	plan.lives = calloc(n ? n : 1, sizeof(*plan.lives));
	plan.slot = malloc((n ? n : 1) * sizeof(*plan.slot));
	if (!s->data || !plan.lives || !plan.slot) {
		ret = mnet_fail(err, -ENOMEM, "out of memory");
	} else {
		for (unsigned int t = 0; t < n; t++)
			plan.slot[t] = -1;
		place_in_buffers(s);
		ret = place_in_block(s, &plan, err);
	}
	free(plan.lives);
	free(plan.slot);
	return ret;
}
