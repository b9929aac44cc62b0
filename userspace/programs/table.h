/* SPDX-License-Identifier: MIT */
#ifndef PROGRAMS_TABLE_H
#define PROGRAMS_TABLE_H

#include <stdio.h>

#include "mnet.h"

/* An operator a line: where it runs and why, what it costs; then the sums */
void table_print(const struct mnet_executable *exe, FILE *out);

#endif /* PROGRAMS_TABLE_H */
