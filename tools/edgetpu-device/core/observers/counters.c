// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cycles at work, and the work done in them.
 */
#include <string.h>

#include "core/observers/counters.h"

#define PROGRESS_UNIT 4096

static void started(void *opaque)
{
	struct counters *counters = opaque;

	memset(counters->busy, 0, sizeof(counters->busy));
	memset(counters->done, 0, sizeof(counters->done));
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
	counters->done[run->engine] += stream_done(stream);
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

static uint32_t read_progress(void *block, unsigned int e)
{
	const struct counters *counters = block;
	const struct stream *stream = counters->running[e];
	const uint64_t done = counters->done[e] + (stream ? stream_done(stream) : 0);

	return (uint32_t)(done / (PROGRESS_UNIT * (uint64_t)HWMODEL_RATE_ONE));
}

#define EACH(reg) \
	.offset = CORE_ENGINE(0) + CORE_ENGINE_##reg, .count = EDGETPU_NUM_ENGINES, \
	.stride = CORE_ENGINE(1) - CORE_ENGINE(0)

static const struct reg core_regs[] = {
	{ EACH(BUSY_CYCLES), .read = read_busy },
	{ EACH(PROGRESS), .read = read_progress },
};

void counters_registers(struct counters *counters, struct reg_map *core)
{
	registers_add(core, core_regs, sizeof(core_regs) / sizeof(core_regs[0]), counters, NULL);
}
