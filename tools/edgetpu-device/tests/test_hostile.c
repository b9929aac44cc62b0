// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands no compiler makes. Each refusal of a field by name, then random
 * bytes: built with AddressSanitizer a single access out of bounds ends this.
 *
 * test_hostile [ROUNDS [SEED]]
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "corehost.h"

#define OK	EDGETPU_STATUS_OK
#define COMMAND	EDGETPU_STATUS_BAD_COMMAND
#define SRAM	EDGETPU_STATUS_BAD_SRAM

static unsigned int rounds = 150000;
static uint32_t seed = 20240229;

static struct edgetpu_command good_conv(void)
{
	struct edgetpu_command c = make_window(EDGETPU_OP_CONV, 0, 0x8000, 8, 8, 8, 16, 3, 1, 1);

	c.u.conv.weights = 0x10000;
	c.u.conv.params = 0x20000;
	return c;
}

/* One field of a good command changed, and what must come of it */
#define EXPECT(make, status, ...) do { \
	struct edgetpu_command c = make; \
	__VA_ARGS__; \
	assert_int_equal(corehost_run(host, &c), status); \
} while (0)

static void test_conv_fields(void **state)
{
	struct corehost *host = *state;

	EXPECT(good_conv(), OK, (void)0);
	EXPECT(good_conv(), COMMAND, c.pad0 = 1);
	EXPECT(good_conv(), COMMAND, c.pad1[1] = 1);
	EXPECT(good_conv(), COMMAND, c.flags = EDGETPU_CMD_FLIP);
	EXPECT(good_conv(), COMMAND, c.flags = 0x8000);
	EXPECT(good_conv(), COMMAND, c.u.conv.pad[35] = 1);
	EXPECT(good_conv(), COMMAND, c.u.conv.mapping = 1);
	EXPECT(good_conv(), COMMAND, c.u.conv.in_h = 0);
	EXPECT(good_conv(), COMMAND, c.u.conv.in_w = 0);
	EXPECT(good_conv(), COMMAND, c.u.conv.in_c = 0);
	EXPECT(good_conv(), COMMAND, c.u.conv.out_h = 0);
	EXPECT(good_conv(), COMMAND, c.u.conv.out_w = 0);
	EXPECT(good_conv(), COMMAND, c.u.conv.out_c = 0);
	EXPECT(good_conv(), COMMAND, c.u.conv.kernel_h = 0);
	EXPECT(good_conv(), COMMAND, c.u.conv.kernel_w = 0);
	EXPECT(good_conv(), COMMAND, c.u.conv.stride_h = 0);
	EXPECT(good_conv(), COMMAND, c.u.conv.stride_w = 0);
	EXPECT(good_conv(), COMMAND, c.u.conv.dilation_h = 0);
	EXPECT(good_conv(), COMMAND, c.u.conv.dilation_w = 0);
	EXPECT(good_conv(), COMMAND, c.u.conv.act_min = 1; c.u.conv.act_max = 0);
	EXPECT(good_conv(), SRAM, c.u.conv.weights = 32);
	EXPECT(good_conv(), SRAM, c.u.conv.params = 0x20004);
	EXPECT(good_conv(), SRAM, c.u.conv.weights = CORE_SRAM);
	/* 72 steps of 16 channels are 1152 bytes; 192 of parameters */
	EXPECT(good_conv(), SRAM, c.u.conv.weights = CORE_SRAM - 1088);
	EXPECT(good_conv(), OK, c.u.conv.weights = CORE_SRAM - 1152);
	EXPECT(good_conv(), SRAM, c.u.conv.params = CORE_SRAM - 128);
	EXPECT(good_conv(), OK, c.u.conv.params = CORE_SRAM - 192);
	EXPECT(good_conv(), SRAM, c.u.conv.in = CORE_SRAM - 511);
	EXPECT(good_conv(), OK, c.u.conv.in = CORE_SRAM - 512);
	EXPECT(good_conv(), SRAM, c.u.conv.out = CORE_SRAM - 1023);
	EXPECT(good_conv(), SRAM, c.u.conv.in_row = 0xffffffff);
	EXPECT(good_conv(), SRAM, c.u.conv.out_row = 0xffffffff);
	/* 9 steps are filled up to 12, a channel beyond 16 is a block more */
	EXPECT(good_conv(), OK, c.u.conv.in_c = 1; c.u.conv.weights = CORE_SRAM - 192);
	EXPECT(good_conv(), SRAM, c.u.conv.in_c = 1; c.u.conv.weights = CORE_SRAM - 128);
	EXPECT(good_conv(), OK, c.u.conv.out_c = 17; c.u.conv.out_pixel = 17;
	       c.u.conv.out_row = 136; c.u.conv.params = CORE_SRAM - 384);
	EXPECT(good_conv(), SRAM, c.u.conv.out_c = 17; c.u.conv.out_pixel = 17;
	       c.u.conv.out_row = 136; c.u.conv.params = CORE_SRAM - 320);
	EXPECT(good_conv(), OK, c.u.conv.out_c = 17; c.u.conv.out_pixel = 17;
	       c.u.conv.out_row = 136; c.u.conv.weights = CORE_SRAM - 2304);
	EXPECT(good_conv(), SRAM, c.u.conv.out_c = 17; c.u.conv.out_pixel = 17;
	       c.u.conv.out_row = 136; c.u.conv.weights = CORE_SRAM - 2240);
	/* 9 taps of 16 channels */
	EXPECT(good_conv(), OK, c.opcode = EDGETPU_OP_DEPTHWISE; c.u.conv.weights = CORE_SRAM - 192);
	EXPECT(good_conv(), SRAM, c.opcode = EDGETPU_OP_DEPTHWISE;
	       c.u.conv.weights = CORE_SRAM - 128);
	/* outputs on top of each other, of the input, of the weights */
	EXPECT(good_conv(), SRAM, c.u.conv.out_pixel = 15);
	EXPECT(good_conv(), SRAM, c.u.conv.out_row = 127);
	EXPECT(good_conv(), SRAM, c.u.conv.out = 511);
	EXPECT(good_conv(), OK, c.u.conv.out = 512);
	EXPECT(good_conv(), SRAM, c.u.conv.out = 0x10000 + 1151);
	EXPECT(good_conv(), SRAM, c.u.conv.params = 0x8000);
	/* windows just outside, and far: all padding, which is fine */
	EXPECT(good_conv(), OK, c.u.conv.pad_top = 10);
	EXPECT(good_conv(), OK, c.u.conv.pad_left = 10);
	EXPECT(good_conv(), OK, c.u.conv.pad_top = 0xffff; c.u.conv.pad_left = 0xffff);
	EXPECT(good_conv(), OK, c.u.conv.stride_h = 255; c.u.conv.dilation_w = 255);
	EXPECT(good_conv(), OK, c.opcode = EDGETPU_OP_DEPTHWISE);
	EXPECT(good_conv(), COMMAND, c.opcode = EDGETPU_OP_DEPTHWISE; c.u.conv.in_c = 5);
}

/* What a window touches of its input, to the byte: the rest may be written. */
static void test_window_extent(void **state)
{
	struct corehost *host = *state;
	/* 9 x 9 x 4: 2 x 3 outputs of 3 x 3 taps, two apart, touch 5 rows of 7 columns */
	struct edgetpu_command small = make_window(EDGETPU_OP_MAX_POOL, 0, 0, 9, 9, 4, 4, 3, 2, 0);

	small.u.conv.out_h = 2;
	small.u.conv.out_w = 3;
	small.u.conv.out_row = 1000;
	EXPECT(small, SRAM, c.u.conv.out = 4 * 36 + 27);
	EXPECT(small, OK, c.u.conv.out = 4 * 36 + 28);
	EXPECT(small, SRAM, c.u.conv.out = 5 * 36 - 9);
	EXPECT(small, OK, c.u.conv.out = 5 * 36 - 8);
	EXPECT(small, OK, c.u.conv.out = 5 * 36);
	/* between the columns they touch and the next row: 8 bytes, for one output of a row */
	EXPECT(small, OK, c.u.conv.out = 28; c.u.conv.out_w = 1; c.u.conv.out_row = 36;
	       c.u.conv.out_pixel = 4);
	EXPECT(small, SRAM, c.u.conv.out = 8; c.u.conv.out_w = 1; c.u.conv.out_row = 36);
	EXPECT(small, OK, c.u.conv.out = 12; c.u.conv.out_w = 1; c.u.conv.out_row = 36);
	/* dilated taps: rows 0 to 4 for the first, up to 6 for the second */
	small.opcode = EDGETPU_OP_DEPTHWISE;
	small.u.conv.weights = 0x10000;
	small.u.conv.params = 0x20000;
	small.u.conv.dilation_h = 2;
	EXPECT(small, SRAM, c.u.conv.out = 6 * 36 + 27);
	EXPECT(small, OK, c.u.conv.out = 6 * 36 + 28);
	/* padding on top is no input: the last row touched is one less */
	EXPECT(small, SRAM, c.u.conv.out = 5 * 36 + 27; c.u.conv.pad_top = 1);
	EXPECT(small, OK, c.u.conv.out = 5 * 36 + 28; c.u.conv.pad_top = 1);
	/* more than there is ends with what there is */
	EXPECT(small, OK, c.u.conv.out = 9 * 36; c.u.conv.stride_h = 9);
	EXPECT(small, SRAM, c.u.conv.out = 9 * 36 - 9; c.u.conv.stride_h = 9);
}

static void test_params(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_channel_block *block =
		(struct edgetpu_channel_block *)(host->dev->sram.bytes + 0x20000);

	block->multiplier[3] = 0x3fffffff;
	EXPECT(good_conv(), COMMAND, (void)0);
	EXPECT(good_conv(), OK, c.u.conv.out_c = 3);	/* beyond the channels: unused */
	block->multiplier[3] = 0x80000000;
	EXPECT(good_conv(), COMMAND, (void)0);
	block->multiplier[3] = 0x40000000;
	EXPECT(good_conv(), OK, (void)0);
	block->shift[15] = 31;
	EXPECT(good_conv(), COMMAND, (void)0);
	block->shift[15] = (uint32_t)-32;
	EXPECT(good_conv(), COMMAND, (void)0);
	block->shift[15] = (uint32_t)-31;
	EXPECT(good_conv(), OK, (void)0);
}

static void test_too_much_work(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command c = make_window(EDGETPU_OP_DEPTHWISE, 0, 0x80000, 1, 1, 1, 1, 1, 1, 0);

	/* 65025 taps for each of 512 * 1024 outputs are below the limit; CONV has channels too */
	c.u.conv.kernel_h = 255;
	c.u.conv.kernel_w = 255;
	c.u.conv.weights = 0;
	c.u.conv.out_h = 512;
	c.u.conv.out_w = 1023;
	c.u.conv.out_row = 1023;
	assert_int_equal(corehost_run(host, &c), SRAM);	/* 65025 * 16 bytes of weights */
	c = make_window(EDGETPU_OP_AVG_POOL, 0, 0x80000, 1, 1, 1, 1, 1, 1, 0);
	c.u.conv.in_h = 512;
	c.u.conv.in_w = 1024;
	c.u.conv.in_row = 1024;
	c.u.conv.kernel_h = 255;
	c.u.conv.kernel_w = 255;
	c.u.conv.pad_top = 200;
	c.u.conv.pad_left = 200;
	c.u.conv.out_h = 512;
	c.u.conv.out_w = 1000;
	c.u.conv.out_row = 1024;
	assert_int_equal(corehost_run(host, &c), COMMAND);
}

static void test_pool_fields(void **state)
{
	struct corehost *host = *state;
#define POOL make_window(EDGETPU_OP_MAX_POOL, 0, 0x8000, 8, 8, 8, 8, 3, 1, 1)

	EXPECT(POOL, OK, (void)0);
	EXPECT(POOL, OK, c.u.conv.pad_top = 2; c.u.conv.pad_left = 2);
	EXPECT(POOL, OK, c.u.conv.act_min = 3; c.u.conv.act_max = 3);
	EXPECT(POOL, COMMAND, c.u.conv.act_min = 4; c.u.conv.act_max = 3);
	EXPECT(POOL, COMMAND, c.u.conv.dilation_w = 2);
	/* the last window touches one row, or one column, or none */
	EXPECT(POOL, OK, c.u.conv.out_h = 9; c.u.conv.out_row = 100);
	EXPECT(POOL, COMMAND, c.u.conv.out_h = 10; c.u.conv.out_row = 100);
	EXPECT(POOL, OK, c.u.conv.out_w = 9; c.u.conv.out_row = 100);
	EXPECT(POOL, COMMAND, c.u.conv.out_w = 10; c.u.conv.out_row = 100);
	EXPECT(POOL, COMMAND, c.u.conv.out_c = 7);
	EXPECT(POOL, COMMAND, c.u.conv.dilation_h = 2);
	EXPECT(POOL, COMMAND, c.u.conv.pad_top = 3);
	EXPECT(POOL, COMMAND, c.u.conv.pad_left = 3);
	EXPECT(POOL, COMMAND, c.u.conv.out_h = 10; c.u.conv.pad_top = 0);
	EXPECT(POOL, COMMAND, c.u.conv.stride_w = 2);
}

static void test_elementwise_fields(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command add = { .opcode = EDGETPU_OP_ADD };

	add.u.elementwise = (struct edgetpu_cmd_elementwise){
		.in = { 0, 0x1000 }, .in_stride = { 64, 64 }, .out = 0x2000, .out_stride = 64,
		.len = 64, .n = 4, .act_min = 0x80, .act_max = 0x7f, .left_shift = 20,
	};
	EXPECT(add, OK, (void)0);
	EXPECT(add, COMMAND, c.flags = EDGETPU_CMD_FLIP);
	EXPECT(add, COMMAND, c.u.elementwise.len = 0);
	EXPECT(add, COMMAND, c.u.elementwise.n = 0);
	EXPECT(add, COMMAND, c.u.elementwise.left_shift = 21);
	EXPECT(add, COMMAND, c.u.elementwise.multiplier[1] = 1);
	EXPECT(add, COMMAND, c.u.elementwise.out_multiplier = 0xc0000000);
	EXPECT(add, COMMAND, c.u.elementwise.shift[0] = 31);
	EXPECT(add, COMMAND, c.u.elementwise.out_shift = (uint8_t)-32);
	EXPECT(add, COMMAND, c.u.elementwise.pad[42] = 1);
	EXPECT(add, COMMAND, c.u.elementwise.act_max = 0x80; c.u.elementwise.act_min = 0);
	EXPECT(add, SRAM, c.u.elementwise.out_stride = 63);
	EXPECT(add, SRAM, c.u.elementwise.n = 0xffffffff);
	EXPECT(add, SRAM, c.u.elementwise.len = 0xffffffff);
	EXPECT(add, SRAM, c.u.elementwise.in[1] = 0xffffffff);
	/* in place, and nearly so */
	EXPECT(add, OK, c.u.elementwise.out = 0x1000);
	EXPECT(add, SRAM, c.u.elementwise.out = 0x1001);
	EXPECT(add, SRAM, c.u.elementwise.out = 0x1000; c.u.elementwise.in_stride[1] = 0);
	EXPECT(add, OK, c.u.elementwise.in_stride[0] = 0);
}

static void test_copy_and_dma_fields(void **state)
{
	struct corehost *host = *state;

	EXPECT(make_copy(0, 64, 64), OK, (void)0);
	EXPECT(make_copy(0, 63, 64), SRAM, (void)0);
	EXPECT(make_copy(0, 64, 0), COMMAND, (void)0);
	EXPECT(make_copy(0, 64, 64), COMMAND, c.u.copy.n2 = 0);
	EXPECT(make_copy(0, 64, 64), COMMAND, c.u.copy.n1 = 0);
	EXPECT(make_copy(0, 64, 64), COMMAND, c.flags = EDGETPU_CMD_FLIP);
	EXPECT(make_copy(0, 64, 64), COMMAND, c.u.copy.pad[0] = 1);
	EXPECT(make_fill(0, 64, 1), COMMAND, c.flags = EDGETPU_CMD_FLIP);
	EXPECT(make_fill(0, 64, 1), COMMAND, c.u.bytes[95] = 1);
	EXPECT(make_copy(0, 64, 64), COMMAND, c.u.copy.value = 1);
	EXPECT(make_copy(0, 64, 64), COMMAND, c.u.bytes[95] = 1);
	/* no more bytes than SRAM has, even to the same place */
	EXPECT(make_copy(0, 64, 64), SRAM, c.u.copy.n1 = 0xffffffff; c.u.copy.n2 = 0xffffffff);
	EXPECT(make_fill(0, 64, 1), SRAM, c.u.copy.n1 = 0x10000000);
	EXPECT(make_fill(CORE_SRAM - 1, 1, 1), OK, (void)0);
	EXPECT(make_fill(CORE_SRAM - 1, 2, 1), SRAM, (void)0);
	EXPECT(make_dma(EDGETPU_OP_LOAD, 0, 0, 0), COMMAND, (void)0);
	EXPECT(make_dma(EDGETPU_OP_LOAD, 0, 0, 64), COMMAND, c.u.dma.n1 = 0);
	EXPECT(make_dma(EDGETPU_OP_LOAD, 0, 0, 64), COMMAND, c.u.dma.pad = 1);
	EXPECT(make_dma(EDGETPU_OP_LOAD, 0, 0, 64), COMMAND, c.u.bytes[95] = 1);
	EXPECT(make_dma(EDGETPU_OP_LOAD, 0, 0, 64), COMMAND, c.flags = 2);
	EXPECT(make_dma(EDGETPU_OP_LOAD, 0, CORE_SRAM - 63, 64), SRAM, (void)0);
	EXPECT(make_dma(EDGETPU_OP_STORE, 0, 0, 64), SRAM, c.u.dma.n1 = 0xffffffff;
	       c.u.dma.n2 = 0xffffffff);
}

static void test_opcodes(void **state)
{
	struct corehost *host = *state;
	unsigned int opcode, known = 0;

	for (opcode = 0; opcode < 256; opcode++) {
		struct edgetpu_command c = { .opcode = (uint8_t)opcode };

		/* all zero operands are no command either */
		assert_int_equal(corehost_run(host, &c), COMMAND);
		known += edgetpu_isa_engine(opcode) < EDGETPU_NUM_ENGINES;
	}
	assert_int_equal(known, 10);
}

/* --- random bytes -------------------------------------------------------------------- */

static const uint8_t opcodes[] = {
	EDGETPU_OP_LOAD, EDGETPU_OP_STORE, EDGETPU_OP_CONV, EDGETPU_OP_DEPTHWISE, EDGETPU_OP_ADD,
	EDGETPU_OP_AVG_POOL, EDGETPU_OP_MAX_POOL, EDGETPU_OP_RESCALE, EDGETPU_OP_COPY,
	EDGETPU_OP_FILL,
};

static uint32_t interesting(uint32_t limit)
{
	static const uint32_t values[] = {
		0, 1, 2, 63, 64, CORE_SRAM - 64, CORE_SRAM - 1, CORE_SRAM, CORE_SRAM + 1,
		0x7fffffff, 0x80000000, 0xffffffff,
	};

	if (next_random(&seed) % 8 == 0)
		return values[next_random(&seed) % (sizeof(values) / sizeof(values[0]))];
	return next_random(&seed) % limit;
}

/* Plausible fields, so that many commands get past the first checks */
static void random_fields(struct edgetpu_command *c)
{
	unsigned int i;

	switch (edgetpu_isa_engine(c->opcode)) {
	case EDGETPU_ENGINE_LOAD:
	case EDGETPU_ENGINE_STORE:
		c->flags = next_random(&seed) % 2;
		c->u.dma.region = next_random(&seed) % 4;
		c->u.dma.offset = interesting(1 << 20);
		c->u.dma.sram = interesting(CORE_SRAM);
		c->u.dma.len = interesting(2000);
		c->u.dma.n1 = interesting(40);
		c->u.dma.n2 = interesting(8);
		c->u.dma.mem_stride1 = interesting(5000);
		c->u.dma.mem_stride2 = interesting(50000);
		c->u.dma.sram_stride1 = interesting(5000);
		c->u.dma.sram_stride2 = interesting(50000);
		return;
	}
	if (c->opcode == EDGETPU_OP_COPY || c->opcode == EDGETPU_OP_FILL) {
		uint32_t *word = (uint32_t *)&c->u;

		for (i = 0; i < 9; i++)
			word[i] = interesting(i < 2 ? CORE_SRAM : i == 2 ? 1000 : i < 5 ? 30 : 3000);
		return;
	}
	if (c->opcode == EDGETPU_OP_ADD || c->opcode == EDGETPU_OP_RESCALE) {
		struct edgetpu_cmd_elementwise *e = &c->u.elementwise;
		uint32_t *word = (uint32_t *)e;

		for (i = 0; i < 8; i++)
			word[i] = interesting(i == 6 ? 1000 : i == 7 ? 30 : 100000);
		for (i = 0; i < 2; i++)
			e->multiplier[i] = 0x40000000 + interesting(0x40000000);
		e->out_multiplier = 0x40000000;
		e->left_shift = next_random(&seed) % 22;
		e->act_min = 0x80;
		e->act_max = (uint8_t)next_random(&seed);
		return;
	}
	{
		struct edgetpu_cmd_conv *v = &c->u.conv;

		*v = make_window(c->opcode, 0, 0, 1 + next_random(&seed) % 20,
				 1 + next_random(&seed) % 20, 1 + next_random(&seed) % 70,
				 1 + next_random(&seed) % 70, 1, 1, 0).u.conv;
		v->in = interesting(CORE_SRAM);
		v->out = interesting(CORE_SRAM);
		v->weights = interesting(CORE_SRAM) & ~63u;
		v->params = interesting(CORE_SRAM) & ~63u;
		v->kernel_h = (uint8_t)(1 + next_random(&seed) % 5);
		v->kernel_w = (uint8_t)(1 + next_random(&seed) % 5);
		v->stride_h = (uint8_t)(1 + next_random(&seed) % 3);
		v->stride_w = (uint8_t)(1 + next_random(&seed) % 3);
		v->dilation_h = (uint8_t)(1 + next_random(&seed) % 2);
		v->dilation_w = (uint8_t)(1 + next_random(&seed) % 2);
		v->pad_top = (uint16_t)(next_random(&seed) % 6);
		v->pad_left = (uint16_t)(next_random(&seed) % 6);
		v->in_pixel += next_random(&seed) % 3;
		v->in_row += v->in_w * 2 + next_random(&seed) % 9;
		v->out_pixel += next_random(&seed) % 3;
		v->out_row += v->out_w * 2 + next_random(&seed) % 9;
		if (next_random(&seed) % 2)
			v->in_c = v->out_c;
	}
}

/* Most of these would take the model minutes, not wrong but of no interest here */
static bool too_slow(const struct edgetpu_command *c)
{
	const struct edgetpu_cmd_conv *v = &c->u.conv;
	uint64_t macs = (uint64_t)v->out_h * v->out_w * v->out_c;

	if (c->opcode != EDGETPU_OP_CONV && c->opcode != EDGETPU_OP_DEPTHWISE &&
	    c->opcode != EDGETPU_OP_AVG_POOL && c->opcode != EDGETPU_OP_MAX_POOL)
		return false;
	macs *= (uint64_t)v->kernel_h * v->kernel_w;
	return macs > 1000000 || macs * (c->opcode == EDGETPU_OP_CONV ? v->in_c : 1) > 1000000;
}

static void test_random(void **state)
{
	struct corehost *host = *state;
	unsigned int seen[EDGETPU_STATUS_TOO_LONG + 1] = { 0 }, round, i;
	const uint64_t root = host->dev->mmu.contexts[0].table;
	uint64_t last = 0;

	/* holes in both regions: pages that are not mapped, and pages that are not there */
	for (i = 0; i < 512; i += 16) {
		*corehost_map(host, root, CORE_VA + i * 4096ull, 0, 0) = 0;
		*corehost_map(host, root, CORE_VA + (i + 8) * 4096ull, 0, 0) =
			1ull << 40 | EDGETPU_PTE_VALID | EDGETPU_PTE_READ | EDGETPU_PTE_WRITE;
	}
	for (round = 0; round < rounds; round++) {
		struct edgetpu_command c;
		uint8_t *bytes = (uint8_t *)&c;
		unsigned int status;

		memset(&c, 0, sizeof(c));
		c.opcode = opcodes[next_random(&seed) % sizeof(opcodes)];
		random_fields(&c);
		/* parameters are what other commands left there: valid ones now and then */
		if (round % 4 == 0)
			memset(host->dev->sram.bytes, 0, CORE_SRAM);
		for (i = next_random(&seed) % 4; i && round % 2; i--)
			bytes[next_random(&seed) % sizeof(c)] ^= 1u << next_random(&seed) % 8;
		if (round % 16 == 15)
			for (i = 32; i < sizeof(c); i++)
				bytes[i] = (uint8_t)next_random(&seed);
		memset(c.wait, 0, sizeof(c.wait));
		if (too_slow(&c))
			continue;
		status = corehost_run(host, &c);
		assert_in_range(status, 0, EDGETPU_STATUS_TOO_LONG);
		seen[status]++;
		assert_true(host->dev->processor.rv32.cycle > last);
		/* queue, and what the command may take at most */
		if (status == OK)
			assert_true(host->dev->processor.rv32.cycle - last <=
				    HWMODEL_QUEUE_CYCLES + hwmodel_bound(&host->dev->model, &c));
		assert_true(host->dev->processor.rv32.cycle - last <=
			    HWMODEL_QUEUE_CYCLES + EDGETPU_MAX_COMMAND_CYCLES);
		last = host->dev->processor.rv32.cycle;
		assert_true(corehost_get(host, CORE_SRAM_HIGH_WATER) <= CORE_SRAM);
		host->index = round % 1000;
	}
	print_message("# ok %u, bad command %u, bad region %u, bad SRAM %u, MMU %u, bus %u\n",
		      seen[0], seen[3], seen[4], seen[5], seen[6], seen[7]);
	/* the random commands are no use unless many run and each kind is refused */
	if (rounds >= 100000) {
		assert_true(seen[OK] > rounds / 20);
		assert_true(seen[COMMAND] > rounds / 100);
		assert_true(seen[SRAM] > rounds / 100);
		assert_true(seen[EDGETPU_STATUS_BAD_REGION] > rounds / 100);
		assert_true(seen[EDGETPU_STATUS_MMU_FAULT] > rounds / 1000);
		assert_true(seen[EDGETPU_STATUS_BUS_ERROR] > rounds / 1000);
	}
}

int main(int argc, char **argv)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, corehost_setup, corehost_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_conv_fields),
		TEST(test_window_extent),
		TEST(test_params),
		TEST(test_too_much_work),
		TEST(test_pool_fields),
		TEST(test_elementwise_fields),
		TEST(test_copy_and_dma_fields),
		TEST(test_opcodes),
		TEST(test_random),
	};

	if (argc > 1)
		rounds = (unsigned int)strtoul(argv[1], NULL, 0);
	if (argc > 2)
		seed = (uint32_t)strtoul(argv[2], NULL, 0);
	return cmocka_run_group_tests_name("hostile", tests, NULL, NULL);
}
