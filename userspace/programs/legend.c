// SPDX-License-Identifier: MIT
/* The list of classes below a picture */
#include <stdio.h>
#include <string.h>

#include "programs/font.h"
#include "programs/report.h"
#include "programs/segment.h"

/* A picture of this width has letters of the font's own size, one twice as wide twice that. */
#define UNIT_WIDTH 240
#define MAX_SCALE  8
/* In pixels of the font */
#define ADVANCE	    (FONT_WIDTH + 1)
#define LINE	    (FONT_HEIGHT + 5)
#define MARGIN	    4
#define SWATCH	    (FONT_HEIGHT + 4)
#define MAX_ENTRIES 64
#define MAX_LABEL   40

static const uint8_t paper[3] = { 24, 24, 28 };
static const uint8_t ink[3] = { 235, 235, 235 };

/**
 * struct legend - how it is laid out, in pixels of the font
 * @entries: classes in it
 * @more: line that stands for the rest, or empty
 * @scale: pixels of the picture per pixel of the font
 * @entry_width: of the widest
 * @columns: entries side by side
 */
struct legend {
	size_t entries;
	char more[32];
	uint32_t scale;
	uint32_t entry_width;
	uint32_t columns;
};

static void entry_text(const struct segment_class *class, const struct labels *labels,
		       char text[MAX_LABEL + 32])
{
	char number[24], label[MAX_LABEL];
	int n = snprintf(text, 16, "%u ", class->index);

	if (class->index < labels->count && labels->label[class->index])
		n += snprintf(
			text + n, MAX_LABEL + 1, "%s ",
			printable(label, sizeof(label), labels_get(labels, class->index, number)));
	snprintf(text + n, 12, "%.1f %%", class->share * 100);
}

/* One '?' for a character that the font lacks, however many bytes it has */
static size_t text_letters(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += (*text & 0xc0) != 0x80;
	return n;
}

static void fill(struct image *image, uint32_t x, uint32_t y, uint32_t width, uint32_t height,
		 const uint8_t rgb[3])
{
	for (uint32_t v = y; v < y + height; v++) {
		for (uint32_t u = x; u < x + width; u++)
			memcpy(image->rgb + ((size_t)v * image->width + u) * 3, rgb, 3);
	}
}

static void draw_letter(struct image *image, uint32_t x, uint32_t y, uint32_t scale, char letter)
{
	const uint8_t *glyph = font_glyph(letter);

	for (int row = 0; row < FONT_HEIGHT; row++) {
		for (int column = 0; column < FONT_WIDTH; column++) {
			if (glyph[row] >> (FONT_WIDTH - 1 - column) & 1)
				fill(image, x + column * scale, y + row * scale, scale, scale, ink);
		}
	}
}

static void draw_text(struct image *image, uint32_t x, uint32_t y, uint32_t scale, const char *text)
{
	for (; *text; text++) {
		if ((*text & 0xc0) == 0x80)
			continue;
		draw_letter(image, x, y, scale, *text);
		x += ADVANCE * scale;
	}
}

static void plan(struct legend *l, uint32_t width, const struct segmentation *s,
		 const struct labels *labels)
{
	char text[MAX_LABEL + 32];
	uint32_t room;

	*l = (struct legend){ .entries = s->count, .scale = width / UNIT_WIDTH };
	l->scale = l->scale < 1 ? 1 : l->scale > MAX_SCALE ? MAX_SCALE : l->scale;
	if (s->count > MAX_ENTRIES) {
		l->entries = MAX_ENTRIES;
		snprintf(l->more, sizeof(l->more), "and %zu more", s->count - MAX_ENTRIES);
	}
	for (size_t i = 0; i < l->entries; i++) {
		uint32_t w;

		entry_text(&s->classes[i], labels, text);
		w = SWATCH + MARGIN + text_letters(text) * ADVANCE + MARGIN;
		l->entry_width = w > l->entry_width ? w : l->entry_width;
	}
	/* The last entry's own margin is at the edge. */
	room = width / l->scale;
	l->columns = room >= MARGIN + l->entry_width ? (room - MARGIN) / l->entry_width : 1;
	l->columns = l->columns > l->entries ? l->entries : l->columns;
}

static void draw(struct image *image, uint32_t top, const struct legend *l,
		 const struct segmentation *s, const struct labels *labels)
{
	char text[MAX_LABEL + 32];
	uint32_t k = l->scale;

	for (size_t i = 0; i < l->entries + !!*l->more; i++) {
		uint32_t x = (MARGIN + i % l->columns * l->entry_width) * k;
		uint32_t y = top + (MARGIN + i / l->columns * LINE) * k;
		uint8_t rgb[3];

		if (i == l->entries) {
			draw_text(image, x + (SWATCH + MARGIN) * k, y, k, l->more);
			break;
		}
		palette_colour(s->classes[i].index, rgb);
		fill(image, x, y, SWATCH * k, FONT_HEIGHT * k, rgb);
		entry_text(&s->classes[i], labels, text);
		draw_text(image, x + (SWATCH + MARGIN) * k, y, k, text);
	}
}

int legend_add(const struct image *picture, const struct segmentation *s,
	       const struct labels *labels, struct image *with, struct mnet_error *err)
{
	size_t row = (size_t)picture->width * 3;
	uint32_t width, lines;
	struct legend l;
	int ret;

	plan(&l, picture->width, s, labels);
	width = (l.columns * l.entry_width + MARGIN) * l.scale;
	width = width > picture->width ? width : picture->width;
	lines = (l.entries + !!*l.more + l.columns - 1) / l.columns;
	ret = image_alloc(with, width,
			  (uint64_t)picture->height + (lines * LINE + MARGIN) * l.scale, err);
	if (ret)
		return ret;
	fill(with, 0, 0, with->width, with->height, paper);
	for (uint32_t y = 0; y < picture->height; y++)
		memcpy(with->rgb + (size_t)y * width * 3, picture->rgb + y * row, row);
	draw(with, picture->height, &l, s, labels);
	return 0;
}
