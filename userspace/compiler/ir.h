/* SPDX-License-Identifier: MIT */
/*
 * The compiler's own data: what the passes hand to each other. compile.c has the
 * passes in order; each fills in the fields its comment below names.
 *
 * Inside an accelerator subgraph everything is int8: a uint8 tensor is the int8
 * tensor with bit 7 flipped, and only the LOAD or STORE at the subgraph's border
 * flips. Sizes and addresses are bytes.
 */
#ifndef MNET_COMPILER_IR_H
#define MNET_COMPILER_IR_H

#include "compiler/executable.h"

/* Fields of struct edgetpu_cmd_conv are this wide. */
#define MC_MAX_DIM	65535
#define MC_MAX_KERNEL	255
/* Commands of one tile of an operator that enlarges its input, one a phase (phases.c) */
#define MC_MAX_PHASES	256

enum mc_kind {
	MC_CONV,	/* ARRAY; the rest VECTOR */
	MC_TRANSPOSE,	/* ARRAY too */
	MC_DEPTHWISE,
	MC_AVG_POOL,
	MC_MAX_POOL,
	MC_ADD,
	MC_RESCALE,
	MC_COPY,	/* a part of a concatenation, or a view that leaves the subgraph */
	MC_PAD,
	MC_NEAREST,	/* each pixel stride_h x stride_w times */
};

/**
 * struct mc_value - storage of one tensor, or of several that are views of each other
 * @tensor: the first of them
 * @bytes: of it
 * @first: first layer that touches it
 * @last: last layer that touches it
 * @input: index in mc_subgraph.inputs, or -1: a layer makes it
 * @read: a layer reads it
 * @resident: (allocate) lies in SRAM from @first to @last, else in host memory
 * @from: (allocate) layer before which its SRAM is taken
 * @sram: (allocate) where, when resident
 * @scratch: (allocate) offset in region SCRATCH, when neither resident nor an input
 */
struct mc_value {
	int tensor;
	uint32_t bytes;
	unsigned int first;
	unsigned int last;
	int input;
	bool read;
	bool resident;
	unsigned int from;
	uint32_t sram;
	uint64_t scratch;
};

/**
 * struct mc_port - a tensor that crosses the subgraph's border
 * @tensor: index in the graph
 * @value: its storage
 * @offset: in region INPUT or OUTPUT
 */
struct mc_port {
	int tensor;
	unsigned int value;
	uint64_t offset;
};

/**
 * struct mc_view - how a layer sees a value: images of h rows of w pixels of c bytes
 * @value: index in mc_subgraph.values
 * @offset: of element (0, 0, 0) in the value
 * @image: bytes from an image to the next
 * @row: bytes from a row to the next
 * @pixel: bytes from a pixel to the next
 */
struct mc_view {
	unsigned int value;
	uint32_t offset;
	uint32_t h, w, c;
	uint32_t image;
	uint32_t row;
	uint32_t pixel;
};

/**
 * struct mc_tile - how a layer is cut
 * @h: rows of output of one tile; the last may be smaller, as for @w and @c
 * @w: columns
 * @c: output channels
 * @num_h: tiles down
 * @num_w: tiles across
 * @num_c: tiles of channels, each with weights of its own (mc_layer.units)
 * @channels_outer: loop over channel tiles outside the loop over places
 * @ring: weights take turns in @buffers places; else all lie in SRAM at once
 * @buffers: 2 to overlap transfers and arithmetic, 1 where SRAM is short
 * @in_size: one buffer of each input that is not resident; 0: none
 * @out_size: one buffer of the output; 0: none
 * @weights_size: one place of the ring, or all weights of the layer
 * @in: SRAM address of the input buffers
 * @out: the same of the output
 * @weights: the same of the weights
 */
struct mc_tile {
	uint32_t h, w, c;
	uint32_t num_h, num_w, num_c;
	bool channels_outer;
	bool ring;
	unsigned int buffers;
	uint32_t in_size[2];
	uint32_t out_size;
	uint32_t weights_size;
	uint32_t in[2];
	uint32_t out;
	uint32_t weights;
};

/**
 * struct mc_unit - packed weights of one channel tile, then its parameter blocks
 * @offset: in region WEIGHTS
 * @sram: (allocate) offset from mc_tile.weights, unless in a ring; of a phase: offset
 *	from its layer's unit
 * @weights_bytes: of the weights alone, a multiple of EDGETPU_SRAM_ALIGN
 * @bytes: of all
 */
struct mc_unit {
	uint64_t offset;
	uint32_t sram;
	uint32_t weights_bytes;
	uint32_t bytes;
};

/**
 * struct mc_layer - what one engine does for an operator
 * @kind: which command
 * @op: index in the graph
 * @batch: images
 * @num_in: inputs, 1 or 2
 * @in: inputs
 * @out: output
 * @kernel_h: filter; 1 where there is none, as for the following
 * @stride_h: TRANSPOSE, NEAREST: of the output
 * @pad_top: rows above the input; PAD: of the output before the input begins
 * @pad_left: the same for columns
 * @pad_front: PAD: the same for channels
 * @depth_multiplier: DEPTHWISE
 * @in_zero_point: of each input; AVG_POOL: what rounding is relative to
 * @out_zero_point: of the output; PAD: what it fills with
 * @weight_zero_point: of the filter
 * @act_min: smallest result
 * @act_max: largest result
 * @multiplier: ADD: of the inputs, then of the sum; RESCALE: the first
 * @shift: their exponents
 * @input: tensor that the filter is quantised for
 * @weights: tensor of the filter, in TFLite's layout
 * @bias: tensor of the bias, or MNET_NO_TENSOR
 * @fully_connected: the operator is FULLY_CONNECTED (its scales multiply differently)
 * @phases: TRANSPOSE: the convolutions it consists of (phases.c), for the output's rows
 *	y and columns x with y % stride_h, x % stride_w in order; then one of the bias
 *	alone, if some output has no input
 * @num_phases: entries of @phases
 * @prefetch: (allocate) layer before which the weights' SRAM is taken
 * @tile: (allocate)
 * @units: (pack) one per channel tile; those of phases lie inside the layer's own
 */
struct mc_layer {
	enum mc_kind kind;
	unsigned int op;
	uint32_t batch;
	unsigned int num_in;
	struct mc_view in[2];
	struct mc_view out;
	uint32_t kernel_h, kernel_w;
	uint32_t stride_h, stride_w;
	uint32_t dilation_h, dilation_w;
	uint32_t pad_top, pad_left, pad_front;
	uint32_t depth_multiplier;
	int32_t in_zero_point[2];
	int32_t out_zero_point;
	int32_t weight_zero_point;
	int32_t act_min, act_max;
	int32_t multiplier[3];
	int32_t shift[3];
	int input;
	int weights;
	int bias;
	bool fully_connected;
	struct mc_layer *phases;
	unsigned int num_phases;
	unsigned int prefetch;
	struct mc_tile tile;
	struct mc_unit *units;
};

/**
 * struct mc_cmd - a command before it is encoded
 * @opcode: EDGETPU_OP_*
 * @flip: LOAD, STORE: flip bit 7
 * @op: tag
 * @wait: (schedule) completed commands of each engine needed
 * @u: operands, named as in edgetpu_isa.h
 */
struct mc_cmd {
	unsigned int opcode;
	bool flip;
	unsigned int op;
	uint32_t wait[EDGETPU_NUM_ENGINES];
	union {
		struct {
			unsigned int region;
			uint64_t offset;
			uint32_t sram;
			uint32_t len, n1, n2;
			uint32_t mem_stride1, mem_stride2;
			uint32_t sram_stride1, sram_stride2;
		} dma;
		struct {
			uint32_t in, in_row, in_pixel;
			uint32_t out, out_row, out_pixel;
			uint32_t weights, params;
			uint32_t weights_bytes, params_bytes;
			uint32_t in_h, in_w, in_c;
			uint32_t out_h, out_w, out_c;
			uint32_t pad_top, pad_left;
			const struct mc_layer *layer;	/* filter, zero points, clamp */
		} conv;
		struct {
			uint32_t in[2], in_stride[2];
			uint32_t out, out_stride;
			uint32_t len, n;
			const struct mc_layer *layer;
		} elementwise;
		struct {
			uint32_t in, out;
			uint32_t len, n1, n2;
			uint32_t in_stride1, in_stride2;
			uint32_t out_stride1, out_stride2;
			int32_t value;
		} copy;
	} u;
};

/**
 * struct mc_subgraph - operators that become one job
 * @ops: (partition) operators, in order
 * @num_ops: entries of @ops
 * @values: (lower) storage
 * @layers: (lower) work, in order
 * @inputs: (lower) tensors that others made
 * @outputs: (lower) tensors that others need
 * @input_size: (allocate) bytes of region INPUT
 * @output_size: (allocate) bytes of region OUTPUT
 * @scratch_size: (allocate) bytes of region SCRATCH
 * @sram_bytes: (allocate) highest SRAM byte used + 1
 * @weights: (pack) contents of region WEIGHTS
 * @weights_size: (pack) their bytes
 * @cmds: (schedule)
 */
struct mc_subgraph {
	unsigned int *ops;
	unsigned int num_ops;
	struct mc_value *values;
	unsigned int num_values;
	struct mc_layer *layers;
	unsigned int num_layers;
	struct mc_port *inputs;
	unsigned int num_inputs;
	struct mc_port *outputs;
	unsigned int num_outputs;
	uint64_t input_size;
	uint64_t output_size;
	uint64_t scratch_size;
	uint32_t sram_bytes;
	uint8_t *weights;
	uint64_t weights_size;
	struct mc_cmd *cmds;
	unsigned int num_cmds;
	unsigned int max_cmds;
};

/**
 * struct mc_placement - where an operator runs
 * @reason: why it must stay on the CPU; NULL: the accelerator can do it
 * @note: how the accelerator does it ("view", "folded into ..."), or NULL
 * @subgraph: (partition) index, or -1: on the CPU
 */
struct mc_placement {
	const char *reason;
	const char *note;
	int subgraph;
};

/**
 * struct mc_compiler - one compilation
 * @graph: the network, the caller's
 * @config: the device
 * @options: never NULL
 * @err: for messages
 * @arena: of everything that does not outlive the compilation
 * @ops: one per operator of the graph
 * @needed: (partition) per tensor: read outside the subgraph that makes it
 * @segments: (partition) in order; their ops live in @arena
 * @subgraphs: (partition) the accelerated ones
 */
struct mc_compiler {
	const struct mnet_graph *graph;
	struct mnet_hw_config config;
	const struct mnet_compile_options *options;
	struct mnet_error *err;
	struct mnet_arena *arena;
	struct mc_placement *ops;
	bool *needed;
	struct mnet_segment *segments;
	unsigned int num_segments;
	struct mc_subgraph *subgraphs;
	unsigned int num_subgraphs;
};

/*
 * Passes. 0 or a negative errno with a message. -EAGAIN from mc_allocate() and
 * mc_schedule(): an operator was found not to fit after all and has got a reason to
 * stay on the CPU; partition anew.
 */
void mc_support(struct mc_compiler *c);
int mc_partition(struct mc_compiler *c);
int mc_lower(struct mc_compiler *c, struct mc_subgraph *sg);
int mc_allocate(struct mc_compiler *c, struct mc_subgraph *sg);
/* @arena: of the executable */
int mc_pack(struct mc_compiler *c, struct mc_subgraph *sg, struct mnet_arena *arena);
int mc_schedule(struct mc_compiler *c, struct mc_subgraph *sg);
int mc_encode(struct mc_compiler *c, const struct mc_subgraph *sg, struct mnet_arena *arena,
	      struct mnet_subgraph *out);
/* encode.c: one command as the device reads it */
void mc_encode_command(const struct mc_cmd *cmd, struct edgetpu_command *to);
int mc_report(struct mc_compiler *c, struct mnet_executable *exe);

/* Why the accelerator cannot run operator @op, or NULL */
const char *mc_unsupported(struct mc_compiler *c, const struct mnet_op *op);
/* An operator that only gives the bytes another shape (or, QUANTIZE, another type) */
bool mc_is_view(const struct mnet_graph *graph, const struct mnet_op *op);

/*
 * Chooses mc_layer.tile so that its buffers take at most @space bytes of SRAM;
 * false: impossible. mc_tile_bytes() is what they take.
 */
bool mc_tile(const struct mc_compiler *c, const struct mc_subgraph *sg, struct mc_layer *layer,
	     uint32_t space);
uint64_t mc_tile_bytes(const struct mc_tile *tile);
/* Rows (columns) of input that output rows [first, first + count) need: [*begin, *end) */
void mc_input_range(uint32_t first, uint32_t count, uint32_t stride, uint32_t pad, uint32_t kernel,
		    uint32_t dilation, uint32_t in, uint32_t *begin, uint32_t *end);
/* Bytes of packed weights, and of weights and parameters, of @channels output channels */
uint64_t mc_weights_bytes(const struct mc_layer *layer, uint32_t channels);
uint64_t mc_unit_bytes(const struct mc_layer *layer, uint32_t channels);

/* phases.c: the convolutions of a TRANSPOSE layer, whose other fields are set */
int mc_make_phases(struct mc_compiler *c, struct mc_layer *layer);
/*
 * The filter of phase @index in TFLite's layout, from the layer's, @from; @zero is
 * what stands for 0.
 */
void mc_phase_filter(const struct mc_layer *layer, unsigned int index, const uint8_t *from,
		     uint8_t zero, uint8_t *to);

/* Whether a layer's filter needs weights */
static inline bool mc_has_weights(const struct mc_layer *layer)
{
	return layer->kind == MC_CONV || layer->kind == MC_TRANSPOSE ||
	       layer->kind == MC_DEPTHWISE;
}

/* Whether it sums over all input channels */
static inline bool mc_takes_all_channels(const struct mc_layer *layer)
{
	return layer->kind == MC_CONV || layer->kind == MC_TRANSPOSE;
}

/* Whether its output is larger than its input, by mc_layer.stride_h and stride_w */
static inline bool mc_enlarges(const struct mc_layer *layer)
{
	return layer->kind == MC_TRANSPOSE || layer->kind == MC_NEAREST;
}

static inline uint64_t mc_align(uint64_t x, uint64_t to)
{
	return (x + to - 1) / to * to;
}

static inline uint32_t mc_min(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* hazard.c: which commands a command must wait for */
struct mc_hazards;
struct mc_hazards *mc_hazards_new(void);
void mc_hazards_free(struct mc_hazards *h);
/* Fills cmd->wait; commands come in stream order. */
int mc_hazards_add(struct mc_hazards *h, struct mc_cmd *cmd);

/* dump.c: text of pass @name to the caller's hook, if that is what it asked for */
bool mc_dumping(const struct mc_compiler *c, const char *name);
void mc_print(const struct mc_compiler *c, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
int mc_dump_check(const struct mc_compiler *c);
void mc_dump_partition(const struct mc_compiler *c);
void mc_dump_lower(const struct mc_compiler *c, const struct mc_subgraph *sg);
void mc_dump_tile(const struct mc_compiler *c, const struct mc_subgraph *sg);
void mc_dump_alloc(const struct mc_compiler *c, const struct mc_subgraph *sg);
void mc_dump_schedule(const struct mc_compiler *c, const struct mc_subgraph *sg);
void mc_dump_encode(const struct mc_compiler *c, const struct mnet_subgraph *sg);

/* Text that lives as long as @arena; NULL when memory is short */
char *mc_format(struct mnet_arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* -ENOMEM and its message */
int mc_no_memory(struct mc_compiler *c);

#endif /* MNET_COMPILER_IR_H */
