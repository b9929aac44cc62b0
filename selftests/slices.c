// SPDX-License-Identifier: GPL-2.0-only
/* Long jobs take turns with those of others. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "edgetpu_selftest.h"
#include "kselftest_harness.h"

FIXTURE(slices) {
	struct tpu_client hog, client;
};

FIXTURE_SETUP(slices)
{
	ASSERT_EQ(0, tpu_client_open(&self->hog, 1));
	ASSERT_EQ(0, tpu_client_open(&self->client, 2));
}

FIXTURE_TEARDOWN(slices)
{
	tpu_client_close(&self->hog);
	tpu_client_close(&self->client);
}

static unsigned int state_of(struct tpu_client *c, uint64_t seqno)
{
	struct drm_edgetpu_job_status status = { .queue_id = c->queue, .seqno = seqno };

	return tpu_ioctl(c->fd, DRM_IOCTL_EDGETPU_JOB_STATUS, &status) ? ~0u : status.state;
}

/* The firmware alone would run what was posted first to its end. */
TEST_F(slices, let_another_client_in_while_a_long_job_runs)
{
	struct tpu_client *hog = &self->hog;

	ASSERT_EQ(0, tpu_client_make_endless(hog));
	ASSERT_EQ(0, tpu_client_submit(hog, NULL, 0));
	usleep(200000);
	EXPECT_EQ(0, tpu_client_copy(&self->client));
	EXPECT_EQ(DRM_EDGETPU_JOB_PENDING, state_of(hog, 1));
}

TEST_F(slices, let_a_queue_of_high_priority_in)
{
	struct tpu_client *hog = &self->hog, *c = &self->client;

	ASSERT_EQ(0, tpu_queue_free(c->fd, c->queue));
	ASSERT_EQ(0, tpu_queue_new(c->fd, DRM_EDGETPU_PRIORITY_HIGH, &c->queue));
	ASSERT_EQ(0, tpu_client_make_endless(hog));
	ASSERT_EQ(0, tpu_client_submit(hog, NULL, 0));
	usleep(200000);
	EXPECT_EQ(0, tpu_client_copy(c));
	EXPECT_EQ(DRM_EDGETPU_JOB_PENDING, state_of(hog, 1));
}

/* What the job had in SRAM is there again when its turn comes. */
TEST_F(slices, leave_what_a_job_computes_alone)
{
	struct drm_edgetpu_job_status status;
	struct tpu_client *hog = &self->hog;
	struct edgetpu_command *commands = hog->commands.map;

	memset(hog->target.map, 0, TPU_DATA_SIZE);
	tpu_client_make_slow(hog, 600);
	/* the first loads the pattern, the last stores it; between them others have turns */
	for (int i = 0; i < 600; i++)
		tpu_cmd_fill(&commands[i], TPU_DATA_SIZE, 4 << 20, i);
	tpu_cmd_load(&commands[0], TPU_REGION_SOURCE, 0, 0, TPU_DATA_SIZE);
	tpu_cmd_store(&commands[599], TPU_REGION_TARGET, 0, 0, TPU_DATA_SIZE);
	tpu_serialise(commands, 600);
	ASSERT_EQ(0, tpu_client_submit(hog, NULL, 0));
	while (state_of(hog, 1) == DRM_EDGETPU_JOB_PENDING)
		ASSERT_EQ(0, tpu_client_copy(&self->client));
	ASSERT_EQ(0, tpu_job_wait(hog->fd, hog->queue, 1, 60, &status));
	EXPECT_EQ(DRM_EDGETPU_JOB_DONE, status.state);
	EXPECT_EQ(0, memcmp(hog->source.map, hog->target.map, TPU_DATA_SIZE));
}

TEST_HARNESS_MAIN
