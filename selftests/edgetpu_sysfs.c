// SPDX-License-Identifier: GPL-2.0-only
#include "edgetpu_sysfs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "edgetpu_selftest.h"

#define DRIVER	"/sys/bus/pci/drivers/edgetpu/"

static int device_path(int fd, char *path, size_t size, const char *file)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	snprintf(path, size, "/sys/dev/char/%u:%u/device%s", major(st.st_rdev),
		 minor(st.st_rdev), file);
	return 0;
}

int tpu_pci_name(int fd, char name[TPU_PCI_NAME])
{
	char path[96], link[PATH_MAX];
	ssize_t length;
	int ret;

	ret = device_path(fd, path, sizeof(path), "");
	if (ret)
		return ret;
	length = readlink(path, link, sizeof(link) - 1);
	if (length < 0)
		return -errno;
	link[length] = 0;
	snprintf(name, TPU_PCI_NAME, "%.60s", strrchr(link, '/') + 1);
	return 0;
}

int tpu_pci_open(int fd, const char *file, int flags)
{
	char path[96], slash[64];
	int ret;

	snprintf(slash, sizeof(slash), "/%.60s", file);
	ret = device_path(fd, path, sizeof(path), slash);
	if (ret)
		return ret;
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int tpu_allow_sleep(int fd, int allow)
{
	const char *text = allow ? "auto" : "on";
	const int control = tpu_pci_open(fd, "power/control", O_WRONLY);
	int ret = 0;

	if (control < 0)
		return control;
	if (write(control, text, strlen(text)) < 0)
		ret = -errno;
	close(control);
	return ret;
}

volatile uint32_t *tpu_bar0(int fd, int writable)
{
	const int bar = tpu_pci_open(fd, "resource0", writable ? O_RDWR | O_SYNC : O_RDONLY);
	void *map;

	if (bar < 0)
		return NULL;
	tpu_allow_sleep(fd, 0);
	map = mmap(NULL, EDGETPU_BAR0_SIZE, writable ? PROT_READ | PROT_WRITE : PROT_READ,
		   MAP_SHARED, bar, 0);
	close(bar);
	return map == MAP_FAILED ? NULL : map;
}

/* The number in the line "@key: number" of a file */
static long number_in(const char *path, const char *key)
{
	const size_t length = strlen(key);
	long number = -ENOENT;
	char line[256];
	FILE *file = fopen(path, "r");

	if (!file)
		return -errno;
	while (fgets(line, sizeof(line), file)) {
		if (!strncmp(line, key, length) && line[length] == ':')
			number = strtol(line + length + 1, NULL, 10);
	}
	fclose(file);
	return number;
}

long tpu_fdinfo(int fd, const char *key)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	return number_in(path, key);
}

long tpu_debugfs(const char *name, const char *key)
{
	char path[PATH_MAX], device[TPU_PCI_NAME];
	int fd = tpu_open(), ret;

	if (fd < 0)
		return fd;
	/* the folder has the name of the PCI device */
	ret = tpu_pci_name(fd, device);
	close(fd);
	snprintf(path, sizeof(path), "/sys/kernel/debug/accel/%.64s/%.64s", device, name);
	return ret ? ret : number_in(path, key);
}

int tpu_write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

int tpu_driver_unbind(const char *name)
{
	return tpu_write_file(DRIVER "unbind", name);
}

/* The node of the one that went may still be there for a while, and then none. */
int tpu_driver_bind(const char *name)
{
	struct tpu_client c;
	int ret = tpu_write_file(DRIVER "bind", name);

	for (int i = 0; !ret && i < 600; i++) {
		usleep(50000);
		if (!tpu_client_open(&c, 1)) {
			ret = tpu_client_copy(&c);
			tpu_client_close(&c);
			return ret;
		}
	}
	return ret ? ret : -ENODEV;
}

uint64_t tpu_reach(void)
{
	return access("/sys/class/iommu/dmar0", F_OK) ? UINT64_MAX : (1ull << 18) * 4096;
}
