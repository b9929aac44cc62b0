/* SPDX-License-Identifier: MIT */
/* Runs an executable without any device: streams by stream_exec.c, the rest by the CPU kernels. */
#ifndef RUN_EXECUTABLE_H
#define RUN_EXECUTABLE_H

#include "compiler/executable.h"

/* The bytes of all outputs, one behind the other, to be freed; NULL: failed, and said why. */
void *run_executable(const struct mnet_executable *exe, const void *inputs);

#endif /* RUN_EXECUTABLE_H */
