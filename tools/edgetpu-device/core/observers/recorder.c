// SPDX-License-Identifier: GPL-2.0-only
/*
 * The flight recorder. A record is made when a command begins and completed when it ends;
 * that takes none of the model's time.
 */
#include <endian.h>
#include <string.h>

#include "core/observers/recorder.h"

#define STATE_WORDS (sizeof(struct edgetpu_engine_state) / 4)

_Static_assert(sizeof(struct edgetpu_engine_state) ==
	       EDGETPU_REG_DEBUG_ENGINE(1) - EDGETPU_REG_DEBUG_ENGINE(0), "as far as the next one's");
_Static_assert(sizeof(((struct edgetpu_engine_state *)NULL)->command) ==
	       sizeof(struct edgetpu_command), "holds a command");

static uint32_t what(const struct run *run, uint32_t state, uint32_t status)
{
	return htole32(run->op.command.opcode | state << 8 | status << 16);
}

static void began(void *opaque, const struct run *run, const struct stream *stream)
{
	struct recorder *recorder = opaque;
	struct edgetpu_engine_state *engine = &recorder->engine[run->engine];
	uint32_t n;

	(void)stream;
	pthread_mutex_lock(recorder->mutex);
	n = le32toh(engine->begun);
	memcpy(engine->command, &run->op.command, sizeof(engine->command));
	engine->records[n % EDGETPU_RECORD_DEPTH] = (struct edgetpu_command_record){
		.index = htole32(run->index),
		.tag = run->op.command.tag,
		.what = what(run, EDGETPU_RECORD_RUNS, 0),
		.began = htole32((uint32_t)recorder->clock->now),
	};
	engine->begun = htole32(n + 1);
	pthread_mutex_unlock(recorder->mutex);
}

static void ended(void *opaque, const struct run *run, const struct stream *stream,
		  enum run_end how)
{
	static const uint32_t states[] = {
		[RUN_COMPLETED] = EDGETPU_RECORD_DONE,
		[RUN_FAULTED] = EDGETPU_RECORD_FAULTED,
		[RUN_STOPPED] = EDGETPU_RECORD_STOPPED,
	};
	struct recorder *recorder = opaque;
	struct edgetpu_engine_state *engine = &recorder->engine[run->engine];
	struct edgetpu_command_record *record;

	(void)stream;
	pthread_mutex_lock(recorder->mutex);
	record = &engine->records[(le32toh(engine->begun) - 1) % EDGETPU_RECORD_DEPTH];
	record->what = what(run, states[how], run->op.status);
	if (how == RUN_STOPPED)
		engine->stopped = *record;
	pthread_mutex_unlock(recorder->mutex);
}

void recorder_watch(struct recorder *recorder, struct engines *engines)
{
	const struct observer observer = { .began = began, .ended = ended, .opaque = recorder };

	engines_observe(engines, &observer);
}

void recorder_reset(struct recorder *recorder)
{
	pthread_mutex_lock(recorder->mutex);
	memset(recorder->engine, 0, sizeof(recorder->engine));
	pthread_mutex_unlock(recorder->mutex);
}

static uint32_t read_word(void *block, unsigned int i)
{
	const struct recorder *recorder = block;
	uint32_t word;

	memcpy(&word, (const uint8_t *)recorder->engine + (size_t)i * sizeof(word), sizeof(word));
	return le32toh(word);
}

static const struct reg bar_regs[] = {
	{ .offset = EDGETPU_REG_DEBUG_ENGINE(0), .count = EDGETPU_NUM_ENGINES * STATE_WORDS,
	  .read = read_word },
};

void recorder_registers(struct recorder *recorder, struct reg_map *bar)
{
	registers_add(bar, bar_regs, sizeof(bar_regs) / sizeof(bar_regs[0]), recorder,
		      recorder->mutex);
}
