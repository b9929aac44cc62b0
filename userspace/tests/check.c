// SPDX-License-Identifier: MIT
/* TAP output, random numbers and files for the tests. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "check.h"

static int count, failed;

bool check(bool ok, const char *format, ...)
{
	va_list args;

	count++;
	failed += !ok;
	printf("%sok %d - ", ok ? "" : "not ", count);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
	return ok;
}

void check_skip(const char *format, ...)
{
	va_list args;

	printf("ok %d # SKIP ", ++count);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

void check_skip_all(const char *format, ...)
{
	va_list args;

	printf("1..0 # SKIP ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	exit(0);
}

void check_note(const char *format, ...)
{
	va_list args;

	printf("# ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

int check_done(void)
{
	printf("1..%d\n", count);
	return failed ? 1 : 0;
}

/* splitmix64 */
unsigned int check_random(struct check_random *r)
{
	unsigned long long z = r->state += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return (unsigned int)((z ^ (z >> 31)) >> 32);
}

int check_between(struct check_random *r, int lo, int hi)
{
	return lo + (int)(check_random(r) % ((unsigned int)(hi - lo) + 1));
}

const char *check_shared(const char *name)
{
	static char path[4096];
	const char *folder = getenv("EDGETPU_SHARED");

	snprintf(path, sizeof(path), "%s/%s", folder ? folder : CHECK_SOURCE_ROOT "/../shared",
		 name);
	return path;
}

void *check_read_file(const char *path, unsigned long *size)
{
	FILE *f = fopen(path, "rb");
	char *data = NULL;
	long len;

	if (!f)
		return NULL;
	len = fseek(f, 0, SEEK_END) ? -1 : ftell(f);
	if (len >= 0 && !fseek(f, 0, SEEK_SET)) {
		data = malloc(len ? (size_t)len : 1);
		if (data && fread(data, 1, (size_t)len, f) != (size_t)len) {
			free(data);
			data = NULL;
		}
		*size = (unsigned long)len;
	}
	fclose(f);
	return data;
}
