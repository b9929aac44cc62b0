// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which ring is next: shares of clients and rings, by the time they use.
 */
#include <string.h>

#include "fake.h"
#include "sched.h"

enum { LOW, NORMAL, HIGH };

#define JOB	1000u

static bool present[EDGETPU_MAX_RINGS];
static uint64_t used[EDGETPU_MAX_RINGS];

static void add(uint32_t ring, uint32_t context, uint32_t priority)
{
	sched_add(ring, context, priority);
	present[ring] = true;
	used[ring] = 0;
}

static void add_ready(uint32_t ring, uint32_t context, uint32_t priority)
{
	add(ring, context, priority);
	sched_set_ready(ring, true);
}

static void gone(uint32_t ring)
{
	sched_remove(ring);
	present[ring] = false;
}

static int teardown(void **state)
{
	uint32_t ring;

	(void)state;
	for (ring = 0; ring < EDGETPU_MAX_RINGS; ring++)
		if (present[ring])
			gone(ring);
	return 0;
}

/* The next ring runs for that long; returns it. */
static uint32_t serve(uint32_t cycles)
{
	uint32_t ring = sched_pick(SCHED_ANYONE);

	assert_true(ring < EDGETPU_MAX_RINGS);
	sched_charge(ring, cycles);
	used[ring] += cycles;
	return ring;
}

static void serve_many(uint32_t n)
{
	while (n--)
		serve(JOB);
}

/* Is @a within @percent of @b? */
static void assert_near(uint64_t a, uint64_t b, uint32_t percent)
{
	if (a * 100 > b * (100 + percent) || a * 100 < b * (100 - percent))
		fail_msg("%llu is not near %llu", (unsigned long long)a, (unsigned long long)b);
}

/* --- the rules, said once more and without any thrift ------------------------------- */

static struct {
	bool there, ready, begun;
	uint32_t context, priority;
	uint64_t used;
} rings[EDGETPU_MAX_RINGS];

static struct {
	uint64_t used, floor;
} owners[EDGETPU_MAX_CONTEXTS];

static uint64_t model_floor;

static uint64_t weighed(uint64_t cycles, uint32_t priority)
{
	return cycles * (priority == LOW ? 64 : priority == NORMAL ? 8 : 1);
}

static uint64_t at_least(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Does any ring of @context do what? */
static bool any(uint32_t context, bool (*what)(uint32_t ring))
{
	uint32_t ring;

	for (ring = 0; ring < EDGETPU_MAX_RINGS; ring++)
		if (rings[ring].there && rings[ring].context == context && what(ring))
			return true;
	return false;
}

static bool is_there(uint32_t ring)
{
	return rings[ring].there;
}

static bool is_ready(uint32_t ring)
{
	return rings[ring].ready;
}

static bool has_begun(uint32_t ring)
{
	return rings[ring].begun;
}

static void model_add(uint32_t ring, uint32_t context, uint32_t priority)
{
	if (!any(context, is_there))
		owners[context].used = model_floor + weighed(SCHED_NEWCOMER, priority);
	rings[ring].there = true;
	rings[ring].context = context;
	rings[ring].priority = priority;
	rings[ring].used = owners[context].floor;
}

static void model_ready(uint32_t ring, bool ready)
{
	const uint32_t context = rings[ring].context;

	if (ready && !rings[ring].ready) {
		rings[ring].used = at_least(rings[ring].used, owners[context].floor);
		if (!any(context, is_ready))
			owners[context].used = at_least(owners[context].used, model_floor);
	}
	rings[ring].ready = ready;
}

static bool may_run(uint32_t ring, enum sched_room room)
{
	if (!rings[ring].there || !rings[ring].ready)
		return false;
	switch (room) {
	case SCHED_ANYONE:
		return true;
	case SCHED_NEW_CLIENTS:
		if (!any(rings[ring].context, has_begun))
			return true;
		/* fall through */
	case SCHED_HIGHEST:
		return rings[ring].begun || rings[ring].priority == HIGH;
	case SCHED_NOBODY:
		break;
	}
	return rings[ring].begun;
}

/* The ring that may run and has used the least, of the client that has; @high: of those only */
static uint32_t least(enum sched_room room, bool high, uint32_t *context)
{
	uint32_t ring, best = SCHED_NONE, owner = SCHED_NONE;

	for (ring = 0; ring < EDGETPU_MAX_RINGS; ring++) {
		const uint32_t c = rings[ring].context;

		if (!may_run(ring, room) || (high && rings[ring].priority != HIGH) ||
		    (high && owners[c].used > model_floor + SCHED_CREDIT))
			continue;
		if (owner == SCHED_NONE || owners[c].used < owners[owner].used ||
		    (owners[c].used == owners[owner].used && c < owner))
			owner = c;
	}
	for (ring = 0; ring < EDGETPU_MAX_RINGS; ring++)
		if (may_run(ring, room) && rings[ring].context == owner &&
		    (!high || rings[ring].priority == HIGH) &&
		    (best == SCHED_NONE || rings[ring].used < rings[best].used))
			best = ring;
	*context = owner;
	return best;
}

static uint32_t model_pick(enum sched_room room)
{
	uint32_t context, ring = least(room, false, &context), high, all;

	if (ring == SCHED_NONE)
		return ring;
	model_floor = at_least(model_floor, owners[context].used);
	high = least(room, true, &all);
	if (high != SCHED_NONE)
		context = all;
	/* the client's floor is that of its ring furthest behind, high or not */
	ring = SCHED_NONE;
	for (all = 0; all < EDGETPU_MAX_RINGS; all++)
		if (may_run(all, room) && rings[all].context == context &&
		    (ring == SCHED_NONE || rings[all].used < rings[ring].used))
			ring = all;
	owners[context].floor = at_least(owners[context].floor, rings[ring].used);
	return high != SCHED_NONE ? high : ring;
}

static uint32_t model_overtaker(uint32_t ring, enum sched_room room)
{
	uint32_t other, any_high = 0;

	for (other = 0; other < EDGETPU_MAX_RINGS; other++)
		any_high |= rings[other].there && rings[other].priority == HIGH;
	if (rings[ring].priority == HIGH || !any_high)
		return SCHED_NONE;
	other = model_pick(room);
	return other != SCHED_NONE && rings[other].priority == HIGH ? other : SCHED_NONE;
}

static uint32_t dice(uint32_t sides)
{
	static uint32_t state = 99;

	state = state * 1664525 + 1013904223;
	return (state >> 8) % sides;
}

/* Is there work of a client of whom no job has begun? */
static bool model_newcomers(void)
{
	uint32_t ring;

	for (ring = 0; ring < EDGETPU_MAX_RINGS; ring++)
		if (is_there(ring) && is_ready(ring) && !any(rings[ring].context, has_begun))
			return true;
	return false;
}

static void random_step(uint32_t ring)
{
	const uint32_t cycles = dice(4) ? dice(SCHED_NEWCOMER) : dice(SCHED_CREDIT);
	const bool yes = dice(3);

	if (!rings[ring].there) {
		const uint32_t context = dice(2) ? dice(3) : 29 + dice(3), priority = dice(3);

		add(ring, context, priority);
		model_add(ring, context, priority);
		return;
	}
	switch (dice(8)) {
	case 0:
		gone(ring);
		memset(&rings[ring], 0, sizeof(rings[ring]));
		break;
	case 1:
		sched_set_begun(ring, !yes);
		rings[ring].begun = !yes;
		break;
	case 2:
		sched_charge(ring, cycles);
		rings[ring].used += weighed(cycles, rings[ring].priority);
		owners[rings[ring].context].used += weighed(cycles, rings[ring].priority);
		break;
	default:
		sched_set_ready(ring, yes);
		model_ready(ring, yes);
		break;
	}
}

/* Whatever happens, the one picked is the one the rules say. First of all: nobody was there. */
static void test_by_the_rules(void **state)
{
	/* few enough to meet, in both words of the masks */
	static const uint32_t numbers[] = { 0, 1, 2, 7, 30, 31, 32, 33, 40, 62, 63 };
	uint32_t step, ring, seen[EDGETPU_MAX_RINGS] = { 0 }, overtaken = 0, other;
	enum sched_room room;

	(void)state;
	for (step = 0; step < 200000; step++) {
		ring = numbers[dice(11)];
		random_step(ring);
		room = dice(4);
		assert_int_equal(sched_newcomers(), model_newcomers());
		if (rings[ring].there) {
			assert_int_equal(sched_is_ready(ring), rings[ring].ready);
			assert_int_equal(sched_is_highest(ring), rings[ring].priority == HIGH);
		}
		if (dice(4)) {
			other = sched_pick(room);
			if (other != model_pick(room))
				fail_msg("step %u: ring %u", step, other);
			if (other != SCHED_NONE)
				seen[other]++;
		} else if (rings[ring].there) {
			other = sched_overtaker(ring, room);
			if (other != model_overtaker(ring, room))
				fail_msg("step %u: ring %u overtakes %u", step, other, ring);
			overtaken += other != SCHED_NONE;
		}
	}
	for (ring = 0; ring < 11; ring++)
		assert_true(seen[numbers[ring]] > 500);
	assert_true(overtaken > 500);
}

/* Newcomers are clients with work of whom nothing has begun. */
static void test_newcomers(void **state)
{
	(void)state;
	assert_false(sched_newcomers());
	add(3, 5, NORMAL);
	assert_false(sched_is_ready(3));
	assert_false(sched_newcomers());
	sched_set_ready(3, true);
	assert_true(sched_is_ready(3));
	assert_false(sched_is_ready(35));
	assert_true(sched_newcomers());
	sched_set_begun(3, true);
	assert_false(sched_newcomers());
	add_ready(40, 5, HIGH);
	assert_true(sched_is_ready(40));
	assert_false(sched_is_ready(8));
	assert_true(sched_is_highest(40));
	assert_false(sched_is_highest(3));
	assert_false(sched_newcomers());
	add_ready(41, 6, LOW);
	assert_true(sched_newcomers());
	gone(41);
	assert_false(sched_newcomers());
	sched_set_begun(3, false);
	assert_true(sched_newcomers());
}

static void test_nothing(void **state)
{
	(void)state;
	assert_int_equal(sched_pick(SCHED_ANYONE), SCHED_NONE);
	add(3, 5, NORMAL);
	assert_int_equal(sched_pick(SCHED_ANYONE), SCHED_NONE);
	sched_set_ready(3, true);
	sched_set_ready(3, true);
	assert_int_equal(serve(JOB), 3);
	assert_int_equal(serve(JOB), 3);
	sched_set_ready(3, false);
	assert_int_equal(sched_pick(SCHED_ANYONE), SCHED_NONE);
	sched_set_ready(3, true);
	gone(3);
	assert_int_equal(sched_pick(SCHED_ANYONE), SCHED_NONE);
}

/* Rings of one client take turns, across the words of the masks. */
static void test_turns_of_rings(void **state)
{
	static const uint32_t rings[] = { 0, 31, 32, 63 };
	uint32_t i;

	(void)state;
	for (i = 0; i < 4; i++)
		add_ready(rings[i], 1, NORMAL);
	for (i = 0; i < 40; i++)
		assert_int_equal(serve(JOB), rings[i % 4]);
}

static void test_turns_of_clients(void **state)
{
	static const uint32_t contexts[] = { 0, 7, 30, 31 };
	uint32_t i;

	(void)state;
	for (i = 0; i < 4; i++)
		add_ready(i, contexts[i], NORMAL);
	for (i = 0; i < 40; i++)
		assert_int_equal(serve(JOB), i % 4);
}

/* One ring has as much as another client's fifteen. */
static void test_clients_not_rings(void **state)
{
	uint64_t many = 0;
	uint32_t i;

	(void)state;
	add_ready(0, 1, NORMAL);
	for (i = 1; i < 16; i++)
		add_ready(i, 2, NORMAL);
	serve_many(30000);
	for (i = 1; i < 16; i++) {
		many += used[i];
		assert_near(used[i], used[1], 1);
	}
	assert_near(used[0], many, 1);
}

/* It is time that counts, not the number of jobs. */
static void test_long_and_short(void **state)
{
	uint32_t i;

	(void)state;
	add_ready(0, 1, NORMAL);
	add_ready(1, 2, NORMAL);
	for (i = 0; i < 30000; i++)
		serve(sched_pick(SCHED_ANYONE) ? 100 : 10000);
	assert_near(used[0], used[1], 1);
}

static void test_weights(void **state)
{
	(void)state;
	add_ready(0, 1, LOW);
	add_ready(1, 2, NORMAL);
	add_ready(2, 3, NORMAL);
	/* a newcomer's turn of the lowest priority lasts longest */
	while (!used[0])
		serve(JOB);
	used[0] = 0;
	used[1] = 0;
	used[2] = 0;
	serve_many(170000);
	assert_near(used[1], used[2], 1);
	assert_near(used[1], 8 * used[0], 1);
}

/* The same inside a client. */
static void test_weights_of_rings(void **state)
{
	(void)state;
	add_ready(0, 1, LOW);
	add_ready(1, 1, NORMAL);
	serve_many(90000);
	assert_near(used[1], 8 * used[0], 1);
}

/* The highest priority goes first at once; in the long run it has its weight. */
static void test_high(void **state)
{
	uint32_t i;

	(void)state;
	add_ready(0, 1, NORMAL);
	add(1, 2, HIGH);
	serve_many(1000);
	for (i = 0; i < 100; i++) {
		sched_set_ready(1, true);
		assert_int_equal(serve(JOB), 1);
		sched_set_ready(1, false);
		assert_int_equal(serve(100 * JOB), 0);
	}
}

static void test_high_in_the_same_client(void **state)
{
	uint32_t i;

	(void)state;
	add_ready(0, 1, NORMAL);
	add(40, 1, HIGH);
	serve_many(1000);
	for (i = 0; i < 100; i++) {
		sched_set_ready(40, true);
		assert_int_equal(serve(JOB), 40);
		sched_set_ready(40, false);
		assert_int_equal(serve(100 * JOB), 0);
	}
}

static void test_nobody_starves(void **state)
{
	uint32_t i;

	(void)state;
	add_ready(0, 1, LOW);
	add_ready(1, 2, NORMAL);
	add_ready(2, 3, HIGH);
	for (i = 0; i < 4000; i++)
		serve(100 * JOB);
	assert_true(used[0] > 0);
	assert_true(used[1] > 0);
	used[0] = 0;
	used[1] = 0;
	used[2] = 0;
	for (i = 0; i < 73000; i++)
		serve(100 * JOB);
	assert_near(used[1], 8 * used[0], 5);
	assert_near(used[2], 8 * used[1], 5);
}

/* Who had nothing to do for a while does not have it all to itself afterwards. */
static void test_idle_saves_nothing(void **state)
{
	(void)state;
	add_ready(0, 1, NORMAL);
	add_ready(1, 2, NORMAL);
	serve_many(100000);
	sched_set_ready(1, false);
	serve_many(100000);
	sched_set_ready(1, true);
	used[0] = 0;
	used[1] = 0;
	serve_many(1000);
	assert_near(used[0], used[1], 1);
	/* nor does a ring among those of its client */
	add_ready(2, 2, NORMAL);
	serve_many(1000);
	sched_set_ready(2, false);
	serve_many(100000);
	sched_set_ready(2, true);
	used[1] = 0;
	used[2] = 0;
	serve_many(1000);
	assert_near(used[1], used[2], 1);
}

/* What somebody used is not forgotten while it rests. */
static void test_debt_stays(void **state)
{
	uint32_t i;

	(void)state;
	add_ready(0, 1, NORMAL);
	add_ready(1, 2, NORMAL);
	serve_many(10000);
	if (sched_pick(SCHED_ANYONE) != 0)
		serve(JOB);
	serve(50 * JOB);
	sched_set_ready(0, false);
	sched_set_ready(0, true);
	for (i = 0; i < 45; i++)
		assert_int_equal(serve(JOB), 1);
}

/* Leaving and coming back does not pay: there is no more than one's share in it. */
static void test_newcomer(void **state)
{
	uint64_t total = 0;
	uint32_t i;

	(void)state;
	for (i = 1; i < 5; i++)
		add_ready(i, i, NORMAL);
	serve_many(1000);
	for (i = 0; i < 4000; i++) {
		if (!present[0])
			add_ready(0, 0, NORMAL);
		if (serve(SCHED_NEWCOMER) == 0) {
			total += SCHED_NEWCOMER;
			gone(0);
		}
	}
	assert_true(total <= 1600ull * SCHED_NEWCOMER);
	assert_true(total > 0);
}

/* Contexts behind the others by far: long after, in the upper half of the counter. */
static void test_large_times(void **state)
{
	uint32_t i;

	(void)state;
	add_ready(0, 1, LOW);
	add_ready(1, 2, LOW);
	for (i = 0; i < 1000; i++)
		serve(UINT32_MAX);
	assert_int_equal(used[0], used[1]);
}

/* With no room, rings go on of which a job has begun, and no others. */
static void test_room(void **state)
{
	(void)state;
	add_ready(1, 1, NORMAL);
	add_ready(2, 1, NORMAL);
	add_ready(33, 2, NORMAL);
	add(34, 2, HIGH);
	assert_int_equal(sched_pick(SCHED_NOBODY), SCHED_NONE);
	assert_int_equal(sched_pick(SCHED_HIGHEST), SCHED_NONE);
	sched_set_begun(1, true);
	sched_set_begun(1, true);
	sched_charge(1, 100 * JOB);
	assert_int_equal(sched_pick(SCHED_NOBODY), 1);
	assert_int_equal(sched_pick(SCHED_HIGHEST), 1);
	assert_int_equal(sched_pick(SCHED_NEW_CLIENTS), 33);
	sched_set_ready(33, false);
	assert_int_equal(sched_pick(SCHED_NEW_CLIENTS), 1);
	assert_int_equal(sched_pick(SCHED_ANYONE), 2);
	sched_set_ready(34, true);
	assert_int_equal(sched_pick(SCHED_NOBODY), 1);
	assert_int_equal(sched_pick(SCHED_HIGHEST), 34);
	sched_set_begun(1, false);
	assert_int_equal(sched_pick(SCHED_NOBODY), SCHED_NONE);
}

/* What leaves has not begun when it comes again. */
static void test_room_of_the_next(void **state)
{
	(void)state;
	add_ready(1, 1, NORMAL);
	sched_set_begun(1, true);
	gone(1);
	add_ready(1, 1, NORMAL);
	assert_int_equal(sched_pick(SCHED_NOBODY), SCHED_NONE);
	assert_int_equal(sched_pick(SCHED_NEW_CLIENTS), 1);
}

/* To the cycle: who is new, and how far the highest priority may be ahead */
static void test_exact_bounds(void **state)
{
	uint32_t i;

	(void)state;
	add_ready(3, 3, NORMAL);
	serve(JOB);
	sched_pick(SCHED_ANYONE);
	add_ready(4, 4, NORMAL);
	for (i = 0; i < 4; i++)
		assert_int_equal(serve(SCHED_NEWCOMER / 4), 3);
	/* level: the first of them by number, then the other */
	assert_int_equal(serve(1), 3);
	assert_int_equal(serve(1), 4);
	gone(3);
	gone(4);

	add_ready(5, 5, NORMAL);
	add_ready(36, 6, HIGH);
	/* seven newcomers' shares until both are level, and then the credit */
	sched_charge(36, 7 * SCHED_NEWCOMER);
	sched_charge(36, SCHED_CREDIT);
	assert_int_equal(sched_pick(SCHED_ANYONE), 36);
	assert_int_equal(sched_overtaker(5, SCHED_ANYONE), 36);
	sched_charge(36, 1);
	assert_int_equal(sched_pick(SCHED_ANYONE), 5);
	assert_int_equal(sched_overtaker(5, SCHED_ANYONE), SCHED_NONE);
	sched_charge(5, 1);
	assert_int_equal(sched_pick(SCHED_ANYONE), 36);
}

/* The next ring of a number has a priority of its own. */
static void test_number_anew(void **state)
{
	(void)state;
	add_ready(1, 1, NORMAL);
	add_ready(40, 2, HIGH);
	assert_int_equal(sched_overtaker(1, SCHED_ANYONE), 40);
	gone(40);
	add_ready(40, 2, NORMAL);
	assert_int_equal(sched_overtaker(1, SCHED_ANYONE), SCHED_NONE);
	assert_int_equal(sched_pick(SCHED_HIGHEST), SCHED_NONE);
}

static void test_overtaker(void **state)
{
	uint32_t i;

	(void)state;
	add_ready(1, 1, NORMAL);
	add_ready(2, 2, LOW);
	assert_int_equal(sched_overtaker(2, SCHED_ANYONE), SCHED_NONE);
	add_ready(3, 3, HIGH);
	add_ready(4, 4, HIGH);
	assert_int_equal(sched_overtaker(1, SCHED_ANYONE), 3);
	assert_int_equal(sched_overtaker(1, SCHED_HIGHEST), 3);
	assert_int_equal(sched_overtaker(1, SCHED_NOBODY), SCHED_NONE);
	/* none overtakes its like, nor one who has had too much */
	assert_int_equal(sched_overtaker(4, SCHED_ANYONE), SCHED_NONE);
	gone(4);
	for (i = 0; i < 100; i++)
		sched_charge(3, SCHED_CREDIT / 50);
	assert_int_equal(sched_overtaker(1, SCHED_ANYONE), SCHED_NONE);
}

/* Rings of one client in both words of its mask: one of them that is done is no other's end. */
static void test_rings_of_both_words(void **state)
{
	static const uint32_t rings[] = { 3, 35, 31, 32 };
	uint32_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		add_ready(rings[i], 1, NORMAL);
		add_ready(rings[i ^ 1], 1, NORMAL);
		sched_set_ready(rings[i], false);
		assert_int_equal(serve(JOB), rings[i ^ 1]);
		sched_set_ready(rings[i ^ 1], false);
		assert_int_equal(sched_pick(SCHED_ANYONE), SCHED_NONE);
		gone(rings[i]);
		gone(rings[i ^ 1]);
	}
}

#define TEST(f)	cmocka_unit_test_teardown(f, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_by_the_rules),
		TEST(test_nothing),
		TEST(test_newcomers),
		TEST(test_turns_of_rings),
		TEST(test_rings_of_both_words),
		TEST(test_turns_of_clients),
		TEST(test_clients_not_rings),
		TEST(test_long_and_short),
		TEST(test_weights),
		TEST(test_weights_of_rings),
		TEST(test_high),
		TEST(test_high_in_the_same_client),
		TEST(test_nobody_starves),
		TEST(test_idle_saves_nothing),
		TEST(test_debt_stays),
		TEST(test_newcomer),
		TEST(test_large_times),
		TEST(test_room),
		TEST(test_room_of_the_next),
		TEST(test_overtaker),
		TEST(test_exact_bounds),
		TEST(test_number_anew),
	};

	return cmocka_run_group_tests_name("fw_sched", tests, NULL, NULL);
}
