// SPDX-License-Identifier: MIT
#include "programs/terminal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

/* An alternate screen without a cursor, and back */
static const char enter[] = "\033[?1049h\033[?25l\033[H\033[J";
static const char leave[] = "\033[?25h\033[?1049l";

/* There is one terminal. */
static struct {
	struct termios before;
	sigset_t mask;
	int signals;
	char keys[64];
	size_t num_keys;
} terminal = { .signals = -1 };

static int raw(void)
{
	struct termios t = terminal.before;

	t.c_lflag &= ~(ICANON | ECHO);
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &t))
		return -errno;
	fputs(enter, stdout);
	fflush(stdout);
	return 0;
}

static void restore(void)
{
	fputs(leave, stdout);
	fflush(stdout);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &terminal.before);
}

int terminal_open(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP };
	sigset_t set;
	int ret;

	if (tcgetattr(STDIN_FILENO, &terminal.before))
		return -errno;
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(&set, signals[i]);
	sigprocmask(SIG_BLOCK, &set, &terminal.mask);
	terminal.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	ret = terminal.signals < 0 ? -errno : raw();
	if (!ret)
		return 0;
	if (terminal.signals >= 0)
		close(terminal.signals);
	sigprocmask(SIG_SETMASK, &terminal.mask, NULL);
	return ret;
}

void terminal_close(void)
{
	restore();
	close(terminal.signals);
	sigprocmask(SIG_SETMASK, &terminal.mask, NULL);
}

void terminal_size(unsigned int *columns, unsigned int *rows)
{
	struct winsize size;

	*columns = 80;
	*rows = 24;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col || !size.ws_row)
		return;
	*columns = size.ws_col;
	*rows = size.ws_row;
}

/* --- keys --- */

int terminal_key(const char *text, size_t size, size_t *used)
{
	static const struct {
		const char *text;
		int key;
	} keys[] = {
		{ "\033[A", TERMINAL_UP }, { "\033OA", TERMINAL_UP },
		{ "\033[B", TERMINAL_DOWN }, { "\033OB", TERMINAL_DOWN },
		{ "\033[5~", TERMINAL_PAGE_UP }, { "\033[6~", TERMINAL_PAGE_DOWN },
	};
	size_t n;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		n = strlen(keys[i].text);
		if (size >= n && !memcmp(text, keys[i].text, n)) {
			*used = n;
			return keys[i].key;
		}
	}
	*used = 1;
	if (*text != '\033')
		return (unsigned char)*text < 0x80 ? *text : TERMINAL_OTHER;
	/* ESC [ PARAMETERS FINAL, ESC O FINAL, or the escape key */
	if (size < 2 || (text[1] != '[' && text[1] != 'O'))
		return TERMINAL_OTHER;
	for (n = 2; n < size && text[n] >= 0x20 && text[n] < 0x40; n++)
		;
	*used = n < size ? n + 1 : n;
	return TERMINAL_OTHER;
}

static int next_key(void)
{
	size_t used;
	int key = terminal_key(terminal.keys, terminal.num_keys, &used);

	terminal.num_keys -= used;
	memmove(terminal.keys, terminal.keys + used, terminal.num_keys);
	return key;
}

static int read_key(void)
{
	const ssize_t n = read(STDIN_FILENO, terminal.keys, sizeof(terminal.keys));

	if (n <= 0)
		return n < 0 && (errno == EINTR || errno == EAGAIN) ? TERMINAL_OTHER : TERMINAL_END;
	terminal.num_keys = n;
	return next_key();
}

/* --- signals --- */

/* The shell gets its terminal, until it gives it back. */
static int stop(void)
{
	restore();
	kill(getpid(), SIGSTOP);
	return raw() ? TERMINAL_END : TERMINAL_SIZE;
}

static int read_signal(void)
{
	struct signalfd_siginfo info;

	if (read(terminal.signals, &info, sizeof(info)) != sizeof(info))
		return TERMINAL_OTHER;
	switch (info.ssi_signo) {
	case SIGWINCH:
		return TERMINAL_SIZE;
	case SIGTSTP:
		return stop();
	default:
		return TERMINAL_END;
	}
}

int terminal_wait(int ms)
{
	struct pollfd files[] = {
		{ .fd = terminal.signals, .events = POLLIN },
		{ .fd = STDIN_FILENO, .events = POLLIN },
	};
	int n;

	if (terminal.num_keys)
		return next_key();
	n = poll(files, 2, ms);
	if (n < 0)
		return errno == EINTR ? TERMINAL_OTHER : TERMINAL_END;
	if (files[0].revents)
		return read_signal();
	if (files[1].revents)
		return read_key();
	return TERMINAL_TIME;
}
