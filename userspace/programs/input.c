// SPDX-License-Identifier: MIT
/* From a photo to the tensor that a network reads. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "programs/image.h"
#include "programs/report.h"
#include "programs/tensor.h"

/* BT.601 luma, weights of 16 fraction bits that sum to one */
static uint8_t luma(const uint8_t *rgb)
{
	return (19595 * rgb[0] + 38470 * rgb[1] + 7471 * rgb[2] + 0x8000) >> 16;
}

void image_range_consider(struct image_range *range, const struct mnet_tensor_info *output)
{
	if (output->rank == 4 && output->shape[1] > 1 && output->shape[2] > 1)
		*range = (struct image_range){ 0, 1 };
}

static bool parse_number(const char *text, const char *end, double *value)
{
	char *stop;

	*value = strtod(text, &stop);
	return stop != text && stop == end && isfinite(*value);
}

bool image_range_parse(struct image_range *range, const char *text)
{
	const char *comma = strchr(text, ',');

	return comma && parse_number(text, comma, &range->black) &&
	       parse_number(comma + 1, text + strlen(text), &range->white) &&
	       range->black != range->white;
}

static void store(enum mnet_type type, const struct image_range *range, void *to, size_t i,
		  uint8_t v)
{
	switch (type) {
	case MNET_INT8:
		((int8_t *)to)[i] = v - 128;
		break;
	case MNET_FLOAT32:
		((float *)to)[i] = range->black + v * (range->white - range->black) / 255;
		break;
	default:
		((uint8_t *)to)[i] = v;
		break;
	}
}

int image_to_input(const struct image *image, const struct mnet_tensor_info *info,
		   const struct image_range *range, void *to, struct mnet_error *err)
{
	struct image small;
	char shape[TENSOR_TEXT];
	size_t pixels;
	int ret;

	if (info->rank != 4 || info->shape[0] != 1 || (info->shape[3] != 1 && info->shape[3] != 3))
		return set_error(
			err, -EINVAL,
			"the model's input %s is no image of 1 or 3 channels: use --raw-input",
			tensor_text(shape, info));
	if (info->type != MNET_UINT8 && info->type != MNET_INT8 && info->type != MNET_FLOAT32)
		return set_error(
			err, -EINVAL,
			"the model's input %s is not of uint8, int8 or float32: use --raw-input",
			tensor_text(shape, info));
	ret = image_stretch(image, info->shape[2], info->shape[1], &small, err);
	if (ret)
		return ret;
	pixels = (size_t)small.width * small.height;
	for (size_t p = 0; p < pixels; p++) {
		const uint8_t *rgb = small.rgb + 3 * p;

		if (info->shape[3] == 1) {
			store(info->type, range, to, p, luma(rgb));
			continue;
		}
		for (int c = 0; c < 3; c++)
			store(info->type, range, to, 3 * p + c, rgb[c]);
	}
	image_free(&small);
	return 0;
}
