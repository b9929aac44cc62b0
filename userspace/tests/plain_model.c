// SPDX-License-Identifier: MIT
/*
 * plain_model MODEL OUT: the model with MediaPipe's custom transposed convolutions
 * as TFLite's own, so that TFLite runs it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "operators/transpose_conv.h"
#include "tflite/writer.h"

/* Memory of what an operator gets, for as long as the program runs */
struct rewritten {
	int inputs[4];
	int32_t size[4];
};

/* @size: a tensor that is free */
static int rewrite(struct mnet_graph *g, struct mnet_op *op, int size, struct rewritten *r)
{
	struct mnet_transpose_conv t;
	const char *wrong = mnet_transpose_conv_get(g, op, &t);

	if (wrong) {
		fprintf(stderr, "plain_model: %s\n", wrong);
		return -EINVAL;
	}
	memcpy(r->size, g->tensors[op->outputs[0]].shape, sizeof(r->size));
	g->tensors[size] = (struct mnet_tensor){
		.name = "size", .type = MNET_INT32, .rank = 1, .shape = { 4 },
		.bytes = sizeof(r->size), .data = r->size, .producer = -1,
	};
	r->inputs[0] = size;
	r->inputs[1] = op->inputs[1];
	r->inputs[2] = op->inputs[0];
	if (op->num_inputs > 2)
		r->inputs[3] = op->inputs[2];
	op->inputs = r->inputs;
	op->num_inputs++;
	op->code = MNET_OP_TRANSPOSE_CONV;
	op->name = "TRANSPOSE_CONV";
	op->version = 3;
	op->custom = NULL;
	op->custom_size = 0;
	op->u.transpose_conv.stride_h = t.stride_h;
	op->u.transpose_conv.stride_w = t.stride_w;
	op->u.transpose_conv.padding = t.padding;
	op->u.transpose_conv.activation = t.activation;
	return 0;
}

static int convert(const struct mnet_graph *from, const char *path)
{
	struct rewritten *r = calloc(from->num_ops, sizeof(*r));
	struct mnet_graph g = *from;
	struct mnet_error err;
	int ret = r ? 0 : -ENOMEM;

	g.tensors = calloc(g.num_tensors + g.num_ops, sizeof(*g.tensors));
	if (!g.tensors)
		ret = -ENOMEM;
	else
		memcpy(g.tensors, from->tensors, g.num_tensors * sizeof(*g.tensors));
	for (unsigned int i = 0; !ret && i < g.num_ops; i++)
		if (g.ops[i].code == MNET_OP_CUSTOM && mnet_is_transpose_conv(&g.ops[i]))
			ret = rewrite(&g, &g.ops[i], (int)g.num_tensors++, &r[i]);
	if (!ret) {
		ret = mnet_tflite_save(&g, "without custom operators", path, &err);
		if (ret)
			fprintf(stderr, "plain_model: %s: %s\n", path, err.message);
	}
	free(g.tensors);
	free(r);
	return ret;
}

int main(int argc, char **argv)
{
	struct mnet_model *model;
	struct mnet_error err;
	int ret;

	if (argc != 3) {
		fprintf(stderr, "usage: plain_model MODEL OUT\n");
		return 2;
	}
	if (mnet_model_load(argv[1], &model, &err)) {
		fprintf(stderr, "plain_model: %s: %s\n", argv[1], err.message);
		return 1;
	}
	ret = convert(&model->graph, argv[2]);
	mnet_model_free(model);
	return ret != 0;
}
