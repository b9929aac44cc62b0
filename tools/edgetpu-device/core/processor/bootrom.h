/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The boot ROM: checks a firmware image and puts it into TCM.
 */
#ifndef EDGETPU_BOOTROM_H
#define EDGETPU_BOOTROM_H

#include <stddef.h>
#include <stdint.h>

/**
 * edgetpu_bootrom_load - verify an image and copy its payload to TCM
 * @image: the image as it came from the host, untrusted
 * @size: its bytes, at most EDGETPU_FW_MAX_SIZE
 * @tcm: EDGETPU_TCM_SIZE bytes; cleared beyond the payload
 * @entry: out: first instruction
 * @cycles: out: cycles the ROM spent checking and copying (table-driven CRC,
 *	figures in bootrom.c); the fetch itself is the caller's to add
 *
 * Return: EDGETPU_BOOT_ERR_NONE, or why the image was refused.
 */
unsigned int edgetpu_bootrom_load(const uint8_t *image, size_t size, uint8_t *tcm,
				  uint32_t *entry, uint64_t *cycles);

#endif /* EDGETPU_BOOTROM_H */
