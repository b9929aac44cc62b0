// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records of saved jobs. They lie in memory that the driver alone can reach; the
 * check is against those that a reset has cut short.
 */
#include "record.h"

/* FNV-1a over words: each step can be undone, so that no single change goes unseen */
static uint32_t digest(uint32_t hash, const void *data, uint32_t bytes)
{
	const uint32_t *word = data, *end = word + bytes / 4;

	for (; word < end; word++)
		hash = (hash ^ *word) * 0x01000193u;
	return hash;
}

#define DIGEST_START	0x811c9dc5u

uint32_t record_descriptor(const struct edgetpu_job *desc)
{
	const size_t skip = sizeof(desc->seq);

	return digest(DIGEST_START, (const uint8_t *)desc + skip, sizeof(*desc) - skip);
}

static uint32_t check(const struct edgetpu_saved *saved)
{
	const size_t skip = offsetof(struct edgetpu_saved, id);

	return digest(DIGEST_START, (const uint8_t *)saved + skip, sizeof(*saved) - skip);
}

void record_seal(struct edgetpu_saved *saved)
{
	saved->magic = EDGETPU_SAVED_MAGIC;
	saved->check = check(saved);
}

/* Whether it is the place of a job that has commands left */
static bool place_good(const struct edgetpu_place *place, uint32_t num_commands)
{
	bool left = false;
	uint32_t e;

	for (e = 0; e < EDGETPU_NUM_ENGINES; e++) {
		if (place->next[e] > num_commands || place->done[e] > place->next[e])
			return false;
		left |= place->next[e] < num_commands;
	}
	return left;
}

bool record_good(const struct edgetpu_saved *saved)
{
	return saved->magic == EDGETPU_SAVED_MAGIC && saved->check == check(saved) &&
	       saved->num_commands <= EDGETPU_MAX_COMMANDS &&
	       saved->sram_bytes <= reg_read(CORE_SRAM_SIZE) &&
	       place_good(&saved->place, saved->num_commands);
}

void record_rebase(struct edgetpu_saved *saved)
{
	const uint64_t shift = core_cycles() - saved->at;

	saved->at += shift;
	saved->start += shift;
	saved->trace_zero += shift;
}
