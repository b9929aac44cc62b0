/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers for the unit tests: plain storage, but for control DMA (done at
 * once, against fake_host) and the write-one-to-clear ones.
 */
#ifndef FAKE_H
#define FAKE_H

#include "regs.h"

#define FAKE_HOST_BASE	0x80000000ull	/* DMA address of fake_host */
#define FAKE_HOST_SIZE	0x20000u

extern uint8_t fake_host[FAKE_HOST_SIZE];
extern uint32_t fake_regs[EDGETPU_CORE_SIZE / 4];

/* CDMA's number of a context that sees the same memory; 0: there is none */
extern uint32_t fake_context;

/* Control DMA stays busy, until core_wfi() has been called fake_cdma_ends times more */
extern bool fake_cdma_slow;
extern uint32_t fake_cdma_ends;
extern uint32_t fake_waits;

/* Called when a command is pushed to an engine, whose queue is full then; NULL: nobody is */
extern void (*fake_push)(uint32_t engine, const void *command);

/* Fresh registers and host memory; time, and what the firmware itself remembers, goes on. */
void fake_reset(void);

/* The host rings @ring's doorbell. */
void fake_doorbell(uint32_t ring, uint32_t tail);

/* That many cycles pass. */
void fake_pass(uint64_t cycles);

/* cmocka's header wants these in front of it */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#endif /* FAKE_H */
