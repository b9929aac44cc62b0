// SPDX-License-Identifier: MIT
#include "programs/labels.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "programs/file.h"
#include "programs/report.h"

#define MAX_FILE  (16u << 20)
#define MAX_CLASS 1000000

/* Every character must be printable UTF-8: labels go to terminals and into JSON. */
static int check_text(const char *text, size_t size, struct mnet_error *err)
{
	size_t line = 1;

	for (size_t i = 0; i < size;) {
		unsigned int n = utf8_length(text + i);
		unsigned char c = text[i];

		if (!n || c == 0x7f || (c < 0x20 && c != '\t' && c != '\n' && c != '\r'))
			return set_error(err, -EINVAL, "line %zu is no text in UTF-8", line);
		line += c == '\n';
		i += n;
	}
	return 0;
}

/* Makes strings of the lines, without blanks at their ends. */
static int split(struct labels *labels, size_t size, struct mnet_error *err)
{
	char *line = labels->text;
	size_t lines = 1;

	for (size_t i = 0; i + 1 < size; i++)
		lines += labels->text[i] == '\n';
	labels->label = calloc(lines, sizeof(*labels->label));
	if (!labels->label)
		return set_error(err, -ENOMEM, "out of memory");
	for (labels->count = 0; labels->count < lines; labels->count++) {
		size_t length = strcspn(line, "\n");
		char *next = line + length + 1;

		while (length && strchr(" \t\r", line[length - 1]))
			length--;
		line[length] = 0;
		labels->label[labels->count] = line;
		line = next;
	}
	return 0;
}

/* Where the label begins behind a leading number, or NULL without one */
static const char *skip_number(const char *line, unsigned long *number)
{
	const char *end = line + strspn(line, "0123456789");
	const char *label = end + strspn(end, " \t");

	if (end == line || end - line > 9)
		return NULL;
	if (label == end && *label == ':')
		label += 1 + strspn(label + 1, " \t");
	if (label == end && *label)
		return NULL;
	*number = strtoul(line, NULL, 10);
	return label;
}

/* @lines point into the text. True when all that are not empty are numbered. */
static bool all_numbered(const char **lines, size_t count, size_t *classes)
{
	bool any = false;

	*classes = 0;
	for (size_t i = 0; i < count; i++) {
		unsigned long number;
		const char *label;

		if (!*lines[i])
			continue;
		label = skip_number(lines[i], &number);
		/* A file of bare numbers labels classes with numbers. */
		if (!label || !*label)
			return false;
		any = true;
		if (number >= *classes)
			*classes = number + 1;
	}
	return any;
}

static int renumber(struct labels *labels, size_t classes, struct mnet_error *err)
{
	const char **label;

	if (classes > MAX_CLASS)
		return set_error(err, -EINVAL, "class number %zu is too large", classes - 1);
	label = calloc(classes, sizeof(*label));
	if (!label)
		return set_error(err, -ENOMEM, "out of memory");
	for (size_t i = 0; i < labels->count; i++) {
		unsigned long number;
		const char *text;

		if (!*labels->label[i])
			continue;
		text = skip_number(labels->label[i], &number);
		if (label[number]) {
			free(label);
			return set_error(err, -EINVAL, "line %zu: class %lu a second time", i + 1,
					 number);
		}
		label[number] = text;
	}
	free(labels->label);
	labels->label = label;
	labels->count = classes;
	return 0;
}

static int parse(struct labels *labels, size_t size, struct mnet_error *err)
{
	size_t classes;
	int ret;

	if (!size)
		return set_error(err, -EINVAL, "the file is empty");
	ret = check_text(labels->text, size, err);
	if (!ret)
		ret = split(labels, size, err);
	if (!ret && all_numbered(labels->label, labels->count, &classes))
		ret = renumber(labels, classes, err);
	return ret;
}

int labels_read(const char *path, struct labels *labels, struct mnet_error *err)
{
	void *data;
	size_t size;
	int ret;

	memset(labels, 0, sizeof(*labels));
	ret = file_read(path, MAX_FILE, &data, &size, err);
	if (ret)
		return ret;
	labels->text = data;
	ret = parse(labels, size, err);
	if (ret)
		labels_free(labels);
	return ret;
}

void labels_free(struct labels *labels)
{
	free(labels->text);
	free(labels->label);
	memset(labels, 0, sizeof(*labels));
}

const char *labels_get(const struct labels *labels, size_t class, char number[24])
{
	if (class < labels->count && labels->label[class] && *labels->label[class])
		return labels->label[class];
	snprintf(number, 24, "%zu", class);
	return number;
}
