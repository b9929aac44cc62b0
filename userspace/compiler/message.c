// SPDX-License-Identifier: MIT
/*
 * What passes say when they cannot go on.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "compiler/ir.h"

char *mc_format(struct mnet_arena *arena, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return mnet_arena_strdup(arena, text, strlen(text));
}

int mc_no_memory(struct mc_compiler *c)
{
	return mnet_fail(c->err, -ENOMEM, "out of memory");
}
