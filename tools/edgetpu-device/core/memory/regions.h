/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a job's commands may reach of host memory: an address space, and windows
 * of it by number.
 */
#ifndef EDGETPU_REGIONS_H
#define EDGETPU_REGIONS_H

#include <stdint.h>

#include "core/registers.h"
#include "edgetpu_core.h"

struct region {
	uint64_t va;
	uint64_t size;
	uint32_t flags;
};

/**
 * struct regions - the job's view of host memory
 * @context: JOB_CONTEXT
 * @region: windows
 */
struct regions {
	uint32_t context;
	struct region region[EDGETPU_NUM_REGIONS];
};

void regions_reset(struct regions *regions);
/* For the control processor */
void regions_registers(struct regions *regions, struct reg_map *core);

#endif /* EDGETPU_REGIONS_H */
