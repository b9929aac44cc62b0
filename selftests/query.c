// SPDX-License-Identifier: GPL-2.0-only
/* The node is there, is ours, and says what the device is. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
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

#define NOBODY		65534
/* i386's ioctl */
#define NR_IOCTL_32	54

/* As a process of 32 bits calls it; @arg is below 4 GiB. -errno */
static int ioctl_32(int fd, unsigned int cmd, void *arg)
{
	int ret;

	__asm__ volatile("int $0x80"
			 : "=a"(ret)
			 : "a"(NR_IOCTL_32), "b"(fd), "c"(cmd), "d"((uint32_t)(uintptr_t)arg)
			 : "memory", "r8", "r9", "r10", "r11");
	return ret;
}

/* The kernel may leave out what runs programs of 32 bits: then they end by a signal. */
static bool runs_32_bits(void)
{
	pid_t child = fork();
	int status;

	if (!child)
		_exit(ioctl_32(-1, 0, NULL) != -EBADF);
	return child > 0 && waitpid(child, &status, 0) == child && !status;
}

/* Every number there is, with arguments of zeros; what DRM has for displays is not there. */
static void try_all(struct __test_metadata *_metadata, int fd, bool narrow)
{
	static const unsigned int display[] = {
		0x01, 0x02, 0x05, 0x06, 0x07, 0x0a, 0x0b, 0x0d, 0x10, 0x11, 0x1e, 0x1f, 0x3a,
		0xa0, 0xa1, 0xa2, 0xae, 0xb2, 0xb3, 0xb4, 0xbb, 0xbc, 0xc6, 0xd2,
	};
	void *arg = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	ASSERT_NE(MAP_FAILED, arg);
	for (unsigned int size = 0; size < 256; size += size ? 56 : 8) {
		for (unsigned int nr = 0; nr < 256; nr++) {
			const unsigned int cmd = _IOC(_IOC_READ | _IOC_WRITE, 'd', nr, size);

			memset(arg, 0, 1 << 16);
			if (narrow)
				ioctl_32(fd, cmd, arg);
			else
				ioctl(fd, cmd, arg);
		}
	}
	for (unsigned int i = 0; i < sizeof(display) / sizeof(display[0]); i++) {
		const unsigned int cmd = _IOC(_IOC_READ | _IOC_WRITE, 'd', display[i], 64);
		int ret = narrow ? ioctl_32(fd, cmd, arg) : ioctl(fd, cmd, arg) ? -errno : 0;

		EXPECT_EQ(-EOPNOTSUPP, ret) {
			TH_LOG("ioctl %#x", display[i]);
		}
	}
	munmap(arg, 1 << 16);
}

static void try_all_as_nobody(struct __test_metadata *_metadata, int node, bool narrow)
{
	char link[32], path[128] = "";
	struct stat st;
	int status;
	pid_t child;

	ASSERT_EQ(0, fstat(node, &st));
	ASSERT_EQ(0, fchmod(node, 0666));
	snprintf(link, sizeof(link), "/proc/self/fd/%d", node);
	ASSERT_LT(0, readlink(link, path, sizeof(path) - 1));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		ASSERT_EQ(0, setgid(NOBODY));
		ASSERT_EQ(0, setuid(NOBODY));
		node = open(path, O_RDWR | O_CLOEXEC);
		ASSERT_LE(0, node);
		try_all(_metadata, node, narrow);
		_exit(_metadata->exit_code);
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(0, fchmod(node, st.st_mode & 07777));
}

TEST_F(node, has_no_ioctl_for_displays)
{
	try_all(_metadata, self->fd, false);
	try_all_as_nobody(_metadata, self->fd, false);
}

TEST_F(node, has_none_for_programs_of_32_bits_either)
{
	if (!runs_32_bits())
		SKIP(return, "this kernel runs no programs of 32 bits");
	try_all(_metadata, self->fd, true);
	try_all_as_nobody(_metadata, self->fd, true);
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
