/* SPDX-License-Identifier: MIT */
/*
 * What an operator's CPU kernel consists of. One file a family, one table in
 * cpu.c, where the type of the output chooses between an operator's kernels. Graphs have passed mnet_graph_infer_shapes() and mnet_graph_verify().
 */
#ifndef MNET_CPU_KERNEL_H
#define MNET_CPU_KERNEL_H

#include "cpu/cpu.h"

/**
 * struct cpu_kernel - an operator
 * @code: enum mnet_opcode
 * @unsupported: NULL, or why this one cannot be done
 * @prepare: fills op->state from op->memory; -ENOMEM or 0
 * @run: computes the outputs
 */
struct cpu_kernel {
	int code;
	const char *(*unsupported)(const struct mnet_graph *graph, const struct mnet_op *op);
	int (*prepare)(struct mnet_cpu_op *op);
	void (*run)(struct mnet_cpu_op *op, void *const *data);
};

/**
 * struct mnet_cpu_op - an operator ready to run
 * @kernel: its kernel
 * @graph: its network
 * @op: itself
 * @memory: all that @state points to
 * @state: the kernel's own
 */
struct mnet_cpu_op {
	const struct cpu_kernel *kernel;
	const struct mnet_graph *graph;
	const struct mnet_op *op;
	struct mnet_arena *memory;
	void *state;
};

/* Kernels of a family, ended by one without run(): any types, integers, float32 */
extern const struct cpu_kernel cpu_convert_kernels[];
extern const struct cpu_kernel cpu_move_kernels[];
extern const struct cpu_kernel cpu_nearest_kernels[];
extern const struct cpu_kernel cpu_arith_kernels[];
extern const struct cpu_kernel cpu_bilinear_kernels[];
extern const struct cpu_kernel cpu_conv_kernels[];
extern const struct cpu_kernel cpu_pool_kernels[];
extern const struct cpu_kernel cpu_reduce_kernels[];
extern const struct cpu_kernel cpu_softmax_kernels[];
extern const struct cpu_kernel cpu_table_kernels[];
extern const struct cpu_kernel cpu_transpose_conv_kernels[];
extern const struct cpu_kernel cpu_float_arith_kernels[];
extern const struct cpu_kernel cpu_float_bilinear_kernels[];
extern const struct cpu_kernel cpu_float_conv_kernels[];
extern const struct cpu_kernel cpu_float_depthwise_kernels[];
extern const struct cpu_kernel cpu_float_pool_kernels[];
extern const struct cpu_kernel cpu_float_reduce_kernels[];
extern const struct cpu_kernel cpu_float_transpose_conv_kernels[];
extern const struct cpu_kernel cpu_float_unary_kernels[];

/* Tensors of an operator; cpu_input() is NULL for one left out */
static inline const struct mnet_tensor *cpu_input(const struct mnet_graph *graph,
						  const struct mnet_op *op, unsigned int i)
{
	if (i >= op->num_inputs || op->inputs[i] == MNET_NO_TENSOR)
		return NULL;
	return &graph->tensors[op->inputs[i]];
}

static inline const struct mnet_tensor *cpu_output(const struct mnet_graph *graph,
						   const struct mnet_op *op)
{
	return &graph->tensors[op->outputs[0]];
}

static inline bool cpu_is_8bit(const struct mnet_tensor *t)
{
	return t->type == MNET_INT8 || t->type == MNET_UINT8;
}

static inline size_t cpu_elements(const struct mnet_tensor *t)
{
	return t->bytes / mnet_type_size(t->type);
}

/* What is added to an 8-bit value for the engines' int8: -128 for uint8 */
static inline int32_t cpu_int8_offset(const struct mnet_tensor *t)
{
	return t->type == MNET_UINT8 ? -128 : 0;
}

static inline int32_t cpu_load(const void *p, size_t i, bool is_uint8)
{
	return is_uint8 ? ((const uint8_t *)p)[i] : ((const int8_t *)p)[i];
}

/* "float32 input" and the like when the first input is not 8-bit, else NULL */
const char *cpu_needs_8bit(const struct mnet_graph *graph, const struct mnet_op *op);
/* NULL, or that the fused activation is one TFLite's integer kernels lack */
const char *cpu_needs_activation(enum mnet_activation activation);

/* QUANTIZE of an 8-bit tensor is a table, as are the operators of table.c */
int cpu_requantize_prepare(struct mnet_cpu_op *op);
void cpu_table_run(struct mnet_cpu_op *op, void *const *data);

/* out[i] = in[i] ^ 0x80; may be in place */
void cpu_flip(int8_t *out, const void *in, size_t n);

#endif /* MNET_CPU_KERNEL_H */
