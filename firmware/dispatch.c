// SPDX-License-Identifier: GPL-2.0-only
/*
 * One job at a time, each to its end or the end of its time.
 */
#include "dispatch.h"
#include "job.h"
#include "sched.h"

/* Periodic work while a job runs: 1 ms at 480 MHz */
#define TICK_CYCLES	480000u

static struct job job;
static uint64_t begun;		/* cycle since which the job's ring has not been charged */

/* What the ring has had of the device since it was last charged is on its account. */
static void charge(const struct ring *ring)
{
	uint64_t now = core_cycles(), cycles = now - begun;

	sched_charge(ring_index(ring), cycles > UINT32_MAX ? UINT32_MAX : cycles);
	begun = now;
}

/* The timer goes off at the next tick, or before if the job's time is up then. */
static void set_timer(void)
{
	uint64_t used = core_cycles() - job.start_cycle, limit = job.desc.limit;
	uint32_t cycles = TICK_CYCLES;

	if (limit && limit < used + cycles)
		cycles = limit > used ? limit - used : 1;
	reg_write(CORE_TIMER, cycles);
}

static void begin(uint32_t index)
{
	struct ring *ring = ring_get(index);

	begun = core_cycles();
	job_begin(&job, ring);
	if (job_active(&job))
		set_timer();
	else
		charge(ring);
}

uint32_t dispatch_step(void)
{
	struct ring *ring = job.ring;
	uint32_t wait, index;

	if (ring) {
		wait = job_step(&job);
		if (!job_active(&job))
			charge(ring);
		return wait;
	}
	index = sched_pick();
	if (index != SCHED_NONE) {
		begin(index);
		return 0;
	}
	/* no ticks while idle: the core sleeps until the host wants something */
	reg_write(CORE_TIMER, 0);
	return CORE_EVENT_MAILBOX;
}

static void end(uint32_t status)
{
	struct ring *ring = job.ring;

	job_end(&job, status);
	charge(ring);
}

void dispatch_tick(void)
{
	if (!job_active(&job))
		return;
	if (job.desc.limit && core_cycles() - job.start_cycle >= job.desc.limit) {
		end(EDGETPU_STATUS_TIME_LIMIT);
		return;
	}
	job.publish = true;
	set_timer();
}

uint32_t dispatch_destroy_ring(uint32_t index)
{
	struct ring *ring = ring_get(index);

	if (!ring)
		return EDGETPU_MBOX_ENOENT;
	if (job.ring == ring)
		end(EDGETPU_STATUS_KILLED);
	ring_destroy(ring);
	return EDGETPU_MBOX_OK;
}

uint32_t dispatch_stop_ring(uint32_t index, uint32_t *reply)
{
	struct ring *ring = ring_get(index);

	if (!ring)
		return EDGETPU_MBOX_ENOENT;
	ring_stop(ring);
	reply[0] = ring->started;
	reply[1] = ring->header.fence;
	return EDGETPU_MBOX_OK;
}
