/* SPDX-License-Identifier: MIT */
/* What a network says of every pixel: a probability, or one of several classes. */
#ifndef PROGRAMS_SEGMENT_H
#define PROGRAMS_SEGMENT_H

#include "mnet.h"
#include "programs/image.h"
#include "programs/labels.h"

/* Class numbers in outputs that are such are below this. */
#define SEGMENT_MAX_CLASSES 65536u

/**
 * struct segment_class - a class that some pixels have
 * @index: its number
 * @share: of all pixels, 0..1
 */
struct segment_class {
	uint32_t index;
	double share;
};

/**
 * struct segmentation - an output that is a picture
 * @width: of the output, pixels
 * @height: the same
 * @probability: of the only class, 0..1 per pixel; NULL where there are several
 * @class: of several classes, the most probable per pixel; else NULL
 * @sigmoid: the output was logits, and probabilities were made of them here
 * @count: entries of @classes; 0: there is no segmentation
 * @classes: those with pixels, largest first, the lower index first of equal ones;
 *	the only class has the pixels above 0.5
 */
struct segmentation {
	uint32_t width;
	uint32_t height;
	float *probability;
	uint32_t *class;
	bool sigmoid;
	size_t count;
	struct segment_class *classes;
};

/* True when an output's shape and type say that it is a segmentation: see below. */
bool segmentation_recognise(const struct mnet_tensor_info *info);
/* True when it can be taken for one. */
bool segmentation_possible(const struct mnet_tensor_info *info);

/*
 * Understands @info of height and width above 1: [1, height, width, channels] of scores,
 * one class a channel; [1, height, width] and [1, height, width, 1] of class numbers, which
 * is what integers without a scale are; and, which is not recognised by itself, [1, height,
 * width] of scores. The only channel of scores is taken for logits when a value is outside
 * of [0, 1] by more than a step of quantisation. -EINVAL: not such a shape, or a number that
 * is no class.
 */
int segmentation_make(const struct mnet_tensor_info *info, const void *data, struct segmentation *s,
		      struct mnet_error *err);
void segmentation_free(struct segmentation *s);

/*
 * Pictures of a segmentation. The mask is @width x @height: grey, 255 is probability 1,
 * or the classes' colours above a legend. The overlay is the photo with what is not of
 * the class darkened, or with the classes' colours laid on, above a legend. @labels may
 * be empty.
 */
int segmentation_mask(const struct segmentation *s, const struct labels *labels, uint32_t width,
		      uint32_t height, struct image *mask, struct mnet_error *err);
int segmentation_overlay(const struct segmentation *s, const struct labels *labels,
			 const struct image *photo, struct image *overlay, struct mnet_error *err);

/* The fixed colour of a class: red, green, blue */
void palette_colour(uint32_t class, uint8_t rgb[3]);

/* @picture with a list of the classes, their colours and shares below it */
int legend_add(const struct image *picture, const struct segmentation *s,
	       const struct labels *labels, struct image *with, struct mnet_error *err);

#endif /* PROGRAMS_SEGMENT_H */
