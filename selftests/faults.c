// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hostile command buffers: the job fails with a reason, its queue stops, and
 * everyone else goes on.
 */
#include <errno.h>
#include <linux/sync_file.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "edgetpu_selftest.h"
#include "kselftest_harness.h"

FIXTURE(fault) {
	struct tpu_client bad;
	struct tpu_client good;
	struct edgetpu_command *commands;	/* of the bad client */
};

FIXTURE_SETUP(fault)
{
	ASSERT_EQ(0, tpu_client_open(&self->bad, 10));
	ASSERT_EQ(0, tpu_client_open(&self->good, 11));
	self->commands = self->bad.commands.map;
}

FIXTURE_TEARDOWN(fault)
{
	/* the good client never noticed, and the bad one may start anew */
	EXPECT_EQ(0, tpu_client_copy(&self->good));
	EXPECT_EQ(0, tpu_queue_new(self->bad.fd, DRM_EDGETPU_PRIORITY_NORMAL, &self->bad.queue));
	tpu_cmd_load(&self->commands[0], TPU_REGION_SOURCE, 0, 0, TPU_DATA_SIZE);
	tpu_cmd_store(&self->commands[1], TPU_REGION_TARGET, 0, 0, TPU_DATA_SIZE);
	tpu_serialise(self->commands, 2);
	self->bad.job.num_commands = 2;
	EXPECT_EQ(0, tpu_client_copy(&self->bad));
	tpu_client_close(&self->bad);
	tpu_client_close(&self->good);
}

/* What others see of the job: its fence's status by a sync file, 1 or an error. */
static int fence_status(int fd, uint32_t syncobj)
{
	struct drm_syncobj_handle handle = {
		.handle = syncobj,
		.flags = DRM_SYNCOBJ_HANDLE_TO_FD_FLAGS_EXPORT_SYNC_FILE,
		.fd = -1,
	};
	struct sync_file_info info = { 0 };
	int ret = tpu_ioctl(fd, DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD, &handle);

	if (ret)
		return ret;
	ret = ioctl(handle.fd, SYNC_IOC_FILE_INFO, &info) ? -errno : info.status;
	close(handle.fd);
	return ret;
}

/* Runs the bad client's commands to whatever end; the fence must tell of it as @s does. */
static int run_bad(struct tpu_client *c, struct drm_edgetpu_job_status *s)
{
	struct drm_edgetpu_sync_op signal = { .flags = DRM_EDGETPU_SYNC_SIGNAL };
	int ret = tpu_syncobj_new(c->fd, &signal.handle);

	if (!ret)
		ret = tpu_client_submit(c, &signal, 1);
	if (!ret)
		ret = tpu_syncobj_wait(c->fd, signal.handle, 20);
	if (!ret)
		ret = tpu_job_wait(c->fd, c->queue, c->job.seqno, 20, s);
	if (!ret && fence_status(c->fd, signal.handle) != (s->error ? -(int)s->error : 1))
		ret = -EPROTO;
	tpu_syncobj_free(c->fd, signal.handle);
	return ret;
}

#define EXPECT_FAULT(kind, where, index) do {					\
	struct drm_edgetpu_job_status s;					\
										\
	ASSERT_EQ(0, run_bad(&self->bad, &s));					\
	EXPECT_EQ(DRM_EDGETPU_JOB_FAILED, s.state);				\
	EXPECT_EQ(EFAULT, s.error);						\
	EXPECT_EQ((kind), s.fault);						\
	EXPECT_EQ((where), s.fault_engine);					\
	EXPECT_EQ((index), s.fault_command);					\
	/* the queue has stopped and says so */					\
	EXPECT_EQ(-ECANCELED, tpu_client_submit(&self->bad, NULL, 0));		\
} while (0)

TEST_F(fault, of_an_unknown_opcode)
{
	self->commands[1].opcode = 0xee;
	EXPECT_FAULT(EDGETPU_STATUS_BAD_COMMAND, EDGETPU_ENGINE_FIRMWARE, 1);
}

TEST_F(fault, of_opcode_zero)
{
	memset(self->commands, 0, 128);
	EXPECT_FAULT(EDGETPU_STATUS_BAD_COMMAND, EDGETPU_ENGINE_FIRMWARE, 0);
}

TEST_F(fault, of_unknown_flags)
{
	self->commands[1].flags = 0x8000;
	EXPECT_FAULT(EDGETPU_STATUS_BAD_COMMAND, EDGETPU_ENGINE_FIRMWARE, 1);
}

TEST_F(fault, of_a_wait_for_the_future)
{
	self->commands[1].wait[EDGETPU_ENGINE_ARRAY] = 1;
	EXPECT_FAULT(EDGETPU_STATUS_BAD_COMMAND, EDGETPU_ENGINE_FIRMWARE, 1);
}

TEST_F(fault, of_a_region_not_bound)
{
	self->commands[0].u.dma.region = 5;
	EXPECT_FAULT(EDGETPU_STATUS_BAD_REGION, EDGETPU_ENGINE_LOAD, 0);
}

TEST_F(fault, of_an_offset_beyond_the_region)
{
	self->commands[0].u.dma.offset = TPU_DATA_SIZE - 64;
	EXPECT_FAULT(EDGETPU_STATUS_BAD_REGION, EDGETPU_ENGINE_LOAD, 0);
}

TEST_F(fault, of_an_offset_that_wraps)
{
	self->commands[1].u.dma.offset = -64ull;
	EXPECT_FAULT(EDGETPU_STATUS_BAD_REGION, EDGETPU_ENGINE_STORE, 1);
}

TEST_F(fault, of_storing_to_a_region_to_read)
{
	self->commands[1].u.dma.region = TPU_REGION_SOURCE;
	EXPECT_FAULT(EDGETPU_STATUS_BAD_REGION, EDGETPU_ENGINE_STORE, 1);
}

TEST_F(fault, of_reading_the_commands_as_data)
{
	self->commands[0].u.dma.region = EDGETPU_REGION_COMMAND;
	self->commands[0].u.dma.len = 128;
	EXPECT_FAULT(EDGETPU_STATUS_BAD_REGION, EDGETPU_ENGINE_FIRMWARE, 0);
}

TEST_F(fault, of_an_sram_address_beyond_its_end)
{
	self->commands[0].u.dma.sram = (8 << 20) - 64;
	EXPECT_FAULT(EDGETPU_STATUS_BAD_SRAM, EDGETPU_ENGINE_LOAD, 0);
}

TEST_F(fault, of_an_sram_address_that_wraps)
{
	self->commands[0].u.dma.sram = ~0u;
	EXPECT_FAULT(EDGETPU_STATUS_BAD_SRAM, EDGETPU_ENGINE_LOAD, 0);
}

TEST_F(fault, of_a_page_that_went_away)
{
	struct drm_edgetpu_sync_op signal = { .flags = DRM_EDGETPU_SYNC_SIGNAL };
	struct edgetpu_command *slow = self->commands + 2;
	struct drm_edgetpu_job_status s;
	uint32_t count = 400;

	/* busy for a while, then a store to what is gone by then */
	memmove(self->commands + 2 + count, self->commands, 2 * sizeof(*slow));
	for (uint32_t i = 0; i < count + 2; i++)
		tpu_cmd_fill(&self->commands[i], 0, 8 << 20, i);
	tpu_serialise(self->commands, count + 4);
	self->bad.job.num_commands = count + 4;
	ASSERT_EQ(0, tpu_syncobj_new(self->bad.fd, &signal.handle));
	ASSERT_EQ(0, tpu_client_submit(&self->bad, &signal, 1));
	ASSERT_EQ(0, tpu_unbind(self->bad.fd, TPU_VA_TARGET, TPU_DATA_SIZE));
	ASSERT_EQ(0, tpu_syncobj_wait(self->bad.fd, signal.handle, 30));
	ASSERT_EQ(0, tpu_job_wait(self->bad.fd, self->bad.queue, 1, 20, &s));
	EXPECT_EQ(DRM_EDGETPU_JOB_FAILED, s.state);
	EXPECT_EQ(EFAULT, s.error);
	EXPECT_EQ(EDGETPU_STATUS_MMU_FAULT, s.fault);
	EXPECT_EQ(EDGETPU_ENGINE_STORE, s.fault_engine);
	EXPECT_EQ(TPU_VA_TARGET, s.fault_va & ~0xfffull);
	ASSERT_EQ(0, tpu_bind(self->bad.fd, self->bad.target.handle, TPU_VA_TARGET,
			      TPU_DATA_SIZE, DRM_EDGETPU_VM_BIND_WRITE));
}

TEST_F(fault, cancels_the_jobs_behind_it_in_its_queue_only)
{
	struct drm_edgetpu_job_status s;
	struct drm_edgetpu_job jobs[3];

	self->commands[0].opcode = 0x7f;
	for (int i = 0; i < 3; i++)
		jobs[i] = self->bad.job;
	ASSERT_EQ(0, tpu_submit(self->bad.fd, self->bad.queue, jobs, 3));
	ASSERT_EQ(0, tpu_client_copy(&self->good));
	ASSERT_EQ(0, tpu_job_wait(self->bad.fd, self->bad.queue, 1, 20, &s));
	EXPECT_EQ(DRM_EDGETPU_JOB_FAILED, s.state);
	EXPECT_EQ(EFAULT, s.error);
	for (int i = 2; i <= 3; i++) {
		ASSERT_EQ(0, tpu_job_wait(self->bad.fd, self->bad.queue, i, 20, &s));
		EXPECT_EQ(DRM_EDGETPU_JOB_FAILED, s.state);
		EXPECT_EQ(ECANCELED, s.error);
		EXPECT_EQ(0, s.fault);
		EXPECT_EQ(0, s.cycles);
	}
}

TEST_F(fault, never_shows_one_client_the_sram_of_another)
{
	uint8_t *target = self->bad.target.map;
	struct drm_edgetpu_job_status s;

	/* the good client leaves its pattern in SRAM; the bad one stores without loading */
	ASSERT_EQ(0, tpu_client_copy(&self->good));
	tpu_cmd_store(&self->commands[0], TPU_REGION_TARGET, 0, 0, TPU_DATA_SIZE);
	self->bad.job.num_commands = 1;
	memset(target, 0xff, TPU_DATA_SIZE);
	ASSERT_EQ(0, run_bad(&self->bad, &s));
	EXPECT_EQ(DRM_EDGETPU_JOB_DONE, s.state);
	for (int i = 0; i < TPU_DATA_SIZE; i++)
		ASSERT_EQ(0, target[i]);
}

/* Random bytes for commands, from a fixed seed: any end but a hang or a hurt neighbour */
TEST_F(fault, of_random_commands_hurts_no_one)
{
	struct drm_edgetpu_job_status s;
	uint32_t random = 12345;
	int failed = 0;

	for (int round = 0; round < 60; round++) {
		uint8_t *bytes = (uint8_t *)self->commands;

		for (int i = 0; i < 8 * 128; i++) {
			random = random * 1664525 + 1013904223;
			bytes[i] = random >> 24;
		}
		/* half of them with a header that gets them to an engine */
		for (int i = 0; round & 1 && i < 8; i++) {
			static const uint8_t opcodes[] = { 1, 2, 0x10, 0x20, 0x21, 0x22, 0x24, 0x25 };

			memset(&self->commands[i], 0, offsetof(struct edgetpu_command, u));
			self->commands[i].opcode = opcodes[(round / 2 + i) % 8];
		}
		self->bad.job.num_commands = 8;
		ASSERT_EQ(0, run_bad(&self->bad, &s));
		if (s.state == DRM_EDGETPU_JOB_DONE) {
			EXPECT_EQ(0, s.error);
			EXPECT_EQ(0, s.fault);
		} else {
			EXPECT_EQ(DRM_EDGETPU_JOB_FAILED, s.state);
			EXPECT_EQ(EFAULT, s.error);
			EXPECT_NE(0, s.fault);
			EXPECT_GT(8, s.fault_command);
			failed++;
		}
		ASSERT_EQ(0, tpu_queue_free(self->bad.fd, self->bad.queue));
		ASSERT_EQ(0, tpu_queue_new(self->bad.fd, DRM_EDGETPU_PRIORITY_NORMAL,
					   &self->bad.queue));
		if (round % 10 == 0)
			ASSERT_EQ(0, tpu_client_copy(&self->good));
	}
	EXPECT_LT(30, failed);
}

TEST_HARNESS_MAIN
