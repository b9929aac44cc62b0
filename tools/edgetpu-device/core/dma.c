// SPDX-License-Identifier: GPL-2.0-only
/*
 * LOAD and STORE.
 */
#include <endian.h>
#include <string.h>

#include "internal.h"

/* Of a region: more cannot be mapped, and sums of addresses inside stay below 2^64 */
#define MAX_REGION (1ull << (EDGETPU_VA_BITS + 1))

bool bytes_zero(const uint8_t *bytes, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (bytes[i])
			return false;
	return true;
}

unsigned int dma_decode(struct edgetpu_device *dev, const struct edgetpu_command *command,
			struct op *op)
{
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
	if (!span_inside(&sram, dev->config.sram_size) ||
	    !span_bytes_at_most(&sram, dev->config.sram_size))
		return EDGETPU_STATUS_BAD_SRAM;

	region = &dev->regions[le32toh(dma->region)];
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

static unsigned int move_line(struct edgetpu_device *dev, struct access *access,
			      struct page *page, uint64_t va, uint8_t *sram, uint64_t len,
			      bool flip)
{
	while (len) {
		uint8_t *mem, *to;
		const uint8_t *from;
		uint64_t part;

		if (va < page->start || va >= page->end) {
			unsigned int status;

			part = 1u << EDGETPU_PAGE_SHIFT;
			status = access_map(dev, access, va, &part, &page->p);
			if (status)
				return status;
			page->start = va;
			page->end = va + part;
			access->started = true;
		}
		part = page->end - va < len ? page->end - va : len;
		mem = page->p + (va - page->start);
		to = access->write ? mem : sram;
		from = access->write ? sram : mem;
		if (flip)
			copy_flipped(to, from, part);
		else
			memcpy(to, from, part);
		va += part;
		sram += part;
		len -= part;
	}
	return EDGETPU_STATUS_OK;
}

unsigned int dma_run(struct edgetpu_device *dev, const struct edgetpu_command *command,
		     struct op *op, struct hwmodel_walks *walks)
{
	const bool load = op->opcode == EDGETPU_OP_LOAD;
	const bool flip = le16toh(command->flags) & EDGETPU_CMD_FLIP;
	const struct span *sram = load ? &op->write : &op->reads[0], *mem = &op->mem;
	struct access access = {
		.context = dev->job_context, .write = !load,
		.right = load ? EDGETPU_PTE_READ : EDGETPU_PTE_WRITE,
	};
	struct page page = { 0 };
	unsigned int status = EDGETPU_STATUS_OK;
	uint64_t i1, i2;

	host_lock(dev);
	for (i2 = 0; i2 < sram->n2 && !status; i2++)
		for (i1 = 0; i1 < sram->n1 && !status; i1++)
			status = move_line(dev, &access, &page,
					   mem->base + i2 * mem->stride2 + i1 * mem->stride1,
					   dev->sram + sram->base + i2 * sram->stride2 +
						   i1 * sram->stride1,
					   sram->len, flip);
	host_unlock(dev);
	if (status)
		op->fault = access.fault;
	*walks = access.walks;
	return status;
}
