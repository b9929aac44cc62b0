/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The four engines together: what they were given, how far they are, what
 * stopped one of them.
 */
#ifndef FW_ENGINE_H
#define FW_ENGINE_H

#include "regs.h"

#define ENGINES_ALL	((1u << EDGETPU_NUM_ENGINES) - 1)

/**
 * struct fault - why a job ended early
 * @status: EDGETPU_STATUS_*; OK: it did not
 * @engine: EDGETPU_ENGINE_*
 * @command: index
 * @va: address, where the status has one
 */
struct fault {
	uint32_t status;
	uint32_t engine;
	uint32_t command;
	uint64_t va;
};

/* Forgets counts, faults and trace of the job before; the engines are idle. */
void engines_begin(void);

/*
 * The same, but for a job that goes on: @completed commands of each engine are
 * behind it, and its trace counts from @trace_zero.
 */
void engines_continue(const uint32_t completed[EDGETPU_NUM_ENGINES], uint64_t trace_zero);

/* Drops what is queued, stops what runs, clears faults: idle when it returns. */
void engines_stop(void);

/* Drops what is queued; what runs goes on to its end. */
void engines_drop(void);

/* Index of the first command of engine @e that engines_drop() dropped, or @none */
uint32_t engine_dropped(uint32_t e, uint32_t none);

bool engines_idle(void);

/* Commands completed since engines_begin(), and before engines_continue() */
uint32_t engine_completed(uint32_t e);
uint32_t engines_completed(void);

/* Grows while an engine is at work, also inside a command. */
uint32_t engines_progress(void);

/* Cycles engine @e was at work since engines_begin() */
uint32_t engine_busy(uint32_t e);

/* Cycles its commands waited or were slowed down since then */
uint32_t engine_stalled(uint32_t e);

/* Adds what was done since engines_begin(): bytes, energy, misses. */
void engines_count(struct edgetpu_counts *counts);

/* What the commands' region numbers stand for: one, or all EDGETPU_NUM_REGIONS */
void engines_set_region(uint32_t number, const struct edgetpu_region *region);
void engines_set_regions(const struct edgetpu_region *regions);

/* Engines with news since the last call, a bit each */
uint32_t engines_news(void);

/*
 * Fills in @fault if one of @engines has stopped at one; with several, and with
 * what @fault has already, that of the earliest command.
 */
void engines_find_fault(uint32_t engines, struct fault *fault);

/* Starts to write the trace to a region of the job. */
void engines_flush_trace(uint32_t region);

/* CORE_CDMA_BUSY while that is under way, then EDGETPU_STATUS_* */
uint32_t engines_flush_status(void);

/* Cycle from which the trace counts */
uint64_t engines_trace_zero(void);

#endif /* FW_ENGINE_H */
