// SPDX-License-Identifier: MIT
#include <endian.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "stream_exec.h"

struct machine {
	const struct mnet_subgraph *sg;
	uint8_t *sram;
	size_t sram_size;
	uint8_t *const *region;
	size_t region_size[EDGETPU_NUM_REGIONS];
	bool failed;
};

static int32_t srdhm(int32_t a, int32_t b)
{
	int64_t ab = (int64_t)a * b;

	if (a == INT32_MIN && b == INT32_MIN)
		return INT32_MAX;
	return (int32_t)((ab + (ab >= 0 ? 1ll << 30 : 1 - (1ll << 30))) / (1ll << 31));
}

static int32_t rdbp(int32_t x, int n)
{
	int64_t mask = (1ll << n) - 1, rest = x & mask;
	int64_t threshold = (mask >> 1) + (x < 0);

	return (int32_t)(((int64_t)x >> n) + (rest > threshold));
}

static int32_t mbqm(int32_t x, int32_t m, int s)
{
	return rdbp(srdhm((int32_t)((uint32_t)x << (s > 0 ? s : 0)), m), s < 0 ? -s : 0);
}

static int8_t clamp(int32_t x, uint8_t min, uint8_t max)
{
	return x < (int8_t)min ? (int8_t)min : x > (int8_t)max ? (int8_t)max : x;
}

/* One byte of SRAM */
static uint8_t *at(struct machine *m, uint64_t addr)
{
	static uint8_t nowhere;

	if (addr < m->sram_size)
		return &m->sram[addr];
	m->failed = true;
	return &nowhere;
}

static int32_t get(struct machine *m, uint64_t addr)
{
	return (int8_t)*at(m, addr);
}

static uint32_t word(struct machine *m, uint64_t addr)
{
	return *at(m, addr) | *at(m, addr + 1) << 8 | *at(m, addr + 2) << 16 |
	       (uint32_t)*at(m, addr + 3) << 24;
}

static void run_dma(struct machine *m, const struct edgetpu_command *cmd)
{
	const struct edgetpu_cmd_dma *d = &cmd->u.dma;
	uint32_t region = le32toh(d->region);
	uint8_t flip = le16toh(cmd->flags) & EDGETPU_CMD_FLIP ? 0x80 : 0;

	for (uint64_t i2 = 0; i2 < le32toh(d->n2); i2++) {
		for (uint64_t i1 = 0; i1 < le32toh(d->n1); i1++) {
			uint64_t from = le64toh(d->offset) + i2 * le32toh(d->mem_stride2) +
					i1 * le32toh(d->mem_stride1);
			uint64_t sram = le32toh(d->sram) + i2 * le32toh(d->sram_stride2) +
					i1 * le32toh(d->sram_stride1);

			for (uint64_t i0 = 0; i0 < le32toh(d->len); i0++) {
				if (region >= EDGETPU_NUM_REGIONS ||
				    from + i0 >= m->region_size[region]) {
					m->failed = true;
					return;
				}
				if (cmd->opcode == EDGETPU_OP_LOAD)
					*at(m, sram + i0) = m->region[region][from + i0] ^ flip;
				else
					m->region[region][from + i0] = *at(m, sram + i0) ^ flip;
			}
		}
	}
}

/* @n bytes of SRAM in a row, or NULL */
static const int8_t *span(struct machine *m, uint64_t addr, uint64_t n)
{
	if (addr <= m->sram_size && n <= m->sram_size - addr)
		return (const int8_t *)m->sram + addr;
	m->failed = true;
	return NULL;
}

/* One tap of a convolution; @w is the lane of its channel in its block of 16 */
static uint32_t conv_tap(const int8_t *in, int32_t zero, int32_t in_c, const int8_t *w,
			 int32_t weight_zero, uint64_t k)
{
	uint32_t acc = 0;

	for (int32_t ic = 0; ic < in_c; ic++, k++)
		acc += (uint32_t)((w[k / 4 * 64 + k % 4] - weight_zero) * (in ? in[ic] : zero));
	return acc;
}

/* Sum over the filter at one output place */
static int32_t window(struct machine *m, const struct edgetpu_command *cmd, int32_t y, int32_t x,
		      int32_t c)
{
	const struct edgetpu_cmd_conv *v = &cmd->u.conv;
	int32_t in_h = le16toh(v->in_h), in_w = le16toh(v->in_w), in_c = le16toh(v->in_c);
	int32_t out_c = le16toh(v->out_c);
	bool depthwise = cmd->opcode == EDGETPU_OP_DEPTHWISE;
	uint64_t taps = (uint64_t)v->kernel_h * v->kernel_w;
	uint64_t lane = (taps * in_c + 3) / 4 * 64, wide = (out_c + 15) / 16 * 16;
	int32_t zero = (int8_t)v->in_zero_point, weight_zero = (int8_t)v->weight_zero_point;
	int32_t used = depthwise ? 1 : in_c;
	const int8_t *w = depthwise ? span(m, le32toh(v->weights), taps * wide) :
			  span(m, le32toh(v->weights) + c / 16 * lane, lane);
	uint32_t acc = 0;

	for (uint64_t tap = 0; w && tap < taps; tap++) {
		int32_t iy = y * v->stride_h - le16toh(v->pad_top) +
			     (int32_t)(tap / v->kernel_w) * v->dilation_h;
		int32_t ix = x * v->stride_w - le16toh(v->pad_left) +
			     (int32_t)(tap % v->kernel_w) * v->dilation_w;
		const int8_t *in = NULL;

		if (iy >= 0 && iy < in_h && ix >= 0 && ix < in_w) {
			in = span(m, le32toh(v->in) + (uint64_t)iy * le32toh(v->in_row) +
				     (uint64_t)ix * le32toh(v->in_pixel) +
				     (depthwise ? c / (out_c / in_c) : 0), used);
			if (!in)
				return 0;
		}
		if (depthwise)
			acc += (uint32_t)((w[tap * wide + c] - weight_zero) * (in ? *in : zero));
		else
			acc += conv_tap(in, zero, in_c, w + c % 16 * 4, weight_zero, tap * in_c);
	}
	return (int32_t)acc;
}

static int8_t filter(struct machine *m, const struct edgetpu_command *cmd, int32_t y, int32_t x,
		     int32_t c)
{
	const struct edgetpu_cmd_conv *v = &cmd->u.conv;
	uint64_t block = le32toh(v->params) + c / 16 * sizeof(struct edgetpu_channel_block) +
			 c % 16 * 4;
	int32_t acc = (int32_t)((uint32_t)window(m, cmd, y, x, c) + word(m, block));
	int32_t multiplier = (int32_t)word(m, block + 64), shift = (int32_t)word(m, block + 128);

	if (shift < -31 || shift > 30) {
		m->failed = true;
		return 0;
	}
	return clamp(mbqm(acc, multiplier, shift) + (int8_t)v->out_zero_point, v->act_min,
		     v->act_max);
}

static int8_t pool(struct machine *m, const struct edgetpu_command *cmd, int32_t y, int32_t x,
		   int32_t c)
{
	const struct edgetpu_cmd_conv *v = &cmd->u.conv;
	int32_t sum = 0, n = 0, largest = INT8_MIN;
	int32_t zero = (int8_t)v->in_zero_point;

	for (int32_t ky = 0; ky < v->kernel_h; ky++) {
		for (int32_t kx = 0; kx < v->kernel_w; kx++) {
			int32_t iy = y * v->stride_h - le16toh(v->pad_top) + ky;
			int32_t ix = x * v->stride_w - le16toh(v->pad_left) + kx;
			int32_t in;

			if (iy < 0 || iy >= le16toh(v->in_h) || ix < 0 || ix >= le16toh(v->in_w))
				continue;
			in = get(m, le32toh(v->in) + (uint64_t)iy * le32toh(v->in_row) +
				    (uint64_t)ix * le32toh(v->in_pixel) + c);
			sum += in - zero;
			largest = in > largest ? in : largest;
			n++;
		}
	}
	if (!n) {
		m->failed = true;
		return 0;
	}
	if (cmd->opcode == EDGETPU_OP_MAX_POOL)
		return clamp(largest, v->act_min, v->act_max);
	sum = sum >= 0 ? (sum + n / 2) / n : (sum - n / 2) / n;
	return clamp(sum + zero, v->act_min, v->act_max);
}

static void run_window(struct machine *m, const struct edgetpu_command *cmd)
{
	const struct edgetpu_cmd_conv *v = &cmd->u.conv;
	bool pools = cmd->opcode == EDGETPU_OP_AVG_POOL || cmd->opcode == EDGETPU_OP_MAX_POOL;

	for (int32_t y = 0; y < le16toh(v->out_h); y++) {
		for (int32_t x = 0; x < le16toh(v->out_w); x++) {
			for (int32_t c = 0; c < le16toh(v->out_c); c++) {
				int8_t out = pools ? pool(m, cmd, y, x, c) :
						     filter(m, cmd, y, x, c);

				*at(m, le32toh(v->out) + (uint64_t)y * le32toh(v->out_row) +
				       (uint64_t)x * le32toh(v->out_pixel) + c) = (uint8_t)out;
				if (m->failed)
					return;
			}
		}
	}
}

static int32_t scaled(struct machine *m, const struct edgetpu_cmd_elementwise *e, int i,
		      uint64_t line, uint64_t byte, int left)
{
	int32_t in = get(m, le32toh(e->in[i]) + line * le32toh(e->in_stride[i]) + byte);

	return mbqm((in - (int8_t)e->in_zero_point[i]) * (1 << left),
		    (int32_t)le32toh(e->multiplier[i]), (int8_t)e->shift[i]);
}

static void run_elementwise(struct machine *m, const struct edgetpu_command *cmd)
{
	const struct edgetpu_cmd_elementwise *e = &cmd->u.elementwise;

	for (uint64_t line = 0; line < le32toh(e->n); line++) {
		for (uint64_t i = 0; i < le32toh(e->len); i++) {
			int32_t out;

			if (cmd->opcode == EDGETPU_OP_ADD)
				out = mbqm(scaled(m, e, 0, line, i, e->left_shift) +
					   scaled(m, e, 1, line, i, e->left_shift),
					   (int32_t)le32toh(e->out_multiplier),
					   (int8_t)e->out_shift);
			else
				out = scaled(m, e, 0, line, i, 0);
			*at(m, le32toh(e->out) + line * le32toh(e->out_stride) + i) = (uint8_t)
				clamp(out + (int8_t)e->out_zero_point, e->act_min, e->act_max);
		}
	}
}

static void run_copy(struct machine *m, const struct edgetpu_command *cmd)
{
	const struct edgetpu_cmd_copy *c = &cmd->u.copy;

	for (uint64_t i2 = 0; i2 < le32toh(c->n2); i2++) {
		for (uint64_t i1 = 0; i1 < le32toh(c->n1); i1++) {
			uint64_t in = le32toh(c->in) + i2 * le32toh(c->in_stride2) +
				      i1 * le32toh(c->in_stride1);
			uint64_t out = le32toh(c->out) + i2 * le32toh(c->out_stride2) +
				       i1 * le32toh(c->out_stride1);

			for (uint64_t i0 = 0; i0 < le32toh(c->len); i0++)
				*at(m, out + i0) = cmd->opcode == EDGETPU_OP_COPY ?
						   *at(m, in + i0) : c->value;
		}
	}
}

int stream_exec(const struct mnet_subgraph *sg, uint8_t *sram, size_t sram_size,
		uint8_t *const region[EDGETPU_NUM_REGIONS])
{
	struct machine m = { .sg = sg, .sram = sram, .sram_size = sram_size, .region = region };

	m.region_size[MNET_REGION_WEIGHTS] = sg->weights_size;
	m.region_size[MNET_REGION_INPUT] = sg->input_size;
	m.region_size[MNET_REGION_OUTPUT] = sg->output_size;
	m.region_size[MNET_REGION_SCRATCH] = sg->scratch_size;
	for (unsigned int i = 0; i < sg->num_commands; i++) {
		const struct edgetpu_command *cmd = &sg->commands[i];

		switch (cmd->opcode) {
		case EDGETPU_OP_LOAD:
		case EDGETPU_OP_STORE:
			run_dma(&m, cmd);
			break;
		case EDGETPU_OP_ADD:
		case EDGETPU_OP_RESCALE:
			run_elementwise(&m, cmd);
			break;
		case EDGETPU_OP_COPY:
		case EDGETPU_OP_FILL:
			run_copy(&m, cmd);
			break;
		default:
			run_window(&m, cmd);
			break;
		}
		if (m.failed) {
			printf("# command %u, opcode 0x%02x: outside its memory or without meaning\n", i, cmd->opcode);
			return -1;
		}
	}
	return 0;
}
