/* SPDX-License-Identifier: MIT */
/* mnet-top's parts: options, order, and the ways to show a look at the devices. */
#ifndef PROGRAMS_TOP_H
#define PROGRAMS_TOP_H

#include <stdbool.h>
#include <stdio.h>

#include "mnet.h"
#include "monitor/monitor.h"

enum top_mode { TOP_TABLE, TOP_JSON, TOP_PROMETHEUS, TOP_LIST, TOP_RESET };

enum top_key {
	TOP_BY_USE,
	TOP_BY_PID,
	TOP_BY_USER,
	TOP_BY_NAME,
	TOP_BY_MEMORY,
	TOP_BY_JOBS,
	TOP_BY_QUEUE,
	TOP_KEYS
};

/* As --sort takes them */
extern const char *const top_key_names[TOP_KEYS];

/**
 * struct top_order - of clients
 * @key: largest first, but for PID, user and name
 * @reverse: the other way round
 */
struct top_order {
	enum top_key key;
	bool reverse;
};

/**
 * struct top_options - the command line; strings point into it
 * @mode: what to do
 * @once: and end
 * @delay: seconds between two looks
 * @order: of clients
 * @root: root directory
 * @device: the one to reset
 */
struct top_options {
	enum top_mode mode;
	bool once;
	double delay;
	struct top_order order;
	const char *root;
	const char *device;
};

/* -1: go on; else the exit status, what there is to say has been said. */
int top_options_parse(int argc, char **argv, struct top_options *options);

/* The clients in this order, equal ones as they are; malloc'ed, NULL: no memory */
const struct monitor_client **top_sort(const struct monitor_snapshot *snapshot,
				       const struct top_order *order);

#define TOP_USER	33

/* The name of a user, or the number */
const char *top_user(uid_t uid, char name[TOP_USER]);

/**
 * struct top_screen - where a table goes
 * @out: stream
 * @columns: of the screen; longer lines are cut. 0: they are not
 * @rows: of the screen; clients that find no room are left out. 0: any number
 * @colour: use attributes
 * @live: begin at the top, and erase what was there before
 * @first: number of the first client to show
 * @used: rows of what is being printed
 */
struct top_screen {
	FILE *out;
	unsigned int columns;
	unsigned int rows;
	bool colour;
	bool live;
	size_t first;
	unsigned int used;
};

/* The devices and their clients, which top_sort() gave, a line each, behind the headings */
void top_print_table(const struct monitor_snapshot *snapshot,
		     const struct monitor_client *const *clients, const struct top_order *order,
		     struct top_screen *screen);
/* Clients that top_print_table() has room for */
size_t top_table_room(const struct monitor_snapshot *snapshot, const struct top_screen *screen);

/* What each device is: one fact a line */
void top_print_list(const struct monitor_snapshot *snapshot, FILE *out);

/* One object on one line */
int top_print_json(const struct monitor_snapshot *snapshot, FILE *out, struct mnet_error *err);

/* The text format of Prometheus, version 0.0.4 */
void top_print_prometheus(const struct monitor_snapshot *snapshot, FILE *out);

/* In words; and whether it has neither temperature nor power to tell */
const char *top_state_name(enum monitor_state state);
bool top_is_asleep(enum monitor_state state);

/*
 * Columns of @text, from which all that could do something to a terminal has been
 * replaced by '?'; at most @columns of it are in @to, of @size bytes.
 */
unsigned int top_plain(char *to, size_t size, unsigned int columns, const char *text);

/* On the terminal until the user has enough: the exit status */
int top_live(const struct top_options *options);

#endif /* PROGRAMS_TOP_H */
