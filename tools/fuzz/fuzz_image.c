// SPDX-License-Identifier: GPL-2.0-only
/*
 * Photos: JPEG, PNG, its chunks given true checksums so that their contents are
 * reached, and BMP; and making a network's input of them.
 */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "fuzz.h"
#include "programs/image.h"

#define SIDE 24

/* Larger ones only take their time. */
#define MAX_PIXELS (1u << 20)

#define PNG_SIGNATURE "\x89PNG\r\n\x1a\n"

static uint32_t load_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

/* A chunk is a length, a type, that many bytes, and a CRC of type and bytes. */
static void mend_png(uint8_t *file, size_t size)
{
	size_t at = 8;

	if (size < at || memcmp(file, PNG_SIGNATURE, at))
		return;
	while (size - at >= 12 && load_be32(file + at) <= size - at - 12) {
		size_t length = load_be32(file + at);
		uint32_t crc = crc32(0, file + at + 4, length + 4);

		for (int i = 0; i < 4; i++)
			file[at + 8 + length + i] = (uint8_t)(crc >> (24 - 8 * i));
		at += 12 + length;
	}
}

/* As bytes, and as numbers */
static void make_inputs(const struct image *image)
{
	struct mnet_tensor_info info = { .name = "", .rank = 4, .shape = { 1, SIDE, SIDE, 3 } };
	static float values[SIDE * SIDE * 3];
	struct mnet_error err;

	info.type = MNET_UINT8;
	info.bytes = SIDE * SIDE * 3;
	fuzz_expect(!image_to_input(image, &info, &IMAGE_RANGE, values, &err), "no bytes", &err);
	info.type = MNET_FLOAT32;
	info.bytes = sizeof(values);
	fuzz_expect(!image_to_input(image, &info, &IMAGE_RANGE, values, &err), "no floats", &err);
}

static void decode(const uint8_t *data, size_t size)
{
	struct mnet_error err;
	struct image image;

	if (image_decode(data, size, &image, &err))
		return;
	if ((uint64_t)image.width * image.height <= MAX_PIXELS)
		make_inputs(&image);
	image_free(&image);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *file = malloc(size ? size : 1);

	if (!file)
		return 0;
	if (size)
		memcpy(file, data, size);
	mend_png(file, size);
	decode(file, size);
	free(file);
	return 0;
}
