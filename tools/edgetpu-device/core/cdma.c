// SPDX-License-Identifier: GPL-2.0-only
/*
 * Control DMA: the firmware's own way to host memory.
 */
#include "internal.h"

#define MAX_LEN 0x10000u

static bool cdma_valid(const struct edgetpu_device *dev, uint32_t direction)
{
	const struct cdma *cdma = &dev->cdma;
	uint32_t offset = cdma->local - EDGETPU_TCM_BASE;

	return (direction == CORE_CDMA_TO_TCM || direction == CORE_CDMA_TO_HOST) &&
	       cdma->len && cdma->len <= MAX_LEN && cdma->len % 4 == 0 && offset % 4 == 0 &&
	       offset < EDGETPU_TCM_SIZE && cdma->len <= EDGETPU_TCM_SIZE - offset &&
	       cdma->context <= EDGETPU_MAX_CONTEXTS;
}

void cdma_start(struct edgetpu_device *dev, uint32_t direction)
{
	struct cdma *cdma = &dev->cdma;
	struct access access = { .write = direction == CORE_CDMA_TO_HOST };
	struct hwmodel_cost cost;

	if (cdma->status == CORE_CDMA_BUSY) {
		cdma->misused = true;
		return;
	}
	if (!cdma_valid(dev, direction)) {
		cdma->status = EDGETPU_STATUS_BAD_JOB;
		dev->events |= CORE_EVENT_CDMA;
		return;
	}
	access.direct = !cdma->context;
	access.context = cdma->context - 1;
	access.right = access.write ? EDGETPU_PTE_WRITE : EDGETPU_PTE_COMMAND;
	cdma->misused = false;
	host_lock(dev);
	cdma->outcome = access_copy(dev, &access, cdma->addr,
				    dev->tcm + (cdma->local - EDGETPU_TCM_BASE), cdma->len);
	host_unlock(dev);
	cdma->outcome_fault = access.fault;
	cdma->status = CORE_CDMA_BUSY;
	hwmodel_transfer(&dev->model, cdma->addr, cdma->len, &access.walks, &cost);
	stream_begin(dev, STREAM_CDMA, &cost);
}

void cdma_finish(struct edgetpu_device *dev)
{
	struct cdma *cdma = &dev->cdma;

	cdma->status = cdma->misused ? EDGETPU_STATUS_BAD_JOB : cdma->outcome;
	cdma->fault = cdma->outcome ? cdma->outcome_fault : 0;
	dev->events |= CORE_EVENT_CDMA;
}
