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

/* How a line ends that is filled up */
static const char filled[] = { ' ', ' ', ' ', '\n' };

/* Cycles in twelve digits, then the text: to the character */
static void test_line_exactly(void **state)
{
	static const char line[] = "[000123456799] warn: 7 of 4294967295, ff, 0 and ffffffffffffffff\n";

	(void)state;
	assert_true(log_open(ADDR, SIZE));
	fake_regs[CORE_CYCLES_LO / 4] = 123456779;
	fake_regs[CORE_CYCLES_HI / 4] = 0;
	log_write(LOG_WARN, "%u of %u, %x, %x and %X", 7u, ~0u, 255u, 0u, ~0ull);
	assert_int_equal(ring()->head, sizeof(line) - 1 + 3);
	assert_memory_equal(ring()->text, line, sizeof(line) - 2);
	assert_memory_equal(ring()->text + sizeof(line) - 2, filled, 4);
	/* more digits where time needs them, and no padding where none is needed */
	fake_regs[CORE_CYCLES_HI / 4] = 0x10000;
	fake_regs[CORE_CYCLES_LO / 4] = 0;
	log_error("%s", "123456");
	assert_true(ends_in("[281474976710666] error: 123456"));
	log_close();
	fake_regs[CORE_CYCLES_HI / 4] = 0;
}

/* What is too long is cut where the line still has room for its end. */
static void test_longest_line(void **state)
{
	char text[300];
	uint32_t n;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	assert_true(log_open(ADDR, SIZE));
	log_error("%s", text);
	assert_int_equal(ring()->head, 160);
	for (n = 0; n < 256 && ring()->text[n] != 'x'; n++)
		;
	for (; n < 156; n++)
		assert_int_equal(ring()->text[n], 'x');
	assert_memory_equal(ring()->text + 156, filled, 4);
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

/* Where it left off, but for what is not a word: lines are */
static void test_reopen_between_words(void **state)
{
	(void)state;
	ring()->head = 0x67;
	assert_true(log_open(ADDR, SIZE));
	log_error("%s", "aligned");
	assert_int_equal(ring()->head % 4, 0);
	assert_int_equal(ring()->text[0x64], '[');
	assert_true(ends_in("] error: aligned"));
	log_close();
}

/* The smallest and the largest there may be */
static void test_sizes(void **state)
{
	(void)state;
	ring()->size = LOG_MIN_SIZE;
	assert_true(log_open(ADDR, LOG_MIN_SIZE));
	log_close();
	ring()->size = LOG_MAX_SIZE;
	assert_true(log_open(ADDR, LOG_MAX_SIZE));
	log_error("far");
	assert_true(has("error: far"));
	log_close();
	ring()->size = LOG_MAX_SIZE * 2;
	assert_false(log_open(ADDR, LOG_MAX_SIZE * 2));
	ring()->size = LOG_MIN_SIZE / 2;
	assert_false(log_open(ADDR, LOG_MIN_SIZE / 2));
	ring()->size = SIZE + 4;
	assert_false(log_open(ADDR, SIZE + 4));
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

/* The buffer holds so many lines until somebody listens; that others were lost is told once. */
static void test_buffer_full(void **state)
{
	uint32_t i;

	(void)state;
	/* 32 bytes each: 60 of them leave no room for another of the longest */
	for (i = 0; i < 63; i++)
		log_info("%s %u", "0123456", 10 + i);
	ring()->size = 4096;
	assert_true(log_open(ADDR, 4096));
	assert_int_equal(ring()->head, 60 * 32 + 60);
	assert_memory_equal(ring()->text + 21, "0123456 10", 10);
	assert_memory_equal(ring()->text + 59 * 32 + 21, "0123456 69", 10);
	assert_memory_equal(ring()->text + 60 * 32 + 21, "3 lines lost before the log", 27);
	log_close();
	assert_true(log_open(ADDR, 4096));
	assert_int_equal(ring()->head, 60 * 32 + 60);
	log_close();
}

/* A line every 2^24 cycles, also when they do not come at once; no more than LOG_BURST. */
static void test_refill(void **state)
{
	uint32_t i, n, head;

	(void)state;
	assert_true(log_open(ADDR, SIZE));
	fake_pass(1000ull << LOG_REFILL_SHIFT);
	for (n = 0; n < 100; n++) {
		head = ring()->head;
		log_info("%u", n);
		if (ring()->head == head)
			break;
	}
	assert_int_equal(n, LOG_BURST);
	/* three quarters, six times: four lines */
	for (i = 0, n = 0; i < 6; i++) {
		fake_pass(3u << (LOG_REFILL_SHIFT - 2));
		head = ring()->head;
		log_info("quarters");
		if (ring()->head != head)
			n++;
	}
	assert_int_equal(n, 4);
	/* what was left out meanwhile was told, and is not told again */
	fake_pass(10ull << LOG_REFILL_SHIFT);
	log_info("first");
	log_info("second");
	head = ring()->head;
	log_info("third");
	assert_true(ring()->head - head <= 32);
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
		TEST(test_line_exactly),
		TEST(test_longest_line),
		TEST(test_levels),
		TEST(test_wrap),
		TEST(test_reopen),
		TEST(test_reopen_between_words),
		TEST(test_sizes),
		TEST(test_refused),
		TEST(test_memory_gone),
		TEST(test_dropped),
		TEST(test_buffer_full),
		TEST(test_refill),
		TEST(test_budget),
		TEST(test_left_out),
	};

	return cmocka_run_group_tests_name("fw_log", tests, NULL, NULL);
}
