// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "monitor/monitor.h"

int monitor_reset(const char *root, const char *name)
{
	char path[128];
	int fd, dir, ret = 0;

	/* a name alone, no way to somewhere else */
	if (!*name || *name == '.' || strchr(name, '/') || strlen(name) > 32)
		return -ENODEV;
	dir = text_directory(AT_FDCWD, root);
	if (dir < 0)
		return dir;
	snprintf(path, sizeof(path), "sys/bus/pci/drivers/edgetpu/%s/reset", name);
	fd = openat(dir, path, O_WRONLY | O_CLOEXEC);
	if (fd < 0) {
		ret = -errno;
		*strrchr(path, '/') = 0;
		if (ret == -ENOENT)
			ret = faccessat(dir, path, F_OK, 0) ? -ENODEV : -EOPNOTSUPP;
	} else {
		if (write(fd, "1", 1) < 0)
			ret = -errno;
		close(fd);
	}
	close(dir);
	return ret;
}
