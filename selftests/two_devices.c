// SPDX-License-Identifier: GPL-2.0-only
/* Two devices in one machine, at work at once: /dev/edgetpu0 and /dev/edgetpu1. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "edgetpu_selftest.h"
#include "edgetpu_sysfs.h"
#include "kselftest_harness.h"

#define DEVICES	2
#define COPIES	200

static const char * const nodes[DEVICES] = { "/dev/edgetpu0", "/dev/edgetpu1" };

FIXTURE(two_devices) {
	struct tpu_client client[DEVICES];
};

FIXTURE_SETUP(two_devices)
{
	if (access(nodes[1], F_OK))
		SKIP(return, "there is one device");
	for (int i = 0; i < DEVICES; i++)
		ASSERT_EQ(0, tpu_client_open_node(&self->client[i], nodes[i], 11 + i));
}

FIXTURE_TEARDOWN(two_devices)
{
	for (int i = 0; i < DEVICES; i++)
		tpu_client_close(&self->client[i]);
}

static int read_serial(int fd, char serial[17])
{
	const int file = tpu_pci_open(fd, "edgetpu/serial", O_RDONLY);
	ssize_t n;

	if (file < 0)
		return file;
	n = read(file, serial, 16);
	close(file);
	serial[16] = 0;
	return n == 16 ? 0 : -EIO;
}

/* By which somebody who has several of them tells them apart, whatever slot they are in */
TEST_F(two_devices, have_serial_numbers_of_their_own)
{
	char serial[DEVICES][17];

	for (int i = 0; i < DEVICES; i++)
		ASSERT_EQ(0, read_serial(self->client[i].fd, serial[i]));
	EXPECT_STRNE(serial[0], serial[1]);
}

static void *copy_often(void *arg)
{
	struct tpu_client *c = arg;
	intptr_t ret = 0;

	for (int i = 0; i < COPIES && !ret; i++)
		ret = tpu_client_copy(c);
	return (void *)ret;
}

TEST_F(two_devices, are_two)
{
	struct stat a, b;

	ASSERT_EQ(0, fstat(self->client[0].fd, &a));
	ASSERT_EQ(0, fstat(self->client[1].fd, &b));
	EXPECT_NE(a.st_rdev, b.st_rdev);
}

TEST_F(two_devices, work_at_once_for_a_process_with_both)
{
	pthread_t thread[2 * DEVICES];
	struct tpu_client more[DEVICES];
	void *ret;

	for (int i = 0; i < DEVICES; i++)
		ASSERT_EQ(0, tpu_client_open_node(&more[i], nodes[i], 21 + i));
	for (int i = 0; i < DEVICES; i++) {
		ASSERT_EQ(0, pthread_create(&thread[2 * i], NULL, copy_often, &self->client[i]));
		ASSERT_EQ(0, pthread_create(&thread[2 * i + 1], NULL, copy_often, &more[i]));
	}
	for (int i = 0; i < 2 * DEVICES; i++) {
		ASSERT_EQ(0, pthread_join(thread[i], &ret));
		EXPECT_EQ(NULL, ret);
	}
	for (int i = 0; i < DEVICES; i++)
		tpu_client_close(&more[i]);
}

/* A long job on the one does not hold up the other, which is done first. */
TEST_F(two_devices, do_not_wait_for_one_another)
{
	struct drm_edgetpu_sync_op slow = { .flags = DRM_EDGETPU_SYNC_SIGNAL };
	struct tpu_client *c = self->client;

	ASSERT_EQ(0, tpu_syncobj_new(c[0].fd, &slow.handle));
	ASSERT_EQ(0, tpu_client_make_endless(&c[0]));
	ASSERT_EQ(0, tpu_client_submit(&c[0], &slow, 1));
	EXPECT_EQ(0, tpu_client_copy(&c[1]));
	EXPECT_EQ(-ETIME, tpu_syncobj_wait(c[0].fd, slow.handle, 0));
	/* it need not end on its own */
	EXPECT_EQ(0, tpu_queue_free(c[0].fd, c[0].queue));
	EXPECT_EQ(0, tpu_syncobj_wait(c[0].fd, slow.handle, 20));
	tpu_syncobj_free(c[0].fd, slow.handle);
}

/*
 * source of 0 -> a buffer that both have -> target of 1. The second job is submitted
 * while the first waits in line behind a slow one: nothing but the buffer's own fence
 * holds it back.
 */
TEST_F(two_devices, hand_a_buffer_on_in_order)
{
	struct tpu_client *c = self->client;
	struct drm_edgetpu_sync_op done = { .flags = DRM_EDGETPU_SYNC_SIGNAL };
	struct drm_prime_handle prime = { .handle = c[0].target.handle, .flags = O_RDWR };
	struct edgetpu_command *commands = c[0].commands.map;
	struct edgetpu_command copy[2];
	const unsigned int slow = 4000;

	ASSERT_EQ(0, tpu_ioctl(c[0].fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime));
	ASSERT_EQ(0, tpu_ioctl(c[1].fd, DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime));
	ASSERT_EQ(0, tpu_unbind(c[1].fd, TPU_VA_SOURCE, TPU_DATA_SIZE));
	ASSERT_EQ(0, tpu_bind(c[1].fd, prime.handle, TPU_VA_SOURCE, TPU_DATA_SIZE,
			      DRM_EDGETPU_VM_BIND_READ));

	memcpy(copy, commands, sizeof(copy));
	tpu_client_make_slow(&c[0], slow);
	memcpy(&commands[slow], copy, sizeof(copy));
	tpu_serialise(commands, slow + 2);
	c[0].job.num_commands = slow + 2;
	memset(c[0].target.map, 0, TPU_DATA_SIZE);
	memset(c[1].target.map, 0, TPU_DATA_SIZE);
	ASSERT_EQ(0, tpu_syncobj_new(c[1].fd, &done.handle));
	ASSERT_EQ(0, tpu_client_submit(&c[0], NULL, 0));
	ASSERT_EQ(0, tpu_client_submit(&c[1], &done, 1));
	EXPECT_EQ(0, tpu_syncobj_wait(c[1].fd, done.handle, 60));
	EXPECT_EQ(0, memcmp(c[1].target.map, c[0].source.map, TPU_DATA_SIZE));
	tpu_syncobj_free(c[1].fd, done.handle);
	tpu_gem_close(c[1].fd, prime.handle);
	close(prime.fd);
}

TEST_F(two_devices, a_reset_of_one_is_not_felt_by_the_other)
{
	struct drm_edgetpu_job_status status;
	struct tpu_client *c = self->client;
	uint64_t first;
	int reset = tpu_pci_open(c[0].fd, "reset", O_WRONLY);

	if (reset < 0)
		SKIP(return, "the function cannot be reset from here");
	tpu_client_make_slow(&c[1], 2000);
	ASSERT_EQ(0, tpu_client_submit(&c[1], NULL, 0));
	first = c[1].job.seqno;
	ASSERT_EQ(1, write(reset, "1", 1));
	ASSERT_EQ(0, tpu_job_wait(c[1].fd, c[1].queue, first, 60, &status));
	EXPECT_EQ(DRM_EDGETPU_JOB_DONE, status.state);
	EXPECT_EQ(0, tpu_client_copy(&c[0]));
	close(reset);
}

TEST_F(two_devices, one_that_goes_leaves_the_other)
{
	struct tpu_client *c = self->client;
	char name[TPU_PCI_NAME];
	pthread_t thread;
	void *ret;

	ASSERT_EQ(0, tpu_pci_name(c[1].fd, name));
	ASSERT_EQ(0, pthread_create(&thread, NULL, copy_often, &c[0]));
	ASSERT_EQ(0, tpu_driver_unbind(name));
	EXPECT_EQ(-ENODEV, tpu_client_copy(&c[1]));
	ASSERT_EQ(0, pthread_join(thread, &ret));
	EXPECT_EQ(NULL, ret);
	ASSERT_EQ(0, tpu_driver_bind(name));
	EXPECT_EQ(0, tpu_client_copy(&c[0]));
}

TEST_HARNESS_MAIN
