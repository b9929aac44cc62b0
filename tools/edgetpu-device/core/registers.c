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

/* A register, and what it is of */
struct found {
	const struct reg *reg;
	void *block;
	pthread_mutex_t *mutex;
	unsigned int index;
};

static bool find(const struct reg_map *map, uint32_t offset, struct found *found)
{
	const struct reg_slot *slot;

	if (offset >= map->size || offset % 4 || !map->slots[offset / 4].block)
		return false;
	slot = &map->slots[offset / 4];
	*found = (struct found){
		.reg = &map->blocks[slot->block - 1].regs[slot->reg],
		.block = map->blocks[slot->block - 1].block,
		.mutex = map->blocks[slot->block - 1].mutex, .index = slot->index,
	};
	return true;
}

static void lock(const struct found *found)
{
	if (found->mutex)
		pthread_mutex_lock(found->mutex);
}

static void unlock(const struct found *found)
{
	if (found->mutex)
		pthread_mutex_unlock(found->mutex);
}

static void *field(const struct found *found)
{
	const struct reg *reg = found->reg;

	return (char *)found->block + reg->member + found->index * reg->step;
}

/* Where a half begins */
static unsigned int shift_of(const struct reg *reg)
{
	return reg->field == REG_HI ? 32 : 0;
}

static bool read_field(const struct found *found, uint32_t *value)
{
	const struct reg *reg = found->reg;

	if (reg->hidden || reg->field == REG_NONE)
		return false;
	if (reg->field == REG_WORD)
		*value = *(uint32_t *)field(found);
	else
		*value = (uint32_t)(*(uint64_t *)field(found) >> shift_of(reg));
	return true;
}

static bool write_field(const struct found *found, uint32_t value)
{
	const struct reg *reg = found->reg;
	uint64_t *wide = field(found);

	if (!reg->writable)
		return false;
	if (reg->field == REG_WORD)
		*(uint32_t *)field(found) = value;
	else
		*wide = (*wide & ~(0xffffffffull << shift_of(reg))) |
			(uint64_t)value << shift_of(reg);
	return true;
}

bool registers_read(const struct reg_map *map, uint32_t offset, uint32_t *value)
{
	struct found found;
	bool done = true;

	if (!find(map, offset, &found))
		return false;
	lock(&found);
	if (found.reg->read)
		*value = found.reg->read(found.block, found.index);
	else
		done = read_field(&found, value);
	unlock(&found);
	return done;
}

bool registers_write(const struct reg_map *map, uint32_t offset, uint32_t value)
{
	struct found found;
	bool done;

	if (!find(map, offset, &found))
		return false;
	lock(&found);
	if (found.reg->write)
		done = found.reg->write(found.block, found.index, value);
	else
		done = write_field(&found, value);
	unlock(&found);
	return done;
}
