/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Job rings: where jobs wait, and what the host is told of them.
 */
#ifndef FW_RING_H
#define FW_RING_H

#include "regs.h"

/**
 * struct standing - how far a job is
 * @progress: grows while it gets on
 * @busy: cycles each engine was at work for it
 * @used: cycles it had the engines
 */
struct standing {
	uint32_t progress;
	uint32_t busy[EDGETPU_NUM_ENGINES];
	uint64_t used;
};

/**
 * struct ring - one job ring
 * @addr: its block in host memory
 * @entries: slots, a power of two; 0: there is no such ring
 * @context: address space of its jobs
 * @head: jobs completed, free-running
 * @tail: jobs posted, free-running
 * @started: the job at @head has begun
 * @stopped: no other job may
 * @yields: nor does it go on once it is saved
 * @header: what was last told the host, as in struct edgetpu_ring_header
 */
struct ring {
	uint64_t addr;
	uint32_t entries;
	uint32_t context;
	uint32_t head;
	uint32_t tail;
	bool started;
	bool stopped;
	bool yields;
	struct {
		uint32_t fence;
		uint32_t running;
		uint32_t progress;
		uint32_t state;
		uint32_t area;
		uint32_t pad;
		uint64_t start;
		uint64_t at;
		uint64_t used;
		uint32_t busy[EDGETPU_NUM_ENGINES];
	} header;
};

/* Returns an EDGETPU_MBOX_* status. */
uint32_t ring_create(uint32_t index, uint32_t context, uint32_t priority, uint64_t addr,
		     uint32_t entries);

/* Forgets a ring, and its jobs without a completion; none of them is under way. */
void ring_destroy(struct ring *ring);

/* No further job of it begins; with @yield, one that has been saved does not go on. */
void ring_stop(struct ring *ring, bool yield);

/* Its first job has begun, at cycle @start, before it had a ring, and waits in area @area. */
void ring_take_over(struct ring *ring, const struct standing *standing, uint64_t start,
		    uint32_t area);

/* The ring of that number, or NULL; and back */
uint32_t ring_index(const struct ring *ring);
struct ring *ring_get(uint32_t index);

/* Takes the tails of all doorbells that rang. */
void ring_doorbells(void);

/* The next job begins: fetches its descriptor; returns EDGETPU_STATUS_*. */
uint32_t ring_begin(struct ring *ring, struct edgetpu_job *desc);

/* Starts to tell the host how far the job that has begun is, and that it has the engines. */
void ring_tell(struct ring *ring, const struct standing *standing);

/*
 * Tells the host, who may want the ring's place, that it is saved in area number @area,
 * and at which cycle it began.
 */
void ring_tell_saved(struct ring *ring, const struct standing *standing, uint64_t start,
		     uint32_t area);

/*
 * Ends the job that has begun: completion, then fence, then interrupt, in this
 * order. Where the ring's memory is gone there is nobody to tell, and the
 * driver's own time-out finds out.
 */
void ring_complete(struct ring *ring, struct edgetpu_completion *completion, uint32_t progress);

#endif /* FW_RING_H */
