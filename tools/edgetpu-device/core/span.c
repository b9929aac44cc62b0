// SPDX-License-Identifier: GPL-2.0-only
/*
 * Strided sets of bytes.
 */
#include "core/span.h"

/* Lines looked at one by one before an overlap of the extents counts as one of the bytes */
#define MAX_STEPS 16384

bool span_inside(const struct span *s, uint64_t size)
{
	uint64_t left;

	if (!s->len || !s->n1 || !s->n2 || s->len > size)
		return false;
	left = size - s->len;
	if (s->base > left)
		return false;
	/* products of two 32-bit numbers, whose sum might not fit */
	left -= s->base;
	if ((s->n1 - 1) * s->stride1 > left)
		return false;
	left -= (s->n1 - 1) * s->stride1;
	return (s->n2 - 1) * s->stride2 <= left;
}

bool span_bytes_at_most(const struct span *s, uint64_t limit)
{
	return s->n1 * s->n2 <= limit / s->len;
}

bool span_nests(const struct span *s)
{
	return (s->n1 == 1 || s->stride1 >= s->len) &&
	       (s->n2 == 1 || s->stride2 >= (s->n1 - 1) * s->stride1 + s->len);
}

/* The same bytes with as few levels as they need */
static struct span simplify(struct span s)
{
	if (s.n1 > 1 && s.stride1 == s.len) {
		s.len *= s.n1;
		s.n1 = 1;
	}
	if (s.n1 == 1) {
		s.n1 = s.n2;
		s.stride1 = s.stride2;
		s.n2 = 1;
		if (s.n1 > 1 && s.stride1 == s.len) {
			s.len *= s.n1;
			s.n1 = 1;
		}
	} else if (s.n2 > 1 && s.stride2 == s.n1 * s.stride1) {
		s.n1 *= s.n2;
		s.n2 = 1;
	}
	return s;
}

bool span_equal(const struct span *a, const struct span *b)
{
	return a->base == b->base && a->len == b->len && a->n1 == b->n1 && a->n2 == b->n2 &&
	       (a->n1 == 1 || a->stride1 == b->stride1) &&
	       (a->n2 == 1 || a->stride2 == b->stride2);
}

/* Both are lines of one pitch: they miss each other when they do within one period */
static bool combs_miss(const struct span *a, const struct span *b)
{
	const uint64_t period = a->stride1;
	uint64_t distance;

	if (a->n2 > 1 || b->n2 > 1 || a->n1 == 1 || b->n1 == 1)
		return false;
	if (!period || b->stride1 != period)
		return false;
	distance = b->base >= a->base ? (b->base - a->base) % period :
					(period - (a->base - b->base) % period) % period;
	return distance >= a->len && distance + b->len <= period;
}

/* First index i in [0, n) with base + i * stride + len > lo, or n */
static uint64_t first_above(uint64_t base, uint64_t len, uint64_t stride, uint64_t n, uint64_t lo)
{
	uint64_t i;

	if (base + len > lo)
		return 0;
	if (!stride)
		return n;
	i = (lo - base - len) / stride + 1;
	return i < n ? i : n;
}

/* Does [lo, hi) have a byte of the lines of @s's plane at @base? */
static bool plane_meets(const struct span *s, uint64_t base, uint64_t lo, uint64_t hi)
{
	uint64_t i = first_above(base, s->len, s->stride1, s->n1, lo);

	return i < s->n1 && base + i * s->stride1 < hi;
}

static bool line_meets(const struct span *s, uint64_t lo, uint64_t hi, unsigned int *steps)
{
	uint64_t plane = (s->n1 - 1) * s->stride1 + s->len;
	uint64_t i = first_above(s->base, plane, s->stride2, s->n2, lo);

	for (; i < s->n2 && s->base + i * s->stride2 < hi; i++) {
		if (++*steps > MAX_STEPS || plane_meets(s, s->base + i * s->stride2, lo, hi))
			return true;
		if (!s->stride2)
			break;
	}
	return false;
}

bool span_meets(const struct span *first, const struct span *second)
{
	struct span a = simplify(*first), b = simplify(*second);
	unsigned int steps = 0;
	uint64_t i1, i2;

	if (a.base >= span_end(&b) || b.base >= span_end(&a))
		return false;
	if (combs_miss(&a, &b))
		return false;
	if (a.n1 * a.n2 > b.n1 * b.n2) {
		struct span swap = a;

		a = b;
		b = swap;
	}
	for (i2 = 0; i2 < a.n2; i2++) {
		for (i1 = 0; i1 < a.n1; i1++) {
			uint64_t lo = a.base + i2 * a.stride2 + i1 * a.stride1;

			if (++steps > MAX_STEPS || line_meets(&b, lo, lo + a.len, &steps))
				return true;
		}
	}
	return false;
}
