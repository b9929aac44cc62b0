/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the firmware checks of a command before an engine sees it: everything
 * about its place in the stream and its unused bits. The operands' ranges are
 * the engine's to check.
 */
#ifndef FW_COMMAND_H
#define FW_COMMAND_H

#include "regs.h"

/**
 * command_check - may this command be pushed next?
 * @command: as fetched
 * @pushed: commands of each engine pushed before it
 * @engine: out: the engine it runs on, when it is good
 *
 * Return: EDGETPU_STATUS_OK, _BAD_COMMAND, or _BAD_REGION where a DMA names the
 * command region.
 */
uint32_t command_check(const struct edgetpu_command *command,
		       const uint32_t pushed[EDGETPU_NUM_ENGINES], uint32_t *engine);

#endif /* FW_COMMAND_H */
