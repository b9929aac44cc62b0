// SPDX-License-Identifier: MIT
/* Text of what a pass made, a line at a time. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "compiler/ir.h"

static const char *const passes[] = { "partition", "lower", "tile", "alloc", "schedule", "encode" };

static const char *const kinds[] = {
	[MC_CONV] = "conv", [MC_DEPTHWISE] = "depthwise", [MC_AVG_POOL] = "avg-pool",
	[MC_MAX_POOL] = "max-pool", [MC_ADD] = "add", [MC_RESCALE] = "rescale",
	[MC_COPY] = "copy", [MC_PAD] = "pad", [MC_TRANSPOSE] = "transpose",
	[MC_NEAREST] = "nearest",
};

static const char *const engines[] = {
	[EDGETPU_ENGINE_LOAD] = "load", [EDGETPU_ENGINE_STORE] = "store",
	[EDGETPU_ENGINE_ARRAY] = "array", [EDGETPU_ENGINE_VECTOR] = "vector",
};

bool mc_dumping(const struct mc_compiler *c, const char *name)
{
	return c->options->dump && c->options->dump_pass && !strcmp(c->options->dump_pass, name);
}

void mc_print(const struct mc_compiler *c, const char *format, ...)
{
	char line[512];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	c->options->dump(c->options->opaque, line);
}

int mc_dump_check(const struct mc_compiler *c)
{
	const char *name = c->options->dump_pass;
	size_t n = sizeof(passes) / sizeof(passes[0]);

	if (!name)
		return 0;
	if (!strcmp(name, "?")) {
		for (size_t i = 0; c->options->dump && i < n; i++)
			mc_print(c, "%s", passes[i]);
		return 0;
	}
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(name, passes[i]))
			return 0;
	}
	return mnet_fail(c->err, -EINVAL,
			 "no pass \"%s\"; there are partition, lower, tile, alloc, schedule, encode",
			 name);
}

void mc_dump_partition(const struct mc_compiler *c)
{
	for (unsigned int s = 0; s < c->num_segments; s++) {
		const struct mnet_segment *seg = &c->segments[s];

		mc_print(c, "segment %u: %s, %u operators", s,
			 seg->accelerated ? "accelerator" : "CPU", seg->num_ops);
		for (unsigned int i = 0; i < seg->num_ops; i++) {
			const struct mnet_op *op = &c->graph->ops[seg->ops[i]];
			const struct mc_placement *place = &c->ops[seg->ops[i]];
			const char *text = seg->accelerated ? place->note : place->reason;

			mc_print(c, "  %u %s%s%s", seg->ops[i], op->name, text ? ": " : "",
				 text ? text : "");
		}
	}
}

void mc_dump_lower(const struct mc_compiler *c, const struct mc_subgraph *sg)
{
	mc_print(c, "subgraph %td", sg - c->subgraphs);
	for (unsigned int i = 0; i < sg->num_values; i++) {
		const struct mc_value *v = &sg->values[i];

		mc_print(c, "  value %u: tensor %d (%s), %u bytes%s", i, v->tensor,
			 c->graph->tensors[v->tensor].name, v->bytes,
			 v->input >= 0 ? ", input" : "");
	}
	for (unsigned int i = 0; i < sg->num_layers; i++) {
		const struct mc_layer *l = &sg->layers[i];

		mc_print(c, "  layer %u: operator %u, %s, %ux%ux%ux%u -> %ux%ux%u", i, l->op,
			 kinds[l->kind], l->batch, l->in[0].h, l->in[0].w, l->in[0].c, l->out.h,
			 l->out.w, l->out.c);
		if (l->kernel_h > 1 || l->kernel_w > 1 || l->stride_h > 1 || l->stride_w > 1)
			mc_print(c, "    filter %ux%u, stride %ux%u, padding %u %u", l->kernel_h,
				 l->kernel_w, l->stride_h, l->stride_w, l->pad_top, l->pad_left);
	}
}

void mc_dump_tile(const struct mc_compiler *c, const struct mc_subgraph *sg)
{
	mc_print(c, "subgraph %td", sg - c->subgraphs);
	for (unsigned int i = 0; i < sg->num_layers; i++) {
		const struct mc_tile *t = &sg->layers[i].tile;

		mc_print(c, "  layer %u: operator %u, %s, %ux%ux%u tiles of %ux%ux%u, %s outside", i,
			 sg->layers[i].op, kinds[sg->layers[i].kind], t->num_h, t->num_w, t->num_c,
			 t->h, t->w, t->c, t->channels_outer ? "channels" : "places");
		if (mc_tile_bytes(t))
			mc_print(c, "    buffers: %u x (%u + %u in, %u out), weights %u%s",
				 t->buffers, t->in_size[0], t->in_size[1], t->out_size,
				 t->weights_size, t->ring ? " in a ring" : "");
	}
}

void mc_dump_alloc(const struct mc_compiler *c, const struct mc_subgraph *sg)
{
	mc_print(c, "subgraph %td: %u bytes of SRAM, %ju of scratch, %ju in, %ju out",
		 sg - c->subgraphs, sg->sram_bytes, (uintmax_t)sg->scratch_size,
		 (uintmax_t)sg->input_size, (uintmax_t)sg->output_size);
	for (unsigned int i = 0; i < sg->num_values; i++) {
		const struct mc_value *v = &sg->values[i];

		if (v->resident)
			mc_print(c, "  value %u: SRAM 0x%06x, %u bytes, layers %u..%u", i, v->sram,
				 v->bytes, v->from, v->last);
		else if (v->input < 0 && v->read)
			mc_print(c, "  value %u: scratch 0x%06jx, %u bytes, layers %u..%u", i,
				 (uintmax_t)v->scratch, v->bytes, v->first, v->last);
		else
			mc_print(c, "  value %u: not in SRAM, %u bytes", i, v->bytes);
	}
	for (unsigned int i = 0; i < sg->num_layers; i++) {
		const struct mc_layer *l = &sg->layers[i];

		if (l->tile.weights_size)
			mc_print(c, "  layer %u: weights SRAM 0x%06x, %u bytes, from layer %u", i,
				 l->tile.weights, l->tile.weights_size, l->prefetch);
		if (mc_tile_bytes(&l->tile) > l->tile.weights_size)
			mc_print(c, "  layer %u: buffers in 0x%06x 0x%06x, out 0x%06x", i,
				 l->tile.in[0], l->tile.in[1], l->tile.out);
	}
}

static const char *opcode_name(unsigned int opcode)
{
	switch (opcode) {
	case EDGETPU_OP_LOAD:
		return "LOAD";
	case EDGETPU_OP_STORE:
		return "STORE";
	case EDGETPU_OP_CONV:
		return "CONV";
	case EDGETPU_OP_DEPTHWISE:
		return "DEPTHWISE";
	case EDGETPU_OP_ADD:
		return "ADD";
	case EDGETPU_OP_AVG_POOL:
		return "AVG_POOL";
	case EDGETPU_OP_MAX_POOL:
		return "MAX_POOL";
	case EDGETPU_OP_RESCALE:
		return "RESCALE";
	case EDGETPU_OP_COPY:
		return "COPY";
	}
	return "FILL";
}

static void describe(const struct mc_cmd *cmd, char *text, size_t size)
{
	switch (cmd->opcode) {
	case EDGETPU_OP_LOAD:
	case EDGETPU_OP_STORE:
		snprintf(text, size, "region %u+0x%jx, SRAM 0x%06x, %u x %u x %u%s",
			 cmd->u.dma.region, (uintmax_t)cmd->u.dma.offset, cmd->u.dma.sram,
			 cmd->u.dma.n2, cmd->u.dma.n1, cmd->u.dma.len, cmd->flip ? ", flip" : "");
		break;
	case EDGETPU_OP_ADD:
	case EDGETPU_OP_RESCALE:
		snprintf(text, size, "0x%06x 0x%06x -> 0x%06x, %u x %u", cmd->u.elementwise.in[0],
			 cmd->u.elementwise.in[1], cmd->u.elementwise.out, cmd->u.elementwise.n,
			 cmd->u.elementwise.len);
		break;
	case EDGETPU_OP_COPY:
	case EDGETPU_OP_FILL:
		snprintf(text, size, "0x%06x -> 0x%06x, %u x %u x %u", cmd->u.copy.in,
			 cmd->u.copy.out, cmd->u.copy.n2, cmd->u.copy.n1, cmd->u.copy.len);
		break;
	default:
		snprintf(text, size, "0x%06x %ux%ux%u -> 0x%06x %ux%ux%u, weights 0x%06x",
			 cmd->u.conv.in, cmd->u.conv.in_h, cmd->u.conv.in_w, cmd->u.conv.in_c,
			 cmd->u.conv.out, cmd->u.conv.out_h, cmd->u.conv.out_w, cmd->u.conv.out_c,
			 cmd->u.conv.weights);
		break;
	}
}

void mc_dump_schedule(const struct mc_compiler *c, const struct mc_subgraph *sg)
{
	uint32_t count[EDGETPU_NUM_ENGINES] = { 0 };

	mc_print(c, "subgraph %td: %u commands", sg - c->subgraphs, sg->num_cmds);
	for (unsigned int i = 0; i < sg->num_cmds; i++) {
		const struct mc_cmd *cmd = &sg->cmds[i];
		unsigned int engine = edgetpu_isa_engine(cmd->opcode);
		char text[160], waits[80] = "";
		int at = 0;

		describe(cmd, text, sizeof(text));
		for (int e = 0; e < EDGETPU_NUM_ENGINES; e++) {
			if (cmd->wait[e])
				at += snprintf(waits + at, sizeof(waits) - at, " %s>=%u",
					       engines[e], cmd->wait[e]);
		}
		mc_print(c, "  %u %s %u: %s, operator %u, %s%s%s", i, engines[engine],
			 ++count[engine], opcode_name(cmd->opcode), cmd->op, text,
			 at ? ", wait" : "", waits);
	}
}

void mc_dump_encode(const struct mc_compiler *c, const struct mnet_subgraph *sg)
{
	for (unsigned int i = 0; i < sg->num_commands; i++) {
		const uint8_t *byte = (const uint8_t *)&sg->commands[i];
		char hex[2 * sizeof(sg->commands[i]) + 1];

		for (size_t k = 0; k < sizeof(sg->commands[i]); k++)
			snprintf(hex + 2 * k, 3, "%02x", byte[k]);
		mc_print(c, "%06zx %s", i * sizeof(sg->commands[i]), hex);
	}
}
