// SPDX-License-Identifier: MIT
#define _GNU_SOURCE /* qsort_r */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "programs/top.h"

const char *const top_key_names[TOP_KEYS] = {
	[TOP_BY_USE] = "use",
	[TOP_BY_PID] = "pid",
	[TOP_BY_USER] = "user",
	[TOP_BY_NAME] = "name",
	[TOP_BY_MEMORY] = "memory",
	[TOP_BY_JOBS] = "jobs",
	[TOP_BY_QUEUE] = "queue",
};

/**
 * struct place - a client among others
 * @client: which
 * @number: by which it is sorted, smallest first
 * @user: by whose name it is sorted, or empty
 */
struct place {
	const struct monitor_client *client;
	double number;
	char user[TOP_USER];
};

/* What nobody knows comes after all that is known. */
static double descending(double value)
{
	return isnan(value) ? INFINITY : -value;
}

static double count(int64_t value)
{
	return value == MONITOR_NONE ? NAN : (double)value;
}

static double number_of(const struct monitor_client *client, enum top_key key)
{
	switch (key) {
	case TOP_BY_USE:
		return descending(client->rate.use);
	case TOP_BY_PID:
		return client->pid;
	case TOP_BY_MEMORY:
		return descending(count(client->memory));
	case TOP_BY_JOBS:
		return descending(client->rate.jobs);
	case TOP_BY_QUEUE:
		return descending(count(client->unfinished));
	default:
		return 0;
	}
}

static int compare(const void *a, const void *b, void *opaque)
{
	const struct place *x = a, *y = b;
	const struct top_order *order = opaque;
	int by = strcmp(x->user, y->user);

	if (!by && order->key == TOP_BY_NAME)
		by = strcmp(x->client->name, y->client->name);
	if (!by && x->number != y->number)
		by = x->number < y->number ? -1 : 1;
	if (by)
		return order->reverse ? -by : by;
	return x->client < y->client ? -1 : 1;
}

const struct monitor_client **top_sort(const struct monitor_snapshot *snapshot,
				       const struct top_order *order)
{
	const size_t n = snapshot->num_clients;
	const struct monitor_client **clients = calloc(n + 1, sizeof(*clients));
	struct place *places = calloc(n + 1, sizeof(*places));
	struct top_order by = *order;

	if (!clients || !places) {
		free(clients);
		free(places);
		return NULL;
	}
	for (size_t i = 0; i < n; i++) {
		places[i].client = &snapshot->clients[i];
		places[i].number = number_of(places[i].client, order->key);
		if (order->key == TOP_BY_USER)
			top_user(places[i].client->uid, places[i].user);
	}
	qsort_r(places, n, sizeof(*places), compare, &by);
	for (size_t i = 0; i < n; i++)
		clients[i] = places[i].client;
	free(places);
	return clients;
}
