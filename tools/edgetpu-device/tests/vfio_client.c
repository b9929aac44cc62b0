// SPDX-License-Identifier: GPL-2.0-only
/*
 * A vfio-user client for tests.
 */
#include <errno.h>
#include <linux/vfio.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vfio_client.h"

static void must(int ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(1);
}

static void *serve(void *arg)
{
	struct vfio_client *c = arg;

	c->result = vfio_server_serve(c->server, c->server_fd, -1);
	close(c->server_fd);
	return NULL;
}

static void greet(struct vfio_client *c)
{
	static const char version[] = "\0\0\0\0{\"capabilities\":{\"max_data_xfer_size\":1048576}}";
	char reply[256];

	must(client_call(c, VFIO_USER_VERSION, version, sizeof(version), NULL, 0, reply,
			 sizeof(reply)) > 0, "VERSION");
}

static void dial(struct vfio_client *c)
{
	int fds[2];

	must(!socketpair(AF_UNIX, SOCK_STREAM, 0, fds), "socketpair");
	c->fd = fds[0];
	c->server_fd = fds[1];
	must(!pthread_create(&c->thread, NULL, serve, c), "pthread_create");
}

void client_start_silent(struct vfio_client *c)
{
	memset(c, 0, sizeof(*c));
	must(!vfio_server_new(&edgetpu_config_soc, &c->server), "vfio_server_new");
	dial(c);
}

void client_start(struct vfio_client *c)
{
	client_start_silent(c);
	greet(c);
}

void client_reconnect(struct vfio_client *c)
{
	dial(c);
	greet(c);
}

int client_hang_up(struct vfio_client *c)
{
	if (c->fd >= 0) {
		close(c->fd);
		pthread_join(c->thread, NULL);
		c->fd = -1;
	}
	return c->result;
}

void client_stop(struct vfio_client *c)
{
	client_hang_up(c);
	vfio_server_free(c->server);
}

void client_send(struct vfio_client *c, const void *data, size_t size, const int *fds,
		 unsigned int num_fds)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(64 * sizeof(int))];
	} control;
	struct iovec iov = { .iov_base = (void *)data, .iov_len = size };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (num_fds) {
		struct cmsghdr *cmsg;

		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(num_fds * sizeof(int));
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(num_fds * sizeof(int));
		memcpy(CMSG_DATA(cmsg), fds, num_fds * sizeof(int));
	}
	while (iov.iov_len) {
		ssize_t n = sendmsg(c->fd, &msg, MSG_NOSIGNAL);

		if (n <= 0)
			return;		/* the server hung up: receiving tells */
		iov.iov_base = (char *)iov.iov_base + n;
		iov.iov_len -= n;
		msg.msg_control = NULL;
		msg.msg_controllen = 0;
	}
}

long client_receive(struct vfio_client *c, void *payload, size_t size)
{
	struct vfio_user_header h;
	size_t left;

	if (recv(c->fd, &h, sizeof(h), MSG_WAITALL) != sizeof(h))
		return -EPIPE;
	must((h.flags & VFIO_USER_TYPE_MASK) == VFIO_USER_TYPE_REPLY && h.size >= sizeof(h),
	     "the server's reply");
	left = h.size - sizeof(h);
	must(left <= size, "the size of the server's reply");
	if (left && recv(c->fd, payload, left, MSG_WAITALL) != (ssize_t)left)
		return -EPIPE;
	return h.flags & VFIO_USER_ERROR ? -(long)h.error : (long)left;
}

long client_call(struct vfio_client *c, unsigned int command, const void *payload, size_t size,
		 const int *fds, unsigned int num_fds, void *reply, size_t reply_size)
{
	struct vfio_user_header h = {
		.id = c->id++,
		.command = command,
		.size = sizeof(h) + size,
	};
	char *message = malloc(h.size);
	long ret;

	must(message != NULL, "malloc");
	memcpy(message, &h, sizeof(h));
	if (size)
		memcpy(message + sizeof(h), payload, size);
	client_send(c, message, h.size, fds, num_fds);
	ret = client_receive(c, reply, reply_size);
	free(message);
	return ret;
}

long client_region_read(struct vfio_client *c, uint32_t region, uint64_t offset, void *data,
			uint32_t count)
{
	struct vfio_user_region_access a = { .offset = offset, .region = region, .count = count };
	char reply[sizeof(a) + EDGETPU_BAR0_SIZE];
	long n = client_call(c, VFIO_USER_REGION_READ, &a, sizeof(a), NULL, 0, reply,
			     sizeof(reply));

	if (n < 0)
		return n;
	must(n == (long)(sizeof(a) + count), "REGION_READ");
	memcpy(data, reply + sizeof(a), count);
	return count;
}

long client_region_write(struct vfio_client *c, uint32_t region, uint64_t offset,
			 const void *data, uint32_t count)
{
	struct vfio_user_region_access a = { .offset = offset, .region = region, .count = count };
	char message[sizeof(a) + 64];

	must(count <= 64, "client_region_write");
	memcpy(message, &a, sizeof(a));
	memcpy(message + sizeof(a), data, count);
	return client_call(c, VFIO_USER_REGION_WRITE, message, sizeof(a) + count, NULL, 0, &a,
			   sizeof(a));
}

uint32_t client_bar_read(struct vfio_client *c, uint32_t offset)
{
	uint32_t value = 0;

	must(client_region_read(c, VFIO_PCI_BAR0_REGION_INDEX, offset, &value, 4) == 4, "BAR read");
	return value;
}

void client_bar_write(struct vfio_client *c, uint32_t offset, uint32_t value)
{
	must(client_region_write(c, VFIO_PCI_BAR0_REGION_INDEX, offset, &value, 4) > 0,
	     "BAR write");
}

uint32_t client_config_read(struct vfio_client *c, uint32_t offset, uint32_t count)
{
	uint32_t value = 0;

	must(client_region_read(c, VFIO_PCI_CONFIG_REGION_INDEX, offset, &value, count) > 0,
	     "config read");
	return value;
}

void client_config_write(struct vfio_client *c, uint32_t offset, uint32_t value, uint32_t count)
{
	must(client_region_write(c, VFIO_PCI_CONFIG_REGION_INDEX, offset, &value, count) > 0,
	     "config write");
}

long client_map(struct vfio_client *c, uint64_t addr, uint64_t size, int fd, uint64_t offset,
		uint32_t flags)
{
	struct vfio_user_dma_map map = {
		.argsz = sizeof(map),
		.flags = flags,
		.offset = offset,
		.addr = addr,
		.size = size,
	};

	return client_call(c, VFIO_USER_DMA_MAP, &map, sizeof(map), &fd, fd >= 0, NULL, 0);
}

long client_unmap(struct vfio_client *c, uint64_t addr, uint64_t size)
{
	struct vfio_user_dma_unmap unmap = { .argsz = sizeof(unmap), .addr = addr, .size = size };

	return client_call(c, VFIO_USER_DMA_UNMAP, &unmap, sizeof(unmap), NULL, 0, &unmap,
			   sizeof(unmap));
}

long client_set_irq(struct vfio_client *c, uint32_t index, uint32_t vector, int fd)
{
	struct vfio_user_irq_set set = {
		.argsz = sizeof(set),
		.flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
		.index = index,
		.start = vector,
		.count = 1,
	};

	return client_call(c, VFIO_USER_DEVICE_SET_IRQS, &set, sizeof(set), &fd, fd >= 0, NULL, 0);
}

int client_copy(struct vfio_client *c, uint64_t from, uint64_t to, uint32_t size,
		const int eventfds[2])
{
	struct pollfd fds[2] = {
		{ .fd = eventfds[0], .events = POLLIN },
		{ .fd = eventfds[1], .events = POLLIN },
	};
	uint64_t count;
	int fired;

	client_bar_write(c, EDGETPU_REG_MBOX_REQ(0), from);
	client_bar_write(c, EDGETPU_REG_MBOX_REQ(1), from >> 32);
	client_bar_write(c, EDGETPU_REG_MBOX_REQ(2), to);
	client_bar_write(c, EDGETPU_REG_MBOX_REQ(3), to >> 32);
	client_bar_write(c, EDGETPU_REG_DOORBELL(0), size);
	must(poll(fds, 2, -1) > 0, "poll");
	fired = fds[1].revents ? 1 : 0;
	must(read(eventfds[fired], &count, sizeof(count)) == sizeof(count), "read of an eventfd");
	return fired;
}
