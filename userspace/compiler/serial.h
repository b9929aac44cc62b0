/* SPDX-License-Identifier: MIT */
/*
 * Reading and writing the sections of a .mnet file with one description of the
 * fields for both: a function that names its fields in order writes them or
 * fills them in, by io->writing. Numbers are little endian.
 */
#ifndef MNET_COMPILER_SERIAL_H
#define MNET_COMPILER_SERIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "graph/graph.h"

/* Sections, in their order in the file */
enum mnet_section {
	MNET_SECTION_CONFIG,
	MNET_SECTION_GRAPH,
	MNET_SECTION_PLAN,	/* segments and jobs */
	MNET_SECTION_REPORT,
	MNET_SECTION_CONSTANTS,
	MNET_SECTION_COMMANDS,
	MNET_SECTION_WEIGHTS,
	MNET_NUM_SECTIONS,
};

/* Contents of the last three start at multiples of this, in the file and in memory. */
#define MNET_BLOB_ALIGN	64

struct mnet_buffer {
	uint8_t *data;
	size_t size;
	size_t max;	/* writing */
	size_t at;	/* reading */
};

/**
 * struct mnet_io - a file being written or read
 * @writing: direction
 * @section: fields go to and come from
 * @sections: all of them
 * @arena: for what is read
 * @error: 0, or the first error; everything after it does nothing
 * @why: what was wrong, reading
 */
struct mnet_io {
	bool writing;
	enum mnet_section section;
	struct mnet_buffer sections[MNET_NUM_SECTIONS];
	struct mnet_arena *arena;
	int error;
	const char *why;
};

void mnet_io_fail(struct mnet_io *io, const char *why);
void mnet_io_u32(struct mnet_io *io, uint32_t *x);
void mnet_io_u64(struct mnet_io *io, uint64_t *x);
void mnet_io_i32(struct mnet_io *io, int32_t *x);
void mnet_io_float(struct mnet_io *io, float *x);
void mnet_io_bool(struct mnet_io *io, bool *x);
/* A number that must be in [0, limit) */
void mnet_io_enum(struct mnet_io *io, uint32_t *x, uint32_t limit);
void mnet_io_size(struct mnet_io *io, size_t *x);
void mnet_io_string(struct mnet_io *io, const char **s);
/*
 * A count of things that take at least a byte each in this section, and memory
 * for them (@size bytes each) where it reads. Returns the memory, NULL on error.
 */
void *mnet_io_array(struct mnet_io *io, unsigned int *count, const void *array, size_t size);
/* @size bytes that are kept in @section, where they may be pointed to */
void mnet_io_blob(struct mnet_io *io, enum mnet_section section, const void **data, size_t size);

#endif /* MNET_COMPILER_SERIAL_H */
