/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The trace unit: when each command of the job ran, kept until the control
 * processor has it written to the job's memory.
 */
#ifndef EDGETPU_TRACE_H
#define EDGETPU_TRACE_H

#include "core/engines/engines.h"

#define TRACE_BLOCK	4096	/* records; memory comes in such blocks */
#define TRACE_BLOCKS	(EDGETPU_MAX_COMMANDS / TRACE_BLOCK)

/**
 * struct trace - records of the job, and the transfer that writes them
 * @env: the way to the job's memory
 * @clock: time
 * @began: told what a transfer costs that begins
 * @opaque: for it
 * @stream: the transfer
 * @blocks: records by index; NULL: none yet
 * @made: a bit for each there is
 * @count: one above the highest
 * @zero: cycle they count from
 * @status: TRACE_FLUSH
 * @access: the transfer's way through the MMU
 * @va: where record 0 goes
 * @look: goes through the records before the transfer begins
 * @cost: of the transfer
 * @records: of the transfer
 * @next: index to go on with
 * @step: steps done
 * @steps: steps there are
 * @outcome: how it will end, as far as is known
 */
struct trace {
	const struct unit_env *env;
	struct clock *clock;
	void (*began)(void *opaque, const struct hwmodel_cost *cost, bool to_host);
	void *opaque;
	struct stream stream;
	struct edgetpu_trace *blocks[TRACE_BLOCKS];
	uint64_t made[EDGETPU_MAX_COMMANDS / 64];
	uint32_t count;
	uint64_t zero;
	uint32_t status;
	struct access access;
	uint64_t va;
	struct clock_event look;
	struct hwmodel_cost cost;
	uint32_t records;
	uint32_t next;
	uint32_t step;
	uint32_t steps;
	uint32_t outcome;
};

void trace_watch(struct trace *trace, struct engines *engines, struct arbiter *arbiter);
/* As after power-on; the arbiter and the engines were reset. */
void trace_reset(struct trace *trace);
void trace_free(struct trace *trace);

/* For the control processor */
void trace_registers(struct trace *trace, struct reg_map *core);

#endif /* EDGETPU_TRACE_H */
