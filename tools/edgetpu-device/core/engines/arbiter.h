/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Work under way at the same time, and what it makes of what is shared: SRAM banks
 * and the memory bus. How fast one goes depends on the others that run
 * (hwmodel_rate()), so speeds are settled whenever one begins or ends. All of it is
 * integer arithmetic: the same commands take the same cycles everywhere.
 */
#ifndef EDGETPU_ARBITER_H
#define EDGETPU_ARBITER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/clock.h"
#include "hwmodel/cost.h"

/**
 * struct stream - one that works
 * @running: is there anything to do
 * @stalled: it does not get on, and never will
 * @start: cycle it began
 * @all: its work: cycles alone times HWMODEL_RATE_ONE
 * @left: of it, as of the last time it was settled
 * @point: what will be left when @reached is called next
 * @load: what it asks of what is shared
 * @pj: energy of all its work, picojoules
 * @memory_pj: of it, what host memory takes
 * @rate: its present speed
 * @event: that point in time
 * @arbiter: who decides
 */
struct stream {
	bool running;
	bool stalled;
	uint64_t start;
	uint64_t all;
	uint64_t left;
	uint64_t point;
	struct hwmodel_load load;
	double pj;
	double memory_pj;
	uint32_t rate;
	struct clock_event event;
	struct arbiter *arbiter;
};

#define ARBITER_MAX_STREAMS 8

/**
 * struct arbiter - all that share
 * @clock: time
 * @settled: cycle up to which work has been taken off
 * @streams: who there is
 * @num: how many
 * @passing: told of cycles in which no speed has changed, before their work is taken off;
 *	may be NULL
 * @opaque: for @passing
 */
struct arbiter {
	struct clock *clock;
	uint64_t settled;
	struct stream *streams[ARBITER_MAX_STREAMS];
	unsigned int num;
	void (*passing)(void *opaque, uint64_t cycles);
	void *opaque;
};

/* Events of one cycle: streams first, in the order they were added; then what starts. */
#define ARBITER_ORDER_STARTS	ARBITER_MAX_STREAMS
#define ARBITER_ORDER_OTHERS	(2 * ARBITER_MAX_STREAMS)

/* @reached: its point is reached. Sets another one, or ends the stream if nothing is left. */
void arbiter_add(struct arbiter *arbiter, struct stream *stream, void (*reached)(void *opaque),
		 void *opaque);
/* Nobody runs any more, and it is cycle 0. */
void arbiter_reset(struct arbiter *arbiter);
/* Work done until now is taken off; changes nothing but what @passing knows. */
void arbiter_settle(struct arbiter *arbiter);

/* Work of that cost begins now; @reached is called when @point of it is left. */
void stream_begin(struct stream *stream, const struct hwmodel_cost *cost, uint64_t point);
/* The next point; less than the one before. */
void stream_next(struct stream *stream, uint64_t point);
/* Does nothing from now on, and stays in the way of others. */
void stream_stall(struct stream *stream);
/* Ends, or is stopped. */
void stream_end(struct stream *stream);
/* The point at which @step of @steps parts of its work are done, all of them at the last */
uint64_t stream_point(const struct stream *stream, uint64_t step, uint64_t steps);
/* Work that is done in the next @cycles at its present speed */
uint64_t stream_work(const struct stream *stream, uint64_t cycles);
/* Work done until now */
uint64_t stream_done(const struct stream *stream);

#endif /* EDGETPU_ARBITER_H */
