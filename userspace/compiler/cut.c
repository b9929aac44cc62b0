// SPDX-License-Identifier: MIT
/*
 * Commands that would keep an engine for longer than the device lets one, and their
 * two halves.
 */
#include "compiler/cut.h"
#include "hwmodel/cost.h"

bool mc_too_long(const struct mnet_hw_config *config, const struct edgetpu_command *command)
{
	const struct hwmodel_config *slow = &hwmodel_config_pcie;
	/* what was compiled for fast memory runs with slow memory too */
	const struct hwmodel_config hw = {
		.array_rows = config->array_rows, .array_cols = config->array_cols,
		.vector_lanes = config->vector_lanes, .vector_macs = config->vector_macs,
		.clock_khz = config->clock_khz, .sram_size = config->sram_size,
		.dram_mbps = config->dram_mbps < slow->dram_mbps ? config->dram_mbps :
								   slow->dram_mbps,
		.dram_latency = config->dram_latency > slow->dram_latency ? config->dram_latency :
									    slow->dram_latency,
	};

	return hwmodel_bound(&hw, command) > EDGETPU_MAX_COMMAND_CYCLES;
}

/*
 * Halves the outermost of planes, lines and bytes of a line that there are two of;
 * @skip: bytes from the first half to the second, on each side.
 */
static bool halve_lines(uint32_t *first[3], uint32_t *second[3], const uint32_t stride1[2],
			const uint32_t stride2[2], uint64_t skip[2])
{
	/* planes, lines, bytes */
	for (int i = 0; i < 3; i++) {
		uint32_t half = *first[i] / 2;

		if (!half)
			continue;
		*first[i] = half;
		*second[i] -= half;
		for (int side = 0; side < 2; side++) {
			uint32_t stride = i == 0 ? stride2[side] : i == 1 ? stride1[side] : 1;

			skip[side] = (uint64_t)half * stride;
		}
		return true;
	}
	return false;
}

static bool halve_dma(struct mc_cmd *a, struct mc_cmd *b)
{
	uint32_t *first[] = { &a->u.dma.n2, &a->u.dma.n1, &a->u.dma.len };
	uint32_t *second[] = { &b->u.dma.n2, &b->u.dma.n1, &b->u.dma.len };
	const uint32_t stride1[] = { a->u.dma.mem_stride1, a->u.dma.sram_stride1 };
	const uint32_t stride2[] = { a->u.dma.mem_stride2, a->u.dma.sram_stride2 };
	uint64_t skip[2];

	if (!halve_lines(first, second, stride1, stride2, skip))
		return false;
	b->u.dma.offset += skip[0];
	b->u.dma.sram += skip[1];
	return true;
}

static bool halve_copy(struct mc_cmd *a, struct mc_cmd *b)
{
	uint32_t *first[] = { &a->u.copy.n2, &a->u.copy.n1, &a->u.copy.len };
	uint32_t *second[] = { &b->u.copy.n2, &b->u.copy.n1, &b->u.copy.len };
	const uint32_t stride1[] = { a->u.copy.in_stride1, a->u.copy.out_stride1 };
	const uint32_t stride2[] = { a->u.copy.in_stride2, a->u.copy.out_stride2 };
	uint64_t skip[2];

	if (!halve_lines(first, second, stride1, stride2, skip))
		return false;
	if (a->opcode == EDGETPU_OP_COPY)
		b->u.copy.in += skip[0];
	b->u.copy.out += skip[1];
	return true;
}

static bool halve_elementwise(struct mc_cmd *a, struct mc_cmd *b)
{
	const uint32_t lines = a->u.elementwise.n / 2, bytes = a->u.elementwise.len / 2;

	if (!lines && !bytes)
		return false;
	if (lines) {
		a->u.elementwise.n = lines;
		b->u.elementwise.n -= lines;
	} else {
		a->u.elementwise.len = bytes;
		b->u.elementwise.len -= bytes;
	}
	for (unsigned int i = 0; i < a->u.elementwise.layer->num_in; i++)
		b->u.elementwise.in[i] += lines ? lines * a->u.elementwise.in_stride[i] : bytes;
	b->u.elementwise.out += lines ? lines * a->u.elementwise.out_stride : bytes;
	return true;
}

/*
 * The second half's windows begin @n strides further on: padding first, then input.
 * False: they lie beyond the input.
 */
static bool move_on(uint32_t n, uint32_t stride, uint32_t *pad, uint32_t *in, uint32_t bytes,
		    uint32_t *addr)
{
	const uint64_t by = (uint64_t)n * stride;
	uint64_t skip;

	if (by <= *pad) {
		*pad -= by;
		return true;
	}
	skip = by - *pad;
	if (skip >= *in)
		return false;
	*pad = 0;
	*in -= skip;
	*addr += skip * bytes;
	return true;
}

static bool halve_window(struct mc_cmd *a, struct mc_cmd *b)
{
	const struct mc_layer *layer = a->u.conv.layer;
	const uint32_t rows = a->u.conv.out_h / 2, cols = a->u.conv.out_w / 2;

	if (rows) {
		a->u.conv.out_h = rows;
		b->u.conv.out_h -= rows;
		b->u.conv.out += rows * a->u.conv.out_row;
		return move_on(rows, layer->stride_h, &b->u.conv.pad_top, &b->u.conv.in_h,
			       a->u.conv.in_row, &b->u.conv.in);
	}
	if (!cols)
		return false;
	a->u.conv.out_w = cols;
	b->u.conv.out_w -= cols;
	b->u.conv.out += cols * a->u.conv.out_pixel;
	return move_on(cols, layer->stride_w, &b->u.conv.pad_left, &b->u.conv.in_w,
		       a->u.conv.in_pixel, &b->u.conv.in);
}

bool mc_halve(struct mc_cmd *cmd, struct mc_cmd *second)
{
	*second = *cmd;
	switch (cmd->opcode) {
	case EDGETPU_OP_LOAD:
	case EDGETPU_OP_STORE:
		return halve_dma(cmd, second);
	case EDGETPU_OP_COPY:
	case EDGETPU_OP_FILL:
		return halve_copy(cmd, second);
	case EDGETPU_OP_ADD:
	case EDGETPU_OP_RESCALE:
		return halve_elementwise(cmd, second);
	}
	return halve_window(cmd, second);
}
