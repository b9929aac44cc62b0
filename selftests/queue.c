// SPDX-License-Identifier: GPL-2.0-only
/* Queues: create, destroy, limits, and what becomes of their jobs. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "edgetpu_selftest.h"
#include "kselftest_harness.h"

FIXTURE(queues) {
	struct tpu_client client;
};

FIXTURE_SETUP(queues)
{
	ASSERT_EQ(0, tpu_client_open(&self->client, 1));
}

FIXTURE_TEARDOWN(queues)
{
	tpu_client_close(&self->client);
}

static int create(int fd, uint32_t priority, uint32_t flags, uint32_t pad)
{
	struct drm_edgetpu_queue_create c = { .priority = priority, .flags = flags, .pad = pad };

	return tpu_ioctl(fd, DRM_IOCTL_EDGETPU_QUEUE_CREATE, &c);
}

TEST_F(queues, of_every_priority_work)
{
	for (uint32_t p = DRM_EDGETPU_PRIORITY_LOW; p <= DRM_EDGETPU_PRIORITY_HIGH; p++) {
		ASSERT_EQ(0, tpu_queue_free(self->client.fd, self->client.queue));
		ASSERT_EQ(0, tpu_queue_new(self->client.fd, p, &self->client.queue));
		EXPECT_EQ(0, tpu_client_copy(&self->client));
	}
}

TEST_F(queues, have_ids_of_their_own)
{
	uint32_t other;

	ASSERT_EQ(0, tpu_queue_new(self->client.fd, DRM_EDGETPU_PRIORITY_NORMAL, &other));
	EXPECT_NE(self->client.queue, other);
	EXPECT_EQ(0, tpu_queue_free(self->client.fd, other));
}

TEST_F(queues, are_limited_in_number)
{
	uint32_t id;

	/* the client has one already */
	for (int i = 1; i < DRM_EDGETPU_MAX_QUEUES; i++)
		ASSERT_EQ(0, tpu_queue_new(self->client.fd, DRM_EDGETPU_PRIORITY_NORMAL, &id));
	EXPECT_EQ(-ENOSPC, create(self->client.fd, DRM_EDGETPU_PRIORITY_NORMAL, 0, 0));
	ASSERT_EQ(0, tpu_queue_free(self->client.fd, id));
	EXPECT_EQ(0, tpu_queue_new(self->client.fd, DRM_EDGETPU_PRIORITY_NORMAL, &id));
	EXPECT_EQ(0, tpu_client_copy(&self->client));
}

TEST_F(queues, cancel_their_jobs_when_destroyed)
{
	struct drm_edgetpu_sync_op signal = { .flags = DRM_EDGETPU_SYNC_SIGNAL };

	ASSERT_EQ(0, tpu_syncobj_new(self->client.fd, &signal.handle));
	ASSERT_EQ(0, tpu_client_make_endless(&self->client));
	ASSERT_EQ(0, tpu_client_submit(&self->client, &signal, 1));
	ASSERT_EQ(0, tpu_queue_free(self->client.fd, self->client.queue));
	/* the fence has signalled, with an error, when the call returns */
	EXPECT_EQ(0, tpu_syncobj_wait(self->client.fd, signal.handle, 0));
	EXPECT_EQ(-ENOENT, tpu_queue_free(self->client.fd, self->client.queue));
}

TEST_F(queues, go_with_a_killed_client_whose_job_runs)
{
	struct tpu_client other;
	int ready[2], status;
	pid_t child;
	char c;

	ASSERT_EQ(0, pipe(ready));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		if (tpu_client_open(&other, 2))
			_exit(1);
		if (tpu_client_make_endless(&other) || tpu_client_submit(&other, NULL, 0))
			_exit(1);
		if (write(ready[1], "r", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	close(ready[1]);
	ASSERT_EQ(1, read(ready[0], &c, 1));
	ASSERT_EQ(0, kill(child, SIGKILL));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(0, tpu_client_copy(&self->client));
	close(ready[0]);
}

TEST_F(queues, refuse_bad_arguments)
{
	struct drm_edgetpu_queue_destroy destroy = { .id = self->client.queue, .pad = 1 };
	int fd = self->client.fd;

	EXPECT_EQ(-EINVAL, create(fd, 3, 0, 0));
	EXPECT_EQ(-EINVAL, create(fd, ~0u, 0, 0));
	EXPECT_EQ(-EINVAL, create(fd, DRM_EDGETPU_PRIORITY_NORMAL, 1, 0));
	EXPECT_EQ(-EINVAL, create(fd, DRM_EDGETPU_PRIORITY_NORMAL, 0, 1));
	EXPECT_EQ(-EINVAL, tpu_ioctl(fd, DRM_IOCTL_EDGETPU_QUEUE_DESTROY, &destroy));
	EXPECT_EQ(-ENOENT, tpu_queue_free(fd, 9999));
	EXPECT_EQ(0, tpu_client_copy(&self->client));
}

TEST_F(queues, of_another_client_are_not_there)
{
	int other = tpu_open();

	ASSERT_LE(0, other);
	EXPECT_EQ(-ENOENT, tpu_queue_free(other, self->client.queue));
	EXPECT_EQ(0, tpu_client_copy(&self->client));
	close(other);
}

TEST_F(queues, of_high_priority_need_a_privilege)
{
	int status;
	pid_t child = fork();

	ASSERT_LE(0, child);
	if (!child) {
		int fd = tpu_open(), ret;

		if (fd < 0 || setuid(65534))
			_exit(1);
		ret = create(fd, DRM_EDGETPU_PRIORITY_HIGH, 0, 0);
		if (ret != -EACCES)
			_exit(2);
		_exit(create(fd, DRM_EDGETPU_PRIORITY_NORMAL, 0, 0) ? 3 : 0);
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
}

TEST_HARNESS_MAIN
