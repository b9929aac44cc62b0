// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mailbox and doorbells.
 */
#include <string.h>

#include "core/bar/mailbox.h"

void mailbox_reset(struct mailbox *mailbox)
{
	mailbox->posted = false;
	mailbox->req_seq = 0;
	mailbox->rsp_seq = 0;
	memset(mailbox->req, 0, sizeof(mailbox->req));
	memset(mailbox->rsp, 0, sizeof(mailbox->rsp));
	memset(mailbox->doorbell, 0, sizeof(mailbox->doorbell));
	memset(mailbox->rung, 0, sizeof(mailbox->rung));
}

bool mailbox_take_posted(struct mailbox *mailbox)
{
	const bool posted = mailbox->posted;

	mailbox->posted = false;
	return posted;
}

bool mailbox_rung(void *opaque)
{
	struct mailbox *mailbox = opaque;
	bool rung = false;
	unsigned int i;

	pthread_mutex_lock(mailbox->mutex);
	for (i = 0; i < EDGETPU_MAX_RINGS / 32; i++)
		rung |= mailbox->rung[i] != 0;
	pthread_mutex_unlock(mailbox->mutex);
	return rung;
}

static bool write_req_seq(void *block, unsigned int i, uint32_t value)
{
	struct mailbox *mailbox = block;

	(void)i;
	mailbox->req_seq = value;
	mailbox->posted = true;
	mailbox->called(mailbox->opaque);
	return true;
}

static bool write_doorbell(void *block, unsigned int ring, uint32_t value)
{
	struct mailbox *mailbox = block;

	mailbox->doorbell[ring] = value;
	mailbox->rung[ring / 32] |= 1u << ring % 32;
	mailbox->called(mailbox->opaque);
	return true;
}

static bool write_rsp_seq(void *block, unsigned int i, uint32_t value)
{
	struct mailbox *mailbox = block;

	(void)i;
	if (!mailbox->answer || mailbox->answer(mailbox->opaque))
		mailbox->rsp_seq = value;
	return true;
}

static bool clear_rung(void *block, unsigned int i, uint32_t value)
{
	struct mailbox *mailbox = block;

	mailbox->rung[i] &= ~value;
	return true;
}

#define WORDS(name, n) \
	.count = (n), .field = REG_WORD, .member = offsetof(struct mailbox, name), \
	.step = sizeof(uint32_t)

static const struct reg bar_regs[] = {
	{ .offset = EDGETPU_REG_MBOX_REQ(0), WORDS(req, EDGETPU_MBOX_WORDS), .writable = true },
	{ .offset = EDGETPU_REG_MBOX_REQ_SEQ, WORDS(req_seq, 1), .write = write_req_seq },
	{ .offset = EDGETPU_REG_MBOX_RSP(0), WORDS(rsp, EDGETPU_MBOX_WORDS) },
	{ .offset = EDGETPU_REG_MBOX_RSP_SEQ, WORDS(rsp_seq, 1) },
	{ .offset = EDGETPU_REG_DOORBELL(0), .count = EDGETPU_MAX_RINGS, .write = write_doorbell },
};

static const struct reg core_regs[] = {
	{ .offset = CORE_MBOX_REQ(0), WORDS(req, EDGETPU_MBOX_WORDS) },
	{ .offset = CORE_MBOX_REQ_SEQ, WORDS(req_seq, 1) },
	{ .offset = CORE_MBOX_RSP(0), WORDS(rsp, EDGETPU_MBOX_WORDS), .writable = true },
	{ .offset = CORE_MBOX_RSP_SEQ, .write = write_rsp_seq },
	{ .offset = CORE_DOORBELL(0), WORDS(doorbell, EDGETPU_MAX_RINGS) },
	{ .offset = CORE_DOORBELL_PENDING(0), WORDS(rung, EDGETPU_MAX_RINGS / 32),
	  .write = clear_rung },
};

void mailbox_registers(struct mailbox *mailbox, struct reg_map *bar, struct reg_map *core)
{
	registers_add(bar, bar_regs, sizeof(bar_regs) / sizeof(bar_regs[0]), mailbox,
		      mailbox->mutex);
	registers_add(core, core_regs, sizeof(core_regs) / sizeof(core_regs[0]), mailbox,
		      mailbox->mutex);
}
