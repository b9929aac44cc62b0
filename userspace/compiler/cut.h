/* SPDX-License-Identifier: MIT */
/*
 * The longest a command may be, and making two of one.
 */
#ifndef MNET_COMPILER_CUT_H
#define MNET_COMPILER_CUT_H

#include "compiler/ir.h"

/* Would the device refuse a valid command for the cycles it might take? */
bool mc_too_long(const struct mnet_hw_config *config, const struct edgetpu_command *command);

/* Leaves the first half in @cmd, puts the rest into @second; false: there are no halves. */
bool mc_halve(struct mc_cmd *cmd, struct mc_cmd *second);

#endif /* MNET_COMPILER_CUT_H */
