// SPDX-License-Identifier: GPL-2.0-only
/*
 * A ring of jobs in host memory, as the firmware and we see it. Nothing of it
 * knows of queues or of the hardware; the caller keeps its callers apart.
 */
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/string.h>

#include <asm/barrier.h>

#include "edgetpu_ring.h"

static_assert(!(EDGETPU_RING_DEPTH & (EDGETPU_RING_DEPTH - 1)));
static_assert(EDGETPU_RING_DEPTH <= EDGETPU_RING_MAX_ENTRIES);

/* @memory has EDGETPU_RING_BYTES(EDGETPU_RING_DEPTH). */
void edgetpu_ring_init(struct edgetpu_ring *ring, void *memory, dma_addr_t dma)
{
	ring->header = memory;
	ring->jobs = memory + EDGETPU_RING_JOBS;
	ring->completions = memory + EDGETPU_RING_COMPLETIONS(EDGETPU_RING_DEPTH);
	ring->dma = dma;
}

/* Makes the ring as new; the hardware does not have it at this moment. */
void edgetpu_ring_clear(struct edgetpu_ring *ring)
{
	memset(ring->header, 0, EDGETPU_RING_BYTES(EDGETPU_RING_DEPTH));
	ring->emitted = 0;
	ring->completed = 0;
	ring->last = 0;
	ring->broken = false;
}

/* Writes a job, for which there is room; returns its sequence number. */
u32 edgetpu_ring_push(struct edgetpu_ring *ring, const struct edgetpu_job *job)
{
	struct edgetpu_job *entry = &ring->jobs[ring->emitted % EDGETPU_RING_DEPTH];

	*entry = *job;
	entry->seq = cpu_to_le32(++ring->emitted);
	ring->last = ring->emitted;
	return ring->emitted;
}

/**
 * edgetpu_ring_pop() - take the next completion
 * @ring: ring
 * @num_commands: commands of the job that it must be of
 * @completion: out: a copy, which the device cannot change any more
 *
 * Everything read is the device's word only: a fence that does not lie between
 * the last one seen and what was emitted, a completion of another job, or success
 * that left commands out, means that the firmware has lost its way.
 *
 * Return: 1, 0 when there is none, -EPROTO when the ring is broken
 */
int edgetpu_ring_pop(struct edgetpu_ring *ring, u32 num_commands,
		     struct edgetpu_completion *completion)
{
	u32 fence;

	if (ring->broken)
		return -EPROTO;
	fence = le32_to_cpu(READ_ONCE(ring->header->fence));
	if (fence == ring->completed)
		return 0;
	if (fence - ring->completed > ring->emitted - ring->completed)
		goto broken;
	/* The fence is written after the completions it covers. */
	dma_rmb();
	*completion = ring->completions[ring->completed % EDGETPU_RING_DEPTH];
	if (le32_to_cpu(completion->seq) != ring->completed + 1)
		goto broken;
	if (le32_to_cpu(completion->status) == EDGETPU_STATUS_OK &&
	    le32_to_cpu(completion->commands) != num_commands)
		goto broken;
	ring->completed++;
	return 1;

broken:
	ring->broken = true;
	return -EPROTO;
}

/* The firmware has stopped the ring; by its word, which must make sense. */
void edgetpu_ring_stop(struct edgetpu_ring *ring, u32 fence, u32 started)
{
	if (started > 1 || fence + started - ring->completed > ring->emitted - ring->completed)
		ring->broken = true;
	else
		ring->last = fence + started;
}

/* Its jobs are others' now: what the device should still say of them breaks it. */
void edgetpu_ring_retire(struct edgetpu_ring *ring)
{
	ring->emitted = ring->completed;
	ring->last = ring->completed;
}

/* The firmware has no job of it that it will complete. */
bool edgetpu_ring_dry(const struct edgetpu_ring *ring)
{
	return ring->completed == ring->last;
}

/* Sequence number of the job that has started and not ended, or 0; by the device's word. */
u32 edgetpu_ring_started(const struct edgetpu_ring *ring)
{
	u32 seq = le32_to_cpu(READ_ONCE(ring->header->running));

	return seq - ring->completed - 1 < ring->emitted - ring->completed ? seq : 0;
}

/* The same, if it has the engines at this moment */
u32 edgetpu_ring_running(const struct edgetpu_ring *ring)
{
	const u32 state = le32_to_cpu(READ_ONCE(ring->header->state));

	return state == EDGETPU_RING_RUNNING ? edgetpu_ring_started(ring) : 0;
}

/* Has one started, and waits saved in an area? By the device's word. */
bool edgetpu_ring_saved(const struct edgetpu_ring *ring, u32 *area)
{
	if (le32_to_cpu(READ_ONCE(ring->header->state)) != EDGETPU_RING_SAVED)
		return false;
	*area = le32_to_cpu(READ_ONCE(ring->header->area));
	return edgetpu_ring_started(ring);
}

/* Model cycle at which it was taken; what was before a reset may be negative. */
s64 edgetpu_ring_start(const struct edgetpu_ring *ring)
{
	return le64_to_cpu(READ_ONCE(ring->header->start));
}

/* A number that grows while that job gets on */
u32 edgetpu_ring_progress(const struct edgetpu_ring *ring)
{
	return le32_to_cpu(READ_ONCE(ring->header->progress));
}

/* Model cycle of what the firmware last told, or 0 */
u64 edgetpu_ring_at(const struct edgetpu_ring *ring)
{
	return le64_to_cpu(READ_ONCE(ring->header->at));
}

/**
 * edgetpu_ring_told() - what the job that has started has had so far
 * @ring: ring
 * @told: out, if there is one
 *
 * A header is written in order and the numbers of a job that has ended are made zero, so
 * that what is found here together with a job's number is that job's.
 *
 * Return: its sequence number, or 0: there is none, or another one meanwhile
 */
u32 edgetpu_ring_told(const struct edgetpu_ring *ring, struct edgetpu_told *told)
{
	const u32 seq = edgetpu_ring_started(ring);
	unsigned int i;

	if (!seq)
		return 0;
	dma_rmb();
	told->used = le64_to_cpu(READ_ONCE(ring->header->used));
	for (i = 0; i < EDGETPU_NUM_ENGINES; i++)
		told->busy[i] = le32_to_cpu(READ_ONCE(ring->header->busy[i]));
	dma_rmb();
	return edgetpu_ring_started(ring) == seq ? seq : 0;
}
