/* SPDX-License-Identifier: MIT */
/* Small graphs made by hand, for tests. */
#ifndef MNET_TESTS_BUILD_H
#define MNET_TESTS_BUILD_H

#include "operators/operator.h"

#define BUILD_MAX	1024	/* tensors, operators */

/**
 * struct build - a graph being made
 * @graph: its tensors and operators so far; arrays of BUILD_MAX
 */
struct build {
	struct mnet_graph graph;
};

void build_start(struct build *b);
void build_free(struct build *b);

/* A tensor of @rank sizes; returns its index */
int build_tensor(struct build *b, const char *name, enum mnet_type type, unsigned int rank, ...);
/* The same from an array */
int build_tensor_of(struct build *b, const char *name, enum mnet_type type, unsigned int rank,
		    const int32_t *shape);
/* One scale */
void build_scale(struct build *b, int tensor, float scale, int32_t zero_point);
/* @n scales along @axis; copied */
void build_scales(struct build *b, int tensor, unsigned int axis, unsigned int n,
		  const float *scales);
/* Contents; copied */
void build_data(struct build *b, int tensor, const void *data);
/* An operator; inputs end with -2 */
struct mnet_op *build_op(struct build *b, int code, int output, ...);
void build_input(struct build *b, int tensor);
void build_output(struct build *b, int tensor);

/*
 * A network with one of every operator that the CPU runs, on an 8 x 8 x 6 image of
 * @type.
 */
void build_everything(struct build *b, enum mnet_type type);

#endif /* MNET_TESTS_BUILD_H */
