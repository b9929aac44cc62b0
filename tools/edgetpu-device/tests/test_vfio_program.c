// SPDX-License-Identifier: GPL-2.0-only
/*
 * edgetpu-device as a process: its options, its socket and its end.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "edgetpu_fault.h"
#include "tap.h"
#include "vfio/protocol.h"

bool tap_failed;

static const char *program;
static char dir[32];
static char path[64];		/* of the socket */
static char output[4096];	/* what the program wrote to both streams */

struct process {
	pid_t pid;
	int out;
};

static struct process start(char *const argv[])
{
	struct process p;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		exit(1);
	p.out = fds[0];
	p.pid = fork();
	if (!p.pid) {
		dup2(fds[1], 1);
		dup2(fds[1], 2);
		execv(program, argv);
		_exit(127);
	}
	close(fds[1]);
	return p;
}

/* The exit status, or 1000 + a signal; @output has all it said. */
static int finish(struct process *p)
{
	size_t used = 0;
	ssize_t n;
	int status;

	while ((n = read(p->out, output + used, sizeof(output) - 1 - used)) > 0)
		used += n;
	output[used] = 0;
	close(p->out);
	waitpid(p->pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

#define RUN(...)	run((char *[]){ "edgetpu-device", __VA_ARGS__, NULL })
#define START(...)	start((char *[]){ "edgetpu-device", __VA_ARGS__, NULL })

static int run(char *const argv[])
{
	struct process p = start(argv);

	return finish(&p);
}

/* Connects to the socket as soon as it is there; -1 when the process ends before that. */
static int dial(struct process *p)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct pollfd ended = { .fd = p->out, .events = 0 };

	strcpy(addr.sun_path, path);
	for (;;) {
		int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

		if (!connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
			return fd;
		close(fd);
		if (poll(&ended, 1, 10) && ended.revents & POLLHUP)
			return -1;
	}
}

static bool greets(int fd)
{
	struct {
		struct vfio_user_header h;
		struct vfio_user_version v;
	} m = { .h = { .command = VFIO_USER_VERSION, .size = sizeof(m) } };

	return send(fd, &m, sizeof(m), MSG_NOSIGNAL) == sizeof(m) &&
	       recv(fd, &m, sizeof(m), MSG_WAITALL) == sizeof(m) &&
	       m.h.flags == VFIO_USER_TYPE_REPLY;
}

static bool is_there(void)
{
	struct stat st;

	return !lstat(path, &st);
}

static void bad_usage_gives_two_and_one_line(void)
{
	static char *const bad[][5] = {
		{ "edgetpu-device" },
		{ "edgetpu-device", "--socket" },
		{ "edgetpu-device", "--socket", path, "extra" },
		{ "edgetpu-device", "--what" },
		{ "edgetpu-device", "--memory", "fast" },
		{ "edgetpu-device", "--serial", "0" },
		{ "edgetpu-device", "--serial", "12x" },
		{ "edgetpu-device", "--serial", "0x10000000000000000" },
		{ "edgetpu-device", "--log", "loud" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK(run(bad[i]) == 2);
		CHECK(strchr(output, '\n') == output + strlen(output) - 1);
	}
	CHECK(RUN("--help") == 0 && strstr(output, "--socket PATH"));
	CHECK(RUN("--version") == 0 && !strncmp(output, "edgetpu-device ", 15));
}

static void a_socket_that_cannot_be_is_named(void)
{
	char longer[200];

	memset(longer, 'x', sizeof(longer));
	longer[sizeof(longer) - 1] = 0;
	CHECK(RUN("--socket", longer) == 1 && strstr(output, "107 characters"));
	CHECK(RUN("--socket", "/nonexistent/s") == 1 && strstr(output, "/nonexistent/s"));
	CHECK(RUN("--socket", dir) == 1 && strstr(output, dir));
}

static void the_program_ends_with_its_client(void)
{
	struct process p = START("--socket", path, "--memory", "pcie", "--log", "info");
	int fd = dial(&p);

	CHECK(fd >= 0 && greets(fd));
	close(fd);
	CHECK(finish(&p) == 0);
	CHECK(strstr(output, "pcie memory") && strstr(output, "client gone: 1 messages"));
	CHECK(!is_there());
}

static void signals_end_it_cleanly(void)
{
	static const int signals[] = { SIGTERM, SIGINT };

	for (int i = 0; i < 4; i++) {
		struct process p = START("--socket", path);
		int fd = dial(&p);

		CHECK(fd >= 0 && (i < 2 || greets(fd)));
		kill(p.pid, signals[i % 2]);
		CHECK(finish(&p) == 0 && !*output);
		CHECK(!is_there());
		close(fd);
	}
}

struct __attribute__((packed)) bar_write {
	struct vfio_user_header h;
	struct vfio_user_region_access a;
	uint32_t value;
};

static struct bar_write bar_write(uint64_t offset, uint32_t value)
{
	return (struct bar_write){
		.h = { .command = VFIO_USER_REGION_WRITE, .size = sizeof(struct bar_write) },
		.a = { .offset = offset, .count = sizeof(value) }, .value = value,
	};
}

/* Writes a word of BAR0; nobody waits for the reply. */
static void write_bar(int fd, uint64_t offset, uint32_t value)
{
	struct bar_write m = bar_write(offset, value);

	CHECK(send(fd, &m, sizeof(m), MSG_NOSIGNAL) == sizeof(m));
}

/* Messages that it did not come to read make a reset of the stream's end. */
static void its_end_is_no_reset(void)
{
	struct process p = START("--socket", path, "--inject");
	const struct bar_write m[] = {
		bar_write(EDGETPU_REG_FAULT, EDGETPU_FAULT_EXIT),
		bar_write(EDGETPU_REG_FAULT, EDGETPU_FAULT_EXIT),
	};
	int fd = dial(&p);
	char c;

	CHECK(fd >= 0 && greets(fd));
	CHECK(send(fd, m, sizeof(m), MSG_NOSIGNAL) == sizeof(m));
	CHECK(finish(&p) == 3);
	CHECK(recv(fd, &c, 1, 0) == 0);
	close(fd);
	unlink(path);
}

static void the_client_ends_it_if_it_may(void)
{
	struct process p = START("--socket", path, "--inject", "--fault", "boot=2");
	int fd = dial(&p);

	CHECK(fd >= 0 && greets(fd));
	write_bar(fd, EDGETPU_REG_FAULT, EDGETPU_FAULT_EXIT);
	CHECK(finish(&p) == 3);
	close(fd);
	unlink(path);
	p = START("--socket", path);
	fd = dial(&p);
	CHECK(fd >= 0 && greets(fd));
	write_bar(fd, EDGETPU_REG_FAULT, EDGETPU_FAULT_EXIT);
	close(fd);
	CHECK(finish(&p) == 0);
	CHECK(RUN("--socket", path, "--fault", "nonsense") == 2 && strstr(output, "engine-hang"));
}

static void a_stranger_is_dropped(void)
{
	struct process p = START("--socket", path);
	int fd = dial(&p);
	char c;

	CHECK(send(fd, "GET / HTTP/1.0\r\n\r\n", 18, MSG_NOSIGNAL) == 18);
	CHECK(recv(fd, &c, 1, 0) <= 0);
	close(fd);
	CHECK(finish(&p) == 1 && strstr(output, "does not speak vfio-user"));
	CHECK(!is_there());
}

static void persist_serves_one_after_the_other(void)
{
	struct process p = START("--socket", path, "--persist");

	for (int i = 0; i < 3; i++) {
		int fd = dial(&p);

		CHECK(fd >= 0 && greets(fd));
		close(fd);
	}
	kill(p.pid, SIGTERM);
	CHECK(finish(&p) == 0);
}

static void a_socket_left_behind_is_replaced_but_not_one_in_use(void)
{
	struct process p = START("--socket", path), second;
	int fd = dial(&p);

	CHECK(fd >= 0 && greets(fd));
	CHECK(RUN("--socket", path) == 1 && strstr(output, "Address already in use"));
	CHECK(greets(fd));
	kill(p.pid, SIGKILL);
	CHECK(finish(&p) == 1000 + SIGKILL && is_there());
	close(fd);
	second = START("--socket", path);
	fd = dial(&second);
	CHECK(fd >= 0 && greets(fd));
	close(fd);
	CHECK(finish(&second) == 0 && !is_there());
}

static const struct tap_test tests[] = {
	{ "bad usage gives two and one line", bad_usage_gives_two_and_one_line },
	{ "a socket that cannot be is named", a_socket_that_cannot_be_is_named },
	{ "the program ends with its client", the_program_ends_with_its_client },
	{ "signals end it cleanly", signals_end_it_cleanly },
	{ "the client ends it, if it may", the_client_ends_it_if_it_may },
	{ "its end is no reset", its_end_is_no_reset },
	{ "a stranger is dropped", a_stranger_is_dropped },
	{ "--persist serves one after the other", persist_serves_one_after_the_other },
	{ "a socket left behind is replaced, but not one in use",
	  a_socket_left_behind_is_replaced_but_not_one_in_use },
};

/* test_vfio_program PROGRAM */
int main(int argc, char **argv)
{
	const int num = sizeof(tests) / sizeof(tests[0]);
	int failed;

	snprintf(dir, sizeof(dir), "/tmp/test_vfio.XXXXXX");
	if (argc != 2 || !mkdtemp(dir)) {
		printf("Bail out! %s\n", argc == 2 ? strerror(errno) :
		       "usage: test_vfio_program PROGRAM");
		return 1;
	}
	program = argv[1];
	snprintf(path, sizeof(path), "%s/socket", dir);
	printf("1..%d\n", num);
	fflush(stdout);
	failed = tap_run(tests, num, 1);
	unlink(path);
	rmdir(dir);
	return failed ? 1 : 0;
}
