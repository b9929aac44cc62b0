// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>

#include "sim.h"

int sim_fail(struct mnet_error *err, int ret, const char *format, ...)
{
	va_list args;

	if (!err)
		return ret;
	va_start(args, format);
	vsnprintf(err->message, sizeof(err->message), format, args);
	va_end(args);
	return ret;
}
