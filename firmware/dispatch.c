// SPDX-License-Identifier: GPL-2.0-only
/*
 * One job at a time, each to its end.
 */
#include "dispatch.h"
#include "job.h"
#include "sched.h"

/* Periodic work while a job runs: 1 ms at 480 MHz */
#define TICK_CYCLES	480000u

static struct job job;

uint32_t dispatch_step(void)
{
	uint32_t index;

	if (job_active(&job))
		return job_step(&job);
	index = sched_pick();
	if (index != SCHED_NONE) {
		job_begin(&job, ring_get(index));
		reg_write(CORE_TIMER, TICK_CYCLES);
		return 0;
	}
	/* no ticks while idle: the core sleeps until the host wants something */
	reg_write(CORE_TIMER, 0);
	return CORE_EVENT_MAILBOX;
}

void dispatch_tick(void)
{
	if (!job_active(&job))
		return;
	job.publish = true;
	reg_write(CORE_TIMER, TICK_CYCLES);
}

uint32_t dispatch_destroy_ring(uint32_t index)
{
	struct ring *ring = ring_get(index);

	if (!ring)
		return EDGETPU_MBOX_ENOENT;
	if (job.ring == ring)
		job_kill(&job);
	ring_destroy(ring);
	return EDGETPU_MBOX_OK;
}
