/* SPDX-License-Identifier: MIT */
#ifndef PROGRAMS_FILE_H
#define PROGRAMS_FILE_H

#include "mnet.h"

/* Reads a regular file of at most @max bytes; *@data is malloc'ed, with a NUL behind it. */
int file_read(const char *path, size_t max, void **data, size_t *size, struct mnet_error *err);

/* Replaces @path, or leaves it as it was when not all could be written. */
int file_write(const char *path, const void *data, size_t size, struct mnet_error *err);

#endif /* PROGRAMS_FILE_H */
