// SPDX-License-Identifier: GPL-2.0-only
/* The node is there, is ours, and says what the device is. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "edgetpu_hw.h"
#include "edgetpu_selftest.h"
#include "edgetpu_sysfs.h"
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

TEST_F(node, tells_what_the_registers_say)
{
	volatile uint32_t *reg = tpu_bar0(self->fd, false);
	struct drm_edgetpu_hardware_info info;
	uint32_t size = sizeof(info);

	if (!reg)
		SKIP(return, "the registers cannot be read from here");
	ASSERT_EQ(0, query(self->fd, DRM_EDGETPU_QUERY_HARDWARE, &info, &size));
	EXPECT_EQ(EDGETPU_ID, reg[EDGETPU_REG_ID / 4]);
	EXPECT_EQ(reg[EDGETPU_REG_HW_VERSION / 4], info.hw_version);
	EXPECT_EQ(reg[EDGETPU_REG_ARRAY_ROWS / 4], info.array_rows);
	EXPECT_EQ(reg[EDGETPU_REG_ARRAY_COLS / 4], info.array_cols);
	EXPECT_EQ(reg[EDGETPU_REG_VECTOR_LANES / 4], info.vector_lanes);
	EXPECT_EQ(reg[EDGETPU_REG_VECTOR_MACS / 4], info.vector_macs);
	EXPECT_EQ(reg[EDGETPU_REG_CLOCK_KHZ / 4], info.clock_khz);
	EXPECT_EQ(reg[EDGETPU_REG_SRAM_SIZE / 4], info.sram_size);
	EXPECT_EQ(reg[EDGETPU_REG_DRAM_MBPS / 4], info.dram_mbps);
	EXPECT_EQ(reg[EDGETPU_REG_DRAM_LATENCY / 4], info.dram_latency);
	EXPECT_EQ(reg[EDGETPU_REG_VA_BITS / 4], info.va_bits);
	EXPECT_EQ(reg[EDGETPU_REG_NUM_CONTEXTS / 4], info.num_contexts);
	EXPECT_EQ(reg[EDGETPU_REG_NUM_RINGS / 4], info.num_queues);
	munmap((void *)reg, EDGETPU_BAR0_SIZE);
}

TEST_F(node, tells_the_version_of_the_image)
{
	int image = open("/lib/firmware/" EDGETPU_FW_NAME, O_RDONLY);
	struct drm_edgetpu_firmware_info info;
	struct edgetpu_fw_header header;
	uint32_t size = sizeof(info);

	if (image < 0)
		SKIP(return, "the image cannot be read from here");
	ASSERT_EQ(sizeof(header), read(image, &header, sizeof(header)));
	close(image);
	ASSERT_EQ(0, query(self->fd, DRM_EDGETPU_QUERY_FIRMWARE, &info, &size));
	EXPECT_EQ(header.fw_version, info.version);
	EXPECT_EQ(EDGETPU_COMMAND_FORMAT, info.protocol);
	EXPECT_EQ(sizeof(info), size);
}

TEST_F(node, tells_the_firmware)
{
	struct drm_edgetpu_firmware_info info;
	uint32_t size = sizeof(info);

	ASSERT_EQ(0, query(self->fd, DRM_EDGETPU_QUERY_FIRMWARE, &info, &size));
	EXPECT_EQ(EDGETPU_COMMAND_FORMAT, info.protocol);
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
	EXPECT_EQ(sizeof(buffer.info), size);

	size = sizeof(buffer);
	ASSERT_EQ(0, query(self->fd, DRM_EDGETPU_QUERY_HARDWARE, &buffer, &size));
	EXPECT_EQ(sizeof(buffer.info), size);
	EXPECT_EQ(EDGETPU_MAX_RINGS, buffer.info.num_queues);
	for (size_t i = 0; i < sizeof(buffer.more); i++)
		ASSERT_EQ(0, buffer.more[i]);

	/* not a byte behind what the caller says there is */
	memset(&buffer, 0xa5, sizeof(buffer));
	size = sizeof(buffer) - 8;
	ASSERT_EQ(0, query(self->fd, DRM_EDGETPU_QUERY_HARDWARE, &buffer, &size));
	EXPECT_EQ(0, buffer.more[sizeof(buffer.more) - 9]);
	for (size_t i = sizeof(buffer.more) - 8; i < sizeof(buffer.more); i++)
		ASSERT_EQ(0xa5, buffer.more[i]);
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

/* Room for the structure, but the rest, which is to be zeroed, ends at a bad page */
TEST_F(node, refuses_a_query_that_runs_into_a_bad_pointer)
{
	char *map = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint32_t size = 8192;

	ASSERT_NE(MAP_FAILED, (void *)map);
	ASSERT_EQ(0, munmap(map + 4096, 4096));
	EXPECT_EQ(-EFAULT, query(self->fd, DRM_EDGETPU_QUERY_HARDWARE, map, &size));
	munmap(map, 4096);
}

TEST_F(node, refuses_an_unknown_ioctl)
{
	uint32_t nothing = 0;

	EXPECT_EQ(-EINVAL,
		  tpu_ioctl(self->fd, DRM_IOWR(DRM_COMMAND_BASE + 0x3f, uint32_t), &nothing));
}

TEST_HARNESS_MAIN
