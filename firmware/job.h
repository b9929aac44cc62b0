/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A job: from its descriptor to its completion. One has the engines at a time;
 * between two calls of job_step() the event loop serves the host. Others that
 * have begun wait in save areas.
 */
#ifndef FW_JOB_H
#define FW_JOB_H

#include "area.h"
#include "engine.h"
#include "ring.h"
#include "stream.h"

/**
 * enum job_state - where a job is
 * @JOB_NONE: no job
 * @JOB_RUNNING: its commands are pushed and run
 * @JOB_FLUSHING: they have run, its trace is being written
 * @JOB_STOPPING: none is pushed any more, those that run are waited for
 * @JOB_STORING_TRACE: they have run; the trace so far is being written
 * @JOB_STORING: its SRAM is being saved
 * @JOB_SAVED: it waits, and others have the engines
 * @JOB_LOADING: its SRAM is being loaded
 * @JOB_TAKEN_OVER: it was parked and is its ring's now, its descriptor not seen yet
 */
enum job_state {
	JOB_NONE,
	JOB_RUNNING,
	JOB_FLUSHING,
	JOB_STOPPING,
	JOB_STORING_TRACE,
	JOB_STORING,
	JOB_SAVED,
	JOB_LOADING,
	JOB_TAKEN_OVER,
};

/**
 * struct job - a ring's job that has begun
 * @state: where it is
 * @ring: whose
 * @desc: its descriptor
 * @fault: why it ends early
 * @publish: the host is to be told of its progress
 * @start_instret: instructions retired when it last got the engines
 * @since: cycle at which it last got the engines, or at which saving or loading it began
 * @settled: what was done for it is in @done, and nothing else since
 * @area: where it is saved, or will be
 * @done: its completion, as far as it has come; counts are of what is settled
 * @saved: what of it lasts from turn to turn; kept up to date while others have theirs.
 *	store_cycles meanwhile is when storing began
 */
struct job {
	enum job_state state;
	struct ring *ring;
	struct edgetpu_job desc;
	struct fault fault;
	bool publish;
	uint32_t start_instret;
	uint64_t since;
	bool settled;
	struct area *area;
	struct edgetpu_completion done;
	struct edgetpu_saved saved;
};

/* Has it begun, and not ended? */
static inline bool job_active(const struct job *job)
{
	return job->state;
}

/* Has it, and is all of it in an area? */
static inline bool job_away(const struct job *job)
{
	return job->state == JOB_SAVED || job->state == JOB_TAKEN_OVER;
}

/* Begins the next job of @ring; a bad descriptor completes at once with its error. */
void job_begin(struct job *job, struct ring *ring);

/**
 * job_step - go on with the job as far as it goes without waiting
 *
 * Return: events (CORE_EVENT_*) one of which must happen before the next step
 * can do anything; 0 when there is more to do now, or the job has ended or is
 * saved.
 */
uint32_t job_step(struct job *job);

/* Begins to take the engines from a running job; @area is its from now on. */
void job_preempt(struct job *job, struct area *area);

/* Gives them back to a saved one; one that was parked ends if the ring's is another. */
void job_resume(struct job *job);

/* A saved job has a ring no more; returns its area, in which it is parked. */
struct area *job_park(struct job *job);

/* The job parked in area number @index is the first of @ring; false: there is none. */
bool job_take_over(struct job *job, struct ring *ring, uint32_t index);

/* One that was taken over and has not gone on since is forgotten, without a completion. */
void job_forget(struct job *job);

/* Ends it before its time, for the reason given: EDGETPU_STATUS_*. */
void job_end(struct job *job, uint32_t status);

/* Has it had the engines for longer than it may? */
bool job_over_limit(const struct job *job);

/* Cycles until it will have, if it runs on */
uint64_t job_limit_left(const struct job *job);

#endif /* FW_JOB_H */
