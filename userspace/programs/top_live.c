// SPDX-License-Identifier: MIT
/* mnet-top on the terminal. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "programs/report.h"
#include "programs/terminal.h"
#include "programs/top.h"

/* Between two looks, in ms: in less than that there is little to be seen. */
#define SHORTEST 100

/**
 * struct live - what is on the screen
 * @options: as asked for
 * @order: as changed since
 * @now: the last look, in order
 * @screen: where it goes
 */
struct live {
	const struct top_options *options;
	struct top_order order;
	struct monitor_snapshot now;
	struct top_screen screen;
};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ll + t.tv_nsec / 1000000;
}

/* Another look, which is compared with the one before, if there was one */
static int look(struct live *live)
{
	struct monitor_snapshot next;
	int ret = monitor_read(live->options->root, &next);

	if (ret)
		return ret;
	if (live->now.when)
		monitor_compare(&live->now, &next);
	monitor_free(&live->now);
	live->now = next;
	return 0;
}

/* In one write: half a screen is never seen. */
static int draw(struct live *live)
{
	const struct monitor_client **clients = top_sort(&live->now, &live->order);
	struct top_screen *screen = &live->screen;
	char *text = NULL;
	size_t size, room;
	int ret = 0;

	terminal_size(&screen->columns, &screen->rows);
	room = top_table_room(&live->now, screen);
	if (live->now.num_clients <= room)
		screen->first = 0;
	else if (screen->first > live->now.num_clients - room)
		screen->first = live->now.num_clients - room;
	screen->out = clients ? open_memstream(&text, &size) : NULL;
	if (screen->out) {
		top_print_table(&live->now, clients, &live->order, screen);
		if (fclose(screen->out))
			ret = -ENOMEM;
	} else {
		ret = -ENOMEM;
	}
	if (!ret && (fwrite(text, 1, size, stdout) != size || fflush(stdout)))
		ret = -errno;
	free(text);
	free(clients);
	return ret;
}

static void scroll(struct live *live, int lines)
{
	if (lines >= 0)
		live->screen.first += lines;
	else if (live->screen.first < (size_t)-lines)
		live->screen.first = 0;
	else
		live->screen.first -= -lines;
}

static bool sort_by(struct live *live, int key)
{
	static const char keys[TOP_KEYS + 1] = {
		[TOP_BY_USE] = 'u',
		[TOP_BY_PID] = 'p',
		[TOP_BY_USER] = 'o',
		[TOP_BY_NAME] = 'n',
		[TOP_BY_MEMORY] = 'm',
		[TOP_BY_JOBS] = 'j',
		[TOP_BY_QUEUE] = 'd',
	};
	const char *found = key > 0 && key < 0x80 ? strchr(keys, key) : NULL;

	if (!found)
		return false;
	live->order.key = found - keys;
	return true;
}

/* What is struck changes what is shown. False: it means nothing */
static bool strike(struct live *live, int key)
{
	const int page = top_table_room(&live->now, &live->screen);

	switch (key) {
	case TERMINAL_SIZE:
		break;
	case TERMINAL_UP:
	case TERMINAL_DOWN:
		scroll(live, key == TERMINAL_UP ? -1 : 1);
		break;
	case TERMINAL_PAGE_UP:
	case TERMINAL_PAGE_DOWN:
		scroll(live, key == TERMINAL_PAGE_UP ? -page : page);
		break;
	case 'r':
		live->order.reverse = !live->order.reverse;
		break;
	default:
		return sort_by(live, key);
	}
	return true;
}

/* Until the user has enough, or something goes wrong: 0 or -errno */
static int watch(struct live *live)
{
	int64_t looked = now_ms(), due = looked + live->options->delay * 1000;
	int ret = draw(live);

	while (!ret) {
		const int64_t left = due - now_ms();
		const int event = left > 0 ? terminal_wait(left) : TERMINAL_TIME;

		if (event == 'q' || event == 'Q' || event == TERMINAL_END)
			return 0;
		if (event == TERMINAL_TIME) {
			looked = now_ms();
			due = looked + live->options->delay * 1000;
			ret = look(live);
		} else if (event == ' ') {
			due = looked + SHORTEST < due ? looked + SHORTEST : due;
			continue;
		} else if (!strike(live, event)) {
			continue;
		}
		if (!ret)
			ret = draw(live);
	}
	return ret;
}

/* Attributes are for who wants them: https://no-color.org */
static bool wants_colour(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return !(no && *no) && !(term && !strcmp(term, "dumb"));
}

int top_live(const struct top_options *options)
{
	struct live live = {
		.options = options,
		.order = options->order,
		.screen = { .colour = wants_colour(), .live = true },
	};
	struct mnet_error err;
	int ret = look(&live);

	if (ret) {
		set_error(&err, ret, "%s", strerror(-ret));
		return report("mnet-top", options->root, &err);
	}
	ret = terminal_open();
	if (!ret) {
		ret = watch(&live);
		terminal_close();
	}
	monitor_free(&live.now);
	if (!ret)
		return 0;
	set_error(&err, ret, "the terminal: %s", strerror(-ret));
	return report("mnet-top", NULL, &err);
}
