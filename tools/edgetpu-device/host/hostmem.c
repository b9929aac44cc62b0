// SPDX-License-Identifier: GPL-2.0-only
/*
 * Blocks of host memory, sorted by DMA address. Addresses are never used twice,
 * so that a device that keeps one too long meets nothing either.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "hostmem.h"

#define PAGE		4096ull
#define FIRST_ADDR	(1ull << 32)	/* catches a device that drops the upper half */
#define GAP		(1ull << 20)

struct hostmem {
	/* Protects the table; the device's thread reads. */
	pthread_rwlock_t lock;
	struct hostmem_block *blocks;
	size_t num;
	size_t room;
	uint64_t next;
};

struct hostmem *hostmem_new(void)
{
	struct hostmem *hm = calloc(1, sizeof(*hm));
	pthread_rwlockattr_t attr;

	if (!hm)
		return NULL;
	/* The device's thread locks again and again: it must not keep a writer out. */
	pthread_rwlockattr_init(&attr);
	pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&hm->lock, &attr);
	pthread_rwlockattr_destroy(&attr);
	hm->next = FIRST_ADDR;
	return hm;
}

void hostmem_free(struct hostmem *hm)
{
	if (!hm)
		return;
	for (size_t i = 0; i < hm->num; i++)
		munmap(hm->blocks[i].host, hm->blocks[i].size);
	free(hm->blocks);
	pthread_rwlock_destroy(&hm->lock);
	free(hm);
}

static bool make_room(struct hostmem *hm)
{
	size_t room = hm->room ? 2 * hm->room : 32;
	struct hostmem_block *blocks;

	if (hm->num < hm->room)
		return true;
	blocks = realloc(hm->blocks, room * sizeof(*blocks));
	if (!blocks)
		return false;
	hm->blocks = blocks;
	hm->room = room;
	return true;
}

int hostmem_alloc(struct hostmem *hm, size_t size, struct hostmem_block *block)
{
	int err = -ENOMEM;
	void *host;

	if (!size || size > SIZE_MAX / 2)
		return -ENOMEM;
	size = (size + PAGE - 1) / PAGE * PAGE;
	host = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (host == MAP_FAILED)
		return -ENOMEM;
	pthread_rwlock_wrlock(&hm->lock);
	if (make_room(hm)) {
		*block = (struct hostmem_block){ .addr = hm->next, .host = host, .size = size };
		hm->blocks[hm->num++] = *block;
		hm->next += (size + 2 * GAP - 1) / GAP * GAP;
		err = 0;
	}
	pthread_rwlock_unlock(&hm->lock);
	if (err)
		munmap(host, size);
	return err;
}

/* The block that @addr is in, or NULL */
static struct hostmem_block *find(struct hostmem *hm, uint64_t addr)
{
	size_t lo = 0, hi = hm->num;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		struct hostmem_block *b = &hm->blocks[mid];

		if (addr < b->addr)
			hi = mid;
		else if (addr - b->addr >= b->size)
			lo = mid + 1;
		else
			return b;
	}
	return NULL;
}

void hostmem_release(struct hostmem *hm, uint64_t addr)
{
	struct hostmem_block *b, gone;

	pthread_rwlock_wrlock(&hm->lock);
	b = find(hm, addr);
	gone = *b;
	memmove(b, b + 1, (hm->blocks + hm->num - (b + 1)) * sizeof(*b));
	hm->num--;
	pthread_rwlock_unlock(&hm->lock);
	munmap(gone.host, gone.size);
}

void *hostmem_pointer(struct hostmem *hm, uint64_t addr)
{
	uint64_t len = 1;
	void *p;

	pthread_rwlock_rdlock(&hm->lock);
	p = hostmem_map(hm, addr, &len, false);
	pthread_rwlock_unlock(&hm->lock);
	return p;
}

void hostmem_lock(struct hostmem *hm)
{
	pthread_rwlock_rdlock(&hm->lock);
}

void hostmem_unlock(struct hostmem *hm)
{
	pthread_rwlock_unlock(&hm->lock);
}

void *hostmem_map(struct hostmem *hm, uint64_t addr, uint64_t *len, bool write)
{
	struct hostmem_block *b = find(hm, addr);
	uint64_t have;

	(void)write;	/* all of it is writable */
	if (!b)
		return NULL;
	have = b->size - (addr - b->addr);
	if (have < *len)
		*len = have;
	return (uint8_t *)b->host + (addr - b->addr);
}
