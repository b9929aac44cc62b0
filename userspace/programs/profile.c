// SPDX-License-Identifier: MIT
/*
 * A trace in the Trace Event Format that chrome://tracing and ui.perfetto.dev
 * read: each engine is a thread, times are microseconds of model time.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "edgetpu_hw.h"
#include "programs/file.h"
#include "programs/infer.h"
#include "programs/report.h"

static const char *const engines[EDGETPU_NUM_ENGINES] = {
	[EDGETPU_ENGINE_LOAD] = "load",
	[EDGETPU_ENGINE_STORE] = "store",
	[EDGETPU_ENGINE_ARRAY] = "MAC array",
	[EDGETPU_ENGINE_VECTOR] = "vector unit",
};

/* Writes and deletes @object, a line of the array. False: out of memory */
static bool put(FILE *out, cJSON *object, bool complete, bool *first)
{
	char *text = object && complete ? cJSON_PrintUnformatted(object) : NULL;

	cJSON_Delete(object);
	if (!text)
		return false;
	fprintf(out, "%s\n%s", *first ? "" : ",", text);
	*first = false;
	free(text);
	return true;
}

static bool put_engine(FILE *out, unsigned int engine, bool *first)
{
	cJSON *object = cJSON_CreateObject();
	cJSON *args = object ? cJSON_AddObjectToObject(object, "args") : NULL;
	bool complete = args && cJSON_AddStringToObject(object, "name", "thread_name") &&
			cJSON_AddStringToObject(object, "ph", "M") &&
			cJSON_AddNumberToObject(object, "pid", 1) &&
			cJSON_AddNumberToObject(object, "tid", engine) &&
			cJSON_AddStringToObject(args, "name", engines[engine]);

	return put(out, object, complete, first);
}

static bool put_event(FILE *out, const struct mnet_executable *exe,
		      const struct mnet_trace_event *e, double us_per_cycle, bool *first)
{
	cJSON *object = cJSON_CreateObject();
	cJSON *args = object ? cJSON_AddObjectToObject(object, "args") : NULL;
	char name[64] = "?", output[256] = "";
	struct mnet_op_info op;
	bool complete;

	if (!mnet_executable_op(exe, e->op, &op)) {
		printable(name, sizeof(name), op.name);
		printable(output, sizeof(output), op.output);
	}
	complete = args && cJSON_AddStringToObject(object, "name", name) &&
		   cJSON_AddStringToObject(object, "ph", "X") &&
		   cJSON_AddNumberToObject(object, "pid", 1) &&
		   cJSON_AddNumberToObject(object, "tid", e->engine) &&
		   cJSON_AddNumberToObject(object, "ts", e->start * us_per_cycle) &&
		   cJSON_AddNumberToObject(object, "dur", (e->end - e->start) * us_per_cycle) &&
		   cJSON_AddNumberToObject(args, "operator", e->op) &&
		   cJSON_AddStringToObject(args, "output", output) &&
		   cJSON_AddNumberToObject(args, "start_cycle", e->start) &&
		   cJSON_AddNumberToObject(args, "cycles", e->end - e->start) &&
		   cJSON_AddNumberToObject(args, "bytes", e->bytes);
	return put(out, object, complete, first);
}

static bool put_all(FILE *out, const struct mnet_executable *exe,
		    const struct mnet_trace_event *events, size_t count, uint32_t clock_khz)
{
	double us_per_cycle = clock_khz ? 1e3 / clock_khz : 0;
	bool first = true, ok = true;

	fputs("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[", out);
	for (unsigned int e = 0; ok && e < EDGETPU_NUM_ENGINES; e++)
		ok = put_engine(out, e, &first);
	for (size_t i = 0; ok && i < count; i++)
		ok = put_event(out, exe, &events[i], us_per_cycle, &first);
	fputs("\n]}\n", out);
	return ok;
}

int profile_write(const char *path, const struct mnet_executable *exe,
		  const struct mnet_trace_event *events, size_t count, uint32_t clock_khz,
		  struct mnet_error *err)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	bool ok;
	int ret;

	if (!out)
		return set_error(err, -ENOMEM, "out of memory");
	ok = put_all(out, exe, events, count, clock_khz);
	if (fclose(out) || !ok)
		ret = set_error(err, -ENOMEM, "out of memory");
	else
		ret = file_write(path, text, size, err);
	free(text);
	return ret;
}
