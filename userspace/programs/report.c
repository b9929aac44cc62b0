// SPDX-License-Identifier: MIT
#include "programs/report.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int set_error(struct mnet_error *err, int code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(err->message, sizeof(err->message), format, args);
	va_end(args);
	return code;
}

unsigned int utf8_length(const char *s)
{
	const unsigned char *u = (const unsigned char *)s;
	unsigned int n, min, c;

	if (u[0] < 0x80)
		return u[0] ? 1 : 0;
	if (u[0] >= 0xc2 && u[0] < 0xe0) {
		n = 2;
		c = u[0] & 0x1f;
		min = 0x80;
	} else if (u[0] >= 0xe0 && u[0] < 0xf0) {
		n = 3;
		c = u[0] & 0x0f;
		min = 0x800;
	} else if (u[0] >= 0xf0 && u[0] < 0xf5) {
		n = 4;
		c = u[0] & 0x07;
		min = 0x10000;
	} else {
		return 0;
	}
	for (unsigned int i = 1; i < n; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (u[i] & 0x3f);
	}
	/* overlong forms, surrogates, beyond the last plane */
	if (c < min || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff)
		return 0;
	return n;
}

/* Also those of two bytes that a terminal takes for ESC and a letter */
bool is_control(const char *character)
{
	const unsigned char *u = (const unsigned char *)character;

	return u[0] < 0x20 || u[0] == 0x7f || (u[0] == 0xc2 && u[1] >= 0x80 && u[1] < 0xa0);
}

char *printable(char *to, size_t size, const char *from)
{
	size_t at = 0;

	while (*from && at + 4 < size) {
		unsigned int n = utf8_length(from);

		if (!n || is_control(from)) {
			to[at++] = '?';
			from += n ? n : 1;
			continue;
		}
		while (n--)
			to[at++] = *from++;
	}
	to[at] = 0;
	return to;
}

int report(const char *program, const char *subject, const struct mnet_error *err)
{
	char what[sizeof(err->message)], about[512];

	/* Some messages name their file themselves. */
	if (subject && !strncmp(err->message, subject, strlen(subject)) &&
	    err->message[strlen(subject)] == ':')
		subject = NULL;
	printable(what, sizeof(what), err->message);
	if (subject)
		fprintf(stderr, "%s: %s: %s\n", program, printable(about, sizeof(about), subject),
			what);
	else
		fprintf(stderr, "%s: %s\n", program, what);
	return 1;
}

int report_usage(const char *program, const char *format, ...)
{
	struct mnet_error err;
	char line[sizeof(err.message)];
	va_list args;

	va_start(args, format);
	vsnprintf(err.message, sizeof(err.message), format, args);
	va_end(args);
	fprintf(stderr, "%s: %s (%s --help shows how)\n", program,
		printable(line, sizeof(line), err.message), program);
	return 2;
}

int report_option(const char *program, int option, char *const *argv)
{
	/* A letter may stand among others, in a word that is not done with yet. */
	if (option == '?' && optopt > 0 && optopt <= UCHAR_MAX)
		return report_usage(program, "no such option: -%c", optopt);
	return report_usage(program, option == ':' ? "%s needs a value" : "no such option: %s",
			    argv[optind - 1]);
}
