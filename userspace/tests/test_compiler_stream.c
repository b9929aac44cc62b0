// SPDX-License-Identifier: MIT
/*
 * The stream checker: it accepts what the compiler makes, and refuses it once
 * anything in it is wrong. Waits above all: the compiler makes no more than it
 * needs, so a stream without any one of them has a race.
 */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "compiler/executable_private.h"
#include "random_graph.h"

#define NETWORKS	200

struct stream {
	struct edgetpu_command *commands;
	unsigned int num;
	struct mnet_stream_limits limits;
};

static bool accepted(const struct stream *s)
{
	struct mnet_error err;

	return !mnet_stream_verify(s->commands, s->num, &s->limits, &err);
}

/* A copy of a job's stream that may be changed */
static struct stream copy_stream(const struct mnet_executable *exe, unsigned int index)
{
	const struct mnet_subgraph *sg = &exe->subgraphs[index];
	struct stream s = { .num = sg->num_commands };

	s.commands = malloc(s.num * sizeof(*s.commands));
	memcpy(s.commands, sg->commands, s.num * sizeof(*s.commands));
	s.limits.config = exe->config;
	s.limits.region_size[MNET_REGION_WEIGHTS] = sg->weights_size;
	s.limits.region_size[MNET_REGION_INPUT] = sg->input_size;
	s.limits.region_size[MNET_REGION_OUTPUT] = sg->output_size;
	s.limits.region_size[MNET_REGION_SCRATCH] = sg->scratch_size;
	return s;
}

static struct mnet_executable *compile(const struct mnet_graph *graph, unsigned int kib)
{
	struct mnet_model model = { .graph = *graph };
	struct mnet_hw_config config = mnet_hw_config_soc;
	struct mnet_executable *exe;

	config.sram_size = kib * 1024;
	return mnet_compile(&model, &config, NULL, &exe, NULL) ? NULL : exe;
}

/* Waits taken away one at a time */
static void remove_waits(struct stream *s, unsigned long *removed, unsigned long *refused)
{
	for (unsigned int i = 0; i < s->num; i++) {
		for (unsigned int e = 0; e < EDGETPU_NUM_ENGINES; e++) {
			uint32_t wait = le32toh(s->commands[i].wait[e]);

			if (!wait)
				continue;
			/* One too few */
			s->commands[i].wait[e] = htole32(wait - 1);
			*refused += !accepted(s);
			s->commands[i].wait[e] = htole32(wait);
			++*removed;
		}
	}
}

static void test_waits(void)
{
	struct check_random r = { 7 };
	unsigned long removed = 0, refused = 0, streams = 0, good = 0;

	for (unsigned int n = 0; n < NETWORKS; n++) {
		struct mnet_executable *exe;
		struct build b;

		if (!random_graph(&b, &r))
			continue;
		exe = compile(&b.graph, n % 2 ? 16 : 64);
		for (unsigned int i = 0; exe && i < exe->num_subgraphs; i++) {
			struct stream s = copy_stream(exe, i);

			streams++;
			good += accepted(&s);
			if (s.num < 500)
				remove_waits(&s, &removed, &refused);
			free(s.commands);
		}
		mnet_executable_free(exe);
		build_free(&b);
	}
	check(streams && good == streams, "%lu of %lu streams are accepted", good, streams);
	check(removed && refused == removed,
	      "a stream with any one wait shortened is refused: %lu of %lu", refused, removed);
}

/* A LOAD, a CONV on what it brought and a STORE of the result */
static struct stream small_stream(struct edgetpu_command c[3])
{
	struct stream s = { .commands = c, .num = 3, .limits = { .config = mnet_hw_config_soc } };

	s.limits.config.sram_size = 4096;
	s.limits.region_size[MNET_REGION_WEIGHTS] = 1024;
	s.limits.region_size[MNET_REGION_OUTPUT] = 16;
	memset(c, 0, 3 * sizeof(*c));
	c[0].opcode = EDGETPU_OP_LOAD;
	c[0].u.dma = (struct edgetpu_cmd_dma){ .region = htole32(MNET_REGION_WEIGHTS),
		.len = htole32(1024), .n1 = htole32(1), .n2 = htole32(1) };
	c[1].opcode = EDGETPU_OP_CONV;
	c[1].wait[EDGETPU_ENGINE_LOAD] = htole32(1);
	c[1].u.conv = (struct edgetpu_cmd_conv){ .in = htole32(512), .in_row = htole32(4),
		.in_pixel = htole32(4), .out = htole32(2048), .out_row = htole32(16),
		.out_pixel = htole32(16), .params = htole32(64), .in_h = htole16(1),
		.in_w = htole16(1), .in_c = htole16(4), .out_h = htole16(1), .out_w = htole16(1),
		.out_c = htole16(16), .kernel_h = 1, .kernel_w = 1, .stride_h = 1, .stride_w = 1,
		.dilation_h = 1, .dilation_w = 1, .act_min = 0x80, .act_max = 0x7f };
	c[2].opcode = EDGETPU_OP_STORE;
	c[2].wait[EDGETPU_ENGINE_ARRAY] = htole32(1);
	c[2].u.dma = (struct edgetpu_cmd_dma){ .region = htole32(MNET_REGION_OUTPUT),
		.sram = htole32(2048), .len = htole32(16), .n1 = htole32(1), .n2 = htole32(1) };
	return s;
}

#define REFUSED(text, change) do {					\
	struct edgetpu_command c[3];					\
	struct stream s = small_stream(c);				\
									\
	change;								\
	check(!accepted(&s), "refused: %s", text);			\
} while (0)

static void test_fields(void)
{
	struct edgetpu_command good[3];
	struct stream small = small_stream(good);

	check(accepted(&small), "LOAD, CONV, STORE is accepted");
	REFUSED("no commands", s.num = 0);
	REFUSED("unknown opcode", c[1].opcode = 0x7f);
	REFUSED("reserved field", c[1].pad0 = 1);
	REFUSED("unknown flag", c[0].flags = htole16(2));
	REFUSED("FLIP on CONV", c[1].flags = htole16(EDGETPU_CMD_FLIP));
	REFUSED("a wait for a later command", c[0].wait[EDGETPU_ENGINE_ARRAY] = htole32(1));
	REFUSED("a wait for itself", c[0].wait[EDGETPU_ENGINE_LOAD] = htole32(1));
	REFUSED("no such region", c[0].u.dma.region = htole32(EDGETPU_NUM_REGIONS));
	REFUSED("LOAD from the command region", c[0].u.dma.region = 0);
	REFUSED("LOAD from OUTPUT", c[0].u.dma.region = htole32(MNET_REGION_OUTPUT));
	REFUSED("STORE to WEIGHTS", c[2].u.dma.region = htole32(MNET_REGION_WEIGHTS));
	REFUSED("LOAD beyond its region", c[0].u.dma.offset = htole64(1));
	REFUSED("an offset that wraps", c[0].u.dma.offset = htole64(UINT64_MAX - 1023));
	REFUSED("LOAD beyond SRAM", c[0].u.dma.sram = htole32(4096 - 1023));
	REFUSED("lines beyond SRAM", (c[0].u.dma.n1 = htole32(2),
		c[0].u.dma.len = htole32(8), c[0].u.dma.sram_stride1 = htole32(~0u)));
	REFUSED("LOAD of nothing", c[0].u.dma.len = 0);
	REFUSED("LOAD of no lines", c[0].u.dma.n1 = 0);
	REFUSED("no input rows", c[1].u.conv.in_h = 0);
	REFUSED("no filter", c[1].u.conv.kernel_h = 0);
	REFUSED("no stride", c[1].u.conv.stride_w = 0);
	REFUSED("empty output range", c[1].u.conv.act_max = 0x80 ^ (c[1].u.conv.act_min = 0));
	REFUSED("unknown mapping", c[1].u.conv.mapping = 9);
	REFUSED("weights not aligned", c[1].u.conv.weights = htole32(4));
	REFUSED("parameters beyond SRAM", c[1].u.conv.params = htole32(4096 - 64));
	REFUSED("input beyond SRAM", c[1].u.conv.in = htole32(4093));
	REFUSED("output beyond SRAM", c[1].u.conv.out = htole32(4096 - 15));
	REFUSED("output over its input", c[1].u.conv.out = htole32(512));
	REFUSED("output over its weights", c[1].u.conv.out = htole32(0));
	REFUSED("an output over itself", (c[1].u.conv.out_w = htole16(2),
		c[1].u.conv.out_pixel = htole32(15)));
	REFUSED("LOAD of the same bytes for ever", (c[0].u.dma.len = htole32(1),
		c[0].u.dma.n1 = htole32(~0u)));
	REFUSED("too many multiply-accumulates", (c[1].u.conv.in_c = 0xffff,
		c[1].u.conv.kernel_h = 255, c[1].u.conv.kernel_w = 255,
		s.limits.config.sram_size = UINT32_MAX, c[1].u.conv.out_c = htole16(1024)));
	REFUSED("a command that takes too long", s.limits.config.dram_latency = 1 << 22);
	REFUSED("CONV that does not wait for its LOAD",
		c[1].wait[EDGETPU_ENGINE_LOAD] = 0);
	REFUSED("STORE that does not wait for its CONV",
		c[2].wait[EDGETPU_ENGINE_ARRAY] = 0);
	REFUSED("a pooling window without input", (c[1].opcode = EDGETPU_OP_MAX_POOL,
		c[1].u.conv.out_c = htole16(4), c[1].u.conv.pad_top = htole16(1)));
}

int main(void)
{
	test_fields();
	test_waits();
	return check_done();
}
