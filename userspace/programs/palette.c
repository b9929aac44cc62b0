// SPDX-License-Identifier: MIT
/* Colours of classes that are easy to tell apart, the same in every run. */
#include <math.h>

#include "programs/segment.h"

/* Class 0 is the background in most networks, and is grey. */
static const uint8_t first[][3] = {
	{ 72, 72, 80 },	   { 230, 70, 60 },   { 60, 150, 230 }, { 70, 190, 90 },
	{ 245, 200, 50 },  { 165, 85, 210 },  { 240, 140, 40 }, { 60, 205, 205 },
	{ 235, 110, 175 }, { 150, 205, 60 },  { 35, 80, 160 },	{ 145, 45, 45 },
	{ 30, 110, 70 },   { 250, 185, 150 }, { 120, 110, 20 }, { 185, 165, 245 },
	{ 100, 60, 120 },  { 160, 230, 190 }, { 150, 95, 50 },	{ 200, 200, 205 },
};

#define NUM_FIRST (sizeof(first) / sizeof(first[0]))

/* One of red, green, blue: a hue in turns, its distance from the primary colour counts */
static double primary(double hue, double offset)
{
	double d = fabs(fmod(hue + offset, 1) * 6 - 3) - 1;

	return d < 0 ? 0 : d > 1 ? 1 : d;
}

void palette_colour(uint32_t class, uint8_t rgb[3])
{
	/* Steps of the golden ratio never come near a hue that they had lately. */
	double hue = fmod(class * 0.6180339887498949, 1);
	double bright = class % 3 == 0 ? 240 : class % 3 == 1 ? 185 : 130;

	for (int c = 0; c < 3; c++) {
		if (class < NUM_FIRST)
			rgb[c] = first[class][c];
		else
			rgb[c] = bright * (0.25 + 0.75 * primary(hue, (3 - c) % 3 / 3.0));
	}
}
