// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cycles at work or waiting, the work done, and what it took.
 */
#include <string.h>

#include "core/observers/counters.h"

#define PROGRESS_UNIT 4096

static void started(void *opaque)
{
	struct counters *counters = opaque;

	memset(counters->engine, 0, sizeof(counters->engine));
	counters->misses = counters->mmu->misses;
	counters->read = 0;
	counters->written = 0;
	counters->energy = 0;
}

static void began(void *opaque, const struct run *run, const struct stream *stream)
{
	struct counters *counters = opaque;
	struct engine_counts *engine = &counters->engine[run->engine];

	engine->running = stream;
	engine->stalled += stream->start - (run->ready > engine->free ? run->ready : engine->free);
}

static void moved(struct counters *counters, uint64_t bytes, bool to_host)
{
	if (to_host)
		counters->written += bytes;
	else
		counters->read += bytes;
}

/* Of @n, which all of the stream's work makes, the share of what was done; without overflow */
static uint64_t share(uint64_t n, const struct stream *stream)
{
	const uint64_t all = stream->all / HWMODEL_RATE_ONE;
	const uint64_t done = stream_done(stream) / HWMODEL_RATE_ONE;

	return n / all * done + n % all * done / all;
}

static void ended(void *opaque, const struct run *run, const struct stream *stream,
		  enum run_end how)
{
	struct counters *counters = opaque;
	struct engine_counts *engine = &counters->engine[run->engine];
	const uint64_t cycles = counters->clock->now - stream->start;
	const bool stopped = how == RUN_STOPPED;

	engine->running = NULL;
	engine->done += stream_done(stream);
	engine->busy += cycles;
	engine->stalled += cycles > run->cycles ? cycles - run->cycles : 0;
	engine->free = counters->clock->now;
	moved(counters, stopped ? share(run->bytes, stream) : run->bytes,
	      run->engine == EDGETPU_ENGINE_STORE);
	counters->energy += stopped ? share(run->energy, stream) : run->energy;
}

void counters_transfer(struct counters *counters, const struct hwmodel_cost *cost, bool to_host)
{
	moved(counters, cost->bytes, to_host);
	counters->energy += hwmodel_dynamic_tenths(cost);
}

void counters_watch(struct counters *counters, struct engines *engines)
{
	const struct observer observer = {
		.started = started, .began = began, .ended = ended, .opaque = counters,
	};

	engines_observe(engines, &observer);
}

static uint32_t saturated(uint64_t n)
{
	return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

static uint32_t read_busy(void *block, unsigned int e)
{
	const struct counters *counters = block;
	const struct engine_counts *engine = &counters->engine[e];
	const struct stream *stream = engine->running;

	return saturated(engine->busy + (stream ? counters->clock->now - stream->start : 0));
}

static uint32_t read_progress(void *block, unsigned int e)
{
	const struct counters *counters = block;
	const struct engine_counts *engine = &counters->engine[e];
	const uint64_t done = engine->done + (engine->running ? stream_done(engine->running) : 0);

	return (uint32_t)(done / (PROGRESS_UNIT * (uint64_t)HWMODEL_RATE_ONE));
}

static uint32_t read_stalled(void *block, unsigned int e)
{
	const struct counters *counters = block;

	return saturated(counters->engine[e].stalled);
}

static uint32_t read_misses(void *block, unsigned int i)
{
	const struct counters *counters = block;

	(void)i;
	return saturated(counters->mmu->misses - counters->misses);
}

#define EACH(reg) \
	.offset = CORE_ENGINE(0) + CORE_ENGINE_##reg, .count = EDGETPU_NUM_ENGINES, \
	.stride = CORE_ENGINE(1) - CORE_ENGINE(0)
#define HALF(reg, half, name) \
	.offset = CORE_COUNT_##reg##_##half, .field = REG_##half, \
	.member = offsetof(struct counters, name)

static const struct reg core_regs[] = {
	{ EACH(BUSY_CYCLES), .read = read_busy },
	{ EACH(PROGRESS), .read = read_progress },
	{ EACH(STALL_CYCLES), .read = read_stalled },
	{ .offset = CORE_COUNT_MISSES, .read = read_misses },
	{ HALF(READ, LO, read) },
	{ HALF(READ, HI, read) },
	{ HALF(WRITTEN, LO, written) },
	{ HALF(WRITTEN, HI, written) },
	{ HALF(ENERGY, LO, energy) },
	{ HALF(ENERGY, HI, energy) },
};

void counters_registers(struct counters *counters, struct reg_map *core)
{
	registers_add(core, core_regs, sizeof(core_regs) / sizeof(core_regs[0]), counters, NULL);
}
