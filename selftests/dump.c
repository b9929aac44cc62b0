// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the driver notes down of a device that goes wrong (tools/vm/run --inject): decoded by
 * edgetpu-dump it names the command; with $EDGETPU_MODEL, which is run on $EDGETPU_INPUT, the
 * network's operator too. Nobody's data is in it, and there is one at most.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "edgetpu_coredump.h"
#include "edgetpu_fault.h"
#include "edgetpu_selftest.h"
#include "edgetpu_sysfs.h"
#include "kselftest_harness.h"

#define ALL		"/sys/class/devcoredump/devcd*/data"
#define TEXT_SIZE	(1 << 20)
#define TAG		4711
#define SECONDS		120	/* no wait is longer, on a machine that is emulated */
/* A job over its limit is noted down no more often; with a second to spare */
#define BETWEEN_LATE	11

/**
 * struct scene - who is there, and what was found
 * @client: whose jobs are done harm
 * @bar: BAR0
 * @raw: a dump
 * @size: its bytes
 * @text: what it says
 */
struct scene {
	struct tpu_client client;
	volatile uint32_t *bar;
	uint8_t *raw;
	size_t size;
	char *text;
};

FIXTURE(dump) {
	struct scene scene;
};

static void harm(struct scene *scene, uint32_t code, uint32_t argument)
{
	scene->bar[EDGETPU_REG_FAULT / 4] = EDGETPU_FAULT(code, argument);
}

/* How many dumps there are; the path of one */
static int count_dumps(char path[128])
{
	glob_t all;
	int n;

	if (glob(ALL, 0, NULL, &all))
		return 0;
	n = all.gl_pathc;
	snprintf(path, 128, "%s", all.gl_pathv[0]);
	globfree(&all);
	return n;
}

/* They go when they are written to, a little later. */
static void drop_dumps(void)
{
	char path[128];

	for (int i = 0; i < 1000 && count_dumps(path); i++) {
		tpu_write_file(path, "1");
		usleep(20000);
	}
}

/* What a test before this one did to the device may be told of only now. */
static void await_peace(void)
{
	char path[128];

	do {
		drop_dumps();
		sleep(2);
	} while (count_dumps(path));
}

FIXTURE_SETUP(dump)
{
	struct scene *scene = &self->scene;

	scene->bar = NULL;
	scene->raw = malloc(TEXT_SIZE);
	scene->text = malloc(TEXT_SIZE);
	ASSERT_NE(NULL, scene->raw);
	ASSERT_NE(NULL, scene->text);
	ASSERT_EQ(0, tpu_client_open(&scene->client, 1));
	scene->bar = tpu_bar0(scene->client.fd, true);
	if (!scene->bar || scene->bar[EDGETPU_REG_FAULT / 4] != EDGETPU_FAULT_ID)
		SKIP(return, "no faults can be injected into this device");
	if (access("/sys/class/devcoredump", R_OK))
		SKIP(return, "this kernel keeps no dumps of devices");
	await_peace();
}

FIXTURE_TEARDOWN(dump)
{
	struct scene *scene = &self->scene;

	if (scene->bar)
		harm(scene, EDGETPU_FAULT_NONE, 0);
	tpu_client_close(&scene->client);
	drop_dumps();
	free(scene->raw);
	free(scene->text);
}

/* Lines of the kernel's log that tell of a dump; it loses none of them in a test. */
static int log_lines(void)
{
	const int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	char record[8192];
	ssize_t n;
	int lines = 0;

	if (fd < 0)
		return -1;
	while ((n = read(fd, record, sizeof(record) - 1)) > 0 || errno == EPIPE) {
		record[n < 0 ? 0 : n] = 0;
		lines += strstr(record, "/sys/class/devcoredump") != NULL;
		errno = 0;
	}
	close(fd);
	return lines;
}

/* Waits for a dump and reads it. */
static void read_dump(struct __test_metadata *_metadata, struct scene *scene)
{
	struct stat st;
	char path[128];
	FILE *file;
	int i;

	for (i = 0; i < SECONDS * 10 && !count_dumps(path); i++)
		usleep(100000);
	ASSERT_EQ(1, count_dumps(path));
	ASSERT_EQ(0, stat(path, &st));
	EXPECT_EQ(0600, st.st_mode & 0777);
	EXPECT_EQ(0, st.st_uid);
	file = fopen(path, "rb");
	ASSERT_NE(NULL, file);
	scene->size = fread(scene->raw, 1, TEXT_SIZE, file);
	fclose(file);
	ASSERT_LT(0, scene->size);
	ASSERT_GT(TEXT_SIZE, scene->size);
}

/* The same, and decodes it. */
static void decode_dump(struct __test_metadata *_metadata, struct scene *scene,
			const char *options)
{
	char command[256];
	FILE *pipe;
	size_t n;

	read_dump(_metadata, scene);
	snprintf(command, sizeof(command), "edgetpu-dump %s 2>&1", options);
	pipe = popen(command, "r");
	ASSERT_NE(NULL, pipe);
	n = fread(scene->text, 1, TEXT_SIZE - 1, pipe);
	scene->text[n] = 0;
	EXPECT_EQ(0, pclose(pipe));
}

/* Is there a line that has all of these, in this order? */
static bool says(const char *text, const char *a, const char *b, const char *c)
{
	const char *line, *next;

	for (line = text; line; line = next) {
		char copy[1024];
		const char *at;

		next = strchr(line, '\n');
		next = next ? next + 1 : NULL;
		snprintf(copy, sizeof(copy), "%.*s", next ? (int)(next - line - 1) : 1000, line);
		at = strstr(copy, a);
		at = at ? strstr(at, b) : NULL;
		if (at && strstr(at, c))
			return true;
	}
	return false;
}

/* A job that will not end, of commands with a tag */
static void start_job(struct __test_metadata *_metadata, struct tpu_client *c)
{
	struct edgetpu_command *commands;

	/* what was copied has been in SRAM */
	ASSERT_EQ(0, tpu_client_copy(c));
	ASSERT_EQ(0, tpu_client_make_endless(c));
	commands = c->commands.map;
	for (uint32_t i = 0; i < c->job.num_commands; i++)
		commands[i].tag = TAG;
	ASSERT_EQ(0, tpu_client_submit(c, NULL, 0));
	sleep(1);
}

static void await_end(struct __test_metadata *_metadata, struct tpu_client *c, int error)
{
	struct drm_edgetpu_job_status status = { 0 };

	ASSERT_EQ(0, tpu_job_wait(c->fd, c->queue, c->job.seqno, SECONDS, &status));
	EXPECT_EQ(error, status.error);
}

/* The firmware crashes under a job. */
static void trap(struct __test_metadata *_metadata, struct scene *scene)
{
	start_job(_metadata, &scene->client);
	harm(scene, EDGETPU_FAULT_CORE_TRAP, 0);
	await_end(_metadata, &scene->client, ECANCELED);
}

TEST_F(dump, of_an_engine_that_hangs_names_the_command)
{
	struct scene *scene = &self->scene;

	start_job(_metadata, &scene->client);
	harm(scene, EDGETPU_FAULT_ENGINE_HANG, EDGETPU_ENGINE_VECTOR);
	await_end(_metadata, &scene->client, ETIMEDOUT);
	decode_dump(_metadata, scene, "");
	EXPECT_TRUE(says(scene->text, "reason", "a job did not get on", ""));
	EXPECT_TRUE(says(scene->text, "job", "has the engines", "to blame"));
	EXPECT_TRUE(says(scene->text, "vector unit: command", "FILL, tag 4711", "running"));
	EXPECT_TRUE(says(scene->text, "core", "running", "") || says(scene->text, "core", "waiting", ""));
	/* nobody looks into a firmware that goes on */
	EXPECT_FALSE(says(scene->text, "TCM", "bytes", ""));
}

TEST_F(dump, of_a_trap_names_the_command)
{
	struct scene *scene = &self->scene;

	trap(_metadata, scene);
	decode_dump(_metadata, scene, "--memory");
	EXPECT_TRUE(says(scene->text, "reason", "firmware crashed", ""));
	EXPECT_TRUE(says(scene->text, "core", "crashed: pc 0x0", "instruction access fault"));
	EXPECT_TRUE(says(scene->text, "vector unit: command", "FILL, tag 4711", "stopped half way"));
	EXPECT_TRUE(says(scene->text, "error: crash: pc 0", "", ""));
	EXPECT_TRUE(says(scene->text, "TCM", "bytes", ""));
	EXPECT_TRUE(says(scene->text, "10000000:", "", ""));
}

/* First its job is blamed, and then it is found out. */
TEST_F(dump, of_firmware_that_hangs_has_its_memory)
{
	struct scene *scene = &self->scene;
	char path[128];

	start_job(_metadata, &scene->client);
	harm(scene, EDGETPU_FAULT_CORE_HANG, 0);
	await_end(_metadata, &scene->client, ETIMEDOUT);
	for (int i = 0; i < SECONDS; i++) {
		decode_dump(_metadata, scene, "");
		if (says(scene->text, "TCM", "bytes", ""))
			break;
		sleep(1);
	}
	EXPECT_TRUE(says(scene->text, "core", "halted", "at pc 0x1000"));
	EXPECT_TRUE(says(scene->text, "TCM", "bytes", ""));
	EXPECT_EQ(1, count_dumps(path));
}

/* Neither what the client had in its buffers nor what it left in SRAM */
TEST_F(dump, has_no_data_of_users)
{
	struct scene *scene = &self->scene;
	const uint8_t *data = scene->client.source.map;
	int found = 0;

	trap(_metadata, scene);
	read_dump(_metadata, scene);
	for (size_t at = 0; at < TPU_DATA_SIZE; at += 64)
		found += memmem(scene->raw, scene->size, data + at, 16) != NULL;
	EXPECT_EQ(0, found);
}

/* Whoever makes it go wrong again and again leaves no more than the first. */
TEST_F(dump, is_one_at_a_time)
{
	struct scene *scene = &self->scene;
	char first[128] = "", now[128] = "";

	for (int i = 0; i < 4; i++) {
		trap(_metadata, scene);
		read_dump(_metadata, scene);
		EXPECT_EQ(1, count_dumps(now));
		if (!i)
			strcpy(first, now);
		EXPECT_STREQ(first, now);
		tpu_client_close(&scene->client);
		ASSERT_EQ(0, tpu_client_open(&scene->client, 1));
	}
	/* what is read is gone when it is told so, and then there is room for another */
	drop_dumps();
	EXPECT_EQ(0, count_dumps(now));
	trap(_metadata, scene);
	read_dump(_metadata, scene);
}

/* Whatever it says of itself: the dump is whole, and says it too. */
TEST_F(dump, of_a_device_that_lies_is_whole)
{
	struct scene *scene = &self->scene;

	harm(scene, EDGETPU_FAULT_LOG, 0);
	start_job(_metadata, &scene->client);
	harm(scene, EDGETPU_FAULT_RUNNING, 0);
	harm(scene, EDGETPU_FAULT_CORE_TRAP, 0);
	decode_dump(_metadata, scene, "--memory");
	EXPECT_TRUE(says(scene->text, "reason", "firmware crashed", ""));
}

/* --- of jobs over their limit --- */

static void limit_jobs(struct __test_metadata *_metadata, struct tpu_client *c, uint32_t ms)
{
	struct drm_edgetpu_queue_create create = {
		.priority = DRM_EDGETPU_PRIORITY_NORMAL,
		.flags = DRM_EDGETPU_QUEUE_JOB_LIMIT,
		.job_limit_ms = ms,
	};

	ASSERT_EQ(0, tpu_ioctl(c->fd, DRM_IOCTL_EDGETPU_QUEUE_CREATE, &create));
	c->queue = create.id;
}

/* One of a user's jobs is ended at its limit, and looked at: not more often than in 10 s. */
static void overtime(struct __test_metadata *_metadata, struct scene *scene)
{
	struct tpu_client *c = &scene->client;

	tpu_client_close(c);
	ASSERT_EQ(0, tpu_client_open(c, 1));
	ASSERT_EQ(0, tpu_client_make_endless(c));
	limit_jobs(_metadata, c, 1);
	sleep(BETWEEN_LATE);
	ASSERT_EQ(0, tpu_client_submit(c, NULL, 0));
	await_end(_metadata, c, ETIMEDOUT);
}

TEST_F(dump, of_a_job_alone_tells_what_it_had)
{
	struct scene *scene = &self->scene;
	const int lines = log_lines();

	overtime(_metadata, scene);
	decode_dump(_metadata, scene, "");
	EXPECT_TRUE(says(scene->text, "reason", "over its limit", ""));
	EXPECT_TRUE(says(scene->text, "commands, ", " cycles so far", ""));
	EXPECT_FALSE(says(scene->text, "commands, 0 cycles so far", "", ""));
	/* what users can do as they like fills no log */
	EXPECT_EQ(lines, log_lines());
}

/* The first of what made a reset necessary stays, whatever jobs do; the log tells of it alone. */
TEST_F(dump, of_a_job_alone_takes_nothing_away)
{
	struct scene *scene = &self->scene;
	char first[128] = "", now[128] = "";
	const int lines = log_lines();

	trap(_metadata, scene);
	read_dump(_metadata, scene);
	EXPECT_EQ(1, count_dumps(first));
	overtime(_metadata, scene);
	sleep(3);
	tpu_client_close(&scene->client);
	ASSERT_EQ(0, tpu_client_open(&scene->client, 1));
	trap(_metadata, scene);
	sleep(5);
	EXPECT_EQ(1, count_dumps(now));
	EXPECT_STREQ(first, now);
	EXPECT_EQ(lines + 1, log_lines());
}

/* A job of commands that are short, many times 16 of them, and has a limit beyond these */
static void start_short_commands(struct __test_metadata *_metadata, struct tpu_client *c)
{
	struct edgetpu_command *commands;

	ASSERT_EQ(0, tpu_client_make_endless(c));
	limit_jobs(_metadata, c, 5000);
	commands = c->commands.map;
	for (uint32_t i = 0; i < c->job.num_commands; i++) {
		tpu_cmd_fill(&commands[i], 0, 64 << 10, i);
		commands[i].tag = TAG;
	}
	ASSERT_EQ(0, tpu_client_submit(c, NULL, 0));
}

/* Whichever of the two it meets, the other goes on when the job that hangs has been ended. */
TEST_F(dump, of_an_engine_that_hangs_while_others_work_names_the_command)
{
	struct scene *scene = &self->scene;
	struct tpu_client other;

	ASSERT_EQ(0, tpu_client_open(&other, 2));
	sleep(BETWEEN_LATE);
	start_short_commands(_metadata, &scene->client);
	start_short_commands(_metadata, &other);
	harm(scene, EDGETPU_FAULT_ENGINE_HANG, EDGETPU_ENGINE_VECTOR);
	decode_dump(_metadata, scene, "");
	tpu_client_close(&other);
	EXPECT_TRUE(says(scene->text, "reason", "over its limit", ""));
	EXPECT_TRUE(says(scene->text, "vector unit: command", "FILL, tag 4711", "stopped half way"));
}

/* What makes a reset necessary takes its place. */
TEST_F(dump, of_a_job_alone_gives_way)
{
	struct scene *scene = &self->scene;
	char path[128];

	overtime(_metadata, scene);
	read_dump(_metadata, scene);
	tpu_client_close(&scene->client);
	ASSERT_EQ(0, tpu_client_open(&scene->client, 1));
	trap(_metadata, scene);
	for (int i = 0; i < SECONDS; i++) {
		decode_dump(_metadata, scene, "");
		if (says(scene->text, "reason", "firmware crashed", ""))
			break;
		sleep(1);
	}
	EXPECT_TRUE(says(scene->text, "reason", "firmware crashed", ""));
	EXPECT_EQ(1, count_dumps(path));
}

/* --- of a network --- */

/* Runs it, in a process of its own; it is not expected to end well. */
static pid_t start_network(void)
{
	pid_t child = fork();

	if (child)
		return child;
	execlp("mnet-infer", "mnet-infer", "-m", getenv("EDGETPU_MODEL"), "--raw-input",
	       getenv("EDGETPU_INPUT"), "-d", "/dev/edgetpu0", "--repeat", "1", NULL);
	_exit(127);
}

static void network_fails(struct __test_metadata *_metadata, pid_t child)
{
	int status;

	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_EQ(1, WEXITSTATUS(status));
}

static void names_operator(struct __test_metadata *_metadata, struct scene *scene,
			   const char *how)
{
	char options[200];

	snprintf(options, sizeof(options), "--model '%.180s'", getenv("EDGETPU_MODEL"));
	decode_dump(_metadata, scene, options);
	EXPECT_TRUE(says(scene->text, "MAC array: command", "CONV, tag", "CONV_2D"));
	EXPECT_TRUE(says(scene->text, "MAC array: command", "operator", how));
}

/* A network has a limit, at which the firmware ends it. */
TEST_F(dump, of_a_hang_names_the_operator)
{
	struct scene *scene = &self->scene;

	if (!getenv("EDGETPU_MODEL"))
		SKIP(return, "no EDGETPU_MODEL");
	sleep(BETWEEN_LATE);
	harm(scene, EDGETPU_FAULT_ENGINE_HANG, EDGETPU_ENGINE_ARRAY);
	network_fails(_metadata, start_network());
	names_operator(_metadata, scene, "stopped half way");
	EXPECT_TRUE(says(scene->text, "reason", "over its limit", ""));
}

TEST_F(dump, of_a_trap_names_the_operator)
{
	struct scene *scene = &self->scene;
	const uint32_t begun = EDGETPU_REG_DEBUG_ENGINE(EDGETPU_ENGINE_ARRAY) / 4;
	const uint32_t before = scene->bar[begun];
	pid_t child;

	if (!getenv("EDGETPU_MODEL"))
		SKIP(return, "no EDGETPU_MODEL");
	/* one that hangs is at work for sure when the trap comes */
	harm(scene, EDGETPU_FAULT_ENGINE_HANG, EDGETPU_ENGINE_ARRAY);
	child = start_network();
	for (int i = 0; i < SECONDS * 100 && scene->bar[begun] == before; i++)
		usleep(10000);
	EXPECT_NE(before, scene->bar[begun]);
	harm(scene, EDGETPU_FAULT_CORE_TRAP, 0);
	network_fails(_metadata, child);
	names_operator(_metadata, scene, "stopped half way");
}

TEST_HARNESS_MAIN
