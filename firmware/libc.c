// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the compiler itself calls, after it has looked for callers: hence "used".
 */
#include <stddef.h>
#include <stdint.h>

__attribute__((used)) void *memcpy(void *restrict dst, const void *restrict src, size_t n);
__attribute__((used)) void *memset(void *dst, int c, size_t n);

void *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
	uint8_t *d = dst;
	const uint8_t *s = src;

	if (!(((uintptr_t)d | (uintptr_t)s) & 3)) {
		for (; n >= 4; n -= 4, d += 4, s += 4)
			*(uint32_t *)d = *(const uint32_t *)s;
	}
	while (n--)
		*d++ = *s++;
	return dst;
}

void *memset(void *dst, int c, size_t n)
{
	uint32_t word = (uint8_t)c * 0x01010101u;
	uint8_t *d = dst;

	if (!((uintptr_t)d & 3)) {
		for (; n >= 4; n -= 4, d += 4)
			*(uint32_t *)d = word;
	}
	while (n--)
		*d++ = c;
	return dst;
}
