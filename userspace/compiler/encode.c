// SPDX-License-Identifier: MIT
/*
 * Commands as the device reads them, edgetpu_isa.h's structures in little endian.
 */
#include <endian.h>
#include <string.h>

#include "compiler/ir.h"

static void encode_dma(const struct mc_cmd *cmd, struct edgetpu_cmd_dma *to)
{
	to->region = htole32(cmd->u.dma.region);
	to->offset = htole64(cmd->u.dma.offset);
	to->sram = htole32(cmd->u.dma.sram);
	to->len = htole32(cmd->u.dma.len);
	to->n1 = htole32(cmd->u.dma.n1);
	to->n2 = htole32(cmd->u.dma.n2);
	to->mem_stride1 = htole32(cmd->u.dma.mem_stride1);
	to->mem_stride2 = htole32(cmd->u.dma.mem_stride2);
	to->sram_stride1 = htole32(cmd->u.dma.sram_stride1);
	to->sram_stride2 = htole32(cmd->u.dma.sram_stride2);
}

static void encode_conv(const struct mc_cmd *cmd, struct edgetpu_cmd_conv *to)
{
	const struct mc_layer *layer = cmd->u.conv.layer;

	to->in = htole32(cmd->u.conv.in);
	to->in_row = htole32(cmd->u.conv.in_row);
	to->in_pixel = htole32(cmd->u.conv.in_pixel);
	to->out = htole32(cmd->u.conv.out);
	to->out_row = htole32(cmd->u.conv.out_row);
	to->out_pixel = htole32(cmd->u.conv.out_pixel);
	to->weights = htole32(cmd->u.conv.weights);
	to->params = htole32(cmd->u.conv.params);
	to->in_h = htole16(cmd->u.conv.in_h);
	to->in_w = htole16(cmd->u.conv.in_w);
	to->in_c = htole16(cmd->u.conv.in_c);
	to->out_h = htole16(cmd->u.conv.out_h);
	to->out_w = htole16(cmd->u.conv.out_w);
	to->out_c = htole16(cmd->u.conv.out_c);
	to->kernel_h = layer->kernel_h;
	to->kernel_w = layer->kernel_w;
	to->stride_h = layer->stride_h;
	to->stride_w = layer->stride_w;
	to->dilation_h = layer->dilation_h;
	to->dilation_w = layer->dilation_w;
	to->pad_top = htole16(cmd->u.conv.pad_top);
	to->pad_left = htole16(cmd->u.conv.pad_left);
	to->in_zero_point = layer->in_zero_point[0];
	to->weight_zero_point = layer->weight_zero_point;
	to->out_zero_point = layer->out_zero_point;
	to->act_min = layer->act_min;
	to->act_max = layer->act_max;
	to->mapping = EDGETPU_MAP_WEIGHT_STATIONARY;
}

static void encode_elementwise(const struct mc_cmd *cmd, struct edgetpu_cmd_elementwise *to)
{
	const struct mc_layer *layer = cmd->u.elementwise.layer;

	for (unsigned int i = 0; i < layer->num_in; i++) {
		to->in[i] = htole32(cmd->u.elementwise.in[i]);
		to->in_stride[i] = htole32(cmd->u.elementwise.in_stride[i]);
		to->multiplier[i] = htole32(layer->multiplier[i]);
		to->shift[i] = layer->shift[i];
		to->in_zero_point[i] = layer->in_zero_point[i];
	}
	to->out = htole32(cmd->u.elementwise.out);
	to->out_stride = htole32(cmd->u.elementwise.out_stride);
	to->len = htole32(cmd->u.elementwise.len);
	to->n = htole32(cmd->u.elementwise.n);
	if (layer->kind == MC_ADD) {
		to->out_multiplier = htole32(layer->multiplier[2]);
		to->out_shift = layer->shift[2];
		to->left_shift = 20;
	}
	to->out_zero_point = layer->out_zero_point;
	to->act_min = layer->act_min;
	to->act_max = layer->act_max;
}

static void encode_copy(const struct mc_cmd *cmd, struct edgetpu_cmd_copy *to)
{
	to->in = htole32(cmd->u.copy.in);
	to->out = htole32(cmd->u.copy.out);
	to->len = htole32(cmd->u.copy.len);
	to->n1 = htole32(cmd->u.copy.n1);
	to->n2 = htole32(cmd->u.copy.n2);
	to->in_stride1 = htole32(cmd->u.copy.in_stride1);
	to->in_stride2 = htole32(cmd->u.copy.in_stride2);
	to->out_stride1 = htole32(cmd->u.copy.out_stride1);
	to->out_stride2 = htole32(cmd->u.copy.out_stride2);
	to->value = cmd->u.copy.value;
}

void mc_encode_command(const struct mc_cmd *cmd, struct edgetpu_command *to)
{
	memset(to, 0, sizeof(*to));
	to->opcode = cmd->opcode;
	to->flags = htole16(cmd->flip ? EDGETPU_CMD_FLIP : 0);
	to->tag = htole32(cmd->op);
	for (int e = 0; e < EDGETPU_NUM_ENGINES; e++)
		to->wait[e] = htole32(cmd->wait[e]);
	switch (cmd->opcode) {
	case EDGETPU_OP_LOAD:
	case EDGETPU_OP_STORE:
		encode_dma(cmd, &to->u.dma);
		break;
	case EDGETPU_OP_ADD:
	case EDGETPU_OP_RESCALE:
		encode_elementwise(cmd, &to->u.elementwise);
		break;
	case EDGETPU_OP_COPY:
	case EDGETPU_OP_FILL:
		encode_copy(cmd, &to->u.copy);
		break;
	default:
		encode_conv(cmd, &to->u.conv);
		break;
	}
}

static const struct mnet_binding *bindings(struct mnet_arena *arena, const struct mc_port *ports,
					   unsigned int num)
{
	struct mnet_binding *b = mnet_arena_alloc(arena, (num + 1) * sizeof(*b));

	for (unsigned int i = 0; b && i < num; i++)
		b[i] = (struct mnet_binding){ ports[i].tensor, ports[i].offset };
	return b;
}

int mc_encode(struct mc_compiler *c, const struct mc_subgraph *sg, struct mnet_arena *arena,
	      struct mnet_subgraph *out)
{
	struct edgetpu_command *commands;

	commands = mnet_arena_alloc(arena, (sg->num_cmds + 1) * sizeof(*commands));
	out->inputs = bindings(arena, sg->inputs, sg->num_inputs);
	out->outputs = bindings(arena, sg->outputs, sg->num_outputs);
	if (!commands || !out->inputs || !out->outputs)
		return mc_no_memory(c);
	for (unsigned int i = 0; i < sg->num_cmds; i++)
		mc_encode_command(&sg->cmds[i], &commands[i]);
	out->num_commands = sg->num_cmds;
	out->commands = commands;
	out->num_inputs = sg->num_inputs;
	out->num_outputs = sg->num_outputs;
	out->input_size = sg->input_size;
	out->output_size = sg->output_size;
	out->scratch_size = sg->scratch_size;
	out->sram_bytes = sg->sram_bytes;
	out->weights_size = sg->weights_size;
	out->weights = sg->weights;
	return 0;
}
