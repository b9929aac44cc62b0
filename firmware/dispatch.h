/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hand between scheduler and jobs: which job has the engines now, and for how
 * long.
 */
#ifndef FW_DISPATCH_H
#define FW_DISPATCH_H

#include "regs.h"

/* Begins or goes on with a job; returns the events to wait for, or 0. */
uint32_t dispatch_step(void);

/* Doorbells rang. */
void dispatch_doorbells(void);

/* The timer that dispatch_step() set went off. */
void dispatch_tick(void);

/*
 * All return an EDGETPU_MBOX_* status. A ring that is made from an area (its number and
 * 1, or 0) takes over the job that is parked there. One that is destroyed takes its jobs
 * along: one that has begun is killed, the others go without a word; one that is parked
 * leaves a job that has begun in the area where it is saved, which the reply tells. One
 * that is stopped begins no further one, and with @yield does not go on once it is
 * saved; the reply says whether one has begun, and the fence.
 */
uint32_t dispatch_create_ring(uint32_t index, uint32_t context, uint32_t priority, uint64_t addr,
			      uint32_t entries, uint32_t from);
uint32_t dispatch_destroy_ring(uint32_t index);
uint32_t dispatch_park_ring(uint32_t index, uint32_t *reply);
uint32_t dispatch_stop_ring(uint32_t index, uint32_t yield, uint32_t *reply);

#endif /* FW_DISPATCH_H */
