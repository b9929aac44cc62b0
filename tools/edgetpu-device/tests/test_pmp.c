// SPDX-License-Identifier: GPL-2.0-only
/*
 * Physical memory protection: what entries mean, and that the core and the control
 * DMA keep to them. Behaviour is the privileged specification's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "corehost.h"

#define BASE	EDGETPU_TCM_BASE
#define CFG(i)	(0x3a0 + (i))
#define ADDR(i)	(0x3b0 + (i))

#define TOR	0x08u
#define NA4	0x10u
#define NAPOT	0x18u
#define LOCK	0x80u

static uint32_t csr(const struct pmp *pmp, uint32_t number)
{
	uint32_t value = 0xdeadbeef;

	assert_true(pmp_csr_read(pmp, number, &value));
	return value;
}

static uint32_t napot(uint32_t addr, uint32_t size)
{
	return (addr >> 2) | (size / 8 - 1);
}

static void expect(const struct pmp *pmp, uint32_t addr, uint32_t rights)
{
	unsigned int r;

	for (r = PMP_R; r <= PMP_X; r <<= 1) {
		assert_int_equal(pmp_allows(pmp, addr, r), (rights & r) != 0);
		if (addr - pmp->base < PMP_GRANULES * PMP_GRANULE)
			assert_int_equal(pmp_range_allows(pmp, addr, 1, r), (rights & r) != 0);
	}
}

#define ALL (PMP_R | PMP_W | PMP_X)

static void test_ranges(void **state)
{
	struct pmp pmp;

	(void)state;
	pmp_reset(&pmp, BASE);
	expect(&pmp, BASE, ALL);
	/* the first that matches decides, the others are for what it leaves */
	pmp_csr_write(&pmp, ADDR(0), (BASE + 0x1000) >> 2);
	pmp_csr_write(&pmp, ADDR(1), (BASE + 0x2000) >> 2);
	pmp_csr_write(&pmp, ADDR(2), napot(BASE, 0x40000));
	pmp_csr_write(&pmp, CFG(0), (LOCK | TOR | PMP_R | PMP_X) << 8 |
		      (LOCK | NAPOT | PMP_R | PMP_W) << 16);
	expect(&pmp, BASE, PMP_R | PMP_W);
	expect(&pmp, BASE + 0xfff, PMP_R | PMP_W);
	expect(&pmp, BASE + 0x1000, PMP_R | PMP_X);
	expect(&pmp, BASE + 0x1fff, PMP_R | PMP_X);
	expect(&pmp, BASE + 0x2000, PMP_R | PMP_W);
	expect(&pmp, BASE + 0x3ffff, PMP_R | PMP_W);
	expect(&pmp, BASE + 0x40000, ALL);
	expect(&pmp, BASE - 1, ALL);
	assert_true(pmp_range_allows(&pmp, BASE + 0x800, 0x800, PMP_W));
	assert_false(pmp_range_allows(&pmp, BASE + 0x800, 0x804, PMP_W));
	assert_false(pmp_range_allows(&pmp, BASE + 0x1ffc, 8, PMP_W));
	assert_true(pmp_range_allows(&pmp, BASE + 0x2000, 4, PMP_W));
}

static void test_only_locked_entries_bind(void **state)
{
	struct pmp pmp;

	(void)state;
	pmp_reset(&pmp, BASE);
	pmp_csr_write(&pmp, ADDR(0), napot(BASE, 0x1000));
	pmp_csr_write(&pmp, ADDR(1), napot(BASE, 0x2000));
	pmp_csr_write(&pmp, CFG(0), (LOCK | NAPOT | PMP_R) << 8 | NAPOT);
	/* an entry that is not locked lets through what it matches */
	expect(&pmp, BASE + 0x800, ALL);
	expect(&pmp, BASE + 0x1800, PMP_R);
}

static void test_locks(void **state)
{
	struct pmp pmp;

	(void)state;
	pmp_reset(&pmp, BASE);
	pmp_csr_write(&pmp, ADDR(2), 0x400);
	pmp_csr_write(&pmp, ADDR(3), 0x800);
	pmp_csr_write(&pmp, CFG(0), (LOCK | TOR | PMP_R) << 24);
	/* neither end of what is locked moves, nor does its entry change */
	pmp_csr_write(&pmp, ADDR(2), 0);
	pmp_csr_write(&pmp, ADDR(3), 0);
	pmp_csr_write(&pmp, CFG(0), TOR | PMP_X);
	assert_int_equal(csr(&pmp, ADDR(2)), 0x400);
	assert_int_equal(csr(&pmp, ADDR(3)), 0x800);
	assert_int_equal(csr(&pmp, CFG(0)), (LOCK | TOR | PMP_R) << 24 | TOR | PMP_X);
	pmp_csr_write(&pmp, ADDR(1), 0x100);
	assert_int_equal(csr(&pmp, ADDR(1)), 0x100);
	pmp_reset(&pmp, BASE);
	assert_int_equal(csr(&pmp, CFG(0)), 0);
	expect(&pmp, 0x1800, ALL);
}

/* All of the address space, what is below an address, and what is only begun */
static void test_extremes(void **state)
{
	struct pmp pmp;

	(void)state;
	pmp_reset(&pmp, BASE);
	pmp_csr_write(&pmp, ADDR(7), 0xffffffff);
	pmp_csr_write(&pmp, CFG(1), (uint32_t)(LOCK | NAPOT | PMP_R) << 24);
	expect(&pmp, 0, PMP_R);
	expect(&pmp, BASE, PMP_R);
	expect(&pmp, 0xffffffff, PMP_R);
	/* its address is its own alone: there is no entry behind it */
	pmp_csr_write(&pmp, ADDR(6), 0x40);
	assert_int_equal(csr(&pmp, ADDR(6)), 0x40);
	pmp_csr_write(&pmp, ADDR(7), 0);
	assert_int_equal(csr(&pmp, ADDR(7)), 0xffffffff);
	pmp_reset(&pmp, BASE);
	/* the first entry's range begins at 0 */
	pmp_csr_write(&pmp, ADDR(0), (BASE + 0x100) >> 2);
	pmp_csr_write(&pmp, CFG(0), LOCK | TOR | PMP_X);
	expect(&pmp, 0, PMP_X);
	expect(&pmp, BASE + 0xff, PMP_X);
	expect(&pmp, BASE + 0x100, ALL);
	/* nothing lies between an address and a lower one */
	pmp_csr_write(&pmp, ADDR(1), BASE >> 2);
	pmp_csr_write(&pmp, CFG(0), (LOCK | TOR) << 8);
	expect(&pmp, BASE + 0x100, ALL);
	expect(&pmp, BASE + 0xff, PMP_X);
	/* memory ends */
	assert_true(pmp_range_allows(&pmp, BASE + 0x3ff00, 0x100, PMP_W));
	assert_false(pmp_range_allows(&pmp, BASE + 0x3ff00, 0x101, PMP_W));
	assert_false(pmp_range_allows(&pmp, BASE + 0xc0, 0x80, PMP_W));
	assert_true(pmp_range_allows(&pmp, BASE + 0x100, 1, PMP_W));
}

/* The end of a range may be in the other word of configurations than its start. */
static void test_locks_of_all(void **state)
{
	struct pmp pmp;
	unsigned int i, j;

	(void)state;
	for (i = 0; i < 8; i++) {
		pmp_reset(&pmp, BASE);
		for (j = 0; j < 8; j++)
			pmp_csr_write(&pmp, ADDR(j), 0x1000 * (j + 1));
		pmp_csr_write(&pmp, CFG(i / 4), (LOCK | TOR | PMP_R) << 8 * (i % 4));
		for (j = 0; j < 8; j++) {
			const bool locked = j == i || j + 1 == i;

			pmp_csr_write(&pmp, ADDR(j), 0x9000);
			assert_int_equal(csr(&pmp, ADDR(j)), locked ? 0x1000 * (j + 1) : 0x9000);
		}
		assert_int_equal(csr(&pmp, CFG(i / 4)), (LOCK | TOR | PMP_R) << 8 * (i % 4));
		assert_int_equal(csr(&pmp, CFG(1 - i / 4)), 0);
		/* without TOR the start is free */
		pmp_reset(&pmp, BASE);
		pmp_csr_write(&pmp, CFG(i / 4), (LOCK | NAPOT | PMP_R) << 8 * (i % 4));
		for (j = 0; j < 8; j++) {
			pmp_csr_write(&pmp, ADDR(j), 0x9000);
			assert_int_equal(csr(&pmp, ADDR(j)), j == i ? 7 : 0x9000);
		}
	}
}

static void test_what_cannot_be_written(void **state)
{
	struct pmp pmp;
	uint32_t value;

	(void)state;
	pmp_reset(&pmp, BASE);
	/* NA4 is finer than the granule, writing without reading is reserved */
	pmp_csr_write(&pmp, CFG(1), NA4 | PMP_R);
	assert_int_equal(csr(&pmp, CFG(1)), PMP_R);
	pmp_csr_write(&pmp, CFG(1), 0x60 | TOR | PMP_W | PMP_X);
	assert_int_equal(csr(&pmp, CFG(1)), TOR | PMP_X);
	/* 64 bytes: four bits of an address do not count, or three read as ones */
	pmp_csr_write(&pmp, ADDR(4), 0xffffffff);
	assert_int_equal(csr(&pmp, ADDR(4)), 0xfffffff0);
	pmp_csr_write(&pmp, CFG(1), NAPOT);
	pmp_csr_write(&pmp, ADDR(4), 0x100);
	assert_int_equal(csr(&pmp, ADDR(4)), 0x107);
	assert_false(pmp_csr_read(&pmp, CFG(2), &value));
	assert_false(pmp_csr_read(&pmp, ADDR(8), &value));
	assert_false(pmp_csr_write(&pmp, ADDR(8), 0));
}

/* --- the core ------------------------------------------------------------------- */

#define CODE	(BASE + 0x1000)
#define OTHER	(BASE + 0x8000)
#define VECTOR	(BASE + 0x2000)

/* csrw pmpaddr0, a0; csrw pmpcfg0, a1; then @insn with a0 = @addr */
static struct rv32 *guarded(struct corehost *host, uint32_t cfg, uint32_t region, uint32_t insn,
			    uint32_t addr)
{
	static const uint32_t setup[] = { 0x3b051073, 0x3a059073 };
	struct processor *processor = &host->dev->processor;
	struct rv32 *core = &processor->rv32;

	processor_reset(processor);
	memcpy(processor->tcm + (CODE - BASE), setup, sizeof(setup));
	memcpy(processor->tcm + (CODE - BASE) + 8, &insn, 4);
	core->pc = CODE;
	core->mtvec = VECTOR;
	core->x[10] = napot(region, 0x1000);
	core->x[11] = cfg;
	rv32_run(core, core->cycle + 2);
	core->x[10] = addr;
	rv32_run(core, core->cycle + 1);
	return core;
}

#define LW	0x00052583u	/* lw a1, 0(a0) */
#define LB	0x00050583u
#define SW	0x00b52023u	/* sw a1, 0(a0) */
#define SB	0x00b50023u
#define JR	0x00050067u	/* jr a0 */

static void expect_trap(const struct rv32 *core, uint32_t cause, uint32_t tval)
{
	assert_int_equal(core->pc, VECTOR);
	assert_int_equal(core->mcause, cause);
	assert_int_equal(core->mtval, tval);
}

static void test_core_keeps_to_it(void **state)
{
	struct corehost *host = *state;
	const uint32_t none = LOCK | NAPOT, read = none | PMP_R, all = read | PMP_W | PMP_X;
	struct rv32 *core;

	core = guarded(host, all, OTHER, SW, OTHER);
	assert_int_equal(core->pc, CODE + 12);
	core = guarded(host, read, OTHER, LW, OTHER + 4);
	assert_int_equal(core->pc, CODE + 12);
	expect_trap(guarded(host, read, OTHER, SW, OTHER + 0xffc), RV32_CAUSE_STORE_ACCESS,
		    OTHER + 0xffc);
	expect_trap(guarded(host, read, OTHER, SB, OTHER), RV32_CAUSE_STORE_ACCESS, OTHER);
	expect_trap(guarded(host, none, OTHER, LW, OTHER), RV32_CAUSE_LOAD_ACCESS, OTHER);
	expect_trap(guarded(host, none, OTHER, LB, OTHER + 7), RV32_CAUSE_LOAD_ACCESS, OTHER + 7);
	core = guarded(host, none, OTHER, SW, OTHER + 0x1000);
	assert_int_equal(core->pc, CODE + 12);

	core = guarded(host, read | PMP_W, OTHER, JR, OTHER);
	assert_int_equal(core->pc, OTHER);
	rv32_run(core, core->cycle + 1);
	expect_trap(core, RV32_CAUSE_FETCH_ACCESS, OTHER);
	/* four bytes whose second half is in there */
	core = guarded(host, read, OTHER, JR, OTHER - 2);
	memcpy(host->dev->processor.tcm + (OTHER - 2 - BASE), &(uint32_t){ LW }, 4);
	rv32_run(core, core->cycle + 1);
	expect_trap(core, RV32_CAUSE_FETCH_ACCESS, OTHER - 2);
	/* registers too */
	expect_trap(guarded(host, read, EDGETPU_CORE_BASE, SW, EDGETPU_CORE_BASE + CORE_TIMER),
		    RV32_CAUSE_STORE_ACCESS, EDGETPU_CORE_BASE + CORE_TIMER);
}

static void test_dma_keeps_to_it(void **state)
{
	struct corehost *host = *state;
	uint8_t *tcm = host->dev->processor.tcm;

	guarded(host, LOCK | NAPOT | PMP_R, OTHER, LW, OTHER);
	memset(host->memory + CORE_TABLES, 0x77, 256);
	corehost_set(host, CORE_CDMA_ADDR_LO, (uint32_t)CORE_HOST_BASE + CORE_TABLES);
	corehost_set(host, CORE_CDMA_ADDR_HI, (uint32_t)(CORE_HOST_BASE >> 32));
	corehost_set(host, CORE_CDMA_CONTEXT, 0);
	corehost_set(host, CORE_CDMA_LEN, 128);
	corehost_set(host, CORE_CDMA_LOCAL, OTHER - 64);
	corehost_set(host, CORE_CDMA_START, CORE_CDMA_TO_TCM);
	assert_int_equal(corehost_get(host, CORE_CDMA_STATUS), EDGETPU_STATUS_BAD_JOB);
	assert_int_equal(tcm[OTHER - 64 - BASE], 0);
	assert_int_equal(tcm[OTHER - BASE], 0);
	/* from there, and beside it */
	corehost_set(host, CORE_CDMA_START, CORE_CDMA_TO_HOST);
	corehost_wait(host);
	assert_int_equal(corehost_get(host, CORE_CDMA_STATUS), EDGETPU_STATUS_OK);
	memset(host->memory + CORE_TABLES, 0x77, 256);
	corehost_set(host, CORE_CDMA_LEN, 64);
	corehost_set(host, CORE_CDMA_START, CORE_CDMA_TO_TCM);
	corehost_wait(host);
	assert_int_equal(corehost_get(host, CORE_CDMA_STATUS), EDGETPU_STATUS_OK);
	assert_int_equal(tcm[OTHER - 1 - BASE], 0x77);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, corehost_setup, corehost_teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_only_locked_entries_bind),
		cmocka_unit_test(test_locks),
		cmocka_unit_test(test_extremes),
		cmocka_unit_test(test_locks_of_all),
		cmocka_unit_test(test_what_cannot_be_written),
		TEST(test_core_keeps_to_it),
		TEST(test_dma_keeps_to_it),
	};

	return cmocka_run_group_tests_name("pmp", tests, NULL, NULL);
}
