// SPDX-License-Identifier: MIT
/*
 * Jobs on an accel node: submit, wait, collect how they ended.
 *
 * All jobs signal one timeline syncobj, in the order in which they were
 * submitted; a ticket is its point. A queue that a job's fault has stopped is
 * replaced by a new one, and goes when its last job has been collected.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <xf86drm.h>

#include "drm/edgetpu_accel.h"
#include "graph/graph.h"
#include "runtime/drm.h"

/* The driver remembers a queue's last 64 jobs; older ones are asked for before that. */
#define REMEMBERED_JOBS	48

/**
 * struct drm_queue - a queue of the driver
 * @id: the driver's
 * @tickets: not collected yet
 * @last_seqno: of its newest job
 */
struct drm_queue {
	uint32_t id;
	unsigned int tickets;
	uint64_t last_seqno;
};

struct drm_ticket {
	struct drm_ticket *next;
	uint64_t point;
	struct drm_queue *queue;
	uint64_t seqno;
	bool known;
	struct mnet_job_result result;
};

static int queue_create(struct mnet_transport *t, struct mnet_error *err)
{
	struct drm_edgetpu_queue_create req = { .priority = DRM_EDGETPU_PRIORITY_NORMAL };
	struct drm_queue *queue = calloc(1, sizeof(*queue));

	if (!queue)
		return mnet_fail(err, -ENOMEM, "out of memory");
	if (drmIoctl(t->fd, DRM_IOCTL_EDGETPU_QUEUE_CREATE, &req)) {
		int code = errno;

		free(queue);
		if (code == ENOSPC)
			return mnet_fail(err, -code,
					 "the device has no queue left: end another of its users");
		return mnet_fail(err, -code, "cannot make a queue: %s", strerror(code));
	}
	queue->id = req.id;
	t->queue = queue;
	return 0;
}

static void queue_destroy(struct mnet_transport *t, struct drm_queue *queue)
{
	struct drm_edgetpu_queue_destroy req = { .id = queue->id };

	drmIoctl(t->fd, DRM_IOCTL_EDGETPU_QUEUE_DESTROY, &req);
	free(queue);
}

/* A new queue in place of one that a fault has stopped */
static int queue_replace(struct mnet_transport *t, struct mnet_error *err)
{
	struct drm_queue *old = t->queue;
	int ret = queue_create(t, err);

	if (ret)
		return ret;
	if (!old->tickets)
		queue_destroy(t, old);
	return 0;
}

int drm_queue_open(struct mnet_transport *t, struct mnet_error *err)
{
	int ret;

	if (drmSyncobjCreate(t->fd, 0, &t->syncobj))
		return mnet_fail(err, -errno, "cannot make a syncobj: %s", strerror(errno));
	ret = queue_create(t, err);
	if (ret)
		drmSyncobjDestroy(t->fd, t->syncobj);
	return ret;
}

static void ticket_free(struct mnet_transport *t, struct drm_ticket *ticket)
{
	struct drm_queue *queue = ticket->queue;

	free(ticket);
	if (!--queue->tickets && queue != t->queue)
		queue_destroy(t, queue);
}

void drm_queue_close(struct mnet_transport *t)
{
	while (t->tickets) {
		struct drm_ticket *ticket = t->tickets;

		t->tickets = ticket->next;
		ticket_free(t, ticket);
	}
	queue_destroy(t, t->queue);
	drmSyncobjDestroy(t->fd, t->syncobj);
}

/* Asks how a job ended. -EBUSY: it has not. */
static int collect(struct mnet_transport *t, struct drm_ticket *ticket)
{
	struct drm_edgetpu_job_status req = {
		.queue_id = ticket->queue->id,
		.seqno = ticket->seqno,
	};
	struct mnet_job_result *r = &ticket->result;

	if (ticket->known)
		return 0;
	if (drmIoctl(t->fd, DRM_IOCTL_EDGETPU_JOB_STATUS, &req))
		return -errno;
	if (req.state == DRM_EDGETPU_JOB_PENDING)
		return -EBUSY;

	if (req.state == DRM_EDGETPU_JOB_FAILED)
		r->status = req.error ? -(int)req.error : -EIO;
	r->fault = req.fault;
	r->fault_engine = req.fault_engine;
	r->fault_command = req.fault_command;
	r->fault_va = req.fault_va;
	r->cycles = req.cycles;
	r->instructions = req.instructions;
	memcpy(r->busy, req.busy, sizeof(r->busy));
	ticket->known = true;
	return 0;
}

static void collect_old(struct mnet_transport *t)
{
	for (struct drm_ticket *ticket = t->tickets; ticket; ticket = ticket->next) {
		if (ticket->seqno + REMEMBERED_JOBS <= ticket->queue->last_seqno)
			collect(t, ticket);
	}
}

static unsigned int fill_regions(const struct mnet_job *job,
				 struct drm_edgetpu_region regions[EDGETPU_NUM_REGIONS])
{
	unsigned int count = 0;

	memset(regions, 0, EDGETPU_NUM_REGIONS * sizeof(regions[0]));
	for (unsigned int i = 0; i < EDGETPU_NUM_REGIONS; i++) {
		const struct mnet_job_region *r = &job->regions[i];

		if (!r->bo)
			continue;
		regions[i].va = ((struct drm_bo *)r->bo)->va + r->offset;
		regions[i].size = r->size;
		regions[i].flags = (r->flags & EDGETPU_REGION_READ ? DRM_EDGETPU_REGION_READ : 0) |
			(r->flags & EDGETPU_REGION_WRITE ? DRM_EDGETPU_REGION_WRITE : 0);
		count = i + 1;
	}
	return count;
}

static int submit_once(struct mnet_transport *t, struct drm_edgetpu_job *job)
{
	struct drm_edgetpu_submit req = {
		.queue_id = t->queue->id,
		.jobs = {
			.stride = sizeof(*job),
			.count = 1,
			.array = (uintptr_t)job,
		},
	};

	return drmIoctl(t->fd, DRM_IOCTL_EDGETPU_SUBMIT, &req) ? -errno : 0;
}

static int submit_locked(struct mnet_transport *t, const struct mnet_job *job,
			 struct drm_ticket *ticket, struct mnet_error *err)
{
	struct drm_edgetpu_region regions[EDGETPU_NUM_REGIONS];
	struct drm_edgetpu_sync_op signal = {
		.flags = DRM_EDGETPU_SYNC_SIGNAL | DRM_EDGETPU_SYNC_TIMELINE,
		.handle = t->syncobj,
		.timeline_value = t->last_ticket + 1,
	};
	struct drm_edgetpu_job req = {
		.flags = job->trace ? DRM_EDGETPU_JOB_TRACE : 0,
		.num_commands = job->num_commands,
		.trace_region = job->trace ? job->trace_region : 0,
		.regions = {
			.stride = sizeof(regions[0]),
			.count = fill_regions(job, regions),
			.array = (uintptr_t)regions,
		},
		.syncs = {
			.stride = sizeof(signal),
			.count = 1,
			.array = (uintptr_t)&signal,
		},
	};
	int ret;

	collect_old(t);
	ret = submit_once(t, &req);
	if (ret == -ECANCELED) {
		ret = queue_replace(t, err);
		if (ret)
			return ret;
		ret = submit_once(t, &req);
	}
	if (ret == -ENODEV)
		return mnet_fail(err, ret, "the device is gone");
	if (ret)
		return mnet_fail(err, ret, "the driver refused the job: %s", strerror(-ret));

	ticket->point = ++t->last_ticket;
	ticket->queue = t->queue;
	ticket->seqno = req.seqno;
	ticket->next = t->tickets;
	t->tickets = ticket;
	t->queue->tickets++;
	t->queue->last_seqno = req.seqno;
	return 0;
}

int drm_queue_submit(struct mnet_transport *t, const struct mnet_job *job, uint64_t *ticket,
		     struct mnet_error *err)
{
	struct drm_ticket *entry = calloc(1, sizeof(*entry));
	int ret;

	if (!entry)
		return mnet_fail(err, -ENOMEM, "out of memory");
	pthread_mutex_lock(&t->lock);
	ret = submit_locked(t, job, entry, err);
	if (!ret)
		*ticket = entry->point;
	pthread_mutex_unlock(&t->lock);
	if (ret)
		free(entry);
	return ret;
}

/* Absolute CLOCK_MONOTONIC, as the wait ioctl wants it */
static int64_t deadline(int64_t timeout_ns)
{
	struct timespec now;
	int64_t now_ns;

	if (timeout_ns < 0)
		return INT64_MAX;
	clock_gettime(CLOCK_MONOTONIC, &now);
	now_ns = now.tv_sec * 1000000000ll + now.tv_nsec;
	return timeout_ns > INT64_MAX - now_ns ? INT64_MAX : now_ns + timeout_ns;
}

static int take_result(struct mnet_transport *t, uint64_t point, struct mnet_job_result *result,
		       struct mnet_error *err)
{
	struct drm_ticket **link = &t->tickets, *ticket;
	int ret;

	while (*link && (*link)->point != point)
		link = &(*link)->next;
	ticket = *link;
	if (!ticket)
		return mnet_fail(err, -ENOENT, "no such job: %" PRIu64, point);
	ret = collect(t, ticket);
	if (ret == -ENODEV) {
		ticket->result.status = -ENODEV;
		ret = 0;
	}
	if (ret)
		mnet_fail(err, ret, "the driver does not say how the job ended: %s",
			  strerror(-ret));
	else
		*result = ticket->result;
	*link = ticket->next;
	ticket_free(t, ticket);
	return ret;
}

int drm_queue_wait(struct mnet_transport *t, uint64_t ticket, int64_t timeout_ns,
		   struct mnet_job_result *result, struct mnet_error *err)
{
	int ret = drmSyncobjTimelineWait(t->fd, &t->syncobj, &ticket, 1, deadline(timeout_ns),
					 0, NULL);

	/* After ENODEV the ticket is still taken back, with that as its result. */
	if (ret && ret != -ENODEV)
		return mnet_fail(err, ret, "waiting for the job: %s", strerror(-ret));
	pthread_mutex_lock(&t->lock);
	ret = take_result(t, ticket, result, err);
	pthread_mutex_unlock(&t->lock);
	return ret;
}
