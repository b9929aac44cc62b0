/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _EDGETPU_RING_H_
#define _EDGETPU_RING_H_

#include <linux/types.h>

#include "edgetpu_usage.h"

/* Jobs of one queue that the firmware can see at once */
#define EDGETPU_RING_DEPTH	32

/**
 * struct edgetpu_ring - a firmware ring in host memory; all but the jobs is written
 * by the device and so not to be trusted
 * @header: at its start
 * @jobs: what we write
 * @completions: what the firmware answers
 * @dma: where the device finds it
 * @emitted: jobs written, free running
 * @completed: jobs of those whose completion was read
 * @last: jobs of those that the firmware will complete: less than @emitted once it
 *	was told to stop
 * @broken: the firmware wrote nonsense; nothing in the ring counts any more
 */
struct edgetpu_ring {
	struct edgetpu_ring_header *header;
	struct edgetpu_job *jobs;
	struct edgetpu_completion *completions;
	dma_addr_t dma;
	u32 emitted;
	u32 completed;
	u32 last;
	bool broken;
};

void edgetpu_ring_init(struct edgetpu_ring *ring, void *memory, dma_addr_t dma);
void edgetpu_ring_clear(struct edgetpu_ring *ring);
u32 edgetpu_ring_push(struct edgetpu_ring *ring, const struct edgetpu_job *job);
int edgetpu_ring_pop(struct edgetpu_ring *ring, u32 num_commands,
		     struct edgetpu_completion *completion);
void edgetpu_ring_stop(struct edgetpu_ring *ring, u32 fence, u32 started);
void edgetpu_ring_retire(struct edgetpu_ring *ring);
bool edgetpu_ring_dry(const struct edgetpu_ring *ring);
u32 edgetpu_ring_started(const struct edgetpu_ring *ring);
u32 edgetpu_ring_running(const struct edgetpu_ring *ring);
bool edgetpu_ring_saved(const struct edgetpu_ring *ring, u32 *area);
s64 edgetpu_ring_start(const struct edgetpu_ring *ring);
u32 edgetpu_ring_told(const struct edgetpu_ring *ring, struct edgetpu_told *told);
u64 edgetpu_ring_at(const struct edgetpu_ring *ring);
u32 edgetpu_ring_progress(const struct edgetpu_ring *ring);

#endif /* _EDGETPU_RING_H_ */
