// SPDX-License-Identifier: GPL-2.0-only
/*
 * The log: early lines, the ring in host memory, formats, hostile set-up.
 */
#define _GNU_SOURCE
#include <string.h>

#include "fake.h"
#include "log.h"

#define ADDR	(FAKE_HOST_BASE + 0x100)
#define SIZE	256u

static struct edgetpu_log *ring(void)
{
	return (struct edgetpu_log *)(fake_host + 0x100);
}

static int setup(void **state)
{
	(void)state;
	fake_reset();
	fake_pass((uint64_t)LOG_BURST << LOG_REFILL_SHIFT);
	ring()->size = SIZE;
	return 0;
}

/* Does the text of the ring end in @end, spaces before the newline aside? */
static bool ends_in(const char *end)
{
	uint32_t n = strlen(end), pos = ring()->head - 1;

	if (!ring()->head || ring()->text[pos % SIZE] != '\n')
		return false;
	do {
		pos--;
	} while (ring()->text[pos % SIZE] == ' ');
	while (n)
		if ((char)ring()->text[pos-- % SIZE] != end[--n])
			return false;
	return true;
}

/* Is @text somewhere in the ring, not across its end? */
static bool has(const char *text)
{
	return memmem(ring()->text, SIZE, text, strlen(text));
}

/* First of all tests, as the early lines are those since boot. */
static void test_early_lines(void **state)
{
	(void)state;
	log_info("early %s", "bird");
	assert_int_equal(ring()->head, 0);
	assert_true(log_open(ADDR, SIZE));
	assert_true(ring()->head > 0);
	assert_int_equal(ring()->head % 4, 0);
	assert_true(ends_in("] info: early bird"));
	log_close();
}

static void test_formats(void **state)
{
	(void)state;
	assert_true(log_open(ADDR, SIZE));
	log_error("%u %u %x %X", 0u, 4294967295u, 0xabcdefu, 0x123456789abcull);
	assert_true(ends_in("] error: 0 4294967295 abcdef 123456789abc"));
	log_warn("%x%X", 0u, 0ull);
	assert_true(ends_in("] warn: 00"));
	log_close();
}

static void test_levels(void **state)
{
	uint32_t head;

	(void)state;
	assert_true(log_open(ADDR, SIZE));
	head = ring()->head;
	log_write(LOG_DEBUG, "not at this level");
	assert_int_equal(ring()->head, head);
	log_close();
}

/* A long line is cut; the ring goes round; only text and head are written. */
static void test_wrap(void **state)
{
	char text[300];
	int i;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	memset(ring()->text + SIZE, 0x5a, 64);
	assert_true(log_open(ADDR, SIZE));
	for (i = 0; i < 20; i++)
		log_info("%s", text);
	log_info("line %u", 7u);
	assert_true(ring()->head > 8 * SIZE);
	assert_true(ends_in("] info: line 7"));
	for (i = 0; i < 64; i++)
		assert_int_equal(ring()->text[SIZE + i], 0x5a);
	assert_int_equal(ring()->size, SIZE);
	log_close();
}

/* The host may set up the log again where it left off. */
static void test_reopen(void **state)
{
	(void)state;
	ring()->head = 0xfffffff0;
	assert_true(log_open(ADDR, SIZE));
	log_info("%s", "over the end of the counter");
	assert_true(ring()->head < 0x100);
	assert_true(ends_in("over the end of the counter"));
	log_close();
}

static void test_refused(void **state)
{
	(void)state;
	assert_false(log_open(0, SIZE));
	assert_false(log_open(ADDR + 2, SIZE));
	assert_false(log_open(ADDR, 0));
	assert_false(log_open(ADDR, SIZE + 4));
	assert_false(log_open(ADDR, LOG_MIN_SIZE / 2));
	assert_false(log_open(ADDR, LOG_MAX_SIZE * 2));
	assert_false(log_open(FAKE_HOST_BASE + FAKE_HOST_SIZE, SIZE));
	ring()->size = 2 * SIZE;	/* not what was asked for */
	assert_false(log_open(ADDR, SIZE));
}

/* Memory that goes away ends the log and nothing else. */
static void test_memory_gone(void **state)
{
	struct edgetpu_log *end = (struct edgetpu_log *)(fake_host + FAKE_HOST_SIZE - 128);

	(void)state;
	end->size = SIZE;
	end->head = 64;
	log_info("lost");
	assert_false(log_open(FAKE_HOST_BASE + FAKE_HOST_SIZE - 128, SIZE));
	assert_true(log_open(ADDR, SIZE));
	assert_true(ends_in("lost"));
	log_close();
}

static void test_dropped(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 1000; i++)
		log_info("nobody listens");
	assert_true(log_open(ADDR, SIZE));
	assert_true(ends_in("lines lost before the log was set up"));
	log_close();
}

/* A flood leaves lines out, and says how many; time brings room for more. */
static void test_budget(void **state)
{
	uint32_t i, head;

	(void)state;
	assert_true(log_open(ADDR, SIZE));
	for (i = 0; i < LOG_BURST; i++)
		log_warn("line %u", i);
	assert_true(ends_in("] warn: line 31"));
	head = ring()->head;
	for (i = 0; i < 1000; i++)
		log_info("too much");
	assert_int_equal(ring()->head, head);
	fake_pass(1u << LOG_REFILL_SHIFT);
	log_warn("again");
	assert_true(ends_in("] warn: again"));
	head = ring()->head;
	log_warn("too much");
	assert_int_equal(ring()->head, head);
	log_close();
}

static void test_left_out(void **state)
{
	uint32_t i;

	(void)state;
	assert_true(log_open(ADDR, SIZE));
	for (i = 0; i < LOG_BURST + 7; i++)
		log_warn("line");
	/* an error is always written, and what was left out before it told */
	log_error("bad");
	assert_true(ends_in("] error: bad"));
	assert_true(has("warn: 7 lines left out"));
	log_error("worse");
	assert_true(ends_in("] error: worse"));
	log_close();
}

#define TEST(f)	cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_early_lines),
		TEST(test_formats),
		TEST(test_levels),
		TEST(test_wrap),
		TEST(test_reopen),
		TEST(test_refused),
		TEST(test_memory_gone),
		TEST(test_dropped),
		TEST(test_budget),
		TEST(test_left_out),
	};

	return cmocka_run_group_tests_name("fw_log", tests, NULL, NULL);
}
