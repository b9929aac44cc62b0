/* SPDX-License-Identifier: MIT */
/*
 * The network as libmnet sees it: tensors and operators in execution order.
 * Made by the .tflite reader, read by everything else. Names and fields are
 * TFLite's.
 */
#ifndef MNET_GRAPH_H
#define MNET_GRAPH_H

#include "graph/options.h"
#include "mnet.h"

#define MNET_MAX_INPUTS		64	/* of one operator */
#define MNET_NO_TENSOR		(-1)	/* an optional input left out */

/* MNET_OP_CONV_2D and so on; unknown ones keep their number. */
#define MNET_OPCODE(name)	MNET_OP_##name
enum mnet_opcode {
#include "graph/opcodes.inc"
};

#undef MNET_OPCODE

/* A tensor's elements and all activations of a graph take no more, bytes */
#define MNET_MAX_TENSOR_BYTES	((size_t)1 << 30)
#define MNET_MAX_TOTAL_BYTES	((uint64_t)1 << 33)

/**
 * struct mnet_tensor - a value of the network
 * @name: never NULL
 * @type: element type
 * @rank: dimensions
 * @shape: sizes, each at least 1 once shapes are inferred
 * @bytes: of all elements
 * @data: constant contents, little endian, or NULL for activations
 * @num_scales: 0: not quantised; 1: per tensor; else per channel along @axis
 * @scales: @num_scales of them, finite and > 0
 * @zero_points: the same count, in the type's range
 * @axis: dimension that per-channel parameters run along
 * @producer: operator that writes it, or -1
 */
struct mnet_tensor {
	const char *name;
	enum mnet_type type;
	unsigned int rank;
	int32_t shape[MNET_MAX_RANK];
	size_t bytes;
	const void *data;
	unsigned int num_scales;
	const float *scales;
	const int32_t *zero_points;
	unsigned int axis;
	int producer;
};

/**
 * struct mnet_op - an operator
 * @code: enum mnet_opcode, or another of TFLite's builtin codes
 * @version: of the operator in the model
 * @name: "CONV_2D"; a custom operator's own name
 * @num_inputs: entries of @inputs
 * @inputs: tensor indices, or MNET_NO_TENSOR
 * @num_outputs: entries of @outputs
 * @outputs: tensor indices
 * @custom: a custom operator's options
 * @custom_size: their bytes
 * @u: builtin options
 */
struct mnet_op {
	int code;
	int version;
	const char *name;
	unsigned int num_inputs;
	const int *inputs;
	unsigned int num_outputs;
	const int *outputs;
	const void *custom;
	size_t custom_size;
	union mnet_options u;
};

struct mnet_arena;

/**
 * struct mnet_graph - a network
 * @arena: owns everything below
 * @num_tensors: entries of @tensors
 * @tensors: all values
 * @num_ops: entries of @ops
 * @ops: in an order in which they can run
 * @num_inputs: entries of @inputs
 * @inputs: tensor indices
 * @num_outputs: entries of @outputs
 * @outputs: tensor indices
 */
struct mnet_graph {
	struct mnet_arena *arena;
	unsigned int num_tensors;
	struct mnet_tensor *tensors;
	unsigned int num_ops;
	struct mnet_op *ops;
	unsigned int num_inputs;
	int *inputs;
	unsigned int num_outputs;
	int *outputs;
};

/* A model is a graph and the bytes it was read from. */
struct mnet_model {
	struct mnet_graph graph;
	void *data;	/* malloc'ed; the graph's constants point into it */
};

size_t mnet_type_size(enum mnet_type type);
const char *mnet_type_name(enum mnet_type type);

/* Memory that is freed all at once; NULL when it is short. Zeroed. */
struct mnet_arena *mnet_arena_new(void);
void *mnet_arena_alloc(struct mnet_arena *arena, size_t size);
char *mnet_arena_strdup(struct mnet_arena *arena, const char *s, size_t len);
void mnet_arena_free(struct mnet_arena *arena);

/* "CONV_2D" for MNET_OP_CONV_2D; NULL for a code newer than the list */
const char *mnet_opcode_name(int code);

/* Formats into @err (may be NULL) and returns @code. */
int mnet_fail(struct mnet_error *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * SAME and VALID as TFLite computes them: output size and the padding before
 * the first element. 0 output: the filter does not fit.
 */
int32_t mnet_conv_out_size(enum mnet_padding padding, int32_t in, int32_t filter, int32_t stride,
			   int32_t dilation);
int32_t mnet_conv_pad_before(enum mnet_padding padding, int32_t in, int32_t out, int32_t filter,
			     int32_t stride, int32_t dilation);

#endif /* MNET_GRAPH_H */
