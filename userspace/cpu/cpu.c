// SPDX-License-Identifier: MIT
/*
 * The table of operators, and preparing and running one of them.
 */
#include <errno.h>
#include <stdlib.h>

#include "cpu/float32.h"

enum family_type { ANY_TYPE, INTEGER, FLOAT32 };

static const struct {
	enum family_type type;
	const struct cpu_kernel *kernels;
} families[] = {
	{ ANY_TYPE, cpu_convert_kernels },
	{ ANY_TYPE, cpu_move_kernels },
	{ ANY_TYPE, cpu_nearest_kernels },
	{ INTEGER, cpu_arith_kernels },
	{ INTEGER, cpu_bilinear_kernels },
	{ INTEGER, cpu_conv_kernels },
	{ INTEGER, cpu_pool_kernels },
	{ INTEGER, cpu_reduce_kernels },
	{ INTEGER, cpu_softmax_kernels },
	{ INTEGER, cpu_table_kernels },
	{ INTEGER, cpu_transpose_conv_kernels },
	{ FLOAT32, cpu_float_arith_kernels },
	{ FLOAT32, cpu_float_bilinear_kernels },
	{ FLOAT32, cpu_float_conv_kernels },
	{ FLOAT32, cpu_float_depthwise_kernels },
	{ FLOAT32, cpu_float_pool_kernels },
	{ FLOAT32, cpu_float_reduce_kernels },
	{ FLOAT32, cpu_float_transpose_conv_kernels },
	{ FLOAT32, cpu_float_unary_kernels },
};

static const struct cpu_kernel *find_kernel(const struct mnet_graph *graph,
					    const struct mnet_op *op)
{
	enum family_type type = cpu_output(graph, op)->type == MNET_FLOAT32 ? FLOAT32 : INTEGER;
	const struct cpu_kernel *k;
	size_t i;

	for (i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		for (k = families[i].kernels; k->run; k++)
			if (k->code == op->code &&
			    (families[i].type == type || families[i].type == ANY_TYPE))
				return k;
	return NULL;
}

const char *mnet_cpu_unsupported(const struct mnet_graph *graph, const struct mnet_op *op)
{
	const struct cpu_kernel *kernel = find_kernel(graph, op);

	if (!kernel)
		return op->code == MNET_OP_CUSTOM ? "no such custom operator" : "no such operator";
	return kernel->unsupported(graph, op);
}

int mnet_cpu_prepare(const struct mnet_graph *graph, const struct mnet_op *op,
		     struct mnet_cpu_op **prepared, struct mnet_error *err)
{
	const char *reason = mnet_cpu_unsupported(graph, op);
	struct mnet_cpu_op *cpu_op;

	if (reason)
		return mnet_fail(err, -EOPNOTSUPP,
				 "operator %d (%.80s, version %d, output %.120s): not on the CPU: %s",
				 (int)(op - graph->ops), op->name, op->version,
				 op->num_outputs ? cpu_output(graph, op)->name : "", reason);
	cpu_op = calloc(1, sizeof(*cpu_op));
	if (!cpu_op)
		return mnet_fail(err, -ENOMEM, "out of memory");
	cpu_op->kernel = find_kernel(graph, op);
	cpu_op->graph = graph;
	cpu_op->op = op;
	cpu_op->memory = mnet_arena_new();
	if (!cpu_op->memory || (cpu_op->kernel->prepare && cpu_op->kernel->prepare(cpu_op))) {
		mnet_cpu_release(cpu_op);
		return mnet_fail(err, -ENOMEM, "out of memory");
	}
	*prepared = cpu_op;
	return 0;
}

void mnet_cpu_release(struct mnet_cpu_op *prepared)
{
	if (!prepared)
		return;
	mnet_arena_free(prepared->memory);
	free(prepared);
}

int mnet_cpu_run(struct mnet_cpu_op *prepared, void *const *data, struct mnet_error *err)
{
	const struct mnet_op *op = prepared->op;
	unsigned int i;

	for (i = 0; i < op->num_inputs; i++)
		if (op->inputs[i] != MNET_NO_TENSOR && !data[op->inputs[i]])
			return mnet_fail(err, -EINVAL, "operator %d (%s): input %u has no memory",
					 (int)(op - prepared->graph->ops), op->name, i);
	prepared->kernel->run(prepared, data);
	return 0;
}
