/* SPDX-License-Identifier: MIT */
/*
 * Label files: a label a line, the first is class 0. Where every line starts
 * with a number and blanks or a colon, as in "653  military uniform", that
 * number is the class.
 */
#ifndef PROGRAMS_LABELS_H
#define PROGRAMS_LABELS_H

#include "mnet.h"

struct labels {
	char *text;
	size_t count;
	const char **label;	/* NULL where a class has none */
};

/* -EINVAL: not a text file (UTF-8), or numbers that make no sense, with the line */
int labels_read(const char *path, struct labels *labels, struct mnet_error *err);
void labels_free(struct labels *labels);

/* The label of a class; its number, written to @number, where there is none */
const char *labels_get(const struct labels *labels, size_t class, char number[24]);

#endif /* PROGRAMS_LABELS_H */
