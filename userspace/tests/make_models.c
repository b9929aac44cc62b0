// SPDX-License-Identifier: MIT
/*
 * make_models DIR: small networks for tests of the programs.
 *
 *	small.tflite	a classifier of 16x16 photos, 10 classes: convolution, pool,
 *			fully connected, softmax
 *	logits.tflite	the same without its softmax
 *	classes.tflite	8 classes for each of 8x8 pixels
 *	unknown.tflite	with an operator that nobody knows
 *	vector.tflite	whose input is no photo
 *	two.tflite	with two inputs
 */
#include <stdio.h>

#include "tflite/writer.h"

#define SIZE	16
#define CHANNELS 8
#define CLASSES 10

enum { IN, FILTER, BIAS, CONV, MAP, POOL, FC_WEIGHTS, FC_BIAS, LOGITS, OUT, OTHER, TENSORS };

static int8_t filter[CHANNELS * 3 * 3 * 3], fc_weights[CLASSES * CHANNELS];
static int32_t bias[CHANNELS], fc_bias[CLASSES];
static struct mnet_tensor tensors[TENSORS];

static void tensor(int index, const char *name, enum mnet_type type, float scale, int zero_point,
		   unsigned int rank, const int32_t *shape, const void *data)
{
	static float scales[TENSORS];
	static int32_t zero_points[TENSORS];
	struct mnet_tensor *t = &tensors[index];

	scales[index] = scale;
	zero_points[index] = zero_point;
	*t = (struct mnet_tensor){ .name = name, .type = type, .rank = rank, .data = data,
				   .num_scales = 1, .scales = &scales[index],
				   .zero_points = &zero_points[index], .producer = -1 };
	t->bytes = mnet_type_size(type);
	for (unsigned int i = 0; i < rank; i++) {
		t->shape[i] = shape[i];
		t->bytes *= shape[i];
	}
}

static void make_tensors(void)
{
	unsigned int seed = 1;

	for (size_t i = 0; i < sizeof(filter); i++)
		filter[i] = (seed = seed * 1664525 + 1013904223) >> 24;
	for (size_t i = 0; i < sizeof(fc_weights); i++)
		fc_weights[i] = (seed = seed * 1664525 + 1013904223) >> 24;
	tensor(IN, "photo", MNET_INT8, 1 / 128.f, 0, 4, (int32_t[]){ 1, SIZE, SIZE, 3 }, NULL);
	tensor(FILTER, "filter", MNET_INT8, 0.01f, 0, 4, (int32_t[]){ CHANNELS, 3, 3, 3 }, filter);
	tensor(BIAS, "bias", MNET_INT32, 0.01f / 128, 0, 1, (int32_t[]){ CHANNELS }, bias);
	tensor(CONV, "conv", MNET_INT8, 0.05f, -128, 4,
	       (int32_t[]){ 1, SIZE / 2, SIZE / 2, CHANNELS }, NULL);
	tensor(MAP, "map", MNET_INT8, 0.05f, -128, 4,
	       (int32_t[]){ 1, SIZE / 2, SIZE / 2, CHANNELS }, NULL);
	tensor(POOL, "pool", MNET_INT8, 0.05f, -128, 4, (int32_t[]){ 1, 1, 1, CHANNELS }, NULL);
	tensor(FC_WEIGHTS, "weights", MNET_INT8, 0.02f, 0, 2, (int32_t[]){ CLASSES, CHANNELS },
	       fc_weights);
	tensor(FC_BIAS, "fc_bias", MNET_INT32, 0.05f * 0.02f, 0, 1, (int32_t[]){ CLASSES },
	       fc_bias);
	tensor(LOGITS, "logits", MNET_INT8, 0.1f, 0, 2, (int32_t[]){ 1, CLASSES }, NULL);
	tensor(OUT, "classes", MNET_INT8, 1 / 256.f, -128, 2, (int32_t[]){ 1, CLASSES }, NULL);
	tensor(OTHER, "other", MNET_INT8, 0.05f, -128, 4,
	       (int32_t[]){ 1, SIZE / 2, SIZE / 2, CHANNELS }, NULL);
}

static struct mnet_op conv = {
	.code = MNET_OP_CONV_2D, .version = 3, .name = "CONV_2D",
	.num_inputs = 3, .inputs = (int[]){ IN, FILTER, BIAS },
	.num_outputs = 1, .outputs = (int[]){ CONV },
	.u.conv = { .padding = MNET_PADDING_SAME, .stride_h = 2, .stride_w = 2, .dilation_h = 1,
		    .dilation_w = 1, .activation = MNET_ACT_RELU },
};
static struct mnet_op unknown = {
	.code = MNET_OP_CUSTOM, .version = 1, .name = "Mystery",
	.num_inputs = 1, .inputs = (int[]){ CONV },
	.num_outputs = 1, .outputs = (int[]){ MAP },
};
static struct mnet_op add = {
	.code = MNET_OP_ADD, .version = 2, .name = "ADD",
	.num_inputs = 2, .inputs = (int[]){ CONV, OTHER },
	.num_outputs = 1, .outputs = (int[]){ MAP },
};
static struct mnet_op pool = {
	.code = MNET_OP_AVERAGE_POOL_2D, .version = 2, .name = "AVERAGE_POOL_2D",
	.num_inputs = 1, .inputs = (int[]){ CONV },
	.num_outputs = 1, .outputs = (int[]){ POOL },
	.u.pool = { .padding = MNET_PADDING_VALID, .stride_h = 1, .stride_w = 1,
		    .filter_h = SIZE / 2, .filter_w = SIZE / 2 },
};
static struct mnet_op fully_connected = {
	.code = MNET_OP_FULLY_CONNECTED, .version = 4, .name = "FULLY_CONNECTED",
	.num_inputs = 3, .inputs = (int[]){ POOL, FC_WEIGHTS, FC_BIAS },
	.num_outputs = 1, .outputs = (int[]){ LOGITS },
};
static struct mnet_op softmax = {
	.code = MNET_OP_SOFTMAX, .version = 2, .name = "SOFTMAX",
	.num_inputs = 1, .inputs = (int[]){ LOGITS },
	.num_outputs = 1, .outputs = (int[]){ OUT },
	.u.softmax = { .beta = 1 },
};

static int save(const char *dir, const char *name, unsigned int num_inputs, int *inputs, int output,
		unsigned int num_ops, struct mnet_op *const *list)
{
	struct mnet_op ops[8];
	struct mnet_graph graph = { .num_tensors = TENSORS, .tensors = tensors, .ops = ops,
				    .num_ops = num_ops, .num_inputs = num_inputs, .inputs = inputs,
				    .num_outputs = 1, .outputs = &output };
	struct mnet_error err = { "" };
	char path[4096];

	for (unsigned int i = 0; i < num_ops; i++)
		ops[i] = *list[i];
	snprintf(path, sizeof(path), "%s/%s.tflite", dir, name);
	if (!mnet_tflite_save(&graph, "for tests", path, &err))
		return 0;
	fprintf(stderr, "make_models: %s: %s\n", path, err.message);
	return 1;
}

int main(int argc, char **argv)
{
	struct mnet_op *const whole[] = { &conv, &pool, &fully_connected, &softmax };
	struct mnet_op *const with_unknown[] = { &conv, &unknown };
	struct mnet_op *const with_add[] = { &conv, &add };
	const char *dir = argv[argc - 1];
	int photo = IN, flat = LOGITS, both[] = { IN, OTHER };

	if (argc != 2) {
		fprintf(stderr, "usage: make_models DIR\n");
		return 2;
	}
	make_tensors();
	return save(dir, "small", 1, &photo, OUT, 4, whole) |
	       save(dir, "logits", 1, &photo, LOGITS, 3, whole) |
	       save(dir, "classes", 1, &photo, CONV, 1, whole) |
	       save(dir, "unknown", 1, &photo, MAP, 2, with_unknown) |
	       save(dir, "vector", 1, &flat, OUT, 1, whole + 3) |
	       save(dir, "two", 2, both, MAP, 2, with_add);
}
