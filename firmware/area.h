/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Save areas: host memory of the driver's that keeps the SRAM of jobs which wait
 * for their next turn. The engines move it, by commands of the firmware's own.
 */
#ifndef FW_AREA_H
#define FW_AREA_H

#include "regs.h"

struct area;

/*
 * Area @index is @bytes of memory at @va of @context; 0 bytes: it goes. Returns an
 * EDGETPU_MBOX_* status.
 */
uint32_t area_set(uint32_t index, uint32_t context, uint64_t va, uint32_t bytes);

/* How many there are */
uint32_t area_count(void);

/* One that is free, which it no longer is; or NULL */
struct area *area_take(void);
void area_release(struct area *area);

/* It has failed: as good as gone, but for the host. */
void area_give_up(struct area *area);

/**
 * area_begin - start to save or load SRAM; the engines must be idle
 * @area: where to or from
 * @opcode: EDGETPU_OP_STORE or EDGETPU_OP_LOAD
 * @bytes: SRAM [0, @bytes)
 */
void area_begin(const struct area *area, uint32_t opcode, uint32_t bytes);

/* Goes on with it; returns the event to wait for, or 0 once the engines are idle. */
uint32_t area_step(void);

#endif /* FW_AREA_H */
