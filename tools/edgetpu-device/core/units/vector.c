// SPDX-License-Identifier: GPL-2.0-only
/*
 * The vector unit's commands over lines of bytes: ADD, RESCALE, COPY, FILL.
 */
#include <endian.h>
#include <string.h>

#include "core/units/op.h"

static struct span lines(uint32_t base, uint32_t stride, uint64_t len, uint64_t n)
{
	return (struct span){
		.base = le32toh(base), .len = len, .n1 = n, .stride1 = le32toh(stride), .n2 = 1,
	};
}

static unsigned int elementwise_decode(const struct unit_env *env, struct op *op)
{
	const struct edgetpu_cmd_elementwise *cmd = &op->command.u.elementwise;
	const uint64_t size = env->sram->size;
	const uint64_t len = le32toh(cmd->len), n = le32toh(cmd->n);
	const unsigned int inputs = op->command.opcode == EDGETPU_OP_ADD ? 2 : 1;
	struct mnet_elementwise_args *a = &op->elementwise;
	unsigned int i;

	*a = (struct mnet_elementwise_args){
		.out_stride = le32toh(cmd->out_stride),
		.len = len,
		.n = n,
		.out_multiplier = (int32_t)le32toh(cmd->out_multiplier),
		.out_shift = (int8_t)cmd->out_shift,
		.left_shift = cmd->left_shift,
		.out_zero_point = (int8_t)cmd->out_zero_point,
		.act_min = (int8_t)cmd->act_min,
		.act_max = (int8_t)cmd->act_max,
	};
	if (!len || !n || a->act_min > a->act_max || !bytes_zero(cmd->pad, sizeof(cmd->pad)))
		return EDGETPU_STATUS_BAD_COMMAND;
	if (inputs == 2 && (cmd->left_shift > 20 ||
			    !scale_valid(le32toh(cmd->out_multiplier), a->out_shift)))
		return EDGETPU_STATUS_BAD_COMMAND;
	op->write = lines(cmd->out, cmd->out_stride, len, n);
	op->writes = true;
	if (!span_inside(&op->write, size) || !span_nests(&op->write))
		return EDGETPU_STATUS_BAD_SRAM;
	a->out = (int8_t *)env->sram->bytes + op->write.base;
	for (i = 0; i < inputs; i++) {
		struct span in = lines(cmd->in[i], cmd->in_stride[i], len, n);

		a->multiplier[i] = (int32_t)le32toh(cmd->multiplier[i]);
		a->shift[i] = (int8_t)cmd->shift[i];
		a->in_zero_point[i] = (int8_t)cmd->in_zero_point[i];
		if (!scale_valid(le32toh(cmd->multiplier[i]), a->shift[i]))
			return EDGETPU_STATUS_BAD_COMMAND;
		/* in place is fine: an element is read before it is written */
		if (!span_inside(&in, size) ||
		    (!span_equal(&in, &op->write) && span_meets(&in, &op->write)))
			return EDGETPU_STATUS_BAD_SRAM;
		a->in[i] = (const int8_t *)env->sram->bytes + in.base;
		a->in_stride[i] = in.stride1;
		op->reads[op->num_reads++] = in;
	}
	op->steps = walker_start(&op->lines, &op->write);
	return EDGETPU_STATUS_OK;
}

static unsigned int copy_decode(const struct unit_env *env, struct op *op)
{
	const struct edgetpu_command *command = &op->command;
	const struct edgetpu_cmd_copy *cmd = &command->u.copy;
	const uint64_t size = env->sram->size;
	const bool fill = op->command.opcode == EDGETPU_OP_FILL;
	struct span in = {
		.base = le32toh(cmd->in), .len = le32toh(cmd->len),
		.n1 = le32toh(cmd->n1), .stride1 = le32toh(cmd->in_stride1),
		.n2 = le32toh(cmd->n2), .stride2 = le32toh(cmd->in_stride2),
	};
	struct span out = in;

	out.base = le32toh(cmd->out);
	out.stride1 = le32toh(cmd->out_stride1);
	out.stride2 = le32toh(cmd->out_stride2);
	if (!out.len || !out.n1 || !out.n2 || !bytes_zero(cmd->pad, sizeof(cmd->pad)) ||
	    (cmd->value && !fill) ||
	    !bytes_zero(command->u.bytes + sizeof(*cmd), sizeof(command->u) - sizeof(*cmd)))
		return EDGETPU_STATUS_BAD_COMMAND;
	if (!span_inside(&out, size) || !span_bytes_at_most(&out, size))
		return EDGETPU_STATUS_BAD_SRAM;
	op->write = out;
	op->writes = true;
	op->steps = walker_start(&op->lines, &out);
	if (fill)
		return EDGETPU_STATUS_OK;
	if (!span_inside(&in, size) || span_meets(&in, &out))
		return EDGETPU_STATUS_BAD_SRAM;
	op->reads[op->num_reads++] = in;
	return EDGETPU_STATUS_OK;
}

static bool is_elementwise(const struct op *op)
{
	return op->command.opcode == EDGETPU_OP_ADD || op->command.opcode == EDGETPU_OP_RESCALE;
}

static unsigned int decode(const struct unit_env *env, struct op *op)
{
	if (op->command.flags)
		return EDGETPU_STATUS_BAD_COMMAND;
	return is_elementwise(op) ? elementwise_decode(env, op) : copy_decode(env, op);
}

/* Whole lines as long as they are short, else a piece of one: the kernels like many at once. */
static void elementwise_piece(struct op *op, uint64_t lines, uint64_t len)
{
	struct mnet_elementwise_args args = op->elementwise;
	const struct walker *at = &op->lines;
	unsigned int i;

	args.len = len;
	args.n = lines;
	args.out += at->i1 * args.out_stride + at->at;
	for (i = 0; i < op->num_reads; i++)
		args.in[i] += at->i1 * args.in_stride[i] + at->at;
	if (op->command.opcode == EDGETPU_OP_ADD)
		mnet_engine_add(&args);
	else
		mnet_engine_rescale(&args);
}

static void elementwise_run(struct op *op)
{
	struct walker *at = &op->lines;
	uint64_t i, len, lines = op->elementwise.n - at->i1;

	if (op->elementwise.len <= at->piece) {
		if (lines > at->group)
			lines = at->group;
		elementwise_piece(op, lines, op->elementwise.len);
		at->i1 += lines;
		return;
	}
	for (i = 0; i < at->group && walker_piece(at, &op->write, &len); i++) {
		elementwise_piece(op, 1, len);
		walker_next(at, &op->write);
	}
}

static void copy_run(const struct unit_env *env, struct op *op)
{
	const struct span *in = op->num_reads ? &op->reads[0] : NULL;
	uint8_t *sram = env->sram->bytes;
	uint64_t i, len;

	for (i = 0; i < op->lines.group && walker_piece(&op->lines, &op->write, &len); i++) {
		uint8_t *to = sram + walker_offset(&op->lines, &op->write);

		if (in)
			memcpy(to, sram + walker_offset(&op->lines, in), len);
		else
			memset(to, op->command.u.copy.value, len);
		walker_next(&op->lines, &op->write);
	}
}

static void work(const struct unit_env *env, struct op *op, uint64_t step)
{
	(void)step;
	if (is_elementwise(op))
		elementwise_run(op);
	else
		copy_run(env, op);
}

const struct unit unit_vector = {
	.decode = decode,
	.cost = unit_fixed_cost,
	.work = work,
};
