/* SPDX-License-Identifier: MIT */
/*
 * Small networks drawn from a seed: one to six operators with any shapes, scales
 * and options that TensorFlow Lite accepts.
 */
#ifndef OPERATORS_DRAW_H
#define OPERATORS_DRAW_H

#include "tests/build.h"
#include "tests/check.h"

/**
 * struct draw - a network being drawn
 * @b: the graph it goes to, which may hold others
 * @random: where choices come from
 * @first: the network's first tensor in @b
 */
struct draw {
	struct build *b;
	struct check_random random;
	unsigned int first;
};

/* Appends the network of @seed to @b: its operators, its inputs and its outputs. */
void draw_network(struct build *b, unsigned long long seed);
/* Fills @bytes with values for an input of the graph */
void draw_input(const struct mnet_tensor *t, unsigned long long seed, void *bytes);

/* Choices */
int draw_int(struct draw *d, int lo, int hi);
bool draw_chance(struct draw *d, int percent);
/* In [lo, hi), each power of two as likely as any other */
double draw_real(struct draw *d, double lo, double hi);
enum mnet_padding draw_padding(struct draw *d);
enum mnet_activation draw_fused(struct draw *d);

static inline struct mnet_tensor *draw_tensor(const struct draw *d, int tensor)
{
	return &d->b->graph.tensors[tensor];
}

/* Tensors; each returns its index */
int draw_value(struct draw *d, enum mnet_type type, unsigned int rank, const int32_t *shape);
/* With a scale that spreads results, which are @step of the real values, over the type's range */
int draw_result(struct draw *d, enum mnet_type type, unsigned int rank, const int32_t *shape,
		double step);
/* With the scale of @like */
int draw_same(struct draw *d, int like, unsigned int rank, const int32_t *shape);
int draw_ints(struct draw *d, const char *name, unsigned int rank, const int32_t *shape,
	      const int32_t *values);
/* An earlier value of that type and shape, seldom @in itself; -1: none was found */
int draw_earlier(struct draw *d, int in, enum mnet_type type, unsigned int rank,
		 const int32_t *shape);
/* Makes @tensor a constant or an input of the graph */
int draw_source(struct draw *d, int tensor);

/**
 * struct draw_weights - of a convolution
 * @rank: their dimensions
 * @axis: that of the output channels
 * @per_channel: whether each channel may have its scale
 * @shape: @rank sizes
 */
struct draw_weights {
	unsigned int rank;
	unsigned int axis;
	bool per_channel;
	int32_t shape[4];
};

/*
 * Weights and a bias for @in, the bias MNET_NO_TENSOR now and then where it is
 * @optional. @step is for draw_result(): what the sums spread over.
 */
void draw_filter(struct draw *d, int in, const struct draw_weights *w, bool optional, int *weights,
		 int *bias, double *step);

/* Kinds of operators: each takes tensor @in and returns the result, or -1 if it cannot. */
int draw_conv(struct draw *d, int in);
int draw_depthwise(struct draw *d, int in);
int draw_fully_connected(struct draw *d, int in);
int draw_transpose_conv(struct draw *d, int in);
int draw_pool(struct draw *d, int in);
int draw_mean(struct draw *d, int in);
int draw_resize(struct draw *d, int in);
int draw_arith(struct draw *d, int in);
int draw_unary(struct draw *d, int in);
int draw_softmax(struct draw *d, int in);
int draw_quantize(struct draw *d, int in);
int draw_dequantize(struct draw *d, int in);
int draw_reshape(struct draw *d, int in);
int draw_squeeze(struct draw *d, int in);
int draw_pad(struct draw *d, int in);
int draw_concat(struct draw *d, int in);

#endif /* OPERATORS_DRAW_H */
