/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The scratch memory: its bytes, what is dirty in them, and cleaning it.
 */
#ifndef EDGETPU_SRAM_H
#define EDGETPU_SRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "core/registers.h"

/**
 * struct sram - scratch memory
 * @bytes: all of it
 * @size: how many
 * @high_water: HIGH_WATER
 * @scrub_until: cycle the scrub is done
 */
struct sram {
	uint8_t *bytes;
	uint32_t size;
	uint32_t high_water;
	uint64_t scrub_until;
};

/* False when memory is short. Nothing in it is clean before sram_reset(). */
bool sram_init(struct sram *sram, uint32_t size);
void sram_free(struct sram *sram);
void sram_reset(struct sram *sram);

/* Bytes below @end are dirty. */
void sram_touch(struct sram *sram, uint64_t end);
/* Zeroes [0, @bytes), from cycle @now on. */
void sram_scrub(struct sram *sram, uint32_t bytes, uint64_t now);

/* For the control processor, but for SCRUB: that needs idle engines. */
void sram_registers(struct sram *sram, struct reg_map *core);

#endif /* EDGETPU_SRAM_H */
