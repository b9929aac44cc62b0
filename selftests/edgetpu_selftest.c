// SPDX-License-Identifier: GPL-2.0-only
#include "edgetpu_selftest.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sync_file.h>
#include <linux/udmabuf.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static int tpu_open_node(const char *node)
{
	int fd = open(node, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int tpu_open(void)
{
	const char *node = getenv("EDGETPU_NODE");

	return tpu_open_node(node ? node : "/dev/edgetpu0");
}

int tpu_ioctl(int fd, unsigned long request, void *argument)
{
	int ret;

	do {
		ret = ioctl(fd, request, argument);
	} while (ret < 0 && (errno == EINTR || errno == EAGAIN));
	return ret < 0 ? -errno : 0;
}

int tpu_bo_new(int fd, uint64_t size, struct tpu_bo *bo)
{
	struct drm_edgetpu_bo_create create = { .size = size };
	struct drm_edgetpu_bo_info info = { 0 };
	int ret;

	memset(bo, 0, sizeof(*bo));
	ret = tpu_ioctl(fd, DRM_IOCTL_EDGETPU_BO_CREATE, &create);
	if (ret)
		return ret;
	bo->handle = create.handle;
	bo->size = create.size;
	info.handle = create.handle;
	ret = tpu_ioctl(fd, DRM_IOCTL_EDGETPU_BO_INFO, &info);
	if (ret)
		return ret;
	bo->map = mmap(NULL, bo->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, info.mmap_offset);
	if (bo->map == MAP_FAILED) {
		bo->map = NULL;
		return -errno;
	}
	return 0;
}

int tpu_udmabuf_new(uint64_t size, void **map)
{
	struct udmabuf_create create = { .size = size };
	int dev, memfd, dmabuf = -1;

	dev = open("/dev/udmabuf", O_RDWR);
	memfd = memfd_create("selftest", MFD_ALLOW_SEALING);
	if (dev >= 0 && memfd >= 0 && !ftruncate(memfd, size) &&
	    !fcntl(memfd, F_ADD_SEALS, F_SEAL_SHRINK)) {
		if (map)
			*map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, memfd, 0);
		create.memfd = memfd;
		dmabuf = ioctl(dev, UDMABUF_CREATE, &create);
	}
	close(dev);
	close(memfd);
	return dmabuf;
}

int tpu_gem_close(int fd, uint32_t handle)
{
	struct drm_gem_close close = { .handle = handle };

	return tpu_ioctl(fd, DRM_IOCTL_GEM_CLOSE, &close);
}

void tpu_bo_free(int fd, struct tpu_bo *bo)
{
	if (bo->map)
		munmap(bo->map, bo->size);
	if (bo->handle)
		tpu_gem_close(fd, bo->handle);
	memset(bo, 0, sizeof(*bo));
}

int tpu_bind(int fd, uint32_t handle, uint64_t va, uint64_t size, uint32_t flags)
{
	struct drm_edgetpu_vm_bind bind = {
		.op = DRM_EDGETPU_VM_BIND_MAP,
		.flags = flags,
		.handle = handle,
		.va = va,
		.size = size,
	};

	return tpu_ioctl(fd, DRM_IOCTL_EDGETPU_VM_BIND, &bind);
}

int tpu_unbind(int fd, uint64_t va, uint64_t size)
{
	struct drm_edgetpu_vm_bind bind = {
		.op = DRM_EDGETPU_VM_BIND_UNMAP,
		.va = va,
		.size = size,
	};

	return tpu_ioctl(fd, DRM_IOCTL_EDGETPU_VM_BIND, &bind);
}

int tpu_queue_new(int fd, uint32_t priority, uint32_t *id)
{
	struct drm_edgetpu_queue_create create = { .priority = priority };
	int ret = tpu_ioctl(fd, DRM_IOCTL_EDGETPU_QUEUE_CREATE, &create);

	*id = create.id;
	return ret;
}

int tpu_queue_free(int fd, uint32_t id)
{
	struct drm_edgetpu_queue_destroy destroy = { .id = id };

	return tpu_ioctl(fd, DRM_IOCTL_EDGETPU_QUEUE_DESTROY, &destroy);
}

static void cmd_dma(struct edgetpu_command *c, uint8_t opcode, uint32_t region, uint64_t offset,
		    uint32_t sram, uint32_t len)
{
	memset(c, 0, sizeof(*c));
	c->opcode = opcode;
	c->u.dma.region = region;
	c->u.dma.offset = offset;
	c->u.dma.sram = sram;
	c->u.dma.len = len;
	c->u.dma.n1 = 1;
	c->u.dma.n2 = 1;
}

void tpu_cmd_load(struct edgetpu_command *c, uint32_t region, uint64_t offset, uint32_t sram,
		  uint32_t len)
{
	cmd_dma(c, EDGETPU_OP_LOAD, region, offset, sram, len);
}

void tpu_cmd_store(struct edgetpu_command *c, uint32_t region, uint64_t offset, uint32_t sram,
		   uint32_t len)
{
	cmd_dma(c, EDGETPU_OP_STORE, region, offset, sram, len);
}

void tpu_cmd_fill(struct edgetpu_command *c, uint32_t sram, uint32_t len, uint8_t value)
{
	memset(c, 0, sizeof(*c));
	c->opcode = EDGETPU_OP_FILL;
	c->u.copy.out = sram;
	c->u.copy.len = len;
	c->u.copy.n1 = 1;
	c->u.copy.n2 = 1;
	c->u.copy.value = value;
}

void tpu_serialise(struct edgetpu_command *commands, unsigned int count)
{
	uint32_t done[EDGETPU_NUM_ENGINES] = { 0 };

	for (unsigned int i = 0; i < count; i++) {
		unsigned int engine = edgetpu_isa_engine(commands[i].opcode);

		for (unsigned int e = 0; e < EDGETPU_NUM_ENGINES; e++)
			commands[i].wait[e] = done[e];
		if (engine < EDGETPU_NUM_ENGINES)
			done[engine]++;
	}
}

int tpu_syncobj_new(int fd, uint32_t *handle)
{
	struct drm_syncobj_create create = { 0 };
	int ret = tpu_ioctl(fd, DRM_IOCTL_SYNCOBJ_CREATE, &create);

	*handle = create.handle;
	return ret;
}

void tpu_syncobj_free(int fd, uint32_t handle)
{
	struct drm_syncobj_destroy destroy = { .handle = handle };

	tpu_ioctl(fd, DRM_IOCTL_SYNCOBJ_DESTROY, &destroy);
}

static int64_t deadline(int seconds)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec + seconds) * 1000000000ll + now.tv_nsec;
}

int tpu_syncobj_wait(int fd, uint32_t handle, int seconds)
{
	struct drm_syncobj_wait wait = {
		.handles = (uintptr_t)&handle,
		.timeout_nsec = deadline(seconds),
		.count_handles = 1,
	};

	return tpu_ioctl(fd, DRM_IOCTL_SYNCOBJ_WAIT, &wait);
}

int tpu_timeline_wait(int fd, uint32_t handle, uint64_t point, int seconds)
{
	struct drm_syncobj_timeline_wait wait = {
		.handles = (uintptr_t)&handle,
		.points = (uintptr_t)&point,
		.timeout_nsec = deadline(seconds),
		.count_handles = 1,
	};

	return tpu_ioctl(fd, DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT, &wait);
}

int tpu_timeline_query(int fd, uint32_t handle, uint64_t *point)
{
	struct drm_syncobj_timeline_array query = {
		.handles = (uintptr_t)&handle,
		.points = (uintptr_t)point,
		.count_handles = 1,
	};

	return tpu_ioctl(fd, DRM_IOCTL_SYNCOBJ_QUERY, &query);
}

int tpu_sync_file_error(int fd, int seconds)
{
	struct sync_file_info info = { 0 };
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (poll(&p, 1, seconds * 1000) != 1)
		return -ETIME;
	if (ioctl(fd, SYNC_IOC_FILE_INFO, &info))
		return -errno;
	return info.status < 0 ? info.status : 0;
}

static int client_setup(struct tpu_client *c, unsigned int seed)
{
	struct edgetpu_command *commands;
	uint8_t *pattern;
	int ret;

	ret = tpu_queue_new(c->fd, DRM_EDGETPU_PRIORITY_NORMAL, &c->queue);
	if (!ret)
		ret = tpu_bo_new(c->fd, 1 << 20, &c->commands);
	if (!ret)
		ret = tpu_bo_new(c->fd, TPU_DATA_SIZE, &c->source);
	if (!ret)
		ret = tpu_bo_new(c->fd, TPU_DATA_SIZE, &c->target);
	if (!ret)
		ret = tpu_bind(c->fd, c->commands.handle, TPU_VA_COMMANDS, c->commands.size,
			       DRM_EDGETPU_VM_BIND_COMMAND);
	if (!ret)
		ret = tpu_bind(c->fd, c->source.handle, TPU_VA_SOURCE, c->source.size,
			       DRM_EDGETPU_VM_BIND_READ);
	if (!ret)
		ret = tpu_bind(c->fd, c->target.handle, TPU_VA_TARGET, c->target.size,
			       DRM_EDGETPU_VM_BIND_WRITE);
	if (ret)
		return ret;

	pattern = c->source.map;
	for (unsigned int i = 0; i < TPU_DATA_SIZE; i++)
		pattern[i] = i * 7 + (i >> 8) + seed * 31 + 1;
	commands = c->commands.map;
	tpu_cmd_load(&commands[0], TPU_REGION_SOURCE, 0, 0, TPU_DATA_SIZE);
	tpu_cmd_store(&commands[1], TPU_REGION_TARGET, 0, 0, TPU_DATA_SIZE);
	tpu_serialise(commands, 2);
	c->num_commands = 2;

	c->regions[0].va = TPU_VA_COMMANDS;
	c->regions[0].size = c->commands.size;
	c->regions[0].flags = DRM_EDGETPU_REGION_READ;
	c->regions[1].va = TPU_VA_SOURCE;
	c->regions[1].size = TPU_DATA_SIZE;
	c->regions[1].flags = DRM_EDGETPU_REGION_READ;
	c->regions[2].va = TPU_VA_TARGET;
	c->regions[2].size = TPU_DATA_SIZE;
	c->regions[2].flags = DRM_EDGETPU_REGION_WRITE;

	c->job.num_commands = c->num_commands;
	c->job.regions.stride = sizeof(c->regions[0]);
	c->job.regions.count = 3;
	c->job.regions.array = (uintptr_t)c->regions;
	return 0;
}

static int client_open(struct tpu_client *c, int fd, unsigned int seed)
{
	int ret;

	memset(c, 0, sizeof(*c));
	c->fd = fd;
	if (c->fd < 0)
		return c->fd;
	ret = client_setup(c, seed);
	if (ret)
		tpu_client_close(c);
	return ret;
}

int tpu_client_open(struct tpu_client *c, unsigned int seed)
{
	return client_open(c, tpu_open(), seed);
}

int tpu_client_open_node(struct tpu_client *c, const char *node, unsigned int seed)
{
	return client_open(c, tpu_open_node(node), seed);
}

void tpu_client_close(struct tpu_client *c)
{
	tpu_bo_free(c->fd, &c->target);
	tpu_bo_free(c->fd, &c->source);
	tpu_bo_free(c->fd, &c->commands);
	close(c->fd);
	c->fd = -1;
}

int tpu_submit(int fd, uint32_t queue, struct drm_edgetpu_job *jobs, uint32_t count)
{
	struct drm_edgetpu_submit submit = {
		.queue_id = queue,
		.jobs = {
			.stride = sizeof(*jobs),
			.count = count,
			.array = (uintptr_t)jobs,
		},
	};

	return tpu_ioctl(fd, DRM_IOCTL_EDGETPU_SUBMIT, &submit);
}

int tpu_client_submit(struct tpu_client *c, const struct drm_edgetpu_sync_op *syncs,
		      uint32_t count)
{
	int ret;

	c->job.syncs.stride = sizeof(*syncs);
	c->job.syncs.count = count;
	c->job.syncs.array = (uintptr_t)syncs;
	ret = tpu_submit(c->fd, c->queue, &c->job, 1);
	memset(&c->job.syncs, 0, sizeof(c->job.syncs));
	return ret;
}

int tpu_client_submit_file(struct tpu_client *c)
{
	struct drm_edgetpu_sync_op signal = { .flags = DRM_EDGETPU_SYNC_SIGNAL };
	struct drm_syncobj_handle handle = {
		.flags = DRM_SYNCOBJ_HANDLE_TO_FD_FLAGS_EXPORT_SYNC_FILE,
	};
	int ret = tpu_syncobj_new(c->fd, &signal.handle);

	if (!ret)
		ret = tpu_client_submit(c, &signal, 1);
	handle.handle = signal.handle;
	if (!ret)
		ret = tpu_ioctl(c->fd, DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD, &handle);
	tpu_syncobj_free(c->fd, signal.handle);
	return ret ? ret : handle.fd;
}

int tpu_client_copy(struct tpu_client *c)
{
	struct drm_edgetpu_sync_op signal = { .flags = DRM_EDGETPU_SYNC_SIGNAL };
	int ret;

	memset(c->target.map, 0, TPU_DATA_SIZE);
	ret = tpu_syncobj_new(c->fd, &signal.handle);
	if (ret)
		return ret;
	ret = tpu_client_submit(c, &signal, 1);
	if (!ret)
		ret = tpu_syncobj_wait(c->fd, signal.handle, 20);
	tpu_syncobj_free(c->fd, signal.handle);
	if (!ret && memcmp(c->source.map, c->target.map, TPU_DATA_SIZE))
		ret = -EIO;
	return ret;
}

void tpu_client_make_slow(struct tpu_client *c, unsigned int count)
{
	struct edgetpu_command *commands = c->commands.map;

	for (unsigned int i = 0; i < count; i++)
		tpu_cmd_fill(&commands[i], 0, 8 << 20, i);
	c->num_commands = count;
	c->job.num_commands = count;
}

int tpu_client_make_endless(struct tpu_client *c)
{
	struct drm_edgetpu_queue_create create = {
		.priority = DRM_EDGETPU_PRIORITY_NORMAL,
		.flags = DRM_EDGETPU_QUEUE_JOB_LIMIT,
		.job_limit_ms = UINT32_MAX,
	};
	const unsigned int count = EDGETPU_MAX_COMMANDS / 2;
	const uint64_t bytes = (uint64_t)count * EDGETPU_COMMAND_SIZE;
	int ret = tpu_queue_free(c->fd, c->queue);

	if (!ret)
		ret = tpu_ioctl(c->fd, DRM_IOCTL_EDGETPU_QUEUE_CREATE, &create);
	c->queue = create.id;
	if (!ret)
		ret = tpu_unbind(c->fd, TPU_VA_COMMANDS, c->commands.size);
	if (ret)
		return ret;
	tpu_bo_free(c->fd, &c->commands);
	ret = tpu_bo_new(c->fd, bytes, &c->commands);
	if (!ret)
		ret = tpu_bind(c->fd, c->commands.handle, TPU_VA_COMMANDS, bytes,
			       DRM_EDGETPU_VM_BIND_COMMAND);
	c->regions[0].size = bytes;
	if (!ret)
		tpu_client_make_slow(c, count);
	return ret;
}

int tpu_job_wait(int fd, uint32_t queue, uint64_t seqno, int seconds,
		 struct drm_edgetpu_job_status *status)
{
	int64_t end = deadline(seconds);
	int ret;

	do {
		memset(status, 0, sizeof(*status));
		status->queue_id = queue;
		status->seqno = seqno;
		ret = tpu_ioctl(fd, DRM_IOCTL_EDGETPU_JOB_STATUS, status);
		if (ret || status->state != DRM_EDGETPU_JOB_PENDING)
			return ret;
		usleep(1000);
	} while (deadline(0) < end);
	return -ETIME;
}

/* Commands 0.. are the long job's, RACE + 2 * which those of the others. */
#define RACE	5000

int tpu_race_start(struct tpu_race *r, struct tpu_client *c)
{
	struct edgetpu_command *commands = c->commands.map;
	int ret;

	memset(r, 0, sizeof(*r));
	r->client = c;
	for (unsigned int i = 0; i < 2; i++) {
		r->value[i] = 0x11 * (i + 1);
		tpu_cmd_fill(&commands[RACE + 2 * i], 0, 64, r->value[i]);
		tpu_cmd_store(&commands[RACE + 2 * i + 1], TPU_REGION_TARGET, 0, 0, 64);
		tpu_serialise(&commands[RACE + 2 * i], 2);
	}
	memset(c->target.map, 0, TPU_DATA_SIZE);
	ret = tpu_queue_new(c->fd, DRM_EDGETPU_PRIORITY_NORMAL, &r->queue[0]);
	if (!ret)
		ret = tpu_queue_new(c->fd, DRM_EDGETPU_PRIORITY_HIGH, &r->queue[1]);
	if (ret)
		return ret;
	tpu_client_make_slow(c, RACE);
	return tpu_submit(c->fd, r->queue[0], &c->job, 1);
}

struct drm_edgetpu_job tpu_race_job(struct tpu_race *r, unsigned int which,
				    struct drm_edgetpu_region regions[3],
				    const struct drm_edgetpu_sync_op *syncs, uint32_t count)
{
	struct drm_edgetpu_job job = r->client->job;

	memcpy(regions, r->client->regions, 3 * sizeof(*regions));
	regions[0].va += (RACE + 2 * which) * EDGETPU_COMMAND_SIZE;
	regions[0].size = 2 * EDGETPU_COMMAND_SIZE;
	job.regions.array = (uintptr_t)regions;
	job.num_commands = 2;
	job.syncs.stride = sizeof(*syncs);
	job.syncs.count = count;
	job.syncs.array = (uintptr_t)syncs;
	return job;
}

int tpu_race_last(struct tpu_race *r)
{
	const uint8_t *target = r->client->target.map;
	struct drm_edgetpu_job_status s;

	for (unsigned int i = 0; i < 2; i++) {
		/* the long job is before the first */
		int ret = tpu_job_wait(r->client->fd, r->queue[i], i ? 1 : 2, 60, &s);

		if (ret)
			return ret;
		if (s.state != DRM_EDGETPU_JOB_DONE)
			return -EIO;
	}
	if (target[0] == r->value[0])
		return 0;
	return target[0] == r->value[1] ? 1 : -EIO;
}
