/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vfio-user messages and their framing, the server's side.
 *
 * Layouts are those of QEMU's docs/interop/vfio-user.rst, protocol version 0.0;
 * flags and indices inside the payloads are <linux/vfio.h>'s. A message is a
 * header and a payload, in the byte order of the host; file descriptors ride
 * with the header.
 */
#ifndef EDGETPU_VFIO_PROTOCOL_H
#define EDGETPU_VFIO_PROTOCOL_H

#include <stddef.h>
#include <stdint.h>

enum vfio_user_command {
	VFIO_USER_VERSION = 1,
	VFIO_USER_DMA_MAP = 2,
	VFIO_USER_DMA_UNMAP = 3,
	VFIO_USER_DEVICE_GET_INFO = 4,
	VFIO_USER_DEVICE_GET_REGION_INFO = 5,
	VFIO_USER_DEVICE_GET_IRQ_INFO = 7,
	VFIO_USER_DEVICE_SET_IRQS = 8,
	VFIO_USER_REGION_READ = 9,
	VFIO_USER_REGION_WRITE = 10,
	VFIO_USER_DEVICE_RESET = 13,
};

#define VFIO_USER_MAJOR		0
#define VFIO_USER_MINOR		0

/* struct vfio_user_header.flags */
#define VFIO_USER_TYPE_MASK	0xfu
#define VFIO_USER_TYPE_COMMAND	0u
#define VFIO_USER_TYPE_REPLY	1u
#define VFIO_USER_NO_REPLY	(1u << 4)
#define VFIO_USER_ERROR		(1u << 5)

/* What we take in one message; both are told to the client in VERSION. */
#define VFIO_USER_MAX_FDS	8
#define VFIO_USER_MAX_DATA	65536
/* The longest payload: REGION_WRITE's or SET_IRQS's own fields and their data */
#define VFIO_USER_MAX_PAYLOAD	(64 + VFIO_USER_MAX_DATA)

/**
 * struct vfio_user_header - in front of every message
 * @id: the client's name for the message; a reply carries the same
 * @command: enum vfio_user_command
 * @size: bytes of header and payload
 * @flags: VFIO_USER_TYPE_*, VFIO_USER_NO_REPLY, VFIO_USER_ERROR
 * @error: errno, in a reply with VFIO_USER_ERROR
 */
struct vfio_user_header {
	uint16_t id;
	uint16_t command;
	uint32_t size;
	uint32_t flags;
	uint32_t error;
};

/* VERSION; a JSON text with a closing NUL follows */
struct vfio_user_version {
	uint16_t major;
	uint16_t minor;
};

#define VFIO_USER_DMA_READ	(1u << 0)
#define VFIO_USER_DMA_WRITE	(1u << 1)

/* DMA_MAP; with a file descriptor when the memory can be shared */
struct vfio_user_dma_map {
	uint32_t argsz;
	uint32_t flags;
	uint64_t offset;
	uint64_t addr;
	uint64_t size;
};

struct vfio_user_dma_unmap {
	uint32_t argsz;
	uint32_t flags;
	uint64_t addr;
	uint64_t size;
};

struct vfio_user_device_info {
	uint32_t argsz;
	uint32_t flags;
	uint32_t num_regions;
	uint32_t num_irqs;
};

struct vfio_user_region_info {
	uint32_t argsz;
	uint32_t flags;
	uint32_t index;
	uint32_t cap_offset;
	uint64_t size;
	uint64_t offset;
};

struct vfio_user_irq_info {
	uint32_t argsz;
	uint32_t flags;
	uint32_t index;
	uint32_t count;
};

/* SET_IRQS; a byte per vector follows with VFIO_IRQ_SET_DATA_BOOL */
struct vfio_user_irq_set {
	uint32_t argsz;
	uint32_t flags;
	uint32_t index;
	uint32_t start;
	uint32_t count;
};

/* REGION_READ and REGION_WRITE; data follows a write and a read's reply */
struct vfio_user_region_access {
	uint64_t offset;
	uint32_t region;
	uint32_t count;
};

/**
 * struct vfio_user_message - one message received
 * @header: its header; type is COMMAND
 * @payload: 8-byte aligned, belongs to the connection, valid until the next receive
 * @size: bytes of @payload
 * @fds: descriptors; the receiver closes those left >= 0
 * @num_fds: how many
 */
struct vfio_user_message {
	struct vfio_user_header header;
	uint8_t *payload;
	size_t size;
	int fds[VFIO_USER_MAX_FDS];
	unsigned int num_fds;
};

struct vfio_user_connection;

/**
 * vfio_user_connect - speak the protocol on a stream socket
 * @fd: the socket, made non-blocking; not closed by vfio_user_disconnect()
 * @stop_fd: readable: give up waiting for the client; -1 for none
 *
 * Return: NULL when memory is short.
 */
struct vfio_user_connection *vfio_user_connect(int fd, int stop_fd);
void vfio_user_disconnect(struct vfio_user_connection *c);

/**
 * vfio_user_drop - say nothing more, and take nothing more
 * @c: the connection; only vfio_user_disconnect() or the process' end may follow
 *
 * What the client has sent and nobody read is thrown away. A socket that is closed with
 * it unread gives the client ECONNRESET instead of the stream's end, at which QEMU 11.1
 * aborts.
 */
void vfio_user_drop(struct vfio_user_connection *c);

/**
 * vfio_user_receive - wait for a command
 *
 * Return: 1; 0 when the client has gone between two messages; -ECANCELED when
 * @stop_fd said so; -EPROTO when what came is no message, after an error reply
 * where one is possible: the stream cannot be used any more; else another
 * negative errno.
 */
int vfio_user_receive(struct vfio_user_connection *c, struct vfio_user_message *m);
/* Close the descriptors nobody took. */
void vfio_user_release(struct vfio_user_message *m);

/* @a and @b make up the payload. A command with NO_REPLY gets none. 0 or negative errno. */
int vfio_user_reply(struct vfio_user_connection *c, const struct vfio_user_header *command,
		    const void *a, size_t a_size, const void *b, size_t b_size);
/* @error: positive errno */
int vfio_user_reply_error(struct vfio_user_connection *c, const struct vfio_user_header *command,
			  int error);

#endif /* EDGETPU_VFIO_PROTOCOL_H */
