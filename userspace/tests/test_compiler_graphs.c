// SPDX-License-Identifier: MIT
/*
 * Random small networks: compiled for SRAM of several sizes they give the bytes
 * of the CPU kernels, which other tests compare with TensorFlow Lite.
 *
 *	test_compiler_graphs [SEED [COUNT]]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "random_graph.h"
#include "run_executable.h"

static const unsigned int sram_sizes[] = { 4, 16, 64, 1024 };	/* KiB */

struct totals {
	unsigned long operators;
	unsigned long accelerated;
	unsigned long commands;
};

static struct mnet_executable *compile(const struct mnet_model *model, unsigned int kib)
{
	struct mnet_hw_config config = kib ? mnet_hw_config_soc : mnet_hw_config_cpu;
	struct mnet_executable *exe;
	struct mnet_error err = { "" };

	if (kib)
		config.sram_size = kib * 1024;
	if (!mnet_compile(model, &config, NULL, &exe, &err))
		return exe;
	check_note("%s", err.message);
	return NULL;
}

static size_t output_bytes(const struct mnet_graph *g)
{
	size_t bytes = 0;

	for (unsigned int i = 0; i < g->num_outputs; i++)
		bytes += g->tensors[g->outputs[i]].bytes;
	return bytes;
}

static void *random_input(const struct mnet_graph *g, struct check_random *r)
{
	size_t bytes = g->tensors[g->inputs[0]].bytes;
	uint8_t *p = malloc(bytes);

	for (size_t i = 0; p && i < bytes; i++)
		p[i] = check_random(r);
	return p;
}

static bool equal(const struct mnet_model *model, unsigned int kib, const void *input,
		  const void *expected, struct totals *totals)
{
	struct mnet_executable *exe = compile(model, kib);
	void *out = exe ? run_executable(exe, input) : NULL;
	bool same = out && !memcmp(out, expected, output_bytes(&model->graph));

	for (unsigned int i = 0; exe && i < exe->graph.num_ops; i++) {
		totals->operators++;
		totals->accelerated += exe->op_info[i].accelerated;
	}
	for (unsigned int i = 0; exe && i < exe->num_subgraphs; i++)
		totals->commands += exe->subgraphs[i].num_commands;
	free(out);
	mnet_executable_free(exe);
	return same;
}

/* True when the network of @seed gives the same bytes everywhere */
static bool test_seed(unsigned long long seed, struct totals *totals)
{
	struct check_random r = { seed };
	struct mnet_model model = { 0 };
	struct mnet_executable *cpu;
	struct build b;
	void *input, *expected = NULL;
	bool same = true;

	while (!random_graph(&b, &r))
		;
	model.graph = b.graph;
	input = random_input(&b.graph, &r);
	cpu = compile(&model, 0);
	if (cpu && input)
		expected = run_executable(cpu, input);
	for (size_t i = 0; i < sizeof(sram_sizes) / sizeof(sram_sizes[0]); i++) {
		if (expected && equal(&model, sram_sizes[i], input, expected, totals))
			continue;
		check_note("seed %llu: differs with %u KiB of SRAM", seed, sram_sizes[i]);
		same = false;
	}
	free(input);
	free(expected);
	mnet_executable_free(cpu);
	build_free(&b);
	return same;
}

int main(int argc, char **argv)
{
	unsigned long long seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
	unsigned long count = argc > 2 ? strtoul(argv[2], NULL, 0) : argc > 1 ? 1 : 400;
	struct totals totals = { 0 };
	unsigned long same = 0;

	for (unsigned long i = 0; i < count; i++)
		same += test_seed(seed + i, &totals);
	check(same == count, "%lu of %lu random networks equal the CPU kernels", same, count);
	check(totals.accelerated * 10 > totals.operators * 8,
	      "most operators run on the accelerator: %lu of %lu, in %lu commands",
	      totals.accelerated, totals.operators, totals.commands);
	return check_done();
}
