// SPDX-License-Identifier: MIT
/* mnet-top: the accelerators, who uses them, and how much. */
#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "programs/report.h"
#include "programs/top.h"

#define PROGRAM "mnet-top"

static int fail(const char *subject, int error)
{
	struct mnet_error err;

	set_error(&err, error, "%s", strerror(-error));
	return report(PROGRAM, subject, &err);
}

static int print_table(const struct top_options *o, const struct monitor_snapshot *now)
{
	const struct monitor_client **clients = top_sort(now, &o->order);
	struct top_screen screen = { .out = stdout };

	if (!clients)
		return fail(NULL, -ENOMEM);
	top_print_table(now, clients, &o->order, &screen);
	free(clients);
	return 0;
}

static int show(const struct top_options *o, const struct monitor_snapshot *now)
{
	struct mnet_error err;
	int status = 0;

	if (o->mode == TOP_JSON)
		status = top_print_json(now, stdout, &err) ? report(PROGRAM, NULL, &err) : 0;
	else if (o->mode == TOP_PROMETHEUS)
		top_print_prometheus(now, stdout);
	else if (o->mode == TOP_LIST)
		top_print_list(now, stdout);
	else
		status = print_table(o, now);
	if (!status && (fflush(stdout) || ferror(stdout)))
		status = fail("standard output", errno ? -errno : -EIO);
	return status;
}

static void pause_for(double seconds)
{
	struct timespec t = { .tv_sec = seconds, .tv_nsec = (seconds - (long)seconds) * 1e9 };

	while (nanosleep(&t, &t) && errno == EINTR)
		;
}

/* One look alone */
static int show_now(const struct top_options *o)
{
	struct monitor_snapshot now;
	int ret = monitor_read(o->root, &now), status;

	if (ret)
		return fail(o->root, ret);
	status = show(o, &now);
	monitor_free(&now);
	return status;
}

/* What the time between two looks was used for; once, or until killed */
static int show_changes(const struct top_options *o)
{
	struct monitor_snapshot before, now;
	int ret = monitor_read(o->root, &before), status = 0;

	while (!ret && !status) {
		pause_for(o->delay);
		ret = monitor_read(o->root, &now);
		if (ret)
			break;
		monitor_compare(&before, &now);
		status = show(o, &now);
		monitor_free(&before);
		before = now;
		if (o->once)
			break;
	}
	monitor_free(&before);
	return ret ? fail(o->root, ret) : status;
}

static int reset(const struct top_options *o)
{
	const int ret = monitor_reset(o->root, o->device);
	struct mnet_error err;

	if (!ret)
		return 0;
	set_error(&err, ret, "%s",
		  ret == -ENODEV     ? "the edgetpu driver has no such device" :
		  ret == -EOPNOTSUPP ? "the function cannot be reset" :
				       strerror(-ret));
	return report(PROGRAM, o->device, &err);
}

int main(int argc, char **argv)
{
	struct top_options options;
	int status = top_options_parse(argc, argv, &options);

	if (status >= 0)
		return status;
	/* for names, not for numbers */
	setlocale(LC_CTYPE, "");
	if (options.mode == TOP_RESET)
		return reset(&options);
	if (options.mode == TOP_PROMETHEUS || options.mode == TOP_LIST)
		return show_now(&options);
	if (options.mode == TOP_TABLE && !options.once && isatty(STDIN_FILENO) &&
	    isatty(STDOUT_FILENO))
		return top_live(&options);
	return show_changes(&options);
}
