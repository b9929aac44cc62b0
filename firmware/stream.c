// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fetching, checking and pushing commands: the inner loop of the firmware.
 */
#include "cdma.h"
#include "command.h"
#include "stream.h"

/*
 * Commands of one fetch, 2 KiB. Pushing that many takes longer than fetching
 * them, so the second buffer hides every fetch but the first; a larger batch
 * would only lengthen that one.
 */
#define BATCH	16u

struct batch {
	struct edgetpu_command commands[BATCH];
	struct cdma_request fetch;
};

static struct batch batches[2];
static uint32_t context;
static uint64_t base;
static uint32_t total;			/* commands of the job */
static uint32_t next;			/* the next to push */
static uint32_t limit;			/* behind the last of the batch at hand */
static uint32_t pushed[EDGETPU_NUM_ENGINES];
static uint32_t room[EDGETPU_NUM_ENGINES];	/* queue entries known to be free */

static struct batch *batch_of(uint32_t index)
{
	return &batches[index / BATCH % 2];
}

/* Starts the fetch of the batch that begins with command @index, if there is one. */
static void fetch(uint32_t index)
{
	struct batch *batch = batch_of(index);
	uint32_t n = total - index;

	if (index >= total)
		return;
	if (n > BATCH)
		n = BATCH;
	cdma_start(&batch->fetch, CDMA_CONTEXT(context), base + (uint64_t)index * EDGETPU_COMMAND_SIZE,
		   batch->commands, n * EDGETPU_COMMAND_SIZE, CORE_CDMA_TO_TCM);
}

void stream_begin(uint32_t ctx, uint64_t va, uint32_t count)
{
	uint32_t e;

	context = ctx;
	base = va;
	total = count;
	next = 0;
	limit = 0;
	for (e = 0; e < EDGETPU_NUM_ENGINES; e++) {
		pushed[e] = 0;
		room[e] = 0;
	}
	fetch(0);
}

bool stream_done(void)
{
	return next == total;
}

void stream_end(void)
{
	cdma_wait(&batches[0].fetch);
	cdma_wait(&batches[1].fetch);
}

/* Takes the next batch once it has arrived and starts the fetch of the one behind it. */
static uint32_t next_batch(struct fault *fault)
{
	struct batch *batch = batch_of(next);

	if (cdma_busy(&batch->fetch))
		return CORE_EVENT_CDMA;
	if (batch->fetch.status) {
		fault->status = batch->fetch.status;
		fault->engine = EDGETPU_ENGINE_FIRMWARE;
		fault->va = batch->fetch.fault;
		fault->command = (fault->va - base) / EDGETPU_COMMAND_SIZE;
		return 0;
	}
	limit = total - next > BATCH ? next + BATCH : total;
	fetch(limit);
	return 0;
}

uint32_t stream_push(struct fault *fault)
{
	const struct edgetpu_command *command;
	uint32_t engine, status, wait;

	if (next == limit) {
		wait = next_batch(fault);
		if (wait || fault->status)
			return wait;
	}
	command = &batch_of(next)->commands[next % BATCH];
	for (; next < limit; next++, command++) {
		status = command_check(command, pushed, &engine);
		if (status) {
			fault->status = status;
			fault->engine = EDGETPU_ENGINE_FIRMWARE;
			fault->command = next;
			return 0;
		}
		if (!room[engine]) {
			room[engine] = reg_read(CORE_ENGINE(engine) + CORE_ENGINE_FREE);
			if (!room[engine])
				return CORE_EVENT_ENGINE;
		}
		reg_write(CORE_ENGINE(engine) + CORE_ENGINE_INDEX, next);
		reg_write(CORE_ENGINE(engine) + CORE_ENGINE_PUSH, tcm_addr(command));
		room[engine]--;
		pushed[engine]++;
	}
	return 0;
}
