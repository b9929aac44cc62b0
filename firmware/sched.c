// SPDX-License-Identifier: GPL-2.0-only
/*
 * Virtual time: cycles used, times what a cycle costs at the ring's priority.
 * Sets of rings and contexts are bit masks, so a pick costs as much as there are
 * rings with work.
 */
#include "sched.h"

#define WORDS	(EDGETPU_MAX_RINGS / 32)
#define HIGHEST	(EDGETPU_NUM_PRIORITIES - 1)

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
 * @begun: of how many a job has begun
 * @ready: those with work
 */
struct client {
	uint64_t used;
	uint64_t floor;
	uint16_t rings;
	uint16_t begun;
	uint32_t ready[WORDS];
};

static struct entity entities[EDGETPU_MAX_RINGS];
static struct client clients[EDGETPU_MAX_CONTEXTS];
static uint32_t ready_clients;
static uint32_t high[WORDS];	/* rings of the highest priority */
static uint32_t begun[WORDS];	/* rings of which a job has begun */
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

	if (!client->rings++)
		client->used = floor + ((uint64_t)SCHED_NEWCOMER << cost_shift[priority]);
	entity->used = client->floor;
	entity->context = context;
	entity->priority = priority;
	if (priority == HIGHEST)
		high[ring / 32] |= 1u << ring % 32;
}

void sched_remove(uint32_t ring)
{
	sched_set_ready(ring, false);
	sched_set_begun(ring, false);
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

void sched_set_begun(uint32_t ring, bool has)
{
	struct client *client = &clients[entities[ring].context];
	uint32_t *word = &begun[ring / 32], bit = 1u << ring % 32;

	if (has == !!(*word & bit))
		return;
	*word ^= bit;
	client->begun += has ? 1 : -1;
}

bool sched_is_ready(uint32_t ring)
{
	return clients[entities[ring].context].ready[ring / 32] >> ring % 32 & 1;
}

bool sched_newcomers(void)
{
	uint32_t left;

	for (left = ready_clients; left; left &= left - 1) {
		if (!clients[__builtin_ctz(left)].begun)
			return true;
	}
	return false;
}

bool sched_is_highest(uint32_t ring)
{
	return entities[ring].priority == HIGHEST;
}

void sched_charge(uint32_t ring, uint32_t cycles)
{
	struct entity *entity = &entities[ring];
	uint64_t cost = (uint64_t)cycles << cost_shift[entity->priority];

	entity->used += cost;
	clients[entity->context].used += cost;
}

/* --- the pick ------------------------------------------------------------------------ */

/* Rings of a client with work that may be done */
static uint32_t eligible(const struct client *client, uint32_t word, enum sched_room room)
{
	uint32_t rings = client->ready[word];

	if (room == SCHED_ANYONE || (room == SCHED_NEW_CLIENTS && !client->begun))
		return rings;
	return rings & (begun[word] | (room == SCHED_NOBODY ? 0 : high[word]));
}

/* Clients that have some */
static uint32_t eligible_clients(enum sched_room room)
{
	uint32_t set = ready_clients, left = set, i;

	if (room == SCHED_ANYONE)
		return set;
	for (; left; left &= left - 1) {
		i = __builtin_ctz(left);
		if (!(eligible(&clients[i], 0, room) | eligible(&clients[i], 1, room)))
			set &= ~(1u << i);
	}
	return set;
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

/* Of @set, clients with work of the highest priority, and credit for it */
static uint32_t high_clients(uint32_t set, enum sched_room room)
{
	uint32_t left = set, i;

	if (!(high[0] | high[1]))
		return 0;
	for (; left; left &= left - 1) {
		i = __builtin_ctz(left);
		if (!((eligible(&clients[i], 0, room) & high[0]) |
		      (eligible(&clients[i], 1, room) & high[1])) ||
		    clients[i].used > floor + SCHED_CREDIT)
			set &= ~(1u << i);
	}
	return set;
}

uint32_t sched_pick(enum sched_room room)
{
	uint32_t set = eligible_clients(room), high_set, ring;
	struct client *client;

	if (!set)
		return SCHED_NONE;
	client = &clients[least_client(set)];
	raise(&floor, client->used);
	high_set = high_clients(set, room);
	if (high_set)
		client = &clients[least_client(high_set)];
	ring = least_ring(eligible(client, 0, room), eligible(client, 1, room));
	raise(&client->floor, entities[ring].used);
	if (high_set)
		ring = least_ring(eligible(client, 0, room) & high[0],
				  eligible(client, 1, room) & high[1]);
	return ring;
}

uint32_t sched_overtaker(uint32_t ring, enum sched_room room)
{
	uint32_t other;

	if (sched_is_highest(ring) || !(high[0] | high[1]))
		return SCHED_NONE;
	other = sched_pick(room);
	return other != SCHED_NONE && sched_is_highest(other) ? other : SCHED_NONE;
}
