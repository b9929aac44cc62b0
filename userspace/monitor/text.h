/* SPDX-License-Identifier: MIT */
/* Small files of /sys and /proc, relative to an open directory. */
#ifndef MONITOR_TEXT_H
#define MONITOR_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What has no value: the file is not there, or the device sleeps */
#define MONITOR_NONE	INT64_MIN

/* A directory below @at, or -errno */
int text_directory(int at, const char *path);

/*
 * The first @size - 1 bytes of a file without the newline at its end, and a NUL: the
 * length, or -errno and an empty text.
 */
ssize_t text_read(int at, const char *path, char *text, size_t size);

/* The whole number that a file is, at most INT64_MAX; or MONITOR_NONE */
int64_t text_number(int at, const char *path);

/* The number that @text begins with, *@end behind it; MONITOR_NONE without one */
int64_t text_parse(const char *text, const char **end);

#endif /* MONITOR_TEXT_H */
