// SPDX-License-Identifier: MIT
/* Photos: what is read right, and that nothing hostile gets through. */
#include "cmocka_includes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <png.h>

#include "programs/image.h"

struct bytes {
	uint8_t *data;
	size_t size;
};

static void put16(uint8_t *p, uint32_t v)
{
	p[0] = v;
	p[1] = v >> 8;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v);
	put16(p + 2, v >> 16);
}

/* A BMP header for @extra bytes (palette, masks) and @pixels bytes of pixels */
static struct bytes bmp(int32_t width, int32_t height, unsigned int bits, unsigned int compression,
			size_t extra, size_t pixels)
{
	struct bytes b = { .size = 54 + extra + pixels };

	b.data = calloc(1, b.size);
	memcpy(b.data, "BM", 2);
	put32(b.data + 2, b.size);
	put32(b.data + 10, 54 + extra);
	put32(b.data + 14, 40);
	put32(b.data + 18, width);
	put32(b.data + 22, height);
	put16(b.data + 26, 1);
	put16(b.data + 28, bits);
	put32(b.data + 30, compression);
	return b;
}

static void assert_decodes(struct bytes b, uint32_t width, uint32_t height, const uint8_t *rgb)
{
	struct image image;
	struct mnet_error err = { "" };

	if (image_decode(b.data, b.size, &image, &err))
		fail_msg("%s", err.message);
	assert_int_equal(image.width, width);
	assert_int_equal(image.height, height);
	assert_memory_equal(image.rgb, rgb, (size_t)width * height * 3);
	image_free(&image);
	free(b.data);
}

static void assert_refused(struct bytes b, const char *why)
{
	struct image image;
	struct mnet_error err = { "" };

	assert_true(image_decode(b.data, b.size, &image, &err) < 0);
	assert_null(image.rgb);
	if (!strstr(err.message, why))
		fail_msg("\"%s\" does not say \"%s\"", err.message, why);
	free(b.data);
}

static void bmp_of_24_bits_is_bottom_up(void **state)
{
	static const uint8_t want[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };
	struct bytes b = bmp(2, 2, 24, 0, 0, 16);
	(void)state;

	memcpy(b.data + 54, (uint8_t[]){ 9, 8, 7, 12, 11, 10, 0, 0, 3, 2, 1, 6, 5, 4, 0, 0 }, 16);
	assert_decodes(b, 2, 2, want);
}

static void bmp_of_negative_height_is_top_down(void **state)
{
	static const uint8_t want[] = { 1, 2, 3, 4, 5, 6 };
	struct bytes b = bmp(1, -2, 32, 0, 0, 8);
	(void)state;

	memcpy(b.data + 54, (uint8_t[]){ 3, 2, 1, 0, 6, 5, 4, 0 }, 8);
	assert_decodes(b, 1, 2, want);
}

static void bmp_of_8_bits_has_a_palette(void **state)
{
	static const uint8_t want[] = { 30, 20, 10, 60, 50, 40, 0, 0, 0 };
	struct bytes b = bmp(3, 1, 8, 0, 8, 4);
	(void)state;

	put32(b.data + 46, 2);
	memcpy(b.data + 54, (uint8_t[]){ 10, 20, 30, 0, 40, 50, 60, 0, 0, 1, 7, 0 }, 12);
	assert_decodes(b, 3, 1, want);
}

static void bmp_of_32_bits_has_masks(void **state)
{
	static const uint8_t want[] = { 1, 2, 3 };
	struct bytes b = bmp(1, 1, 32, 3, 12, 4);
	(void)state;

	put32(b.data + 54, 0x000000ff);
	put32(b.data + 58, 0x0000ff00);
	put32(b.data + 62, 0x00ff0000);
	memcpy(b.data + 66, (uint8_t[]){ 1, 2, 3, 0 }, 4);
	assert_decodes(b, 1, 1, want);
}

static void bmp_that_claims_too_much_is_refused(void **state)
{
	struct bytes b;
	(void)state;

	assert_refused(bmp(0x7fffffff, 0x7fffffff, 24, 0, 0, 16), "too many");
	assert_refused(bmp(60000, 60000, 24, 0, 0, 16), "too many");
	assert_refused(bmp(1000, 1000, 24, 0, 0, 16), "do not fit");
	assert_refused(bmp(4, INT32_MIN, 24, 0, 0, 16), "too many");
	assert_refused(bmp(-4, 4, 24, 0, 0, 64), "negative width");
	assert_refused(bmp(0, 4, 24, 0, 0, 64), "no pixels");
	assert_refused(bmp(4, 4, 4, 0, 0, 64), "4 bits");
	assert_refused(bmp(4, 4, 8, 1, 1024, 64), "compression 1");
	assert_refused(bmp(4, 4, 8, 0, 12, 64), "palette");
	assert_refused(bmp(1, 1, 32, 3, 12, 4), "8 bits each");
	b = bmp(2, 2, 24, 0, 0, 16);
	put32(b.data + 10, 0xfffffff0);
	assert_refused(b, "do not fit");
	b = bmp(2, 2, 24, 0, 0, 16);
	put32(b.data + 14, 0xffffffff);
	assert_refused(b, "header");
}

/* A picture whose bytes are not simple to guess */
static void paint(uint8_t *rgb, uint32_t width, uint32_t height)
{
	for (size_t i = 0; i < (size_t)width * height * 3; i++)
		rgb[i] = i * 37 ^ i >> 3;
}

/* One that JPEG keeps nearly as it is */
static void paint_smooth(uint8_t *rgb, uint32_t width, uint32_t height)
{
	for (uint32_t y = 0; y < height; y++) {
		for (uint32_t x = 0; x < width; x++, rgb += 3) {
			rgb[0] = 3 * x;
			rgb[1] = 4 * y;
			rgb[2] = x + y;
		}
	}
}

static struct bytes jpeg(uint32_t width, uint32_t height, bool progressive)
{
	struct jpeg_compress_struct c;
	struct jpeg_error_mgr errors;
	unsigned char *data = NULL;
	unsigned long size = 0;
	uint8_t *rgb = malloc((size_t)width * height * 3);

	paint_smooth(rgb, width, height);
	c.err = jpeg_std_error(&errors);
	jpeg_create_compress(&c);
	jpeg_mem_dest(&c, &data, &size);
	c.image_width = width;
	c.image_height = height;
	c.input_components = 3;
	c.in_color_space = JCS_RGB;
	jpeg_set_defaults(&c);
	if (progressive)
		jpeg_simple_progression(&c);
	jpeg_start_compress(&c, TRUE);
	while (c.next_scanline < height) {
		JSAMPROW row = rgb + (size_t)c.next_scanline * width * 3;

		jpeg_write_scanlines(&c, &row, 1);
	}
	jpeg_finish_compress(&c);
	jpeg_destroy_compress(&c);
	free(rgb);
	return (struct bytes){ data, size };
}

static struct bytes png(uint32_t width, uint32_t height, uint32_t format, const void *pixels)
{
	png_image image = {
		.version = PNG_IMAGE_VERSION, .width = width, .height = height, .format = format
	};
	png_alloc_size_t size = 0;
	struct bytes b;

	assert_true(png_image_write_to_memory(&image, NULL, &size, 0, pixels, 0, NULL));
	b = (struct bytes){ malloc(size), size };
	assert_true(png_image_write_to_memory(&image, b.data, &size, 0, pixels, 0, NULL));
	return b;
}

static void png_pixels_are_exact(void **state)
{
	uint8_t rgb[7 * 5 * 3];
	(void)state;

	paint(rgb, 7, 5);
	assert_decodes(png(7, 5, PNG_FORMAT_RGB, rgb), 7, 5, rgb);
}

static void png_grey_and_transparent_become_rgb(void **state)
{
	(void)state;

	assert_decodes(png(2, 1, PNG_FORMAT_GRAY, "\x10\xf0"), 2, 1,
		       (uint8_t[]){ 16, 16, 16, 240, 240, 240 });
	/* opaque red, then nothing at all, which shows the white beneath */
	assert_decodes(png(2, 1, PNG_FORMAT_RGBA, "\xff\0\0\xff\0\0\0\0"), 2, 1,
		       (uint8_t[]){ 255, 0, 0, 255, 255, 255 });
}

static void png_that_claims_too_much_is_refused(void **state)
{
	/* signature, an IHDR of 60000 x 60000 with its right CRC, the start of an IDAT */
	static const uint8_t head[] =
		"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xea\x60\0\0\xea\x60\x08\x02\0\0\0"
		"\x0f\xb0\xe2\x15\0\0\x10\0IDAT";
	struct bytes b = { malloc(sizeof(head) - 1), sizeof(head) - 1 };
	(void)state;

	memcpy(b.data, head, b.size);
	assert_refused(b, "too many");
}

static void jpeg_is_near_its_picture(void **state)
{
	static uint8_t want[64 * 48 * 3];
	(void)state;

	paint_smooth(want, 64, 48);
	for (int progressive = 0; progressive < 2; progressive++) {
		struct bytes b = jpeg(64, 48, progressive);
		struct mnet_error err;
		struct image image;

		assert_int_equal(image_decode(b.data, b.size, &image, &err), 0);
		assert_int_equal(image.width, 64);
		assert_int_equal(image.height, 48);
		for (size_t i = 0; i < sizeof(want); i++)
			assert_in_range(abs(image.rgb[i] - want[i]), 0, 12);
		image_free(&image);
		free(b.data);
	}
}

static void truncated_files_are_refused(void **state)
{
	uint8_t rgb[16 * 16 * 3];
	struct bytes all[4];
	(void)state;

	paint(rgb, 16, 16);
	all[0] = jpeg(16, 16, false);
	all[1] = jpeg(16, 16, true);
	all[2] = png(16, 16, PNG_FORMAT_RGB, rgb);
	all[3] = bmp(16, 16, 24, 0, 0, 768);
	for (int f = 0; f < 4; f++) {
		/* JPEG's and PNG's last bytes only say that it ends. */
		size_t last = f < 2 ? all[f].size - 2 : f == 2 ? all[f].size - 12 : all[f].size;

		for (size_t n = 0; n < last; n++) {
			/* of its own size, so that reading beyond is seen */
			uint8_t *part = malloc(n ? n : 1);
			struct mnet_error err = { "" };
			struct image image;

			memcpy(part, all[f].data, n);
			if (!image_decode(part, n, &image, &err))
				fail_msg("file %d: %zu of %zu bytes were enough", f, n,
					 all[f].size);
			assert_null(image.rgb);
			assert_true(err.message[0]);
			free(part);
		}
		free(all[f].data);
	}
}

static void flipped_bits_do_no_harm(void **state)
{
	uint8_t rgb[16 * 16 * 3];
	struct bytes all[4];
	unsigned int refused = 0;
	(void)state;

	paint(rgb, 16, 16);
	all[0] = jpeg(16, 16, false);
	all[1] = jpeg(16, 16, true);
	all[2] = png(16, 16, PNG_FORMAT_RGB, rgb);
	all[3] = bmp(16, 16, 8, 0, 1024, 256);
	for (int f = 0; f < 4; f++) {
		for (size_t bit = 0; bit < all[f].size * 8; bit++) {
			struct mnet_error err = { "" };
			struct image image;

			all[f].data[bit / 8] ^= 1 << bit % 8;
			if (image_decode(all[f].data, all[f].size, &image, &err)) {
				refused++;
				assert_true(err.message[0]);
				assert_null(image.rgb);
			} else {
				assert_true(image.width && image.height);
				image_free(&image);
			}
			all[f].data[bit / 8] ^= 1 << bit % 8;
		}
		free(all[f].data);
	}
	/* Flips in headers and checksums are seen. */
	assert_true(refused > 1000);
}

static struct image grey_row(uint32_t width, uint32_t height, const uint8_t *values)
{
	struct image image;
	struct mnet_error err;

	assert_int_equal(image_alloc(&image, width, height, &err), 0);
	for (size_t i = 0; i < (size_t)width * height * 3; i++)
		image.rgb[i] = values[i / 3];
	return image;
}

static void assert_stretches(uint32_t width, uint32_t height, const uint8_t *values,
			     uint32_t to_width, uint32_t to_height, const uint8_t *want)
{
	struct image from = grey_row(width, height, values), to;
	struct mnet_error err;

	assert_int_equal(image_stretch(&from, to_width, to_height, &to, &err), 0);
	for (size_t i = 0; i < (size_t)to_width * to_height * 3; i++)
		assert_int_equal(to.rgb[i], want[i / 3]);
	image_free(&from);
	image_free(&to);
}

static void growing_interpolates_between_pixel_centres(void **state)
{
	(void)state;

	assert_stretches(2, 1, (uint8_t[]){ 0, 100 }, 4, 1, (uint8_t[]){ 0, 25, 75, 100 });
	assert_stretches(1, 2, (uint8_t[]){ 0, 100 }, 1, 4, (uint8_t[]){ 0, 25, 75, 100 });
}

static void shrinking_leaves_no_pixel_out(void **state)
{
	(void)state;

	/* Triangles of half width 2 around 1 and 3: weights 3, 3, 1 and 1, 3, 3 sevenths */
	assert_stretches(4, 1, (uint8_t[]){ 0, 70, 140, 210 }, 2, 1, (uint8_t[]){ 50, 160 });
	/* all four: 1, 3, 3, 1 eighths around the middle */
	assert_stretches(4, 1, (uint8_t[]){ 0, 80, 160, 240 }, 1, 1, (uint8_t[]){ 120 });
}

static void same_size_changes_nothing(void **state)
{
	uint8_t values[9 * 7];
	(void)state;

	for (int i = 0; i < 63; i++)
		values[i] = i * 41;
	assert_stretches(9, 7, values, 9, 7, values);
}

static void extreme_shapes_stretch(void **state)
{
	uint8_t *wide = malloc(65535);
	(void)state;

	memset(wide, 200, 65535);
	assert_stretches(65535, 1, wide, 1, 3, (uint8_t[]){ 200, 200, 200 });
	assert_stretches(1, 1, wide, 300, 2, wide);
	free(wide);
}

/* The reference inputs were made of these photos by other means. */
static void stretch_gives_the_reference_bytes(void **state)
{
	static const char *const names[] = { "grace_hopper", "bird", "cat" };
	const char *shared = getenv("EDGETPU_SHARED");
	(void)state;

	if (!shared)
		skip();
	for (int i = 0; i < 3; i++) {
		static uint8_t want[224 * 224 * 3];
		char path[4096];
		struct image photo, small;
		struct mnet_error err;
		FILE *f;

		snprintf(path, sizeof(path), "%s/golden/%s_224.rgb", shared, names[i]);
		f = fopen(path, "rb");
		if (!f)
			skip();
		assert_int_equal(fread(want, 1, sizeof(want), f), sizeof(want));
		fclose(f);
		snprintf(path, sizeof(path), "%s/images/%s.bmp", shared, names[i]);
		assert_int_equal(image_read(path, &photo, &err), 0);
		assert_int_equal(image_stretch(&photo, 224, 224, &small, &err), 0);
		assert_memory_equal(small.rgb, want, sizeof(want));
		image_free(&photo);
		image_free(&small);
	}
}

static void photo_becomes_what_the_input_wants(void **state)
{
	struct image photo = grey_row(2, 1, (uint8_t[]){ 0, 255 });
	struct mnet_tensor_info info = { .type = MNET_UINT8, .rank = 4, .shape = { 1, 1, 2, 3 } };
	uint8_t bytes[6];
	float real[6];
	struct image_range range = IMAGE_RANGE;
	struct mnet_error err;
	(void)state;

	assert_int_equal(image_to_input(&photo, &info, &range, bytes, &err), 0);
	assert_memory_equal(bytes, "\0\0\0\xff\xff\xff", 6);
	info.type = MNET_INT8;
	assert_int_equal(image_to_input(&photo, &info, &range, bytes, &err), 0);
	assert_memory_equal(bytes, "\x80\x80\x80\x7f\x7f\x7f", 6);
	info.type = MNET_FLOAT32;
	assert_int_equal(image_to_input(&photo, &info, &range, real, &err), 0);
	assert_true(real[0] == -1 && real[5] == 1);
	range = (struct image_range){ 0, 1 };
	assert_int_equal(image_to_input(&photo, &info, &range, real, &err), 0);
	assert_true(real[0] == 0 && real[5] == 1);
	info.type = MNET_UINT8;
	info.shape[3] = 1;
	photo.rgb[0] = 255; /* red: 0.299 of 255 */
	assert_int_equal(image_to_input(&photo, &info, &range, bytes, &err), 0);
	assert_memory_equal(bytes, "\x4c\xff", 2);
	info.shape[3] = 4;
	assert_true(image_to_input(&photo, &info, &range, bytes, &err) < 0);
	assert_non_null(strstr(err.message, "--raw-input"));
	image_free(&photo);
}

static void range_goes_by_the_outputs(void **state)
{
	struct mnet_tensor_info classes = { .rank = 4, .shape = { 1, 1, 1, 1001 } };
	struct mnet_tensor_info mask = { .rank = 4, .shape = { 1, 256, 256, 1 } };
	struct image_range range = IMAGE_RANGE;
	(void)state;

	image_range_consider(&range, &classes);
	assert_true(range.black == -1 && range.white == 1);
	image_range_consider(&range, &mask);
	image_range_consider(&range, &classes);
	assert_true(range.black == 0 && range.white == 1);
}

static void range_is_two_numbers_that_differ(void **state)
{
	static const char *const bad[] = { "", ",", "1", "0,", ",1", "0,1,", "a,b", "0,nan",
					   "-inf,1", "1,1", "0 ,1", "0;1" };
	struct image_range range;
	(void)state;

	assert_true(image_range_parse(&range, "-2.5,1e2"));
	assert_true(range.black == -2.5 && range.white == 100);
	assert_true(image_range_parse(&range, "1,0"));
	assert_true(range.black == 1 && range.white == 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(image_range_parse(&range, bad[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bmp_of_24_bits_is_bottom_up),
		cmocka_unit_test(bmp_of_negative_height_is_top_down),
		cmocka_unit_test(bmp_of_8_bits_has_a_palette),
		cmocka_unit_test(bmp_of_32_bits_has_masks),
		cmocka_unit_test(bmp_that_claims_too_much_is_refused),
		cmocka_unit_test(png_pixels_are_exact),
		cmocka_unit_test(png_grey_and_transparent_become_rgb),
		cmocka_unit_test(png_that_claims_too_much_is_refused),
		cmocka_unit_test(jpeg_is_near_its_picture),
		cmocka_unit_test(truncated_files_are_refused),
		cmocka_unit_test(flipped_bits_do_no_harm),
		cmocka_unit_test(growing_interpolates_between_pixel_centres),
		cmocka_unit_test(shrinking_leaves_no_pixel_out),
		cmocka_unit_test(same_size_changes_nothing),
		cmocka_unit_test(extreme_shapes_stretch),
		cmocka_unit_test(stretch_gives_the_reference_bytes),
		cmocka_unit_test(photo_becomes_what_the_input_wants),
		cmocka_unit_test(range_goes_by_the_outputs),
		cmocka_unit_test(range_is_two_numbers_that_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
