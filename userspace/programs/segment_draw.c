// SPDX-License-Identifier: MIT
/* Pictures of a segmentation */
#include <math.h>

#include "programs/segment.h"

/* The photo's share in an overlay of classes */
#define CLASSES_PHOTO 0.45

/* What is not of the class: luma less colourful and darker, on a blue night */
static const double night[3] = { 12, 22, 48 };
#define NIGHT_LUMA   0.30
#define NIGHT_COLOUR 0.10

/* Probabilities between these are the soft edge of what is cut out. */
#define EDGE_LOW  0.2
#define EDGE_HIGH 0.8

static uint8_t to_byte(double v)
{
	return v <= 0 ? 0 : v >= 255 ? 255 : lrint(v);
}

/* The output as a picture of its own size */
static int draw_small(const struct segmentation *s, struct image *small, struct mnet_error *err)
{
	size_t n = (size_t)s->width * s->height;
	int ret = image_alloc(small, s->width, s->height, err);

	if (ret)
		return ret;
	for (size_t i = 0; i < n; i++) {
		uint8_t *rgb = small->rgb + 3 * i;

		if (s->class)
			palette_colour(s->class[i], rgb);
		else
			rgb[0] = rgb[1] = rgb[2] = to_byte(s->probability[i] * 255);
	}
	return 0;
}

/* Classes must not mix: every pixel has the colour of the output's nearest one. */
static int stretch_nearest(const struct image *from, uint32_t width, uint32_t height,
			   struct image *to, struct mnet_error *err)
{
	int ret = image_alloc(to, width, height, err);

	if (ret)
		return ret;
	for (uint32_t y = 0; y < height; y++) {
		size_t from_y = (2ull * y + 1) * from->height / (2ull * height);

		for (uint32_t x = 0; x < width; x++) {
			size_t from_x = (2ull * x + 1) * from->width / (2ull * width);
			const uint8_t *in = from->rgb + (from_y * from->width + from_x) * 3;
			uint8_t *out = to->rgb + ((size_t)y * width + x) * 3;

			for (int c = 0; c < 3; c++)
				out[c] = in[c];
		}
	}
	return 0;
}

/* In place of @picture, the same above a legend */
static int add_legend(struct image *picture, const struct segmentation *s,
		      const struct labels *labels, struct mnet_error *err)
{
	struct image with;
	int ret = legend_add(picture, s, labels, &with, err);

	image_free(picture);
	if (!ret)
		*picture = with;
	return ret;
}

int segmentation_mask(const struct segmentation *s, const struct labels *labels, uint32_t width,
		      uint32_t height, struct image *mask, struct mnet_error *err)
{
	struct image small;
	int ret = draw_small(s, &small, err);

	if (ret)
		return ret;
	if (s->class)
		ret = stretch_nearest(&small, width, height, mask, err);
	else
		ret = image_stretch(&small, width, height, mask, err);
	image_free(&small);
	if (!ret && s->class)
		ret = add_legend(mask, s, labels, err);
	return ret;
}

/* How much of the photo shows at a probability */
static double opacity(uint8_t grey)
{
	double t = (grey / 255.0 - EDGE_LOW) / (EDGE_HIGH - EDGE_LOW);

	t = t < 0 ? 0 : t > 1 ? 1 : t;
	return t * t * (3 - 2 * t);
}

/* @mask becomes the photo cut out by it. */
static void cut_out(struct image *mask, const struct image *photo)
{
	size_t n = (size_t)mask->width * mask->height;

	for (size_t i = 0; i < n; i++) {
		const uint8_t *in = photo->rgb + 3 * i;
		uint8_t *out = mask->rgb + 3 * i;
		double luma = 0.299 * in[0] + 0.587 * in[1] + 0.114 * in[2];
		double a = opacity(out[0]);

		for (int c = 0; c < 3; c++) {
			double dark = night[c] + NIGHT_LUMA * luma + NIGHT_COLOUR * in[c];

			out[c] = to_byte(a * in[c] + (1 - a) * dark);
		}
	}
}

static void lay_on(struct image *colours, const struct image *photo)
{
	size_t n = (size_t)colours->width * colours->height * 3;

	for (size_t i = 0; i < n; i++)
		colours->rgb[i] = to_byte(CLASSES_PHOTO * photo->rgb[i] +
					  (1 - CLASSES_PHOTO) * colours->rgb[i]);
}

int segmentation_overlay(const struct segmentation *s, const struct labels *labels,
			 const struct image *photo, struct image *overlay, struct mnet_error *err)
{
	struct image small;
	int ret = draw_small(s, &small, err);

	if (ret)
		return ret;
	ret = image_stretch(&small, photo->width, photo->height, overlay, err);
	image_free(&small);
	if (ret)
		return ret;
	if (!s->class) {
		cut_out(overlay, photo);
		return 0;
	}
	lay_on(overlay, photo);
	return add_legend(overlay, s, labels, err);
}
