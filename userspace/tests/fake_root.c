// SPDX-License-Identifier: MIT
#define _GNU_SOURCE /* vasprintf, nftw */
#include "fake_root.h"

#include <errno.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEVICE "sys/bus/pci/drivers/edgetpu/0000:00:02.0"

static void must(int good, const char *what)
{
	if (good)
		return;
	perror(what);
	abort();
}

char *fake_root(void)
{
	char *root = strdup("/tmp/fake_root.XXXXXX");

	must(root && mkdtemp(root), "mkdtemp");
	return root;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

void fake_root_free(char *root)
{
	nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(root);
}

static char *path_of(const char *root, const char *format, va_list args)
{
	char *name, *path;

	must(vasprintf(&name, format, args) >= 0 && asprintf(&path, "%s/%s", root, name) >= 0,
	     "asprintf");
	free(name);
	for (char *slash = path + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = 0;
		must(!mkdir(path, 0755) || errno == EEXIST, path);
		*slash = '/';
	}
	return path;
}

void fake_file(const char *root, const char *content, const char *format, ...)
{
	va_list args;
	char *path;
	FILE *file;

	va_start(args, format);
	path = path_of(root, format, args);
	va_end(args);
	file = fopen(path, "w");
	must(file && fputs(content, file) >= 0 && !fclose(file), path);
	free(path);
}

void fake_link(const char *root, const char *target, const char *format, ...)
{
	va_list args;
	char *path;

	va_start(args, format);
	path = path_of(root, format, args);
	va_end(args);
	must(!unlink(path) || errno == ENOENT, path);
	must(!symlink(target, path), path);
	free(path);
}

void fake_remove(const char *root, const char *format, ...)
{
	va_list args;
	char *path;

	va_start(args, format);
	path = path_of(root, format, args);
	va_end(args);
	must(!nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS), path);
	free(path);
}

void fake_device(const char *root)
{
	static const char *const files[][2] = {
		{ "edgetpu/busy_time_ns", "2000000000\n" },
		{ "edgetpu/busy_time_load_ns", "100000000\n" },
		{ "edgetpu/busy_time_store_ns", "200000000\n" },
		{ "edgetpu/busy_time_array_ns", "1500000000\n" },
		{ "edgetpu/busy_time_vector_ns", "400000000\n" },
		{ "edgetpu/up_time_ns", "10000000000\n" },
		{ "edgetpu/serial", "00c0ffee12345678\n" },
		{ "edgetpu/frequency_khz", "480000\n" },
		{ "edgetpu/memory_used_bytes", "3145728\n" },
		{ "edgetpu/memory_limit_bytes", "536870912\n" },
		{ "edgetpu/resets", "3\n" },
		{ "edgetpu/firmware_version", "1.2.3\n" },
		{ "hwmon/hwmon4/temp1_input", "45250\n" },
		{ "hwmon/hwmon4/temp1_max", "85000\n" },
		{ "hwmon/hwmon4/temp1_max_alarm", "0\n" },
		{ "hwmon/hwmon4/power1_average", "1234000\n" },
		{ "hwmon/hwmon4/energy1_input", "5000001\n" },
		{ "power/runtime_status", "active\n" },
		{ "accel/accel0/dev", "1:3\n" },
	};

	for (unsigned int i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		fake_file(root, files[i][1], DEVICE "/%s", files[i][0]);
	/* what lies beside devices */
	fake_file(root, "", "sys/bus/pci/drivers/edgetpu/bind");
	fake_file(root, "", "sys/bus/pci/drivers/edgetpu/module/edgetpu/version");
}

void fake_client(const char *root, int pid, const char *name, int fd, const char *fdinfo)
{
	fake_file(root, name, "proc/%d/comm", pid);
	fake_link(root, "/dev/null", "proc/%d/fd/%d", pid, fd);
	fake_file(root, fdinfo, "proc/%d/fdinfo/%d", pid, fd);
}
