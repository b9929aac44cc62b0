// SPDX-License-Identifier: MIT
/* RESIZE_BILINEAR in float32. */
#include <errno.h>
#include <math.h>

#include "cpu/bilinear.h"
#include "cpu/float32.h"

static struct bilinear_point *points(struct mnet_arena *memory, const struct mnet_op *op,
				     int32_t in, int32_t out)
{
	struct bilinear_point *p = mnet_arena_alloc(memory, (size_t)out * sizeof(*p));
	float scale = (float)in / (float)out;
	int32_t i;

	if (!p)
		return NULL;
	if (op->u.resize.align_corners && out > 1)
		scale = (float)(in - 1) / (float)(out - 1);
	for (i = 0; i < out; i++) {
		float at = op->u.resize.half_pixel_centers ? ((float)i + 0.5f) * scale - 0.5f :
			   (float)i * scale;
		int32_t low = (int32_t)floorf(at), high = (int32_t)ceilf(at);

		/* Rounding may carry the last a little beyond the input */
		p[i].low = low < 0 ? 0 : low < in ? low : in - 1;
		p[i].high = high < 0 ? 0 : high < in ? high : in - 1;
		p[i].to_low = at - (float)p[i].low;
	}
	return p;
}

struct bilinear_axes *cpu_bilinear_axes(struct mnet_cpu_op *cpu_op)
{
	const struct mnet_tensor *in = cpu_input(cpu_op->graph, cpu_op->op, 0);
	const struct mnet_tensor *out = cpu_output(cpu_op->graph, cpu_op->op);
	struct bilinear_axes *axes = mnet_arena_alloc(cpu_op->memory, sizeof(*axes));

	if (!axes)
		return NULL;
	axes->y = points(cpu_op->memory, cpu_op->op, in->shape[1], out->shape[1]);
	axes->x = points(cpu_op->memory, cpu_op->op, in->shape[2], out->shape[2]);
	return axes->y && axes->x ? axes : NULL;
}

static int bilinear_prepare(struct mnet_cpu_op *cpu_op)
{
	cpu_op->state = cpu_bilinear_axes(cpu_op);
	return cpu_op->state ? 0 : -ENOMEM;
}

static void bilinear_pixel(const struct bilinear_corners *k, const float *image, size_t channels,
			   float *out)
{
	size_t c;
	int i;

	for (c = 0; c < channels; c++) {
		float sum = image[k->at[0] + c] * k->weight_y[0] * k->weight_x[0];

		for (i = 1; i < 4; i++)
			sum += image[k->at[i] + c] * k->weight_y[i] * k->weight_x[i];
		out[c] = sum;
	}
}

static void bilinear_run(struct mnet_cpu_op *cpu_op, void *const *data)
{
	const struct mnet_tensor *in = cpu_input(cpu_op->graph, cpu_op->op, 0);
	const struct mnet_tensor *out = cpu_output(cpu_op->graph, cpu_op->op);
	size_t channels = (size_t)in->shape[3], width = (size_t)in->shape[2];
	const float *image = data[cpu_op->op->inputs[0]];
	float *to = data[cpu_op->op->outputs[0]];
	int32_t b, y, x;

	for (b = 0; b < out->shape[0]; b++) {
		for (y = 0; y < out->shape[1]; y++)
			for (x = 0; x < out->shape[2]; x++, to += channels) {
				struct bilinear_corners k =
					cpu_bilinear_corners(cpu_op->state, y, x, width, channels);

				bilinear_pixel(&k, image, channels, to);
			}
		image += (size_t)in->shape[1] * width * channels;
	}
}

const struct cpu_kernel cpu_float_bilinear_kernels[] = {
	{ MNET_OP_RESIZE_BILINEAR, cpu_needs_float, bilinear_prepare, bilinear_run },
	{ 0 },
};
