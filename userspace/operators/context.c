// SPDX-License-Identifier: MIT
/* The operator that rules look at, and what they say of it. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "operators/family.h"

int op_fail(const struct op_context *c, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return mnet_fail(c->err, -EINVAL, "operator %u (%s): %s", c->index, c->op->name, text);
}

const struct mnet_tensor *op_input(const struct op_context *c, unsigned int i)
{
	if (i >= c->op->num_inputs || c->op->inputs[i] == MNET_NO_TENSOR)
		return NULL;
	return &c->graph->tensors[c->op->inputs[i]];
}

const struct mnet_tensor *op_output(const struct op_context *c)
{
	return &c->graph->tensors[c->op->outputs[0]];
}
