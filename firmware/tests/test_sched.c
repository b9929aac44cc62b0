// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which ring is next: shares of clients and rings, by the time they use.
 */
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
		TEST(test_nothing),
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
	};

	return cmocka_run_group_tests_name("fw_sched", tests, NULL, NULL);
}
