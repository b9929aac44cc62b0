/* SPDX-License-Identifier: MIT */
/* RESIZE_BILINEAR in float arithmetic, which TFLite uses for uint8 too. */
#ifndef MNET_CPU_BILINEAR_H
#define MNET_CPU_BILINEAR_H

#include "cpu/kernel.h"

/**
 * struct bilinear_point - where an output row or column lies in the input
 * @low: row at or before it
 * @high: row at or after it
 * @to_low: weight of @high: distance from @low
 */
struct bilinear_point {
	int32_t low, high;
	float to_low;
};

/**
 * struct bilinear_axes - both dimensions of a resize
 * @y: one per output row
 * @x: one per output column
 */
struct bilinear_axes {
	struct bilinear_point *y;
	struct bilinear_point *x;
};

/* NULL when memory is short */
struct bilinear_axes *cpu_bilinear_axes(struct mnet_cpu_op *op);

/* The four pixels around an output and what each counts */
struct bilinear_corners {
	size_t at[4];	/* elements from the image's first */
	float weight_y[4], weight_x[4];
};

/* Output pixel (@y, @x) of images @width wide with @channels */
static inline struct bilinear_corners cpu_bilinear_corners(const struct bilinear_axes *axes,
							   int32_t y, int32_t x, size_t width,
							   size_t channels)
{
	const struct bilinear_point *py = &axes->y[y], *px = &axes->x[x];
	size_t top = (size_t)py->low * width, bottom = (size_t)py->high * width;

	return (struct bilinear_corners){
		.at = {
			(top + (size_t)px->low) * channels, (bottom + (size_t)px->low) * channels,
			(top + (size_t)px->high) * channels, (bottom + (size_t)px->high) * channels,
		},
		.weight_y = { 1 - py->to_low, py->to_low, 1 - py->to_low, py->to_low },
		.weight_x = { 1 - px->to_low, 1 - px->to_low, px->to_low, px->to_low },
	};
}

#endif /* MNET_CPU_BILINEAR_H */
