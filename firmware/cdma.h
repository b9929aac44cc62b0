/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Control DMA between TCM and host memory. The hardware has one channel; a
 * request that finds it taken waits for the one before it.
 */
#ifndef FW_CDMA_H
#define FW_CDMA_H

#include "regs.h"

/* CDMA's own context number: host memory directly */
#define CDMA_HOST		0
#define CDMA_CONTEXT(ctx)	((ctx) + 1)

/**
 * struct cdma_request - one transfer
 * @status: EDGETPU_STATUS_*, valid once cdma_busy() says false
 * @fault: with an error, the address
 */
struct cdma_request {
	uint32_t status;
	uint64_t fault;
};

/**
 * cdma_start - start a transfer; it runs on by itself
 * @req: stays with the caller until the transfer is done
 * @context: CDMA_HOST or CDMA_CONTEXT()
 * @addr: address in that context
 * @local: TCM, a multiple of 4; must stay until done
 * @len: bytes, a multiple of 4
 * @direction: CORE_CDMA_TO_TCM or CORE_CDMA_TO_HOST
 */
void cdma_start(struct cdma_request *req, uint32_t context, uint64_t addr, void *local,
		uint32_t len, uint32_t direction);

/* Is @req under way? */
bool cdma_busy(struct cdma_request *req);

/* Is nothing under way? */
bool cdma_idle(void);

/* Waits for @req; returns its status. */
uint32_t cdma_wait(struct cdma_request *req);

/* Start and wait. */
uint32_t cdma_copy(uint32_t context, uint64_t addr, void *local, uint32_t len,
		   uint32_t direction);

#endif /* FW_CDMA_H */
