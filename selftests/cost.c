// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a job costs the guest's processor, from SUBMIT to the wake-up by its fence.
 * No test: prints numbers, and is meant for tools/vm/driver-cost, whose machine
 * executes one instruction a nanosecond.
 *
 *   cost [JOBS]
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "edgetpu_selftest.h"

#define MAX_DEPTH	16

struct times {
	double elapsed;
	double idle;
};

/* Seconds since boot, and those in which the processor slept, to 10 ms */
static int now(struct times *t)
{
	struct timespec ts;
	FILE *f = fopen("/proc/uptime", "r");
	int n = 0;

	if (f) {
		n = fscanf(f, "%*f %lf", &t->idle);
		fclose(f);
	}
	clock_gettime(CLOCK_MONOTONIC, &ts);
	t->elapsed = ts.tv_sec + ts.tv_nsec * 1e-9;
	return n == 1 ? 0 : -1;
}

/* Keeps @depth jobs in the queue until @jobs have ended. */
static int run(struct tpu_client *c, unsigned int depth, unsigned int jobs,
	       struct drm_edgetpu_sync_op *done)
{
	for (unsigned int i = 0; i < jobs + depth; i++) {
		struct drm_edgetpu_sync_op *sync = &done[i % depth];
		int ret = 0;

		if (i >= depth)
			ret = tpu_syncobj_wait(c->fd, sync->handle, 60);
		if (!ret && i < jobs)
			ret = tpu_client_submit(c, sync, 1);
		if (ret)
			return ret;
	}
	return 0;
}

static int measure(struct tpu_client *c, unsigned int depth, unsigned int jobs)
{
	struct drm_edgetpu_sync_op done[MAX_DEPTH];
	struct times begin, end;
	int ret = 0;

	for (unsigned int i = 0; i < depth && !ret; i++) {
		done[i] = (struct drm_edgetpu_sync_op){ .flags = DRM_EDGETPU_SYNC_SIGNAL };
		ret = tpu_syncobj_new(c->fd, &done[i].handle);
	}
	if (!ret)
		ret = run(c, depth, jobs / 10, done);	/* warms up */
	if (ret || now(&begin))
		return ret ? ret : -1;
	ret = run(c, depth, jobs, done);
	if (ret || now(&end))
		return ret ? ret : -1;
	printf("%u queued: %.0f ns of processor a job, %.0f ns in all\n", depth,
	       (end.elapsed - begin.elapsed - (end.idle - begin.idle)) / jobs * 1e9,
	       (end.elapsed - begin.elapsed) / jobs * 1e9);
	fflush(stdout);
	for (unsigned int i = 0; i < depth; i++)
		tpu_syncobj_free(c->fd, done[i].handle);
	return 0;
}

int main(int argc, char **argv)
{
	static const unsigned int depths[] = { 1, 4, 16 };
	unsigned int jobs = argc > 1 ? atoi(argv[1]) : 20000;
	struct edgetpu_command *commands;
	struct tpu_client c;
	int ret = tpu_client_open(&c, 1);

	if (!ret) {
		/* The least that a job can be: one command, 64 bytes of SRAM */
		commands = c.commands.map;
		tpu_cmd_fill(&commands[0], 0, 64, 1);
		c.job.num_commands = 1;
	}
	for (int i = 0; i < 3 && !ret; i++)
		ret = measure(&c, depths[i], jobs);
	if (ret)
		fprintf(stderr, "cost: error %d\n", -ret);
	return ret ? 1 : 0;
}
