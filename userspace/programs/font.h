/* SPDX-License-Identifier: MIT */
/* Letters of 5 x 7 pixels, for legends in pictures */
#ifndef PROGRAMS_FONT_H
#define PROGRAMS_FONT_H

#include <stdint.h>

#define FONT_WIDTH	5
#define FONT_HEIGHT	7

/* FONT_HEIGHT rows from the top, bit 4 is the left column; '?' for what is not ASCII */
const uint8_t *font_glyph(char c);

#endif /* PROGRAMS_FONT_H */
