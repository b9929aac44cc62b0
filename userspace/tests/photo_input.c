// SPDX-License-Identifier: MIT
/*
 * photo_input PHOTO TYPE HEIGHT WIDTH OUT: the bytes that mnet-infer makes of a photo,
 * for other programs. TYPE is uint8, int8 or float32; to floats black is 0, white 1.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "programs/file.h"
#include "programs/image.h"

static bool parse_type(const char *text, struct mnet_tensor_info *info)
{
	size_t size = 1;

	if (!strcmp(text, "float32")) {
		info->type = MNET_FLOAT32;
		size = sizeof(float);
	} else if (!strcmp(text, "int8")) {
		info->type = MNET_INT8;
	} else if (!strcmp(text, "uint8")) {
		info->type = MNET_UINT8;
	} else {
		return false;
	}
	for (unsigned int i = 0; i < info->rank; i++)
		size *= info->shape[i];
	info->bytes = size;
	return info->shape[1] > 0 && info->shape[2] > 0;
}

int main(int argc, char **argv)
{
	struct mnet_tensor_info info = { .name = "", .rank = 4 };
	const struct image_range range = { 0, 1 };
	struct mnet_error err = { "" };
	struct image photo = { 0 };
	void *data = NULL;
	int ret;

	if (argc != 6)
		goto usage;
	memcpy(info.shape, (int32_t[]){ 1, atoi(argv[3]), atoi(argv[4]), 3 }, 4 * sizeof(int32_t));
	if (!parse_type(argv[2], &info))
		goto usage;
	data = malloc(info.bytes);
	if (!data)
		return 1;
	ret = image_read(argv[1], &photo, &err);
	if (!ret)
		ret = image_to_input(&photo, &info, &range, data, &err);
	if (!ret)
		ret = file_write(argv[5], data, info.bytes, &err);
	if (ret)
		fprintf(stderr, "photo_input: %s: %s\n", argv[1], err.message);
	image_free(&photo);
	free(data);
	return ret != 0;
usage:
	fprintf(stderr, "usage: photo_input PHOTO TYPE HEIGHT WIDTH OUT\n");
	return 2;
}
