// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "monitor/snapshot.h"

int monitor_read(const char *root, struct monitor_snapshot *snapshot)
{
	const int fd = text_directory(AT_FDCWD, root);
	struct timespec now;
	int ret;

	*snapshot = (struct monitor_snapshot){ 0 };
	if (fd < 0)
		return fd;
	clock_gettime(CLOCK_MONOTONIC, &now);
	snapshot->when = now.tv_sec * 1000000000ll + now.tv_nsec;
	ret = monitor_read_devices(fd, snapshot);
	if (!ret && snapshot->num_devices)
		ret = monitor_read_clients(fd, snapshot);
	close(fd);
	if (ret)
		monitor_free(snapshot);
	return ret;
}
