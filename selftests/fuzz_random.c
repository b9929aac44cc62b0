// SPDX-License-Identifier: GPL-2.0-only
#include "fuzz_random.h"

uint64_t draw(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

unsigned int below(uint64_t *r, unsigned int n)
{
	return draw(r) % n;
}

bool one_in(uint64_t *r, unsigned int n)
{
	return !below(r, n);
}

uint64_t odd_number(uint64_t *r)
{
	static const uint64_t odd[] = {
		0, 1, 4095, 4096, 0x7fffffff, 0x80000000, 0xffffffff, 1ull << 32, 1ull << 39,
		(1ull << 39) - 4096, 1ull << 63, ~0ull, ~0ull - 4095,
	};

	return one_in(r, 3) ? draw(r) >> below(r, 64) : odd[below(r, sizeof(odd) / sizeof(odd[0]))];
}

void spoil(uint64_t *r, void *data, size_t size)
{
	uint32_t *word = (uint32_t *)data + below(r, size / 4);

	*word = one_in(r, 2) ? *word ^ 1u << below(r, 32) : odd_number(r);
}
