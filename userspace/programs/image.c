// SPDX-License-Identifier: MIT
#include "programs/image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "programs/report.h"

int image_alloc(struct image *image, uint64_t width, uint64_t height, struct mnet_error *err)
{
	if (!width || !height)
		return set_error(err, -EINVAL, "the image has no pixels");
	if (width > IMAGE_MAX_SIDE || height > IMAGE_MAX_SIDE || width * height > IMAGE_MAX_PIXELS)
		return set_error(err, -EFBIG,
				 "%llu x %llu pixels are too many (at most %u million)",
				 (unsigned long long)width, (unsigned long long)height,
				 IMAGE_MAX_PIXELS / 1000000);
	image->rgb = calloc(width * height, 3);
	if (!image->rgb)
		return set_error(err, -ENOMEM, "out of memory");
	image->width = width;
	image->height = height;
	return 0;
}

void image_free(struct image *image)
{
	free(image->rgb);
	memset(image, 0, sizeof(*image));
}
