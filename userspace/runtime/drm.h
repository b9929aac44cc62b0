/* SPDX-License-Identifier: MIT */
/*
 * The drm transport's parts: transport_drm.c opens the node and makes buffers,
 * drm_queue.c runs jobs.
 */
#ifndef MNET_RUNTIME_DRM_H
#define MNET_RUNTIME_DRM_H

#include <pthread.h>

#include "runtime/transport.h"
#include "runtime/va_space.h"

struct drm_bo {
	struct mnet_bo bo;
	uint32_t handle;
	uint64_t va;
	uint64_t bound_size;
	struct drm_bo *next;
};

struct drm_queue;
struct drm_ticket;

/**
 * struct mnet_transport - an open accel node
 * @fd: of the node
 * @lock: protects everything below; never held while waiting for a job
 * @space: device addresses
 * @bos: all buffers
 * @queue: where jobs go
 * @tickets: jobs that nobody has collected yet, newest first
 * @syncobj: timeline; a ticket is a point of it
 * @last_ticket: newest
 */
struct mnet_transport {
	int fd;
	pthread_mutex_t lock;
	struct va_space space;
	struct drm_bo *bos;
	struct drm_queue *queue;
	struct drm_ticket *tickets;
	uint32_t syncobj;
	uint64_t last_ticket;
};

/* The node's queue and timeline */
int drm_queue_open(struct mnet_transport *t, struct mnet_error *err);
void drm_queue_close(struct mnet_transport *t);

int drm_queue_submit(struct mnet_transport *t, const struct mnet_job *job, uint64_t *ticket,
		     struct mnet_error *err);
int drm_queue_wait(struct mnet_transport *t, uint64_t ticket, int64_t timeout_ns,
		   struct mnet_job_result *result, struct mnet_error *err);

#endif /* MNET_RUNTIME_DRM_H */
