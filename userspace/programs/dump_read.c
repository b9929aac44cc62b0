// SPDX-License-Identifier: MIT
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "programs/dump.h"
#include "programs/report.h"

/* Bytes that a section of each type has at least */
static uint32_t least(uint32_t type)
{
	switch (type) {
	case EDGETPU_DUMP_INFO:
		return sizeof(struct edgetpu_dump_info);
	case EDGETPU_DUMP_ENGINES:
		return EDGETPU_NUM_ENGINES * sizeof(struct edgetpu_engine_state);
	case EDGETPU_DUMP_JOB:
		return sizeof(struct edgetpu_dump_job);
	case EDGETPU_DUMP_RING:
		return sizeof(struct edgetpu_dump_ring);
	case EDGETPU_DUMP_CONTEXT:
		return sizeof(struct edgetpu_dump_context);
	case EDGETPU_DUMP_TCM:
		return sizeof(struct edgetpu_dump_tcm);
	}
	return 0;
}

/* Fills in what begins at section->next; false: nothing that is whole does. */
static bool take(const struct dump *dump, struct dump_section *section)
{
	const size_t left = dump->size - section->next;
	struct edgetpu_dump_section head;
	size_t padded;

	if (left < sizeof(head))
		return false;
	memcpy(&head, dump->data + section->next, sizeof(head));
	section->type = le32toh(head.type);
	section->size = le32toh(head.size);
	padded = ((size_t)section->size + 7) / 8 * 8;
	if (padded > left - sizeof(head) || section->size < least(section->type))
		return false;
	section->data = dump->data + section->next + sizeof(head);
	section->next += sizeof(head) + padded;
	return true;
}

static size_t first(const struct dump *dump)
{
	struct edgetpu_dump_header header;

	memcpy(&header, dump->data, sizeof(header));
	return le16toh(header.header_size);
}

int dump_open(struct dump *dump, const void *data, size_t size, struct mnet_error *err)
{
	struct dump_section section = { 0 };
	struct edgetpu_dump_header header;

	*dump = (struct dump){ .data = data, .size = size };
	if (size < sizeof(header))
		return set_error(err, -EINVAL, "no dump: %zu bytes", size);
	memcpy(&header, data, sizeof(header));
	if (le32toh(header.magic) != EDGETPU_DUMP_MAGIC)
		return set_error(err, -EINVAL, "no dump of an accelerator");
	if (le16toh(header.version) != EDGETPU_DUMP_VERSION)
		return set_error(err, -EINVAL, "a dump of version %u, this program knows %u",
				 le16toh(header.version), EDGETPU_DUMP_VERSION);
	if (le32toh(header.size) != size || le16toh(header.header_size) < sizeof(header) ||
	    le16toh(header.header_size) > size)
		return set_error(err, -EINVAL, "damaged: %zu bytes, its header says %u", size,
				 le32toh(header.size));
	dump->cut = le32toh(header.flags) & EDGETPU_DUMP_CUT;
	section.next = le16toh(header.header_size);
	for (uint32_t i = 0; i < le32toh(header.sections); i++) {
		if (!take(dump, &section))
			return set_error(err, -EINVAL, "damaged: section %u, at byte %zu", i,
					 section.next);
	}
	if (section.next != size)
		return set_error(err, -EINVAL, "damaged: %zu bytes behind the last section",
				 size - section.next);
	return 0;
}

bool dump_next(const struct dump *dump, uint32_t type, struct dump_section *section)
{
	if (!section->next)
		section->next = first(dump);
	while (take(dump, section)) {
		if (!type || section->type == type)
			return true;
	}
	return false;
}

bool dump_register(const struct dump *dump, uint32_t offset, uint32_t *value)
{
	struct dump_section section = { 0 };

	while (dump_next(dump, EDGETPU_DUMP_REGISTERS, &section)) {
		for (uint32_t i = 0; i < section.size / sizeof(struct edgetpu_dump_register); i++) {
			struct edgetpu_dump_register reg;

			memcpy(&reg, section.data + i * sizeof(reg), sizeof(reg));
			if (le32toh(reg.offset) != offset)
				continue;
			*value = le32toh(reg.value);
			return true;
		}
	}
	return false;
}
