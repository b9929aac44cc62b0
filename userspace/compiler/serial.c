// SPDX-License-Identifier: MIT
/* Fields of .mnet files. What is read is untrusted: nothing is taken beyond a section's end. */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/serial.h"

void mnet_io_fail(struct mnet_io *io, const char *why)
{
	if (io->error)
		return;
	io->error = -EINVAL;
	io->why = why;
}

static bool reserve(struct mnet_io *io, struct mnet_buffer *b, size_t size)
{
	size_t max = b->max ? b->max : 4096;
	uint8_t *data;

	if (size <= b->max - b->size)
		return true;
	while (max - b->size < size)
		max *= 2;
	data = realloc(b->data, max);
	if (!data) {
		io->error = -ENOMEM;
		return false;
	}
	b->data = data;
	b->max = max;
	return true;
}

static void bytes(struct mnet_io *io, void *p, size_t size)
{
	struct mnet_buffer *b = &io->sections[io->section];

	if (io->error || !size)
		return;
	if (io->writing) {
		if (!reserve(io, b, size))
			return;
		memcpy(b->data + b->size, p, size);
		b->size += size;
	} else if (size > b->size - b->at) {
		mnet_io_fail(io, "a section ends too early");
	} else {
		memcpy(p, b->data + b->at, size);
		b->at += size;
	}
}

void mnet_io_u32(struct mnet_io *io, uint32_t *x)
{
	uint32_t le = htole32(*x);

	bytes(io, &le, sizeof(le));
	if (!io->writing)
		*x = io->error ? 0 : le32toh(le);
}

void mnet_io_u64(struct mnet_io *io, uint64_t *x)
{
	uint64_t le = htole64(*x);

	bytes(io, &le, sizeof(le));
	if (!io->writing)
		*x = io->error ? 0 : le64toh(le);
}

void mnet_io_i32(struct mnet_io *io, int32_t *x)
{
	uint32_t bits = (uint32_t)*x;

	mnet_io_u32(io, &bits);
	if (!io->writing)
		*x = (int32_t)bits;
}

void mnet_io_float(struct mnet_io *io, float *x)
{
	uint32_t bits;

	memcpy(&bits, x, sizeof(bits));
	mnet_io_u32(io, &bits);
	if (!io->writing)
		memcpy(x, &bits, sizeof(bits));
}

void mnet_io_enum(struct mnet_io *io, uint32_t *x, uint32_t limit)
{
	mnet_io_u32(io, x);
	if (!io->writing && *x >= limit) {
		mnet_io_fail(io, "a number is out of its range");
		*x = 0;
	}
}

void mnet_io_bool(struct mnet_io *io, bool *x)
{
	uint32_t word = *x;

	mnet_io_enum(io, &word, 2);
	if (!io->writing)
		*x = word;
}

void mnet_io_size(struct mnet_io *io, size_t *x)
{
	uint64_t wide = *x;

	mnet_io_u64(io, &wide);
	if (wide > SIZE_MAX / 2) {
		mnet_io_fail(io, "a size is out of range");
		wide = 0;
	}
	if (!io->writing)
		*x = wide;
}

void *mnet_io_array(struct mnet_io *io, unsigned int *count, const void *array, size_t size)
{
	const struct mnet_buffer *b = &io->sections[io->section];
	uint32_t n = *count;
	void *p;

	mnet_io_u32(io, &n);
	if (io->error)
		n = 0;
	if (io->writing)
		return (void *)array;
	*count = 0;
	if (n > b->size - b->at) {
		mnet_io_fail(io, "a count exceeds its section");
		return NULL;
	}
	p = mnet_arena_alloc(io->arena, n ? n * size : 1);
	if (!p) {
		io->error = -ENOMEM;
		return NULL;
	}
	*count = n;
	return p;
}

void mnet_io_string(struct mnet_io *io, const char **s)
{
	unsigned int len = io->writing ? strlen(*s) : 0;
	char *text;

	if (io->writing) {
		mnet_io_u32(io, &len);
		bytes(io, (void *)*s, len);
		return;
	}
	*s = "";
	/* One more for its end: entries of two bytes would do, the arena zeroes them. */
	text = mnet_io_array(io, &len, NULL, 2);
	if (!text || !len)
		return;
	bytes(io, text, len);
	if (memchr(text, 0, len))
		mnet_io_fail(io, "a name contains a zero byte");
	*s = text;
}

void mnet_io_blob(struct mnet_io *io, enum mnet_section section, const void **data, size_t size)
{
	enum mnet_section fields = io->section;
	struct mnet_buffer *b = &io->sections[section];
	uint64_t offset = (b->size + MNET_BLOB_ALIGN - 1) / MNET_BLOB_ALIGN * MNET_BLOB_ALIGN;

	mnet_io_u64(io, &offset);
	if (io->error)
		return;
	if (!io->writing) {
		if (offset % MNET_BLOB_ALIGN || offset > b->size || size > b->size - offset)
			mnet_io_fail(io, "data lies outside its section");
		else
			*data = b->data + offset;
		return;
	}
	if (!reserve(io, b, offset - b->size + size))
		return;
	if (offset > b->size)
		memset(b->data + b->size, 0, offset - b->size);
	b->size = offset;
	io->section = section;
	bytes(io, (void *)*data, size);
	io->section = fields;
}
