// SPDX-License-Identifier: GPL-2.0-only
/*
 * Framing of vfio-user messages on a stream socket.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "protocol.h"

struct vfio_user_connection {
	int fd;
	int stop_fd;
	uint64_t payload[(VFIO_USER_MAX_PAYLOAD + 7) / 8];
};

struct vfio_user_connection *vfio_user_connect(int fd, int stop_fd)
{
	struct vfio_user_connection *c = malloc(sizeof(*c));

	if (!c)
		return NULL;
	c->fd = fd;
	c->stop_fd = stop_fd;
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	return c;
}

void vfio_user_disconnect(struct vfio_user_connection *c)
{
	free(c);
}

void vfio_user_drop(struct vfio_user_connection *c)
{
	char unread[4096];

	shutdown(c->fd, SHUT_RD);
	while (recv(c->fd, unread, sizeof(unread), MSG_DONTWAIT) > 0)
		;
}

static int wait_for(struct vfio_user_connection *c, short events)
{
	struct pollfd fds[2] = {
		{ .fd = c->fd, .events = events },
		{ .fd = c->stop_fd, .events = POLLIN },
	};

	while (poll(fds, 2, -1) < 0)
		if (errno != EINTR)
			return -errno;
	return fds[1].revents ? -ECANCELED : 0;
}

static bool must_wait(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* Bytes read: size, or fewer at the stream's end; or negative errno */
static ssize_t receive_all(struct vfio_user_connection *c, void *buf, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = recv(c->fd, (char *)buf + done, size - done, 0);
		int err;

		if (!n)
			break;
		if (n > 0) {
			done += n;
			continue;
		}
		if (!must_wait())
			return -errno;
		err = wait_for(c, POLLIN);
		if (err)
			return err;
	}
	return done;
}

/* Takes descriptors out of a control message; more than fit are closed. */
static void take_fds(struct msghdr *msg, struct vfio_user_message *m)
{
	struct cmsghdr *cmsg;

	for (cmsg = CMSG_FIRSTHDR(msg); cmsg; cmsg = CMSG_NXTHDR(msg, cmsg)) {
		size_t n = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(cmsg) + i * sizeof(fd), sizeof(fd));
			if (m->num_fds < VFIO_USER_MAX_FDS)
				m->fds[m->num_fds++] = fd;
			else
				close(fd);
		}
	}
}

/* Bytes of the header that came at once, with the descriptors; 0 at the stream's end */
static ssize_t receive_start(struct vfio_user_connection *c, struct vfio_user_message *m,
			     bool *lost_fds)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(VFIO_USER_MAX_FDS * sizeof(int))];
	} control;
	struct iovec iov = { .iov_base = &m->header, .iov_len = sizeof(m->header) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	for (;;) {
		int err;

		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
		n = recvmsg(c->fd, &msg, MSG_CMSG_CLOEXEC);
		if (n >= 0)
			break;
		if (!must_wait())
			return -errno;
		err = wait_for(c, POLLIN);
		if (err)
			return err;
	}
	take_fds(&msg, m);
	*lost_fds = msg.msg_flags & MSG_CTRUNC;
	return n;
}

int vfio_user_receive(struct vfio_user_connection *c, struct vfio_user_message *m)
{
	bool lost_fds = false;
	ssize_t n, more;
	int err;

	memset(m, 0, sizeof(*m));
	n = receive_start(c, m, &lost_fds);
	if (n <= 0)
		return n;
	more = receive_all(c, (char *)&m->header + n, sizeof(m->header) - n);
	err = more < 0 ? more : 0;
	if (err || n + more < (ssize_t)sizeof(m->header))
		goto bad;

	/* A reply to something we never asked has no reply itself. */
	if ((m->header.flags & VFIO_USER_TYPE_MASK) != VFIO_USER_TYPE_COMMAND)
		goto bad;
	if (m->header.size < sizeof(m->header) ||
	    m->header.size - sizeof(m->header) > VFIO_USER_MAX_PAYLOAD) {
		vfio_user_reply_error(c, &m->header, EMSGSIZE);
		goto bad;
	}
	m->size = m->header.size - sizeof(m->header);
	m->payload = (uint8_t *)c->payload;
	more = receive_all(c, m->payload, m->size);
	err = more < 0 ? more : 0;
	if (err || more < (ssize_t)m->size)
		goto bad;
	if (lost_fds) {
		vfio_user_reply_error(c, &m->header, EMFILE);
		goto bad;
	}
	return 1;

bad:
	vfio_user_release(m);
	return err ? err : -EPROTO;
}

void vfio_user_release(struct vfio_user_message *m)
{
	for (unsigned int i = 0; i < m->num_fds; i++)
		if (m->fds[i] >= 0)
			close(m->fds[i]);
	m->num_fds = 0;
}

static int send_all(struct vfio_user_connection *c, struct iovec *iov, size_t num)
{
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = num };

	for (;;) {
		ssize_t n = sendmsg(c->fd, &msg, MSG_NOSIGNAL);
		int err;

		if (n < 0 && !must_wait())
			return -errno;
		for (; n > 0 && msg.msg_iovlen; msg.msg_iov++, msg.msg_iovlen--) {
			if ((size_t)n < msg.msg_iov->iov_len) {
				msg.msg_iov->iov_base = (char *)msg.msg_iov->iov_base + n;
				msg.msg_iov->iov_len -= n;
				break;
			}
			n -= msg.msg_iov->iov_len;
		}
		while (msg.msg_iovlen && !msg.msg_iov->iov_len) {
			msg.msg_iov++;
			msg.msg_iovlen--;
		}
		if (!msg.msg_iovlen)
			return 0;
		err = wait_for(c, POLLOUT);
		if (err)
			return err;
	}
}

int vfio_user_reply(struct vfio_user_connection *c, const struct vfio_user_header *command,
		    const void *a, size_t a_size, const void *b, size_t b_size)
{
	struct vfio_user_header h = {
		.id = command->id,
		.command = command->command,
		.size = sizeof(h) + a_size + b_size,
		.flags = VFIO_USER_TYPE_REPLY,
	};
	struct iovec iov[3] = {
		{ .iov_base = &h, .iov_len = sizeof(h) },
		{ .iov_base = (void *)a, .iov_len = a_size },
		{ .iov_base = (void *)b, .iov_len = b_size },
	};

	if (command->flags & VFIO_USER_NO_REPLY)
		return 0;
	return send_all(c, iov, 3);
}

int vfio_user_reply_error(struct vfio_user_connection *c, const struct vfio_user_header *command,
			  int error)
{
	struct vfio_user_header h = {
		.id = command->id,
		.command = command->command,
		.size = sizeof(h),
		.flags = VFIO_USER_TYPE_REPLY | VFIO_USER_ERROR,
		.error = error,
	};
	struct iovec iov = { .iov_base = &h, .iov_len = sizeof(h) };

	if (command->flags & VFIO_USER_NO_REPLY)
		return 0;
	return send_all(c, &iov, 1);
}
