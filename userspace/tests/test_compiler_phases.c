// SPDX-License-Identifier: MIT
/*
 * Operators that enlarge their input, alone: they run on the accelerator, in the
 * commands one expects, and give the bytes of the CPU kernels for every stride,
 * filter and size, however little SRAM there is; and what the engines cannot do
 * stays on the CPU with its reason.
 */
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "check.h"
#include "run_executable.h"

#define CASES	300

static const unsigned int sram_sizes[] = { 4, 8, 32, 1024 };	/* KiB */

/* A transposed convolution alone */
struct transposed {
	enum mnet_type type;
	int h, w, in_c, out_c;
	int kernel_h, kernel_w, stride_h, stride_w;
	int out_h, out_w;
	enum mnet_padding padding;
};

static void fill(struct build *b, int t, struct check_random *r)
{
	size_t bytes = b->graph.tensors[t].bytes;
	uint8_t *data = malloc(bytes);

	for (size_t i = 0; i < bytes; i++)
		data[i] = check_random(r);
	build_data(b, t, data);
	free(data);
}

static int image(struct build *b, const char *name, enum mnet_type type, int h, int w, int c)
{
	int t = build_tensor(b, name, type, 4, 1, h, w, c);

	build_scale(b, t, 0.05f, type == MNET_UINT8 ? 117 : -11);
	return t;
}

static struct mnet_op *build_transposed(struct build *b, const struct transposed *t,
					struct check_random *r)
{
	int32_t shape[4] = { 1, t->out_h, t->out_w, t->out_c }, values[64];
	int in, out, w, bias, size;
	struct mnet_op *op;

	build_start(b);
	in = image(b, "in", t->type, t->h, t->w, t->in_c);
	out = image(b, "out", t->type, t->out_h, t->out_w, t->out_c);
	w = build_tensor(b, "weights", t->type, 4, t->out_c, t->kernel_h, t->kernel_w, t->in_c);
	build_scale(b, w, 0.004f, t->type == MNET_UINT8 ? 131 : 0);
	fill(b, w, r);
	bias = build_tensor(b, "bias", MNET_INT32, 1, t->out_c);
	for (int i = 0; i < t->out_c; i++)
		values[i] = check_between(r, -9000, 9000);
	build_data(b, bias, values);
	size = build_tensor(b, "size", MNET_INT32, 1, 4);
	build_data(b, size, shape);
	op = build_op(b, MNET_OP_TRANSPOSE_CONV, out, size, w, in, bias, -2);
	op->u.transpose_conv.padding = t->padding;
	op->u.transpose_conv.stride_h = t->stride_h;
	op->u.transpose_conv.stride_w = t->stride_w;
	build_input(b, in);
	build_output(b, out);
	return op;
}

static struct mnet_executable *compile(const struct build *b, unsigned int kib,
				       struct mnet_error *err)
{
	struct mnet_hw_config config = kib ? mnet_hw_config_soc : mnet_hw_config_cpu;
	struct mnet_model model = { .graph = b->graph };
	struct mnet_executable *exe;

	if (kib)
		config.sram_size = kib * 1024;
	return mnet_compile(&model, &config, NULL, &exe, err) ? NULL : exe;
}

/* Bytes of the only output, from inputs that depend on nothing but their place */
static void *run(const struct build *b, const struct mnet_executable *exe)
{
	size_t bytes = b->graph.tensors[b->graph.inputs[0]].bytes;
	struct check_random r = { 3 };
	uint8_t *input = malloc(bytes);
	void *out;

	for (size_t i = 0; i < bytes; i++)
		input[i] = check_random(&r);
	out = run_executable(exe, input);
	free(input);
	return out;
}

/* On the accelerator, with the same bytes as on the CPU */
static bool agrees(const struct build *b, unsigned int kib)
{
	struct mnet_error err = { "" };
	struct mnet_executable *cpu = compile(b, 0, &err), *exe = compile(b, kib, &err);
	void *expected = cpu ? run(b, cpu) : NULL, *out = exe ? run(b, exe) : NULL;
	bool same = expected && out && exe->op_info[0].accelerated &&
		    !memcmp(out, expected, b->graph.tensors[b->graph.outputs[0]].bytes);

	if (!same)
		check_note("%u KiB: %s", kib, !exe ? err.message :
			   exe->op_info[0].accelerated ? "other bytes" : exe->op_info[0].reason);
	free(expected);
	free(out);
	mnet_executable_free(cpu);
	mnet_executable_free(exe);
	return same;
}

static unsigned int count_commands(const struct mnet_executable *exe, unsigned int opcode)
{
	unsigned int n = 0;

	for (unsigned int s = 0; s < exe->num_subgraphs; s++) {
		for (unsigned int i = 0; i < exe->subgraphs[s].num_commands; i++)
			n += exe->subgraphs[s].commands[i].opcode == opcode;
	}
	return n;
}

/* --- transposed convolutions ------------------------------------------------- */

static void test_random(void)
{
	struct check_random r = { 5 };
	unsigned int same = 0;

	for (unsigned int i = 0; i < CASES; i++) {
		struct transposed t = {
			.type = i % 2 ? MNET_UINT8 : MNET_INT8,
			.h = check_between(&r, 1, 12), .w = check_between(&r, 1, 12),
			.in_c = check_between(&r, 1, 20), .out_c = check_between(&r, 1, 20),
			.kernel_h = check_between(&r, 1, 7), .kernel_w = check_between(&r, 1, 7),
			.stride_h = check_between(&r, 1, 9), .stride_w = check_between(&r, 1, 5),
			/* Less than the input reaches, and more */
			.out_h = check_between(&r, 1, 60), .out_w = check_between(&r, 1, 40),
			.padding = check_between(&r, 0, 1) ? MNET_PADDING_SAME :
							     MNET_PADDING_VALID,
		};
		unsigned int kib = sram_sizes[i % 4];
		struct build b;

		/* The smallest do not hold the weights of 16 channels and many phases. */
		if (t.in_c * t.kernel_h * t.kernel_w > 50 || t.stride_h * t.stride_w > 6)
			kib = kib < 32 ? 32 : kib;
		build_transposed(&b, &t, &r);
		if (agrees(&b, kib))
			same++;
		else
			check_note("case %u", i);
		build_free(&b);
	}
	check(same == CASES, "%u of %u transposed convolutions equal the CPU kernel's", same, CASES);
}

/* The last layer of a segmentation network: 2x2, each input makes 2x2 outputs */
static void test_last_layer(void)
{
	struct transposed t = { MNET_INT8, 128, 128, 16, 1, 2, 2, 2, 2, 256, 256,
				MNET_PADDING_SAME };
	struct check_random r = { 6 };
	struct mnet_executable *exe;
	struct mnet_error err = { "" };
	struct build b;

	build_transposed(&b, &t, &r);
	exe = compile(&b, 8192, &err);
	check(exe && count_commands(exe, EDGETPU_OP_CONV) == 4 &&
	      count_commands(exe, EDGETPU_OP_STORE) == 1,
	      "128x128x16 to 256x256x1 with 2x2, stride 2: four CONV and one STORE");
	check(agrees(&b, 8192) && agrees(&b, 64), "and the CPU kernel's bytes, in 64 KiB too");
	mnet_executable_free(exe);
	build_free(&b);
}

/* --- nearest neighbours -------------------------------------------------------- */

static struct mnet_op *build_nearest(struct build *b, int h, int w, int out_h, int out_w)
{
	int32_t shape[2] = { out_h, out_w };
	int in, out, size;

	build_start(b);
	in = image(b, "in", MNET_UINT8, h, w, 5);
	out = image(b, "out", MNET_UINT8, out_h, out_w, 5);
	size = build_tensor(b, "size", MNET_INT32, 1, 2);
	build_data(b, size, shape);
	build_input(b, in);
	build_output(b, out);
	return build_op(b, MNET_OP_RESIZE_NEAREST_NEIGHBOR, out, in, size, -2);
}

static void test_nearest(void)
{
	unsigned int same = 0, n = 0;
	struct build b;

	for (int factor = 1; factor < 6; factor++) {
		for (int how = 0; how < 2; how++) {
			for (size_t i = 0; i < 4; i++, n++) {
				struct mnet_op *op = build_nearest(&b, 7, 12, 7 * factor, 24);

				op->u.resize.half_pixel_centers = how;
				same += agrees(&b, sram_sizes[i]);
				build_free(&b);
			}
		}
	}
	check(same == n, "%u of %u whole-factor resizes equal the CPU kernel's", same, n);
}

/* --- reasons --------------------------------------------------------------------- */

static void expect_reason(const struct build *b, const char *reason, const char *what)
{
	struct mnet_error err = { "" };
	struct mnet_executable *exe = compile(b, 64, &err);
	bool there = exe && !exe->op_info[0].accelerated && strstr(exe->op_info[0].reason, reason);

	check(there, "%s stays on the CPU: %s", what, reason);
	if (!there)
		check_note("%s", exe ? exe->op_info[0].reason : err.message);
	mnet_executable_free(exe);
}

static void test_reasons(void)
{
	struct transposed t = { MNET_INT8, 3, 3, 4, 4, 3, 3, 17, 16, 40, 40, MNET_PADDING_SAME };
	struct check_random r = { 8 };
	struct mnet_op *op;
	struct build b;

	build_transposed(&b, &t, &r);
	expect_reason(&b, "17x16 commands a tile", "a stride of many phases");
	build_free(&b);
	t = (struct transposed){ MNET_INT8, 3, 3, 400, 4, 16, 16, 2, 2, 6, 6, MNET_PADDING_SAME };
	build_transposed(&b, &t, &r);
	expect_reason(&b, "exceeds the 65536 bytes of SRAM", "a filter larger than SRAM");
	build_free(&b);
	build_nearest(&b, 4, 4, 6, 8);
	expect_reason(&b, "equally often", "half again as many rows");
	build_free(&b);
	op = build_nearest(&b, 3, 4, 9, 8);
	op->u.resize.align_corners = true;
	expect_reason(&b, "equally often", "a resize with aligned corners");
	build_free(&b);
	op = build_nearest(&b, 4, 4, 8, 8);
	op->code = MNET_OP_RESIZE_BILINEAR;
	expect_reason(&b, "no engine weighs neighbours", "a bilinear resize");
	build_free(&b);
}

int main(void)
{
	test_random();
	test_last_layer();
	test_nearest();
	test_reasons();
	return check_done();
}
