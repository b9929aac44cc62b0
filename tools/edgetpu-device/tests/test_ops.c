// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every operation of the engines on random tensors, against arithmetic written
 * anew from the specification on plain arrays: tensors and filters are generated
 * unpacked, packed into SRAM in the command stream's layouts, and computed a
 * second time here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "corehost.h"

#define MAX_C	40
#define MAX_HW	12
#define MAX_K	4

#define IN_AT		0x00000u
#define OUT_AT		0x20000u
#define WEIGHTS_AT	0x40000u
#define PARAMS_AT	0x80000u

struct layer {
	struct edgetpu_command command;
	int h, w, in_c, out_c, out_h, out_w, k, stride, dilation, pad;
	int zx, zw, zo, lo, hi;
	int8_t in[MAX_HW][MAX_HW][MAX_C];
	int8_t w4[MAX_K][MAX_K][MAX_C][MAX_C];	/* ky, kx, ic, c */
	int32_t bias[MAX_C], multiplier[MAX_C], shift[MAX_C];
};

static uint32_t seed = 2463534242u;

static int pick(int lo, int hi)
{
	return lo + (int)(next_random(&seed) % (uint32_t)(hi - lo + 1));
}

/* --- the specification's arithmetic ---------------------------------------------- */

/* x * multiplier / 2^31 to nearest, ties up; then / 2^-shift to nearest, ties away from 0 */
static int32_t scale(int32_t x, int32_t multiplier, int32_t shift)
{
	const __int128 product = (__int128)(int32_t)((uint32_t)x << (shift > 0 ? shift : 0)) *
				 multiplier;
	int64_t high = (int64_t)((product + (1 << 30)) >> 31), half, magnitude;

	if (shift >= 0)
		return (int32_t)high;
	half = 1ll << (-shift - 1);
	magnitude = ((high < 0 ? -high : high) + half) >> -shift;
	return (int32_t)(high < 0 ? -magnitude : magnitude);
}

static int clamp(int64_t x, int lo, int hi)
{
	return x < lo ? lo : x > hi ? hi : (int)x;
}

/* --- layers ------------------------------------------------------------------------- */

static void random_geometry(struct layer *l, unsigned int opcode)
{
	const bool pool = opcode == EDGETPU_OP_AVG_POOL || opcode == EDGETPU_OP_MAX_POOL;

	do {
		l->h = pick(1, MAX_HW);
		l->w = pick(1, MAX_HW);
		l->k = pick(1, MAX_K);
		l->stride = pick(1, 3);
		l->dilation = pool ? 1 : pick(1, 2);
		l->pad = pick(0, l->k - 1);
		l->out_h = (l->h + 2 * l->pad - (l->k - 1) * l->dilation - 1) / l->stride + 1;
		l->out_w = (l->w + 2 * l->pad - (l->k - 1) * l->dilation - 1) / l->stride + 1;
	} while (l->h + 2 * l->pad < (l->k - 1) * l->dilation + 1 ||
		 l->w + 2 * l->pad < (l->k - 1) * l->dilation + 1);
	l->in_c = opcode == EDGETPU_OP_CONV ? pick(1, MAX_C) : pick(1, MAX_C / 2);
	l->out_c = opcode == EDGETPU_OP_CONV ? pick(1, MAX_C) :
		   opcode == EDGETPU_OP_DEPTHWISE ? l->in_c * pick(1, 2) : l->in_c;
}

static void random_values(struct layer *l)
{
	int i, j, c, d;

	for (i = 0; i < MAX_HW; i++)
		for (j = 0; j < MAX_HW; j++)
			for (c = 0; c < MAX_C; c++)
				l->in[i][j][c] = (int8_t)next_random(&seed);
	for (i = 0; i < MAX_K; i++)
		for (j = 0; j < MAX_K; j++)
			for (c = 0; c < MAX_C; c++)
				for (d = 0; d < MAX_C; d++)
					l->w4[i][j][c][d] = (int8_t)next_random(&seed);
	for (c = 0; c < MAX_C; c++) {
		l->bias[c] = pick(-20000, 20000);
		l->multiplier[c] = (int32_t)(0x40000000u | next_random(&seed) >> 2);
		l->shift[c] = pick(-14, -6);
	}
	/* the corners of their ranges as well */
	l->multiplier[0] = pick(0, 1) ? 0 : 0x7fffffff;
	l->shift[0] = pick(-31, 30);
	l->zx = pick(-128, 127);
	l->zw = pick(-128, 127);
	l->zo = pick(-128, 127);
	l->lo = pick(-128, 0);
	l->hi = pick(l->lo, 127);
}

static void pack(struct layer *l, struct corehost *host, unsigned int opcode)
{
	struct edgetpu_cmd_conv *c = &l->command.u.conv;
	const int gap = pick(0, 5), out_gap = pick(0, 5);
	uint8_t *sram = host->dev->sram.bytes;
	int ky, kx, ic, oc, y, x, k;

	l->command = (struct edgetpu_command){ .opcode = (uint8_t)opcode };
	c->in = IN_AT + (uint32_t)pick(0, 63);
	c->in_pixel = (uint32_t)(l->in_c + gap);
	c->in_row = c->in_pixel * (uint32_t)l->w + (uint32_t)gap;
	c->out = OUT_AT + (uint32_t)pick(0, 63);
	c->out_pixel = (uint32_t)(l->out_c + out_gap);
	c->out_row = c->out_pixel * (uint32_t)l->out_w + (uint32_t)out_gap;
	c->in_h = (uint16_t)l->h;
	c->in_w = (uint16_t)l->w;
	c->in_c = (uint16_t)l->in_c;
	c->out_h = (uint16_t)l->out_h;
	c->out_w = (uint16_t)l->out_w;
	c->out_c = (uint16_t)l->out_c;
	c->kernel_h = c->kernel_w = (uint8_t)l->k;
	c->stride_h = c->stride_w = (uint8_t)l->stride;
	c->dilation_h = c->dilation_w = (uint8_t)l->dilation;
	c->pad_top = c->pad_left = (uint16_t)l->pad;
	c->in_zero_point = (uint8_t)l->zx;
	c->act_min = (uint8_t)l->lo;
	c->act_max = (uint8_t)l->hi;

	memset(sram, 0x5a, 0x90000);
	for (y = 0; y < l->h; y++)
		for (x = 0; x < l->w; x++)
			memcpy(sram + c->in + (uint32_t)y * c->in_row + (uint32_t)x * c->in_pixel,
			       l->in[y][x], (size_t)l->in_c);
	if (opcode == EDGETPU_OP_AVG_POOL || opcode == EDGETPU_OP_MAX_POOL)
		return;

	c->weights = WEIGHTS_AT;
	c->params = PARAMS_AT;
	c->weight_zero_point = (uint8_t)l->zw;
	c->out_zero_point = (uint8_t)l->zo;
	for (oc = 0; oc < l->out_c; oc++) {
		struct edgetpu_channel_block *block =
			(struct edgetpu_channel_block *)(sram + PARAMS_AT) + oc / 16;
		const int steps = (l->k * l->k * l->in_c + 3) / 4 * 4;

		block->bias[oc % 16] = (uint32_t)l->bias[oc];
		block->multiplier[oc % 16] = (uint32_t)l->multiplier[oc];
		block->shift[oc % 16] = (uint32_t)l->shift[oc];
		for (ky = 0, k = 0; ky < l->k; ky++) {
			for (kx = 0; kx < l->k; kx++) {
				if (opcode == EDGETPU_OP_DEPTHWISE)
					sram[WEIGHTS_AT + (ky * l->k + kx) *
					     ((l->out_c + 15) / 16 * 16) + oc] =
						(uint8_t)l->w4[ky][kx][0][oc];
				for (ic = 0; opcode == EDGETPU_OP_CONV && ic < l->in_c; ic++, k++)
					sram[WEIGHTS_AT + (oc / 16 * (steps / 4) + k / 4) * 64 +
					     oc % 16 * 4 + k % 4] = (uint8_t)l->w4[ky][kx][ic][oc];
			}
		}
	}
}

static int64_t dot(const struct layer *l, unsigned int opcode, int y, int x, int oc)
{
	int64_t sum = l->bias[oc];
	int ky, kx, ic;

	for (ky = 0; ky < l->k; ky++) {
		for (kx = 0; kx < l->k; kx++) {
			int iy = y * l->stride - l->pad + ky * l->dilation;
			int ix = x * l->stride - l->pad + kx * l->dilation;
			bool inside = iy >= 0 && iy < l->h && ix >= 0 && ix < l->w;

			if (opcode == EDGETPU_OP_DEPTHWISE) {
				ic = oc / (l->out_c / l->in_c);
				sum += (l->w4[ky][kx][0][oc] - l->zw) *
				       (inside ? l->in[iy][ix][ic] : l->zx);
				continue;
			}
			for (ic = 0; ic < l->in_c; ic++)
				sum += (l->w4[ky][kx][ic][oc] - l->zw) *
				       (inside ? l->in[iy][ix][ic] : l->zx);
		}
	}
	return sum;
}

static int pooled(const struct layer *l, unsigned int opcode, int y, int x, int c)
{
	int ky, kx, count = 0, largest = -128;
	double sum = 0, mean;

	for (ky = 0; ky < l->k; ky++) {
		for (kx = 0; kx < l->k; kx++) {
			int iy = y * l->stride - l->pad + ky, ix = x * l->stride - l->pad + kx;

			if (iy < 0 || iy >= l->h || ix < 0 || ix >= l->w)
				continue;
			count++;
			sum += l->in[iy][ix][c] - l->zx;
			if (l->in[iy][ix][c] > largest)
				largest = l->in[iy][ix][c];
		}
	}
	assert_true(count > 0);
	if (opcode == EDGETPU_OP_MAX_POOL)
		return largest;
	/* at most 16 inputs: halves are exact in binary */
	mean = sum / count;
	return (int)(mean < 0 ? mean - 0.5 : mean + 0.5) + l->zx;
}

static void check_output(const struct layer *l, struct corehost *host, unsigned int opcode)
{
	const struct edgetpu_cmd_conv *c = &l->command.u.conv;
	const uint8_t *sram = host->dev->sram.bytes;
	int y, x, oc;

	for (y = 0; y < l->out_h; y++) {
		for (x = 0; x < l->out_w; x++) {
			const uint8_t *pixel = sram + c->out + (uint32_t)y * c->out_row +
					       (uint32_t)x * c->out_pixel;

			for (oc = 0; oc < l->out_c; oc++) {
				int64_t v;

				if (opcode == EDGETPU_OP_CONV || opcode == EDGETPU_OP_DEPTHWISE)
					v = (int64_t)scale((int32_t)dot(l, opcode, y, x, oc),
							   l->multiplier[oc], l->shift[oc]) +
					    l->zo;
				else
					v = pooled(l, opcode, y, x, oc);
				assert_int_equal((int8_t)pixel[oc], clamp(v, l->lo, l->hi));
			}
			for (; oc < (int)c->out_pixel; oc++)
				assert_int_equal(pixel[oc], 0x5a);
		}
	}
}

/* A padded window wholly outside is refused for pools; the geometry above can make one. */
static bool pool_has_empty_window(const struct layer *l)
{
	return (l->out_h - 1) * l->stride - l->pad >= l->h ||
	       (l->out_w - 1) * l->stride - l->pad >= l->w;
}

static void check_window_op(struct corehost *host, unsigned int opcode)
{
	static struct layer l;
	int round;

	for (round = 0; round < 300; round++) {
		random_geometry(&l, opcode);
		random_values(&l);
		pack(&l, host, opcode);
		if ((opcode == EDGETPU_OP_AVG_POOL || opcode == EDGETPU_OP_MAX_POOL) &&
		    pool_has_empty_window(&l)) {
			assert_int_equal(corehost_run(host, &l.command),
					 EDGETPU_STATUS_BAD_COMMAND);
			continue;
		}
		assert_int_equal(corehost_run(host, &l.command), EDGETPU_STATUS_OK);
		check_output(&l, host, opcode);
	}
}

static void test_conv(void **state)
{
	check_window_op(*state, EDGETPU_OP_CONV);
}

static void test_depthwise(void **state)
{
	check_window_op(*state, EDGETPU_OP_DEPTHWISE);
}

static void test_avg_pool(void **state)
{
	check_window_op(*state, EDGETPU_OP_AVG_POOL);
}

static void test_max_pool(void **state)
{
	check_window_op(*state, EDGETPU_OP_MAX_POOL);
}

/* A uint8 tensor, flipped, must round as uint8 does: ties of the mean go up. */
static void test_avg_pool_uint8_ties(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command c =
		make_window(EDGETPU_OP_AVG_POOL, 0, 0x1000, 1, 2, 1, 1, 1, 1, 0);

	c.u.conv.out_w = 1;
	c.u.conv.kernel_w = 2;
	host->dev->sram.bytes[0] = 10 ^ 0x80;
	host->dev->sram.bytes[1] = 11 ^ 0x80;
	c.u.conv.in_zero_point = 0x80;
	assert_int_equal(corehost_run(host, &c), EDGETPU_STATUS_OK);
	assert_int_equal(host->dev->sram.bytes[0x1000] ^ 0x80, 11);
	c.u.conv.in_zero_point = 0;
	assert_int_equal(corehost_run(host, &c), EDGETPU_STATUS_OK);
	assert_int_equal(host->dev->sram.bytes[0x1000] ^ 0x80, 10);
}

static void test_elementwise(void **state)
{
	struct corehost *host = *state;
	uint8_t *sram = host->dev->sram.bytes;
	static uint8_t in[2][4096];
	int round;

	for (round = 0; round < 600; round++) {
		const bool add = round % 2;
		struct edgetpu_command c = { .opcode = add ? EDGETPU_OP_ADD : EDGETPU_OP_RESCALE };
		struct edgetpu_cmd_elementwise *e = &c.u.elementwise;
		const int len = pick(1, 100), n = pick(1, 8), in_place = pick(0, 2);
		int i, j, line, lo = pick(-128, 0), hi = pick(lo, 127), zo = pick(-128, 127);

		e->len = (uint32_t)len;
		e->n = (uint32_t)n;
		e->out = OUT_AT + (uint32_t)pick(0, 63);
		e->out_stride = (uint32_t)(len + pick(0, 20));
		e->out_zero_point = (uint8_t)zo;
		e->act_min = (uint8_t)lo;
		e->act_max = (uint8_t)hi;
		e->out_multiplier = 0x40000000u | next_random(&seed) >> 2;
		e->out_shift = (uint8_t)pick(-20, -10);
		e->left_shift = (uint8_t)pick(0, 20);
		for (i = 0; i < 2; i++) {
			e->in[i] = IN_AT + (uint32_t)i * 0x4000 + (uint32_t)pick(0, 63);
			e->in_stride[i] = (uint32_t)pick(0, 1) * (uint32_t)(len + pick(0, 20));
			e->in_zero_point[i] = (uint8_t)next_random(&seed);
			e->multiplier[i] = 0x40000000u | next_random(&seed) >> 2;
			e->shift[i] = (uint8_t)(add ? pick(-6, 0) : pick(-4, 4));
		}
		if (in_place < 2) {
			e->in[in_place] = e->out;
			e->in_stride[in_place] = e->out_stride;
		}
		for (i = 0; i < 0x24000; i++)
			sram[i] = (uint8_t)next_random(&seed);
		for (i = 0; i < 2; i++)
			memcpy(in[i], sram + e->in[i], sizeof(in[i]));
		assert_int_equal(corehost_run(host, &c), EDGETPU_STATUS_OK);

		for (line = 0; line < n; line++) {
			for (j = 0; j < len; j++) {
				int32_t x[2];
				int64_t v;

				for (i = 0; i < 2; i++)
					x[i] = (int8_t)in[i][(uint32_t)line * e->in_stride[i] +
							     (uint32_t)j] -
					       (int8_t)e->in_zero_point[i];
				if (add) {
					v = (int64_t)scale(x[0] * (1 << e->left_shift),
							   (int32_t)e->multiplier[0],
							   (int8_t)e->shift[0]) +
					    scale(x[1] * (1 << e->left_shift),
						  (int32_t)e->multiplier[1], (int8_t)e->shift[1]);
					v = scale((int32_t)v, (int32_t)e->out_multiplier,
						  (int8_t)e->out_shift);
				} else {
					v = scale(x[0], (int32_t)e->multiplier[0],
						  (int8_t)e->shift[0]);
				}
				assert_int_equal((int8_t)sram[e->out + (uint32_t)line *
							      e->out_stride + (uint32_t)j],
						 clamp(v + zo, lo, hi));
			}
		}
	}
}

static void test_copy_and_fill(void **state)
{
	struct corehost *host = *state;
	uint8_t *sram = host->dev->sram.bytes;
	int round;

	for (round = 0; round < 200; round++) {
		const bool fill = round % 2;
		struct edgetpu_command c = { .opcode = fill ? EDGETPU_OP_FILL : EDGETPU_OP_COPY };
		struct edgetpu_cmd_copy *p = &c.u.copy;
		static uint8_t expected[0x20000];
		uint32_t i2, i1, i0;

		p->in = IN_AT + (uint32_t)pick(0, 63);
		p->out = 0x10000 + (uint32_t)pick(0, 63);
		p->len = (uint32_t)pick(1, 50);
		p->n1 = (uint32_t)pick(1, 10);
		p->n2 = (uint32_t)pick(1, 10);
		p->in_stride1 = (uint32_t)pick(0, 80);
		p->in_stride2 = (uint32_t)pick(0, 800);
		p->out_stride1 = (uint32_t)pick(0, 80);
		p->out_stride2 = (uint32_t)pick(0, 800);
		p->value = fill ? (uint8_t)next_random(&seed) : 0;
		for (i0 = 0; i0 < sizeof(expected); i0++)
			sram[i0] = (uint8_t)next_random(&seed);
		memcpy(expected, sram, sizeof(expected));
		for (i2 = 0; i2 < p->n2; i2++)
			for (i1 = 0; i1 < p->n1; i1++)
				for (i0 = 0; i0 < p->len; i0++)
					expected[p->out + i2 * p->out_stride2 +
						 i1 * p->out_stride1 + i0] =
						fill ? p->value :
						       sram[p->in + i2 * p->in_stride2 +
							    i1 * p->in_stride1 + i0];
		assert_int_equal(corehost_run(host, &c), EDGETPU_STATUS_OK);
		assert_memory_equal(sram, expected, sizeof(expected));
	}
}

static void test_dma(void **state)
{
	struct corehost *host = *state;
	uint8_t *sram = host->dev->sram.bytes;
	static uint8_t expected[1 << 20];
	int round;

	for (round = 0; round < 100; round++) {
		const bool load = round % 2, flip = pick(0, 1);
		struct edgetpu_command c = make_dma(load ? EDGETPU_OP_LOAD : EDGETPU_OP_STORE,
						    next_random(&seed) % 8000,
						    next_random(&seed) % 8000,
						    (uint32_t)pick(1, 300));
		struct edgetpu_cmd_dma *d = &c.u.dma;
		uint8_t *memory = corehost_region(host, load ? 1 : 2);
		uint8_t *to = load ? sram : memory;
		const uint8_t *from = load ? memory : sram;
		uint32_t i2, i1, i0, i;

		c.flags = flip ? EDGETPU_CMD_FLIP : 0;
		d->n1 = (uint32_t)pick(1, 12);
		d->n2 = (uint32_t)pick(1, 6);
		d->mem_stride1 = (uint32_t)pick(0, 9000);
		d->mem_stride2 = (uint32_t)pick(0, 90000);
		d->sram_stride1 = (uint32_t)pick(0, 400);
		d->sram_stride2 = (uint32_t)pick(0, 6000);
		for (i = 0; i < (1 << 20); i += 4) {
			uint32_t r = next_random(&seed);

			memcpy(memory + i, &r, 4);
			r ^= r << 7;
			memcpy(sram + i, &r, 4);
		}
		memcpy(expected, to, sizeof(expected));
		for (i2 = 0; i2 < d->n2; i2++) {
			for (i1 = 0; i1 < d->n1; i1++) {
				for (i0 = 0; i0 < d->len; i0++) {
					uint64_t mem = d->offset + i2 * d->mem_stride2 +
						       i1 * d->mem_stride1 + i0;
					uint64_t at = d->sram + i2 * d->sram_stride2 +
						      i1 * d->sram_stride1 + i0;

					expected[load ? at : mem] =
						from[load ? mem : at] ^ (flip ? 0x80 : 0);
				}
			}
		}
		assert_int_equal(corehost_run(host, &c), EDGETPU_STATUS_OK);
		assert_memory_equal(to, expected, sizeof(expected));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conv),
		cmocka_unit_test(test_depthwise),
		cmocka_unit_test(test_avg_pool),
		cmocka_unit_test(test_max_pool),
		cmocka_unit_test(test_avg_pool_uint8_ties),
		cmocka_unit_test(test_elementwise),
		cmocka_unit_test(test_copy_and_fill),
		cmocka_unit_test(test_dma),
	};

	return cmocka_run_group_tests_name("ops", tests, corehost_setup, corehost_teardown);
}
