// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who runs how fast.
 */
#include "core/engines/arbiter.h"

void arbiter_add(struct arbiter *arbiter, struct stream *stream, void (*reached)(void *opaque),
		 void *opaque)
{
	stream->arbiter = arbiter;
	stream->event = (struct clock_event){
		.at = CLOCK_NEVER, .order = arbiter->num, .fire = reached, .opaque = opaque,
	};
	arbiter->streams[arbiter->num++] = stream;
}

void arbiter_reset(struct arbiter *arbiter)
{
	unsigned int i;

	for (i = 0; i < arbiter->num; i++) {
		clock_arm(arbiter->clock, &arbiter->streams[i]->event, CLOCK_NEVER);
		arbiter->streams[i]->running = false;
	}
	arbiter->settled = 0;
}

static uint64_t take_off(uint64_t left, uint64_t cycles, uint32_t rate)
{
	return left > cycles * rate ? left - cycles * rate : 0;
}

void arbiter_settle(struct arbiter *arbiter)
{
	const uint64_t passed = arbiter->clock->now - arbiter->settled;
	unsigned int i;

	if (passed && arbiter->passing)
		arbiter->passing(arbiter->opaque, passed);
	for (i = 0; i < arbiter->num; i++) {
		struct stream *s = arbiter->streams[i];

		if (s->running && !s->stalled)
			s->left = take_off(s->left, passed, s->rate);
	}
	arbiter->settled = arbiter->clock->now;
}

static void arm(struct stream *s)
{
	const uint64_t work = s->left > s->point ? s->left - s->point : 0;

	clock_arm(s->arbiter->clock, &s->event, s->stalled ? CLOCK_NEVER :
		  s->arbiter->settled + (work + s->rate - 1) / s->rate);
}

/* Speeds of those that run now, and when each reaches its point */
static void plan(struct arbiter *arbiter)
{
	struct hwmodel_load all = { 0 };
	unsigned int i;

	for (i = 0; i < arbiter->num; i++) {
		if (arbiter->streams[i]->running) {
			all.sram += arbiter->streams[i]->load.sram;
			all.dram += arbiter->streams[i]->load.dram;
		}
	}
	for (i = 0; i < arbiter->num; i++) {
		struct stream *s = arbiter->streams[i];

		if (!s->running)
			continue;
		s->rate = hwmodel_rate(&s->load, &all);
		arm(s);
	}
}

void stream_begin(struct stream *stream, const struct hwmodel_cost *cost, uint64_t point)
{
	arbiter_settle(stream->arbiter);
	stream->running = true;
	stream->stalled = false;
	stream->start = stream->arbiter->clock->now;
	stream->all = cost->cycles * HWMODEL_RATE_ONE;
	stream->left = stream->all;
	stream->point = point;
	stream->load = hwmodel_load(cost);
	stream->pj = hwmodel_dynamic_pj(cost);
	stream->memory_pj = hwmodel_memory_pj(cost);
	plan(stream->arbiter);
}

void stream_next(struct stream *stream, uint64_t point)
{
	arbiter_settle(stream->arbiter);
	stream->point = point;
	arm(stream);
}

void stream_stall(struct stream *stream)
{
	arbiter_settle(stream->arbiter);
	stream->stalled = true;
	arm(stream);
}

void stream_end(struct stream *stream)
{
	arbiter_settle(stream->arbiter);
	stream->running = false;
	clock_arm(stream->arbiter->clock, &stream->event, CLOCK_NEVER);
	plan(stream->arbiter);
}

uint64_t stream_point(const struct stream *stream, uint64_t step, uint64_t steps)
{
	return stream->all / steps * (steps - step);
}

uint64_t stream_work(const struct stream *stream, uint64_t cycles)
{
	return stream->stalled ? 0 : stream->left - take_off(stream->left, cycles, stream->rate);
}

uint64_t stream_done(const struct stream *stream)
{
	const struct arbiter *arbiter = stream->arbiter;

	if (stream->stalled)
		return stream->all - stream->left;
	return stream->all - take_off(stream->left, arbiter->clock->now - arbiter->settled,
				      stream->rate);
}
