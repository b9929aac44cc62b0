/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A device that lies: what the guest reads of its registers, and what it writes to the
 * guest's memory in small pieces (ring headers, completions, log), is changed at random;
 * interrupts come for nothing. It lives in lives, from one reset to the next, each with
 * an honest beginning and a rate of lies of its own, so that drivers get far before
 * something goes wrong, or not.
 */
#ifndef EDGETPU_VFIO_HOSTILE_H
#define EDGETPU_VFIO_HOSTILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hostile;

struct hostile *hostile_new(uint64_t seed);
void hostile_free(struct hostile *h);

/* From the thread that answers messages: */
void hostile_reset(struct hostile *h);
/* What a register is said to hold instead of @value */
uint32_t hostile_register(struct hostile *h, uint32_t value);
/* Is it time for an interrupt that has no cause? */
bool hostile_interrupt(struct hostile *h, unsigned int *vector);

/* From the device's thread: it is about to write there; hostile_spoil() when it has. */
void hostile_will_write(struct hostile *h, void *to, size_t size);
void hostile_spoil(struct hostile *h);

#endif /* EDGETPU_VFIO_HOSTILE_H */
