// SPDX-License-Identifier: GPL-2.0-only
/*
 * A ring with work has its bit set in ready[] of its priority, so the pick costs
 * the same however many rings there are.
 */
#include "sched.h"

#define WORDS	(EDGETPU_MAX_RINGS / 32)

static uint8_t priorities[EDGETPU_MAX_RINGS];
static uint32_t ready[EDGETPU_NUM_PRIORITIES][WORDS];
static uint32_t last_picked[EDGETPU_NUM_PRIORITIES];

void sched_add(uint32_t ring, uint32_t priority)
{
	priorities[ring] = priority;
}

void sched_remove(uint32_t ring)
{
	sched_set_ready(ring, false);
}

void sched_set_ready(uint32_t ring, bool is_ready)
{
	uint32_t *word = &ready[priorities[ring]][ring / 32], bit = 1u << ring % 32;

	if (is_ready)
		*word |= bit;
	else
		*word &= ~bit;
}

/* First set bit of @mask after @last, going round; the mask is not empty. */
static uint32_t next_bit(const uint32_t mask[WORDS], uint32_t last)
{
	uint32_t word = last / 32, bits = mask[word] & (~1u << last % 32), i;

	for (i = 0; !bits && i < WORDS; i++) {
		word = (word + 1) % WORDS;
		bits = mask[word];
	}
	return word * 32 + __builtin_ctz(bits);
}

uint32_t sched_pick(void)
{
	uint32_t priority = EDGETPU_NUM_PRIORITIES;

	while (priority--) {
		if (!(ready[priority][0] | ready[priority][1]))
			continue;
		last_picked[priority] = next_bit(ready[priority], last_picked[priority]);
		return last_picked[priority];
	}
	return SCHED_NONE;
}
