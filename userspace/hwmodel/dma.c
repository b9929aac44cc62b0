// SPDX-License-Identifier: MIT
/*
 * Cost of moving bytes between host memory and the accelerator.
 */
#include <string.h>

#include "cost_internal.h"

/* Bursts of one line at byte offset @addr that the line ending at @last did not fetch already */
static uint64_t line_bursts(uint64_t addr, uint64_t len, bool follows, uint64_t last)
{
	uint64_t n = (addr + len - 1) / HWMODEL_BURST - addr / HWMODEL_BURST + 1;

	return n - (follows && addr / HWMODEL_BURST == last / HWMODEL_BURST);
}

/*
 * Bursts of @n lines. How a line lies in its bursts depends on its address
 * modulo a burst alone, which repeats after at most HWMODEL_BURST lines.
 */
static uint64_t plane_bursts(uint64_t addr, uint64_t len, uint64_t stride, uint64_t n)
{
	uint64_t period = min_u64(n, HWMODEL_BURST), head, total = 0, i;

	/* small addresses: only what is left modulo a burst counts */
	addr %= HWMODEL_BURST;
	head = line_bursts(addr, len, false, 0);
	for (i = 1; i < period; i++)
		total += line_bursts(addr + i * stride, len, true,
				     addr + (i - 1) * stride + len - 1);
	if (n > period) {
		/* line 64 + i looks like line i, but that line 64 has one before it */
		uint64_t each = total + line_bursts(addr + period * stride, len, true,
						    addr + (period - 1) * stride + len - 1);
		uint64_t more = n - period;

		total += more / period * each;
		for (i = period; i < period + more % period; i++)
			total += line_bursts(addr + i * stride, len, true,
					     addr + (i - 1) * stride + len - 1);
	}
	return head + total;
}

static uint64_t memory_bursts(uint64_t addr, uint64_t len, uint64_t n1, uint64_t stride1,
			      uint64_t n2, uint64_t stride2)
{
	uint64_t period = min_u64(n2, HWMODEL_BURST), total = 0, rest = 0, i;

	for (i = 0; i < period; i++) {
		uint64_t plane = plane_bursts(addr % HWMODEL_BURST + i * stride2, len, stride1, n1);

		total += plane;
		if (i < n2 % period)
			rest += plane;
	}
	return n2 / period * total + rest;
}

/* The stream of data and what its walks add: they run ahead, so only their excess shows */
static void charge(const struct hwmodel_config *config, uint64_t bursts, uint64_t lines,
		   uint64_t sram_lines, const struct hwmodel_walks *walks,
		   struct hwmodel_cost *cost)
{
	const uint64_t latency = config->dram_latency;
	const uint64_t bytes = (bursts + walks->first + walks->rest) * HWMODEL_BURST;
	const uint64_t bus = ceil_div(bytes * config->clock_khz,
				      (uint64_t)config->dram_mbps * 1000);
	const uint64_t in_flight = ceil_div(bursts * latency, HWMODEL_DMA_OUTSTANDING);
	const uint64_t stream = max_u64(max_u64(bus, in_flight),
					max_u64(lines * HWMODEL_DMA_LINE_CYCLES, sram_lines));
	const uint64_t ahead = walks->rest * latency;

	cost->cycles += latency + walks->first * latency + stream +
			(ahead > stream ? ahead - stream : 0);
	cost->dram_cycles += bus;
	cost->dram_bytes += bytes;
	cost->sram_lines += sram_lines;
}

void hwmodel_dma(const struct hwmodel_config *config, const struct edgetpu_command *command,
		 const struct hwmodel_walks *walks, struct hwmodel_cost *cost)
{
	const struct edgetpu_cmd_dma *dma = &command->u.dma;
	uint64_t len = le32toh(dma->len), n1 = le32toh(dma->n1), n2 = le32toh(dma->n2);
	const uint64_t bytes = len * n1 * n2, offset = le64toh(dma->offset);
	uint64_t mem1 = le32toh(dma->mem_stride1), mem2 = le32toh(dma->mem_stride2);
	uint64_t sram = le32toh(dma->sram), sram1 = le32toh(dma->sram_stride1);
	uint64_t sram_lines;

	memset(cost, 0, sizeof(*cost));
	cost->cycles = HWMODEL_ISSUE_CYCLES;
	cost->bytes = bytes;
	if (!bytes)
		return;
	/* lines that follow each other on both sides are one line */
	if (mem1 == len && sram1 == len) {
		len *= n1;
		n1 = 1;
		mem1 = mem2;
		sram1 = le32toh(dma->sram_stride2);
	}
	if (n1 == 1) {
		n1 = n2;
		n2 = 1;
		mem1 = mem2;
		sram1 = le32toh(dma->sram_stride2);
		if (mem1 == len && sram1 == len) {
			len *= n1;
			n1 = 1;
		}
	}
	sram_lines = n1 * n2 * ((sram % HWMODEL_SRAM_LINE || (n1 > 1 && sram1 % HWMODEL_SRAM_LINE)) +
				ceil_div(len, HWMODEL_SRAM_LINE));
	charge(config, memory_bursts(offset, len, n1, mem1, n2, mem2), n1 * n2, sram_lines, walks,
	       cost);
}

struct hwmodel_walks hwmodel_cold_walks(const struct edgetpu_command *command)
{
	const struct edgetpu_cmd_dma *dma = &command->u.dma;
	const uint64_t len = le32toh(dma->len), n1 = le32toh(dma->n1), n2 = le32toh(dma->n2);
	const uint64_t plane = len + (n1 - 1) * le32toh(dma->mem_stride1);
	const uint64_t extent = plane + (n2 - 1) * le32toh(dma->mem_stride2);
	const uint64_t start = le64toh(dma->offset) % HWMODEL_WALK_SPAN;
	struct hwmodel_walks walks = { .first = EDGETPU_PT_LEVELS };
	uint64_t spans;

	if (!len || !n1 || !n2)
		return (struct hwmodel_walks){ 0 };
	/* spans of the whole extent, but never more than the lines can touch */
	spans = min_u64(ceil_div(start + extent, HWMODEL_WALK_SPAN),
			n1 * n2 * (len / HWMODEL_WALK_SPAN + 2));
	walks.rest = spans - 1;
	return walks;
}

/*
 * Where addresses only grow, a TLB entry is done with when the next one is needed,
 * and where all of it fits the TLB (entries side by side use its sets evenly) each
 * is read once: one read a span, and two more for each table of the last level.
 * Else a line may find nothing left of what the lines before it read.
 */
struct hwmodel_walks hwmodel_most_walks(const struct edgetpu_command *command)
{
	const struct edgetpu_cmd_dma *dma = &command->u.dma;
	const uint64_t len = le32toh(dma->len), n1 = le32toh(dma->n1), n2 = le32toh(dma->n2);
	const uint64_t stride1 = le32toh(dma->mem_stride1), stride2 = le32toh(dma->mem_stride2);
	const uint64_t plane = len + (n1 - 1) * stride1, extent = plane + (n2 - 1) * stride2;
	const bool grows = (n1 == 1 || stride1 >= len) && (n2 == 1 || stride2 >= plane);
	const uint64_t spans = extent / HWMODEL_WALK_SPAN + 2;
	const uint64_t each = EDGETPU_PT_LEVELS * n1 * n2 * (len / HWMODEL_WALK_SPAN + 2);
	struct hwmodel_walks walks = { .first = EDGETPU_PT_LEVELS };

	if (!len || !n1 || !n2)
		return (struct hwmodel_walks){ 0 };
	walks.rest = each;
	if (grows || spans <= HWMODEL_TLB_ENTRIES)
		walks.rest = min_u64(each, spans + (EDGETPU_PT_LEVELS - 1) *
				     (extent / HWMODEL_TABLE_SPAN + 2));
	return walks;
}

void hwmodel_transfer(const struct hwmodel_config *config, uint64_t addr, uint64_t len,
		      const struct hwmodel_walks *walks, struct hwmodel_cost *cost)
{
	memset(cost, 0, sizeof(*cost));
	cost->bytes = len;
	if (!len)
		return;
	charge(config, memory_bursts(addr, len, 1, 0, 1, 0), 1, 0, walks, cost);
}
