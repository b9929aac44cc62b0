/* SPDX-License-Identifier: MIT */
/*
 * The network as libmnet sees it: tensors and operators in execution order.
 * Made by the .tflite reader, read by everything else. Names and fields are
 * TFLite's.
 */
#ifndef MNET_GRAPH_H
#define MNET_GRAPH_H

#include "mnet.h"

#define MNET_MAX_INPUTS		64	/* of one operator */
#define MNET_NO_TENSOR		(-1)	/* an optional input left out */

/*
 * Operators, with TFLite's builtin codes as values so that unknown ones keep
 * theirs. The list names those that code refers to; it grows with the kernels.
 */
enum mnet_opcode {
	MNET_OP_ADD = 0,
	MNET_OP_AVERAGE_POOL_2D = 1,
	MNET_OP_CONCATENATION = 2,
	MNET_OP_CONV_2D = 3,
	MNET_OP_DEPTHWISE_CONV_2D = 4,
	MNET_OP_DEQUANTIZE = 6,
	MNET_OP_FULLY_CONNECTED = 9,
	MNET_OP_LOGISTIC = 14,
	MNET_OP_MAX_POOL_2D = 17,
	MNET_OP_MUL = 18,
	MNET_OP_RELU = 19,
	MNET_OP_RELU_N1_TO_1 = 20,
	MNET_OP_RELU6 = 21,
	MNET_OP_RESHAPE = 22,
	MNET_OP_RESIZE_BILINEAR = 23,
	MNET_OP_SOFTMAX = 25,
	MNET_OP_TANH = 28,
	MNET_OP_CUSTOM = 32,
	MNET_OP_PAD = 34,
	MNET_OP_MEAN = 40,
	MNET_OP_SUB = 41,
	MNET_OP_SQUEEZE = 43,
	MNET_OP_PADV2 = 60,
	MNET_OP_TRANSPOSE_CONV = 67,
	MNET_OP_RESIZE_NEAREST_NEIGHBOR = 97,
	MNET_OP_QUANTIZE = 114,
	MNET_OP_HARD_SWISH = 117,
};

enum mnet_padding { MNET_PADDING_SAME = 0, MNET_PADDING_VALID = 1 };

enum mnet_activation {
	MNET_ACT_NONE = 0,
	MNET_ACT_RELU = 1,
	MNET_ACT_RELU_N1_TO_1 = 2,
	MNET_ACT_RELU6 = 3,
	MNET_ACT_TANH = 4,
	MNET_ACT_SIGN_BIT = 5,
};

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
 * @u: builtin options by operator
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
	union {
		/* CONV_2D, DEPTHWISE_CONV_2D */
		struct {
			enum mnet_padding padding;
			int32_t stride_h, stride_w;
			int32_t dilation_h, dilation_w;
			int32_t depth_multiplier;	/* DEPTHWISE_CONV_2D */
			enum mnet_activation activation;
		} conv;
		/* AVERAGE_POOL_2D, MAX_POOL_2D */
		struct {
			enum mnet_padding padding;
			int32_t stride_h, stride_w;
			int32_t filter_h, filter_w;
			enum mnet_activation activation;
		} pool;
		/* ADD, SUB, MUL */
		struct {
			enum mnet_activation activation;
		} arith;
		struct {
			enum mnet_activation activation;
			bool keep_num_dims;
		} fully_connected;
		struct {
			float beta;
		} softmax;
		/* CONCATENATION */
		struct {
			int32_t axis;
			enum mnet_activation activation;
		} concat;
		/* MEAN */
		struct {
			bool keep_dims;
		} reduce;
		/* SQUEEZE; none: all dimensions of 1 */
		struct {
			unsigned int num_dims;
			int32_t dims[MNET_MAX_RANK];
		} squeeze;
		/* RESHAPE without a second input */
		struct {
			bool given;
			unsigned int num_dims;
			int32_t dims[MNET_MAX_RANK];	/* one may be -1 */
		} reshape;
		/* RESIZE_BILINEAR, RESIZE_NEAREST_NEIGHBOR */
		struct {
			bool align_corners;
			bool half_pixel_centers;
		} resize;
		struct {
			enum mnet_padding padding;
			int32_t stride_h, stride_w;
			enum mnet_activation activation;
		} transpose_conv;
	} u;
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
 * Computes the shape of every activation from the inputs' shapes and the
 * operators, and checks those the file states. -EINVAL: impossible.
 */
int mnet_graph_infer_shapes(struct mnet_graph *graph, struct mnet_error *err);

/*
 * Checks what code that works on the graph relies on: each known operator's
 * operands are there, of fitting types, ranks and sizes and quantised where they
 * must be; its options are in range. For after mnet_graph_infer_shapes().
 * -EINVAL with the operator; unknown operators pass.
 */
int mnet_graph_verify(const struct mnet_graph *graph, struct mnet_error *err);

/*
 * SAME and VALID as TFLite computes them: output size and the padding before
 * the first element. 0 output: the filter does not fit.
 */
int32_t mnet_conv_out_size(enum mnet_padding padding, int32_t in, int32_t filter, int32_t stride,
			   int32_t dilation);
int32_t mnet_conv_pad_before(enum mnet_padding padding, int32_t in, int32_t out, int32_t filter,
			     int32_t stride, int32_t dilation);

#endif /* MNET_GRAPH_H */
