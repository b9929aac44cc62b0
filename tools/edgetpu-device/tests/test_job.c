// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the firmware needs to interrupt a job, to go on with it, and to tell that it
 * gets on: drop, counts that can be set, traces in parts, progress, the limit of a
 * command, stopping in the middle of one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "corehost.h"

#define LOAD	EDGETPU_ENGINE_LOAD
#define STORE	EDGETPU_ENGINE_STORE
#define VECTOR	EDGETPU_ENGINE_VECTOR

static uint32_t engine_get(struct corehost *host, unsigned int e, uint32_t reg)
{
	return corehost_get(host, CORE_ENGINE(e) + reg);
}

static bool try_set(struct corehost *host, uint32_t reg, uint32_t value)
{
	return processor_store(&host->dev->processor, EDGETPU_CORE_BASE + reg, value);
}

static void advance(struct corehost *host, uint64_t cycles)
{
	host->dev->processor.rv32.cycle += cycles;
}

static void test_drop(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command load = make_dma(EDGETPU_OP_LOAD, 0, 0, 65536);
	struct edgetpu_command fill = make_fill(1 << 18, 64, 1);
	struct edgetpu_command late = make_fill(1 << 19, 64, 2);

	assert_int_equal(engine_get(host, LOAD, CORE_ENGINE_DROPPED), CORE_ENGINE_DROPPED_NONE);
	late.wait[LOAD] = 1;
	corehost_push(host, &load);	/* 0: runs */
	corehost_push(host, &fill);	/* 1: done by then */
	corehost_push(host, &load);	/* 2: waits its turn */
	corehost_push(host, &late);	/* 3: waits for 0 */
	corehost_push(host, &late);	/* 4 */
	advance(host, 200);
	corehost_set(host, CORE_ENGINE_RESET, CORE_ENGINE_RESET_DROP);
	assert_int_equal(engine_get(host, LOAD, CORE_ENGINE_DROPPED), 2);
	assert_int_equal(engine_get(host, VECTOR, CORE_ENGINE_DROPPED), 3);
	assert_int_equal(engine_get(host, STORE, CORE_ENGINE_DROPPED), CORE_ENGINE_DROPPED_NONE);
	assert_int_equal(engine_get(host, VECTOR, CORE_ENGINE_FREE), CORE_ENGINE_DEPTH);
	assert_int_equal(corehost_get(host, CORE_ENGINES_IDLE), 0);
	corehost_wait(host);
	assert_int_equal(corehost_get(host, CORE_ENGINES_IDLE), 1);
	/* the one that ran counts, those that waited do not, whatever they waited for */
	assert_int_equal(engine_get(host, LOAD, CORE_ENGINE_COMPLETED), 1);
	assert_int_equal(engine_get(host, VECTOR, CORE_ENGINE_COMPLETED), 1);
	assert_int_equal(host->dev->sram.bytes[1 << 19], 0);
	/* only the last drop is told */
	corehost_set(host, CORE_ENGINE_RESET, CORE_ENGINE_RESET_DROP);
	assert_int_equal(engine_get(host, LOAD, CORE_ENGINE_DROPPED), CORE_ENGINE_DROPPED_NONE);
	/* queues work on */
	corehost_push(host, &late);
	corehost_wait(host);
	assert_int_equal(host->dev->sram.bytes[1 << 19], 2);
}

static void test_drop_keeps_faults(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command good = make_fill(0, 64, 1), bad = good;

	bad.u.copy.out = CORE_SRAM;
	corehost_push(host, &bad);
	corehost_push(host, &good);
	corehost_wait(host);
	corehost_set(host, CORE_ENGINE_RESET, CORE_ENGINE_RESET_DROP);
	assert_int_equal(engine_get(host, VECTOR, CORE_ENGINE_FAULT), EDGETPU_STATUS_BAD_SRAM);
	assert_int_equal(engine_get(host, VECTOR, CORE_ENGINE_DROPPED), 1);
	corehost_set(host, CORE_JOB_START, 1);
	assert_int_equal(engine_get(host, VECTOR, CORE_ENGINE_DROPPED), CORE_ENGINE_DROPPED_NONE);
}

static void test_counts_go_on(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command load = make_dma(EDGETPU_OP_LOAD, 0, 0, 65536);
	struct edgetpu_command fill = make_fill(1 << 18, 64, 1);

	fill.wait[LOAD] = 7;
	corehost_push(host, &load);
	advance(host, 100);
	assert_false(try_set(host, CORE_ENGINE(LOAD) + CORE_ENGINE_COMPLETED, 6));
	corehost_wait(host);
	corehost_set(host, CORE_JOB_START, 1);
	corehost_set(host, CORE_ENGINE(LOAD) + CORE_ENGINE_COMPLETED, 6);
	assert_int_equal(engine_get(host, LOAD, CORE_ENGINE_COMPLETED), 6);
	corehost_push(host, &fill);
	advance(host, 1000);
	assert_int_equal(engine_get(host, VECTOR, CORE_ENGINE_COMPLETED), 0);
	corehost_push(host, &load);
	corehost_wait(host);
	assert_int_equal(engine_get(host, VECTOR, CORE_ENGINE_COMPLETED), 1);
	assert_int_equal(engine_get(host, LOAD, CORE_ENGINE_COMPLETED), 7);
}

/* --- traces in parts ------------------------------------------------------------- */

static void run_as(struct corehost *host, uint32_t index)
{
	struct edgetpu_command c = make_fill(0, 64, 1);

	c.tag = index + 1000;
	host->index = index;
	assert_int_equal(corehost_run(host, &c), EDGETPU_STATUS_OK);
}

static uint64_t flush(struct corehost *host)
{
	const uint64_t begin = host->dev->processor.rv32.cycle;

	corehost_set(host, CORE_TRACE_FLUSH, 2);
	corehost_wait(host);
	assert_int_equal(corehost_get(host, CORE_TRACE_FLUSH), EDGETPU_STATUS_OK);
	return host->dev->processor.rv32.cycle - begin;
}

static void test_trace_in_parts(void **state)
{
	struct corehost *host = *state;
	const struct edgetpu_trace *trace = (const void *)corehost_region(host, 2);
	const uint64_t zero = host->dev->processor.rv32.cycle;
	uint8_t untouched[32];
	uint64_t start;

	memset(untouched, 0xee, sizeof(untouched));
	memset(corehost_region(host, 2), 0xee, 64 * 32);
	assert_int_equal(corehost_get(host, CORE_TRACE_ZERO_LO), zero);
	assert_int_equal(corehost_get(host, CORE_TRACE_ZERO_HI), 0);
	run_as(host, 0);
	run_as(host, 1);
	run_as(host, 5);
	flush(host);
	assert_int_equal(trace[0].tag, 1000);
	assert_int_equal(trace[1].tag, 1001);
	assert_int_equal(trace[5].tag, 1005);
	assert_memory_equal(&trace[2], untouched, 32);
	assert_memory_equal(&trace[4], untouched, 32);
	assert_memory_equal(&trace[6], untouched, 32);

	/* the job goes on after another one: what was written stays, time goes on */
	memset(corehost_region(host, 2), 0xee, 64);
	corehost_set(host, CORE_JOB_START, 1);
	assert_true(corehost_get(host, CORE_TRACE_ZERO_LO) > zero);
	corehost_set(host, CORE_TRACE_ZERO_LO, (uint32_t)zero);
	start = host->dev->processor.rv32.cycle;
	run_as(host, 2);
	/* the firmware's own commands leave no record */
	run_as(host, EDGETPU_MAX_COMMANDS);
	run_as(host, 63);
	flush(host);
	assert_memory_equal(&trace[0], untouched, 32);
	assert_memory_equal(&trace[1], untouched, 32);
	assert_int_equal(trace[2].tag, 1002);
	assert_int_equal(trace[2].issued, start - zero);
	assert_int_equal(trace[5].tag, 1005);
	assert_int_equal(trace[63].tag, 1063);
}

static void test_trace_in_parts_costs(void **state)
{
	struct corehost *host = *state;
	uint64_t dense, sparse;
	uint32_t i;

	for (i = 0; i < 100; i++)
		run_as(host, i);
	flush(host);
	/* 3,200 bytes: latency, bus */
	dense = flush(host);
	assert_int_equal(dense, 48 + (3200 * 3 + 79) / 80);
	corehost_set(host, CORE_JOB_START, 1);
	for (i = 0; i < 200; i += 2)
		run_as(host, i);
	sparse = flush(host);
	/* each of a hundred waits for the one before it */
	assert_true(sparse >= 100 * 48);
}

/* More records than one step writes, over several pages, and one page that is not there */
static void test_trace_of_many(void **state)
{
	struct corehost *host = *state;
	const struct edgetpu_trace *trace = (const void *)corehost_region(host, 2);
	const uint64_t root = host->dev->mmu.contexts[0].table;
	uint64_t *entry, mapped;
	uint32_t i;

	for (i = 0; i < 5000; i++)
		run_as(host, i);
	flush(host);
	for (i = 0; i < 5000; i++)
		assert_int_equal(trace[i].tag, 1000 + i);
	memset(corehost_region(host, 2), 0, 5000 * 32);
	entry = corehost_map(host, root, CORE_VA + (1 << 20) + 30 * 4096, 0, 0);
	mapped = CORE_HOST_BASE + CORE_TABLES + (1 << 20) + 30 * 4096;
	*entry = 0;
	edgetpu_device_write(host->dev, EDGETPU_REG_MMU_INVALIDATE, EDGETPU_MMU_ALL);
	edgetpu_device_run(host->dev);
	corehost_set(host, CORE_TRACE_FLUSH, 2);
	corehost_wait(host);
	assert_int_equal(corehost_get(host, CORE_TRACE_FLUSH), EDGETPU_STATUS_MMU_FAULT);
	assert_int_equal(trace[30 * 128 - 1].tag, 1000 + 30 * 128 - 1);
	*entry = mapped | EDGETPU_PTE_VALID | EDGETPU_PTE_WRITE;
	flush(host);
	assert_int_equal(trace[4999].tag, 5999);
}

/* A trace that is written shares the memory bus with what else uses it. */
static void test_trace_shares_the_bus(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command load = make_dma(EDGETPU_OP_LOAD, 0, 0, 1 << 20);
	uint64_t alone, both;
	uint32_t i;

	for (i = 0; i < 3000; i++)
		run_as(host, i);
	flush(host);
	alone = flush(host);
	host->index = EDGETPU_MAX_COMMANDS;
	corehost_push(host, &load);
	advance(host, 100);
	both = host->dev->processor.rv32.cycle;
	corehost_set(host, CORE_TRACE_FLUSH, 2);
	while (corehost_get(host, CORE_TRACE_FLUSH) == CORE_CDMA_BUSY)
		advance(host, 10);
	both = host->dev->processor.rv32.cycle - both;
	assert_int_equal(engine_get(host, LOAD, CORE_ENGINE_COMPLETED), 0);
	assert_in_range(both, alone * 9 / 5, alone * 11 / 5);
}

/* --- progress, limit, the middle of a command ------------------------------------ */

static void test_progress(void **state)
{
	struct corehost *host = *state;
	/* 16 Ki lines: 16 Ki cycles and issue, pipeline */
	struct edgetpu_command c = make_fill(0, 1 << 20, 1);

	assert_int_equal(engine_get(host, VECTOR, CORE_ENGINE_PROGRESS), 0);
	corehost_push(host, &c);
	advance(host, 16 + 4095);
	assert_int_equal(engine_get(host, VECTOR, CORE_ENGINE_PROGRESS), 0);
	advance(host, 1);
	assert_int_equal(engine_get(host, VECTOR, CORE_ENGINE_PROGRESS), 1);
	advance(host, 2 * 4096);
	assert_int_equal(engine_get(host, VECTOR, CORE_ENGINE_PROGRESS), 3);
	assert_int_equal(engine_get(host, LOAD, CORE_ENGINE_PROGRESS), 0);
	corehost_wait(host);
	assert_int_equal(engine_get(host, VECTOR, CORE_ENGINE_PROGRESS), 4);
	advance(host, 100000);
	assert_int_equal(engine_get(host, VECTOR, CORE_ENGINE_PROGRESS), 4);
	/* what was done of a command that is stopped stays counted */
	corehost_push(host, &c);
	advance(host, 16 + 2 * 4096);
	corehost_set(host, CORE_ENGINE_RESET, CORE_ENGINE_RESET_STOP);
	assert_int_equal(engine_get(host, VECTOR, CORE_ENGINE_PROGRESS), 6);
	corehost_set(host, CORE_JOB_START, 1);
	assert_int_equal(engine_get(host, VECTOR, CORE_ENGINE_PROGRESS), 0);
}

/* A counter that is full stays so. */
static void test_busy_saturates(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command c = make_fill(0, 6400, 1);

	host->dev->counters.engine[VECTOR].busy = UINT32_MAX - 124;
	assert_int_equal(corehost_run(host, &c), EDGETPU_STATUS_OK);
	assert_int_equal(engine_get(host, VECTOR, CORE_ENGINE_BUSY_CYCLES), UINT32_MAX);
	corehost_push(host, &c);
	advance(host, 17);
	assert_int_equal(engine_get(host, VECTOR, CORE_ENGINE_BUSY_CYCLES), UINT32_MAX);
	corehost_wait(host);
	assert_int_equal(engine_get(host, VECTOR, CORE_ENGINE_BUSY_CYCLES), UINT32_MAX);
	assert_int_equal(engine_get(host, LOAD, CORE_ENGINE_BUSY_CYCLES), 0);
	corehost_set(host, CORE_JOB_START, 1);
	assert_int_equal(engine_get(host, VECTOR, CORE_ENGINE_BUSY_CYCLES), 0);
}

static void test_limit(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command fill = make_fill(0, 6400, 7);
	struct edgetpu_command load = make_dma(EDGETPU_OP_LOAD, 0, 0, 64);

	assert_int_equal(corehost_get(host, CORE_COMMAND_LIMIT), EDGETPU_MAX_COMMAND_CYCLES);
	assert_int_equal(corehost_get(host, CORE_SRAM_SIZE), CORE_SRAM);
	/* issue, 100 lines, pipeline */
	corehost_set(host, CORE_COMMAND_LIMIT, 123);
	assert_int_equal(corehost_run(host, &fill), EDGETPU_STATUS_TOO_LONG);
	assert_int_equal(host->dev->sram.bytes[0], 0);
	assert_int_equal(corehost_get(host, CORE_SRAM_HIGH_WATER), 0);
	corehost_set(host, CORE_COMMAND_LIMIT, 124);
	assert_int_equal(corehost_run(host, &fill), EDGETPU_STATUS_OK);
	/* walks that the TLB saves count all the same: 3 before, at most 5 more, one burst */
	corehost_set(host, CORE_COMMAND_LIMIT, 1000);
	assert_int_equal(corehost_run(host, &load), EDGETPU_STATUS_OK);
	corehost_set(host, CORE_COMMAND_LIMIT, 16 + 48 + 3 * 48);
	assert_int_equal(corehost_run(host, &load), EDGETPU_STATUS_TOO_LONG);
}

/* 255 x 255 taps on each of many outputs: within MAX_MACS, far beyond the limit */
static void test_slow_command_is_refused(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command c = make_window(EDGETPU_OP_MAX_POOL, 0, 0x80000, 1, 1, 1, 1, 1, 1, 0);

	c.u.conv.kernel_h = 255;
	c.u.conv.kernel_w = 255;
	c.u.conv.pad_top = 254;
	c.u.conv.pad_left = 254;
	c.u.conv.in_h = 255;
	c.u.conv.in_w = 255;
	c.u.conv.out_h = 255;
	c.u.conv.out_w = 255;
	c.u.conv.in_row = 255;
	c.u.conv.out_row = 255;
	assert_int_equal(corehost_run(host, &c), EDGETPU_STATUS_TOO_LONG);
	c.u.conv.out_h = 2;
	assert_int_equal(corehost_run(host, &c), EDGETPU_STATUS_OK);
}

static void test_stopped_half_way(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command fill = make_fill(0, 1 << 20, 1);
	struct edgetpu_command store = make_dma(EDGETPU_OP_STORE, 0, 0, 1 << 20);
	const uint8_t *out = corehost_region(host, 2);

	corehost_push(host, &fill);
	advance(host, 16 + 6000);
	assert_int_equal(engine_get(host, VECTOR, CORE_ENGINE_COMPLETED), 0);
	corehost_set(host, CORE_ENGINE_RESET, CORE_ENGINE_RESET_STOP);
	corehost_wait(host);
	assert_int_equal(host->dev->sram.bytes[0], 1);
	assert_int_equal(host->dev->sram.bytes[(1 << 20) - 1], 0);

	assert_int_equal(corehost_run(host, &fill), EDGETPU_STATUS_OK);
	corehost_push(host, &store);
	advance(host, 10000);
	assert_int_equal(engine_get(host, STORE, CORE_ENGINE_COMPLETED), 0);
	corehost_set(host, CORE_ENGINE_RESET, CORE_ENGINE_RESET_STOP);
	corehost_wait(host);
	assert_int_equal(out[0], 1);
	assert_int_equal(out[(1 << 20) - 1], 0);
}

/* A page that goes while a command runs: no byte is read from where it was. */
static void test_unmapped_half_way(void **state)
{
	struct corehost *host = *state;
	const uint64_t root = host->dev->mmu.contexts[0].table;
	struct edgetpu_command load = make_dma(EDGETPU_OP_LOAD, 0, 0, 1 << 20);
	const unsigned int page = 250;

	memset(corehost_region(host, 1), 9, 1 << 20);
	corehost_push(host, &load);
	advance(host, 10000);
	assert_int_equal(engine_get(host, LOAD, CORE_ENGINE_COMPLETED), 0);
	*corehost_map(host, root, CORE_VA + page * 4096, 0, 0) = 0;
	edgetpu_device_write(host->dev, EDGETPU_REG_MMU_INVALIDATE, 0);
	edgetpu_device_run(host->dev);
	assert_int_equal(edgetpu_device_read(host->dev, EDGETPU_REG_MMU_INVALIDATE), 0);
	corehost_wait(host);
	assert_int_equal(engine_get(host, LOAD, CORE_ENGINE_FAULT), EDGETPU_STATUS_MMU_FAULT);
	assert_int_equal(engine_get(host, LOAD, CORE_ENGINE_FAULT_LO), CORE_VA + page * 4096);
	assert_int_equal(host->dev->sram.bytes[page * 4096 - 1], 9);
	assert_int_equal(host->dev->sram.bytes[page * 4096], 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, corehost_setup, corehost_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_drop),
		TEST(test_drop_keeps_faults),
		TEST(test_counts_go_on),
		TEST(test_trace_in_parts),
		TEST(test_trace_in_parts_costs),
		TEST(test_trace_of_many),
		TEST(test_trace_shares_the_bus),
		TEST(test_progress),
		TEST(test_busy_saturates),
		TEST(test_limit),
		TEST(test_slow_command_is_refused),
		TEST(test_stopped_half_way),
		TEST(test_unmapped_half_way),
	};

	return cmocka_run_group_tests_name("job", tests, NULL, NULL);
}
