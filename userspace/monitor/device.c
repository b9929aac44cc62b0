// SPDX-License-Identifier: MIT
/* Devices: the driver's folder in sysfs, hwmon's, and what the kernel says of their sleep. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "monitor/snapshot.h"

#define DRIVER "sys/bus/pci/drivers/edgetpu"

/* The entry of @folder below @dir that begins with @prefix, of several the first: 0 or -ENOENT */
static int find_entry(int dir, const char *folder, const char *prefix, char *name, size_t size)
{
	const int fd = text_directory(dir, folder);
	DIR *entries = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	*name = 0;
	if (!entries) {
		if (fd >= 0)
			close(fd);
		return -ENOENT;
	}
	while ((entry = readdir(entries))) {
		if (strncmp(entry->d_name, prefix, strlen(prefix)) ||
		    strlen(entry->d_name) >= size)
			continue;
		if (!*name || strcmp(entry->d_name, name) < 0)
			strcpy(name, entry->d_name);
	}
	closedir(entries);
	return *name ? 0 : -ENOENT;
}

static void read_node(int dir, struct monitor_device *device)
{
	unsigned int major, minor;
	char path[64], text[32];

	if (find_entry(dir, "accel", "accel", device->node, sizeof(device->node)))
		return;
	snprintf(path, sizeof(path), "accel/%s/dev", device->node);
	if (text_read(dir, path, text, sizeof(text)) > 0 &&
	    sscanf(text, "%u:%u", &major, &minor) == 2)
		device->number = makedev(major, minor);
}

static enum monitor_state read_state(int dir)
{
	static const struct {
		const char *text;
		enum monitor_state state;
	} states[] = {
		{ "active", MONITOR_ACTIVE },
		{ "suspended", MONITOR_ASLEEP },
		{ "suspending", MONITOR_FALLING_ASLEEP },
		{ "resuming", MONITOR_WAKING },
		{ "error", MONITOR_ERROR },
	};
	char text[32];

	text_read(dir, "power/runtime_status", text, sizeof(text));
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if (!strcmp(text, states[i].text))
			return states[i].state;
	}
	return MONITOR_ON;
}

static void read_hwmon(int dir, struct monitor_device *device)
{
	char name[32], path[64];
	int hwmon = -1;

	if (!find_entry(dir, "hwmon", "hwmon", name, sizeof(name))) {
		snprintf(path, sizeof(path), "hwmon/%s", name);
		hwmon = text_directory(dir, path);
	}
	device->temp = text_number(hwmon, "temp1_input");
	device->temp_max = text_number(hwmon, "temp1_max");
	device->alarm = text_number(hwmon, "temp1_max_alarm");
	device->power = text_number(hwmon, "power1_average");
	device->energy = text_number(hwmon, "energy1_input");
	if (hwmon >= 0)
		close(hwmon);
}

/* All counts one after the other: the driver tells them of one moment. */
static void read_counts(int dir, struct monitor_device *device)
{
	char path[64];

	device->busy = text_number(dir, "edgetpu/busy_time_ns");
	for (int i = 0; i < MONITOR_ENGINES; i++) {
		snprintf(path, sizeof(path), "edgetpu/busy_time_%s_ns", monitor_engine_names[i]);
		device->engine[i] = text_number(dir, path);
	}
	device->up = text_number(dir, "edgetpu/up_time_ns");
}

static void read_device(int dir, struct monitor_device *device)
{
	read_counts(dir, device);
	read_hwmon(dir, device);
	read_node(dir, device);
	device->state = read_state(dir);
	device->khz = text_number(dir, "edgetpu/frequency_khz");
	device->memory = text_number(dir, "edgetpu/memory_used_bytes");
	device->memory_limit = text_number(dir, "edgetpu/memory_limit_bytes");
	device->resets = text_number(dir, "edgetpu/resets");
	device->unfinished = MONITOR_NONE;
	device->rate = monitor_no_rate;
	text_read(dir, "edgetpu/serial", device->serial, sizeof(device->serial));
	text_read(dir, "edgetpu/firmware_version", device->firmware, sizeof(device->firmware));
}

static int add_device(int driver, const char *name, struct monitor_snapshot *snapshot)
{
	struct monitor_device *devices, *device;
	int dir, folder;

	/* Among them are the driver's own files: a device has the folder. */
	dir = text_directory(driver, name);
	if (dir < 0)
		return 0;
	folder = text_directory(dir, "edgetpu");
	if (folder < 0) {
		close(dir);
		return 0;
	}
	close(folder);
	devices = monitor_grow(snapshot->devices, snapshot->num_devices, sizeof(*devices));
	if (!devices) {
		close(dir);
		return -ENOMEM;
	}
	snapshot->devices = devices;
	device = &devices[snapshot->num_devices++];
	*device = (struct monitor_device){ 0 };
	strcpy(device->name, name);
	read_device(dir, device);
	close(dir);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct monitor_device *x = a, *y = b;

	return strcmp(x->name, y->name);
}

int monitor_read_devices(int root, struct monitor_snapshot *snapshot)
{
	const int driver = text_directory(root, DRIVER);
	DIR *entries = driver < 0 ? NULL : fdopendir(driver);
	struct dirent *entry;
	int ret = 0;

	if (!entries) {
		if (driver >= 0)
			close(driver);
		return 0;
	}
	while (!ret && (entry = readdir(entries))) {
		/* "0000:00:02.0"; not "module", ".." */
		if (strchr(entry->d_name, ':') &&
		    strlen(entry->d_name) < sizeof(snapshot->devices->name))
			ret = add_device(driver, entry->d_name, snapshot);
	}
	closedir(entries);
	if (snapshot->num_devices)
		qsort(snapshot->devices, snapshot->num_devices, sizeof(*snapshot->devices), by_name);
	return ret;
}
