// SPDX-License-Identifier: GPL-2.0-only
/*
 * Table of DMA ranges.
 *
 * A guest behind an IOMMU makes thousands of small ranges of one file, so a
 * file is mapped once, whole, and ranges point into that.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dma.h"

/* One file of the client's, mapped */
struct backing {
	struct backing *next;
	dev_t dev;
	ino_t ino;
	uint8_t *base;
	uint64_t size;
	bool writable;
	unsigned int refs;
};

struct range {
	uint64_t addr;
	uint64_t size;
	uint8_t *host;
	struct backing *backing;
	bool read;
	bool write;
};

struct vfio_dma {
	/* Protects the table and what it points to; the device's thread reads. */
	pthread_rwlock_t lock;
	struct range *ranges;	/* sorted by address, disjoint */
	size_t num;
	size_t room;
	struct backing *backings;
};

/* The table whose memory the SIGBUS handler may mend; one process serves one device. */
static struct vfio_dma *_Atomic guarded;

/*
 * The client can shorten a file that the device is at. The page that went gets
 * replaced by an empty one: the device reads zeros, and the client hurts none
 * but itself. Any other SIGBUS is fatal as ever.
 */
static void handle_sigbus(int sig, siginfo_t *info, void *context)
{
	struct vfio_dma *dma = atomic_load(&guarded);
	uintptr_t page = (uintptr_t)info->si_addr & ~(uintptr_t)(sysconf(_SC_PAGESIZE) - 1);
	int saved = errno;

	(void)context;
	for (struct backing *b = dma ? dma->backings : NULL; b; b = b->next) {
		if (page < (uintptr_t)b->base || page - (uintptr_t)b->base >= b->size)
			continue;
		if (mmap((void *)page, sysconf(_SC_PAGESIZE), PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED) {
			errno = saved;
			return;
		}
	}
	signal(sig, SIG_DFL);
	raise(sig);
}

struct vfio_dma *vfio_dma_new(void)
{
	struct sigaction action = { .sa_sigaction = handle_sigbus, .sa_flags = SA_SIGINFO };
	struct vfio_dma *dma = calloc(1, sizeof(*dma));
	pthread_rwlockattr_t attr;

	if (!dma)
		return NULL;
	/* The device's thread locks again and again: it must not keep a writer out. */
	pthread_rwlockattr_init(&attr);
	pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&dma->lock, &attr);
	pthread_rwlockattr_destroy(&attr);
	atomic_store(&guarded, dma);
	sigaction(SIGBUS, &action, NULL);
	return dma;
}

void vfio_dma_free(struct vfio_dma *dma)
{
	struct vfio_dma *mine = dma;

	if (!dma)
		return;
	atomic_compare_exchange_strong(&guarded, &mine, NULL);
	vfio_dma_unmap_all(dma);
	pthread_rwlock_destroy(&dma->lock);
	free(dma->ranges);
	free(dma);
}

/* Index of the first range that ends above @addr */
static size_t find(const struct vfio_dma *dma, uint64_t addr)
{
	size_t lo = 0, hi = dma->num;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (dma->ranges[mid].addr + (dma->ranges[mid].size - 1) < addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static struct backing *get_backing(struct vfio_dma *dma, int fd, uint64_t end, bool write, int *err)
{
	struct backing *b;
	struct stat st;

	if (fstat(fd, &st)) {
		*err = -errno;
		return NULL;
	}
	/* Beyond the end there is nothing to reach. */
	if (!S_ISREG(st.st_mode) || end > (uint64_t)st.st_size) {
		*err = -EINVAL;
		return NULL;
	}
	/* Another descriptor of this file may have brought a right that this one has not. */
	if (write && (fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDWR) {
		*err = -EACCES;
		return NULL;
	}
	for (b = dma->backings; b; b = b->next) {
		if (b->dev == st.st_dev && b->ino == st.st_ino && b->size >= end &&
		    b->writable == write) {
			b->refs++;
			return b;
		}
	}
	b = calloc(1, sizeof(*b));
	if (!b) {
		*err = -ENOMEM;
		return NULL;
	}
	b->base = mmap(NULL, st.st_size, write ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED,
		       fd, 0);
	if (b->base == MAP_FAILED) {
		*err = -errno;
		free(b);
		return NULL;
	}
	b->dev = st.st_dev;
	b->ino = st.st_ino;
	b->size = st.st_size;
	b->writable = write;
	b->refs = 1;
	b->next = dma->backings;
	dma->backings = b;
	return b;
}

static void put_backing(struct vfio_dma *dma, struct backing *b)
{
	struct backing **p = &dma->backings;

	if (--b->refs)
		return;
	while (*p != b)
		p = &(*p)->next;
	*p = b->next;
	munmap(b->base, b->size);
	free(b);
}

static int insert(struct vfio_dma *dma, size_t at, const struct range *r)
{
	if (dma->num == VFIO_DMA_MAX_MAPS)
		return -ENOSPC;
	if (dma->num == dma->room) {
		size_t room = dma->room ? 2 * dma->room : 64;
		struct range *ranges = realloc(dma->ranges, room * sizeof(*ranges));

		if (!ranges)
			return -ENOMEM;
		dma->ranges = ranges;
		dma->room = room;
	}
	memmove(&dma->ranges[at + 1], &dma->ranges[at], (dma->num - at) * sizeof(*r));
	dma->ranges[at] = *r;
	dma->num++;
	return 0;
}

int vfio_dma_map(struct vfio_dma *dma, uint64_t addr, uint64_t size, int fd, uint64_t offset,
		 bool read, bool write)
{
	struct range r = { .addr = addr, .size = size, .read = read, .write = write };
	int err = 0;
	size_t at;

	if (!size || addr + (size - 1) < addr || offset + size < offset)
		return -EINVAL;
	pthread_rwlock_wrlock(&dma->lock);
	at = find(dma, addr);
	if (at < dma->num && dma->ranges[at].addr <= addr + (size - 1)) {
		err = -EEXIST;
		goto out;
	}
	r.backing = get_backing(dma, fd, offset + size, write, &err);
	if (!r.backing)
		goto out;
	r.host = r.backing->base + offset;
	err = insert(dma, at, &r);
	if (err)
		put_backing(dma, r.backing);
out:
	pthread_rwlock_unlock(&dma->lock);
	return err;
}

int vfio_dma_unmap(struct vfio_dma *dma, uint64_t addr, uint64_t size)
{
	uint64_t last = addr + (size - 1);
	size_t from, to;
	int err = 0;

	if (!size || last < addr)
		return -EINVAL;
	pthread_rwlock_wrlock(&dma->lock);
	from = find(dma, addr);
	for (to = from; to < dma->num && dma->ranges[to].addr <= last; to++) {
		const struct range *r = &dma->ranges[to];

		if (r->addr < addr || r->addr + (r->size - 1) > last) {
			err = -EINVAL;
			goto out;
		}
	}
	if (from == to)
		goto out;
	for (size_t i = from; i < to; i++)
		put_backing(dma, dma->ranges[i].backing);
	memmove(&dma->ranges[from], &dma->ranges[to], (dma->num - to) * sizeof(*dma->ranges));
	dma->num -= to - from;
out:
	pthread_rwlock_unlock(&dma->lock);
	return err;
}

void vfio_dma_unmap_all(struct vfio_dma *dma)
{
	pthread_rwlock_wrlock(&dma->lock);
	for (size_t i = 0; i < dma->num; i++)
		put_backing(dma, dma->ranges[i].backing);
	dma->num = 0;
	pthread_rwlock_unlock(&dma->lock);
}

void vfio_dma_lock(struct vfio_dma *dma)
{
	pthread_rwlock_rdlock(&dma->lock);
}

void vfio_dma_unlock(struct vfio_dma *dma)
{
	pthread_rwlock_unlock(&dma->lock);
}

void *vfio_dma_lookup(struct vfio_dma *dma, uint64_t addr, uint64_t *len, bool write)
{
	size_t i = find(dma, addr);
	const struct range *r;
	uint64_t have;
	uint8_t *host;

	if (i == dma->num)
		return NULL;
	r = &dma->ranges[i];
	if (r->addr > addr || !(write ? r->write : r->read))
		return NULL;
	host = r->host + (addr - r->addr);
	have = r->size - (addr - r->addr);
	/* A buffer may lie in several ranges that follow each other here, too. */
	while (have < *len && ++i < dma->num) {
		const struct range *next = &dma->ranges[i];

		if (next->addr != addr + have || next->host != host + have ||
		    !(write ? next->write : next->read))
			break;
		have += next->size;
	}
	if (have < *len)
		*len = have;
	return host;
}
