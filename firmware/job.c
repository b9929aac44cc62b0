// SPDX-License-Identifier: GPL-2.0-only
/*
 * A job's life.
 */
#include "cdma.h"
#include "context.h"
#include "descriptor.h"
#include "job.h"
#include "log.h"
#include "record.h"

/* The firmware itself ends the job for that reason, or finds none to do so. */
static void set_fault(struct job *job, uint32_t status, uint32_t command, uint64_t va)
{
	job->fault.status = status;
	job->fault.engine = EDGETPU_ENGINE_FIRMWARE;
	job->fault.command = command;
	job->fault.va = va;
}

/* Do the engines' counts belong to it, or to the commands that save and load it? */
static bool counts(const struct job *job)
{
	return job->state == JOB_RUNNING || job->state == JOB_FLUSHING ||
	       job->state == JOB_STOPPING;
}

static uint32_t completed(const struct job *job)
{
	uint32_t e, n = 0;

	if (counts(job))
		return engines_completed();
	for (e = 0; e < EDGETPU_NUM_ENGINES; e++)
		n += job->saved.place.done[e];
	return n;
}

/* What the engines were at work for it, or waited, since it last got them; saturates */
static void add_busy(struct job *job)
{
	struct edgetpu_completion *done = &job->done;
	uint32_t e;

	for (e = 0; e < EDGETPU_NUM_ENGINES; e++) {
		done->busy[e] = add_saturating(done->busy[e], engine_busy(e));
		done->counts.stalled[e] = add_saturating(done->counts.stalled[e],
							 engine_stalled(e));
	}
}

/* Cycles that it had the engines */
static uint64_t used(const struct job *job)
{
	const uint64_t before = job->done.counts.used;

	return counts(job) ? before + (core_cycles() - job->since) : before;
}

/* What was done for it since engines_begin() is put down, once. */
static void settle(struct job *job)
{
	if (job->settled)
		return;
	job->settled = true;
	engines_count(&job->done.counts);
	if (counts(job)) {
		job->done.counts.used = used(job);
		add_busy(job);
	} else {
		job->done.counts.switching += core_cycles() - job->since;
	}
}

static void let_go_of_area(struct job *job)
{
	area_release(job->area);
	job->area = NULL;
}

/* It has failed, and is of no more use. */
static void give_up_area(struct job *job)
{
	area_give_up(job->area);
	job->area = NULL;
}

/* --- the end --------------------------------------------------------------------- */

static void complete(struct job *job)
{
	struct edgetpu_completion *done = &job->done;
	const struct fault *fault = &job->fault;
	struct ring *ring = job->ring;

	done->commands = completed(job);
	done->status = fault->status;
	done->engine = fault->status ? fault->engine : 0;
	done->command = fault->status ? fault->command : 0;
	done->fault_va = fault->status ? fault->va : 0;
	done->start = job->saved.start;
	settle(job);
	if (!job_away(job))
		done->instructions += reg_read(CORE_INSTRET_LO) - job->start_instret;
	done->end = core_cycles();
	ring_complete(ring, done, done->commands);
	if (fault->status)
		log_warn("context %u, job %u: status %u, engine %u, command %u, address %X",
			 ring->context, done->seq, fault->status, fault->engine,
			 fault->command, fault->va);
	if (job->area)
		let_go_of_area(job);
	job->state = JOB_NONE;
}

/* Nothing of the job is under way afterwards. */
static void halt(const struct job *job)
{
	if (job_away(job))
		return;
	engines_stop();
	stream_end();
	/* a trace cannot be stopped; it has an end */
	while (engines_flush_status() == CORE_CDMA_BUSY)
		;
}

/* Ends the job early, for the reason in fault. */
static void abandon(struct job *job)
{
	halt(job);
	complete(job);
}

void job_end(struct job *job, uint32_t status)
{
	halt(job);
	set_fault(job, status, completed(job), 0);
	complete(job);
}

/* --- time ------------------------------------------------------------------------ */

bool job_over_limit(const struct job *job)
{
	return job->desc.limit && used(job) >= job->desc.limit;
}

uint64_t job_limit_left(const struct job *job)
{
	uint64_t limit = job->desc.limit, cycles;

	if (!limit)
		return UINT64_MAX;
	cycles = used(job);
	return limit > cycles ? limit - cycles : 0;
}

/* --- the beginning ----------------------------------------------------------------- */

/* The command stream begins, or goes on at @place. */
static void start(struct job *job, const struct edgetpu_place *place)
{
	const struct edgetpu_job *desc = &job->desc;

	stream_begin(job->ring->context, desc->regions[EDGETPU_REGION_COMMAND].va,
		     desc->num_commands, place);
	engines_set_regions(desc->regions);
	context_enter(job->ring->context);
	job->state = JOB_RUNNING;
	job->publish = true;
}

void job_begin(struct job *job, struct ring *ring)
{
	struct edgetpu_job *desc = &job->desc;
	uint32_t status, e;

	job->state = JOB_RUNNING;
	job->ring = ring;
	job->start_instret = reg_read(CORE_INSTRET_LO);
	job->saved.start = core_cycles();
	job->since = job->saved.start;
	job->saved.progress = 0;
	job->done.instructions = 0;
	for (e = 0; e < EDGETPU_NUM_ENGINES; e++)
		job->done.busy[e] = 0;
	job->done.counts = (struct edgetpu_counts){ .turns = 1 };
	job->settled = false;
	/* forgets the counts of the job before, which a bad descriptor must not report */
	engines_begin();
	status = ring_begin(ring, desc);
	if (!status)
		status = descriptor_check(desc, ring->head + 1);
	set_fault(job, status, 0, 0);
	if (status)
		complete(job);
	else
		start(job, NULL);
}

/* --- in between --------------------------------------------------------------------- */

static struct standing standing_of(const struct job *job)
{
	const bool now = counts(job);
	struct standing standing = {
		.progress = job->saved.progress + (now ? engines_progress() : completed(job)),
		.used = used(job),
	};
	uint32_t e;

	for (e = 0; e < EDGETPU_NUM_ENGINES; e++)
		standing.busy[e] = add_saturating(job->done.busy[e], now ? engine_busy(e) : 0);
	return standing;
}

/* Does not wait: with CDMA taken it happens at a later step. */
static void publish_progress(struct job *job)
{
	struct standing standing;

	if (!job->publish || !cdma_idle())
		return;
	job->publish = false;
	standing = standing_of(job);
	ring_tell(job->ring, &standing);
}

/* Every command has run, and the trace is written. */
static void finish(struct job *job, uint32_t trace_status)
{
	const struct edgetpu_job *desc = &job->desc;

	if (trace_status)
		set_fault(job, trace_status, desc->num_commands,
			  desc->regions[desc->trace_region].va);
	else if (completed(job) != desc->num_commands)
		/* it was changed between two turns */
		set_fault(job, EDGETPU_STATUS_BAD_COMMAND, desc->num_commands, 0);
	complete(job);
}

static uint32_t flush(struct job *job)
{
	uint32_t status = engines_flush_status();

	if (status != CORE_CDMA_BUSY)
		finish(job, status);
	return 0;
}

/* The engines are idle: faults of those that went without an event are seen here. */
static uint32_t drained(struct job *job)
{
	engines_find_fault(ENGINES_ALL, &job->fault);
	if (job->fault.status) {
		abandon(job);
	} else if (job->desc.flags & EDGETPU_JOB_TRACE) {
		engines_flush_trace(job->desc.trace_region);
		job->state = JOB_FLUSHING;
	} else {
		finish(job, EDGETPU_STATUS_OK);
	}
	return 0;
}

/* Looks at engines with news; true if one has stopped at a fault. */
static bool find_fault(struct job *job)
{
	uint32_t news = engines_news();

	if (news)
		engines_find_fault(news, &job->fault);
	return job->fault.status;
}

static uint32_t run(struct job *job)
{
	struct fault *fault = &job->fault;
	uint32_t wait;

	if (!find_fault(job) && !stream_done()) {
		wait = stream_push(fault);
		if (!fault->status) {
			publish_progress(job);
			/* an engine may fault while the fetch is awaited */
			return wait ? wait | CORE_EVENT_ENGINE : 0;
		}
	}
	if (fault->status) {
		abandon(job);
		return 0;
	}
	publish_progress(job);
	return engines_idle() ? drained(job) : CORE_EVENT_ENGINE;
}

/* --- between two turns ----------------------------------------------------------------- */

void job_preempt(struct job *job, struct area *area)
{
	engines_drop();
	job->area = area;
	job->state = JOB_STOPPING;
}

/* The engines are idle and the counts still the job's: they are put down. */
static void put_down(struct job *job)
{
	add_busy(job);
	job->saved.progress += engines_progress() - engines_completed();
	job->done.counts.used = used(job);
	job->since = core_cycles();
	if (job->desc.flags & EDGETPU_JOB_TRACE)
		job->saved.trace_zero = engines_trace_zero();
}

static void store(struct job *job)
{
	job->saved.store_cycles = core_cycles();
	job->saved.sram_bytes = reg_read(CORE_SRAM_HIGH_WATER);
	area_begin(job->area, EDGETPU_OP_STORE, job->saved.sram_bytes);
	job->state = JOB_STORING;
}

/* Waits for what runs; then the job is put down, if anything of it is left. */
static uint32_t stop(struct job *job)
{
	if (find_fault(job)) {
		abandon(job);
		return 0;
	}
	publish_progress(job);
	if (!engines_idle())
		return CORE_EVENT_ENGINE;
	engines_find_fault(ENGINES_ALL, &job->fault);
	stream_end();
	if (job->fault.status || !stream_place(&job->saved.place))
		return drained(job);
	if (job_over_limit(job)) {
		job_end(job, EDGETPU_STATUS_TIME_LIMIT);
		return 0;
	}
	put_down(job);
	if (job->desc.flags & EDGETPU_JOB_TRACE) {
		engines_flush_trace(job->desc.trace_region);
		job->state = JOB_STORING_TRACE;
	} else {
		store(job);
	}
	return 0;
}

static uint32_t store_trace(struct job *job)
{
	const struct edgetpu_job *desc = &job->desc;
	uint32_t status = engines_flush_status();

	if (status == CORE_CDMA_BUSY)
		return 0;
	if (!status) {
		store(job);
		return 0;
	}
	set_fault(job, status, completed(job), desc->regions[desc->trace_region].va);
	abandon(job);
	return 0;
}

/* The engines are the job's again, its SRAM as it was. */
static void go_on(struct job *job)
{
	settle(job);
	engines_continue(job->saved.place.done, job->saved.trace_zero);
	job->settled = false;
	job->since = core_cycles();
	start(job, &job->saved.place);
}

/*
 * Goes on with the transfer; *@wait is the event to wait for, or 0 when it is
 * done. False if it has failed: the area is of no more use.
 */
static bool transfer(struct job *job, uint32_t *wait)
{
	struct fault fault = { .status = EDGETPU_STATUS_OK };

	publish_progress(job);
	/* cleared before the engines are looked at: what comes later wakes again */
	engines_news();
	*wait = area_step();
	engines_find_fault(ENGINES_ALL, &fault);
	if (!fault.status)
		return true;
	engines_stop();
	log_error("save area: status %u, address %X", fault.status, fault.va);
	give_up_area(job);
	return false;
}

/* What has been retired for it since that was last put down */
static void count_instructions(struct job *job)
{
	const uint32_t retired = reg_read(CORE_INSTRET_LO);

	job->done.instructions += retired - job->start_instret;
	job->start_instret = retired;
}

/* All of it is in the area, the record last. */
static bool seal(struct job *job)
{
	struct edgetpu_saved *saved = &job->saved;
	uint32_t e;

	count_instructions(job);
	settle(job);
	saved->counts = job->done.counts;
	saved->instructions = job->done.instructions;
	for (e = 0; e < EDGETPU_NUM_ENGINES; e++)
		saved->busy[e] = job->done.busy[e];
	saved->id = job->desc.id;
	saved->descriptor = record_descriptor(&job->desc);
	saved->num_commands = job->desc.num_commands;
	saved->at = core_cycles();
	saved->store_cycles = saved->at - saved->store_cycles;
	if (!area_record(job->area, saved))
		return true;
	give_up_area(job);
	return false;
}

static uint32_t store_sram(struct job *job)
{
	struct standing standing;
	uint32_t wait;

	if (!transfer(job, &wait)) {
		go_on(job);
		return 0;
	}
	if (wait)
		return wait;
	if (!seal(job)) {
		go_on(job);
		return 0;
	}
	job->state = JOB_SAVED;
	standing = standing_of(job);
	ring_tell_saved(job->ring, &standing, job->saved.start, area_index(job->area));
	return 0;
}

/* The ring's job must be the one that was parked: EDGETPU_STATUS_*. */
static uint32_t recognise(struct job *job)
{
	const struct edgetpu_saved *saved = &job->saved;
	uint32_t status = ring_begin(job->ring, &job->desc);

	if (!status)
		status = descriptor_check(&job->desc, job->ring->head + 1);
	if (status)
		return status;
	return saved->id == job->desc.id && saved->num_commands == job->desc.num_commands &&
	       saved->descriptor == record_descriptor(&job->desc) ? EDGETPU_STATUS_OK :
								     EDGETPU_STATUS_LOST;
}

void job_resume(struct job *job)
{
	uint32_t status = job->state == JOB_TAKEN_OVER ? recognise(job) : EDGETPU_STATUS_OK;

	if (!status && job_over_limit(job))
		status = EDGETPU_STATUS_TIME_LIMIT;
	if (status) {
		job_end(job, status);
		return;
	}
	job->start_instret = reg_read(CORE_INSTRET_LO);
	job->since = core_cycles();
	job->done.counts.turns++;
	context_enter(job->ring->context);
	engines_begin();
	job->settled = false;
	area_begin(job->area, EDGETPU_OP_LOAD, job->saved.sram_bytes);
	job->state = JOB_LOADING;
	job->publish = true;
}

static uint32_t load_sram(struct job *job)
{
	uint32_t wait;

	if (!transfer(job, &wait)) {
		job_end(job, EDGETPU_STATUS_LOST);
		return 0;
	}
	if (wait)
		return wait;
	/* from here on it is no longer what the record says */
	if (area_forget_record(job->area))
		give_up_area(job);
	else
		let_go_of_area(job);
	go_on(job);
	return 0;
}

/* --- without a ring ---------------------------------------------------------------------- */

struct area *job_park(struct job *job)
{
	struct area *area = job->area;

	area_park(area, &job->saved);
	job->area = NULL;
	job->state = JOB_NONE;
	return area;
}

bool job_take_over(struct job *job, struct ring *ring, uint32_t index)
{
	struct standing standing;
	uint32_t e;

	job->area = area_unpark(index, &job->saved);
	if (!job->area)
		return false;
	job->ring = ring;
	/* of the ring's job before */
	set_fault(job, EDGETPU_STATUS_OK, 0, 0);
	job->state = JOB_TAKEN_OVER;
	job->settled = true;
	job->done.counts = job->saved.counts;
	job->done.instructions = job->saved.instructions;
	for (e = 0; e < EDGETPU_NUM_ENGINES; e++)
		job->done.busy[e] = job->saved.busy[e];
	standing = standing_of(job);
	standing.progress = 0;
	ring_take_over(ring, &standing, job->saved.start, index);
	return true;
}

void job_forget(struct job *job)
{
	let_go_of_area(job);
	job->state = JOB_NONE;
}

uint32_t job_step(struct job *job)
{
	/* first of all, as it is what nearly every step does */
	if (job->state == JOB_RUNNING)
		return run(job);
	switch (job->state) {
	case JOB_FLUSHING:
		return flush(job);
	case JOB_STOPPING:
		return stop(job);
	case JOB_STORING_TRACE:
		return store_trace(job);
	case JOB_STORING:
		return store_sram(job);
	case JOB_LOADING:
		return load_sram(job);
	default:
		return 0;
	}
}
