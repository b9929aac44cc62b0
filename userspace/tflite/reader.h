/* SPDX-License-Identifier: MIT */
/*
 * .tflite (a FlatBuffer) to graph. Every offset and length is checked; the
 * bytes are untrusted.
 */
#ifndef MNET_TFLITE_READER_H
#define MNET_TFLITE_READER_H

#include "graph/graph.h"

/**
 * mnet_tflite_read - read subgraph 0 of a model
 * @data: the file; must outlive the graph, whose constants point into it
 * @size: its bytes
 * @graph: out; freed by mnet_arena_free(graph->arena)
 * @err: out
 *
 * Shapes are as the file states; mnet_graph_infer_shapes() completes them.
 *
 * Return: 0; -EINVAL with the place in the file; -EOPNOTSUPP: more than one
 * subgraph that matters, sparse tensors, external buffers; -ENOMEM.
 */
int mnet_tflite_read(const void *data, size_t size, struct mnet_graph *graph,
		     struct mnet_error *err);

#endif /* MNET_TFLITE_READER_H */
