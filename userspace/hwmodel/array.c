// SPDX-License-Identifier: MIT
/*
 * Cost of CONV on the MAC array, weight stationary.
 *
 * The reduction dimension is all taps and input channels in one (the feeder
 * does im2col on the way). It is cut into blocks of array_rows steps, the
 * output channels into blocks of array_cols; one pass streams a chunk of output
 * pixels, one a cycle, through one such tile of weights. The next pass's
 * weights shift in behind it.
 */
#include "cost_internal.h"

/*
 * Bytes of SRAM lines the feeder reads per output pixel for reduction steps
 * [k, k + depth). Taps side by side in memory are one segment. A segment that
 * moves on by less than its own length from pixel to pixel is read once, from a
 * line buffer after that.
 */
static uint64_t feed_bytes(const struct edgetpu_cmd_conv *conv, uint64_t k, uint64_t depth)
{
	const uint64_t in_c = le16toh(conv->in_c), in_pixel = le32toh(conv->in_pixel);
	const uint64_t step = conv->stride_w * in_pixel;
	const bool packed = conv->dilation_w == 1 && in_pixel == in_c;
	const uint64_t run = packed ? conv->kernel_w * in_c : in_c;
	const bool pitch = step % HWMODEL_SRAM_LINE == 0 &&
			   le32toh(conv->in_row) % HWMODEL_SRAM_LINE == 0;
	uint64_t bytes = 0;

	while (depth) {
		uint64_t start = k % run, len = min_u64(run - start, depth);
		bool aligned = pitch && (le32toh(conv->in) + start) % HWMODEL_SRAM_LINE == 0;

		bytes += min_u64(step, line_bytes(len, aligned));
		k += len;
		depth -= len;
	}
	return bytes;
}

/* Bytes of SRAM lines written for a pixel of a block of @channels */
static uint64_t store_bytes(const struct edgetpu_cmd_conv *conv, uint64_t channels)
{
	const bool aligned = le32toh(conv->out) % HWMODEL_SRAM_LINE == 0 &&
			     le32toh(conv->out_pixel) % HWMODEL_SRAM_LINE == 0;

	return min_u64(le32toh(conv->out_pixel), line_bytes(channels, aligned));
}

/*
 * A chunk of @pixels takes the array @passes cycles for one block of channels.
 * One half of the accumulators drains, a line a cycle, while the other fills.
 */
static uint64_t chunk_cycles(uint64_t passes, uint64_t pixels, uint64_t bytes)
{
	return max_u64(passes, ceil_div(pixels * bytes, HWMODEL_SRAM_LINE));
}

void hwmodel_array(const struct hwmodel_config *config, const struct edgetpu_cmd_conv *conv,
		   struct hwmodel_cost *cost)
{
	const uint64_t rows = config->array_rows, cols = config->array_cols;
	const uint64_t depth = (uint64_t)conv->kernel_h * conv->kernel_w * le16toh(conv->in_c);
	const uint64_t pixels = (uint64_t)le16toh(conv->out_h) * le16toh(conv->out_w);
	const uint64_t out_c = le16toh(conv->out_c);
	const uint64_t col_blocks = ceil_div(out_c, cols);
	const uint64_t chunks = ceil_div(pixels, HWMODEL_ARRAY_ACC_PIXELS);
	/* one line of weights a cycle */
	const uint64_t load_lines = ceil_div(rows * cols, HWMODEL_SRAM_LINE);
	uint64_t small, large, k, feed_total = 0, small_passes = 0, large_passes = 0;
	uint64_t full_bytes, last_bytes;

	if (!depth || !pixels || !out_c)
		return;
	/* all blocks of channels but the last are full */
	full_bytes = store_bytes(conv, cols);
	last_bytes = store_bytes(conv, out_c - (col_blocks - 1) * cols);
	/* even chunks: pixels % chunks of them have one pixel more */
	small = pixels / chunks;
	large = pixels % chunks;

	for (k = 0; k < depth; k += rows) {
		uint64_t feed = feed_bytes(conv, k, min_u64(rows, depth - k));
		const uint64_t port = HWMODEL_ARRAY_FEED_LINES * HWMODEL_SRAM_LINE;

		small_passes += max_u64(max_u64(small, load_lines), ceil_div(small * feed, port));
		large_passes += max_u64(max_u64(small + 1, load_lines),
					ceil_div((small + 1) * feed, port));
		feed_total += feed;
	}

	cost->cycles += load_lines + rows + cols + HWMODEL_REQUANT_CYCLES +
			(col_blocks - 1) *
			((chunks - large) * chunk_cycles(small_passes, small, full_bytes) +
			 large * chunk_cycles(large_passes, small + 1, full_bytes)) +
			(chunks - large) * chunk_cycles(small_passes, small, last_bytes) +
			large * chunk_cycles(large_passes, small + 1, last_bytes);
	cost->macs += pixels * depth * out_c;
	cost->requants += pixels * out_c;
	cost->buffer_words += pixels * out_c * ceil_div(depth, rows);
	cost->sram_lines +=
		/* input, once for each block of output channels */
		ceil_div(pixels * col_blocks * feed_total, HWMODEL_SRAM_LINE) +
		/* weights, once for each chunk of pixels */
		chunks * col_blocks * ceil_div(depth, rows) * load_lines +
		/* parameters and output */
		ceil_div(out_c, EDGETPU_CHANNEL_BLOCK) * 3 +
		ceil_div(pixels * ((col_blocks - 1) * full_bytes + last_bytes), HWMODEL_SRAM_LINE);
}
