// SPDX-License-Identifier: MIT
/*
 * The text format of Prometheus: families of samples, each with HELP and TYPE once. Values
 * are in base units. One that is unknown has no sample, and a family of none is left out.
 */
#include <inttypes.h>
#include <string.h>

#include "programs/report.h"
#include "programs/top.h"

/**
 * struct family - samples of one name
 * @out: stream
 * @name: without "edgetpu_"
 * @type: counter, gauge
 * @help: what it is
 * @begun: HELP and TYPE are written
 */
struct family {
	FILE *out;
	const char *name;
	const char *type;
	const char *help;
	bool begun;
};

/* What a value is in: whole ones, or that many decimal places */
enum unit { UNIT_ONE = 0, UNIT_MILLI = 3, UNIT_MICRO = 6, UNIT_NANO = 9, UNIT_PICO = 12 };

static void label(FILE *out, const char *name, const char *value)
{
	fprintf(out, "%s=\"", name);
	while (*value) {
		unsigned int n = utf8_length(value);

		if (*value == '\\' || *value == '"')
			fprintf(out, "\\%c", *value);
		else if (*value == '\n')
			fputs("\\n", out);
		else if (!n || is_control(value))
			fputc('?', out);
		else
			fwrite(value, 1, n, out);
		value += n ? n : 1;
	}
	fputc('"', out);
}

static void begin(struct family *f)
{
	if (!f->begun)
		fprintf(f->out, "# HELP edgetpu_%s %s\n# TYPE edgetpu_%s %s\n", f->name, f->help,
			f->name, f->type);
	f->begun = true;
	fprintf(f->out, "edgetpu_%s{", f->name);
}

/* Exactly, as decimals have it */
static void value(FILE *out, int64_t number, enum unit unit)
{
	const uint64_t size = number < 0 ? -(uint64_t)number : (uint64_t)number;
	uint64_t scale = 1;

	for (unsigned int i = 0; i < unit; i++)
		scale *= 10;
	fprintf(out, "} %s%" PRIu64, number < 0 ? "-" : "", size / scale);
	if (unit)
		fprintf(out, ".%0*" PRIu64, (int)unit, size % scale);
	fputc('\n', out);
}

/* --- devices --- */

static void device_value(struct family *f, const struct monitor_device *d, const char *engine,
			 int64_t number, enum unit unit)
{
	if (number == MONITOR_NONE)
		return;
	begin(f);
	label(f->out, "device", d->name);
	if (engine) {
		fputc(',', f->out);
		label(f->out, "engine", engine);
	}
	value(f->out, number, unit);
}

static void print_info(const struct monitor_snapshot *s, FILE *out)
{
	struct family f = { out, "device_info", "gauge", "What a device is: always 1.", false };

	for (size_t i = 0; i < s->num_devices; i++) {
		const struct monitor_device *d = &s->devices[i];

		begin(&f);
		label(out, "device", d->name);
		fputc(',', out);
		label(out, "node", d->node);
		fputc(',', out);
		label(out, "serial", d->serial);
		fputc(',', out);
		label(out, "firmware", d->firmware);
		value(out, 1, UNIT_ONE);
	}
}

static void print_engines(const struct monitor_snapshot *s, FILE *out)
{
	struct family f = { out, "engine_busy_seconds_total", "counter",
			    "Time of the device in which an engine was at work.", false };

	for (size_t i = 0; i < s->num_devices; i++) {
		for (int e = 0; e < MONITOR_ENGINES; e++)
			device_value(&f, &s->devices[i], monitor_engine_names[e],
				     s->devices[i].engine[e], UNIT_NANO);
	}
}

static void print_asleep(const struct monitor_snapshot *s, FILE *out)
{
	struct family f = { out, "asleep", "gauge", "1 while the device sleeps.", false };

	for (size_t i = 0; i < s->num_devices; i++)
		device_value(&f, &s->devices[i], NULL, top_is_asleep(s->devices[i].state),
			     UNIT_ONE);
}

/* Families of one number of each device, by where it is */
#define OF_DEVICE(member) offsetof(struct monitor_device, member)

static void print_devices(const struct monitor_snapshot *s, FILE *out)
{
	static const struct {
		const char *name;
		const char *type;
		const char *help;
		size_t member;
		enum unit unit;
	} families[] = {
		{ "busy_seconds_total", "counter",
		  "Time of the device in which any engine was at work.", OF_DEVICE(busy),
		  UNIT_NANO },
		{ "up_seconds_total", "counter", "Time of the device since it was powered on.",
		  OF_DEVICE(up), UNIT_NANO },
		{ "jobs_unfinished", "gauge", "Jobs of the clients that run or are queued.",
		  OF_DEVICE(unfinished), UNIT_ONE },
		{ "memory_used_bytes", "gauge", "Memory of the host that all clients have.",
		  OF_DEVICE(memory), UNIT_ONE },
		{ "memory_limit_bytes", "gauge", "Memory that all clients may have.",
		  OF_DEVICE(memory_limit), UNIT_ONE },
		{ "resets_total", "counter", "Resets since the driver was bound.",
		  OF_DEVICE(resets), UNIT_ONE },
		{ "temperature_celsius", "gauge", "Temperature; none while the device sleeps.",
		  OF_DEVICE(temp), UNIT_MILLI },
		{ "temperature_max_celsius", "gauge", "Temperature that raises the alarm.",
		  OF_DEVICE(temp_max), UNIT_MILLI },
		{ "temperature_alarm", "gauge", "1 while the temperature is too high.",
		  OF_DEVICE(alarm), UNIT_ONE },
		{ "power_watts", "gauge", "Average power; none while the device sleeps.",
		  OF_DEVICE(power), UNIT_MICRO },
		{ "energy_joules_total", "counter", "Energy since the device was powered on.",
		  OF_DEVICE(energy), UNIT_MICRO },
	};

	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		struct family f = { out, families[i].name, families[i].type, families[i].help,
				    false };

		for (size_t d = 0; d < s->num_devices; d++) {
			const char *device = (const char *)&s->devices[d];
			int64_t number;

			memcpy(&number, device + families[i].member, sizeof(number));
			device_value(&f, &s->devices[d], NULL, number, families[i].unit);
		}
	}
}

static void print_clocks(const struct monitor_snapshot *s, FILE *out)
{
	struct family f = { out, "clock_hertz", "gauge", "Clock of the engines.", false };

	for (size_t i = 0; i < s->num_devices; i++) {
		const int64_t khz = s->devices[i].khz;

		device_value(&f, &s->devices[i], NULL, khz < 0 ? MONITOR_NONE : khz * 1000,
			     UNIT_ONE);
	}
}

/* --- clients --- */

static void client_value(struct family *f, const struct monitor_snapshot *s,
			 const struct monitor_client *c, const char *name, const char *text,
			 int64_t number, enum unit unit)
{
	char user[TOP_USER], id[24];

	if (number == MONITOR_NONE)
		return;
	begin(f);
	label(f->out, "device", s->devices[c->device].name);
	snprintf(id, sizeof(id), "%" PRIu64, c->id);
	fputc(',', f->out);
	label(f->out, "client", id);
	snprintf(id, sizeof(id), "%d", c->pid);
	fputc(',', f->out);
	label(f->out, "pid", id);
	fputc(',', f->out);
	label(f->out, "user", top_user(c->uid, user));
	fputc(',', f->out);
	label(f->out, "name", c->name);
	if (name) {
		fputc(',', f->out);
		label(f->out, name, text);
	}
	value(f->out, number, unit);
}

static void print_client_busy(const struct monitor_snapshot *s, FILE *out)
{
	struct family f = { out, "client_busy_seconds_total", "counter",
			    "Time of the device in which it was at work for a client.", false };

	for (size_t i = 0; i < s->num_clients; i++)
		client_value(&f, s, &s->clients[i], NULL, NULL,
			     monitor_client_busy(s, &s->clients[i]), UNIT_NANO);
}

static void print_client_engines(const struct monitor_snapshot *s, FILE *out)
{
	struct family f = { out, "client_engine_busy_seconds_total", "counter",
			    "Time of the device in which an engine was at work for a client.",
			    false };

	for (size_t i = 0; i < s->num_clients; i++) {
		for (int e = 0; e < MONITOR_ENGINES; e++)
			client_value(&f, s, &s->clients[i], "engine", monitor_engine_names[e],
				     s->clients[i].engine[e], UNIT_NANO);
	}
}

static void print_client_jobs(const struct monitor_snapshot *s, FILE *out)
{
	struct family f = { out, "client_jobs_total", "counter",
			    "Jobs of a client that have ended.", false };

	for (size_t i = 0; i < s->num_clients; i++) {
		const struct monitor_client *c = &s->clients[i];

		client_value(&f, s, c, "result", "done", c->done, UNIT_ONE);
		client_value(&f, s, c, "result", "failed", c->failed, UNIT_ONE);
	}
}

#define OF_CLIENT(member) offsetof(struct monitor_client, member)

static void print_clients(const struct monitor_snapshot *s, FILE *out)
{
	static const struct {
		const char *name;
		const char *type;
		const char *help;
		size_t member;
		enum unit unit;
	} families[] = {
		{ "client_jobs_unfinished", "gauge", "Jobs of a client that run or are queued.",
		  OF_CLIENT(unfinished), UNIT_ONE },
		{ "client_memory_bytes", "gauge", "Memory of the host that a client has.",
		  OF_CLIENT(memory), UNIT_ONE },
		{ "client_energy_joules_total", "counter", "Energy that a client's jobs took.",
		  OF_CLIENT(energy), UNIT_PICO },
	};

	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		struct family f = { out, families[i].name, families[i].type, families[i].help,
				    false };

		for (size_t c = 0; c < s->num_clients; c++) {
			const char *client = (const char *)&s->clients[c];
			int64_t number;

			memcpy(&number, client + families[i].member, sizeof(number));
			client_value(&f, s, &s->clients[c], NULL, NULL, number, families[i].unit);
		}
	}
}

void top_print_prometheus(const struct monitor_snapshot *snapshot, FILE *out)
{
	print_info(snapshot, out);
	print_clocks(snapshot, out);
	print_asleep(snapshot, out);
	print_devices(snapshot, out);
	print_engines(snapshot, out);
	print_client_busy(snapshot, out);
	print_client_engines(snapshot, out);
	print_client_jobs(snapshot, out);
	print_clients(snapshot, out);
	fprintf(out, "# HELP edgetpu_hidden_processes Processes whose files may not be looked at.\n"
		     "# TYPE edgetpu_hidden_processes gauge\nedgetpu_hidden_processes %u\n",
		snapshot->hidden);
}
