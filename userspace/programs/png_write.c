// SPDX-License-Identifier: MIT
#include <errno.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>

#include "programs/file.h"
#include "programs/image.h"
#include "programs/report.h"

/* One byte a pixel, of pixels that have three equal ones */
static uint8_t *pack_grey(const struct image *image)
{
	size_t n = (size_t)image->width * image->height;
	uint8_t *grey = malloc(n);

	for (size_t i = 0; grey && i < n; i++)
		grey[i] = image->rgb[3 * i];
	return grey;
}

static int encode(png_image *png, const uint8_t *pixels, const char *path, struct mnet_error *err)
{
	png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(*png);
	void *data = malloc(size);
	int ret;

	if (!data)
		return set_error(err, -ENOMEM, "out of memory");
	if (png_image_write_to_memory(png, data, &size, 0, pixels, 0, NULL))
		ret = file_write(path, data, size, err);
	else
		ret = set_error(err, -EINVAL, "cannot make a PNG: %s", png->message);
	free(data);
	return ret;
}

int image_write_png(const char *path, const struct image *image, bool grey, struct mnet_error *err)
{
	uint8_t *packed = grey ? pack_grey(image) : NULL;
	png_image png;
	int ret;

	if (grey && !packed)
		return set_error(err, -ENOMEM, "out of memory");
	memset(&png, 0, sizeof(png));
	png.version = PNG_IMAGE_VERSION;
	png.width = image->width;
	png.height = image->height;
	png.format = grey ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
	ret = encode(&png, grey ? packed : image->rgb, path, err);
	png_image_free(&png);
	free(packed);
	return ret;
}
