/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The firmware's version: said here alone, for the image's header and HELLO.
 */
#ifndef FW_VERSION_H
#define FW_VERSION_H

#define FW_VERSION_MAJOR	1
#define FW_VERSION_MINOR	3
#define FW_VERSION_PATCH	0
#define FW_VERSION \
	((uint32_t)FW_VERSION_MAJOR << 16 | FW_VERSION_MINOR << 8 | FW_VERSION_PATCH)

#endif /* FW_VERSION_H */
