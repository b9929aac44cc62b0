/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host's look at a control processor that has stopped, and its way to stop one.
 */
#ifndef EDGETPU_DEBUG_H
#define EDGETPU_DEBUG_H

#include "core/registers.h"

/**
 * struct debug - registers and notes
 * @mutex: for all that follows
 * @called: the host left something that the run thread should look at; called with
 *	the mutex held
 * @opaque: for @called
 * @tcm: what the window shows
 * @open: the core has stopped, so that nobody changes that
 * @halt: DEBUG_HALT was written
 * @at: DEBUG_TCM
 */
struct debug {
	pthread_mutex_t *mutex;
	void (*called)(void *opaque);
	void *opaque;
	const uint8_t *tcm;
	bool open;
	bool halt;
	uint32_t at;
};

/* From the run thread: may the host look? */
void debug_open(struct debug *debug, bool open);
/* Was the core to be stopped? It is not asked twice. */
bool debug_take_halt(struct debug *debug);

/* For the host */
void debug_registers(struct debug *debug, struct reg_map *bar);

#endif /* EDGETPU_DEBUG_H */
