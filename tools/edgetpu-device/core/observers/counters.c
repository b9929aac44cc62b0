// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cycles at work.
 */
#include <string.h>

#include "core/observers/counters.h"

static void started(void *opaque)
{
	struct counters *counters = opaque;

	memset(counters->busy, 0, sizeof(counters->busy));
	memset(counters->running, 0, sizeof(counters->running));
}

static void began(void *opaque, const struct run *run, const struct stream *stream)
{
	struct counters *counters = opaque;

	counters->running[run->engine] = stream;
}

static void ended(void *opaque, const struct run *run, const struct stream *stream,
		  enum run_end how)
{
	struct counters *counters = opaque;

	counters->running[run->engine] = NULL;
	if (how != RUN_STOPPED)
		counters->busy[run->engine] += counters->clock->now - stream->start;
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
	const struct stream *stream = counters->running[e];

	return saturated(counters->busy[e] + (stream ? counters->clock->now - stream->start : 0));
}

static const struct reg core_regs[] = {
	{ .offset = CORE_ENGINE(0) + CORE_ENGINE_BUSY_CYCLES, .count = EDGETPU_NUM_ENGINES,
	  .stride = CORE_ENGINE(1) - CORE_ENGINE(0), .read = read_busy },
};

void counters_registers(struct counters *counters, struct reg_map *core)
{
	registers_add(core, core_regs, sizeof(core_regs) / sizeof(core_regs[0]), counters, NULL);
}
