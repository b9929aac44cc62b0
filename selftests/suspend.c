// SPDX-License-Identifier: GPL-2.0-only
/*
 * The system sleeps while clients are at work. Somebody has to press the power button again
 * and again (tools/vm/run --button), which ends its sleep.
 *
 * EDGETPU_SUSPENDS: how often the system goes to sleep in each test, 3 unless it says else.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "edgetpu_selftest.h"
#include "edgetpu_sysfs.h"
#include "kselftest_harness.h"

#define CLIENTS		4
/* Commands of a job: it takes some turns of its client */
#define UNITS		64
/* What counts the jobs is an int8, and must not saturate: then it begins anew. */
#define MOST_JOBS	250
#define IN_FLIGHT	3

/**
 * struct worker - a process whose jobs count themselves
 * @stop: set by its parent: no more jobs
 * @started: jobs submitted
 * @sum: what the jobs made of it together
 * @failed: jobs that did not end well
 */
struct worker {
	atomic_int stop;
	atomic_int started;
	atomic_int sum;
	atomic_int failed;
};

FIXTURE(suspend) {
	struct worker *workers;
	pid_t children[CLIENTS];
	int fd;
	int suspends;
};

static bool can(const char *file, const char *word)
{
	char text[128] = "";
	const int fd = open(file, O_RDONLY);

	if (fd < 0)
		return false;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = 0;
	close(fd);
	return strstr(text, word);
}

FIXTURE_SETUP(suspend)
{
	const char *suspends = getenv("EDGETPU_SUSPENDS");

	memset(self->children, 0, sizeof(self->children));
	self->suspends = suspends ? atoi(suspends) : 3;
	self->workers = mmap(NULL, CLIENTS * sizeof(*self->workers), PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->workers);
	self->fd = tpu_open();
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(suspend)
{
	for (int i = 0; i < CLIENTS; i++) {
		if (self->children[i] > 0) {
			kill(self->children[i], SIGKILL);
			waitpid(self->children[i], NULL, 0);
		}
	}
	munmap(self->workers, CLIENTS * sizeof(*self->workers));
	close(self->fd);
}

/*
 * A job that adds one to the first 64 bytes of the target: loads them at its beginning and
 * stores the sum at its end, so that one that is run twice, or in part, is seen.
 */
static int count_jobs(struct tpu_client *c)
{
	struct edgetpu_command *commands = c->commands.map, *add = &commands[1];

	for (int i = 0; i < UNITS; i++)
		tpu_cmd_fill(&commands[i], TPU_DATA_SIZE, 4 << 20, i);
	tpu_cmd_load(&commands[0], TPU_REGION_TARGET, 0, 0, 64);
	memset(add, 0, sizeof(*add));
	add->opcode = EDGETPU_OP_RESCALE;
	add->u.elementwise.out = 64;
	add->u.elementwise.len = 64;
	add->u.elementwise.n = 1;
	add->u.elementwise.multiplier[0] = 1 << 30;
	add->u.elementwise.shift[0] = 1;
	add->u.elementwise.in_zero_point[0] = -1;
	add->u.elementwise.act_min = -128;
	add->u.elementwise.act_max = 127;
	tpu_cmd_store(&commands[UNITS - 1], TPU_REGION_TARGET, 0, 64, 64);
	tpu_serialise(commands, UNITS);
	memset(c->target.map, -128, 64);
	c->job.num_commands = UNITS;
	c->regions[2].flags = DRM_EDGETPU_REGION_READ | DRM_EDGETPU_REGION_WRITE;
	tpu_unbind(c->fd, TPU_VA_TARGET, TPU_DATA_SIZE);
	return tpu_bind(c->fd, c->target.handle, TPU_VA_TARGET, TPU_DATA_SIZE,
			DRM_EDGETPU_VM_BIND_READ | DRM_EDGETPU_VM_BIND_WRITE);
}

/* What the jobs have added up to, if it is the same everywhere, or -1 */
static int sum_of(const struct tpu_client *c)
{
	const int8_t *target = c->target.map;

	for (int i = 1; i < 64; i++) {
		if (target[i] != target[0])
			return -1;
	}
	return target[0] + 128;
}

/* A client that always has jobs under way */
static void work(struct worker *w, unsigned int seed)
{
	struct drm_edgetpu_job_status status;
	struct tpu_client c;
	int ended = 0, counted = 0;

	if (tpu_client_open(&c, seed) || count_jobs(&c))
		_exit(1);
	while (ended < w->started || !w->stop) {
		while (!w->stop && w->started - counted < MOST_JOBS &&
		       w->started - ended < IN_FLIGHT) {
			if (tpu_client_submit(&c, NULL, 0))
				_exit(2);
			w->started++;
		}
		if (ended == w->started) {
			w->sum += sum_of(&c);
			memset(c.target.map, -128, 64);
			counted = ended;
			continue;
		}
		if (tpu_job_wait(c.fd, c.queue, ++ended, 120, &status) ||
		    status.state != DRM_EDGETPU_JOB_DONE)
			w->failed++;
	}
	w->sum += sum_of(&c);
	_exit(0);
}

/* Goes to sleep, however often a key that is pressed meanwhile prevents it. */
static int sleep_once(const char *mode)
{
	int ret;

	do {
		ret = tpu_write_file("/sys/power/state", mode);
	} while (ret == -EBUSY);
	return ret;
}

static void sleep_at_work(struct __test_metadata *_metadata, struct _test_data_suspend *self,
			  const char *mode)
{
	const long resets = tpu_debugfs("status", "resets");
	int status;

	for (int i = 0; i < CLIENTS; i++) {
		self->children[i] = fork();
		ASSERT_LE(0, self->children[i]);
		if (!self->children[i])
			work(&self->workers[i], i);
	}
	for (int i = 0; i < self->suspends; i++) {
		/* all are at work */
		for (int n = 0; n < CLIENTS; n++) {
			const int before = self->workers[n].started;

			while (self->workers[n].started == before) {
				ASSERT_EQ(0, waitpid(self->children[n], NULL, WNOHANG));
				usleep(1000);
			}
		}
		ASSERT_EQ(0, sleep_once(mode));
	}
	for (int i = 0; i < CLIENTS; i++)
		self->workers[i].stop = 1;
	for (int i = 0; i < CLIENTS; i++) {
		ASSERT_EQ(self->children[i], waitpid(self->children[i], &status, 0));
		self->children[i] = 0;
		EXPECT_EQ(0, status);
		EXPECT_EQ(0, self->workers[i].failed);
		EXPECT_LT(0, self->workers[i].started);
		EXPECT_EQ(self->workers[i].started, self->workers[i].sum);
		TH_LOG("client %d: %d jobs", i, self->workers[i].started);
	}
	EXPECT_EQ(resets, tpu_debugfs("status", "resets"));
}

TEST_F(suspend, to_idle_with_jobs_under_way)
{
	if (!can("/sys/power/state", "freeze"))
		SKIP(return, "no suspend to idle");
	sleep_at_work(_metadata, self, "freeze");
}

/* One client alone, which takes no turns and has no save area */
TEST_F(suspend, with_one_endless_job)
{
	struct drm_edgetpu_job_status status;
	struct tpu_client c;

	ASSERT_EQ(0, tpu_client_open(&c, 1));
	ASSERT_EQ(0, tpu_client_make_endless(&c));
	ASSERT_EQ(0, tpu_client_submit(&c, NULL, 0));
	for (int i = 0; i < self->suspends; i++) {
		usleep(200000);
		ASSERT_EQ(0, sleep_once("freeze"));
	}
	EXPECT_EQ(-ETIME, tpu_job_wait(c.fd, c.queue, 1, 1, &status));
	EXPECT_EQ(0, tpu_queue_free(c.fd, c.queue));
	tpu_client_close(&c);
}

/* It gives no way and is given up, whoever is tired of it first; others' work goes on. */
TEST_F(suspend, with_a_job_that_hangs)
{
	const char vector[] = { '0' + EDGETPU_ENGINE_VECTOR, 0 };
	struct drm_edgetpu_job_status status;
	char device[TPU_PCI_NAME], path[128];
	struct tpu_client guilty, innocent;

	ASSERT_EQ(0, tpu_pci_name(self->fd, device));
	snprintf(path, sizeof(path), "/sys/kernel/debug/accel/%.60s/hang", device);
	if (access(path, F_OK))
		SKIP(return, "no faults can be injected into this device");
	ASSERT_EQ(0, tpu_client_open(&guilty, 1));
	ASSERT_EQ(0, tpu_client_open(&innocent, 2));
	ASSERT_EQ(0, tpu_client_make_endless(&guilty));
	for (int i = 0; i < self->suspends; i++) {
		ASSERT_EQ(0, tpu_client_submit(&guilty, NULL, 0));
		usleep(200000);
		ASSERT_EQ(0, tpu_write_file(path, vector));
		memset(innocent.target.map, 0, TPU_DATA_SIZE);
		ASSERT_EQ(0, tpu_client_submit(&innocent, NULL, 0));
		ASSERT_EQ(0, sleep_once("freeze"));
		EXPECT_EQ(0, tpu_job_wait(guilty.fd, guilty.queue, 1, 60, &status));
		EXPECT_EQ(DRM_EDGETPU_JOB_FAILED, status.state);
		EXPECT_EQ(0, tpu_job_wait(innocent.fd, innocent.queue, i + 1, 60, &status));
		EXPECT_EQ(DRM_EDGETPU_JOB_DONE, status.state);
		EXPECT_EQ(0, memcmp(innocent.source.map, innocent.target.map, TPU_DATA_SIZE));
		/* a queue whose job hung takes no more */
		ASSERT_EQ(0, tpu_queue_free(guilty.fd, guilty.queue));
		ASSERT_EQ(0, tpu_queue_new(guilty.fd, DRM_EDGETPU_PRIORITY_NORMAL, &guilty.queue));
	}
	tpu_client_close(&guilty);
	tpu_client_close(&innocent);
}

TEST_F(suspend, to_memory_with_jobs_under_way)
{
	if (!can("/sys/power/mem_sleep", "[deep]"))
		SKIP(return, "no suspend to memory");
	sleep_at_work(_metadata, self, "mem");
}

TEST_HARNESS_MAIN
