// SPDX-License-Identifier: GPL-2.0-only
/*
 * Strided sets of bytes against sets written out byte by byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "corehost.h"

#define BYTES 2048

static unsigned int mark(const struct span *s, uint8_t *bytes)
{
	uint64_t i2, i1, i0;
	unsigned int twice = 0;

	memset(bytes, 0, BYTES);
	for (i2 = 0; i2 < s->n2; i2++)
		for (i1 = 0; i1 < s->n1; i1++)
			for (i0 = 0; i0 < s->len; i0++)
				twice += bytes[s->base + i2 * s->stride2 + i1 * s->stride1 + i0]++;
	return twice;
}

/* Levels that nest, as tensors' do */
static struct span random_span(uint32_t *seed)
{
	struct span s = { .base = next_random(seed) % 300, .len = 1 + next_random(seed) % 12 };

	s.n1 = 1 + next_random(seed) % 8;
	s.stride1 = s.len + next_random(seed) % 10;
	s.n2 = 1 + next_random(seed) % 6;
	s.stride2 = (s.n1 - 1) * s.stride1 + s.len + next_random(seed) % 40;
	return s;
}

static void test_meets(void **state)
{
	static uint8_t a_bytes[BYTES], b_bytes[BYTES];
	unsigned int round, met = 0;
	uint32_t seed = 12345;

	(void)state;
	for (round = 0; round < 20000; round++) {
		struct span a = random_span(&seed), b = random_span(&seed);
		bool meets = false;
		unsigned int i;

		/* often the interesting case: the same pitch */
		if (round % 2) {
			b.n1 = a.n1;
			b.stride1 = a.stride1;
			b.stride2 = a.stride2;
			b.len = 1 + b.len % a.stride1;
			if (b.len > a.stride1)
				b.len = a.stride1;
			if ((b.n1 - 1) * b.stride1 + b.len > b.stride2)
				b.n2 = 1;
		}
		assert_int_equal(mark(&a, a_bytes), 0);
		assert_int_equal(mark(&b, b_bytes), 0);
		for (i = 0; i < BYTES; i++)
			meets |= a_bytes[i] && b_bytes[i];
		assert_int_equal(span_meets(&a, &b), meets);
		assert_int_equal(span_meets(&b, &a), meets);
		assert_true(span_nests(&a));
		met += meets;
	}
	/* both answers occur often */
	assert_in_range(met, 2000, 18000);
}

static void test_channels_of_one_tensor_miss(void **state)
{
	/* channels [0, 32) and [32, 48) of 56 x 56 x 48 */
	struct span a = { 0, 32, 56, 48, 56, 56 * 48 }, b = { 32, 16, 56, 48, 56, 56 * 48 };

	(void)state;
	assert_false(span_meets(&a, &b));
	/* however many pixels there are */
	a = (struct span){ 5, 32, 400, 48, 300, 400 * 48 };
	b = (struct span){ 5 + 32, 16, 400, 48, 300, 400 * 48 };
	assert_false(span_meets(&a, &b));
	assert_false(span_meets(&b, &a));
	b.base += 400 * 48 * 7;
	assert_false(span_meets(&a, &b));
	b.base--;
	assert_true(span_meets(&a, &b));
	/* one line against many of another's channels */
	b = span_flat(5 + 48 * 90000 + 32, 16);
	assert_false(span_meets(&a, &b));
	b.len++;
	assert_true(span_meets(&a, &b));
	a = (struct span){ 0, 32, 56, 48, 56, 56 * 48 };
	b = (struct span){ 32, 16, 56, 48, 56, 56 * 48 };
	b.len = 17;	/* runs into the next pixel's first channel */
	assert_true(span_meets(&a, &b));
}

static void test_inside(void **state)
{
	struct span s = { 10, 10, 3, 30, 1, 0 };

	(void)state;
	assert_true(span_inside(&s, 80));
	assert_false(span_inside(&s, 79));
	s.base = UINT64_MAX - 5;
	assert_false(span_inside(&s, 80));
	s = (struct span){ 0, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff };
	assert_false(span_inside(&s, 1u << 30));
	s.len = 1;
	assert_false(span_inside(&s, 1u << 30));
	assert_false(span_bytes_at_most(&s, 1u << 30));
	s = (struct span){ 0, 16, 0xffffffff, 0, 0xffffffff, 0 };
	assert_true(span_inside(&s, 16));
	assert_false(span_bytes_at_most(&s, 1u << 30));
	s.n2 = 0;
	assert_false(span_inside(&s, 16));
}

/* Every small span, against its last byte */
static void test_inside_exactly(void **state)
{
	unsigned int shape;
	struct span s;
	uint64_t size;

	(void)state;
	for (shape = 0; shape < 1 << 12; shape++) {
		s = (struct span){
			shape & 3, shape >> 2 & 3, shape >> 4 & 3, shape >> 6 & 3,
			shape >> 8 & 3, shape >> 10,
		};
		for (size = 1; size < 30; size++)
			assert_int_equal(span_inside(&s, size),
					 s.len && s.n1 && s.n2 && span_end(&s) <= size);
	}
}

static void test_inside_does_not_wrap(void **state)
{
	const uint64_t most = 0xffffffff;
	struct span s = { 0, 1, most, most, 1, 0 };

	(void)state;
	/* the last byte's address, to one byte */
	assert_true(span_inside(&s, (most - 1) * most + 1));
	assert_false(span_inside(&s, (most - 1) * most));
	s = (struct span){ 0, 1, 1, 0, most, most };
	assert_true(span_inside(&s, (most - 1) * most + 1));
	assert_false(span_inside(&s, (most - 1) * most));
	/* sums beyond 2^64 */
	s = (struct span){ 1ull << 63, 1, 1u << 31, 1u << 31, 1u << 31, 1u << 31 };
	assert_false(span_inside(&s, 1ull << 62));
	s.base = 0;
	assert_false(span_inside(&s, 1ull << 62));
	s.base = UINT64_MAX;
	s.n1 = 1;
	s.n2 = 1;
	assert_false(span_inside(&s, 1ull << 62));
}

static void test_bytes_at_most(void **state)
{
	struct span s = { 0, 3, 5, 7, 2, 100 };

	(void)state;
	assert_true(span_bytes_at_most(&s, 30));
	assert_false(span_bytes_at_most(&s, 29));
	s = (struct span){ 0, 0xffffffff, 0xffffffff, 0, 0xffffffff, 0 };
	assert_false(span_bytes_at_most(&s, 1ull << 62));
}

/* Any span at all, strides that do not nest and none among them */
static struct span wild_span(uint32_t *seed)
{
	struct span s = { .base = next_random(seed) % 8, .len = 1 + next_random(seed) % 3 };

	s.n1 = 1 + next_random(seed) % 3;
	s.stride1 = next_random(seed) % 6;
	s.n2 = 1 + next_random(seed) % 3;
	s.stride2 = next_random(seed) % 12;
	return s;
}

static void test_nests(void **state)
{
	static uint8_t bytes[BYTES];
	unsigned int round, nested = 0;
	uint32_t seed = 77;

	(void)state;
	for (round = 0; round < 20000; round++) {
		struct span s = wild_span(&seed);
		const uint64_t plane = (s.n1 - 1) * s.stride1 + s.len;
		const bool nests = (s.n1 == 1 || s.stride1 >= s.len) &&
				   (s.n2 == 1 || s.stride2 >= plane);

		assert_int_equal(span_nests(&s), nests);
		if (nests)
			assert_int_equal(mark(&s, bytes), 0);
		nested += nests;
	}
	assert_in_range(nested, 2000, 18000);
}

/* The n-th byte of a span */
static uint64_t byte_at(const struct span *s, uint64_t n)
{
	const uint64_t line = n / s->len;

	return s->base + line / s->n1 * s->stride2 + line % s->n1 * s->stride1 + n % s->len;
}

static void test_equal(void **state)
{
	unsigned int round, equal = 0;
	uint32_t seed = 78;

	(void)state;
	for (round = 0; round < 50000; round++) {
		struct span a = wild_span(&seed), b = wild_span(&seed);
		bool same = true;
		uint64_t n;

		if (round % 2) {
			b = a;
			if (round % 8 == 1)
				b.stride1 += next_random(&seed) % 2;
			if (round % 8 == 3)
				b.stride2 += next_random(&seed) % 2;
			if (round % 8 == 5)
				b.base += next_random(&seed) % 2;
		}
		same = a.len == b.len && a.n1 == b.n1 && a.n2 == b.n2;
		for (n = 0; same && n < a.len * a.n1 * a.n2; n++)
			same = byte_at(&a, n) == byte_at(&b, n);
		assert_int_equal(span_equal(&a, &b), same);
		equal += same;
	}
	assert_in_range(equal, 5000, 45000);
}

/* Lines that lie on each other: who has a byte in common has it all the same. */
static void test_meets_without_strides(void **state)
{
	static uint8_t a_bytes[BYTES], b_bytes[BYTES];
	unsigned int round, i;
	uint32_t seed = 79;

	(void)state;
	for (round = 0; round < 20000; round++) {
		struct span a = random_span(&seed), b = random_span(&seed);
		bool meets = false;

		if (round % 2)
			a.stride2 = 0;
		if (round % 3) {
			a.stride1 = 0;
			if (a.n2 > 1 && a.stride2)
				a.stride2 = a.len + next_random(&seed) % 9;
		}
		mark(&a, a_bytes);
		mark(&b, b_bytes);
		for (i = 0; i < BYTES; i++)
			meets |= a_bytes[i] && b_bytes[i];
		assert_int_equal(span_meets(&a, &b), meets);
		assert_int_equal(span_meets(&b, &a), meets);
	}
}

/* An answer that takes too long is yes. */
static void test_meets_gives_up(void **state)
{
	/* even bytes against every fourth, which is odd: two steps for each line but two */
	struct span a = { 0, 1, 8193, 2, 1, 0 }, b = { 3, 1, 9000, 4, 1, 0 };

	(void)state;
	assert_false(span_meets(&a, &b));
	assert_false(span_meets(&b, &a));
	a.n1++;
	assert_true(span_meets(&a, &b));
	assert_true(span_meets(&b, &a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_meets),
		cmocka_unit_test(test_channels_of_one_tensor_miss),
		cmocka_unit_test(test_inside),
		cmocka_unit_test(test_inside_exactly),
		cmocka_unit_test(test_inside_does_not_wrap),
		cmocka_unit_test(test_bytes_at_most),
		cmocka_unit_test(test_nests),
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_meets_without_strides),
		cmocka_unit_test(test_meets_gives_up),
	};

	return cmocka_run_group_tests_name("span", tests, NULL, NULL);
}
