// SPDX-License-Identifier: GPL-2.0-only
/* Many more clients and queues than the hardware has places: all of them work. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "edgetpu_selftest.h"
#include "kselftest_harness.h"

#define CLIENTS		1000
#define FLOODERS	6	/* with all their queues more than there are rings */

FIXTURE(slots) {
};

FIXTURE_SETUP(slots)
{
	const struct rlimit files = { 4096, 4096 };

	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &files));
}

FIXTURE_TEARDOWN(slots)
{
}

static int make(struct tpu_bo *bo, int fd, uint64_t size, uint64_t va, uint32_t flags)
{
	int ret = tpu_bo_new(fd, size, bo);

	return ret ? ret : tpu_bind(fd, bo->handle, va, bo->size, flags);
}

/* As tpu_client_open(), with a page of commands: a thousand of them fit into a small machine. */
static int open_small(struct tpu_client *c, unsigned int seed)
{
	struct edgetpu_command *commands;
	uint8_t *pattern;
	int ret;

	memset(c, 0, sizeof(*c));
	c->fd = tpu_open();
	if (c->fd < 0)
		return c->fd;
	ret = tpu_queue_new(c->fd, DRM_EDGETPU_PRIORITY_NORMAL, &c->queue);
	if (!ret)
		ret = make(&c->commands, c->fd, 4096, TPU_VA_COMMANDS, DRM_EDGETPU_VM_BIND_COMMAND);
	if (!ret)
		ret = make(&c->source, c->fd, TPU_DATA_SIZE, TPU_VA_SOURCE,
			   DRM_EDGETPU_VM_BIND_READ);
	if (!ret)
		ret = make(&c->target, c->fd, TPU_DATA_SIZE, TPU_VA_TARGET,
			   DRM_EDGETPU_VM_BIND_WRITE);
	if (ret)
		return ret;
	pattern = c->source.map;
	for (unsigned int i = 0; i < TPU_DATA_SIZE; i++)
		pattern[i] = i * 3 + (i >> 8) + seed * 31 + (seed >> 3) + 1;
	commands = c->commands.map;
	tpu_cmd_load(&commands[0], TPU_REGION_SOURCE, 0, 0, TPU_DATA_SIZE);
	tpu_cmd_store(&commands[1], TPU_REGION_TARGET, 0, 0, TPU_DATA_SIZE);
	tpu_serialise(commands, 2);
	c->regions[0] = (struct drm_edgetpu_region){ TPU_VA_COMMANDS, 4096,
						     DRM_EDGETPU_REGION_READ, 0 };
	c->regions[1] = (struct drm_edgetpu_region){ TPU_VA_SOURCE, TPU_DATA_SIZE,
						     DRM_EDGETPU_REGION_READ, 0 };
	c->regions[2] = (struct drm_edgetpu_region){ TPU_VA_TARGET, TPU_DATA_SIZE,
						     DRM_EDGETPU_REGION_WRITE, 0 };
	c->num_commands = 2;
	c->job.num_commands = 2;
	c->job.regions.stride = sizeof(c->regions[0]);
	c->job.regions.count = 3;
	c->job.regions.array = (uintptr_t)c->regions;
	return 0;
}

static struct tpu_client *open_many(unsigned int count)
{
	struct tpu_client *c = calloc(count, sizeof(*c));

	for (unsigned int i = 0; c && i < count; i++) {
		if (open_small(&c[i], i)) {
			free(c);
			return NULL;
		}
	}
	return c;
}

static void close_many(struct tpu_client *c, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		tpu_client_close(&c[i]);
	free(c);
}

TEST_F(slots, a_thousand_open_clients_all_work)
{
	struct tpu_client *c = open_many(CLIENTS);

	ASSERT_NE(NULL, c);
	for (unsigned int i = 0; i < CLIENTS; i++)
		ASSERT_EQ(0, tpu_client_copy(&c[i]));
	/* and again: those that went first have lost their places */
	for (unsigned int i = 0; i < CLIENTS; i += 7)
		ASSERT_EQ(0, tpu_client_copy(&c[i]));
	close_many(c, CLIENTS);
}

TEST_F(slots, jobs_of_hundreds_of_clients_at_once_all_end_well)
{
	struct drm_edgetpu_job_status status;
	const unsigned int clients = 200, jobs = 40;
	struct tpu_client *c = open_many(clients);

	ASSERT_NE(NULL, c);
	for (unsigned int j = 0; j < jobs; j++)
		for (unsigned int i = 0; i < clients; i++)
			ASSERT_EQ(0, tpu_client_submit(&c[i], NULL, 0));
	for (unsigned int i = 0; i < clients; i++) {
		for (unsigned int j = 1; j <= jobs; j++) {
			ASSERT_EQ(0, tpu_job_wait(c[i].fd, c[i].queue, j, 120, &status));
			EXPECT_EQ(DRM_EDGETPU_JOB_DONE, status.state);
		}
		EXPECT_EQ(0, memcmp(c[i].source.map, c[i].target.map, TPU_DATA_SIZE));
	}
	close_many(c, clients);
}

/* Makes @c's queue one of the most a file may have. */
static int fill_with_queues(struct tpu_client *c, uint32_t *ids)
{
	ids[0] = c->queue;
	for (int q = 1; q < DRM_EDGETPU_MAX_QUEUES; q++) {
		int ret = tpu_queue_new(c->fd, DRM_EDGETPU_PRIORITY_NORMAL, &ids[q]);

		if (ret)
			return ret;
	}
	return 0;
}

TEST_F(slots, idle_queues_keep_nobody_out)
{
	struct tpu_client *c = open_many(40), one;
	uint32_t ids[DRM_EDGETPU_MAX_QUEUES];

	ASSERT_NE(NULL, c);
	for (int i = 0; i < 40; i++) {
		ASSERT_EQ(0, fill_with_queues(&c[i], ids));
		/* each has been at work */
		for (int q = 0; q < DRM_EDGETPU_MAX_QUEUES; q++) {
			c[i].queue = ids[q];
			ASSERT_EQ(0, tpu_client_submit(&c[i], NULL, 0));
		}
	}
	ASSERT_EQ(0, open_small(&one, 77));
	EXPECT_EQ(0, tpu_client_copy(&one));
	tpu_client_close(&one);
	close_many(c, 40);
}

/* Every queue has more jobs than its ring holds, and always will have. */
TEST_F(slots, busy_queues_keep_nobody_out)
{
	struct tpu_client c[FLOODERS], one;
	uint32_t ids[FLOODERS][DRM_EDGETPU_MAX_QUEUES];

	for (int i = 0; i < FLOODERS; i++) {
		ASSERT_EQ(0, tpu_client_open(&c[i], i));
		ASSERT_EQ(0, fill_with_queues(&c[i], ids[i]));
		tpu_client_make_slow(&c[i], 20);
		for (int j = 0; j < 60 * DRM_EDGETPU_MAX_QUEUES; j++) {
			c[i].queue = ids[i][j % DRM_EDGETPU_MAX_QUEUES];
			ASSERT_EQ(0, tpu_client_submit(&c[i], NULL, 0));
		}
	}
	ASSERT_EQ(0, tpu_client_open(&one, 77));
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(0, tpu_client_copy(&one));
	tpu_client_close(&one);
	for (int i = 0; i < FLOODERS; i++)
		tpu_client_close(&c[i]);
}

/* Jobs of a queue keep their order, whatever places it had while they ran. */
TEST_F(slots, order_outlives_the_loss_of_a_place)
{
	enum { JOBS = 120 };
	struct edgetpu_command *commands;
	struct drm_edgetpu_job_status status;
	struct tpu_client *others = open_many(120), one;
	uint8_t *target;

	ASSERT_NE(NULL, others);
	ASSERT_EQ(0, tpu_client_open(&one, 1));
	target = one.target.map;
	commands = one.commands.map;
	/* job j writes j + 1 from byte j on */
	for (unsigned int j = 0; j < JOBS; j++) {
		tpu_cmd_fill(&commands[2 * j], 0, JOBS - j, j + 1);
		tpu_cmd_store(&commands[2 * j + 1], TPU_REGION_TARGET, j, 0, JOBS - j);
		tpu_serialise(&commands[2 * j], 2);
	}
	for (unsigned int j = 0; j < JOBS; j++) {
		one.regions[0].va = TPU_VA_COMMANDS + 2 * j * EDGETPU_COMMAND_SIZE;
		one.regions[0].size = 2 * EDGETPU_COMMAND_SIZE;
		ASSERT_EQ(0, tpu_client_submit(&one, NULL, 0));
		for (unsigned int i = 0; i < 10; i++)
			ASSERT_EQ(0, tpu_client_submit(&others[(10 * j + i) % 120], NULL, 0));
	}
	ASSERT_EQ(0, tpu_job_wait(one.fd, one.queue, JOBS, 60, &status));
	EXPECT_EQ(DRM_EDGETPU_JOB_DONE, status.state);
	for (unsigned int j = 0; j < JOBS; j++)
		EXPECT_EQ(j + 1, target[j]);
	tpu_client_close(&one);
	close_many(others, 120);
}

static void *come_and_go(void *argument)
{
	unsigned int seed = (uintptr_t)argument;
	struct tpu_client c;
	long bad = 0;

	if (open_small(&c, seed))
		return (void *)1;
	for (int round = 0; !bad && round < 60; round++) {
		bad |= tpu_client_submit(&c, NULL, 0);
		if (round % 3)
			bad |= tpu_client_copy(&c);
		bad |= tpu_queue_free(c.fd, c.queue);
		bad |= tpu_queue_new(c.fd, rand_r(&seed) % 2, &c.queue);
	}
	tpu_client_close(&c);
	return (void *)bad;
}

TEST_F(slots, queues_come_and_go_in_threads_and_processes)
{
	pthread_t threads[8];
	pid_t children[3];
	int status;
	void *bad;

	for (int i = 0; i < 3; i++) {
		children[i] = fork();
		ASSERT_LE(0, children[i]);
		if (!children[i])
			_exit(come_and_go((void *)(uintptr_t)(100 + i)) ? 1 : 0);
	}
	for (uintptr_t i = 0; i < 8; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, come_and_go, (void *)i));
	for (int i = 0; i < 8; i++) {
		ASSERT_EQ(0, pthread_join(threads[i], &bad));
		EXPECT_EQ(NULL, bad);
	}
	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(children[i], waitpid(children[i], &status, 0));
		EXPECT_EQ(0, status);
	}
}

TEST_HARNESS_MAIN
