// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory: what a client may take, that it is charged and given back, and that
 * buffers nothing needs give up their pages. All of it is seen from outside:
 * fdinfo, debugfs, and the bytes.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "edgetpu_selftest.h"
#include "edgetpu_sysfs.h"
#include "kselftest_harness.h"

#define VA	0x10000000ull
#define FAR	0x800000000ull
#define MIB	(1ull << 20)

FIXTURE(memory) {
	int fd;
	uint64_t limit;		/* bytes one client may take */
};

FIXTURE_SETUP(memory)
{
	self->fd = tpu_open();
	ASSERT_LE(0, self->fd);
	self->limit = (uint64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE) / 4;
}

FIXTURE_TEARDOWN(memory)
{
	close(self->fd);
}

static int create(int fd, uint64_t size, uint32_t *handle)
{
	struct drm_edgetpu_bo_create c = { .size = size };
	int ret = tpu_ioctl(fd, DRM_IOCTL_EDGETPU_BO_CREATE, &c);

	*handle = c.handle;
	return ret;
}

static void drop_caches(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY);

	if (fd < 0 || write(fd, "2", 1) != 1)
		perror("drop_caches");
	close(fd);
}

TEST_F(memory, is_charged_with_its_first_use_and_given_back)
{
	const long before = tpu_fdinfo(self->fd, "edgetpu-charged-memory");
	struct tpu_bo bo;
	uint32_t handle;

	ASSERT_LE(0, before);
	ASSERT_EQ(0, create(self->fd, 64 * MIB, &handle));
	EXPECT_GT(64, tpu_fdinfo(self->fd, "edgetpu-charged-memory") - before);
	ASSERT_EQ(0, tpu_bind(self->fd, handle, VA, 64 * MIB, DRM_EDGETPU_VM_BIND_READ));
	EXPECT_LE(64 << 10, tpu_fdinfo(self->fd, "edgetpu-charged-memory") - before);
	ASSERT_EQ(0, tpu_unbind(self->fd, VA, 64 * MIB));
	ASSERT_EQ(0, tpu_gem_close(self->fd, handle));
	EXPECT_EQ(before, tpu_fdinfo(self->fd, "edgetpu-charged-memory"));

	/* the processor's use counts as well */
	ASSERT_EQ(0, tpu_bo_new(self->fd, 16 * MIB, &bo));
	memset(bo.map, 1, bo.size);
	EXPECT_LE(16 << 10, tpu_fdinfo(self->fd, "edgetpu-charged-memory") - before);
	tpu_bo_free(self->fd, &bo);
	EXPECT_EQ(before, tpu_fdinfo(self->fd, "edgetpu-charged-memory"));
}

TEST_F(memory, beyond_the_limit_is_refused_and_others_go_on)
{
	uint32_t handle[64], page;
	struct tpu_client other;
	uint64_t bound = 0;
	int ret = 0, n;

	for (n = 0; n < 64; n++) {
		ASSERT_EQ(0, create(self->fd, 32 * MIB, &handle[n]));
		ret = tpu_bind(self->fd, handle[n], VA + n * 32 * MIB, 32 * MIB,
			       DRM_EDGETPU_VM_BIND_READ);
		if (ret)
			break;
		bound += 32 * MIB;
	}
	EXPECT_EQ(-ENOMEM, ret);
	EXPECT_GE(self->limit, bound);
	EXPECT_LE(self->limit / 2, bound);
	/* nor can what is left be exceeded by page tables: one page, a table for each bind */
	ASSERT_EQ(0, create(self->fd, 4096, &page));
	for (ret = 0, n = 0; !ret && n < 1 << 15; n++)
		ret = tpu_bind(self->fd, page, FAR + ((uint64_t)n << 21), 4096,
			       DRM_EDGETPU_VM_BIND_READ);
	EXPECT_EQ(-ENOMEM, ret);
	EXPECT_GE(self->limit >> 10, tpu_fdinfo(self->fd, "edgetpu-charged-memory"));
	ASSERT_EQ(0, tpu_client_open(&other, 1));
	EXPECT_EQ(0, tpu_client_copy(&other));
	tpu_client_close(&other);

	/* what is given back can be had again */
	ASSERT_EQ(0, tpu_unbind(self->fd, VA, 32 * MIB));
	ASSERT_EQ(0, tpu_gem_close(self->fd, handle[0]));
	ASSERT_EQ(0, create(self->fd, 32 * MIB, &handle[0]));
	EXPECT_EQ(0, tpu_bind(self->fd, handle[0], VA, 32 * MIB, DRM_EDGETPU_VM_BIND_READ));
}

/*
 * Has the kernel read a buffer for it whose pages have been taken back.
 * It says when it is ready on @up, and waits for a word on @down.
 */
static int read_by_the_kernel(uint64_t size, int up, int down)
{
	const int fd = tpu_open(), to = memfd_create("copy", 0);
	struct tpu_bo bo;
	char word = 0;

	if (fd < 0 || to < 0 || tpu_bo_new(fd, size, &bo))
		return 1;
	*(volatile char *)bo.map = 1;
	if (write(up, &word, 1) != 1 || read(down, &word, 1) != 1)
		return 1;
	return write(to, bo.map, 4096) != 4096;
}

/* An access of the kernel's is tried again until it succeeds or fails, signals or not. */
TEST_F(memory, that_was_taken_back_keeps_nobody_from_being_killed)
{
	const uint64_t some = self->limit / 4, few = tpu_reach() / 16;
	const uint64_t size = (some < few ? some : few) & ~(MIB - 1);

	for (int i = 0; i < 8; i++) {
		int up[2], down[2], tries = 0, status;
		char word = 0;
		pid_t child;

		ASSERT_EQ(0, pipe(up));
		ASSERT_EQ(0, pipe(down));
		child = fork();
		ASSERT_LE(0, child);
		if (!child) {
			close(up[0]);
			_exit(read_by_the_kernel(size, up[1], down[0]));
		}
		close(up[1]);
		ASSERT_EQ(1, read(up[0], &word, 1));
		drop_caches();
		ASSERT_EQ(1, write(down[1], &word, 1));
		/* while the pages come, which takes some ms */
		usleep(i * 1000);
		kill(child, SIGKILL);
		while (!waitpid(child, &status, WNOHANG)) {
			ASSERT_GT(300, tries++);
			usleep(100000);
		}
		EXPECT_TRUE(!status || WIFSIGNALED(status));
		close(up[0]);
		close(down[0]);
		close(down[1]);
	}
}

TEST_F(memory, larger_than_the_machine_is_refused_at_once)
{
	struct tpu_bo bo;
	uint32_t handle;

	ASSERT_EQ(0, create(self->fd, DRM_EDGETPU_MAX_BO_SIZE, &handle));
	EXPECT_EQ(-ENOMEM, tpu_bind(self->fd, handle, VA, DRM_EDGETPU_MAX_BO_SIZE,
				    DRM_EDGETPU_VM_BIND_READ));
	EXPECT_EQ(-ENOMEM, tpu_bo_new(self->fd, DRM_EDGETPU_MAX_BO_SIZE, &bo));
	EXPECT_GT(64, tpu_fdinfo(self->fd, "edgetpu-charged-memory"));
}

/* One page, bound at a distance that takes a table each: the tables are what grows. */
TEST_F(memory, of_page_tables_is_charged_and_given_back)
{
	const long before = tpu_fdinfo(self->fd, "edgetpu-charged-memory");
	uint32_t handle;
	uint64_t n;

	ASSERT_EQ(0, create(self->fd, 4096, &handle));
	for (n = 1; n < 1000; n++)
		ASSERT_EQ(0, tpu_bind(self->fd, handle, n << 21, 4096, DRM_EDGETPU_VM_BIND_READ));
	EXPECT_LE(4000, tpu_fdinfo(self->fd, "edgetpu-charged-memory") - before);
	for (n = 1; n < 1000; n++)
		ASSERT_EQ(0, tpu_unbind(self->fd, n << 21, 4096));
	EXPECT_GT(64, tpu_fdinfo(self->fd, "edgetpu-charged-memory") - before);
}

/* What clients are charged, as soon as it is @expected: jobs and files go in the background. */
static long charged_at_last(long expected)
{
	for (int i = 0; i < 1000 && tpu_debugfs("memory", "charged") != expected; i++)
		usleep(10000);
	return tpu_debugfs("memory", "charged");
}

TEST_F(memory, of_all_buffers_goes_with_their_file)
{
	const long buffers = tpu_debugfs("memory", "buffers"), mapped = tpu_debugfs("memory", "mapped");
	const long charged = tpu_debugfs("memory", "charged"), jobs = tpu_debugfs("memory", "jobs");
	struct tpu_client c[4];

	ASSERT_LE(0, buffers);
	ASSERT_LE(0, charged);
	for (int i = 0; i < 4; i++) {
		ASSERT_EQ(0, tpu_client_open(&c[i], i));
		for (int j = 0; j < 20; j++)
			ASSERT_EQ(0, tpu_client_submit(&c[i], NULL, 0));
	}
	EXPECT_EQ(buffers + 12, tpu_debugfs("memory", "buffers"));
	EXPECT_EQ(mapped + 12, tpu_debugfs("memory", "mapped"));
	for (int i = 0; i < 4; i++)
		tpu_client_close(&c[i]);
	EXPECT_EQ(charged, charged_at_last(charged));
	EXPECT_EQ(buffers, tpu_debugfs("memory", "buffers"));
	EXPECT_EQ(mapped, tpu_debugfs("memory", "mapped"));
	EXPECT_EQ(jobs, tpu_debugfs("memory", "jobs"));
}

/* Each call is refused for its last job, when those before it have all that they need. */
TEST_F(memory, of_refused_jobs_is_given_back_with_the_call)
{
	const long buffers = tpu_debugfs("memory", "buffers");
	const long charged = tpu_debugfs("memory", "charged"), jobs = tpu_debugfs("memory", "jobs");
	struct drm_edgetpu_sync_op signal = { .flags = DRM_EDGETPU_SYNC_SIGNAL };
	struct drm_edgetpu_job job[8];
	struct tpu_client c;
	long before;

	ASSERT_EQ(0, tpu_client_open(&c, 5));
	ASSERT_EQ(0, tpu_syncobj_new(c.fd, &signal.handle));
	c.job.syncs.stride = sizeof(signal);
	c.job.syncs.count = 1;
	c.job.syncs.array = (uintptr_t)&signal;
	before = tpu_debugfs("memory", "charged");
	for (int count = 2; count <= 8; count++) {
		for (int i = 0; i < count; i++)
			job[i] = c.job;
		job[count - 1].num_commands = 0;
		EXPECT_EQ(-EINVAL, tpu_submit(c.fd, c.queue, job, count));
		EXPECT_EQ(jobs, tpu_debugfs("memory", "jobs"));
		EXPECT_EQ(before, tpu_debugfs("memory", "charged"));
	}
	tpu_client_close(&c);
	EXPECT_EQ(charged, charged_at_last(charged));
	EXPECT_EQ(buffers, tpu_debugfs("memory", "buffers"));
}

TEST_F(memory, that_nothing_needs_is_given_up_and_keeps_its_bytes)
{
	const long before = tpu_debugfs("memory", "mapped");
	struct tpu_client c;
	uint8_t copy[TPU_DATA_SIZE];

	ASSERT_EQ(0, tpu_client_open(&c, 3));
	memcpy(copy, c.source.map, sizeof(copy));
	EXPECT_EQ(before + 3, tpu_debugfs("memory", "mapped"));
	/* what is bound stays */
	drop_caches();
	EXPECT_EQ(before + 3, tpu_debugfs("memory", "mapped"));
	ASSERT_EQ(0, tpu_unbind(c.fd, TPU_VA_SOURCE, TPU_DATA_SIZE));
	drop_caches();
	EXPECT_EQ(before + 2, tpu_debugfs("memory", "mapped"));
	/* the mapping finds the bytes again, and so does the device */
	EXPECT_EQ(0, memcmp(copy, c.source.map, sizeof(copy)));
	((uint8_t *)c.source.map)[0] ^= 0xff;
	drop_caches();
	EXPECT_EQ(before + 2, tpu_debugfs("memory", "mapped"));
	ASSERT_EQ(0, tpu_bind(c.fd, c.source.handle, TPU_VA_SOURCE, TPU_DATA_SIZE,
			      DRM_EDGETPU_VM_BIND_READ));
	EXPECT_EQ(0, tpu_client_copy(&c));
	EXPECT_EQ(copy[0] ^ 0xff, ((uint8_t *)c.target.map)[0]);
	tpu_client_close(&c);
}

/* Page faults that this process has had */
static long faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_minflt;
}

/* Every mapping of a buffer must lose the pages that are given up, a dma-buf's too. */
TEST_F(memory, that_is_given_up_is_seen_through_no_stale_mapping)
{
	struct drm_prime_handle prime = { .flags = DRM_CLOEXEC | DRM_RDWR };
	struct tpu_bo bo;
	uint8_t *other;
	long before;

	ASSERT_EQ(0, tpu_bo_new(self->fd, TPU_DATA_SIZE, &bo));
	prime.handle = bo.handle;
	ASSERT_EQ(0, tpu_ioctl(self->fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime));
	other = mmap(NULL, TPU_DATA_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, prime.fd, 0);
	ASSERT_NE(MAP_FAILED, (void *)other);
	for (int round = 0; round < 20; round++) {
		((uint8_t *)bo.map)[round] = round + 1;
		other[4096 + round] = round + 101;
		drop_caches();
		before = faults();
		(void)*(volatile uint8_t *)bo.map;
		EXPECT_LT(before, faults());
		before = faults();
		(void)*(volatile uint8_t *)(other + 4096);
		EXPECT_LT(before, faults());
		EXPECT_EQ(round + 1, other[round]);
		EXPECT_EQ(round + 101, ((uint8_t *)bo.map)[4096 + round]);
	}
	munmap(other, TPU_DATA_SIZE);
	close(prime.fd);
	tpu_bo_free(self->fd, &bo);
}

#define CGROUP	"/tmp/edgetpu-cgroup"

static long number_in(const char *path)
{
	FILE *file = fopen(path, "r");
	long number = -1;

	if (file && fscanf(file, "%ld", &number) != 1)
		number = -1;
	if (file)
		fclose(file);
	return number;
}

static int say(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY), ret;

	if (fd < 0)
		return -errno;
	ret = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

/* Works until the driver keeps save areas, and goes on until it is told to end. */
static void work_beside(int ready, int end)
{
	struct tpu_client c;
	char byte = tpu_client_open(&c, 3) ? 1 : 0;

	for (int i = 0; !byte && i < 600; i++) {
		byte = tpu_client_copy(&c) ? 2 : 0;
		if (tpu_debugfs("status", "save areas") >= 2)
			break;
		usleep(20000);
	}
	if (write(ready, &byte, 1) == 1)
		byte = read(end, &byte, 1);
	_exit(0);
}

/* Nobody who only submits pays for what the driver keeps so that all can take turns. */
TEST_F(memory, for_turns_is_charged_to_no_memory_cgroup)
{
	struct tpu_client hog;
	int ready[2], end[2];
	char byte = 9;
	pid_t child;

	if ((mkdir(CGROUP, 0700) && errno != EEXIST) ||
	    mount("none", CGROUP, "cgroup2", 0, NULL))
		SKIP(return, "no cgroup2");
	if (say(CGROUP "/cgroup.subtree_control", "+memory") ||
	    (mkdir(CGROUP "/one", 0700) && errno != EEXIST)) {
		umount(CGROUP);
		SKIP(return, "no memory cgroups");
	}
	ASSERT_EQ(0, tpu_client_open(&hog, 1));
	ASSERT_EQ(0, tpu_client_make_endless(&hog));
	ASSERT_EQ(0, tpu_client_submit(&hog, NULL, 0));
	ASSERT_EQ(0, pipe(ready));
	ASSERT_EQ(0, pipe(end));
	child = fork();
	if (!child) {
		close(end[1]);
		say(CGROUP "/one/cgroup.procs", "0");
		work_beside(ready[1], end[0]);
	}
	ASSERT_EQ(1, read(ready[0], &byte, 1));
	EXPECT_EQ(0, byte);
	EXPECT_LE(2, tpu_debugfs("status", "save areas"));
	/* two areas are 16 MiB */
	EXPECT_GT(8 << 20, number_in(CGROUP "/one/memory.current"));
	EXPECT_LT(0, number_in(CGROUP "/one/memory.current"));
	close(end[1]);
	waitpid(child, NULL, 0);
	rmdir(CGROUP "/one");
	umount(CGROUP);
	tpu_client_close(&hog);
}

TEST_HARNESS_MAIN
