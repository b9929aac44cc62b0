// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every encoding of the control processor: compressed instructions against the
 * specification's tables, registers and immediates one by one, which CSRs and
 * functions there are, and what reset leaves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/processor/rv32.h"

#define BASE	0x10000000u
#define SIZE	0x4000u
#define CODE	(BASE + 0x800)
#define DATA	(BASE + 0x2000)
#define VECTOR	(BASE + 0x400)

enum {
	LOAD = 0x03,
	FENCE = 0x0f,
	IMM = 0x13,
	AUIPC = 0x17,
	STORE = 0x23,
	REG = 0x33,
	LUI = 0x37,
	BRANCH = 0x63,
	JALR = 0x67,
	JAL = 0x6f,
	SYSTEM = 0x73,
};

#define EBREAK	0x00100073u

struct machine {
	struct rv32 core;
	uint8_t memory[SIZE];
};

static bool no_load(void *opaque, uint32_t addr, uint32_t *value)
{
	(void)opaque;
	(void)addr;
	(void)value;
	return false;
}

static bool no_store(void *opaque, uint32_t addr, uint32_t value)
{
	(void)opaque;
	(void)addr;
	(void)value;
	return false;
}

/* Registers that are addresses of data, one behind the other */
static void init(struct machine *m)
{
	uint32_t i;

	memset(m, 0, sizeof(*m));
	m->core.memory = m->memory;
	m->core.memory_base = BASE;
	m->core.memory_size = SIZE;
	m->core.load = no_load;
	m->core.store = no_store;
	rv32_reset(&m->core, CODE);
	m->core.mtvec = VECTOR;
	for (i = 1; i < 32; i++)
		m->core.x[i] = DATA + 64 * i;
	for (i = 0; i < SIZE - (DATA - BASE); i++)
		m->memory[DATA - BASE + i] = (uint8_t)(i * 7 + i / 256);
}

/* Runs this one instruction. */
static void step(struct machine *m, uint32_t insn)
{
	memcpy(m->memory + (CODE - BASE), &insn, (insn & 3) == 3 ? 4 : 2);
	m->core.pc = CODE;
	rv32_run(&m->core, m->core.cycle + 1);
}

static bool trapped(const struct machine *m)
{
	return m->core.in_trap;
}

/* --- what the specification says of encodings --------------------------------------- */

static uint32_t i_type(uint32_t op, uint32_t f3, uint32_t rd, uint32_t rs1, uint32_t imm)
{
	return (imm & 0xfff) << 20 | rs1 << 15 | f3 << 12 | rd << 7 | op;
}

static uint32_t r_type(uint32_t f7, uint32_t f3, uint32_t rd, uint32_t rs1, uint32_t rs2)
{
	return f7 << 25 | rs2 << 20 | rs1 << 15 | f3 << 12 | rd << 7 | REG;
}

static uint32_t s_type(uint32_t f3, uint32_t rs1, uint32_t rs2, uint32_t imm)
{
	return (imm >> 5 & 0x7f) << 25 | rs2 << 20 | rs1 << 15 | f3 << 12 | (imm & 0x1f) << 7 | STORE;
}

static uint32_t b_type(uint32_t f3, uint32_t rs1, uint32_t rs2, uint32_t imm)
{
	return (imm >> 12 & 1) << 31 | (imm >> 5 & 0x3f) << 25 | rs2 << 20 | rs1 << 15 | f3 << 12 |
	       (imm >> 1 & 0xf) << 8 | (imm >> 11 & 1) << 7 | BRANCH;
}

static uint32_t j_type(uint32_t rd, uint32_t imm)
{
	return (imm >> 20 & 1) << 31 | (imm >> 1 & 0x3ff) << 21 | (imm >> 11 & 1) << 20 |
	       (imm >> 12 & 0xff) << 12 | rd << 7 | JAL;
}

/* The immediate of a compressed instruction: where its bits from @from on go, downwards */
static uint32_t scattered(uint32_t c, const char *places)
{
	uint32_t imm = 0;
	char *end;

	while (*places) {
		uint32_t from = (uint32_t)strtoul(places, &end, 10);
		uint32_t to = (uint32_t)strtoul(end + 1, &end, 10);

		imm |= (c >> from & 1) << to;
		places = *end ? end + 1 : end;
	}
	return imm;
}

static uint32_t sign(uint32_t v, unsigned int width)
{
	return v >> (width - 1) & 1 ? v | ~0u << width : v;
}

#define IMM6	"12>5 6>4 5>3 4>2 3>1 2>0"
#define WORD	"12>5 11>4 10>3 6>2 5>6"
#define JUMP	"12>11 11>4 10>9 9>8 8>10 7>6 6>7 5>3 4>2 3>1 2>5"
#define BRANCH8	"12>8 11>4 10>3 6>7 5>6 4>2 3>1 2>5"

static uint32_t of_quadrant_0(uint32_t c)
{
	const uint32_t rd = 8 + (c >> 2 & 7), rs1 = 8 + (c >> 7 & 7), word = scattered(c, WORD);
	const uint32_t imm = scattered(c, "12>5 11>4 10>9 9>8 8>7 7>6 6>2 5>3");

	switch (c >> 13) {
	case 0:
		return imm ? i_type(IMM, 0, rd, 2, imm) : 0;
	case 2:
		return i_type(LOAD, 2, rd, rs1, word);
	case 6:
		return s_type(2, rs1, rd, word);
	}
	return 0;
}

static uint32_t of_arithmetic(uint32_t c)
{
	const uint32_t rd = 8 + (c >> 7 & 7), rs2 = 8 + (c >> 2 & 7), shift = c >> 2 & 31;
	const bool high = c >> 12 & 1;

	switch (c >> 10 & 3) {
	case 0:
		return high ? 0 : i_type(IMM, 5, rd, rd, shift);
	case 1:
		return high ? 0 : i_type(IMM, 5, rd, rd, 0x400 | shift);
	case 2:
		return i_type(IMM, 7, rd, rd, sign(scattered(c, IMM6), 6));
	}
	if (high)
		return 0;
	switch (c >> 5 & 3) {
	case 0:
		return r_type(0x20, 0, rd, rd, rs2);
	case 1:
		return r_type(0, 4, rd, rd, rs2);
	case 2:
		return r_type(0, 6, rd, rd, rs2);
	}
	return r_type(0, 7, rd, rd, rs2);
}

static uint32_t of_quadrant_1(uint32_t c)
{
	const uint32_t rd = c >> 7 & 31, rs1 = 8 + (c >> 7 & 7);
	const uint32_t imm = sign(scattered(c, IMM6), 6);

	switch (c >> 13) {
	case 0:
		return i_type(IMM, 0, rd, rd, imm);
	case 1:
		return j_type(1, sign(scattered(c, JUMP), 12));
	case 2:
		return i_type(IMM, 0, rd, 0, imm);
	case 3:
		if (!imm)
			return 0;
		if (rd == 2)
			return i_type(IMM, 0, 2, 2,
				      sign(scattered(c, "12>9 6>4 5>6 4>8 3>7 2>5"), 10));
		return imm << 12 | rd << 7 | LUI;
	case 4:
		return of_arithmetic(c);
	case 5:
		return j_type(0, sign(scattered(c, JUMP), 12));
	case 6:
		return b_type(0, rs1, 0, sign(scattered(c, BRANCH8), 9));
	}
	return b_type(1, rs1, 0, sign(scattered(c, BRANCH8), 9));
}

static uint32_t of_quadrant_2(uint32_t c)
{
	const uint32_t rd = c >> 7 & 31, rs2 = c >> 2 & 31;
	const bool high = c >> 12 & 1;

	switch (c >> 13) {
	case 0:
		return high ? 0 : i_type(IMM, 1, rd, rd, rs2);
	case 2:
		return rd ? i_type(LOAD, 2, rd, 2, scattered(c, "12>5 6>4 5>3 4>2 3>7 2>6")) : 0;
	case 4:
		if (rs2)
			return r_type(0, 0, rd, high ? rd : 0, rs2);
		if (!rd)
			return high ? EBREAK : 0;
		return i_type(JALR, 0, high, rd, 0);
	case 6:
		return s_type(2, 2, rs2, scattered(c, "12>5 11>4 10>3 9>2 8>7 7>6"));
	}
	return 0;
}

static uint32_t of_compressed(uint32_t c)
{
	switch (c & 3) {
	case 0:
		return of_quadrant_0(c);
	case 1:
		return of_quadrant_1(c);
	}
	return of_quadrant_2(c);
}

/* --- compressed instructions ------------------------------------------------------------ */

static bool jumps(uint32_t insn)
{
	return (insn & 0x7f) == JAL || (insn & 0x7f) == JALR;
}

/* Does @c do what @insn, of four bytes, does? */
static void compare(uint32_t c, uint32_t insn, bool zeros)
{
	static struct machine a, b;
	uint32_t i, next;

	init(&a);
	init(&b);
	for (i = 8; zeros && i < 16; i++) {
		a.core.x[i] = 0;
		b.core.x[i] = 0;
	}
	step(&a, c);
	step(&b, insn);
	/* the second is longer: it goes on, and returns, two bytes further on */
	next = b.core.pc;
	if (!jumps(insn) && next == CODE + 4)
		next = CODE + 2;
	if (jumps(insn) && b.core.x[1] == CODE + 4)
		b.core.x[1] = CODE + 2;
	/* a branch to there cannot be told from one not taken */
	if ((insn & 0x7f) == BRANCH && insn == b_type(insn >> 12 & 7, insn >> 15 & 31, 0, 4))
		next = a.core.pc;
	if (a.core.pc != next || memcmp(a.core.x, b.core.x, sizeof(a.core.x)) ||
	    a.core.mcause != b.core.mcause || trapped(&a) != trapped(&b) ||
	    a.core.instret != b.core.instret ||
	    memcmp(a.memory + (DATA - BASE), b.memory + (DATA - BASE), SIZE - (DATA - BASE)))
		fail_msg("%#x is not %#x: pc %#x, %#x", c, insn, a.core.pc, b.core.pc);
	if (!jumps(insn) && (insn & 0x7f) != BRANCH)
		assert_int_equal(a.core.cycle, b.core.cycle);
}

static void test_compressed(void **state)
{
	static struct machine m;
	uint32_t c, insn;

	(void)state;
	for (c = 0; c < 1 << 16; c++) {
		if ((c & 3) == 3)
			continue;
		insn = of_compressed(c);
		if (insn) {
			compare(c, insn, false);
			compare(c, insn, true);
			continue;
		}
		init(&m);
		step(&m, c);
		if (!trapped(&m) || m.core.mcause != RV32_CAUSE_ILLEGAL || m.core.mtval != c)
			fail_msg("%#x is an instruction", c);
	}
}

/* --- fields of the long ones ---------------------------------------------------------------- */

static void test_every_register(void **state)
{
	static struct machine m;
	uint32_t rd, rs1, rs2, i;

	(void)state;
	init(&m);
	for (rd = 0; rd < 32; rd++) {
		for (rs1 = 0; rs1 < 32; rs1++) {
			for (rs2 = 0; rs2 < 32; rs2++) {
				for (i = 1; i < 32; i++)
					m.core.x[i] = 1000 * i + 1;
				step(&m, r_type(0x20, 0, rd, rs1, rs2));
				for (i = 0; i < 32; i++) {
					uint32_t want = i ? 1000 * i + 1 : 0;

					if (i && i == rd)
						want = 1000 * (rs1 - rs2) + (rs1 > 0) - (rs2 > 0);
					assert_int_equal(m.core.x[i], want);
				}
			}
		}
	}
}

static uint32_t word(const struct machine *m, uint32_t addr)
{
	uint32_t v;

	memcpy(&v, m->memory + (addr - BASE), 4);
	return v;
}

static void test_every_short_immediate(void **state)
{
	static struct machine m;
	int32_t imm;

	(void)state;
	init(&m);
	for (imm = -2048; imm < 2048; imm++) {
		m.core.x[6] = 100;
		step(&m, i_type(IMM, 0, 5, 6, (uint32_t)imm));
		assert_int_equal(m.core.x[5], (uint32_t)(100 + imm));
		m.core.x[6] = DATA + 0x1000;
		step(&m, i_type(JALR, 0, 7, 6, (uint32_t)imm));
		assert_int_equal(m.core.pc, (DATA + 0x1000 + imm) & ~1u);
		assert_int_equal(m.core.x[7], CODE + 4);
		if (imm % 4)
			continue;
		m.core.x[5] = 0x12340000 + (uint32_t)imm;
		step(&m, s_type(2, 6, 5, (uint32_t)imm));
		assert_int_equal(word(&m, DATA + 0x1000 + imm), m.core.x[5]);
		step(&m, i_type(LOAD, 2, 8, 6, (uint32_t)imm));
		assert_int_equal(m.core.x[8], m.core.x[5]);
	}
}

static void test_every_branch_and_jump(void **state)
{
	static struct machine m;
	uint32_t bit, n;
	int32_t imm;

	(void)state;
	init(&m);
	for (imm = -4096; imm < 4096; imm += 2) {
		step(&m, b_type(0, 9, 9, (uint32_t)imm));
		assert_int_equal(m.core.pc, CODE + imm);
	}
	for (bit = 1; bit <= 20; bit++) {
		for (n = 0; n < 2; n++) {
			imm = (int32_t)sign(n ? 0x1ffffe ^ 1u << bit : 1u << bit, 21);
			step(&m, j_type(9, (uint32_t)imm));
			assert_int_equal(m.core.pc, CODE + imm);
			assert_int_equal(m.core.x[9], CODE + 4);
		}
	}
	for (bit = 12; bit < 32; bit++) {
		step(&m, 1u << bit | 9 << 7 | LUI);
		assert_int_equal(m.core.x[9], 1u << bit);
		step(&m, 1u << bit | 9 << 7 | AUIPC);
		assert_int_equal(m.core.x[9], CODE + (1u << bit));
	}
}

/* --- what there is ------------------------------------------------------------------------------ */

static bool is_function(uint32_t op, uint32_t f3, uint32_t f7)
{
	switch (op) {
	case LOAD:
		return f3 <= 2 || f3 == 4 || f3 == 5;
	case STORE:
		return f3 <= 2;
	case BRANCH:
		return f3 != 2 && f3 != 3;
	case FENCE:
	case JALR:
		return !f3;
	case IMM:
		return (f3 != 1 && f3 != 5) || !f7 || (f3 == 5 && f7 == 0x20);
	case REG:
		return f7 <= 1 || (f7 == 0x20 && (!f3 || f3 == 5));
	case LUI:
	case AUIPC:
	case JAL:
		return true;
	}
	return false;
}

static void test_every_function(void **state)
{
	static struct machine m;
	uint32_t op, f3, f7, insn;

	(void)state;
	for (op = 3; op < 128; op += 4) {
		if (op == SYSTEM)
			continue;
		for (f3 = 0; f3 < 8; f3++) {
			for (f7 = 0; f7 < 128; f7++) {
				/* also an offset, which stays inside of memory, and aligned */
				insn = f7 << 25 | 8 << 20 | 16 << 15 | f3 << 12 | 8 << 7 | op;
				init(&m);
				m.core.x[16] = DATA + 0x1000;
				step(&m, insn);
				if (is_function(op, f3, f7) == trapped(&m) ||
				    (trapped(&m) && (m.core.mcause != RV32_CAUSE_ILLEGAL ||
						     m.core.mtval != insn || m.core.mepc != CODE)))
					fail_msg("%#x: cause %u", insn, m.core.mcause);
			}
		}
	}
}

static void test_every_system_instruction(void **state)
{
	static struct machine m;
	uint32_t imm, reg;

	(void)state;
	for (imm = 0; imm < 4096; imm++) {
		for (reg = 0; reg < 3; reg++) {
			const bool plain = !reg;

			init(&m);
			step(&m, i_type(SYSTEM, 0, reg == 1, reg == 2, imm));
			if (plain && (imm == 0x302 || imm == 0x105)) {
				assert_false(trapped(&m));
				continue;
			}
			assert_true(trapped(&m));
			assert_int_equal(m.core.mcause, plain && !imm ? RV32_CAUSE_ECALL :
					 plain && imm == 1 ? RV32_CAUSE_BREAKPOINT :
					 RV32_CAUSE_ILLEGAL);
		}
		init(&m);
		step(&m, i_type(SYSTEM, 4, 0, 0, imm));
		assert_int_equal(m.core.mcause, RV32_CAUSE_ILLEGAL);
	}
}

/* What reads of a CSR after it was written as all ones, with an interrupt pending */
static const struct {
	uint32_t number;
	uint32_t after;
	bool counts;	/* and ignores what is written */
} csrs[] = {
	{ 0x300, 0x1888, false }, { 0x301, 0x40001104, false }, { 0x304, 0x800, false },
	{ 0x305, 0xfffffffc, false }, { 0x310, 0, false }, { 0x340, 0xffffffff, false },
	{ 0x341, 0xfffffffe, false }, { 0x342, 0xffffffff, false },
	{ 0x343, 0xffffffff, false }, { 0x344, 0x800, false },
	{ 0x3a0, 0x9f9f9f9f, false }, { 0x3a1, 0x9f9f9f9f, false },
	{ 0x3b0, 0xfffffff0, false }, { 0x3b1, 0xfffffff0, false },
	{ 0x3b2, 0xfffffff0, false }, { 0x3b3, 0xfffffff0, false },
	{ 0x3b4, 0xfffffff0, false }, { 0x3b5, 0xfffffff0, false },
	{ 0x3b6, 0xfffffff0, false }, { 0x3b7, 0xfffffff0, false },
	{ 0xb00, 0, true }, { 0xb02, 0, true }, { 0xb80, 3, true }, { 0xb82, 5, true },
	{ 0xf11, 0, false }, { 0xf12, 0, false }, { 0xf13, 0, false }, { 0xf14, 0, false },
};

static void test_every_csr(void **state)
{
	const size_t num = sizeof(csrs) / sizeof(csrs[0]);
	static struct machine m;
	uint32_t csr;
	size_t i;

	(void)state;
	for (csr = 0; csr < 4096; csr++) {
		for (i = 0; i < num && csrs[i].number != csr; i++)
			;
		init(&m);
		m.core.cycle = 3ull << 32 | 1000;
		m.core.instret = 5ull << 32 | 2000;
		/* csrrs x5, csr, zero */
		step(&m, i_type(SYSTEM, 2, 5, 0, csr));
		assert_int_equal(trapped(&m), i == num);
		if (csr == 0xb00 || csr == 0xb02)
			assert_int_equal(m.core.x[5], csr == 0xb00 ? 1000 : 2000);
		init(&m);
		m.core.cycle = 3ull << 32;
		m.core.instret = 5ull << 32;
		m.core.meip = true;
		m.core.x[6] = ~0u;
		/* csrrw x5, csr, x6 */
		step(&m, i_type(SYSTEM, 1, 5, 6, csr));
		assert_int_equal(trapped(&m), i == num || csr >> 10 == 3);
		if (i == num || trapped(&m) || csr == 0xb00 || csr == 0xb02)
			continue;
		m.core.mstatus = csr == 0x300 ? m.core.mstatus : 0;
		step(&m, i_type(SYSTEM, 2, 7, 0, csr));
		if (csr >= 0x3a0 && csr <= 0x3a1)
			continue;
		assert_int_equal(m.core.x[7], csrs[i].after);
	}
}

/* mret with MPIE clear and set; a trap with MIE clear */
static void test_status_bits(void **state)
{
	static struct machine m;

	(void)state;
	init(&m);
	m.core.mepc = DATA;
	m.core.mstatus = 0;
	step(&m, 0x30200073);
	assert_int_equal(m.core.mstatus, 1u << 7);
	assert_int_equal(m.core.pc, DATA);
	assert_int_equal(m.core.cycle, 2);
	m.core.mstatus = 1u << 7;
	step(&m, 0);
	assert_int_equal(m.core.mstatus, 0);
	assert_int_equal(m.core.cycle, 6);
}

static void test_reset(void **state)
{
	static struct machine m;
	struct rv32 fresh;

	(void)state;
	init(&m);
	rv32_reset(&m.core, CODE);
	fresh = m.core;
	memset(m.core.x, 0x55, sizeof(m.core.x));
	m.core.cycle = 77;
	m.core.instret = 78;
	m.core.mstatus = 1;
	m.core.mie = 2;
	m.core.mtvec = 4;
	m.core.mscratch = 5;
	m.core.mepc = 6;
	m.core.mcause = 7;
	m.core.mtval = 8;
	m.core.meip = true;
	m.core.stop = true;
	m.core.halt = true;
	m.core.in_trap = true;
	m.core.waiting = true;
	pmp_csr_write(&m.core.pmp, 0x3b0, 0x1000);
	pmp_csr_write(&m.core.pmp, 0x3a0, 0x8f);
	rv32_reset(&m.core, CODE);
	assert_memory_equal(&m.core, &fresh, sizeof(fresh));
	assert_int_equal(m.core.pc, CODE);
	assert_int_equal(m.core.cycle + m.core.instret, 0);
	assert_int_equal(m.core.mstatus, 0);
	assert_int_equal(m.core.mie, 0);
	assert_int_equal(m.core.mtvec, 0);
	assert_int_equal(m.core.mscratch, 0);
	assert_int_equal(m.core.mepc, 0);
	assert_int_equal(m.core.mcause, 0);
	assert_int_equal(m.core.mtval, 0);
	assert_false(m.core.meip || m.core.stop || m.core.halt || m.core.in_trap || m.core.waiting);
	rv32_reset(&m.core, DATA);
	assert_int_equal(m.core.pc, DATA);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compressed),
		cmocka_unit_test(test_every_register),
		cmocka_unit_test(test_every_short_immediate),
		cmocka_unit_test(test_every_branch_and_jump),
		cmocka_unit_test(test_every_function),
		cmocka_unit_test(test_every_system_instruction),
		cmocka_unit_test(test_every_csr),
		cmocka_unit_test(test_status_bits),
		cmocka_unit_test(test_reset),
	};

	return cmocka_run_group_tests_name("rv32_encoding", tests, NULL, NULL);
}
