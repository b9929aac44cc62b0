// SPDX-License-Identifier: GPL-2.0-only
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "edgetpu_hw.h"
#include "hostile.h"

#define MAX_PIECES	8	/* written under one lock */
#define MAX_PIECE	64	/* larger ones are users' data */

struct piece {
	uint8_t *at;
	size_t size;
};

/**
 * struct hostile - one device's lies
 * @reads: random numbers of the message thread
 * @writes: random numbers of the device's thread
 * @honest: occasions left before the first lie
 * @rate: one lie in so many occasions
 * @pieces: written under the lock that is held
 * @num_pieces: of them
 */
struct hostile {
	uint64_t reads;
	uint64_t writes;
	atomic_int honest;
	atomic_uint rate;
	struct piece pieces[MAX_PIECES];
	unsigned int num_pieces;
};

static uint64_t draw(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

static bool lies(struct hostile *h, uint64_t *random)
{
	if (atomic_load(&h->honest) > 0) {
		atomic_fetch_sub(&h->honest, 1);
		return false;
	}
	return draw(random) % atomic_load(&h->rate) == 0;
}

static uint32_t another(uint64_t *random, uint32_t value)
{
	static const uint32_t odd[] = {
		0, 1, 2, 0x7f, 0xff, 0x100, 0xffff, 0x7fffffff, 0x80000000, ~0u, ~0u - 1,
	};

	switch (draw(random) % 6) {
	case 0:
		return value ^ 1u << draw(random) % 32;
	case 1:
		return value + 1;
	case 2:
		return value - 1;
	case 3:
		return draw(random);
	default:
		return odd[draw(random) % (sizeof(odd) / sizeof(odd[0]))];
	}
}

struct hostile *hostile_new(uint64_t seed)
{
	struct hostile *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->reads = seed;
	h->writes = ~seed;
	hostile_reset(h);
	return h;
}

void hostile_free(struct hostile *h)
{
	free(h);
}

void hostile_reset(struct hostile *h)
{
	static const unsigned int rates[] = { 4, 20, 100, 500 };
	static const int honest[] = { 0, 30, 100, 500, 2000 };

	atomic_store(&h->rate, rates[draw(&h->reads) % 4]);
	atomic_store(&h->honest, honest[draw(&h->reads) % 5]);
}

uint32_t hostile_register(struct hostile *h, uint32_t value)
{
	return lies(h, &h->reads) ? another(&h->reads, value) : value;
}

bool hostile_interrupt(struct hostile *h, unsigned int *vector)
{
	*vector = draw(&h->reads) % EDGETPU_NUM_VECTORS;
	return lies(h, &h->reads);
}

void hostile_will_write(struct hostile *h, void *to, size_t size)
{
	if (size <= MAX_PIECE && h->num_pieces < MAX_PIECES)
		h->pieces[h->num_pieces++] = (struct piece){ to, size };
}

void hostile_spoil(struct hostile *h)
{
	for (unsigned int i = 0; i < h->num_pieces; i++) {
		const struct piece *p = &h->pieces[i];
		uint32_t word;
		size_t at;

		if (p->size < sizeof(word) || !lies(h, &h->writes))
			continue;
		at = draw(&h->writes) % (p->size / sizeof(word)) * sizeof(word);
		memcpy(&word, p->at + at, sizeof(word));
		word = another(&h->writes, word);
		memcpy(p->at + at, &word, sizeof(word));
	}
	h->num_pieces = 0;
}
