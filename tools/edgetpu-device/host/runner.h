/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The thread on which a device's time passes: it calls edgetpu_device_run()
 * whenever the device has been kicked, and rests else.
 */
#ifndef EDGETPU_HOST_RUNNER_H
#define EDGETPU_HOST_RUNNER_H

#include <stdint.h>
#include <time.h>

#include "core/device.h"

struct runner;

/* NULL when memory is short. Nothing runs before runner_start(). */
struct runner *runner_new(void);
/* 0, or the negative errno of pthread_create(); @dev outlives the runner's thread. */
int runner_start(struct runner *r, struct edgetpu_device *dev);
/* Resets the device, which ends a run in progress, and waits for the thread. */
void runner_stop(struct runner *r);
/* After runner_stop(), or when it never started */
void runner_free(struct runner *r);

/* For struct edgetpu_host_ops.kick */
void runner_kick(struct runner *r);
/* Something happened that those in runner_wait() want to know; from .irq */
void runner_notify(struct runner *r);

enum runner_wait {
	RUNNER_EVENT,		/* runner_notify() was called */
	RUNNER_REST,		/* the device waits for the host */
	RUNNER_TIMEOUT,
};

/**
 * runner_wait - sleep until something happens
 * @seen: events seen so far, 0 at first; the caller looks at the device between
 *	two calls, so that nothing is missed
 * @deadline: of CLOCK_MONOTONIC, or NULL
 */
enum runner_wait runner_wait(struct runner *r, uint64_t *seen, const struct timespec *deadline);

#endif /* EDGETPU_HOST_RUNNER_H */
