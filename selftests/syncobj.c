// SPDX-License-Identifier: GPL-2.0-only
/* Binary and timeline syncobjs, waited for and signalled by jobs. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "edgetpu_selftest.h"
#include "kselftest_harness.h"

#define POINT	(DRM_EDGETPU_SYNC_SIGNAL | DRM_EDGETPU_SYNC_TIMELINE)

FIXTURE(sync) {
	struct tpu_client client;
	uint32_t second;	/* another queue */
	uint32_t handle;
};

FIXTURE_SETUP(sync)
{
	ASSERT_EQ(0, tpu_client_open(&self->client, 5));
	ASSERT_EQ(0, tpu_queue_new(self->client.fd, DRM_EDGETPU_PRIORITY_NORMAL, &self->second));
	ASSERT_EQ(0, tpu_syncobj_new(self->client.fd, &self->handle));
}

FIXTURE_TEARDOWN(sync)
{
	tpu_client_close(&self->client);
}

/* A job on @queue that runs commands [@first, @first + @count) with @syncs */
static int submit_part(struct tpu_client *c, uint32_t queue, uint32_t first, uint32_t count,
		       const struct drm_edgetpu_sync_op *syncs, uint32_t num_syncs)
{
	struct drm_edgetpu_region regions[3];
	struct drm_edgetpu_job job = c->job;

	memcpy(regions, c->regions, sizeof(regions));
	regions[0].va += first * EDGETPU_COMMAND_SIZE;
	regions[0].size = count * EDGETPU_COMMAND_SIZE;
	job.regions.array = (uintptr_t)regions;
	job.num_commands = count;
	job.syncs.stride = sizeof(*syncs);
	job.syncs.count = num_syncs;
	job.syncs.array = (uintptr_t)syncs;
	return tpu_submit(c->fd, queue, &job, 1);
}

TEST_F(sync, binary_signals_when_the_job_is_done)
{
	struct drm_edgetpu_sync_op op = { .flags = DRM_EDGETPU_SYNC_SIGNAL,
					  .handle = self->handle };

	ASSERT_EQ(0, tpu_client_submit(&self->client, &op, 1));
	EXPECT_EQ(0, tpu_syncobj_wait(self->client.fd, self->handle, 20));
	EXPECT_EQ(0, memcmp(self->client.source.map, self->client.target.map, TPU_DATA_SIZE));
}

/* A slow job on one queue writes what a job on the other overwrites, but for the order. */
TEST_F(sync, binary_orders_two_queues)
{
	struct edgetpu_command *commands = self->client.commands.map;
	struct drm_edgetpu_sync_op first = { .flags = DRM_EDGETPU_SYNC_SIGNAL,
					     .handle = self->handle };
	struct drm_edgetpu_sync_op second[2] = {
		{ .flags = DRM_EDGETPU_SYNC_WAIT, .handle = self->handle },
		{ .flags = DRM_EDGETPU_SYNC_SIGNAL },
	};
	uint8_t *target = self->client.target.map;

	ASSERT_EQ(0, tpu_syncobj_new(self->client.fd, &second[1].handle));
	for (int i = 0; i < 40; i++)
		tpu_cmd_fill(&commands[i], 0, 8 << 20, 0x11);
	tpu_cmd_store(&commands[40], TPU_REGION_TARGET, 0, 0, 64);
	tpu_serialise(commands, 41);
	tpu_cmd_fill(&commands[41], 0, 64, 0x22);
	tpu_cmd_store(&commands[42], TPU_REGION_TARGET, 0, 0, 64);
	tpu_serialise(&commands[41], 2);

	ASSERT_EQ(0, submit_part(&self->client, self->client.queue, 0, 41, &first, 1));
	ASSERT_EQ(0, submit_part(&self->client, self->second, 41, 2, second, 2));
	ASSERT_EQ(0, tpu_syncobj_wait(self->client.fd, second[1].handle, 30));
	EXPECT_EQ(0, tpu_syncobj_wait(self->client.fd, self->handle, 0));
	EXPECT_EQ(0x22, target[0]);
	EXPECT_EQ(0x22, target[63]);
}

/* Without a wait the stage has the second job first: what the other tests stand on. */
TEST_F(sync, without_a_wait_priority_orders_two_queues)
{
	struct drm_edgetpu_region regions[2][3];
	struct drm_edgetpu_job job;
	struct tpu_race r;

	ASSERT_EQ(0, tpu_race_start(&r, &self->client));
	job = tpu_race_job(&r, 0, regions[0], NULL, 0);
	ASSERT_EQ(0, tpu_submit(self->client.fd, r.queue[0], &job, 1));
	job = tpu_race_job(&r, 1, regions[1], NULL, 0);
	ASSERT_EQ(0, tpu_submit(self->client.fd, r.queue[1], &job, 1));
	EXPECT_EQ(0, tpu_race_last(&r));
}

/* Posts first and second with @signal and @wait, and tells which was last. */
static int race(struct tpu_client *c, const struct drm_edgetpu_sync_op *signal,
		const struct drm_edgetpu_sync_op *wait)
{
	struct drm_edgetpu_region regions[2][3];
	struct drm_edgetpu_job job;
	struct tpu_race r;
	int ret = tpu_race_start(&r, c);

	job = tpu_race_job(&r, 0, regions[0], signal, 1);
	if (!ret)
		ret = tpu_submit(c->fd, r.queue[0], &job, 1);
	job = tpu_race_job(&r, 1, regions[1], wait, 1);
	if (!ret)
		ret = tpu_submit(c->fd, r.queue[1], &job, 1);
	return ret ? ret : tpu_race_last(&r);
}

TEST_F(sync, binary_is_waited_for)
{
	const struct drm_edgetpu_sync_op signal = { .flags = DRM_EDGETPU_SYNC_SIGNAL,
						    .handle = self->handle };
	const struct drm_edgetpu_sync_op wait = { .handle = self->handle };

	EXPECT_EQ(1, race(&self->client, &signal, &wait));
}

TEST_F(sync, timeline_is_waited_for)
{
	const struct drm_edgetpu_sync_op signal = {
		.flags = DRM_EDGETPU_SYNC_SIGNAL | DRM_EDGETPU_SYNC_TIMELINE,
		.handle = self->handle, .timeline_value = 7,
	};
	const struct drm_edgetpu_sync_op wait = {
		.flags = DRM_EDGETPU_SYNC_WAIT | DRM_EDGETPU_SYNC_TIMELINE,
		.handle = self->handle, .timeline_value = 3,
	};

	EXPECT_EQ(1, race(&self->client, &signal, &wait));
}

/*
 * Point 5 is pending from another queue when one call signals 9 and then waits for
 * @point: the wait is for the other queue as well.
 */
static int race_in_one_call(struct tpu_client *c, uint32_t handle, uint64_t point)
{
	const uint32_t timeline = DRM_EDGETPU_SYNC_TIMELINE;
	const struct drm_edgetpu_sync_op pending = {
		.flags = DRM_EDGETPU_SYNC_SIGNAL | timeline, .handle = handle, .timeline_value = 5,
	};
	const struct drm_edgetpu_sync_op signal = {
		.flags = DRM_EDGETPU_SYNC_SIGNAL | timeline, .handle = handle, .timeline_value = 9,
	};
	const struct drm_edgetpu_sync_op wait = {
		.flags = DRM_EDGETPU_SYNC_WAIT | timeline, .handle = handle, .timeline_value = point,
	};
	struct drm_edgetpu_region regions[3][3];
	struct drm_edgetpu_job jobs[2], first;
	struct drm_edgetpu_job_status s;
	struct tpu_race r;
	int ret = tpu_race_start(&r, c);

	first = tpu_race_job(&r, 0, regions[0], &pending, 1);
	if (!ret)
		ret = tpu_submit(c->fd, r.queue[0], &first, 1);
	jobs[0] = tpu_race_job(&r, 1, regions[1], &signal, 1);
	jobs[1] = tpu_race_job(&r, 1, regions[2], &wait, 1);
	if (!ret)
		ret = tpu_submit(c->fd, r.queue[1], jobs, 2);
	if (!ret)
		ret = tpu_job_wait(c->fd, r.queue[1], 2, 60, &s);
	return ret ? ret : tpu_race_last(&r);
}

TEST_F(sync, timeline_point_of_another_queue_is_waited_for_beside_one_of_the_same_call)
{
	EXPECT_EQ(1, race_in_one_call(&self->client, self->handle, 5));
}

/* A later point comes after all that the timeline had before. */
TEST_F(sync, timeline_point_of_the_same_call_comes_after_those_before_it)
{
	EXPECT_EQ(1, race_in_one_call(&self->client, self->handle, 8));
}

/* Two handles, one syncobj: the wait is met by the order of the call's jobs. */
TEST_F(sync, signal_of_the_same_call_is_known_under_another_handle)
{
	struct drm_syncobj_handle share = { .handle = self->handle };
	struct drm_edgetpu_sync_op signal = { .flags = DRM_EDGETPU_SYNC_SIGNAL,
					      .handle = self->handle };
	struct drm_edgetpu_sync_op wait = { 0 };
	struct drm_edgetpu_job jobs[2] = { self->client.job, self->client.job };
	struct drm_edgetpu_job_status s;

	ASSERT_EQ(0, tpu_ioctl(self->client.fd, DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD, &share));
	ASSERT_EQ(0, tpu_ioctl(self->client.fd, DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE, &share));
	close(share.fd);
	wait.handle = share.handle;
	ASSERT_NE(self->handle, wait.handle);
	for (int i = 0; i < 2; i++) {
		jobs[i].syncs.stride = sizeof(signal);
		jobs[i].syncs.count = 1;
		jobs[i].syncs.array = (uintptr_t)(i ? &wait : &signal);
	}
	ASSERT_EQ(0, tpu_submit(self->client.fd, self->client.queue, jobs, 2));
	ASSERT_EQ(0, tpu_job_wait(self->client.fd, self->client.queue, 2, 20, &s));
	EXPECT_EQ(DRM_EDGETPU_JOB_DONE, s.state);
}

/* After a binary signal has replaced it, the old timeline's points are gone. */
TEST_F(sync, point_that_an_earlier_job_of_the_call_takes_away_is_refused)
{
	const struct drm_edgetpu_sync_op point = {
		.flags = DRM_EDGETPU_SYNC_SIGNAL | DRM_EDGETPU_SYNC_TIMELINE,
		.handle = self->handle, .timeline_value = 4,
	};
	const struct drm_edgetpu_sync_op binary = { .flags = DRM_EDGETPU_SYNC_SIGNAL,
						    .handle = self->handle };
	const struct drm_edgetpu_sync_op wait = {
		.flags = DRM_EDGETPU_SYNC_WAIT | DRM_EDGETPU_SYNC_TIMELINE,
		.handle = self->handle, .timeline_value = 4,
	};
	struct drm_edgetpu_job jobs[2] = { self->client.job, self->client.job };

	ASSERT_EQ(0, tpu_client_submit(&self->client, &point, 1));
	for (int i = 0; i < 2; i++) {
		jobs[i].syncs.stride = sizeof(wait);
		jobs[i].syncs.count = 1;
		jobs[i].syncs.array = (uintptr_t)(i ? &wait : &binary);
	}
	EXPECT_EQ(-EINVAL, tpu_submit(self->client.fd, self->client.queue, jobs, 2));
}

/* The error a job ended with is on its fence, for those who have nothing but that. */
TEST_F(sync, file_tells_the_error)
{
	struct edgetpu_command *commands = self->client.commands.map;
	struct drm_edgetpu_sync_op ops[2] = {
		{ .flags = DRM_EDGETPU_SYNC_SIGNAL, .handle = self->handle },
		{ .flags = DRM_EDGETPU_SYNC_SIGNAL },
	};
	struct drm_syncobj_handle file = {
		.flags = DRM_SYNCOBJ_HANDLE_TO_FD_FLAGS_EXPORT_SYNC_FILE,
	};
	const int errors[2] = { -EFAULT, -ECANCELED };
	struct drm_edgetpu_job jobs[2] = { self->client.job, self->client.job };

	ASSERT_EQ(0, tpu_syncobj_new(self->client.fd, &ops[1].handle));
	commands[0].opcode = 0xee;
	for (int i = 0; i < 2; i++) {
		jobs[i].syncs.stride = sizeof(ops[i]);
		jobs[i].syncs.count = 1;
		jobs[i].syncs.array = (uintptr_t)&ops[i];
	}
	ASSERT_EQ(0, tpu_submit(self->client.fd, self->client.queue, jobs, 2));
	for (int i = 0; i < 2; i++) {
		file.handle = ops[i].handle;
		ASSERT_EQ(0, tpu_ioctl(self->client.fd, DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD, &file));
		EXPECT_EQ(errors[i], tpu_sync_file_error(file.fd, 20));
		close(file.fd);
	}
}

TEST_F(sync, timeline_points_signal_in_order)
{
	struct drm_edgetpu_sync_op op = {
		.flags = DRM_EDGETPU_SYNC_SIGNAL | DRM_EDGETPU_SYNC_TIMELINE,
		.handle = self->handle,
	};
	uint64_t point = 0;

	for (op.timeline_value = 1; op.timeline_value <= 5; op.timeline_value++)
		ASSERT_EQ(0, tpu_client_submit(&self->client, &op, 1));
	ASSERT_EQ(0, tpu_timeline_wait(self->client.fd, self->handle, 3, 20));
	ASSERT_EQ(0, tpu_timeline_query(self->client.fd, self->handle, &point));
	EXPECT_LE(3, point);
	ASSERT_EQ(0, tpu_timeline_wait(self->client.fd, self->handle, 5, 20));
	ASSERT_EQ(0, tpu_timeline_query(self->client.fd, self->handle, &point));
	EXPECT_EQ(5, point);
	EXPECT_EQ(-EINVAL, tpu_timeline_wait(self->client.fd, self->handle, 6, 0));
}

/* Several points of one job, in any order and with its place taken in between */
TEST_F(sync, job_may_signal_many_points_of_a_timeline)
{
	struct drm_edgetpu_sync_op ops[] = {
		{ .flags = DRM_EDGETPU_SYNC_SIGNAL, .handle = self->handle },
		{ .flags = POINT, .handle = self->handle, .timeline_value = 3 },
		{ .flags = POINT, .handle = self->handle, .timeline_value = 7 },
		{ .flags = POINT, .handle = self->handle, .timeline_value = 5 },
	};
	uint64_t point;

	ASSERT_EQ(0, tpu_client_submit(&self->client, ops, 4));
	for (uint64_t p = 1; p <= 7; p++)
		EXPECT_EQ(0, tpu_timeline_wait(self->client.fd, self->handle, p, 20));
	EXPECT_EQ(-EINVAL, tpu_timeline_wait(self->client.fd, self->handle, 8, 0));
	EXPECT_EQ(0, tpu_timeline_query(self->client.fd, self->handle, &point));
	EXPECT_EQ(7, point);
	/* replaced last, it has no points */
	ops[3] = ops[0];
	ASSERT_EQ(0, tpu_client_submit(&self->client, ops, 4));
	EXPECT_EQ(0, tpu_syncobj_wait(self->client.fd, self->handle, 20));
	EXPECT_EQ(0, tpu_timeline_query(self->client.fd, self->handle, &point));
	EXPECT_EQ(0, point);
}

static uint64_t processor_time(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* Processor time of a SUBMIT of 64 jobs that signal @points points of a timeline each */
static uint64_t cost_of_points(struct tpu_client *c, uint32_t handle, uint32_t points, int *ret)
{
	static struct drm_edgetpu_sync_op ops[64][256];
	struct drm_edgetpu_job jobs[64];
	uint64_t begin, value = 0;

	for (int i = 0; i < 64; i++) {
		for (uint32_t p = 0; p < points; p++) {
			ops[i][p].flags = POINT;
			ops[i][p].handle = handle;
			ops[i][p].timeline_value = ++value;
		}
		jobs[i] = c->job;
		jobs[i].syncs.stride = sizeof(ops[i][0]);
		jobs[i].syncs.count = points;
		jobs[i].syncs.array = (uintptr_t)ops[i];
	}
	begin = processor_time();
	*ret = tpu_submit(c->fd, c->queue, jobs, 64);
	return processor_time() - begin;
}

/* Adding a point goes through all that are pending: a square of them kept the kernel for minutes. */
TEST_F(sync, many_points_cost_no_more_than_their_number)
{
	struct tpu_client *c = &self->client;
	uint64_t one, many;
	uint32_t other;
	int ret;

	ASSERT_EQ(0, tpu_syncobj_new(c->fd, &other));
	ASSERT_EQ(0, tpu_client_make_endless(c));
	ASSERT_EQ(0, tpu_client_submit(c, NULL, 0));
	one = cost_of_points(c, self->handle, 1, &ret);
	ASSERT_EQ(0, ret);
	many = cost_of_points(c, other, 256, &ret);
	ASSERT_EQ(0, ret);
	EXPECT_GT(one * 256, many)
		TH_LOG("%llu ns with one point a job, %llu with 256", (unsigned long long)one,
		       (unsigned long long)many);
}

TEST_F(sync, timeline_point_is_waited_for)
{
	struct drm_edgetpu_sync_op signal = {
		.flags = DRM_EDGETPU_SYNC_SIGNAL | DRM_EDGETPU_SYNC_TIMELINE,
		.handle = self->handle, .timeline_value = 7,
	};
	struct drm_edgetpu_sync_op ops[2] = {
		{ .flags = DRM_EDGETPU_SYNC_WAIT | DRM_EDGETPU_SYNC_TIMELINE,
		  .handle = self->handle, .timeline_value = 7 },
		{ .flags = DRM_EDGETPU_SYNC_SIGNAL | DRM_EDGETPU_SYNC_TIMELINE,
		  .handle = self->handle, .timeline_value = 8 },
	};

	ASSERT_EQ(0, submit_part(&self->client, self->client.queue, 0, 2, &signal, 1));
	ASSERT_EQ(0, submit_part(&self->client, self->second, 0, 2, ops, 2));
	EXPECT_EQ(0, tpu_timeline_wait(self->client.fd, self->handle, 8, 20));
}

TEST_F(sync, timeline_point_nobody_promised_cannot_be_waited_for)
{
	struct drm_edgetpu_sync_op op = {
		.flags = DRM_EDGETPU_SYNC_WAIT | DRM_EDGETPU_SYNC_TIMELINE,
		.handle = self->handle, .timeline_value = 1,
	};

	EXPECT_EQ(-EINVAL, tpu_client_submit(&self->client, &op, 1));
}

TEST_F(sync, fence_can_be_exported_as_a_sync_file)
{
	struct drm_edgetpu_sync_op op = { .flags = DRM_EDGETPU_SYNC_SIGNAL,
					  .handle = self->handle };
	struct drm_syncobj_handle export = {
		.handle = self->handle,
		.flags = DRM_SYNCOBJ_HANDLE_TO_FD_FLAGS_EXPORT_SYNC_FILE,
	};
	struct pollfd p = { .events = POLLIN };

	ASSERT_EQ(0, tpu_client_submit(&self->client, &op, 1));
	ASSERT_EQ(0, tpu_ioctl(self->client.fd, DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD, &export));
	p.fd = export.fd;
	EXPECT_EQ(1, poll(&p, 1, 20000));
	EXPECT_EQ(POLLIN, p.revents);
	close(export.fd);
}

TEST_F(sync, fence_outlives_its_client)
{
	struct drm_edgetpu_sync_op op = { .flags = DRM_EDGETPU_SYNC_SIGNAL };
	struct drm_syncobj_handle export = {
		.flags = DRM_SYNCOBJ_HANDLE_TO_FD_FLAGS_EXPORT_SYNC_FILE,
	};
	struct tpu_client other;
	struct pollfd p = { .events = POLLIN };

	ASSERT_EQ(0, tpu_client_open(&other, 6));
	ASSERT_EQ(0, tpu_syncobj_new(other.fd, &op.handle));
	ASSERT_EQ(0, tpu_client_make_endless(&other));
	ASSERT_EQ(0, tpu_client_submit(&other, &op, 1));
	export.handle = op.handle;
	ASSERT_EQ(0, tpu_ioctl(other.fd, DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD, &export));
	tpu_client_close(&other);
	p.fd = export.fd;
	EXPECT_EQ(1, poll(&p, 1, 20000));
	close(export.fd);
	EXPECT_EQ(0, tpu_client_copy(&self->client));
}

TEST_HARNESS_MAIN
