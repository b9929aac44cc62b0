// SPDX-License-Identifier: GPL-2.0-only
/*
 * SUBMIT with exactly one thing wrong: refused with the right errno, nothing
 * queued, no syncobj touched, and the good job still works.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "edgetpu_selftest.h"
#include "kselftest_harness.h"

FIXTURE(refusal) {
	struct tpu_client client;
	struct drm_edgetpu_sync_op sync;
	struct drm_edgetpu_submit submit;
	struct drm_edgetpu_job *job;
	struct drm_edgetpu_region *regions;
};

FIXTURE_SETUP(refusal)
{
	ASSERT_EQ(0, tpu_client_open(&self->client, 4));
	ASSERT_EQ(0, tpu_syncobj_new(self->client.fd, &self->sync.handle));
	self->sync.flags = DRM_EDGETPU_SYNC_SIGNAL;
	self->job = &self->client.job;
	self->regions = self->client.regions;
	self->job->syncs.stride = sizeof(self->sync);
	self->job->syncs.count = 1;
	self->job->syncs.array = (uintptr_t)&self->sync;
	self->submit.queue_id = self->client.queue;
	self->submit.jobs.stride = sizeof(*self->job);
	self->submit.jobs.count = 1;
	self->submit.jobs.array = (uintptr_t)self->job;
}

FIXTURE_TEARDOWN(refusal)
{
	struct drm_edgetpu_job_status status = { .queue_id = self->client.queue, .seqno = 1 };

	/* nothing was queued and nothing signals ... */
	EXPECT_EQ(-ENOENT, tpu_ioctl(self->client.fd, DRM_IOCTL_EDGETPU_JOB_STATUS, &status));
	/* ... and with nothing wrong the very same job runs */
	memset(&self->job->syncs, 0, sizeof(self->job->syncs));
	EXPECT_EQ(0, tpu_client_copy(&self->client));
	tpu_client_close(&self->client);
}

#define SUBMIT() tpu_ioctl(self->client.fd, DRM_IOCTL_EDGETPU_SUBMIT, &self->submit)

/* With @lvalue set to @value the submit fails with @error; then it is put back. */
#define REFUSED(error, lvalue, value) do {					\
	__typeof__(lvalue) good = (lvalue);					\
	(lvalue) = (value);							\
	EXPECT_EQ(-(error), SUBMIT()) {						\
		TH_LOG(#lvalue " = " #value);					\
	}									\
	(lvalue) = good;							\
} while (0)

TEST_F(refusal, of_the_submit_itself)
{
	REFUSED(ENOENT, self->submit.queue_id, 9999);
	REFUSED(EINVAL, self->submit.flags, 1);
	REFUSED(EINVAL, self->submit.jobs.count, 0);
	REFUSED(EINVAL, self->submit.jobs.count, DRM_EDGETPU_MAX_JOBS + 1);
	REFUSED(EINVAL, self->submit.jobs.count, ~0u);
	REFUSED(EINVAL, self->submit.jobs.stride, 0);
	REFUSED(EFAULT, self->submit.jobs.array, 8);
	REFUSED(EFAULT, self->submit.jobs.array, 1ull << 63);
}

TEST_F(refusal, of_the_job)
{
	REFUSED(EINVAL, self->job->flags, 1u << 1);
	REFUSED(EINVAL, self->job->flags, 1u << 31);
	REFUSED(EINVAL, self->job->num_commands, 0);
	REFUSED(EINVAL, self->job->num_commands, (1u << 20) + 1);
	REFUSED(EINVAL, self->job->num_commands, ~0u);
	REFUSED(EINVAL, self->job->pad, 1);
	REFUSED(EINVAL, self->job->trace_region, TPU_REGION_TARGET);
}

TEST_F(refusal, of_the_trace_region)
{
	self->job->flags = DRM_EDGETPU_JOB_TRACE;
	REFUSED(EINVAL, self->job->trace_region, 3);
	REFUSED(EINVAL, self->job->trace_region, ~0u);
	REFUSED(EINVAL, self->job->trace_region, TPU_REGION_SOURCE);
	self->job->flags = 0;
}

TEST_F(refusal, of_the_array_of_regions)
{
	REFUSED(EINVAL, self->job->regions.count, 0);
	REFUSED(EINVAL, self->job->regions.count, DRM_EDGETPU_MAX_REGIONS + 1);
	REFUSED(EINVAL, self->job->regions.count, ~0u);
	REFUSED(EINVAL, self->job->regions.stride, 0);
	REFUSED(EFAULT, self->job->regions.array, 16);
}

TEST_F(refusal, of_a_region)
{
	REFUSED(EINVAL, self->regions[1].flags, DRM_EDGETPU_REGION_READ | 1u << 2);
	REFUSED(EINVAL, self->regions[1].flags, 0);
	REFUSED(EINVAL, self->regions[1].pad, 1);
	REFUSED(EINVAL, self->regions[1].va, TPU_VA_SOURCE + 1);
	REFUSED(EINVAL, self->regions[1].va, TPU_VA_SOURCE + 32);
	/* size 0 means not bound, so nothing else may be said of it */
	REFUSED(EINVAL, self->regions[1].size, 0);
}

TEST_F(refusal, of_a_region_that_is_not_mapped)
{
	REFUSED(ENOENT, self->regions[1].va, TPU_VA_SOURCE + (1ull << 30) / 2);
	REFUSED(ENOENT, self->regions[1].va, TPU_VA_SOURCE - 4096);
	REFUSED(ENOENT, self->regions[1].va, TPU_VA_SOURCE + 64);
	REFUSED(ENOENT, self->regions[1].size, TPU_DATA_SIZE + 1);
	REFUSED(ENOENT, self->regions[1].size, ~0ull);
	REFUSED(ENOENT, self->regions[1].size, 1ull << 63);
	REFUSED(ENOENT, self->regions[1].va, -4096ull);
}

TEST_F(refusal, of_a_region_beyond_its_mappings_rights)
{
	REFUSED(EACCES, self->regions[1].flags, DRM_EDGETPU_REGION_WRITE);
	REFUSED(EACCES, self->regions[1].flags,
		DRM_EDGETPU_REGION_READ | DRM_EDGETPU_REGION_WRITE);
	REFUSED(EACCES, self->regions[2].flags, DRM_EDGETPU_REGION_READ);
}

TEST_F(refusal, of_the_commands_region)
{
	REFUSED(EINVAL, self->regions[0].flags, DRM_EDGETPU_REGION_WRITE);
	REFUSED(EINVAL, self->regions[0].flags,
		DRM_EDGETPU_REGION_READ | DRM_EDGETPU_REGION_WRITE);
	/* data that may be read is not thereby code */
	self->regions[0].size = TPU_DATA_SIZE;
	REFUSED(EACCES, self->regions[0].va, TPU_VA_SOURCE);
	self->regions[0].size = self->client.commands.size;
	/* fewer bytes than commands */
	REFUSED(EINVAL, self->regions[0].size, 2 * EDGETPU_COMMAND_SIZE - 1);
}

TEST_F(refusal, of_the_array_of_syncs)
{
	REFUSED(EINVAL, self->job->syncs.count, DRM_EDGETPU_MAX_SYNCS + 1);
	REFUSED(EINVAL, self->job->syncs.count, ~0u);
	REFUSED(EINVAL, self->job->syncs.stride, 0);
	REFUSED(EFAULT, self->job->syncs.array, 16);
}

TEST_F(refusal, of_a_sync)
{
	REFUSED(EINVAL, self->sync.flags, 1u << 2);
	REFUSED(EINVAL, self->sync.flags, 1u << 31);
	REFUSED(ENOENT, self->sync.handle, 0);
	REFUSED(ENOENT, self->sync.handle, 4321);
	REFUSED(EINVAL, self->sync.timeline_value, 1);
	REFUSED(EINVAL, self->sync.flags, DRM_EDGETPU_SYNC_SIGNAL | DRM_EDGETPU_SYNC_TIMELINE);
	/* a wait for what nobody has promised to signal */
	REFUSED(EINVAL, self->sync.flags, DRM_EDGETPU_SYNC_WAIT);
}

TEST_F(refusal, of_the_second_job_leaves_the_first_unqueued)
{
	struct drm_edgetpu_job jobs[2] = { *self->job, *self->job };

	jobs[1].num_commands = 0;
	self->submit.jobs.array = (uintptr_t)jobs;
	REFUSED(EINVAL, self->submit.jobs.count, 2);
	/* the syncobj of the first was not touched: it has no fence */
	EXPECT_EQ(-EINVAL, tpu_syncobj_wait(self->client.fd, self->sync.handle, 0));
}

TEST_HARNESS_MAIN
