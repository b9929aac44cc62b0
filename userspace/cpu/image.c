// SPDX-License-Identifier: MIT
/*
 * Batches of images through an engine, uint8 seen as int8.
 */
#include <errno.h>

#include "cpu/image.h"
#include "graph/quantization.h"

void cpu_image_sizes(struct cpu_image_op *image, const struct mnet_tensor *in,
		     const struct mnet_tensor *out)
{
	struct mnet_conv_args *a = &image->args;

	image->batches = in->shape[0];
	a->in_h = in->shape[1];
	a->in_w = in->shape[2];
	a->in_c = in->shape[3];
	a->out_h = out->shape[1];
	a->out_w = out->shape[2];
	a->out_c = out->shape[3];
}

int cpu_image_finish(struct mnet_cpu_op *op, struct cpu_image_op *image,
		     enum mnet_activation activation)
{
	const struct mnet_tensor *in = cpu_input(op->graph, op->op, 0);
	const struct mnet_tensor *out = cpu_output(op->graph, op->op);
	int32_t offset = cpu_int8_offset(in);
	struct mnet_conv_args *a = &image->args;

	op->state = image;
	a->in_pixel = (size_t)a->in_c;
	a->in_row = a->in_pixel * (size_t)a->in_w;
	a->out_pixel = (size_t)a->out_c;
	a->out_row = a->out_pixel * (size_t)a->out_w;
	image->in_bytes = a->in_row * (size_t)a->in_h;
	image->out_bytes = a->out_row * (size_t)a->out_h;
	mnet_activation_range(out, activation, &a->act_min, &a->act_max);
	a->act_min += offset;
	a->act_max += offset;
	if (in->type == MNET_INT8)
		return 0;
	image->flipped = mnet_arena_alloc(op->memory, image->in_bytes);
	return image->flipped ? 0 : -ENOMEM;
}

void cpu_image_run(struct mnet_cpu_op *op, void *const *data)
{
	const struct cpu_image_op *image = op->state;
	const int8_t *in = data[op->op->inputs[0]];
	int8_t *out = data[op->op->outputs[0]];
	struct mnet_conv_args args = image->args;
	int32_t i;

	for (i = 0; i < image->batches; i++) {
		args.in = in + (size_t)i * image->in_bytes;
		args.out = out + (size_t)i * image->out_bytes;
		if (image->flipped) {
			cpu_flip(image->flipped, args.in, image->in_bytes);
			args.in = image->flipped;
		}
		image->compute(&args);
		if (image->flipped)
			cpu_flip(args.out, args.out, image->out_bytes);
	}
}
