/* SPDX-License-Identifier: MIT */
/*
 * Operators on the CPU: what the accelerator lacks, and all of them for the
 * "cpu" device. Results are TFLite's reference kernels' byte for byte.
 */
#ifndef MNET_CPU_H
#define MNET_CPU_H

#include "graph/graph.h"

struct mnet_cpu_op;

/*
 * Whether the CPU can run operator @op: NULL if it can, else why not ("no such
 * operator", "float input", ...), for messages.
 */
const char *mnet_cpu_unsupported(const struct mnet_graph *graph, const struct mnet_op *op);

/*
 * Prepares an operator once (multipliers, tables, packed weights). -EOPNOTSUPP
 * with a message naming operator, version and output when the CPU cannot.
 */
int mnet_cpu_prepare(const struct mnet_graph *graph, const struct mnet_op *op,
		     struct mnet_cpu_op **prepared, struct mnet_error *err);
void mnet_cpu_release(struct mnet_cpu_op *prepared);

/*
 * Runs it. @data[t] is the memory of tensor t of the graph (constants included,
 * so callers point those at mnet_tensor.data). Prepared operators are read
 * only but for scratch of their own: one thread at a time each.
 */
int mnet_cpu_run(struct mnet_cpu_op *prepared, void *const *data, struct mnet_error *err);

#endif /* MNET_CPU_H */
