// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is checked of a job before an engine hears of it.
 */
#include "descriptor.h"

static bool region_good(const struct edgetpu_region *region)
{
	const uint64_t space = 1ull << EDGETPU_VA_BITS;

	if (!region->size)
		return true;
	return !(region->va % 64) && region->va < space && region->size <= space - region->va &&
	       !(region->flags & ~(EDGETPU_REGION_READ | EDGETPU_REGION_WRITE)) && !region->pad;
}

static bool trace_good(const struct edgetpu_job *desc)
{
	const struct edgetpu_region *region = &desc->regions[desc->trace_region];

	return desc->trace_region < EDGETPU_NUM_REGIONS &&
	       desc->trace_region != EDGETPU_REGION_COMMAND &&
	       region->flags & EDGETPU_REGION_WRITE &&
	       region->size >= desc->num_commands * (uint64_t)sizeof(struct edgetpu_trace);
}

uint32_t descriptor_check(const struct edgetpu_job *desc, uint32_t seq)
{
	uint32_t i, pad = 0;

	for (i = 0; i < sizeof(desc->pad) / sizeof(desc->pad[0]); i++)
		pad |= desc->pad[i];
	if (desc->seq != seq || desc->flags & ~(uint32_t)EDGETPU_JOB_FLAGS || pad ||
	    !desc->num_commands || desc->num_commands > EDGETPU_MAX_COMMANDS)
		return EDGETPU_STATUS_BAD_JOB;
	for (i = 0; i < EDGETPU_NUM_REGIONS; i++)
		if (!region_good(&desc->regions[i]))
			return EDGETPU_STATUS_BAD_JOB;
	if (desc->regions[EDGETPU_REGION_COMMAND].size <
	    desc->num_commands * (uint64_t)EDGETPU_COMMAND_SIZE)
		return EDGETPU_STATUS_BAD_JOB;
	if (desc->flags & EDGETPU_JOB_TRACE && !trace_good(desc))
		return EDGETPU_STATUS_BAD_JOB;
	return EDGETPU_STATUS_OK;
}
