/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mailbox and doorbells: how the host reaches the firmware.
 */
#ifndef EDGETPU_BAR_MAILBOX_H
#define EDGETPU_BAR_MAILBOX_H

#include "core/registers.h"
#include "edgetpu_core.h"

/**
 * struct mailbox - what either side left for the other
 * @mutex: for all that follows it
 * @called: the host left something that the run thread should look at; called with
 *	the mutex held
 * @answer: the firmware answers a request; false: that does not arrive. May be NULL.
 * @opaque: for both
 * @posted: REQ_SEQ was written
 * @req: MBOX_REQ
 * @req_seq: MBOX_REQ_SEQ
 * @rsp: MBOX_RSP
 * @rsp_seq: MBOX_RSP_SEQ
 * @doorbell: last tail written
 * @rung: rings rung since the firmware last looked
 */
struct mailbox {
	pthread_mutex_t *mutex;
	void (*called)(void *opaque);
	bool (*answer)(void *opaque);
	void *opaque;
	bool posted;
	uint32_t req[EDGETPU_MBOX_WORDS];
	uint32_t req_seq;
	uint32_t rsp[EDGETPU_MBOX_WORDS];
	uint32_t rsp_seq;
	uint32_t doorbell[EDGETPU_MAX_RINGS];
	uint32_t rung[EDGETPU_MAX_RINGS / 32];
};

/* With the mutex held */
void mailbox_reset(struct mailbox *mailbox);
/* With the mutex held: was there a request since this was last asked? */
bool mailbox_take_posted(struct mailbox *mailbox);
/* Without it: is a doorbell to be looked at? For struct event_level. */
bool mailbox_rung(void *opaque);

void mailbox_registers(struct mailbox *mailbox, struct reg_map *bar, struct reg_map *core);

#endif /* EDGETPU_BAR_MAILBOX_H */
