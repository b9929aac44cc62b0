/* SPDX-License-Identifier: MIT */
/*
 * The inner loop of float convolutions: a few rows of inputs times packed weights.
 */
#ifndef MNET_CPU_FLOAT_TILE_H
#define MNET_CPU_FLOAT_TILE_H

#include "cpu/float32.h"

#define FLOAT_TILE_ROWS		4	/* rows at a time */
#define FLOAT_TILE_CHANNELS	16	/* output channels of a block of weights */

/**
 * struct float_weights - a filter packed for cpu_float_tile()
 * @packed: blocks of @depth steps of FLOAT_TILE_CHANNELS channels, 0 beyond the last
 * @bias: of each channel, 0 beyond the last and where there is none
 * @channels: output channels
 * @depth: products of each sum
 */
struct float_weights {
	float *packed;
	float *bias;
	size_t channels;
	size_t depth;
};

/* Makes room; -ENOMEM or 0 */
int cpu_float_pack_init(struct mnet_arena *memory, size_t channels, size_t depth,
			struct float_weights *packed);
/* Fills it from @packed->channels rows of @packed->depth, and biases or NULL. */
void cpu_float_pack(const float *weights, const float *bias, struct float_weights *packed);

/**
 * cpu_float_tile - all output channels of FLOAT_TILE_ROWS rows
 * @w: weights
 * @range: outputs are clamped to it
 * @rows: inputs, w->depth each
 * @out: w->channels each
 *
 * Where rows are fewer, the same may stand several times.
 */
void cpu_float_tile(const struct float_weights *w, struct cpu_float_range range,
		    const float *const rows[FLOAT_TILE_ROWS], float *const out[FLOAT_TILE_ROWS]);

#endif /* MNET_CPU_FLOAT_TILE_H */
