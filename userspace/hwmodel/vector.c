// SPDX-License-Identifier: MIT
/*
 * Cost of the vector unit's commands.
 */
#include "cost_internal.h"

/*
 * Depthwise convolution and pooling: vector_lanes channels at once, vector_macs
 * taps a cycle each, fed from a row buffer that holds the rows a window spans,
 * so that each input byte is read once; if they do not fit, once for each
 * output row.
 */
void hwmodel_window(const struct hwmodel_config *config, unsigned int opcode,
		    const struct edgetpu_cmd_conv *conv, struct hwmodel_cost *cost)
{
	const bool depthwise = opcode == EDGETPU_OP_DEPTHWISE;
	const uint64_t channels = le16toh(conv->out_c), in_w = le16toh(conv->in_w);
	const uint64_t out_h = le16toh(conv->out_h), out_w = le16toh(conv->out_w);
	const uint64_t pixels = out_h * out_w;
	const uint64_t taps = (uint64_t)conv->kernel_h * conv->kernel_w;
	const uint64_t blocks = ceil_div(channels, config->vector_lanes);
	const uint64_t span_h = (uint64_t)(conv->kernel_h - 1) * conv->dilation_h + 1;
	const uint64_t span_w = (uint64_t)(conv->kernel_w - 1) * conv->dilation_w + 1;
	const uint64_t rows = min_u64(le16toh(conv->in_h),
				      (out_h - 1) * min_u64(conv->stride_h, span_h) + span_h);
	const uint64_t cols = min_u64(in_w, (out_w - 1) * min_u64(conv->stride_w, span_w) + span_w);
	const bool fits = min_u64(span_h, rows) * cols <= HWMODEL_VECTOR_ROW_PIXELS;
	const bool aligned = le32toh(conv->in) % HWMODEL_SRAM_LINE == 0 &&
			     le32toh(conv->in_pixel) % HWMODEL_SRAM_LINE == 0;
	const uint64_t width = min_u64(channels, config->vector_lanes);
	const uint64_t in_bytes = min_u64(line_bytes(width, aligned), le32toh(conv->in_pixel));
	const uint64_t port = HWMODEL_VECTOR_READ_LINES * HWMODEL_SRAM_LINE;
	/* filter and parameters of one block of channels */
	const uint64_t constant = depthwise ? (taps + 12) * width : 0;
	const uint64_t first = min_u64(span_h, rows) * cols * in_bytes + constant;
	const uint64_t all = blocks * ((fits ? rows : out_h * span_h) * cols * in_bytes + constant);
	const uint64_t compute = blocks * pixels * ceil_div(taps, config->vector_macs);

	if (!channels || !pixels || !taps)
		return;
	cost->cycles += ceil_div(first, port) +
			max_u64(compute, ceil_div(all > first ? all - first : 0, port)) +
			HWMODEL_VECTOR_PIPELINE;
	if (depthwise)
		cost->macs += pixels * channels * taps;
	else
		cost->adds += pixels * channels * taps;
	if (opcode != EDGETPU_OP_MAX_POOL)
		cost->requants += pixels * channels;
	/* eight lanes' bytes a word: the row buffer is written once, read once for each tap */
	cost->buffer_words += ceil_div(blocks * config->vector_lanes * (rows * cols + pixels * taps),
				       8);
	cost->sram_lines += ceil_div(all, HWMODEL_SRAM_LINE) +
			    ceil_div(pixels * blocks * line_bytes(width, aligned),
				     HWMODEL_SRAM_LINE);
}

/* Lines of bytes with a shifter in front: an unaligned line costs one more access */
static uint64_t line_count(uint64_t addr, uint64_t stride, uint64_t len, uint64_t lines)
{
	bool aligned = addr % HWMODEL_SRAM_LINE == 0 &&
		       (lines == 1 || stride % HWMODEL_SRAM_LINE == 0);

	return lines * (ceil_div(len, HWMODEL_SRAM_LINE) + !aligned);
}

void hwmodel_elementwise(const struct hwmodel_config *config, unsigned int opcode,
			 const struct edgetpu_cmd_elementwise *op, struct hwmodel_cost *cost)
{
	const bool add = opcode == EDGETPU_OP_ADD;
	const uint32_t stride0 = le32toh(op->in_stride[0]), stride1 = le32toh(op->in_stride[1]);
	const uint32_t out_stride = le32toh(op->out_stride);
	uint64_t len = le32toh(op->len), n = le32toh(op->n);
	const uint64_t elements = len * n;
	uint64_t in0, in1, out, lanes;

	if (!elements)
		return;
	/* lines that follow each other everywhere are one line */
	if (stride0 == len && out_stride == len && (!add || stride1 == len)) {
		len = elements;
		n = 1;
	}
	in0 = line_count(le32toh(op->in[0]), stride0, len, n);
	in1 = add ? line_count(le32toh(op->in[1]), stride1, len, n) : 0;
	out = line_count(le32toh(op->out), out_stride, len, n);
	lanes = n * ceil_div(len, config->vector_lanes);

	cost->cycles += max_u64(max_u64(lanes, out), max_u64(in0, in1)) + HWMODEL_VECTOR_PIPELINE;
	cost->requants += elements * (add ? 3 : 1);
	cost->adds += add ? elements : 0;
	cost->sram_lines += in0 + in1 + out;
}

void hwmodel_copy(unsigned int opcode, const struct edgetpu_cmd_copy *copy,
		  struct hwmodel_cost *cost)
{
	const bool reads = opcode == EDGETPU_OP_COPY;
	uint64_t len = le32toh(copy->len), n1 = le32toh(copy->n1), n2 = le32toh(copy->n2);
	uint64_t stride_in = le32toh(copy->in_stride1), stride_out = le32toh(copy->out_stride1);
	uint64_t in, out;

	if (stride_out == len && (!reads || stride_in == len)) {
		len *= n1;
		n1 = 1;
		stride_in = le32toh(copy->in_stride2);
		stride_out = le32toh(copy->out_stride2);
		if (stride_out == len && (!reads || stride_in == len)) {
			len *= n2;
			n2 = 1;
		}
	}
	out = line_count(le32toh(copy->out), stride_out, len, n1 * n2);
	in = reads ? line_count(le32toh(copy->in), stride_in, len, n1 * n2) : 0;
	cost->cycles += max_u64(in, out) + HWMODEL_VECTOR_PIPELINE;
	cost->sram_lines += in + out;
}
