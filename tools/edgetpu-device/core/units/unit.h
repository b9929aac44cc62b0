/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The units' work, whatever the command.
 */
#ifndef EDGETPU_UNIT_H
#define EDGETPU_UNIT_H

#include "core/units/op.h"

/**
 * unit_decode - a command that begins
 * @env: what it may reach
 * @e: whose queue it came from
 * @limit: cycles it may take at most
 * @command: as pushed
 * @op: out; its status says whether there is anything to do
 */
void unit_decode(const struct unit_env *env, unsigned int e, uint32_t limit,
		 const struct edgetpu_command *command, struct op *op);

/* Looks ahead a little further; false: there is more to come. No cost in model time. */
bool unit_prepare(const struct unit_env *env, struct op *op);

/* What it costs, alone, whatever comes of it; after it was prepared */
void unit_cost(const struct unit_env *env, const struct op *op, struct hwmodel_cost *cost);

/* Does step @step of op->steps, in turn. */
void unit_work(const struct unit_env *env, struct op *op, uint64_t step);

#endif /* EDGETPU_UNIT_H */
