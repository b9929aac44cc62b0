/* SPDX-License-Identifier: MIT */
/* The fields of an executable, to and from the sections of a .mnet file. */
#ifndef MNET_EXECUTABLE_CODEC_H
#define MNET_EXECUTABLE_CODEC_H

#include "compiler/executable.h"
#include "compiler/serial.h"

/*
 * Writes @exe to the sections, or fills it from them. After reading, every
 * pointer is valid and every count true; whether the parts fit each other is
 * mnet_executable_verify()'s to say.
 */
void mnet_executable_code(struct mnet_io *io, struct mnet_executable *exe);

#endif /* MNET_EXECUTABLE_CODEC_H */
