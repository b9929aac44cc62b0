/* SPDX-License-Identifier: MIT */
/*
 * Between the files of the cost model.
 */
#ifndef HWMODEL_COST_INTERNAL_H
#define HWMODEL_COST_INTERNAL_H

#include <endian.h>
#include <stdbool.h>

#include "cost.h"

static inline uint64_t ceil_div(uint64_t a, uint64_t b)
{
	return (a + b - 1) / b;
}

static inline uint64_t max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static inline uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Bytes of whole lines read, on average, for @len bytes at an address aligned or not */
static inline uint64_t line_bytes(uint64_t len, bool aligned)
{
	return aligned ? ceil_div(len, HWMODEL_SRAM_LINE) * HWMODEL_SRAM_LINE :
			 len + HWMODEL_SRAM_LINE - 1;
}

/* Each adds to @cost, which has the issue in it. */
void hwmodel_array(const struct hwmodel_config *config, const struct edgetpu_cmd_conv *conv,
		   struct hwmodel_cost *cost);
void hwmodel_window(const struct hwmodel_config *config, unsigned int opcode,
		    const struct edgetpu_cmd_conv *conv, struct hwmodel_cost *cost);
void hwmodel_elementwise(const struct hwmodel_config *config, unsigned int opcode,
			 const struct edgetpu_cmd_elementwise *op, struct hwmodel_cost *cost);
void hwmodel_copy(unsigned int opcode, const struct edgetpu_cmd_copy *copy,
		  struct hwmodel_cost *cost);

/* Walks of LOAD or STORE when the TLB knows nothing of its region. */
struct hwmodel_walks hwmodel_cold_walks(const struct edgetpu_command *command);
/* No LOAD or STORE needs more than these. */
struct hwmodel_walks hwmodel_most_walks(const struct edgetpu_command *command);

#endif /* HWMODEL_COST_INTERNAL_H */
