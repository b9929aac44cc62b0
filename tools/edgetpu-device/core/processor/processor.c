// SPDX-License-Identifier: GPL-2.0-only
/*
 * The control processor: bus, events, and its steps through time. An access that
 * makes no sense is an access fault: the firmware traps, which its author should
 * see.
 */
#include <stdlib.h>
#include <string.h>

#include "core/processor/processor.h"
#include "edgetpu_core.h"

/* Cycles the core runs before somebody looks whether the host wants something */
#define SLICE 4096

/* --- events -------------------------------------------------------------------- */

static uint32_t pending(const struct processor *processor)
{
	uint32_t events = processor->latched;
	unsigned int i;

	for (i = 0; i < processor->num_levels; i++)
		if (processor->levels[i].active(processor->levels[i].opaque))
			events |= processor->levels[i].bit;
	return events;
}

void processor_add_level(struct processor *processor, const struct event_level *level)
{
	processor->levels[processor->num_levels++] = *level;
}

void processor_latch(struct processor *processor, uint32_t events)
{
	processor->latched |= events;
}

void processor_update(struct processor *processor)
{
	processor->rv32.meip = (pending(processor) & processor->enable) != 0;
}

static void timer_fired(void *opaque)
{
	processor_latch(opaque, CORE_EVENT_TIMER);
}

/* --- registers --------------------------------------------------------------- */

static uint32_t read_cycles(void *block, unsigned int i)
{
	struct processor *processor = block;

	(void)i;
	processor->cycles_hi = (uint32_t)(processor->rv32.cycle >> 32);
	return (uint32_t)processor->rv32.cycle;
}

static bool write_crash(void *block, unsigned int i, uint32_t value)
{
	struct processor *processor = block;

	(void)i;
	if (value == 1) {
		processor->state = EDGETPU_CORE_CRASHED;
		processor->rv32.halt = true;
	}
	return true;
}

static uint32_t read_pending(void *block, unsigned int i)
{
	(void)i;
	return pending(block);
}

static bool write_pending(void *block, unsigned int i, uint32_t value)
{
	struct processor *processor = block;

	(void)i;
	processor->latched &= ~value;
	return true;
}

static bool write_timer(void *block, unsigned int i, uint32_t value)
{
	struct processor *processor = block;

	(void)i;
	clock_arm(processor->clock, &processor->timer,
		  value ? processor->rv32.cycle + value : CLOCK_NEVER);
	return true;
}

static const struct reg core_regs[] = {
	{ .offset = CORE_CYCLES_LO, .read = read_cycles },
	{ .offset = CORE_CYCLES_HI, .field = REG_WORD,
	  .member = offsetof(struct processor, cycles_hi) },
	{ .offset = CORE_INSTRET_LO, .field = REG_LO,
	  .member = offsetof(struct processor, rv32.instret) },
	{ .offset = CORE_CRASH, .write = write_crash },
	{ .offset = CORE_EVENT_PENDING, .read = read_pending, .write = write_pending },
	{ .offset = CORE_EVENT_ENABLE, .field = REG_WORD, .writable = true,
	  .member = offsetof(struct processor, enable) },
	{ .offset = CORE_TIMER, .write = write_timer },
};

bool processor_load(void *opaque, uint32_t addr, uint32_t *value)
{
	struct processor *processor = opaque;

	clock_advance(processor->clock, processor->rv32.cycle);
	return registers_read(&processor->bus, addr - EDGETPU_CORE_BASE, value);
}

bool processor_store(void *opaque, uint32_t addr, uint32_t value)
{
	struct processor *processor = opaque;
	const uint64_t next = clock_next(processor->clock);
	bool done;

	clock_advance(processor->clock, processor->rv32.cycle);
	done = registers_write(&processor->bus, addr - EDGETPU_CORE_BASE, value);
	processor_update(processor);
	/* the core must not run past an event that has come closer */
	if (clock_next(processor->clock) < next)
		processor->rv32.stop = true;
	return done;
}

/* --- life ------------------------------------------------------------------------ */

bool processor_init(struct processor *processor)
{
	processor->tcm = calloc(1, EDGETPU_TCM_SIZE);
	processor->timer = (struct clock_event){
		.at = CLOCK_NEVER, .order = UINT32_MAX, .fire = timer_fired, .opaque = processor,
	};
	if (!processor->tcm || !registers_init(&processor->bus, EDGETPU_CORE_SIZE))
		return false;
	registers_add(&processor->bus, core_regs, sizeof(core_regs) / sizeof(core_regs[0]),
		      processor, NULL);
	return true;
}

void processor_free(struct processor *processor)
{
	registers_free(&processor->bus);
	free(processor->tcm);
}

void processor_reset(struct processor *processor)
{
	struct rv32 *rv32 = &processor->rv32;

	memset(processor->tcm, 0, EDGETPU_TCM_SIZE);
	rv32->memory = processor->tcm;
	rv32->memory_base = EDGETPU_TCM_BASE;
	rv32->memory_size = EDGETPU_TCM_SIZE;
	rv32_reset(rv32, EDGETPU_TCM_BASE);
	rv32->load = processor_load;
	rv32->store = processor_store;
	rv32->opaque = processor;
	processor->state = EDGETPU_CORE_RESET;
	processor->hung = false;
	processor->latched = 0;
	processor->enable = 0;
	processor->cycles_hi = 0;
}

void processor_start(struct processor *processor, uint32_t entry, uint64_t cycles)
{
	processor->rv32.pc = entry;
	processor->rv32.cycle += cycles;
	processor->state = EDGETPU_CORE_RUNNING;
}

void processor_hang(struct processor *processor)
{
	processor->hung = true;
}

void processor_trap(struct processor *processor)
{
	processor->rv32.pc = 0;
	processor->rv32.waiting = false;
}

/* The core has nothing to do: time jumps to what happens next. */
static enum processor_stop skip_ahead(struct processor *processor)
{
	const uint64_t next = clock_next(processor->clock);

	if (next == CLOCK_NEVER)
		return PROCESSOR_IDLE;
	if (next > processor->rv32.cycle)
		processor->rv32.cycle = next;
	clock_advance(processor->clock, processor->rv32.cycle);
	processor_update(processor);
	return PROCESSOR_BUSY;
}

enum processor_stop processor_step(struct processor *processor)
{
	struct rv32 *rv32 = &processor->rv32;
	const bool had_irq = rv32->meip;
	uint64_t until = clock_next(processor->clock);
	enum rv32_stop stop;

	if (processor->hung)
		return skip_ahead(processor);
	if (until > rv32->cycle + SLICE)
		until = rv32->cycle + SLICE;
	stop = rv32_run(rv32, until);
	clock_advance(processor->clock, rv32->cycle);
	processor_update(processor);
	if (stop == RV32_HALT)
		return PROCESSOR_HALTED;
	if (stop != RV32_WFI || (rv32->meip && !had_irq))
		return PROCESSOR_BUSY;
	return skip_ahead(processor);
}
