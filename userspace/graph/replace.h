/* SPDX-License-Identifier: MIT */
#ifndef MNET_REPLACE_H
#define MNET_REPLACE_H

#include <stddef.h>

/**
 * mnet_file_replace - write a file, whole or not at all
 * @path: a file, which is replaced only when all was written. What is none
 *	itself (a device, a FIFO, a link) stays what it is and is written to.
 * @data: contents
 * @size: their bytes
 *
 * Return: 0 or a negative errno.
 */
int mnet_file_replace(const char *path, const void *data, size_t size);

#endif /* MNET_REPLACE_H */
