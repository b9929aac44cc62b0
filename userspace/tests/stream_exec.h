/* SPDX-License-Identifier: MIT */
/*
 * A second reading of uapi/edgetpu_isa.h: runs a command stream in its order,
 * in plain int32 arithmetic, sharing no code with the device's kernels. Order
 * in the stream is a legal order, since commands wait for earlier ones alone.
 */
#ifndef STREAM_EXEC_H
#define STREAM_EXEC_H

#include "compiler/executable.h"

/**
 * stream_exec - run one job
 * @sg: the job
 * @sram: scratch memory
 * @sram_size: its bytes
 * @region: memory of each region; WEIGHTS is the job's own
 *
 * Return: 0, or -1 with the command printed that leaves its memory or has no meaning.
 */
int stream_exec(const struct mnet_subgraph *sg, uint8_t *sram, size_t sram_size,
		uint8_t *const region[EDGETPU_NUM_REGIONS]);

#endif /* STREAM_EXEC_H */
