// SPDX-License-Identifier: GPL-2.0-only
/*
 * Job rings.
 */
#include "cdma.h"
#include "context.h"
#include "log.h"
#include "ring.h"
#include "sched.h"

#define WORDS	(EDGETPU_MAX_RINGS / 32)

static struct ring rings[EDGETPU_MAX_RINGS];
static struct cdma_request telling;

/* A job that has begun goes on, whatever becomes of those behind it, unless it yields. */
static void update_ready(struct ring *ring)
{
	sched_set_ready(ring - rings, ring->head != ring->tail &&
			!(ring->started ? ring->yields : ring->stopped));
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
	*ring = (struct ring){ .addr = addr, .entries = entries, .context = context };
	/* a doorbell from before is not this ring's */
	reg_write(CORE_DOORBELL_PENDING(index / 32), 1u << index % 32);
	context_count_user(context, 1);
	sched_add(index, context, priority);
	log_debug("ring %u: context %u, priority %u, %u entries at %X", index, context, priority,
		  entries, addr);
	return EDGETPU_MBOX_OK;
}

void ring_destroy(struct ring *ring)
{
	sched_remove(ring - rings);
	cdma_wait(&telling);
	ring->entries = 0;
	context_count_user(ring->context, -1);
	log_debug("ring %u: gone", (uint32_t)(ring - rings));
}

void ring_stop(struct ring *ring, bool yield)
{
	ring->stopped = true;
	ring->yields |= yield;
	update_ready(ring);
}

uint32_t ring_index(const struct ring *ring)
{
	return ring - rings;
}

struct ring *ring_get(uint32_t index)
{
	if (index >= EDGETPU_MAX_RINGS || !rings[index].entries)
		return NULL;
	return &rings[index];
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
	update_ready(ring);
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

/* --- host memory --------------------------------------------------------------- */

static uint64_t completion_addr(const struct ring *ring)
{
	return ring->addr + EDGETPU_RING_COMPLETIONS(ring->entries) +
	       (ring->head & (ring->entries - 1)) * sizeof(struct edgetpu_completion);
}

uint32_t ring_begin(struct ring *ring, struct edgetpu_job *desc)
{
	uint64_t addr = ring->addr + EDGETPU_RING_JOBS +
			(ring->head & (ring->entries - 1)) * sizeof(*desc);

	ring->started = true;
	return cdma_copy(CDMA_HOST, addr, desc, sizeof(*desc), CORE_CDMA_TO_TCM);
}

/* What it sends must stay as it is until it is sent: ring_complete() waits for that. */
static void send_header(struct ring *ring)
{
	_Static_assert(sizeof(ring->header) == sizeof(struct edgetpu_ring_header), "as the host reads it");

	cdma_start(&telling, CDMA_HOST, ring->addr, &ring->header, sizeof(ring->header),
		   CORE_CDMA_TO_HOST);
}

static void set_standing(struct ring *ring, const struct standing *standing)
{
	uint32_t e;

	ring->header.progress = standing->progress;
	ring->header.used = standing->used;
	for (e = 0; e < EDGETPU_NUM_ENGINES; e++)
		ring->header.busy[e] = standing->busy[e];
}

static void tell(struct ring *ring, const struct standing *standing, uint32_t state)
{
	ring->header.running = ring->head + 1;
	ring->header.state = state;
	ring->header.at = core_cycles();
	set_standing(ring, standing);
	send_header(ring);
}

static void tell_saved(struct ring *ring, const struct standing *standing, uint64_t start,
		       uint32_t area)
{
	ring->header.start = start;
	ring->header.area = area;
	tell(ring, standing, EDGETPU_RING_SAVED);
}

void ring_tell(struct ring *ring, const struct standing *standing)
{
	tell(ring, standing, EDGETPU_RING_RUNNING);
}

void ring_tell_saved(struct ring *ring, const struct standing *standing, uint64_t start,
		     uint32_t area)
{
	tell_saved(ring, standing, start, area);
	cdma_wait(&telling);
	reg_write(CORE_HOST_IRQ, EDGETPU_IRQ_JOBS);
}

void ring_take_over(struct ring *ring, const struct standing *standing, uint64_t start,
		    uint32_t area)
{
	ring->started = true;
	tell_saved(ring, standing, start, area);
}

void ring_complete(struct ring *ring, struct edgetpu_completion *completion, uint32_t progress)
{
	completion->seq = ring->head + 1;
	if (cdma_copy(CDMA_HOST, completion_addr(ring), completion, sizeof(*completion),
		      CORE_CDMA_TO_HOST))
		log_error("ring at %X: completion cannot be written", ring->addr);
	ring->header.fence = completion->seq;
	ring->header.running = 0;
	ring->header.state = EDGETPU_RING_IDLE;
	ring->header.at = completion->end;
	/* whoever reads half of what is told of the next job must not take this one's for it */
	set_standing(ring, &(struct standing){ .progress = progress });
	send_header(ring);
	cdma_wait(&telling);
	reg_write(CORE_HOST_IRQ, EDGETPU_IRQ_JOBS);
	ring->head++;
	ring->started = false;
	update_ready(ring);
}
