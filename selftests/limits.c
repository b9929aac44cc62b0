// SPDX-License-Identifier: GPL-2.0-only
/* How long a job may have the engines. */
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "edgetpu_selftest.h"
#include "kselftest_harness.h"

FIXTURE(limits) {
	struct tpu_client client, other;
};

FIXTURE_SETUP(limits)
{
	ASSERT_EQ(0, tpu_client_open(&self->client, 1));
	ASSERT_EQ(0, tpu_client_open(&self->other, 2));
}

FIXTURE_TEARDOWN(limits)
{
	EXPECT_EQ(0, tpu_client_copy(&self->other));
	tpu_client_close(&self->client);
	tpu_client_close(&self->other);
}

static int create(int fd, uint32_t flags, uint32_t limit_ms, uint32_t *id)
{
	struct drm_edgetpu_queue_create c = {
		.priority = DRM_EDGETPU_PRIORITY_NORMAL, .flags = flags, .job_limit_ms = limit_ms,
	};
	int ret = tpu_ioctl(fd, DRM_IOCTL_EDGETPU_QUEUE_CREATE, &c);

	*id = c.id;
	return ret;
}

TEST_F(limits, end_a_job_that_takes_longer)
{
	struct drm_edgetpu_sync_op signal = { .flags = DRM_EDGETPU_SYNC_SIGNAL };
	struct drm_edgetpu_job_status status;
	struct tpu_client *c = &self->client;

	ASSERT_EQ(0, create(c->fd, DRM_EDGETPU_QUEUE_JOB_LIMIT, 1, &c->queue));
	ASSERT_EQ(0, tpu_syncobj_new(c->fd, &signal.handle));
	tpu_client_make_slow(c, 8000);
	ASSERT_EQ(0, tpu_client_submit(c, &signal, 1));
	ASSERT_EQ(0, tpu_syncobj_wait(c->fd, signal.handle, 20));
	ASSERT_EQ(0, tpu_job_wait(c->fd, c->queue, c->job.seqno, 1, &status));
	EXPECT_EQ(DRM_EDGETPU_JOB_FAILED, status.state);
	EXPECT_EQ(ETIMEDOUT, status.error);
	/* a millisecond, and the commands that had begun */
	EXPECT_LE(480000, status.cycles);
	EXPECT_GE(4 * 480000, status.cycles);
	EXPECT_EQ(-ECANCELED, tpu_client_submit(c, NULL, 0));
}

TEST_F(limits, leave_shorter_jobs_alone)
{
	struct tpu_client *c = &self->client;

	ASSERT_EQ(0, create(c->fd, DRM_EDGETPU_QUEUE_JOB_LIMIT, 1, &c->queue));
	for (int i = 0; i < 50; i++)
		EXPECT_EQ(0, tpu_client_copy(c));
}

TEST_F(limits, must_be_said_with_their_flag)
{
	uint32_t id;

	EXPECT_EQ(-EINVAL, create(self->client.fd, DRM_EDGETPU_QUEUE_JOB_LIMIT, 0, &id));
	EXPECT_EQ(-EINVAL, create(self->client.fd, 0, 1, &id));
	EXPECT_EQ(-EINVAL, create(self->client.fd, 2, 0, &id));
}

TEST_F(limits, above_the_drivers_own_need_a_privilege)
{
	uint32_t id;
	int status;
	pid_t child;

	EXPECT_EQ(0, create(self->client.fd, DRM_EDGETPU_QUEUE_JOB_LIMIT, ~0u, &id));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		int fd = tpu_open();

		if (fd < 0 || setuid(65534))
			_exit(1);
		if (create(fd, DRM_EDGETPU_QUEUE_JOB_LIMIT, ~0u, &id) != -EACCES)
			_exit(2);
		_exit(create(fd, DRM_EDGETPU_QUEUE_JOB_LIMIT, 100, &id) ? 3 : 0);
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
}

TEST_HARNESS_MAIN
