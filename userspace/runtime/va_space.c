// SPDX-License-Identifier: MIT
/* First fit over a sorted list; an address space has tens of buffers. */
#include <errno.h>
#include <stdlib.h>

#include "runtime/va_space.h"

struct va_range {
	struct va_range *next;
	uint64_t va;
	uint64_t size;		/* with the free page behind it */
};

int va_space_take(struct va_space *space, uint64_t size, uint64_t *va)
{
	struct va_range **link = &space->ranges, *range;
	uint64_t at = space->start;

	if (!size || size > space->end - space->start)
		return -ENOSPC;
	size = (size + space->page - 1) / space->page * space->page + space->page;
	while (*link && (*link)->va - at < size) {
		at = (*link)->va + (*link)->size;
		link = &(*link)->next;
	}
	if (!*link && space->end - at < size)
		return -ENOSPC;
	range = malloc(sizeof(*range));
	if (!range)
		return -ENOMEM;
	*range = (struct va_range){ .next = *link, .va = at, .size = size };
	*link = range;
	*va = at;
	return 0;
}

void va_space_give(struct va_space *space, uint64_t va)
{
	struct va_range **link = &space->ranges, *range;

	while (*link && (*link)->va != va)
		link = &(*link)->next;
	range = *link;
	if (!range)
		return;
	*link = range->next;
	free(range);
}
