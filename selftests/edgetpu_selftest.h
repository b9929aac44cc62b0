/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the edgetpu selftests share: the node, buffers, jobs and syncobjs, each
 * a thin wrap of one ioctl that returns 0 or -errno. No library in between: the
 * tests see what the kernel says.
 */
#ifndef EDGETPU_SELFTEST_H
#define EDGETPU_SELFTEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drm/edgetpu_accel.h"
#include "edgetpu_isa.h"

/* Where a test's buffers are bound, far apart so that overruns hit nothing */
#define TPU_VA_COMMANDS	0x100000ull
#define TPU_VA_SOURCE	0x40000000ull
#define TPU_VA_TARGET	0x80000000ull

#define TPU_REGION_SOURCE	1
#define TPU_REGION_TARGET	2

#define TPU_DATA_SIZE	8192

/* Opens $EDGETPU_NODE, by default /dev/edgetpu0. */
int tpu_open(void);
int tpu_ioctl(int fd, unsigned long request, void *argument);

/**
 * struct tpu_bo - a buffer, mapped
 * @handle: GEM handle
 * @size: bytes
 * @map: CPU mapping
 */
struct tpu_bo {
	uint32_t handle;
	uint64_t size;
	void *map;
};

int tpu_bo_new(int fd, uint64_t size, struct tpu_bo *bo);
void tpu_bo_free(int fd, struct tpu_bo *bo);
/* A dma-buf of a sealed memfd; @map, unless NULL: its mapping. Negative: there is none. */
int tpu_udmabuf_new(uint64_t size, void **map);
int tpu_gem_close(int fd, uint32_t handle);
int tpu_bind(int fd, uint32_t handle, uint64_t va, uint64_t size, uint32_t flags);
int tpu_unbind(int fd, uint64_t va, uint64_t size);
int tpu_queue_new(int fd, uint32_t priority, uint32_t *id);
int tpu_queue_free(int fd, uint32_t id);

/* Fill in one command each and leave its waits 0. */
void tpu_cmd_load(struct edgetpu_command *c, uint32_t region, uint64_t offset, uint32_t sram,
		  uint32_t len);
void tpu_cmd_store(struct edgetpu_command *c, uint32_t region, uint64_t offset, uint32_t sram,
		   uint32_t len);
void tpu_cmd_fill(struct edgetpu_command *c, uint32_t sram, uint32_t len, uint8_t value);
/* Makes every command wait for all before it. */
void tpu_serialise(struct edgetpu_command *commands, unsigned int count);

int tpu_syncobj_new(int fd, uint32_t *handle);
void tpu_syncobj_free(int fd, uint32_t handle);
/* Waits up to @seconds; -ETIME when it did not signal. */
int tpu_syncobj_wait(int fd, uint32_t handle, int seconds);
int tpu_timeline_wait(int fd, uint32_t handle, uint64_t point, int seconds);
int tpu_timeline_query(int fd, uint32_t handle, uint64_t *point);

/* Waits up to @seconds for a sync file; its error as -errno, 0 without one, -ETIME. */
int tpu_sync_file_error(int fd, int seconds);

/**
 * struct tpu_client - an open node ready to copy TPU_DATA_SIZE bytes from source to target
 * @fd: the node
 * @queue: normal priority
 * @commands: bound for COMMAND at TPU_VA_COMMANDS; holds the copying commands
 * @source: bound for READ at TPU_VA_SOURCE; a pattern
 * @target: bound for WRITE at TPU_VA_TARGET; zeroed
 * @num_commands: of the copy
 * @regions: commands, source, target
 * @job: refers to @regions; no syncs
 */
struct tpu_client {
	int fd;
	uint32_t queue;
	struct tpu_bo commands;
	struct tpu_bo source;
	struct tpu_bo target;
	uint32_t num_commands;
	struct drm_edgetpu_region regions[3];
	struct drm_edgetpu_job job;
};

int tpu_client_open(struct tpu_client *c, unsigned int seed);
int tpu_client_open_node(struct tpu_client *c, const char *node, unsigned int seed);
void tpu_client_close(struct tpu_client *c);
/* Submits @jobs, or c->job, with the syncs they name. */
int tpu_submit(int fd, uint32_t queue, struct drm_edgetpu_job *jobs, uint32_t count);
/* Submits c->job with @syncs added. */
int tpu_client_submit(struct tpu_client *c, const struct drm_edgetpu_sync_op *syncs,
		      uint32_t count);
/* Submits c->job; a sync file of its end, or -errno. */
int tpu_client_submit_file(struct tpu_client *c);
/* Submits c->job, waits, and checks that the target is the source: 0, -EIO or an errno. */
int tpu_client_copy(struct tpu_client *c);
/* Replaces the commands by @count that keep the vector unit busy for some 10^5 cycles each. */
void tpu_client_make_slow(struct tpu_client *c, unsigned int count);
/*
 * Replaces queue and commands: what is submitted then takes a minute and more of any host's
 * time, and no limit ends it. Needs CAP_SYS_NICE.
 */
int tpu_client_make_endless(struct tpu_client *c);
/*
 * A stage for tests of order. On it @second, on a queue of high priority, is posted after
 * @first, which has a long job before it on its queue: the second comes first, unless it
 * waits. Both store 64 bytes of a value of theirs to the start of the client's target.
 *
 * struct tpu_race - two jobs
 * @client: whose they are
 * @queue: of first, and the long job, and of second
 * @value: that each stores
 */
struct tpu_race {
	struct tpu_client *client;
	uint32_t queue[2];
	uint8_t value[2];
};

/* Writes the commands and starts the long job. */
int tpu_race_start(struct tpu_race *r, struct tpu_client *c);
/* The job that stores value @which, in @regions of its own; for tpu_submit() */
struct drm_edgetpu_job tpu_race_job(struct tpu_race *r, unsigned int which,
				    struct drm_edgetpu_region regions[3],
				    const struct drm_edgetpu_sync_op *syncs, uint32_t count);
/* Waits for both to end; which of them was last, or -errno */
int tpu_race_last(struct tpu_race *r);

/* Waits by JOB_STATUS until @seqno has ended; -ETIME after @seconds. */
int tpu_job_wait(int fd, uint32_t queue, uint64_t seqno, int seconds,
		 struct drm_edgetpu_job_status *status);

#endif /* EDGETPU_SELFTEST_H */
