// SPDX-License-Identifier: MIT
/*
 * Order between engines. Every range of SRAM and of region SCRATCH knows which
 * command wrote it last and which of each engine read it since; a command waits
 * for those that it would read from, overtake or overwrite. What it waits for
 * already through another wait, or through its own engine's order, is left out.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/ir.h"

#define ENGINES	EDGETPU_NUM_ENGINES

enum space { SPACE_SRAM, SPACE_SCRATCH, NUM_SPACES };

struct access {
	enum space space;
	bool write;
	uint64_t start, end;
};

/* Bytes [start, end) of one history; counts are completed commands, 0: none */
struct range {
	uint64_t start, end;
	unsigned int writer;		/* engine */
	uint32_t written;
	uint32_t read[ENGINES];
};

struct map {
	struct range *ranges;		/* by start, not overlapping */
	size_t num, max;
};

/* What is complete when a command of one engine is */
struct clock {
	uint32_t count[ENGINES];
};

struct mc_hazards {
	struct map maps[NUM_SPACES];
	struct clock *clocks[ENGINES];	/* of each engine's commands */
	uint32_t num[ENGINES], max[ENGINES];
};

struct mc_hazards *mc_hazards_new(void)
{
	return calloc(1, sizeof(struct mc_hazards));
}

void mc_hazards_free(struct mc_hazards *h)
{
	if (!h)
		return;
	for (int i = 0; i < NUM_SPACES; i++)
		free(h->maps[i].ranges);
	for (int i = 0; i < ENGINES; i++)
		free(h->clocks[i]);
	free(h);
}

/* --- what a command touches ------------------------------------------------ */

static uint64_t extent(uint32_t n2, uint32_t stride2, uint32_t n1, uint32_t stride1, uint32_t len)
{
	return (uint64_t)(n2 - 1) * stride2 + (uint64_t)(n1 - 1) * stride1 + len;
}

static void touch(struct access *a, unsigned int *n, enum space space, bool write, uint64_t start,
		  uint64_t bytes)
{
	a[(*n)++] = (struct access){ space, write, start, start + bytes };
}

static unsigned int dma_accesses(const struct mc_cmd *cmd, struct access *a)
{
	bool load = cmd->opcode == EDGETPU_OP_LOAD;
	unsigned int n = 0;

	touch(a, &n, SPACE_SRAM, load, cmd->u.dma.sram,
	      extent(cmd->u.dma.n2, cmd->u.dma.sram_stride2, cmd->u.dma.n1,
		     cmd->u.dma.sram_stride1, cmd->u.dma.len));
	/* The other regions are only ever read, or only written and by one engine. */
	if (cmd->u.dma.region == MNET_REGION_SCRATCH)
		touch(a, &n, SPACE_SCRATCH, !load, cmd->u.dma.offset,
		      extent(cmd->u.dma.n2, cmd->u.dma.mem_stride2, cmd->u.dma.n1,
			     cmd->u.dma.mem_stride1, cmd->u.dma.len));
	return n;
}

static unsigned int conv_accesses(const struct mc_cmd *cmd, struct access *a)
{
	unsigned int n = 0;

	touch(a, &n, SPACE_SRAM, false, cmd->u.conv.in,
	      extent(cmd->u.conv.in_h, cmd->u.conv.in_row, cmd->u.conv.in_w,
		     cmd->u.conv.in_pixel, cmd->u.conv.in_c));
	if (cmd->u.conv.weights_bytes) {
		touch(a, &n, SPACE_SRAM, false, cmd->u.conv.weights, cmd->u.conv.weights_bytes);
		touch(a, &n, SPACE_SRAM, false, cmd->u.conv.params, cmd->u.conv.params_bytes);
	}
	touch(a, &n, SPACE_SRAM, true, cmd->u.conv.out,
	      extent(cmd->u.conv.out_h, cmd->u.conv.out_row, cmd->u.conv.out_w,
		     cmd->u.conv.out_pixel, cmd->u.conv.out_c));
	return n;
}

static unsigned int elementwise_accesses(const struct mc_cmd *cmd, struct access *a)
{
	unsigned int n = 0;

	for (int i = 0; i < (cmd->opcode == EDGETPU_OP_ADD ? 2 : 1); i++)
		touch(a, &n, SPACE_SRAM, false, cmd->u.elementwise.in[i],
		      extent(1, 0, cmd->u.elementwise.n, cmd->u.elementwise.in_stride[i],
			     cmd->u.elementwise.len));
	touch(a, &n, SPACE_SRAM, true, cmd->u.elementwise.out,
	      extent(1, 0, cmd->u.elementwise.n, cmd->u.elementwise.out_stride,
		     cmd->u.elementwise.len));
	return n;
}

static unsigned int copy_accesses(const struct mc_cmd *cmd, struct access *a)
{
	unsigned int n = 0;

	if (cmd->opcode == EDGETPU_OP_COPY)
		touch(a, &n, SPACE_SRAM, false, cmd->u.copy.in,
		      extent(cmd->u.copy.n2, cmd->u.copy.in_stride2, cmd->u.copy.n1,
			     cmd->u.copy.in_stride1, cmd->u.copy.len));
	touch(a, &n, SPACE_SRAM, true, cmd->u.copy.out,
	      extent(cmd->u.copy.n2, cmd->u.copy.out_stride2, cmd->u.copy.n1,
		     cmd->u.copy.out_stride1, cmd->u.copy.len));
	return n;
}

static unsigned int find_accesses(const struct mc_cmd *cmd, struct access *a)
{
	switch (cmd->opcode) {
	case EDGETPU_OP_LOAD:
	case EDGETPU_OP_STORE:
		return dma_accesses(cmd, a);
	case EDGETPU_OP_ADD:
	case EDGETPU_OP_RESCALE:
		return elementwise_accesses(cmd, a);
	case EDGETPU_OP_COPY:
	case EDGETPU_OP_FILL:
		return copy_accesses(cmd, a);
	}
	return conv_accesses(cmd, a);
}

/* --- histories of ranges ---------------------------------------------------- */

/* Index of the first range that ends after @at */
static size_t find_range(const struct map *map, uint64_t at)
{
	size_t low = 0, high = map->num;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (map->ranges[mid].end > at)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

static int insert_range(struct map *map, size_t at, struct range r)
{
	if (map->num == map->max) {
		size_t max = map->max ? map->max * 2 : 64;
		struct range *ranges = realloc(map->ranges, max * sizeof(*ranges));

		if (!ranges)
			return -ENOMEM;
		map->ranges = ranges;
		map->max = max;
	}
	memmove(&map->ranges[at + 1], &map->ranges[at], (map->num - at) * sizeof(r));
	map->ranges[at] = r;
	map->num++;
	return 0;
}

/* Makes @at a border between ranges, if it lies in one */
static int split(struct map *map, uint64_t at)
{
	size_t i = find_range(map, at);
	struct range r;

	if (i == map->num || map->ranges[i].start >= at)
		return 0;
	r = map->ranges[i];
	r.start = at;
	map->ranges[i].end = at;
	return insert_range(map, i + 1, r);
}

/* Ranges for all of [start, end), with borders at both */
static int cover(struct map *map, uint64_t start, uint64_t end)
{
	int ret = split(map, start);

	if (!ret)
		ret = split(map, end);
	for (size_t i = find_range(map, start); !ret && start < end; i++) {
		uint64_t next = i < map->num && map->ranges[i].start < end ?
			map->ranges[i].start : end;

		if (start < next)
			ret = insert_range(map, i, (struct range){ .start = start, .end = next });
		start = map->ranges[i].end;
	}
	return ret;
}

static void need(uint32_t *needed, unsigned int engine, uint32_t count)
{
	if (count > needed[engine])
		needed[engine] = count;
}

static int collect(struct mc_hazards *h, const struct access *a, uint32_t *needed)
{
	struct map *map = &h->maps[a->space];
	int ret = cover(map, a->start, a->end);

	for (size_t i = find_range(map, a->start);
	     !ret && i < map->num && map->ranges[i].start < a->end; i++) {
		const struct range *r = &map->ranges[i];

		need(needed, r->writer, r->written);
		for (unsigned int e = 0; a->write && e < ENGINES; e++)
			need(needed, e, r->read[e]);
	}
	return ret;
}

/* Enters command number @count of @engine; a write makes the whole range one again. */
static void enter(struct mc_hazards *h, const struct access *a, unsigned int engine,
		  uint32_t count)
{
	struct map *map = &h->maps[a->space];
	size_t first = find_range(map, a->start), last = first;

	for (; last < map->num && map->ranges[last].start < a->end; last++) {
		if (!a->write)
			map->ranges[last].read[engine] = count;
	}
	if (!a->write)
		return;
	map->ranges[first] = (struct range){ .start = a->start, .end = a->end,
					     .writer = engine, .written = count };
	memmove(&map->ranges[first + 1], &map->ranges[last],
		(map->num - last) * sizeof(*map->ranges));
	map->num -= last - first - 1;
}

/* --- waits ------------------------------------------------------------------- */

static int add_clock(struct mc_hazards *h, unsigned int engine, const struct clock *clock)
{
	if (h->num[engine] == h->max[engine]) {
		uint32_t max = h->max[engine] ? h->max[engine] * 2 : 64;
		struct clock *clocks = realloc(h->clocks[engine], max * sizeof(*clocks));

		if (!clocks)
			return -ENOMEM;
		h->clocks[engine] = clocks;
		h->max[engine] = max;
	}
	h->clocks[engine][h->num[engine]++] = *clock;
	return 0;
}

/* Drops waits that another wait brings with it; @clock becomes what is complete at the start. */
static void reduce(const struct mc_hazards *h, uint32_t *needed, struct clock *clock)
{
	for (unsigned int e = 0; e < ENGINES; e++) {
		if (needed[e] <= clock->count[e])
			needed[e] = 0;
	}
	for (unsigned int e = 0; e < ENGINES; e++) {
		for (unsigned int f = 0; f < ENGINES; f++) {
			if (f != e && needed[e] && needed[f] &&
			    h->clocks[f][needed[f] - 1].count[e] >= needed[e])
				needed[e] = 0;
		}
	}
	for (unsigned int e = 0; e < ENGINES; e++) {
		for (unsigned int f = 0; needed[e] && f < ENGINES; f++)
			need(clock->count, f, h->clocks[e][needed[e] - 1].count[f]);
	}
}

int mc_hazards_add(struct mc_hazards *h, struct mc_cmd *cmd)
{
	unsigned int engine = edgetpu_isa_engine(cmd->opcode), n;
	uint32_t needed[ENGINES] = { 0 }, count;
	struct access a[4];
	struct clock clock = { { 0 } };
	int ret = 0;

	if (engine >= ENGINES)
		return -EINVAL;
	count = h->num[engine] + 1;
	n = find_accesses(cmd, a);
	for (unsigned int i = 0; !ret && i < n; i++)
		ret = collect(h, &a[i], needed);
	if (ret)
		return ret;
	for (unsigned int i = 0; i < n; i++)
		enter(h, &a[i], engine, count);

	if (count > 1)
		clock = h->clocks[engine][count - 2];
	reduce(h, needed, &clock);
	memcpy(cmd->wait, needed, sizeof(cmd->wait));
	clock.count[engine] = count;
	return add_clock(h, engine, &clock);
}
