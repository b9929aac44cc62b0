// SPDX-License-Identifier: MIT
#include "tflite/flatbuilder.h"

#include <stdlib.h>
#include <string.h>

/* References are 32 bits, and readers take them as signed. */
#define FLAT_MAX_SIZE	((size_t)1 << 31)

void flat_free(struct flat_builder *b)
{
	free(b->data);
	memset(b, 0, sizeof(*b));
}

/* Room for @size more bytes in front; NULL once the builder has failed. */
static uint8_t *flat_extend(struct flat_builder *b, size_t size)
{
	if (b->failed || size > FLAT_MAX_SIZE - b->used) {
		b->failed = true;
		return NULL;
	}
	if (b->used + size > b->capacity) {
		size_t capacity = b->capacity ? b->capacity : 4096;
		uint8_t *data;

		while (capacity < b->used + size)
			capacity *= 2;
		data = malloc(capacity);
		if (!data) {
			b->failed = true;
			return NULL;
		}
		if (b->used)
			memcpy(data + capacity - b->used, b->data + b->capacity - b->used, b->used);
		free(b->data);
		b->data = data;
		b->capacity = capacity;
	}
	b->used += size;
	return b->data + b->capacity - b->used;
}

static void flat_push(struct flat_builder *b, const void *bytes, size_t size)
{
	uint8_t *at = flat_extend(b, size);

	if (at && size)
		memcpy(at, bytes, size);
}

/* Pads so that after @size more bytes the front is a multiple of @align from the end. */
static void flat_align(struct flat_builder *b, size_t size, size_t align)
{
	size_t pad = (align - (b->used + size) % align) % align;
	uint8_t *at;

	if (align > b->min_align)
		b->min_align = align;
	at = flat_extend(b, pad);
	if (at)
		memset(at, 0, pad);
}

static void flat_push_u32(struct flat_builder *b, uint32_t v)
{
	const uint8_t bytes[4] = { v, v >> 8, v >> 16, v >> 24 };

	flat_push(b, bytes, 4);
}

/* The offset stored at the new front that points to @ref */
static void flat_push_ref(struct flat_builder *b, flat_ref ref)
{
	flat_push_u32(b, (uint32_t)(b->used + 4 - ref));
}

flat_ref flat_string(struct flat_builder *b, const char *s)
{
	size_t len = strlen(s);

	flat_align(b, len + 1, 4);
	flat_push(b, s, len + 1);
	flat_push_u32(b, (uint32_t)len);
	return (flat_ref)b->used;
}

flat_ref flat_vector(struct flat_builder *b, const void *data, size_t count, size_t size,
		     size_t align)
{
	if (align < 4)
		align = 4;
	if (size && count > FLAT_MAX_SIZE / size) {
		b->failed = true;
		return 0;
	}
	flat_align(b, count * size, align);
	flat_push(b, data, count * size);
	flat_push_u32(b, (uint32_t)count);
	return (flat_ref)b->used;
}

flat_ref flat_ref_vector(struct flat_builder *b, const flat_ref *refs, size_t count)
{
	flat_align(b, count * 4, 4);
	for (size_t i = count; i-- > 0;)
		flat_push_ref(b, refs[i]);
	flat_push_u32(b, (uint32_t)count);
	return (flat_ref)b->used;
}

void flat_table_begin(struct flat_builder *b)
{
	memset(b->field, 0, sizeof(b->field));
	b->num_fields = 0;
	b->table_start = b->used;
}

static void flat_field_done(struct flat_builder *b, unsigned int slot)
{
	b->field[slot] = (flat_ref)b->used;
	if (slot + 1 > b->num_fields)
		b->num_fields = slot + 1;
}

void flat_field_u8(struct flat_builder *b, unsigned int slot, uint8_t value, uint8_t def)
{
	if (value == def)
		return;
	flat_push(b, &value, 1);
	flat_field_done(b, slot);
}

void flat_field_u32(struct flat_builder *b, unsigned int slot, uint32_t value, uint32_t def)
{
	if (value == def)
		return;
	flat_align(b, 4, 4);
	flat_push_u32(b, value);
	flat_field_done(b, slot);
}

void flat_field_f32(struct flat_builder *b, unsigned int slot, float value)
{
	uint32_t bits;

	memcpy(&bits, &value, 4);
	flat_field_u32(b, slot, bits, 0);
}

void flat_field_ref(struct flat_builder *b, unsigned int slot, flat_ref ref)
{
	if (!ref)
		return;
	flat_align(b, 4, 4);
	flat_push_ref(b, ref);
	flat_field_done(b, slot);
}

/* A table is its vtable's distance and its fields; the vtable goes right in front. */
flat_ref flat_table_end(struct flat_builder *b)
{
	size_t table, vtable;
	uint8_t entry[2];

	flat_align(b, 4, 4);
	flat_push_u32(b, 4 + 2 * b->num_fields);
	table = b->used;
	for (unsigned int i = b->num_fields; i-- > 0;) {
		size_t offset = b->field[i] ? table - b->field[i] : 0;

		entry[0] = offset;
		entry[1] = offset >> 8;
		flat_push(b, entry, 2);
	}
	vtable = table - b->table_start;
	entry[0] = vtable;
	entry[1] = vtable >> 8;
	flat_push(b, entry, 2);
	vtable = 4 + 2 * b->num_fields;
	entry[0] = vtable;
	entry[1] = vtable >> 8;
	flat_push(b, entry, 2);
	return (flat_ref)table;
}

bool flat_finish(struct flat_builder *b, flat_ref root, const char identifier[4])
{
	flat_align(b, 8, b->min_align > 4 ? b->min_align : 4);
	flat_push(b, identifier, 4);
	flat_push_ref(b, root);
	return !b->failed;
}
