// SPDX-License-Identifier: GPL-2.0-only
/*
 * The cost model against numbers worked out by hand from Documentation/hardware.rst.
 * Sums are left as sums, so that each term can be found there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "corehost.h"

static struct hwmodel_cost cost_of(const struct hwmodel_config *config,
				   const struct edgetpu_command *command)
{
	struct hwmodel_cost cost;

	hwmodel_command(config, command, &cost);
	return cost;
}

static uint64_t cycles(const struct edgetpu_command *command)
{
	return cost_of(&hwmodel_config_soc, command).cycles;
}

#define ISSUE	16
#define ARRAY	(ISSUE + 64 + 128 + 8)	/* first weights, fill and drain, output pipeline */
#define VECTOR	(ISSUE + 8)

/* --- array --------------------------------------------------------------------- */

static void test_conv_one_tile(void **state)
{
	struct edgetpu_command c = make_window(EDGETPU_OP_CONV, 0, 0x10000, 14, 14, 64, 64, 1, 1, 0);
	struct hwmodel_cost cost = cost_of(&hwmodel_config_soc, &c);

	(void)state;
	assert_int_equal(cost.cycles, ARRAY + 196);
	assert_int_equal(cost.macs, 196 * 64 * 64);
	assert_int_equal(cost.requants, 196 * 64);
	assert_int_equal(cost.dram_bytes, 0);
	/* input and output a line a pixel, 64 of weights, 4 blocks of parameters of 3 lines */
	assert_int_equal(cost.sram_lines, 196 + 196 + 64 + 12);
}

static void test_conv_bound_by_weights(void **state)
{
	/* 49 pixels stream in less than the 64 cycles the next weights take */
	struct edgetpu_command c = make_window(EDGETPU_OP_CONV, 0, 0x10000, 7, 7, 64, 128, 1, 1, 0);

	(void)state;
	assert_int_equal(cycles(&c), ARRAY + 2 * 64);
	/* fully connected, 1280 to 1001: 20 by 16 tiles, one pixel */
	c = make_window(EDGETPU_OP_CONV, 0, 0x10000, 1, 1, 1280, 1001, 1, 1, 0);
	assert_int_equal(cycles(&c), ARRAY + 20 * 16 * 64);
}

static void test_conv_packs_taps(void **state)
{
	/* 9 taps of 16 channels are 144 steps: 3 tiles deep, not 9; 3136 pixels in 4 chunks */
	struct edgetpu_command c = make_window(EDGETPU_OP_CONV, 0, 0x10000, 56, 56, 16, 64, 3, 1, 1);

	(void)state;
	assert_int_equal(cycles(&c), ARRAY + 3 * 3136);
	/* 27 steps: one tile */
	c = make_window(EDGETPU_OP_CONV, 0, 0x80000, 224, 224, 3, 32, 3, 2, 1);
	assert_int_equal(c.u.conv.out_h, 112);
	assert_int_equal(cycles(&c), ARRAY + 112 * 112);
}

static void test_conv_uneven_chunks(void **state)
{
	/* 1025 pixels: 513 and 512, three tiles each */
	struct edgetpu_command c = make_window(EDGETPU_OP_CONV, 0, 0x40000, 1, 1025, 192, 64, 1, 1, 0);

	(void)state;
	assert_int_equal(cycles(&c), ARRAY + 3 * 513 + 3 * 512);
}

static void test_conv_bound_by_feeder(void **state)
{
	/*
	 * 16 channels out of pixels 256 bytes apart: a tile of 64 steps needs a line for
	 * each of its 4 taps, at 2 lines a cycle; the last tile has one tap.
	 */
	struct edgetpu_command c = make_window(EDGETPU_OP_CONV, 0, 0x80000, 14, 14, 16, 64, 3, 1, 1);

	(void)state;
	c.u.conv.in_pixel = 256;
	c.u.conv.in_row = 14 * 256;
	assert_int_equal(cycles(&c), ARRAY + 2 * 196 + 2 * 196 + 196);
}

static void test_conv_bound_by_output(void **state)
{
	/*
	 * One pass a block, and pixels 96 bytes apart: 64 channels touch 96 bytes of lines
	 * a pixel, no more than the pixels' distance; the last 32 touch 32 + 63.
	 */
	struct edgetpu_command c = make_window(EDGETPU_OP_CONV, 0, 0x80000, 14, 14, 64, 96, 1, 1, 0);

	(void)state;
	assert_int_equal(cycles(&c), ARRAY + 294 + 291);
	/* two K blocks hide it, and so do pixels of whole lines */
	c = make_window(EDGETPU_OP_CONV, 0, 0x80000, 14, 14, 128, 96, 1, 1, 0);
	assert_int_equal(cycles(&c), ARRAY + 4 * 196);
	c = make_window(EDGETPU_OP_CONV, 0, 0x80000, 14, 14, 64, 128, 1, 1, 0);
	assert_int_equal(cycles(&c), ARRAY + 2 * 196);
}

static void test_array_size(void **state)
{
	struct hwmodel_config config = hwmodel_config_soc;
	struct edgetpu_command c = make_window(EDGETPU_OP_CONV, 0, 0x10000, 14, 14, 64, 64, 1, 1, 0);

	(void)state;
	config.array_rows = 32;
	config.array_cols = 32;
	/* four tiles; weights are 16 lines, fill and drain 64 cycles */
	assert_int_equal(cost_of(&config, &c).cycles, ISSUE + 16 + 4 * 196 + 64 + 8);
}

/* --- vector unit ------------------------------------------------------------------ */

static void test_depthwise(void **state)
{
	struct edgetpu_command c =
		make_window(EDGETPU_OP_DEPTHWISE, 0, 0x10000, 14, 14, 64, 64, 3, 1, 1);

	(void)state;
	/* before the first output: 3 rows of 14 lines, 9 lines of filter, 12 of parameters */
	assert_int_equal(cycles(&c), VECTOR + (3 * 14 + 21 + 3) / 4 + 14 * 14);
	/* 25 taps are three cycles a pixel */
	c = make_window(EDGETPU_OP_DEPTHWISE, 0, 0x10000, 14, 14, 64, 64, 5, 1, 2);
	assert_int_equal(cycles(&c), VECTOR + (5 * 14 + 37 + 3) / 4 + 3 * 14 * 14);
	/* 65 channels take as long as 128, but for reading */
	c = make_window(EDGETPU_OP_DEPTHWISE, 0, 0x10000, 14, 14, 128, 128, 3, 1, 1);
	assert_int_equal(cycles(&c), VECTOR + (3 * 14 + 21 + 3) / 4 + 2 * 14 * 14);
}

static void test_depthwise_beyond_row_buffer(void **state)
{
	/* 3 rows of 400 pixels exceed 1024: every output row reads its 3 rows again */
	struct edgetpu_command c =
		make_window(EDGETPU_OP_DEPTHWISE, 0, 0x80000, 20, 400, 64, 64, 3, 2, 1);
	const uint64_t first = 3 * 400 + 21, all = 10 * 3 * 400 + 21;

	(void)state;
	assert_int_equal(c.u.conv.out_h * c.u.conv.out_w, 10 * 200);
	assert_int_equal(cycles(&c), VECTOR + (first + 3) / 4 + (all - first + 3) / 4);
}

static void test_pool(void **state)
{
	/* 20 blocks of 49 lines at 4 a cycle; the first block's come before any sum */
	struct edgetpu_command c =
		make_window(EDGETPU_OP_AVG_POOL, 0, 0x20000, 7, 7, 1280, 1280, 7, 1, 0);

	(void)state;
	assert_int_equal(cycles(&c), VECTOR + 13 + (19 * 49 + 3) / 4);
	c.opcode = EDGETPU_OP_MAX_POOL;
	assert_int_equal(cycles(&c), VECTOR + 13 + (19 * 49 + 3) / 4);
}

static void test_elementwise(void **state)
{
	struct edgetpu_command c = { .opcode = EDGETPU_OP_ADD };

	(void)state;
	c.u.elementwise.in[1] = 0x8000;
	c.u.elementwise.out = 0x10000;
	c.u.elementwise.len = 14 * 96;
	c.u.elementwise.n = 14;
	c.u.elementwise.in_stride[0] = 14 * 96;
	c.u.elementwise.in_stride[1] = 14 * 96;
	c.u.elementwise.out_stride = 14 * 96;
	/* contiguous: one line of 18,816 bytes */
	assert_int_equal(cycles(&c), VECTOR + 294);
	c.u.elementwise.out = 0x10001;
	assert_int_equal(cycles(&c), VECTOR + 295);
	/* 14 lines of 1344 = 21 * 64 bytes with gaps that keep the alignment */
	c.u.elementwise.out = 0x10000;
	c.u.elementwise.out_stride = 1408;
	assert_int_equal(cycles(&c), VECTOR + 14 * 21);
	c.opcode = EDGETPU_OP_RESCALE;
	assert_int_equal(cycles(&c), VECTOR + 14 * 21);
	assert_int_equal(cost_of(&hwmodel_config_soc, &c).sram_lines, 2 * 14 * 21);
}

static void test_copy_and_fill(void **state)
{
	struct edgetpu_command c = make_copy(0, 0x10000, 32);

	(void)state;
	c.u.copy.n1 = 100;
	c.u.copy.in_stride1 = 64;
	c.u.copy.out_stride1 = 128;
	assert_int_equal(cycles(&c), VECTOR + 100);
	c.u.copy.in_stride1 = 32;	/* unaligned lines take one access more */
	assert_int_equal(cycles(&c), VECTOR + 200);
	c = make_fill(0, 6400, 1);
	assert_int_equal(cycles(&c), VECTOR + 100);
}

/* --- DMA ---------------------------------------------------------------------------- */

static void test_load_contiguous(void **state)
{
	struct edgetpu_command c = make_dma(EDGETPU_OP_LOAD, 0, 0, 65536);
	/* 1024 bursts, 3 reads of a walk and 1 more for the second 32 KiB, 26.67 bytes a cycle */
	const uint64_t soc = (1028 * 64 * 3 + 79) / 80;
	const uint64_t pcie = (uint64_t)(1028 * 64 * 0.96 + 0.999);

	(void)state;
	assert_int_equal(cycles(&c), ISSUE + 48 + 3 * 48 + soc);
	assert_int_equal(cost_of(&hwmodel_config_pcie, &c).cycles, ISSUE + 480 + 3 * 480 + pcie);
	assert_int_equal(cost_of(&hwmodel_config_soc, &c).dram_bytes, 1028 * 64);
	assert_int_equal(cost_of(&hwmodel_config_soc, &c).bytes, 65536);
}

static void test_load_short_lines(void **state)
{
	struct edgetpu_command c = make_dma(EDGETPU_OP_LOAD, 0, 0, 16);

	(void)state;
	c.u.dma.n1 = 100;
	c.u.dma.mem_stride1 = 256;
	c.u.dma.sram_stride1 = 64;
	/* a burst each, and a walk of 3 */
	assert_int_equal(cycles(&c), ISSUE + 48 + 3 * 48 + (103 * 64 * 3 + 79) / 80);
	/* across a burst's border: two each */
	c.u.dma.offset = 60;
	assert_int_equal(cycles(&c), ISSUE + 48 + 3 * 48 + (203 * 64 * 3 + 79) / 80);
	/* neighbours in the same burst are fetched once, but cost two cycles a line */
	c.u.dma.offset = 0;
	c.u.dma.len = 8;
	c.u.dma.mem_stride1 = 16;
	assert_int_equal(cost_of(&hwmodel_config_soc, &c).dram_bytes, (25 + 3) * 64);
	assert_int_equal(cycles(&c), ISSUE + 48 + 3 * 48 + 200);
}

/* Bursts counted line by line, for many shapes */
static void test_load_bursts(void **state)
{
	uint32_t seed = 99;
	unsigned int round;

	(void)state;
	for (round = 0; round < 3000; round++) {
		struct edgetpu_command c = make_dma(EDGETPU_OP_LOAD, next_random(&seed) % 200, 0,
						    1 + next_random(&seed) % 150);
		struct edgetpu_cmd_dma *d = &c.u.dma;
		struct hwmodel_walks none = { 0 };
		struct hwmodel_cost cost;
		uint64_t bursts = 0, last = 0, first;
		uint32_t i1, i2;

		d->n1 = 1 + next_random(&seed) % 200;
		d->n2 = 1 + next_random(&seed) % 100;
		d->mem_stride1 = d->len + next_random(&seed) % 100;
		d->mem_stride2 = d->n1 * d->mem_stride1 + next_random(&seed) % 100;
		d->sram_stride1 = 512;
		d->sram_stride2 = 512 * 256;
		for (i2 = 0; i2 < d->n2; i2++) {
			for (i1 = 0; i1 < d->n1; i1++) {
				first = d->offset + (uint64_t)i2 * d->mem_stride2 +
					(uint64_t)i1 * d->mem_stride1;
				bursts += (first + d->len - 1) / 64 - first / 64 + 1;
				if (i1 && first / 64 == last / 64)
					bursts--;
				last = first + d->len - 1;
			}
		}
		hwmodel_dma(&hwmodel_config_soc, &c, &none, &cost);
		/* one line a plane: planes are the lines then, and may share bursts */
		if (d->n1 > 1)
			assert_int_equal(cost.dram_bytes, bursts * 64);
	}
}

static void test_walks(void **state)
{
	/* 4 KiB every 1 MiB: a walk a line, of which the data hide what they take themselves */
	struct edgetpu_command c = make_dma(EDGETPU_OP_LOAD, 0, 0, 64);
	struct hwmodel_walks walks = { .first = 3, .rest = 30 };
	struct hwmodel_cost cost;
	const uint64_t stream = (43 * 64 * 3 + 79) / 80;

	(void)state;
	c.u.dma.n1 = 10;
	c.u.dma.mem_stride1 = 1 << 20;
	c.u.dma.sram_stride1 = 64;
	hwmodel_dma(&hwmodel_config_soc, &c, &walks, &cost);
	assert_int_equal(cost.cycles, ISSUE + 48 + 3 * 48 + stream + (30 * 48 - stream));
}

static void test_transfer(void **state)
{
	struct hwmodel_walks none = { 0 };
	struct hwmodel_cost cost;

	(void)state;
	hwmodel_transfer(&hwmodel_config_soc, 0x1000, 4096, &none, &cost);
	assert_int_equal(cost.cycles, 48 + (4096 * 3 + 79) / 80);
	hwmodel_transfer(&hwmodel_config_soc, 0x1004, 4, &none, &cost);
	assert_int_equal(cost.cycles, 48 + 3);
	assert_int_equal(hwmodel_scrub_cycles(1 << 20), 512);
	assert_int_equal(hwmodel_scrub_cycles(1), 1);
}

/* --- sharing and energy ----------------------------------------------------------------- */

static void test_rate(void **state)
{
	struct hwmodel_load own = { .sram = 256 }, all = { .sram = 256 };

	(void)state;
	assert_int_equal(hwmodel_rate(&own, &all), HWMODEL_RATE_ONE);
	/* one line a cycle against one of another: 1/32 meet, half of them wait */
	all.sram = 512;
	assert_int_equal(hwmodel_rate(&own, &all), 65536ull * 64 / 65);
	/* two that each want all of the memory bus get half */
	own = (struct hwmodel_load){ .dram = 256 };
	all = (struct hwmodel_load){ .dram = 512 };
	assert_int_equal(hwmodel_rate(&own, &all), HWMODEL_RATE_ONE / 2);
	/* who does not use it does not wait for it */
	own.dram = 0;
	assert_int_equal(hwmodel_rate(&own, &all), HWMODEL_RATE_ONE);
}

static void test_energy(void **state)
{
	struct hwmodel_cost cost = { .macs = 1000 };

	(void)state;
	assert_float_equal(hwmodel_dynamic_pj(&cost), 300, 1e-6);
	cost = (struct hwmodel_cost){ .dram_bytes = 64, .sram_lines = 2, .requants = 10 };
	assert_float_equal(hwmodel_dynamic_pj(&cost), 64 * 64 + 2 * 8 * 52 + 33, 1e-6);
	assert_float_equal(hwmodel_memory_pj(&cost), 64 * 64, 1e-6);
	/* leakage; with the array's clock; all units' */
	assert_int_equal(hwmodel_static_mw(0), 17);
	assert_int_equal(hwmodel_static_mw(1u << EDGETPU_ENGINE_ARRAY), 17 + 18);
	assert_int_equal(hwmodel_static_mw(HWMODEL_ALL_CLOCKS), 17 + 2 + 2 + 18 + 6 + 5);
	/* 50 mW for 480,000 cycles, a millisecond: 50 uJ */
	assert_float_equal(hwmodel_static_pj(&hwmodel_config_soc, 480000), 50e6, 1e-3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conv_one_tile),
		cmocka_unit_test(test_conv_bound_by_weights),
		cmocka_unit_test(test_conv_packs_taps),
		cmocka_unit_test(test_conv_uneven_chunks),
		cmocka_unit_test(test_conv_bound_by_feeder),
		cmocka_unit_test(test_conv_bound_by_output),
		cmocka_unit_test(test_array_size),
		cmocka_unit_test(test_depthwise),
		cmocka_unit_test(test_depthwise_beyond_row_buffer),
		cmocka_unit_test(test_pool),
		cmocka_unit_test(test_elementwise),
		cmocka_unit_test(test_copy_and_fill),
		cmocka_unit_test(test_load_contiguous),
		cmocka_unit_test(test_load_short_lines),
		cmocka_unit_test(test_load_bursts),
		cmocka_unit_test(test_walks),
		cmocka_unit_test(test_transfer),
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_energy),
	};

	return cmocka_run_group_tests_name("cost", tests, NULL, NULL);
}
