/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the host controls and sees of the device as a whole: its build, reset, boot,
 * state, time, and the MMU's invalidation.
 *
 * The message thread leaves notes for the run thread and never waits.
 */
#ifndef EDGETPU_BAR_CONTROL_H
#define EDGETPU_BAR_CONTROL_H

#include <stdatomic.h>

#include "core/platform.h"
#include "core/registers.h"
#include "edgetpu_hw.h"

/**
 * struct control - registers and notes
 * @heartbeat: HEARTBEAT
 * @core_status: CORE_STATUS
 * @cycle: model time, as of the last time the core stopped to look
 * @reset_pending: RESET was written
 * @mutex: for all that follows it
 * @called: the host left something that the run thread should look at; called with
 *	the mutex held
 * @opaque: for @called
 * @config: the device's build
 * @boot_pending: BOOT was written
 * @invalidate: contexts whose TLB entries must go
 * @fw_addr: FW_ADDR
 * @fw_size: FW_SIZE
 * @boot_status: BOOT_STATUS
 * @crash: CRASH_PC, _CAUSE, _TVAL
 * @cycles_hi: latched by CYCLES_LO
 */
struct control {
	atomic_uint heartbeat;
	atomic_uint core_status;
	atomic_uint_least64_t cycle;
	atomic_bool reset_pending;
	pthread_mutex_t *mutex;
	void (*called)(void *opaque);
	void *opaque;
	struct edgetpu_config config;
	bool boot_pending;
	uint32_t invalidate;
	uint64_t fw_addr;
	uint32_t fw_size;
	uint32_t boot_status;
	uint32_t crash[3];
	uint32_t cycles_hi;
};

/* With the mutex held; the reset asked for is this one. */
void control_reset(struct control *control);

/* Without it, from the run thread */
void control_set_boot_status(struct control *control, uint32_t status);
void control_set_crash(struct control *control, uint32_t pc, uint32_t cause, uint32_t tval);

static inline bool control_reset_pending(struct control *control)
{
	return atomic_load_explicit(&control->reset_pending, memory_order_relaxed);
}

void control_registers(struct control *control, struct reg_map *bar, struct reg_map *core);

#endif /* EDGETPU_BAR_CONTROL_H */
