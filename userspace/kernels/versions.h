/* SPDX-License-Identifier: MIT */
/*
 * Versions of the engines' arithmetic for kinds of processors. mnet_engine_*()
 * goes to the best one; tests go through all that run here.
 */
#ifndef MNET_KERNELS_VERSIONS_H
#define MNET_KERNELS_VERSIONS_H

#include <stdbool.h>

#include "kernels/engine.h"

/**
 * struct mnet_engine_version - the operations of engine.h
 * @name: "avx512", "avx2", "portable", "ref"
 * @runs_here: whether this processor has what it needs; NULL: any has
 */
struct mnet_engine_version {
	const char *name;
	bool (*runs_here)(void);
	void (*conv)(const struct mnet_conv_args *args);
	void (*depthwise)(const struct mnet_conv_args *args);
	void (*avg_pool)(const struct mnet_conv_args *args);
	void (*max_pool)(const struct mnet_conv_args *args);
	void (*add)(const struct mnet_elementwise_args *args);
	void (*rescale)(const struct mnet_elementwise_args *args);
};

/* Fastest first, ended by one without a name; the last always runs */
extern const struct mnet_engine_version mnet_engine_versions[];

/* Portable versions with channels innermost; kernels/portable.c */
void mnet_portable_conv(const struct mnet_conv_args *args);
void mnet_portable_depthwise(const struct mnet_conv_args *args);
void mnet_portable_avg_pool(const struct mnet_conv_args *args);
void mnet_portable_max_pool(const struct mnet_conv_args *args);
void mnet_portable_add(const struct mnet_elementwise_args *args);
void mnet_portable_rescale(const struct mnet_elementwise_args *args);

#ifdef __x86_64__
void mnet_avx2_conv(const struct mnet_conv_args *args);
void mnet_avx2_depthwise(const struct mnet_conv_args *args);
void mnet_avx2_add(const struct mnet_elementwise_args *args);
void mnet_avx512_conv(const struct mnet_conv_args *args);
void mnet_avx512_depthwise(const struct mnet_conv_args *args);
void mnet_avx512_add(const struct mnet_elementwise_args *args);
#endif

#endif /* MNET_KERNELS_VERSIONS_H */
