// SPDX-License-Identifier: GPL-2.0-only
/*
 * RV32IMC_Zicsr interpreter, machine mode only.
 *
 * A compressed instruction is looked up in a table of its 32-bit equivalents,
 * so there is one decoder. Code is read anew each time it runs: code that
 * changes itself needs no care.
 *
 * Behaviour the specification leaves open: mcycle and minstret are the model's
 * time and ignore writes; mtvec has direct mode only; misaligned accesses trap;
 * FENCE does nothing, as there is one hart and no cache; physical memory
 * protection has eight entries and granules of 64 bytes (pmp.c).
 */
#include <pthread.h>
#include <string.h>

#include "core/processor/rv32.h"

/*
 * Cycles, those of a small single-issue in-order core. The reference is lowRISC
 * Ibex with its two-stage pipeline and "fast" multiplier: its documentation
 * ("Pipeline Details") gives stall cycles for memories that answer in one cycle.
 */
enum {
	COST_ALU = 1,		/* and CSR accesses, untaken branches, fences */
	COST_LOAD = 2,		/* from memory; one stall for the response */
	COST_STORE = 2,		/* to memory; the same */
	COST_BUS_LOAD = 4,	/* registers sit behind a bridge: one more cycle each way */
	COST_BUS_STORE = 2,	/* posted: the bridge takes it and answers by itself */
	COST_BRANCH = 3,	/* taken: target known in the second cycle, then refetch */
	COST_JUMP = 2,		/* JAL, JALR, MRET */
	COST_STRADDLE = 1,	/* jump to a 4-byte instruction across two words: two fetches */
	COST_MUL = 3,
	COST_MULH = 4,
	COST_DIV = 37,		/* DIV and REM, whatever the operands */
	COST_TRAP = 4,		/* pipeline flush, CSR update, refetch at mtvec */
	COST_WAKE = 2,		/* WFI leaves clock gating */
};

#define MSTATUS_MIE	(1u << 3)
#define MSTATUS_MPIE	(1u << 7)
#define MSTATUS_MPP	(3u << 11)	/* there is machine mode only */
#define MIE_MEIE	(1u << 11)
#define MISA		(1u << 30 | 1u << ('I' - 'A') | 1u << ('M' - 'A') | 1u << ('C' - 'A'))

enum {
	CSR_MSTATUS = 0x300,
	CSR_MISA = 0x301,
	CSR_MIE = 0x304,
	CSR_MTVEC = 0x305,
	CSR_MSTATUSH = 0x310,
	CSR_MSCRATCH = 0x340,
	CSR_MEPC = 0x341,
	CSR_MCAUSE = 0x342,
	CSR_MTVAL = 0x343,
	CSR_MIP = 0x344,
	CSR_MCYCLE = 0xb00,
	CSR_MINSTRET = 0xb02,
	CSR_MCYCLEH = 0xb80,
	CSR_MINSTRETH = 0xb82,
	CSR_MVENDORID = 0xf11,
	CSR_MARCHID = 0xf12,
	CSR_MIMPID = 0xf13,
	CSR_MHARTID = 0xf14,
};

enum {
	OP_LOAD = 0x03,
	OP_FENCE = 0x0f,
	OP_IMM = 0x13,
	OP_AUIPC = 0x17,
	OP_STORE = 0x23,
	OP_REG = 0x33,
	OP_LUI = 0x37,
	OP_BRANCH = 0x63,
	OP_JALR = 0x67,
	OP_JAL = 0x6f,
	OP_SYSTEM = 0x73,
};

#define INSN_ECALL	0x00000073u
#define INSN_EBREAK	0x00100073u
#define INSN_MRET	0x30200073u
#define INSN_WFI	0x10500073u

/* Field @len bits wide at @lo of @v */
static inline uint32_t bits(uint32_t v, unsigned int lo, unsigned int len)
{
	return (v >> lo) & ((1u << len) - 1);
}

static inline int32_t sext(uint32_t v, unsigned int width)
{
	return (int32_t)(v << (32 - width)) >> (32 - width);
}

/* --- compressed instructions: their 32-bit equivalents -------------------- */

static uint32_t enc_i(uint32_t op, uint32_t f3, uint32_t rd, uint32_t rs1, uint32_t imm)
{
	return op | rd << 7 | f3 << 12 | rs1 << 15 | imm << 20;
}

static uint32_t enc_r(uint32_t f7, uint32_t f3, uint32_t rd, uint32_t rs1, uint32_t rs2)
{
	return OP_REG | rd << 7 | f3 << 12 | rs1 << 15 | rs2 << 20 | f7 << 25;
}

static uint32_t enc_sw(uint32_t rs2, uint32_t rs1, uint32_t imm)
{
	return OP_STORE | bits(imm, 0, 5) << 7 | 2 << 12 | rs1 << 15 | rs2 << 20 |
	       bits(imm, 5, 7) << 25;
}

static uint32_t enc_b(uint32_t f3, uint32_t rs1, uint32_t imm)
{
	return OP_BRANCH | bits(imm, 11, 1) << 7 | bits(imm, 1, 4) << 8 | f3 << 12 | rs1 << 15 |
	       bits(imm, 5, 6) << 25 | bits(imm, 12, 1) << 31;
}

static uint32_t enc_jal(uint32_t rd, uint32_t imm)
{
	return OP_JAL | rd << 7 | bits(imm, 12, 8) << 12 | bits(imm, 11, 1) << 20 |
	       bits(imm, 1, 10) << 21 | bits(imm, 20, 1) << 31;
}

/* Quadrant 0: stack pointer offsets, word loads and stores of x8..x15 */
static uint32_t expand_q0(uint32_t c)
{
	uint32_t rd = 8 + bits(c, 2, 3), rs1 = 8 + bits(c, 7, 3);
	uint32_t imm = bits(c, 6, 1) << 2 | bits(c, 10, 3) << 3 | bits(c, 5, 1) << 6;

	switch (bits(c, 13, 3)) {
	case 0:	/* C.ADDI4SPN */
		imm = bits(c, 6, 1) << 2 | bits(c, 5, 1) << 3 | bits(c, 11, 2) << 4 |
		      bits(c, 7, 4) << 6;
		return imm ? enc_i(OP_IMM, 0, rd, 2, imm) : 0;
	case 2:	/* C.LW */
		return enc_i(OP_LOAD, 2, rd, rs1, imm);
	case 6:	/* C.SW */
		return enc_sw(rd, rs1, imm);
	}
	return 0;
}

/* C.SRLI, C.SRAI, C.ANDI, C.SUB, C.XOR, C.OR, C.AND */
static uint32_t expand_alu(uint32_t c)
{
	static const uint32_t f3[] = { 0, 4, 6, 7 };
	uint32_t rd = 8 + bits(c, 7, 3), rs2 = 8 + bits(c, 2, 3);
	uint32_t imm6 = bits(c, 12, 1) << 5 | bits(c, 2, 5), kind = bits(c, 5, 2);

	switch (bits(c, 10, 2)) {
	case 0:
		return imm6 < 32 ? enc_i(OP_IMM, 5, rd, rd, imm6) : 0;
	case 1:
		return imm6 < 32 ? enc_i(OP_IMM, 5, rd, rd, imm6 | 0x400) : 0;
	case 2:
		return enc_i(OP_IMM, 7, rd, rd, sext(imm6, 6));
	}
	if (bits(c, 12, 1))
		return 0;
	return enc_r(kind ? 0 : 0x20, f3[kind], rd, rd, rs2);
}

/* Quadrant 1: immediates, arithmetic, jumps and branches */
static uint32_t expand_q1(uint32_t c)
{
	uint32_t rd = bits(c, 7, 5), imm = sext(bits(c, 12, 1) << 5 | bits(c, 2, 5), 6);
	uint32_t jump = sext(bits(c, 3, 3) << 1 | bits(c, 11, 1) << 4 | bits(c, 2, 1) << 5 |
			     bits(c, 7, 1) << 6 | bits(c, 6, 1) << 7 | bits(c, 9, 2) << 8 |
			     bits(c, 8, 1) << 10 | bits(c, 12, 1) << 11, 12);
	uint32_t branch = sext(bits(c, 3, 2) << 1 | bits(c, 10, 2) << 3 | bits(c, 2, 1) << 5 |
			       bits(c, 5, 2) << 6 | bits(c, 12, 1) << 8, 9);

	switch (bits(c, 13, 3)) {
	case 0:	/* C.ADDI, C.NOP */
		return enc_i(OP_IMM, 0, rd, rd, imm);
	case 1:	/* C.JAL */
		return enc_jal(1, jump);
	case 2:	/* C.LI */
		return enc_i(OP_IMM, 0, rd, 0, imm);
	case 3:
		if (!imm)
			return 0;
		if (rd != 2)	/* C.LUI */
			return OP_LUI | rd << 7 | imm << 12;
		imm = sext(bits(c, 6, 1) << 4 | bits(c, 2, 1) << 5 | bits(c, 5, 1) << 6 |
			   bits(c, 3, 2) << 7 | bits(c, 12, 1) << 9, 10);
		return enc_i(OP_IMM, 0, 2, 2, imm);	/* C.ADDI16SP */
	case 4:
		return expand_alu(c);
	case 5:	/* C.J */
		return enc_jal(0, jump);
	case 6:	/* C.BEQZ */
		return enc_b(0, 8 + bits(c, 7, 3), branch);
	}
	return enc_b(1, 8 + bits(c, 7, 3), branch);	/* C.BNEZ */
}

/* Quadrant 2: shifts, stack loads and stores, register moves and jumps */
static uint32_t expand_q2(uint32_t c)
{
	uint32_t rd = bits(c, 7, 5), rs2 = bits(c, 2, 5), imm;

	switch (bits(c, 13, 3)) {
	case 0:	/* C.SLLI */
		return bits(c, 12, 1) ? 0 : enc_i(OP_IMM, 1, rd, rd, rs2);
	case 2:	/* C.LWSP */
		imm = bits(c, 4, 3) << 2 | bits(c, 12, 1) << 5 | bits(c, 2, 2) << 6;
		return rd ? enc_i(OP_LOAD, 2, rd, 2, imm) : 0;
	case 4:
		if (!bits(c, 12, 1)) {
			if (rs2)	/* C.MV */
				return enc_r(0, 0, rd, 0, rs2);
			return rd ? enc_i(OP_JALR, 0, 0, rd, 0) : 0;	/* C.JR */
		}
		if (rs2)	/* C.ADD */
			return enc_r(0, 0, rd, rd, rs2);
		return rd ? enc_i(OP_JALR, 0, 1, rd, 0) : INSN_EBREAK;	/* C.JALR, C.EBREAK */
	case 6:	/* C.SWSP */
		imm = bits(c, 9, 4) << 2 | bits(c, 7, 2) << 6;
		return enc_sw(rs2, 2, imm);
	}
	return 0;
}

/* By the 16 bits; 0, an illegal instruction, where there is no equivalent */
static uint32_t expanded[1 << 16];
static pthread_once_t expanded_once = PTHREAD_ONCE_INIT;

static void expand_all(void)
{
	uint32_t c;

	for (c = 0; c < 1 << 16; c++) {
		switch (c & 3) {
		case 0:
			expanded[c] = expand_q0(c);
			break;
		case 1:
			expanded[c] = expand_q1(c);
			break;
		case 2:
			expanded[c] = expand_q2(c);
			break;
		}
	}
}

/* --- arithmetic ----------------------------------------------------------- */

static inline uint32_t alu(uint32_t f3, bool alt, uint32_t a, uint32_t b)
{
	switch (f3) {
	case 0:
		return alt ? a - b : a + b;
	case 1:
		return a << (b & 31);
	case 2:
		return (int32_t)a < (int32_t)b;
	case 3:
		return a < b;
	case 4:
		return a ^ b;
	case 5:
		return alt ? (uint32_t)((int32_t)a >> (b & 31)) : a >> (b & 31);
	case 6:
		return a | b;
	}
	return a & b;
}

static uint32_t muldiv(uint32_t f3, uint32_t a, uint32_t b)
{
	bool overflow = a == 0x80000000u && b == 0xffffffffu;

	switch (f3) {
	case 0:
		return a * b;
	case 1:
		return (uint64_t)((int64_t)(int32_t)a * (int32_t)b) >> 32;
	case 2:
		return (uint64_t)((int64_t)(int32_t)a * (int64_t)b) >> 32;
	case 3:
		return ((uint64_t)a * b) >> 32;
	case 4:
		if (!b)
			return 0xffffffffu;
		return overflow ? a : (uint32_t)((int32_t)a / (int32_t)b);
	case 5:
		return b ? a / b : 0xffffffffu;
	case 6:
		if (!b)
			return a;
		return overflow ? 0 : (uint32_t)((int32_t)a % (int32_t)b);
	}
	return b ? a % b : a;
}

static inline unsigned int muldiv_cost(uint32_t f3)
{
	if (f3 >= 4)
		return COST_DIV;
	return f3 ? COST_MULH : COST_MUL;
}

/* --- CSRs and traps --------------------------------------------------------- */

static bool csr_read(const struct rv32 *core, uint32_t csr, uint32_t *value)
{
	switch (csr) {
	case CSR_MSTATUS:
		*value = core->mstatus | MSTATUS_MPP;
		return true;
	case CSR_MISA:
		*value = MISA;
		return true;
	case CSR_MIE:
		*value = core->mie;
		return true;
	case CSR_MTVEC:
		*value = core->mtvec;
		return true;
	case CSR_MSCRATCH:
		*value = core->mscratch;
		return true;
	case CSR_MEPC:
		*value = core->mepc;
		return true;
	case CSR_MCAUSE:
		*value = core->mcause;
		return true;
	case CSR_MTVAL:
		*value = core->mtval;
		return true;
	case CSR_MIP:
		*value = core->meip ? MIE_MEIE : 0;
		return true;
	case CSR_MCYCLE:
		*value = core->cycle;
		return true;
	case CSR_MCYCLEH:
		*value = core->cycle >> 32;
		return true;
	case CSR_MINSTRET:
		*value = core->instret;
		return true;
	case CSR_MINSTRETH:
		*value = core->instret >> 32;
		return true;
	case CSR_MSTATUSH:
	case CSR_MVENDORID:
	case CSR_MARCHID:
	case CSR_MIMPID:
	case CSR_MHARTID:
		*value = 0;
		return true;
	}
	return pmp_csr_read(&core->pmp, csr, value);
}

/* @csr is known to exist; bits that cannot be written keep their value. */
static void csr_write(struct rv32 *core, uint32_t csr, uint32_t value)
{
	switch (csr) {
	case CSR_MSTATUS:
		core->mstatus = value & (MSTATUS_MIE | MSTATUS_MPIE);
		break;
	case CSR_MIE:
		core->mie = value & MIE_MEIE;
		break;
	case CSR_MTVEC:
		core->mtvec = value & ~3u;
		break;
	case CSR_MSCRATCH:
		core->mscratch = value;
		break;
	case CSR_MEPC:
		core->mepc = value & ~1u;
		break;
	case CSR_MCAUSE:
		core->mcause = value;
		break;
	case CSR_MTVAL:
		core->mtval = value;
		break;
	default:
		pmp_csr_write(&core->pmp, csr, value);
		break;
	}
}

/* CSRRW, CSRRS, CSRRC and their immediate forms; false: no such CSR, or read-only */
static bool csr_access(struct rv32 *core, uint32_t insn)
{
	uint32_t f3 = bits(insn, 12, 3), rs1 = bits(insn, 15, 5), csr = insn >> 20;
	uint32_t operand = f3 & 4 ? rs1 : core->x[rs1], old;
	/* set and clear of no bits do not write: read-only CSRs may be read so */
	bool write = (f3 & 3) == 1 || rs1;

	if (!(f3 & 3) || !csr_read(core, csr, &old) || (write && csr >> 10 == 3))
		return false;
	if ((f3 & 3) == 2)
		operand |= old;
	else if ((f3 & 3) == 3)
		operand = old & ~operand;
	if (write)
		csr_write(core, csr, operand);
	core->x[bits(insn, 7, 5)] = old;
	return true;
}

/* Enters the handler, or halts where a handler itself trapped. */
static void trap(struct rv32 *core, uint32_t pc, uint32_t cause, uint32_t tval)
{
	if (core->in_trap) {
		core->halt = true;
		core->pc = pc;
		return;
	}
	core->in_trap = true;
	core->mepc = pc;
	core->mcause = cause;
	core->mtval = tval;
	core->mstatus = core->mstatus & MSTATUS_MIE ? MSTATUS_MPIE : 0;
	core->pc = core->mtvec;
	core->cycle += COST_TRAP;
}

static void mret(struct rv32 *core)
{
	core->in_trap = false;
	core->mstatus = MSTATUS_MPIE | (core->mstatus & MSTATUS_MPIE ? MSTATUS_MIE : 0);
}

/* --- memory ------------------------------------------------------------------ */

/* Has the granule of memory at offset @off the right? */
static inline bool allowed(const struct rv32 *core, uint32_t off, uint32_t right)
{
	return core->pmp.rights[off / PMP_GRANULE] & right;
}

/* Loads into @value; 0 or the exception's cause. Costs cycles. */
static inline uint32_t load(struct rv32 *core, uint32_t f3, uint32_t addr, uint32_t *value)
{
	uint32_t off = addr - core->memory_base, width = 1u << (f3 & 3);

	if (f3 == 3 || f3 > 5)
		return RV32_CAUSE_ILLEGAL;
	if (addr & (width - 1))
		return RV32_CAUSE_LOAD_MISALIGNED;
	if (off < core->memory_size) {
		if (!allowed(core, off, PMP_R))
			return RV32_CAUSE_LOAD_ACCESS;
		*value = 0;
		memcpy(value, core->memory + off, width);
		core->cycle += COST_LOAD;
		if (f3 == 0)
			*value = sext(*value, 8);
		else if (f3 == 1)
			*value = sext(*value, 16);
		return 0;
	}
	if (width != 4 || !pmp_allows(&core->pmp, addr, PMP_R) ||
	    !core->load(core->opaque, addr, value))
		return RV32_CAUSE_LOAD_ACCESS;
	core->cycle += COST_BUS_LOAD;
	return 0;
}

static inline uint32_t store(struct rv32 *core, uint32_t f3, uint32_t addr, uint32_t value)
{
	uint32_t off = addr - core->memory_base, width = 1u << (f3 & 3);

	if (f3 > 2)
		return RV32_CAUSE_ILLEGAL;
	if (addr & (width - 1))
		return RV32_CAUSE_STORE_MISALIGNED;
	if (off < core->memory_size) {
		if (!allowed(core, off, PMP_W))
			return RV32_CAUSE_STORE_ACCESS;
		memcpy(core->memory + off, &value, width);
		core->cycle += COST_STORE;
		return 0;
	}
	if (width != 4 || !pmp_allows(&core->pmp, addr, PMP_W) ||
	    !core->store(core->opaque, addr, value))
		return RV32_CAUSE_STORE_ACCESS;
	core->cycle += COST_BUS_STORE;
	return 0;
}

/*
 * Reads the instruction at @pc as @raw, and as its 32-bit equivalent @insn.
 * Returns its length, or 0 when there is no memory, or none to execute.
 */
static inline uint32_t fetch(const struct rv32 *core, uint32_t pc, uint32_t *raw, uint32_t *insn)
{
	uint32_t off = pc - core->memory_base;
	uint16_t half[2];

	if (off >= core->memory_size || !allowed(core, off, PMP_X))
		return 0;
	memcpy(&half[0], core->memory + off, 2);
	if ((half[0] & 3) != 3) {
		*raw = half[0];
		*insn = expanded[half[0]];
		return 2;
	}
	if (off + 2 >= core->memory_size || !allowed(core, off + 2, PMP_X))
		return 0;
	memcpy(&half[1], core->memory + off + 2, 2);
	*raw = half[0] | (uint32_t)half[1] << 16;
	*insn = *raw;
	return 4;
}

static inline unsigned int straddle(const struct rv32 *core, uint32_t target)
{
	uint32_t off = target - core->memory_base;

	if (!(target & 2) || off >= core->memory_size)
		return 0;
	return (core->memory[off] & 3) == 3 ? COST_STRADDLE : 0;
}

static inline bool branch_taken(uint32_t f3, uint32_t a, uint32_t b)
{
	bool taken;

	switch (f3 >> 1) {
	case 0:
		taken = a == b;
		break;
	case 2:
		taken = (int32_t)a < (int32_t)b;
		break;
	default:
		taken = a < b;
		break;
	}
	return taken != (f3 & 1);
}

static inline uint32_t branch_target(uint32_t pc, uint32_t insn)
{
	return pc + sext(bits(insn, 8, 4) << 1 | bits(insn, 25, 6) << 5 | bits(insn, 7, 1) << 11 |
			 bits(insn, 31, 1) << 12, 13);
}

static inline uint32_t jal_target(uint32_t pc, uint32_t insn)
{
	return pc + sext(bits(insn, 21, 10) << 1 | bits(insn, 20, 1) << 11 |
			 bits(insn, 12, 8) << 12 | bits(insn, 31, 1) << 20, 21);
}

/* ECALL, EBREAK, MRET, WFI and CSR accesses; 0 or the exception's cause */
static uint32_t system_insn(struct rv32 *core, uint32_t insn, uint32_t *next)
{
	switch (insn) {
	case INSN_ECALL:
		return RV32_CAUSE_ECALL;
	case INSN_EBREAK:
		return RV32_CAUSE_BREAKPOINT;
	case INSN_MRET:
		mret(core);
		*next = core->mepc;
		core->cycle += COST_JUMP + straddle(core, *next);
		return 0;
	case INSN_WFI:
		core->waiting = true;
		break;
	default:
		if (!csr_access(core, insn))
			return RV32_CAUSE_ILLEGAL;
		break;
	}
	core->cycle += COST_ALU;
	return 0;
}

/* Executes one instruction at core->pc, or traps. */
static inline void step(struct rv32 *core)
{
	uint32_t *x = core->x, pc = core->pc, raw = 0, insn = 0;
	uint32_t len = fetch(core, pc, &raw, &insn), next = pc + len;
	uint32_t rd = bits(insn, 7, 5), f3 = bits(insn, 12, 3);
	uint32_t a = x[bits(insn, 15, 5)], b = x[bits(insn, 20, 5)];
	uint32_t imm = (int32_t)insn >> 20, cause = 0, tval = raw, value;

	switch (insn & 0x7f) {
	case OP_IMM:
		if ((f3 == 1 && insn >> 25) || (f3 == 5 && insn >> 25 & ~0x20u))
			goto illegal;
		x[rd] = alu(f3, f3 == 5 && insn >> 30, a, imm);
		core->cycle += COST_ALU;
		break;
	case OP_REG:
		if (insn >> 25 == 1) {
			x[rd] = muldiv(f3, a, b);
			core->cycle += muldiv_cost(f3);
			break;
		}
		if (insn >> 25 && (insn >> 25 != 0x20 || (f3 != 0 && f3 != 5)))
			goto illegal;
		x[rd] = alu(f3, insn >> 30, a, b);
		core->cycle += COST_ALU;
		break;
	case OP_LOAD:
		cause = load(core, f3, a + imm, &value);
		if (cause) {
			tval = cause == RV32_CAUSE_ILLEGAL ? raw : a + imm;
			goto exception;
		}
		x[rd] = value;
		break;
	case OP_STORE:
		imm = (imm & ~31u) | rd;
		cause = store(core, f3, a + imm, b);
		if (cause) {
			tval = cause == RV32_CAUSE_ILLEGAL ? raw : a + imm;
			goto exception;
		}
		break;
	case OP_BRANCH:
		if (f3 >> 1 == 1)
			goto illegal;
		if (branch_taken(f3, a, b)) {
			next = branch_target(pc, insn);
			core->cycle += COST_BRANCH + straddle(core, next);
		} else {
			core->cycle += COST_ALU;
		}
		break;
	case OP_JAL:
		x[rd] = next;
		next = jal_target(pc, insn);
		core->cycle += COST_JUMP + straddle(core, next);
		break;
	case OP_JALR:
		if (f3)
			goto illegal;
		x[rd] = next;
		next = (a + imm) & ~1u;
		core->cycle += COST_JUMP + straddle(core, next);
		break;
	case OP_LUI:
		x[rd] = insn & 0xfffff000u;
		core->cycle += COST_ALU;
		break;
	case OP_AUIPC:
		x[rd] = pc + (insn & 0xfffff000u);
		core->cycle += COST_ALU;
		break;
	case OP_FENCE:
		if (f3)
			goto illegal;
		core->cycle += COST_ALU;
		break;
	case OP_SYSTEM:
		cause = system_insn(core, insn, &next);
		if (cause) {
			tval = cause == RV32_CAUSE_ILLEGAL ? raw : 0;
			goto exception;
		}
		break;
	default:
		goto illegal;
	}
	x[0] = 0;
	core->pc = next;
	core->instret++;
	return;

illegal:
	cause = RV32_CAUSE_ILLEGAL;
	if (!len) {
		cause = RV32_CAUSE_FETCH_ACCESS;
		tval = pc;
	}
exception:
	trap(core, pc, cause, tval);
}

void rv32_reset(struct rv32 *core, uint32_t entry)
{
	pthread_once(&expanded_once, expand_all);
	pmp_reset(&core->pmp, core->memory_base);
	memset(core->x, 0, sizeof(core->x));
	core->pc = entry;
	core->cycle = 0;
	core->instret = 0;
	core->mstatus = 0;
	core->mie = 0;
	core->mtvec = 0;
	core->mscratch = 0;
	core->mepc = 0;
	core->mcause = 0;
	core->mtval = 0;
	core->meip = false;
	core->stop = false;
	core->halt = false;
	core->in_trap = false;
	core->waiting = false;
}

enum rv32_stop rv32_run(struct rv32 *core, uint64_t until)
{
	for (;;) {
		if (core->halt)
			return RV32_HALT;
		if (core->stop) {
			core->stop = false;
			return RV32_MMIO;
		}
		if (core->waiting) {
			if (!core->meip || !(core->mie & MIE_MEIE))
				return RV32_WFI;
			core->waiting = false;
			core->cycle += COST_WAKE;
		}
		if (core->cycle >= until)
			return RV32_UNTIL;
		if (core->meip && core->mie & MIE_MEIE && core->mstatus & MSTATUS_MIE &&
		    !core->in_trap) {
			trap(core, core->pc, RV32_CAUSE_EXTERNAL, 0);
			continue;
		}
		/* whatever needs a look above sets one of these */
		do {
			step(core);
		} while (core->cycle < until &&
			 !(core->meip | core->waiting | core->stop | core->halt));
	}
}
