// SPDX-License-Identifier: MIT
/*
 * Clients: files of processes that are nodes of the devices, by /proc/PID/fdinfo. All of a
 * process is read through its one open directory, which is no other process's when the
 * number has been given away again. Threads may have files that the first one has not, which
 * for one may have ended.
 */
#define _GNU_SOURCE /* statx, syscall */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "monitor/snapshot.h"

/* --- fdinfo --- */

/* *@value: the number of a line "@key:	NUMBER UNIT" in units of one, if this is the line */
static void take(const char *line, const char *key, int64_t *value)
{
	static const struct {
		const char *name;
		int shift;
	} units[] = { { "KiB", 10 }, { "MiB", 20 }, { "GiB", 30 } };
	const size_t n = strlen(key);
	const char *end;
	int64_t number;

	if (strncmp(line, key, n) || line[n] != ':')
		return;
	number = text_parse(line + n + 1, &end);
	end += strspn(end, " ");
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (!strcmp(end, units[i].name) && number >= 0)
			number = number > INT64_MAX >> units[i].shift ? INT64_MAX :
				 number << units[i].shift;
	}
	*value = number;
}

/* The text of a line "@key:	TEXT", or NULL */
static const char *text_of(const char *line, const char *key)
{
	const size_t n = strlen(key);

	if (strncmp(line, key, n) || line[n] != ':')
		return NULL;
	return line + n + 1 + strspn(line + n + 1, " \t");
}

/* Its cycles; parse() makes time of them. */
static void take_engine(const char *line, struct monitor_client *client)
{
	static const char prefix[] = "drm-cycles-";

	if (strncmp(line, prefix, strlen(prefix)))
		return;
	for (int i = 0; i < MONITOR_ENGINES; i++)
		take(line + strlen(prefix), monitor_engine_names[i], &client->engine[i]);
}

static void take_count(const char *line, struct monitor_client *client)
{
	take(line, "edgetpu-cycles-used", &client->used);
	take(line, "edgetpu-cycles-switching", &client->switching);
	take(line, "edgetpu-jobs-done", &client->done);
	take(line, "edgetpu-jobs-failed", &client->failed);
	take(line, "edgetpu-jobs-unfinished", &client->unfinished);
	take(line, "edgetpu-energy", &client->energy);
	take(line, "edgetpu-charged-memory", &client->memory);
}

static struct monitor_client no_client(void)
{
	struct monitor_client client = {
		.used = MONITOR_NONE,
		.switching = MONITOR_NONE,
		.done = MONITOR_NONE,
		.failed = MONITOR_NONE,
		.unfinished = MONITOR_NONE,
		.energy = MONITOR_NONE,
		.memory = MONITOR_NONE,
		.rate = monitor_no_rate,
	};

	for (int i = 0; i < MONITOR_ENGINES; i++)
		client.engine[i] = MONITOR_NONE;
	return client;
}

/* False: no file of one of the devices */
static bool parse(char *info, const struct monitor_snapshot *snapshot,
		  struct monitor_client *client)
{
	int64_t id = MONITOR_NONE;
	bool ours = false;
	char *rest = info;
	const char *value;
	char *line;

	*client = no_client();
	client->device = snapshot->num_devices;
	while ((line = strsep(&rest, "\n"))) {
		value = text_of(line, "drm-driver");
		if (value)
			ours = !strcmp(value, "edgetpu");
		value = text_of(line, "drm-pdev");
		for (size_t i = 0; value && i < snapshot->num_devices; i++) {
			if (!strcmp(value, snapshot->devices[i].name))
				client->device = i;
		}
		take(line, "drm-client-id", &id);
		take_engine(line, client);
		take_count(line, client);
	}
	client->id = id;
	if (!ours || id < 0 || client->device >= snapshot->num_devices)
		return false;
	for (int i = 0; i < MONITOR_ENGINES; i++)
		client->engine[i] = monitor_device_ns(&snapshot->devices[client->device],
						      client->engine[i]);
	return true;
}

/* --- processes --- */

/*
 * Whether an open file is a node of one of the devices. A server that does not answer is
 * not asked about its files.
 */
static bool is_node(int fds, const char *name, const struct monitor_snapshot *snapshot)
{
	struct statx st;

	if (statx(fds, name, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_TYPE, &st) ||
	    !S_ISCHR(st.stx_mode))
		return false;
	for (size_t i = 0; i < snapshot->num_devices; i++) {
		if (snapshot->devices[i].number == makedev(st.stx_rdev_major, st.stx_rdev_minor))
			return true;
	}
	return false;
}

static int add_client(struct monitor_snapshot *snapshot, const struct monitor_client *client)
{
	struct monitor_client *clients;

	clients = monitor_grow(snapshot->clients, snapshot->num_clients, sizeof(*clients));
	if (!clients)
		return -ENOMEM;
	snapshot->clients = clients;
	clients[snapshot->num_clients++] = *client;
	return 0;
}

/* @task: the directory of the process, or of a thread of it */
static int add_file(int process, int task, pid_t pid, const char *name,
		    struct monitor_snapshot *snapshot)
{
	char path[300] = "fdinfo/", info[8192];
	struct monitor_client client;
	struct stat st;

	strncat(path, name, sizeof(path) - strlen(path) - 1);
	if (text_read(task, path, info, sizeof(info)) <= 0 || !parse(info, snapshot, &client))
		return 0;
	if (fstat(process, &st) ||
	    text_read(process, "comm", client.name, sizeof(client.name)) < 0)
		return 0;
	client.pid = pid;
	client.uid = st.st_uid;
	client.processes = 1;
	return add_client(snapshot, &client);
}

/* Files of a process, or of a thread of it, of which each may go at any moment */
static int read_files(int process, int task, pid_t pid, struct monitor_snapshot *snapshot)
{
	const int fds = text_directory(task, "fd");
	DIR *entries = fds < 0 ? NULL : fdopendir(fds);
	struct dirent *entry;
	int ret = 0;

	if (!entries) {
		snapshot->hidden += task == process && (fds == -EACCES || fds == -EPERM);
		if (fds >= 0)
			close(fds);
		return 0;
	}
	while (!ret && (entry = readdir(entries))) {
		if (entry->d_name[0] != '.' && is_node(fds, entry->d_name, snapshot))
			ret = add_file(process, task, pid, entry->d_name, snapshot);
	}
	closedir(entries);
	return ret;
}

/* Who may not ask may not look at them either; where the kernel cannot say, they are looked at. */
static bool same_files(pid_t a, pid_t b)
{
	return !syscall(SYS_kcmp, a, b, KCMP_FILES, 0, 0) || errno == EPERM;
}

static pid_t number_of(const char *name)
{
	const char *end;
	const int64_t number = text_parse(name, &end);

	return number > 0 && !*end && number <= INT32_MAX ? number : 0;
}

/* Those that a thread has for itself, and the threads that share them */
static int read_threads(int process, pid_t pid, struct monitor_snapshot *snapshot)
{
	const int tasks = text_directory(process, "task");
	DIR *entries = tasks < 0 ? NULL : fdopendir(tasks);
	struct dirent *entry;
	pid_t last = pid;
	int ret = 0;

	if (!entries) {
		if (tasks >= 0)
			close(tasks);
		return 0;
	}
	while (!ret && (entry = readdir(entries))) {
		const pid_t thread = number_of(entry->d_name);
		int task;

		if (!thread || thread == pid || same_files(thread, pid) ||
		    (last != pid && same_files(thread, last)))
			continue;
		task = text_directory(tasks, entry->d_name);
		if (task < 0)
			continue;
		last = thread;
		ret = read_files(process, task, pid, snapshot);
		close(task);
	}
	closedir(entries);
	return ret;
}

static int read_processes(int proc, DIR *entries, struct monitor_snapshot *snapshot)
{
	struct dirent *entry;
	int ret = 0;

	while (!ret && (entry = readdir(entries))) {
		const pid_t pid = number_of(entry->d_name);
		int process;

		if (!pid)
			continue;
		process = text_directory(proc, entry->d_name);
		if (process < 0)
			continue;
		ret = read_files(process, process, pid, snapshot);
		if (!ret)
			ret = read_threads(process, pid, snapshot);
		close(process);
	}
	return ret;
}

/* --- all of them --- */

static int by_device_id_pid(const void *a, const void *b)
{
	const struct monitor_client *x = a, *y = b;

	if (x->device != y->device)
		return x->device < y->device ? -1 : 1;
	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

/* One entry for each client, of all the files that it is */
static void merge(struct monitor_snapshot *snapshot)
{
	struct monitor_client *to = snapshot->clients;
	pid_t last = 0;
	size_t n = 0;

	for (size_t i = 0; i < snapshot->num_clients; i++) {
		const struct monitor_client *from = &snapshot->clients[i];

		if (n && to[n - 1].device == from->device && to[n - 1].id == from->id) {
			to[n - 1].processes += from->pid != last;
			last = from->pid;
			continue;
		}
		last = from->pid;
		to[n++] = *from;
	}
	snapshot->num_clients = n;
}

static void count_jobs(struct monitor_snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->num_clients; i++) {
		const struct monitor_client *client = &snapshot->clients[i];
		struct monitor_device *device = &snapshot->devices[client->device];

		if (client->unfinished < 0)
			continue;
		if (device->unfinished < 0)
			device->unfinished = 0;
		device->unfinished += client->unfinished;
	}
}

int monitor_read_clients(int root, struct monitor_snapshot *snapshot)
{
	const int proc = text_directory(root, "proc");
	DIR *entries = proc < 0 ? NULL : fdopendir(proc);
	int ret;

	if (!entries) {
		if (proc >= 0)
			close(proc);
		return 0;
	}
	ret = read_processes(proc, entries, snapshot);
	closedir(entries);
	if (snapshot->num_clients)
		qsort(snapshot->clients, snapshot->num_clients, sizeof(*snapshot->clients),
		      by_device_id_pid);
	merge(snapshot);
	count_jobs(snapshot);
	return ret;
}
