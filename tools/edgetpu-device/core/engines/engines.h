/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The engines: a queue each, commands that wait for each other, completions and
 * faults. Those who want to know of commands watch.
 */
#ifndef EDGETPU_ENGINES_H
#define EDGETPU_ENGINES_H

#include <stdbool.h>
#include <stdint.h>

#include "core/clock.h"
#include "core/engines/arbiter.h"
#include "core/registers.h"
#include "core/units/unit.h"
#include "edgetpu_core.h"

struct queued {
	struct edgetpu_command command;
	uint32_t index;
	uint64_t ready;		/* when it has arrived in the queue */
	uint64_t issued;	/* when it was pushed */
};

/**
 * struct run - a command at work
 * @engine: whose
 * @index: its number in the stream
 * @issued: cycle it was pushed
 * @ready: cycle it had arrived in the queue
 * @cycles: it takes alone
 * @bytes: its payload to or from host memory
 * @energy: of its work, in tenths of a picojoule
 * @step: steps of its work done
 * @op: the command
 */
struct run {
	unsigned int engine;
	uint32_t index;
	uint64_t issued;
	uint64_t ready;
	uint64_t cycles;
	uint64_t bytes;
	uint64_t energy;
	uint64_t step;
	struct op op;
};

/* How a run ended */
enum run_end {
	RUN_COMPLETED,
	RUN_FAULTED,
	RUN_STOPPED,	/* half way, by the control processor */
};

/**
 * struct observer - one that watches commands; any of these may be NULL
 * @started: a job's count begins
 * @began: decoded, and about to run for stream->all
 * @ended: it is over
 * @opaque: for all of them
 */
struct observer {
	void (*started)(void *opaque);
	void (*began)(void *opaque, const struct run *run, const struct stream *stream);
	void (*ended)(void *opaque, const struct run *run, const struct stream *stream,
		      enum run_end how);
	void *opaque;
};

#define ENGINES_MAX_OBSERVERS 5

/**
 * struct engine - one engine and its queue
 * @queue: ring of commands that wait
 * @head: the oldest
 * @count: how many
 * @preparing: the one that begins looks ahead
 * @hang: the command that runs, or the next, never ends
 * @run: the command that begins or runs
 * @stream: its work
 * @start: when the head of the queue may start
 * @engines: all of them
 * @index: INDEX
 * @completed: COMPLETED
 * @dropped: DROPPED
 * @fault: FAULT
 * @fault_command: FAULT_COMMAND
 * @fault_addr: FAULT_LO, _HI
 */
struct engine {
	struct queued queue[CORE_ENGINE_DEPTH];
	unsigned int head;
	unsigned int count;
	bool preparing;
	bool hang;
	struct run run;
	struct stream stream;
	struct clock_event start;
	struct engines *engines;
	uint32_t index;
	uint32_t completed;
	uint32_t dropped;
	uint32_t fault;
	uint32_t fault_command;
	uint64_t fault_addr;
};

/**
 * struct engines - all of them
 * @engine: each
 * @env: what commands reach
 * @clock: time
 * @tcm: where pushed commands come from
 * @limit: COMMAND_LIMIT
 * @events: ENGINE_EVENTS
 * @observers: who watches
 * @num_observers: how many
 */
struct engines {
	struct engine engine[EDGETPU_NUM_ENGINES];
	struct unit_env env;
	struct clock *clock;
	const uint8_t *tcm;
	uint32_t limit;
	uint32_t events;
	struct observer observers[ENGINES_MAX_OBSERVERS];
	unsigned int num_observers;
};

/* env, clock and tcm are set; the arbiter is theirs. */
void engines_init(struct engines *engines, struct arbiter *arbiter);
void engines_observe(struct engines *engines, const struct observer *observer);
/* As after power-on; the clock and the arbiter were reset. */
void engines_reset(struct engines *engines);
/* Drops queued commands, stops running ones, clears faults. */
void engines_stop(struct engines *engines);
/* The command of engine @e that runs, or the next, hangs until it is stopped. */
void engines_hang(struct engines *engines, unsigned int e);
bool engines_idle(const struct engines *engines);

/* For the control processor */
void engines_registers(struct engines *engines, struct reg_map *core);

#endif /* EDGETPU_ENGINES_H */
