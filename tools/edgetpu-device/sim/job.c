// SPDX-License-Identifier: GPL-2.0-only
/*
 * Jobs: from the transport's description to a ring entry, and back from a
 * completion to a result.
 */
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "edgetpu_isa.h"
#include "sim.h"

#define NS	1000000000ll

/* --- results --------------------------------------------------------------- */

static int status_to_errno(uint32_t status)
{
	switch (status) {
	case EDGETPU_STATUS_OK:
		return 0;
	case EDGETPU_STATUS_KILLED:
		return -ECANCELED;
	case EDGETPU_STATUS_TIME_LIMIT:
		return -ETIMEDOUT;
	case EDGETPU_STATUS_LOST:
		return -EIO;
	}
	return -EFAULT;
}

static void convert(const struct edgetpu_completion *c, struct mnet_job_result *r)
{
	*r = (struct mnet_job_result){
		.status = status_to_errno(le32toh(c->status)),
		.cycles = le64toh(c->end) - le64toh(c->start),
		.instructions = le32toh(c->instructions),
	};
	for (unsigned int e = 0; e < EDGETPU_NUM_ENGINES; e++)
		r->busy[e] = le32toh(c->busy[e]);
	if (r->status != -EFAULT)
		return;
	r->fault = le32toh(c->status);
	r->fault_engine = le32toh(c->engine);
	r->fault_command = le32toh(c->command);
	r->fault_va = le64toh(c->fault_va);
}

void sim_kill(struct mnet_transport *t, int status, const char *why)
{
	snprintf(t->dead, sizeof(t->dead), "%s", why);
	t->dead_status = status;
	/* Whoever waits shall look. */
	runner_notify(t->runner);
}

/* Under the lock: takes what the device has completed. */
static void reap(struct mnet_transport *t)
{
	struct edgetpu_completion completion;
	char why[LINK_MESSAGE];
	int ret = 0;

	while (!*t->dead && (ret = ring_reap(&t->ring, &completion)) > 0) {
		/* Tickets count as the ring does, but do not wrap. */
		uint64_t ticket = t->tickets - (t->ring.posted - t->ring.done);
		struct sim_result *r = t->results;

		while (r->ticket != ticket)
			r = r->next;
		convert(&completion, &r->result);
		r->done = true;
	}
	if (ret < 0)
		sim_kill(t, -ENODEV, "the firmware wrote a completion that makes no sense");
	else if (!*t->dead && link_crashed(&t->link, why))
		sim_kill(t, -ENODEV, why);
}

/* --- submit ---------------------------------------------------------------- */

static int check_region(const struct mnet_job_region *r, unsigned int index,
			struct mnet_error *err)
{
	const struct sim_bo *bo = (const struct sim_bo *)r->bo;
	uint32_t need = index == EDGETPU_REGION_COMMAND ? MNET_BO_COMMAND :
			(r->flags & EDGETPU_REGION_READ ? MNET_BO_READ : 0) |
			(r->flags & EDGETPU_REGION_WRITE ? MNET_BO_WRITE : 0);

	if (!bo)
		return 0;
	if (!r->size || r->offset % 64 || r->offset > bo->bo.size ||
	    r->size > bo->bo.size - r->offset)
		return sim_fail(err, -EINVAL,
				"region %u: %llu bytes at %llu of a buffer of %zu bytes", index,
				(unsigned long long)r->size, (unsigned long long)r->offset,
				bo->bo.size);
	if (r->flags & ~(EDGETPU_REGION_READ | EDGETPU_REGION_WRITE) ||
	    (index == EDGETPU_REGION_COMMAND && r->flags != EDGETPU_REGION_READ))
		return sim_fail(err, -EINVAL, "region %u: flags 0x%x", index, r->flags);
	if (need & ~bo->rights)
		return sim_fail(err, -EACCES, "region %u: its buffer lacks the right", index);
	return 0;
}

static int check_job(const struct mnet_job *job, struct mnet_error *err)
{
	const struct mnet_job_region *commands = &job->regions[EDGETPU_REGION_COMMAND];
	const struct mnet_job_region *trace;

	for (unsigned int i = 0; i < EDGETPU_NUM_REGIONS; i++) {
		int ret = check_region(&job->regions[i], i, err);

		if (ret)
			return ret;
	}
	if (!job->num_commands || job->num_commands > EDGETPU_MAX_COMMANDS || !commands->bo ||
	    commands->size / EDGETPU_COMMAND_SIZE < job->num_commands)
		return sim_fail(err, -EINVAL, "%u commands in a region of %llu bytes",
				job->num_commands,
				commands->bo ? (unsigned long long)commands->size : 0);
	if (!job->trace)
		return 0;
	if (job->trace_region >= EDGETPU_NUM_REGIONS)
		return sim_fail(err, -EINVAL, "trace region %u", job->trace_region);
	trace = &job->regions[job->trace_region];
	if (!trace->bo || !(trace->flags & EDGETPU_REGION_WRITE) ||
	    trace->size / sizeof(struct edgetpu_trace) < job->num_commands)
		return sim_fail(err, -EINVAL, "trace region %u cannot take %u records",
				job->trace_region, job->num_commands);
	return 0;
}

static void describe(const struct mnet_job *job, struct edgetpu_job *desc)
{
	memset(desc, 0, sizeof(*desc));
	desc->num_commands = htole32(job->num_commands);
	if (job->trace) {
		desc->flags = htole32(EDGETPU_JOB_TRACE);
		desc->trace_region = htole32(job->trace_region);
	}
	for (unsigned int i = 0; i < EDGETPU_NUM_REGIONS; i++) {
		const struct mnet_job_region *r = &job->regions[i];

		if (!r->bo)
			continue;
		desc->regions[i].va = htole64(((const struct sim_bo *)r->bo)->va + r->offset);
		desc->regions[i].size = htole64(r->size);
		desc->regions[i].flags = htole32(r->flags);
	}
}

/* --- waiting ----------------------------------------------------------------- */

static struct timespec after(int64_t ns)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	ts.tv_sec += ns / NS;
	ts.tv_nsec += ns % NS;
	if (ts.tv_nsec >= NS) {
		ts.tv_sec++;
		ts.tv_nsec -= NS;
	}
	return ts;
}

static bool is_past(const struct timespec *deadline)
{
	struct timespec now = after(0);

	return now.tv_sec > deadline->tv_sec ||
	       (now.tv_sec == deadline->tv_sec && now.tv_nsec >= deadline->tv_nsec);
}

static bool is_before(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec < b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec < b->tv_nsec);
}

/**
 * struct patience - one wait for jobs
 * @seen: events seen
 * @rested: the device had nothing to do when last looked at
 * @progress: of the ring, when last it changed
 * @end: when a device without progress is given up
 */
struct patience {
	uint64_t seen;
	bool rested;
	uint64_t progress;
	struct timespec end;
};

static struct patience patience_new(const struct mnet_transport *t)
{
	return (struct patience){
		.progress = ring_progress(&t->ring),
		.end = after(SIM_PATIENCE_S * NS),
	};
}

/*
 * Takes what is complete; then, without the lock, sleeps until there may be more
 * or @deadline (NULL: none) has come. The caller has found what it waits for
 * missing after the reap() that went before.
 */
static void wait_for_jobs(struct mnet_transport *t, struct patience *p,
			  const struct timespec *deadline)
{
	uint64_t progress = ring_progress(&t->ring);
	const struct timespec *until = &p->end;

	if (progress != p->progress) {
		p->progress = progress;
		p->end = after(SIM_PATIENCE_S * NS);
	} else if (p->rested) {
		sim_kill(t, -ENODEV, "the firmware sleeps over its jobs");
		return;
	} else if (is_past(&p->end)) {
		sim_kill(t, -ETIMEDOUT, "the device makes no progress");
		return;
	}
	if (deadline && is_before(deadline, until))
		until = deadline;
	pthread_mutex_unlock(&t->lock);
	p->rested = runner_wait(t->runner, &p->seen, until) == RUNNER_REST;
	pthread_mutex_lock(&t->lock);
	reap(t);
}

int sim_submit(struct mnet_transport *t, const struct mnet_job *job, uint64_t *ticket,
	       struct mnet_error *err)
{
	struct sim_result *r;
	struct edgetpu_job desc;
	struct patience p;
	int ret = check_job(job, err);

	if (ret)
		return ret;
	r = calloc(1, sizeof(*r));
	if (!r)
		return sim_fail(err, -ENOMEM, "out of memory");
	describe(job, &desc);
	pthread_mutex_lock(&t->lock);
	reap(t);
	for (p = patience_new(t); !*t->dead && ring_full(&t->ring);)
		wait_for_jobs(t, &p, NULL);
	if (*t->dead) {
		free(r);
		ret = sim_fail(err, -ENODEV, "%s", t->dead);
	} else {
		ring_post(&t->ring, &desc);
		*ticket = ++t->tickets;
		*r = (struct sim_result){ .next = t->results, .ticket = *ticket };
		t->results = r;
		edgetpu_device_write(t->dev, EDGETPU_REG_DOORBELL(SIM_RING), t->ring.posted);
	}
	pthread_mutex_unlock(&t->lock);
	return ret;
}

/* Under the lock: where the job's result hangs; NULL: there is none */
static struct sim_result **find_result(struct mnet_transport *t, uint64_t ticket)
{
	struct sim_result **link = &t->results;

	while (*link && (*link)->ticket != ticket)
		link = &(*link)->next;
	return *link ? link : NULL;
}

static void take_result(struct sim_result **link, struct mnet_job_result *result)
{
	struct sim_result *r = *link;

	*result = r->result;
	*link = r->next;
	free(r);
}

int sim_wait(struct mnet_transport *t, uint64_t ticket, int64_t timeout_ns,
	     struct mnet_job_result *result, struct mnet_error *err)
{
	const struct timespec deadline = after(timeout_ns < 0 ? 0 : timeout_ns);
	struct sim_result **link;
	struct patience p;
	int ret = 0;

	pthread_mutex_lock(&t->lock);
	reap(t);
	for (p = patience_new(t);; wait_for_jobs(t, &p, timeout_ns < 0 ? NULL : &deadline)) {
		/* Looked up each time: while the lock was away another may have taken it. */
		link = find_result(t, ticket);
		if (!link) {
			ret = sim_fail(err, -ENOENT, "no such job: %llu",
				       (unsigned long long)ticket);
			break;
		}
		if ((*link)->done) {
			take_result(link, result);
			break;
		}
		if (*t->dead) {
			take_result(link, result);
			ret = sim_fail(err, t->dead_status, "%s", t->dead);
			break;
		}
		if (timeout_ns >= 0 && is_past(&deadline)) {
			ret = sim_fail(err, -ETIME, "the job runs on");
			break;
		}
	}
	pthread_mutex_unlock(&t->lock);
	return ret;
}
