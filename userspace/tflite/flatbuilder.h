/* SPDX-License-Identifier: MIT */
/*
 * Builds a FlatBuffer. As the format wants, children are written before what
 * refers to them, and the bytes grow from the end of the file to its start; a
 * reference is the distance from the file's end. Errors (memory) stick.
 */
#ifndef MNET_FLATBUILDER_H
#define MNET_FLATBUILDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FLAT_MAX_FIELDS	16

typedef uint32_t flat_ref;	/* 0: none */

/**
 * struct flat_builder - a file in the making; zeroed to begin with
 * @data: buffer, filled from its end
 * @capacity: its bytes
 * @used: bytes filled
 * @min_align: largest alignment asked for so far
 * @failed: memory ran out; what is built is worthless
 * @field: where each field of the open table is, as a distance from the end
 * @num_fields: of the open table
 * @table_start: @used when the open table began
 */
struct flat_builder {
	uint8_t *data;
	size_t capacity;
	size_t used;
	size_t min_align;
	bool failed;
	flat_ref field[FLAT_MAX_FIELDS];
	unsigned int num_fields;
	size_t table_start;
};

void flat_free(struct flat_builder *b);

flat_ref flat_string(struct flat_builder *b, const char *s);
/* @count elements of @size bytes, little endian; data aligned to @align as well */
flat_ref flat_vector(struct flat_builder *b, const void *data, size_t count, size_t size,
		     size_t align);
flat_ref flat_ref_vector(struct flat_builder *b, const flat_ref *refs, size_t count);

/* Tables do not nest: build the children first. */
void flat_table_begin(struct flat_builder *b);
/* A value equal to its default is left out. */
void flat_field_u8(struct flat_builder *b, unsigned int slot, uint8_t value, uint8_t def);
void flat_field_u32(struct flat_builder *b, unsigned int slot, uint32_t value, uint32_t def);
void flat_field_f32(struct flat_builder *b, unsigned int slot, float value);
void flat_field_ref(struct flat_builder *b, unsigned int slot, flat_ref ref);
flat_ref flat_table_end(struct flat_builder *b);

/* Ends the file; the bytes are the last @used of @data. False: memory was short. */
bool flat_finish(struct flat_builder *b, flat_ref root, const char identifier[4]);

#endif /* MNET_FLATBUILDER_H */
