/* SPDX-License-Identifier: MIT */
#ifndef MODELS_NETWORKS_H
#define MODELS_NETWORKS_H

#include "builder.h"

/* Each builds its network on a @size x @size RGB image and returns the output tensor. */
int mobilenet_edgetpu(struct net *net, double depth_multiplier, int32_t size);
int mobilenet_v3_small(struct net *net, int32_t size);

#endif /* MODELS_NETWORKS_H */
