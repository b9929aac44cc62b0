/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hand between scheduler and jobs: which job runs now.
 */
#ifndef FW_DISPATCH_H
#define FW_DISPATCH_H

#include "regs.h"

/* Starts or goes on with a job; returns the events to wait for, or 0. */
uint32_t dispatch_step(void);

/* The timer that dispatch_step() set went off. */
void dispatch_tick(void);

/*
 * A job of the ring that runs is killed; those that wait go without a word.
 * Returns an EDGETPU_MBOX_* status.
 */
uint32_t dispatch_destroy_ring(uint32_t index);

#endif /* FW_DISPATCH_H */
