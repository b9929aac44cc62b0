// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is counted of a job's commands: against numbers worked out by hand.
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

/* Tenths of a picojoule: a line of SRAM, eight words of 52; a burst of 64 bytes at 64 */
#define LINE	4160u
#define BURST	40960u

static uint32_t engine_get(struct corehost *host, unsigned int e, uint32_t reg)
{
	return corehost_get(host, CORE_ENGINE(e) + reg);
}

static uint32_t stalled(struct corehost *host, unsigned int e)
{
	return engine_get(host, e, CORE_ENGINE_STALL_CYCLES);
}

static uint64_t count(struct corehost *host, uint32_t lo)
{
	return corehost_get(host, lo) | (uint64_t)corehost_get(host, lo + 4) << 32;
}

static uint64_t energy(struct corehost *host)
{
	return count(host, CORE_COUNT_ENERGY_LO);
}

static void advance(struct corehost *host, uint64_t cycles)
{
	host->dev->processor.rv32.cycle += cycles;
}

/* The trace of all commands so far, by way of region 2; counts as a transfer of its own */
static const struct edgetpu_trace *flush_trace(struct corehost *host)
{
	corehost_set(host, CORE_TRACE_FLUSH, 2);
	corehost_wait(host);
	assert_int_equal(corehost_get(host, CORE_TRACE_FLUSH), EDGETPU_STATUS_OK);
	return (const struct edgetpu_trace *)corehost_region(host, 2);
}

static void expect_bytes(struct corehost *host, uint64_t read, uint64_t written)
{
	assert_true(count(host, CORE_COUNT_READ_LO) == read);
	assert_true(count(host, CORE_COUNT_WRITTEN_LO) == written);
}

static void test_alone_nothing_stalls(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command fill = make_fill(0, 6400, 7);

	assert_int_equal(corehost_run(host, &fill), EDGETPU_STATUS_OK);
	/* a second one in the queue waits for its own engine, which is no stall */
	corehost_push(host, &fill);
	corehost_push(host, &fill);
	corehost_wait(host);
	assert_int_equal(stalled(host, VECTOR), 0);
	assert_int_equal(stalled(host, LOAD), 0);
	assert_true(energy(host) == 3 * 100 * LINE);
	expect_bytes(host, 0, 0);
	assert_int_equal(corehost_get(host, CORE_COUNT_MISSES), 0);
}

/* From its arrival to the end of what it waits for, and the wait of the one behind it not twice */
static void test_waiting_stalls(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command load = make_dma(EDGETPU_OP_LOAD, 0, 0, 4096);
	struct edgetpu_command copy = make_copy(0, 8192, 4096);
	struct edgetpu_command store = make_dma(EDGETPU_OP_STORE, 8192, 8192, 4096);
	const struct edgetpu_trace *trace;

	copy.wait[LOAD] = 1;
	store.wait[VECTOR] = 2;
	corehost_push(host, &copy);	/* 0: waits for 3 */
	corehost_push(host, &copy);	/* 1: may begin when 0 has ended */
	corehost_push(host, &store);	/* 2: waits for 1 */
	advance(host, 1000);
	assert_int_equal(stalled(host, VECTOR), 0);
	corehost_push(host, &load);	/* 3 */
	corehost_wait(host);
	trace = flush_trace(host);
	assert_int_equal(stalled(host, VECTOR), trace[3].end - (trace[0].issued + 16));
	assert_int_equal(trace[1].start, trace[0].end);
	assert_int_equal(stalled(host, STORE), trace[1].end - (trace[2].issued + 16));
	assert_int_equal(stalled(host, LOAD), 0);
}

/* Two that share SRAM banks: what each takes longer than alone */
static void test_sharing_stalls(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command load = make_dma(EDGETPU_OP_LOAD, 0, 0, 65536);
	struct edgetpu_command fill = make_fill(1 << 18, 64000, 1);
	const struct edgetpu_trace *trace;
	uint32_t alone;

	corehost_push(host, &load);
	corehost_wait(host);
	corehost_push(host, &load);
	corehost_wait(host);
	assert_int_equal(stalled(host, LOAD), 0);
	trace = flush_trace(host);
	alone = trace[1].end - trace[1].start;
	corehost_push(host, &load);
	corehost_push(host, &fill);
	corehost_wait(host);
	trace = flush_trace(host);
	assert_true(trace[2].end - trace[2].start > alone);
	assert_int_equal(stalled(host, LOAD), trace[2].end - trace[2].start - alone);
	/* 16, 1000 lines, 8 */
	assert_int_equal(stalled(host, VECTOR), trace[3].end - trace[3].start - 1024);
}

static void test_scrub_stalls(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command fill = make_fill(0, 64, 7);

	/* 64 bytes in each of 32 banks a cycle */
	corehost_set(host, CORE_SRAM_SCRUB, CORE_SRAM);
	corehost_push(host, &fill);
	corehost_wait(host);
	assert_int_equal(stalled(host, VECTOR), CORE_SRAM / 2048 - 16);
}

/* Nobody knows how long one would have waited that is dropped. */
static void test_dropped_leaves_none(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command fill = make_fill(0, 64, 7);

	fill.wait[LOAD] = 1;
	corehost_push(host, &fill);
	advance(host, 1000);
	corehost_set(host, CORE_ENGINE_RESET, CORE_ENGINE_RESET_DROP);
	corehost_wait(host);
	assert_int_equal(stalled(host, VECTOR), 0);
	assert_true(energy(host) == 0);
}

/* Bytes are those asked for; energy has the bursts and page tables that this takes in it. */
static void test_bytes_and_energy(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command load = make_dma(EDGETPU_OP_LOAD, 0, 0, 4096);
	struct edgetpu_command store = make_dma(EDGETPU_OP_STORE, 0, 0, 100);
	uint64_t sum = 0;

	/* nothing is in the TLB: three reads of page tables for 64 bursts and lines */
	assert_int_equal(corehost_run(host, &load), EDGETPU_STATUS_OK);
	expect_bytes(host, 4096, 0);
	sum += 64 * LINE + (64 + 3) * BURST;
	assert_true(energy(host) == sum);
	assert_int_equal(corehost_get(host, CORE_COUNT_MISSES), 1);
	assert_int_equal(corehost_run(host, &load), EDGETPU_STATUS_OK);
	expect_bytes(host, 2 * 4096, 0);
	sum += 64 * (LINE + BURST);
	assert_true(energy(host) == sum);
	assert_int_equal(corehost_get(host, CORE_COUNT_MISSES), 1);
	/* another page of the same table: one read; two bursts for 100 bytes */
	assert_int_equal(corehost_run(host, &store), EDGETPU_STATUS_OK);
	expect_bytes(host, 2 * 4096, 100);
	sum += 2 * LINE + (2 + 1) * BURST;
	assert_true(energy(host) == sum);
	assert_int_equal(corehost_get(host, CORE_COUNT_MISSES), 2);
}

/* What is refused leaves nothing; what meets a fault on its way is paid. */
static void test_faults_count(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command bad = make_fill(CORE_SRAM, 64, 7);
	struct edgetpu_command load = make_dma(EDGETPU_OP_LOAD, 0, 0, 4096);

	assert_int_equal(corehost_run(host, &bad), EDGETPU_STATUS_BAD_SRAM);
	assert_true(energy(host) == 0);
	corehost_set(host, CORE_ENGINE_RESET, CORE_ENGINE_RESET_STOP);
	corehost_set(host, CORE_REGION(1) + CORE_REGION_VA_HI, 0x11);
	assert_int_equal(corehost_run(host, &load), EDGETPU_STATUS_MMU_FAULT);
	assert_int_equal(corehost_get(host, CORE_COUNT_MISSES), 1);
	assert_true(energy(host) >= 64 * (LINE + BURST));
}

/* Half of the work of a command, half of its bytes and energy; it was at work all the time. */
static void test_stopped_half_way(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command load = make_dma(EDGETPU_OP_LOAD, 0, 0, 1 << 20);
	uint64_t read, all, bytes, cycles;

	assert_int_equal(corehost_run(host, &load), EDGETPU_STATUS_OK);
	corehost_set(host, CORE_JOB_START, 1);
	assert_int_equal(corehost_run(host, &load), EDGETPU_STATUS_OK);
	cycles = engine_get(host, LOAD, CORE_ENGINE_BUSY_CYCLES);
	all = energy(host);
	corehost_set(host, CORE_JOB_START, 1);
	corehost_push(host, &load);
	advance(host, 16 + cycles / 2);
	assert_int_equal(engine_get(host, LOAD, CORE_ENGINE_BUSY_CYCLES), cycles / 2);
	expect_bytes(host, 0, 0);
	corehost_set(host, CORE_ENGINE_RESET, CORE_ENGINE_RESET_STOP);
	assert_int_equal(engine_get(host, LOAD, CORE_ENGINE_BUSY_CYCLES), cycles / 2);
	read = count(host, CORE_COUNT_READ_LO);
	bytes = (1 << 20) * (cycles / 2) / cycles;
	assert_true(read == bytes);
	assert_true(energy(host) == all / cycles * (cycles / 2) + all % cycles * (cycles / 2) / cycles);
	assert_int_equal(stalled(host, LOAD), 0);
}

/* Transfers that are no command's: the control processor's own, and the trace */
static void test_other_transfers(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command fill = make_fill(0, 64, 7);
	uint64_t before;

	corehost_set(host, CORE_CDMA_ADDR_LO, (uint32_t)CORE_HOST_BASE + CORE_TABLES);
	corehost_set(host, CORE_CDMA_ADDR_HI, CORE_HOST_BASE >> 32);
	corehost_set(host, CORE_CDMA_LOCAL, EDGETPU_TCM_BASE);
	corehost_set(host, CORE_CDMA_LEN, 100);
	corehost_set(host, CORE_CDMA_CONTEXT, 0);
	corehost_set(host, CORE_CDMA_START, CORE_CDMA_TO_TCM);
	expect_bytes(host, 100, 0);
	assert_true(energy(host) == 2 * BURST);
	corehost_wait(host);
	while (corehost_get(host, CORE_CDMA_STATUS) == CORE_CDMA_BUSY)
		advance(host, 1);
	corehost_set(host, CORE_CDMA_START, CORE_CDMA_TO_HOST);
	expect_bytes(host, 100, 100);
	assert_true(energy(host) == 4 * BURST);

	corehost_push(host, &fill);
	corehost_push(host, &fill);
	corehost_push(host, &fill);
	corehost_wait(host);
	before = energy(host);
	flush_trace(host);
	/* three records of 32 bytes; a page of a region that is not in the TLB */
	expect_bytes(host, 100, 100 + 3 * 32);
	assert_true(energy(host) == before + (2 + 3) * BURST);
}

static void test_a_job_begins_at_nothing(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command load = make_dma(EDGETPU_OP_LOAD, 0, 0, 4096);
	struct edgetpu_command copy = make_copy(0, 8192, 4096);
	unsigned int e;

	copy.wait[LOAD] = 1;
	corehost_push(host, &copy);
	corehost_push(host, &load);
	corehost_wait(host);
	assert_true(stalled(host, VECTOR) > 0);
	corehost_set(host, CORE_JOB_START, 1);
	for (e = 0; e < EDGETPU_NUM_ENGINES; e++)
		assert_int_equal(stalled(host, e), 0);
	expect_bytes(host, 0, 0);
	assert_true(energy(host) == 0);
	assert_int_equal(corehost_get(host, CORE_COUNT_MISSES), 0);
}

/* Counters that are full stay so. */
static void test_full(void **state)
{
	struct corehost *host = *state;

	host->dev->counters.engine[STORE].stalled = 1ull << 32;
	assert_int_equal(stalled(host, STORE), UINT32_MAX);
	host->dev->mmu.misses = (1ull << 32) + 5;
	assert_int_equal(corehost_get(host, CORE_COUNT_MISSES), UINT32_MAX);
	host->dev->counters.energy = 0x123456789abcull;
	assert_true(energy(host) == 0x123456789abcull);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, corehost_setup, corehost_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_alone_nothing_stalls),
		TEST(test_waiting_stalls),
		TEST(test_sharing_stalls),
		TEST(test_scrub_stalls),
		TEST(test_dropped_leaves_none),
		TEST(test_bytes_and_energy),
		TEST(test_faults_count),
		TEST(test_stopped_half_way),
		TEST(test_other_transfers),
		TEST(test_a_job_begins_at_nothing),
		TEST(test_full),
	};

	return cmocka_run_group_tests_name("counters", tests, NULL, NULL);
}
