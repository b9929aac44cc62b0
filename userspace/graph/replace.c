// SPDX-License-Identifier: MIT
/* Files that are there as a whole or not at all. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "graph/replace.h"

static int write_all(int fd, const uint8_t *data, size_t size)
{
	while (size) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			data += n;
			size -= n;
		}
	}
	return 0;
}

static int write_to(const char *path, int flags, const void *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0666), ret;

	if (fd < 0)
		return -errno;
	ret = write_all(fd, data, size);
	if (close(fd) && !ret)
		ret = -errno;
	return ret;
}

/* Beside @path, then in its place: nobody sees half a file. */
static int write_beside(const char *path, const void *data, size_t size)
{
	static atomic_uint count;
	size_t length = strlen(path) + 48;
	char *name = malloc(length);
	int ret;

	if (!name)
		return -ENOMEM;
	/* a name that no other thread has; one left by a process of before is passed over */
	do {
		snprintf(name, length, "%s.%ld.%u.tmp", path, (long)getpid(),
			 atomic_fetch_add(&count, 1));
		ret = write_to(name, O_EXCL, data, size);
	} while (ret == -EEXIST);
	if (!ret && rename(name, path))
		ret = -errno;
	if (ret)
		unlink(name);
	free(name);
	return ret;
}

int mnet_file_replace(const char *path, const void *data, size_t size)
{
	struct stat st;

	if (!lstat(path, &st) && !S_ISREG(st.st_mode))
		return write_to(path, O_TRUNC, data, size);
	return write_beside(path, data, size);
}
