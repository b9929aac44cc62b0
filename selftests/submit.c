// SPDX-License-Identifier: GPL-2.0-only
/* Jobs: they run, in order, and their end can be asked for. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "edgetpu_selftest.h"
#include "kselftest_harness.h"

FIXTURE(jobs) {
	struct tpu_client client;
};

FIXTURE_SETUP(jobs)
{
	ASSERT_EQ(0, tpu_client_open(&self->client, 3));
}

FIXTURE_TEARDOWN(jobs)
{
	tpu_client_close(&self->client);
}

static int status_of(struct tpu_client *c, uint64_t seqno, struct drm_edgetpu_job_status *s)
{
	memset(s, 0, sizeof(*s));
	s->queue_id = c->queue;
	s->seqno = seqno;
	return tpu_ioctl(c->fd, DRM_IOCTL_EDGETPU_JOB_STATUS, s);
}

TEST_F(jobs, move_bytes_from_source_to_target)
{
	for (int i = 0; i < 20; i++)
		ASSERT_EQ(0, tpu_client_copy(&self->client));
}

TEST_F(jobs, are_numbered_from_one_in_their_queue)
{
	for (uint64_t i = 1; i <= 5; i++) {
		ASSERT_EQ(0, tpu_client_submit(&self->client, NULL, 0));
		EXPECT_EQ(i, self->client.job.seqno);
	}
}

TEST_F(jobs, tell_their_cycles)
{
	struct drm_edgetpu_job_status s;

	ASSERT_EQ(0, tpu_client_submit(&self->client, NULL, 0));
	ASSERT_EQ(0, tpu_job_wait(self->client.fd, self->client.queue, 1, 20, &s));
	EXPECT_EQ(DRM_EDGETPU_JOB_DONE, s.state);
	EXPECT_EQ(0, s.error);
	EXPECT_EQ(0, s.fault);
	EXPECT_LT(0, s.instructions);
	EXPECT_LT(0, s.busy[EDGETPU_ENGINE_LOAD]);
	EXPECT_LT(0, s.busy[EDGETPU_ENGINE_STORE]);
	EXPECT_EQ(0, s.busy[EDGETPU_ENGINE_ARRAY]);
	/* the store waits for the load */
	EXPECT_LE(s.busy[EDGETPU_ENGINE_LOAD] + s.busy[EDGETPU_ENGINE_STORE], s.cycles);
}

TEST_F(jobs, take_the_same_cycles_every_time)
{
	struct drm_edgetpu_job_status first = { 0 }, s;

	/* the first job of a context also pays for clearing the SRAM of the one before */
	for (uint64_t i = 1; i <= 6; i++) {
		ASSERT_EQ(0, tpu_client_submit(&self->client, NULL, 0));
		ASSERT_EQ(0, tpu_job_wait(self->client.fd, self->client.queue, i, 20, &s));
		if (i == 2)
			first = s;
		if (i > 2)
			EXPECT_EQ(first.cycles, s.cycles);
	}
}

TEST_F(jobs, of_one_submit_run_in_order)
{
	struct edgetpu_command *commands = self->client.commands.map;
	struct drm_edgetpu_region regions[8][3];
	struct drm_edgetpu_sync_op signal = { .flags = DRM_EDGETPU_SYNC_SIGNAL };
	struct drm_edgetpu_job jobs[8];
	uint8_t *target = self->client.target.map;

	/* job j overwrites bytes j.. with the value j + 1 */
	for (unsigned int j = 0; j < 8; j++) {
		tpu_cmd_fill(&commands[2 * j], 0, 8 - j, j + 1);
		tpu_cmd_store(&commands[2 * j + 1], TPU_REGION_TARGET, j, 0, 8 - j);
		tpu_serialise(&commands[2 * j], 2);
		memcpy(regions[j], self->client.regions, sizeof(regions[j]));
		regions[j][0].va += 2 * j * EDGETPU_COMMAND_SIZE;
		regions[j][0].size = 2 * EDGETPU_COMMAND_SIZE;
		jobs[j] = self->client.job;
		jobs[j].num_commands = 2;
		jobs[j].regions.array = (uintptr_t)regions[j];
	}
	ASSERT_EQ(0, tpu_syncobj_new(self->client.fd, &signal.handle));
	jobs[7].syncs.stride = sizeof(signal);
	jobs[7].syncs.count = 1;
	jobs[7].syncs.array = (uintptr_t)&signal;
	ASSERT_EQ(0, tpu_submit(self->client.fd, self->client.queue, jobs, 8));
	for (unsigned int j = 0; j < 8; j++)
		EXPECT_EQ(j + 1, jobs[j].seqno);
	ASSERT_EQ(0, tpu_syncobj_wait(self->client.fd, signal.handle, 20));
	for (unsigned int j = 0; j < 8; j++)
		EXPECT_EQ(j + 1, target[j]);
}

TEST_F(jobs, more_than_a_ring_holds_all_run)
{
	struct drm_edgetpu_job_status s;

	for (int i = 0; i < 1000; i++)
		ASSERT_EQ(0, tpu_client_submit(&self->client, NULL, 0));
	ASSERT_EQ(0, tpu_job_wait(self->client.fd, self->client.queue, 1000, 60, &s));
	EXPECT_EQ(DRM_EDGETPU_JOB_DONE, s.state);
	EXPECT_EQ(0, memcmp(self->client.source.map, self->client.target.map, TPU_DATA_SIZE));
}

static int submit_nonblock(struct tpu_client *c, uint32_t count, struct drm_edgetpu_job *jobs)
{
	struct drm_edgetpu_submit submit = {
		.queue_id = c->queue,
		.flags = DRM_EDGETPU_SUBMIT_NONBLOCK,
		.jobs = { .stride = sizeof(*jobs), .count = count, .array = (uintptr_t)jobs },
	};

	/* not tpu_ioctl(), which tries again */
	return ioctl(c->fd, DRM_IOCTL_EDGETPU_SUBMIT, &submit) ? -errno : 0;
}

TEST_F(jobs, of_a_full_queue_wait_or_are_refused)
{
	struct tpu_client *c = &self->client;
	struct drm_edgetpu_job_status s;
	struct drm_edgetpu_job jobs[64];
	int flags = fcntl(c->fd, F_GETFL), n = 0, status;
	pid_t child;

	ASSERT_EQ(0, tpu_client_make_endless(c));
	for (int i = 0; i < 64; i++)
		jobs[i] = c->job;
	while (n < 1000 && !submit_nonblock(c, 1, jobs))
		n++;
	EXPECT_EQ(DRM_EDGETPU_MAX_UNFINISHED, n);
	/* nor is there room for part of a call */
	EXPECT_EQ(-EAGAIN, submit_nonblock(c, 64, jobs));
	ASSERT_EQ(0, fcntl(c->fd, F_SETFL, flags | O_NONBLOCK));
	EXPECT_EQ(-EAGAIN, submit_nonblock(c, 64, jobs));
	ASSERT_EQ(0, fcntl(c->fd, F_SETFL, flags));

	/* whoever waits can be killed, and the queue destroyed under them */
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		tpu_submit(c->fd, c->queue, jobs, 64);
		_exit(tpu_submit(c->fd, c->queue, jobs, 64));
	}
	usleep(50000);
	ASSERT_EQ(0, kill(child, SIGKILL));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		int ret = 0;

		while (!ret)
			ret = tpu_submit(c->fd, c->queue, jobs, 64);
		_exit(ret == -ENOENT || ret == -ECANCELED ? 0 : 1);
	}
	usleep(50000);
	ASSERT_EQ(0, tpu_queue_free(c->fd, c->queue));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);

	/* and a job that has ended makes room for one */
	ASSERT_EQ(0, tpu_queue_new(c->fd, DRM_EDGETPU_PRIORITY_NORMAL, &c->queue));
	tpu_client_make_slow(c, 1);
	for (int i = 0; i < 64; i++)
		jobs[i] = c->job;
	for (int i = 0; i < 10; i++)
		ASSERT_EQ(0, tpu_submit(c->fd, c->queue, jobs, 64));
	ASSERT_EQ(0, tpu_job_wait(c->fd, c->queue, 640, 60, &s));
	EXPECT_EQ(DRM_EDGETPU_JOB_DONE, s.state);
}

/* All or nothing, also when the numbers of the jobs cannot be told. */
TEST_F(jobs, whose_numbers_cannot_be_written_are_not_queued)
{
	struct tpu_client *c = &self->client;
	struct drm_edgetpu_job *jobs;

	/* the first of them can be written, the second not */
	jobs = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)jobs);
	jobs = (void *)((char *)jobs + 4096 - sizeof(*jobs));
	jobs[0] = c->job;
	jobs[1] = c->job;
	ASSERT_EQ(0, mprotect((void *)&jobs[1], 4096, PROT_READ));
	EXPECT_EQ(-EFAULT, tpu_submit(c->fd, c->queue, jobs, 2));
	ASSERT_EQ(0, tpu_client_submit(c, NULL, 0));
	EXPECT_EQ(1, c->job.seqno);
}

/* What is not in memory yet is brought in, the page of every job. */
TEST_F(jobs, in_memory_never_touched_get_their_numbers)
{
	struct tpu_client *c = &self->client;
	struct drm_edgetpu_job_status s;
	int file = memfd_create("jobs", 0);
	uint8_t *map;
	struct drm_edgetpu_submit submit = {
		.queue_id = c->queue,
		.jobs = { .stride = 4096, .count = 8 },
	};

	for (int i = 0; i < 8; i++)
		ASSERT_EQ(sizeof(c->job), pwrite(file, &c->job, sizeof(c->job), i * 4096));
	ASSERT_EQ(0, ftruncate(file, 8 * 4096));
	map = mmap(NULL, 8 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
	ASSERT_NE(MAP_FAILED, (void *)map);
	submit.jobs.array = (uintptr_t)map;
	ASSERT_EQ(0, tpu_ioctl(c->fd, DRM_IOCTL_EDGETPU_SUBMIT, &submit));
	for (int i = 0; i < 8; i++)
		EXPECT_EQ(i + 1, ((struct drm_edgetpu_job *)(map + i * 4096))->seqno);
	ASSERT_EQ(0, tpu_job_wait(c->fd, c->queue, 8, 20, &s));
	EXPECT_EQ(-ENOENT, status_of(c, 9, &s));
	munmap(map, 8 * 4096);
	close(file);
}

TEST_F(jobs, of_two_queues_both_run)
{
	uint32_t first = self->client.queue, second;

	ASSERT_EQ(0, tpu_queue_new(self->client.fd, DRM_EDGETPU_PRIORITY_LOW, &second));
	for (int i = 0; i < 10; i++) {
		self->client.queue = i & 1 ? first : second;
		EXPECT_EQ(0, tpu_client_copy(&self->client));
	}
	self->client.queue = first;
}

TEST_F(jobs, take_structures_that_have_grown)
{
	struct {
		struct drm_edgetpu_job job;
		uint64_t future;
	} grown = { .job = self->client.job };
	struct drm_edgetpu_submit submit = {
		.queue_id = self->client.queue,
		.jobs = { .stride = sizeof(grown), .count = 1, .array = (uintptr_t)&grown },
	};

	EXPECT_EQ(0, tpu_ioctl(self->client.fd, DRM_IOCTL_EDGETPU_SUBMIT, &submit));
	grown.future = 1;
	EXPECT_EQ(-E2BIG, tpu_ioctl(self->client.fd, DRM_IOCTL_EDGETPU_SUBMIT, &submit));
}

/* As programs have them that were built before the number was added: it is not written. */
TEST_F(jobs, take_structures_without_the_last_fields)
{
	const size_t stride = offsetof(struct drm_edgetpu_job, seqno);
	struct tpu_client *c = &self->client;
	struct drm_edgetpu_job_status s;
	char jobs[2 * sizeof(c->job)];
	struct drm_edgetpu_submit submit = {
		.queue_id = c->queue,
		.jobs = { .stride = stride, .count = 2, .array = (uintptr_t)jobs },
	};

	memset(jobs, 0x5a, sizeof(jobs));
	memcpy(jobs, &c->job, stride);
	memcpy(jobs + stride, &c->job, stride);
	ASSERT_EQ(0, tpu_ioctl(c->fd, DRM_IOCTL_EDGETPU_SUBMIT, &submit));
	ASSERT_EQ(0, tpu_job_wait(c->fd, c->queue, 2, 20, &s));
	EXPECT_EQ(DRM_EDGETPU_JOB_DONE, s.state);
	EXPECT_EQ(0, memcmp(c->source.map, c->target.map, TPU_DATA_SIZE));
	EXPECT_EQ(0, memcmp(jobs + stride, &c->job, stride));
	for (size_t i = 2 * stride; i < sizeof(jobs); i++)
		EXPECT_EQ(0x5a, jobs[i]);
}

TEST_F(jobs, write_a_trace)
{
	struct edgetpu_trace *trace = self->client.target.map;
	struct drm_edgetpu_sync_op signal = { .flags = DRM_EDGETPU_SYNC_SIGNAL };
	struct edgetpu_command *commands = self->client.commands.map;

	tpu_cmd_load(&commands[0], TPU_REGION_SOURCE, 0, 0, 4096);
	tpu_cmd_fill(&commands[1], 64, 64, 5);
	commands[0].tag = 71;
	commands[1].tag = 72;
	tpu_serialise(commands, 2);
	self->client.job.flags = DRM_EDGETPU_JOB_TRACE;
	self->client.job.trace_region = TPU_REGION_TARGET;
	ASSERT_EQ(0, tpu_syncobj_new(self->client.fd, &signal.handle));
	ASSERT_EQ(0, tpu_client_submit(&self->client, &signal, 1));
	ASSERT_EQ(0, tpu_syncobj_wait(self->client.fd, signal.handle, 20));
	EXPECT_EQ(EDGETPU_ENGINE_LOAD, trace[0].engine);
	EXPECT_EQ(71, trace[0].tag);
	EXPECT_EQ(4096, trace[0].bytes);
	EXPECT_LT(trace[0].start, trace[0].end);
	EXPECT_EQ(EDGETPU_ENGINE_VECTOR, trace[1].engine);
	EXPECT_EQ(72, trace[1].tag);
	EXPECT_LE(trace[0].end, trace[1].start);
}

TEST_F(jobs, never_submitted_have_no_status)
{
	struct drm_edgetpu_job_status s;

	EXPECT_EQ(-ENOENT, status_of(&self->client, 1, &s));
	EXPECT_EQ(-ENOENT, status_of(&self->client, 0, &s));
	EXPECT_EQ(-ENOENT, status_of(&self->client, ~0ull, &s));
}

TEST_F(jobs, long_past_are_forgotten)
{
	struct drm_edgetpu_job_status s;

	for (int i = 0; i < 200; i++)
		ASSERT_EQ(0, tpu_client_submit(&self->client, NULL, 0));
	ASSERT_EQ(0, tpu_job_wait(self->client.fd, self->client.queue, 200, 30, &s));
	EXPECT_EQ(-ESTALE, status_of(&self->client, 1, &s));
	EXPECT_EQ(0, status_of(&self->client, 137, &s));
	EXPECT_EQ(DRM_EDGETPU_JOB_DONE, s.state);
}

TEST_F(jobs, status_refuses_bad_arguments)
{
	struct drm_edgetpu_job_status s = { .queue_id = 9999, .seqno = 1 };

	EXPECT_EQ(-ENOENT, tpu_ioctl(self->client.fd, DRM_IOCTL_EDGETPU_JOB_STATUS, &s));
	ASSERT_EQ(0, tpu_client_submit(&self->client, NULL, 0));
	memset(&s, 0, sizeof(s));
	s.queue_id = self->client.queue;
	s.seqno = 1;
	s.pad = 1;
	EXPECT_EQ(-EINVAL, tpu_ioctl(self->client.fd, DRM_IOCTL_EDGETPU_JOB_STATUS, &s));
}

TEST_HARNESS_MAIN
