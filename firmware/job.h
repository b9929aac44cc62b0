/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A job: from its descriptor to its completion. One runs at a time; between two
 * calls of job_step() the event loop serves the host.
 */
#ifndef FW_JOB_H
#define FW_JOB_H

#include "engine.h"
#include "ring.h"

/**
 * struct job - a ring's job that has begun
 * @ring: whose; NULL: no job
 * @desc: its descriptor
 * @fault: why it ends early
 * @publish: the host is to be told of its progress
 * @start_cycle: when it was taken
 * @start_instret: instructions retired until then
 */
struct job {
	struct ring *ring;
	struct edgetpu_job desc;
	struct fault fault;
	bool publish;
	uint64_t start_cycle;
	uint32_t start_instret;
};

/* Has it begun, and not ended? */
static inline bool job_active(const struct job *job)
{
	return job->ring;
}

/* Begins the next job of @ring; a bad descriptor completes at once with its error. */
void job_begin(struct job *job, struct ring *ring);

/**
 * job_step - go on with the job as far as it goes without waiting
 *
 * Return: events (CORE_EVENT_*) one of which must happen before the next step
 * can do anything; 0 when there is more to do now, or the job has ended.
 */
uint32_t job_step(struct job *job);

/* Ends it before its time, for the reason given: EDGETPU_STATUS_*. */
void job_end(struct job *job, uint32_t status);

#endif /* FW_JOB_H */
