/* SPDX-License-Identifier: MIT */
/* A crash dump such as the driver makes, with a section of each kind. */
#ifndef DUMP_FILE_H
#define DUMP_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "edgetpu_coredump.h"

#define DUMP_FILE_MAX 8192

/**
 * struct dump_file - a dump that grows
 * @data: its bytes
 * @size: how many
 */
struct dump_file {
	uint8_t data[DUMP_FILE_MAX];
	size_t size;
};

void dump_file_begin(struct dump_file *file);
void dump_file_add(struct dump_file *file, uint32_t type, const void *data, uint32_t size);
/* Complete: a firmware that crashed while CONV number 7, of tag 0, ran */
void dump_file_make(struct dump_file *file);

#endif /* DUMP_FILE_H */
