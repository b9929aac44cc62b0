// SPDX-License-Identifier: GPL-2.0-only
/*
 * One job has the engines at a time. It has them to its end, or until others are
 * to have their turn: then it is saved, if there is a save area to put it.
 */
#include "area.h"
#include "dispatch.h"
#include "job.h"
#include "sched.h"

/* Periodic work while a job runs: 1 ms at 480 MHz */
#define TICK_CYCLES	480000u

/*
 * A turn lasts at least that long, and at least that many times what it took to
 * save the job: saving and loading then cost at most a quarter of it.
 */
#define SLICE_CYCLES	(1u << 21)
#define SLICE_STORES	8u

static struct job jobs[EDGETPU_MAX_RINGS];
static struct job *current;	/* has the engines, or NULL */
static uint32_t begun;		/* jobs that have begun: this one, and those saved */
static uint32_t payer;		/* the ring for which the time passes */
static uint64_t paid;		/* up to this cycle */
static uint64_t slice_end;
static bool favour;		/* the next turn may be for the job that began first */

/* What has passed since it was last charged is on the payer's account. */
static void charge(void)
{
	uint64_t now = core_cycles(), cycles = now - paid;

	sched_charge(payer, cycles > UINT32_MAX ? UINT32_MAX : cycles);
	paid = now;
}

/*
 * So many may begin that each has an area to go to, the last one being for the
 * highest priority. Half of them are not for clients that have one already.
 */
static enum sched_room room(void)
{
	uint32_t areas = area_count();

	if (!begun)
		return SCHED_ANYONE;
	if (begun >= areas)
		return SCHED_NOBODY;
	if (begun + 1 == areas)
		return SCHED_HIGHEST;
	return 2 * (begun + 1) > areas ? SCHED_NEW_CLIENTS : SCHED_ANYONE;
}

/* Of the jobs that have begun and want the engines, that which began first, if there is any */
static uint32_t oldest(void)
{
	uint32_t i, best = SCHED_NONE;

	for (i = 0; i < EDGETPU_MAX_RINGS; i++) {
		if (!job_active(&jobs[i]) || !sched_is_ready(i))
			continue;
		if (best == SCHED_NONE ||
		    (int64_t)(jobs[i].saved.start - jobs[best].saved.start) < 0)
			best = i;
	}
	return best;
}

/* No area is free for clients who want to begin: the sooner a job ends the better. */
static bool short_of_areas(void)
{
	return room() >= SCHED_HIGHEST && sched_newcomers();
}

/* Whose turn is next: the scheduler's choice, but for every second one while areas are short */
static uint32_t next_ring(void)
{
	uint32_t index = sched_pick(room()), first;

	if (index == SCHED_NONE || !favour || sched_is_highest(index) || !short_of_areas())
		return index;
	first = oldest();
	return first == SCHED_NONE ? index : first;
}

/* The timer goes off at the next tick, or when the job's turn or time is up before. */
static void set_timer(void)
{
	uint32_t cycles = TICK_CYCLES;
	uint64_t left;
	int64_t slice;

	if (current->desc.limit) {
		left = job_limit_left(current);
		if (left < cycles)
			cycles = left ? left : 1;
	}
	slice = slice_end - core_cycles();
	if (slice > 0 && slice < cycles)
		cycles = slice;
	reg_write(CORE_TIMER, cycles);
}

/* A job that had begun has ended, or is parked. */
static void ended(struct job *job)
{
	sched_set_begun(ring_index(job->ring), false);
	begun--;
	if (job != current)
		return;
	charge();
	current = NULL;
}

static void switch_to(uint32_t index)
{
	uint32_t store_cycles;

	current = &jobs[index];
	favour = !favour;
	payer = index;
	paid = core_cycles();
	slice_end = paid + SLICE_CYCLES;
	if (!job_active(current)) {
		begun++;
		sched_set_begun(index, true);
		job_begin(current, ring_get(index));
	} else {
		/* loading takes as long as saving did */
		store_cycles = current->saved.store_cycles;
		slice_end = paid + store_cycles;
		if (store_cycles > SLICE_CYCLES / SLICE_STORES)
			slice_end += (uint64_t)SLICE_STORES * store_cycles;
		else
			slice_end += SLICE_CYCLES;
		job_resume(current);
	}
	if (job_active(current))
		set_timer();
	else
		ended(current);
}

uint32_t dispatch_step(void)
{
	uint32_t wait, index;

	if (current) {
		wait = job_step(current);
		if (current->state == JOB_NONE) {
			ended(current);
		} else if (current->state == JOB_SAVED) {
			charge();
			current = NULL;
		}
		return wait;
	}
	index = next_ring();
	if (index != SCHED_NONE) {
		switch_to(index);
		return 0;
	}
	/* no ticks while idle: the core sleeps until the host wants something */
	reg_write(CORE_TIMER, 0);
	return CORE_EVENT_MAILBOX;
}

/* Takes the engines from the job, on the account of ring @for_whom, if there is an area. */
static void preempt(uint32_t for_whom)
{
	struct area *area = area_take();

	if (!area)
		return;
	charge();
	payer = for_whom;
	job_preempt(current, area);
}

/* Is it another's turn? */
static void reconsider(void)
{
	uint32_t index, other;

	if (!current || current->state != JOB_RUNNING)
		return;
	index = ring_index(current->ring);
	other = sched_overtaker(index, room());
	if (other != SCHED_NONE) {
		preempt(other);
	} else if (core_cycles() >= slice_end) {
		charge();
		if (next_ring() != index) {
			preempt(index);
		} else if (short_of_areas()) {
			/* two turns in a row, after which it is another's */
			favour = !favour;
			slice_end = core_cycles() + SLICE_CYCLES;
		}
	}
}

void dispatch_doorbells(void)
{
	ring_doorbells();
	reconsider();
}

void dispatch_tick(void)
{
	if (!current)
		return;
	if (job_over_limit(current)) {
		job_end(current, EDGETPU_STATUS_TIME_LIMIT);
		ended(current);
		return;
	}
	current->publish = true;
	reconsider();
	set_timer();
}

/* --- requests ------------------------------------------------------------------------ */

uint32_t dispatch_create_ring(uint32_t index, uint32_t context, uint32_t priority, uint64_t addr,
			      uint32_t entries, uint32_t from)
{
	uint32_t status = ring_create(index, context, priority, addr, entries);

	if (status || !from)
		return status;
	if (!job_take_over(&jobs[index], ring_get(index), from - 1)) {
		ring_destroy(ring_get(index));
		return EDGETPU_MBOX_ENOENT;
	}
	begun++;
	sched_set_begun(index, true);
	return EDGETPU_MBOX_OK;
}

/* Its job, if one had begun, is gone. */
static void destroy_ring(uint32_t index)
{
	/* who was to have the engines next is not to pay any more */
	if (current && payer == index) {
		charge();
		payer = ring_index(current->ring);
	}
	ring_destroy(ring_get(index));
}

uint32_t dispatch_destroy_ring(uint32_t index)
{
	struct job *job;

	if (!ring_get(index))
		return EDGETPU_MBOX_ENOENT;
	job = &jobs[index];
	if (job_active(job)) {
		if (job->state == JOB_TAKEN_OVER)
			job_forget(job);
		else
			job_end(job, EDGETPU_STATUS_KILLED);
		ended(job);
	}
	destroy_ring(index);
	return EDGETPU_MBOX_OK;
}

uint32_t dispatch_park_ring(uint32_t index, uint32_t *reply)
{
	struct ring *ring = ring_get(index);
	struct job *job;

	if (!ring)
		return EDGETPU_MBOX_ENOENT;
	job = &jobs[index];
	if (job_active(job) && !job_away(job))
		return EDGETPU_MBOX_EBUSY;
	reply[0] = EDGETPU_NO_AREA;
	reply[1] = ring->header.fence;
	if (job_active(job)) {
		reply[0] = area_index(job_park(job));
		ended(job);
	}
	destroy_ring(index);
	return EDGETPU_MBOX_OK;
}

uint32_t dispatch_stop_ring(uint32_t index, uint32_t yield, uint32_t *reply)
{
	struct ring *ring = ring_get(index);

	if (yield > 1)
		return EDGETPU_MBOX_EINVAL;
	if (!ring)
		return EDGETPU_MBOX_ENOENT;
	ring_stop(ring, yield);
	reply[0] = ring->started;
	reply[1] = ring->header.fence;
	reconsider();
	return EDGETPU_MBOX_OK;
}
