// SPDX-License-Identifier: MIT
/* Segmentations: what outputs say of pixels, and the pictures of it. */
#include "cmocka_includes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "programs/segment.h"

static const struct labels no_labels;

static struct mnet_tensor_info output(enum mnet_type type, unsigned int rank, int32_t height,
				      int32_t width, int32_t channels)
{
	return (struct mnet_tensor_info){ .name = "", .type = type, .rank = rank,
					  .shape = { 1, height, width, channels } };
}

static struct segmentation make(const struct mnet_tensor_info *info, const void *data)
{
	struct segmentation s;
	struct mnet_error err = { "" };

	if (segmentation_make(info, data, &s, &err))
		fail_msg("%s", err.message);
	return s;
}

static void assert_refused(const struct mnet_tensor_info *info, const void *data, const char *why)
{
	struct segmentation s;
	struct mnet_error err = { "" };

	assert_true(segmentation_make(info, data, &s, &err) < 0);
	if (!strstr(err.message, why))
		fail_msg("\"%s\" does not say \"%s\"", err.message, why);
	assert_null(s.class);
	assert_null(s.probability);
	assert_null(s.classes);
}

static void shape_and_type_say_what_it_is(void **state)
{
	struct mnet_tensor_info scores = output(MNET_FLOAT32, 4, 2, 3, 21);
	struct mnet_tensor_info numbers = output(MNET_INT64, 3, 2, 3, 0);
	struct mnet_tensor_info boxes = output(MNET_FLOAT32, 3, 10, 4, 0);
	struct mnet_tensor_info classes = output(MNET_UINT8, 4, 1, 1, 1001);
	struct mnet_tensor_info row = output(MNET_UINT8, 4, 1, 7, 2);
	struct mnet_tensor_info batch = output(MNET_UINT8, 4, 2, 3, 1);
	struct mnet_tensor_info list = { .rank = 2, .shape = { 1, 1001 } };
	(void)state;

	batch.shape[0] = 2;
	assert_true(segmentation_recognise(&scores));
	assert_true(segmentation_recognise(&numbers));
	assert_false(segmentation_recognise(&boxes));
	assert_true(segmentation_possible(&boxes));
	assert_false(segmentation_possible(&classes));
	assert_false(segmentation_possible(&row));
	assert_false(segmentation_possible(&batch));
	assert_false(segmentation_possible(&list));
	assert_refused(&classes, "", "1x1x1x1001 uint8");
}

static void one_channel_is_a_probability(void **state)
{
	static const int8_t data[4] = { -128, 0, 1, 127 };
	struct mnet_tensor_info info = output(MNET_INT8, 4, 2, 2, 1);
	struct segmentation s;
	(void)state;

	info.scale = 1 / 256.f;
	info.zero_point = -128;
	s = make(&info, data);
	assert_null(s.class);
	assert_false(s.sigmoid);
	assert_true(s.probability[0] == 0 && s.probability[1] == 0.5f);
	assert_true(s.probability[3] == 255 / 256.f);
	/* one half is not above one half */
	assert_int_equal(s.count, 1);
	assert_true(s.classes[0].share == 0.5);
	segmentation_free(&s);
}

static void values_beyond_are_logits(void **state)
{
	float data[4] = { 0, 100, -100, NAN };
	struct mnet_tensor_info info = output(MNET_FLOAT32, 4, 2, 2, 1);
	struct segmentation s = make(&info, data);
	(void)state;

	assert_true(s.sigmoid);
	assert_true(s.probability[0] == 0.5f && s.probability[1] > 0.999f);
	assert_true(s.probability[2] < 0.001f && s.probability[3] == 0);
	segmentation_free(&s);

	/* rounding is not */
	memcpy(data, (float[]){ 1.0001f, -0.0001f, 0.25f, NAN }, sizeof(data));
	s = make(&info, data);
	assert_false(s.sigmoid);
	assert_true(s.probability[0] == 1 && s.probability[1] == 0 && s.probability[3] == 0);
	segmentation_free(&s);
}

static void largest_channel_is_the_class(void **state)
{
	static const float data[] = {
		0, 1, 2,	/* 2 */
		5, 5, 1,	/* 0 of equal ones */
		NAN, -3, NAN,	/* 1 */
		NAN, NAN, NAN,	/* 0 */
		-1, -INFINITY, 0, /* 2 */
		0, INFINITY, 9, /* 1 */
	};
	static const uint32_t want[] = { 2, 0, 1, 0, 2, 1 };
	struct mnet_tensor_info info = output(MNET_FLOAT32, 4, 2, 3, 3);
	struct segmentation s = make(&info, data);
	(void)state;

	assert_null(s.probability);
	assert_memory_equal(s.class, want, sizeof(want));
	assert_int_equal(s.count, 3);
	for (uint32_t c = 0; c < 3; c++) {
		/* of equal shares the lower one is first */
		assert_int_equal(s.classes[c].index, c);
		assert_true(fabs(s.classes[c].share - 1 / 3.0) < 1e-12);
	}
	segmentation_free(&s);
}

static void integers_without_a_scale_are_class_numbers(void **state)
{
	static const int64_t data[] = { 7, 7, 300, 7, 0, 7 };
	struct mnet_tensor_info info = output(MNET_INT64, 3, 3, 2, 0);
	struct segmentation s = make(&info, data);
	(void)state;

	assert_int_equal(s.width, 2);
	assert_int_equal(s.height, 3);
	assert_int_equal(s.class[2], 300);
	assert_int_equal(s.count, 3);
	assert_int_equal(s.classes[0].index, 7);
	assert_int_equal(s.classes[1].index, 0);
	assert_int_equal(s.classes[2].index, 300);
	assert_true(fabs(s.classes[0].share - 4 / 6.0) < 1e-12);
	segmentation_free(&s);

	info = output(MNET_UINT8, 4, 2, 2, 1);
	s = make(&info, "\1\1\2\1");
	assert_non_null(s.class);
	assert_int_equal(s.class[2], 2);
	segmentation_free(&s);
}

static void numbers_that_are_no_classes_are_refused(void **state)
{
	int32_t data[] = { 0, 0, 0, -1 };
	struct mnet_tensor_info info = output(MNET_INT32, 3, 2, 2, 0);
	(void)state;

	assert_refused(&info, data, "pixel 1, 1 of the output is -1");
	data[3] = INT32_MAX;
	assert_refused(&info, data, "2147483647");
}

static void colours_differ(void **state)
{
	uint8_t a[3], b[3];
	(void)state;

	for (uint32_t i = 0; i < 64; i++) {
		palette_colour(i, a);
		for (uint32_t j = 0; j < i; j++) {
			palette_colour(j, b);
			if (abs(a[0] - b[0]) + abs(a[1] - b[1]) + abs(a[2] - b[2]) < 12)
				fail_msg("%u and %u look the same", i, j);
		}
	}
}

static struct image photo(uint32_t width, uint32_t height)
{
	struct image image;
	struct mnet_error err;

	assert_int_equal(image_alloc(&image, width, height, &err), 0);
	for (size_t i = 0; i < (size_t)width * height * 3; i++)
		image.rgb[i] = i * 29;
	return image;
}

static void mask_of_probabilities_is_grey(void **state)
{
	static const float data[] = { 0, 1, 0, 1 };
	static const uint8_t want[] = { 0, 64, 191, 255 };
	struct mnet_tensor_info info = output(MNET_FLOAT32, 4, 2, 2, 1);
	struct segmentation s = make(&info, data);
	struct mnet_error err;
	struct image mask;
	(void)state;

	assert_int_equal(segmentation_mask(&s, &no_labels, 4, 3, &mask, &err), 0);
	assert_int_equal(mask.width, 4);
	assert_int_equal(mask.height, 3);
	for (int i = 0; i < 36; i++)
		assert_int_equal(mask.rgb[i], want[i / 3 % 4]);
	image_free(&mask);
	segmentation_free(&s);
}

static void overlay_keeps_what_is_certain(void **state)
{
	static const float data[] = { 0, 1, 0, 1 };
	struct mnet_tensor_info info = output(MNET_FLOAT32, 4, 2, 2, 1);
	struct segmentation s = make(&info, data);
	struct image from = photo(40, 10), overlay;
	unsigned long before = 0, after = 0;
	struct mnet_error err;
	(void)state;

	assert_int_equal(segmentation_overlay(&s, &no_labels, &from, &overlay, &err), 0);
	assert_int_equal(overlay.width, 40);
	assert_int_equal(overlay.height, 10);
	for (int y = 0; y < 10; y++) {
		const uint8_t *in = from.rgb + y * 120, *out = overlay.rgb + y * 120;

		/* the right quarter is person for certain, the left one is not */
		assert_memory_equal(out + 90, in + 90, 30);
		for (int i = 0; i < 30; i++) {
			before += in[i];
			after += out[i];
		}
	}
	assert_true(after < before * 2 / 3);
	image_free(&from);
	image_free(&overlay);
	segmentation_free(&s);
}

static void classes_have_their_colours_and_a_legend(void **state)
{
	static const int32_t data[] = { 0, 1, 1, 15 };
	struct mnet_tensor_info info = output(MNET_INT32, 3, 2, 2, 0);
	struct segmentation s = make(&info, data);
	unsigned int swatches = 0;
	struct mnet_error err;
	struct image mask;
	(void)state;

	assert_int_equal(segmentation_mask(&s, &no_labels, 640, 20, &mask, &err), 0);
	assert_true(mask.width >= 640 && mask.height > 20);
	for (uint32_t y = 0; y < mask.height; y++) {
		for (uint32_t x = 0; x < mask.width; x++) {
			const uint8_t *pixel = mask.rgb + ((size_t)y * mask.width + x) * 3;
			uint8_t want[3];

			if (y < 20) {
				palette_colour(data[y / 10 * 2 + x / 320], want);
				assert_memory_equal(pixel, want, 3);
			} else {
				palette_colour(15, want);
				swatches += !memcmp(pixel, want, 3);
			}
		}
	}
	/* as large as a letter at least */
	assert_true(swatches >= 49);
	image_free(&mask);
	segmentation_free(&s);
}

/* Narrow pictures, many classes, long labels and ones that are not ASCII */
static void legends_of_any_size_fit(void **state)
{
	static char text[300];
	static const char *label[200];
	struct labels labels = { .text = text, .count = 200, .label = label };
	static int32_t data[2 * 100];
	struct mnet_tensor_info info = output(MNET_INT32, 3, 2, 100, 0);
	static const uint32_t widths[] = { 1, 2, 7, 100, 319, 320, 2000, 5000 };
	struct segmentation s;
	(void)state;

	memset(text, 'g', sizeof(text) - 1);
	for (int i = 0; i < 200; i++) {
		data[i] = i;
		label[i] = i % 3 == 0 ? text : i % 3 == 1 ? "gr\xc3\xbc\xc3\x9f" : NULL;
	}
	s = make(&info, data);
	assert_int_equal(s.count, 200);
	for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		struct image mask;
		struct mnet_error err = { "" };

		if (segmentation_mask(&s, &labels, widths[i], 3, &mask, &err))
			fail_msg("%s", err.message);
		assert_true(mask.width >= widths[i]);
		/* no wider than the widest entry needs */
		assert_true(widths[i] >= 320 || mask.width < 400);
		image_free(&mask);
	}
	segmentation_free(&s);
}

static void png_comes_back_as_it_was(void **state)
{
	char path[] = "/tmp/test_segment.XXXXXX";
	struct image image = photo(13, 7), back;
	struct mnet_error err = { "" };
	int fd = mkstemp(path);
	(void)state;

	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(image_write_png(path, &image, false, &err), 0);
	assert_int_equal(image_read(path, &back, &err), 0);
	assert_int_equal(back.width, 13);
	assert_int_equal(back.height, 7);
	assert_memory_equal(back.rgb, image.rgb, 13 * 7 * 3);
	image_free(&back);

	for (size_t i = 0; i < 13 * 7 * 3; i++)
		image.rgb[i] = i / 3;
	assert_int_equal(image_write_png(path, &image, true, &err), 0);
	assert_int_equal(image_read(path, &back, &err), 0);
	assert_memory_equal(back.rgb, image.rgb, 13 * 7 * 3);
	image_free(&back);
	image_free(&image);
	unlink(path);
}

static void png_that_cannot_be_written_leaves_nothing(void **state)
{
	char dir[] = "/tmp/test_segment.XXXXXX", path[64];
	struct image image = photo(4, 4);
	struct mnet_error err = { "" };
	(void)state;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/nowhere/x.png", dir);
	assert_true(image_write_png(path, &image, false, &err) < 0);
	assert_non_null(strstr(err.message, "No such file"));
	/* empty, else it would not go */
	assert_int_equal(rmdir(dir), 0);
	image_free(&image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shape_and_type_say_what_it_is),
		cmocka_unit_test(one_channel_is_a_probability),
		cmocka_unit_test(values_beyond_are_logits),
		cmocka_unit_test(largest_channel_is_the_class),
		cmocka_unit_test(integers_without_a_scale_are_class_numbers),
		cmocka_unit_test(numbers_that_are_no_classes_are_refused),
		cmocka_unit_test(colours_differ),
		cmocka_unit_test(mask_of_probabilities_is_grey),
		cmocka_unit_test(overlay_keeps_what_is_certain),
		cmocka_unit_test(classes_have_their_colours_and_a_legend),
		cmocka_unit_test(legends_of_any_size_fit),
		cmocka_unit_test(png_comes_back_as_it_was),
		cmocka_unit_test(png_that_cannot_be_written_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
