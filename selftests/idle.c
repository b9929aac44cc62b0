// SPDX-License-Identifier: GPL-2.0-only
/* The device sleeps when nobody has jobs, and nobody notices but by its power. */
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "edgetpu_selftest.h"
#include "edgetpu_sysfs.h"
#include "kselftest_harness.h"

/* The content of a file of the PCI function's is @text, within @seconds. */
static bool becomes(int fd, const char *file, const char *text, int seconds)
{
	char found[32] = "";

	for (int i = 0; i <= 100 * seconds; i++) {
		const int f = tpu_pci_open(fd, file, O_RDONLY);
		const ssize_t n = f < 0 ? 0 : read(f, found, sizeof(found) - 1);

		if (f >= 0)
			close(f);
		found[n > 0 ? n : 0] = 0;
		if (!strncmp(found, text, strlen(text)))
			return true;
		usleep(10000);
	}
	return false;
}

static bool asleep(int fd)
{
	return becomes(fd, "power/runtime_status", "suspended", 60);
}

FIXTURE(idle) {
	struct tpu_client client;
	long resets;
};

FIXTURE_SETUP(idle)
{
	ASSERT_EQ(0, tpu_client_open(&self->client, 7));
	ASSERT_EQ(0, tpu_allow_sleep(self->client.fd, 1));
	self->resets = tpu_debugfs("status", "resets");
}

FIXTURE_TEARDOWN(idle)
{
	EXPECT_EQ(self->resets, tpu_debugfs("status", "resets"));
	tpu_client_close(&self->client);
}

TEST_F(idle, device_sleeps_until_a_job_comes)
{
	struct tpu_client *c = &self->client;

	for (int i = 0; i < 3; i++) {
		ASSERT_TRUE(asleep(c->fd));
		EXPECT_TRUE(becomes(c->fd, "power_state", "D3hot", 1));
		memset(c->target.map, 0, TPU_DATA_SIZE);
		EXPECT_EQ(0, tpu_client_copy(c));
	}
}

/* Nothing of it has to reach the hardware. */
TEST_F(idle, device_need_not_wake_for_memory_and_queues)
{
	struct tpu_client *c = &self->client, other;
	struct tpu_bo bo, old;

	EXPECT_EQ(0, tpu_client_copy(c));
	ASSERT_TRUE(asleep(c->fd));
	ASSERT_EQ(0, tpu_client_open(&other, 8));
	ASSERT_EQ(0, tpu_bo_new(c->fd, TPU_DATA_SIZE, &bo));
	memset(bo.map, 0x77, TPU_DATA_SIZE);
	ASSERT_EQ(0, tpu_unbind(c->fd, TPU_VA_SOURCE, TPU_DATA_SIZE));
	ASSERT_EQ(0, tpu_bind(c->fd, bo.handle, TPU_VA_SOURCE, TPU_DATA_SIZE,
			      DRM_EDGETPU_VM_BIND_READ));
	ASSERT_EQ(0, tpu_queue_free(c->fd, c->queue));
	ASSERT_EQ(0, tpu_queue_new(c->fd, DRM_EDGETPU_PRIORITY_NORMAL, &c->queue));
	tpu_client_close(&other);
	EXPECT_TRUE(becomes(c->fd, "power/runtime_status", "suspended", 0));
	EXPECT_LE(0, tpu_fdinfo(c->fd, "drm-cycles-vector"));
	EXPECT_LE(0, tpu_debugfs("status", "resets"));
	EXPECT_TRUE(becomes(c->fd, "power/runtime_status", "suspended", 0));
	/* and the device has it when it wakes */
	old = c->source;
	c->source = bo;
	EXPECT_EQ(0, tpu_client_copy(c));
	tpu_bo_free(c->fd, &old);
}

TEST_F(idle, device_stays_awake_while_a_job_runs)
{
	struct tpu_client *c = &self->client;

	ASSERT_EQ(0, tpu_client_make_endless(c));
	ASSERT_EQ(0, tpu_client_submit(c, NULL, 0));
	EXPECT_FALSE(becomes(c->fd, "power/runtime_status", "suspended", 5));
	ASSERT_EQ(0, tpu_queue_free(c->fd, c->queue));
	EXPECT_TRUE(asleep(c->fd));
	ASSERT_EQ(0, tpu_queue_new(c->fd, DRM_EDGETPU_PRIORITY_NORMAL, &c->queue));
}

/* What the driver had for turns, 8 MiB for each client and more, it needs no more. */
TEST_F(idle, device_has_no_memory_for_turns)
{
	struct tpu_client *c = &self->client, other;

	ASSERT_EQ(0, tpu_client_open(&other, 8));
	ASSERT_EQ(0, tpu_client_make_endless(&other));
	ASSERT_EQ(0, tpu_client_submit(&other, NULL, 0));
	for (int i = 0; i < 600 && tpu_debugfs("memory", "areas") < 2; i++)
		ASSERT_EQ(0, tpu_client_copy(c));
	EXPECT_LE(2, tpu_debugfs("memory", "areas"));
	tpu_client_close(&other);
	ASSERT_TRUE(asleep(c->fd));
	for (int i = 0; i < 600 && tpu_debugfs("memory", "areas"); i++)
		usleep(100000);
	EXPECT_EQ(0, tpu_debugfs("memory", "areas"));
	EXPECT_TRUE(becomes(c->fd, "power/runtime_status", "suspended", 0));
}

TEST_F(idle, device_is_taken_from_the_driver_and_given_back_asleep)
{
	char name[TPU_PCI_NAME];
	struct tpu_client c;

	ASSERT_EQ(0, tpu_pci_name(self->client.fd, name));
	ASSERT_TRUE(asleep(self->client.fd));
	ASSERT_EQ(0, tpu_driver_unbind(name));
	ASSERT_EQ(0, tpu_driver_bind(name));
	ASSERT_EQ(0, tpu_client_open(&c, 9));
	EXPECT_EQ(0, tpu_client_copy(&c));
	EXPECT_TRUE(asleep(c.fd));
	tpu_client_close(&c);
	self->resets = tpu_debugfs("status", "resets");
}

TEST_F(idle, device_is_reset_asleep)
{
	struct tpu_client *c = &self->client;
	int fd;

	ASSERT_TRUE(asleep(c->fd));
	fd = tpu_pci_open(c->fd, "reset", O_WRONLY);
	ASSERT_LE(0, fd);
	EXPECT_EQ(1, write(fd, "1", 1));
	close(fd);
	EXPECT_EQ(0, tpu_client_copy(c));
	self->resets++;
}

TEST_HARNESS_MAIN
