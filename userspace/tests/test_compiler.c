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

/* The slow one has so much to do for its commands that each is cut into many. */
static const struct hardware {
	const char *name;
	unsigned int kib;
	bool slow;
} hardware[] = {
	{ "8192 KiB of SRAM", 8192, false },
	{ "1024 KiB of SRAM", 1024, false },
	{ "256 KiB of SRAM", 256, false },
	{ "slow engines", 8192, true },
};

static struct mnet_executable *compile(const struct mnet_model *model, const struct hardware *hw)
{
	struct mnet_hw_config config = mnet_hw_config_soc;
	struct mnet_executable *exe;
	struct mnet_error err = { "" };

	config.sram_size = hw->kib * 1024;
	if (hw->slow) {
		config.array_rows = 1;
		config.array_cols = 1;
		config.vector_lanes = 1;
		config.vector_macs = 1;
		config.dram_mbps = 1;
	}
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
	if (access(check_shared("golden"), R_OK)) {
		for (size_t i = 0; i < sizeof(hardware) / sizeof(hardware[0]); i++)
			check_skip("%s with %s: no goldens at %s", n->model,
				   hardware[i].name, check_shared("golden"));
		return;
	}
	if (mnet_model_load(check_shared(name), &model, &err)) {
		check(false, "%s is read", n->model);
		check_note("%s", err.message);
		return;
	}
	for (size_t i = 0; i < sizeof(hardware) / sizeof(hardware[0]); i++) {
		struct mnet_executable *exe = compile(model, &hardware[i]);

		check(exe && run_golden(exe, n), "%s with %s equals the golden output",
		      n->model, hardware[i].name);
		mnet_executable_free(exe);
	}
	mnet_model_free(model);
}

/* No golden is at hand for this one: the CPU kernels, which test_cpu.c compares with TFLite */
static void test_person_detect(void)
{
	struct mnet_executable *cpu = NULL;
	struct mnet_model *model;
	uint8_t in[96 * 96];
	void *expected = NULL;

	if (access(check_shared("models"), R_OK)) {
		check_skip("person_detect: no models at %s", check_shared("models"));
		return;
	}
	if (!check(!mnet_model_load(check_shared("models/person_detect_96_int8.tflite"), &model,
				    NULL), "person_detect is read"))
		return;
	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = i * i / 96 + i % 96 * 5;
	if (!mnet_compile(model, &mnet_hw_config_cpu, NULL, &cpu, NULL))
		expected = run_executable(cpu, in);
	for (size_t i = 0; i < sizeof(hardware) / sizeof(hardware[0]); i++) {
		struct mnet_executable *exe = compile(model, &hardware[i]);
		void *out = exe ? run_executable(exe, in) : NULL;

		check(out && expected && exe->num_subgraphs == 1 && !memcmp(out, expected, 2),
		      "person_detect with %s equals the CPU kernels", hardware[i].name);
		free(out);
		mnet_executable_free(exe);
	}
	free(expected);
	mnet_executable_free(cpu);
	mnet_model_free(model);
}

int main(void)
{
	for (size_t i = 0; i < sizeof(networks) / sizeof(networks[0]); i++)
		test_network(&networks[i]);
	test_person_detect();
	return check_done();
}
