// SPDX-License-Identifier: GPL-2.0-only
/*
 * The names of faults.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "edgetpu_fault.h"
#include "inject.h"

static const char *const names[EDGETPU_NUM_FAULTS] = {
	[EDGETPU_FAULT_NONE] = "none",
	[EDGETPU_FAULT_ENGINE_HANG] = "engine-hang",
	[EDGETPU_FAULT_CORE_HANG] = "core-hang",
	[EDGETPU_FAULT_CORE_TRAP] = "core-trap",
	[EDGETPU_FAULT_FENCE] = "fence",
	[EDGETPU_FAULT_SEQ] = "seq",
	[EDGETPU_FAULT_STATUS] = "status",
	[EDGETPU_FAULT_RUNNING] = "running",
	[EDGETPU_FAULT_PROGRESS] = "progress",
	[EDGETPU_FAULT_LOG] = "log",
	[EDGETPU_FAULT_REPLY] = "reply",
	[EDGETPU_FAULT_SILENCE] = "silence",
	[EDGETPU_FAULT_IRQ] = "irq",
	[EDGETPU_FAULT_BOOT] = "boot",
	[EDGETPU_FAULT_DMA] = "dma",
	[EDGETPU_FAULT_INVALIDATE] = "invalidate",
	[EDGETPU_FAULT_ONES] = "ones",
	[EDGETPU_FAULT_ZEROS] = "zeros",
	[EDGETPU_FAULT_REMOVE] = "remove",
	[EDGETPU_FAULT_EXIT] = "exit",
	[EDGETPU_FAULT_LIMIT] = "limit",
};

const char *inject_name(unsigned int i)
{
	return i < EDGETPU_NUM_FAULTS ? names[i] : NULL;
}

bool inject_parse(const char *text, uint32_t *fault)
{
	const size_t len = strcspn(text, "=");
	unsigned long argument = 0;
	unsigned int i;
	char *end;

	if (text[len]) {
		argument = strtoul(text + len + 1, &end, 0);
		if (!text[len + 1] || *end || argument > 0xffff)
			return false;
	}
	for (i = 0; i < EDGETPU_NUM_FAULTS; i++) {
		if (strlen(names[i]) == len && !strncmp(names[i], text, len)) {
			*fault = EDGETPU_FAULT(i, argument);
			return true;
		}
	}
	return false;
}
