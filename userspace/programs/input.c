// SPDX-License-Identifier: MIT
/* From a photo to the tensor that a network reads. */
#include <errno.h>
#include <string.h>

#include "programs/image.h"
#include "programs/report.h"
#include "programs/tensor.h"

/* BT.601 luma, weights of 16 fraction bits that sum to one */
static uint8_t luma(const uint8_t *rgb)
{
	return (19595 * rgb[0] + 38470 * rgb[1] + 7471 * rgb[2] + 0x8000) >> 16;
}

static void store(enum mnet_type type, void *to, size_t i, uint8_t v)
{
	switch (type) {
	case MNET_INT8:
		((int8_t *)to)[i] = v - 128;
		break;
	case MNET_FLOAT32:
		((float *)to)[i] = (v - 127.5f) / 127.5f;
		break;
	default:
		((uint8_t *)to)[i] = v;
		break;
	}
}

int image_to_input(const struct image *image, const struct mnet_tensor_info *info, void *to,
		   struct mnet_error *err)
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
			store(info->type, to, p, luma(rgb));
			continue;
		}
		for (int c = 0; c < 3; c++)
			store(info->type, to, 3 * p + c, rgb[c]);
	}
	image_free(&small);
	return 0;
}
