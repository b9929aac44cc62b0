// SPDX-License-Identifier: MIT
/* PNG through libpng's simplified interface, which returns its errors. */
#include <errno.h>
#include <png.h>
#include <string.h>

#include "programs/image.h"
#include "programs/report.h"

static int finish(png_image *png, struct image *image, struct mnet_error *err)
{
	/* What transparent pixels lie on */
	const png_color white = { 255, 255, 255 };
	int ret = image_alloc(image, png->width, png->height, err);

	if (ret)
		return ret;
	png->format = PNG_FORMAT_RGB;
	png->flags |= PNG_IMAGE_FLAG_16BIT_sRGB;
	if (!png_image_finish_read(png, &white, image->rgb, image->width * 3, NULL))
		return set_error(err, -EINVAL, "bad PNG: %s", png->message);
	return 0;
}

int png_decode(const void *data, size_t size, struct image *image, struct mnet_error *err)
{
	png_image png;
	int ret;

	memset(&png, 0, sizeof(png));
	png.version = PNG_IMAGE_VERSION;
	if (!png_image_begin_read_from_memory(&png, data, size))
		return set_error(err, -EINVAL, "bad PNG: %s", png.message);
	ret = finish(&png, image, err);
	png_image_free(&png);
	if (ret)
		image_free(image);
	return ret;
}
