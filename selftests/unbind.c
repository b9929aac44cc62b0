// SPDX-License-Identifier: GPL-2.0-only
/*
 * The driver is taken from the device while clients hold everything they can hold.
 * What it leaves mapped for the device the kernel's DMA debugging tells.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "edgetpu_selftest.h"
#include "edgetpu_sysfs.h"
#include "kselftest_harness.h"

FIXTURE(unbind) {
	struct tpu_client client;
	char device[TPU_PCI_NAME];
};

FIXTURE_SETUP(unbind)
{
	ASSERT_EQ(0, tpu_client_open(&self->client, 31));
	ASSERT_EQ(0, tpu_pci_name(self->client.fd, self->device));
}

/* The device works again, for whoever comes next. */
FIXTURE_TEARDOWN(unbind)
{
	ASSERT_EQ(0, tpu_driver_bind(self->device));
}

TEST_F(unbind, ends_jobs_and_leaves_the_bytes)
{
	struct drm_prime_handle prime = { .flags = DRM_CLOEXEC | DRM_RDWR };
	struct drm_edgetpu_bo_create create = { .size = 4096 };
	struct tpu_client *c = &self->client, other;
	struct drm_edgetpu_sync_op signal[2] = {
		{ .flags = DRM_EDGETPU_SYNC_SIGNAL }, { .flags = DRM_EDGETPU_SYNC_SIGNAL },
	};
	uint8_t *shared;
	void *source = c->source.map;
	uint8_t copy[TPU_DATA_SIZE];

	ASSERT_EQ(0, tpu_client_copy(c));
	memcpy(copy, source, sizeof(copy));
	prime.handle = c->target.handle;
	ASSERT_EQ(0, tpu_ioctl(c->fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime));
	shared = mmap(NULL, TPU_DATA_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, prime.fd, 0);
	ASSERT_NE(MAP_FAILED, (void *)shared);

	/* one job runs, one waits behind it; a second client has imported what the first gave */
	ASSERT_EQ(0, tpu_client_open(&other, 33));
	ASSERT_EQ(0, tpu_ioctl(other.fd, DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime));
	ASSERT_EQ(0, tpu_bind(other.fd, prime.handle, 0x1000, TPU_DATA_SIZE,
			      DRM_EDGETPU_VM_BIND_READ));
	ASSERT_EQ(0, tpu_client_make_endless(c));
	ASSERT_EQ(0, tpu_syncobj_new(c->fd, &signal[0].handle));
	ASSERT_EQ(0, tpu_syncobj_new(c->fd, &signal[1].handle));
	ASSERT_EQ(0, tpu_client_submit(c, &signal[0], 1));
	ASSERT_EQ(0, tpu_client_submit(c, &signal[1], 1));

	ASSERT_EQ(0, tpu_driver_unbind(self->device));
	EXPECT_EQ(-ENODEV, tpu_ioctl(c->fd, DRM_IOCTL_EDGETPU_BO_CREATE, &create));
	EXPECT_EQ(-ENODEV, tpu_client_submit(c, NULL, 0));
	EXPECT_EQ(-ENODEV, tpu_unbind(c->fd, TPU_VA_SOURCE, TPU_DATA_SIZE));

	/* the processor's mappings go on, also for pages that it has not touched yet */
	EXPECT_EQ(0, memcmp(copy, source, sizeof(copy)));
	EXPECT_EQ(0, memcmp(copy, shared, sizeof(copy)));
	shared[0] ^= 0xff;
	EXPECT_EQ(copy[0] ^ 0xff, ((uint8_t *)c->target.map)[0]);

	munmap(shared, TPU_DATA_SIZE);
	close(prime.fd);
	tpu_client_close(&other);
	tpu_client_close(c);
}

TEST_F(unbind, is_heard_by_those_who_wait_for_a_fence)
{
	struct tpu_client *c = &self->client;
	struct drm_edgetpu_sync_op signal = { .flags = DRM_EDGETPU_SYNC_SIGNAL };
	struct drm_syncobj_handle file = {
		.flags = DRM_SYNCOBJ_HANDLE_TO_FD_FLAGS_EXPORT_SYNC_FILE,
	};

	ASSERT_EQ(0, tpu_syncobj_new(c->fd, &signal.handle));
	ASSERT_EQ(0, tpu_client_make_endless(c));
	ASSERT_EQ(0, tpu_client_submit(c, NULL, 0));
	ASSERT_EQ(0, tpu_client_submit(c, &signal, 1));
	file.handle = signal.handle;
	ASSERT_EQ(0, tpu_ioctl(c->fd, DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD, &file));
	ASSERT_EQ(0, tpu_driver_unbind(self->device));
	EXPECT_EQ(-ENODEV, tpu_sync_file_error(file.fd, 20));
	close(file.fd);
	tpu_client_close(c);
}

/* Working by turns has the driver allocate memory, which idleness has it give back. */
TEST_F(unbind, after_clients_took_turns_and_long_idled)
{
	struct tpu_client *c = &self->client, other;
	struct drm_edgetpu_job_status s;

	ASSERT_EQ(0, tpu_client_open(&other, 32));
	ASSERT_EQ(0, tpu_client_make_endless(c));
	ASSERT_EQ(0, tpu_client_submit(c, NULL, 0));
	ASSERT_EQ(0, tpu_client_submit(&other, NULL, 0));
	ASSERT_EQ(0, tpu_job_wait(other.fd, other.queue, 1, 60, &s));
	for (int i = 0; i < 600 && tpu_debugfs("status", "save areas") < 1; i++)
		usleep(100000);
	EXPECT_LE(1, tpu_debugfs("status", "save areas"));
	tpu_client_close(&other);
	tpu_client_close(c);
	for (int i = 0; i < 600 && tpu_debugfs("status", "save areas"); i++)
		usleep(100000);
	EXPECT_EQ(0, tpu_debugfs("status", "save areas"));
	EXPECT_EQ(0, tpu_driver_unbind(self->device));
}

/* Reads all that debugfs has of the device, and resets it, for ever. */
static void read_for_ever(const char *device)
{
	static const char * const names[] = {
		"firmware_log", "status", "queues", "memory", "address_spaces", "sram",
	};
	char path[128], text[4096];

	for (unsigned int i = 0;; i++) {
		const char *name = names[i % (sizeof(names) / sizeof(*names))];
		int fd;

		snprintf(path, sizeof(path), "/sys/kernel/debug/accel/%.60s/%s", device, name);
		fd = open(path, O_RDONLY);
		if (fd < 0)
			continue;
		while (read(fd, text, sizeof(text)) > 0)
			;
		close(fd);
		snprintf(path, sizeof(path), "/sys/kernel/debug/accel/%.60s/reset", device);
		if (i % 100 == 0)
			tpu_write_file(path, "1");
	}
}

TEST_F(unbind, is_not_held_up_by_those_who_read_debugfs)
{
	struct tpu_client *c = &self->client;
	pid_t readers[3];
	int status;

	for (int i = 0; i < 3; i++) {
		readers[i] = fork();
		ASSERT_LE(0, readers[i]);
		if (!readers[i])
			read_for_ever(self->device);
	}
	for (int i = 0; i < 5; i++) {
		ASSERT_EQ(0, tpu_client_make_endless(c));
		for (int n = 0; n < 4; n++)
			ASSERT_EQ(0, tpu_client_submit(c, NULL, 0));
		usleep(300000);
		ASSERT_EQ(0, tpu_driver_unbind(self->device));
		tpu_client_close(c);
		/* A job that begins may be cut off by a reset. */
		ASSERT_LE(0, tpu_driver_bind(self->device));
		ASSERT_EQ(0, tpu_client_open(c, i));
	}
	ASSERT_EQ(0, tpu_driver_unbind(self->device));
	tpu_client_close(c);
	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(0, kill(readers[i], SIGKILL));
		ASSERT_EQ(readers[i], waitpid(readers[i], &status, 0));
		EXPECT_TRUE(WIFSIGNALED(status));
	}
}

TEST_HARNESS_MAIN
