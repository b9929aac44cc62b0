/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The scheduler: which ring is next. It knows rings as numbers that have work
 * or have none and use up time, and nothing of what the work is.
 *
 * A context, which is a client, is served in proportion to its weight, whatever
 * the number of its rings; so is a ring among those of its context. Time used
 * counts the less the higher the ring's priority. The one that has used the least
 * is next, and what had no work for a while does not save up.
 *
 * Rings of the highest priority go before all that, until their context is
 * SCHED_CREDIT ahead of the others: nobody starves.
 */
#ifndef FW_SCHED_H
#define FW_SCHED_H

#include "regs.h"

#define SCHED_NONE	0xffffffffu

/* Cycles that a ring of the highest priority may run before it is held to its share */
#define SCHED_CREDIT	(1u << 26)

/* Cycles that one who is new stands behind the others, so that leaving and coming does not pay */
#define SCHED_NEWCOMER	(1u << 21)

/**
 * enum sched_room - who may begin a job; one that has begun may always go on
 * @SCHED_ANYONE: every ring
 * @SCHED_NEW_CLIENTS: rings of clients none of whose jobs has begun
 * @SCHED_HIGHEST: rings of the highest priority
 * @SCHED_NOBODY: none
 */
enum sched_room {
	SCHED_ANYONE,
	SCHED_NEW_CLIENTS,
	SCHED_HIGHEST,
	SCHED_NOBODY,
};

/* Ring @ring of @context is there, without work. */
void sched_add(uint32_t ring, uint32_t context, uint32_t priority);
void sched_remove(uint32_t ring);

/* Ring @ring has work, or no longer has. */
void sched_set_ready(uint32_t ring, bool ready);

/* A job of ring @ring has begun, or ended. */
void sched_set_begun(uint32_t ring, bool begun);

bool sched_is_ready(uint32_t ring);

/* Is there work of a client of whom no job has begun? */
bool sched_newcomers(void);

bool sched_is_highest(uint32_t ring);

/* Ring @ring has had the device for that many cycles. */
void sched_charge(uint32_t ring, uint32_t cycles);

/* The ring to serve next, or SCHED_NONE. */
uint32_t sched_pick(enum sched_room room);

/* A ring of the highest priority for which ring @ring is to make way at once, or SCHED_NONE */
uint32_t sched_overtaker(uint32_t ring, enum sched_room room);

#endif /* FW_SCHED_H */
