// SPDX-License-Identifier: MIT
#define _GNU_SOURCE /* reallocarray */
#include "monitor/snapshot.h"

#include <math.h>
#include <stdlib.h>

const char *const monitor_engine_names[MONITOR_ENGINES] = {
	[MONITOR_LOAD] = "load",
	[MONITOR_STORE] = "store",
	[MONITOR_ARRAY] = "array",
	[MONITOR_VECTOR] = "vector",
};

const struct monitor_rate monitor_no_rate = {
	.use = NAN,
	.engine = { NAN, NAN, NAN, NAN },
	.jobs = NAN,
};

void *monitor_grow(void *array, size_t count, size_t size)
{
	if (count & (count - 1))
		return array;
	return reallocarray(array, count ? 2 * count : 1, size);
}

void monitor_free(struct monitor_snapshot *snapshot)
{
	free(snapshot->devices);
	free(snapshot->clients);
	*snapshot = (struct monitor_snapshot){ 0 };
}
