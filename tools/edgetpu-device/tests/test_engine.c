// SPDX-License-Identifier: GPL-2.0-only
/*
 * Queues, waits, order in time, faults, contention, scrub, trace, races.
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

static void advance(struct corehost *host, uint64_t cycles)
{
	host->dev->processor.rv32.cycle += cycles;
}

/* The trace of all commands so far, by way of region 2 */
static const struct edgetpu_trace *flush_trace(struct corehost *host)
{
	corehost_set(host, CORE_TRACE_FLUSH, 2);
	assert_int_equal(corehost_get(host, CORE_TRACE_FLUSH), CORE_CDMA_BUSY);
	corehost_wait(host);
	assert_int_equal(corehost_get(host, CORE_TRACE_FLUSH), EDGETPU_STATUS_OK);
	return (const struct edgetpu_trace *)corehost_region(host, 2);
}

static void test_cycles_of_one_command(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command c = make_fill(0, 6400, 7);
	const uint64_t start = host->dev->processor.rv32.cycle;
	const struct edgetpu_trace *trace;

	c.tag = 77;
	corehost_push(host, &c);
	assert_int_equal(engine_get(host, VECTOR, CORE_ENGINE_COMPLETED), 0);
	assert_int_equal(corehost_get(host, CORE_ENGINES_IDLE), 0);
	corehost_wait(host);
	/* into the queue, issue, 100 lines, pipeline */
	assert_int_equal(host->dev->processor.rv32.cycle, start + 16 + 16 + 100 + 8);
	assert_int_equal(engine_get(host, VECTOR, CORE_ENGINE_COMPLETED), 1);
	assert_int_equal(engine_get(host, VECTOR, CORE_ENGINE_BUSY_CYCLES), 124);
	assert_int_equal(corehost_get(host, CORE_ENGINES_IDLE), 1);
	assert_int_equal(corehost_get(host, CORE_ENGINE_EVENTS), 1 << VECTOR);
	assert_true(corehost_get(host, CORE_EVENT_PENDING) & CORE_EVENT_ENGINE);
	corehost_set(host, CORE_ENGINE_EVENTS, 1 << VECTOR);
	assert_false(corehost_get(host, CORE_EVENT_PENDING) & CORE_EVENT_ENGINE);

	trace = flush_trace(host);
	assert_int_equal(trace->issued, start);
	assert_int_equal(trace->start, start + 16);
	assert_int_equal(trace->end, start + 140);
	assert_int_equal(trace->engine, VECTOR);
	assert_int_equal(trace->tag, 77);
	assert_int_equal(trace->bytes, 0);
}

static void test_waits(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command load = make_dma(EDGETPU_OP_LOAD, 0, 0, 4096);
	struct edgetpu_command copy = make_copy(0, 8192, 4096);
	struct edgetpu_command store = make_dma(EDGETPU_OP_STORE, 8192, 8192, 4096);
	const struct edgetpu_trace *trace;

	memset(corehost_region(host, 1), 0x42, 4096);
	copy.wait[LOAD] = 1;
	store.wait[VECTOR] = 1;
	/* pushed in the opposite order: only waits decide */
	corehost_push(host, &store);
	corehost_push(host, &copy);
	advance(host, 1000);
	assert_int_equal(engine_get(host, STORE, CORE_ENGINE_COMPLETED), 0);
	assert_int_equal(engine_get(host, VECTOR, CORE_ENGINE_COMPLETED), 0);
	corehost_push(host, &load);
	corehost_wait(host);
	assert_int_equal(engine_get(host, STORE, CORE_ENGINE_COMPLETED), 1);
	assert_int_equal(corehost_region(host, 2)[8192 + 4095], 0x42);
	trace = flush_trace(host);
	assert_int_equal(trace[1].start, trace[2].end);
	assert_int_equal(trace[0].start, trace[1].end);
	assert_int_equal(trace[2].bytes, 4096);
	assert_int_equal(edgetpu_device_sram_races(host->dev), 0);
}

static void test_engines_overlap(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command load = make_dma(EDGETPU_OP_LOAD, 0, 0, 65536);
	struct edgetpu_command fill = make_fill(1 << 18, 64000, 1);
	const struct edgetpu_trace *trace;
	uint32_t alone, both;

	corehost_push(host, &load);
	corehost_wait(host);
	corehost_push(host, &load);
	corehost_wait(host);
	/* the second time: the TLB is warm */
	trace = flush_trace(host);
	alone = trace[1].end - trace[1].start;
	assert_true(alone < trace[0].end - trace[0].start);
	corehost_push(host, &load);
	corehost_push(host, &fill);
	corehost_wait(host);
	trace = flush_trace(host);
	both = trace[2].end - trace[2].start;
	assert_true(trace[3].start < trace[2].end && trace[2].start < trace[3].end);
	/* they meet in SRAM banks now and then: slower than alone, but only by a little */
	assert_true(both > alone);
	assert_true(both < alone + alone / 20);
}

static void test_dram_is_shared(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command load = make_dma(EDGETPU_OP_LOAD, 0, 0, 1 << 18);
	struct edgetpu_command store = make_dma(EDGETPU_OP_STORE, 0, 1 << 18, 1 << 18);
	const struct edgetpu_trace *trace;
	uint32_t alone, both;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		corehost_push(host, &load);
		corehost_wait(host);
	}
	corehost_push(host, &load);
	corehost_push(host, &store);
	corehost_wait(host);
	trace = flush_trace(host);
	alone = trace[1].end - trace[1].start;
	both = (trace[2].end > trace[3].end ? trace[2].end : trace[3].end) - trace[2].start;
	assert_in_range(both, 2 * alone - alone / 10, 2 * alone + alone / 10);
}

static void test_queue_full(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command c = make_fill(0, 64, 1);
	unsigned int i;

	c.wait[LOAD] = 1;
	for (i = 0; i < CORE_ENGINE_DEPTH; i++) {
		assert_int_equal(engine_get(host, VECTOR, CORE_ENGINE_FREE),
				 CORE_ENGINE_DEPTH - i);
		corehost_push(host, &c);
	}
	assert_int_equal(engine_get(host, VECTOR, CORE_ENGINE_FREE), 0);
	assert_false(processor_store(&host->dev->processor, EDGETPU_CORE_BASE + CORE_ENGINE(VECTOR) +
			       CORE_ENGINE_PUSH, EDGETPU_TCM_BASE));
	assert_false(processor_store(&host->dev->processor, EDGETPU_CORE_BASE + CORE_ENGINE(LOAD) +
			       CORE_ENGINE_PUSH, EDGETPU_TCM_BASE + EDGETPU_TCM_SIZE - 64));
	assert_false(processor_store(&host->dev->processor, EDGETPU_CORE_BASE + CORE_JOB_START, 1));
	corehost_set(host, CORE_ENGINE_RESET, 1);
	assert_int_equal(corehost_get(host, CORE_ENGINES_IDLE), 1);
	assert_int_equal(engine_get(host, VECTOR, CORE_ENGINE_FREE), CORE_ENGINE_DEPTH);
	corehost_set(host, CORE_JOB_START, 1);
}

/* A command may lie anywhere in TCM, down to its last bytes. */
static void test_push_from_anywhere(void **state)
{
	struct corehost *host = *state;
	const uint32_t push = EDGETPU_CORE_BASE + CORE_ENGINE(VECTOR) + CORE_ENGINE_PUSH;
	const uint32_t last = EDGETPU_TCM_SIZE - EDGETPU_COMMAND_SIZE;
	struct processor *processor = &host->dev->processor;
	struct edgetpu_command c = make_fill(0, 64, 9);

	memcpy(processor->tcm + last, &c, sizeof(c));
	memcpy(processor->tcm + last - 4, &c, sizeof(c));
	assert_false(processor_store(processor, push, EDGETPU_TCM_BASE + last + 4));
	assert_false(processor_store(processor, push, EDGETPU_TCM_BASE + last - 2));
	assert_false(processor_store(processor, push, EDGETPU_TCM_BASE - 4));
	assert_false(processor_store(processor, push, 0));
	memcpy(processor->tcm + last, &c, sizeof(c));
	assert_true(processor_store(processor, push, EDGETPU_TCM_BASE + last));
	corehost_wait(host);
	assert_int_equal(engine_get(host, VECTOR, CORE_ENGINE_COMPLETED), 1);
	assert_int_equal(host->dev->sram.bytes[63], 9);
}

/* Queues go round, many times: each command runs once, in its turn, by its own number. */
static void test_queue_goes_round(void **state)
{
	enum { TIMES = 5 * CORE_ENGINE_DEPTH + 3 };
	struct corehost *host = *state;
	const struct edgetpu_trace *trace;
	unsigned int i;

	for (i = 0; i < TIMES; i++) {
		struct edgetpu_command c = make_fill(i * 64, 64, (uint8_t)(i + 1));

		c.tag = 5000 + i;
		while (!engine_get(host, VECTOR, CORE_ENGINE_FREE))
			advance(host, 1);
		corehost_push(host, &c);
		assert_int_equal(engine_get(host, VECTOR, CORE_ENGINE_INDEX), i);
	}
	corehost_wait(host);
	assert_int_equal(engine_get(host, VECTOR, CORE_ENGINE_COMPLETED), TIMES);
	assert_int_equal(engine_get(host, VECTOR, CORE_ENGINE_BUSY_CYCLES), TIMES * 25);
	trace = flush_trace(host);
	for (i = 0; i < TIMES; i++) {
		assert_int_equal(host->dev->sram.bytes[i * 64], i + 1);
		assert_int_equal(trace[i].tag, 5000 + i);
		assert_int_equal(trace[i].end - trace[i].start, 25);
		if (i)
			assert_true(trace[i].start >= trace[i - 1].end);
	}
}

/* A command waits for as many of each engine as it says, and for no more. */
static void test_waits_for_each(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command c = make_fill(0, 64, 3);
	unsigned int e;

	for (e = 0; e < EDGETPU_NUM_ENGINES; e++) {
		corehost_set(host, CORE_JOB_START, 1);
		memset(c.wait, 0, sizeof(c.wait));
		c.wait[e] = 0x10000;
		corehost_set(host, CORE_ENGINE(e) + CORE_ENGINE_COMPLETED, 0xffff);
		corehost_push(host, &c);
		corehost_wait(host);
		assert_int_equal(corehost_get(host, CORE_ENGINES_IDLE), 0);
		corehost_set(host, CORE_ENGINE_RESET, CORE_ENGINE_RESET_STOP);
		corehost_set(host, CORE_ENGINE(e) + CORE_ENGINE_COMPLETED, 0x10000);
		corehost_push(host, &c);
		corehost_wait(host);
		assert_int_equal(corehost_get(host, CORE_ENGINES_IDLE), 1);
		assert_int_equal(engine_get(host, VECTOR, CORE_ENGINE_FAULT), 0);
	}
}

/* What STOP and a job's start leave of a fault: nothing */
static void test_fault_is_forgotten(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command bad = make_dma(EDGETPU_OP_LOAD, 0, 0, 64);
	unsigned int how;

	corehost_set(host, CORE_REGION(1) + CORE_REGION_VA_HI, 0x11);
	for (how = 0; how < 2; how++) {
		host->index = 70;
		corehost_push(host, &bad);
		corehost_wait(host);
		assert_int_equal(engine_get(host, LOAD, CORE_ENGINE_FAULT),
				 EDGETPU_STATUS_MMU_FAULT);
		assert_int_equal(engine_get(host, LOAD, CORE_ENGINE_FAULT_COMMAND), 70);
		assert_int_equal(engine_get(host, LOAD, CORE_ENGINE_FAULT_LO), (uint32_t)CORE_VA);
		assert_int_equal(engine_get(host, LOAD, CORE_ENGINE_FAULT_HI), 0x11);
		assert_int_equal(engine_get(host, LOAD, CORE_ENGINE_COMPLETED), 0);
		assert_int_equal(corehost_get(host, CORE_ENGINE_EVENTS), 1 << LOAD);
		corehost_set(host, how ? CORE_JOB_START : CORE_ENGINE_RESET, 1);
		assert_int_equal(engine_get(host, LOAD, CORE_ENGINE_FAULT), 0);
		assert_int_equal(engine_get(host, LOAD, CORE_ENGINE_FAULT_COMMAND), 0);
		assert_int_equal(engine_get(host, LOAD, CORE_ENGINE_FAULT_LO), 0);
		assert_int_equal(engine_get(host, LOAD, CORE_ENGINE_FAULT_HI), 0);
		assert_int_equal(engine_get(host, LOAD, CORE_ENGINE_BUSY_CYCLES) != 0, !how);
		corehost_set(host, CORE_ENGINE_EVENTS, 0xf);
	}
}

static void test_fault_stops_one_engine(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command good = make_fill(0, 64, 1), bad = good;
	struct edgetpu_command load = make_dma(EDGETPU_OP_LOAD, 0, 4096, 64);

	bad.u.copy.out = CORE_SRAM;
	corehost_push(host, &good);
	corehost_push(host, &bad);
	corehost_push(host, &good);
	corehost_push(host, &load);
	corehost_wait(host);
	assert_int_equal(engine_get(host, VECTOR, CORE_ENGINE_FAULT), EDGETPU_STATUS_BAD_SRAM);
	assert_int_equal(engine_get(host, VECTOR, CORE_ENGINE_FAULT_COMMAND), 1);
	assert_int_equal(engine_get(host, VECTOR, CORE_ENGINE_COMPLETED), 1);
	assert_int_equal(engine_get(host, VECTOR, CORE_ENGINE_FREE), CORE_ENGINE_DEPTH - 1);
	assert_int_equal(corehost_get(host, CORE_ENGINES_IDLE), 0);
	/* others go on, before and after */
	assert_int_equal(engine_get(host, LOAD, CORE_ENGINE_COMPLETED), 1);
	corehost_push(host, &load);
	corehost_wait(host);
	assert_int_equal(engine_get(host, LOAD, CORE_ENGINE_COMPLETED), 2);
	corehost_set(host, CORE_ENGINE_RESET, 1);
	assert_int_equal(engine_get(host, VECTOR, CORE_ENGINE_FAULT), 0);
	/* counts stay until the next job */
	assert_int_equal(engine_get(host, LOAD, CORE_ENGINE_COMPLETED), 2);
	corehost_set(host, CORE_JOB_START, 1);
	assert_int_equal(engine_get(host, LOAD, CORE_ENGINE_COMPLETED), 0);
}

static void test_reset_stops_running(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command c = make_dma(EDGETPU_OP_LOAD, 0, 0, 65536);

	corehost_push(host, &c);
	advance(host, 500);
	assert_int_equal(engine_get(host, LOAD, CORE_ENGINE_COMPLETED), 0);
	assert_int_equal(engine_get(host, LOAD, CORE_ENGINE_BUSY_CYCLES), 500 - 16);
	corehost_set(host, CORE_ENGINE_RESET, 1);
	assert_int_equal(corehost_get(host, CORE_ENGINES_IDLE), 1);
	corehost_wait(host);
	assert_int_equal(engine_get(host, LOAD, CORE_ENGINE_COMPLETED), 0);
	assert_int_equal(corehost_get(host, CORE_ENGINE_EVENTS), 0);
}

static void test_wrong_engine(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command c = make_fill(0, 64, 1);

	memcpy(host->dev->processor.tcm, &c, sizeof(c));
	corehost_set(host, CORE_ENGINE(LOAD) + CORE_ENGINE_PUSH, EDGETPU_TCM_BASE);
	corehost_wait(host);
	assert_int_equal(engine_get(host, LOAD, CORE_ENGINE_FAULT), EDGETPU_STATUS_BAD_COMMAND);
}

/* One above the highest byte that was read or written */
static void test_high_water(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command copy = make_copy(50000, 1000, 500);
	struct edgetpu_command store = make_dma(EDGETPU_OP_STORE, 0, 70000, 100);
	struct edgetpu_command fill = make_fill(80000, 10, 1);

	assert_int_equal(corehost_get(host, CORE_SRAM_HIGH_WATER), 0);
	assert_int_equal(corehost_run(host, &copy), EDGETPU_STATUS_OK);
	assert_int_equal(corehost_get(host, CORE_SRAM_HIGH_WATER), 50500);
	store.u.dma.n1 = 3;
	store.u.dma.sram_stride1 = 1000;
	assert_int_equal(corehost_run(host, &store), EDGETPU_STATUS_OK);
	assert_int_equal(corehost_get(host, CORE_SRAM_HIGH_WATER), 72100);
	fill.u.copy.n2 = 2;
	fill.u.copy.out_stride2 = 500;
	assert_int_equal(corehost_run(host, &fill), EDGETPU_STATUS_OK);
	assert_int_equal(corehost_get(host, CORE_SRAM_HIGH_WATER), 80510);
	/* it does not come down by itself, but by a scrub of just that */
	assert_int_equal(corehost_run(host, &copy), EDGETPU_STATUS_OK);
	assert_int_equal(corehost_get(host, CORE_SRAM_HIGH_WATER), 80510);
	corehost_set(host, CORE_SRAM_SCRUB, 80509);
	assert_int_equal(corehost_get(host, CORE_SRAM_HIGH_WATER), 80510);
	corehost_set(host, CORE_SRAM_SCRUB, 80510);
	assert_int_equal(corehost_get(host, CORE_SRAM_HIGH_WATER), 0);
}

/* 2048 bytes a cycle, rounded up; the engines start when it is done, not before */
static void test_scrub_time(void **state)
{
	struct corehost *host = *state;

	corehost_set(host, CORE_SRAM_SCRUB, 2049);
	assert_int_equal(corehost_get(host, CORE_SRAM_SCRUB), 1);
	advance(host, 1);
	assert_int_equal(corehost_get(host, CORE_SRAM_SCRUB), 1);
	advance(host, 1);
	assert_int_equal(corehost_get(host, CORE_SRAM_SCRUB), 0);
}

static void test_scrub(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command c = make_fill(1000, 50000, 0xaa);
	uint32_t i;

	assert_int_equal(corehost_get(host, CORE_SRAM_BANKS), 32);
	assert_int_equal(corehost_run(host, &c), EDGETPU_STATUS_OK);
	assert_int_equal(corehost_get(host, CORE_SRAM_HIGH_WATER), 51000);
	/* a part of it leaves the mark where it is */
	corehost_set(host, CORE_SRAM_SCRUB, 2000);
	assert_int_equal(corehost_get(host, CORE_SRAM_HIGH_WATER), 51000);
	assert_int_equal(host->dev->sram.bytes[1999], 0);
	assert_int_equal(host->dev->sram.bytes[2000], 0xaa);
	advance(host, 1);
	corehost_set(host, CORE_SRAM_SCRUB, 51000);
	assert_int_equal(corehost_get(host, CORE_SRAM_SCRUB), 1);
	/* 2048 bytes a cycle; engines wait for it */
	corehost_push(host, &c);
	advance(host, 25);
	assert_int_equal(corehost_get(host, CORE_SRAM_SCRUB), 0);
	assert_int_equal(host->dev->sram.high_water, 51000);
	corehost_wait(host);
	corehost_set(host, CORE_SRAM_SCRUB, 0xffffffff);
	assert_int_equal(corehost_get(host, CORE_SRAM_HIGH_WATER), 0);
	for (i = 0; i < CORE_SRAM; i++)
		assert_int_equal(host->dev->sram.bytes[i], 0);
}

static void test_scrub_delays_engines(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command c = make_fill(0, 64, 1);
	const struct edgetpu_trace *trace;
	const uint64_t now = host->dev->processor.rv32.cycle;

	corehost_set(host, CORE_SRAM_SCRUB, CORE_SRAM);
	corehost_push(host, &c);
	assert_false(processor_store(&host->dev->processor, EDGETPU_CORE_BASE + CORE_SRAM_SCRUB, 64));
	corehost_wait(host);
	trace = flush_trace(host);
	assert_int_equal(trace[0].start, now + CORE_SRAM / 2048);
	assert_int_equal(trace[0].issued, now);
}

/* Records reach memory as time passes, not all with the first. */
static void test_trace_takes_its_time(void **state)
{
	enum { COUNT = 5000, MOST_AT_ONCE = 2048 };
	struct corehost *host = *state;
	const struct edgetpu_command c = make_fill(0, 64, 1);
	const struct edgetpu_trace *trace = (const void *)corehost_region(host, 2);
	unsigned int i, there = 0, times = 0;

	for (i = 0; i < COUNT; i++)
		assert_int_equal(corehost_run(host, &c), EDGETPU_STATUS_OK);
	memset(corehost_region(host, 2), 0, COUNT * sizeof(*trace));
	corehost_set(host, CORE_TRACE_FLUSH, 2);
	while (corehost_get(host, CORE_TRACE_FLUSH) == CORE_CDMA_BUSY) {
		const unsigned int before = there;

		while (there < COUNT && trace[there].end)
			there++;
		assert_true(there - before <= MOST_AT_ONCE);
		times += there > before;
		advance(host, 100);
	}
	assert_int_equal(corehost_get(host, CORE_TRACE_FLUSH), EDGETPU_STATUS_OK);
	assert_true(times >= COUNT / MOST_AT_ONCE);
	assert_true(trace[COUNT - 1].end);
	assert_false(trace[COUNT].end);
}

static void test_trace_refused(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command c = make_fill(0, 64, 1);

	assert_int_equal(corehost_run(host, &c), EDGETPU_STATUS_OK);
	/* region 1 is read-only, 0 is the command buffer, 5 is not bound */
	corehost_set(host, CORE_TRACE_FLUSH, 1);
	assert_int_equal(corehost_get(host, CORE_TRACE_FLUSH), EDGETPU_STATUS_BAD_REGION);
	corehost_set(host, CORE_TRACE_FLUSH, 0);
	assert_int_equal(corehost_get(host, CORE_TRACE_FLUSH), EDGETPU_STATUS_BAD_REGION);
	corehost_set(host, CORE_TRACE_FLUSH, 5);
	assert_int_equal(corehost_get(host, CORE_TRACE_FLUSH), EDGETPU_STATUS_BAD_REGION);
	corehost_set(host, CORE_TRACE_FLUSH, 1000);
	assert_int_equal(corehost_get(host, CORE_TRACE_FLUSH), EDGETPU_STATUS_BAD_REGION);
	/* nor does a number beyond mean the first again, whatever that is */
	corehost_set(host, CORE_REGION(0) + CORE_REGION_VA_LO, (uint32_t)CORE_VA);
	corehost_set(host, CORE_REGION(0) + CORE_REGION_SIZE_LO, 4096);
	corehost_set(host, CORE_REGION(0) + CORE_REGION_FLAGS, EDGETPU_REGION_WRITE);
	corehost_set(host, CORE_TRACE_FLUSH, EDGETPU_NUM_REGIONS);
	assert_int_equal(corehost_get(host, CORE_TRACE_FLUSH), EDGETPU_STATUS_BAD_REGION);
	corehost_set(host, CORE_TRACE_FLUSH, 0);
	assert_int_equal(corehost_get(host, CORE_TRACE_FLUSH), EDGETPU_STATUS_BAD_REGION);
	corehost_set(host, CORE_TRACE_FLUSH, EDGETPU_NUM_REGIONS + 2);
	assert_int_equal(corehost_get(host, CORE_TRACE_FLUSH), EDGETPU_STATUS_BAD_REGION);
	/* 31 bytes do not hold a record */
	corehost_set(host, CORE_REGION(2) + CORE_REGION_SIZE_LO, 31);
	corehost_set(host, CORE_TRACE_FLUSH, 2);
	assert_int_equal(corehost_get(host, CORE_TRACE_FLUSH), EDGETPU_STATUS_BAD_REGION);
	/* pages that are not there */
	corehost_set(host, CORE_REGION(2) + CORE_REGION_SIZE_LO, 4096);
	corehost_set(host, CORE_REGION(2) + CORE_REGION_VA_LO, 0x1000);
	corehost_set(host, CORE_TRACE_FLUSH, 2);
	corehost_wait(host);
	assert_int_equal(corehost_get(host, CORE_TRACE_FLUSH), EDGETPU_STATUS_MMU_FAULT);
}

static void test_timer(void **state)
{
	struct corehost *host = *state;

	corehost_set(host, CORE_TIMER, 100);
	advance(host, 99);
	assert_false(corehost_get(host, CORE_EVENT_PENDING) & CORE_EVENT_TIMER);
	advance(host, 1);
	assert_true(corehost_get(host, CORE_EVENT_PENDING) & CORE_EVENT_TIMER);
	corehost_set(host, CORE_EVENT_PENDING, CORE_EVENT_TIMER);
	assert_false(corehost_get(host, CORE_EVENT_PENDING) & CORE_EVENT_TIMER);
	corehost_set(host, CORE_TIMER, 100);
	corehost_set(host, CORE_TIMER, 0);
	advance(host, 1000);
	assert_false(corehost_get(host, CORE_EVENT_PENDING) & CORE_EVENT_TIMER);
}

/* The same commands take the same cycles, whenever the core looks at the engines. */
static void test_looking_changes_nothing(void **state)
{
	uint32_t ends[2][12];
	unsigned int run, i;

	(void)state;
	for (run = 0; run < 2; run++) {
		struct corehost host;
		const struct edgetpu_trace *trace;
		uint32_t seed = 5;

		corehost_init(&host);
		for (i = 0; i < 12; i++) {
			uint32_t at = i * 0x10000, len = 1 + next_random(&seed) % 30000;
			struct edgetpu_command c = make_fill(at, len, 1);

			if (i % 3)
				c = make_dma(i % 3 == 1 ? EDGETPU_OP_LOAD : EDGETPU_OP_STORE, 0,
					     at, len);
			corehost_push(&host, &c);
		}
		while (run && !corehost_get(&host, CORE_ENGINES_IDLE))
			host.dev->processor.rv32.cycle += 1 + next_random(&seed) % 7;
		corehost_wait(&host);
		trace = flush_trace(&host);
		for (i = 0; i < 12; i++)
			ends[run][i] = trace[i].end;
		corehost_free(&host);
	}
	assert_memory_equal(ends[0], ends[1], sizeof(ends[0]));
}

/* --- races ---------------------------------------------------------------------- */

static uint64_t races_of(struct corehost *host, const struct edgetpu_command *a,
			 const struct edgetpu_command *b)
{
	const uint64_t before = edgetpu_device_sram_races(host->dev);

	corehost_push(host, a);
	corehost_push(host, b);
	corehost_wait(host);
	return edgetpu_device_sram_races(host->dev) - before;
}

static void test_races_found(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command load = make_dma(EDGETPU_OP_LOAD, 0, 0, 65536);
	struct edgetpu_command store = make_dma(EDGETPU_OP_STORE, 0, 1000, 100);
	struct edgetpu_command copy = make_copy(65535, 0x20000, 100);
	struct edgetpu_command fill = make_fill(65535, 100, 1);

	/* written while read, read while written, written twice */
	assert_int_equal(races_of(host, &load, &store), 1);
	assert_int_equal(races_of(host, &store, &load), 1);
	assert_int_equal(races_of(host, &load, &copy), 1);
	assert_int_equal(races_of(host, &load, &fill), 1);
	/* host memory: the store writes what the load reads */
	store.u.dma.sram = 0x80000;
	corehost_set(host, CORE_REGION(2) + CORE_REGION_VA_LO, (uint32_t)CORE_VA);
	assert_int_equal(races_of(host, &load, &store), 1);
}

/* Nor is there one with what a reset of the device has ended. */
static void test_no_races_with_the_dead(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command load = make_dma(EDGETPU_OP_LOAD, 0, 0, 65536);
	struct edgetpu_command fill = make_fill(0, 64, 1);

	corehost_push(host, &load);
	advance(host, 200);
	assert_int_equal(corehost_get(host, CORE_ENGINES_IDLE), 0);
	edgetpu_device_reset(host->dev);
	edgetpu_device_run(host->dev);
	assert_int_equal(races_of(host, &fill, &fill), 0);
	/* nor with one that was stopped */
	corehost_push(host, &fill);
	advance(host, 20);
	corehost_set(host, CORE_ENGINE_RESET, CORE_ENGINE_RESET_STOP);
	assert_int_equal(races_of(host, &fill, &fill), 0);
}

static void test_no_races_reported(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command load = make_dma(EDGETPU_OP_LOAD, 0, 0, 65536);
	struct edgetpu_command store = make_dma(EDGETPU_OP_STORE, 0, 65536, 100);
	struct edgetpu_command copy = make_copy(0, 0x20000, 100);
	uint64_t done;

	assert_int_equal(races_of(host, &load, &store), 0);
	/* ordered by a wait */
	copy.wait[LOAD] = engine_get(host, LOAD, CORE_ENGINE_COMPLETED) + 1;
	assert_int_equal(races_of(host, &load, &copy), 0);
	/* two readers */
	copy.wait[LOAD] = 0;
	store.u.dma.sram = 0;
	assert_int_equal(races_of(host, &store, &copy), 0);
	/* channels [0, 16) and [16, 32) of the same pixels */
	load.u.dma.len = 16;
	load.u.dma.n1 = 1000;
	load.u.dma.mem_stride1 = 16;
	load.u.dma.sram_stride1 = 32;
	copy = make_fill(16, 16, 1);
	copy.u.copy.n1 = 1000;
	copy.u.copy.out_stride1 = 32;
	assert_int_equal(races_of(host, &load, &copy), 0);
	done = edgetpu_device_sram_races(host->dev);
	copy.u.copy.out--;
	assert_int_equal(races_of(host, &load, &copy), 1);
	assert_int_equal(edgetpu_device_sram_races(host->dev), done + 1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, corehost_setup, corehost_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_cycles_of_one_command),
		TEST(test_waits),
		TEST(test_engines_overlap),
		TEST(test_dram_is_shared),
		TEST(test_queue_full),
		TEST(test_push_from_anywhere),
		TEST(test_queue_goes_round),
		TEST(test_waits_for_each),
		TEST(test_fault_is_forgotten),
		TEST(test_fault_stops_one_engine),
		TEST(test_high_water),
		TEST(test_scrub_time),
		TEST(test_reset_stops_running),
		TEST(test_wrong_engine),
		TEST(test_scrub),
		TEST(test_scrub_delays_engines),
		TEST(test_trace_takes_its_time),
		TEST(test_trace_refused),
		TEST(test_timer),
		TEST(test_looking_changes_nothing),
		TEST(test_races_found),
		TEST(test_no_races_with_the_dead),
		TEST(test_no_races_reported),
	};

	return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
