// SPDX-License-Identifier: GPL-2.0-only
/*
 * mkimage IN.elf OUT.bin: the firmware image as the boot ROM takes it, from the
 * linked ELF file. The same input gives the same bytes.
 */
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "edgetpu_core.h"
#include "version.h"

static bool complain(const char *path, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "mkimage: %s: ", path);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return false;
}

static uint32_t crc32(const uint8_t *data, size_t len)
{
	uint32_t crc = 0xffffffffu;
	int bit;

	while (len--) {
		crc ^= *data++;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

/* The whole file at @path; to be freed */
static uint8_t *read_file(const char *path, size_t *size)
{
	static const size_t limit = 16u << 20;
	uint8_t *data = malloc(limit);
	FILE *f = fopen(path, "rb");

	if (!data || !f) {
		complain(path, "%s", strerror(errno));
	} else {
		*size = fread(data, 1, limit, f);
		if (!ferror(f) && *size < limit) {
			fclose(f);
			return data;
		}
		complain(path, "cannot be read, or is too large");
	}
	if (f)
		fclose(f);
	free(data);
	return NULL;
}

/* The one loadable segment of a 32-bit RISC-V executable */
static bool find_segment(const char *path, const uint8_t *elf, size_t size, Elf32_Phdr *segment,
			 uint32_t *entry)
{
	Elf32_Ehdr ehdr;
	Elf32_Phdr phdr;
	unsigned int i, found = 0;

	if (size < sizeof(ehdr))
		return complain(path, "not an ELF file");
	memcpy(&ehdr, elf, sizeof(ehdr));
	if (memcmp(ehdr.e_ident, ELFMAG, SELFMAG) || ehdr.e_ident[EI_CLASS] != ELFCLASS32 ||
	    ehdr.e_machine != EM_RISCV || ehdr.e_phentsize != sizeof(phdr))
		return complain(path, "not a 32-bit RISC-V executable");
	for (i = 0; i < ehdr.e_phnum; i++) {
		uint64_t at = ehdr.e_phoff + (uint64_t)i * sizeof(phdr);

		if (at + sizeof(phdr) > size)
			return complain(path, "program header %u is outside the file", i);
		memcpy(&phdr, elf + at, sizeof(phdr));
		if (phdr.p_type != PT_LOAD)
			continue;
		if ((uint64_t)phdr.p_offset + phdr.p_filesz > size)
			return complain(path, "segment %u is outside the file", i);
		*segment = phdr;
		found++;
	}
	*entry = ehdr.e_entry;
	return found == 1 || complain(path, "%u loadable segments; one is wanted", found);
}

static bool write_image(const char *path, const uint8_t *payload, const Elf32_Phdr *segment,
			uint32_t entry)
{
	struct edgetpu_fw_header header = {
		.magic = EDGETPU_FW_MAGIC,
		.header_version = EDGETPU_FW_HEADER_VERSION,
		.header_size = sizeof(header),
		.payload_size = (segment->p_filesz + 3) & ~3u,
		.load_addr = segment->p_vaddr,
		.entry = entry,
		.fw_version = FW_VERSION,
		.protocol = EDGETPU_PROTOCOL,
		.hw_major = EDGETPU_HW_VERSION >> 16,
	};
	size_t size = sizeof(header) + header.payload_size;
	uint8_t *image;
	bool ok;
	FILE *f;

	if (size > EDGETPU_FW_MAX_SIZE)
		return complain(path, "%zu bytes are more than an image may have", size);
	if (segment->p_memsz > header.payload_size)
		header.bss_size = segment->p_memsz - header.payload_size;
	image = calloc(1, size);
	if (!image)
		return complain(path, "out of memory");
	memcpy(image, &header, sizeof(header));
	memcpy(image + sizeof(header), payload, segment->p_filesz);
	header.crc = crc32(image, size);
	memcpy(image, &header, sizeof(header));

	f = fopen(path, "wb");
	ok = f && fwrite(image, 1, size, f) == size;
	if (f && fclose(f))
		ok = false;
	free(image);
	return ok || complain(path, "%s", strerror(errno));
}

int main(int argc, char **argv)
{
	Elf32_Phdr segment = { 0 };
	uint32_t entry = 0;
	size_t size;
	uint8_t *elf;
	bool ok;

	if (argc != 3) {
		fprintf(stderr, "usage: mkimage IN.elf OUT.bin\n");
		return 2;
	}
	elf = read_file(argv[1], &size);
	if (!elf)
		return 1;
	ok = find_segment(argv[1], elf, size, &segment, &entry) &&
	     write_image(argv[2], elf + segment.p_offset, &segment, entry);
	free(elf);
	return ok ? 0 : 1;
}
