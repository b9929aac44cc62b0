// SPDX-License-Identifier: MIT
#include <endian.h>
#include <string.h>

#include "dump_file.h"
#include "edgetpu_isa.h"

static void write_header(struct dump_file *file, uint32_t sections)
{
	const struct edgetpu_dump_header header = {
		.magic = htole32(EDGETPU_DUMP_MAGIC),
		.version = htole16(EDGETPU_DUMP_VERSION),
		.header_size = htole16(sizeof(header)),
		.size = htole32((uint32_t)file->size),
		.sections = htole32(sections),
	};

	memcpy(file->data, &header, sizeof(header));
}

void dump_file_begin(struct dump_file *file)
{
	memset(file, 0, sizeof(*file));
	file->size = sizeof(struct edgetpu_dump_header);
	write_header(file, 0);
}

void dump_file_add(struct dump_file *file, uint32_t type, const void *data, uint32_t size)
{
	const struct edgetpu_dump_section section = { htole32(type), htole32(size) };
	struct edgetpu_dump_header header;

	memcpy(&header, file->data, sizeof(header));
	memcpy(file->data + file->size, &section, sizeof(section));
	if (size)
		memcpy(file->data + file->size + sizeof(section), data, size);
	file->size += sizeof(section) + (size + 7) / 8 * 8;
	write_header(file, le32toh(header.sections) + 1);
}

static void add_engines(struct dump_file *file)
{
	struct edgetpu_engine_state engines[EDGETPU_NUM_ENGINES] = { 0 };
	struct edgetpu_engine_state *array = &engines[EDGETPU_ENGINE_ARRAY];
	struct edgetpu_command command = { .opcode = EDGETPU_OP_CONV };

	command.u.conv.in_c = htole16(24);
	command.u.conv.act_min = 0x80;
	memcpy(array->command, &command, sizeof(command));
	/* more than are remembered */
	array->begun = htole32(EDGETPU_RECORD_DEPTH + 4);
	for (uint32_t i = 0; i < EDGETPU_RECORD_DEPTH; i++)
		array->records[i] = (struct edgetpu_command_record){
			.index = htole32(i + 4),
			.what = htole32(EDGETPU_OP_CONV | EDGETPU_RECORD_DONE << 8),
		};
	array->records[3].what = htole32(EDGETPU_OP_CONV | EDGETPU_RECORD_STOPPED << 8);
	dump_file_add(file, EDGETPU_DUMP_ENGINES, engines, sizeof(engines));
}

void dump_file_make(struct dump_file *file)
{
	const struct edgetpu_dump_info info = {
		.reason = htole32(EDGETPU_DUMP_CRASHED), .flags = htole32(EDGETPU_DUMP_ALIVE),
		.device = "0000:00:02.0", .kernel = "6.12",
	};
	const struct edgetpu_dump_register registers[] = {
		{ htole32(EDGETPU_REG_CORE_STATUS), htole32(EDGETPU_CORE_CRASHED) },
		{ htole32(EDGETPU_REG_CRASH_CAUSE), htole32(2) },
	};
	const struct edgetpu_dump_job job = { .id = htole64(9), .pid = htole32(77) };
	const struct edgetpu_dump_context context = { .client = htole64(3) };
	struct {
		struct edgetpu_dump_ring ring;
		struct edgetpu_job job;
	} ring = { .job.regions[1].size = htole64(4096) };
	const struct {
		struct edgetpu_dump_tcm tcm;
		uint32_t words[12];
	} tcm = { { htole32(0x10000000), 0 }, { htole32(0x1234abcd) } };
	static const char log[] = "error: crash: pc 0\n\x1b[31m--- boot 2 ---\n";

	dump_file_begin(file);
	dump_file_add(file, EDGETPU_DUMP_INFO, &info, sizeof(info));
	dump_file_add(file, EDGETPU_DUMP_REGISTERS, registers, sizeof(registers));
	add_engines(file);
	dump_file_add(file, EDGETPU_DUMP_JOB, &job, sizeof(job));
	dump_file_add(file, EDGETPU_DUMP_RING, &ring, sizeof(ring));
	dump_file_add(file, EDGETPU_DUMP_CONTEXT, &context, sizeof(context));
	dump_file_add(file, EDGETPU_DUMP_LOG, log, sizeof(log) - 1);
	dump_file_add(file, EDGETPU_DUMP_TCM, &tcm, sizeof(tcm));
}
