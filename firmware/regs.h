/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Access to the control processor's registers (edgetpu_core.h), TCM addresses
 * as other bus masters see them, and waiting. The unit tests of the host link
 * functions of their own instead.
 */
#ifndef FW_REGS_H
#define FW_REGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "edgetpu_core.h"
#include "edgetpu_isa.h"

#ifdef FW_HOSTED

uint32_t reg_read(uint32_t offset);
void reg_write(uint32_t offset, uint32_t value);
uint32_t tcm_addr(const void *p);
void core_wfi(void);

#else

static inline uint32_t reg_read(uint32_t offset)
{
	return *(volatile uint32_t *)(EDGETPU_CORE_BASE + offset);
}

static inline void reg_write(uint32_t offset, uint32_t value)
{
	*(volatile uint32_t *)(EDGETPU_CORE_BASE + offset) = value;
}

/* Memory that a DMA or an engine is about to read must have been written. */
static inline uint32_t tcm_addr(const void *p)
{
	__asm__ volatile("" ::: "memory");
	return (uintptr_t)p;
}

static inline void core_wfi(void)
{
	__asm__ volatile("wfi" ::: "memory");
}

#endif

static inline uint64_t core_cycles(void)
{
	uint32_t lo = reg_read(CORE_CYCLES_LO);

	return (uint64_t)reg_read(CORE_CYCLES_HI) << 32 | lo;
}

/* Of two counts; one that is full stays so. */
static inline uint32_t add_saturating(uint32_t a, uint32_t b)
{
	return a + b < a ? UINT32_MAX : a + b;
}

/* Sleeps until one of @events is pending; interrupts stay off, so this only wakes. */
static inline void core_wait(uint32_t events)
{
	reg_write(CORE_EVENT_ENABLE, events);
	core_wfi();
}

#endif /* FW_REGS_H */
