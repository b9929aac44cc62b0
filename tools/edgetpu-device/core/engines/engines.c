// SPDX-License-Identifier: GPL-2.0-only
/*
 * The engines: queues, waits, completions, faults.
 */
#include <assert.h>
#include <endian.h>
#include <string.h>

#include "core/engines/engines.h"

/* --- observers ----------------------------------------------------------------- */

void engines_observe(struct engines *engines, const struct observer *observer)
{
	engines->observers[engines->num_observers++] = *observer;
}

static void tell_started(const struct engines *engines)
{
	unsigned int i;

	for (i = 0; i < engines->num_observers; i++)
		if (engines->observers[i].started)
			engines->observers[i].started(engines->observers[i].opaque);
}

static void tell_began(const struct engine *engine)
{
	const struct engines *engines = engine->engines;
	unsigned int i;

	for (i = 0; i < engines->num_observers; i++)
		if (engines->observers[i].began)
			engines->observers[i].began(engines->observers[i].opaque, &engine->run,
						    &engine->stream);
}

static void tell_ended(const struct engine *engine, enum run_end how)
{
	const struct engines *engines = engine->engines;
	unsigned int i;

	for (i = 0; i < engines->num_observers; i++)
		if (engines->observers[i].ended)
			engines->observers[i].ended(engines->observers[i].opaque, &engine->run,
						    &engine->stream, how);
}

static struct engine *engine_at(struct engines *engines, unsigned int e)
{
	assert(e < EDGETPU_NUM_ENGINES);
	return &engines->engine[e];
}

/* --- starting ------------------------------------------------------------------ */

/* When the head of the queue may start, or CLOCK_NEVER */
static uint64_t start_time(const struct engine *engine)
{
	const struct engines *engines = engine->engines;
	const struct queued *head = &engine->queue[engine->head];
	uint64_t time = engines->clock->now;
	unsigned int i;

	if (engine->preparing)
		return time;
	if (!engine->count || engine->fault || engine->stream.running)
		return CLOCK_NEVER;
	for (i = 0; i < EDGETPU_NUM_ENGINES; i++)
		if (engines->engine[i].completed < le32toh(head->command.wait[i]))
			return CLOCK_NEVER;
	if (head->ready > time)
		time = head->ready;
	return engines->env.sram->scrub_until > time ? engines->env.sram->scrub_until : time;
}

/* Something was queued, ended or changed: who may start when? */
static void plan(struct engines *engines)
{
	unsigned int e;

	for (e = 0; e < EDGETPU_NUM_ENGINES; e++)
		clock_arm(engines->clock, &engine_at(engines, e)->start,
			  start_time(engine_at(engines, e)));
}

static void take(struct engine *engine)
{
	const struct queued *head = &engine->queue[engine->head];
	struct run *run = &engine->run;

	run->index = head->index;
	run->issued = head->issued;
	run->ready = head->ready;
	run->step = 0;
	unit_decode(&engine->engines->env, run->engine, engine->engines->limit, &head->command,
		    &run->op);
	engine->head = (engine->head + 1) % CORE_ENGINE_DEPTH;
	engine->count--;
	engine->preparing = true;
}

static void hang(struct engine *engine)
{
	if (!engine->hang || !engine->stream.running)
		return;
	engine->hang = false;
	stream_stall(&engine->stream);
}

void engines_hang(struct engines *engines, unsigned int e)
{
	engines->engine[e].hang = true;
	hang(&engines->engine[e]);
}

static void begin(void *opaque)
{
	struct engine *engine = opaque;
	struct run *run = &engine->run;
	struct hwmodel_cost cost;

	if (!engine->preparing)
		take(engine);
	if (unit_prepare(&engine->engines->env, &run->op)) {
		engine->preparing = false;
		unit_cost(&engine->engines->env, &run->op, &cost);
		run->cycles = cost.cycles;
		run->bytes = cost.bytes;
		run->energy = hwmodel_dynamic_tenths(&cost);
		stream_begin(&engine->stream, &cost, run->op.steps ? UINT64_MAX : 0);
		tell_began(engine);
		hang(engine);
	}
	plan(engine->engines);
}

/* --- running and ending -------------------------------------------------------- */

static void end(struct engine *engine)
{
	const struct run *run = &engine->run;
	const bool completed = !run->op.status;

	stream_end(&engine->stream);
	engine->engines->events |= 1u << run->engine;
	if (completed) {
		engine->completed++;
	} else {
		engine->fault = run->op.status;
		engine->fault_command = run->index;
		engine->fault_addr = run->op.fault;
	}
	tell_ended(engine, completed ? RUN_COMPLETED : RUN_FAULTED);
	plan(engine->engines);
}

static void reached(void *opaque)
{
	struct engine *engine = opaque;
	struct run *run = &engine->run;

	if (run->step == run->op.steps) {
		end(engine);
		return;
	}
	unit_work(&engine->engines->env, &run->op, run->step++);
	stream_next(&engine->stream, stream_point(&engine->stream, run->step, run->op.steps));
}

bool engines_idle(const struct engines *engines)
{
	unsigned int e;

	for (e = 0; e < EDGETPU_NUM_ENGINES; e++)
		if (engines->engine[e].count || engines->engine[e].preparing ||
		    engines->engine[e].stream.running)
			return false;
	return true;
}

/* Commands that wait never run; those that run go on. */
static void drop(struct engines *engines)
{
	unsigned int e;

	for (e = 0; e < EDGETPU_NUM_ENGINES; e++) {
		struct engine *engine = engine_at(engines, e);

		engine->dropped = engine->count ? engine->queue[engine->head].index :
						  CORE_ENGINE_DROPPED_NONE;
		engine->count = 0;
	}
	plan(engines);
}

static void clear_fault(struct engine *engine)
{
	engine->fault = EDGETPU_STATUS_OK;
	engine->fault_command = 0;
	engine->fault_addr = 0;
}

void engines_stop(struct engines *engines)
{
	unsigned int e;

	for (e = 0; e < EDGETPU_NUM_ENGINES; e++) {
		struct engine *engine = engine_at(engines, e);

		if (engine->stream.running) {
			stream_end(&engine->stream);
			tell_ended(engine, RUN_STOPPED);
		}
		engine->preparing = false;
		engine->count = 0;
		clear_fault(engine);
	}
	engines->events = 0;
	plan(engines);
}

void engines_init(struct engines *engines, struct arbiter *arbiter)
{
	unsigned int e;

	for (e = 0; e < EDGETPU_NUM_ENGINES; e++) {
		struct engine *engine = engine_at(engines, e);

		engine->engines = engines;
		engine->run.engine = e;
		engine->start = (struct clock_event){
			.at = CLOCK_NEVER, .order = ARBITER_ORDER_STARTS + e, .fire = begin,
			.opaque = engine,
		};
		arbiter_add(arbiter, &engine->stream, reached, engine);
	}
}

void engines_reset(struct engines *engines)
{
	unsigned int e;

	for (e = 0; e < EDGETPU_NUM_ENGINES; e++) {
		struct engine *engine = engine_at(engines, e);

		engine->preparing = false;
		engine->hang = false;
		engine->head = 0;
		engine->count = 0;
		engine->index = 0;
		engine->completed = 0;
		engine->dropped = CORE_ENGINE_DROPPED_NONE;
		clear_fault(engine);
	}
	engines->limit = EDGETPU_MAX_COMMAND_CYCLES;
	engines->events = 0;
	tell_started(engines);
}

/* --- registers --------------------------------------------------------------- */

static bool write_push(void *block, unsigned int e, uint32_t addr)
{
	struct engines *engines = block;
	struct engine *engine = engine_at(engines, e);
	const uint32_t offset = addr - EDGETPU_TCM_BASE;
	struct queued *slot;

	if (engine->count == CORE_ENGINE_DEPTH || offset % 4 ||
	    offset > EDGETPU_TCM_SIZE - sizeof(slot->command))
		return false;
	slot = &engine->queue[(engine->head + engine->count++) % CORE_ENGINE_DEPTH];
	memcpy(&slot->command, engines->tcm + offset, sizeof(slot->command));
	slot->index = engine->index;
	slot->issued = engines->clock->now;
	slot->ready = engines->clock->now + HWMODEL_QUEUE_CYCLES;
	plan(engines);
	return true;
}

static uint32_t read_free(void *block, unsigned int e)
{
	const struct engines *engines = block;

	return CORE_ENGINE_DEPTH - engines->engine[e].count;
}

/* Where a job that was interrupted goes on */
static bool write_completed(void *block, unsigned int e, uint32_t value)
{
	struct engines *engines = block;

	if (!engines_idle(engines))
		return false;
	engines->engine[e].completed = value;
	return true;
}

static bool write_job_start(void *block, unsigned int i, uint32_t value)
{
	struct engines *engines = block;
	unsigned int e;

	(void)i;
	if (value != 1)
		return true;
	if (!engines_idle(engines))
		return false;
	for (e = 0; e < EDGETPU_NUM_ENGINES; e++) {
		engines->engine[e].completed = 0;
		engines->engine[e].dropped = CORE_ENGINE_DROPPED_NONE;
		clear_fault(&engines->engine[e]);
	}
	tell_started(engines);
	return true;
}

static bool write_reset(void *block, unsigned int i, uint32_t value)
{
	(void)i;
	if (value == CORE_ENGINE_RESET_STOP)
		engines_stop(block);
	else if (value == CORE_ENGINE_RESET_DROP)
		drop(block);
	return true;
}

static uint32_t read_scrub(void *block, unsigned int i)
{
	const struct engines *engines = block;

	(void)i;
	return engines->clock->now < engines->env.sram->scrub_until;
}

static bool write_scrub(void *block, unsigned int i, uint32_t bytes)
{
	struct engines *engines = block;

	(void)i;
	if (!engines_idle(engines))
		return false;
	sram_scrub(engines->env.sram, bytes, engines->clock->now);
	return true;
}

static bool write_events(void *block, unsigned int i, uint32_t value)
{
	struct engines *engines = block;

	(void)i;
	engines->events &= ~value;
	return true;
}

static uint32_t read_idle(void *block, unsigned int i)
{
	(void)i;
	return engines_idle(block);
}

#define EACH(reg) \
	.offset = CORE_ENGINE(0) + CORE_ENGINE_##reg, .count = EDGETPU_NUM_ENGINES, \
	.stride = CORE_ENGINE(1) - CORE_ENGINE(0), .step = sizeof(struct engine)
#define FIELD(kind, name) \
	.field = kind, .member = offsetof(struct engines, name)

static const struct reg core_regs[] = {
	{ .offset = CORE_JOB_START, .write = write_job_start },
	{ .offset = CORE_ENGINE_RESET, .write = write_reset },
	{ .offset = CORE_SRAM_SCRUB, .read = read_scrub, .write = write_scrub },
	{ .offset = CORE_COMMAND_LIMIT, FIELD(REG_WORD, limit), .writable = true },
	{ .offset = CORE_ENGINE_EVENTS, .field = REG_WORD, .write = write_events,
	  .member = offsetof(struct engines, events) },
	{ .offset = CORE_ENGINES_IDLE, .read = read_idle },
	{ EACH(PUSH), .write = write_push },
	{ EACH(INDEX), FIELD(REG_WORD, engine[0].index), .writable = true },
	{ EACH(FREE), .read = read_free },
	{ EACH(COMPLETED), FIELD(REG_WORD, engine[0].completed), .write = write_completed },
	{ EACH(DROPPED), FIELD(REG_WORD, engine[0].dropped) },
	{ EACH(FAULT), FIELD(REG_WORD, engine[0].fault) },
	{ EACH(FAULT_COMMAND), FIELD(REG_WORD, engine[0].fault_command) },
	{ EACH(FAULT_LO), FIELD(REG_LO, engine[0].fault_addr) },
	{ EACH(FAULT_HI), FIELD(REG_HI, engine[0].fault_addr) },
};

void engines_registers(struct engines *engines, struct reg_map *core)
{
	registers_add(core, core_regs, sizeof(core_regs) / sizeof(core_regs[0]), engines, NULL);
}
