/* SPDX-License-Identifier: MIT */
/*
 * Reading a FlatBuffer whose bytes are untrusted. The first error sticks in
 * struct fb; what is read after it is absent, zero or empty, so callers check
 * once, after a group of reads. No access leaves the file, no offset wraps.
 */
#ifndef MNET_FLATBUF_H
#define MNET_FLATBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct fb - a FlatBuffer and what went wrong with it
 * @data: the file
 * @size: its bytes, at most 2^31 - 1
 * @problem: NULL, or what is wrong
 * @offset: where, when @problem is set
 */
struct fb {
	const uint8_t *data;
	size_t size;
	const char *problem;
	size_t offset;
};

/**
 * struct fb_table - a table; @pos is 0 for one that is absent, which has no fields
 */
struct fb_table {
	struct fb *fb;
	size_t pos;
	size_t vtable;
	uint16_t vtable_size;
	uint16_t size;
};

/**
 * struct fb_vector - a vector or string; @present false: absent, @count 0
 * @pos: of element 0
 * @count: elements, all inside the file
 */
struct fb_vector {
	struct fb *fb;
	bool present;
	size_t pos;
	size_t count;
};

/* The root table; @identifier: the four bytes a file must carry */
struct fb_table fb_root(struct fb *fb, const char identifier[4]);

bool fb_has(const struct fb_table *t, unsigned int field);
int8_t fb_i8(const struct fb_table *t, unsigned int field, int8_t absent);
uint8_t fb_u8(const struct fb_table *t, unsigned int field, uint8_t absent);
int32_t fb_i32(const struct fb_table *t, unsigned int field, int32_t absent);
uint32_t fb_u32(const struct fb_table *t, unsigned int field, uint32_t absent);
uint64_t fb_u64(const struct fb_table *t, unsigned int field, uint64_t absent);
float fb_f32(const struct fb_table *t, unsigned int field, float absent);
struct fb_table fb_table(const struct fb_table *t, unsigned int field);
struct fb_vector fb_vector(const struct fb_table *t, unsigned int field, size_t element_size);

/* Elements; @i must be below the count */
int32_t fb_vector_i32(const struct fb_vector *v, size_t i);
int64_t fb_vector_i64(const struct fb_vector *v, size_t i);
float fb_vector_f32(const struct fb_vector *v, size_t i);
struct fb_table fb_vector_table(const struct fb_vector *v, size_t i);

#endif /* MNET_FLATBUF_H */
