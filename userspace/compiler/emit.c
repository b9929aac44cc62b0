// SPDX-License-Identifier: MIT
/*
 * Commands, one function each. Blocks of rows, pixels and channels become the
 * fewest and longest lines.
 */
#include <errno.h>
#include <string.h>

#include "compiler/cut.h"
#include "compiler/emit.h"

/* Lines of @len bytes with two sides' strides */
struct lines {
	uint32_t len, n1, n2;
	uint32_t stride1[3], stride2[3];
};

static int append(struct mc_emitter *e, struct mc_cmd *cmd)
{
	struct mc_subgraph *sg = e->sg;
	int ret;

	if (sg->num_cmds == EDGETPU_MAX_COMMANDS)
		return mnet_fail(e->c->err, -EFBIG, "more than %u commands in one job",
				 EDGETPU_MAX_COMMANDS);
	if (sg->num_cmds == sg->max_cmds) {
		unsigned int max = sg->max_cmds ? sg->max_cmds * 2 : 256;
		struct mc_cmd *cmds = mnet_arena_alloc(e->c->arena, max * sizeof(*cmds));

		if (!cmds)
			return mc_no_memory(e->c);
		if (sg->num_cmds)
			memcpy(cmds, sg->cmds, sg->num_cmds * sizeof(*cmds));
		sg->cmds = cmds;
		sg->max_cmds = max;
	}
	ret = mc_hazards_add(e->hazards, cmd);
	if (ret)
		return mc_no_memory(e->c);
	sg->cmds[sg->num_cmds++] = *cmd;
	e->loads += cmd->opcode == EDGETPU_OP_LOAD;
	return 0;
}

static int leave_to_cpu(struct mc_compiler *c, unsigned int op)
{
	c->ops[op].reason = mc_format(c->arena, "one window takes more than %u cycles, all that a command may",
				      EDGETPU_MAX_COMMAND_CYCLES);
	return c->ops[op].reason ? -EAGAIN : mc_no_memory(c);
}

/*
 * The command, or as many as it takes for none to be too long for the device.
 * -EAGAIN: its operator has got a reason to stay on the CPU.
 */
static int emit(struct mc_emitter *e, struct mc_cmd *cmd)
{
	struct edgetpu_command encoded;
	struct mc_cmd second;
	int ret;

	mc_encode_command(cmd, &encoded);
	if (!mc_too_long(&e->c->config, &encoded))
		return append(e, cmd);
	if (!mc_halve(cmd, &second))
		return leave_to_cpu(e->c, cmd->op);
	ret = emit(e, cmd);
	return ret ? ret : emit(e, &second);
}

/* --- blocks of bytes -------------------------------------------------------- */

/* Joins lines that follow each other without a gap on every side */
static void join(struct lines *l, int sides)
{
	bool dense = true;

	for (int i = 0; i < sides; i++)
		dense &= l->stride1[i] == l->len;
	if (dense || l->n1 == 1) {
		l->len *= l->n1;
		l->n1 = l->n2;
		l->n2 = 1;
		memcpy(l->stride1, l->stride2, sizeof(l->stride1));
		dense = true;
		for (int i = 0; i < sides; i++)
			dense &= l->stride1[i] == l->len;
		if (dense || l->n1 == 1) {
			l->len *= l->n1;
			l->n1 = 1;
		}
	} else {
		dense = true;
		for (int i = 0; i < sides; i++)
			dense &= l->stride2[i] == (uint64_t)l->n1 * l->stride1[i];
		if (dense) {
			l->n1 *= l->n2;
			l->n2 = 1;
		}
	}
	for (int i = 0; i < sides; i++) {
		if (l->n1 == 1)
			l->stride1[i] = 0;
		if (l->n2 == 1)
			l->stride2[i] = 0;
	}
}

static struct lines make_lines(const struct mc_part *part, const struct mc_place *places, int sides)
{
	struct lines l = { .len = part->c, .n1 = part->w, .n2 = part->h };

	for (int i = 0; i < sides; i++) {
		l.stride1[i] = places[i].pixel;
		l.stride2[i] = places[i].row;
	}
	join(&l, sides);
	return l;
}

uint64_t mc_part_offset(const struct mc_view *view, const struct mc_part *part)
{
	return view->offset + (uint64_t)part->image * view->image + (uint64_t)part->y * view->row +
	       (uint64_t)part->x * view->pixel + part->ch;
}

struct mc_place mc_resident_place(const struct mc_emitter *e, const struct mc_view *view,
				  const struct mc_part *part)
{
	return (struct mc_place){
		.addr = e->sg->values[view->value].sram + mc_part_offset(view, part),
		.row = view->row, .pixel = view->pixel };
}

struct mc_place mc_dense_place(uint32_t addr, const struct mc_part *part)
{
	return (struct mc_place){ .addr = addr, .row = part->w * part->c, .pixel = part->c };
}

static int emit_dma(struct mc_emitter *e, unsigned int opcode, unsigned int op,
		    unsigned int region, bool flip, uint64_t offset, const struct mc_view *view,
		    const struct mc_part *part, struct mc_place sram)
{
	struct mc_place places[2] = { { .row = view->row, .pixel = view->pixel }, sram };
	struct lines l = make_lines(part, places, 2);
	struct mc_cmd cmd = { .opcode = opcode, .op = op, .flip = flip };

	cmd.u.dma.region = region;
	cmd.u.dma.offset = offset + mc_part_offset(view, part);
	cmd.u.dma.sram = sram.addr;
	cmd.u.dma.len = l.len;
	cmd.u.dma.n1 = l.n1;
	cmd.u.dma.n2 = l.n2;
	cmd.u.dma.mem_stride1 = l.stride1[0];
	cmd.u.dma.mem_stride2 = l.stride2[0];
	cmd.u.dma.sram_stride1 = l.stride1[1];
	cmd.u.dma.sram_stride2 = l.stride2[1];
	return emit(e, &cmd);
}

int mc_emit_load_bytes(struct mc_emitter *e, unsigned int op, unsigned int region, bool flip,
		       uint64_t offset, uint32_t sram, uint32_t bytes)
{
	struct mc_view view = { .c = bytes };
	struct mc_part part = { .h = 1, .w = 1, .c = bytes };

	return emit_dma(e, EDGETPU_OP_LOAD, op, region, flip, offset, &view, &part,
			mc_dense_place(sram, &part));
}

static bool is_uint8(const struct mc_emitter *e, int tensor)
{
	return e->c->graph->tensors[tensor].type == MNET_UINT8;
}

int mc_emit_load(struct mc_emitter *e, unsigned int op, const struct mc_view *view,
		 const struct mc_part *part, struct mc_place to)
{
	const struct mc_value *v = &e->sg->values[view->value];
	const struct mc_port *port;

	if (v->input < 0)
		return emit_dma(e, EDGETPU_OP_LOAD, op, MNET_REGION_SCRATCH, false, v->scratch,
				view, part, to);
	port = &e->sg->inputs[v->input];
	return emit_dma(e, EDGETPU_OP_LOAD, op, MNET_REGION_INPUT, is_uint8(e, port->tensor),
			port->offset, view, part, to);
}

int mc_emit_store(struct mc_emitter *e, unsigned int op, const struct mc_view *view,
		  const struct mc_part *part, struct mc_place from)
{
	const struct mc_value *v = &e->sg->values[view->value];
	int ret = 0;

	if (!v->resident && v->read)
		ret = emit_dma(e, EDGETPU_OP_STORE, op, MNET_REGION_SCRATCH, false, v->scratch,
			       view, part, from);
	for (unsigned int i = 0; !ret && i < e->sg->num_outputs; i++) {
		const struct mc_port *port = &e->sg->outputs[i];

		if (port->value == view->value)
			ret = emit_dma(e, EDGETPU_OP_STORE, op, MNET_REGION_OUTPUT,
				       is_uint8(e, port->tensor), port->offset, view, part, from);
	}
	return ret;
}

int mc_emit_copy(struct mc_emitter *e, unsigned int op, const struct mc_part *part,
		 struct mc_place from, struct mc_place to)
{
	struct mc_place places[2] = { from, to };
	struct lines l = make_lines(part, places, 2);
	struct mc_cmd cmd = { .opcode = EDGETPU_OP_COPY, .op = op };

	cmd.u.copy.in = from.addr;
	cmd.u.copy.out = to.addr;
	cmd.u.copy.len = l.len;
	cmd.u.copy.n1 = l.n1;
	cmd.u.copy.n2 = l.n2;
	cmd.u.copy.in_stride1 = l.stride1[0];
	cmd.u.copy.in_stride2 = l.stride2[0];
	cmd.u.copy.out_stride1 = l.stride1[1];
	cmd.u.copy.out_stride2 = l.stride2[1];
	return emit(e, &cmd);
}

int mc_emit_fill(struct mc_emitter *e, unsigned int op, const struct mc_part *part,
		 struct mc_place to, int32_t value)
{
	struct lines l = make_lines(part, &to, 1);
	struct mc_cmd cmd = { .opcode = EDGETPU_OP_FILL, .op = op };

	cmd.u.copy.out = to.addr;
	cmd.u.copy.len = l.len;
	cmd.u.copy.n1 = l.n1;
	cmd.u.copy.n2 = l.n2;
	cmd.u.copy.out_stride1 = l.stride1[0];
	cmd.u.copy.out_stride2 = l.stride2[0];
	cmd.u.copy.value = value;
	return emit(e, &cmd);
}

/* --- arithmetic --------------------------------------------------------------- */

int mc_emit_window(struct mc_emitter *e, const struct mc_layer *layer,
		   const struct mc_part *in_part, struct mc_place in, const struct mc_part *part,
		   struct mc_place out, const struct mc_unit *unit, uint32_t weights)
{
	static const unsigned int opcodes[] = {
		[MC_CONV] = EDGETPU_OP_CONV,
		[MC_DEPTHWISE] = EDGETPU_OP_DEPTHWISE,
		[MC_AVG_POOL] = EDGETPU_OP_AVG_POOL,
		[MC_MAX_POOL] = EDGETPU_OP_MAX_POOL,
	};
	struct mc_cmd cmd = { .opcode = opcodes[layer->kind], .op = layer->op };

	cmd.u.conv.layer = layer;
	cmd.u.conv.in = in.addr;
	cmd.u.conv.in_row = in.row;
	cmd.u.conv.in_pixel = in.pixel;
	cmd.u.conv.in_h = in_part->h;
	cmd.u.conv.in_w = in_part->w;
	cmd.u.conv.in_c = in_part->c;
	cmd.u.conv.out = out.addr;
	cmd.u.conv.out_row = out.row;
	cmd.u.conv.out_pixel = out.pixel;
	cmd.u.conv.out_h = part->h;
	cmd.u.conv.out_w = part->w;
	cmd.u.conv.out_c = part->c;
	/* How far the first window begins before what there is of the input */
	cmd.u.conv.pad_top = in_part->y + layer->pad_top - part->y * layer->stride_h;
	cmd.u.conv.pad_left = in_part->x + layer->pad_left - part->x * layer->stride_w;
	if (unit) {
		cmd.u.conv.weights = weights;
		cmd.u.conv.params = weights + unit->weights_bytes;
		cmd.u.conv.weights_bytes = unit->weights_bytes;
		cmd.u.conv.params_bytes = unit->bytes - unit->weights_bytes;
	}
	return emit(e, &cmd);
}

int mc_emit_elementwise(struct mc_emitter *e, const struct mc_layer *layer,
			const struct mc_part *part, const struct mc_place *in,
			struct mc_place out)
{
	struct mc_place places[3] = { out, in[0], in[layer->num_in - 1] };
	struct lines l = make_lines(part, places, 1 + layer->num_in);
	int ret = 0;

	/* The command has lines but no planes. */
	for (uint32_t plane = 0; !ret && plane < l.n2; plane++) {
		struct mc_cmd cmd = { .op = layer->op };

		cmd.opcode = layer->kind == MC_ADD ? EDGETPU_OP_ADD : EDGETPU_OP_RESCALE;
		cmd.u.elementwise.layer = layer;
		cmd.u.elementwise.out = out.addr + plane * l.stride2[0];
		cmd.u.elementwise.out_stride = l.stride1[0];
		for (unsigned int i = 0; i < layer->num_in; i++) {
			cmd.u.elementwise.in[i] = in[i].addr + plane * l.stride2[i + 1];
			cmd.u.elementwise.in_stride[i] = l.stride1[i + 1];
		}
		cmd.u.elementwise.len = l.len;
		cmd.u.elementwise.n = l.n1;
		ret = emit(e, &cmd);
	}
	return ret;
}
