// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device falls asleep and wakes when something is wrong with it, or meanwhile something
 * else is done to it (tools/vm/run --inject --button 3, which ends the system's sleep).
 * Whatever becomes of it, nobody is kept waiting.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "edgetpu_fault.h"
#include "edgetpu_selftest.h"
#include "edgetpu_sysfs.h"
#include "kselftest_harness.h"

#define SECONDS	120	/* no wait is longer, on a machine that is emulated */

FIXTURE(sleep_faults) {
	volatile uint32_t *bar;
	char device[TPU_PCI_NAME];
	struct tpu_client client;
	bool lost;
};

static int set_power(const char *device, const char *file, const char *text)
{
	char path[160];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%.60s/power/%.30s", device, file);
	return tpu_write_file(path, text);
}

FIXTURE_SETUP(sleep_faults)
{
	self->lost = false;
	/* after a test that lost the device its node may come and go once more */
	for (int i = 0; i < 100 && access("/dev/edgetpu0", R_OK); i++)
		usleep(50000);
	ASSERT_EQ(0, tpu_client_open(&self->client, 1));
	ASSERT_EQ(0, tpu_pci_name(self->client.fd, self->device));
	self->bar = tpu_bar0(self->client.fd, true);
	if (!self->bar || self->bar[EDGETPU_REG_FAULT / 4] != EDGETPU_FAULT_ID)
		SKIP(return, "no faults can be injected into this device");
	if (set_power(self->device, "control", "on"))
		SKIP(return, "a kernel without power management");
	/* It has a slot and a context; and who looks whether its jobs get on has seen them end. */
	ASSERT_EQ(0, tpu_client_copy(&self->client));
	sleep(3);
}

static void harm(struct _test_data_sleep_faults *self, uint32_t code, uint32_t argument)
{
	self->bar[EDGETPU_REG_FAULT / 4] = EDGETPU_FAULT(code, argument);
}

/* What is lost is taken from the driver and given back: for the next test it is there. */
FIXTURE_TEARDOWN(sleep_faults)
{
	if (!self->bar)
		return;
	set_power(self->device, "control", "on");
	harm(self, EDGETPU_FAULT_NONE, 0);
	tpu_client_close(&self->client);
	if (!self->lost)
		return;
	tpu_driver_unbind(self->device);
	EXPECT_EQ(0, tpu_driver_bind(self->device));
}

static bool asleep(const char *device)
{
	char path[160], text[32];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%.60s/power/runtime_status", device);
	for (int i = 0; i < 100 * SECONDS; i++) {
		const int fd = open(path, O_RDONLY | O_CLOEXEC);
		const ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text));

		if (fd >= 0)
			close(fd);
		if (n >= 9 && !memcmp(text, "suspended", 9))
			return true;
		usleep(10000);
	}
	return false;
}

static void fall_asleep(struct __test_metadata *_metadata, struct _test_data_sleep_faults *self)
{
	ASSERT_EQ(0, set_power(self->device, "control", "auto"));
	ASSERT_TRUE(asleep(self->device));
}

/* 0, what @act returned or the signal that ended its process, or -ETIME */
static int in_time(int (*act)(struct tpu_client *), struct tpu_client *c)
{
	const pid_t child = fork();
	int status;

	if (!child)
		_exit(act(c));
	for (int i = 0; i < 100 * SECONDS; i++) {
		if (waitpid(child, &status, WNOHANG) == child)
			return status;
		usleep(10000);
	}
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	return -ETIME;
}

/* Both are done, or the device has gone. */
static int take_away(struct tpu_client *c)
{
	const int unbound = tpu_unbind(c->fd, TPU_VA_SOURCE, TPU_DATA_SIZE);
	const int freed = tpu_queue_free(c->fd, c->queue);

	return (unbound && unbound != -ENODEV) || (freed && freed != -ENODEV);
}

/* Refused, or done badly, but told */
static int copy_in_vain(struct tpu_client *c)
{
	const int fence = tpu_client_submit_file(c);

	return fence >= 0 && tpu_sync_file_error(fence, SECONDS) >= 0;
}

TEST_F(sleep_faults, registers_that_are_all_ones_when_it_falls_asleep)
{
	struct tpu_client other;

	ASSERT_EQ(0, tpu_client_open(&other, 2));
	self->lost = true;
	harm(self, EDGETPU_FAULT_ONES, 0);
	fall_asleep(_metadata, self);
	EXPECT_EQ(0, in_time(take_away, &self->client));
	EXPECT_EQ(0, in_time(copy_in_vain, &other));
	tpu_client_close(&other);
}

/* When it is to wake it is there again. */
TEST_F(sleep_faults, registers_that_are_all_ones_for_a_while)
{
	struct tpu_client other;

	ASSERT_EQ(0, tpu_client_open(&other, 2));
	harm(self, EDGETPU_FAULT_ONES, 20000);
	fall_asleep(_metadata, self);
	EXPECT_EQ(0, in_time(take_away, &self->client));
	sleep(20);
	EXPECT_EQ(0, tpu_client_copy(&other));
	tpu_client_close(&other);
}

TEST_F(sleep_faults, a_boot_that_fails_when_it_wakes)
{
	harm(self, EDGETPU_FAULT_BOOT, 1);
	fall_asleep(_metadata, self);
	EXPECT_EQ(0, tpu_client_copy(&self->client));
}

TEST_F(sleep_faults, boots_that_always_fail)
{
	self->lost = true;
	harm(self, EDGETPU_FAULT_BOOT, 0);
	fall_asleep(_metadata, self);
	EXPECT_EQ(0, in_time(copy_in_vain, &self->client));
	EXPECT_EQ(0, in_time(take_away, &self->client));
}

TEST_F(sleep_faults, firmware_that_does_not_answer_when_it_wakes)
{
	harm(self, EDGETPU_FAULT_SILENCE, 1);
	fall_asleep(_metadata, self);
	EXPECT_EQ(0, tpu_client_copy(&self->client));
}

TEST_F(sleep_faults, memory_that_is_out_of_reach_when_it_wakes)
{
	self->lost = true;
	harm(self, EDGETPU_FAULT_DMA, 1);
	fall_asleep(_metadata, self);
	EXPECT_EQ(0, in_time(copy_in_vain, &self->client));
	EXPECT_EQ(0, in_time(take_away, &self->client));
}

TEST_F(sleep_faults, firmware_that_traps_before)
{
	harm(self, EDGETPU_FAULT_CORE_TRAP, 0);
	fall_asleep(_metadata, self);
	EXPECT_EQ(0, tpu_client_copy(&self->client));
}

/* It has to be booted for his job, which takes as long as it is patient with it. */
TEST_F(sleep_faults, who_wakes_a_deaf_device_dies_at_once)
{
	struct tpu_client other;
	struct timespec from, to;
	pid_t child;
	int status;

	self->lost = true;
	ASSERT_EQ(0, tpu_client_open(&other, 2));
	harm(self, EDGETPU_FAULT_SILENCE, 0);
	fall_asleep(_metadata, self);
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		tpu_client_submit(&other, NULL, 0);
		_exit(1);
	}
	sleep(3);
	clock_gettime(CLOCK_MONOTONIC, &from);
	ASSERT_EQ(0, kill(child, SIGKILL));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	clock_gettime(CLOCK_MONOTONIC, &to);
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_GT(3, to.tv_sec - from.tv_sec);
	tpu_client_close(&other);
	/* The boot goes on without him. */
	EXPECT_EQ(0, in_time(copy_in_vain, &self->client));
}

/* --- the whole system sleeps --- */

/* A job of one client runs, two others' jobs wait for their turn. */
struct stage {
	struct tpu_client clients[3];
	int fences[3];
};

static void set_stage(struct __test_metadata *_metadata, struct stage *stage)
{
	for (int i = 0; i < 3; i++) {
		struct tpu_client *c = &stage->clients[i];

		ASSERT_EQ(0, tpu_client_open(c, i + 2));
		if (i < 2)
			ASSERT_EQ(0, tpu_client_make_endless(c));
		stage->fences[i] = i ? -1 : tpu_client_submit_file(c);
	}
	sleep(1);
	for (int i = 1; i < 3; i++)
		stage->fences[i] = tpu_client_submit_file(&stage->clients[i]);
	for (int i = 0; i < 3; i++)
		ASSERT_LE(0, stage->fences[i]);
}

static void clear_stage(struct stage *stage)
{
	for (int i = 0; i < 3; i++) {
		close(stage->fences[i]);
		tpu_client_close(&stage->clients[i]);
	}
}

/* Somebody presses the power button again and again; that may be before it sleeps. */
static void system_sleeps(struct __test_metadata *_metadata)
{
	int ret;

	do {
		ret = tpu_write_file("/sys/power/state", "freeze");
	} while (ret == -EBUSY);
	ASSERT_EQ(0, ret);
}

/* The engines stop: who had them is told, the others get their work done. */
static void one_fails(struct __test_metadata *_metadata, struct _test_data_sleep_faults *self,
		      uint32_t code)
{
	struct stage stage;
	int failed = 0;

	set_stage(_metadata, &stage);
	harm(self, code, EDGETPU_ENGINE_VECTOR);
	system_sleeps(_metadata);
	EXPECT_EQ(0, tpu_sync_file_error(stage.fences[2], SECONDS));
	for (int i = 0; i < 2; i++) {
		const int error = tpu_sync_file_error(stage.fences[i], 1);

		EXPECT_TRUE(error == -ETIME || error == -ETIMEDOUT || error == -ECANCELED);
		failed += error != -ETIME;
	}
	EXPECT_EQ(1, failed);
	clear_stage(&stage);
	EXPECT_EQ(0, tpu_client_copy(&self->client));
}

TEST_F(sleep_faults, the_system_sleeps_with_an_engine_that_hangs)
{
	one_fails(_metadata, self, EDGETPU_FAULT_ENGINE_HANG);
}

TEST_F(sleep_faults, the_system_sleeps_with_firmware_that_hangs)
{
	one_fails(_metadata, self, EDGETPU_FAULT_CORE_HANG);
}

TEST_F(sleep_faults, the_system_wakes_and_a_boot_fails)
{
	struct stage stage;

	set_stage(_metadata, &stage);
	harm(self, EDGETPU_FAULT_BOOT, 1);
	system_sleeps(_metadata);
	EXPECT_EQ(0, tpu_sync_file_error(stage.fences[2], SECONDS));
	for (int i = 0; i < 2; i++)
		EXPECT_EQ(-ETIME, tpu_sync_file_error(stage.fences[i], 1));
	clear_stage(&stage);
	EXPECT_EQ(0, tpu_client_copy(&self->client));
}

static void all_fail(struct __test_metadata *_metadata, struct _test_data_sleep_faults *self,
		     uint32_t code, uint32_t argument)
{
	struct stage stage;

	self->lost = true;
	set_stage(_metadata, &stage);
	harm(self, code, argument);
	system_sleeps(_metadata);
	for (int i = 0; i < 3; i++) {
		const int error = tpu_sync_file_error(stage.fences[i], SECONDS);

		/* The copy may have had its turn before. */
		EXPECT_GE(i == 2 ? 0 : -1, error);
		EXPECT_NE(-ETIME, error);
	}
	clear_stage(&stage);
	EXPECT_GT(0, tpu_client_copy(&self->client));
}

TEST_F(sleep_faults, the_system_wakes_and_boots_always_fail)
{
	all_fail(_metadata, self, EDGETPU_FAULT_BOOT, 0);
}

TEST_F(sleep_faults, the_system_sleeps_without_registers)
{
	all_fail(_metadata, self, EDGETPU_FAULT_ONES, 0);
}

TEST_F(sleep_faults, the_system_sleeps_without_memory_in_reach)
{
	all_fail(_metadata, self, EDGETPU_FAULT_DMA, 1);
}

/* --- what else is done to it meanwhile --- */

/* Copies again and again, with a pause in which it falls asleep: ends when it is killed. */
static pid_t start_copying(unsigned int seed)
{
	struct tpu_client c;
	const pid_t child = fork();

	if (child)
		return child;
	for (;;) {
		if (tpu_client_open(&c, seed))
			continue;
		for (int i = 0; i < 20 && !tpu_client_copy(&c); i++)
			usleep(seed * 977 % 5000);
		tpu_client_close(&c);
	}
}

static void stop(struct __test_metadata *_metadata, pid_t child)
{
	int status;

	EXPECT_EQ(0, kill(child, SIGKILL));
	EXPECT_EQ(child, waitpid(child, &status, 0));
}

/* As fast as it can be: it sleeps as soon as it has nothing to do. */
static void sleep_at_once(struct __test_metadata *_metadata, struct _test_data_sleep_faults *self)
{
	ASSERT_EQ(0, set_power(self->device, "autosuspend_delay_ms", "0"));
	ASSERT_EQ(0, set_power(self->device, "control", "auto"));
}

TEST_F(sleep_faults, its_function_is_reset_meanwhile)
{
	pid_t children[2];
	char path[96];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%.60s/reset", self->device);
	sleep_at_once(_metadata, self);
	for (int i = 0; i < 2; i++)
		children[i] = start_copying(i + 3);
	for (int i = 0; i < 30; i++) {
		EXPECT_EQ(0, tpu_write_file(path, "1"));
		usleep(i * 1000);
	}
	for (int i = 0; i < 2; i++)
		stop(_metadata, children[i]);
	EXPECT_EQ(0, tpu_client_copy(&self->client));
	EXPECT_EQ(0, set_power(self->device, "autosuspend_delay_ms", "2000"));
}

TEST_F(sleep_faults, it_is_reset_meanwhile_by_debugfs)
{
	pid_t children[2];
	char path[96];

	snprintf(path, sizeof(path), "/sys/kernel/debug/accel/%.60s/reset", self->device);
	sleep_at_once(_metadata, self);
	for (int i = 0; i < 2; i++)
		children[i] = start_copying(i + 3);
	for (int i = 0; i < 30; i++) {
		EXPECT_EQ(0, tpu_write_file(path, "1"));
		usleep(i * 1000);
	}
	for (int i = 0; i < 2; i++)
		stop(_metadata, children[i]);
	EXPECT_EQ(0, tpu_client_copy(&self->client));
	EXPECT_EQ(0, set_power(self->device, "autosuspend_delay_ms", "2000"));
}

/* A process that looks at everything all the time */
static pid_t start_looking(const char *device)
{
	static const char * const files[] = {
		"/sys/bus/pci/devices/%.60s/edgetpu/busy_time_ns",
		"/sys/bus/pci/devices/%.60s/edgetpu/utilisation_percent",
		"/sys/bus/pci/devices/%.60s/hwmon/hwmon0/temp1_input",
		"/sys/bus/pci/devices/%.60s/hwmon/hwmon0/temp1_max",
		"/sys/kernel/debug/accel/%.60s/status",
		"/sys/kernel/debug/accel/%.60s/queues",
		"/sys/kernel/debug/accel/%.60s/sram",
		"/sys/kernel/debug/accel/%.60s/firmware_log",
		"/sys/kernel/debug/accel/%.60s/address_spaces",
		"/sys/kernel/debug/accel/%.60s/memory",
	};
	const pid_t child = fork();
	char path[160], text[4096];

	if (child)
		return child;
	for (unsigned int i = 0;; i++) {
		int fd;

		snprintf(path, sizeof(path), files[i % (sizeof(files) / sizeof(files[0]))], device);
		fd = open(path, O_RDONLY);
		if (fd < 0)
			continue;
		while (read(fd, text, sizeof(text)) > 0)
			;
		close(fd);
	}
}

TEST_F(sleep_faults, its_driver_goes_and_comes_meanwhile)
{
	const pid_t looking = start_looking(self->device);
	pid_t children[2];

	self->lost = true;
	for (int i = 0; i < 2; i++)
		children[i] = start_copying(i + 3);
	for (int i = 0; i < 12; i++) {
		sleep_at_once(_metadata, self);
		usleep(i * 7000);
		EXPECT_EQ(0, tpu_driver_unbind(self->device));
		EXPECT_EQ(0, tpu_driver_bind(self->device));
	}
	for (int i = 0; i < 2; i++)
		stop(_metadata, children[i]);
	stop(_metadata, looking);
	EXPECT_EQ(0, set_power(self->device, "autosuspend_delay_ms", "2000"));
}

TEST_HARNESS_MAIN
