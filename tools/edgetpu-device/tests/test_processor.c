// SPDX-License-Identifier: GPL-2.0-only
/*
 * The control processor among the other parts: interrupts when their event happens,
 * sleep, steps, time. Programs are words of code.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "corehost.h"

#define BASE	EDGETPU_TCM_BASE
#define HANDLER	0x400u	/* offsets in TCM */
#define RESULT	0x700u

enum { ZERO = 0, T0 = 5, T1 = 6, T2 = 7 };

/* --- an assembler ------------------------------------------------------------------ */

static uint32_t i_type(uint32_t op, uint32_t f3, uint32_t rd, uint32_t rs1, uint32_t imm)
{
	return (imm & 0xfff) << 20 | rs1 << 15 | f3 << 12 | rd << 7 | op;
}

static uint32_t lui(uint32_t rd, uint32_t value)
{
	return (value & 0xfffff000) | rd << 7 | 0x37;
}

static uint32_t addi(uint32_t rd, uint32_t rs1, uint32_t imm)
{
	return i_type(0x13, 0, rd, rs1, imm);
}

static uint32_t sw(uint32_t rs2, uint32_t rs1, uint32_t imm)
{
	return (imm >> 5 & 0x7f) << 25 | rs2 << 20 | rs1 << 15 | 2 << 12 | (imm & 31) << 7 | 0x23;
}

static uint32_t csrw(uint32_t csr, uint32_t rs1)
{
	return i_type(0x73, 1, ZERO, rs1, csr);
}

static uint32_t csrr(uint32_t rd, uint32_t csr)
{
	return i_type(0x73, 2, rd, ZERO, csr);
}

#define WFI	0x10500073u
#define LOOP	0x0000006fu	/* to itself */
#define BACK	0xfe000ee3u	/* beq zero, zero, .-4 */
#define CSR_MIE		0x304
#define CSR_MTVEC	0x305
#define CSR_MSTATUS	0x300
#define CSR_MCYCLE	0xb00

static void put(struct corehost *host, uint32_t at, const uint32_t *code, size_t size)
{
	memcpy(host->dev->processor.tcm + at, code, size);
}

static uint32_t word(struct corehost *host, uint32_t at)
{
	uint32_t value;

	memcpy(&value, host->dev->processor.tcm + at, 4);
	return value;
}

/*
 * A program that asks for @event, sets the timer, enables interrupts if @mie, and goes
 * on with @rest; the handler puts the cycle at RESULT and halts the core.
 */
static void load(struct corehost *host, uint32_t event, uint32_t timer, bool mie,
		 uint32_t mstatus, uint32_t rest)
{
	const uint32_t code[] = {
		lui(T0, EDGETPU_CORE_BASE),
		lui(T1, BASE), addi(T1, T1, HANDLER), csrw(CSR_MTVEC, T1),
		addi(T1, ZERO, event), sw(T1, T0, CORE_EVENT_ENABLE),
		addi(T1, ZERO, timer), sw(T1, T0, CORE_TIMER),
		lui(T1, mie ? 0x1000 : 0), addi(T1, T1, mie ? -2048u : 0), csrw(CSR_MIE, T1),
		addi(T1, ZERO, mstatus), csrw(CSR_MSTATUS, T1),
		rest, addi(T2, T2, 1), BACK,
	};
	const uint32_t handler[] = {
		csrr(T1, CSR_MCYCLE), lui(T2, BASE + RESULT), addi(T2, T2, RESULT),
		sw(T1, T2, 0), addi(T1, ZERO, 1), sw(T1, T0, CORE_CRASH), LOOP,
	};

	processor_reset(&host->dev->processor);
	put(host, 0, code, sizeof(code));
	put(host, HANDLER, handler, sizeof(handler));
	processor_start(&host->dev->processor, BASE, 0);
}

#define NOP	addi(ZERO, ZERO, 0)
#define MIE	8u

/* An interrupt comes when its event does, not when somebody happens to look. */
static void test_interrupt_in_time(void **state)
{
	struct corehost *host = *state;

	load(host, CORE_EVENT_TIMER, 1000, true, MIE, NOP);
	assert_false(edgetpu_device_run(host->dev));
	assert_int_equal(edgetpu_device_read(host->dev, EDGETPU_REG_CORE_STATUS),
			 EDGETPU_CORE_CRASHED);
	/* the store that set it, the instruction it meets, the trap */
	assert_in_range(word(host, RESULT), 1000, 1000 + 24);
}

/* The same out of sleep, long after the core has nothing else to do */
static void test_sleep_until_the_event(void **state)
{
	struct corehost *host = *state;

	load(host, CORE_EVENT_TIMER, 2000, true, MIE, WFI);
	assert_false(edgetpu_device_run(host->dev));
	assert_in_range(word(host, RESULT), 2000, 2000 + 24);
	assert_int_equal(host->dev->processor.state, EDGETPU_CORE_CRASHED);
}

/* An event that is not asked for wakes nobody; nor does one without MEIE. Neither hangs. */
static void test_sleep_goes_on(void **state)
{
	struct corehost *host = *state;

	load(host, CORE_EVENT_CDMA, 500, true, MIE, WFI);
	assert_false(edgetpu_device_run(host->dev));
	assert_int_equal(edgetpu_device_read(host->dev, EDGETPU_REG_CORE_STATUS),
			 EDGETPU_CORE_WAITING);
	assert_true(host->dev->processor.latched & CORE_EVENT_TIMER);
	assert_int_equal(host->dev->processor.rv32.x[T2], 0);

	load(host, CORE_EVENT_TIMER, 500, false, 0, WFI);
	assert_false(edgetpu_device_run(host->dev));
	assert_int_equal(edgetpu_device_read(host->dev, EDGETPU_REG_CORE_STATUS),
			 EDGETPU_CORE_WAITING);
	assert_true(host->dev->processor.rv32.meip);
	assert_false(edgetpu_device_run(host->dev));
	assert_int_equal(host->dev->processor.rv32.x[T2], 0);
}

/* What the host does wakes it, also before it has gone to sleep. */
static void test_host_wakes(void **state)
{
	struct corehost *host = *state;
	unsigned int early;

	for (early = 0; early < 2; early++) {
		load(host, CORE_EVENT_MAILBOX | CORE_EVENT_DOORBELL, 0, true, MIE, WFI);
		if (!early)
			assert_false(edgetpu_device_run(host->dev));
		edgetpu_device_write(host->dev, EDGETPU_REG_MBOX_REQ_SEQ, 1);
		while (edgetpu_device_run(host->dev))
			;
		assert_int_equal(host->dev->processor.state, EDGETPU_CORE_CRASHED);
		assert_true(host->dev->processor.latched & CORE_EVENT_MAILBOX);
		host->dev->processor.latched = 0;
	}
	load(host, CORE_EVENT_DOORBELL, 0, true, MIE, WFI);
	assert_false(edgetpu_device_run(host->dev));
	edgetpu_device_write(host->dev, EDGETPU_REG_DOORBELL(EDGETPU_MAX_RINGS - 1), 1);
	while (edgetpu_device_run(host->dev))
		;
	assert_int_equal(host->dev->processor.state, EDGETPU_CORE_CRASHED);
}

/* A core that is busy stops to look after some microseconds, and at once at an event. */
static void test_steps(void **state)
{
	struct corehost *host = *state;
	struct processor *processor = &host->dev->processor;
	struct edgetpu_command fill = make_fill(0, 64, 1);
	uint64_t begin;

	load(host, 0, 0, false, 0, NOP);
	begin = processor->rv32.cycle;
	assert_int_equal(processor_step(processor), PROCESSOR_BUSY);
	assert_in_range(processor->rv32.cycle - begin, 4096, 4096 + 3);
	assert_int_equal(host->dev->clock.now, processor->rv32.cycle);
	begin = processor->rv32.cycle;
	memcpy(processor->tcm + 0x1000, &fill, sizeof(fill));
	corehost_set(host, CORE_ENGINE(EDGETPU_ENGINE_VECTOR) + CORE_ENGINE_PUSH, BASE + 0x1000);
	processor->rv32.stop = false;
	assert_int_equal(processor_step(processor), PROCESSOR_BUSY);
	/* it starts after 16 cycles, ends after 25 more */
	assert_in_range(processor->rv32.cycle - begin, 16, 16 + 3);
	assert_int_equal(processor_step(processor), PROCESSOR_BUSY);
	assert_in_range(processor->rv32.cycle - begin, 41, 41 + 3);
	assert_int_equal(corehost_get(host, CORE_ENGINES_IDLE), 1);
}

static void test_idle(void **state)
{
	struct corehost *host = *state;
	struct processor *processor = &host->dev->processor;
	uint64_t begin;

	load(host, CORE_EVENT_TIMER, 0, true, 0, WFI);
	assert_int_equal(processor_step(processor), PROCESSOR_IDLE);
	begin = processor->rv32.cycle;
	corehost_set(host, CORE_TIMER, 100000);
	processor->rv32.stop = false;
	assert_int_equal(processor_step(processor), PROCESSOR_BUSY);
	assert_int_equal(processor->rv32.cycle, begin + 100000);
	assert_int_equal(host->dev->clock.now, begin + 100000);
	assert_true(processor->rv32.meip);
	/* awake */
	assert_int_equal(processor_step(processor), PROCESSOR_BUSY);
	assert_true(processor->rv32.x[T2] > 0);
}

/* One that hangs executes nothing, while what it began goes on to its end. */
static void test_hung(void **state)
{
	struct corehost *host = *state;
	struct processor *processor = &host->dev->processor;
	struct edgetpu_command fill = make_fill(0, 64, 1);

	load(host, 0, 0, false, 0, NOP);
	corehost_push(host, &fill);
	processor_hang(processor);
	while (processor_step(processor) == PROCESSOR_BUSY)
		;
	assert_int_equal(processor->rv32.instret, 0);
	assert_int_equal(host->dev->sram.bytes[63], 1);
	assert_int_equal(processor_step(processor), PROCESSOR_IDLE);
	processor_reset(processor);
	assert_false(processor->hung);
}

static void test_start(void **state)
{
	struct corehost *host = *state;
	struct processor *processor = &host->dev->processor;

	processor_reset(processor);
	assert_int_equal(processor->state, EDGETPU_CORE_RESET);
	processor_start(processor, BASE + 0x40, 12345);
	assert_int_equal(processor->state, EDGETPU_CORE_RUNNING);
	assert_int_equal(processor->rv32.pc, BASE + 0x40);
	assert_int_equal(processor->rv32.cycle, 12345);
}

/* --- registers of its own ------------------------------------------------------------------ */

static void test_time(void **state)
{
	struct corehost *host = *state;
	struct rv32 *core = &host->dev->processor.rv32;

	core->cycle = 0x7fffffffffull;
	core->instret = 0x512345678ull;
	assert_int_equal(corehost_get(host, CORE_CYCLES_LO), 0xffffffff);
	core->cycle++;
	/* of the moment when LO was read */
	assert_int_equal(corehost_get(host, CORE_CYCLES_HI), 0x7f);
	assert_int_equal(corehost_get(host, CORE_CYCLES_LO), 0);
	assert_int_equal(corehost_get(host, CORE_CYCLES_HI), 0x80);
	assert_int_equal(corehost_get(host, CORE_INSTRET_LO), 0x12345678);
}

static void test_ones_that_do_nothing(void **state)
{
	struct corehost *host = *state;

	corehost_set(host, CORE_CRASH, 2);
	corehost_set(host, CORE_CRASH, 0);
	assert_false(host->dev->processor.rv32.halt);
	corehost_set(host, CORE_BOOT_READY, 0);
	assert_int_equal(edgetpu_device_read(host->dev, EDGETPU_REG_BOOT_STATUS),
			 EDGETPU_BOOT_IDLE);
	corehost_set(host, CORE_JOB_START, 0);
	corehost_set(host, CORE_ENGINE_RESET, 0);
	corehost_set(host, CORE_ENGINE_RESET, 3);
	corehost_set(host, CORE_CRASH, 1);
	assert_true(host->dev->processor.rv32.halt);
	assert_int_equal(host->dev->processor.state, EDGETPU_CORE_CRASHED);
}

static void test_events(void **state)
{
	struct corehost *host = *state;
	struct processor *processor = &host->dev->processor;

	processor_latch(processor, CORE_EVENT_TIMER | CORE_EVENT_MAILBOX);
	assert_int_equal(corehost_get(host, CORE_EVENT_PENDING),
			 CORE_EVENT_TIMER | CORE_EVENT_MAILBOX);
	corehost_set(host, CORE_EVENT_ENABLE, CORE_EVENT_DOORBELL);
	assert_false(processor->rv32.meip);
	corehost_set(host, CORE_EVENT_ENABLE, CORE_EVENT_TIMER);
	assert_true(processor->rv32.meip);
	/* one is cleared, the other stays */
	corehost_set(host, CORE_EVENT_PENDING, CORE_EVENT_TIMER);
	assert_false(processor->rv32.meip);
	assert_int_equal(corehost_get(host, CORE_EVENT_PENDING), CORE_EVENT_MAILBOX);
	assert_int_equal(corehost_get(host, CORE_EVENT_ENABLE), CORE_EVENT_TIMER);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, corehost_setup, corehost_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_interrupt_in_time),
		TEST(test_sleep_until_the_event),
		TEST(test_sleep_goes_on),
		TEST(test_host_wakes),
		TEST(test_steps),
		TEST(test_idle),
		TEST(test_hung),
		TEST(test_start),
		TEST(test_time),
		TEST(test_ones_that_do_nothing),
		TEST(test_events),
	};

	return cmocka_run_group_tests_name("processor", tests, NULL, NULL);
}
