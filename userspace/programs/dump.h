/* SPDX-License-Identifier: MIT */
/* A crash dump of the driver's (edgetpu_coredump.h): read, checked, printed. */
#ifndef PROGRAMS_DUMP_H
#define PROGRAMS_DUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "edgetpu_coredump.h"
#include "mnet.h"

/**
 * struct dump - a dump that makes sense
 * @data: all of it
 * @size: bytes
 * @cut: the driver had more
 */
struct dump {
	const uint8_t *data;
	size_t size;
	bool cut;
};

/**
 * struct dump_section - one section; begin with zeros
 * @type: EDGETPU_DUMP_*
 * @data: what it holds
 * @size: bytes, at least as many as its type needs
 * @next: where the next one begins
 */
struct dump_section {
	uint32_t type;
	const uint8_t *data;
	uint32_t size;
	size_t next;
};

/* Checks all of it; @data stays the caller's. 0 or -EINVAL */
int dump_open(struct dump *dump, const void *data, size_t size, struct mnet_error *err);

/* The next section, of @type unless that is 0; false: there is none */
bool dump_next(const struct dump *dump, uint32_t type, struct dump_section *section);

/* BAR0's register @offset; false: it is not in the dump */
bool dump_register(const struct dump *dump, uint32_t offset, uint32_t *value);

/**
 * struct dump_options - what is printed besides
 * @exe: the network whose operators the tags are, or NULL
 * @memory: TCM, in hexadecimal
 */
struct dump_options {
	const struct mnet_executable *exe;
	bool memory;
};

void dump_print(const struct dump *dump, const struct dump_options *options, FILE *out);

/* A command's opcode and operands, on lines of their own; tag and waits too. */
void dump_print_command(const uint8_t command[128], FILE *out);
/* NULL: there is no such opcode */
const char *dump_opcode_name(unsigned int opcode);

#endif /* PROGRAMS_DUMP_H */
