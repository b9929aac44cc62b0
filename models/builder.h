/* SPDX-License-Identifier: MIT */
/*
 * Builds networks with seeded weights, quantised or float, a layer a call. The weights
 * are random but scaled so that every layer's sums have the same spread, as
 * batch normalisation does, and each tensor's range follows from the spread
 * expected there: values are lively, not saturated, as in a trained network.
 *
 * Tensors are named by their index. Errors stick: build on, ask at the end.
 */
#ifndef MODELS_BUILDER_H
#define MODELS_BUILDER_H

#include "graph/graph.h"

enum net_activation {
	NET_LINEAR,
	NET_RELU,
	NET_HARD_SWISH,
};

struct net;

/**
 * net_new - an empty network
 * @type: MNET_INT8: per-channel symmetric weights; MNET_UINT8: per-tensor weights
 *	with a zero point, as TensorFlow 1's quantiser made them; MNET_FLOAT32: for
 *	a quantiser to work on
 * @seed: of the weights
 */
struct net *net_new(enum mnet_type type, uint64_t seed);
void net_free(struct net *net);

/* An image, values in [-1, 1] */
int net_input(struct net *net, int32_t height, int32_t width, int32_t channels);
/* SAME padding */
int net_conv(struct net *net, int in, int32_t channels, int32_t kernel, int32_t stride,
	     enum net_activation activation);
int net_depthwise(struct net *net, int in, int32_t kernel, int32_t stride,
		  enum net_activation activation);
int net_add(struct net *net, int a, int b);
/* Average over the whole map */
int net_global_pool(struct net *net, int in);
/* Squeeze-and-excite through a bottleneck of @channels: in * hard_sigmoid(conv(relu(conv(pool)))) */
int net_squeeze_excite(struct net *net, int in, int32_t channels);
/* 1x1 map to a vector of class probabilities */
int net_softmax(struct net *net, int in);

int32_t net_channels(const struct net *net, int tensor);
/* Multiply-accumulates and parameters so far */
uint64_t net_macs(const struct net *net);
uint64_t net_params(const struct net *net);

/* Makes @output the network's and hands out the graph, which lives as long as @net. */
const struct mnet_graph *net_finish(struct net *net, int output, struct mnet_error *err);

/* @channels scaled by @multiplier, rounded to 8, not below 90 % (the MobileNet papers' rule) */
int32_t net_scale_channels(int32_t channels, double multiplier);

#endif /* MODELS_BUILDER_H */
