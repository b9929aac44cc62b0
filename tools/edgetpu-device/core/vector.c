// SPDX-License-Identifier: GPL-2.0-only
/*
 * The vector unit's commands over lines of bytes: ADD, RESCALE, COPY, FILL.
 */
#include <endian.h>
#include <string.h>

#include "internal.h"

static struct span lines(uint32_t base, uint32_t stride, uint64_t len, uint64_t n)
{
	return (struct span){
		.base = le32toh(base), .len = len, .n1 = n, .stride1 = le32toh(stride), .n2 = 1,
	};
}

static unsigned int elementwise_decode(struct edgetpu_device *dev,
				       const struct edgetpu_cmd_elementwise *cmd, struct op *op)
{
	const uint64_t size = dev->config.sram_size;
	const uint64_t len = le32toh(cmd->len), n = le32toh(cmd->n);
	const unsigned int inputs = op->opcode == EDGETPU_OP_ADD ? 2 : 1;
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
	a->out = (int8_t *)dev->sram + op->write.base;
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
		a->in[i] = (const int8_t *)dev->sram + in.base;
		a->in_stride[i] = in.stride1;
		op->reads[op->num_reads++] = in;
	}
	return EDGETPU_STATUS_OK;
}

static unsigned int copy_decode(struct edgetpu_device *dev, const struct edgetpu_command *command,
				struct op *op)
{
	const struct edgetpu_cmd_copy *cmd = &command->u.copy;
	const uint64_t size = dev->config.sram_size;
	const bool fill = op->opcode == EDGETPU_OP_FILL;
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
	if (fill)
		return EDGETPU_STATUS_OK;
	if (!span_inside(&in, size) || span_meets(&in, &out))
		return EDGETPU_STATUS_BAD_SRAM;
	op->reads[op->num_reads++] = in;
	return EDGETPU_STATUS_OK;
}

unsigned int vector_decode(struct edgetpu_device *dev, const struct edgetpu_command *command,
			   struct op *op)
{
	if (command->flags)
		return EDGETPU_STATUS_BAD_COMMAND;
	if (op->opcode == EDGETPU_OP_ADD || op->opcode == EDGETPU_OP_RESCALE)
		return elementwise_decode(dev, &command->u.elementwise, op);
	return copy_decode(dev, command, op);
}

static void copy_run(struct edgetpu_device *dev, const struct edgetpu_command *command,
		     const struct op *op)
{
	const struct span *out = &op->write, *in = op->num_reads ? &op->reads[0] : NULL;
	uint64_t i1, i2;

	for (i2 = 0; i2 < out->n2; i2++) {
		for (i1 = 0; i1 < out->n1; i1++) {
			uint8_t *to = dev->sram + out->base + i2 * out->stride2 +
				      i1 * out->stride1;

			if (in)
				memcpy(to, dev->sram + in->base + i2 * in->stride2 +
				       i1 * in->stride1, out->len);
			else
				memset(to, command->u.copy.value, out->len);
		}
	}
}

void vector_run(struct edgetpu_device *dev, const struct edgetpu_command *command,
		const struct op *op)
{
	switch (op->opcode) {
	case EDGETPU_OP_ADD:
		mnet_engine_add(&op->elementwise);
		break;
	case EDGETPU_OP_RESCALE:
		mnet_engine_rescale(&op->elementwise);
		break;
	default:
		copy_run(dev, command, op);
		break;
	}
}
