// SPDX-License-Identifier: MIT
/* What is read of /sys and /proc, and what two looks say together. */
#define _GNU_SOURCE /* gettid, unshare */
#include "cmocka_includes.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake_root.h"
#include "monitor/monitor.h"

#define DEVICE "sys/bus/pci/drivers/edgetpu/0000:00:02.0"
#define HEAD(id) "pos:\t0\nflags:\t0100002\ndrm-driver:\tedgetpu\ndrm-client-id:\t" id \
		 "\ndrm-pdev:\t0000:00:02.0\n"

static const char fdinfo[] =
	HEAD("7")
	"drm-engine-load:\t7 ns\ndrm-cycles-load:\t480\ndrm-total-cycles-load:\t99\n"
	"drm-cycles-store:\t960\n"
	"drm-cycles-array:\t1440\n"
	"drm-cycles-vector:\t1920\n"
	"edgetpu-used:\t5000 ns\n"
	"edgetpu-cycles-used:\t480000\n"
	"edgetpu-cycles-switching:\t48000\n"
	"edgetpu-jobs-done:\t12\n"
	"edgetpu-jobs-failed:\t1\n"
	"edgetpu-jobs-unfinished:\t3\n"
	"edgetpu-energy:\t2500000 pJ\n"
	"drm-total-memory:\t1 MiB\n"
	"edgetpu-charged-memory:\t2048 KiB\n"
	"edgetpu-user-memory:\t4096 KiB\n";

static int make(void **state)
{
	*state = fake_root();
	return 0;
}

static int unmake(void **state)
{
	fake_root_free(*state);
	return 0;
}

static struct monitor_snapshot look(const char *root)
{
	struct monitor_snapshot s;

	assert_int_equal(monitor_read(root, &s), 0);
	return s;
}

static void assert_near(double got, double want)
{
	if (!(fabs(got - want) < 1e-9))
		fail_msg("%.12g is not %.12g", got, want);
}

/* --- devices --- */

static void a_device_is_what_its_files_say(void **state)
{
	struct monitor_snapshot s;
	const struct monitor_device *d;

	fake_device(*state);
	s = look(*state);
	assert_int_equal(s.num_devices, 1);
	assert_int_equal(s.num_clients, 0);
	d = s.devices;
	assert_string_equal(d->name, "0000:00:02.0");
	assert_string_equal(d->node, "accel0");
	assert_true(d->number == makedev(1, 3));
	assert_string_equal(d->serial, "00c0ffee12345678");
	assert_string_equal(d->firmware, "1.2.3");
	assert_int_equal(d->state, MONITOR_ACTIVE);
	assert_int_equal(d->busy, 2000000000);
	assert_int_equal(d->engine[MONITOR_LOAD], 100000000);
	assert_int_equal(d->engine[MONITOR_STORE], 200000000);
	assert_int_equal(d->engine[MONITOR_ARRAY], 1500000000);
	assert_int_equal(d->engine[MONITOR_VECTOR], 400000000);
	assert_int_equal(d->up, 10000000000);
	assert_int_equal(d->khz, 480000);
	assert_int_equal(d->memory, 3145728);
	assert_int_equal(d->memory_limit, 536870912);
	assert_int_equal(d->resets, 3);
	assert_int_equal(d->temp, 45250);
	assert_int_equal(d->temp_max, 85000);
	assert_int_equal(d->alarm, 0);
	assert_int_equal(d->power, 1234000);
	assert_int_equal(d->energy, 5000001);
	assert_true(isnan(d->rate.use));
	monitor_free(&s);
}

static void no_driver_is_no_device(void **state)
{
	struct monitor_snapshot s = look(*state);

	assert_int_equal(s.num_devices, 0);
	assert_int_equal(s.num_clients, 0);
	monitor_free(&s);
	fake_file(*state, "", "sys/bus/pci/drivers/edgetpu/bind");
	fake_client(*state, 5, "x\n", 3, fdinfo);
	s = look(*state);
	assert_int_equal(s.num_devices, 0);
	assert_int_equal(s.num_clients, 0);
	monitor_free(&s);
	assert_int_equal(monitor_read("/nowhere", &s), -ENOENT);
}

/* ENODATA is no file here: what a device that sleeps does not tell is unknown. */
static void what_is_not_told_is_unknown(void **state)
{
	struct monitor_snapshot s;
	const struct monitor_device *d;

	fake_device(*state);
	fake_file(*state, "suspended\n", DEVICE "/power/runtime_status");
	fake_remove(*state, DEVICE "/hwmon/hwmon4/temp1_input");
	fake_file(*state, "", DEVICE "/hwmon/hwmon4/power1_average");
	fake_file(*state, "lots\n", DEVICE "/edgetpu/resets");
	fake_file(*state, "12 or so\n", DEVICE "/edgetpu/frequency_khz");
	fake_file(*state, "18446744073709551615\n", DEVICE "/edgetpu/busy_time_ns");
	fake_remove(*state, DEVICE "/edgetpu/serial");
	fake_remove(*state, DEVICE "/accel");
	s = look(*state);
	d = s.devices;
	assert_int_equal(s.num_devices, 1);
	assert_int_equal(d->state, MONITOR_ASLEEP);
	assert_true(d->temp == MONITOR_NONE);
	assert_true(d->power == MONITOR_NONE);
	assert_true(d->resets == MONITOR_NONE);
	assert_true(d->khz == MONITOR_NONE);
	assert_true(d->busy == INT64_MAX);
	assert_int_equal(d->temp_max, 85000);
	assert_string_equal(d->serial, "");
	assert_string_equal(d->node, "");
	monitor_free(&s);
}

static void a_device_without_sensors_is_one(void **state)
{
	struct monitor_snapshot s;

	fake_file(*state, "1\n", DEVICE "/edgetpu/resets");
	s = look(*state);
	assert_int_equal(s.num_devices, 1);
	assert_int_equal(s.devices->resets, 1);
	assert_int_equal(s.devices->state, MONITOR_ON);
	assert_true(s.devices->busy == MONITOR_NONE);
	assert_true(s.devices->temp == MONITOR_NONE);
	monitor_free(&s);
}

static void below_zero_is_a_temperature(void **state)
{
	struct monitor_snapshot s;

	fake_device(*state);
	fake_file(*state, "-12500\n", DEVICE "/hwmon/hwmon4/temp1_input");
	s = look(*state);
	assert_int_equal(s.devices->temp, -12500);
	monitor_free(&s);
}

static void several_devices_are_in_order(void **state)
{
	struct monitor_snapshot s;

	fake_file(*state, "2\n", "sys/bus/pci/drivers/edgetpu/0000:00:04.0/edgetpu/resets");
	fake_file(*state, "1:9\n", "sys/bus/pci/drivers/edgetpu/0000:00:04.0/accel/accel1/dev");
	fake_device(*state);
	fake_client(*state, 9, "a\n", 3, fdinfo);
	fake_client(*state, 10, "b\n", 3, "drm-driver:\tedgetpu\ndrm-client-id:\t2\n"
					  "drm-pdev:\t0000:00:04.0\n");
	s = look(*state);
	assert_int_equal(s.num_devices, 2);
	assert_string_equal(s.devices[0].name, "0000:00:02.0");
	assert_string_equal(s.devices[1].name, "0000:00:04.0");
	assert_string_equal(s.devices[1].node, "accel1");
	assert_int_equal(s.num_clients, 2);
	assert_int_equal(s.clients[0].id, 7);
	assert_int_equal(s.clients[0].device, 0);
	assert_int_equal(s.clients[1].id, 2);
	assert_int_equal(s.clients[1].device, 1);
	monitor_free(&s);
}

/* --- clients --- */

static void a_client_is_what_its_fdinfo_says(void **state)
{
	struct monitor_snapshot s;
	const struct monitor_client *c;

	fake_device(*state);
	fake_client(*state, 321, "camera\n", 5, fdinfo);
	s = look(*state);
	assert_int_equal(s.num_clients, 1);
	c = s.clients;
	assert_int_equal(c->id, 7);
	assert_int_equal(c->pid, 321);
	assert_int_equal(c->uid, getuid());
	assert_int_equal(c->processes, 1);
	assert_string_equal(c->name, "camera");
	assert_int_equal(c->engine[MONITOR_LOAD], 1000);
	assert_int_equal(c->engine[MONITOR_STORE], 2000);
	assert_int_equal(c->engine[MONITOR_ARRAY], 3000);
	assert_int_equal(c->engine[MONITOR_VECTOR], 4000);
	assert_int_equal(c->used, 480000);
	assert_int_equal(c->switching, 48000);
	assert_int_equal(c->done, 12);
	assert_int_equal(c->failed, 1);
	assert_int_equal(c->unfinished, 3);
	assert_int_equal(c->energy, 2500000);
	assert_int_equal(c->memory, 2048 * 1024);
	assert_int_equal(s.devices->unfinished, 3);
	/* 528,000 cycles at 480 MHz */
	assert_int_equal(monitor_client_busy(&s, c), 1100000);
	monitor_free(&s);
}

static void a_client_of_several_files_and_processes_is_one(void **state)
{
	struct monitor_snapshot s;

	fake_device(*state);
	fake_client(*state, 400, "child\n", 5, fdinfo);
	fake_client(*state, 321, "parent\n", 5, fdinfo);
	fake_client(*state, 321, "parent\n", 6, fdinfo);
	fake_client(*state, 321, "parent\n", 7, HEAD("8") "edgetpu-jobs-unfinished:\t4\n");
	s = look(*state);
	assert_int_equal(s.num_clients, 2);
	assert_int_equal(s.clients[0].id, 7);
	assert_int_equal(s.clients[0].pid, 321);
	assert_int_equal(s.clients[0].processes, 2);
	assert_string_equal(s.clients[0].name, "parent");
	assert_int_equal(s.clients[1].id, 8);
	assert_int_equal(s.clients[1].processes, 1);
	assert_true(s.clients[1].used == MONITOR_NONE);
	assert_int_equal(s.devices->unfinished, 7);
	monitor_free(&s);
}

/* The first thread may have ended, or have other files. */
static void files_of_a_thread_are_its_process(void **state)
{
	struct monitor_snapshot s;

	fake_device(*state);
	fake_client(*state, 4194301, "thread\n", 5, fdinfo);
	fake_client(*state, 4194301, "thread\n", 6, HEAD("8"));
	fake_link(*state, "/dev/null", "proc/4194301/task/4194302/fd/3");
	fake_file(*state, HEAD("9"), "proc/4194301/task/4194302/fdinfo/3");
	fake_link(*state, "/dev/null", "proc/4194301/task/4194302/fd/5");
	fake_file(*state, fdinfo, "proc/4194301/task/4194302/fdinfo/5");
	fake_remove(*state, "proc/4194301/fd/6");
	fake_remove(*state, "proc/4194301/fdinfo/6");
	s = look(*state);
	assert_int_equal(s.num_clients, 2);
	assert_int_equal(s.clients[0].id, 7);
	assert_int_equal(s.clients[0].processes, 1);
	assert_int_equal(s.clients[1].id, 9);
	assert_int_equal(s.clients[1].pid, 4194301);
	assert_int_equal(s.clients[1].processes, 1);
	assert_string_equal(s.clients[1].name, "thread");
	monitor_free(&s);
}

/**
 * struct other_thread - one that waits until it is to end
 * @own_files: it shares none with the others
 * @id: which it is
 * @ready: at the time that it is looked at
 */
struct other_thread {
	bool own_files;
	pid_t id;
	pthread_barrier_t ready;
};

static void *wait_there(void *opaque)
{
	struct other_thread *other = opaque;

	other->id = gettid();
	if (other->own_files && unshare(CLONE_FILES))
		other->id = 0;
	pthread_barrier_wait(&other->ready);
	pthread_barrier_wait(&other->ready);
	return NULL;
}

/* Clients that are seen in the files of a thread of this process */
static size_t clients_of_thread(const char *root, bool own_files)
{
	struct other_thread other = { .own_files = own_files };
	struct monitor_snapshot s;
	pthread_t thread;
	size_t n;

	assert_int_equal(pthread_barrier_init(&other.ready, NULL, 2), 0);
	assert_int_equal(pthread_create(&thread, NULL, wait_there, &other), 0);
	pthread_barrier_wait(&other.ready);
	assert_int_not_equal(other.id, 0);
	fake_file(root, "this\n", "proc/%d/comm", getpid());
	fake_link(root, "/dev/null", "proc/%d/task/%d/fd/3", getpid(), other.id);
	fake_file(root, fdinfo, "proc/%d/task/%d/fdinfo/3", getpid(), other.id);
	s = look(root);
	n = s.num_clients;
	monitor_free(&s);
	pthread_barrier_wait(&other.ready);
	pthread_join(thread, NULL);
	pthread_barrier_destroy(&other.ready);
	fake_remove(root, "proc/%d", getpid());
	return n;
}

/* Those that share them with the first are not looked at again: there may be thousands. */
static void threads_that_share_their_files_are_one(void **state)
{
	fake_device(*state);
	assert_int_equal(clients_of_thread(*state, false), 0);
	assert_int_equal(clients_of_thread(*state, true), 1);
}

static void what_is_no_client_is_none(void **state)
{
	struct monitor_snapshot s;

	fake_device(*state);
	/* another node, a file, a link to nowhere, a socket's name */
	fake_client(*state, 10, "zero\n", 3, fdinfo);
	fake_link(*state, "/dev/zero", "proc/10/fd/3");
	fake_client(*state, 11, "file\n", 3, fdinfo);
	fake_link(*state, "/etc/passwd", "proc/11/fd/3");
	fake_client(*state, 12, "link\n", 3, fdinfo);
	fake_link(*state, "socket:[123]", "proc/12/fd/3");
	/* the node, but of another driver, or device, without a number, with nothing at all */
	fake_client(*state, 13, "driver\n", 3, "drm-driver:\ti915\ndrm-client-id:\t7\n"
					       "drm-pdev:\t0000:00:02.0\n");
	fake_client(*state, 14, "device\n", 3, "drm-driver:\tedgetpu\ndrm-client-id:\t7\n"
					       "drm-pdev:\t0000:00:09.0\n");
	fake_client(*state, 15, "id\n", 3, "drm-driver:\tedgetpu\ndrm-pdev:\t0000:00:02.0\n");
	fake_client(*state, 16, "null\n", 3, "");
	/* no processes */
	fake_file(*state, "", "proc/uptime");
	fake_file(*state, "", "proc/self/fd/3");
	fake_file(*state, "", "proc/12ab/fd/3");
	s = look(*state);
	assert_int_equal(s.num_clients, 0);
	assert_true(s.devices->unfinished == MONITOR_NONE);
	assert_int_equal(s.hidden, 0);
	monitor_free(&s);
}

/* Between the look at one file and at the next a process may end, or close its file. */
static void a_process_that_goes_is_left_out(void **state)
{
	struct monitor_snapshot s;

	fake_device(*state);
	fake_client(*state, 20, "ended\n", 3, fdinfo);
	fake_remove(*state, "proc/20/comm");
	fake_client(*state, 21, "closed\n", 3, fdinfo);
	fake_remove(*state, "proc/21/fdinfo/3");
	fake_client(*state, 22, "gone\n", 3, fdinfo);
	fake_remove(*state, "proc/22/fd");
	fake_client(*state, 23, "stays\n", 3, fdinfo);
	s = look(*state);
	assert_int_equal(s.num_clients, 1);
	assert_string_equal(s.clients->name, "stays");
	assert_int_equal(s.hidden, 0);
	monitor_free(&s);
}

static void names_are_bytes(void **state)
{
	struct monitor_snapshot s;

	fake_device(*state);
	fake_client(*state, 20, "a b\n\033[31m)\n", 3, fdinfo);
	s = look(*state);
	assert_string_equal(s.clients->name, "a b\n\033[31m)");
	monitor_free(&s);
}

static void hostile_fdinfo_does_no_harm(void **state)
{
	struct monitor_snapshot s;
	char *text;

	fake_device(*state);
	fake_client(*state, 20, "large\n", 3,
		    HEAD("1")
		    "edgetpu-cycles-used:\t99999999999999999999\nedgetpu-charged-memory:\t"
		    "9223372036854775807 MiB\nedgetpu-jobs-done:\tmany\nedgetpu-jobs-failed\n\n:\n"
		    "drm-cycles-:\t1\ndrm-cycles-warp:\t1\ndrm-cycles-load:");
	/* longer than is read, cut in the middle of a line */
	text = malloc(20001);
	assert_non_null(text);
	memset(text, 'x', 20000);
	memcpy(text, HEAD("2"), strlen(HEAD("2")));
	text[20000] = 0;
	fake_client(*state, 21, "long\n", 3, text);
	free(text);
	s = look(*state);
	assert_int_equal(s.num_clients, 2);
	assert_true(s.clients[0].used == INT64_MAX);
	assert_true(s.clients[0].memory == INT64_MAX);
	assert_true(s.clients[0].done == MONITOR_NONE);
	assert_true(s.clients[0].failed == MONITOR_NONE);
	assert_true(s.clients[0].engine[MONITOR_LOAD] == MONITOR_NONE);
	assert_int_equal(s.clients[1].id, 2);
	monitor_free(&s);
}

static void many_clients_are_all_there(void **state)
{
	struct monitor_snapshot s;
	char text[256];

	fake_device(*state);
	for (int i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "drm-driver:\tedgetpu\ndrm-client-id:\t%d\n"
			 "drm-pdev:\t0000:00:02.0\n", 5000 - i);
		fake_client(*state, 100 + i / 10, "many\n", 3 + i % 10, text);
	}
	s = look(*state);
	assert_int_equal(s.num_clients, 1000);
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(s.clients[i].id, 4001 + i);
		assert_int_equal(s.clients[i].pid, 100 + (999 - i) / 10);
	}
	monitor_free(&s);
}

static int read_as_nobody(const char *root)
{
	struct monitor_snapshot s;
	int seen;

	if (!geteuid() && (setgid(65534) || setuid(65534)))
		return 99;
	if (monitor_read(root, &s))
		return 98;
	seen = s.num_clients == 1 && s.clients->id == 8 ? (int)s.hidden : 97;
	monitor_free(&s);
	return seen;
}

static void what_may_not_be_seen_is_counted(void **state)
{
	char path[64];
	int status;
	pid_t child;

	fake_device(*state);
	assert_int_equal(chmod(*state, 0755), 0);
	fake_client(*state, 20, "secret\n", 3, fdinfo);
	fake_client(*state, 21, "secret\n", 3, fdinfo);
	fake_client(*state, 22, "open\n", 3, HEAD("8"));
	for (int pid = 20; pid <= 21; pid++) {
		snprintf(path, sizeof(path), "%s/proc/%d/fd", (char *)*state, pid);
		assert_int_equal(chmod(path, 0), 0);
	}
	child = fork();
	assert_true(child >= 0);
	if (!child)
		_exit(read_as_nobody(*state));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(WEXITSTATUS(status), 2);
	for (int pid = 20; pid <= 21; pid++) {
		snprintf(path, sizeof(path), "%s/proc/%d/fd", (char *)*state, pid);
		assert_int_equal(chmod(path, 0755), 0);
	}
}

/* --- rates --- */

/* Two seconds later, of which the device's clock has had one */
static void later(const char *root, const char *more)
{
	fake_file(root, "2500000000\n", DEVICE "/edgetpu/busy_time_ns");
	fake_file(root, "350000000\n", DEVICE "/edgetpu/busy_time_load_ns");
	fake_file(root, "1500000000\n", DEVICE "/edgetpu/busy_time_array_ns");
	fake_file(root, "11000000000\n", DEVICE "/edgetpu/up_time_ns");
	fake_client(root, 321, "camera\n", 5, more);
}

static struct monitor_snapshot compared(const struct monitor_snapshot *before, const char *root)
{
	struct monitor_snapshot after = look(root);

	after.when = before->when + 2000000000;
	monitor_compare(before, &after);
	assert_true(after.interval == 2000000000);
	return after;
}

static void rates_are_of_the_time_between(void **state)
{
	struct monitor_snapshot before, after;

	fake_device(*state);
	fake_client(*state, 321, "camera\n", 5, fdinfo);
	before = look(*state);
	later(*state, HEAD("7")
	      "drm-engine-load:\t99 ns\ndrm-cycles-load:\t120000480\ndrm-cycles-store:\t960\n"
	      "drm-cycles-array:\t180001440\n"
	      "edgetpu-cycles-used:\t180480000\nedgetpu-cycles-switching:\t12048000\n"
	      "edgetpu-jobs-done:\t21\nedgetpu-jobs-failed:\t2\n");
	after = compared(&before, *state);
	assert_near(after.devices->rate.use, 0.5);
	assert_near(after.devices->rate.engine[MONITOR_LOAD], 0.25);
	assert_near(after.devices->rate.engine[MONITOR_ARRAY], 0);
	assert_int_equal(after.num_clients, 1);
	/* 192 million of the device's 480 */
	assert_near(after.clients->rate.use, 0.4);
	assert_near(after.clients->rate.engine[MONITOR_LOAD], 0.25);
	assert_near(after.clients->rate.engine[MONITOR_STORE], 0);
	assert_near(after.clients->rate.engine[MONITOR_ARRAY], 0.375);
	assert_true(isnan(after.clients->rate.engine[MONITOR_VECTOR]));
	assert_near(after.clients->rate.jobs, 5);
	monitor_free(&before);
	monitor_free(&after);
}

/* Another client of a process of the same number has nothing to do with the one before. */
static void a_number_that_is_used_again_is_another_client(void **state)
{
	struct monitor_snapshot before, after;

	fake_device(*state);
	fake_client(*state, 321, "camera\n", 5, fdinfo);
	before = look(*state);
	later(*state, HEAD("9") "edgetpu-cycles-used:\t48000000\nedgetpu-cycles-switching:\t0\n"
	      "edgetpu-jobs-done:\t2\nedgetpu-jobs-failed:\t0\n");
	after = compared(&before, *state);
	assert_int_equal(after.num_clients, 1);
	assert_near(after.clients->rate.use, 0.1);
	assert_near(after.clients->rate.jobs, 1);
	monitor_free(&before);
	monitor_free(&after);
}

static void clients_are_found_among_those_that_come_and_go(void **state)
{
	struct monitor_snapshot before, after;

	fake_device(*state);
	fake_client(*state, 10, "goes\n", 5, HEAD("1") "edgetpu-jobs-done:\t5\n"
		    "edgetpu-jobs-failed:\t0\n");
	fake_client(*state, 11, "stays\n", 5, HEAD("5") "edgetpu-jobs-done:\t5\n"
		    "edgetpu-jobs-failed:\t0\n");
	fake_client(*state, 12, "goes\n", 5, HEAD("6"));
	before = look(*state);
	fake_remove(*state, "proc/10");
	fake_remove(*state, "proc/12");
	fake_client(*state, 11, "stays\n", 5, HEAD("5") "edgetpu-jobs-done:\t9\n"
		    "edgetpu-jobs-failed:\t0\n");
	fake_client(*state, 13, "comes\n", 5, HEAD("4") "edgetpu-jobs-done:\t6\n"
		    "edgetpu-jobs-failed:\t0\n");
	after = compared(&before, *state);
	assert_int_equal(after.num_clients, 2);
	assert_near(after.clients[0].rate.jobs, 3);
	assert_near(after.clients[1].rate.jobs, 2);
	monitor_free(&before);
	monitor_free(&after);
}

static void a_device_that_sleeps_is_at_rest(void **state)
{
	struct monitor_snapshot before, after;

	fake_device(*state);
	fake_client(*state, 321, "camera\n", 5, fdinfo);
	before = look(*state);
	fake_file(*state, "suspended\n", DEVICE "/power/runtime_status");
	after = compared(&before, *state);
	assert_near(after.devices->rate.use, 0);
	assert_near(after.clients->rate.use, 0);
	assert_near(after.clients->rate.engine[MONITOR_LOAD], 0);
	monitor_free(&before);
	monitor_free(&after);
}

static void counts_that_begin_again_say_nothing(void **state)
{
	struct monitor_snapshot before, after;

	fake_device(*state);
	fake_client(*state, 321, "camera\n", 5, fdinfo);
	before = look(*state);
	fake_file(*state, "5\n", DEVICE "/edgetpu/busy_time_ns");
	fake_file(*state, "10\n", DEVICE "/edgetpu/up_time_ns");
	fake_client(*state, 321, "camera\n", 5, HEAD("7") "edgetpu-cycles-used:\t1\n"
		    "edgetpu-cycles-switching:\t0\n");
	after = compared(&before, *state);
	assert_true(isnan(after.devices->rate.use));
	assert_true(isnan(after.clients->rate.use));
	assert_true(isnan(after.clients->rate.jobs));
	monitor_free(&before);
	monitor_free(&after);
}

/* What switching took is told at the end of a job, be it long ago. */
static void nobody_has_more_than_all(void **state)
{
	struct monitor_snapshot before, after;

	fake_device(*state);
	fake_client(*state, 321, "camera\n", 5, fdinfo);
	before = look(*state);
	later(*state, HEAD("7") "edgetpu-cycles-used:\t480000000\n"
	      "edgetpu-cycles-switching:\t4800000000\n");
	after = compared(&before, *state);
	assert_near(after.clients->rate.use, 1);
	monitor_free(&before);
	monitor_free(&after);
}

/* --- reset --- */

static void a_reset_is_written_to_the_function(void **state)
{
	char path[128], text[8] = "";
	FILE *file;

	fake_device(*state);
	assert_int_equal(monitor_reset(*state, "0000:00:02.0"), -EOPNOTSUPP);
	assert_int_equal(monitor_reset(*state, "0000:00:03.0"), -ENODEV);
	assert_int_equal(monitor_reset(*state, ""), -ENODEV);
	assert_int_equal(monitor_reset(*state, ".."), -ENODEV);
	assert_int_equal(monitor_reset(*state, "../edgetpu/0000:00:02.0"), -ENODEV);
	fake_file(*state, "", DEVICE "/reset");
	assert_int_equal(monitor_reset(*state, "0000:00:02.0"), 0);
	snprintf(path, sizeof(path), "%s/" DEVICE "/reset", (char *)*state);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_int_equal(fread(text, 1, sizeof(text) - 1, file), 1);
	fclose(file);
	assert_string_equal(text, "1");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, unmake)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_device_is_what_its_files_say),
		TEST(no_driver_is_no_device),
		TEST(what_is_not_told_is_unknown),
		TEST(a_device_without_sensors_is_one),
		TEST(below_zero_is_a_temperature),
		TEST(several_devices_are_in_order),
		TEST(a_client_is_what_its_fdinfo_says),
		TEST(a_client_of_several_files_and_processes_is_one),
		TEST(files_of_a_thread_are_its_process),
		TEST(threads_that_share_their_files_are_one),
		TEST(what_is_no_client_is_none),
		TEST(a_process_that_goes_is_left_out),
		TEST(names_are_bytes),
		TEST(hostile_fdinfo_does_no_harm),
		TEST(many_clients_are_all_there),
		TEST(what_may_not_be_seen_is_counted),
		TEST(rates_are_of_the_time_between),
		TEST(a_number_that_is_used_again_is_another_client),
		TEST(clients_are_found_among_those_that_come_and_go),
		TEST(a_device_that_sleeps_is_at_rest),
		TEST(counts_that_begin_again_say_nothing),
		TEST(nobody_has_more_than_all),
		TEST(a_reset_is_written_to_the_function),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
