/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The scheduler: which ring is next. It knows rings as numbers that have work
 * or have none, and nothing of what the work is.
 */
#ifndef FW_SCHED_H
#define FW_SCHED_H

#include "regs.h"

#define SCHED_NONE	0xffffffffu

/* Ring @ring is there, without work. */
void sched_add(uint32_t ring, uint32_t priority);
void sched_remove(uint32_t ring);

/* Ring @ring has work, or no longer has. */
void sched_set_ready(uint32_t ring, bool ready);

/* The ring to serve next: highest priority, in turn among equals; or SCHED_NONE. */
uint32_t sched_pick(void);

#endif /* FW_SCHED_H */
