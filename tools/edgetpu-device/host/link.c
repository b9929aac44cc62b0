// SPDX-License-Identifier: GPL-2.0-only
/*
 * Boot, mailbox and TLB from the host's side.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include "link.h"

static uint32_t rd(struct link *link, uint32_t reg)
{
	return link->ops->read(link->opaque, reg);
}

static void wr(struct link *link, uint32_t reg, uint32_t value)
{
	link->ops->write(link->opaque, reg, value);
}

bool link_crashed(struct link *link, char why[LINK_MESSAGE])
{
	if (rd(link, EDGETPU_REG_CORE_STATUS) != EDGETPU_CORE_CRASHED)
		return false;
	snprintf(why, LINK_MESSAGE,
		 "the firmware crashed: cause %" PRIu32 " at 0x%08" PRIx32 ", value 0x%08" PRIx32,
		 rd(link, EDGETPU_REG_CRASH_CAUSE), rd(link, EDGETPU_REG_CRASH_PC),
		 rd(link, EDGETPU_REG_CRASH_TVAL));
	return true;
}

static const char *boot_error(uint32_t status)
{
	switch (EDGETPU_BOOT_ERROR(status)) {
	case EDGETPU_BOOT_ERR_DMA:
		return "the device cannot read it";
	case EDGETPU_BOOT_ERR_SIZE:
		return "truncated, or too large";
	case EDGETPU_BOOT_ERR_MAGIC:
		return "not a firmware image";
	case EDGETPU_BOOT_ERR_VERSION:
		return "made for another hardware version";
	case EDGETPU_BOOT_ERR_CRC:
		return "bad CRC";
	case EDGETPU_BOOT_ERR_ENTRY:
		return "load or entry address out of range";
	}
	return "refused for an unknown reason";
}

/* Waits until the boot ROM or the firmware has the last word. */
static int wait_for_boot(struct link *link, char why[LINK_MESSAGE])
{
	bool more = true;

	for (;;) {
		uint32_t status = rd(link, EDGETPU_REG_BOOT_STATUS);

		switch (EDGETPU_BOOT_STATE(status)) {
		case EDGETPU_BOOT_READY:
			return 0;
		case EDGETPU_BOOT_FAILED:
			snprintf(why, LINK_MESSAGE, "%s", boot_error(status));
			return -EINVAL;
		}
		if (link_crashed(link, why))
			return -ENODEV;
		if (!more) {
			snprintf(why, LINK_MESSAGE, "the firmware does not come up");
			return -ENODEV;
		}
		more = link->ops->pause(link->opaque);
	}
}

int link_boot(struct link *link, uint64_t addr, uint32_t size, char why[LINK_MESSAGE])
{
	const uint32_t protocol = EDGETPU_PROTOCOL;
	uint32_t reply[EDGETPU_MBOX_WORDS - 1];
	int err;

	if (rd(link, EDGETPU_REG_ID) != EDGETPU_ID) {
		snprintf(why, LINK_MESSAGE, "no accelerator answers");
		return -ENODEV;
	}
	wr(link, EDGETPU_REG_FW_ADDR_LO, addr);
	wr(link, EDGETPU_REG_FW_ADDR_HI, addr >> 32);
	wr(link, EDGETPU_REG_FW_SIZE, size);
	wr(link, EDGETPU_REG_BOOT, 1);
	err = wait_for_boot(link, why);
	if (err)
		return err;
	link->seq = rd(link, EDGETPU_REG_MBOX_RSP_SEQ);
	err = link_request(link, EDGETPU_MBOX_HELLO, &protocol, 1, reply);
	if (!err && reply[0] == EDGETPU_PROTOCOL)
		return 0;
	if (err == -ENODEV) {
		if (!link_crashed(link, why))
			snprintf(why, LINK_MESSAGE, "the firmware does not answer");
		return err;
	}
	snprintf(why, LINK_MESSAGE, "it speaks protocol %" PRIu32 ", we speak %u", reply[0],
		 EDGETPU_PROTOCOL);
	return -EPROTO;
}

static int status_to_errno(uint32_t status)
{
	switch (status) {
	case EDGETPU_MBOX_OK:
		return 0;
	case EDGETPU_MBOX_EINVAL:
		return -EINVAL;
	case EDGETPU_MBOX_ENOENT:
		return -ENOENT;
	case EDGETPU_MBOX_EEXIST:
		return -EEXIST;
	case EDGETPU_MBOX_EBUSY:
		return -EBUSY;
	case EDGETPU_MBOX_EOPCODE:
		return -ENOSYS;
	}
	return -EPROTO;
}

int link_request(struct link *link, uint32_t opcode, const uint32_t *args, unsigned int num,
		 uint32_t reply[EDGETPU_MBOX_WORDS - 1])
{
	bool more = true;

	wr(link, EDGETPU_REG_MBOX_REQ(0), opcode);
	for (unsigned int i = 1; i < EDGETPU_MBOX_WORDS; i++)
		wr(link, EDGETPU_REG_MBOX_REQ(i), i <= num ? args[i - 1] : 0);
	wr(link, EDGETPU_REG_MBOX_REQ_SEQ, ++link->seq);
	while (rd(link, EDGETPU_REG_MBOX_RSP_SEQ) != link->seq) {
		if (!more || rd(link, EDGETPU_REG_CORE_STATUS) == EDGETPU_CORE_CRASHED)
			return -ENODEV;
		more = link->ops->pause(link->opaque);
	}
	wr(link, EDGETPU_REG_IRQ_STATUS, EDGETPU_IRQ_MAILBOX);
	for (unsigned int i = 1; reply && i < EDGETPU_MBOX_WORDS; i++)
		reply[i - 1] = rd(link, EDGETPU_REG_MBOX_RSP(i));
	return status_to_errno(rd(link, EDGETPU_REG_MBOX_RSP(0)));
}

int link_log(struct link *link, uint64_t addr, uint32_t size)
{
	const uint32_t args[] = { addr, addr >> 32, size };

	return link_request(link, EDGETPU_MBOX_LOG, args, 3, NULL);
}

int link_context_create(struct link *link, uint32_t context, uint64_t table)
{
	const uint32_t args[] = { context, table, table >> 32 };

	return link_request(link, EDGETPU_MBOX_CONTEXT_CREATE, args, 3, NULL);
}

int link_context_destroy(struct link *link, uint32_t context)
{
	return link_request(link, EDGETPU_MBOX_CONTEXT_DESTROY, &context, 1, NULL);
}

int link_ring_create(struct link *link, uint32_t ring, uint32_t context, uint32_t priority,
		     uint64_t addr, uint32_t entries)
{
	const uint32_t args[] = { ring, context, priority, addr, addr >> 32, entries };

	return link_request(link, EDGETPU_MBOX_RING_CREATE, args, 6, NULL);
}

int link_ring_destroy(struct link *link, uint32_t ring)
{
	return link_request(link, EDGETPU_MBOX_RING_DESTROY, &ring, 1, NULL);
}

int link_invalidate(struct link *link, uint32_t context)
{
	bool more = true;

	wr(link, EDGETPU_REG_MMU_INVALIDATE, context);
	while (rd(link, EDGETPU_REG_MMU_INVALIDATE)) {
		if (!more)
			return -ENODEV;
		more = link->ops->pause(link->opaque);
	}
	return 0;
}
