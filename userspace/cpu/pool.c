// SPDX-License-Identifier: MIT
/*
 * AVERAGE_POOL_2D and MAX_POOL_2D on the engines' arithmetic.
 */
#include <errno.h>
#include <math.h>

#include "cpu/image.h"

/* TFLite pools only tensors quantized alike */
#define SCALE_TOLERANCE	1e-6f

static const char *pool_unsupported(const struct mnet_graph *graph, const struct mnet_op *op)
{
	const struct mnet_tensor *in = cpu_input(graph, op, 0), *out = cpu_output(graph, op);
	const char *reason = cpu_needs_8bit(graph, op);

	if (reason)
		return reason;
	if (fabsf(in->scales[0] - out->scales[0]) > SCALE_TOLERANCE ||
	    in->zero_points[0] != out->zero_points[0])
		return "output quantized unlike the input";
	return cpu_needs_activation(op->u.pool.activation);
}

static int pool_prepare(struct mnet_cpu_op *cpu_op)
{
	const struct mnet_op *op = cpu_op->op;
	const struct mnet_tensor *in = cpu_input(cpu_op->graph, op, 0);
	struct cpu_image_op *image = mnet_arena_alloc(cpu_op->memory, sizeof(*image));
	struct mnet_conv_args *a;

	if (!image)
		return -ENOMEM;
	a = &image->args;
	image->compute = op->code == MNET_OP_MAX_POOL_2D ? mnet_engine_max_pool :
			 mnet_engine_avg_pool;
	cpu_image_sizes(image, in, cpu_output(cpu_op->graph, op));
	a->kernel_h = op->u.pool.filter_h;
	a->kernel_w = op->u.pool.filter_w;
	a->stride_h = op->u.pool.stride_h;
	a->stride_w = op->u.pool.stride_w;
	a->dilation_h = 1;
	a->dilation_w = 1;
	a->pad_top = mnet_conv_pad_before(op->u.pool.padding, a->in_h, a->out_h, a->kernel_h,
					  a->stride_h, 1);
	a->pad_left = mnet_conv_pad_before(op->u.pool.padding, a->in_w, a->out_w, a->kernel_w,
					   a->stride_w, 1);
	/* uint8 averages round as they stand, not as seen from their zero point */
	a->in_zero_point = cpu_int8_offset(in);
	return cpu_image_finish(cpu_op, image, op->u.pool.activation);
}

const struct cpu_kernel cpu_pool_kernels[] = {
	{ MNET_OP_AVERAGE_POOL_2D, pool_unsupported, pool_prepare, cpu_image_run },
	{ MNET_OP_MAX_POOL_2D, pool_unsupported, pool_prepare, cpu_image_run },
	{ 0 },
};
