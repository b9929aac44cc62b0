// SPDX-License-Identifier: GPL-2.0-only
/*
 * Virtual time: cycles used, times what a cycle costs at the ring's priority.
 * Sets of rings and contexts are bit masks, so a pick costs as much as there are
 * rings with work.
 */
#include "sched.h"

#define WORDS	(EDGETPU_MAX_RINGS / 32)

/* What a cycle costs, as a power of two: the weights are 1, 8 and 64. */
static const uint8_t cost_shift[EDGETPU_NUM_PRIORITIES] = { 6, 3, 0 };

/**
 * struct entity - a ring
 * @used: its virtual time
 * @context: whose it is
 * @priority: its priority
 */
struct entity {
	uint64_t used;
	uint8_t context;
	uint8_t priority;
};

/**
 * struct client - a context
 * @used: its virtual time
 * @floor: that of its ring furthest behind; never goes back
 * @rings: how many it has
 * @ready: those with work
 */
struct client {
	uint64_t used;
	uint64_t floor;
	uint32_t rings;
	uint32_t ready[WORDS];
};

static struct entity entities[EDGETPU_MAX_RINGS];
static struct client clients[EDGETPU_MAX_CONTEXTS];
static uint32_t ready_clients;
static uint32_t high[WORDS];	/* rings of the highest priority */
static uint64_t floor;		/* virtual time of the client furthest behind; never goes back */

static void raise(uint64_t *used, uint64_t least)
{
	if (*used < least)
		*used = least;
}

void sched_add(uint32_t ring, uint32_t context, uint32_t priority)
{
	struct client *client = &clients[context];
	struct entity *entity = &entities[ring];

	if (!client->rings++) {
		client->used = floor + ((uint64_t)SCHED_NEWCOMER << cost_shift[priority]);
		client->floor = 0;
	}
	entity->used = client->floor;
	entity->context = context;
	entity->priority = priority;
	if (priority == EDGETPU_NUM_PRIORITIES - 1)
		high[ring / 32] |= 1u << ring % 32;
}

void sched_remove(uint32_t ring)
{
	sched_set_ready(ring, false);
	clients[entities[ring].context].rings--;
	high[ring / 32] &= ~(1u << ring % 32);
}

void sched_set_ready(uint32_t ring, bool ready)
{
	struct entity *entity = &entities[ring];
	struct client *client = &clients[entity->context];
	uint32_t *word = &client->ready[ring / 32], bit = 1u << ring % 32;
	uint32_t client_bit = 1u << entity->context;

	if (!ready) {
		*word &= ~bit;
		if (!(client->ready[0] | client->ready[1]))
			ready_clients &= ~client_bit;
	} else if (!(*word & bit)) {
		*word |= bit;
		raise(&entity->used, client->floor);
		if (!(ready_clients & client_bit))
			raise(&client->used, floor);
		ready_clients |= client_bit;
	}
}

void sched_charge(uint32_t ring, uint32_t cycles)
{
	struct entity *entity = &entities[ring];
	uint64_t cost = (uint64_t)cycles << cost_shift[entity->priority];

	entity->used += cost;
	clients[entity->context].used += cost;
}

/* That of a set, not empty, which has used the least */
static uint32_t least_client(uint32_t set)
{
	uint32_t best = __builtin_ctz(set), i;

	for (set &= set - 1; set; set &= set - 1) {
		i = __builtin_ctz(set);
		if (clients[i].used < clients[best].used)
			best = i;
	}
	return best;
}

static uint32_t least_ring(uint32_t low_word, uint32_t high_word)
{
	uint32_t best = SCHED_NONE, i;

	for (; low_word; low_word &= low_word - 1) {
		i = __builtin_ctz(low_word);
		if (best == SCHED_NONE || entities[i].used < entities[best].used)
			best = i;
	}
	for (; high_word; high_word &= high_word - 1) {
		i = 32 + __builtin_ctz(high_word);
		if (best == SCHED_NONE || entities[i].used < entities[best].used)
			best = i;
	}
	return best;
}

/* Clients with work of the highest priority, and credit for it */
static uint32_t high_clients(void)
{
	uint32_t set = 0, left = ready_clients, i;

	if (!(high[0] | high[1]))
		return 0;
	for (; left; left &= left - 1) {
		i = __builtin_ctz(left);
		if (((clients[i].ready[0] & high[0]) | (clients[i].ready[1] & high[1])) &&
		    clients[i].used <= floor + SCHED_CREDIT)
			set |= 1u << i;
	}
	return set;
}

uint32_t sched_pick(void)
{
	struct client *client;
	uint32_t ring, set;

	if (!ready_clients)
		return SCHED_NONE;
	client = &clients[least_client(ready_clients)];
	raise(&floor, client->used);
	set = high_clients();
	if (set)
		client = &clients[least_client(set)];
	ring = least_ring(client->ready[0], client->ready[1]);
	raise(&client->floor, entities[ring].used);
	if (set)
		ring = least_ring(client->ready[0] & high[0], client->ready[1] & high[1]);
	return ring;
}
