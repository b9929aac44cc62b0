// SPDX-License-Identifier: GPL-2.0-only
/*
 * What several units need.
 */
#include "core/units/unit.h"

void unit_fixed_cost(const struct unit_env *env, const struct op *op, struct hwmodel_cost *cost)
{
	hwmodel_command(env->model, &op->command, cost);
}

bool bytes_zero(const uint8_t *bytes, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (bytes[i])
			return false;
	return true;
}
