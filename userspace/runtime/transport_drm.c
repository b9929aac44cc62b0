// SPDX-License-Identifier: MIT
/* The drm transport: an accel node of the edgetpu driver and its buffers. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xf86drm.h>

#include "drm/edgetpu_accel.h"
#include "graph/graph.h"
#include "runtime/drm.h"
#include "runtime/runtime.h"

static int open_node(const char *path, int *fd, struct mnet_error *err)
{
	*fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (*fd >= 0)
		return 0;
	switch (errno) {
	case ENOENT:
	case ENXIO:
		return mnet_fail(err, -ENOENT,
				 "no such device: load the driver (modprobe edgetpu) or use sim");
	case EACCES:
	case EPERM:
		return mnet_fail(err, -EACCES,
				 "permission denied: become a member of the node's group");
	}
	return mnet_fail(err, -errno, "cannot open: %s", strerror(errno));
}

static int query(struct mnet_transport *t, uint32_t type, void *info, uint32_t size,
		 struct mnet_error *err)
{
	struct drm_edgetpu_dev_query req = {
		.type = type,
		.size = size,
		.pointer = (uintptr_t)info,
	};

	if (drmIoctl(t->fd, DRM_IOCTL_EDGETPU_DEV_QUERY, &req))
		return mnet_fail(err, -errno, "the driver does not answer: %s", strerror(errno));
	return 0;
}

static int check_driver(struct mnet_transport *t, struct mnet_error *err)
{
	struct drm_edgetpu_hardware_info hw;
	struct drm_edgetpu_firmware_info fw;
	drmVersionPtr version = drmGetVersion(t->fd);
	bool ours = version && version->name && !strcmp(version->name, "edgetpu");
	int ret;

	drmFreeVersion(version);
	if (!ours)
		return mnet_fail(err, -ENODEV, "not a device of the edgetpu driver");
	ret = query(t, DRM_EDGETPU_QUERY_HARDWARE, &hw, sizeof(hw), err);
	if (!ret)
		ret = query(t, DRM_EDGETPU_QUERY_FIRMWARE, &fw, sizeof(fw), err);
	if (ret)
		return ret;
	if (hw.hw_version >> 16 != EDGETPU_HW_VERSION >> 16)
		return mnet_fail(err, -EPROTO, "hardware version %u.%u, this library knows %u.x",
				 hw.hw_version >> 16, hw.hw_version & 0xffff,
				 EDGETPU_HW_VERSION >> 16);
	if (fw.protocol != EDGETPU_COMMAND_FORMAT)
		return mnet_fail(err, -EPROTO,
				 "it takes commands of format %u, this library makes %u: install both from one release",
				 fw.protocol, EDGETPU_COMMAND_FORMAT);
	return 0;
}

static int drm_open(const char *path, struct mnet_transport **out, struct mnet_error *err)
{
	struct mnet_transport *t = calloc(1, sizeof(*t));
	int ret;

	if (!t)
		return mnet_fail(err, -ENOMEM, "out of memory");
	t->space = (struct va_space){
		.start = DRM_EDGETPU_VA_START,
		.end = DRM_EDGETPU_VA_END,
		.page = DRM_EDGETPU_PAGE_SIZE,
	};
	ret = open_node(path, &t->fd, err);
	if (ret)
		goto fail;
	ret = check_driver(t, err);
	if (!ret)
		ret = drm_queue_open(t, err);
	if (ret)
		goto fail_close;
	pthread_mutex_init(&t->lock, NULL);
	*out = t;
	return 0;

fail_close:
	close(t->fd);
fail:
	free(t);
	return ret;
}

static void drm_close(struct mnet_transport *t)
{
	drm_queue_close(t);
	close(t->fd);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

static int drm_query(struct mnet_transport *t, struct mnet_hw_config *config,
		     struct mnet_error *err)
{
	struct drm_edgetpu_hardware_info hw;
	int ret = query(t, DRM_EDGETPU_QUERY_HARDWARE, &hw, sizeof(hw), err);

	if (ret)
		return ret;
	*config = (struct mnet_hw_config){
		.array_rows = hw.array_rows,
		.array_cols = hw.array_cols,
		.vector_lanes = hw.vector_lanes,
		.vector_macs = hw.vector_macs,
		.clock_khz = hw.clock_khz,
		.sram_size = hw.sram_size,
		.dram_mbps = hw.dram_mbps,
		.dram_latency = hw.dram_latency,
	};
	return 0;
}

/* Importing one dma-buf twice gives one handle: only its last user closes it. */
static void handle_close(struct mnet_transport *t, uint32_t handle)
{
	for (struct drm_bo *bo = t->bos; bo; bo = bo->next) {
		if (bo->handle == handle)
			return;
	}
	drmCloseBufferHandle(t->fd, handle);
}

static int bo_map(struct mnet_transport *t, struct drm_bo *bo, struct mnet_error *err)
{
	struct drm_edgetpu_bo_info info = { .handle = bo->handle };
	void *map;

	if (drmIoctl(t->fd, DRM_IOCTL_EDGETPU_BO_INFO, &info))
		return mnet_fail(err, -errno, "cannot ask about a buffer: %s", strerror(errno));
	if (info.size < bo->bo.size)
		return mnet_fail(err, -EINVAL, "the buffer has %llu bytes, not %zu",
				 (unsigned long long)info.size, bo->bo.size);
	map = mmap(NULL, bo->bo.size, PROT_READ | PROT_WRITE, MAP_SHARED, t->fd,
		   info.mmap_offset);
	if (map == MAP_FAILED)
		return mnet_fail(err, -errno, "cannot map a buffer: %s", strerror(errno));
	bo->bo.map = map;
	return 0;
}

static int bo_bind(struct mnet_transport *t, struct drm_bo *bo, uint32_t rights,
		   struct mnet_error *err)
{
	struct drm_edgetpu_vm_bind req = { .op = DRM_EDGETPU_VM_BIND_MAP };
	uint64_t page = DRM_EDGETPU_PAGE_SIZE;
	int ret;

	bo->bound_size = (bo->bo.size + page - 1) / page * page;
	ret = va_space_take(&t->space, bo->bound_size, &bo->va);
	if (ret)
		return mnet_fail(err, ret, "no device addresses for %zu bytes", bo->bo.size);
	req.flags = (rights & MNET_BO_READ ? DRM_EDGETPU_VM_BIND_READ : 0) |
		    (rights & MNET_BO_WRITE ? DRM_EDGETPU_VM_BIND_WRITE : 0) |
		    (rights & MNET_BO_COMMAND ? DRM_EDGETPU_VM_BIND_COMMAND : 0);
	req.handle = bo->handle;
	req.va = bo->va;
	req.size = bo->bound_size;
	if (drmIoctl(t->fd, DRM_IOCTL_EDGETPU_VM_BIND, &req)) {
		ret = -errno;
		va_space_give(&t->space, bo->va);
		return mnet_fail(err, ret, "cannot bind a buffer: %s", strerror(-ret));
	}
	return 0;
}

/* Makes a buffer of @handle, which it takes over also when it fails. */
static int bo_new(struct mnet_transport *t, uint32_t handle, size_t size, uint32_t rights,
		  struct mnet_bo **out, struct mnet_error *err)
{
	struct drm_bo *bo = calloc(1, sizeof(*bo));
	int ret;

	if (!bo) {
		ret = mnet_fail(err, -ENOMEM, "out of memory");
		goto fail;
	}
	bo->handle = handle;
	bo->bo.size = size;
	ret = bo_map(t, bo, err);
	if (ret)
		goto fail;
	ret = bo_bind(t, bo, rights, err);
	if (ret)
		goto fail_unmap;
	bo->next = t->bos;
	t->bos = bo;
	*out = &bo->bo;
	return 0;

fail_unmap:
	munmap(bo->bo.map, size);
fail:
	free(bo);
	handle_close(t, handle);
	return ret;
}

static int drm_bo_create(struct mnet_transport *t, size_t size, uint32_t rights,
			 struct mnet_bo **bo, struct mnet_error *err)
{
	struct drm_edgetpu_bo_create req = { .size = size };
	int ret;

	if (drmIoctl(t->fd, DRM_IOCTL_EDGETPU_BO_CREATE, &req))
		return mnet_fail(err, -errno, "cannot make a buffer of %zu bytes: %s", size,
				 strerror(errno));
	pthread_mutex_lock(&t->lock);
	ret = bo_new(t, req.handle, size, rights, bo, err);
	pthread_mutex_unlock(&t->lock);
	return ret;
}

static int drm_bo_import(struct mnet_transport *t, int dmabuf, size_t size, uint32_t rights,
			 struct mnet_bo **bo, struct mnet_error *err)
{
	uint32_t handle;
	int ret;

	/* Under the lock: another thread must not close the handle in between. */
	pthread_mutex_lock(&t->lock);
	if (drmPrimeFDToHandle(t->fd, dmabuf, &handle))
		ret = mnet_fail(err, -errno, "cannot import the dma-buf: %s", strerror(errno));
	else
		ret = bo_new(t, handle, size, rights, bo, err);
	pthread_mutex_unlock(&t->lock);
	return ret;
}

static void drm_bo_destroy(struct mnet_transport *t, struct mnet_bo *mnet_bo)
{
	struct drm_bo *bo = (struct drm_bo *)mnet_bo, **link = &t->bos;
	struct drm_edgetpu_vm_bind req = {
		.op = DRM_EDGETPU_VM_BIND_UNMAP,
		.va = bo->va,
		.size = bo->bound_size,
	};

	pthread_mutex_lock(&t->lock);
	while (*link != bo)
		link = &(*link)->next;
	*link = bo->next;
	drmIoctl(t->fd, DRM_IOCTL_EDGETPU_VM_BIND, &req);
	va_space_give(&t->space, bo->va);
	munmap(bo->bo.map, bo->bo.size);
	handle_close(t, bo->handle);
	pthread_mutex_unlock(&t->lock);
	free(bo);
}

const struct mnet_transport_ops mnet_transport_drm = {
	.abi = MNET_TRANSPORT_ABI,
	.name = "drm",
	.open = drm_open,
	.close = drm_close,
	.query = drm_query,
	.bo_create = drm_bo_create,
	.bo_import = drm_bo_import,
	.bo_destroy = drm_bo_destroy,
	.submit = drm_queue_submit,
	.wait = drm_queue_wait,
};
