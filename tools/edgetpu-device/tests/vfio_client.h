/* SPDX-License-Identifier: GPL-2.0-only */
/* A vfio-user client for tests, with the server on a thread at the socket's other end. */
#ifndef EDGETPU_TESTS_VFIO_CLIENT_H
#define EDGETPU_TESTS_VFIO_CLIENT_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "vfio/protocol.h"
#include "vfio/server.h"

struct vfio_client {
	struct vfio_server *server;
	pthread_t thread;
	int fd;			/* -1: hung up */
	int server_fd;
	int result;		/* of vfio_server_serve() */
	uint16_t id;
};

/* A new server and a client connected to it; greeted unless told otherwise */
void client_start(struct vfio_client *c);
void client_start_silent(struct vfio_client *c);
/* Hang up, wait for the server and return what vfio_server_serve() did. */
int client_hang_up(struct vfio_client *c);
/* Connect again to the same server. */
void client_reconnect(struct vfio_client *c);
void client_stop(struct vfio_client *c);

/* Bytes as they are, with descriptors */
void client_send(struct vfio_client *c, const void *data, size_t size, const int *fds,
		 unsigned int num_fds);
/* Size of a reply's payload, -errno of an error reply, or -EPIPE when the server hung up */
long client_receive(struct vfio_client *c, void *payload, size_t size);

/* Send a command and wait for its reply, as client_receive() */
long client_call(struct vfio_client *c, unsigned int command, const void *payload, size_t size,
		 const int *fds, unsigned int num_fds, void *reply, size_t reply_size);

long client_region_read(struct vfio_client *c, uint32_t region, uint64_t offset, void *data,
			uint32_t count);
long client_region_write(struct vfio_client *c, uint32_t region, uint64_t offset,
			 const void *data, uint32_t count);
uint32_t client_bar_read(struct vfio_client *c, uint32_t offset);
void client_bar_write(struct vfio_client *c, uint32_t offset, uint32_t value);
uint32_t client_config_read(struct vfio_client *c, uint32_t offset, uint32_t count);
void client_config_write(struct vfio_client *c, uint32_t offset, uint32_t value, uint32_t count);

/* fd -1: none */
long client_map(struct vfio_client *c, uint64_t addr, uint64_t size, int fd, uint64_t offset,
		uint32_t flags);
long client_unmap(struct vfio_client *c, uint64_t addr, uint64_t size);
/* Attach @fd to a vector, or detach with -1. */
long client_set_irq(struct vfio_client *c, uint32_t index, uint32_t vector, int fd);

/* Have the fake device copy and wait for its interrupt on one of two eventfds: 0 or 1 */
int client_copy(struct vfio_client *c, uint64_t from, uint64_t to, uint32_t size,
		const int eventfds[2]);

#endif /* EDGETPU_TESTS_VFIO_CLIENT_H */
