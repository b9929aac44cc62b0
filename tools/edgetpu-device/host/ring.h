/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A job ring from the host's side. The block lies in memory that the device
 * reaches; what is read back from it is checked, for a device may be broken.
 */
#ifndef EDGETPU_HOST_RING_H
#define EDGETPU_HOST_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "edgetpu_hw.h"

/**
 * struct ring - the host's view
 * @block: EDGETPU_RING_BYTES(@entries) of zeroed memory
 * @entries: slots, a power of two
 * @posted: jobs posted, free-running
 * @done: of them completed
 */
struct ring {
	void *block;
	uint32_t entries;
	uint32_t posted;
	uint32_t done;
};

static inline bool ring_full(const struct ring *ring)
{
	return ring->posted - ring->done == ring->entries;
}

/*
 * Write a job into the next slot, which must be free; its sequence number is
 * filled in. The doorbell takes ring->posted afterwards.
 */
void ring_post(struct ring *ring, const struct edgetpu_job *job);

/*
 * ring_reap - take the oldest job's completion
 *
 * Return: 1: @completion is that of job ring->done - 1 now; 0: none is complete;
 * -EPROTO: what the device wrote makes no sense.
 */
int ring_reap(struct ring *ring, struct edgetpu_completion *completion);

/* Changes while a job is alive */
uint64_t ring_progress(const struct ring *ring);

#endif /* EDGETPU_HOST_RING_H */
