/* SPDX-License-Identifier: MIT */
/* Operators that are one engine command an image: convolutions and pools. */
#ifndef MNET_CPU_IMAGE_H
#define MNET_CPU_IMAGE_H

#include "cpu/kernel.h"
#include "kernels/engine.h"

/**
 * struct cpu_image_op - an engine command for each image of a batch
 * @args: all but the tensors' addresses
 * @compute: the engine
 * @batches: how often, on consecutive images
 * @in_bytes: of one image
 * @out_bytes: of one image
 * @flipped: room for the int8 copy of a uint8 image, or NULL
 */
struct cpu_image_op {
	struct mnet_conv_args args;
	void (*compute)(const struct mnet_conv_args *args);
	int32_t batches;
	size_t in_bytes;
	size_t out_bytes;
	int8_t *flipped;
};

/**
 * cpu_image_finish - strides, output range and room, once sizes are known
 * @op: its operator; op->state becomes @image
 * @image: batches and the sizes in args are set
 * @activation: fused
 *
 * Return: 0 or -ENOMEM.
 */
int cpu_image_finish(struct mnet_cpu_op *op, struct cpu_image_op *image,
		     enum mnet_activation activation);

/* Sizes of tensors with 4 dimensions */
void cpu_image_sizes(struct cpu_image_op *image, const struct mnet_tensor *in,
		     const struct mnet_tensor *out);

/* The run() of such operators */
void cpu_image_run(struct mnet_cpu_op *op, void *const *data);

#endif /* MNET_CPU_IMAGE_H */
