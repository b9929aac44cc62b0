/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers for fuzz_ioctl; @state is the seed first, and moves on with each. */
#ifndef FUZZ_RANDOM_H
#define FUZZ_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

uint64_t draw(uint64_t *state);
/* 0 to @n - 1 */
unsigned int below(uint64_t *state, unsigned int n);
/* True once in @n times */
bool one_in(uint64_t *state, unsigned int n);
/* A number of the kind that arithmetic stumbles over */
uint64_t odd_number(uint64_t *state);
/* Changes one of the 32-bit words at @data. */
void spoil(uint64_t *state, void *data, size_t size);

#endif /* FUZZ_RANDOM_H */
