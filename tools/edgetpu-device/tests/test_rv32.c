// SPDX-License-Identifier: GPL-2.0-only
/*
 * The control processor's instructions, traps, interrupts and timing.
 *
 * Encodings are the GNU assembler's; what each must do is the RISC-V
 * specification's, worked out by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "core/processor/rv32.h"

#define BASE	0x10000000u
#define SIZE	0x4000u
#define DATA	(BASE + 0x800)
#define CODE	(BASE + 0x1000)
#define VECTOR	(BASE + 0x2000)
#define BUS	0x40000000u

#define RA	1
#define SP	2
#define A0	10
#define A1	11

#define MIE	(1u << 3)
#define MPIE	(1u << 7)
#define MEIE	(1u << 11)

struct machine {
	struct rv32 core;
	uint8_t memory[SIZE];
	uint32_t bus_addr;	/* the last access */
	uint32_t bus_value;	/* stored, or what a load returns */
	uint64_t bus_cycle;	/* when it came */
	uint32_t stall;		/* cycles a load costs on top */
};

static bool bus_load(void *opaque, uint32_t addr, uint32_t *value)
{
	struct machine *m = opaque;

	if (addr - BUS >= 0x100)
		return false;
	m->bus_addr = addr;
	m->bus_cycle = m->core.cycle;
	m->core.cycle += m->stall;
	*value = m->bus_value;
	return true;
}

/* A store to BUS + 0x10 asks to stop, one to BUS + 0x14 halts. */
static bool bus_store(void *opaque, uint32_t addr, uint32_t value)
{
	struct machine *m = opaque;

	if (addr - BUS >= 0x100)
		return false;
	m->bus_addr = addr;
	m->bus_value = value;
	m->core.stop = addr == BUS + 0x10;
	m->core.halt = addr == BUS + 0x14;
	return true;
}

static void machine_init(struct machine *m)
{
	static const uint8_t data[8] = { 0x80, 0x81, 0x82, 0x83, 4, 5, 6, 7 };

	memset(m, 0, sizeof(*m));
	m->core.memory = m->memory;
	m->core.memory_base = BASE;
	m->core.memory_size = SIZE;
	m->core.load = bus_load;
	m->core.store = bus_store;
	m->core.opaque = m;
	memcpy(m->memory + (DATA - BASE), data, sizeof(data));
	rv32_reset(&m->core, CODE);
	m->core.mtvec = VECTOR;
	m->core.x[SP] = DATA;
}

/* Puts an instruction of its own length at @addr; returns the address behind it. */
static uint32_t put(struct machine *m, uint32_t addr, uint32_t insn)
{
	uint32_t len = (insn & 3) == 3 ? 4 : 2;

	memcpy(m->memory + (addr - BASE), &insn, len);
	return addr + len;
}

/* One instruction, or one trap */
static enum rv32_stop step(struct machine *m)
{
	return rv32_run(&m->core, m->core.cycle + 1);
}

static uint32_t word(const struct machine *m, uint32_t addr)
{
	uint32_t v;

	memcpy(&v, m->memory + (addr - BASE), 4);
	return v;
}

/* --- what instructions compute --------------------------------------------- */

struct insn_case {
	const char *text;
	uint32_t insn;
	uint32_t a0, a1;
	uint32_t want;	/* in a0 */
	unsigned int cycles;
};

static const struct insn_case insn_cases[] = {
	/* ALU, immediates */
	{ "addi a0,a0,-1", 0xfff50513, 0, 0, 0xffffffff, 1 },
	{ "addi a0,a1,2047", 0x7ff58513, 0, 1, 0x800, 1 },
	{ "slti a0,a0,-1", 0xfff52513, 0xfffffffe, 0, 1, 1 },
	{ "slti a0,a0,-1", 0xfff52513, 0, 0, 0, 1 },
	{ "sltiu a0,a0,-1", 0xfff53513, 5, 0, 1, 1 },
	{ "sltiu a0,a0,1", 0x153513, 0, 0, 1, 1 },
	{ "xori a0,a0,-1", 0xfff54513, 0x12345678, 0, 0xedcba987, 1 },
	{ "ori a0,a0,0x70f", 0x70f56513, 0xf0f0, 0, 0xf7ff, 1 },
	{ "andi a0,a0,-16", 0xff057513, 0x1234567f, 0, 0x12345670, 1 },
	{ "slli a0,a0,31", 0x1f51513, 3, 0, 0x80000000, 1 },
	{ "srli a0,a0,31", 0x1f55513, 0x80000000, 0, 1, 1 },
	{ "srai a0,a0,31", 0x41f55513, 0x80000000, 0, 0xffffffff, 1 },
	{ "lui a0,0xfffff", 0xfffff537, 0, 0, 0xfffff000, 1 },
	{ "auipc a0,0x1", 0x1517, 0, 0, CODE + 0x1000, 1 },
	/* ALU, registers */
	{ "add a0,a0,a1", 0xb50533, 0xffffffff, 2, 1, 1 },
	{ "sub a0,a0,a1", 0x40b50533, 1, 2, 0xffffffff, 1 },
	{ "sll a0,a0,a1", 0xb51533, 1, 0x21, 2, 1 },
	{ "srl a0,a0,a1", 0xb55533, 0x80000000, 0x3f, 1, 1 },
	{ "sra a0,a0,a1", 0x40b55533, 0x80000000, 0x24, 0xf8000000, 1 },
	{ "slt a0,a0,a1", 0xb52533, 0x80000000, 0x7fffffff, 1, 1 },
	{ "slt a0,a0,a1", 0xb52533, 1, 0xffffffff, 0, 1 },
	{ "sltu a0,a0,a1", 0xb53533, 0x80000000, 0x7fffffff, 0, 1 },
	{ "sltu a0,a0,a1", 0xb53533, 1, 0xffffffff, 1, 1 },
	{ "slt a0,a0,a1", 0xb52533, 5, 5, 0, 1 },
	{ "sltu a0,a0,a1", 0xb53533, 5, 5, 0, 1 },
	{ "xor a0,a0,a1", 0xb54533, 0xff00ff00, 0xff00ff0, 0xf0f0f0f0, 1 },
	{ "or a0,a0,a1", 0xb56533, 0xff00ff00, 0xff00ff0, 0xfff0fff0, 1 },
	{ "and a0,a0,a1", 0xb57533, 0xff00ff00, 0xff00ff0, 0xf000f00, 1 },
	/* multiplication */
	{ "mul a0,a0,a1", 0x2b50533, 0xffffffff, 0xffffffff, 1, 3 },
	{ "mul a0,a0,a1", 0x2b50533, 0x12345678, 0x9abcdef0, 0x242d2080, 3 },
	{ "mulh a0,a0,a1", 0x2b51533, 0x80000000, 0x80000000, 0x40000000, 4 },
	{ "mulh a0,a0,a1", 0x2b51533, 0xffffffff, 1, 0xffffffff, 4 },
	{ "mulhsu a0,a0,a1", 0x2b52533, 0xffffffff, 0xffffffff, 0xffffffff, 4 },
	{ "mulhsu a0,a0,a1", 0x2b52533, 0x80000000, 0xffffffff, 0x80000000, 4 },
	{ "mulhsu a0,a0,a1", 0x2b52533, 0x7fffffff, 0xffffffff, 0x7ffffffe, 4 },
	{ "mulhu a0,a0,a1", 0x2b53533, 0xffffffff, 0xffffffff, 0xfffffffe, 4 },
	/* division; by zero and overflow as the specification's table has it */
	{ "div a0,a0,a1", 0x2b54533, 0xfffffff9, 2, 0xfffffffd, 37 },
	{ "div a0,a0,a1", 0x2b54533, 7, 0xfffffffe, 0xfffffffd, 37 },
	{ "div a0,a0,a1", 0x2b54533, 5, 0, 0xffffffff, 37 },
	{ "div a0,a0,a1", 0x2b54533, 0x80000000, 0xffffffff, 0x80000000, 37 },
	{ "divu a0,a0,a1", 0x2b55533, 0xffffffff, 2, 0x7fffffff, 37 },
	{ "divu a0,a0,a1", 0x2b55533, 5, 0, 0xffffffff, 37 },
	{ "divu a0,a0,a1", 0x2b55533, 0x80000000, 0xffffffff, 0, 37 },
	{ "rem a0,a0,a1", 0x2b56533, 0xfffffff9, 2, 0xffffffff, 37 },
	{ "rem a0,a0,a1", 0x2b56533, 7, 0xfffffffe, 1, 37 },
	{ "rem a0,a0,a1", 0x2b56533, 5, 0, 5, 37 },
	{ "rem a0,a0,a1", 0x2b56533, 0x80000000, 0xffffffff, 0, 37 },
	{ "remu a0,a0,a1", 0x2b57533, 0xffffffff, 0x10, 0xf, 37 },
	{ "remu a0,a0,a1", 0x2b57533, 5, 0, 5, 37 },
	{ "remu a0,a0,a1", 0x2b57533, 0x80000000, 0xffffffff, 0x80000000, 37 },
	/* loads; the data is 80 81 82 83 04 05 06 07 */
	{ "lb a0,0(a1)", 0x58503, 0, DATA, 0xffffff80, 2 },
	{ "lb a0,5(a1)", 0x558503, 0, DATA, 5, 2 },
	{ "lbu a0,0(a1)", 0x5c503, 0, DATA, 0x80, 2 },
	{ "lh a0,2(a1)", 0x259503, 0, DATA, 0xffff8382, 2 },
	{ "lhu a0,2(a1)", 0x25d503, 0, DATA, 0x8382, 2 },
	{ "lw a0,0(a1)", 0x5a503, 0, DATA, 0x83828180, 2 },
	{ "lw a0,-4(a1)", 0xffc5a503, 0, DATA + 8, 0x7060504, 2 },
	/* compressed */
	{ "c.addi4spn a0,sp,1020", 0x1fe8, 0, 0, DATA + 1020, 1 },
	{ "c.lw a0,4(a1)", 0x41c8, 0, DATA, 0x7060504, 2 },
	{ "c.lw a0,124(a1)", 0x5de8, 0, DATA - 120, 0x7060504, 2 },
	{ "c.nop", 0x1, 7, 0, 7, 1 },
	{ "c.addi a0,-32", 0x1501, 0, 0, 0xffffffe0, 1 },
	{ "c.addi a0,31", 0x57d, 0, 0, 0x1f, 1 },
	{ "c.li a0,-1", 0x557d, 0, 0, 0xffffffff, 1 },
	{ "c.li a0,31", 0x457d, 0, 0, 0x1f, 1 },
	{ "c.lui a0,0x1f", 0x657d, 0, 0, 0x1f000, 1 },
	{ "c.lui a0,0xfffe0", 0x7501, 0, 0, 0xfffe0000, 1 },
	{ "c.srli a0,31", 0x817d, 0x80000000, 0, 1, 1 },
	{ "c.srai a0,31", 0x857d, 0x80000000, 0, 0xffffffff, 1 },
	{ "c.andi a0,-32", 0x9901, 0xff, 0, 0xe0, 1 },
	{ "c.sub a0,a1", 0x8d0d, 1, 2, 0xffffffff, 1 },
	{ "c.xor a0,a1", 0x8d2d, 0xf0, 0xff, 0xf, 1 },
	{ "c.or a0,a1", 0x8d4d, 0xf0, 0xf, 0xff, 1 },
	{ "c.and a0,a1", 0x8d6d, 0xf0, 0x3c, 0x30, 1 },
	{ "c.slli a0,31", 0x57e, 3, 0, 0x80000000, 1 },
	{ "c.lwsp a0,0(sp)", 0x4502, 0, 0, 0x83828180, 2 },
	{ "c.lwsp a0,4(sp)", 0x4512, 0, 0, 0x7060504, 2 },
	{ "c.mv a0,a1", 0x852e, 1, 2, 2, 1 },
	{ "c.add a0,a1", 0x952e, 0xffffffff, 2, 1, 1 },
	/* CSRs: mscratch holds a1 before */
	{ "csrrw a0,mscratch,a0", 0x34051573, 7, 9, 9, 1 },
	{ "csrrs a0,mscratch,a0", 0x34052573, 7, 8, 8, 1 },
	{ "csrrwi a0,mscratch,31", 0x340fd573, 7, 9, 9, 1 },
	{ "csrr a0,misa", 0x30102573, 0, 0, 0x40001104, 1 },
	{ "csrr a0,mhartid", 0xf1402573, 1, 0, 0, 1 },
	{ "csrr a0,mstatus", 0x30002573, 0, 0, 0x1800, 1 },
	{ "csrr a0,minstret", 0xb0202573, 5, 0, 0, 1 },
	{ "fence", 0xff0000f, 3, 0, 3, 1 },
};

static void test_insns(void **state)
{
	struct machine m;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(insn_cases) / sizeof(insn_cases[0]); i++) {
		const struct insn_case *c = &insn_cases[i];
		uint32_t next;

		machine_init(&m);
		next = put(&m, CODE, c->insn);
		m.core.x[A0] = c->a0;
		m.core.x[A1] = c->a1;
		m.core.mscratch = 9;
		if (strstr(c->text, "csrrs"))
			m.core.mscratch = c->a1;
		assert_int_equal(step(&m), RV32_UNTIL);
		if (m.core.x[A0] != c->want || m.core.pc != next || m.core.cycle != c->cycles ||
		    m.core.instret != 1)
			fail_msg("%s: a0 %#x, pc %#x, cycles %u", c->text, m.core.x[A0], m.core.pc,
				 (unsigned int)m.core.cycle);
	}
}

struct jump_case {
	const char *text;
	uint32_t insn;
	uint32_t a0, a1;
	int32_t target;	/* from the instruction */
	unsigned int cycles;
	uint32_t link;	/* ra from the instruction, or 0 */
};

static const struct jump_case jump_cases[] = {
	{ "beq a0,a1,.+16", 0xb50863, 1, 1, 16, 3, 0 },
	{ "beq a0,a1,.+16", 0xb50863, 1, 2, 4, 1, 0 },
	{ "bne a0,a1,.-16", 0xfeb518e3, 1, 2, -16, 3, 0 },
	{ "bne a0,a1,.-16", 0xfeb518e3, 1, 1, 4, 1, 0 },
	{ "blt a0,a1,.+4094", 0x7eb54fe3, 0xffffffff, 0, 4094, 3, 0 },
	{ "blt a0,a1,.+16", 0xb54863, 0, 0xffffffff, 4, 1, 0 },
	{ "bge a0,a1,.-4096", 0x80b55063, 0, 0xffffffff, -4096, 3, 0 },
	{ "bge a0,a1,.+16", 0xb55863, 0xffffffff, 0, 4, 1, 0 },
	{ "bltu a0,a1,.+16", 0xb56863, 0, 0xffffffff, 16, 3, 0 },
	{ "bltu a0,a1,.+16", 0xb56863, 0xffffffff, 0, 4, 1, 0 },
	{ "bgeu a0,a1,.+2048", 0xb570e3, 0xffffffff, 0xffffffff, 2048, 3, 0 },
	{ "bgeu a0,a1,.+16", 0xb57863, 0, 1, 4, 1, 0 },
	{ "jal ra,.+0x1000", 0x10ef, 0, 0, 4096, 2, 4 },
	{ "jal ra,.-0x1000", 0x800ff0ef, 0, 0, -4096, 2, 4 },
	{ "jal zero,.+0xffe", 0x7ff0006f, 0, 0, 4094, 2, 0 },
	{ "jalr ra,3(a0)", 0x3500e7, CODE + 0x100, 0, 258, 2, 4 },
	{ "jalr zero,-2(a0)", 0xffe50067, CODE + 0x100, 0, 254, 2, 0 },
	{ "c.j .+0x7fe", 0xaffd, 0, 0, 2046, 2, 0 },
	{ "c.j .-0x800", 0xb001, 0, 0, -2048, 2, 0 },
	{ "c.jal .+0x2aa", 0x246d, 0, 0, 682, 2, 2 },
	{ "c.beqz a0,.+254", 0xcd7d, 0, 0, 254, 3, 0 },
	{ "c.beqz a0,.+254", 0xcd7d, 1, 0, 2, 1, 0 },
	{ "c.bnez a0,.-256", 0xf101, 1, 0, -256, 3, 0 },
	{ "c.bnez a0,.-256", 0xf101, 0, 0, 2, 1, 0 },
	{ "c.jr a0", 0x8502, CODE + 0x100, 0, 256, 2, 0 },
	{ "c.jalr a0", 0x9502, CODE + 0x100, 0, 256, 2, 2 },
};

static void test_jumps(void **state)
{
	struct machine m;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(jump_cases) / sizeof(jump_cases[0]); i++) {
		const struct jump_case *c = &jump_cases[i];

		machine_init(&m);
		put(&m, CODE, c->insn);
		m.core.x[A0] = c->a0;
		m.core.x[A1] = c->a1;
		step(&m);
		if (m.core.pc != CODE + c->target || m.core.cycle != c->cycles ||
		    m.core.x[RA] != (c->link ? CODE + c->link : 0))
			fail_msg("%s: pc %#x, ra %#x, cycles %u", c->text, m.core.pc, m.core.x[RA],
				 (unsigned int)m.core.cycle);
	}
}

/* A jump to a 4-byte instruction that lies across two words needs a second fetch. */
static void test_straddle(void **state)
{
	struct machine m;

	(void)state;
	machine_init(&m);
	put(&m, CODE, 0x0120006f);	/* j .+18 */
	put(&m, CODE + 18, 0x00151513);	/* slli a0,a0,1 */
	step(&m);
	assert_int_equal(m.core.pc, CODE + 18);
	assert_int_equal(m.core.cycle, 3);

	machine_init(&m);
	put(&m, CODE, 0x0120006f);	/* j .+18 */
	put(&m, CODE + 18, 0x852e);	/* c.mv a0,a1 */
	step(&m);
	assert_int_equal(m.core.cycle, 2);
}

/* The same for each kind of jump, and for none that goes nowhere */
static void test_every_jump_straddles(void **state)
{
	static const struct {
		uint32_t insn;
		unsigned int cycles;
	} cases[] = {
		{ 0x00b50963, 3 + 1 },	/* beq a0,a1,.+18 */
		{ 0x012000ef, 2 + 1 },	/* jal .+18 */
		{ 0x01260067, 2 + 1 },	/* jr 18(a2) */
		{ 0x30200073, 2 + 1 },	/* mret */
	};
	struct machine m;
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		machine_init(&m);
		put(&m, CODE, cases[i].insn);
		put(&m, CODE + 18, 0x00151513);	/* slli a0,a0,1 */
		m.core.x[12] = CODE;
		m.core.mepc = CODE + 18;
		step(&m);
		assert_int_equal(m.core.pc, CODE + 18);
		assert_int_equal(m.core.cycle, cases[i].cycles);
	}
	machine_init(&m);
	put(&m, CODE, 0x00060067);	/* jr a2 */
	m.core.x[12] = BASE + SIZE + 2;
	step(&m);
	assert_int_equal(m.core.cycle, 2);
	step(&m);
	assert_int_equal(m.core.mcause, RV32_CAUSE_FETCH_ACCESS);
}

static void test_x0_stays_zero(void **state)
{
	struct machine m;

	(void)state;
	machine_init(&m);
	put(&m, CODE, 0xfff00013);	/* addi zero,zero,-1 */
	put(&m, CODE + 4, 0x0005a003);	/* lw zero,0(a1) */
	m.core.x[A1] = DATA;
	step(&m);
	step(&m);
	assert_int_equal(m.core.x[0], 0);
}

static void test_stores(void **state)
{
	struct machine m;
	uint32_t pc;

	(void)state;
	machine_init(&m);
	pc = put(&m, CODE, 0x00a5a023);	/* sw a0,0(a1) */
	pc = put(&m, pc, 0x00a59123);	/* sh a0,2(a1) */
	pc = put(&m, pc, 0xfea58fa3);	/* sb a0,-1(a1) */
	pc = put(&m, pc, 0xdfaa);	/* c.swsp a0,252(sp) */
	pc = put(&m, pc, 0xdde8);	/* c.sw a0,124(a1) */
	pc = put(&m, pc, 0x7101);	/* c.addi16sp sp,-512 */
	put(&m, pc, 0x617d);		/* c.addi16sp sp,496 */
	m.core.x[A0] = 0x11223344;
	m.core.x[A1] = DATA;

	step(&m);
	assert_int_equal(word(&m, DATA), 0x11223344);
	assert_int_equal(m.core.cycle, 2);
	step(&m);
	assert_int_equal(word(&m, DATA), 0x33443344);
	step(&m);
	assert_int_equal(word(&m, DATA - 4), 0x44000000);
	step(&m);
	assert_int_equal(word(&m, DATA + 252), 0x11223344);
	step(&m);
	assert_int_equal(word(&m, DATA + 124), 0x11223344);
	step(&m);
	assert_int_equal(m.core.x[SP], DATA - 512);
	step(&m);
	assert_int_equal(m.core.x[SP], DATA - 16);
}

/* Code that was just written is what runs. */
static void test_self_modifying(void **state)
{
	struct machine m;

	(void)state;
	machine_init(&m);
	put(&m, CODE, 0x00b52223);	/* sw a1,4(a0): onto the next instruction */
	put(&m, CODE + 4, 0x00000073);	/* ecall */
	m.core.x[A0] = CODE;
	m.core.x[A1] = 0x00151513;	/* slli a0,a0,1 */
	step(&m);
	step(&m);
	assert_int_equal(m.core.x[A0], CODE << 1);
}

/* --- CSRs ------------------------------------------------------------------- */

static void test_csr_bits(void **state)
{
	static const struct {
		uint32_t insn, a0, before, after;
	} cases[] = {
		{ 0x340525f3, 0x0f, 0xf1, 0xff },	/* csrrs a1,mscratch,a0 */
		{ 0x340535f3, 0x0f, 0xff, 0xf0 },	/* csrrc a1,mscratch,a0 */
		{ 0x3402e5f3, 0, 0xf0, 0xf5 },		/* csrrsi a1,mscratch,5 */
		{ 0x3402f5f3, 0, 0xff, 0xfa },		/* csrrci a1,mscratch,5 */
	};
	struct machine m;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		machine_init(&m);
		put(&m, CODE, cases[i].insn);
		m.core.x[A0] = cases[i].a0;
		m.core.mscratch = cases[i].before;
		step(&m);
		assert_int_equal(m.core.x[A1], cases[i].before);
		assert_int_equal(m.core.mscratch, cases[i].after);
	}
}

/* Bits that are not implemented read as zero; counters ignore writes. */
static void test_csr_masks(void **state)
{
	struct machine m;
	uint32_t pc;

	(void)state;
	machine_init(&m);
	pc = put(&m, CODE, 0x30551073);	/* csrw mtvec,a0 */
	pc = put(&m, pc, 0x30451073);	/* csrw mie,a0 */
	pc = put(&m, pc, 0x34151073);	/* csrw mepc,a0 */
	pc = put(&m, pc, 0xb0051073);	/* csrw mcycle,a0 */
	put(&m, pc, 0xb0002573);	/* csrr a0,mcycle */
	m.core.x[A0] = 0xffffffff;
	rv32_run(&m.core, 5);
	assert_int_equal(m.core.mtvec, 0xfffffffc);
	assert_int_equal(m.core.mie, MEIE);
	assert_int_equal(m.core.mepc, 0xfffffffe);
	assert_int_equal(m.core.x[A0], 4);
}

/* --- exceptions --------------------------------------------------------------- */

static void test_exceptions(void **state)
{
	static const struct {
		const char *text;
		uint32_t insn, a0, a1, cause, tval;
	} cases[] = {
		{ "ecall", 0x00000073, 0, 0, RV32_CAUSE_ECALL, 0 },
		{ "ebreak", 0x00100073, 0, 0, RV32_CAUSE_BREAKPOINT, 0 },
		{ "c.ebreak", 0x9002, 0, 0, RV32_CAUSE_BREAKPOINT, 0 },
		{ "zero", 0, 0, 0, RV32_CAUSE_ILLEGAL, 0 },
		{ "all ones", 0xffffffff, 0, 0, RV32_CAUSE_ILLEGAL, 0xffffffff },
		{ "fence.i", 0x0000100f, 0, 0, RV32_CAUSE_ILLEGAL, 0x0000100f },
		{ "c.fld", 0x2000, 0, 0, RV32_CAUSE_ILLEGAL, 0x2000 },
		{ "c.lui with 0", 0x6501, 0, 0, RV32_CAUSE_ILLEGAL, 0x6501 },
		{ "c.lwsp zero", 0x4002, 0, 0, RV32_CAUSE_ILLEGAL, 0x4002 },
		{ "c.slli of 32", 0x1502, 0, 0, RV32_CAUSE_ILLEGAL, 0x1502 },
		{ "slli of 32", 0x02051513, 0, 0, RV32_CAUSE_ILLEGAL, 0x02051513 },
		{ "funct7", 0x40c5c533, 0, 0, RV32_CAUSE_ILLEGAL, 0x40c5c533 },
		{ "csrw mhartid", 0xf1451073, 0, 0, RV32_CAUSE_ILLEGAL, 0xf1451073 },
		{ "csrr 0x7c0", 0x7c002573, 0, 0, RV32_CAUSE_ILLEGAL, 0x7c002573 },
		{ "lw odd", 0x0005a503, 0, DATA + 1, RV32_CAUSE_LOAD_MISALIGNED, DATA + 1 },
		{ "lw half", 0x0005a503, 0, DATA + 2, RV32_CAUSE_LOAD_MISALIGNED, DATA + 2 },
		{ "lh odd", 0x00159503, 0, DATA, RV32_CAUSE_LOAD_MISALIGNED, DATA + 1 },
		{ "sw odd", 0x00a5a023, 0, DATA + 3, RV32_CAUSE_STORE_MISALIGNED, DATA + 3 },
		{ "sh odd", 0x00a59123, 0, DATA + 1, RV32_CAUSE_STORE_MISALIGNED, DATA + 3 },
		{ "lw nowhere", 0x0005a503, 0, BASE + SIZE, RV32_CAUSE_LOAD_ACCESS, BASE + SIZE },
		{ "lw below", 0x0005a503, 0, BASE - 4, RV32_CAUSE_LOAD_ACCESS, BASE - 4 },
		{ "sw nowhere", 0x00a5a023, 0, 0, RV32_CAUSE_STORE_ACCESS, 0 },
		{ "sw behind", 0x00a5a023, 0, BASE + SIZE, RV32_CAUSE_STORE_ACCESS, BASE + SIZE },
		{ "sw below", 0x00a5a023, 0, BASE - 4, RV32_CAUSE_STORE_ACCESS, BASE - 4 },
		{ "sh to bus", 0x00a59123, 0, BUS, RV32_CAUSE_STORE_ACCESS, BUS + 2 },
		{ "lh from bus", 0x00159503, 0, BUS + 1, RV32_CAUSE_LOAD_ACCESS, BUS + 2 },
	};
	struct machine m;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		machine_init(&m);
		put(&m, CODE, cases[i].insn);
		m.core.x[A0] = cases[i].a0;
		m.core.x[A1] = cases[i].a1;
		m.core.mstatus = MIE;
		step(&m);
		if (m.core.mcause != cases[i].cause || m.core.mtval != cases[i].tval ||
		    m.core.mepc != CODE || m.core.pc != VECTOR || m.core.mstatus != MPIE ||
		    m.core.instret || m.core.x[A0] != cases[i].a0)
			fail_msg("%s: cause %#x, tval %#x, pc %#x", cases[i].text, m.core.mcause,
				 m.core.mtval, m.core.pc);
		assert_false(m.core.halt);
	}
}

static void test_fetch_fault(void **state)
{
	struct machine m;

	(void)state;
	machine_init(&m);
	m.core.pc = BASE + SIZE;
	step(&m);
	assert_int_equal(m.core.mcause, RV32_CAUSE_FETCH_ACCESS);
	assert_int_equal(m.core.mtval, BASE + SIZE);

	/* the second half of an instruction is beyond memory */
	machine_init(&m);
	m.memory[SIZE - 2] = 0x13;
	m.core.pc = BASE + SIZE - 2;
	step(&m);
	assert_int_equal(m.core.mcause, RV32_CAUSE_FETCH_ACCESS);
}

static void test_mret(void **state)
{
	struct machine m;

	(void)state;
	machine_init(&m);
	put(&m, CODE, 0x00000073);	/* ecall */
	put(&m, VECTOR, 0x30200073);	/* mret */
	m.core.mstatus = MIE;
	step(&m);
	assert_true(m.core.in_trap);
	step(&m);
	assert_int_equal(m.core.pc, CODE);
	assert_int_equal(m.core.mstatus, MIE | MPIE);
	assert_false(m.core.in_trap);
	assert_int_equal(m.core.instret, 1);
}

/* A handler that traps halts the core, with what the first trap left. */
static void test_double_trap(void **state)
{
	struct machine m;

	(void)state;
	machine_init(&m);
	put(&m, CODE, 0x00000073);	/* ecall; at VECTOR is an illegal instruction */
	assert_int_equal(rv32_run(&m.core, 1000), RV32_HALT);
	assert_int_equal(m.core.mcause, RV32_CAUSE_ECALL);
	assert_int_equal(m.core.mepc, CODE);
	assert_int_equal(m.core.pc, VECTOR);
	assert_int_equal(rv32_run(&m.core, 2000), RV32_HALT);
	rv32_reset(&m.core, CODE);
	assert_int_equal(rv32_run(&m.core, 1), RV32_UNTIL);
}

/* --- interrupts and WFI --------------------------------------------------------- */

static void test_interrupt(void **state)
{
	struct machine m;
	int i;

	(void)state;
	/* taken with both enables alone */
	for (i = 0; i < 4; i++) {
		machine_init(&m);
		put(&m, CODE, 0x00151513);	/* slli a0,a0,1 */
		m.core.meip = true;
		m.core.mstatus = i & 1 ? MIE : 0;
		m.core.mie = i & 2 ? MEIE : 0;
		step(&m);
		if (i == 3) {
			assert_int_equal(m.core.pc, VECTOR);
			assert_int_equal(m.core.mcause, RV32_CAUSE_EXTERNAL);
			assert_int_equal(m.core.mepc, CODE);
			assert_int_equal(m.core.mstatus, MPIE);
		} else {
			assert_int_equal(m.core.pc, CODE + 4);
		}
	}
}

static void test_no_nested_interrupt(void **state)
{
	struct machine m;
	uint32_t pc;

	(void)state;
	machine_init(&m);
	pc = put(&m, VECTOR, 0x30046073);	/* csrsi mstatus,8 */
	put(&m, pc, 0x34202573);		/* csrr a0,mcause */
	m.core.meip = true;
	m.core.mstatus = MIE;
	m.core.mie = MEIE;
	step(&m);
	step(&m);
	step(&m);
	assert_int_equal(m.core.x[A0], RV32_CAUSE_EXTERNAL);
	assert_int_equal(m.core.pc, VECTOR + 8);
}

static void test_wfi(void **state)
{
	struct machine m;

	(void)state;
	machine_init(&m);
	put(&m, CODE, 0x10500073);	/* wfi */
	put(&m, CODE + 4, 0x34402573);	/* csrr a0,mip */
	assert_int_equal(rv32_run(&m.core, 1000), RV32_WFI);
	assert_int_equal(m.core.instret, 1);
	assert_int_equal(rv32_run(&m.core, 1000), RV32_WFI);
	/* pending alone does not wake */
	m.core.meip = true;
	assert_int_equal(rv32_run(&m.core, 1000), RV32_WFI);
	/* enabled does, MIE or not, and then no interrupt is taken */
	m.core.mie = MEIE;
	m.core.cycle = 500;
	assert_int_equal(rv32_run(&m.core, 503), RV32_UNTIL);
	assert_int_equal(m.core.cycle, 503);
	assert_int_equal(m.core.x[A0], MEIE);
	assert_int_equal(m.core.pc, CODE + 8);
}

static void test_wfi_interrupt(void **state)
{
	struct machine m;

	(void)state;
	machine_init(&m);
	put(&m, CODE, 0x10500073);	/* wfi */
	m.core.mstatus = MIE;
	m.core.mie = MEIE;
	assert_int_equal(rv32_run(&m.core, 1000), RV32_WFI);
	m.core.meip = true;
	rv32_run(&m.core, m.core.cycle + 3);
	assert_int_equal(m.core.pc, VECTOR);
	assert_int_equal(m.core.mepc, CODE + 4);
}

/* --- the bus -------------------------------------------------------------------- */

static void test_bus(void **state)
{
	struct machine m;
	uint32_t pc;

	(void)state;
	machine_init(&m);
	pc = put(&m, CODE, 0x0005a503);	/* lw a0,0(a1) */
	put(&m, pc, 0x00a5a023);	/* sw a0,0(a1) */
	m.core.x[A1] = BUS + 0x20;
	m.core.cycle = 100;
	m.bus_value = 77;
	m.stall = 50;
	step(&m);
	assert_int_equal(m.core.x[A0], 77);
	assert_int_equal(m.bus_addr, BUS + 0x20);
	assert_int_equal(m.bus_cycle, 100);
	assert_int_equal(m.core.cycle, 154);	/* 4, and the stall */
	step(&m);
	assert_int_equal(m.core.cycle, 156);
}

static void test_stop_and_halt(void **state)
{
	struct machine m;

	(void)state;
	machine_init(&m);
	put(&m, CODE, 0x00a5a023);	/* sw a0,0(a1) */
	put(&m, CODE + 4, 0x00a5a023);
	put(&m, CODE + 8, 0x00151513);
	m.core.x[A1] = BUS + 0x10;
	assert_int_equal(rv32_run(&m.core, 1000), RV32_MMIO);
	assert_int_equal(m.core.pc, CODE + 4);
	m.core.x[A1] = BUS + 0x14;
	assert_int_equal(rv32_run(&m.core, 1000), RV32_HALT);
	assert_int_equal(m.core.pc, CODE + 8);
	assert_int_equal(rv32_run(&m.core, 1000), RV32_HALT);
	assert_int_equal(m.core.pc, CODE + 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_insns),
		cmocka_unit_test(test_jumps),
		cmocka_unit_test(test_straddle),
		cmocka_unit_test(test_every_jump_straddles),
		cmocka_unit_test(test_x0_stays_zero),
		cmocka_unit_test(test_stores),
		cmocka_unit_test(test_self_modifying),
		cmocka_unit_test(test_csr_bits),
		cmocka_unit_test(test_csr_masks),
		cmocka_unit_test(test_exceptions),
		cmocka_unit_test(test_fetch_fault),
		cmocka_unit_test(test_mret),
		cmocka_unit_test(test_double_trap),
		cmocka_unit_test(test_interrupt),
		cmocka_unit_test(test_no_nested_interrupt),
		cmocka_unit_test(test_wfi),
		cmocka_unit_test(test_wfi_interrupt),
		cmocka_unit_test(test_bus),
		cmocka_unit_test(test_stop_and_halt),
	};

	return cmocka_run_group_tests_name("rv32", tests, NULL, NULL);
}
