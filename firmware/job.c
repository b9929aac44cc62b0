// SPDX-License-Identifier: GPL-2.0-only
/*
 * A job's life.
 */
#include "cdma.h"
#include "context.h"
#include "descriptor.h"
#include "job.h"
#include "log.h"
#include "stream.h"

/* The firmware itself ends the job for that reason, or finds none to do so. */
static void set_fault(struct job *job, uint32_t status, uint32_t command, uint64_t va)
{
	job->fault.status = status;
	job->fault.engine = EDGETPU_ENGINE_FIRMWARE;
	job->fault.command = command;
	job->fault.va = va;
}

/* --- the end --------------------------------------------------------------------- */

static void complete(struct job *job)
{
	static struct edgetpu_completion completion;
	const struct fault *fault = &job->fault;
	struct ring *ring = job->ring;
	uint32_t e;

	completion.commands = engines_completed();
	completion.status = fault->status;
	completion.engine = fault->status ? fault->engine : 0;
	completion.command = fault->status ? fault->command : 0;
	completion.fault_va = fault->status ? fault->va : 0;
	completion.start = job->start_cycle;
	for (e = 0; e < EDGETPU_NUM_ENGINES; e++)
		completion.busy[e] = engine_busy(e);
	completion.instructions = reg_read(CORE_INSTRET_LO) - job->start_instret;
	completion.end = core_cycles();
	ring_complete(ring, &completion, completion.commands);
	if (fault->status)
		log_warn("context %u, job %u: status %u, engine %u, command %u, address %X",
			 ring->context, completion.seq, fault->status, fault->engine,
			 fault->command, fault->va);
	job->ring = NULL;
}

/* Ends the job early, for the reason in fault. */
static void abandon(struct job *job)
{
	engines_reset();
	stream_end();
	complete(job);
}

void job_end(struct job *job, uint32_t status)
{
	set_fault(job, status, engines_completed(), 0);
	abandon(job);
}

/* --- the beginning ----------------------------------------------------------------- */

void job_begin(struct job *job, struct ring *ring)
{
	struct edgetpu_job *desc = &job->desc;
	uint32_t status;

	job->ring = ring;
	job->start_instret = reg_read(CORE_INSTRET_LO);
	job->start_cycle = core_cycles();
	/* forgets the counts of the job before, which a bad descriptor must not report */
	engines_begin();
	status = ring_begin(ring, desc);
	if (!status)
		status = descriptor_check(desc, ring->head + 1);
	set_fault(job, status, 0, 0);
	if (status) {
		complete(job);
		return;
	}
	stream_begin(ring->context, desc->regions[EDGETPU_REGION_COMMAND].va, desc->num_commands);
	engines_set_regions(desc->regions);
	context_enter(ring->context);
	job->publish = true;
}

/* --- in between --------------------------------------------------------------------- */

/* Does not wait: with CDMA taken it happens at a later step. */
static void publish_progress(struct job *job)
{
	if (!job->publish || !cdma_idle())
		return;
	job->publish = false;
	ring_tell(job->ring, engines_completed(), EDGETPU_RING_RUNNING);
}

/* Every command has run. */
static void finish(struct job *job)
{
	const struct edgetpu_job *desc = &job->desc;

	stream_end();
	if (desc->flags & EDGETPU_JOB_TRACE)
		set_fault(job, engines_flush_trace(desc->trace_region), desc->num_commands,
			  desc->regions[desc->trace_region].va);
	complete(job);
}

uint32_t job_step(struct job *job)
{
	struct fault *fault = &job->fault;
	uint32_t news = engines_news(), wait;

	if (news)
		engines_find_fault(news, fault);
	if (!fault->status && !stream_done()) {
		wait = stream_push(fault);
		if (!fault->status) {
			publish_progress(job);
			/* an engine may fault while the fetch is awaited */
			return wait ? wait | CORE_EVENT_ENGINE : 0;
		}
	}
	if (!fault->status) {
		publish_progress(job);
		if (!engines_idle())
			return CORE_EVENT_ENGINE;
		engines_find_fault(ENGINES_ALL, fault);
	}
	if (fault->status)
		abandon(job);
	else
		finish(job);
	return 0;
}
