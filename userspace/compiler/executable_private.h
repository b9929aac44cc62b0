/* SPDX-License-Identifier: MIT */
/*
 * Making executables: the compiler's way and the file reader's.
 */
#ifndef MNET_EXECUTABLE_PRIVATE_H
#define MNET_EXECUTABLE_PRIVATE_H

#include "compiler/executable.h"

struct mc_compiler;

/* An empty one with an arena, or NULL */
struct mnet_executable *mnet_executable_new(void);

/* Graph, segments and room for subgraphs, copied out of a compilation. */
int mc_executable_fill(struct mc_compiler *c, struct mnet_executable *exe);

/**
 * struct mnet_stream_limits - what a command stream may touch
 * @config: the device
 * @region_size: bytes of each region; 0: not bound
 */
struct mnet_stream_limits {
	struct mnet_hw_config config;
	uint64_t region_size[EDGETPU_NUM_REGIONS];
};

/*
 * Checks a command stream as the device would and beyond: fields, SRAM and
 * region ranges, rights, cycles, waits that only look back, and that whatever two
 * engines touch in common is ordered. -EINVAL with the command's number.
 */
int mnet_stream_verify(const struct edgetpu_command *commands, unsigned int num,
		       const struct mnet_stream_limits *limits, struct mnet_error *err);

/*
 * Checks everything that running an executable relies on; -EINVAL with the
 * place. For what the compiler made as for what a file holds.
 */
int mnet_executable_verify(const struct mnet_executable *exe, struct mnet_error *err);

#endif /* MNET_EXECUTABLE_PRIVATE_H */
