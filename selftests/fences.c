// SPDX-License-Identifier: GPL-2.0-only
/* Implicit fences: what a job leaves in the reservations of its buffers. */
#include <errno.h>
#include <fcntl.h>
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

TEST_HARNESS_MAIN
