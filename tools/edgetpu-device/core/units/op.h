/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A command as a unit works on it: decoded, checked, and done bit by bit.
 */
#ifndef EDGETPU_OP_H
#define EDGETPU_OP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/memory/mmu.h"
#include "core/memory/regions.h"
#include "core/memory/sram.h"
#include "core/span.h"
#include "edgetpu_isa.h"
#include "hwmodel/cost.h"
#include "kernels/engine.h"

#define OP_MAX_READS 4

/**
 * struct unit_env - what units reach
 * @model: the hardware
 * @sram: scratch memory
 * @mmu: the way to host memory
 * @regions: of the job
 */
struct unit_env {
	const struct hwmodel_config *model;
	struct sram *sram;
	struct mmu *mmu;
	const struct regions *regions;
};

/**
 * struct walker - a way through the lines of a span, piece by piece
 * @piece: bytes at most of one piece; a line is cut into such
 * @group: pieces of one step
 * @i1: line
 * @i2: plane
 * @at: byte in the line
 */
struct walker {
	uint64_t piece;
	uint64_t group;
	uint64_t i1;
	uint64_t i2;
	uint64_t at;
};

/**
 * struct op - a command decoded and checked
 * @command: as it came
 * @unit: whose it is
 * @reads: SRAM read
 * @num_reads: how many of them
 * @write: SRAM written
 * @writes: is any
 * @mem: device virtual addresses read (LOAD) or written (STORE)
 * @steps: the work is done in so many, at least 1
 * @status: how it will end, as far as is known
 * @fault: with an error, the address where there is one
 * @conv: operands of CONV, DEPTHWISE and pools
 * @part: rows, columns and channels of a step of them
 * @elementwise: operands of ADD and RESCALE
 * @lines: the others' way through their spans
 * @access: the way of LOAD and STORE through the MMU
 * @move: the same when the bytes move
 * @stopped: it met its fault while bytes moved; nothing is done after that
 */
struct op {
	struct edgetpu_command command;
	const struct unit *unit;
	struct span reads[OP_MAX_READS];
	unsigned int num_reads;
	struct span write;
	bool writes;
	struct span mem;
	uint64_t steps;
	unsigned int status;
	uint64_t fault;
	union {
		struct {
			struct mnet_conv_args conv;
			struct {
				int32_t h, w, c;
			} part;
		};
		struct {
			struct mnet_elementwise_args elementwise;
			struct walker lines;
			struct access access;
			struct access move;
			bool stopped;
		};
	};
};

/**
 * struct unit - how one kind of command is done
 * @decode: checks every field and fills the op; EDGETPU_STATUS_*
 * @prepare: NULL: nothing to prepare. Looks ahead, at no cost in model time but some
 *	in the host's; false: call again. May set the op's status.
 * @cost: of a command that is prepared
 * @work: does step @step, the one after the last; may set the op's status
 */
struct unit {
	unsigned int (*decode)(const struct unit_env *env, struct op *op);
	bool (*prepare)(const struct unit_env *env, struct op *op);
	void (*cost)(const struct unit_env *env, const struct op *op, struct hwmodel_cost *cost);
	void (*work)(const struct unit_env *env, struct op *op, uint64_t step);
};

extern const struct unit unit_dma;
extern const struct unit unit_window;
extern const struct unit unit_vector;

/* In [2^30, 2^31) or 0, and in [-31, 30]: struct edgetpu_channel_block */
static inline bool scale_valid(uint32_t multiplier, int32_t shift)
{
	return (!multiplier || multiplier >> 30 == 1) && shift >= -31 && shift <= 30;
}

/* Are they all zero? */
bool bytes_zero(const uint8_t *bytes, size_t len);

/* The cost of a command that nothing but its fields decides */
void unit_fixed_cost(const struct unit_env *env, const struct op *op, struct hwmodel_cost *cost);

/* --- walker.c: a few hundred microseconds of a host's time to a step --------------- */

/* Starts at the beginning; returns the number of steps. */
uint64_t walker_start(struct walker *walker, const struct span *span);
/* The piece it stands at: its length; false at the end. */
bool walker_piece(const struct walker *walker, const struct span *span, uint64_t *len);
/* On to the next. */
void walker_next(struct walker *walker, const struct span *span);

/* Where the walker stands in @span, which has the lines of the one walked through */
static inline uint64_t walker_offset(const struct walker *walker, const struct span *span)
{
	return span->base + walker->i2 * span->stride2 + walker->i1 * span->stride1 + walker->at;
}

#endif /* EDGETPU_OP_H */
