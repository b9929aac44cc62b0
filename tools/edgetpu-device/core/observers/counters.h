/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What was done for the job: cycles that each engine was at work or waited, how far it
 * got, and what all of it moved and took. Watching costs no model time.
 */
#ifndef EDGETPU_COUNTERS_H
#define EDGETPU_COUNTERS_H

#include "core/engines/engines.h"

/**
 * struct engine_counts - of one engine, since JOB_START
 * @busy: cycles of commands that ended
 * @stalled: cycles that commands waited to begin, or took longer than alone
 * @done: work of those that ended, as struct stream counts it
 * @free: cycle at which the last one ended
 * @running: work under way, or NULL
 */
struct engine_counts {
	uint64_t busy;
	uint64_t stalled;
	uint64_t done;
	uint64_t free;
	const struct stream *running;
};

/**
 * struct counters - since JOB_START
 * @clock: time
 * @mmu: counts misses
 * @engine: each
 * @misses: those of @mmu at JOB_START
 * @read: bytes of host memory
 * @written: bytes of host memory
 * @energy: in tenths of a picojoule
 */
struct counters {
	const struct clock *clock;
	const struct mmu *mmu;
	struct engine_counts engine[EDGETPU_NUM_ENGINES];
	uint64_t misses;
	uint64_t read;
	uint64_t written;
	uint64_t energy;
};

void counters_watch(struct counters *counters, struct engines *engines);

/* A transfer begins that is no command's. */
void counters_transfer(struct counters *counters, const struct hwmodel_cost *cost, bool to_host);

/* For the control processor */
void counters_registers(struct counters *counters, struct reg_map *core);

#endif /* EDGETPU_COUNTERS_H */
