// SPDX-License-Identifier: GPL-2.0-only
/* Implicit fences: what a job leaves in the reservations of its buffers. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
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

TEST_HARNESS_MAIN
