// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which unit does a command, and how it is asked.
 */
#include <endian.h>
#include <string.h>

#include "core/units/unit.h"

static const struct unit *unit_of(unsigned int opcode)
{
	switch (opcode) {
	case EDGETPU_OP_LOAD:
	case EDGETPU_OP_STORE:
		return &unit_dma;
	case EDGETPU_OP_CONV:
	case EDGETPU_OP_DEPTHWISE:
	case EDGETPU_OP_AVG_POOL:
	case EDGETPU_OP_MAX_POOL:
		return &unit_window;
	}
	return &unit_vector;
}

/* SRAM that the command reads and writes is dirty from its start on. */
static void touch(const struct unit_env *env, const struct op *op)
{
	unsigned int i;

	for (i = 0; i < op->num_reads; i++)
		sram_touch(env->sram, span_end(&op->reads[i]));
	if (op->writes)
		sram_touch(env->sram, span_end(&op->write));
}

void unit_decode(const struct unit_env *env, unsigned int e, uint32_t limit,
		 const struct edgetpu_command *command, struct op *op)
{
	memset(op, 0, sizeof(*op));
	op->command = *command;
	op->unit = unit_of(command->opcode);
	if (edgetpu_isa_engine(command->opcode) != e || command->pad0 || command->pad1[0] ||
	    command->pad1[1] || le16toh(command->flags) & ~EDGETPU_CMD_FLAGS)
		op->status = EDGETPU_STATUS_BAD_COMMAND;
	else
		op->status = op->unit->decode(env, op);
	if (!op->status && hwmodel_bound(env->model, command) > limit) {
		op->status = EDGETPU_STATUS_TOO_LONG;
		op->fault = 0;
	}
	if (op->status)
		op->steps = 0;
	else
		touch(env, op);
}

bool unit_prepare(const struct unit_env *env, struct op *op)
{
	return !op->steps || !op->unit->prepare || op->unit->prepare(env, op);
}

void unit_cost(const struct unit_env *env, const struct op *op, struct hwmodel_cost *cost)
{
	if (op->steps) {
		op->unit->cost(env, op, cost);
		return;
	}
	/* refused when it was decoded */
	memset(cost, 0, sizeof(*cost));
	cost->cycles = HWMODEL_ISSUE_CYCLES;
}

void unit_work(const struct unit_env *env, struct op *op, uint64_t step)
{
	op->unit->work(env, op, step);
}
