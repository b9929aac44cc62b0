// SPDX-License-Identifier: MIT
#include "monitor/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

int text_directory(int at, const char *path)
{
	const int fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* Files of /proc may come in pieces. */
static ssize_t read_all(int fd, char *text, size_t size)
{
	size_t at = 0;

	while (at < size) {
		const ssize_t n = read(fd, text + at, size - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		at += n;
	}
	return at;
}

ssize_t text_read(int at, const char *path, char *text, size_t size)
{
	const int fd = openat(at, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t n;

	text[0] = 0;
	if (fd < 0)
		return -errno;
	n = read_all(fd, text, size - 1);
	close(fd);
	if (n > 0 && text[n - 1] == '\n')
		n--;
	text[n > 0 ? n : 0] = 0;
	return n;
}

int64_t text_parse(const char *text, const char **end)
{
	char *after;
	long long value;

	/* Too large a number is the largest there is: strtoll() says so. */
	value = strtoll(text, &after, 10);
	*end = after;
	if (after == text || value == MONITOR_NONE)
		return MONITOR_NONE;
	return value;
}

int64_t text_number(int at, const char *path)
{
	const char *end;
	char text[32];
	int64_t value;

	if (text_read(at, path, text, sizeof(text)) <= 0)
		return MONITOR_NONE;
	value = text_parse(text, &end);
	return *end ? MONITOR_NONE : value;
}
