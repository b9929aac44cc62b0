// SPDX-License-Identifier: GPL-2.0-only
/* Photos: JPEG, PNG and BMP, and making a network's input of them. */
#include "fuzz.h"
#include "programs/image.h"

#define SIDE 24

/* Larger ones only take their time. */
#define MAX_PIXELS (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mnet_tensor_info info = { .name = "",
					 .type = MNET_UINT8,
					 .rank = 4,
					 .shape = { 1, SIDE, SIDE, 3 },
					 .bytes = SIDE * SIDE * 3 };
	static uint8_t pixels[SIDE * SIDE * 3];
	const struct image_range range = IMAGE_RANGE;
	struct mnet_error err;
	struct image image;

	if (image_decode(data, size, &image, &err))
		return 0;
	if ((uint64_t)image.width * image.height <= MAX_PIXELS)
		fuzz_expect(!image_to_input(&image, &info, &range, pixels, &err),
			    "it makes no input", &err);
	image_free(&image);
	return 0;
}
