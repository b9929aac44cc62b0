/* SPDX-License-Identifier: MIT */
/* A whole network on the CPU kernels alone, one operator after the other. */
#ifndef MNET_TESTS_NET_H
#define MNET_TESTS_NET_H

#include "cpu/cpu.h"

/**
 * struct net - a model with memory for its tensors
 * @model: the model
 * @ops: prepared, one per operator
 * @data: memory of each tensor; constants are the model's
 */
struct net {
	struct mnet_model *model;
	struct mnet_cpu_op **ops;
	void **data;
};

/* False with @err when the model cannot be loaded or run on the CPU */
bool net_load(struct net *net, const char *path, struct mnet_error *err);
void net_free(struct net *net);
/* Runs operator @i */
void net_run_op(struct net *net, unsigned int i);

#endif /* MNET_TESTS_NET_H */
