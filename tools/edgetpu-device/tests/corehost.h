/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A device without firmware for unit tests: the test is the control processor
 * and drives the bus registers itself. Context 0 maps CORE_VA to all of host
 * memory behind its page tables.
 */
#ifndef COREHOST_H
#define COREHOST_H

#include "core/device.h"
#include "core/parts.h"

#define CORE_HOST_BASE	0x680000000ull		/* DMA address of host memory */
#define CORE_HOST_SIZE	(4u << 20)
#define CORE_TABLES	(64u << 10)		/* of it, page tables, at its start */
#define CORE_VA		0x40000000ull		/* where context 0 sees what lies behind them */
#define CORE_SRAM	(1u << 20)		/* bytes of SRAM */

/**
 * struct corehost - the bench
 * @dev: the device
 * @memory: CORE_HOST_SIZE bytes
 * @tables: bytes of page tables given out
 * @irqs: interrupts by vector
 * @index: index of the next command pushed
 * @locked: inside lock() of the host operations
 */
struct corehost {
	struct edgetpu_device *dev;
	uint8_t *memory;
	uint64_t tables;
	unsigned int irqs[EDGETPU_NUM_VECTORS];
	uint32_t index;
	bool locked;
};

/* Context 0 is set up, its job started, region 1 readable, region 2 writable: 1 MiB each. */
void corehost_init(struct corehost *host);
void corehost_free(struct corehost *host);

/* cmocka fixtures around one static bench, *state */
int corehost_setup(void **state);
int corehost_teardown(void **state);

/* Memory of region 1 or 2 */
uint8_t *corehost_region(struct corehost *host, unsigned int region);

/* Adds tables as needed; @flags: EDGETPU_PTE_*; returns the entry's place in host memory. */
uint64_t *corehost_map(struct corehost *host, uint64_t root, uint64_t va, uint64_t pa,
		       uint64_t flags);
uint64_t corehost_table(struct corehost *host);

/* Bus registers; the access must be accepted. */
uint32_t corehost_get(struct corehost *host, uint32_t reg);
void corehost_set(struct corehost *host, uint32_t reg, uint32_t value);

/* Hands a command to its engine. */
void corehost_push(struct corehost *host, const struct edgetpu_command *command);
/* Lets time pass until the engines are idle or stopped by a fault. */
void corehost_wait(struct corehost *host);
/* Push, wait, return the engine's fault. ENGINE_RESET follows a fault. */
unsigned int corehost_run(struct corehost *host, const struct edgetpu_command *command);

/* --- commands ----------------------------------------------------------------- */

struct edgetpu_command make_dma(unsigned int opcode, uint64_t offset, uint32_t sram, uint32_t len);
struct edgetpu_command make_copy(uint32_t in, uint32_t out, uint32_t len);
struct edgetpu_command make_fill(uint32_t out, uint32_t len, uint8_t value);
/* Densely packed tensors, "same" geometry left to the caller */
struct edgetpu_command make_window(unsigned int opcode, uint32_t in, uint32_t out, unsigned int h,
				   unsigned int w, unsigned int in_c, unsigned int out_c,
				   unsigned int kernel, unsigned int stride, unsigned int pad);

/* Deterministic pseudo-random numbers */
uint32_t next_random(uint32_t *state);

#endif /* COREHOST_H */
