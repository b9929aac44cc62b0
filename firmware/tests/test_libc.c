// SPDX-License-Identifier: GPL-2.0-only
/*
 * memcpy() and memset() at every alignment and length, under names of their own: this
 * machine's C library has its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define memcpy fw_memcpy
#define memset fw_memset
#include "../libc.c"
#undef memcpy
#undef memset

#define MAX	23
#define SIZE	64

/* What @to should hold: as @before, but for @n bytes at @at that are @source's */
static void check(const uint8_t *to, const uint8_t *before, const uint8_t *source, size_t at,
		  size_t n)
{
	size_t i;

	for (i = 0; i < SIZE; i++)
		assert_int_equal(to[i], i >= at && i < at + n ? source[i - at] : before[i]);
}

static void test_memcpy(void **state)
{
	_Alignas(4) uint8_t from[SIZE], to[SIZE], before[SIZE];
	size_t at, source, n;

	(void)state;
	for (n = 0; n < SIZE; n++) {
		from[n] = n * 5 + 1;
		before[n] = 255 - n;
	}
	for (at = 0; at < 4; at++)
		for (source = 0; source < 4; source++)
			for (n = 0; n <= MAX; n++) {
				memcpy(to, before, SIZE);
				assert_ptr_equal(fw_memcpy(to + at, from + source, n), to + at);
				check(to, before, from + source, at, n);
			}
}

static void test_memset(void **state)
{
	_Alignas(4) uint8_t value[SIZE], to[SIZE], before[SIZE];
	size_t at, n;

	(void)state;
	for (n = 0; n < SIZE; n++)
		before[n] = 255 - n;
	memset(value, 0xa7, SIZE);
	for (at = 0; at < 4; at++)
		for (n = 0; n <= MAX; n++) {
			memcpy(to, before, SIZE);
			/* only the lowest byte of it counts */
			assert_ptr_equal(fw_memset(to + at, 0x3a7, n), to + at);
			check(to, before, value, at, n);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memcpy),
		cmocka_unit_test(test_memset),
	};

	return cmocka_run_group_tests_name("fw_libc", tests, NULL, NULL);
}
