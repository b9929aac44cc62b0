/* SPDX-License-Identifier: MIT */
/* Photos: reading, stretching, and the bytes that a network wants of them. */
#ifndef PROGRAMS_IMAGE_H
#define PROGRAMS_IMAGE_H

#include <stdint.h>

#include "mnet.h"

/* Larger ones are refused before memory is allocated for them. */
#define IMAGE_MAX_SIDE		65535u
#define IMAGE_MAX_PIXELS	(100u * 1000 * 1000)
#define IMAGE_MAX_FILE		(256u << 20)

/**
 * struct image - rows from the top, three bytes a pixel: red, green, blue
 * @width: pixels, at least 1
 * @height: pixels, at least 1
 * @rgb: malloc'ed
 */
struct image {
	uint32_t width;
	uint32_t height;
	uint8_t *rgb;
};

/* Reads a JPEG, PNG or BMP file; which one, its content says. */
int image_read(const char *path, struct image *image, struct mnet_error *err);
/* The same from memory */
int image_decode(const void *data, size_t size, struct image *image, struct mnet_error *err);
void image_free(struct image *image);

/* Checks the size and allocates the pixels, for the decoders. */
int image_alloc(struct image *image, uint64_t width, uint64_t height, struct mnet_error *err);

int jpeg_decode(const void *data, size_t size, struct image *image, struct mnet_error *err);
int png_decode(const void *data, size_t size, struct image *image, struct mnet_error *err);
int bmp_decode(const void *data, size_t size, struct image *image, struct mnet_error *err);

/*
 * Stretches @from to @width x @height into @to, bilinearly: each output pixel is
 * the mean of the input weighted by a triangle around its centre (pixel centres
 * are at halves) whose half width is one input pixel, or one output pixel where
 * the image shrinks, so that no input pixel is left out. Columns first, then
 * rows, rounded to bytes after each.
 */
int image_stretch(const struct image *from, uint32_t width, uint32_t height, struct image *to,
		  struct mnet_error *err);

/**
 * struct image_range - what a photo's bytes are to a network that takes floats
 * @black: of byte 0
 * @white: of byte 255; other bytes lie on the line between
 */
struct image_range {
	double black;
	double white;
};

/* For a start: what classifiers take */
#define IMAGE_RANGE	((struct image_range){ -1, 1 })

/*
 * For every output of a network: where one has rows and columns, [1, height > 1,
 * width > 1, channels], black is 0 to it.
 */
void image_range_consider(struct image_range *range, const struct mnet_tensor_info *output);
/* "LO,HI", two numbers that differ; false: it is not */
bool image_range_parse(struct image_range *range, const char *text);

/*
 * Stretches a photo to the input @info, [1, height, width, 1 or 3], and converts
 * it: uint8 takes bytes as they are, int8 less 128, float32 what @range says; one
 * channel is the luma of ITU-R BT.601. @to has info->bytes.
 */
int image_to_input(const struct image *image, const struct mnet_tensor_info *info,
		   const struct image_range *range, void *to, struct mnet_error *err);

/* Replaces @path, or leaves it as it was. @grey: one channel, red, green and blue are equal. */
int image_write_png(const char *path, const struct image *image, bool grey, struct mnet_error *err);

#endif /* PROGRAMS_IMAGE_H */
