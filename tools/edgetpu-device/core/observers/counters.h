/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What each engine did for the job: cycles at work, and how far that got.
 */
#ifndef EDGETPU_COUNTERS_H
#define EDGETPU_COUNTERS_H

#include "core/engines/engines.h"

/**
 * struct counters - since JOB_START
 * @clock: time
 * @busy: cycles of commands that ended
 * @done: their work, as struct stream counts it
 * @running: work under way, or NULL
 */
struct counters {
	const struct clock *clock;
	uint64_t busy[EDGETPU_NUM_ENGINES];
	uint64_t done[EDGETPU_NUM_ENGINES];
	const struct stream *running[EDGETPU_NUM_ENGINES];
};

void counters_watch(struct counters *counters, struct engines *engines);

/* For the control processor */
void counters_registers(struct counters *counters, struct reg_map *core);

#endif /* EDGETPU_COUNTERS_H */
