/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Model time, and what is due in it. Nobody's host time has a part in this.
 */
#ifndef EDGETPU_CLOCK_H
#define EDGETPU_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define CLOCK_NEVER UINT64_MAX

/**
 * struct clock_event - something due at a cycle
 * @at: when; CLOCK_NEVER: not armed
 * @order: among events of one cycle, the lowest first; of equals the one armed first
 * @fire: called then; the event is not armed any more and may be armed again
 * @opaque: for @fire
 * @next: the clock's
 */
struct clock_event {
	uint64_t at;
	unsigned int order;
	void (*fire)(void *opaque);
	void *opaque;
	struct clock_event *next;
};

/**
 * struct clock - time and the events to come
 * @now: cycle
 * @first: the earliest event
 * @between: called after each event; true: let no more happen. May be NULL.
 * @opaque: for @between
 */
struct clock {
	uint64_t now;
	struct clock_event *first;
	bool (*between)(void *opaque);
	void *opaque;
};

/* Back to cycle 0, with no event armed. */
void clock_reset(struct clock *clock);

/* Arms @event, or moves it; CLOCK_NEVER disarms it. */
void clock_arm(struct clock *clock, struct clock_event *event, uint64_t at);

/* Lets everything happen that is due until @cycle, inclusive, which then is now. */
void clock_advance(struct clock *clock, uint64_t cycle);

/* When something happens next, or CLOCK_NEVER */
static inline uint64_t clock_next(const struct clock *clock)
{
	return clock->first ? clock->first->at : CLOCK_NEVER;
}

#endif /* EDGETPU_CLOCK_H */
