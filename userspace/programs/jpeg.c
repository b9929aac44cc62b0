// SPDX-License-Identifier: MIT
/* JPEG through libjpeg, whose errors come back here by longjmp. */
#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>
#include <jerror.h>

#include "programs/image.h"
#include "programs/report.h"

/* A progressive file may state scans without end, each a pass over all pixels. */
#define MAX_SCANS 200

struct decoder {
	struct jpeg_decompress_struct jpeg;
	struct jpeg_error_mgr errors;
	struct jpeg_progress_mgr progress;
	jmp_buf out;
	char message[JMSG_LENGTH_MAX];
};

static void on_error(j_common_ptr common)
{
	struct decoder *d = common->client_data;

	common->err->format_message(common, d->message);
	longjmp(d->out, 1);
}

/* Warnings that mean that pixels are missing are errors, others are nothing. */
static void on_warning(j_common_ptr common, int level)
{
	if (level < 0 &&
	    (common->err->msg_code == JWRN_JPEG_EOF || common->err->msg_code == JWRN_HIT_MARKER ||
	     common->err->msg_code == JWRN_HUFF_BAD_CODE))
		on_error(common);
}

static void on_progress(j_common_ptr common)
{
	struct decoder *d = common->client_data;

	if (d->jpeg.input_scan_number > MAX_SCANS) {
		snprintf(d->message, sizeof(d->message), "more than %d scans", MAX_SCANS);
		longjmp(d->out, 1);
	}
}

static int decode(struct decoder *d, const void *data, size_t size, struct image *image,
		  struct mnet_error *err)
{
	int ret;

	if (setjmp(d->out))
		return set_error(err, -EINVAL, "bad JPEG: %s", d->message);
	jpeg_create_decompress(&d->jpeg);
	d->jpeg.progress = &d->progress;
	jpeg_mem_src(&d->jpeg, data, size);
	jpeg_read_header(&d->jpeg, TRUE);
	if (d->jpeg.jpeg_color_space == JCS_CMYK || d->jpeg.jpeg_color_space == JCS_YCCK)
		return set_error(err, -EOPNOTSUPP, "a CMYK JPEG; RGB and grey ones are read");
	ret = image_alloc(image, d->jpeg.image_width, d->jpeg.image_height, err);
	if (ret)
		return ret;
	d->jpeg.out_color_space = JCS_RGB;
	jpeg_start_decompress(&d->jpeg);
	while (d->jpeg.output_scanline < d->jpeg.output_height) {
		JSAMPROW row = image->rgb + (size_t)d->jpeg.output_scanline * image->width * 3;

		jpeg_read_scanlines(&d->jpeg, &row, 1);
	}
	jpeg_finish_decompress(&d->jpeg);
	return 0;
}

int jpeg_decode(const void *data, size_t size, struct image *image, struct mnet_error *err)
{
	struct decoder *d = calloc(1, sizeof(*d));
	int ret;

	if (!d)
		return set_error(err, -ENOMEM, "out of memory");
	d->jpeg.err = jpeg_std_error(&d->errors);
	d->errors.error_exit = on_error;
	d->errors.emit_message = on_warning;
	d->progress.progress_monitor = on_progress;
	d->jpeg.client_data = d;
	ret = decode(d, data, size, image, err);
	jpeg_destroy_decompress(&d->jpeg);
	free(d);
	if (ret)
		image_free(image);
	return ret;
}
