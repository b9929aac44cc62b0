// SPDX-License-Identifier: MIT
/*
 * .mnet files: a header, a table of sections, the sections. Documentation/
 * compiler.rst has the format. Files are untrusted: sizes and checksum are
 * checked first, then every field, then the whole as if it had just been
 * compiled.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compiler/executable_codec.h"
#include "compiler/executable_private.h"
#include "graph/replace.h"
#include "operators/operator.h"

static const uint8_t magic[8] = { 0x89, 'M', 'N', 'E', 'T', '\r', '\n', 0x1a };

#define VERSION		1
#define BYTE_ORDER_MARK	0x0a0b0c0du
#define MAX_FILE_SIZE	((uint64_t)1 << 33)

struct header {
	uint8_t magic[8];
	uint32_t version;
	uint32_t byte_order;
	uint64_t size;		/* of the whole file */
	uint32_t crc;		/* of all that follows the header */
	uint32_t num_sections;
};

struct entry {
	uint32_t id;
	uint32_t zero;
	uint64_t offset;	/* from the file's start, a multiple of MNET_BLOB_ALIGN */
	uint64_t size;
};

#define TABLE_END (sizeof(struct header) + MNET_NUM_SECTIONS * sizeof(struct entry))

/* CRC-32 as in IEEE 802.3 */
static uint32_t crc32(const uint8_t *data, size_t size)
{
	uint32_t table[256], crc = ~0u;

	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;

		for (int bit = 0; bit < 8; bit++)
			c = c & 1 ? c >> 1 ^ 0xedb88320u : c >> 1;
		table[i] = c;
	}
	for (size_t i = 0; i < size; i++)
		crc = table[(crc ^ data[i]) & 0xff] ^ crc >> 8;
	return ~crc;
}

/* --- writing ---------------------------------------------------------------------- */

static uint64_t aligned(uint64_t x)
{
	return (x + MNET_BLOB_ALIGN - 1) / MNET_BLOB_ALIGN * MNET_BLOB_ALIGN;
}

/* The whole file in memory, from its sections */
static uint8_t *assemble(const struct mnet_io *io, size_t *size)
{
	struct header header = { .version = htole32(VERSION),
				 .byte_order = htole32(BYTE_ORDER_MARK),
				 .num_sections = htole32(MNET_NUM_SECTIONS) };
	struct entry table[MNET_NUM_SECTIONS];
	uint64_t at = TABLE_END;
	uint8_t *file;

	for (uint32_t i = 0; i < MNET_NUM_SECTIONS; i++) {
		at = aligned(at);
		table[i] = (struct entry){ htole32(i), 0, htole64(at),
					   htole64(io->sections[i].size) };
		at += io->sections[i].size;
	}
	file = calloc(1, at);
	if (!file)
		return NULL;
	memcpy(file + sizeof(header), table, sizeof(table));
	for (uint32_t i = 0; i < MNET_NUM_SECTIONS; i++) {
		if (io->sections[i].size)
			memcpy(file + le64toh(table[i].offset), io->sections[i].data,
			       io->sections[i].size);
	}
	memcpy(header.magic, magic, sizeof(magic));
	header.size = htole64(at);
	header.crc = htole32(crc32(file + sizeof(header), at - sizeof(header)));
	memcpy(file, &header, sizeof(header));
	*size = at;
	return file;
}

int mnet_executable_save(const struct mnet_executable *exe, const char *path,
			 struct mnet_error *err)
{
	struct mnet_io io = { .writing = true };
	struct mnet_executable copy = *exe;
	uint8_t *file = NULL;
	size_t size;
	int ret;

	/* Writing changes nothing that the copy points to. */
	mnet_executable_code(&io, &copy);
	if (!io.error)
		file = assemble(&io, &size);
	ret = file ? mnet_file_replace(path, file, size) : -ENOMEM;
	if (ret)
		mnet_fail(err, ret, "cannot write %s: %s", path, strerror(-ret));
	free(file);
	for (int i = 0; i < MNET_NUM_SECTIONS; i++)
		free(io.sections[i].data);
	return ret;
}

/* --- reading ---------------------------------------------------------------------- */

static int read_all(int fd, uint8_t *data, size_t size)
{
	while (size) {
		ssize_t n = read(fd, data, size);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0)
			return -EIO;
		if (n > 0) {
			data += n;
			size -= n;
		}
	}
	return 0;
}

static int read_open(int fd, struct mnet_arena *arena, uint8_t **data, size_t *size)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (st.st_size < (off_t)TABLE_END || (uint64_t)st.st_size > MAX_FILE_SIZE)
		return -EINVAL;
	*size = st.st_size;
	*data = mnet_arena_alloc(arena, *size);
	return *data ? read_all(fd, *data, *size) : -ENOMEM;
}

static int read_file(const char *path, struct mnet_arena *arena, uint8_t **data, size_t *size,
		     struct mnet_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), ret;

	if (fd < 0)
		return mnet_fail(err, -errno, "%s: %s", path, strerror(errno));
	ret = read_open(fd, arena, data, size);
	close(fd);
	if (ret == -EINVAL)
		return mnet_fail(err, ret, "%s: not a .mnet file: too short or too long", path);
	if (ret)
		return mnet_fail(err, ret, "%s: %s", path, strerror(-ret));
	return 0;
}

static const char *check_header(const struct header *h, const uint8_t *file, size_t size)
{
	if (memcmp(h->magic, magic, sizeof(magic)))
		return "not a .mnet file";
	if (le32toh(h->byte_order) != BYTE_ORDER_MARK)
		return "byte order mark wrong";
	if (le32toh(h->version) != VERSION)
		return "written by another version, compile the model anew";
	if (le64toh(h->size) != size)
		return "truncated or with something behind it";
	if (le32toh(h->crc) != crc32(file + sizeof(*h), size - sizeof(*h)))
		return "checksum wrong";
	if (le32toh(h->num_sections) != MNET_NUM_SECTIONS)
		return "number of sections wrong";
	return NULL;
}

static const char *find_sections(struct mnet_io *io, uint8_t *file, size_t size)
{
	for (uint32_t i = 0; i < MNET_NUM_SECTIONS; i++) {
		struct entry e;
		uint64_t offset, bytes;

		memcpy(&e, file + sizeof(struct header) + i * sizeof(e), sizeof(e));
		offset = le64toh(e.offset);
		bytes = le64toh(e.size);
		if (le32toh(e.id) != i || e.zero || offset % MNET_BLOB_ALIGN || offset > size ||
		    bytes > size - offset)
			return "section table wrong";
		io->sections[i] = (struct mnet_buffer){ .data = file + offset, .size = bytes };
	}
	return NULL;
}

static int parse(const char *path, struct mnet_executable *exe, uint8_t *file, size_t size,
		 struct mnet_error *err)
{
	struct mnet_io io = { .arena = exe->graph.arena };
	struct mnet_error why = { "" };
	struct header header;
	const char *wrong;
	int ret;

	memcpy(&header, file, sizeof(header));
	wrong = check_header(&header, file, size);
	if (!wrong)
		wrong = find_sections(&io, file, size);
	if (wrong)
		return mnet_fail(err, -EINVAL, "%s: %s", path, wrong);
	mnet_executable_code(&io, exe);
	if (io.error)
		return mnet_fail(err, io.error, "%s: %s", path,
				 io.why ? io.why : "out of memory");
	ret = mnet_executable_verify(exe, &why);
	if (!ret)
		ret = mnet_graph_infer_shapes(&exe->graph, &why);
	if (!ret)
		ret = mnet_graph_verify(&exe->graph, &why);
	return ret ? mnet_fail(err, ret, "%s: %s", path, why.message) : 0;
}

int mnet_executable_load(const char *path, struct mnet_executable **out, struct mnet_error *err)
{
	struct mnet_executable *exe = mnet_executable_new();
	uint8_t *file = NULL;
	size_t size = 0;
	int ret;

	if (!exe)
		return mnet_fail(err, -ENOMEM, "out of memory");
	ret = read_file(path, exe->graph.arena, &file, &size, err);
	if (!ret)
		ret = parse(path, exe, file, size, err);
	if (ret) {
		mnet_executable_free(exe);
		return ret;
	}
	*out = exe;
	return 0;
}

bool mnet_executable_probe(const char *path)
{
	/* Not to wait for the writer of a FIFO */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	uint8_t start[sizeof(magic)];
	bool is;

	if (fd < 0)
		return false;
	is = !read_all(fd, start, sizeof(start)) && !memcmp(start, magic, sizeof(magic));
	close(fd);
	return is;
}
