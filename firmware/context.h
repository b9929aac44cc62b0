/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Contexts: address spaces the host has made known.
 */
#ifndef FW_CONTEXT_H
#define FW_CONTEXT_H

#include "regs.h"

#define CONTEXT_NONE	0xffffffffu

/* All return an EDGETPU_MBOX_* status. */
uint32_t context_create(uint32_t context, uint64_t table);
uint32_t context_destroy(uint32_t context);

bool context_exists(uint32_t context);

/* A ring or save area of @context came (+1) or went (-1). */
void context_count_user(uint32_t context, int32_t change);

/* Makes the engines' SRAM and translations @context's; clears what another one left. */
void context_enter(uint32_t context);

#endif /* FW_CONTEXT_H */
