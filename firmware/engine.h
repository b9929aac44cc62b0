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

/* Drops what is queued, stops what runs, clears faults: idle when it returns. */
void engines_reset(void);

bool engines_idle(void);

/* Commands completed since engines_begin() */
uint32_t engines_completed(void);

/* Cycles engine @e was at work since engines_begin() */
uint32_t engine_busy(uint32_t e);

/* What the commands' region numbers stand for, all EDGETPU_NUM_REGIONS */
void engines_set_regions(const struct edgetpu_region *regions);

/* Engines with news since the last call, a bit each */
uint32_t engines_news(void);

/*
 * Fills in @fault if one of @engines has stopped at one; with several, and with
 * what @fault has already, that of the earliest command.
 */
void engines_find_fault(uint32_t engines, struct fault *fault);

/* Writes the trace to a region of the job; returns EDGETPU_STATUS_*. */
uint32_t engines_flush_trace(uint32_t region);

#endif /* FW_ENGINE_H */
