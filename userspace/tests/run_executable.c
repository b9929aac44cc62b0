// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/cpu.h"
#include "run_executable.h"
#include "stream_exec.h"

static bool run_cpu(const struct mnet_executable *exe, unsigned int op, void *const *data)
{
	struct mnet_cpu_op *prepared;
	struct mnet_error err = { "" };

	if (mnet_cpu_prepare(&exe->graph, &exe->graph.ops[op], &prepared, &err)) {
		printf("# operator %u: %s\n", op, err.message);
		return false;
	}
	if (mnet_cpu_run(prepared, data, &err)) {
		printf("# operator %u: %s\n", op, err.message);
		mnet_cpu_release(prepared);
		return false;
	}
	mnet_cpu_release(prepared);
	return true;
}

/* SRAM and buffers start full of what nobody must rely on. */
static uint8_t *rubbish(size_t size)
{
	uint8_t *p = malloc(size ? size : 1);

	if (p)
		memset(p, 0xa5, size);
	return p;
}

static bool run_job(const struct mnet_executable *exe, const struct mnet_subgraph *sg, void **data)
{
	uint8_t *sram = rubbish(exe->config.sram_size);
	uint8_t *region[EDGETPU_NUM_REGIONS] = {
		[MNET_REGION_WEIGHTS] = (uint8_t *)sg->weights,
		[MNET_REGION_INPUT] = rubbish(sg->input_size),
		[MNET_REGION_OUTPUT] = rubbish(sg->output_size),
		[MNET_REGION_SCRATCH] = rubbish(sg->scratch_size),
	};
	bool ok;

	for (unsigned int i = 0; i < sg->num_inputs; i++)
		memcpy(region[MNET_REGION_INPUT] + sg->inputs[i].offset, data[sg->inputs[i].tensor],
		       exe->graph.tensors[sg->inputs[i].tensor].bytes);
	ok = !stream_exec(sg, sram, exe->config.sram_size, region);
	for (unsigned int i = 0; i < sg->num_outputs; i++)
		memcpy(data[sg->outputs[i].tensor],
		       region[MNET_REGION_OUTPUT] + sg->outputs[i].offset,
		       exe->graph.tensors[sg->outputs[i].tensor].bytes);
	free(sram);
	free(region[MNET_REGION_INPUT]);
	free(region[MNET_REGION_OUTPUT]);
	free(region[MNET_REGION_SCRATCH]);
	return ok;
}

static bool run_segments(const struct mnet_executable *exe, void **data)
{
	bool ok = true;

	for (unsigned int s = 0; ok && s < exe->num_segments; s++) {
		const struct mnet_segment *seg = &exe->segments[s];

		if (seg->accelerated)
			ok = run_job(exe, &exe->subgraphs[seg->subgraph], data);
		for (unsigned int i = 0; ok && !seg->accelerated && i < seg->num_ops; i++)
			ok = run_cpu(exe, seg->ops[i], data);
	}
	return ok;
}

static uint8_t *collect(const struct mnet_graph *g, void *const *data)
{
	size_t size = 0;
	uint8_t *out;

	for (unsigned int i = 0; i < g->num_outputs; i++)
		size += g->tensors[g->outputs[i]].bytes;
	out = malloc(size);
	size = 0;
	for (unsigned int i = 0; out && i < g->num_outputs; i++) {
		memcpy(out + size, data[g->outputs[i]], g->tensors[g->outputs[i]].bytes);
		size += g->tensors[g->outputs[i]].bytes;
	}
	return out;
}

void *run_executable(const struct mnet_executable *exe, const void *inputs)
{
	const struct mnet_graph *g = &exe->graph;
	void **data = calloc(g->num_tensors, sizeof(*data));
	const uint8_t *in = inputs;
	uint8_t *out = NULL;

	for (unsigned int i = 0; i < g->num_tensors; i++)
		data[i] = g->tensors[i].data ? (void *)g->tensors[i].data :
			  rubbish(g->tensors[i].bytes);
	for (unsigned int i = 0; i < g->num_inputs; i++) {
		memcpy(data[g->inputs[i]], in, g->tensors[g->inputs[i]].bytes);
		in += g->tensors[g->inputs[i]].bytes;
	}
	if (run_segments(exe, data))
		out = collect(g, data);
	for (unsigned int i = 0; i < g->num_tensors; i++) {
		if (!g->tensors[i].data)
			free(data[i]);
	}
	free(data);
	return out;
}
