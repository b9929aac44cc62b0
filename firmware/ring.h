/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Job rings: where jobs wait, and what the host is told of them.
 */
#ifndef FW_RING_H
#define FW_RING_H

#include "regs.h"

/**
 * struct ring - one job ring
 * @addr: its block in host memory
 * @entries: slots, a power of two; 0: there is no such ring
 * @context: address space of its jobs
 * @head: jobs completed, free-running
 * @tail: jobs posted, free-running
 * @header: what was last told the host: fence, running, progress
 */
struct ring {
	uint64_t addr;
	uint32_t entries;
	uint32_t context;
	uint32_t head;
	uint32_t tail;
	struct {
		uint32_t fence;
		uint32_t running;
		uint32_t progress;
	} header;
};

/* Returns an EDGETPU_MBOX_* status. */
uint32_t ring_create(uint32_t index, uint32_t context, uint32_t priority, uint64_t addr,
		     uint32_t entries);

/* Forgets a ring, and its jobs without a completion; none of them is under way. */
void ring_destroy(struct ring *ring);

/* The ring of that number, or NULL */
struct ring *ring_get(uint32_t index);

/* Takes the tails of all doorbells that rang. */
void ring_doorbells(void);

/* Fetches the next job's descriptor; returns EDGETPU_STATUS_*. */
uint32_t ring_fetch(const struct ring *ring, struct edgetpu_job *desc);

/* Starts to tell the host what @header says; must stay as it is until told. */
void ring_tell(struct ring *ring);

/*
 * Ends the next job: completion, then fence, then interrupt, in this order; it no
 * longer waits. Where the ring's memory is gone there is nobody to tell, and the
 * driver's own time-out finds out.
 */
void ring_complete(struct ring *ring, struct edgetpu_completion *completion);

#endif /* FW_RING_H */
