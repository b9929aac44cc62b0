// SPDX-License-Identifier: GPL-2.0-only
/*
 * Model time of everything beside the core. The core's cycle is the clock;
 * engines and transfers are streams of work that go on between the core's
 * looks at them, from one event (a command begins or ends) to the next. How
 * fast a stream goes depends on the others that run (hwmodel_rate()), so it is
 * settled at every event. All of it is integer arithmetic: the same stream of
 * commands takes the same cycles everywhere.
 */
#include "internal.h"

/* Work done since the last event is taken off. */
static void settle(struct edgetpu_device *dev, uint64_t cycle)
{
	const uint64_t passed = cycle - dev->now;
	unsigned int i;

	if (cycle <= dev->now)
		return;
	for (i = 0; i < NUM_STREAMS; i++) {
		struct stream *s = &dev->streams[i];

		if (s->running)
			s->work = s->work > passed * s->rate ? s->work - passed * s->rate : 0;
	}
	dev->now = cycle;
}

/* Speeds and times of completion for the streams that run now. */
static void replan(struct edgetpu_device *dev)
{
	struct hwmodel_load all = { 0 };
	unsigned int i;

	for (i = 0; i < NUM_STREAMS; i++) {
		if (dev->streams[i].running) {
			all.sram += dev->streams[i].load.sram;
			all.dram += dev->streams[i].load.dram;
		}
	}
	for (i = 0; i < NUM_STREAMS; i++) {
		struct stream *s = &dev->streams[i];

		if (!s->running)
			continue;
		s->rate = hwmodel_rate(&s->load, &all);
		s->finish = dev->now + (s->work + s->rate - 1) / s->rate;
	}
}

static void find_next(struct edgetpu_device *dev)
{
	uint64_t next = NEVER;
	unsigned int i;

	for (i = 0; i < NUM_STREAMS; i++)
		if (dev->streams[i].running && dev->streams[i].finish < next)
			next = dev->streams[i].finish;
	for (i = 0; i < EDGETPU_NUM_ENGINES; i++) {
		uint64_t start = engine_start_time(dev, i);

		if (start < next)
			next = start;
	}
	dev->next = next;
}

void time_settle(struct edgetpu_device *dev)
{
	settle(dev, dev->core.cycle);
}

void time_replan(struct edgetpu_device *dev)
{
	settle(dev, dev->core.cycle);
	replan(dev);
	find_next(dev);
}

void stream_begin(struct edgetpu_device *dev, unsigned int stream,
		  const struct hwmodel_cost *cost)
{
	dev->streams[stream] = (struct stream){
		.running = true,
		.start = dev->now,
		.work = cost->cycles * HWMODEL_RATE_ONE,
		.load = hwmodel_load(cost),
		.rate = HWMODEL_RATE_ONE,
	};
}

static void finish(struct edgetpu_device *dev, unsigned int stream)
{
	dev->streams[stream].running = false;
	if (stream == STREAM_CDMA)
		cdma_finish(dev);
	else if (stream == STREAM_FLUSH)
		trace_finish(dev);
	else
		engine_finish(dev, stream);
}

/* What ends at dev->now, then what may begin: a completion can be what a command waits for. */
static void handle_events(struct edgetpu_device *dev)
{
	unsigned int i;

	for (i = 0; i < NUM_STREAMS; i++)
		if (dev->streams[i].running && dev->streams[i].finish <= dev->now)
			finish(dev, i);
	for (i = 0; i < EDGETPU_NUM_ENGINES; i++)
		if (engine_start_time(dev, i) <= dev->now)
			engine_start(dev, i);
}

void time_advance(struct edgetpu_device *dev, uint64_t cycle)
{
	while (dev->next <= cycle && !host_reset_pending(dev)) {
		settle(dev, dev->next);
		handle_events(dev);
		replan(dev);
		find_next(dev);
	}
	if (dev->timer <= cycle) {
		dev->timer = NEVER;
		dev->events |= CORE_EVENT_TIMER;
	}
}

uint64_t time_next(const struct edgetpu_device *dev)
{
	return dev->timer < dev->next ? dev->timer : dev->next;
}
