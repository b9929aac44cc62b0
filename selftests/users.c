// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of users: whatever one does with however many files, others get theirs, and
 * root always some. Children are the users; they keep what they have taken.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "edgetpu_selftest.h"
#include "edgetpu_sysfs.h"
#include "kselftest_harness.h"

#define VA		0x10000000ull
#define CHUNK		(16ull << 20)
#define MANY		8	/* files of one user */
#define NOBODY		65534
#define SOMEBODY	65533

/**
 * struct user - a process that belongs to somebody
 * @pid: it
 * @taken: pipe through which it says how many bytes it could take
 */
struct user {
	pid_t pid;
	int taken[2];
};

FIXTURE(users) {
	struct user one, another;
	uint64_t limit;		/* bytes that all may take */
};

FIXTURE_SETUP(users)
{
	const long limit = tpu_debugfs("memory", "limit");

	self->one.pid = 0;
	self->another.pid = 0;
	if (getuid() || limit < 0)
		SKIP(return, "only root can be others");
	self->limit = limit;
	ASSERT_EQ(0, chmod("/dev/edgetpu0", 0666));
}

static void end(struct user *user)
{
	if (!user->pid)
		return;
	kill(user->pid, SIGKILL);
	waitpid(user->pid, NULL, 0);
	user->pid = 0;
}

FIXTURE_TEARDOWN(users)
{
	end(&self->one);
	end(&self->another);
}

/* Takes what it can get through one file. */
static uint64_t take_through(int fd)
{
	struct drm_edgetpu_bo_create create;
	uint64_t taken = 0;

	for (;;) {
		create = (struct drm_edgetpu_bo_create){ .size = CHUNK };
		if (tpu_ioctl(fd, DRM_IOCTL_EDGETPU_BO_CREATE, &create) ||
		    tpu_bind(fd, create.handle, VA + taken, CHUNK, DRM_EDGETPU_VM_BIND_READ))
			return taken;
		taken += CHUNK;
	}
}

static uint64_t take_all(void)
{
	uint64_t taken = 0;

	for (unsigned int i = 0; i < MANY; i++) {
		int fd = tpu_open();

		if (fd >= 0)
			taken += take_through(fd);
	}
	return taken;
}

/* Root of a namespace of its own, which makes no difference */
static int enter_namespace(void)
{
	char map[32];

	if (unshare(CLONE_NEWUSER))
		return -errno;
	snprintf(map, sizeof(map), "0 %u 1", NOBODY);
	return tpu_write_file("/proc/self/uid_map", map);
}

static void start(struct __test_metadata *_metadata, struct user *user, uid_t uid,
		  int (*prepare)(void))
{
	ASSERT_EQ(0, pipe(user->taken));
	user->pid = fork();
	ASSERT_LE(0, user->pid);
	if (!user->pid) {
		uint64_t taken = 0;

		if (setgid(uid) || setuid(uid))
			_exit(1);
		if (!prepare || !prepare())
			taken = take_all();
		if (write(user->taken[1], &taken, sizeof(taken)) != sizeof(taken))
			_exit(1);
		for (;;)
			pause();
	}
	close(user->taken[1]);
}

static uint64_t taken_by(struct __test_metadata *_metadata, struct user *user)
{
	uint64_t taken = 0;

	EXPECT_EQ(sizeof(taken), read(user->taken[0], &taken, sizeof(taken)));
	close(user->taken[0]);
	TH_LOG("%llu MiB", (unsigned long long)taken >> 20);
	return taken;
}

TEST_F(users, with_many_files_leave_something_for_another_and_for_root)
{
	struct tpu_client root;
	uint64_t taken;

	if (self->limit > tpu_reach())
		SKIP(return, "behind this IOMMU the device does not reach so much memory");
	start(_metadata, &self->one, NOBODY, NULL);
	taken = taken_by(_metadata, &self->one);
	EXPECT_GE(self->limit / 2, taken);
	EXPECT_LE(self->limit / 4, taken);
	start(_metadata, &self->another, SOMEBODY, NULL);
	EXPECT_LE(self->limit / 4, taken_by(_metadata, &self->another));

	/* an eighth is not theirs */
	ASSERT_EQ(0, tpu_client_open(&root, 1));
	EXPECT_EQ(0, tpu_client_copy(&root));
	EXPECT_LE(self->limit / 16, take_through(root.fd));
	EXPECT_EQ(0, tpu_client_copy(&root));
	tpu_client_close(&root);
}

TEST_F(users, who_are_root_of_a_namespace_are_ordinary_ones)
{
	uint64_t taken;

	start(_metadata, &self->one, NOBODY, NULL);
	taken_by(_metadata, &self->one);
	/* the same user once more, who has had all of his */
	start(_metadata, &self->another, NOBODY, enter_namespace);
	taken = taken_by(_metadata, &self->another);
	EXPECT_GE(2 * CHUNK, taken);
}

TEST_F(users, get_back_what_their_processes_leave)
{
	uint64_t taken[2];

	for (int i = 0; i < 2; i++) {
		start(_metadata, &self->one, NOBODY, NULL);
		taken[i] = taken_by(_metadata, &self->one);
		end(&self->one);
		for (int t = 0; t < 1000 && tpu_debugfs("memory", "user 65534") > 0; t++)
			usleep(10000);
		EXPECT_GT(0, tpu_debugfs("memory", "user 65534"));
	}
	EXPECT_EQ(taken[0], taken[1]);
}

/* Kilobytes, as fdinfo has them */
static long charged(int fd)
{
	return tpu_fdinfo(fd, "edgetpu-charged-memory");
}

TEST_F(users, pay_for_files_queues_and_jobs)
{
	uint32_t queue[DRM_EDGETPU_MAX_QUEUES - 1];
	struct tpu_client c;
	long before;

	ASSERT_EQ(0, tpu_client_open(&c, 1));
	before = charged(c.fd);
	for (int i = 0; i < DRM_EDGETPU_MAX_QUEUES - 1; i++)
		ASSERT_EQ(0, tpu_queue_new(c.fd, DRM_EDGETPU_PRIORITY_NORMAL, &queue[i]));
	EXPECT_LE(before + 5 * (DRM_EDGETPU_MAX_QUEUES - 1), charged(c.fd));
	for (int i = 0; i < DRM_EDGETPU_MAX_QUEUES - 1; i++)
		ASSERT_EQ(0, tpu_queue_free(c.fd, queue[i]));
	for (int i = 0; i < 1000 && charged(c.fd) != before; i++)
		usleep(10000);
	EXPECT_EQ(before, charged(c.fd));

	ASSERT_EQ(0, tpu_client_make_endless(&c));
	before = charged(c.fd);
	for (int i = 0; i < 200; i++)
		ASSERT_EQ(0, tpu_client_submit(&c, NULL, 0));
	EXPECT_LE(before + 200, charged(c.fd));
	ASSERT_EQ(0, tpu_queue_free(c.fd, c.queue));
	for (int i = 0; i < 1000 && charged(c.fd) >= before; i++)
		usleep(10000);
	EXPECT_GT(before, charged(c.fd));
	tpu_client_close(&c);
}

/* Its pages are the exporter's, what is needed to reach them is not. */
TEST_F(users, pay_for_what_they_import)
{
	struct drm_prime_handle prime = { .flags = DRM_CLOEXEC };
	int fd = tpu_open();
	struct tpu_client c;
	long before;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, tpu_client_open(&c, 1));
	prime.handle = c.source.handle;
	ASSERT_EQ(0, tpu_ioctl(c.fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime));
	before = tpu_fdinfo(fd, "edgetpu-user-memory");
	ASSERT_EQ(0, tpu_ioctl(fd, DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime));
	EXPECT_LT(before, tpu_fdinfo(fd, "edgetpu-user-memory"));
	ASSERT_EQ(0, tpu_gem_close(fd, prime.handle));
	EXPECT_EQ(before, tpu_fdinfo(fd, "edgetpu-user-memory"));
	close(prime.fd);
	close(fd);
	tpu_client_close(&c);
}

TEST_HARNESS_MAIN
