// SPDX-License-Identifier: MIT
/* How mnet-top shows what it has read: table, order, JSON, Prometheus, keys. */
#include "cmocka_includes.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "programs/report.h"
#include "programs/terminal.h"
#include "programs/top.h"

#define NONE	MONITOR_NONE
#define NO_RATE	{ NAN, { NAN, NAN, NAN, NAN }, NAN }
#define NOBODY	4000000001u	/* a user without a name */

static struct monitor_device devices[2];
static struct monitor_client clients[4];
static struct monitor_snapshot snapshot;

/* Two devices, one of which sleeps, and four clients of the first */
static int make(void **state)
{
	(void)state;
	devices[0] = (struct monitor_device){
		.name = "0000:00:02.0", .node = "accel0", .serial = "00c0ffee12345678",
		.firmware = "1.2.3", .state = MONITOR_ACTIVE, .busy = 2000000001,
		.engine = { 100000000, 200000000, 1500000000, 400000000 }, .up = 10000000000,
		.khz = 480000, .memory = 3145728, .memory_limit = 536870912, .resets = 3,
		.temp = 45250, .temp_max = 85000, .alarm = 0, .power = 1234567, .energy = 5000001,
		.unfinished = 7, .rate = { 0.5, { 0.25, 0, 0.9994, 1 }, NAN },
	};
	devices[1] = (struct monitor_device){
		.name = "0000:00:04.0", .node = "accel11", .state = MONITOR_ASLEEP, .busy = NONE,
		.engine = { NONE, NONE, NONE, NONE }, .up = NONE, .khz = NONE, .memory = 0,
		.memory_limit = NONE, .resets = 0, .temp = NONE, .temp_max = NONE, .alarm = NONE,
		.power = NONE, .energy = NONE, .unfinished = NONE, .rate = NO_RATE,
	};
	for (int i = 0; i < 4; i++)
		clients[i] = (struct monitor_client){
			.id = 10 + i, .pid = 100 + i, .uid = NOBODY, .processes = 1,
			.engine = { NONE, NONE, NONE, NONE }, .used = NONE, .switching = NONE,
			.done = NONE, .failed = NONE, .unfinished = NONE, .energy = NONE,
			.memory = NONE, .rate = NO_RATE,
		};
	strcpy(clients[0].name, "camera");
	clients[0].memory = 2097152;
	clients[0].unfinished = 3;
	clients[0].rate = (struct monitor_rate){ 0.125, { 0.01, 0.02, 0.03, 0.04 }, 30 };
	clients[0].processes = 3;
	clients[0].used = 480000;
	clients[0].switching = 48000;
	clients[0].done = 12;
	clients[0].failed = 1;
	clients[0].energy = 2500000;
	for (int i = 0; i < 4; i++)
		clients[0].engine[i] = 1000 * (i + 1);
	strcpy(clients[1].name, "a b\n\033[31mred\"\\");
	clients[1].memory = 1536;
	clients[1].unfinished = 4;
	clients[1].rate.use = 0.375;
	clients[1].rate.jobs = 1234.5;
	strcpy(clients[2].name, "unknown");
	clients[2].pid = 7;
	strcpy(clients[3].name, "caf\303\251 \377\302\2331m");
	clients[3].uid = NOBODY + 1;
	clients[3].rate.use = 0.375;
	clients[3].memory = 999;
	snapshot = (struct monitor_snapshot){
		.when = 5, .interval = 1500000000, .devices = devices, .num_devices = 2,
		.clients = clients, .num_clients = 4,
	};
	return 0;
}

static char *table(struct top_order order, struct top_screen screen)
{
	const struct monitor_client **sorted = top_sort(&snapshot, &order);
	char *text = NULL;
	size_t size;

	assert_non_null(sorted);
	screen.out = open_memstream(&text, &size);
	top_print_table(&snapshot, sorted, &order, &screen);
	fclose(screen.out);
	free(sorted);
	return text;
}

static void assert_table(struct top_order order, struct top_screen screen, const char *want)
{
	char *got = table(order, screen);

	assert_string_equal(got, want);
	free(got);
}

#define TITLE	"mnet-top: 2 devices, 4 clients, by use\n"
#define DEVICES	" # DEVICE       STATE  USE% LOAD STOR ARRY VECT QUEUE   MEM   TEMP  POWER  RST\n" \
		" 0 0000:00:02.0 active 50.0 25.0  0.0 99.9  100     7  3.0M  45.2C  1.23W    3\n" \
		"11 0000:00:04.0 asleep    -    -    -    -    -     -    0B      -      -    0\n" \
		"\n"
#define CLIENTS	" #     PID USER        USE% LOAD STOR ARRY VECT QUEUE JOB/S   MEM NAME\n"
#define CAMERA	" 0     100 4000000001  12.5  1.0  2.0  3.0  4.0     3  30.0  2.0M camera +2\n"
#define RED	" 0     101 4000000001  37.5    -    -    -    -     4  1234  1.5K a b??[31mred\"\\\n"
#define UNKNOWN	" 0       7 4000000001     -    -    -    -    -     -     -     - unknown\n"
#define CAFE	" 0     103 4000000002  37.5    -    -    -    -     -     -  999B caf\xc3\xa9 ??1m\n"

static void the_table_is_the_devices_and_their_clients(void **state)
{
	(void)state;
	assert_table((struct top_order){ 0 }, (struct top_screen){ 0 },
		     TITLE DEVICES CLIENTS RED CAFE CAMERA UNKNOWN);
	snapshot.hidden = 12;
	snapshot.num_clients = 0;
	assert_table((struct top_order){ 0 }, (struct top_screen){ 0 },
		     "mnet-top: 2 devices, 0 clients, by use\n" DEVICES CLIENTS
		     "Others' processes are not shown (12): root sees them.\n");
	snapshot = (struct monitor_snapshot){ 0 };
	assert_table((struct top_order){ 0 }, (struct top_screen){ 0 },
		     "mnet-top: 0 devices, 0 clients, by use\nThe edgetpu driver has no device.\n");
}

static void assert_order(enum top_key key, bool reverse, const char *pids)
{
	const struct top_order order = { key, reverse };
	const struct monitor_client **sorted = top_sort(&snapshot, &order);
	char text[64] = "";

	for (size_t i = 0; i < snapshot.num_clients; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%d ", sorted[i]->pid);
	assert_string_equal(text, pids);
	free(sorted);
}

static void clients_are_sorted(void **state)
{
	(void)state;
	assert_order(TOP_BY_USE, false, "101 103 100 7 ");
	assert_order(TOP_BY_USE, true, "7 100 101 103 ");
	assert_order(TOP_BY_PID, false, "7 100 101 103 ");
	assert_order(TOP_BY_USER, false, "100 101 7 103 ");
	assert_order(TOP_BY_USER, true, "103 100 101 7 ");
	assert_order(TOP_BY_NAME, false, "101 103 100 7 ");
	assert_order(TOP_BY_MEMORY, false, "100 101 103 7 ");
	assert_order(TOP_BY_JOBS, false, "101 100 7 103 ");
	assert_order(TOP_BY_QUEUE, false, "101 100 7 103 ");
	assert_order(TOP_BY_QUEUE, true, "7 103 100 101 ");
}

/* On 80 columns nothing is cut but long names, and no line is longer than the screen. */
static void the_screen_is_kept_to(void **state)
{
	(void)state;
	strcpy(clients[1].name, "a name that is rather long");
	assert_table((struct top_order){ 0 },
		     (struct top_screen){ .columns = 80, .rows = 10, .first = 0 },
		     TITLE DEVICES CLIENTS
		     " 0     101 4000000001  37.5    -    -    -    -     4  1234  1.5K a name that is\n"
		     CAFE "2 of 4 clients.\n");
	assert_table((struct top_order){ 0 },
		     (struct top_screen){ .columns = 80, .rows = 10, .first = 2 },
		     TITLE DEVICES CLIENTS CAMERA UNKNOWN "2 of 4 clients.\n");
	assert_table((struct top_order){ 0 }, (struct top_screen){ .columns = 9, .rows = 4 },
		     "mnet-top:\n # DEVICE\n 0 0000:0\n");
	assert_table((struct top_order){ 0 }, (struct top_screen){ .columns = 80, .rows = 1 }, "");
	for (unsigned int columns = 1; columns < 100; columns++) {
		char *text = table((struct top_order){ 0 },
				   (struct top_screen){ .columns = columns, .rows = 24 });
		size_t widest = 0;

		for (char *line = text; *line; line += strcspn(line, "\n") + 1) {
			if (strncmp(line, " 0     103", 10) && strcspn(line, "\n") > widest)
				widest = strcspn(line, "\n");
		}
		assert_true(widest <= columns);
		free(text);
	}
}

static void a_live_screen_is_drawn_over(void **state)
{
	(void)state;
	snapshot.num_devices = 1;
	snapshot.num_clients = 1;
	assert_table((struct top_order){ TOP_BY_MEMORY, true },
		     (struct top_screen){ .columns = 80, .rows = 24, .live = true, .colour = true },
		     "\033[H\033[K\033[1mmnet-top: 1 device, 1 client, by memory, reversed\033[m\r\n"
		     "\033[K\033[7m # DEVICE       STATE  USE% LOAD STOR ARRY VECT QUEUE   MEM   TEMP  POWER  RST\033[m\r\n"
		     "\033[K 0 0000:00:02.0 active 50.0 25.0  0.0 99.9  100     7  3.0M  45.2C  1.23W    3\r\n"
		     "\033[K\r\n"
		     "\033[K\033[7m #     PID USER        USE% LOAD STOR ARRY VECT QUEUE JOB/S   MEM NAME\033[m\r\n"
		     "\033[K 0     100 4000000001  12.5  1.0  2.0  3.0  4.0     3  30.0  2.0M camera +2\r\n"
		     "\033[K\033[2m\033[m\r\n"
		     "\033[J");
}

static void a_device_that_is_too_hot_is_marked(void **state)
{
	char *text;
	(void)state;

	devices[0].alarm = 1;
	devices[0].temp = 105250;
	text = table((struct top_order){ 0 }, (struct top_screen){ .colour = true });
	assert_non_null(strstr(text, "\n\033[31m 0 0000:00:02.0 active"));
	assert_non_null(strstr(text, " 105.2!  1.23W    3\033[m\n"));
	assert_non_null(strstr(text, "\n\033[2m11 0000:00:04.0 asleep"));
	free(text);
}

/* The widest that there can be move no column but the last. */
static void large_numbers_keep_their_columns(void **state)
{
	struct monitor_client *c = &clients[0];
	struct monitor_device *d = &devices[0];
	(void)state;

	snapshot.num_clients = 1;
	snapshot.num_devices = 1;
	*c = (struct monitor_client){ .pid = 4194304, .uid = NOBODY, .name = "x", .processes = 1,
				      .unfinished = INT64_MAX, .memory = INT64_MAX,
				      .rate = { 1, { 1, 1, 1, 0.99949 }, 1e9 } };
	d->resets = 9999;
	d->memory = 1023 * 1024;
	d->power = 123456789;
	d->temp = -12500;
	d->unfinished = INT64_MAX;
	assert_table((struct top_order){ 0 }, (struct top_screen){ .columns = 80 },
		     "mnet-top: 1 device, 1 client, by use\n"
		     " # DEVICE       STATE  USE% LOAD STOR ARRY VECT QUEUE   MEM   TEMP  POWER  RST\n"
		     " 0 0000:00:02.0 active 50.0 25.0  0.0 99.9  100 99999  1.0M -12.5C   123W 9999\n"
		     "\n" CLIENTS
		     " 0 4194304 4000000001   100  100  100  100 99.9 99999 1e+09  8.0E x\n");
}

static void the_list_has_the_facts(void **state)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	(void)state;

	/* more than the table's column holds */
	devices[0].resets = 1234567;
	top_print_list(&snapshot, out);
	fclose(out);
	assert_string_equal(text, "0000:00:02.0\n"
				  "  node       /dev/accel/accel0\n"
				  "  serial     00c0ffee12345678\n"
				  "  firmware   1.2.3\n"
				  "  clock      480.000 MHz\n"
				  "  memory     3.0M of 512M\n"
				  "  state      active\n"
				  "  resets     1234567\n"
				  "0000:00:04.0\n"
				  "  node       /dev/accel/accel11\n"
				  "  memory     0B of -\n"
				  "  state      asleep\n"
				  "  resets     0\n");
	free(text);
}

/* --- JSON --- */

static double number(const cJSON *json, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, name);

	if (!cJSON_IsNumber(item))
		fail_msg("%s is no number", name);
	return item->valuedouble;
}

static const char *string(const cJSON *json, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, name);

	if (!cJSON_IsString(item))
		fail_msg("%s is no string", name);
	return item->valuestring;
}

static void json_has_the_promised_members(void **state)
{
	static const char *const unknown[] = { "serial", "firmware", "clock_khz", "busy_ns", "up_ns",
					       "use", "temperature_c", "temperature_alarm",
					       "power_w", "energy_j", "jobs_unfinished" };
	struct mnet_error err;
	cJSON *json, *list, *item;
	char *text = NULL;
	const char *end;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	(void)state;

	snapshot.hidden = 5;
	assert_int_equal(top_print_json(&snapshot, out, &err), 0);
	fclose(out);
	/* an object a line, of which no byte does anything to a terminal */
	assert_ptr_equal(strchr(text, '\n'), text + size - 1);
	for (size_t i = 0; i + 1 < size; i++)
		assert_true((unsigned char)text[i] >= 0x20);
	assert_null(strstr(text, "\xc2\x9b"));
	json = cJSON_ParseWithOpts(text, &end, 0);
	assert_non_null(json);
	assert_true(number(json, "interval_s") == 1.5);
	assert_true(number(json, "hidden_processes") == 5);
	list = cJSON_GetObjectItem(json, "devices");
	assert_int_equal(cJSON_GetArraySize(list), 2);
	item = cJSON_GetArrayItem(list, 0);
	assert_string_equal(string(item, "name"), "0000:00:02.0");
	assert_string_equal(string(item, "node"), "accel0");
	assert_string_equal(string(item, "serial"), "00c0ffee12345678");
	assert_string_equal(string(item, "firmware"), "1.2.3");
	assert_string_equal(string(item, "state"), "active");
	assert_true(number(item, "clock_khz") == 480000);
	assert_true(number(item, "busy_ns") == 2000000001);
	assert_true(number(item, "up_ns") == 10000000000);
	assert_true(number(item, "use") == 0.5);
	assert_true(number(item, "jobs_unfinished") == 7);
	assert_true(number(item, "memory_bytes") == 3145728);
	assert_true(number(item, "memory_limit_bytes") == 536870912);
	assert_true(number(item, "resets") == 3);
	assert_true(number(item, "temperature_c") == 45.25);
	assert_true(number(item, "temperature_max_c") == 85);
	assert_true(cJSON_IsFalse(cJSON_GetObjectItem(item, "temperature_alarm")));
	assert_true(number(item, "power_w") == 1.234567);
	assert_true(number(item, "energy_j") == 5.000001);
	item = cJSON_GetObjectItem(cJSON_GetObjectItem(item, "engines"), "array");
	assert_true(number(item, "busy_ns") == 1500000000);
	assert_true(number(item, "use") == 0.9994);
	item = cJSON_GetArrayItem(list, 1);
	assert_string_equal(string(item, "state"), "asleep");
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		assert_null(cJSON_GetObjectItem(item, unknown[i]));
	list = cJSON_GetObjectItem(json, "clients");
	assert_int_equal(cJSON_GetArraySize(list), 4);
	item = cJSON_GetArrayItem(list, 0);
	assert_true(number(item, "id") == 10);
	assert_string_equal(string(item, "device"), "0000:00:02.0");
	assert_true(number(item, "pid") == 100);
	assert_true(number(item, "processes") == 3);
	assert_string_equal(string(item, "user"), "4000000001");
	assert_string_equal(string(item, "name"), "camera");
	assert_true(number(item, "busy_ns") == 1100000);
	assert_true(number(item, "use") == 0.125);
	assert_true(number(item, "cycles_used") == 480000);
	assert_true(number(item, "cycles_switching") == 48000);
	assert_true(number(item, "jobs_done") == 12);
	assert_true(number(item, "jobs_failed") == 1);
	assert_true(number(item, "jobs_unfinished") == 3);
	assert_true(number(item, "jobs_per_s") == 30);
	assert_true(number(item, "memory_bytes") == 2097152);
	assert_true(number(item, "energy_j") == 2.5e-6);
	assert_string_equal(string(cJSON_GetArrayItem(list, 1), "name"), "a b??[31mred\"\\");
	assert_null(cJSON_GetObjectItem(cJSON_GetArrayItem(list, 2), "use"));
	assert_string_equal(string(cJSON_GetArrayItem(list, 3), "name"), "caf\xc3\xa9 ??1m");
	cJSON_Delete(json);
	free(text);
}

/* --- Prometheus --- */

static char *prometheus(void)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	top_print_prometheus(&snapshot, out);
	fclose(out);
	return text;
}

#define FAMILY(name, type, help) "# HELP edgetpu_" name " " help "\n# TYPE edgetpu_" name " " type "\n"
#define DEVICE(name, value) "edgetpu_" name "{device=\"0000:00:02.0\"} " value "\n"
#define ENGINE(name, value) \
	"edgetpu_engine_busy_seconds_total{device=\"0000:00:02.0\",engine=\"" name "\"} " value "\n"
#define INFO_LABELS "device=\"0000:00:02.0\",node=\"accel0\",serial=\"00c0ffee12345678\",firmware=\"1.2.3\""
#define CAMERA_LABELS "device=\"0000:00:02.0\",client=\"10\",pid=\"100\",user=\"4000000001\",name=\"camera\""
#define CLIENT_ENGINE(name, value) "edgetpu_client_engine_busy_seconds_total{" CAMERA_LABELS \
	",engine=\"" name "\"} " value "\n"

static const char exposition[] =
	FAMILY("device_info", "gauge", "What a device is: always 1.")
	"edgetpu_device_info{" INFO_LABELS "} 1\n"
	FAMILY("clock_hertz", "gauge", "Clock of the engines.")
	DEVICE("clock_hertz", "480000000")
	FAMILY("asleep", "gauge", "1 while the device sleeps.")
	DEVICE("asleep", "0")
	FAMILY("busy_seconds_total", "counter",
	       "Time of the device in which any engine was at work.")
	DEVICE("busy_seconds_total", "2.000000001")
	FAMILY("up_seconds_total", "counter", "Time of the device since it was powered on.")
	DEVICE("up_seconds_total", "10.000000000")
	FAMILY("jobs_unfinished", "gauge", "Jobs of the clients that run or are queued.")
	DEVICE("jobs_unfinished", "7")
	FAMILY("memory_used_bytes", "gauge", "Memory of the host that all clients have.")
	DEVICE("memory_used_bytes", "3145728")
	FAMILY("memory_limit_bytes", "gauge", "Memory that all clients may have.")
	DEVICE("memory_limit_bytes", "536870912")
	FAMILY("resets_total", "counter", "Resets since the driver was bound.")
	DEVICE("resets_total", "3")
	FAMILY("temperature_celsius", "gauge", "Temperature; none while the device sleeps.")
	DEVICE("temperature_celsius", "-0.250")
	FAMILY("temperature_max_celsius", "gauge", "Temperature that raises the alarm.")
	DEVICE("temperature_max_celsius", "85.000")
	FAMILY("temperature_alarm", "gauge", "1 while the temperature is too high.")
	DEVICE("temperature_alarm", "0")
	FAMILY("power_watts", "gauge", "Average power; none while the device sleeps.")
	DEVICE("power_watts", "1.234567")
	FAMILY("energy_joules_total", "counter", "Energy since the device was powered on.")
	DEVICE("energy_joules_total", "5.000001")
	FAMILY("engine_busy_seconds_total", "counter",
	       "Time of the device in which an engine was at work.")
	ENGINE("load", "0.100000000")
	ENGINE("store", "0.200000000")
	ENGINE("array", "1.500000000")
	ENGINE("vector", "0.400000000")
	FAMILY("client_busy_seconds_total", "counter",
	       "Time of the device in which it was at work for a client.")
	"edgetpu_client_busy_seconds_total{" CAMERA_LABELS "} 0.001100000\n"
	FAMILY("client_engine_busy_seconds_total", "counter",
	       "Time of the device in which an engine was at work for a client.")
	CLIENT_ENGINE("load", "0.000001000")
	CLIENT_ENGINE("store", "0.000002000")
	CLIENT_ENGINE("array", "0.000003000")
	CLIENT_ENGINE("vector", "0.000004000")
	FAMILY("client_jobs_total", "counter", "Jobs of a client that have ended.")
	"edgetpu_client_jobs_total{" CAMERA_LABELS ",result=\"done\"} 12\n"
	"edgetpu_client_jobs_total{" CAMERA_LABELS ",result=\"failed\"} 1\n"
	FAMILY("client_jobs_unfinished", "gauge", "Jobs of a client that run or are queued.")
	"edgetpu_client_jobs_unfinished{" CAMERA_LABELS "} 3\n"
	FAMILY("client_memory_bytes", "gauge", "Memory of the host that a client has.")
	"edgetpu_client_memory_bytes{" CAMERA_LABELS "} 2097152\n"
	FAMILY("client_energy_joules_total", "counter", "Energy that a client's jobs took.")
	"edgetpu_client_energy_joules_total{" CAMERA_LABELS "} 0.000002500000\n"
	FAMILY("hidden_processes", "gauge", "Processes whose files may not be looked at.")
	"edgetpu_hidden_processes 2\n";

static void prometheus_has_families_of_base_units(void **state)
{
	char *text;
	(void)state;

	snapshot.num_devices = 1;
	snapshot.num_clients = 1;
	snapshot.hidden = 2;
	devices[0].temp = -250;
	text = prometheus();
	assert_string_equal(text, exposition);
	free(text);
}

static unsigned int occurrences(const char *text, const char *what)
{
	unsigned int n = 0;

	for (; (text = strstr(text, what)); text++)
		n++;
	return n;
}

static void prometheus_has_no_sample_of_what_is_unknown(void **state)
{
	char *text;
	(void)state;

	text = prometheus();
	assert_int_equal(occurrences(text, "# TYPE edgetpu_temperature_celsius gauge\n"), 1);
	assert_int_equal(occurrences(text, "edgetpu_temperature_celsius{"), 1);
	assert_int_equal(occurrences(text, "edgetpu_asleep{device=\"0000:00:04.0\"} 1\n"), 1);
	free(text);
	snapshot.devices = &devices[1];
	snapshot.num_devices = 1;
	snapshot.num_clients = 0;
	text = prometheus();
	assert_int_equal(occurrences(text, "temperature"), 0);
	assert_int_equal(occurrences(text, "client"), 1);	/* in a HELP */
	free(text);
}

static void prometheus_labels_are_escaped(void **state)
{
	char *text;
	(void)state;

	text = prometheus();
	assert_non_null(strstr(text, ",name=\"a b\\n?[31mred\\\"\\\\\"} 4\n"));
	assert_non_null(strstr(text, ",name=\"caf\xc3\xa9 ??1m\"} 999\n"));
	free(text);
}

/* --- names and keys --- */

static void assert_plain(const char *text, unsigned int columns, const char *want)
{
	char to[64];

	assert_int_equal(top_plain(to, sizeof(to), columns, text), strlen(want) ? columns : 0);
	assert_string_equal(to, want);
}

static void text_is_plain_and_fits(void **state)
{
	char to[8];
	(void)state;

	assert_plain("abc", 3, "abc");
	assert_plain("abcd", 3, "abc");
	assert_plain("", 3, "");
	assert_plain("\r\n\t\b\a\x7f", 6, "??????");
	/* C1, a combining accent, the order of writing turned round, half a character */
	assert_plain("\xc2\x9b\xcc\x81\xe2\x80\xae\xe2\x80", 5, "?????");
	/* as many columns as there are: one of two does not go into one */
	assert_plain("\xe7\x8c\xab\xe7\x8c\xab", 4, "\xe7\x8c\xab\xe7\x8c\xab");
	assert_int_equal(top_plain(to, sizeof(to), 3, "\xe7\x8c\xab\xe7\x8c\xab"), 2);
	assert_string_equal(to, "\xe7\x8c\xab");
	/* nor one of three bytes into two */
	assert_int_equal(top_plain(to, 6, 80, "\xe7\x8c\xab\xe7\x8c\xab"), 2);
	assert_string_equal(to, "\xe7\x8c\xab");
}

static void assert_key(const char *text, int key, size_t used)
{
	size_t got;

	assert_int_equal(terminal_key(text, strlen(text), &got), key);
	assert_int_equal(got, used);
}

static void keys_are_understood(void **state)
{
	(void)state;
	assert_key("q", 'q', 1);
	assert_key("\033[A", TERMINAL_UP, 3);
	assert_key("\033OBq", TERMINAL_DOWN, 3);
	assert_key("\033[5~", TERMINAL_PAGE_UP, 4);
	assert_key("\033[6~\033[6~", TERMINAL_PAGE_DOWN, 4);
	/* others are eaten whole: no letter of theirs is a key */
	assert_key("\033[1;5Cq", TERMINAL_OTHER, 6);
	assert_key("\033[24~q", TERMINAL_OTHER, 5);
	assert_key("\033[12", TERMINAL_OTHER, 4);
	assert_key("\033", TERMINAL_OTHER, 1);
	assert_key("\033q", TERMINAL_OTHER, 1);
	assert_key("\xc3\xa9", TERMINAL_OTHER, 1);
}

#define TEST(name) cmocka_unit_test_setup(name, make)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_table_is_the_devices_and_their_clients),
		TEST(clients_are_sorted),
		TEST(the_screen_is_kept_to),
		TEST(a_live_screen_is_drawn_over),
		TEST(a_device_that_is_too_hot_is_marked),
		TEST(large_numbers_keep_their_columns),
		TEST(the_list_has_the_facts),
		TEST(json_has_the_promised_members),
		TEST(prometheus_has_families_of_base_units),
		TEST(prometheus_has_no_sample_of_what_is_unknown),
		TEST(prometheus_labels_are_escaped),
		TEST(text_is_plain_and_fits),
		TEST(keys_are_understood),
	};

	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
