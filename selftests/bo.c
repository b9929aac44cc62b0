// SPDX-License-Identifier: GPL-2.0-only
/* Buffers: create, describe, map. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "edgetpu_selftest.h"
#include "kselftest_harness.h"

FIXTURE(buffers) {
	int fd;
};

FIXTURE_SETUP(buffers)
{
	self->fd = tpu_open();
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(buffers)
{
	close(self->fd);
}

static int create(int fd, uint64_t size, uint32_t flags, struct drm_edgetpu_bo_create *c)
{
	memset(c, 0, sizeof(*c));
	c->size = size;
	c->flags = flags;
	return tpu_ioctl(fd, DRM_IOCTL_EDGETPU_BO_CREATE, c);
}

static int info(int fd, uint32_t handle, struct drm_edgetpu_bo_info *i)
{
	memset(i, 0, sizeof(*i));
	i->handle = handle;
	return tpu_ioctl(fd, DRM_IOCTL_EDGETPU_BO_INFO, i);
}

TEST_F(buffers, are_rounded_up_to_pages_and_zeroed)
{
	struct tpu_bo bo;

	ASSERT_EQ(0, tpu_bo_new(self->fd, 5000, &bo));
	EXPECT_EQ(8192, bo.size);
	for (size_t i = 0; i < bo.size; i++)
		ASSERT_EQ(0, ((uint8_t *)bo.map)[i]);
	tpu_bo_free(self->fd, &bo);
}

TEST_F(buffers, of_one_byte_and_of_a_page_are_a_page)
{
	struct drm_edgetpu_bo_create c;

	ASSERT_EQ(0, create(self->fd, 1, 0, &c));
	EXPECT_EQ(4096, c.size);
	ASSERT_EQ(0, create(self->fd, 4096, 0, &c));
	EXPECT_EQ(4096, c.size);
	ASSERT_EQ(0, create(self->fd, 4097, 0, &c));
	EXPECT_EQ(8192, c.size);
}

TEST_F(buffers, have_nothing_of_those_before_them)
{
	struct tpu_bo bo;

	for (int round = 0; round < 8; round++) {
		ASSERT_EQ(0, tpu_bo_new(self->fd, 1 << 20, &bo));
		for (size_t i = 0; i < bo.size / 8; i++)
			ASSERT_EQ(0, ((uint64_t *)bo.map)[i]);
		memset(bo.map, 0xa5, bo.size);
		tpu_bo_free(self->fd, &bo);
	}
}

TEST_F(buffers, tell_that_they_are_cached)
{
	struct drm_edgetpu_bo_create c;
	struct drm_edgetpu_bo_info i;

	ASSERT_EQ(0, create(self->fd, 4096, 0, &c));
	ASSERT_EQ(0, info(self->fd, c.handle, &i));
	EXPECT_EQ(0, i.flags);
}

TEST_F(buffers, are_gone_with_their_handle)
{
	struct drm_edgetpu_bo_create c;
	struct drm_edgetpu_bo_info i;
	void *map;

	ASSERT_EQ(0, create(self->fd, 4096, 0, &c));
	ASSERT_EQ(0, info(self->fd, c.handle, &i));
	ASSERT_EQ(0, tpu_gem_close(self->fd, c.handle));
	map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, self->fd, i.mmap_offset);
	EXPECT_EQ(MAP_FAILED, map);
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-ENOENT, info(self->fd, c.handle, &i));
}

TEST_F(buffers, tell_size_and_flags)
{
	struct drm_edgetpu_bo_create c;
	struct drm_edgetpu_bo_info i;

	ASSERT_EQ(0, create(self->fd, 12288, DRM_EDGETPU_BO_WC, &c));
	ASSERT_EQ(0, info(self->fd, c.handle, &i));
	EXPECT_EQ(12288, i.size);
	EXPECT_EQ(DRM_EDGETPU_BO_WC, i.flags);
	EXPECT_NE(0, i.mmap_offset);
}

TEST_F(buffers, keep_their_mapping_after_the_handle_is_closed)
{
	struct tpu_bo bo;

	ASSERT_EQ(0, tpu_bo_new(self->fd, 4096, &bo));
	strcpy(bo.map, "still here");
	ASSERT_EQ(0, tpu_gem_close(self->fd, bo.handle));
	EXPECT_STREQ("still here", bo.map);
	EXPECT_EQ(0, munmap(bo.map, bo.size));
}

TEST_F(buffers, cannot_be_mapped_beyond_their_end)
{
	struct drm_edgetpu_bo_create c;
	struct drm_edgetpu_bo_info i;
	void *map;

	ASSERT_EQ(0, create(self->fd, 4096, 0, &c));
	ASSERT_EQ(0, info(self->fd, c.handle, &i));
	map = mmap(NULL, 8192, PROT_READ, MAP_SHARED, self->fd, i.mmap_offset);
	EXPECT_EQ(MAP_FAILED, map);
	EXPECT_EQ(EINVAL, errno);
	map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, self->fd, i.mmap_offset + 4096);
	EXPECT_EQ(MAP_FAILED, map);
	EXPECT_EQ(EINVAL, errno);
}

/* Has the mapping at @map this flag in smaps, as " dd "? */
static bool mapping_has(const void *map, const char *flag)
{
	FILE *file = fopen("/proc/self/smaps", "r");
	unsigned long start = 0, first, end;
	bool has = false;
	char line[512];

	while (file && !has && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%lx-%lx ", &first, &end) == 2)
			start = first;
		has = start == (unsigned long)map && !strncmp(line, "VmFlags:", 8) &&
		      strstr(line, flag);
	}
	if (file)
		fclose(file);
	return has;
}

/* Growing would reach beyond the buffer; a core dump would bring in all of it. */
TEST_F(buffers, have_mappings_that_neither_grow_nor_are_dumped)
{
	struct tpu_bo bo;

	ASSERT_EQ(0, tpu_bo_new(self->fd, 8192, &bo));
	/* beyond the buffer, and up to its end */
	EXPECT_EQ(MAP_FAILED, mremap(bo.map, 8192, 16384, MREMAP_MAYMOVE));
	EXPECT_EQ(EFAULT, errno);
	ASSERT_EQ(0, munmap((char *)bo.map + 4096, 4096));
	EXPECT_EQ(MAP_FAILED, mremap(bo.map, 4096, 8192, MREMAP_MAYMOVE));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_TRUE(mapping_has(bo.map, " de "));
	EXPECT_TRUE(mapping_has(bo.map, " dd "));
	munmap(bo.map, 4096);
	tpu_gem_close(self->fd, bo.handle);
}

TEST_F(buffers, can_be_mapped_in_part)
{
	struct drm_edgetpu_bo_create c;
	struct drm_edgetpu_bo_info i;
	char *map;

	ASSERT_EQ(0, create(self->fd, 16384, 0, &c));
	ASSERT_EQ(0, info(self->fd, c.handle, &i));
	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, i.mmap_offset);
	ASSERT_NE(MAP_FAILED, (void *)map);
	map[4095] = 1;
	EXPECT_EQ(0, munmap(map, 4096));
	map = mmap(NULL, 16384, PROT_READ, MAP_SHARED, self->fd, i.mmap_offset);
	ASSERT_NE(MAP_FAILED, (void *)map);
	EXPECT_EQ(1, map[4095]);
	EXPECT_EQ(0, munmap(map, 16384));
}

TEST_F(buffers, are_shared_with_a_forked_child)
{
	struct tpu_bo bo;
	int status;
	pid_t child;

	ASSERT_EQ(0, tpu_bo_new(self->fd, 4096, &bo));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		strcpy(bo.map, "from the child");
		_exit(0);
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_STREQ("from the child", bo.map);
	tpu_bo_free(self->fd, &bo);
}

TEST_F(buffers, of_another_client_cannot_be_mapped)
{
	int other = tpu_open();
	struct drm_edgetpu_bo_create c;
	struct drm_edgetpu_bo_info i;
	void *map;

	ASSERT_LE(0, other);
	ASSERT_EQ(0, create(self->fd, 4096, 0, &c));
	ASSERT_EQ(0, info(self->fd, c.handle, &i));
	map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, other, i.mmap_offset);
	EXPECT_EQ(MAP_FAILED, map);
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-ENOENT, info(other, c.handle, &i));
	close(other);
}

TEST_F(buffers, of_no_bytes_are_refused)
{
	struct drm_edgetpu_bo_create c;

	EXPECT_EQ(-EINVAL, create(self->fd, 0, 0, &c));
}

TEST_F(buffers, of_absurd_size_are_refused)
{
	struct drm_edgetpu_bo_create c;

	/* no page of it is there before it is used */
	EXPECT_EQ(0, create(self->fd, DRM_EDGETPU_MAX_BO_SIZE, 0, &c));
	EXPECT_EQ(DRM_EDGETPU_MAX_BO_SIZE, c.size);
	EXPECT_EQ(-EINVAL, create(self->fd, DRM_EDGETPU_MAX_BO_SIZE + 1, 0, &c));
	EXPECT_EQ(-EINVAL, create(self->fd, 1ull << 63, 0, &c));
	EXPECT_EQ(-EINVAL, create(self->fd, ~0ull, 0, &c));
}

/* Each has a place among the offsets of mmap, pages or not: all of them are everybody's. */
TEST_F(buffers, as_large_as_may_be_leave_offsets_for_others)
{
	struct drm_edgetpu_bo_create c;
	struct tpu_bo bo;
	int other, ret = 0;

	for (int i = 0; !ret && i < 2000; i++)
		ret = create(self->fd, DRM_EDGETPU_MAX_BO_SIZE, 0, &c);
	ASSERT_EQ(0, ret);
	other = tpu_open();
	ASSERT_LE(0, other);
	ASSERT_EQ(0, tpu_bo_new(other, 4096, &bo));
	memset(bo.map, 1, 4096);
	tpu_bo_free(other, &bo);
	close(other);
}

TEST_F(buffers, with_unknown_flags_are_refused)
{
	struct drm_edgetpu_bo_create c;

	EXPECT_EQ(-EINVAL, create(self->fd, 4096, 1u << 1, &c));
	EXPECT_EQ(-EINVAL, create(self->fd, 4096, 1u << 31, &c));
}

TEST_F(buffers, that_are_not_there_cannot_be_described)
{
	struct drm_edgetpu_bo_info i;

	EXPECT_EQ(-ENOENT, info(self->fd, 0, &i));
	EXPECT_EQ(-ENOENT, info(self->fd, 12345, &i));
}

TEST_HARNESS_MAIN
