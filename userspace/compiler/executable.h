/* SPDX-License-Identifier: MIT */
/*
 * What the compiler makes and the runtime runs: a list of segments in order,
 * each either operators for the CPU or one job for the accelerator.
 */
#ifndef MNET_EXECUTABLE_H
#define MNET_EXECUTABLE_H

#include "edgetpu_isa.h"
#include "graph/graph.h"

/* What libmnet's region numbers mean (EDGETPU_REGION_COMMAND is 0) */
#define MNET_REGION_WEIGHTS	1	/* read */
#define MNET_REGION_INPUT	2	/* read */
#define MNET_REGION_OUTPUT	3	/* write */
#define MNET_REGION_SCRATCH	4	/* read and write; contents do not outlive a job */
#define MNET_REGION_TRACE	5	/* write; only while tracing */

/**
 * struct mnet_binding - where a tensor lies in the INPUT or OUTPUT region
 * @tensor: index in the graph; dense, in the tensor's own type
 * @offset: bytes, a multiple of 64
 */
struct mnet_binding {
	int tensor;
	uint64_t offset;
};

/**
 * struct mnet_subgraph - one job
 * @num_commands: entries of @commands
 * @commands: region COMMAND; their tag is the operator's index in the graph
 * @weights: contents of region WEIGHTS: packed weights and parameter blocks
 * @weights_size: bytes
 * @num_inputs: entries of @inputs
 * @inputs: tensors that others made
 * @input_size: bytes of region INPUT
 * @num_outputs: entries of @outputs
 * @outputs: tensors that others need
 * @output_size: bytes of region OUTPUT
 * @scratch_size: bytes of region SCRATCH
 * @sram_bytes: highest SRAM byte used + 1
 */
struct mnet_subgraph {
	unsigned int num_commands;
	const struct edgetpu_command *commands;
	const void *weights;
	size_t weights_size;
	unsigned int num_inputs;
	const struct mnet_binding *inputs;
	size_t input_size;
	unsigned int num_outputs;
	const struct mnet_binding *outputs;
	size_t output_size;
	size_t scratch_size;
	uint32_t sram_bytes;
};

/**
 * struct mnet_segment - operators that run together
 * @accelerated: a job; else CPU operators
 * @subgraph: index in mnet_executable.subgraphs, when accelerated
 * @num_ops: entries of @ops
 * @ops: operator indices in the graph, in order
 */
struct mnet_segment {
	bool accelerated;
	unsigned int subgraph;
	unsigned int num_ops;
	const unsigned int *ops;
};

/**
 * struct mnet_executable - a compiled network
 * @graph: its operators and tensors; constants that only accelerated operators
 *	use may have lost their data
 * @config: the device it is for
 * @num_segments: entries of @segments
 * @segments: in order
 * @num_subgraphs: entries of @subgraphs
 * @subgraphs: jobs
 * @op_info: one per operator of the graph
 *
 * All memory belongs to graph.arena.
 */
struct mnet_executable {
	struct mnet_graph graph;
	struct mnet_hw_config config;
	unsigned int num_segments;
	struct mnet_segment *segments;
	unsigned int num_subgraphs;
	struct mnet_subgraph *subgraphs;
	struct mnet_op_info *op_info;
};

#endif /* MNET_EXECUTABLE_H */
