// SPDX-License-Identifier: GPL-2.0-only
/*
 * The debug window.
 */
#include <endian.h>
#include <string.h>

#include "core/processor/debug.h"
#include "edgetpu_core.h"

void debug_open(struct debug *debug, bool open)
{
	pthread_mutex_lock(debug->mutex);
	debug->open = open;
	if (!open)
		debug->at = 0;
	debug->halt = false;
	pthread_mutex_unlock(debug->mutex);
}

bool debug_take_halt(struct debug *debug)
{
	bool halt;

	pthread_mutex_lock(debug->mutex);
	halt = debug->halt;
	debug->halt = false;
	pthread_mutex_unlock(debug->mutex);
	return halt;
}

static bool write_halt(void *block, unsigned int i, uint32_t value)
{
	struct debug *debug = block;

	(void)i;
	if (value != 1)
		return true;
	debug->halt = true;
	debug->called(debug->opaque);
	return true;
}

static bool write_at(void *block, unsigned int i, uint32_t value)
{
	struct debug *debug = block;

	(void)i;
	debug->at = value & (EDGETPU_TCM_SIZE - 1) & ~(EDGETPU_DEBUG_WINDOW_SIZE - 1u);
	return true;
}

static uint32_t read_window(void *block, unsigned int i)
{
	const struct debug *debug = block;
	uint32_t word = 0;

	if (debug->open)
		memcpy(&word, debug->tcm + debug->at + i * sizeof(word), sizeof(word));
	return le32toh(word);
}

static const struct reg bar_regs[] = {
	{ .offset = EDGETPU_REG_DEBUG_HALT, .write = write_halt },
	{ .offset = EDGETPU_REG_DEBUG_TCM, .field = REG_WORD, .write = write_at,
	  .member = offsetof(struct debug, at) },
	{ .offset = EDGETPU_REG_DEBUG_WINDOW, .count = EDGETPU_DEBUG_WINDOW_SIZE / 4,
	  .read = read_window },
};

void debug_registers(struct debug *debug, struct reg_map *bar)
{
	registers_add(bar, bar_regs, sizeof(bar_regs) / sizeof(bar_regs[0]), debug, debug->mutex);
}
