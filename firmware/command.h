/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the firmware checks of a command before an engine sees it: its first
 * word, its place in the stream and its region. Operands and the rest of the
 * unused bytes are the engine's to check, which costs it no time.
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
 * Inline, as it runs for every command of every job.
 *
 * Return: EDGETPU_STATUS_OK, _BAD_COMMAND, or _BAD_REGION where a DMA names the
 * command region.
 */
static inline uint32_t command_check(const struct edgetpu_command *command,
				     const uint32_t pushed[EDGETPU_NUM_ENGINES], uint32_t *engine)
{
	/* opcode, pad0 and flags at once, little endian */
	const uint32_t head = *(const uint32_t *)command;
	uint32_t unused = head >> 8, region;

	*engine = edgetpu_isa_engine(head & 0xff);
	if (*engine == EDGETPU_NUM_ENGINES || command->wait[0] > pushed[0] ||
	    command->wait[1] > pushed[1] || command->wait[2] > pushed[2] ||
	    command->wait[3] > pushed[3])
		return EDGETPU_STATUS_BAD_COMMAND;
	if (*engine <= EDGETPU_ENGINE_STORE) {
		region = command->u.dma.region;
		unused &= ~((uint32_t)EDGETPU_CMD_FLIP << 8);
		if (region >= EDGETPU_NUM_REGIONS)
			return EDGETPU_STATUS_BAD_COMMAND;
		if (region == EDGETPU_REGION_COMMAND)
			return EDGETPU_STATUS_BAD_REGION;
	}
	return unused ? EDGETPU_STATUS_BAD_COMMAND : EDGETPU_STATUS_OK;
}

_Static_assert(sizeof(struct edgetpu_command) == EDGETPU_COMMAND_SIZE, "command size");
_Static_assert(EDGETPU_NUM_ENGINES == 4, "four waits are compared");

#endif /* FW_COMMAND_H */
