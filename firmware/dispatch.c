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

/* The job that had the engines has ended. */
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
	current = &jobs[index];
	payer = index;
	paid = core_cycles();
	slice_end = paid + SLICE_CYCLES;
	if (!job_active(current)) {
		begun++;
		sched_set_begun(index, true);
		job_begin(current, ring_get(index));
	} else if (job_over_limit(current)) {
		job_end(current, EDGETPU_STATUS_TIME_LIMIT);
	} else {
		/* loading takes as long as saving did */
		slice_end = paid + current->store_cycles;
		if (current->store_cycles > SLICE_CYCLES / SLICE_STORES)
			slice_end += (uint64_t)SLICE_STORES * current->store_cycles;
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
	index = sched_pick(room());
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
		if (sched_pick(room()) != index)
			preempt(index);
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

uint32_t dispatch_destroy_ring(uint32_t index)
{
	struct ring *ring = ring_get(index);

	if (!ring)
		return EDGETPU_MBOX_ENOENT;
	if (job_active(&jobs[index])) {
		job_end(&jobs[index], EDGETPU_STATUS_KILLED);
		ended(&jobs[index]);
	}
	/* who was to have the engines next is not to pay any more */
	if (current && payer == index) {
		charge();
		payer = ring_index(current->ring);
	}
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
