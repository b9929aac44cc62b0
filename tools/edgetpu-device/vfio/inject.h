/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The names of faults (edgetpu_fault.h), for command lines.
 */
#ifndef EDGETPU_VFIO_INJECT_H
#define EDGETPU_VFIO_INJECT_H

#include <stdbool.h>
#include <stdint.h>

/* NAME or NAME=ARGUMENT as EDGETPU_FAULT(); false: there is no such fault. */
bool inject_parse(const char *text, uint32_t *fault);

/* Name of fault @i, or NULL behind the last */
const char *inject_name(unsigned int i);

#endif /* EDGETPU_VFIO_INJECT_H */
