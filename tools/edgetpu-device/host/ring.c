// SPDX-License-Identifier: GPL-2.0-only
/*
 * Job ring, host's side.
 */
#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "ring.h"

static uint32_t load(const __le32 *p)
{
	return le32toh(__atomic_load_n(p, __ATOMIC_ACQUIRE));
}

void ring_post(struct ring *ring, const struct edgetpu_job *job)
{
	struct edgetpu_job *jobs = (void *)((char *)ring->block + EDGETPU_RING_JOBS);
	struct edgetpu_job *slot = &jobs[ring->posted % ring->entries];

	*slot = *job;
	slot->seq = htole32(ring->posted + 1);
	ring->posted++;
}

/* Is it of the oldest job, and does success cover all of its commands? */
static bool makes_sense(const struct ring *ring, const struct edgetpu_completion *completion)
{
	const struct edgetpu_job *jobs = (void *)((char *)ring->block + EDGETPU_RING_JOBS);

	return le32toh(completion->seq) == ring->done + 1 &&
	       (le32toh(completion->status) != EDGETPU_STATUS_OK ||
		completion->commands == jobs[ring->done % ring->entries].num_commands);
}

int ring_reap(struct ring *ring, struct edgetpu_completion *completion)
{
	const struct edgetpu_ring_header *header = ring->block;
	const struct edgetpu_completion *completions =
		(void *)((char *)ring->block + EDGETPU_RING_COMPLETIONS(ring->entries));
	uint32_t fence = load(&header->fence);

	if (fence == ring->done)
		return 0;
	if (fence - ring->done > ring->posted - ring->done)
		return -EPROTO;
	*completion = completions[ring->done % ring->entries];
	if (!makes_sense(ring, completion))
		return -EPROTO;
	ring->done++;
	return 1;
}

uint64_t ring_progress(const struct ring *ring)
{
	const struct edgetpu_ring_header *header = ring->block;

	return (uint64_t)load(&header->running) << 32 | load(&header->progress);
}
