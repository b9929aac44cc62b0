// SPDX-License-Identifier: GPL-2.0-only
/*
 * Job rings. A ring with jobs has its bit set in ready[] of its priority, so the
 * pick costs the same however many rings there are.
 */
#include "context.h"
#include "job.h"
#include "log.h"
#include "ring.h"

#define WORDS	(EDGETPU_MAX_RINGS / 32)

static struct ring rings[EDGETPU_MAX_RINGS];
static uint32_t ready[EDGETPU_NUM_PRIORITIES][WORDS];
static uint32_t last_picked[EDGETPU_NUM_PRIORITIES];

static void set_ready(struct ring *ring)
{
	uint32_t index = ring - rings, bit = 1u << index % 32;

	if (ring->head != ring->tail)
		ready[ring->priority][index / 32] |= bit;
	else
		ready[ring->priority][index / 32] &= ~bit;
}

uint32_t ring_create(uint32_t index, uint32_t context, uint32_t priority, uint64_t addr,
		     uint32_t entries)
{
	struct ring *ring;

	if (index >= EDGETPU_MAX_RINGS || priority >= EDGETPU_NUM_PRIORITIES ||
	    entries < EDGETPU_RING_MIN_ENTRIES || entries > EDGETPU_RING_MAX_ENTRIES ||
	    entries & (entries - 1) || addr & ((1u << EDGETPU_PAGE_SHIFT) - 1) ||
	    addr + EDGETPU_RING_BYTES(entries) < addr)
		return EDGETPU_MBOX_EINVAL;
	if (!context_exists(context))
		return EDGETPU_MBOX_ENOENT;
	ring = &rings[index];
	if (ring->entries)
		return EDGETPU_MBOX_EEXIST;
	ring->addr = addr;
	ring->entries = entries;
	ring->context = context;
	ring->priority = priority;
	ring->head = 0;
	ring->tail = 0;
	ring->header.fence = 0;
	ring->header.running = 0;
	ring->header.progress = 0;
	/* a doorbell from before is not this ring's */
	reg_write(CORE_DOORBELL_PENDING(index / 32), 1u << index % 32);
	context_count_ring(context, 1);
	log_debug("ring %u: context %u, priority %u, %u entries at %X", index, context, priority,
		  entries, addr);
	return EDGETPU_MBOX_OK;
}

uint32_t ring_destroy(uint32_t index)
{
	struct ring *ring;

	if (index >= EDGETPU_MAX_RINGS || !rings[index].entries)
		return EDGETPU_MBOX_ENOENT;
	ring = &rings[index];
	job_kill(ring);
	ring->tail = ring->head;
	set_ready(ring);
	ring->entries = 0;
	context_count_ring(ring->context, -1);
	log_debug("ring %u: gone", index);
	return EDGETPU_MBOX_OK;
}

static void take_tail(uint32_t index)
{
	struct ring *ring = &rings[index];
	uint32_t tail = reg_read(CORE_DOORBELL(index));

	if (!ring->entries) {
		log_warn("doorbell of ring %u, which does not exist", index);
		return;
	}
	/* neither more jobs than slots, nor a tail that went back */
	if (tail - ring->head > ring->entries || tail - ring->tail > ring->entries) {
		log_error("ring %u: bad tail %u, head %u", index, tail, ring->head);
		return;
	}
	ring->tail = tail;
	set_ready(ring);
}

void ring_doorbells(void)
{
	uint32_t word, bits;

	for (word = 0; word < WORDS; word++) {
		bits = reg_read(CORE_DOORBELL_PENDING(word));
		if (!bits)
			continue;
		/* cleared before the tails are read: a later write sets it again */
		reg_write(CORE_DOORBELL_PENDING(word), bits);
		for (; bits; bits &= bits - 1)
			take_tail(word * 32 + __builtin_ctz(bits));
	}
}

/* First set bit of @mask after @last, going round; the mask is not empty. */
static uint32_t next_bit(const uint32_t mask[WORDS], uint32_t last)
{
	uint32_t word = last / 32, bits = mask[word] & (~1u << last % 32), i;

	for (i = 0; !bits && i < WORDS; i++) {
		word = (word + 1) % WORDS;
		bits = mask[word];
	}
	return word * 32 + __builtin_ctz(bits);
}

struct ring *ring_pick(void)
{
	uint32_t priority = EDGETPU_NUM_PRIORITIES, index;

	while (priority--) {
		if (!(ready[priority][0] | ready[priority][1]))
			continue;
		index = next_bit(ready[priority], last_picked[priority]);
		last_picked[priority] = index;
		return &rings[index];
	}
	return NULL;
}

uint64_t ring_job_addr(const struct ring *ring)
{
	return ring->addr + EDGETPU_RING_JOBS +
	       (ring->head & (ring->entries - 1)) * sizeof(struct edgetpu_job);
}

uint64_t ring_completion_addr(const struct ring *ring)
{
	return ring->addr + EDGETPU_RING_COMPLETIONS(ring->entries) +
	       (ring->head & (ring->entries - 1)) * sizeof(struct edgetpu_completion);
}

void ring_advance(struct ring *ring)
{
	ring->head++;
	set_ready(ring);
}
