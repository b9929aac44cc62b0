/* SPDX-License-Identifier: MIT */
/*
 * Addresses of a device address space: which ranges are taken. Not thread safe.
 */
#ifndef MNET_VA_SPACE_H
#define MNET_VA_SPACE_H

#include <stdint.h>

struct va_range;

/**
 * struct va_space - an address space
 * @start: lowest address
 * @end: highest + 1
 * @page: ranges are multiples of it, with a page free between two, so that an
 *	access beyond a buffer's end faults
 * @ranges: taken, by address
 */
struct va_space {
	uint64_t start;
	uint64_t end;
	uint64_t page;
	struct va_range *ranges;
};

/* 0, or -ENOSPC, -ENOMEM */
int va_space_take(struct va_space *space, uint64_t size, uint64_t *va);
/* @va: from va_space_take() */
void va_space_give(struct va_space *space, uint64_t va);

#endif /* MNET_VA_SPACE_H */
