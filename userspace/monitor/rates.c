// SPDX-License-Identifier: MIT
/* What two looks say together. */
#include <math.h>
#include <string.h>

#include "monitor/snapshot.h"

/* How much a count has grown; NAN where there is none, or it began again */
static double growth(int64_t before, int64_t after)
{
	if (before < 0 || after < before)
		return NAN;
	return (double)(after - before);
}

/* @part of @whole, both as growth() has them; nothing of nothing is nothing */
static double share(double part, double whole)
{
	if (isnan(part) || isnan(whole))
		return NAN;
	if (whole <= 0)
		return 0;
	return fmin(part / whole, 1);
}

static const struct monitor_device *find_device(const struct monitor_snapshot *in, const char *name)
{
	for (size_t i = 0; i < in->num_devices; i++) {
		if (!strcmp(in->devices[i].name, name))
			return &in->devices[i];
	}
	return NULL;
}

static void compare_device(const struct monitor_device *before, struct monitor_device *after)
{
	const double up = growth(before->up, after->up);

	after->rate.use = share(growth(before->busy, after->busy), up);
	for (int i = 0; i < MONITOR_ENGINES; i++)
		after->rate.engine[i] = share(growth(before->engine[i], after->engine[i]), up);
}

int64_t monitor_device_ns(const struct monitor_device *device, int64_t cycles)
{
	double ns;

	if (cycles < 0 || device->khz <= 0)
		return MONITOR_NONE;
	ns = (double)cycles * 1e6 / (double)device->khz;
	return ns < 9e18 ? (int64_t)ns : INT64_MAX;
}

int64_t monitor_client_busy(const struct monitor_snapshot *snapshot,
			    const struct monitor_client *client)
{
	int64_t cycles;

	if (client->used < 0 || client->switching < 0)
		return MONITOR_NONE;
	if (__builtin_add_overflow(client->used, client->switching, &cycles))
		cycles = INT64_MAX;
	return monitor_device_ns(&snapshot->devices[client->device], cycles);
}

/* The id of a client is never used again: one that was not there before began at 0. */
static void compare_client(const struct monitor_snapshot *before,
			   const struct monitor_client *earlier,
			   const struct monitor_snapshot *after, struct monitor_client *client)
{
	static const struct monitor_client none;
	const struct monitor_device *device = &after->devices[client->device];
	const struct monitor_device *old = find_device(before, device->name);
	const double time = (double)(after->when - before->when);
	const int64_t had = earlier ? monitor_client_busy(before, earlier) : 0;
	const double up = old ? growth(old->up, device->up) : NAN;

	if (!earlier)
		earlier = &none;
	client->rate.use = share(growth(had, monitor_client_busy(after, client)), up);
	for (int i = 0; i < MONITOR_ENGINES; i++)
		client->rate.engine[i] = share(growth(earlier->engine[i], client->engine[i]), up);
	client->rate.jobs = (growth(earlier->done, client->done) +
			     growth(earlier->failed, client->failed)) / (time / 1e9);
}

/* Both are sorted by the name of the device, then by id. */
static int order(const struct monitor_snapshot *a, const struct monitor_client *x,
		 const struct monitor_snapshot *b, const struct monitor_client *y)
{
	const int names = strcmp(a->devices[x->device].name, b->devices[y->device].name);

	if (names)
		return names;
	return x->id < y->id ? -1 : x->id > y->id;
}

void monitor_compare(const struct monitor_snapshot *before, struct monitor_snapshot *after)
{
	size_t old = 0;

	if (after->when <= before->when)
		return;
	after->interval = after->when - before->when;
	for (size_t i = 0; i < after->num_devices; i++) {
		const struct monitor_device *device = find_device(before, after->devices[i].name);

		if (device)
			compare_device(device, &after->devices[i]);
	}
	for (size_t i = 0; i < after->num_clients; i++) {
		struct monitor_client *client = &after->clients[i];
		const struct monitor_client *earlier = NULL;

		while (old < before->num_clients &&
		       order(before, &before->clients[old], after, client) < 0)
			old++;
		if (old < before->num_clients &&
		    !order(before, &before->clients[old], after, client))
			earlier = &before->clients[old];
		compare_client(before, earlier, after, client);
	}
}
