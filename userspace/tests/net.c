// SPDX-License-Identifier: MIT
/* See net.h. */
#include <stdlib.h>
#include <string.h>

#include "net.h"

static bool prepare(struct net *net, struct mnet_error *err)
{
	const struct mnet_graph *g = &net->model->graph;
	unsigned int i;

	net->data = calloc(g->num_tensors, sizeof(*net->data));
	net->ops = calloc(g->num_ops ? g->num_ops : 1, sizeof(*net->ops));
	for (i = 0; i < g->num_tensors; i++) {
		const struct mnet_tensor *t = &g->tensors[i];

		net->data[i] = t->data ? (void *)t->data : malloc(t->bytes ? t->bytes : 1);
	}
	for (i = 0; i < g->num_ops; i++)
		if (mnet_cpu_prepare(g, &g->ops[i], &net->ops[i], err))
			return false;
	return true;
}

bool net_load(struct net *net, const char *path, struct mnet_error *err)
{
	memset(net, 0, sizeof(*net));
	if (mnet_model_load(path, &net->model, err))
		return false;
	if (prepare(net, err))
		return true;
	net_free(net);
	return false;
}

void net_free(struct net *net)
{
	const struct mnet_graph *g = &net->model->graph;
	unsigned int i;

	for (i = 0; i < g->num_ops; i++)
		mnet_cpu_release(net->ops[i]);
	for (i = 0; i < g->num_tensors; i++)
		if (!g->tensors[i].data)
			free(net->data[i]);
	free(net->ops);
	free(net->data);
	mnet_model_free(net->model);
	memset(net, 0, sizeof(*net));
}

void net_run_op(struct net *net, unsigned int i)
{
	mnet_cpu_run(net->ops[i], net->data, NULL);
}
