// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device's thread.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "runner.h"

struct runner {
	struct edgetpu_device *dev;
	pthread_t thread;
	/* Protects what follows. */
	pthread_mutex_t lock;
	pthread_cond_t wake;	/* the thread: kicked or stopping */
	pthread_cond_t news;	/* waiters: an event, or the device rests */
	bool kicked;
	bool running;
	bool stopping;
	uint64_t events;
};

struct runner *runner_new(void)
{
	struct runner *r = calloc(1, sizeof(*r));
	pthread_condattr_t attr;

	if (!r)
		return NULL;
	pthread_mutex_init(&r->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&r->wake, NULL);
	pthread_cond_init(&r->news, &attr);
	pthread_condattr_destroy(&attr);
	return r;
}

void runner_free(struct runner *r)
{
	if (!r)
		return;
	pthread_cond_destroy(&r->news);
	pthread_cond_destroy(&r->wake);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

static void *run(void *arg)
{
	struct runner *r = arg;

	pthread_mutex_lock(&r->lock);
	for (;;) {
		while (!r->kicked && !r->stopping)
			pthread_cond_wait(&r->wake, &r->lock);
		if (r->stopping)
			break;
		r->kicked = false;
		r->running = true;
		pthread_mutex_unlock(&r->lock);
		bool again = edgetpu_device_run(r->dev);

		pthread_mutex_lock(&r->lock);
		r->running = false;
		r->kicked |= again;
		if (!r->kicked)
			pthread_cond_broadcast(&r->news);
	}
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

int runner_start(struct runner *r, struct edgetpu_device *dev)
{
	r->dev = dev;
	return -pthread_create(&r->thread, NULL, run, r);
}

void runner_stop(struct runner *r)
{
	pthread_mutex_lock(&r->lock);
	r->stopping = true;
	pthread_cond_signal(&r->wake);
	pthread_mutex_unlock(&r->lock);
	edgetpu_device_reset(r->dev);
	pthread_join(r->thread, NULL);
}

void runner_kick(struct runner *r)
{
	pthread_mutex_lock(&r->lock);
	r->kicked = true;
	pthread_cond_signal(&r->wake);
	pthread_mutex_unlock(&r->lock);
}

void runner_notify(struct runner *r)
{
	pthread_mutex_lock(&r->lock);
	r->events++;
	pthread_cond_broadcast(&r->news);
	pthread_mutex_unlock(&r->lock);
}

enum runner_wait runner_wait(struct runner *r, uint64_t *seen, const struct timespec *deadline)
{
	enum runner_wait what;
	int err = 0;

	pthread_mutex_lock(&r->lock);
	while (*seen == r->events && (r->kicked || r->running) && !err)
		err = deadline ? pthread_cond_timedwait(&r->news, &r->lock, deadline) :
				 pthread_cond_wait(&r->news, &r->lock);
	if (*seen != r->events)
		what = RUNNER_EVENT;
	else
		what = r->kicked || r->running ? RUNNER_TIMEOUT : RUNNER_REST;
	*seen = r->events;
	pthread_mutex_unlock(&r->lock);
	return what;
}
