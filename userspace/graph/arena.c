// SPDX-License-Identifier: MIT
/*
 * Memory that is freed all at once: blocks that are filled from the front.
 */
#include <stdlib.h>
#include <string.h>

#include "graph/graph.h"

#define BLOCK_SIZE	65536
/* Small things need natural alignment, large ones are data that vector code reads */
#define SMALL_ALIGN	16
#define LARGE_ALIGN	64

struct block {
	struct block *next;
	size_t used;
	size_t size;
};

#define HEADER		LARGE_ALIGN
_Static_assert(sizeof(struct block) <= HEADER, "block header");

struct mnet_arena {
	struct block *blocks;
};

struct mnet_arena *mnet_arena_new(void)
{
	return calloc(1, sizeof(struct mnet_arena));
}

static struct block *block_new(size_t size)
{
	struct block *b = aligned_alloc(LARGE_ALIGN, size);

	if (!b)
		return NULL;
	memset(b, 0, size);
	b->used = HEADER;
	b->size = size;
	return b;
}

static void *block_take(struct block *b, size_t size, size_t align)
{
	size_t start = (b->used + align - 1) / align * align;

	if (start > b->size || size > b->size - start)
		return NULL;
	b->used = start + size;
	return (char *)b + start;
}

void *mnet_arena_alloc(struct mnet_arena *arena, size_t size)
{
	size_t align = size < LARGE_ALIGN ? SMALL_ALIGN : LARGE_ALIGN;
	struct block *b = arena->blocks;
	void *p = NULL;

	if (b)
		p = block_take(b, size, align);
	if (p)
		return p;
	if (size > SIZE_MAX / 2)
		return NULL;
	if (size > BLOCK_SIZE / 4) {
		/* Its own block, behind the one being filled */
		struct block *own = block_new(HEADER + (size + LARGE_ALIGN - 1) / LARGE_ALIGN *
					      LARGE_ALIGN);

		if (!own)
			return NULL;
		if (b) {
			own->next = b->next;
			b->next = own;
		} else {
			arena->blocks = own;
		}
		return block_take(own, size, align);
	}
	b = block_new(BLOCK_SIZE);
	if (!b)
		return NULL;
	b->next = arena->blocks;
	arena->blocks = b;
	return block_take(b, size, align);
}

char *mnet_arena_strdup(struct mnet_arena *arena, const char *s, size_t len)
{
	char *copy = mnet_arena_alloc(arena, len + 1);

	if (copy && len)
		memcpy(copy, s, len);
	return copy;
}

void mnet_arena_free(struct mnet_arena *arena)
{
	struct block *b, *next;

	if (!arena)
		return;
	for (b = arena->blocks; b; b = next) {
		next = b->next;
		free(b);
	}
	free(arena);
}
