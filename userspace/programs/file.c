// SPDX-License-Identifier: MIT
#define _GNU_SOURCE /* asprintf */
#include "programs/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "programs/report.h"

static int read_open(int fd, size_t max, void **data, size_t *size, struct mnet_error *err)
{
	struct stat st;
	size_t done = 0;
	char *bytes;

	if (fstat(fd, &st))
		return set_error(err, -errno, "%s", strerror(errno));
	if (S_ISDIR(st.st_mode))
		return set_error(err, -EISDIR, "%s", strerror(EISDIR));
	if (!S_ISREG(st.st_mode))
		return set_error(err, -EINVAL, "not a regular file");
	if ((unsigned long long)st.st_size > max)
		return set_error(err, -EFBIG, "%lld bytes; at most %zu are read",
				 (long long)st.st_size, max);
	bytes = malloc((size_t)st.st_size + 1);
	if (!bytes)
		return set_error(err, -ENOMEM, "out of memory");
	while (done < (size_t)st.st_size) {
		ssize_t n = read(fd, bytes + done, st.st_size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			int code = n ? errno : EIO;

			free(bytes);
			return set_error(err, -code, "cannot read: %s",
					 n ? strerror(code) : "it became shorter");
		}
		done += n;
	}
	bytes[done] = 0;
	*data = bytes;
	*size = done;
	return 0;
}

int file_read(const char *path, size_t max, void **data, size_t *size, struct mnet_error *err)
{
	/* Opening a FIFO must not wait for a writer. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int ret;

	*data = NULL;
	*size = 0;
	if (fd < 0)
		return set_error(err, -errno, "%s", strerror(errno));
	ret = read_open(fd, max, data, size, err);
	close(fd);
	return ret;
}

static int write_all(int fd, const char *data, size_t size)
{
	while (size) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		size -= n;
	}
	return 0;
}

/* What is no file itself stays what it is: a device, a FIFO, a link such as /dev/stdout. */
static int write_special(const char *path, const void *data, size_t size, struct mnet_error *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	int ret;

	if (fd < 0)
		return set_error(err, -errno, "cannot write: %s", strerror(errno));
	ret = write_all(fd, data, size);
	if (close(fd) && !ret)
		ret = -errno;
	return ret ? set_error(err, ret, "cannot write: %s", strerror(-ret)) : 0;
}

int file_write(const char *path, const void *data, size_t size, struct mnet_error *err)
{
	struct stat st;
	mode_t mask;
	char *temp;
	int fd, ret;

	if (!lstat(path, &st) && !S_ISREG(st.st_mode))
		return write_special(path, data, size, err);
	if (asprintf(&temp, "%s.XXXXXX", path) < 0)
		return set_error(err, -ENOMEM, "out of memory");
	fd = mkstemp(temp);
	if (fd < 0) {
		ret = -errno;
		free(temp);
		return set_error(err, ret, "cannot write: %s", strerror(-ret));
	}
	ret = write_all(fd, data, size);
	/* mkstemp() makes a private file; this one is as any other. */
	mask = umask(0);
	umask(mask);
	if (!ret && fchmod(fd, 0666 & ~mask))
		ret = -errno;
	if (close(fd) && !ret)
		ret = -errno;
	if (!ret && rename(temp, path))
		ret = -errno;
	if (ret) {
		unlink(temp);
		set_error(err, ret, "cannot write: %s", strerror(-ret));
	}
	free(temp);
	return ret;
}
