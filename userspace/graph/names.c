// SPDX-License-Identifier: MIT
/*
 * Types and operators by name, and the one way errors are written.
 */
#include <stdarg.h>
#include <stdio.h>

#include "graph/graph.h"

#define MNET_OPCODE(name)	#name
static const char *const opcode_names[] = {
#include "graph/opcodes.inc"
};

#undef MNET_OPCODE

static const struct {
	const char *name;
	size_t size;
} types[] = {
	[MNET_FLOAT32] = { "float32", 4 },
	[MNET_FLOAT16] = { "float16", 2 },
	[MNET_INT8] = { "int8", 1 },
	[MNET_UINT8] = { "uint8", 1 },
	[MNET_INT16] = { "int16", 2 },
	[MNET_INT32] = { "int32", 4 },
	[MNET_INT64] = { "int64", 8 },
	[MNET_BOOL] = { "bool", 1 },
};

size_t mnet_type_size(enum mnet_type type)
{
	return types[type].size;
}

const char *mnet_type_name(enum mnet_type type)
{
	return types[type].name;
}

const char *mnet_opcode_name(int code)
{
	if (code < 0 || (size_t)code >= sizeof(opcode_names) / sizeof(opcode_names[0]))
		return NULL;
	return opcode_names[code];
}

int mnet_fail(struct mnet_error *err, int code, const char *format, ...)
{
	va_list args;
	char *c;

	if (!err)
		return code;
	va_start(args, format);
	vsnprintf(err->message, sizeof(err->message), format, args);
	va_end(args);
	/* Names come from files: the message stays one printable line */
	for (c = err->message; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	return code;
}
