// SPDX-License-Identifier: MIT
/* Crash dumps: what they say, and those that are damaged in each way there is. */
#include <endian.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dump_file.h"
#include "edgetpu_isa.h"
#include "programs/dump.h"

static struct dump_file file;

/* What a dump prints, to be freed; the test fails if it is no good one. */
static char *text_of(const struct dump_file *from)
{
	const struct dump_options options = { .memory = true };
	struct mnet_error err;
	struct dump dump;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(dump_open(&dump, from->data, from->size, &err), 0);
	dump_print(&dump, &options, out);
	fclose(out);
	return text;
}

static int open_file(void)
{
	struct mnet_error err;
	struct dump dump;

	return dump_open(&dump, file.data, file.size, &err);
}

static void test_says_what_is_there(void **state)
{
	static const char *const parts[] = {
		"reason   the firmware crashed\n", "cause 2 (illegal instruction)",
		"job 9 has the engines\n", "process 77",
		"MAC array: command 7 CONV, tag 0, from cycle 0 on, stopped half way\n", " in_c=24",
		" act_min=-128", "last commands of the MAC array: 20 since the reset\n  command 8 CONV",
		"region 1: 0x0, 0x1000 bytes", "error: crash: pc 0\n  ?[31m--- boot 2 ---\n",
		"10000000: 1234abcd",
	};
	char *text;

	(void)state;
	dump_file_make(&file);
	text = text_of(&file);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (!strstr(text, parts[i]))
			fail_msg("no \"%s\" in:\n%s", parts[i], text);
	assert_null(strchr(text, '\x1b'));
	free(text);
}

/* The text of a dump in which an engine was stopped half way, and has done more since */
static char *text_of_a_stop(uint32_t reason)
{
	struct edgetpu_engine_state engines[EDGETPU_NUM_ENGINES] = { 0 };
	struct edgetpu_engine_state *vector = &engines[EDGETPU_ENGINE_VECTOR];
	const struct edgetpu_dump_info info = { .reason = htole32(reason) };

	vector->begun = htole32(1);
	vector->records[0].what = htole32(EDGETPU_OP_FILL | EDGETPU_RECORD_DONE << 8);
	vector->stopped = (struct edgetpu_command_record){
		.index = htole32(12),
		.tag = htole32(34),
		.what = htole32(EDGETPU_OP_FILL | EDGETPU_RECORD_STOPPED << 8),
	};
	dump_file_begin(&file);
	dump_file_add(&file, EDGETPU_DUMP_INFO, &info, sizeof(info));
	dump_file_add(&file, EDGETPU_DUMP_ENGINES, engines, sizeof(engines));
	return text_of(&file);
}

/* What a job was ended at is told of a job that was ended, and of nothing else. */
static void test_what_others_came_after(void **state)
{
	static const char stopped[] =
		"vector unit: command 12 FILL, tag 34, from cycle 0 on, stopped half way\n";
	char *text = text_of_a_stop(EDGETPU_DUMP_OVERTIME);

	(void)state;
	assert_non_null(strstr(text, stopped));
	assert_null(strstr(text, "no command"));
	free(text);
	text = text_of_a_stop(EDGETPU_DUMP_CRASHED);
	assert_null(strstr(text, stopped));
	assert_non_null(strstr(text, "no command"));
	free(text);
}

/* A newer driver's: what is not known is skipped, what is longer is cut. */
static void test_of_later_versions(void **state)
{
	struct {
		struct edgetpu_dump_job job;
		uint64_t more;
	} job = { .job.id = htole64(5) };
	char *text;

	(void)state;
	dump_file_begin(&file);
	dump_file_add(&file, 4711, "?", 1);
	dump_file_add(&file, EDGETPU_DUMP_JOB, &job, sizeof(job));
	text = text_of(&file);
	assert_non_null(strstr(text, "job 5 has"));
	free(text);
}

static void test_headers_that_lie(void **state)
{
	struct edgetpu_dump_header *header = (void *)file.data;

	(void)state;
	dump_file_make(&file);
	assert_int_equal(open_file(), 0);
	header->version = htole16(2);
	assert_int_equal(open_file(), -EINVAL);
	dump_file_make(&file);
	header->sections = htole32(le32toh(header->sections) + 1);
	assert_int_equal(open_file(), -EINVAL);
	header->sections = htole32(le32toh(header->sections) - 2);
	assert_int_equal(open_file(), -EINVAL);
	dump_file_make(&file);
	header->size = htole32(le32toh(header->size) + 8);
	assert_int_equal(open_file(), -EINVAL);
	dump_file_make(&file);
	header->header_size = htole16(UINT16_MAX);
	assert_int_equal(open_file(), -EINVAL);
	header->header_size = 0;
	assert_int_equal(open_file(), -EINVAL);
}

/* One that is shorter than what it should hold, or goes beyond the end */
static void test_sections_that_lie(void **state)
{
	static const uint32_t types[] = {
		EDGETPU_DUMP_INFO, EDGETPU_DUMP_ENGINES, EDGETPU_DUMP_JOB, EDGETPU_DUMP_RING,
		EDGETPU_DUMP_CONTEXT, EDGETPU_DUMP_TCM,
	};
	static const uint32_t sizes[] = { 17, 0x7fffffff, 0xfffffff9, 0xffffffff };
	struct edgetpu_dump_section *section =
		(void *)(file.data + sizeof(struct edgetpu_dump_header));

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		dump_file_begin(&file);
		dump_file_add(&file, types[i], "1234", 4);
		assert_int_equal(open_file(), -EINVAL);
	}
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		dump_file_begin(&file);
		dump_file_add(&file, EDGETPU_DUMP_LOG, "0123456789abcdef", 16);
		section->size = htole32(sizes[i]);
		assert_int_equal(open_file(), -EINVAL);
	}
}

/* Opcodes that do not exist, counts without bound: something is printed, and it ends. */
static void test_a_device_that_lies(void **state)
{
	struct edgetpu_engine_state engines[EDGETPU_NUM_ENGINES];
	char *text;

	(void)state;
	memset(engines, 0xff, sizeof(engines));
	dump_file_begin(&file);
	dump_file_add(&file, EDGETPU_DUMP_ENGINES, engines, sizeof(engines));
	text = text_of(&file);
	assert_non_null(strstr(text, "the firmware's own of opcode 0xff"));
	free(text);
}

/* Cut anywhere, and each bit flipped: refused, or printed */
static void test_damage(void **state)
{
	const struct dump_options options = { .memory = true };
	FILE *out = fopen("/dev/null", "w");
	struct mnet_error err;
	struct dump dump;
	uint8_t *exact;
	size_t size, i;

	(void)state;
	assert_non_null(out);
	dump_file_make(&file);
	size = file.size;
	for (i = 0; i < size; i++) {
		/* of that size, so that a sanitizer sees what is read beyond */
		exact = malloc(i ? i : 1);
		assert_non_null(exact);
		memcpy(exact, file.data, i);
		assert_int_equal(dump_open(&dump, exact, i, &err), -EINVAL);
		free(exact);
	}
	exact = malloc(size);
	assert_non_null(exact);
	for (i = 0; i < size * 8; i++) {
		memcpy(exact, file.data, size);
		exact[i / 8] ^= 1 << i % 8;
		if (!dump_open(&dump, exact, size, &err))
			dump_print(&dump, &options, out);
	}
	free(exact);
	fclose(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_says_what_is_there),
		cmocka_unit_test(test_what_others_came_after),
		cmocka_unit_test(test_of_later_versions),
		cmocka_unit_test(test_headers_that_lie),
		cmocka_unit_test(test_sections_that_lie),
		cmocka_unit_test(test_a_device_that_lies),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests_name("dump", tests, NULL, NULL);
}
