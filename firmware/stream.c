// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fetching, checking and pushing commands: the inner loop of the firmware.
 */
#include "cdma.h"
#include "command.h"
#include "stream.h"

/*
 * Commands of one fetch. Pushing 32 takes longer than fetching 32, so that the
 * second buffer hides every fetch but the first, which is smaller: the engines
 * wait for it.
 */
#define BATCH		32u
#define FIRST_BATCH	8u

struct batch {
	struct edgetpu_command commands[BATCH];
	struct cdma_request fetch;
	uint32_t first;			/* index of its first command */
	uint32_t end;			/* index behind its last command */
};

static struct batch batches[2];
static struct batch *current;		/* whose commands are pushed; the other is on its way */
static uint32_t context;
static uint64_t base;
static uint32_t total;			/* commands of the job */
static uint32_t next;			/* the next to push */
static uint32_t resumed[EDGETPU_NUM_ENGINES];	/* of each engine, the first to push */
static uint32_t resume_end;		/* above all of them: from here on every command is pushed */
static uint32_t pushed[EDGETPU_NUM_ENGINES];
static uint32_t room[EDGETPU_NUM_ENGINES];	/* queue entries known to be free */

static struct batch *other(void)
{
	return current == &batches[0] ? &batches[1] : &batches[0];
}

/* Starts to fetch at most @count commands behind those of the current batch, if there are any. */
static void fetch(uint32_t count)
{
	struct batch *batch = other();
	uint32_t first = current->end;

	if (count > total - first)
		count = total - first;
	batch->first = first;
	batch->end = first + count;
	if (count)
		cdma_start(&batch->fetch, CDMA_CONTEXT(context),
			   base + (uint64_t)first * EDGETPU_COMMAND_SIZE, batch->commands,
			   count * EDGETPU_COMMAND_SIZE, CORE_CDMA_TO_TCM);
}

static void take_beginning(void)
{
	uint32_t e;

	next = 0;
	resume_end = 0;
	for (e = 0; e < EDGETPU_NUM_ENGINES; e++) {
		pushed[e] = 0;
		resumed[e] = 0;
	}
}

/* Where each engine goes on */
static void take_place(const struct edgetpu_place *place)
{
	uint32_t e;

	next = UINT32_MAX;
	resume_end = 0;
	for (e = 0; e < EDGETPU_NUM_ENGINES; e++) {
		pushed[e] = place->done[e];
		resumed[e] = place->next[e];
		if (resumed[e] < next)
			next = resumed[e];
		if (resumed[e] > resume_end)
			resume_end = resumed[e];
	}
}

void stream_begin(uint32_t ctx, uint64_t va, uint32_t count, const struct edgetpu_place *place)
{
	uint32_t e;

	context = ctx;
	base = va;
	total = count;
	if (place)
		take_place(place);
	else
		take_beginning();
	for (e = 0; e < EDGETPU_NUM_ENGINES; e++)
		room[e] = 0;
	current = &batches[0];
	current->end = next;
	fetch(FIRST_BATCH);
}

bool stream_place(struct edgetpu_place *place)
{
	bool left = false;
	uint32_t e;

	for (e = 0; e < EDGETPU_NUM_ENGINES; e++) {
		place->next[e] = engine_dropped(e, next > resumed[e] ? next : resumed[e]);
		place->done[e] = engine_completed(e);
		left |= place->next[e] < total;
	}
	return left;
}

bool stream_done(void)
{
	return next == total;
}

void stream_end(void)
{
	cdma_wait(&other()->fetch);
}

/* Takes the next batch once it has arrived and starts the fetch of the one behind it. */
static uint32_t next_batch(struct fault *fault)
{
	struct batch *batch = other();

	if (cdma_busy(&batch->fetch))
		return CORE_EVENT_CDMA;
	if (batch->fetch.status) {
		fault->status = batch->fetch.status;
		fault->engine = EDGETPU_ENGINE_FIRMWARE;
		fault->va = batch->fetch.fault;
		fault->command = (fault->va - base) / EDGETPU_COMMAND_SIZE;
		return 0;
	}
	current = batch;
	fetch(BATCH);
	return 0;
}

/* Pushes commands [@index, @end) from @command on; returns the first one not pushed. */
static uint32_t push(const struct edgetpu_command *command, uint32_t index, uint32_t end,
		     struct fault *fault)
{
	uint32_t engine, status, reg;

	for (; index < end; index++, command++) {
		status = command_check(command, pushed, &engine);
		if (status) {
			fault->status = status;
			fault->engine = EDGETPU_ENGINE_FIRMWARE;
			fault->command = index;
			break;
		}
		reg = CORE_ENGINE(engine);
		if (!room[engine]) {
			room[engine] = reg_read(reg + CORE_ENGINE_FREE);
			if (!room[engine])
				break;
		}
		reg_write(reg + CORE_ENGINE_INDEX, index);
		reg_write(reg + CORE_ENGINE_PUSH, tcm_addr(command));
		room[engine]--;
		pushed[engine]++;
	}
	return index;
}

/* The same where some have run before: those are left out. */
static uint32_t push_rest(const struct edgetpu_command *command, uint32_t index, uint32_t end,
			  struct fault *fault)
{
	uint32_t engine;

	for (; index < end; index++, command++) {
		engine = edgetpu_isa_engine(command->opcode);
		if (engine < EDGETPU_NUM_ENGINES && index < resumed[engine])
			continue;
		if (push(command, index, index + 1, fault) == index)
			break;
	}
	return index;
}

uint32_t stream_push(struct fault *fault)
{
	const struct edgetpu_command *command;
	uint32_t wait;

	if (next == current->end) {
		wait = next_batch(fault);
		if (wait || fault->status)
			return wait;
	}
	command = &current->commands[next - current->first];
	if (next < resume_end)
		next = push_rest(command, next, current->end, fault);
	else
		next = push(command, next, current->end, fault);
	return next < current->end ? CORE_EVENT_ENGINE : 0;
}
