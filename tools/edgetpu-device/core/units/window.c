// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands that slide a window over a tensor: CONV on the array, DEPTHWISE and
 * pools on the vector unit.
 */
#include <endian.h>
#include <string.h>

#include "core/units/op.h"

/* MACs of a step, a millisecond or two of a host; an output costs it some beside its own */
#define STEP_MACS	(1ull << 21)
#define OUTPUT_MACS	64

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
static bool place(const struct unit_env *env, struct op *op)
{
	const struct edgetpu_cmd_conv *cmd = &op->command.u.conv;
	const unsigned int opcode = op->command.opcode;
	const struct mnet_conv_args *a = &op->conv;
	const uint64_t size = env->sram->size;
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
	if (opcode == EDGETPU_OP_CONV || opcode == EDGETPU_OP_DEPTHWISE) {
		const uint64_t each = opcode == EDGETPU_OP_CONV ? depth : taps;

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

/* Multiply-accumulates, or what a pool does in their place, of one channel of one pixel */
static uint64_t channel_macs(const struct op *op)
{
	const struct mnet_conv_args *a = &op->conv;
	uint64_t macs = (uint64_t)a->kernel_h * a->kernel_w;

	return op->command.opcode == EDGETPU_OP_CONV ? macs * a->in_c : macs;
}

static int32_t at_most(uint64_t n, int32_t limit)
{
	if (!n)
		return 1;
	return n < (uint64_t)limit ? (int32_t)n : limit;
}

static uint64_t parts(int32_t all, int32_t part)
{
	return ((uint64_t)all + part - 1) / part;
}

/*
 * Rows of the output to a step; if one is too much, some of its pixels; if one of
 * these is, some of its channels. DEPTHWISE's weights are laid out for all channels
 * at once; what SRAM holds of them bounds a pixel.
 */
static void cut(struct op *op)
{
	const struct mnet_conv_args *a = &op->conv;
	const uint64_t channel = channel_macs(op) + OUTPUT_MACS;
	/* a block of channels costs hardly less when it is not full: its inputs are gathered */
	const int32_t full = a->out_c > EDGETPU_CHANNEL_BLOCK ? a->out_c : EDGETPU_CHANNEL_BLOCK;
	const uint64_t pixel = channel *
			       (op->command.opcode == EDGETPU_OP_CONV ? full : a->out_c);

	op->part.h = at_most(STEP_MACS / (pixel * a->out_w), a->out_h);
	op->part.w = at_most(STEP_MACS / pixel, a->out_w);
	op->part.c = a->out_c;
	if (op->command.opcode != EDGETPU_OP_DEPTHWISE)
		op->part.c = at_most((STEP_MACS / channel + EDGETPU_CHANNEL_BLOCK) &
				     ~(EDGETPU_CHANNEL_BLOCK - 1ull), a->out_c);
	op->steps = parts(a->out_h, op->part.h) * parts(a->out_w, op->part.w) *
		    parts(a->out_c, op->part.c);
}

static unsigned int decode(const struct unit_env *env, struct op *op)
{
	const struct edgetpu_cmd_conv *cmd = &op->command.u.conv;
	const unsigned int opcode = op->command.opcode;
	uint8_t *sram = env->sram->bytes;

	if (op->command.flags)
		return EDGETPU_STATUS_BAD_COMMAND;
	fill_args(cmd, &op->conv);
	if (!fields_valid(opcode, cmd, &op->conv))
		return EDGETPU_STATUS_BAD_COMMAND;
	if (!place(env, op))
		return EDGETPU_STATUS_BAD_SRAM;
	/* an output of at most 2^32 bytes times a filter below 2^32: no overflow */
	if (channel_macs(op) * op->conv.out_c * op->conv.out_w * op->conv.out_h > EDGETPU_MAX_MACS)
		return EDGETPU_STATUS_BAD_COMMAND;
	cut(op);
	op->conv.in = (const int8_t *)sram + le32toh(cmd->in);
	op->conv.out = (int8_t *)sram + le32toh(cmd->out);
	if (opcode == EDGETPU_OP_AVG_POOL || opcode == EDGETPU_OP_MAX_POOL)
		return EDGETPU_STATUS_OK;
	op->conv.weights = (const int8_t *)sram + le32toh(cmd->weights);
	op->conv.params = (const void *)(sram + le32toh(cmd->params));
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

static int32_t part_at(int32_t all, int32_t start, int32_t part)
{
	return all - start < part ? all - start : part;
}

/* The channels from @c on, a multiple of EDGETPU_CHANNEL_BLOCK unless all are done at once */
static void take_channels(unsigned int opcode, struct mnet_conv_args *a, int32_t c, int32_t n)
{
	const uint64_t depth = (uint64_t)a->kernel_h * a->kernel_w * a->in_c;
	const uint64_t groups = (depth + EDGETPU_WEIGHT_DEPTH - 1) / EDGETPU_WEIGHT_DEPTH;

	a->out += c;
	a->out_c = n;
	if (opcode == EDGETPU_OP_CONV) {
		a->weights += c * groups * EDGETPU_WEIGHT_DEPTH;
		a->params += c / EDGETPU_CHANNEL_BLOCK;
	} else if (opcode != EDGETPU_OP_DEPTHWISE) {
		a->in += c;
		a->in_c = n;
	}
}

static void work(const struct unit_env *env, struct op *op, uint64_t step)
{
	const struct mnet_conv_args *all = &op->conv;
	const uint64_t across = parts(all->out_w, op->part.w), deep = parts(all->out_c, op->part.c);
	const int32_t c = (int32_t)(step % deep) * op->part.c;
	const int32_t x = (int32_t)(step / deep % across) * op->part.w;
	const int32_t y = (int32_t)(step / deep / across) * op->part.h;
	struct mnet_conv_args part = *all;

	(void)env;
	part.out_h = part_at(all->out_h, y, op->part.h);
	part.out_w = part_at(all->out_w, x, op->part.w);
	part.out += y * part.out_row + x * part.out_pixel;
	part.pad_top -= y * part.stride_h;
	part.pad_left -= x * part.stride_w;
	take_channels(op->command.opcode, &part, c, part_at(all->out_c, c, op->part.c));
	compute(op->command.opcode, &part);
}

const struct unit unit_window = {
	.decode = decode,
	.cost = unit_fixed_cost,
	.work = work,
};
