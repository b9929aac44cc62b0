/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Save areas: host memory of the driver's that keeps the SRAM of jobs which wait
 * for their next turn, and a record of each. The engines move SRAM, by commands of
 * the firmware's own. A job that is parked in one has no ring.
 */
#ifndef FW_AREA_H
#define FW_AREA_H

#include "regs.h"

struct area;

/*
 * Area @index is @bytes of memory at @va of @context, with a job parked in it that was
 * saved there before; 0 bytes: it goes. Returns an EDGETPU_MBOX_* status.
 */
uint32_t area_set(uint32_t index, uint32_t context, uint64_t va, uint32_t bytes, uint32_t parked);

/* How many there are but for those in which jobs are parked, and is there one of those? */
uint32_t area_count(void);
bool area_any_parked(void);

uint32_t area_index(const struct area *area);

/* One that is free, which it no longer is; or NULL */
struct area *area_take(void);
void area_release(struct area *area);

/* The job of a taken area is parked there; or that of area @index, if one is, is taken: or NULL. */
void area_park(struct area *area, const struct edgetpu_saved *saved);
struct area *area_unpark(uint32_t index, struct edgetpu_saved *saved);

/* It has failed: as good as gone, but for the host. */
void area_give_up(struct area *area);

/*
 * Writes the record of the job in it, behind its SRAM; or says there that the job is
 * no longer as the record has it. Both return EDGETPU_STATUS_*.
 */
uint32_t area_record(const struct area *area, struct edgetpu_saved *saved);
uint32_t area_forget_record(const struct area *area);

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
