// SPDX-License-Identifier: MIT
/* See float_tile.h. A lane is an output channel, so every sum keeps its order. */
#include <errno.h>
#include <string.h>

#include "cpu/float_tile.h"

#define LANES	8
#define HALVES	(FLOAT_TILE_CHANNELS / LANES)

typedef float vec __attribute__((vector_size(LANES * sizeof(float))));

int cpu_float_pack_init(struct mnet_arena *memory, size_t channels, size_t depth,
			struct float_weights *packed)
{
	size_t padded = (channels + FLOAT_TILE_CHANNELS - 1) / FLOAT_TILE_CHANNELS *
			FLOAT_TILE_CHANNELS;

	packed->channels = channels;
	packed->depth = depth;
	packed->packed = mnet_arena_alloc(memory, padded * depth * sizeof(float));
	packed->bias = mnet_arena_alloc(memory, padded * sizeof(float));
	return packed->packed && packed->bias ? 0 : -ENOMEM;
}

void cpu_float_pack(const float *weights, const float *bias, struct float_weights *packed)
{
	size_t depth = packed->depth, c, k;

	for (c = 0; c < packed->channels; c++) {
		float *block = packed->packed + c / FLOAT_TILE_CHANNELS * FLOAT_TILE_CHANNELS * depth;

		for (k = 0; k < depth; k++)
			block[k * FLOAT_TILE_CHANNELS + c % FLOAT_TILE_CHANNELS] =
				weights[c * depth + k];
		packed->bias[c] = bias ? bias[c] : 0.0f;
	}
}

/* One block of channels; @sums: FLOAT_TILE_ROWS x FLOAT_TILE_CHANNELS */
static inline __attribute__((always_inline)) void block(const float *weights, size_t depth,
							const float *const rows[FLOAT_TILE_ROWS],
							float *sums)
{
	vec acc[FLOAT_TILE_ROWS][HALVES] = { { { 0 } } }, w[HALVES];
	size_t k;
	int r, h;

	for (k = 0; k < depth; k++, weights += FLOAT_TILE_CHANNELS) {
		memcpy(w, weights, sizeof(w));
		for (r = 0; r < FLOAT_TILE_ROWS; r++)
			for (h = 0; h < HALVES; h++)
				acc[r][h] += w[h] * rows[r][k];
	}
	memcpy(sums, acc, sizeof(acc));
}

static void block_portable(const float *weights, size_t depth,
			   const float *const rows[FLOAT_TILE_ROWS], float *sums)
{
	block(weights, depth, rows, sums);
}

#ifdef __x86_64__
__attribute__((target("avx2")))
static void block_avx2(const float *weights, size_t depth,
		       const float *const rows[FLOAT_TILE_ROWS], float *sums)
{
	block(weights, depth, rows, sums);
}

static bool has_avx2(void)
{
	return __builtin_cpu_supports("avx2");
}
#else
#define block_avx2	block_portable

static bool has_avx2(void)
{
	return false;
}
#endif

void cpu_float_tile(const struct float_weights *w, struct cpu_float_range range,
		    const float *const rows[FLOAT_TILE_ROWS], float *const out[FLOAT_TILE_ROWS])
{
	void (*run)(const float *weights, size_t depth, const float *const rows[FLOAT_TILE_ROWS],
		    float *sums) = has_avx2() ? block_avx2 : block_portable;
	float sums[FLOAT_TILE_ROWS * FLOAT_TILE_CHANNELS] __attribute__((aligned(64)));
	const float *packed = w->packed;
	size_t at, i, n;
	int r;

	for (at = 0; at < w->channels; at += n, packed += FLOAT_TILE_CHANNELS * w->depth) {
		n = w->channels - at < FLOAT_TILE_CHANNELS ? w->channels - at : FLOAT_TILE_CHANNELS;
		run(packed, w->depth, rows, sums);
		for (r = 0; r < FLOAT_TILE_ROWS; r++)
			for (i = 0; i < n; i++)
				out[r][at + i] = cpu_float_clamp(sums[r * FLOAT_TILE_CHANNELS + i] +
								 w->bias[at + i], range);
	}
}
