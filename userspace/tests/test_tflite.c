// SPDX-License-Identifier: MIT
/*
 * The .tflite reader: what the writer wrote comes back; broken files are refused
 * with the place that is broken; thousands of damaged ones crash nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "check.h"
#include "cpu/cpu.h"
#include "tflite/reader.h"
#include "tflite/writer.h"

/* Damaged copies of a small model, and of each real one */
#define SMALL_MUTATIONS 6000
#define REAL_MUTATIONS	1000
#define TABLES		30000 /* bytes of a real model's ends */

static void test_round_trip(enum mnet_type type)
{
	struct mnet_error err = { "" };
	struct mnet_graph g;
	struct build b;
	void *data = NULL;
	size_t size;
	unsigned int i;
	bool same;

	build_everything(&b, type);
	check(!mnet_tflite_write(&b.graph, "test", &data, &size, &err), "%s model is written %s",
	      mnet_type_name(type), err.message);
	if (!check(!mnet_tflite_read(data, size, &g, &err), "and read %s", err.message)) {
		free(data);
		build_free(&b);
		return;
	}
	check(g.num_tensors == b.graph.num_tensors && g.num_ops == b.graph.num_ops &&
		      g.num_inputs == 1 && g.num_outputs == 1 && g.inputs[0] == b.graph.inputs[0] &&
		      g.outputs[0] == b.graph.outputs[0],
	      "with as many tensors and operators");
	for (i = 0, same = true; i < g.num_tensors; i++) {
		const struct mnet_tensor *a = &g.tensors[i], *e = &b.graph.tensors[i];

		same = same && a->type == e->type && a->rank == e->rank && a->bytes == e->bytes &&
		       !strcmp(a->name, e->name) && !memcmp(a->shape, e->shape, sizeof(a->shape)) &&
		       a->num_scales == e->num_scales && a->producer == e->producer &&
		       !a->data == !e->data && (!a->data || !memcmp(a->data, e->data, a->bytes)) &&
		       (!a->num_scales ||
			(a->scales[0] == e->scales[0] && a->zero_points[0] == e->zero_points[0]));
	}
	check(same, "the same tensors");
	for (i = 0, same = true; i < g.num_ops; i++) {
		const struct mnet_op *a = &g.ops[i], *e = &b.graph.ops[i];

		same = same && a->code == e->code && a->num_inputs == e->num_inputs &&
		       !strcmp(a->name, e->name) && a->outputs[0] == e->outputs[0] &&
		       !memcmp(a->inputs, e->inputs, a->num_inputs * sizeof(int)) &&
		       !memcmp(&a->u, &e->u, sizeof(a->u));
	}
	check(same, "the same operators and options");
	check(!mnet_graph_infer_shapes(&g, &err) && !mnet_graph_verify(&g, &err),
	      "whose shapes agree %s", err.message);
	mnet_arena_free(g.arena);
	free(data);
	build_free(&b);
}

/* Reads what the writer makes of @b and compares the message */
static void expect(struct build *b, int code, const char *message)
{
	struct mnet_error err = { "" };
	struct mnet_graph g;
	void *data = NULL;
	size_t size;
	int ret;

	if (mnet_tflite_write(&b->graph, NULL, &data, &size, &err)) {
		check(false, "cannot write: %s", err.message);
		return;
	}
	ret = mnet_tflite_read(data, size, &g, &err);
	if (!ret) {
		ret = mnet_graph_infer_shapes(&g, &err);
		if (!ret)
			ret = mnet_graph_verify(&g, &err);
		mnet_arena_free(g.arena);
	}
	if (!check(ret == code && !strcmp(err.message, message), "%s", message))
		check_note("got %d: %s", ret, err.message);
	free(data);
	build_free(b);
}

/* conv with tensors 0 input, 1 weights, 2 bias, 3 output */
static struct mnet_op *build_conv(struct build *b)
{
	static const signed char w[4 * 3 * 3 * 2] = { 1 };
	static const int32_t bias[4] = { 1, 2, 3, 4 };
	struct mnet_op *op;

	build_start(b);
	build_input(b, build_tensor(b, "in", MNET_INT8, 4, 1, 5, 5, 2));
	build_tensor(b, "w", MNET_INT8, 4, 4, 3, 3, 2);
	build_tensor(b, "b", MNET_INT32, 1, 4);
	build_output(b, build_tensor(b, "out", MNET_INT8, 4, 1, 3, 3, 4));
	build_data(b, 1, w);
	build_data(b, 2, bias);
	build_scale(b, 0, 0.5f, 3);
	build_scale(b, 1, 0.25f, 0);
	build_scale(b, 3, 1.0f, -3);
	op = build_op(b, MNET_OP_CONV_2D, 3, 0, 1, 2, -2);
	op->u.conv.stride_h = op->u.conv.stride_w = 2;
	op->u.conv.dilation_h = op->u.conv.dilation_w = 1;
	return op;
}

static void test_messages(void)
{
	struct build b;
	struct mnet_op *op;
	float scales[3] = { 1, 1, 1 };
	struct mnet_tensor *t;

	op = build_conv(&b);
	((int *)op->inputs)[0] = 99;
	expect(&b, -EINVAL, "operator 0 (CONV_2D): input tensor index 99 out of range (4 tensors)");
	op = build_conv(&b);
	((int *)op->inputs)[0] = 3;
	expect(&b, -EINVAL,
	       "operator 0 (CONV_2D): input tensor 3 (out) is made by no earlier operator");
	op = build_conv(&b);
	((int *)op->outputs)[0] = 1;
	expect(&b, -EINVAL, "operator 0 (CONV_2D): output tensor 1 (w) already has its contents");
	op = build_conv(&b);
	op->u.conv.stride_w = 0;
	expect(&b, -EINVAL,
	       "operator 0 (CONV_2D): filter 3, stride 0, dilation 1: all must be at least 1");
	op = build_conv(&b);
	op->u.conv.activation = 77;
	expect(&b, -EINVAL, "operator 0 (CONV_2D): unknown fused activation");
	build_conv(&b);
	b.graph.tensors[0].shape[3] = 3;
	expect(&b, -EINVAL,
	       "operator 0 (CONV_2D): weights are for 2 input channels, the input has 3");
	build_conv(&b);
	b.graph.tensors[3].shape[1] = 4;
	expect(&b, -EINVAL,
	       "operator 0 (CONV_2D): tensor 3 (out) has size 4 in dimension 1 in the file, must have 3");
	build_conv(&b);
	b.graph.tensors[1].shape[0] = 5;
	expect(&b, -EINVAL, "tensor 1 (w): 72 bytes of data, its shape and type need 90");
	build_conv(&b);
	b.graph.tensors[0].shape[1] = -1;
	expect(&b, -EINVAL, "tensor 0 (in): size -1 in dimension 1");
	build_conv(&b);
	b.graph.tensors[0].shape[1] = b.graph.tensors[0].shape[2] = 1 << 20;
	expect(&b, -EINVAL, "tensor 0 (in): larger than 1073741824 bytes");
	build_conv(&b);
	build_scale(&b, 1, -1.0f, 0);
	expect(&b, -EINVAL, "tensor 1 (w): scale 0 is -1");
	build_conv(&b);
	build_scale(&b, 0, 1.0f, 128);
	expect(&b, -EINVAL, "tensor 0 (in): zero point 0 is 128, which int8 cannot hold");
	build_conv(&b);
	build_scales(&b, 1, 0, 3, scales);
	expect(&b, -EINVAL, "tensor 1 (w): 3 scales for 4 channels");
	build_conv(&b);
	build_scales(&b, 1, 2, 3, scales);
	expect(&b, -EINVAL,
	       "operator 0 (CONV_2D): weights are quantized along dimension 2, must be 0");
	build_conv(&b);
	t = &b.graph.tensors[0];
	t->num_scales = 0;
	expect(&b, -EINVAL, "operator 0 (CONV_2D): tensor 0 (in) is int8 with 0 scales, needs 1");
	build_conv(&b);
	t = &b.graph.tensors[2];
	t->shape[0] = 2;
	t->bytes = 8;
	expect(&b, -EINVAL, "operator 0 (CONV_2D): 2 biases for 4 output channels");
	op = build_conv(&b);
	op->code = MNET_OP_CUSTOM;
	op->name = "Bad\nname";
	b.graph.tensors[3].rank = 0;
	expect(&b, -EOPNOTSUPP,
	       "operator 0 (Bad?name): unknown, and the file does not state the shape of output 0");
	build_conv(&b);
	b.graph.outputs[0] = 2;
	b.graph.tensors[2].data = NULL;
	b.graph.num_ops = 0;
	expect(&b, -EINVAL, "subgraph 0: output tensor 2 (b) is made by no operator");
}

static void expect_bytes(const void *data, size_t size, const char *message)
{
	struct mnet_error err = { "" };
	struct mnet_graph g;

	if (!check(mnet_tflite_read(data, size, &g, &err) == -EINVAL &&
			   !strcmp(err.message, message),
		   "%s", message))
		check_note("got: %s", err.message);
}

static void test_no_model(void)
{
	unsigned char bytes[64] = { 16, 0, 0, 0, 'T', 'F', 'L', '3' };

	expect_bytes(bytes, 0, "not a .tflite model: the file is too short (at byte 0 of 0)");
	expect_bytes("hello world, this is text", 25,
		     "not a .tflite model: the file identifier is another (at byte 4 of 25)");
	expect_bytes(bytes, 8,
		     "not a .tflite model: an offset leads outside the file (at byte 0 of 8)");
	bytes[16] = 200;
	expect_bytes(
		bytes, 64,
		"not a .tflite model: a table's vtable is outside the file (at byte 16 of 64)");
	bytes[16] = 4;
	bytes[12] = 3;
	expect_bytes(bytes, 64,
		     "not a .tflite model: a vtable has an impossible size (at byte 12 of 64)");
}

enum digested { TAKEN, REFUSED, REFUSED_SILENTLY };

/* Everything that may be done with a model from a file; @run: on the CPU too */
static enum digested digest(const void *data, size_t size, bool run)
{
	struct mnet_error err = { "" };
	struct mnet_graph g;
	void **memory;
	unsigned int i;
	bool good;

	if (mnet_tflite_read(data, size, &g, &err))
		return err.message[0] ? REFUSED : REFUSED_SILENTLY;
	good = !mnet_graph_infer_shapes(&g, &err) && !mnet_graph_verify(&g, &err);
	memory = calloc(g.num_tensors ? g.num_tensors : 1, sizeof(*memory));
	for (i = 0; good && run && i < g.num_tensors; i++)
		/* Damage can make sizes that are valid but not for a test */
		memory[i] = g.tensors[i].data ? (void *)g.tensors[i].data :
						calloc(1, g.tensors[i].bytes < 1 << 20 ?
								  g.tensors[i].bytes + 1 :
								  1 << 20);
	for (i = 0; good && run && i < g.num_tensors; i++)
		run = g.tensors[i].bytes < 1 << 20;
	for (i = 0; good && run && i < g.num_ops; i++) {
		struct mnet_cpu_op *op;

		if (mnet_cpu_prepare(&g, &g.ops[i], &op, &err))
			continue;
		mnet_cpu_run(op, memory, &err);
		mnet_cpu_release(op);
	}
	for (i = 0; i < g.num_tensors; i++)
		if (memory[i] != g.tensors[i].data)
			free(memory[i]);
	free(memory);
	mnet_arena_free(g.arena);
	if (good)
		return TAKEN;
	return err.message[0] ? REFUSED : REFUSED_SILENTLY;
}

static void mutate(struct check_random *r, unsigned char *data, size_t size)
{
	static const unsigned int words[] = { 0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 65535 };
	size_t at = check_random(r) % size;
	unsigned int word;

	switch (check_between(r, 0, 3)) {
	case 0:
		data[at] ^= (unsigned char)(1 << check_between(r, 0, 7));
		break;
	case 1:
		data[at] = (unsigned char)check_random(r);
		break;
	case 2:
		word = words[check_between(r, 0, 5)];
		at = size < 4 ? 0 : at / 4 * 4;
		memcpy(data + at, &word, size - at < 4 ? size - at : 4);
		break;
	default:
		/* A small step of an offset or index */
		data[at] = (unsigned char)(data[at] + check_between(r, -4, 4));
	}
}

/**
 * struct zone - bytes of a file that are damaged
 * @from: the first
 * @size: how many
 */
struct zone {
	size_t from, size;
};

/* Up to 3 changes at a time, and cuts at any place, in memory of exactly the size */
static void test_mutations(const char *name, const unsigned char *data, size_t size,
			   struct zone zone, int count, bool run)
{
	struct check_random r = { size };
	int results[3] = { 0 }, i, k;

	for (i = 0; i < count; i++) {
		bool cut = check_between(&r, 0, 9) == 0;
		size_t n = cut ? check_random(&r) % size : size;
		unsigned char *copy = malloc(n ? n : 1);

		memcpy(copy, data, n);
		for (k = check_between(&r, cut ? 0 : 1, 3); k && n >= zone.from + zone.size; k--)
			mutate(&r, copy + zone.from, zone.size);
		results[digest(copy, n, run)]++;
		free(copy);
	}
	check(!results[REFUSED_SILENTLY],
	      "%s, bytes %zu on: of %d damaged copies %d are still models, %d are refused", name,
	      zone.from, count, results[TAKEN], results[REFUSED]);
}

static void test_small_mutations(enum mnet_type type)
{
	struct mnet_error err;
	struct build b;
	void *data = NULL;
	size_t size;

	build_everything(&b, type);
	if (check(!mnet_tflite_write(&b.graph, NULL, &data, &size, &err), "small model")) {
		check(digest(data, size, true) == TAKEN, "the small model runs");
		test_mutations(mnet_type_name(type), data, size, (struct zone){ 0, size },
			       SMALL_MUTATIONS, true);
	}
	free(data);
	build_free(&b);
}

static void test_real_mutations(const char *model)
{
	unsigned long size = 0;
	unsigned char *data;
	char name[256];

	snprintf(name, sizeof(name), "models/%s.tflite", model);
	data = check_read_file(check_shared(name), &size);
	if (!data) {
		check_skip("%s is not there", check_shared(name));
		return;
	}
	/* Converters put the tables at either end */
	test_mutations(model, data, size, (struct zone){ 0, TABLES }, REAL_MUTATIONS, false);
	test_mutations(model, data, size, (struct zone){ size - TABLES, TABLES }, REAL_MUTATIONS,
		       false);
	free(data);
}

int main(void)
{
	test_round_trip(MNET_INT8);
	test_round_trip(MNET_UINT8);
	test_messages();
	test_no_model();
	test_small_mutations(MNET_INT8);
	test_small_mutations(MNET_UINT8);
	test_real_mutations("person_detect_96_int8");
	test_real_mutations("mobilenet_v3_small_1.0_224_uint8");
	test_real_mutations("mobilenet_edgetpu_1.0_224_uint8");
	return check_done();
}
