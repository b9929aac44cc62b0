// SPDX-License-Identifier: MIT
/* Commands by name, with their operands (edgetpu_isa.h). */
#include <endian.h>
#include <string.h>

#include "edgetpu_isa.h"
#include "programs/dump.h"

/**
 * struct operand - a field of a command
 * @name: what it is called in edgetpu_isa.h
 * @at: byte in the command
 * @bytes: 1, 2, 4 or 8; negative: signed
 */
struct operand {
	const char *name;
	unsigned char at;
	signed char bytes;
};

#define AT(member) offsetof(struct edgetpu_command, u.member)
#define U(kind, field) { #field, AT(kind.field), sizeof(((struct edgetpu_command *)0)->u.kind.field) }
#define S(kind, field) { #field, AT(kind.field), -(int)sizeof(((struct edgetpu_command *)0)->u.kind.field) }
/* number @i of an array */
#define UI(kind, field, i) \
	{ #field "[" #i "]", AT(kind.field[i]), sizeof(((struct edgetpu_command *)0)->u.kind.field[i]) }
#define SI(kind, field, i) \
	{ #field "[" #i "]", AT(kind.field[i]), -(int)sizeof(((struct edgetpu_command *)0)->u.kind.field[i]) }

static const struct operand dma[] = {
	U(dma, region), U(dma, offset), U(dma, sram), U(dma, len), U(dma, n1), U(dma, n2),
	U(dma, mem_stride1), U(dma, mem_stride2), U(dma, sram_stride1), U(dma, sram_stride2), { 0 },
};

static const struct operand conv[] = {
	U(conv, in), U(conv, in_row), U(conv, in_pixel), U(conv, out), U(conv, out_row),
	U(conv, out_pixel), U(conv, weights), U(conv, params), U(conv, in_h), U(conv, in_w),
	U(conv, in_c), U(conv, out_h), U(conv, out_w), U(conv, out_c), U(conv, kernel_h),
	U(conv, kernel_w), U(conv, stride_h), U(conv, stride_w), U(conv, dilation_h),
	U(conv, dilation_w), U(conv, pad_top), U(conv, pad_left), S(conv, in_zero_point),
	S(conv, weight_zero_point), S(conv, out_zero_point), S(conv, act_min), S(conv, act_max),
	U(conv, mapping), { 0 },
};

static const struct operand elementwise[] = {
	UI(elementwise, in, 0), UI(elementwise, in, 1), UI(elementwise, in_stride, 0),
	UI(elementwise, in_stride, 1), U(elementwise, out), U(elementwise, out_stride),
	U(elementwise, len), U(elementwise, n), UI(elementwise, multiplier, 0),
	UI(elementwise, multiplier, 1), U(elementwise, out_multiplier), SI(elementwise, shift, 0),
	SI(elementwise, shift, 1), S(elementwise, out_shift), U(elementwise, left_shift),
	SI(elementwise, in_zero_point, 0), SI(elementwise, in_zero_point, 1),
	S(elementwise, out_zero_point), S(elementwise, act_min), S(elementwise, act_max), { 0 },
};

static const struct operand copy[] = {
	U(copy, in), U(copy, out), U(copy, len), U(copy, n1), U(copy, n2), U(copy, in_stride1),
	U(copy, in_stride2), U(copy, out_stride1), U(copy, out_stride2), U(copy, value), { 0 },
};

static const struct {
	const char *name;
	const struct operand *operands;
} opcodes[] = {
	[EDGETPU_OP_LOAD] = { "LOAD", dma },
	[EDGETPU_OP_STORE] = { "STORE", dma },
	[EDGETPU_OP_CONV] = { "CONV", conv },
	[EDGETPU_OP_DEPTHWISE] = { "DEPTHWISE", conv },
	[EDGETPU_OP_ADD] = { "ADD", elementwise },
	[EDGETPU_OP_AVG_POOL] = { "AVG_POOL", conv },
	[EDGETPU_OP_MAX_POOL] = { "MAX_POOL", conv },
	[EDGETPU_OP_RESCALE] = { "RESCALE", elementwise },
	[EDGETPU_OP_COPY] = { "COPY", copy },
	[EDGETPU_OP_FILL] = { "FILL", copy },
};

const char *dump_opcode_name(unsigned int opcode)
{
	return opcode < sizeof(opcodes) / sizeof(opcodes[0]) ? opcodes[opcode].name : NULL;
}

static void print_operand(const uint8_t *command, const struct operand *o, FILE *out)
{
	const unsigned int bytes = o->bytes < 0 ? -o->bytes : o->bytes;
	uint64_t value = 0;

	for (unsigned int i = 0; i < bytes; i++)
		value |= (uint64_t)command[o->at + i] << 8 * i;
	if (o->bytes < 0)
		fprintf(out, " %s=%d", o->name, (int8_t)value);
	else if (bytes >= 4 && value > 9)
		fprintf(out, " %s=0x%llx", o->name, (unsigned long long)value);
	else
		fprintf(out, " %s=%llu", o->name, (unsigned long long)value);
}

void dump_print_command(const uint8_t command[128], FILE *out)
{
	const unsigned int opcode = command[0];
	struct edgetpu_command c;
	unsigned int column = 0;

	memcpy(&c, command, sizeof(c));
	fprintf(out, "      flags=0x%x wait=%u,%u,%u,%u\n", le16toh(c.flags), le32toh(c.wait[0]),
		le32toh(c.wait[1]), le32toh(c.wait[2]), le32toh(c.wait[3]));
	if (!dump_opcode_name(opcode))
		return;
	for (const struct operand *o = opcodes[opcode].operands; o->name; o++) {
		if (column++ % 6 == 0)
			fprintf(out, "%s     ", column > 1 ? "\n" : "");
		print_operand(command, o, out);
	}
	fputc('\n', out);
}
