/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The control processor with its memory, its bus of registers and its events. Its
 * cycle is the time.
 */
#ifndef EDGETPU_PROCESSOR_H
#define EDGETPU_PROCESSOR_H

#include "core/clock.h"
#include "core/processor/rv32.h"
#include "core/registers.h"

/**
 * struct event_level - an event that shows a level
 * @bit: CORE_EVENT_*
 * @active: is it so?
 * @opaque: for @active
 */
struct event_level {
	uint32_t bit;
	bool (*active)(void *opaque);
	void *opaque;
};

#define PROCESSOR_MAX_LEVELS 4

/**
 * struct processor - the core and what belongs to it
 * @rv32: the core
 * @tcm: its memory
 * @state: EDGETPU_CORE_*
 * @hung: it executes nothing any more
 * @clock: time
 * @bus: registers at EDGETPU_CORE_BASE
 * @latched: CORE_EVENT_* that stay until cleared
 * @enable: EVENT_ENABLE
 * @levels: the others
 * @num_levels: how many
 * @timer: TIMER
 * @cycles_hi: latched by CYCLES_LO
 */
struct processor {
	struct rv32 rv32;
	uint8_t *tcm;
	uint32_t state;
	bool hung;
	struct clock *clock;
	struct reg_map bus;
	uint32_t latched;
	uint32_t enable;
	struct event_level levels[PROCESSOR_MAX_LEVELS];
	unsigned int num_levels;
	struct clock_event timer;
	uint32_t cycles_hi;
};

/* How far the core got */
enum processor_stop {
	PROCESSOR_BUSY,		/* it goes on */
	PROCESSOR_HALTED,	/* it stopped for good */
	PROCESSOR_IDLE,		/* it waits, and nothing else will happen either */
};

/* False when memory is short. The clock is set. */
bool processor_init(struct processor *processor);
void processor_free(struct processor *processor);
/* Stopped, TCM cleared; the clock was reset. */
void processor_reset(struct processor *processor);
/* Released at @entry, after the boot ROM's @cycles. */
void processor_start(struct processor *processor, uint32_t entry, uint64_t cycles);

/* Faults: the core stops where it is, or goes on where there is no memory. */
void processor_hang(struct processor *processor);
void processor_trap(struct processor *processor);

void processor_add_level(struct processor *processor, const struct event_level *level);
/* CORE_EVENT_* happened. */
void processor_latch(struct processor *processor, uint32_t events);
/* The external interrupt follows the events. */
void processor_update(struct processor *processor);

/* Runs until the next event, or for as long as the host may be kept waiting. */
enum processor_stop processor_step(struct processor *processor);

/* One access of the bus, as the core makes it: false is an access fault. */
bool processor_load(void *opaque, uint32_t addr, uint32_t *value);
bool processor_store(void *opaque, uint32_t addr, uint32_t value);

#endif /* EDGETPU_PROCESSOR_H */
