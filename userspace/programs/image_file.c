// SPDX-License-Identifier: MIT
/* Which kind of file a photo is in */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "programs/file.h"
#include "programs/image.h"
#include "programs/report.h"

int image_decode(const void *data, size_t size, struct image *image, struct mnet_error *err)
{
	memset(image, 0, sizeof(*image));
	if (size >= 3 && !memcmp(data, "\xff\xd8\xff", 3))
		return jpeg_decode(data, size, image, err);
	if (size >= 8 && !memcmp(data, "\x89PNG\r\n\x1a\n", 8))
		return png_decode(data, size, image, err);
	if (size >= 2 && !memcmp(data, "BM", 2))
		return bmp_decode(data, size, image, err);
	if (!size)
		return set_error(err, -EINVAL, "the file is empty");
	return set_error(err, -EINVAL, "neither a JPEG, nor a PNG, nor a BMP image");
}

int image_read(const char *path, struct image *image, struct mnet_error *err)
{
	size_t size;
	void *data;
	int ret = file_read(path, IMAGE_MAX_FILE, &data, &size, err);

	if (ret)
		return ret;
	ret = image_decode(data, size, image, err);
	free(data);
	return ret;
}
