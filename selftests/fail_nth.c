// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every operation with its first, second, third ... allocation or copy from user memory
 * failing, on a kernel with fault injection (tools/vm/run --kernel debug): it fails with
 * a sensible error or works all the same, works the next time, and hurts no one else.
 *
 *   fail_nth [OPERATION]...	without names: all
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/udmabuf.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "edgetpu_selftest.h"
#include "kselftest.h"

#define BOS		3
#define MAX_FAULTS	2000
#define FAR_VA		0x1234567000ull	/* no page table is there yet */
#define DRIVER		"/sys/bus/pci/drivers/edgetpu/"

/**
 * struct context - what operations work on
 * @client: ready to copy
 * @bo: a buffer more
 * @handle: made by the operation
 * @fd: made by the operation
 * @dmabuf: a dma-buf that is not the driver's own, or one that is
 * @sync: a syncobj to signal, one signalled to wait for
 * @slot: PCI address
 */
struct context {
	struct tpu_client client;
	struct tpu_bo bo;
	uint32_t handle;
	int fd;
	int dmabuf;
	struct drm_edgetpu_sync_op sync[2];
	char slot[32];
};

/**
 * struct operation - one that is tried with faults
 * @name: for the report
 * @run: 0 or -errno; what it made is in the context
 * @prepare: before it, without faults; may be NULL
 * @undo: after it worked; may be NULL
 * @no_device: it takes the device away, no one can use it meanwhile
 */
struct operation {
	const char *name;
	int (*run)(struct context *c);
	int (*prepare)(struct context *c);
	void (*undo)(struct context *c);
	bool no_device;
};

/* --- operations --- */

static int do_open(struct context *c)
{
	c->fd = tpu_open();
	return c->fd < 0 ? c->fd : 0;
}

static void undo_fd(struct context *c)
{
	close(c->fd);
}

static int do_query(struct context *c)
{
	struct drm_edgetpu_hardware_info info;
	struct drm_edgetpu_dev_query query = {
		.type = DRM_EDGETPU_QUERY_HARDWARE,
		.size = sizeof(info),
		.pointer = (uintptr_t)&info,
	};

	return tpu_ioctl(c->client.fd, DRM_IOCTL_EDGETPU_DEV_QUERY, &query);
}

static int do_bo_create(struct context *c)
{
	struct drm_edgetpu_bo_create create = { .size = 1 << 20 };
	int ret = tpu_ioctl(c->client.fd, DRM_IOCTL_EDGETPU_BO_CREATE, &create);

	c->handle = create.handle;
	return ret;
}

static void undo_handle(struct context *c)
{
	tpu_gem_close(c->client.fd, c->handle);
}

static int do_bo_info(struct context *c)
{
	struct drm_edgetpu_bo_info info = { .handle = c->client.source.handle };

	return tpu_ioctl(c->client.fd, DRM_IOCTL_EDGETPU_BO_INFO, &info);
}

static sigjmp_buf no_page;

static void bus_error(int sig)
{
	siglongjmp(no_page, sig);
}

/* Writes a byte of each page; -ENOMEM when one cannot be had. */
static int touch(void *map, uint64_t size)
{
	volatile uint8_t *bytes = map;

	if (sigsetjmp(no_page, 1))
		return -ENOMEM;
	for (uint64_t i = 0; i < size; i += 4096)
		bytes[i] = 1;
	return 0;
}

static int do_mmap(struct context *c)
{
	struct drm_edgetpu_bo_info info = { .handle = c->handle };
	int ret = tpu_ioctl(c->client.fd, DRM_IOCTL_EDGETPU_BO_INFO, &info);
	void *map;

	if (ret)
		return ret;
	map = mmap(NULL, info.size, PROT_READ | PROT_WRITE, MAP_SHARED, c->client.fd,
		   info.mmap_offset);
	if (map == MAP_FAILED)
		return -errno;
	ret = touch(map, info.size);
	munmap(map, info.size);
	return ret;
}

static int do_map(struct context *c)
{
	return tpu_bind(c->client.fd, c->bo.handle, FAR_VA, c->bo.size,
			DRM_EDGETPU_VM_BIND_READ | DRM_EDGETPU_VM_BIND_WRITE);
}

static int do_unmap(struct context *c)
{
	int ret = tpu_unbind(c->client.fd, FAR_VA, c->bo.size);

	/* It is unmapped or it is not. */
	return ret == -ENOENT ? -EIO : ret;
}

static void undo_map(struct context *c)
{
	tpu_unbind(c->client.fd, FAR_VA, c->bo.size);
}

/* A buffer whose pages nobody has had yet */
static int do_map_new(struct context *c)
{
	return tpu_bind(c->client.fd, c->handle, FAR_VA, 1 << 20, DRM_EDGETPU_VM_BIND_READ);
}

static void undo_map_new(struct context *c)
{
	tpu_unbind(c->client.fd, FAR_VA, 1 << 20);
	undo_handle(c);
}

static int do_queue_create(struct context *c)
{
	return tpu_queue_new(c->client.fd, DRM_EDGETPU_PRIORITY_NORMAL, &c->handle);
}

static void undo_queue(struct context *c)
{
	tpu_queue_free(c->client.fd, c->handle);
}

static int do_queue_destroy(struct context *c)
{
	return tpu_queue_free(c->client.fd, c->handle);
}

static int do_submit(struct context *c)
{
	return tpu_client_submit(&c->client, c->sync, 2);
}

static int do_submit_two(struct context *c)
{
	struct drm_edgetpu_job jobs[2] = { c->client.job, c->client.job };

	jobs[1].syncs.stride = sizeof(c->sync[0]);
	jobs[1].syncs.count = 2;
	jobs[1].syncs.array = (uintptr_t)c->sync;
	return tpu_submit(c->client.fd, c->client.queue, jobs, 2);
}

static int prepare_submit(struct context *c)
{
	int fd = c->client.fd;
	struct drm_syncobj_create create = { .flags = DRM_SYNCOBJ_CREATE_SIGNALED };
	int ret = tpu_syncobj_new(fd, &c->sync[0].handle);

	c->sync[0].flags = DRM_EDGETPU_SYNC_SIGNAL;
	if (!ret)
		ret = tpu_ioctl(fd, DRM_IOCTL_SYNCOBJ_CREATE, &create);
	c->sync[1].flags = DRM_EDGETPU_SYNC_WAIT;
	c->sync[1].handle = create.handle;
	return ret;
}

static void undo_submit(struct context *c)
{
	tpu_syncobj_wait(c->client.fd, c->sync[0].handle, 60);
	tpu_syncobj_free(c->client.fd, c->sync[0].handle);
	tpu_syncobj_free(c->client.fd, c->sync[1].handle);
}

static int do_job_status(struct context *c)
{
	struct drm_edgetpu_job_status status = { .queue_id = c->client.queue, .seqno = 1 };
	int ret = tpu_ioctl(c->client.fd, DRM_IOCTL_EDGETPU_JOB_STATUS, &status);

	return ret == -ESTALE ? 0 : ret;
}

static int do_export(struct context *c)
{
	struct drm_prime_handle prime = { .handle = c->handle, .flags = O_RDWR };
	int ret = tpu_ioctl(c->client.fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime);

	c->fd = prime.fd;
	return ret;
}

static void undo_export(struct context *c)
{
	close(c->fd);
	undo_handle(c);
}

static int do_import(struct context *c)
{
	struct drm_prime_handle prime = { .fd = c->dmabuf };
	int ret = tpu_ioctl(c->client.fd, DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime);

	c->handle = prime.handle;
	return ret;
}

static void undo_import(struct context *c)
{
	undo_handle(c);
	close(c->dmabuf);
}

static int prepare_foreign(struct context *c)
{
	struct udmabuf_create create = { .size = 1 << 16 };
	int dev = open("/dev/udmabuf", O_RDWR);
	int memfd = memfd_create("fail_nth", MFD_ALLOW_SEALING);

	c->dmabuf = -1;
	if (dev >= 0 && memfd >= 0 && !ftruncate(memfd, create.size) &&
	    !fcntl(memfd, F_ADD_SEALS, F_SEAL_SHRINK)) {
		create.memfd = memfd;
		c->dmabuf = ioctl(dev, UDMABUF_CREATE, &create);
	}
	close(dev);
	close(memfd);
	return c->dmabuf < 0 ? -errno : 0;
}

/* Imports what is not mapped for the device yet, and maps it. */
static int do_import_map(struct context *c)
{
	int ret = do_import(c);

	if (ret)
		return ret;
	ret = tpu_bind(c->client.fd, c->handle, FAR_VA, 1 << 16, DRM_EDGETPU_VM_BIND_READ);
	if (ret)
		undo_handle(c);
	return ret;
}

static void undo_import_map(struct context *c)
{
	tpu_unbind(c->client.fd, FAR_VA, 1 << 16);
	undo_import(c);
}

/* Another open file's buffer */
static int prepare_own(struct context *c)
{
	struct tpu_bo bo;
	int fd = tpu_open();
	struct drm_prime_handle prime = { .flags = O_RDWR };
	int ret;

	if (fd < 0)
		return fd;
	ret = tpu_bo_new(fd, 1 << 16, &bo);
	prime.handle = bo.handle;
	if (!ret)
		ret = tpu_ioctl(fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime);
	c->dmabuf = prime.fd;
	if (bo.map)
		munmap(bo.map, bo.size);
	close(fd);
	return ret;
}

static int read_all(const char *path)
{
	char text[4096];
	int fd = open(path, O_RDONLY);
	ssize_t n;
	int ret;

	if (fd < 0)
		return -errno;
	do {
		n = read(fd, text, sizeof(text));
	} while (n > 0);
	ret = n < 0 ? -errno : 0;
	close(fd);
	return ret;
}

static int do_fdinfo(struct context *c)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", c->client.fd);
	return read_all(path);
}

/* A client that leaves all behind, jobs that run among it */
static int prepare_close(struct context *c)
{
	struct tpu_client other;
	int ret = tpu_client_open(&other, 5);

	if (ret)
		return ret;
	tpu_client_make_slow(&other, 50);
	ret = tpu_client_submit(&other, NULL, 0);
	munmap(other.commands.map, other.commands.size);
	munmap(other.source.map, other.source.size);
	munmap(other.target.map, other.target.size);
	c->fd = other.fd;
	return ret;
}

static int do_close(struct context *c)
{
	return close(c->fd) ? -errno : 0;
}

static int write_slot(const char *file, const char *slot)
{
	int fd = open(file, O_WRONLY);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, slot, strlen(slot)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

static int do_probe(struct context *c)
{
	return write_slot(DRIVER "bind", c->slot);
}

static int do_remove(struct context *c)
{
	return write_slot(DRIVER "unbind", c->slot);
}

static int prepare_probe(struct context *c)
{
	int ret = do_remove(c);

	/* Gone already, when the last probe failed */
	return ret == -ENODEV ? 0 : ret;
}

static int prepare_remove(struct context *c)
{
	int ret = do_probe(c);

	return ret == -EBUSY || ret == -ENODEV ? 0 : ret;
}

static const struct operation operations[] = {
	{ "open", .run = do_open, .undo = undo_fd },
	{ "DEV_QUERY", .run = do_query },
	{ "BO_CREATE", .run = do_bo_create, .undo = undo_handle },
	{ "BO_INFO", .run = do_bo_info },
	{ "mmap and page faults", .run = do_mmap, .prepare = do_bo_create, .undo = undo_handle },
	{ "VM_BIND map", .run = do_map, .undo = undo_map },
	{ "VM_BIND map of new pages", .run = do_map_new, .prepare = do_bo_create,
	  .undo = undo_map_new },
	{ "VM_BIND unmap", .run = do_unmap, .prepare = do_map },
	{ "QUEUE_CREATE", .run = do_queue_create, .undo = undo_queue },
	{ "QUEUE_DESTROY", .run = do_queue_destroy, .prepare = do_queue_create },
	{ "SUBMIT", .run = do_submit, .prepare = prepare_submit, .undo = undo_submit },
	{ "SUBMIT of two jobs", .run = do_submit_two, .prepare = prepare_submit,
	  .undo = undo_submit },
	{ "JOB_STATUS", .run = do_job_status },
	{ "export", .run = do_export, .prepare = do_bo_create, .undo = undo_export },
	{ "import of a foreign buffer", .run = do_import, .prepare = prepare_foreign,
	  .undo = undo_import },
	{ "import and map of a foreign buffer", .run = do_import_map, .prepare = prepare_foreign,
	  .undo = undo_import_map },
	{ "import of another file's buffer", .run = do_import, .prepare = prepare_own,
	  .undo = undo_import },
	{ "import and map of another file's buffer", .run = do_import_map, .prepare = prepare_own,
	  .undo = undo_import_map },
	{ "fdinfo", .run = do_fdinfo },
	{ "close", .run = do_close, .prepare = prepare_close },
	{ "remove", .run = do_remove, .prepare = prepare_remove, .no_device = true },
	{ "probe", .run = do_probe, .prepare = prepare_probe, .no_device = true },
};

/* --- faults --- */

static int fault_fd = -1;

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0)
		return;
	if (write(fd, text, strlen(text)) < 0)
		ksft_print_msg("cannot write %s\n", path);
	close(fd);
}

/* In each kind of injection: @file := @text */
static void set_attribute(const char *file, const char *text)
{
	static const char * const kinds[] = { "failslab", "fail_page_alloc", "fail_usercopy" };
	char path[96];

	for (unsigned int i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s/%s", kinds[i], file);
		write_file(path, text);
	}
}

/*
 * Only calls that the driver itself makes, nearly: DRM's and the interrupt core's own
 * unwinding in 6.12 goes wrong when what they allocate for sysfs and proc fails.
 */
static void confine_to_driver(bool yes)
{
	unsigned long long start = 0, size = 0;
	char line[512], text[32];
	FILE *f = fopen("/proc/modules", "r");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "edgetpu %llu %*s %*s %*s %llx", &size, &start) == 2)
			break;
	if (f)
		fclose(f);
	snprintf(text, sizeof(text), "%#llx", yes ? start : 0);
	set_attribute("require-start", text);
	snprintf(text, sizeof(text), "%#llx", yes ? start + size : ~0ull);
	set_attribute("require-end", text);
	set_attribute("stacktrace-depth", yes ? "7" : "32");
}

static int faults_init(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/task/%ld/fail-nth", (long)syscall(SYS_gettid));
	fault_fd = open(path, O_RDWR);
	if (fault_fd < 0)
		return -errno;
	set_attribute("ignore-gfp-wait", "N");
	set_attribute("ignore-gfp-highmem", "N");
	set_attribute("min-order", "0");
	set_attribute("verbose", "0");
	return 0;
}

static void arm(unsigned int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", n);

	if (pwrite(fault_fd, text, len, 0) != len)
		ksft_exit_fail_msg("cannot set the fault\n");
}

/* Did what arm() asked for happen? If not, it may happen to this very read. */
static bool disarm(void)
{
	char text[16] = "";
	bool injected = pread(fault_fd, text, sizeof(text) - 1, 0) > 0 && atoi(text) == 0;

	arm(0);
	return injected;
}

/* --- the test --- */

static bool sensible(const struct operation *op, int ret)
{
	/* Probe fails with whatever was missing; shmem says ENOSPC without an inode. */
	return !ret || ret == -ENOMEM || ret == -EFAULT || ret == -ENOSPC ||
	       (op->no_device && ret < 0);
}

static int wait_for_node(void)
{
	int fd = -1;

	for (int i = 0; i < 400 && fd < 0; i++) {
		usleep(50000);
		fd = tpu_open();
	}
	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

/* Someone who has nothing to do with it */
static int bystander_works(struct tpu_client *bystander, const struct operation *op,
			   unsigned int n)
{
	return op->no_device || n % 4 ? 0 : tpu_client_copy(bystander);
}

/* One fault: 1 when it was not reached any more, 0, or -errno after a message. */
static int try_fault(struct context *c, struct tpu_client *bystander,
		     const struct operation *op, unsigned int n)
{
	int ret = op->prepare ? op->prepare(c) : 0;
	bool injected;
	int again;

	if (ret) {
		ksft_print_msg("%s, fault %u: preparing it: %s\n", op->name, n, strerror(-ret));
		return ret;
	}
	arm(n);
	ret = op->run(c);
	injected = disarm();
	if (!sensible(op, ret) || (!injected && ret)) {
		ksft_print_msg("%s, fault %u: %s\n", op->name, n, strerror(-ret));
		return ret ? ret : -EIO;
	}
	again = ret ? op->run(c) : 0;
	if (again) {
		ksft_print_msg("%s, fault %u: the next time: %s\n", op->name, n,
			       strerror(-again));
		return again;
	}
	if (op->undo)
		op->undo(c);
	ret = bystander_works(bystander, op, n);
	if (ret) {
		ksft_print_msg("%s, fault %u: a bystander: %s\n", op->name, n, strerror(-ret));
		return ret;
	}
	return injected ? 0 : 1;
}

static unsigned int try_operation(struct context *c, struct tpu_client *bystander,
				  const struct operation *op)
{
	unsigned int n;
	int ret = 0;

	confine_to_driver(op->no_device);
	for (n = 1; n <= MAX_FAULTS && !ret; n++)
		ret = try_fault(c, bystander, op, n);
	/* The last one did not happen. */
	ksft_test_result(ret == 1 && n > 1, "%s: %u faults\n", op->name, n - 2);
	return n - 2;
}

static bool chosen(int argc, char **argv, const char *name)
{
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], name))
			return true;
	return argc < 2;
}

static int find_slot(struct context *c)
{
	struct dirent *entry;
	DIR *dir = opendir(DRIVER);

	while (dir && (entry = readdir(dir)))
		if (strchr(entry->d_name, ':') && strlen(entry->d_name) < sizeof(c->slot))
			memcpy(c->slot, entry->d_name, strlen(entry->d_name) + 1);
	if (dir)
		closedir(dir);
	return c->slot[0] ? 0 : -ENODEV;
}

int main(int argc, char **argv)
{
	const unsigned int count = sizeof(operations) / sizeof(operations[0]);
	struct context c = { .fd = -1 };
	struct tpu_client bystander;
	unsigned int total = 0, planned = 0;
	bool open = false;

	setlinebuf(stdout);
	signal(SIGBUS, bus_error);
	ksft_print_header();
	if (faults_init())
		ksft_exit_skip("this kernel injects no faults\n");
	for (unsigned int i = 0; i < count; i++)
		planned += chosen(argc, argv, operations[i].name);
	ksft_set_plan(planned);
	for (unsigned int i = 0; i < count; i++) {
		const struct operation *op = &operations[i];

		if (!chosen(argc, argv, op->name))
			continue;
		if (op->no_device && open) {
			tpu_bo_free(c.client.fd, &c.bo);
			tpu_client_close(&c.client);
			tpu_client_close(&bystander);
			open = false;
		}
		if (op->no_device && find_slot(&c))
			ksft_exit_fail_msg("the driver has no device\n");
		if (!op->no_device && !open) {
			if (tpu_client_open(&c.client, 3) || tpu_client_open(&bystander, 4) ||
			    tpu_bo_new(c.client.fd, 1 << 16, &c.bo) || tpu_client_copy(&c.client))
				ksft_exit_fail_msg("cannot use the device\n");
			open = true;
		}
		total += try_operation(&c, &bystander, op);
		if (op->no_device) {
			prepare_remove(&c);
			if (wait_for_node())
				ksft_exit_fail_msg("the device did not come back\n");
		}
	}
	ksft_print_msg("faults injected: %u\n", total);
	ksft_finished();
}
