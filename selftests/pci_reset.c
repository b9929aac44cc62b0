// SPDX-License-Identifier: GPL-2.0-only
/* Someone else resets the PCI function. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "edgetpu_selftest.h"
#include "edgetpu_sysfs.h"
#include "kselftest_harness.h"

FIXTURE(pci_reset) {
	struct tpu_client client;
	int reset;	/* the function's "reset" in sysfs */
};

FIXTURE_SETUP(pci_reset)
{
	self->reset = -1;
	ASSERT_EQ(0, tpu_client_open(&self->client, 1));
	self->reset = tpu_pci_open(self->client.fd, "reset", O_WRONLY);
	if (self->reset == -ENOENT || self->reset == -EACCES)
		SKIP(return, "the function cannot be reset from here");
	ASSERT_LE(0, self->reset);
}

FIXTURE_TEARDOWN(pci_reset)
{
	if (self->reset >= 0)
		close(self->reset);
	tpu_client_close(&self->client);
}

TEST_F(pci_reset, is_not_noticed_by_an_idle_client)
{
	struct tpu_client other;

	/* more often than a device may fail */
	for (int i = 0; i < 20; i++)
		ASSERT_EQ(1, write(self->reset, "1", 1));
	EXPECT_EQ(0, tpu_client_copy(&self->client));
	ASSERT_EQ(0, tpu_client_open(&other, 2));
	EXPECT_EQ(0, tpu_client_copy(&other));
	tpu_client_close(&other);
}

TEST_F(pci_reset, ends_the_job_that_runs_and_no_other)
{
	struct drm_edgetpu_job_status status;
	struct tpu_client *c = &self->client, other;
	uint64_t first;

	ASSERT_EQ(0, tpu_client_open(&other, 2));
	ASSERT_EQ(0, tpu_client_make_endless(c));
	ASSERT_EQ(0, tpu_client_submit(c, NULL, 0));
	first = c->job.seqno;
	/* until then it has not run, and is run again */
	usleep(300000);
	ASSERT_EQ(1, write(self->reset, "1", 1));
	ASSERT_EQ(0, tpu_job_wait(c->fd, c->queue, first, 20, &status));
	EXPECT_EQ(DRM_EDGETPU_JOB_FAILED, status.state);
	EXPECT_EQ(ECANCELED, status.error);
	EXPECT_EQ(0, tpu_client_submit(c, NULL, 0));
	EXPECT_EQ(0, tpu_client_copy(&other));
	tpu_client_close(&other);
}

/* Each time a job runs, and the others are handed to the firmware that comes next. */
TEST_F(pci_reset, is_not_paid_for_by_jobs_that_had_not_started)
{
	struct drm_edgetpu_job_status status;
	struct tpu_client *c = &self->client, other;

	ASSERT_EQ(0, tpu_client_open(&other, 2));
	ASSERT_EQ(0, tpu_client_make_endless(c));
	for (int i = 0; i < 7; i++)
		ASSERT_EQ(0, tpu_client_submit(c, NULL, 0));
	usleep(100000);
	ASSERT_EQ(0, tpu_client_submit(&other, NULL, 0));
	for (int i = 0; i < 6; i++) {
		ASSERT_EQ(1, write(self->reset, "1", 1));
		usleep(200000);
	}
	ASSERT_EQ(0, tpu_queue_free(c->fd, c->queue));
	EXPECT_EQ(0, tpu_job_wait(other.fd, other.queue, other.job.seqno, 20, &status));
	EXPECT_EQ(DRM_EDGETPU_JOB_DONE, status.state);
	EXPECT_EQ(0, memcmp(other.source.map, other.target.map, TPU_DATA_SIZE));
	tpu_client_close(&other);
}

static void *reset_again_and_again(void *argument)
{
	int reset = *(int *)argument;

	for (int i = 0; i < 60; i++) {
		if (write(reset, "1", 1) != 1)
			return (void *)1;
		usleep(20000 + i % 7 * 10000);
	}
	return NULL;
}

/* Whatever the driver waits for at that moment: jobs, mailbox, boot. */
TEST_F(pci_reset, under_load_loses_nobody_the_device)
{
	struct drm_edgetpu_job_status status;
	struct tpu_client *c = &self->client, other;
	pthread_t thread;
	unsigned int done = 0;
	void *bad;

	tpu_client_make_slow(c, 3000);
	ASSERT_EQ(0, pthread_create(&thread, NULL, reset_again_and_again, &self->reset));
	while (pthread_tryjoin_np(thread, &bad)) {
		ASSERT_EQ(0, tpu_client_submit(c, NULL, 0));
		ASSERT_EQ(0, tpu_client_open(&other, 2));
		ASSERT_EQ(0, tpu_client_submit(&other, NULL, 0));
		ASSERT_EQ(0, tpu_job_wait(other.fd, other.queue, 1, 30, &status));
		EXPECT_EQ(status.state == DRM_EDGETPU_JOB_FAILED ? ECANCELED : 0, status.error);
		done += status.state == DRM_EDGETPU_JOB_DONE;
		tpu_client_close(&other);
	}
	EXPECT_EQ(NULL, bad);
	EXPECT_LT(0, done);
	ASSERT_EQ(0, tpu_queue_free(c->fd, c->queue));
	ASSERT_EQ(0, tpu_client_open(&other, 2));
	EXPECT_EQ(0, tpu_client_copy(&other));
	tpu_client_close(&other);
}

TEST_HARNESS_MAIN
