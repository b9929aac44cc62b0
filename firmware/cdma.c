// SPDX-License-Identifier: GPL-2.0-only
/*
 * Control DMA: one channel, requests in order.
 */
#include "cdma.h"

static struct cdma_request *current;

bool cdma_busy(struct cdma_request *req)
{
	uint32_t status;

	if (req != current)
		return false;
	status = reg_read(CORE_CDMA_STATUS);
	if (status == CORE_CDMA_BUSY)
		return true;
	req->status = status;
	if (status) {
		req->fault = reg_read(CORE_CDMA_FAULT_LO);
		req->fault |= (uint64_t)reg_read(CORE_CDMA_FAULT_HI) << 32;
	}
	current = NULL;
	return false;
}

bool cdma_idle(void)
{
	return !current || !cdma_busy(current);
}

uint32_t cdma_wait(struct cdma_request *req)
{
	while (cdma_busy(req))
		core_wait(CORE_EVENT_CDMA);
	return req->status;
}

void cdma_start(struct cdma_request *req, uint32_t context, uint64_t addr, void *local,
		uint32_t len, uint32_t direction)
{
	if (current)
		cdma_wait(current);
	current = req;
	reg_write(CORE_EVENT_PENDING, CORE_EVENT_CDMA);
	reg_write(CORE_CDMA_CONTEXT, context);
	reg_write(CORE_CDMA_ADDR_LO, addr);
	reg_write(CORE_CDMA_ADDR_HI, addr >> 32);
	reg_write(CORE_CDMA_LOCAL, tcm_addr(local));
	reg_write(CORE_CDMA_LEN, len);
	reg_write(CORE_CDMA_START, direction);
}

uint32_t cdma_copy(uint32_t context, uint64_t addr, void *local, uint32_t len,
		   uint32_t direction)
{
	struct cdma_request req;

	cdma_start(&req, context, addr, local, len, direction);
	return cdma_wait(&req);
}
