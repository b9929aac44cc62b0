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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_meets),
		cmocka_unit_test(test_channels_of_one_tensor_miss),
		cmocka_unit_test(test_inside),
	};

	return cmocka_run_group_tests_name("span", tests, NULL, NULL);
}
