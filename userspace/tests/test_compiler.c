// SPDX-License-Identifier: MIT
/*
 * Whole networks through the compiler: the command streams, run by stream_exec.c
 * with the CPU's part by the CPU kernels, give TensorFlow Lite's bytes, whatever
 * the size of SRAM.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "run_executable.h"

struct network {
	const char *model;
	const char *photo;
};

static const struct network networks[] = {
	{ "mobilenet_edgetpu_1.0_224_uint8", "grace_hopper" },
	{ "mobilenet_edgetpu_0.75_224_int8", "bird" },
	{ "mobilenet_v2_1.0_224_uint8", "cat" },
	{ "mobilenet_v3_small_1.0_224_uint8", "grace_hopper" },
};

static const unsigned int sram_sizes[] = { 8192, 1024, 256 };	/* KiB */

static void print_line(void *opaque, const char *line)
{
	(void)opaque;
	puts(line);
}

static struct mnet_executable *compile(const struct mnet_model *model, unsigned int kib)
{
	struct mnet_hw_config config = mnet_hw_config_soc;
	struct mnet_executable *exe;
	struct mnet_error err = { "" };

	config.sram_size = kib * 1024;
	if (!mnet_compile(model, &config, NULL, &exe, &err))
		return exe;
	check_note("%s", err.message);
	return NULL;
}

static bool run_golden(const struct mnet_executable *exe, const struct network *n)
{
	unsigned long in_size = 0, out_size = 0;
	char name[256];
	void *in, *golden, *out = NULL;
	bool same = false;

	snprintf(name, sizeof(name), "golden/%s_224.rgb", n->photo);
	in = check_read_file(check_shared(name), &in_size);
	snprintf(name, sizeof(name), "golden/%s.%s.output0.raw", n->model, n->photo);
	golden = check_read_file(check_shared(name), &out_size);
	if (in && golden && in_size == exe->graph.tensors[exe->graph.inputs[0]].bytes &&
	    out_size == exe->graph.tensors[exe->graph.outputs[0]].bytes)
		out = run_executable(exe, in);
	if (out)
		same = !memcmp(out, golden, out_size);
	free(in);
	free(golden);
	free(out);
	return same;
}

static void test_network(const struct network *n)
{
	struct mnet_model *model;
	struct mnet_error err = { "" };
	char name[256];

	snprintf(name, sizeof(name), "models/%s.tflite", n->model);
	if (mnet_model_load(check_shared(name), &model, &err)) {
		check(false, "%s is read", n->model);
		check_note("%s", err.message);
		return;
	}
	for (size_t i = 0; i < sizeof(sram_sizes) / sizeof(sram_sizes[0]); i++) {
		struct mnet_executable *exe = compile(model, sram_sizes[i]);

		check(exe && run_golden(exe, n), "%s with %u KiB of SRAM equals the golden output",
		      n->model, sram_sizes[i]);
		mnet_executable_free(exe);
	}
	mnet_model_free(model);
}

/* test_compiler MODEL KIB PASS: what a pass made, for looking at */
static int dump(char **argv)
{
	struct mnet_compile_options options = { argv[3], print_line, NULL };
	struct mnet_hw_config config = mnet_hw_config_soc;
	struct mnet_executable *exe;
	struct mnet_model *model;
	struct mnet_error err = { "" };
	int ret;

	config.sram_size = strtoul(argv[2], NULL, 0) * 1024;
	ret = mnet_model_load(argv[1], &model, &err);
	if (!ret)
		ret = mnet_compile(model, &config, &options, &exe, &err);
	if (ret)
		fprintf(stderr, "%s\n", err.message);
	return ret ? 1 : 0;
}

int main(int argc, char **argv)
{
	if (argc == 4)
		return dump(argv);
	if (access(check_shared("golden"), R_OK))
		check_skip_all("no goldens at %s", check_shared("golden"));
	for (size_t i = 0; i < sizeof(networks) / sizeof(networks[0]); i++)
		test_network(&networks[i]);
	return check_done();
}
