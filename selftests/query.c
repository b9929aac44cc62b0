// SPDX-License-Identifier: GPL-2.0-only
/* The node is there, is ours, and says what the device is. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "edgetpu_selftest.h"
#include "kselftest_harness.h"

#define ACCEL_MAJOR	261

FIXTURE(node) {
	int fd;
};

FIXTURE_SETUP(node)
{
	self->fd = tpu_open();
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(node)
{
	close(self->fd);
}

static int query(int fd, uint32_t type, void *pointer, uint32_t *size)
{
	struct drm_edgetpu_dev_query q = {
		.type = type,
		.size = *size,
		.pointer = (uintptr_t)pointer,
	};
	int ret = tpu_ioctl(fd, DRM_IOCTL_EDGETPU_DEV_QUERY, &q);

	*size = q.size;
	return ret;
}

TEST_F(node, is_an_accel_device_named_edgetpu)
{
	char name[32] = "";
	struct drm_version version = { .name = name, .name_len = sizeof(name) - 1 };
	struct stat st;

	ASSERT_EQ(0, fstat(self->fd, &st));
	EXPECT_TRUE(S_ISCHR(st.st_mode));
	EXPECT_EQ(ACCEL_MAJOR, major(st.st_rdev));
	ASSERT_EQ(0, tpu_ioctl(self->fd, DRM_IOCTL_VERSION, &version));
	EXPECT_STREQ("edgetpu", name);
}

TEST_F(node, tells_the_hardware)
{
	struct drm_edgetpu_hardware_info info;
	uint32_t size = sizeof(info);

	ASSERT_EQ(0, query(self->fd, DRM_EDGETPU_QUERY_HARDWARE, &info, &size));
	EXPECT_EQ(sizeof(info), size);
	EXPECT_EQ(EDGETPU_HW_VERSION, info.hw_version);
	EXPECT_EQ(64, info.array_rows);
	EXPECT_EQ(64, info.array_cols);
	EXPECT_EQ(480000, info.clock_khz);
	EXPECT_EQ(8 << 20, info.sram_size);
	EXPECT_EQ(EDGETPU_VA_BITS, info.va_bits);
	EXPECT_LT(0, info.dram_mbps);
	EXPECT_EQ(EDGETPU_MAX_CONTEXTS, info.num_contexts);
	EXPECT_EQ(EDGETPU_MAX_RINGS, info.num_queues);
}

TEST_F(node, tells_the_firmware)
{
	struct drm_edgetpu_firmware_info info;
	uint32_t size = sizeof(info);

	ASSERT_EQ(0, query(self->fd, DRM_EDGETPU_QUERY_FIRMWARE, &info, &size));
	EXPECT_EQ(EDGETPU_PROTOCOL, info.protocol);
	EXPECT_NE(0, info.version);
}

TEST_F(node, tells_the_size_without_a_pointer)
{
	uint32_t size = 0;

	ASSERT_EQ(0, query(self->fd, DRM_EDGETPU_QUERY_HARDWARE, NULL, &size));
	EXPECT_EQ(sizeof(struct drm_edgetpu_hardware_info), size);
}

TEST_F(node, fills_a_short_buffer_and_zeroes_the_rest_of_a_long_one)
{
	struct {
		struct drm_edgetpu_hardware_info info;
		uint8_t more[64];
	} buffer;
	uint32_t size = 4;

	memset(&buffer, 0xa5, sizeof(buffer));
	ASSERT_EQ(0, query(self->fd, DRM_EDGETPU_QUERY_HARDWARE, &buffer, &size));
	EXPECT_EQ(EDGETPU_HW_VERSION, buffer.info.hw_version);
	EXPECT_EQ(0xa5a5a5a5, buffer.info.array_rows);

	size = sizeof(buffer);
	ASSERT_EQ(0, query(self->fd, DRM_EDGETPU_QUERY_HARDWARE, &buffer, &size));
	for (size_t i = 0; i < sizeof(buffer.more); i++)
		ASSERT_EQ(0, buffer.more[i]);
}

TEST_F(node, refuses_an_unknown_query)
{
	uint32_t size = 0;

	EXPECT_EQ(-EINVAL, query(self->fd, 2, NULL, &size));
	EXPECT_EQ(-EINVAL, query(self->fd, ~0u, NULL, &size));
}

TEST_F(node, refuses_a_query_to_a_bad_pointer)
{
	uint32_t size = sizeof(struct drm_edgetpu_hardware_info);

	EXPECT_EQ(-EFAULT, query(self->fd, DRM_EDGETPU_QUERY_HARDWARE, (void *)8, &size));
}

TEST_F(node, refuses_an_unknown_ioctl)
{
	uint32_t nothing = 0;

	EXPECT_NE(0, tpu_ioctl(self->fd, DRM_IOWR(DRM_COMMAND_BASE + 0x3f, uint32_t), &nothing));
}

TEST_HARNESS_MAIN
