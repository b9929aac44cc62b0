// SPDX-License-Identifier: GPL-2.0-only
/* Implicit fences: what a job leaves in the reservations of its buffers. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "edgetpu_selftest.h"
#include "kselftest_harness.h"

FIXTURE(fences)
{
	struct tpu_client client;
	int dmabuf; /* of the client's target */
};

FIXTURE_SETUP(fences)
{
	struct drm_prime_handle prime = { .flags = DRM_CLOEXEC | DRM_RDWR };

	ASSERT_EQ(0, tpu_client_open(&self->client, 21));
	prime.handle = self->client.target.handle;
	ASSERT_EQ(0, tpu_ioctl(self->client.fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime));
	self->dmabuf = prime.fd;
}

FIXTURE_TEARDOWN(fences)
{
	close(self->dmabuf);
	tpu_client_close(&self->client);
}

/*
 * One buffer under several regions, with each mix of rights: a job has one fence in
 * one reservation, however often the buffer comes up in it.
 */
TEST_F(fences, of_a_buffer_under_many_regions_are_one_a_job)
{
	static const uint32_t rights[DRM_EDGETPU_MAX_REGIONS] = {
		[3] = DRM_EDGETPU_REGION_READ,
		[4] = DRM_EDGETPU_REGION_WRITE,
		[5] = DRM_EDGETPU_REGION_READ | DRM_EDGETPU_REGION_WRITE,
		[6] = DRM_EDGETPU_REGION_READ,
		[7] = DRM_EDGETPU_REGION_WRITE,
	};
	struct tpu_client *c = &self->client;
	struct drm_edgetpu_region regions[DRM_EDGETPU_MAX_REGIONS];
	struct drm_edgetpu_job jobs[8];
	struct drm_edgetpu_job_status s;
	uint32_t queue[8];

	ASSERT_EQ(0, tpu_unbind(c->fd, TPU_VA_TARGET, TPU_DATA_SIZE));
	ASSERT_EQ(0, tpu_bind(c->fd, c->target.handle, TPU_VA_TARGET, TPU_DATA_SIZE,
			      DRM_EDGETPU_VM_BIND_READ | DRM_EDGETPU_VM_BIND_WRITE));
	memcpy(regions, c->regions, sizeof(c->regions));
	for (unsigned int i = 3; i < DRM_EDGETPU_MAX_REGIONS; i++)
		regions[i] = (struct drm_edgetpu_region){
			.va = TPU_VA_TARGET,
			.size = TPU_DATA_SIZE,
			.flags = rights[i],
		};
	tpu_client_make_slow(c, 400);
	c->job.regions.count = DRM_EDGETPU_MAX_REGIONS;
	c->job.regions.array = (uintptr_t)regions;
	for (int j = 0; j < 8; j++)
		jobs[j] = c->job;

	for (int q = 0; q < 8; q++)
		ASSERT_EQ(0, tpu_queue_new(c->fd, DRM_EDGETPU_PRIORITY_NORMAL, &queue[q]));
	/* enough of them at once that room for one a job does not hold two */
	for (int q = 0; q < 8; q++)
		ASSERT_EQ(0, tpu_submit(c->fd, queue[q], jobs, 1));
	for (int q = 0; q < 8; q++)
		ASSERT_EQ(0, tpu_submit(c->fd, queue[q], jobs, q + 1));
	for (int q = 0; q < 8; q++) {
		ASSERT_EQ(0, tpu_job_wait(c->fd, queue[q], q + 2, 60, &s));
		EXPECT_EQ(DRM_EDGETPU_JOB_DONE, s.state);
	}
}

/* First and second write the same buffer, without syncobjs: only its fences order them. */
static int race(struct tpu_client *c, struct tpu_race *r)
{
	struct drm_edgetpu_region regions[2][3];
	struct drm_edgetpu_job job;
	int ret = 0;

	for (unsigned int i = 0; !ret && i < 2; i++) {
		job = tpu_race_job(r, i, regions[i], NULL, 0);
		ret = tpu_submit(c->fd, r->queue[i], &job, 1);
	}
	return ret ? ret : tpu_race_last(r);
}

TEST_F(fences, of_an_exported_buffer_are_waited_for)
{
	struct tpu_race r;

	ASSERT_EQ(0, tpu_race_start(&r, &self->client));
	EXPECT_EQ(1, race(&self->client, &r));
}

TEST_F(fences, of_a_buffer_are_waited_for_after_its_last_handle_is_closed)
{
	struct tpu_race r;

	ASSERT_EQ(0, tpu_gem_close(self->client.fd, self->client.target.handle));
	self->client.target.handle = 0;
	ASSERT_EQ(0, tpu_race_start(&r, &self->client));
	EXPECT_EQ(1, race(&self->client, &r));
}

TEST_F(fences, of_a_private_buffer_are_not_waited_for)
{
	struct tpu_client own;
	struct tpu_race r;

	ASSERT_EQ(0, tpu_client_open(&own, 22));
	ASSERT_EQ(0, tpu_race_start(&r, &own));
	EXPECT_EQ(0, race(&own, &r));
	tpu_client_close(&own);
}

/* A job that only reads comes after the writer, and two readers wait for no one. */
TEST_F(fences, of_a_writer_are_waited_for_by_a_reader_of_another_client)
{
	struct drm_prime_handle prime = { .fd = self->dmabuf };
	struct drm_edgetpu_region regions[3];
	struct tpu_client reader;
	struct drm_edgetpu_job job;
	struct drm_edgetpu_job_status s;
	struct tpu_race r;

	ASSERT_EQ(0, tpu_client_open(&reader, 23));
	ASSERT_EQ(0, tpu_queue_free(reader.fd, reader.queue));
	ASSERT_EQ(0, tpu_queue_new(reader.fd, DRM_EDGETPU_PRIORITY_HIGH, &reader.queue));
	ASSERT_EQ(0, tpu_ioctl(reader.fd, DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime));
	ASSERT_EQ(0, tpu_unbind(reader.fd, TPU_VA_SOURCE, TPU_DATA_SIZE));
	ASSERT_EQ(0, tpu_bind(reader.fd, prime.handle, TPU_VA_SOURCE, TPU_DATA_SIZE,
			      DRM_EDGETPU_VM_BIND_READ));
	ASSERT_EQ(0, tpu_race_start(&r, &self->client));
	job = tpu_race_job(&r, 0, regions, NULL, 0);
	ASSERT_EQ(0, tpu_submit(self->client.fd, r.queue[0], &job, 1));
	ASSERT_EQ(0, tpu_client_submit(&reader, NULL, 0));
	ASSERT_EQ(0, tpu_job_wait(reader.fd, reader.queue, 1, 60, &s));
	EXPECT_EQ(r.value[0], ((uint8_t *)reader.target.map)[0]);
	tpu_client_close(&reader);
}

static int dmabuf_of(int fd, uint32_t handle)
{
	struct drm_prime_handle prime = { .handle = handle, .flags = DRM_CLOEXEC | DRM_RDWR };
	int ret = tpu_ioctl(fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime);

	return ret ? ret : prime.fd;
}

/* Poll looks at the reservation: POLLIN waits for writers, POLLOUT for readers too. */
TEST_F(fences, are_with_a_buffer_that_is_exported_while_its_job_runs)
{
	struct tpu_client *c = &self->client;
	struct pollfd source = { .events = POLLIN | POLLOUT }, target = { .events = POLLIN };

	/* the source has never been exported */
	tpu_client_make_slow(c, 600);
	ASSERT_EQ(0, tpu_client_submit(c, NULL, 0));
	source.fd = dmabuf_of(c->fd, c->source.handle);
	ASSERT_LE(0, source.fd);
	target.fd = self->dmabuf;
	EXPECT_EQ(0, poll(&target, 1, 0));
	/* the job reads the source: others may read it, but not write */
	EXPECT_EQ(1, poll(&source, 1, 0));
	EXPECT_EQ(POLLIN, source.revents);
	EXPECT_EQ(1, poll(&target, 1, 60000));
	source.events = POLLOUT;
	EXPECT_EQ(1, poll(&source, 1, 60000));
	close(source.fd);
}

/* Runs for ever once it runs; the sync file of its end, or -errno */
static int endless(struct tpu_client *c)
{
	const int ret = tpu_client_make_endless(c);

	return ret ? ret : tpu_client_submit_file(c);
}

/* A client that copies from the buffer of @dmabuf: 0 or -errno */
static int open_reader(struct tpu_client *c, int dmabuf)
{
	struct drm_prime_handle prime = { .fd = dmabuf };
	int ret = tpu_client_open(c, 24);

	if (!ret)
		ret = tpu_ioctl(c->fd, DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime);
	if (!ret)
		ret = tpu_unbind(c->fd, TPU_VA_SOURCE, TPU_DATA_SIZE);
	return ret ? ret : tpu_bind(c->fd, prime.handle, TPU_VA_SOURCE, TPU_DATA_SIZE,
				    DRM_EDGETPU_VM_BIND_READ);
}

TEST_F(fences, of_a_reader_are_waited_for_by_writers_alone)
{
	struct tpu_client *c = &self->client, endless_one, other;
	struct drm_edgetpu_job_status s;

	ASSERT_EQ(0, open_reader(&endless_one, self->dmabuf));
	ASSERT_EQ(0, open_reader(&other, self->dmabuf));
	memset(c->target.map, 0x5a, TPU_DATA_SIZE);
	ASSERT_EQ(0, tpu_client_make_endless(&endless_one));
	ASSERT_EQ(0, tpu_client_submit(&endless_one, NULL, 0));
	/* not while a reader reads */
	ASSERT_EQ(0, tpu_client_submit(&other, NULL, 0));
	ASSERT_EQ(0, tpu_job_wait(other.fd, other.queue, 1, 60, &s));
	EXPECT_EQ(DRM_EDGETPU_JOB_DONE, s.state);
	EXPECT_EQ(0, memcmp(c->target.map, other.target.map, TPU_DATA_SIZE));
	/* but who writes */
	ASSERT_EQ(0, tpu_client_submit(c, NULL, 0));
	EXPECT_EQ(-ETIME, tpu_job_wait(c->fd, c->queue, 1, 2, &s));
	ASSERT_EQ(0, tpu_queue_free(endless_one.fd, endless_one.queue));
	ASSERT_EQ(0, tpu_job_wait(c->fd, c->queue, 1, 60, &s));
	EXPECT_EQ(DRM_EDGETPU_JOB_DONE, s.state);
	EXPECT_EQ(0, memcmp(c->source.map, c->target.map, TPU_DATA_SIZE));
	tpu_client_close(&endless_one);
	tpu_client_close(&other);
}

/*
 * A client that reads the buffer of @dmabuf, once on each of its queues, when @file of each
 * has signalled: what others wait for who write to it. Its node, or -errno.
 */
static int add_readers(int dmabuf, const int file[DRM_EDGETPU_MAX_QUEUES])
{
	struct drm_edgetpu_region regions[] = {
		{ .va = TPU_VA_COMMANDS, .size = 4096, .flags = DRM_EDGETPU_REGION_READ },
		{ .va = TPU_VA_TARGET, .size = TPU_DATA_SIZE, .flags = DRM_EDGETPU_REGION_READ },
	};
	struct drm_prime_handle prime = { .fd = dmabuf };
	struct drm_edgetpu_sync_op wait = { .flags = 0 };
	struct drm_syncobj_handle import = {
		.flags = DRM_SYNCOBJ_FD_TO_HANDLE_FLAGS_IMPORT_SYNC_FILE,
	};
	struct drm_edgetpu_job job = {
		.num_commands = 1,
		.regions = { sizeof(regions[0]), 2, (uintptr_t)regions },
		.syncs = { sizeof(wait), 1, (uintptr_t)&wait },
	};
	struct tpu_bo commands;
	const int fd = tpu_open();
	uint32_t queue;
	int ret = fd < 0 ? fd : tpu_bo_new(fd, 4096, &commands);

	if (ret)
		return ret;
	tpu_cmd_fill(commands.map, 0, 64, 1);
	ret = tpu_bind(fd, commands.handle, TPU_VA_COMMANDS, 4096, DRM_EDGETPU_VM_BIND_COMMAND);
	if (!ret)
		ret = tpu_ioctl(fd, DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime);
	if (!ret)
		ret = tpu_bind(fd, prime.handle, TPU_VA_TARGET, TPU_DATA_SIZE,
			       DRM_EDGETPU_VM_BIND_READ);
	if (!ret)
		ret = tpu_syncobj_new(fd, &wait.handle);
	import.handle = wait.handle;
	for (unsigned int i = 0; !ret && i < DRM_EDGETPU_MAX_QUEUES; i++) {
		import.fd = file[i];
		ret = tpu_ioctl(fd, DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE, &import);
		if (!ret)
			ret = tpu_queue_new(fd, DRM_EDGETPU_PRIORITY_NORMAL, &queue);
		if (!ret)
			ret = tpu_submit(fd, queue, &job, 1);
	}
	munmap(commands.map, commands.size);
	return ret ? ret : fd;
}

#define CROWD	20	/* clients whose queues all read one buffer */
#define GROUP	256	/* of their fences, bound up by the driver */

/*
 * A job that writes what the crowd reads waits for reader @which, the last to end: it and
 * one more of the same call, which waits for nothing but the first.
 */
static void is_waited_for(struct __test_metadata *_metadata, struct tpu_client *c, int dmabuf,
			  unsigned int which)
{
	const unsigned int queues = DRM_EDGETPU_MAX_QUEUES, num = CROWD * queues;
	struct drm_edgetpu_job jobs[2] = { c->job, c->job };
	struct drm_edgetpu_job_status s;
	struct tpu_client gate, last;
	int node[CROWD], early, late;
	uint64_t first;

	ASSERT_EQ(0, tpu_client_open(&gate, 1));
	ASSERT_EQ(0, tpu_client_open(&last, 2));
	early = endless(&gate);
	late = endless(&last);
	ASSERT_LE(0, early);
	ASSERT_LE(0, late);
	for (unsigned int i = 0; i < CROWD; i++) {
		int file[DRM_EDGETPU_MAX_QUEUES];

		for (unsigned int q = 0; q < queues; q++)
			file[q] = i * queues + q == which ? late : early;
		node[i] = add_readers(dmabuf, file);
		ASSERT_LE(0, node[i]);
	}
	memset(c->target.map, 0, TPU_DATA_SIZE);
	ASSERT_EQ(0, tpu_submit(c->fd, c->queue, jobs, 2));
	first = jobs[0].seqno;
	ASSERT_EQ(0, tpu_queue_free(gate.fd, gate.queue));
	for (unsigned int i = 0; i < num; i++) {
		if (i == which)
			continue;
		ASSERT_EQ(0, tpu_job_wait(node[i / queues], i % queues + 1, 1, 120, &s));
		EXPECT_EQ(DRM_EDGETPU_JOB_DONE, s.state) {
			TH_LOG("reader %u: error %u, fault %u, engine %u, address %#llx", i,
			       s.error, s.fault, s.fault_engine, (unsigned long long)s.fault_va);
		}
	}
	EXPECT_EQ(-ETIME, tpu_job_wait(c->fd, c->queue, first, 1, &s));
	ASSERT_EQ(0, tpu_queue_free(last.fd, last.queue));
	ASSERT_EQ(0, tpu_job_wait(c->fd, c->queue, first + 1, 60, &s));
	EXPECT_EQ(DRM_EDGETPU_JOB_DONE, s.state);
	EXPECT_EQ(0, memcmp(c->source.map, c->target.map, TPU_DATA_SIZE));
	for (unsigned int i = 0; i < CROWD; i++)
		close(node[i]);
	close(early);
	close(late);
	tpu_client_close(&gate);
	tpu_client_close(&last);
}

/* More than a job waits for one by one: the ends of the groups that they are bound up in */
TEST_F(fences, of_hundreds_of_readers_are_all_waited_for)
{
	static const unsigned int which[] = {
		0, GROUP - 1, GROUP, CROWD * DRM_EDGETPU_MAX_QUEUES - 1,
	};

	for (unsigned int i = 0; i < sizeof(which) / sizeof(which[0]); i++) {
		TH_LOG("reader %u", which[i]);
		is_waited_for(_metadata, &self->client, self->dmabuf, which[i]);
	}
}

static uint64_t processor_time(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

#define JOBS	16	/* of a SUBMIT whose cost is looked at */

/*
 * Processor time of a SUBMIT whose jobs wait for @num clients' readers more than before.
 * What the host takes from the machine's processor counts too: the least of some is told.
 */
static uint64_t cost_of_readers(struct tpu_client *c, int dmabuf, int file, unsigned int num,
				int *ret)
{
	int files[DRM_EDGETPU_MAX_QUEUES];
	struct drm_edgetpu_job jobs[JOBS];
	uint64_t begin, cost, least = UINT64_MAX;

	for (unsigned int i = 0; i < DRM_EDGETPU_MAX_QUEUES; i++)
		files[i] = file;
	/* their nodes stay open to the end of the test's process */
	for (*ret = 0; *ret >= 0 && num; num--)
		*ret = add_readers(dmabuf, files);
	if (*ret < 0)
		return 0;
	for (unsigned int i = 0; i < JOBS; i++)
		jobs[i] = c->job;
	for (unsigned int i = 0; i < 8 && *ret >= 0; i++) {
		begin = processor_time();
		*ret = tpu_submit(c->fd, c->queue, jobs, JOBS);
		cost = processor_time() - begin;
		least = cost < least ? cost : least;
	}
	return least;
}

TEST_F(fences, of_many_cost_no_more_than_their_number)
{
	struct tpu_client *c = &self->client, gate;
	uint64_t few, many;
	int file, ret;

	ASSERT_EQ(0, tpu_client_open(&gate, 1));
	file = endless(&gate);
	ASSERT_LE(0, file);
	few = cost_of_readers(c, self->dmabuf, file, 6, &ret);
	ASSERT_EQ(0, ret);
	many = cost_of_readers(c, self->dmabuf, file, 90, &ret);
	ASSERT_EQ(0, ret);
	EXPECT_GT(few * 32, many)
		TH_LOG("%llu ns with few, %llu with 16 times as many", (unsigned long long)few,
		       (unsigned long long)many);
	tpu_client_close(&gate);
}

TEST_HARNESS_MAIN
