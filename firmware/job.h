/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The job that runs: from its descriptor to its completion. There is one at a
 * time; between two calls of job_step() the event loop serves the host.
 */
#ifndef FW_JOB_H
#define FW_JOB_H

#include "ring.h"

/* Periodic work while a job runs: 1 ms at 480 MHz */
#define JOB_TICK_CYCLES	480000u

/* Does a job run? */
bool job_active(void);

/* Starts the next job of @ring; a bad descriptor completes at once with its error. */
void job_begin(struct ring *ring);

/**
 * job_step - go on with the job as far as it goes without waiting
 *
 * Return: events (CORE_EVENT_*) one of which must happen before the next step
 * can do anything; 0 when there is more to do now.
 */
uint32_t job_step(void);

/* The job is to tell the host of its progress at the next step. */
void job_tick(void);

/* If a job of @ring runs, it ends as KILLED. */
void job_kill(struct ring *ring);

/**
 * job_check - is a descriptor sound?
 * @job: as fetched
 * @seq: the sequence number it must have
 *
 * Return: EDGETPU_STATUS_OK or _BAD_JOB.
 */
uint32_t job_check(const struct edgetpu_job *job, uint32_t seq);

#endif /* FW_JOB_H */
