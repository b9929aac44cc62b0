/* SPDX-License-Identifier: MIT */
/*
 * What the edgetpu driver tells of its devices and of who uses them, read from /sys and
 * /proc. Nothing of it needs root but what other users' processes have open, and nothing
 * wakes a device. Documentation/ABI/testing/sysfs-driver-edgetpu and driver.rst say what
 * the numbers mean.
 */
#ifndef MONITOR_MONITOR_H
#define MONITOR_MONITOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "monitor/text.h"

enum monitor_engine { MONITOR_LOAD, MONITOR_STORE, MONITOR_ARRAY, MONITOR_VECTOR, MONITOR_ENGINES };

/* As the driver has them in its keys and files */
extern const char *const monitor_engine_names[MONITOR_ENGINES];

enum monitor_state {
	MONITOR_ON,		/* power management is not told of */
	MONITOR_ACTIVE,
	MONITOR_ASLEEP,
	MONITOR_FALLING_ASLEEP,
	MONITOR_WAKING,
	MONITOR_ERROR
};

/**
 * struct monitor_rate - what the difference of two looks says; NAN where it says nothing
 * @use: share of the time, 0 to 1: of a device, with any engine at work; of a client, in
 *	which the device was at work for it
 * @engine: the same of each engine
 * @jobs: ended in a second; of clients alone
 */
struct monitor_rate {
	double use;
	double engine[MONITOR_ENGINES];
	double jobs;
};

/**
 * struct monitor_device - one accelerator; numbers may be MONITOR_NONE
 * @name: of the PCI function, "0000:00:02.0"
 * @node: "accel0"; may be empty
 * @number: device number of the node; 0: none
 * @serial: 16 hexadecimal digits; may be empty
 * @firmware: "major.minor.patch"; may be empty
 * @state: whether it sleeps
 * @busy: ns of the device's time in which any engine was at work
 * @engine: the same of each engine
 * @up: ns of the device's time
 * @khz: clock
 * @memory: bytes of the host's that all clients have
 * @memory_limit: the most that may be
 * @resets: since the driver has it
 * @temp: thousandths of a degree Celsius; none while it sleeps, as @alarm and @power
 * @temp_max: threshold of @alarm
 * @alarm: 1: too hot
 * @power: average in microwatts
 * @energy: microjoules
 * @unfinished: jobs of the clients that could be seen, running or queued
 * @rate: see monitor_compare()
 */
struct monitor_device {
	char name[32];
	char node[32];
	dev_t number;
	char serial[32];
	char firmware[32];
	enum monitor_state state;
	int64_t busy;
	int64_t engine[MONITOR_ENGINES];
	int64_t up;
	int64_t khz;
	int64_t memory;
	int64_t memory_limit;
	int64_t resets;
	int64_t temp;
	int64_t temp_max;
	int64_t alarm;
	int64_t power;
	int64_t energy;
	int64_t unfinished;
	struct monitor_rate rate;
};

/**
 * struct monitor_client - one open file of a device; numbers may be MONITOR_NONE
 * @id: what DRM knows it by, never used twice
 * @device: in monitor_snapshot.devices
 * @pid: of the process that has it; of several the lowest
 * @uid: whose that is
 * @name: of the process, of any bytes but NUL
 * @processes: how many have it
 * @engine: ns of the device's time in which each engine was at work for it
 * @used: cycles in which its jobs had the engines
 * @switching: cycles for saving and loading its jobs
 * @done: jobs that ended well
 * @failed: jobs that did not
 * @unfinished: jobs that run or are queued
 * @energy: picojoules
 * @memory: bytes that it is charged for
 * @rate: see monitor_compare()
 */
struct monitor_client {
	uint64_t id;
	size_t device;
	pid_t pid;
	uid_t uid;
	char name[64];
	unsigned int processes;
	int64_t engine[MONITOR_ENGINES];
	int64_t used;
	int64_t switching;
	int64_t done;
	int64_t failed;
	int64_t unfinished;
	int64_t energy;
	int64_t memory;
	struct monitor_rate rate;
};

/**
 * struct monitor_snapshot - one look
 * @when: ns of CLOCK_MONOTONIC
 * @interval: ns since the look that it has been compared with; 0: with none
 * @devices: sorted by name
 * @num_devices: how many
 * @clients: sorted by device and id
 * @num_clients: how many
 * @hidden: processes whose files may not be looked at
 */
struct monitor_snapshot {
	int64_t when;
	int64_t interval;
	struct monitor_device *devices;
	size_t num_devices;
	struct monitor_client *clients;
	size_t num_clients;
	unsigned int hidden;
};

/**
 * monitor_read() - look
 * @root: the root directory, "/" but for tests
 * @snapshot: what there is, with rates of NAN; to be given to monitor_free()
 *
 * No device is no error, nor is a process that ends meanwhile.
 *
 * Return: 0, -ENOMEM, or why @root cannot be opened
 */
int monitor_read(const char *root, struct monitor_snapshot *snapshot);
void monitor_free(struct monitor_snapshot *snapshot);

/**
 * monitor_compare() - find the rates by the difference of two looks
 * @before: the first
 * @after: the second, which gets the rates
 *
 * All shares are of the device's own time: together the clients' are the device's.
 */
void monitor_compare(const struct monitor_snapshot *before, struct monitor_snapshot *after);

/* Nanoseconds of the device's time that @cycles of its clock are, or MONITOR_NONE */
int64_t monitor_device_ns(const struct monitor_device *device, int64_t cycles);

/* Nanoseconds of the device's time that it was at work for a client, or MONITOR_NONE */
int64_t monitor_client_busy(const struct monitor_snapshot *snapshot,
			    const struct monitor_client *client);

/* Resets the function: root only. 0 or -errno; -ENODEV: no such device; -EOPNOTSUPP */
int monitor_reset(const char *root, const char *name);

#endif /* MONITOR_MONITOR_H */
