// SPDX-License-Identifier: MIT
/* AVERAGE_POOL_2D and MAX_POOL_2D in float32. */
#include <errno.h>

#include "cpu/float32.h"

static const char *pool_unsupported(const struct mnet_graph *graph, const struct mnet_op *op)
{
	const char *reason = cpu_needs_float(graph, op);

	return reason ? reason : cpu_needs_activation(op->u.pool.activation);
}

static void add(float *restrict out, const float *restrict in, size_t n)
{
	size_t c;

	for (c = 0; c < n; c++)
		out[c] += in[c];
}

static void keep_larger(float *restrict out, const float *restrict in, size_t n)
{
	size_t c;

	for (c = 0; c < n; c++)
		out[c] = out[c] < in[c] ? in[c] : out[c];
}

/**
 * struct window - what an output pixel is made of
 *
 * Rows [top, bottom) and columns [left, right) of the image.
 */
struct window {
	int32_t top, bottom;
	int32_t left, right;
};

static void pool_pixel(const struct mnet_tensor *in, const float *image, const struct window *w,
		       bool max, struct cpu_float_range range, float *out)
{
	size_t n = (size_t)in->shape[3], c;
	float count = (float)((w->bottom - w->top) * (w->right - w->left));
	int32_t y, x;

	for (c = 0; c < n; c++)
		out[c] = max ? -FLT_MAX : 0.0f;
	for (y = w->top; y < w->bottom; y++)
		for (x = w->left; x < w->right; x++)
			(max ? keep_larger : add)(out, image + ((size_t)y * (size_t)in->shape[2] +
								(size_t)x) * n, n);
	for (c = 0; c < n; c++)
		out[c] = cpu_float_clamp(max ? out[c] : out[c] / count, range);
}

/* The part of [@start, @start + @length) inside [0, @size) */
static void cut(int64_t start, int32_t length, int32_t size, int32_t *first, int32_t *end)
{
	*first = (int32_t)(start < 0 ? 0 : start);
	*end = (int32_t)(start + length < size ? start + length : size);
}

static void pool_run(struct mnet_cpu_op *cpu_op, void *const *data)
{
	const struct mnet_op *op = cpu_op->op;
	const struct mnet_tensor *in = cpu_input(cpu_op->graph, op, 0);
	const struct mnet_tensor *out = cpu_output(cpu_op->graph, op);
	struct cpu_float_range range = cpu_float_range(op->u.pool.activation);
	int32_t pad_top = mnet_conv_pad_before(op->u.pool.padding, in->shape[1], out->shape[1],
					       op->u.pool.filter_h, op->u.pool.stride_h, 1);
	int32_t pad_left = mnet_conv_pad_before(op->u.pool.padding, in->shape[2], out->shape[2],
						op->u.pool.filter_w, op->u.pool.stride_w, 1);
	const float *image = data[op->inputs[0]];
	float *to = data[op->outputs[0]];
	struct window w;
	int32_t b, y, x;

	for (b = 0; b < out->shape[0]; b++) {
		for (y = 0; y < out->shape[1]; y++) {
			cut((int64_t)y * op->u.pool.stride_h - pad_top, op->u.pool.filter_h,
			    in->shape[1], &w.top, &w.bottom);
			for (x = 0; x < out->shape[2]; x++, to += out->shape[3]) {
				cut((int64_t)x * op->u.pool.stride_w - pad_left,
				    op->u.pool.filter_w, in->shape[2], &w.left, &w.right);
				pool_pixel(in, image, &w, op->code == MNET_OP_MAX_POOL_2D, range,
					   to);
			}
		}
		image += cpu_elements(in) / (size_t)in->shape[0];
	}
}

const struct cpu_kernel cpu_float_pool_kernels[] = {
	{ MNET_OP_AVERAGE_POOL_2D, pool_unsupported, NULL, pool_run },
	{ MNET_OP_MAX_POOL_2D, pool_unsupported, NULL, pool_run },
	{ 0 },
};
