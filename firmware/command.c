// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks of one command. This runs for every command of every job: loads are
 * whole words, and unused words are or-ed together rather than branched on.
 */
#include "command.h"

/* The operands as words, and how many of them struct edgetpu_command has */
#define OPERAND_WORDS	(sizeof(((struct edgetpu_command *)0)->u) / 4)
#define WORDS_OF(type)	((uint32_t)sizeof(type) / 4)

/* Or of the operand words from @first on */
static inline __attribute__((always_inline)) uint32_t or_from(const uint32_t *operand,
							      uint32_t first)
{
	uint32_t bits = 0, i;

#pragma GCC unroll 24
	for (i = first; i < OPERAND_WORDS; i++)
		bits |= operand[i];
	return bits;
}

static uint32_t check_region(const struct edgetpu_cmd_dma *dma)
{
	if (dma->region >= EDGETPU_NUM_REGIONS)
		return EDGETPU_STATUS_BAD_COMMAND;
	return dma->region == EDGETPU_REGION_COMMAND ? EDGETPU_STATUS_BAD_REGION :
						       EDGETPU_STATUS_OK;
}

uint32_t command_check(const struct edgetpu_command *command,
		       const uint32_t pushed[EDGETPU_NUM_ENGINES], uint32_t *engine)
{
	const uint32_t *word = (const uint32_t *)command;
	const uint32_t *operand = (const uint32_t *)&command->u;
	/* opcode, pad0 and flags are the first word, little endian */
	uint32_t opcode = word[0] & 0xff, unused = word[0] >> 8 | word[2] | word[3];
	const uint32_t flags = (uint32_t)EDGETPU_CMD_FLAGS << 8;

	*engine = edgetpu_isa_engine(opcode);
	switch (opcode) {
	case EDGETPU_OP_LOAD:
	case EDGETPU_OP_STORE:
		unused = ((word[0] >> 8) & ~flags) | word[2] | word[3] | command->u.dma.pad |
			 or_from(operand, WORDS_OF(struct edgetpu_cmd_dma));
		break;
	case EDGETPU_OP_CONV:
	case EDGETPU_OP_DEPTHWISE:
	case EDGETPU_OP_AVG_POOL:
	case EDGETPU_OP_MAX_POOL:
		unused |= or_from(operand, offsetof(struct edgetpu_cmd_conv, pad) / 4);
		break;
	case EDGETPU_OP_ADD:
	case EDGETPU_OP_RESCALE:
		/* the pad starts at the second byte of its word */
		unused |= operand[offsetof(struct edgetpu_cmd_elementwise, pad) / 4] >> 8 |
			  or_from(operand, offsetof(struct edgetpu_cmd_elementwise, pad) / 4 + 1);
		break;
	case EDGETPU_OP_COPY:
	case EDGETPU_OP_FILL:
		unused |= operand[offsetof(struct edgetpu_cmd_copy, pad) / 4] >> 8 |
			  or_from(operand, WORDS_OF(struct edgetpu_cmd_copy));
		break;
	default:
		return EDGETPU_STATUS_BAD_COMMAND;
	}
	if (unused || command->wait[0] > pushed[0] || command->wait[1] > pushed[1] ||
	    command->wait[2] > pushed[2] || command->wait[3] > pushed[3])
		return EDGETPU_STATUS_BAD_COMMAND;
	if (*engine <= EDGETPU_ENGINE_STORE)
		return check_region(&command->u.dma);
	return EDGETPU_STATUS_OK;
}

_Static_assert(offsetof(struct edgetpu_cmd_elementwise, pad) % 4 == 1, "see ADD");
_Static_assert(offsetof(struct edgetpu_cmd_copy, pad) % 4 == 1, "see COPY");
_Static_assert(offsetof(struct edgetpu_cmd_conv, pad) % 4 == 0, "see CONV");
_Static_assert(sizeof(struct edgetpu_command) == EDGETPU_COMMAND_SIZE, "command size");
_Static_assert(EDGETPU_NUM_ENGINES == 4, "four waits are compared");
