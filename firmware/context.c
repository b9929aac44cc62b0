// SPDX-License-Identifier: GPL-2.0-only
/*
 * Contexts, and what keeps one from seeing another's data in SRAM.
 */
#include "context.h"
#include "log.h"

struct context {
	bool valid;
	uint8_t users;	/* rings and save areas */
};

static struct context contexts[EDGETPU_MAX_CONTEXTS];

/* Whose bytes SRAM may hold; SRAM is zero after reset */
static uint32_t sram_owner = CONTEXT_NONE;
static bool sram_dirty;

bool context_exists(uint32_t context)
{
	return context < EDGETPU_MAX_CONTEXTS && contexts[context].valid;
}

static void program(uint32_t context, uint64_t table, uint32_t valid)
{
	reg_write(CORE_CONTEXT_SELECT, context);
	reg_write(CORE_CONTEXT_TABLE_LO, table);
	reg_write(CORE_CONTEXT_TABLE_HI, table >> 32);
	reg_write(CORE_CONTEXT_VALID, valid);
}

uint32_t context_create(uint32_t context, uint64_t table)
{
	if (context >= EDGETPU_MAX_CONTEXTS || table & ~EDGETPU_PTE_ADDR)
		return EDGETPU_MBOX_EINVAL;
	if (contexts[context].valid)
		return EDGETPU_MBOX_EEXIST;
	contexts[context].valid = true;
	contexts[context].users = 0;
	program(context, table, 1);
	log_debug("context %u: table %X", context, table);
	return EDGETPU_MBOX_OK;
}

uint32_t context_destroy(uint32_t context)
{
	if (!context_exists(context))
		return EDGETPU_MBOX_ENOENT;
	if (contexts[context].users)
		return EDGETPU_MBOX_EBUSY;
	contexts[context].valid = false;
	program(context, 0, 0);
	/* the next one of this number is a stranger */
	if (sram_owner == context)
		sram_owner = CONTEXT_NONE;
	log_debug("context %u: gone", context);
	return EDGETPU_MBOX_OK;
}

void context_count_user(uint32_t context, int32_t change)
{
	contexts[context].users += change;
}

void context_enter(uint32_t context)
{
	if (sram_owner != context) {
		if (sram_dirty) {
			reg_write(CORE_SRAM_SCRUB, reg_read(CORE_SRAM_HIGH_WATER));
			while (reg_read(CORE_SRAM_SCRUB))
				;
		}
		sram_owner = context;
		sram_dirty = true;
	}
	reg_write(CORE_JOB_CONTEXT, context);
}
