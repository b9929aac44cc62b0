// SPDX-License-Identifier: MIT
/*
 * Bounds-checked FlatBuffer access.
 *
 * A table starts with the distance back to its vtable; the vtable holds its own
 * size, the table's size and for each field the place in the table, 0 for absent.
 * Offsets to strings, vectors and tables count from where they stand.
 */
#include <endian.h>
#include <string.h>

#include "tflite/flatbuf.h"

static void problem(struct fb *fb, size_t offset, const char *what)
{
	if (fb->problem)
		return;
	fb->problem = what;
	fb->offset = offset;
}

static bool inside(const struct fb *fb, size_t pos, size_t len)
{
	return pos <= fb->size && len <= fb->size - pos;
}

static uint16_t get16(const struct fb *fb, size_t pos)
{
	uint16_t v;

	memcpy(&v, fb->data + pos, sizeof(v));
	return le16toh(v);
}

static uint32_t get32(const struct fb *fb, size_t pos)
{
	uint32_t v;

	memcpy(&v, fb->data + pos, sizeof(v));
	return le32toh(v);
}

static uint64_t get64(const struct fb *fb, size_t pos)
{
	uint64_t v;

	memcpy(&v, fb->data + pos, sizeof(v));
	return le64toh(v);
}

/* Follows the offset at @pos, which is inside; 0 when it leads outside */
static size_t follow(struct fb *fb, size_t pos)
{
	uint32_t offset = get32(fb, pos);

	if (offset < 4 || !inside(fb, pos, offset) || !inside(fb, pos + offset, 4)) {
		problem(fb, pos, "an offset leads outside the file");
		return 0;
	}
	return pos + offset;
}

static struct fb_table table_at(struct fb *fb, size_t pos)
{
	const struct fb_table absent = { .fb = fb };
	struct fb_table t = { .fb = fb, .pos = pos };
	int64_t vtable;

	if (!pos)
		return absent;
	vtable = (int64_t)pos - (int32_t)get32(fb, pos);
	if (vtable < 4 || !inside(fb, (size_t)vtable, 4)) {
		problem(fb, pos, "a table's vtable is outside the file");
		return absent;
	}
	t.vtable = (size_t)vtable;
	t.vtable_size = get16(fb, t.vtable);
	t.size = get16(fb, t.vtable + 2);
	if (t.vtable_size < 4 || t.vtable_size % 2 || !inside(fb, t.vtable, t.vtable_size)) {
		problem(fb, t.vtable, "a vtable has an impossible size");
		return absent;
	}
	if (t.size < 4 || !inside(fb, pos, t.size)) {
		problem(fb, pos, "a table ends outside the file");
		return absent;
	}
	return t;
}

struct fb_table fb_root(struct fb *fb, const char identifier[4])
{
	const struct fb_table absent = { .fb = fb };

	if (!inside(fb, 0, 8)) {
		problem(fb, 0, "the file is too short");
		return absent;
	}
	if (memcmp(fb->data + 4, identifier, 4)) {
		problem(fb, 4, "the file identifier is another");
		return absent;
	}
	return table_at(fb, follow(fb, 0));
}

/* Where field number @field of @size bytes stands; 0 when absent */
static size_t field_at(const struct fb_table *t, unsigned int field, size_t size)
{
	size_t entry = 4 + 2 * (size_t)field;
	uint16_t offset;

	if (!t->pos || t->fb->problem || entry + 2 > t->vtable_size)
		return 0;
	offset = get16(t->fb, t->vtable + entry);
	if (!offset)
		return 0;
	if (offset < 4 || offset + size > t->size) {
		problem(t->fb, t->vtable + entry, "a field is outside its table");
		return 0;
	}
	return t->pos + offset;
}

bool fb_has(const struct fb_table *t, unsigned int field)
{
	return field_at(t, field, 1) != 0;
}

int8_t fb_i8(const struct fb_table *t, unsigned int field, int8_t absent)
{
	return (int8_t)fb_u8(t, field, (uint8_t)absent);
}

uint8_t fb_u8(const struct fb_table *t, unsigned int field, uint8_t absent)
{
	size_t pos = field_at(t, field, 1);

	return pos ? t->fb->data[pos] : absent;
}

int32_t fb_i32(const struct fb_table *t, unsigned int field, int32_t absent)
{
	return (int32_t)fb_u32(t, field, (uint32_t)absent);
}

uint32_t fb_u32(const struct fb_table *t, unsigned int field, uint32_t absent)
{
	size_t pos = field_at(t, field, 4);

	return pos ? get32(t->fb, pos) : absent;
}

uint64_t fb_u64(const struct fb_table *t, unsigned int field, uint64_t absent)
{
	size_t pos = field_at(t, field, 8);

	return pos ? get64(t->fb, pos) : absent;
}

static float as_float(uint32_t bits)
{
	float f;

	memcpy(&f, &bits, sizeof(f));
	return f;
}

float fb_f32(const struct fb_table *t, unsigned int field, float absent)
{
	size_t pos = field_at(t, field, 4);

	return pos ? as_float(get32(t->fb, pos)) : absent;
}

struct fb_table fb_table(const struct fb_table *t, unsigned int field)
{
	size_t pos = field_at(t, field, 4);

	return table_at(t->fb, pos ? follow(t->fb, pos) : 0);
}

struct fb_vector fb_vector(const struct fb_table *t, unsigned int field, size_t element_size)
{
	struct fb_vector v = { .fb = t->fb };
	size_t pos = field_at(t, field, 4);
	size_t start = pos ? follow(t->fb, pos) : 0;
	size_t count;

	if (!start)
		return v;
	count = get32(t->fb, start);
	if (count > (t->fb->size - start - 4) / element_size) {
		problem(t->fb, start, "a vector ends outside the file");
		return v;
	}
	v.present = true;
	v.pos = start + 4;
	v.count = count;
	return v;
}

int32_t fb_vector_i32(const struct fb_vector *v, size_t i)
{
	return (int32_t)get32(v->fb, v->pos + i * 4);
}

int64_t fb_vector_i64(const struct fb_vector *v, size_t i)
{
	return (int64_t)get64(v->fb, v->pos + i * 8);
}

float fb_vector_f32(const struct fb_vector *v, size_t i)
{
	return as_float(get32(v->fb, v->pos + i * 4));
}

struct fb_table fb_vector_table(const struct fb_vector *v, size_t i)
{
	return table_at(v->fb, follow(v->fb, v->pos + i * 4));
}
