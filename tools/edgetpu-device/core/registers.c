// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finding registers, and those that are plain fields.
 */
#include <assert.h>
#include <stdlib.h>

#include "core/registers.h"

bool registers_init(struct reg_map *map, uint32_t size)
{
	map->size = size;
	map->num = 0;
	map->slots = calloc(size / 4, sizeof(*map->slots));
	return map->slots;
}

void registers_free(struct reg_map *map)
{
	free(map->slots);
	map->slots = NULL;
}

void registers_add(struct reg_map *map, const struct reg *regs, unsigned int num, void *block,
		   pthread_mutex_t *mutex)
{
	unsigned int r, i;

	assert(map->num < REG_MAX_BLOCKS && num <= UINT8_MAX);
	map->blocks[map->num].regs = regs;
	map->blocks[map->num].block = block;
	map->blocks[map->num].mutex = mutex;
	map->num++;
	for (r = 0; r < num; r++) {
		const unsigned int count = regs[r].count ? regs[r].count : 1;
		const uint32_t stride = regs[r].stride ? regs[r].stride : 4;

		for (i = 0; i < count; i++) {
			struct reg_slot *slot = &map->slots[(regs[r].offset + i * stride) / 4];

			assert(regs[r].offset + i * stride < map->size && !slot->block);
			*slot = (struct reg_slot){ (uint8_t)map->num, (uint8_t)r, (uint16_t)i };
		}
	}
}

static const struct reg_slot *find(const struct reg_map *map, uint32_t offset)
{
	if (offset >= map->size || offset % 4 || !map->slots[offset / 4].block)
		return NULL;
	return &map->slots[offset / 4];
}

static void *field(const struct reg *reg, void *block, unsigned int i)
{
	return (char *)block + reg->member + i * reg->step;
}

static bool read_field(const struct reg *reg, void *block, unsigned int i, uint32_t *value)
{
	if (reg->hidden)
		return false;
	switch (reg->field) {
	case REG_WORD:
		*value = *(uint32_t *)field(reg, block, i);
		return true;
	case REG_LO:
		*value = (uint32_t)*(uint64_t *)field(reg, block, i);
		return true;
	case REG_HI:
		*value = (uint32_t)(*(uint64_t *)field(reg, block, i) >> 32);
		return true;
	case REG_NONE:
		break;
	}
	return false;
}

static bool write_field(const struct reg *reg, void *block, unsigned int i, uint32_t value)
{
	uint64_t *wide = field(reg, block, i);

	if (!reg->writable)
		return false;
	switch (reg->field) {
	case REG_WORD:
		*(uint32_t *)field(reg, block, i) = value;
		return true;
	case REG_LO:
		*wide = (*wide & ~0xffffffffull) | value;
		return true;
	case REG_HI:
		*wide = (*wide & 0xffffffffull) | (uint64_t)value << 32;
		return true;
	case REG_NONE:
		break;
	}
	return false;
}

bool registers_read(const struct reg_map *map, uint32_t offset, uint32_t *value)
{
	const struct reg_slot *slot = find(map, offset);
	pthread_mutex_t *mutex;
	const struct reg *reg;
	bool done = true;
	void *block;

	if (!slot)
		return false;
	reg = &map->blocks[slot->block - 1].regs[slot->reg];
	block = map->blocks[slot->block - 1].block;
	mutex = map->blocks[slot->block - 1].mutex;
	if (mutex)
		pthread_mutex_lock(mutex);
	if (reg->read)
		*value = reg->read(block, slot->index);
	else
		done = read_field(reg, block, slot->index, value);
	if (mutex)
		pthread_mutex_unlock(mutex);
	return done;
}

bool registers_write(const struct reg_map *map, uint32_t offset, uint32_t value)
{
	const struct reg_slot *slot = find(map, offset);
	pthread_mutex_t *mutex;
	const struct reg *reg;
	void *block;
	bool done;

	if (!slot)
		return false;
	reg = &map->blocks[slot->block - 1].regs[slot->reg];
	block = map->blocks[slot->block - 1].block;
	mutex = map->blocks[slot->block - 1].mutex;
	if (mutex)
		pthread_mutex_lock(mutex);
	if (reg->write)
		done = reg->write(block, slot->index, value);
	else
		done = write_field(reg, block, slot->index, value);
	if (mutex)
		pthread_mutex_unlock(mutex);
	return done;
}
