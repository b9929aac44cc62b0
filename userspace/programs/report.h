/* SPDX-License-Identifier: MIT */
/* Error lines and text that came from files. */
#ifndef PROGRAMS_REPORT_H
#define PROGRAMS_REPORT_H

#include <stdbool.h>

#include "mnet.h"

/* Formats into @err and returns @code. */
int set_error(struct mnet_error *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * One line on stderr, "PROGRAM: SUBJECT: MESSAGE", without the bytes that would
 * break it; @subject may be NULL. Returns 1, the exit status of a failure.
 */
int report(const char *program, const char *subject, const struct mnet_error *err);

/* A hint on stderr for wrong arguments. Returns 2, the exit status of it. */
int report_usage(const char *program, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * The same for what getopt_long() stopped at, with @option ':' (":" begins the short
 * options) or '?'.
 */
int report_option(const char *program, int option, char *const *argv);

/*
 * Copies @from to @to (of @size bytes) with control characters and bytes that are
 * not UTF-8 replaced by '?'. Returns @to.
 */
char *printable(char *to, size_t size, const char *from);

/* Bytes of the UTF-8 character at @s (NUL-terminated); 0: it is none */
unsigned int utf8_length(const char *s);

/* Whether that character, of UTF-8, is one that controls: U+0000 to 1F, 7F to 9F */
bool is_control(const char *character);

#endif /* PROGRAMS_REPORT_H */
