// SPDX-License-Identifier: MIT
/*
 * BMP: uncompressed, 8 bits with a palette, 24 and 32 bits a pixel, bottom-up and
 * top-down, with the headers of Windows 3 and later.
 */
#include <errno.h>
#include <string.h>

#include "programs/image.h"
#include "programs/report.h"

#define FILE_HEADER  14
#define INFO_HEADER  40 /* the least that we read; later headers are longer */
#define BI_RGB	     0
#define BI_BITFIELDS 3

struct bmp {
	const uint8_t *data;
	size_t size;
	uint32_t pixels; /* offset of the pixels */
	uint32_t header; /* size of the second header */
	uint32_t bits;
	uint32_t stride;   /* bytes of a row */
	uint32_t colours;  /* entries of the palette */
	uint32_t shift[3]; /* of red, green and blue in 32 bits */
	bool top_down;
};

static uint32_t le16(const uint8_t *p)
{
	return p[0] | p[1] << 8;
}

static uint32_t le32(const uint8_t *p)
{
	return le16(p) | le16(p + 2) << 16;
}

/* Channels of eight bits anywhere in the 32 */
static int read_masks(struct bmp *b, struct mnet_error *err)
{
	if (b->size < FILE_HEADER + INFO_HEADER + 12)
		return set_error(err, -EINVAL, "bad BMP: the file ends in its header");
	for (int c = 0; c < 3; c++) {
		uint32_t mask = le32(b->data + FILE_HEADER + INFO_HEADER + 4 * c);
		uint32_t shift = mask ? __builtin_ctz(mask) : 0;

		if (mask >> shift != 0xff)
			return set_error(err, -EOPNOTSUPP,
					 "a BMP whose channels are not 8 bits each");
		b->shift[c] = shift;
	}
	return 0;
}

static int read_header(struct bmp *b, struct image *image, struct mnet_error *err)
{
	const uint8_t *info = b->data + FILE_HEADER;
	int64_t width, height;
	uint32_t compression;
	int ret = 0;

	if (b->size < FILE_HEADER + INFO_HEADER)
		return set_error(err, -EINVAL, "bad BMP: the file ends in its header");
	b->pixels = le32(b->data + 10);
	b->header = le32(info);
	if (b->header < INFO_HEADER || b->header > b->size - FILE_HEADER)
		return set_error(err, -EINVAL, "bad BMP: a header of %u bytes", b->header);
	width = (int32_t)le32(info + 4);
	height = (int32_t)le32(info + 8);
	b->top_down = height < 0;
	b->bits = le16(info + 14);
	compression = le32(info + 16);
	b->colours = le32(info + 32);
	if (width < 0)
		return set_error(err, -EINVAL, "bad BMP: a negative width");

	if (b->bits == 32 && compression == BI_BITFIELDS) {
		ret = read_masks(b, err);
	} else if (compression != BI_RGB) {
		ret = set_error(err, -EOPNOTSUPP, "a BMP with compression %u; plain ones are read",
				compression);
	} else if (b->bits != 8 && b->bits != 24 && b->bits != 32) {
		ret = set_error(err, -EOPNOTSUPP, "a BMP of %u bits a pixel; 8, 24 and 32 are read",
				b->bits);
	}
	if (ret)
		return ret;
	return image_alloc(image, width, b->top_down ? -height : height, err);
}

static int check_pixels(struct bmp *b, const struct image *image, struct mnet_error *err)
{
	/* At most 65535 pixels a row: no overflow. */
	b->stride = (image->width * b->bits + 31) / 32 * 4;
	if (b->pixels > b->size || b->size - b->pixels < (uint64_t)b->stride * image->height)
		return set_error(err, -EINVAL,
				 "bad BMP: %u x %u pixels do not fit in its %zu bytes",
				 image->width, image->height, b->size);
	return 0;
}

static int read_palette(struct bmp *b, uint8_t palette[256][3], struct mnet_error *err)
{
	size_t start = FILE_HEADER + (size_t)b->header;

	if (!b->colours)
		b->colours = 256;
	if (b->colours > 256 || b->size - start < 4 * (size_t)b->colours)
		return set_error(err, -EINVAL, "bad BMP: a palette of %u colours", b->colours);
	memset(palette, 0, 256 * 3);
	for (uint32_t i = 0; i < b->colours; i++) {
		const uint8_t *entry = b->data + start + 4 * i;

		palette[i][0] = entry[2];
		palette[i][1] = entry[1];
		palette[i][2] = entry[0];
	}
	return 0;
}

static void read_row(const struct bmp *b, const uint8_t *from, uint8_t palette[256][3], uint8_t *to,
		     uint32_t width)
{
	for (uint32_t x = 0; x < width; x++, to += 3) {
		if (b->bits == 8) {
			memcpy(to, palette[from[x]], 3);
		} else if (b->bits == 24) {
			to[0] = from[3 * x + 2];
			to[1] = from[3 * x + 1];
			to[2] = from[3 * x];
		} else {
			uint32_t v = le32(from + 4 * x);

			for (int c = 0; c < 3; c++)
				to[c] = v >> b->shift[c];
		}
	}
}

int bmp_decode(const void *data, size_t size, struct image *image, struct mnet_error *err)
{
	struct bmp b = { .data = data, .size = size, .shift = { 16, 8, 0 } };
	uint8_t palette[256][3];
	int ret = read_header(&b, image, err);

	if (!ret)
		ret = check_pixels(&b, image, err);
	if (!ret && b.bits == 8)
		ret = read_palette(&b, palette, err);
	if (ret) {
		image_free(image);
		return ret;
	}
	for (uint32_t y = 0; y < image->height; y++) {
		uint32_t row = b.top_down ? y : image->height - 1 - y;

		read_row(&b, b.data + b.pixels + (size_t)row * b.stride, palette,
			 image->rgb + (size_t)y * image->width * 3, image->width);
	}
	return 0;
}
