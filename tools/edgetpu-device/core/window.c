// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands that slide a window over a tensor: CONV on the array, DEPTHWISE and
 * pools on the vector unit.
 */
#include <endian.h>
#include <string.h>

#include "internal.h"

/* MACs between two looks at whether the host wants a reset */
#define CHUNK_MACS (1ull << 28)

static void fill_args(const struct edgetpu_cmd_conv *cmd, struct mnet_conv_args *args)
{
	*args = (struct mnet_conv_args){
		.in_row = le32toh(cmd->in_row),
		.in_pixel = le32toh(cmd->in_pixel),
		.out_row = le32toh(cmd->out_row),
		.out_pixel = le32toh(cmd->out_pixel),
		.in_h = le16toh(cmd->in_h),
		.in_w = le16toh(cmd->in_w),
		.in_c = le16toh(cmd->in_c),
		.out_h = le16toh(cmd->out_h),
		.out_w = le16toh(cmd->out_w),
		.out_c = le16toh(cmd->out_c),
		.kernel_h = cmd->kernel_h,
		.kernel_w = cmd->kernel_w,
		.stride_h = cmd->stride_h,
		.stride_w = cmd->stride_w,
		.dilation_h = cmd->dilation_h,
		.dilation_w = cmd->dilation_w,
		.pad_top = le16toh(cmd->pad_top),
		.pad_left = le16toh(cmd->pad_left),
		.in_zero_point = (int8_t)cmd->in_zero_point,
		.weight_zero_point = (int8_t)cmd->weight_zero_point,
		.out_zero_point = (int8_t)cmd->out_zero_point,
		.act_min = (int8_t)cmd->act_min,
		.act_max = (int8_t)cmd->act_max,
	};
}

/* Fields alone, without SRAM */
static bool fields_valid(unsigned int opcode, const struct edgetpu_cmd_conv *cmd,
			 const struct mnet_conv_args *a)
{
	const bool pool = opcode == EDGETPU_OP_AVG_POOL || opcode == EDGETPU_OP_MAX_POOL;

	if (!a->in_h || !a->in_w || !a->in_c || !a->out_h || !a->out_w || !a->out_c ||
	    !a->kernel_h || !a->kernel_w || !a->stride_h || !a->stride_w || !a->dilation_h ||
	    !a->dilation_w || a->act_min > a->act_max ||
	    cmd->mapping != EDGETPU_MAP_WEIGHT_STATIONARY ||
	    !bytes_zero(cmd->pad, sizeof(cmd->pad)))
		return false;
	if (opcode == EDGETPU_OP_DEPTHWISE)
		return a->out_c % a->in_c == 0;
	if (!pool)
		return true;
	/* the first and the last window decide for all between them */
	return a->in_c == a->out_c && a->dilation_h == 1 && a->dilation_w == 1 &&
	       a->pad_top < a->kernel_h && a->pad_left < a->kernel_w &&
	       (a->out_h - 1) * a->stride_h - a->pad_top < a->in_h &&
	       (a->out_w - 1) * a->stride_w - a->pad_left < a->in_w;
}

/* Input positions [first, last) the windows of @out outputs touch, of @in there are */
static bool touched(int32_t in, int32_t out, int32_t stride, int32_t pad, int32_t kernel,
		    int32_t dilation, int32_t *first, int32_t *last)
{
	*first = -pad > 0 ? -pad : 0;
	*last = (out - 1) * stride - pad + (kernel - 1) * dilation + 1;
	if (*last > in)
		*last = in;
	return *first < *last;
}

/* What the command touches, into @op; false when that is not in SRAM or overlaps. */
static bool place(struct edgetpu_device *dev, const struct edgetpu_cmd_conv *cmd, struct op *op)
{
	const struct mnet_conv_args *a = &op->conv;
	const uint64_t size = dev->config.sram_size;
	const uint64_t blocks = ((uint64_t)a->out_c + EDGETPU_CHANNEL_BLOCK - 1) /
				EDGETPU_CHANNEL_BLOCK;
	const uint64_t taps = (uint64_t)a->kernel_h * a->kernel_w;
	const uint64_t depth = (taps * a->in_c + 3) / EDGETPU_WEIGHT_DEPTH * EDGETPU_WEIGHT_DEPTH;
	struct span in = {
		.base = le32toh(cmd->in), .len = a->in_c,
		.n1 = a->in_w, .stride1 = a->in_pixel, .n2 = a->in_h, .stride2 = a->in_row,
	};
	int32_t row, row_end, col, col_end;
	unsigned int i;

	op->write = (struct span){
		.base = le32toh(cmd->out), .len = a->out_c,
		.n1 = a->out_w, .stride1 = a->out_pixel, .n2 = a->out_h, .stride2 = a->out_row,
	};
	op->writes = true;
	if (!span_inside(&in, size) || !span_inside(&op->write, size) || !span_nests(&op->write))
		return false;
	if (touched(a->in_h, a->out_h, a->stride_h, a->pad_top, a->kernel_h, a->dilation_h, &row,
		    &row_end) &&
	    touched(a->in_w, a->out_w, a->stride_w, a->pad_left, a->kernel_w, a->dilation_w, &col,
		    &col_end)) {
		in.base += row * in.stride2 + col * in.stride1;
		in.n2 = row_end - row;
		in.n1 = col_end - col;
		op->reads[op->num_reads++] = in;
	}
	if (op->opcode == EDGETPU_OP_CONV || op->opcode == EDGETPU_OP_DEPTHWISE) {
		const uint64_t each = op->opcode == EDGETPU_OP_CONV ? depth : taps;

		if (le32toh(cmd->weights) % EDGETPU_SRAM_ALIGN ||
		    le32toh(cmd->params) % EDGETPU_SRAM_ALIGN)
			return false;
		op->reads[op->num_reads++] = span_flat(le32toh(cmd->weights),
						       blocks * EDGETPU_CHANNEL_BLOCK * each);
		op->reads[op->num_reads++] =
			span_flat(le32toh(cmd->params),
				  blocks * sizeof(struct edgetpu_channel_block));
	}
	for (i = 0; i < op->num_reads; i++)
		if (!span_inside(&op->reads[i], size) || span_meets(&op->reads[i], &op->write))
			return false;
	return true;
}

static bool params_valid(const struct mnet_conv_args *a)
{
	int32_t c;

	for (c = 0; c < a->out_c; c++) {
		const struct edgetpu_channel_block *block = &a->params[c / EDGETPU_CHANNEL_BLOCK];
		const int lane = c % EDGETPU_CHANNEL_BLOCK;

		if (!scale_valid(le32toh(block->multiplier[lane]),
				 (int32_t)le32toh(block->shift[lane])))
			return false;
	}
	return true;
}

/* Multiply-accumulates, or what a pool does in their place, of one output row */
static uint64_t row_macs(const struct op *op)
{
	const struct mnet_conv_args *a = &op->conv;
	uint64_t each = (uint64_t)a->kernel_h * a->kernel_w;

	if (op->opcode == EDGETPU_OP_CONV)
		each *= a->in_c;
	return each * a->out_w * a->out_c;
}

unsigned int window_decode(struct edgetpu_device *dev, const struct edgetpu_command *command,
			   struct op *op)
{
	const struct edgetpu_cmd_conv *cmd = &command->u.conv;

	if (command->flags)
		return EDGETPU_STATUS_BAD_COMMAND;
	fill_args(cmd, &op->conv);
	if (!fields_valid(op->opcode, cmd, &op->conv))
		return EDGETPU_STATUS_BAD_COMMAND;
	if (!place(dev, cmd, op))
		return EDGETPU_STATUS_BAD_SRAM;
	/* an output of at most 2^32 bytes times a filter below 2^32: no overflow */
	if (row_macs(op) * op->conv.out_h > EDGETPU_MAX_MACS)
		return EDGETPU_STATUS_BAD_COMMAND;
	op->conv.in = (const int8_t *)dev->sram + le32toh(cmd->in);
	op->conv.out = (int8_t *)dev->sram + le32toh(cmd->out);
	if (op->opcode == EDGETPU_OP_AVG_POOL || op->opcode == EDGETPU_OP_MAX_POOL)
		return EDGETPU_STATUS_OK;
	op->conv.weights = (const int8_t *)dev->sram + le32toh(cmd->weights);
	op->conv.params = (const void *)(dev->sram + le32toh(cmd->params));
	return params_valid(&op->conv) ? EDGETPU_STATUS_OK : EDGETPU_STATUS_BAD_COMMAND;
}

static void compute(unsigned int opcode, const struct mnet_conv_args *args)
{
	switch (opcode) {
	case EDGETPU_OP_CONV:
		mnet_engine_conv(args);
		break;
	case EDGETPU_OP_DEPTHWISE:
		mnet_engine_depthwise(args);
		break;
	case EDGETPU_OP_AVG_POOL:
		mnet_engine_avg_pool(args);
		break;
	case EDGETPU_OP_MAX_POOL:
		mnet_engine_max_pool(args);
		break;
	}
}

/* In parts of the output's rows, so that a reset by the host need not wait for a huge one */
void window_run(struct edgetpu_device *dev, const struct op *op)
{
	struct mnet_conv_args part = op->conv;
	uint64_t rows = CHUNK_MACS / row_macs(op);
	int32_t y;

	if (!rows)
		rows = 1;
	for (y = 0; y < op->conv.out_h && !host_reset_pending(dev); y += (int32_t)rows) {
		const uint64_t left = op->conv.out_h - y;

		if (rows > left)
			rows = left;
		part.out_h = (int32_t)rows;
		part.out = op->conv.out + y * op->conv.out_row;
		part.pad_top = op->conv.pad_top - y * op->conv.stride_h;
		compute(op->opcode, &part);
		host_poll_invalidate(dev);
	}
}
