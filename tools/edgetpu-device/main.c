// SPDX-License-Identifier: GPL-2.0-only
/*
 * edgetpu-device: the accelerator as a process that a virtual machine attaches.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/device.h"
#include "vfio/inject.h"
#include "vfio/server.h"

#ifndef EDGETPU_DEVICE_VERSION
#error "the build gives EDGETPU_DEVICE_VERSION"
#endif

#define MAX_FAULTS 16

enum log_level { LOG_ERROR, LOG_INFO };

struct options {
	const char *socket;
	const struct edgetpu_config *config;
	const char *memory;
	enum log_level log;
	bool persist;
	bool msi;
	const char *hostile;
	bool inject;
	uint64_t serial;
	uint32_t faults[MAX_FAULTS];
	unsigned int num_faults;
};

#define say(format, ...) fprintf(stderr, "edgetpu-device: " format "\n", ##__VA_ARGS__)

static const char usage[] =
	"usage: edgetpu-device --socket PATH [OPTION]...\n"
	"\n"
	"Serves an Edge TPU-style accelerator as a PCI function over vfio-user. QEMU 10.1\n"
	"or newer attaches it with -device vfio-user-pci; guest memory must be shared.\n"
	"\n"
	"  --socket PATH      listen on this UNIX socket, made now and removed at the end\n"
	"  --memory PRESET    bandwidth to host memory: soc (12.8 GB/s, default) or pcie (0.5 GB/s)\n"
	"  --msi              one MSI vector and no MSI-X, as some machines leave it\n"
	"  --serial NUMBER    the unit's serial number, up to 64 bits, decimal or 0x...; not 0\n"
	"  --persist          serve the next client when one has gone; default: end with the first\n"
	"  --hostile SEED     lie: change what the guest reads and what is written for it\n"
	"  --inject           let the guest do the device harm (uapi/edgetpu_fault.h)\n"
	"  --fault NAME[=ARG] have this fault from the start; may be repeated\n"
	"  --log LEVEL        error (default) or info\n"
	"  --help             this text\n"
	"  --version          the program's version\n"
	"\n"
	"Exit status: 0 when the client has gone or on SIGTERM or SIGINT, 1 on an error,\n"
	"2 for bad usage, 3 by the fault \"exit\".\n";

static int bad_usage(const char *what, const char *value)
{
	say("%s%s (--help lists the options)", what, value);
	return 2;
}

static bool parse_serial(const char *value, uint64_t *serial)
{
	char *end;

	errno = 0;
	*serial = strtoull(value, &end, 0);
	return *serial && !errno && !*end && *value >= '0' && *value <= '9';
}

static int bad_fault(const char *value)
{
	say("no fault %s (--help lists the options); there are:", value);
	for (unsigned int i = 0; inject_name(i); i++)
		fprintf(stderr, "\t%s\n", inject_name(i));
	return 2;
}

/* -1: go on; else the exit status */
static int parse(int argc, char **argv, struct options *o)
{
	enum { SOCKET = 256, HOSTILE, INJECT, FAULT, MEMORY, MSI, SERIAL, PERSIST, LOG, HELP, VERSION };
	static const struct option table[] = {
		{ "socket", required_argument, NULL, SOCKET },
		{ "memory", required_argument, NULL, MEMORY },
		{ "hostile", required_argument, NULL, HOSTILE },
		{ "inject", no_argument, NULL, INJECT },
		{ "fault", required_argument, NULL, FAULT },
		{ "msi", no_argument, NULL, MSI },
		{ "serial", required_argument, NULL, SERIAL },
		{ "persist", no_argument, NULL, PERSIST },
		{ "log", required_argument, NULL, LOG },
		{ "help", no_argument, NULL, HELP },
		{ "version", no_argument, NULL, VERSION },
		{ 0 },
	};
	int c;

	*o = (struct options){ .config = &edgetpu_config_soc, .memory = "soc", .log = LOG_ERROR };
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":", table, NULL)) != -1) {
		switch (c) {
		case SOCKET:
			o->socket = optarg;
			break;
		case MEMORY:
			if (!strcmp(optarg, "soc"))
				o->config = &edgetpu_config_soc;
			else if (!strcmp(optarg, "pcie"))
				o->config = &edgetpu_config_pcie;
			else
				return bad_usage("--memory takes soc or pcie, not ", optarg);
			o->memory = optarg;
			break;
		case HOSTILE:
			o->hostile = optarg;
			break;
		case INJECT:
			o->inject = true;
			break;
		case FAULT:
			if (o->num_faults == MAX_FAULTS)
				return bad_usage("too many faults: ", optarg);
			if (!inject_parse(optarg, &o->faults[o->num_faults++]))
				return bad_fault(optarg);
			break;
		case MSI:
			o->msi = true;
			break;
		case SERIAL:
			if (!parse_serial(optarg, &o->serial))
				return bad_usage("--serial takes a number of up to 64 bits, not ",
						 optarg);
			break;
		case PERSIST:
			o->persist = true;
			break;
		case LOG:
			if (!strcmp(optarg, "error"))
				o->log = LOG_ERROR;
			else if (!strcmp(optarg, "info"))
				o->log = LOG_INFO;
			else
				return bad_usage("--log takes error or info, not ", optarg);
			break;
		case HELP:
			fputs(usage, stdout);
			return 0;
		case VERSION:
			puts("edgetpu-device " EDGETPU_DEVICE_VERSION);
			return 0;
		case ':':
			return bad_usage(argv[optind - 1], " needs a value");
		default:
			return bad_usage("unknown option ", argv[optind - 1]);
		}
	}
	if (optind < argc)
		return bad_usage("unexpected argument ", argv[optind]);
	if (!o->socket)
		return bad_usage("--socket PATH is needed", "");
	return -1;
}

/* Is a socket left over by a process that did not clean up? Nobody answers on it. */
static bool is_stale(const struct sockaddr_un *addr)
{
	struct stat st;
	bool stale = false;
	int fd;

	if (lstat(addr->sun_path, &st) || !S_ISSOCK(st.st_mode))
		return false;
	/* Does not wait for a server that is busy with another client. */
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return false;
	stale = connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) && errno == ECONNREFUSED;
	close(fd);
	return stale;
}

/* The listening socket, or -1 after a message */
static int listen_on(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(addr.sun_path)) {
		say("%s: a socket's path has at most %zu characters", path,
		    sizeof(addr.sun_path) - 1);
		return -1;
	}
	strcpy(addr.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		say("cannot make a socket: %s", strerror(errno));
		return -1;
	}
	if (is_stale(&addr))
		unlink(path);
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr))) {
		say("cannot listen on %s: %s", path, strerror(errno));
		close(fd);
		return -1;
	}
	if (listen(fd, 1)) {
		say("cannot listen on %s: %s", path, strerror(errno));
		unlink(path);
		close(fd);
		return -1;
	}
	return fd;
}

/* A client's socket; -ECANCELED: told to stop; another negative errno */
static int accept_client(int listener, int stop_fd)
{
	struct pollfd fds[2] = {
		{ .fd = listener, .events = POLLIN },
		{ .fd = stop_fd, .events = POLLIN },
	};
	int fd;

	while (poll(fds, 2, -1) < 0)
		if (errno != EINTR)
			return -errno;
	if (fds[1].revents)
		return -ECANCELED;
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int serve(struct vfio_server *server, int listener, int stop_fd, const struct options *o)
{
	int err;

	do {
		struct vfio_server_stats stats;
		int fd = accept_client(listener, stop_fd);

		if (fd == -ECANCELED)
			return 0;
		if (fd < 0) {
			say("cannot accept a client: %s", strerror(-fd));
			return 1;
		}
		if (o->log >= LOG_INFO)
			say("client connected");
		err = vfio_server_serve(server, fd, stop_fd);
		close(fd);
		if (err == -ECANCELED)
			return 0;
		if (err)
			say("client dropped: %s", err == -EPROTO ?
			    "it does not speak vfio-user" : strerror(-err));
		vfio_server_stats(server, &stats);
		if (o->log >= LOG_INFO)
			say("client gone: %llu messages, %llu errors, %llu odd register writes ignored",
			    (unsigned long long)stats.messages, (unsigned long long)stats.errors,
			    (unsigned long long)stats.bad_accesses);
	} while (o->persist);
	return err ? 1 : 0;
}

/* SIGTERM and SIGINT as a file descriptor; blocked in every thread made after this */
static int stop_signals(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

int main(int argc, char **argv)
{
	struct vfio_server *server;
	int stop_fd, listener, err;
	struct options o;
	int status = parse(argc, argv, &o);

	if (status >= 0)
		return status;
	stop_fd = stop_signals();
	if (stop_fd < 0) {
		say("cannot watch signals: %s", strerror(errno));
		return 1;
	}
	err = vfio_server_new(o.config, &server);
	if (err) {
		say("cannot make the device: %s", strerror(-err));
		return 1;
	}
	if (o.msi)
		vfio_server_single_msi(server);
	if (o.serial)
		vfio_server_serial(server, o.serial);
	if (o.hostile && vfio_server_hostile(server, strtoull(o.hostile, NULL, 0))) {
		say("no memory");
		return 1;
	}
	if (o.inject)
		vfio_server_open_window(server);
	for (unsigned int i = 0; i < o.num_faults; i++)
		vfio_server_inject(server, o.faults[i]);
	status = 1;
	listener = listen_on(o.socket);
	if (listener >= 0) {
		if (o.log >= LOG_INFO)
			say("listening on %s, %s memory", o.socket, o.memory);
		status = serve(server, listener, stop_fd, &o);
		unlink(o.socket);
		close(listener);
	}
	vfio_server_free(server);
	return status;
}
