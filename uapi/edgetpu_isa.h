/* SPDX-License-Identifier: MIT */
/*
 * Edge TPU-style accelerator: the command stream.
 *
 * A job is an array of 128-byte commands. Each names its engine through its
 * opcode. An engine runs its commands in order; engines overlap. Order between
 * engines is by completion counts: a command starts when every engine e has
 * completed at least wait[e] commands of this job. A count may only name
 * commands that stand earlier in the stream, so no stream can deadlock.
 *
 * Commands address host memory as region + offset (struct edgetpu_region in
 * edgetpu_hw.h), never by pointer: a command buffer is immutable and needs no
 * relocation. SRAM addresses are bytes from the start of the scratch window.
 *
 * Arithmetic is TensorFlow Lite's reference arithmetic on int8 (notes in
 * Documentation/numerics.rst). A uint8 tensor is the int8 tensor with bit 7
 * flipped, its zero point less 128; LOAD and STORE flip on the way.
 * Accumulators are int32 and wrap.
 *
 *	SRDHM(a, b)  = (a * b + (a * b >= 0 ? 2^30 : 1 - 2^30)) / 2^31, truncating;
 *		       INT32_MAX when both are INT32_MIN
 *	RDBP(x, n)   = x / 2^n rounded to nearest, ties away from zero
 *	MBQM(x, m, s) = RDBP(SRDHM(x << max(s, 0), m), max(-s, 0))
 */
#ifndef _UAPI_EDGETPU_ISA_H_
#define _UAPI_EDGETPU_ISA_H_

#include "edgetpu_hw.h"

/* Opcodes; the engine of each is edgetpu_isa_engine() */
#define EDGETPU_OP_LOAD			0x01	/* LOAD: host memory -> SRAM */
#define EDGETPU_OP_STORE		0x02	/* STORE: SRAM -> host memory */
#define EDGETPU_OP_CONV			0x10	/* ARRAY: convolution, fully connected */
#define EDGETPU_OP_DEPTHWISE		0x20	/* VECTOR */
#define EDGETPU_OP_ADD			0x21	/* VECTOR: two tensors of one shape */
#define EDGETPU_OP_AVG_POOL		0x22	/* VECTOR */
#define EDGETPU_OP_MAX_POOL		0x23	/* VECTOR */
#define EDGETPU_OP_RESCALE		0x24	/* VECTOR: quantise anew, clamp */
#define EDGETPU_OP_COPY			0x25	/* VECTOR: SRAM -> SRAM, strided */
#define EDGETPU_OP_FILL			0x26	/* VECTOR: a constant, strided */

/* struct edgetpu_command.flags */
#define EDGETPU_CMD_FLIP		(1u << 0)	/* LOAD, STORE: bytes ^ 0x80 */
#define EDGETPU_CMD_FLAGS		(EDGETPU_CMD_FLIP)

/* Weights come in blocks of 16 output channels; one int32 parameter line per block and kind */
#define EDGETPU_CHANNEL_BLOCK		16
#define EDGETPU_WEIGHT_DEPTH		4

/* Alignment of weight and parameter blocks in SRAM, bytes */
#define EDGETPU_SRAM_ALIGN		64

/**
 * struct edgetpu_channel_block - parameters of 16 output channels, 192 bytes
 * @bias: bias[c] - in_zero_point * sum over the filter of (w - weight_zero_point)
 * @multiplier: Q31 multiplier, in [2^30, 2^31) or 0
 * @shift: exponent, in [-31, 30]; positive shifts left
 */
struct edgetpu_channel_block {
	__le32 bias[EDGETPU_CHANNEL_BLOCK];
	__le32 multiplier[EDGETPU_CHANNEL_BLOCK];
	__le32 shift[EDGETPU_CHANNEL_BLOCK];
};

/**
 * struct edgetpu_cmd_dma - LOAD and STORE
 * @region: region of host memory
 * @pad: zero
 * @offset: bytes from the region's start
 * @sram: SRAM address
 * @len: contiguous bytes of a line, at least 1
 * @n1: lines, at least 1
 * @n2: planes of n1 lines, at least 1
 * @mem_stride1: bytes from a line to the next in host memory
 * @mem_stride2: bytes from a plane to the next in host memory
 * @sram_stride1: the same in SRAM
 * @sram_stride2: the same in SRAM
 *
 * Byte (i2, i1, i0) is at offset + i2 * stride2 + i1 * stride1 + i0 on each side.
 */
struct edgetpu_cmd_dma {
	__le32 region;
	__le32 pad;
	__le64 offset;
	__le32 sram;
	__le32 len;
	__le32 n1;
	__le32 n2;
	__le32 mem_stride1;
	__le32 mem_stride2;
	__le32 sram_stride1;
	__le32 sram_stride2;
};

/**
 * struct edgetpu_cmd_conv - CONV, DEPTHWISE, AVG_POOL, MAX_POOL
 * @in: SRAM address of the input, element (0, 0, 0)
 * @in_row: bytes from an input row to the next
 * @in_pixel: bytes from an input pixel to the next
 * @out: SRAM address of the output, element (0, 0, 0)
 * @out_row: bytes from an output row to the next
 * @out_pixel: bytes from an output pixel to the next
 * @weights: SRAM address of the weights, a multiple of EDGETPU_SRAM_ALIGN; not for pools
 * @params: SRAM address of struct edgetpu_channel_block[], one per 16 output
 *	channels, a multiple of EDGETPU_SRAM_ALIGN; not for pools
 * @in_h: rows of input there are
 * @in_w: columns of input there are
 * @in_c: input channels
 * @out_h: rows to compute
 * @out_w: columns to compute
 * @out_c: output channels; DEPTHWISE: in_c * multiplier; pools: in_c
 * @kernel_h: 1..255, as are the others of the filter
 * @kernel_w: filter columns
 * @stride_h: rows of input between two rows of output
 * @stride_w: the same for columns
 * @dilation_h: rows of input between two taps; 1 for pools
 * @dilation_w: the same for columns
 * @pad_top: rows of padding above input row 0
 * @pad_left: columns of padding left of input column 0
 * @in_zero_point: what padding holds; pools leave padding out instead. AVG_POOL: what
 *	its rounding is relative to: 0 for an int8 tensor, -128 for a flipped uint8 one
 * @weight_zero_point: one for the whole filter, int8
 * @out_zero_point: added to the scaled result, int8; pools: unused
 * @act_min: results are clamped to [act_min, act_max]
 * @act_max: int8, at least act_min
 * @mapping: EDGETPU_MAP_*: how the array runs it; results do not depend on it
 * @pad: zero
 *
 * Output (y, x, c), with iy = y * stride_h - pad_top + ky * dilation_h, ix alike,
 * and in(iy, ix, ic) = in_zero_point outside [0, in_h) x [0, in_w):
 *
 *	CONV:	   acc = bias[c] + sum (w(ky, kx, ic, c) - weight_zero_point) * in(iy, ix, ic)
 *	DEPTHWISE: acc = bias[c] + sum (w(ky, kx, c) - weight_zero_point) *
 *				       in(iy, ix, c / multiplier)
 *	out = clamp(MBQM(acc, multiplier[c], shift[c]) + out_zero_point)
 *
 * The input's zero point is folded into bias[] (struct edgetpu_channel_block).
 *
 * CONV weights: K = kernel_h * kernel_w * in_c reduction steps, k = (ky * kernel_w
 * + kx) * in_c + ic; K4 = K rounded up to 4. w(k, c) is byte
 *	((c / 16) * (K4 / 4) + k / 4) * 64 + (c % 16) * 4 + k % 4.
 * Fill beyond K and beyond out_c does not enter any result.
 * DEPTHWISE weights: w(ky, kx, c) is byte (ky * kernel_w + kx) * C16 + c with C16 =
 * out_c rounded up to 16.
 *
 * AVG_POOL: sum of (in - in_zero_point) over the inputs inside, divided by their
 * count n, rounded to nearest, ties away from zero, plus in_zero_point; MAX_POOL:
 * the largest. Both are clamped. A window with no input inside is a BAD_COMMAND.
 */
struct edgetpu_cmd_conv {
	__le32 in;
	__le32 in_row;
	__le32 in_pixel;
	__le32 out;
	__le32 out_row;
	__le32 out_pixel;
	__le32 weights;
	__le32 params;
	__le16 in_h;
	__le16 in_w;
	__le16 in_c;
	__le16 out_h;
	__le16 out_w;
	__le16 out_c;
	__u8 kernel_h;
	__u8 kernel_w;
	__u8 stride_h;
	__u8 stride_w;
	__u8 dilation_h;
	__u8 dilation_w;
	__le16 pad_top;
	__le16 pad_left;
	__u8 in_zero_point;
	__u8 weight_zero_point;
	__u8 out_zero_point;
	__u8 act_min;
	__u8 act_max;
	__u8 mapping;
	__u8 pad[36];
};

#define EDGETPU_MAP_WEIGHT_STATIONARY	0

/**
 * struct edgetpu_cmd_elementwise - ADD and RESCALE, over lines of bytes
 * @in: SRAM addresses of the inputs; RESCALE uses in[0]
 * @in_stride: bytes from a line to the next in each input
 * @out: SRAM address of the output
 * @out_stride: bytes from a line to the next
 * @len: bytes of a line
 * @n: lines
 * @multiplier: Q31 multipliers of the inputs; RESCALE uses the first
 * @out_multiplier: Q31 multiplier of the sum; ADD only
 * @shift: their exponents, in [-31, 30]
 * @out_shift: exponent, ADD only
 * @left_shift: ADD only, in [0, 20]; TFLite uses 20 for 8-bit tensors
 * @in_zero_point: of each input
 * @out_zero_point: of the output
 * @act_min: results are clamped to [act_min, act_max]
 * @act_max: int8, at least act_min
 * @pad: zero
 *
 *	ADD:	 s = MBQM((in0 - zp0) << left_shift, m0, s0)
 *		     + MBQM((in1 - zp1) << left_shift, m1, s1)
 *		 out = clamp(MBQM(s, out_multiplier, out_shift) + out_zero_point)
 *	RESCALE: out = clamp(MBQM(in0 - zp0, m0, s0) + out_zero_point)
 */
struct edgetpu_cmd_elementwise {
	__le32 in[2];
	__le32 in_stride[2];
	__le32 out;
	__le32 out_stride;
	__le32 len;
	__le32 n;
	__le32 multiplier[2];
	__le32 out_multiplier;
	__u8 shift[2];
	__u8 out_shift;
	__u8 left_shift;
	__u8 in_zero_point[2];
	__u8 out_zero_point;
	__u8 act_min;
	__u8 act_max;
	__u8 pad[43];
};

/**
 * struct edgetpu_cmd_copy - COPY and FILL, inside SRAM
 * @in: SRAM address of the source; COPY only
 * @out: SRAM address of the destination; source and destination must not overlap
 * @len: contiguous bytes of a line, at least 1
 * @n1: lines, at least 1
 * @n2: planes of n1 lines, at least 1
 * @in_stride1: bytes from a line to the next
 * @in_stride2: bytes from a plane to the next
 * @out_stride1: the same in the destination
 * @out_stride2: the same in the destination
 * @value: FILL only: the byte
 * @pad: zero
 */
struct edgetpu_cmd_copy {
	__le32 in;
	__le32 out;
	__le32 len;
	__le32 n1;
	__le32 n2;
	__le32 in_stride1;
	__le32 in_stride2;
	__le32 out_stride1;
	__le32 out_stride2;
	__u8 value;
	__u8 pad[3];
};

/**
 * struct edgetpu_command - one command, 128 bytes
 * @opcode: EDGETPU_OP_*
 * @pad0: zero
 * @flags: EDGETPU_CMD_*
 * @tag: the compiler's: which operator of the network it belongs to; reported in traces
 * @pad1: zero
 * @wait: completed commands of each engine needed before it starts; at most the
 *	number of that engine's commands that stand earlier in the stream
 * @u: operands; unused bytes zero
 */
struct edgetpu_command {
	__u8 opcode;
	__u8 pad0;
	__le16 flags;
	__le32 tag;
	__le32 pad1[2];
	__le32 wait[EDGETPU_NUM_ENGINES];
	union {
		struct edgetpu_cmd_dma dma;
		struct edgetpu_cmd_conv conv;
		struct edgetpu_cmd_elementwise elementwise;
		struct edgetpu_cmd_copy copy;
		__u8 bytes[96];
	} u;
};

#define EDGETPU_COMMAND_SIZE		128
#define EDGETPU_MAX_COMMANDS		(1u << 20)	/* of one job */

/*
 * Of one command: the cycles it takes alone, with every page table read it could
 * need (hwmodel_bound()). Above, it ends as EDGETPU_STATUS_TOO_LONG before it runs.
 * Bounds the time until the firmware can act between two commands.
 */
#define EDGETPU_MAX_COMMAND_CYCLES	(1u << 22)

/*
 * CONV, DEPTHWISE and pools: out_h * out_w * out_c * kernel_h * kernel_w (CONV: * in_c)
 * of one command
 */
#define EDGETPU_MAX_MACS		(1ull << 34)

/* The engine an opcode runs on, or EDGETPU_NUM_ENGINES if there is no such opcode */
static inline unsigned int edgetpu_isa_engine(unsigned int opcode)
{
	switch (opcode) {
	case EDGETPU_OP_LOAD:
		return EDGETPU_ENGINE_LOAD;
	case EDGETPU_OP_STORE:
		return EDGETPU_ENGINE_STORE;
	case EDGETPU_OP_CONV:
		return EDGETPU_ENGINE_ARRAY;
	case EDGETPU_OP_DEPTHWISE:
	case EDGETPU_OP_ADD:
	case EDGETPU_OP_AVG_POOL:
	case EDGETPU_OP_MAX_POOL:
	case EDGETPU_OP_RESCALE:
	case EDGETPU_OP_COPY:
	case EDGETPU_OP_FILL:
		return EDGETPU_ENGINE_VECTOR;
	}
	return EDGETPU_NUM_ENGINES;
}

#endif /* _UAPI_EDGETPU_ISA_H_ */
