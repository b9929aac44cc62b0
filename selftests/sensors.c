// SPDX-License-Identifier: GPL-2.0-only
/* What sysfs and hwmon tell of the device: time at work, energy, power, temperature. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "edgetpu_selftest.h"
#include "edgetpu_sysfs.h"
#include "kselftest_harness.h"

static const char * const engines[EDGETPU_NUM_ENGINES] = { "load", "store", "array", "vector" };

FIXTURE(sensors) {
	struct tpu_client client;
	char hwmon[PATH_MAX];	/* folder in the PCI function's */
};

/* hwmon/hwmonN of the function, or -ENOENT */
static int find_hwmon(int fd, char *path, size_t size)
{
	const int parent = tpu_pci_open(fd, "hwmon", O_RDONLY | O_DIRECTORY);
	DIR *dir = parent < 0 ? NULL : fdopendir(parent);
	struct dirent *entry;
	int ret = -ENOENT;

	while (dir && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, "hwmon", 5))
			continue;
		snprintf(path, size, "hwmon/%.32s", entry->d_name);
		ret = 0;
	}
	if (dir)
		closedir(dir);
	return ret;
}

/* The text of a file of the function's, without its newline: its length or -errno */
static int read_text(int fd, const char *name, char *text, size_t size)
{
	const int file = tpu_pci_open(fd, name, O_RDONLY);
	ssize_t n;
	int ret;

	if (file < 0)
		return file;
	n = read(file, text, size - 1);
	ret = n < 0 ? -errno : (int)n;
	close(file);
	if (ret > 0 && text[ret - 1] == '\n')
		ret--;
	if (ret >= 0)
		text[ret] = 0;
	return ret;
}

/* A device that sleeps has no temperature: it is given something to do then. */
static long long number(struct tpu_client *c, const char *folder, const char *name)
{
	char path[128], text[64];
	int ret;

	snprintf(path, sizeof(path), "%.64s/%.48s", folder, name);
	for (int i = 0; i < 3; i++) {
		ret = read_text(c->fd, path, text, sizeof(text));
		if (ret != -ENODATA)
			break;
		tpu_client_copy(c);
	}
	return ret < 0 ? ret : strtoll(text, NULL, 10);
}

static int write_number(struct tpu_client *c, const char *folder, const char *name, long value)
{
	char path[128], text[32];
	const int n = snprintf(text, sizeof(text), "%ld", value);
	int file, ret;

	snprintf(path, sizeof(path), "%.64s/%.48s", folder, name);
	file = tpu_pci_open(c->fd, path, O_WRONLY);
	if (file < 0)
		return file;
	ret = write(file, text, n) == n ? 0 : -errno;
	close(file);
	return ret;
}

/* By its own word; where that cannot be heard, it should have */
static bool has_sensors(int fd)
{
	volatile uint32_t *bar = tpu_bar0(fd, 0);
	bool has = true;

	if (bar) {
		has = bar[EDGETPU_REG_FEATURES / 4] & EDGETPU_FEATURE_SENSORS;
		munmap((void *)bar, EDGETPU_BAR0_SIZE);
	}
	return has;
}

FIXTURE_SETUP(sensors)
{
	ASSERT_EQ(0, tpu_client_open(&self->client, 1));
	if (!has_sensors(self->client.fd)) {
		EXPECT_EQ(-ENOENT, number(&self->client, "edgetpu", "busy_time_ns"));
		SKIP(return, "a device without sensors");
	}
	/* a kernel without hwmon has no such folder */
	if (find_hwmon(self->client.fd, self->hwmon, sizeof(self->hwmon)))
		self->hwmon[0] = 0;
}

FIXTURE_TEARDOWN(sensors)
{
	tpu_client_close(&self->client);
}

/* @jobs of half a million cycles and more of the vector unit, and a load and a store each */
static int work(struct tpu_client *c, int jobs, uint64_t cycles[])
{
	struct drm_edgetpu_job_status status;
	struct edgetpu_command *commands = c->commands.map;
	int ret = 0;

	tpu_client_make_slow(c, 4);
	tpu_cmd_load(&commands[4], TPU_REGION_SOURCE, 0, 0, TPU_DATA_SIZE);
	tpu_cmd_store(&commands[5], TPU_REGION_TARGET, 0, 0, TPU_DATA_SIZE);
	c->num_commands = 6;
	c->job.num_commands = 6;
	tpu_serialise(commands, 6);
	for (int i = 0; !ret && i < jobs; i++) {
		ret = tpu_client_submit(c, NULL, 0);
		if (!ret)
			ret = tpu_job_wait(c->fd, c->queue, c->job.seqno, 300, &status);
		if (!ret && status.state != DRM_EDGETPU_JOB_DONE)
			ret = -EIO;
		if (cycles)
			cycles[i] = status.cycles;
	}
	return ret;
}

static long long busy_ns(struct tpu_client *c, unsigned int e)
{
	char name[64];

	snprintf(name, sizeof(name), "busy_time_%s_ns", engines[e]);
	return number(c, "edgetpu", name);
}

static long long fdinfo_ns(struct tpu_client *c, unsigned int e)
{
	char key[64];

	snprintf(key, sizeof(key), "drm-cycles-%s", engines[e]);
	return tpu_fdinfo(c->fd, key) * 1000000ll / number(c, "edgetpu", "frequency_khz");
}

TEST_F(sensors, count_what_the_only_client_had)
{
	struct tpu_client *c = &self->client;
	long long before[EDGETPU_NUM_ENGINES], had[EDGETPU_NUM_ENGINES], all, sum = 0;

	ASSERT_EQ(0, tpu_client_copy(c));
	usleep(50000);
	all = number(c, "edgetpu", "busy_time_ns");
	for (unsigned int e = 0; e < EDGETPU_NUM_ENGINES; e++) {
		before[e] = busy_ns(c, e);
		had[e] = fdinfo_ns(c, e);
		ASSERT_LE(0, before[e]);
		ASSERT_LE(0, had[e]);
	}
	ASSERT_EQ(0, work(c, 10, NULL));
	usleep(50000);
	for (unsigned int e = 0; e < EDGETPU_NUM_ENGINES; e++) {
		const long long counted = busy_ns(c, e) - before[e];
		const long long told = fdinfo_ns(c, e) - had[e];

		EXPECT_LE(told * 98 / 100 - 1, counted);
		EXPECT_GE(told * 102 / 100 + 1, counted);
		EXPECT_EQ(e == EDGETPU_ENGINE_ARRAY, !counted);
		sum += counted;
	}
	/* one after the other, as they wait for each other; a nanosecond is lost in each count */
	all = number(c, "edgetpu", "busy_time_ns") - all;
	EXPECT_LE(sum * 98 / 100, all);
	EXPECT_GE(sum + EDGETPU_NUM_ENGINES + 1, all);
}

TEST_F(sensors, tell_how_much_of_the_time_it_works)
{
	struct tpu_client *c = &self->client;
	long long up = number(c, "edgetpu", "up_time_ns"), percent = 0;

	number(c, "edgetpu", "utilisation_percent");
	ASSERT_EQ(0, tpu_client_make_endless(c));
	ASSERT_EQ(0, tpu_client_submit(c, NULL, 0));
	for (int i = 0; i < 100 && percent < 90; i++) {
		usleep(600000);
		percent = number(c, "edgetpu", "utilisation_percent");
		ASSERT_LE(0, percent);
		ASSERT_GE(100, percent);
	}
	EXPECT_LE(90, percent);
	EXPECT_LT(up, number(c, "edgetpu", "up_time_ns"));
	ASSERT_EQ(0, tpu_queue_free(c->fd, c->queue));
	for (int i = 0; i < 100 && percent; i++) {
		usleep(600000);
		percent = number(c, "edgetpu", "utilisation_percent");
	}
	EXPECT_EQ(0, percent);
}

TEST_F(sensors, say_what_the_device_is)
{
	struct tpu_client *c = &self->client;
	struct drm_edgetpu_hardware_info hw = { 0 };
	struct drm_edgetpu_firmware_info fw = { 0 };
	struct drm_edgetpu_dev_query query = {
		.type = DRM_EDGETPU_QUERY_HARDWARE, .size = sizeof(hw), .pointer = (uintptr_t)&hw,
	};
	unsigned int version[3];
	long long used = number(c, "edgetpu", "memory_used_bytes");
	char text[64], more;
	struct tpu_bo bo;

	ASSERT_EQ(0, tpu_ioctl(c->fd, DRM_IOCTL_EDGETPU_DEV_QUERY, &query));
	EXPECT_EQ(hw.clock_khz, number(c, "edgetpu", "frequency_khz"));
	query = (struct drm_edgetpu_dev_query){
		.type = DRM_EDGETPU_QUERY_FIRMWARE, .size = sizeof(fw), .pointer = (uintptr_t)&fw,
	};
	ASSERT_EQ(0, tpu_ioctl(c->fd, DRM_IOCTL_EDGETPU_DEV_QUERY, &query));
	ASSERT_LT(0, read_text(c->fd, "edgetpu/firmware_version", text, sizeof(text)));
	if (sscanf(text, "%u.%u.%u%c", &version[0], &version[1], &version[2], &more) != 3)
		version[0] = ~0u;
	EXPECT_EQ(fw.version, version[0] << 16 | version[1] << 8 | version[2]);
	ASSERT_EQ(16, read_text(c->fd, "edgetpu/serial", text, sizeof(text)));
	EXPECT_EQ(16, strspn(text, "0123456789abcdef"));
	EXPECT_LE(0, number(c, "edgetpu", "resets"));

	EXPECT_LT(0, used);
	EXPECT_GE(number(c, "edgetpu", "memory_limit_bytes"), used);
	ASSERT_EQ(0, tpu_bo_new(c->fd, 4 << 20, &bo));
	memset(bo.map, 1, 4 << 20);
	EXPECT_LE(used + (4 << 20), number(c, "edgetpu", "memory_used_bytes"));
	tpu_bo_free(c->fd, &bo);
}

static long temperature(struct tpu_client *c, const char *hwmon)
{
	return number(c, hwmon, "temp1_input");
}

TEST_F(sensors, warm_up_with_work_and_cool_down_after_it)
{
	struct tpu_client *c = &self->client;
	struct tpu_client other;
	long long energy, power = 0;
	long cold, warm;

	if (!self->hwmon[0])
		SKIP(return, "a kernel without hwmon");
	ASSERT_EQ(0, tpu_client_open(&other, 2));
	cold = temperature(&other, self->hwmon);
	energy = number(&other, self->hwmon, "energy1_input");
	EXPECT_LE(20000, cold);
	EXPECT_GE(95000, cold);
	ASSERT_EQ(0, tpu_client_make_endless(c));
	ASSERT_EQ(0, tpu_client_submit(c, NULL, 0));
	warm = cold;
	for (int i = 0; i < 1200 && warm < cold + 500; i++) {
		usleep(100000);
		warm = temperature(c, self->hwmon);
		power = number(c, self->hwmon, "power1_average");
	}
	EXPECT_LE(cold + 500, warm);
	/* filling SRAM takes 416 pJ a cycle of 2.08 ns: 200 mW, and 28 for being on */
	EXPECT_LE(150000, power);
	EXPECT_GE(300000, power);
	EXPECT_LT(energy, number(c, self->hwmon, "energy1_input"));
	ASSERT_EQ(0, tpu_queue_free(c->fd, c->queue));
	cold = warm;
	for (int i = 0; i < 1200 && (cold > warm - 100 || power > 100000); i++) {
		usleep(100000);
		cold = temperature(&other, self->hwmon);
		power = number(&other, self->hwmon, "power1_average");
	}
	EXPECT_GE(warm - 100, cold);
	EXPECT_GE(100000, power);
	tpu_client_close(&other);
}

TEST_F(sensors, raise_an_alarm_once_it_is_too_warm)
{
	struct tpu_client *c = &self->client;
	struct pollfd alarm = { .events = POLLPRI };
	char path[PATH_MAX + 32], text[8];
	long max;

	if (!self->hwmon[0])
		SKIP(return, "a kernel without hwmon");
	max = number(c, self->hwmon, "temp1_max");
	ASSERT_EQ(0, write_number(c, self->hwmon, "temp1_max", 95000));
	EXPECT_EQ(0, number(c, self->hwmon, "temp1_max_alarm"));
	snprintf(path, sizeof(path), "%s/temp1_max_alarm", self->hwmon);
	alarm.fd = tpu_pci_open(c->fd, path, O_RDONLY);
	ASSERT_LE(0, alarm.fd);
	ASSERT_LT(0, read(alarm.fd, text, sizeof(text)));
	EXPECT_EQ(0, poll(&alarm, 1, 0));

	/* it is not, yet */
	ASSERT_EQ(0, write_number(c, self->hwmon, "temp1_max",
				  temperature(c, self->hwmon) + 300));
	ASSERT_EQ(0, tpu_client_make_endless(c));
	ASSERT_EQ(0, tpu_client_submit(c, NULL, 0));
	EXPECT_EQ(1, poll(&alarm, 1, 120000));
	EXPECT_EQ(1, number(c, self->hwmon, "temp1_max_alarm"));
	EXPECT_LE(number(c, self->hwmon, "temp1_max"), temperature(c, self->hwmon));
	ASSERT_EQ(0, tpu_queue_free(c->fd, c->queue));
	close(alarm.fd);

	/* beyond what can be it is what can be */
	EXPECT_EQ(0, write_number(c, self->hwmon, "temp1_max", LONG_MAX));
	EXPECT_EQ(150000, number(c, self->hwmon, "temp1_max"));
	EXPECT_EQ(0, write_number(c, self->hwmon, "temp1_max", LONG_MIN + 1));
	EXPECT_EQ(-55000, number(c, self->hwmon, "temp1_max"));
	EXPECT_EQ(0, write_number(c, self->hwmon, "temp1_max", max));
}

/* Whatever has been counted and set is not forgotten when the device is. */
TEST_F(sensors, go_on_through_a_reset)
{
	struct tpu_client *c = &self->client;
	const int reset = tpu_pci_open(c->fd, "reset", O_WRONLY);
	long long busy, energy = 0;
	long max = 0;

	if (reset < 0)
		SKIP(return, "the function cannot be reset from here");
	ASSERT_EQ(0, work(c, 2, NULL));
	if (self->hwmon[0]) {
		max = number(c, self->hwmon, "temp1_max");
		energy = number(c, self->hwmon, "energy1_input");
		ASSERT_EQ(0, write_number(c, self->hwmon, "temp1_max", 4000));
	}
	busy = number(c, "edgetpu", "busy_time_ns");
	ASSERT_EQ(1, write(reset, "1", 1));
	close(reset);
	EXPECT_LE(busy, number(c, "edgetpu", "busy_time_ns"));
	ASSERT_EQ(0, work(c, 1, NULL));
	usleep(50000);
	EXPECT_LT(busy, number(c, "edgetpu", "busy_time_ns"));
	if (!self->hwmon[0])
		return;
	EXPECT_EQ(4000, number(c, self->hwmon, "temp1_max"));
	EXPECT_EQ(1, number(c, self->hwmon, "temp1_max_alarm"));
	EXPECT_LE(energy, number(c, self->hwmon, "energy1_input"));
	EXPECT_EQ(0, write_number(c, self->hwmon, "temp1_max", max));
}

static bool sleeps(int fd)
{
	char text[32];

	return read_text(fd, "power/runtime_status", text, sizeof(text)) > 0 &&
	       !strcmp(text, "suspended");
}

/* Nobody has read since the work, and nobody wakes it to ask. */
TEST_F(sensors, tell_of_a_device_that_sleeps_what_it_did_before)
{
	struct tpu_client *c = &self->client;
	long long busy;

	ASSERT_EQ(0, tpu_client_copy(c));
	busy = number(c, "edgetpu", "busy_time_ns");
	ASSERT_EQ(0, work(c, 1, NULL));
	ASSERT_EQ(0, tpu_allow_sleep(c->fd, 1));
	for (int i = 0; i < 600 && !sleeps(c->fd); i++)
		usleep(100000);
	ASSERT_TRUE(sleeps(c->fd));
	EXPECT_LT(busy + 500000, number(c, "edgetpu", "busy_time_ns"));
	EXPECT_EQ(0, number(c, "edgetpu", "utilisation_percent"));
	EXPECT_TRUE(sleeps(c->fd));
}

/* Nobody has set it since the driver got the device. */
TEST_F(sensors, tell_the_threshold_of_a_device_that_sleeps)
{
	char device[TPU_PCI_NAME], path[PATH_MAX + 32], text[16];
	struct tpu_client c;

	if (!self->hwmon[0])
		SKIP(return, "a kernel without hwmon");
	ASSERT_EQ(0, tpu_pci_name(self->client.fd, device));
	ASSERT_EQ(0, tpu_driver_unbind(device));
	ASSERT_EQ(0, tpu_driver_bind(device));
	ASSERT_EQ(0, tpu_client_open(&c, 2));
	ASSERT_EQ(0, find_hwmon(c.fd, self->hwmon, sizeof(self->hwmon)));
	ASSERT_EQ(0, tpu_allow_sleep(c.fd, 1));
	for (int i = 0; i < 600 && !sleeps(c.fd); i++)
		usleep(100000);
	snprintf(path, sizeof(path), "%s/temp1_max", self->hwmon);
	ASSERT_LT(0, read_text(c.fd, path, text, sizeof(text)));
	EXPECT_LT(0, atol(text));
	EXPECT_TRUE(sleeps(c.fd));
	tpu_client_close(&c);
}

/* All that there is, twenty times a second, until killed */
static void read_all(struct tpu_client *c, const char *hwmon)
{
	static const char * const files[] = {
		"busy_time_ns", "busy_time_load_ns", "busy_time_store_ns", "busy_time_array_ns",
		"busy_time_vector_ns", "up_time_ns", "utilisation_percent", "serial",
		"frequency_khz", "memory_used_bytes", "memory_limit_bytes", "resets",
		"firmware_version",
	};
	static const char * const values[] = {
		"temp1_input", "temp1_max", "temp1_max_alarm", "temp1_label", "power1_average",
		"power1_average_interval", "power1_label", "energy1_input", "energy1_label",
	};

	for (;;) {
		for (unsigned int i = 0; i < sizeof(files) / sizeof(files[0]); i++)
			if (number(c, "edgetpu", files[i]) < 0)
				_exit(1);
		for (unsigned int i = 0; hwmon[0] && i < sizeof(values) / sizeof(values[0]); i++)
			if (number(c, hwmon, values[i]) < 0)
				_exit(1);
		usleep(50000);
	}
}

TEST_F(sensors, cost_no_job_a_cycle)
{
	struct tpu_client *c = &self->client;
	uint64_t alone[20], watched[20];
	int status;
	pid_t child;

	/* once for the TLB */
	ASSERT_EQ(0, work(c, 1, NULL));
	ASSERT_EQ(0, work(c, 20, alone));
	child = fork();
	ASSERT_LE(0, child);
	if (!child)
		read_all(c, self->hwmon);
	usleep(200000);
	ASSERT_EQ(0, work(c, 20, watched));
	EXPECT_EQ(0, waitpid(child, &status, WNOHANG));
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	EXPECT_LT(500000, alone[0]);
	for (int i = 0; i < 20; i++)
		EXPECT_EQ(alone[i], watched[i]);
}

TEST_HARNESS_MAIN
