// SPDX-License-Identifier: GPL-2.0-only
/*
 * The engines: queues, waits, completions, faults.
 */
#include <endian.h>
#include <string.h>

#include "internal.h"

bool engine_push(struct edgetpu_device *dev, unsigned int e, uint32_t addr)
{
	struct engine *engine = &dev->engines[e];
	const uint32_t offset = addr - EDGETPU_TCM_BASE;
	struct queued *slot;

	if (engine->count == CORE_ENGINE_DEPTH || offset % 4 ||
	    offset > EDGETPU_TCM_SIZE - sizeof(slot->command))
		return false;
	slot = &engine->queue[(engine->head + engine->count++) % CORE_ENGINE_DEPTH];
	memcpy(&slot->command, dev->tcm + offset, sizeof(slot->command));
	slot->index = engine->index;
	slot->issued = dev->core.cycle;
	slot->ready = dev->core.cycle + HWMODEL_QUEUE_CYCLES;
	return true;
}

uint64_t engine_start_time(const struct edgetpu_device *dev, unsigned int e)
{
	const struct engine *engine = &dev->engines[e];
	const struct queued *head = &engine->queue[engine->head];
	uint64_t time = dev->now;
	unsigned int i;

	if (!engine->count || engine->fault || dev->streams[e].running)
		return NEVER;
	for (i = 0; i < EDGETPU_NUM_ENGINES; i++)
		if (dev->engines[i].completed < le32toh(head->command.wait[i]))
			return NEVER;
	if (head->ready > time)
		time = head->ready;
	return dev->scrub_until > time ? dev->scrub_until : time;
}

/* Decodes, checks and does the command's work; its cost in @cost whatever comes of it. */
static unsigned int execute(struct edgetpu_device *dev, unsigned int e, struct hwmodel_cost *cost)
{
	struct engine *engine = &dev->engines[e];
	const struct edgetpu_command *command = &engine->current.command;
	struct op *op = &engine->op;
	struct hwmodel_walks walks = { 0 };
	unsigned int status;

	memset(cost, 0, sizeof(*cost));
	cost->cycles = HWMODEL_ISSUE_CYCLES;
	op->opcode = command->opcode;
	op->num_reads = 0;
	op->writes = false;
	op->fault = 0;
	if (edgetpu_isa_engine(op->opcode) != e || command->pad0 || command->pad1[0] ||
	    command->pad1[1] || le16toh(command->flags) & ~EDGETPU_CMD_FLAGS)
		return EDGETPU_STATUS_BAD_COMMAND;
	if (e == EDGETPU_ENGINE_LOAD || e == EDGETPU_ENGINE_STORE)
		status = dma_decode(dev, command, op);
	else if (op->opcode <= EDGETPU_OP_DEPTHWISE || op->opcode == EDGETPU_OP_AVG_POOL ||
		 op->opcode == EDGETPU_OP_MAX_POOL)
		status = window_decode(dev, command, op);
	else
		status = vector_decode(dev, command, op);
	if (status)
		return status;

	sram_touch(dev, op);
	races_check(dev, e);
	switch (op->opcode) {
	case EDGETPU_OP_LOAD:
	case EDGETPU_OP_STORE:
		status = dma_run(dev, command, op, &walks);
		hwmodel_dma(&dev->model, command, &walks, cost);
		return status;
	case EDGETPU_OP_CONV:
	case EDGETPU_OP_DEPTHWISE:
	case EDGETPU_OP_AVG_POOL:
	case EDGETPU_OP_MAX_POOL:
		window_run(dev, op);
		break;
	default:
		vector_run(dev, command, op);
		break;
	}
	hwmodel_command(&dev->model, command, cost);
	return EDGETPU_STATUS_OK;
}

void engine_start(struct edgetpu_device *dev, unsigned int e)
{
	struct engine *engine = &dev->engines[e];
	struct hwmodel_cost cost;

	engine->current = engine->queue[engine->head];
	engine->head = (engine->head + 1) % CORE_ENGINE_DEPTH;
	engine->count--;
	engine->outcome = execute(dev, e, &cost);
	engine->bytes = cost.bytes;
	stream_begin(dev, e, &cost);
}

void engine_finish(struct edgetpu_device *dev, unsigned int e)
{
	struct engine *engine = &dev->engines[e];
	const uint64_t start = dev->streams[e].start;

	engine->busy += dev->now - start;
	dev->engine_events |= 1u << e;
	if (engine->outcome) {
		engine->fault = engine->outcome;
		engine->fault_command = engine->current.index;
		engine->fault_addr = engine->op.fault;
		return;
	}
	engine->completed++;
	trace_record(dev, e, start);
}

uint64_t engine_busy(const struct edgetpu_device *dev, unsigned int e)
{
	uint64_t busy = dev->engines[e].busy;

	if (dev->streams[e].running)
		busy += dev->core.cycle - dev->streams[e].start;
	return busy;
}

bool engines_idle(const struct edgetpu_device *dev)
{
	unsigned int e;

	for (e = 0; e < EDGETPU_NUM_ENGINES; e++)
		if (dev->engines[e].count || dev->streams[e].running)
			return false;
	return true;
}

void engine_reset_all(struct edgetpu_device *dev)
{
	unsigned int e;

	for (e = 0; e < EDGETPU_NUM_ENGINES; e++) {
		struct engine *engine = &dev->engines[e];

		dev->streams[e].running = false;
		engine->count = 0;
		engine->fault = EDGETPU_STATUS_OK;
		engine->fault_command = 0;
		engine->fault_addr = 0;
	}
	dev->engine_events = 0;
}

bool engine_job_start(struct edgetpu_device *dev)
{
	unsigned int e;

	if (!engines_idle(dev))
		return false;
	for (e = 0; e < EDGETPU_NUM_ENGINES; e++) {
		struct engine *engine = &dev->engines[e];

		engine->completed = 0;
		engine->busy = 0;
		engine->fault = EDGETPU_STATUS_OK;
		engine->fault_command = 0;
		engine->fault_addr = 0;
	}
	trace_start(dev);
	return true;
}
