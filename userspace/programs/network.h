/* SPDX-License-Identifier: MIT */
#ifndef PROGRAMS_NETWORK_H
#define PROGRAMS_NETWORK_H

#include "mnet.h"

/*
 * A .mnet file as it is, a .tflite file compiled for @config; which one, the
 * file's content says.
 */
int network_load(const char *path, const struct mnet_hw_config *config,
		 const struct mnet_compile_options *options, struct mnet_executable **exe,
		 struct mnet_error *err);

#endif /* PROGRAMS_NETWORK_H */
