/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Job rings: where jobs wait, and which of them is next.
 */
#ifndef FW_RING_H
#define FW_RING_H

#include "regs.h"

/**
 * struct ring - one job ring
 * @addr: its block in host memory
 * @entries: slots, a power of two; 0: there is no such ring
 * @context: address space of its jobs
 * @priority: 0..EDGETPU_NUM_PRIORITIES - 1
 * @head: jobs completed, free-running
 * @tail: jobs posted, free-running
 * @header: what was last told the host: fence, running, progress
 */
struct ring {
	uint64_t addr;
	uint32_t entries;
	uint32_t context;
	uint32_t priority;
	uint32_t head;
	uint32_t tail;
	struct {
		uint32_t fence;
		uint32_t running;
		uint32_t progress;
	} header;
};

/* Both return an EDGETPU_MBOX_* status. */
uint32_t ring_create(uint32_t index, uint32_t context, uint32_t priority, uint64_t addr,
		     uint32_t entries);
uint32_t ring_destroy(uint32_t index);

/* Takes the tails of all doorbells that rang. */
void ring_doorbells(void);

/* The next ring to serve: highest priority, in turn among equals; NULL: no job waits. */
struct ring *ring_pick(void);

/* Addresses of the next job's descriptor and completion in host memory */
uint64_t ring_job_addr(const struct ring *ring);
uint64_t ring_completion_addr(const struct ring *ring);

/* The next job is done: it no longer waits. */
void ring_advance(struct ring *ring);

#endif /* FW_RING_H */
