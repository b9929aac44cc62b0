/* SPDX-License-Identifier: GPL-2.0-only */
/* What the fuzz targets have in common. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include "mnet.h"

/* libFuzzer calls it with each input. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program, as a finding, when what must hold does not. */
void fuzz_expect(bool holds, const char *what, const struct mnet_error *err);

/* A file that holds @data, at a path that stays the same; NULL: no memory for it */
const char *fuzz_file(const void *data, size_t size);

/*
 * Runs @exe once without an accelerator, where it needs none and is small enough
 * not to take long: what passed verification must be safe to run.
 */
void fuzz_run(const struct mnet_executable *exe);

#endif /* FUZZ_H */
