// SPDX-License-Identifier: GPL-2.0-only
/*
 * Large commands are cut into steps: none of them is more than a little work, and
 * together they give what the command is to give.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "corehost.h"

#define BOUND	(1ull << 22)	/* MACs of a step, with what an output costs beside them */

static uint32_t seed = 4711;

static void scribble(struct corehost *host)
{
	uint32_t i, r;

	for (i = 0; i < CORE_SRAM; i += 4) {
		r = next_random(&seed);
		memcpy(host->dev->sram.bytes + i, &r, 4);
	}
}

static uint64_t steps_of(struct corehost *host, const struct edgetpu_command *command)
{
	struct op op;

	unit_decode(&host->dev->engines.env, edgetpu_isa_engine(command->opcode), UINT32_MAX,
		    command, &op);
	assert_int_equal(op.status, EDGETPU_STATUS_OK);
	return op.steps;
}

/* --- windows -------------------------------------------------------------------------- */

static uint64_t macs_of(const struct edgetpu_command *command)
{
	const struct edgetpu_cmd_conv *c = &command->u.conv;
	const uint64_t taps = (uint64_t)c->kernel_h * c->kernel_w;
	const uint64_t each = command->opcode == EDGETPU_OP_CONV ? taps * c->in_c : taps;

	return (each + 64) * c->out_h * c->out_w * c->out_c;
}

/* The same in one piece, beside the device */
static void in_one_piece(uint8_t *sram, const struct edgetpu_command *command)
{
	const struct edgetpu_cmd_conv *c = &command->u.conv;
	struct mnet_conv_args a = {
		.in = (const int8_t *)sram + c->in, .in_row = c->in_row, .in_pixel = c->in_pixel,
		.out = (int8_t *)sram + c->out, .out_row = c->out_row, .out_pixel = c->out_pixel,
		.weights = (const int8_t *)sram + c->weights,
		.params = (const void *)(sram + c->params),
		.in_h = c->in_h, .in_w = c->in_w, .in_c = c->in_c,
		.out_h = c->out_h, .out_w = c->out_w, .out_c = c->out_c,
		.kernel_h = c->kernel_h, .kernel_w = c->kernel_w,
		.stride_h = c->stride_h, .stride_w = c->stride_w,
		.dilation_h = c->dilation_h, .dilation_w = c->dilation_w,
		.pad_top = c->pad_top, .pad_left = c->pad_left,
		.in_zero_point = (int8_t)c->in_zero_point,
		.weight_zero_point = (int8_t)c->weight_zero_point,
		.out_zero_point = (int8_t)c->out_zero_point,
		.act_min = (int8_t)c->act_min, .act_max = (int8_t)c->act_max,
	};

	switch (command->opcode) {
	case EDGETPU_OP_CONV:
		mnet_engine_conv(&a);
		break;
	case EDGETPU_OP_DEPTHWISE:
		mnet_engine_depthwise(&a);
		break;
	case EDGETPU_OP_AVG_POOL:
		mnet_engine_avg_pool(&a);
		break;
	case EDGETPU_OP_MAX_POOL:
		mnet_engine_max_pool(&a);
		break;
	}
}

/* Scales that keep results apart */
static void write_params(uint8_t *sram, uint32_t at, unsigned int channels)
{
	struct edgetpu_channel_block *block = (void *)(sram + at);
	unsigned int c;

	for (c = 0; c < (channels + 15) / 16 * 16; c++) {
		block[c / 16].bias[c % 16] = next_random(&seed) % 5000;
		block[c / 16].multiplier[c % 16] = 0x40000000 + next_random(&seed) % 0x10000000;
		block[c / 16].shift[c % 16] = (uint32_t)-12;
	}
}

static void check(struct corehost *host, const struct edgetpu_command *command)
{
	static uint8_t want[CORE_SRAM] __attribute__((aligned(4096)));
	const uint64_t steps = steps_of(host, command);

	/* no fewer than the work asks for, and not absurdly many */
	assert_true(steps * BOUND >= macs_of(command));
	assert_true(steps <= 2 + 64 * macs_of(command) / BOUND);
	memcpy(want, host->dev->sram.bytes, CORE_SRAM);
	in_one_piece(want, command);
	assert_int_equal(corehost_run(host, command), EDGETPU_STATUS_OK);
	assert_memory_equal(host->dev->sram.bytes, want, CORE_SRAM);
}

#define WEIGHTS	0x40000u
#define PARAMS	0xf0000u
#define OUT	0xa0000u

static struct edgetpu_command window(struct corehost *host, unsigned int opcode, unsigned int h,
				     unsigned int w, unsigned int in_c, unsigned int out_c,
				     unsigned int kernel)
{
	struct edgetpu_command c = make_window(opcode, 0, OUT, h, w, in_c, out_c, kernel, 1,
					       kernel / 2);

	scribble(host);
	c.u.conv.weights = WEIGHTS;
	c.u.conv.params = PARAMS;
	c.u.conv.in_zero_point = 5;
	c.u.conv.weight_zero_point = 3;
	c.u.conv.out_zero_point = 0xf9;
	c.u.conv.act_min = 0x85;
	c.u.conv.act_max = 0x7a;
	if (out_c < 1000)
		write_params(host->dev->sram.bytes, PARAMS, out_c);
	return c;
}

static void test_windows(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command c;

	/* by rows; by pixels of a row; by channels of a pixel */
	c = window(host, EDGETPU_OP_CONV, 33, 31, 24, 40, 5);
	check(host, &c);
	c = window(host, EDGETPU_OP_CONV, 3, 61, 50, 70, 9);
	check(host, &c);
	c = window(host, EDGETPU_OP_CONV, 2, 2, 1, 33000, 1);
	c.u.conv.weights = 0x10000;
	c.u.conv.params = 0x40000;
	c.u.conv.out = 0xb0000;
	write_params(host->dev->sram.bytes, 0x40000, 33000);
	check(host, &c);
	c = window(host, EDGETPU_OP_DEPTHWISE, 40, 40, 50, 50, 13);
	check(host, &c);
	c = window(host, EDGETPU_OP_AVG_POOL, 40, 40, 50, 50, 21);
	check(host, &c);
	c = window(host, EDGETPU_OP_MAX_POOL, 40, 40, 50, 50, 21);
	c.u.conv.stride_h = 2;
	c.u.conv.out_h = 20;
	check(host, &c);
	/* one pixel that is more than a step */
	c = window(host, EDGETPU_OP_MAX_POOL, 3, 3, 2000, 2000, 41);
	c.u.conv.in_pixel = 1;
	c.u.conv.in_row = 100;
	c.u.conv.in_h = 60;
	c.u.conv.in_w = 60;
	c.u.conv.out_h = 2;
	c.u.conv.out_w = 2;
	check(host, &c);
}

/* One window over all of its input: no pixel of that may be written meanwhile. */
static void test_windows_are_not_written_while_read(void **state)
{
	enum { SIDE = 8, CHANNELS = 16, IN = 0x1000, BYTES = SIDE * SIDE * CHANNELS };
	static const struct {
		uint32_t out;
		unsigned int status;
	} cases[] = {
		{ IN - CHANNELS, EDGETPU_STATUS_OK },
		{ IN - 1, EDGETPU_STATUS_BAD_SRAM },
		{ IN, EDGETPU_STATUS_BAD_SRAM },
		{ IN + (SIDE + 1) * CHANNELS, EDGETPU_STATUS_BAD_SRAM },
		{ IN + BYTES - CHANNELS, EDGETPU_STATUS_BAD_SRAM },
		{ IN + BYTES - 1, EDGETPU_STATUS_BAD_SRAM },
		{ IN + BYTES, EDGETPU_STATUS_OK },
	};
	struct corehost *host = *state;
	struct edgetpu_command c = make_window(EDGETPU_OP_MAX_POOL, IN, OUT, SIDE, SIDE, CHANNELS,
					       CHANNELS, SIDE, 1, 0);
	unsigned int i;

	c.u.conv.out_h = 1;
	c.u.conv.out_w = 1;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		c.u.conv.out = cases[i].out;
		assert_int_equal(corehost_run(host, &c), cases[i].status);
		corehost_set(host, CORE_ENGINE_RESET, 1);
	}
}

/* --- lines ---------------------------------------------------------------------------------- */

/* Around pieces, steps and lines of a byte */
static const struct {
	uint32_t len, n1, n2;
} shapes[] = {
	{ 200003, 1, 1 }, { 70001, 3, 1 }, { 70001, 1, 2 }, { 65536, 2, 2 }, { 1, 20000, 1 },
	{ 3, 9000, 3 }, { 31, 8192, 1 }, { 32, 8193, 1 }, { 33, 4000, 2 }, { 65537, 1, 3 },
};

#define SHAPES	(sizeof(shapes) / sizeof(shapes[0]))

static void test_copy_and_fill(void **state)
{
	static uint8_t want[CORE_SRAM];
	struct corehost *host = *state;
	uint8_t *sram = host->dev->sram.bytes;
	unsigned int i, fill;
	uint32_t i1, i2, pitch;

	for (i = 0; i < SHAPES; i++) {
		for (fill = 0; fill < 2; fill++) {
			struct edgetpu_command c = fill ? make_fill(0x80005, shapes[i].len, 0x5b) :
							  make_copy(3, 0x80005, shapes[i].len);

			pitch = shapes[i].len + 2;
			c.u.copy.n1 = shapes[i].n1;
			c.u.copy.n2 = shapes[i].n2;
			c.u.copy.out_stride1 = pitch;
			c.u.copy.out_stride2 = pitch * shapes[i].n1 + 1;
			if (!fill) {
				c.u.copy.in_stride1 = pitch - 1;
				c.u.copy.in_stride2 = pitch * shapes[i].n1 - 1;
			}
			scribble(host);
			memcpy(want, sram, CORE_SRAM);
			for (i2 = 0; i2 < shapes[i].n2; i2++) {
				for (i1 = 0; i1 < shapes[i].n1; i1++) {
					uint8_t *to = want + 0x80005 + i2 * c.u.copy.out_stride2 +
						      i1 * c.u.copy.out_stride1;

					if (fill)
						memset(to, 0x5b, shapes[i].len);
					else
						memcpy(to, want + 3 + i2 * c.u.copy.in_stride2 +
						       i1 * c.u.copy.in_stride1, shapes[i].len);
				}
			}
			assert_int_equal(corehost_run(host, &c), EDGETPU_STATUS_OK);
			assert_memory_equal(sram, want, CORE_SRAM);
		}
	}
}

static void test_dma(void **state)
{
	static uint8_t want[1 << 20];
	struct corehost *host = *state;
	uint8_t *sram = host->dev->sram.bytes;
	unsigned int i, load;
	uint32_t i0, i1, i2;

	for (i = 0; i < SHAPES; i++) {
		for (load = 0; load < 2; load++) {
			struct edgetpu_command c = make_dma(load ? EDGETPU_OP_LOAD :
							    EDGETPU_OP_STORE, 11, 5, shapes[i].len);
			uint8_t *memory = corehost_region(host, load ? 1 : 2);
			uint8_t *to = load ? sram : memory, *from = load ? memory : sram;

			c.flags = i % 2 ? EDGETPU_CMD_FLIP : 0;
			c.u.dma.n1 = shapes[i].n1;
			c.u.dma.n2 = shapes[i].n2;
			c.u.dma.mem_stride1 = shapes[i].len + 3;
			c.u.dma.mem_stride2 = (shapes[i].len + 3) * shapes[i].n1 + 5;
			c.u.dma.sram_stride1 = shapes[i].len;
			c.u.dma.sram_stride2 = shapes[i].len * shapes[i].n1 + 1;
			scribble(host);
			for (i0 = 0; i0 < sizeof(want); i0++)
				memory[i0] = (uint8_t)next_random(&seed);
			memcpy(want, to, sizeof(want));
			for (i2 = 0; i2 < shapes[i].n2; i2++)
				for (i1 = 0; i1 < shapes[i].n1; i1++)
					for (i0 = 0; i0 < shapes[i].len; i0++) {
						const uint32_t m = 11 + i2 * c.u.dma.mem_stride2 +
								   i1 * c.u.dma.mem_stride1 + i0;
						const uint32_t s = 5 + i2 * c.u.dma.sram_stride2 +
								   i1 * c.u.dma.sram_stride1 + i0;

						want[load ? s : m] = from[load ? m : s] ^
								     (c.flags ? 0x80 : 0);
					}
			assert_int_equal(corehost_run(host, &c), EDGETPU_STATUS_OK);
			assert_memory_equal(to, want, sizeof(want));
		}
	}
}

static void test_elementwise(void **state)
{
	static uint8_t want[CORE_SRAM] __attribute__((aligned(4096)));
	struct corehost *host = *state;
	unsigned int i, add;

	for (i = 0; i < SHAPES; i++) {
		const uint32_t n = shapes[i].n1 * shapes[i].n2;

		for (add = 0; add < 2; add++) {
			struct edgetpu_command c = { .opcode = add ? EDGETPU_OP_ADD :
								     EDGETPU_OP_RESCALE };
			struct edgetpu_cmd_elementwise *e = &c.u.elementwise;
			struct mnet_elementwise_args a;

			*e = (struct edgetpu_cmd_elementwise){
				.in = { 1, 0x55555 }, .in_stride = { shapes[i].len + 1, 1 },
				.out = 0xaaaab, .out_stride = shapes[i].len, .len = shapes[i].len,
				.n = n, .multiplier = { 0x50000000, 0x60000000 },
				.shift = { 0, 0xff }, .out_multiplier = 0x40000000,
				.out_shift = 0xf4, .left_shift = 12, .act_min = 0x81,
				.act_max = 0x7e, .out_zero_point = 3,
				.in_zero_point = { 7, 0xf0 },
			};
			if ((uint64_t)shapes[i].len * n > 0x50000)
				continue;
			scribble(host);
			memcpy(want, host->dev->sram.bytes, CORE_SRAM);
			a = (struct mnet_elementwise_args){
				.in = { (int8_t *)want + 1, (int8_t *)want + 0x55555 },
				.in_stride = { shapes[i].len + 1, 1 },
				.out = (int8_t *)want + 0xaaaab, .out_stride = shapes[i].len,
				.len = shapes[i].len, .n = n,
				.multiplier = { 0x50000000, 0x60000000 }, .shift = { 0, -1 },
				.out_multiplier = 0x40000000, .out_shift = -12, .left_shift = 12,
				.act_min = -127, .act_max = 126, .out_zero_point = 3,
				.in_zero_point = { 7, -16 },
			};
			if (add)
				mnet_engine_add(&a);
			else
				mnet_engine_rescale(&a);
			assert_int_equal(corehost_run(host, &c), EDGETPU_STATUS_OK);
			assert_memory_equal(host->dev->sram.bytes, want, CORE_SRAM);
		}
	}
}

/* A step of lines is 256 KiB, or 8192 of them, whatever is less. */
static void test_steps_of_lines(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command c = make_fill(0, 1 << 20, 1);

	assert_int_equal(steps_of(host, &c), 4);
	c = make_fill(0, (1 << 18) + 1, 1);
	assert_int_equal(steps_of(host, &c), 2);
	c = make_fill(0, 1, 1);
	assert_int_equal(steps_of(host, &c), 1);
	c.u.copy.n1 = 8192;
	assert_int_equal(steps_of(host, &c), 1);
	c.u.copy.n2 = 2;
	assert_int_equal(steps_of(host, &c), 2);
	c.u.copy.n1 = 8193;
	c.u.copy.n2 = 1;
	assert_int_equal(steps_of(host, &c), 2);
	c.u.copy.len = 64;
	c.u.copy.n1 = 4096;
	assert_int_equal(steps_of(host, &c), 1);
	c.u.copy.n1 = 4097;
	assert_int_equal(steps_of(host, &c), 2);
	/* 100 bytes: 2621 lines; 65537 bytes are two pieces */
	c.u.copy.len = 100;
	c.u.copy.n1 = 2621;
	assert_int_equal(steps_of(host, &c), 1);
	c.u.copy.n1 = 2622;
	assert_int_equal(steps_of(host, &c), 2);
	c.u.copy.len = 65537;
	c.u.copy.n1 = 2;
	assert_int_equal(steps_of(host, &c), 1);
	c.u.copy.n1 = 3;
	assert_int_equal(steps_of(host, &c), 2);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, corehost_setup, corehost_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_windows),
		TEST(test_windows_are_not_written_while_read),
		TEST(test_copy_and_fill),
		TEST(test_dma),
		TEST(test_elementwise),
		TEST(test_steps_of_lines),
	};

	return cmocka_run_group_tests_name("units", tests, NULL, NULL);
}
