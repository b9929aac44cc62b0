// SPDX-License-Identifier: GPL-2.0-only
/* The address space: what can be bound, where, and what is refused. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "edgetpu_selftest.h"
#include "kselftest_harness.h"

#define VA	0x10000000ull
#define SIZE	16384ull

FIXTURE(space) {
	int fd;
	struct tpu_bo bo;
	struct drm_edgetpu_vm_bind map;
	struct drm_edgetpu_vm_bind unmap;
};

FIXTURE_SETUP(space)
{
	self->fd = tpu_open();
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, tpu_bo_new(self->fd, SIZE, &self->bo));
	/* Good requests; each test spoils one field of a copy. */
	self->map = (struct drm_edgetpu_vm_bind) {
		.op = DRM_EDGETPU_VM_BIND_MAP,
		.flags = DRM_EDGETPU_VM_BIND_READ,
		.handle = self->bo.handle,
		.va = VA,
		.size = SIZE,
	};
	self->unmap = (struct drm_edgetpu_vm_bind) {
		.op = DRM_EDGETPU_VM_BIND_UNMAP,
		.va = VA,
		.size = SIZE,
	};
}

FIXTURE_TEARDOWN(space)
{
	tpu_bo_free(self->fd, &self->bo);
	close(self->fd);
}

static int bind(int fd, const struct drm_edgetpu_vm_bind *b)
{
	struct drm_edgetpu_vm_bind copy = *b;

	return tpu_ioctl(fd, DRM_IOCTL_EDGETPU_VM_BIND, &copy);
}

/* @b, one field changed, must fail with @error; the unchanged one must still work. */
#define REFUSED(error, what, field, value) do {				\
	struct drm_edgetpu_vm_bind spoilt = self->what;			\
	spoilt.field = (value);						\
	EXPECT_EQ(-(error), bind(self->fd, &spoilt)) {			\
		TH_LOG(#what "." #field " = " #value);			\
	}								\
} while (0)

TEST_F(space, takes_a_mapping_and_gives_it_back)
{
	EXPECT_EQ(0, bind(self->fd, &self->map));
	EXPECT_EQ(0, bind(self->fd, &self->unmap));
	EXPECT_EQ(0, bind(self->fd, &self->map));
	EXPECT_EQ(0, bind(self->fd, &self->unmap));
}

TEST_F(space, reaches_from_its_first_to_its_last_page)
{
	self->map.va = DRM_EDGETPU_VA_START;
	EXPECT_EQ(0, bind(self->fd, &self->map));
	self->map.va = DRM_EDGETPU_VA_END - SIZE;
	EXPECT_EQ(0, bind(self->fd, &self->map));
}

TEST_F(space, takes_part_of_a_buffer_and_one_buffer_twice)
{
	self->map.size = 4096;
	self->map.bo_offset = SIZE - 4096;
	EXPECT_EQ(0, bind(self->fd, &self->map));
	self->map.va += 4096;
	EXPECT_EQ(0, bind(self->fd, &self->map));
}

TEST_F(space, is_each_clients_own)
{
	int other = tpu_open();
	struct tpu_bo bo;

	ASSERT_LE(0, other);
	ASSERT_EQ(0, bind(self->fd, &self->map));
	ASSERT_EQ(0, tpu_bo_new(other, SIZE, &bo));
	EXPECT_EQ(0, tpu_bind(other, bo.handle, VA, SIZE, DRM_EDGETPU_VM_BIND_WRITE));
	EXPECT_EQ(0, tpu_unbind(other, VA, SIZE));
	EXPECT_EQ(0, bind(self->fd, &self->unmap));
	tpu_bo_free(other, &bo);
	close(other);
}

TEST_F(space, keeps_a_bound_buffer_whose_handle_is_closed)
{
	ASSERT_EQ(0, bind(self->fd, &self->map));
	ASSERT_EQ(0, tpu_gem_close(self->fd, self->bo.handle));
	self->bo.handle = 0;
	EXPECT_EQ(0, bind(self->fd, &self->unmap));
}

TEST_F(space, is_taken_down_with_the_file_when_mappings_remain)
{
	int fd = tpu_open();
	struct tpu_bo bo;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, tpu_bo_new(fd, SIZE, &bo));
	for (uint64_t i = 0; i < 64; i++)
		ASSERT_EQ(0, tpu_bind(fd, bo.handle, VA + (i << 30), SIZE,
				      DRM_EDGETPU_VM_BIND_READ));
	EXPECT_EQ(0, close(fd));
}

TEST_F(space, refuses_bad_operations_and_flags)
{
	REFUSED(EINVAL, map, op, 2);
	REFUSED(EINVAL, map, op, ~0u);
	REFUSED(EINVAL, map, flags, 0);
	REFUSED(EINVAL, map, flags, DRM_EDGETPU_VM_BIND_READ | 1u << 3);
	REFUSED(EINVAL, map, flags, DRM_EDGETPU_VM_BIND_READ | 1u << 31);
	REFUSED(EINVAL, map, flags, DRM_EDGETPU_VM_BIND_COMMAND | DRM_EDGETPU_VM_BIND_WRITE);
	REFUSED(EINVAL, map, pad, 1);
	EXPECT_EQ(0, bind(self->fd, &self->map));
}

TEST_F(space, refuses_a_buffer_that_is_not_there)
{
	REFUSED(ENOENT, map, handle, 0);
	REFUSED(ENOENT, map, handle, 54321);
	EXPECT_EQ(0, bind(self->fd, &self->map));
}

TEST_F(space, refuses_what_is_not_whole_pages)
{
	REFUSED(EINVAL, map, va, VA + 1);
	REFUSED(EINVAL, map, va, VA + 2048);
	REFUSED(EINVAL, map, size, SIZE - 1);
	REFUSED(EINVAL, map, size, 0);
	self->map.size = 4096;
	REFUSED(EINVAL, map, bo_offset, 64);
	EXPECT_EQ(0, bind(self->fd, &self->map));
}

TEST_F(space, refuses_ranges_beyond_the_buffer)
{
	REFUSED(EINVAL, map, size, SIZE + 4096);
	REFUSED(EINVAL, map, bo_offset, 4096);
	REFUSED(EINVAL, map, bo_offset, -4096ull);
	REFUSED(EINVAL, map, size, -4096ull);
	REFUSED(EINVAL, map, size, 1ull << 63);
	EXPECT_EQ(0, bind(self->fd, &self->map));
}

TEST_F(space, refuses_ranges_beyond_its_ends)
{
	REFUSED(EINVAL, map, va, 0);
	REFUSED(EINVAL, map, va, DRM_EDGETPU_VA_END);
	REFUSED(EINVAL, map, va, DRM_EDGETPU_VA_END - 4096);
	REFUSED(EINVAL, map, va, -4096ull);
	REFUSED(EINVAL, map, va, 1ull << 63);
	EXPECT_EQ(0, bind(self->fd, &self->map));
}

TEST_F(space, refuses_to_map_over_a_mapping)
{
	ASSERT_EQ(0, bind(self->fd, &self->map));
	EXPECT_EQ(-EEXIST, bind(self->fd, &self->map));
	REFUSED(EEXIST, map, va, VA + SIZE - 4096);
	REFUSED(EEXIST, map, va, VA - SIZE + 4096);
	self->map.va = VA + SIZE;
	EXPECT_EQ(0, bind(self->fd, &self->map));
	self->map.va = VA - SIZE;
	EXPECT_EQ(0, bind(self->fd, &self->map));
}

TEST_F(space, refuses_to_unmap_what_is_no_mapping)
{
	EXPECT_EQ(-ENOENT, bind(self->fd, &self->unmap));
	ASSERT_EQ(0, bind(self->fd, &self->map));
	REFUSED(ENOENT, unmap, size, 4096);
	REFUSED(ENOENT, unmap, va, VA + 4096);
	REFUSED(ENOENT, unmap, size, SIZE + 4096);
	REFUSED(EINVAL, unmap, flags, DRM_EDGETPU_VM_BIND_READ);
	REFUSED(EINVAL, unmap, handle, self->bo.handle);
	REFUSED(EINVAL, unmap, bo_offset, 4096);
	REFUSED(EINVAL, unmap, pad, 1);
	REFUSED(EINVAL, unmap, size, 0);
	EXPECT_EQ(0, bind(self->fd, &self->unmap));
	EXPECT_EQ(-ENOENT, bind(self->fd, &self->unmap));
}

/*
 * What the hardware remembers of a mapping. A job stores to the target (which brings the
 * translation into the TLB), works for long, and stores again; meanwhile @meddle changes
 * the mapping under it.
 */
static int meddle_in_a_job(struct tpu_client *c, int (*meddle)(struct tpu_client *c),
			   struct drm_edgetpu_job_status *status)
{
	struct edgetpu_command *commands = c->commands.map;
	volatile uint8_t *target = c->target.map;
	const unsigned int long_time = 2000;
	int ret;

	tpu_cmd_fill(&commands[0], 0, 64, 0x11);
	tpu_cmd_store(&commands[1], TPU_REGION_TARGET, 0, 0, 64);
	for (unsigned int i = 0; i < long_time; i++)
		tpu_cmd_fill(&commands[2 + i], 0, 8 << 20, 0x22);
	tpu_cmd_store(&commands[2 + long_time], TPU_REGION_TARGET, 0, 0, 64);
	tpu_serialise(commands, 3 + long_time);
	c->job.num_commands = 3 + long_time;
	memset(c->target.map, 0, TPU_DATA_SIZE);
	ret = tpu_client_submit(c, NULL, 0);
	for (int i = 0; !ret && !target[0] && i < 60000; i++)
		usleep(1000);
	if (!ret)
		ret = target[0] == 0x11 ? meddle(c) : -ETIME;
	return ret ? ret : tpu_job_wait(c->fd, c->queue, c->job.seqno, 60, status);
}

FIXTURE(job) {
	struct tpu_client client;
};

FIXTURE_SETUP(job)
{
	ASSERT_EQ(0, tpu_client_open(&self->client, 41));
}

/* What it stored before somebody meddled is there. */
FIXTURE_TEARDOWN(job)
{
	EXPECT_EQ(0x11, ((uint8_t *)self->client.target.map)[0]);
	tpu_client_close(&self->client);
}

static int unbind_target(struct tpu_client *c)
{
	return tpu_unbind(c->fd, TPU_VA_TARGET, TPU_DATA_SIZE);
}

static int rebind_target(struct tpu_client *c, uint32_t handle, uint32_t flags)
{
	int ret = unbind_target(c);

	return ret ? ret : tpu_bind(c->fd, handle, TPU_VA_TARGET, TPU_DATA_SIZE, flags);
}

TEST_F(job, that_has_used_a_mapping_faults_when_it_is_gone)
{
	struct drm_edgetpu_job_status s;

	ASSERT_EQ(0, meddle_in_a_job(&self->client, unbind_target, &s));
	EXPECT_EQ(DRM_EDGETPU_JOB_FAILED, s.state);
	EXPECT_EQ(EFAULT, s.error);
	EXPECT_EQ(EDGETPU_STATUS_MMU_FAULT, s.fault);
	EXPECT_EQ(TPU_VA_TARGET, s.fault_va & ~0xfffull);
}

static int bind_target_read_only(struct tpu_client *c)
{
	return rebind_target(c, c->target.handle, DRM_EDGETPU_VM_BIND_READ);
}

/* SUBMIT has let it pass: now the page tables are what holds it. */
TEST_F(job, cannot_store_where_the_mapping_has_become_read_only)
{
	struct drm_edgetpu_job_status s;

	ASSERT_EQ(0, meddle_in_a_job(&self->client, bind_target_read_only, &s));
	EXPECT_EQ(DRM_EDGETPU_JOB_FAILED, s.state);
	EXPECT_EQ(EDGETPU_STATUS_MMU_FAULT, s.fault);
}

static int bind_source_as_target(struct tpu_client *c)
{
	return rebind_target(c, c->source.handle, DRM_EDGETPU_VM_BIND_WRITE);
}

TEST_F(job, stores_to_what_is_bound_now)
{
	struct drm_edgetpu_job_status s;

	ASSERT_EQ(0, meddle_in_a_job(&self->client, bind_source_as_target, &s));
	EXPECT_EQ(DRM_EDGETPU_JOB_DONE, s.state);
	EXPECT_EQ(0x22, ((uint8_t *)self->client.source.map)[0]);
}

TEST_HARNESS_MAIN
