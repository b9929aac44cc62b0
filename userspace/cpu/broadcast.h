/* SPDX-License-Identifier: MIT */
/*
 * Walking two inputs that broadcast to an output, a line of equal steps at a time.
 */
#ifndef MNET_CPU_BROADCAST_H
#define MNET_CPU_BROADCAST_H

#include "graph/graph.h"

/**
 * struct cpu_broadcast - how the inputs' elements meet
 * @rank: dimensions of the output, those that one step goes through merged, at least 1
 * @size: of each
 * @step: elements from one to the next in each input, 0 where it is repeated; 0 or 1
 *	in the last dimension
 */
struct cpu_broadcast {
	unsigned int rank;
	int32_t size[MNET_MAX_RANK];
	size_t step[2][MNET_MAX_RANK];
};

/**
 * typedef cpu_line_fn - one line of the output
 * @state: the caller's
 * @in: the inputs' first elements
 * @step: of the inputs, 0 or 1
 * @out: first element
 * @n: elements
 */
typedef void cpu_line_fn(const void *state, const void *const in[2], const size_t step[2],
			 void *out, size_t n);

void cpu_broadcast_init(struct cpu_broadcast *walk, const struct mnet_tensor *a,
			const struct mnet_tensor *b, const struct mnet_tensor *out);

/* @size: bytes of an element, the same for all three */
void cpu_broadcast_run(const struct cpu_broadcast *walk, const void *a, const void *b, void *out,
		       size_t size, cpu_line_fn *line, const void *state);

#endif /* MNET_CPU_BROADCAST_H */
