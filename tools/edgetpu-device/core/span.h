/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A strided set of bytes, as commands describe them, and whether two meet.
 */
#ifndef EDGETPU_SPAN_H
#define EDGETPU_SPAN_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct span - bytes base + i2 * stride2 + i1 * stride1 + i0
 * @base: address of the first byte
 * @len: contiguous bytes, at least 1
 * @n1: lines, at least 1
 * @stride1: from a line to the next
 * @n2: planes of n1 lines, at least 1
 * @stride2: from a plane to the next
 */
struct span {
	uint64_t base;
	uint64_t len;
	uint64_t n1, stride1;
	uint64_t n2, stride2;
};

static inline struct span span_flat(uint64_t base, uint64_t len)
{
	return (struct span){ .base = base, .len = len, .n1 = 1, .n2 = 1 };
}

/* One above the last byte; for a span that span_inside() has seen, or whose counts are small. */
static inline uint64_t span_end(const struct span *s)
{
	return s->base + (s->n2 - 1) * s->stride2 + (s->n1 - 1) * s->stride1 + s->len;
}

/*
 * Counts at least 1 and every byte inside [0, @size). For lengths, counts and
 * strides below 2^32 and sizes up to 2^62; @base may be anything.
 */
bool span_inside(const struct span *s, uint64_t size);

/* No more bytes than @limit, those described twice counted twice; counts as above. */
bool span_bytes_at_most(const struct span *s, uint64_t limit);

/* No byte described twice, judged by strides that nest: len <= stride1, plane <= stride2. */
bool span_nests(const struct span *s);

/* Are these the same bytes in the same order? */
bool span_equal(const struct span *a, const struct span *b);

/*
 * Is there a byte in both? Exact for spans that nest, unless an answer takes
 * more than some ten thousand steps; then overlapping extents count as meeting.
 */
bool span_meets(const struct span *a, const struct span *b);

#endif /* EDGETPU_SPAN_H */
