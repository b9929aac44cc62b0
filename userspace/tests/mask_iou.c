// SPDX-License-Identifier: MIT
/*
 * mask_iou MIN A.raw TYPE B.raw TYPE: how far two masks of probabilities agree:
 * intersection over union of the pixels above 0.5. TYPE is float32, or int8 or uint8
 * with scale and zero point, as in int8:0.00390625:-128. Status 0 when it is at least
 * MIN, 1 when it is less, 2 when it cannot be said.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "programs/file.h"
#include "programs/tensor.h"

struct mask {
	struct mnet_tensor_info info;
	void *data;
	size_t size;
};

static bool parse_type(const char *text, struct mnet_tensor_info *info)
{
	char name[8] = "";
	float scale = 0;
	int zero_point = 0, n = sscanf(text, "%7[a-z0-9]:%f:%d", name, &scale, &zero_point);

	if (n == 1 && !strcmp(name, "float32"))
		info->type = MNET_FLOAT32;
	else if (n == 3 && scale > 0 && !strcmp(name, "int8"))
		info->type = MNET_INT8;
	else if (n == 3 && scale > 0 && !strcmp(name, "uint8"))
		info->type = MNET_UINT8;
	else
		return false;
	info->scale = scale;
	info->zero_point = zero_point;
	return true;
}

static size_t pixels(const struct mask *m)
{
	return m->info.type == MNET_FLOAT32 ? m->size / sizeof(float) : m->size;
}

static int compare(double min, const struct mask *a, const struct mask *b)
{
	size_t n = pixels(a), both = 0, either = 0;

	if (!n || n != pixels(b)) {
		fprintf(stderr, "mask_iou: %zu and %zu pixels\n", n, pixels(b));
		return 2;
	}
	for (size_t i = 0; i < n; i++) {
		bool in_a = tensor_real(&a->info, a->data, i) > 0.5;
		bool in_b = tensor_real(&b->info, b->data, i) > 0.5;

		both += in_a && in_b;
		either += in_a || in_b;
	}
	if (!either) {
		fprintf(stderr, "mask_iou: both masks are empty\n");
		return 2;
	}
	printf("intersection over union %.4f: %zu of %zu pixels\n", (double)both / either, both,
	       either);
	return (double)both / either >= min ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct mask masks[2] = { 0 };
	int status = 2;

	if (argc != 6) {
		fprintf(stderr, "usage: mask_iou MIN A.raw TYPE B.raw TYPE\n");
		return 2;
	}
	for (int i = 0; i < 2; i++) {
		struct mask *m = &masks[i];
		struct mnet_error err;

		if (!parse_type(argv[3 + 2 * i], &m->info)) {
			fprintf(stderr, "mask_iou: what type is %s?\n", argv[3 + 2 * i]);
			goto out;
		}
		if (file_read(argv[2 + 2 * i], 1u << 30, &m->data, &m->size, &err)) {
			fprintf(stderr, "mask_iou: %s: %s\n", argv[2 + 2 * i], err.message);
			goto out;
		}
	}
	status = compare(atof(argv[1]), &masks[0], &masks[1]);
out:
	free(masks[0].data);
	free(masks[1].data);
	return status;
}
