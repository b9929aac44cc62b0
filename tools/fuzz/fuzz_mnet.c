// SPDX-License-Identifier: GPL-2.0-only
/*
 * .mnet files, given a true size and checksum so that what comes after these is
 * reached; what loads is run where it needs no accelerator, and can be saved.
 */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

/* The header, of Documentation/compiler.rst */
#define SIZE_AT	    16
#define CHECKSUM_AT 24
#define HEADER_SIZE 32

/* CRC-32 of IEEE 802.3 */
static uint32_t checksum(const uint8_t *data, size_t size)
{
	uint32_t crc = ~0u;

	for (size_t i = 0; i < size; i++) {
		crc ^= data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

static void query(const struct mnet_executable *exe)
{
	struct mnet_tensor_info tensor;
	struct mnet_op_info op;
	struct mnet_error err = { "" };

	for (unsigned int i = 0; i < mnet_executable_num_inputs(exe); i++)
		fuzz_expect(!mnet_executable_input(exe, i, &tensor) &&
				    strlen(tensor.name) < SIZE_MAX,
			    "an input is missing", &err);
	for (unsigned int i = 0; i < mnet_executable_num_outputs(exe); i++)
		fuzz_expect(!mnet_executable_output(exe, i, &tensor) &&
				    strlen(tensor.name) < SIZE_MAX,
			    "an output is missing", &err);
	for (unsigned int i = 0; i < mnet_executable_num_ops(exe); i++)
		fuzz_expect(!mnet_executable_op(exe, i, &op) &&
				    strlen(op.name) + strlen(op.reason) < SIZE_MAX,
			    "an operator is missing", &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mnet_executable *exe;
	struct mnet_error err;
	const char *path;
	uint8_t *file;
	uint64_t total = htole64(size);
	uint32_t crc;

	if (size < HEADER_SIZE)
		return 0;
	file = malloc(size);
	if (!file)
		return 0;
	memcpy(file, data, size);
	crc = htole32(checksum(data + HEADER_SIZE, size - HEADER_SIZE));
	memcpy(file + SIZE_AT, &total, sizeof(total));
	memcpy(file + CHECKSUM_AT, &crc, sizeof(crc));
	path = fuzz_file(file, size);
	free(file);
	if (!path || mnet_executable_load(path, &exe, &err))
		return 0;
	query(exe);
	fuzz_run(exe);
	mnet_executable_free(exe);
	return 0;
}
