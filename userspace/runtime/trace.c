// SPDX-License-Identifier: MIT
/* Trace records of the device become the session's events. */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>

#include "runtime/runtime.h"

int mnet_session_trace_reserve(struct mnet_session *s, struct mnet_error *err)
{
	const struct mnet_executable *exe = s->exe;
	size_t total = 0;

	for (unsigned int i = 0; i < exe->num_subgraphs; i++) {
		const struct mnet_subgraph *sub = &exe->subgraphs[i];

		total += sub->num_commands;
		if (!s->jobs[i].trace && sub->num_commands) {
			int ret = s->dev->ops->bo_create(s->dev->transport,
				sub->num_commands * sizeof(struct edgetpu_trace),
				MNET_BO_WRITE, &s->jobs[i].trace, err);

			if (ret)
				return ret;
		}
	}
	if (!s->events && total) {
		s->events = calloc(total, sizeof(*s->events));
		if (!s->events)
			return mnet_fail(err, -ENOMEM, "out of memory");
		s->max_events = total;
	}
	return 0;
}

void mnet_session_trace_collect(struct mnet_session *s, unsigned int index, uint64_t cycle)
{
	const struct mnet_subgraph *sub = &s->exe->subgraphs[index];
	const struct edgetpu_trace *records = s->jobs[index].trace->map;

	for (unsigned int i = 0; i < sub->num_commands && s->num_events < s->max_events; i++) {
		const struct edgetpu_trace *r = &records[i];

		s->events[s->num_events++] = (struct mnet_trace_event){
			.op = le32toh(r->tag),
			.engine = le32toh(r->engine),
			.start = cycle + le32toh(r->start),
			.end = cycle + le32toh(r->end),
			.bytes = le32toh(r->bytes),
		};
	}
}

static int by_start(const void *a, const void *b)
{
	const struct mnet_trace_event *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->engine < y->engine ? -1 : x->engine > y->engine;
}

void mnet_session_trace_sort(struct mnet_session *s)
{
	if (s->num_events)
		qsort(s->events, s->num_events, sizeof(*s->events), by_start);
}
