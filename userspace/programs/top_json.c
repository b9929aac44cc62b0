// SPDX-License-Identifier: MIT
/* mnet-top for programs. The members' names are an interface; one that is unknown is absent. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "programs/report.h"
#include "programs/top.h"

static bool add_text(cJSON *object, const char *name, const char *text)
{
	char clean[128];

	return !*text ||
	       cJSON_AddStringToObject(object, name, printable(clean, sizeof(clean), text));
}

static bool add_real(cJSON *object, const char *name, double value)
{
	return isnan(value) || cJSON_AddNumberToObject(object, name, value);
}

static bool add_count(cJSON *object, const char *name, int64_t value)
{
	return value == MONITOR_NONE || cJSON_AddNumberToObject(object, name, (double)value);
}

/* @value in units of 1/@units */
static bool add_scaled(cJSON *object, const char *name, int64_t value, double units)
{
	return value == MONITOR_NONE ||
	       cJSON_AddNumberToObject(object, name, (double)value / units);
}

static bool add_engines(cJSON *object, const int64_t ns[], const struct monitor_rate *rate)
{
	cJSON *engines = cJSON_AddObjectToObject(object, "engines");

	for (int i = 0; engines && i < MONITOR_ENGINES; i++) {
		cJSON *engine = cJSON_AddObjectToObject(engines, monitor_engine_names[i]);

		if (!engine || !add_count(engine, "busy_ns", ns[i]) ||
		    !add_real(engine, "use", rate->engine[i]))
			return false;
	}
	return engines;
}

static bool fill_device(cJSON *o, const struct monitor_device *d)
{
	return add_text(o, "name", d->name) && add_text(o, "node", d->node) &&
	       add_text(o, "serial", d->serial) && add_text(o, "firmware", d->firmware) &&
	       add_text(o, "state", top_state_name(d->state)) &&
	       add_count(o, "clock_khz", d->khz) && add_count(o, "busy_ns", d->busy) &&
	       add_count(o, "up_ns", d->up) && add_real(o, "use", d->rate.use) &&
	       add_engines(o, d->engine, &d->rate) &&
	       add_count(o, "jobs_unfinished", d->unfinished) &&
	       add_count(o, "memory_bytes", d->memory) &&
	       add_count(o, "memory_limit_bytes", d->memory_limit) &&
	       add_count(o, "resets", d->resets) &&
	       add_scaled(o, "temperature_c", d->temp, 1e3) &&
	       add_scaled(o, "temperature_max_c", d->temp_max, 1e3) &&
	       (d->alarm == MONITOR_NONE ||
		cJSON_AddBoolToObject(o, "temperature_alarm", d->alarm == 1)) &&
	       add_scaled(o, "power_w", d->power, 1e6) && add_scaled(o, "energy_j", d->energy, 1e6);
}

static bool fill_client(cJSON *o, const struct monitor_snapshot *s, const struct monitor_client *c)
{
	char user[TOP_USER];

	return cJSON_AddNumberToObject(o, "id", (double)c->id) &&
	       add_text(o, "device", s->devices[c->device].name) &&
	       cJSON_AddNumberToObject(o, "pid", c->pid) &&
	       cJSON_AddNumberToObject(o, "processes", c->processes) &&
	       add_text(o, "user", top_user(c->uid, user)) && add_text(o, "name", c->name) &&
	       add_count(o, "busy_ns", monitor_client_busy(s, c)) &&
	       add_real(o, "use", c->rate.use) && add_engines(o, c->engine, &c->rate) &&
	       add_count(o, "cycles_used", c->used) &&
	       add_count(o, "cycles_switching", c->switching) &&
	       add_count(o, "jobs_done", c->done) && add_count(o, "jobs_failed", c->failed) &&
	       add_count(o, "jobs_unfinished", c->unfinished) &&
	       add_real(o, "jobs_per_s", c->rate.jobs) &&
	       add_count(o, "memory_bytes", c->memory) && add_scaled(o, "energy_j", c->energy, 1e12);
}

static cJSON *add_entry(cJSON *array)
{
	cJSON *entry = cJSON_CreateObject();

	if (entry && cJSON_AddItemToArray(array, entry))
		return entry;
	cJSON_Delete(entry);
	return NULL;
}

static bool fill(cJSON *object, const struct monitor_snapshot *s)
{
	cJSON *devices, *clients;

	if (s->interval && !cJSON_AddNumberToObject(object, "interval_s", s->interval / 1e9))
		return false;
	devices = cJSON_AddArrayToObject(object, "devices");
	for (size_t i = 0; devices && i < s->num_devices; i++) {
		cJSON *entry = add_entry(devices);

		if (!entry || !fill_device(entry, &s->devices[i]))
			return false;
	}
	clients = devices ? cJSON_AddArrayToObject(object, "clients") : NULL;
	for (size_t i = 0; clients && i < s->num_clients; i++) {
		cJSON *entry = add_entry(clients);

		if (!entry || !fill_client(entry, s, &s->clients[i]))
			return false;
	}
	return clients && cJSON_AddNumberToObject(object, "hidden_processes", s->hidden);
}

int top_print_json(const struct monitor_snapshot *snapshot, FILE *out, struct mnet_error *err)
{
	cJSON *object = cJSON_CreateObject();
	char *text = NULL;

	if (object && fill(object, snapshot))
		text = cJSON_PrintUnformatted(object);
	cJSON_Delete(object);
	if (!text)
		return set_error(err, -ENOMEM, "out of memory");
	fprintf(out, "%s\n", text);
	free(text);
	return 0;
}
