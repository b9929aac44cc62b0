// SPDX-License-Identifier: GPL-2.0-only
/*
 * The trace unit. Records are written where their command's index says, and only
 * those there are: what an earlier flush of the same job wrote stays.
 */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "core/observers/trace.h"

#define STEP_RECORDS	2048
#define STEP_RUNS	1024

/* --- making records -------------------------------------------------------------- */

static void forget(struct trace *trace)
{
	memset(trace->made, 0, ((size_t)trace->count + 63) / 64 * sizeof(trace->made[0]));
	trace->count = 0;
}

static void started(void *opaque)
{
	struct trace *trace = opaque;

	forget(trace);
	trace->zero = trace->clock->now;
}

/* Place of record @index, or NULL when memory is short */
static struct edgetpu_trace *record_at(struct trace *trace, uint32_t index)
{
	struct edgetpu_trace **block = &trace->blocks[index / TRACE_BLOCK];

	if (!*block)
		*block = calloc(TRACE_BLOCK, sizeof(**block));
	return *block ? &(*block)[index % TRACE_BLOCK] : NULL;
}

static void ended(void *opaque, const struct run *run, const struct stream *stream,
		  enum run_end how)
{
	struct trace *trace = opaque;
	struct edgetpu_trace *record;

	if (how != RUN_COMPLETED || run->index >= EDGETPU_MAX_COMMANDS)
		return;
	record = record_at(trace, run->index);
	if (!record)
		return;
	*record = (struct edgetpu_trace){
		.start = htole32((uint32_t)(stream->start - trace->zero)),
		.end = htole32((uint32_t)(trace->clock->now - trace->zero)),
		.issued = htole32((uint32_t)(run->issued - trace->zero)),
		.engine = htole32(run->engine),
		.tag = run->op.command.tag,
		.bytes = htole32((uint32_t)run->bytes),
	};
	trace->made[run->index / 64] |= 1ull << run->index % 64;
	if (run->index >= trace->count)
		trace->count = run->index + 1;
}

/* --- writing them ---------------------------------------------------------------- */

/* The first index from @from on with a record, or without one; trace->count: none */
static uint32_t find(const struct trace *trace, uint32_t from, bool with)
{
	while (from < trace->count) {
		uint64_t word = trace->made[from / 64];

		word = (with ? word : ~word) >> from % 64;
		if (word) {
			from += (uint32_t)__builtin_ctzll(word);
			break;
		}
		from = (from / 64 + 1) * 64;
	}
	return from < trace->count ? from : trace->count;
}

/* Pages of [va, va + len), as a transfer that is about to begin walks them */
static unsigned int walk(struct trace *trace, uint64_t va, uint64_t len)
{
	while (len) {
		uint64_t part = len;
		uint8_t *p;
		unsigned int status = access_map(trace->env->mmu, &trace->access, va, &part, &p);

		if (status)
			return status;
		trace->access.started = true;
		va += part;
		len -= part;
	}
	return EDGETPU_STATUS_OK;
}

/* The run of records from @first on: what its transfer costs, on top of the others */
static void price_run(struct trace *trace, uint32_t first, uint32_t end)
{
	const uint64_t len = (uint64_t)(end - first) * sizeof(struct edgetpu_trace);
	const uint64_t va = trace->va + (uint64_t)first * sizeof(struct edgetpu_trace);
	struct hwmodel_cost cost;

	trace->access.walks = (struct hwmodel_walks){ 0 };
	if (!trace->outcome)
		trace->outcome = walk(trace, va, len);
	hwmodel_transfer(trace->env->model, va, len, &trace->access.walks, &cost);
	trace->cost.cycles += cost.cycles;
	trace->cost.dram_cycles += cost.dram_cycles;
	trace->cost.dram_bytes += cost.dram_bytes;
	trace->cost.bytes += cost.bytes;
	trace->records += end - first;
}

/*
 * Records side by side are one transfer; each waits for the one before it. All are
 * looked at before the first begins, in no time of the model's but some of the host's.
 */
static void price(void *opaque)
{
	struct trace *trace = opaque;
	unsigned int i;

	hostport_lock(trace->env->mmu->port);
	for (i = 0; i < STEP_RUNS && trace->next < trace->count; i++) {
		const uint32_t end = find(trace, trace->next, false);

		price_run(trace, trace->next, end);
		trace->next = find(trace, end, true);
	}
	hostport_unlock(trace->env->mmu->port);
	if (trace->next < trace->count) {
		clock_arm(trace->clock, &trace->look, trace->clock->now);
		return;
	}
	trace->steps = (trace->records + STEP_RECORDS - 1) / STEP_RECORDS;
	/* what can be reached is written, all the way to the page at fault */
	trace->outcome = EDGETPU_STATUS_OK;
	trace->access.again = true;
	trace->next = 0;
	trace->began(trace->opaque, &trace->cost, true);
	stream_begin(&trace->stream, &trace->cost, trace->steps ? UINT64_MAX : 0);
}

/* Up to @room records that stand side by side; how many there were */
static uint32_t write_some(struct trace *trace, uint32_t room)
{
	const uint32_t first = find(trace, trace->next, true), end = find(trace, first, false);
	uint32_t n = end - first;

	if (n > TRACE_BLOCK - first % TRACE_BLOCK)
		n = TRACE_BLOCK - first % TRACE_BLOCK;
	if (n > room)
		n = room;
	trace->next = first + n;
	if (n)
		trace->outcome = access_copy(trace->env->mmu, &trace->access,
					     trace->va + (uint64_t)first * sizeof(struct edgetpu_trace),
					     record_at(trace, first), n * sizeof(struct edgetpu_trace));
	return n;
}

static void reached(void *opaque)
{
	struct trace *trace = opaque;
	uint32_t room = STEP_RECORDS;

	if (trace->step == trace->steps) {
		stream_end(&trace->stream);
		trace->status = trace->outcome;
		return;
	}
	while (room && !trace->outcome) {
		const uint32_t n = write_some(trace, room);

		if (!n)
			break;
		room -= n;
	}
	trace->step++;
	stream_next(&trace->stream, stream_point(&trace->stream, trace->step, trace->steps));
}

static uint32_t read_flush(void *block, unsigned int i)
{
	const struct trace *trace = block;

	(void)i;
	return trace->status;
}

static bool write_flush(void *block, unsigned int i, uint32_t number)
{
	struct trace *trace = block;
	const uint64_t len = (uint64_t)trace->count * sizeof(struct edgetpu_trace);
	const struct region *region;

	(void)i;
	if (trace->status == CORE_CDMA_BUSY)
		return true;
	region = &trace->env->regions->region[number % EDGETPU_NUM_REGIONS];
	if (number == EDGETPU_REGION_COMMAND || number >= EDGETPU_NUM_REGIONS ||
	    !(region->flags & EDGETPU_REGION_WRITE) || region->size < len) {
		trace->status = EDGETPU_STATUS_BAD_REGION;
		return true;
	}
	trace->access = (struct access){
		.context = trace->env->regions->context, .right = EDGETPU_PTE_WRITE, .write = true,
	};
	trace->va = region->va;
	trace->outcome = EDGETPU_STATUS_OK;
	trace->next = find(trace, 0, true);
	trace->step = 0;
	trace->records = 0;
	memset(&trace->cost, 0, sizeof(trace->cost));
	trace->status = CORE_CDMA_BUSY;
	clock_arm(trace->clock, &trace->look, trace->clock->now);
	return true;
}

static const struct reg core_regs[] = {
	{ .offset = CORE_TRACE_FLUSH, .read = read_flush, .write = write_flush },
	{ .offset = CORE_TRACE_ZERO_LO, .field = REG_LO, .writable = true,
	  .member = offsetof(struct trace, zero) },
	{ .offset = CORE_TRACE_ZERO_HI, .field = REG_HI, .writable = true,
	  .member = offsetof(struct trace, zero) },
};

/* --- life ------------------------------------------------------------------------ */

void trace_watch(struct trace *trace, struct engines *engines, struct arbiter *arbiter)
{
	const struct observer observer = { .started = started, .ended = ended, .opaque = trace };

	engines_observe(engines, &observer);
	arbiter_add(arbiter, &trace->stream, reached, trace);
	trace->look = (struct clock_event){
		.at = CLOCK_NEVER, .order = ARBITER_ORDER_OTHERS, .fire = price, .opaque = trace,
	};
}

void trace_reset(struct trace *trace)
{
	trace->status = EDGETPU_STATUS_OK;
}

void trace_free(struct trace *trace)
{
	unsigned int i;

	for (i = 0; i < TRACE_BLOCKS; i++)
		free(trace->blocks[i]);
}

void trace_registers(struct trace *trace, struct reg_map *core)
{
	registers_add(core, core_regs, sizeof(core_regs) / sizeof(core_regs[0]), trace, NULL);
}
