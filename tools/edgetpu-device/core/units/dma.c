// SPDX-License-Identifier: GPL-2.0-only
/*
 * LOAD and STORE.
 */
#include <endian.h>
#include <stdatomic.h>
#include <string.h>

#include "core/units/op.h"

/* Of a region: more cannot be mapped, and sums of addresses inside stay below 2^64 */
#define MAX_REGION (1ull << (EDGETPU_VA_BITS + 1))

static unsigned int decode(const struct unit_env *env, struct op *op)
{
	const struct edgetpu_command *command = &op->command;
	const struct edgetpu_cmd_dma *dma = &command->u.dma;
	const bool load = command->opcode == EDGETPU_OP_LOAD;
	const uint32_t need = load ? EDGETPU_REGION_READ : EDGETPU_REGION_WRITE;
	const struct region *region;
	struct span sram = {
		.base = le32toh(dma->sram), .len = le32toh(dma->len),
		.n1 = le32toh(dma->n1), .stride1 = le32toh(dma->sram_stride1),
		.n2 = le32toh(dma->n2), .stride2 = le32toh(dma->sram_stride2),
	};
	struct span mem = sram;

	if (dma->pad || !sram.len || !sram.n1 || !sram.n2 ||
	    !bytes_zero(command->u.bytes + sizeof(*dma), sizeof(command->u) - sizeof(*dma)) ||
	    le32toh(dma->region) >= EDGETPU_NUM_REGIONS)
		return EDGETPU_STATUS_BAD_COMMAND;
	if (!span_inside(&sram, env->sram->size) ||
	    !span_bytes_at_most(&sram, env->sram->size))
		return EDGETPU_STATUS_BAD_SRAM;

	region = &env->regions->region[le32toh(dma->region)];
	mem.base = le64toh(dma->offset);
	mem.stride1 = le32toh(dma->mem_stride1);
	mem.stride2 = le32toh(dma->mem_stride2);
	op->fault = region->va + mem.base;
	if (le32toh(dma->region) == EDGETPU_REGION_COMMAND || !(region->flags & need) ||
	    region->va >> EDGETPU_VA_BITS ||
	    !span_inside(&mem, region->size < MAX_REGION ? region->size : MAX_REGION))
		return EDGETPU_STATUS_BAD_REGION;
	mem.base += region->va;
	op->mem = mem;
	if (load) {
		op->write = sram;
		op->writes = true;
	} else {
		op->reads[0] = sram;
		op->num_reads = 1;
	}
	op->access = (struct access){
		.context = env->regions->context, .write = !load,
		.right = load ? EDGETPU_PTE_READ : EDGETPU_PTE_WRITE,
	};
	op->move = op->access;
	op->move.again = true;
	op->steps = walker_start(&op->lines, &sram);
	return EDGETPU_STATUS_OK;
}

/* @len bytes, flipped between int8 and uint8 on the way */
static void copy_flipped(uint8_t *to, const uint8_t *from, uint64_t len)
{
	const uint64_t mask = 0x8080808080808080ull;
	uint64_t word, i;

	for (i = 0; i + sizeof(word) <= len; i += sizeof(word)) {
		memcpy(&word, from + i, sizeof(word));
		word ^= mask;
		memcpy(to + i, &word, sizeof(word));
	}
	for (; i < len; i++)
		to[i] = from[i] ^ 0x80;
}

/* Host memory of the page that was used last */
struct page {
	uint8_t *p;
	uint64_t start;
	uint64_t end;
};

/* Host memory at @va, @len bytes of it; out: those there are */
static unsigned int reach(const struct unit_env *env, struct access *access, struct page *page,
			  uint64_t va, uint64_t *len)
{
	uint64_t part = 1u << EDGETPU_PAGE_SHIFT;
	unsigned int status;

	if (va < page->start || va >= page->end) {
		status = access_map(env->mmu, access, va, &part, &page->p);
		if (status)
			return status;
		page->start = va;
		page->end = va + part;
		access->started = true;
	}
	if (*len > page->end - va)
		*len = page->end - va;
	return EDGETPU_STATUS_OK;
}

/* A line, or a part of one; bytes move if there is a place in SRAM to move them. */
static unsigned int move_line(const struct unit_env *env, struct access *access,
			      struct page *page, uint64_t va, uint8_t *sram, uint64_t len,
			      bool flip)
{
	while (len) {
		uint64_t part = len;
		unsigned int status = reach(env, access, page, va, &part);

		if (status)
			return status;
		if (sram) {
			uint8_t *mem = page->p + (va - page->start);
			uint8_t *to = access->write ? mem : sram;
			const uint8_t *from = access->write ? sram : mem;

			if (flip)
				copy_flipped(to, from, part);
			else
				memcpy(to, from, part);
			sram += part;
		}
		va += part;
		len -= part;
	}
	return EDGETPU_STATUS_OK;
}

static const struct span *sram_side(const struct op *op)
{
	return op->writes ? &op->write : &op->reads[0];
}

/*
 * Translation runs ahead of the data: what it costs is known before the first byte
 * moves, and how far the command gets.
 */
static bool prepare(const struct unit_env *env, struct op *op)
{
	const struct span *sram = sram_side(op);
	struct page page = { 0 };
	unsigned int status = EDGETPU_STATUS_OK;
	uint64_t i, len;
	bool more = true;

	hostport_lock(env->mmu->port);
	for (i = 0; i < op->lines.group && !status; i++) {
		more = walker_piece(&op->lines, sram, &len);
		if (!more)
			break;
		status = move_line(env, &op->access, &page, walker_offset(&op->lines, &op->mem),
				   NULL, len, false);
		walker_next(&op->lines, sram);
	}
	hostport_unlock(env->mmu->port);
	if (status) {
		op->status = status;
		op->fault = op->access.fault;
	}
	if (more && !status)
		return false;
	walker_start(&op->lines, sram);
	return true;
}

static void cost(const struct unit_env *env, const struct op *op, struct hwmodel_cost *cost)
{
	hwmodel_dma(env->model, &op->command, &op->access.walks, cost);
}

static void work(const struct unit_env *env, struct op *op, uint64_t step)
{
	const bool flip = le16toh(op->command.flags) & EDGETPU_CMD_FLIP;
	const struct span *sram = sram_side(op);
	struct page page = { 0 };
	unsigned int status = EDGETPU_STATUS_OK;
	uint64_t i, len;

	(void)step;
	if (op->stopped)
		return;
	hostport_lock(env->mmu->port);
	for (i = 0; i < op->lines.group && !status && walker_piece(&op->lines, sram, &len); i++) {
		status = move_line(env, &op->move, &page, walker_offset(&op->lines, &op->mem),
				   env->sram->bytes + walker_offset(&op->lines, sram), len, flip);
		walker_next(&op->lines, sram);
	}
	hostport_unlock(env->mmu->port);
	/* the host sees what was written before anything written later */
	atomic_thread_fence(memory_order_release);
	if (!status)
		return;
	op->stopped = true;
	op->status = status;
	op->fault = op->move.fault;
}

const struct unit unit_dma = {
	.decode = decode,
	.prepare = prepare,
	.cost = cost,
	.work = work,
};
