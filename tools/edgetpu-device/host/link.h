/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host's half of the conversation with the firmware: boot, mailbox, TLB.
 * Any attachment that can reach the registers can use it.
 */
#ifndef EDGETPU_HOST_LINK_H
#define EDGETPU_HOST_LINK_H

#include <stddef.h>
#include <stdint.h>

#include "edgetpu_hw.h"

/**
 * struct link_ops - how registers are reached
 * @read: a register
 * @write: a register
 * @pause: let a moment pass, best until the device has news. False: the wait has
 *	been long enough, or the device rests and no register will change by
 *	itself.
 */
struct link_ops {
	uint32_t (*read)(void *opaque, uint32_t reg);
	void (*write)(void *opaque, uint32_t reg, uint32_t value);
	bool (*pause)(void *opaque);
};

/**
 * struct link - a device whose registers are within reach; one thread at a time
 * @ops: see above
 * @opaque: for @ops
 * @seq: of the last mailbox request
 */
struct link {
	const struct link_ops *ops;
	void *opaque;
	uint32_t seq;
};

#define LINK_MESSAGE	192

/**
 * link_boot - boot a firmware image and greet it
 * @addr: DMA address of the image, readable until this returns
 * @size: its bytes
 * @why: out, on failure: one line
 *
 * Return: 0; -EINVAL: the boot ROM refused the image; -EPROTO: it speaks another
 * protocol; -ENODEV: it crashed or never got ready, or there is no device.
 */
int link_boot(struct link *link, uint64_t addr, uint32_t size, char why[LINK_MESSAGE]);

/**
 * link_request - one mailbox request
 * @opcode: EDGETPU_MBOX_*
 * @args: arguments, @num at most EDGETPU_MBOX_WORDS - 1
 * @reply: out: words 1.. of the reply; NULL when there are none of interest
 *
 * Return: 0; -ENODEV: no answer; -EINVAL, -ENOENT, -EEXIST, -EBUSY, -ENOSYS: what
 * the firmware said.
 */
int link_request(struct link *link, uint32_t opcode, const uint32_t *args, unsigned int num,
		 uint32_t reply[EDGETPU_MBOX_WORDS - 1]);

int link_log(struct link *link, uint64_t addr, uint32_t size);
int link_context_create(struct link *link, uint32_t context, uint64_t table);
int link_context_destroy(struct link *link, uint32_t context);
int link_ring_create(struct link *link, uint32_t ring, uint32_t context, uint32_t priority,
		     uint64_t addr, uint32_t entries);
int link_ring_destroy(struct link *link, uint32_t ring);

/* Drop translations of @context and wait until none is in use. 0 or -ENODEV. */
int link_invalidate(struct link *link, uint32_t context);

/* Is the firmware dead? With a line that says how. */
bool link_crashed(struct link *link, char why[LINK_MESSAGE]);

#endif /* EDGETPU_HOST_LINK_H */
