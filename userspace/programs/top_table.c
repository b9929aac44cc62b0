// SPDX-License-Identifier: MIT
/*
 * The table: what is fixed of it takes less than 80 columns, and a client's name comes last
 * and has the rest. Attributes and the two ways to erase are those of ECMA-48, which every
 * terminal of today has.
 */
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "programs/top.h"

#define CELL		16	/* bytes of a cell */
#define LINE		512	/* bytes of a line */

#define ATTR_BOLD	"1"
#define ATTR_FAINT	"2"
#define ATTR_REVERSE	"7"
#define ATTR_RED	"31"

/* --- cells --- */

static const char *percent(double share, char cell[CELL])
{
	if (isnan(share))
		return "-";
	snprintf(cell, CELL, share >= 0.9995 ? "%.0f" : "%.1f", 100 * share);
	return cell;
}

/* At most four columns and the unit */
static const char *amount(double value, const char *units, char cell[CELL])
{
	while (value >= 999.5 && units[1]) {
		value /= 1024;
		units++;
	}
	snprintf(cell, CELL, "%.*f%c", value >= 99.95 || *units == 'B' ? 0 : 1, value, *units);
	return cell;
}

static const char *bytes(int64_t value, char cell[CELL])
{
	return value < 0 ? "-" : amount((double)value, "BKMGTPE", cell);
}

static const char *count(int64_t value, char cell[CELL])
{
	if (value < 0)
		return "-";
	snprintf(cell, CELL, "%lld", value > 99999 ? 99999 : (long long)value);
	return cell;
}

static const char *rate(double value, char cell[CELL])
{
	if (isnan(value))
		return "-";
	snprintf(cell, CELL, value >= 99999.5 ? "%.0e" : value >= 99.95 ? "%.0f" : "%.1f", value);
	return cell;
}

static const char *celsius(const struct monitor_device *device, char cell[CELL])
{
	if (device->temp == MONITOR_NONE)
		return "-";
	snprintf(cell, CELL, "%.1f%c", (double)device->temp / 1000, device->alarm == 1 ? '!' : 'C');
	return cell;
}

static const char *watts(int64_t microwatts, char cell[CELL])
{
	if (microwatts < 0)
		return "-";
	snprintf(cell, CELL, "%.*fW", microwatts >= 99995000 ? 0 : microwatts >= 9995000 ? 1 : 2,
		 (double)microwatts / 1e6);
	return cell;
}

/* --- lines --- */

/* One line of the screen, cut where that ends */
static void put(struct top_screen *screen, const char *attribute, const char *text)
{
	char line[4 * LINE];

	/* A last line that ends would move all of them. */
	if (screen->rows && ++screen->used >= screen->rows)
		return;
	top_plain(line, sizeof(line), screen->columns ? screen->columns : LINE, text);
	/* Behind a line as long as the screen is wide this would erase its last column. */
	if (screen->live)
		fputs("\033[K", screen->out);
	if (screen->colour && attribute)
		fprintf(screen->out, "\033[%sm%s\033[m", attribute, line);
	else
		fputs(line, screen->out);
	fputs(screen->live ? "\r\n" : "\n", screen->out);
}

__attribute__((format(printf, 3, 4)))
static void line(struct top_screen *screen, const char *attribute, const char *format, ...)
{
	char text[LINE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	put(screen, attribute, text);
}

static const char *number_of(const struct monitor_device *device)
{
	const char *number = device->node + strcspn(device->node, "0123456789");

	return *number ? number : "-";
}

static void device_line(const struct monitor_device *d, struct top_screen *screen)
{
	const char *attribute = d->alarm == 1 ? ATTR_RED : top_is_asleep(d->state) ? ATTR_FAINT :
				NULL;
	char use[CELL], e[4][CELL], queue[CELL], memory[CELL], temp[CELL], power[CELL],
		resets[CELL];

	line(screen, attribute, "%2s %-12s %-6s %4s %4s %4s %4s %4s %5s %5s %6s %6s %4s",
	     number_of(d), d->name, top_state_name(d->state), percent(d->rate.use, use),
	     percent(d->rate.engine[MONITOR_LOAD], e[0]),
	     percent(d->rate.engine[MONITOR_STORE], e[1]),
	     percent(d->rate.engine[MONITOR_ARRAY], e[2]),
	     percent(d->rate.engine[MONITOR_VECTOR], e[3]), count(d->unfinished, queue),
	     bytes(d->memory, memory), celsius(d, temp), watts(d->power, power),
	     count(d->resets, resets));
}

static void client_line(const struct monitor_snapshot *s, const struct monitor_client *c,
			struct top_screen *screen)
{
	char use[CELL], e[4][CELL], queue[CELL], jobs[CELL], memory[CELL], more[CELL] = "";
	char name[4 * sizeof(c->name)], user[TOP_USER], owner[4 * TOP_USER];

	top_plain(owner, sizeof(owner), 11, top_user(c->uid, user));
	top_plain(name, sizeof(name), sizeof(name), c->name);
	if (c->processes > 1)
		snprintf(more, sizeof(more), " +%u", c->processes - 1);
	line(screen, NULL, "%2s %7d %-11s %4s %4s %4s %4s %4s %5s %5s %5s %s%s",
	     number_of(&s->devices[c->device]), c->pid, owner, percent(c->rate.use, use),
	     percent(c->rate.engine[MONITOR_LOAD], e[0]),
	     percent(c->rate.engine[MONITOR_STORE], e[1]),
	     percent(c->rate.engine[MONITOR_ARRAY], e[2]),
	     percent(c->rate.engine[MONITOR_VECTOR], e[3]), count(c->unfinished, queue),
	     rate(c->rate.jobs, jobs), bytes(c->memory, memory), name, more);
}

/* --- the table --- */

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

size_t top_table_room(const struct monitor_snapshot *s, const struct top_screen *screen)
{
	/* title, two headings, a line between, one below, and the last, which stays empty */
	const size_t others = 6 + s->num_devices;

	if (!screen->rows)
		return s->num_clients;
	return screen->rows > others ? screen->rows - others : 0;
}

static void head(const struct monitor_snapshot *s, const struct top_order *order,
		 struct top_screen *screen)
{
	line(screen, ATTR_BOLD, "mnet-top: %zu device%s, %zu client%s, by %s%s", s->num_devices,
	     plural(s->num_devices), s->num_clients, plural(s->num_clients),
	     top_key_names[order->key], order->reverse ? ", reversed" : "");
	if (!s->num_devices) {
		line(screen, NULL, "The edgetpu driver has no device.");
		return;
	}
	line(screen, ATTR_REVERSE, "%2s %-12s %-6s %4s %4s %4s %4s %4s %5s %5s %6s %6s %4s", "#",
	     "DEVICE", "STATE", "USE%", "LOAD", "STOR", "ARRY", "VECT", "QUEUE", "MEM", "TEMP",
	     "POWER", "RST");
	for (size_t i = 0; i < s->num_devices; i++)
		device_line(&s->devices[i], screen);
	line(screen, NULL, "%s", "");
	line(screen, ATTR_REVERSE, "%2s %7s %-11s %4s %4s %4s %4s %4s %5s %5s %5s %s", "#", "PID",
	     "USER", "USE%", "LOAD", "STOR", "ARRY", "VECT", "QUEUE", "JOB/S", "MEM", "NAME");
}

/* What is not on the screen, and why */
static void foot(const struct monitor_snapshot *s, struct top_screen *screen, size_t shown)
{
	char text[LINE] = "";

	if (shown < s->num_clients)
		snprintf(text, sizeof(text), "%zu of %zu clients.", shown, s->num_clients);
	if (s->hidden)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "%sOthers' processes are not shown (%u): root sees them.",
			 *text ? " " : "", s->hidden);
	if (*text || screen->live)
		put(screen, ATTR_FAINT, text);
}

void top_print_table(const struct monitor_snapshot *s, const struct monitor_client *const *clients,
		     const struct top_order *order, struct top_screen *screen)
{
	const size_t room = top_table_room(s, screen);
	size_t shown = 0;

	screen->used = 0;
	if (screen->live)
		fputs("\033[H", screen->out);
	head(s, order, screen);
	for (size_t i = screen->first; i < s->num_clients && shown < room; i++, shown++)
		client_line(s, clients[i], screen);
	foot(s, screen, shown);
	if (screen->live)
		fputs("\033[J", screen->out);
}

/* --- what they are --- */

static void fact(FILE *out, const char *name, const char *text)
{
	char plain[128];

	if (!*text)
		return;
	top_plain(plain, sizeof(plain), sizeof(plain), text);
	fprintf(out, "  %-10s %s\n", name, plain);
}

void top_print_list(const struct monitor_snapshot *s, FILE *out)
{
	for (size_t i = 0; i < s->num_devices; i++) {
		const struct monitor_device *d = &s->devices[i];
		char text[64], a[CELL], b[CELL];

		fprintf(out, "%s\n", d->name);
		if (*d->node) {
			snprintf(text, sizeof(text), "/dev/accel/%s", d->node);
			fact(out, "node", text);
		}
		fact(out, "serial", d->serial);
		fact(out, "firmware", d->firmware);
		if (d->khz >= 0) {
			snprintf(text, sizeof(text), "%lld.%03lld MHz", (long long)d->khz / 1000,
				 (long long)d->khz % 1000);
			fact(out, "clock", text);
		}
		snprintf(text, sizeof(text), "%s of %s", bytes(d->memory, a),
			 bytes(d->memory_limit, b));
		fact(out, "memory", text);
		fact(out, "state", top_state_name(d->state));
		if (d->resets >= 0) {
			snprintf(text, sizeof(text), "%lld", (long long)d->resets);
			fact(out, "resets", text);
		}
	}
}
