// SPDX-License-Identifier: GPL-2.0-only
/*
 * The boot ROM: a good image arrives in TCM, and each fault alone is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/processor/bootrom.h"
#include "edgetpu_core.h"

#define PAYLOAD	64u

struct image {
	struct edgetpu_fw_header header;
	uint8_t payload[PAYLOAD];
	uint8_t behind[16];
};

#define IMAGE_SIZE	offsetof(struct image, behind)

static uint8_t *tcm;

/* Bit by bit, unlike the ROM's table */
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

static void seal(struct image *image)
{
	image->header.crc = 0;
	image->header.crc = crc32((const uint8_t *)image, IMAGE_SIZE);
}

static void make(struct image *image)
{
	size_t i;

	memset(image, 0, sizeof(*image));
	image->header.magic = EDGETPU_FW_MAGIC;
	image->header.header_version = EDGETPU_FW_HEADER_VERSION;
	image->header.header_size = sizeof(image->header);
	image->header.payload_size = PAYLOAD;
	image->header.load_addr = EDGETPU_TCM_BASE + 0x100;
	image->header.entry = EDGETPU_TCM_BASE + 0x104;
	image->header.fw_version = 0x010203;
	image->header.protocol = EDGETPU_PROTOCOL;
	image->header.hw_major = EDGETPU_HW_VERSION >> 16;
	image->header.bss_size = 0x1000;
	for (i = 0; i < PAYLOAD; i++)
		image->payload[i] = 3 * i + 1;
	memset(image->behind, 0xee, sizeof(image->behind));
	seal(image);
}

static unsigned int load(const struct image *image, size_t size)
{
	uint64_t cycles = 0;
	uint32_t entry = 0;
	unsigned int error;

	error = edgetpu_bootrom_load((const uint8_t *)image, size, tcm, &entry, &cycles);
	assert_true(cycles > 0);
	if (!error)
		assert_int_equal(entry, image->header.entry);
	return error;
}

static int setup(void **state)
{
	(void)state;
	tcm = malloc(EDGETPU_TCM_SIZE);
	if (!tcm)
		return -1;
	memset(tcm, 0xa5, EDGETPU_TCM_SIZE);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(tcm);
	return 0;
}

static void test_crc_known(void **state)
{
	(void)state;
	/* the check value every description of this CRC gives */
	assert_int_equal(crc32((const uint8_t *)"123456789", 9), 0xcbf43926);
}

static void test_good(void **state)
{
	struct image image;
	size_t i;

	(void)state;
	make(&image);
	assert_int_equal(load(&image, IMAGE_SIZE), EDGETPU_BOOT_ERR_NONE);
	assert_memory_equal(tcm + 0x100, image.payload, PAYLOAD);
	for (i = 0; i < EDGETPU_TCM_SIZE; i++)
		if (i < 0x100 || i >= 0x100 + PAYLOAD)
			assert_int_equal(tcm[i], 0);
}

/* A buffer larger than the image is no fault; what is behind is not copied. */
static void test_bytes_behind(void **state)
{
	struct image image;

	(void)state;
	make(&image);
	assert_int_equal(load(&image, sizeof(image)), EDGETPU_BOOT_ERR_NONE);
	assert_int_equal(tcm[0x100 + PAYLOAD], 0);
}

/* Twice the payload costs more: the ROM's time depends on the image. */
static void test_cycles(void **state)
{
	struct image image;
	uint64_t whole, header;
	uint32_t entry;

	(void)state;
	make(&image);
	edgetpu_bootrom_load((const uint8_t *)&image, IMAGE_SIZE, tcm, &entry, &whole);
	image.header.magic = 0;
	edgetpu_bootrom_load((const uint8_t *)&image, IMAGE_SIZE, tcm, &entry, &header);
	/* 21 cycles a byte of CRC at the least */
	assert_true(whole >= header + 21 * IMAGE_SIZE);
}

/* To the cycle: header, 21 a byte of CRC, 9 a word copied, 12 each 16 bytes cleared */
static void test_cycles_exactly(void **state)
{
	struct image image;
	uint64_t cycles;
	uint32_t entry;

	(void)state;
	make(&image);
	edgetpu_bootrom_load((const uint8_t *)&image, IMAGE_SIZE, tcm, &entry, &cycles);
	assert_int_equal(cycles, 200 + 21 * IMAGE_SIZE + 9 * PAYLOAD / 4 +
			 12 * ((EDGETPU_TCM_SIZE - PAYLOAD) / 16));
	/* refused by its header, by its CRC, by its addresses */
	image.header.magic = 0;
	edgetpu_bootrom_load((const uint8_t *)&image, IMAGE_SIZE, tcm, &entry, &cycles);
	assert_int_equal(cycles, 200);
	image.header.magic = EDGETPU_FW_MAGIC;
	image.header.crc = 0;
	edgetpu_bootrom_load((const uint8_t *)&image, IMAGE_SIZE, tcm, &entry, &cycles);
	assert_int_equal(cycles, 200 + 21 * IMAGE_SIZE);
}

/* The largest and the last: good to the byte */
static void test_limits(void **state)
{
	struct image image;

	(void)state;
	make(&image);
	image.header.load_addr = EDGETPU_TCM_BASE + EDGETPU_TCM_SIZE - PAYLOAD;
	image.header.entry = EDGETPU_TCM_BASE + EDGETPU_TCM_SIZE - 2;
	image.header.bss_size = 0;
	seal(&image);
	assert_int_equal(load(&image, IMAGE_SIZE), EDGETPU_BOOT_ERR_NONE);
	assert_memory_equal(tcm + EDGETPU_TCM_SIZE - PAYLOAD, image.payload, PAYLOAD);
	image.header.bss_size = 1;
	seal(&image);
	assert_int_equal(load(&image, IMAGE_SIZE), EDGETPU_BOOT_ERR_SIZE);
	make(&image);
	image.header.load_addr = EDGETPU_TCM_BASE;
	image.header.entry = EDGETPU_TCM_BASE;
	image.header.bss_size = EDGETPU_TCM_SIZE - PAYLOAD;
	seal(&image);
	assert_int_equal(load(&image, IMAGE_SIZE), EDGETPU_BOOT_ERR_NONE);
}

static void test_largest_image(void **state)
{
	uint8_t *large = calloc(1, EDGETPU_FW_MAX_SIZE);
	uint64_t cycles;
	uint32_t entry;

	(void)state;
	assert_non_null(large);
	make((struct image *)large);
	assert_int_equal(edgetpu_bootrom_load(large, EDGETPU_FW_MAX_SIZE, tcm, &entry, &cycles),
			 EDGETPU_BOOT_ERR_NONE);
	free(large);
}

/* The faults below are each the only one: the CRC is made good again. */
#define REFUSED(change, error)						\
	do {								\
		struct image image;					\
									\
		make(&image);						\
		change;							\
		seal(&image);						\
		assert_int_equal(load(&image, IMAGE_SIZE), error);	\
		assert_int_equal(tcm[0], 0xa5);				\
	} while (0)

static void test_magic(void **state)
{
	(void)state;
	REFUSED(image.header.magic ^= 1, EDGETPU_BOOT_ERR_MAGIC);
}

static void test_versions(void **state)
{
	(void)state;
	REFUSED(image.header.header_version++, EDGETPU_BOOT_ERR_VERSION);
	REFUSED(image.header.hw_major++, EDGETPU_BOOT_ERR_VERSION);
}

static void test_sizes(void **state)
{
	struct image image;

	(void)state;
	REFUSED(image.header.header_size = 60, EDGETPU_BOOT_ERR_SIZE);
	REFUSED(image.header.payload_size = 0, EDGETPU_BOOT_ERR_SIZE);
	REFUSED(image.header.payload_size = PAYLOAD - 2, EDGETPU_BOOT_ERR_SIZE);
	REFUSED(image.header.payload_size = PAYLOAD + 4, EDGETPU_BOOT_ERR_SIZE);
	REFUSED(image.header.payload_size = 0xfffffffc, EDGETPU_BOOT_ERR_SIZE);
	REFUSED(image.header.bss_size = EDGETPU_TCM_SIZE, EDGETPU_BOOT_ERR_SIZE);
	REFUSED(image.header.bss_size = 0xffffffff, EDGETPU_BOOT_ERR_SIZE);

	make(&image);
	assert_int_equal(load(&image, 0), EDGETPU_BOOT_ERR_SIZE);
	assert_int_equal(load(&image, sizeof(image.header) - 1), EDGETPU_BOOT_ERR_SIZE);
	assert_int_equal(load(&image, sizeof(image.header)), EDGETPU_BOOT_ERR_SIZE);
	assert_int_equal(load(&image, IMAGE_SIZE - 1), EDGETPU_BOOT_ERR_SIZE);
}

static void test_too_large(void **state)
{
	uint8_t *large = calloc(1, EDGETPU_FW_MAX_SIZE + 4);
	uint64_t cycles;
	uint32_t entry;

	(void)state;
	assert_non_null(large);
	make((struct image *)large);
	assert_int_equal(edgetpu_bootrom_load(large, EDGETPU_FW_MAX_SIZE + 4, tcm, &entry, &cycles),
			 EDGETPU_BOOT_ERR_SIZE);
	free(large);
}

/* Any flipped bit of the image is found, wherever it is. */
static void test_crc(void **state)
{
	struct image image;
	size_t bit;

	(void)state;
	for (bit = 0; bit < 8 * IMAGE_SIZE; bit++) {
		make(&image);
		((uint8_t *)&image)[bit / 8] ^= 1 << bit % 8;
		assert_int_not_equal(load(&image, IMAGE_SIZE), EDGETPU_BOOT_ERR_NONE);
	}
	make(&image);
	image.payload[PAYLOAD - 1] ^= 0x80;
	assert_int_equal(load(&image, IMAGE_SIZE), EDGETPU_BOOT_ERR_CRC);
	make(&image);
	image.header.fw_version ^= 1;
	assert_int_equal(load(&image, IMAGE_SIZE), EDGETPU_BOOT_ERR_CRC);
}

static void test_addresses(void **state)
{
	(void)state;
	REFUSED(image.header.load_addr -= 0x104, EDGETPU_BOOT_ERR_ENTRY);
	REFUSED(image.header.load_addr = 0, EDGETPU_BOOT_ERR_ENTRY);
	REFUSED(image.header.load_addr += 2, EDGETPU_BOOT_ERR_ENTRY);
	REFUSED(image.header.load_addr = EDGETPU_TCM_BASE + EDGETPU_TCM_SIZE - PAYLOAD + 4,
		EDGETPU_BOOT_ERR_ENTRY);
	REFUSED(image.header.load_addr = 0xfffffffc, EDGETPU_BOOT_ERR_ENTRY);
	REFUSED(image.header.entry = image.header.load_addr - 4, EDGETPU_BOOT_ERR_ENTRY);
	REFUSED(image.header.entry = image.header.load_addr + PAYLOAD, EDGETPU_BOOT_ERR_ENTRY);
	REFUSED(image.header.entry++, EDGETPU_BOOT_ERR_ENTRY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_crc_known),
		cmocka_unit_test_setup_teardown(test_good, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bytes_behind, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cycles, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cycles_exactly, setup, teardown),
		cmocka_unit_test_setup_teardown(test_limits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_largest_image, setup, teardown),
		cmocka_unit_test_setup_teardown(test_magic, setup, teardown),
		cmocka_unit_test_setup_teardown(test_versions, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sizes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_too_large, setup, teardown),
		cmocka_unit_test_setup_teardown(test_crc, setup, teardown),
		cmocka_unit_test_setup_teardown(test_addresses, setup, teardown),
	};

	return cmocka_run_group_tests_name("bootrom", tests, NULL, NULL);
}
