// SPDX-License-Identifier: GPL-2.0-only
/*
 * Model time: a list of a dozen events, sorted.
 */
#include <stddef.h>

#include "core/clock.h"

void clock_reset(struct clock *clock)
{
	struct clock_event *event;

	for (event = clock->first; event; event = event->next)
		event->at = CLOCK_NEVER;
	clock->first = NULL;
	clock->now = 0;
}

static void take_out(struct clock *clock, struct clock_event *event)
{
	struct clock_event **link = &clock->first;

	while (*link && *link != event)
		link = &(*link)->next;
	if (*link)
		*link = event->next;
}

void clock_arm(struct clock *clock, struct clock_event *event, uint64_t at)
{
	struct clock_event **link = &clock->first;

	take_out(clock, event);
	event->at = at;
	if (at == CLOCK_NEVER)
		return;
	while (*link && ((*link)->at < at || ((*link)->at == at && (*link)->order <= event->order)))
		link = &(*link)->next;
	event->next = *link;
	*link = event;
}

void clock_advance(struct clock *clock, uint64_t cycle)
{
	while (clock_next(clock) <= cycle) {
		struct clock_event *event = clock->first;

		if (event->at > clock->now)
			clock->now = event->at;
		clock->first = event->next;
		event->at = CLOCK_NEVER;
		event->fire(event->opaque);
		if (clock->between && clock->between(clock->opaque))
			return;
	}
	if (cycle > clock->now)
		clock->now = cycle;
}
