// SPDX-License-Identifier: GPL-2.0-only
/* dma-bufs: taken from udmabuf and a dma-heap, given to another process. */
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-heap.h>
#include <linux/udmabuf.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "edgetpu_selftest.h"
#include "kselftest_harness.h"

FIXTURE(prime) {
	struct tpu_client client;
};

FIXTURE_SETUP(prime)
{
	ASSERT_EQ(0, tpu_client_open(&self->client, 7));
}

FIXTURE_TEARDOWN(prime)
{
	tpu_client_close(&self->client);
}

static int import(int fd, int dmabuf, uint32_t *handle)
{
	struct drm_prime_handle prime = { .fd = dmabuf };
	int ret = tpu_ioctl(fd, DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime);

	*handle = prime.handle;
	return ret;
}

static int export(int fd, uint32_t handle, uint32_t flags, int *dmabuf)
{
	struct drm_prime_handle prime = { .handle = handle, .flags = flags };
	int ret = tpu_ioctl(fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime);

	*dmabuf = prime.fd;
	return ret;
}

/* Puts @handle in the place of the client's source or target. */
static int rebind(struct tpu_client *c, uint64_t va, uint32_t handle, uint32_t flags)
{
	int ret = tpu_unbind(c->fd, va, TPU_DATA_SIZE);

	return ret ? ret : tpu_bind(c->fd, handle, va, TPU_DATA_SIZE, flags);
}

TEST_F(prime, import_from_udmabuf_is_read_by_a_job)
{
	uint32_t handle;
	uint8_t *memory;
	int dmabuf = tpu_udmabuf_new(TPU_DATA_SIZE, (void **)&memory);

	ASSERT_LE(0, dmabuf);
	for (int i = 0; i < TPU_DATA_SIZE; i++)
		memory[i] = i * 13 + (i >> 8);
	ASSERT_EQ(0, import(self->client.fd, dmabuf, &handle));
	ASSERT_EQ(0, rebind(&self->client, TPU_VA_SOURCE, handle, DRM_EDGETPU_VM_BIND_READ));
	memcpy(self->client.source.map, memory, TPU_DATA_SIZE);
	EXPECT_EQ(0, tpu_client_copy(&self->client));
	EXPECT_EQ(0, tpu_gem_close(self->client.fd, handle));
	close(dmabuf);
}

TEST_F(prime, import_from_a_dma_heap_is_written_by_a_job)
{
	struct dma_heap_allocation_data heap = { .len = TPU_DATA_SIZE, .fd_flags = O_RDWR };
	int dev = open("/dev/dma_heap/system", O_RDWR);
	uint32_t handle;
	void *memory;

	ASSERT_LE(0, dev);
	ASSERT_EQ(0, ioctl(dev, DMA_HEAP_IOCTL_ALLOC, &heap));
	memory = mmap(NULL, TPU_DATA_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, heap.fd, 0);
	ASSERT_NE(MAP_FAILED, memory);
	ASSERT_EQ(0, import(self->client.fd, heap.fd, &handle));
	ASSERT_EQ(0, rebind(&self->client, TPU_VA_TARGET, handle, DRM_EDGETPU_VM_BIND_WRITE));
	/* the job's end is told by its fence; the bytes are in the heap's buffer */
	EXPECT_EQ(-EIO, tpu_client_copy(&self->client));
	EXPECT_EQ(0, memcmp(self->client.source.map, memory, TPU_DATA_SIZE));
	munmap(memory, TPU_DATA_SIZE);
	close(heap.fd);
	close(dev);
}

TEST_F(prime, import_stays_after_the_exporter_closed_it)
{
	uint32_t handle;
	uint8_t *memory;
	int dmabuf = tpu_udmabuf_new(TPU_DATA_SIZE, (void **)&memory);

	ASSERT_LE(0, dmabuf);
	memcpy(memory, self->client.source.map, TPU_DATA_SIZE);
	ASSERT_EQ(0, import(self->client.fd, dmabuf, &handle));
	ASSERT_EQ(0, rebind(&self->client, TPU_VA_SOURCE, handle, DRM_EDGETPU_VM_BIND_READ));
	close(dmabuf);
	munmap(memory, TPU_DATA_SIZE);
	ASSERT_EQ(0, tpu_gem_close(self->client.fd, handle));
	EXPECT_EQ(0, tpu_client_copy(&self->client));
}

static int send_fd(int socket, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 }, byte = 'f';
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(int));
	return sendmsg(socket, &msg, 0) == 1 ? 0 : -errno;
}

static int receive_fd(int socket)
{
	char control[CMSG_SPACE(sizeof(int))], byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof(control) };
	int fd;

	if (recvmsg(socket, &msg, 0) != 1 || !CMSG_FIRSTHDR(&msg))
		return -1;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(int));
	return fd;
}

/* In the other process: read the buffer by CPU and by a job of a client of its own. */
static int second_process(int socket)
{
	int dmabuf = receive_fd(socket);
	struct tpu_client c;
	uint32_t handle;
	void *memory;

	if (dmabuf < 0)
		return 1;
	memory = mmap(NULL, TPU_DATA_SIZE, PROT_READ, MAP_SHARED, dmabuf, 0);
	if (memory == MAP_FAILED)
		return 2;
	if (tpu_client_open(&c, 99) || import(c.fd, dmabuf, &handle))
		return 3;
	if (rebind(&c, TPU_VA_SOURCE, handle, DRM_EDGETPU_VM_BIND_READ))
		return 4;
	memcpy(c.source.map, memory, TPU_DATA_SIZE);
	if (tpu_client_copy(&c))
		return 5;
	return 0;
}

TEST_F(prime, export_is_used_by_a_second_process)
{
	int sockets[2], dmabuf, status;
	pid_t child;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sockets));
	child = fork();
	ASSERT_LE(0, child);
	if (!child)
		_exit(second_process(sockets[1]));
	/* what the job wrote goes out, not what the CPU did */
	ASSERT_EQ(0, tpu_client_copy(&self->client));
	ASSERT_EQ(0, export(self->client.fd, self->client.target.handle, DRM_CLOEXEC, &dmabuf));
	ASSERT_EQ(0, send_fd(sockets[0], dmabuf));
	close(dmabuf);
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	close(sockets[0]);
	close(sockets[1]);
}

TEST_F(prime, export_outlives_handle_and_client)
{
	struct tpu_client c;
	void *memory;
	int dmabuf;

	ASSERT_EQ(0, tpu_client_open(&c, 8));
	ASSERT_EQ(0, tpu_client_copy(&c));
	ASSERT_EQ(0, export(c.fd, c.target.handle, DRM_CLOEXEC | DRM_RDWR, &dmabuf));
	memcpy(self->client.source.map, c.target.map, TPU_DATA_SIZE);
	tpu_client_close(&c);
	memory = mmap(NULL, TPU_DATA_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, dmabuf, 0);
	ASSERT_NE(MAP_FAILED, memory);
	EXPECT_EQ(0, memcmp(self->client.source.map, memory, TPU_DATA_SIZE));
	munmap(memory, TPU_DATA_SIZE);
	close(dmabuf);
}

TEST_F(prime, read_only_export_cannot_be_mapped_writable)
{
	int dmabuf;

	ASSERT_EQ(0, export(self->client.fd, self->client.target.handle, DRM_CLOEXEC, &dmabuf));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, TPU_DATA_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
				   dmabuf, 0));
	close(dmabuf);
}

/* Whatever was asked for before; and each can come back, to whoever it was given. */
TEST_F(prime, no_export_has_more_rights_than_were_asked_for)
{
	static const uint32_t flags[] = { DRM_RDWR, 0, DRM_RDWR, 0 };
	struct tpu_client *c = &self->client, other;
	const uint32_t handles[] = { c->source.handle, c->target.handle };

	ASSERT_EQ(0, tpu_client_open(&other, 8));
	for (int i = 0; i < 6; i++) {
		/* made read-only at first, there is no more to be had */
		const bool writable = flags[i / 3 + i % 3] && i < 3;
		uint32_t handle;
		uint8_t *map;
		int dmabuf;

		ASSERT_EQ(0, export(c->fd, handles[i / 3], DRM_CLOEXEC | flags[i / 3 + i % 3],
				    &dmabuf));
		EXPECT_EQ(writable ? O_RDWR : O_RDONLY, fcntl(dmabuf, F_GETFL) & O_ACCMODE);
		map = mmap(NULL, TPU_DATA_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, dmabuf, 0);
		EXPECT_EQ(!writable, map == MAP_FAILED);
		if (map != MAP_FAILED) {
			/* and it is the buffer */
			*map = 100 + i;
			EXPECT_EQ(100 + i, *(uint8_t *)c->source.map);
			munmap(map, TPU_DATA_SIZE);
		}
		ASSERT_EQ(0, import(other.fd, dmabuf, &handle));
		EXPECT_EQ(writable ? 0 : -EACCES, tpu_bind(other.fd, handle, 0x1000, TPU_DATA_SIZE,
							   DRM_EDGETPU_VM_BIND_WRITE));
		tpu_unbind(other.fd, 0x1000, TPU_DATA_SIZE);
		tpu_gem_close(other.fd, handle);
		ASSERT_EQ(0, import(c->fd, dmabuf, &handle));
		close(dmabuf);
	}
	tpu_client_close(&other);
	EXPECT_EQ(0, tpu_client_copy(c));
}

TEST_F(prime, own_export_imports_as_the_same_buffer)
{
	uint32_t handle;
	int dmabuf;

	ASSERT_EQ(0, export(self->client.fd, self->client.source.handle, DRM_CLOEXEC, &dmabuf));
	ASSERT_EQ(0, import(self->client.fd, dmabuf, &handle));
	EXPECT_EQ(self->client.source.handle, handle);
	close(dmabuf);
}

/*
 * A second client that is given the first one's target read-only, and what it can do
 * with it. That the pages are not mapped for the device a second time the kernel's
 * DMA debugging sees, where it is on.
 */
TEST_F(prime, read_only_export_stays_read_only_in_every_way)
{
	const uint32_t rights = DRM_EDGETPU_VM_BIND_READ | DRM_EDGETPU_VM_BIND_WRITE;
	struct drm_edgetpu_bo_info info = { 0 };
	struct tpu_client *first = &self->client, other;
	int dmabuf, again, flags;
	uint32_t handle;
	uint8_t *map;

	ASSERT_EQ(0, tpu_client_open(&other, 8));
	ASSERT_EQ(0, export(first->fd, first->target.handle, DRM_CLOEXEC, &dmabuf));
	ASSERT_EQ(0, import(other.fd, dmabuf, &handle));
	info.handle = handle;
	ASSERT_EQ(0, tpu_ioctl(other.fd, DRM_IOCTL_EDGETPU_BO_INFO, &info));
	EXPECT_EQ(TPU_DATA_SIZE, info.size);

	/* not for the device */
	EXPECT_EQ(-EACCES, tpu_bind(other.fd, handle, 0x1000, TPU_DATA_SIZE, rights));
	EXPECT_EQ(-EACCES, tpu_bind(other.fd, handle, 0x1000, TPU_DATA_SIZE,
				    DRM_EDGETPU_VM_BIND_WRITE));
	/* nor for the processor */
	EXPECT_EQ(MAP_FAILED, mmap(NULL, TPU_DATA_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
				   other.fd, info.mmap_offset));
	EXPECT_EQ(EACCES, errno);
	map = mmap(NULL, TPU_DATA_SIZE, PROT_READ, MAP_SHARED, other.fd, info.mmap_offset);
	ASSERT_NE(MAP_FAILED, (void *)map);
	EXPECT_EQ(-1, mprotect(map, TPU_DATA_SIZE, PROT_READ | PROT_WRITE));
	EXPECT_EQ(EACCES, errno);
	/* nor for whoever gets it from there */
	ASSERT_EQ(0, export(other.fd, handle, DRM_CLOEXEC | DRM_RDWR, &again));
	flags = fcntl(again, F_GETFL);
	EXPECT_EQ(O_RDONLY, flags & O_ACCMODE);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, TPU_DATA_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
				   again, 0));

	/* but it is the same memory: what the first writes, the second's job reads */
	ASSERT_EQ(0, tpu_client_copy(first));
	EXPECT_EQ(0, memcmp(first->source.map, map, TPU_DATA_SIZE));
	ASSERT_EQ(0, rebind(&other, TPU_VA_SOURCE, handle, DRM_EDGETPU_VM_BIND_READ));
	memcpy(other.source.map, first->source.map, TPU_DATA_SIZE);
	EXPECT_EQ(0, tpu_client_copy(&other));

	/* and it lives on without the first, and without a handle */
	close(dmabuf);
	close(again);
	ASSERT_EQ(0, tpu_gem_close(first->fd, first->target.handle));
	first->target.handle = 0;
	ASSERT_EQ(0, tpu_gem_close(other.fd, handle));
	EXPECT_EQ(0, tpu_client_copy(&other));
	EXPECT_EQ(0, memcmp(first->source.map, map, TPU_DATA_SIZE));
	munmap(map, TPU_DATA_SIZE);
	tpu_client_close(&other);
}

TEST_F(prime, writable_export_is_the_same_buffer_in_another_file)
{
	struct tpu_client other;
	uint32_t handle;
	int dmabuf;

	ASSERT_EQ(0, tpu_client_open(&other, 9));
	ASSERT_EQ(0, export(self->client.fd, self->client.target.handle, DRM_CLOEXEC | DRM_RDWR,
			    &dmabuf));
	ASSERT_EQ(0, import(other.fd, dmabuf, &handle));
	ASSERT_EQ(0, rebind(&other, TPU_VA_TARGET, handle, DRM_EDGETPU_VM_BIND_WRITE));
	memset(self->client.target.map, 0, TPU_DATA_SIZE);
	EXPECT_EQ(-EIO, tpu_client_copy(&other));
	EXPECT_EQ(0, memcmp(other.source.map, self->client.target.map, TPU_DATA_SIZE));
	close(dmabuf);
	tpu_client_close(&other);
}

TEST_F(prime, refuses_what_is_no_dma_buf)
{
	uint32_t handle;
	int dmabuf;

	EXPECT_GT(0, import(self->client.fd, STDERR_FILENO, &handle));
	EXPECT_EQ(-EBADF, import(self->client.fd, -1, &handle));
	EXPECT_EQ(-ENOENT, export(self->client.fd, 4242, 0, &dmabuf));
}

TEST_HARNESS_MAIN
