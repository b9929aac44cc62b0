// SPDX-License-Identifier: GPL-2.0-only
/* What debugfs tells of the device: queues that have a slot, the firmware's log, its core. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "edgetpu_selftest.h"
#include "edgetpu_sysfs.h"
#include "kselftest_harness.h"

FIXTURE(debugfs) {
	struct tpu_client client;
	char folder[PATH_MAX - 32];
};

FIXTURE_SETUP(debugfs)
{
	char device[TPU_PCI_NAME];

	ASSERT_EQ(0, tpu_client_open(&self->client, 1));
	ASSERT_EQ(0, tpu_pci_name(self->client.fd, device));
	snprintf(self->folder, sizeof(self->folder), "/sys/kernel/debug/accel/%.64s", device);
	if (access(self->folder, R_OK))
		SKIP(return, "debugfs is not mounted");
}

FIXTURE_TEARDOWN(debugfs)
{
	tpu_client_close(&self->client);
}

static FILE *open_file(const char *folder, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return fopen(path, "r");
}

/**
 * struct line - of the file "queues"
 */
struct line {
	unsigned int ring;
	int context;
	unsigned int priority, emitted, completed, running, progress;
};

/* Reads the lines; their number, or -1 when one is not as it should be. */
static int read_queues(const char *folder, struct line *lines, int max)
{
	FILE *file = open_file(folder, "queues");
	char text[256], more;
	int n = -1;

	if (!file)
		return -1;
	if (fgets(text, sizeof(text), file) &&
	    !strcmp(text, "ring context priority emitted completed running progress\n"))
		n = 0;
	while (n >= 0 && n < max && fgets(text, sizeof(text), file)) {
		struct line *l = &lines[n++];

		if (sscanf(text, "%u %d %u %u %u %u %u %c", &l->ring, &l->context, &l->priority,
			   &l->emitted, &l->completed, &l->running, &l->progress, &more) != 7)
			n = -1;
	}
	fclose(file);
	return n;
}

/* The one queue that has unfinished jobs; 0, or -1 when there is none, or more */
static int busy_queue(const char *folder, struct line *busy)
{
	struct line lines[EDGETPU_MAX_RINGS];
	const int n = read_queues(folder, lines, EDGETPU_MAX_RINGS);
	int found = 0;

	for (int i = 0; i < n; i++) {
		if (lines[i].emitted == lines[i].completed)
			continue;
		*busy = lines[i];
		found++;
	}
	return found == 1 ? 0 : -1;
}

TEST_F(debugfs, tells_what_runs_and_how_far_it_is)
{
	struct tpu_client *c = &self->client;
	struct line one, two;
	struct drm_edgetpu_job_status status;

	ASSERT_EQ(0, tpu_client_copy(c));
	EXPECT_EQ(-1, busy_queue(self->folder, &one));
	ASSERT_EQ(0, tpu_client_make_endless(c));
	ASSERT_EQ(0, tpu_client_submit(c, NULL, 0));
	ASSERT_EQ(0, tpu_client_submit(c, NULL, 0));
	for (int i = 0; i < 1000; i++) {
		if (!busy_queue(self->folder, &one) && one.running && one.progress)
			break;
		usleep(10000);
	}
	EXPECT_GT(EDGETPU_MAX_RINGS, one.ring);
	EXPECT_LE(0, one.context);
	EXPECT_EQ(DRM_EDGETPU_PRIORITY_NORMAL, one.priority);
	EXPECT_EQ(2, one.emitted - one.completed);
	EXPECT_EQ(one.completed + 1, one.running);
	EXPECT_LT(0, one.progress);
	for (int i = 0; i < 1000; i++) {
		ASSERT_EQ(0, busy_queue(self->folder, &two));
		if (two.progress != one.progress)
			break;
		usleep(10000);
	}
	EXPECT_EQ(one.ring, two.ring);
	EXPECT_EQ(one.running, two.running);
	EXPECT_LT(one.progress, two.progress);
	ASSERT_EQ(0, tpu_queue_free(c->fd, c->queue));
	EXPECT_EQ(-ENOENT, tpu_job_wait(c->fd, c->queue, 1, 0, &status));
	EXPECT_EQ(-1, busy_queue(self->folder, &one));
}

/* Text, which begins with what the firmware is and says what went wrong. */
TEST_F(debugfs, has_the_firmwares_log)
{
	struct tpu_client *c = &self->client;
	struct edgetpu_command *command = c->commands.map;
	FILE *file;
	char line[512];
	int lines = 0, faults = 0, odd = 0;

	/* a store to where there is no region */
	tpu_cmd_store(&command[0], 5, 0, 0, 64);
	c->job.num_commands = 1;
	ASSERT_EQ(0, tpu_client_submit(c, NULL, 0));
	usleep(100000);
	file = open_file(self->folder, "firmware_log");
	ASSERT_NE(NULL, file);
	while (fgets(line, sizeof(line), file)) {
		lines++;
		faults += strstr(line, "command 0") != NULL;
		for (const char *s = line; *s; s++)
			odd += !isprint((unsigned char)*s) && *s != '\n' && *s != '\t';
	}
	fclose(file);
	EXPECT_LT(1, lines);
	EXPECT_LT(0, faults);
	EXPECT_EQ(0, odd);
}

TEST_F(debugfs, tells_that_the_core_lives)
{
	const long before = tpu_debugfs("status", "heartbeat");
	const long resets = tpu_debugfs("status", "resets");
	FILE *file;
	char line[128];
	int cores = 0;

	EXPECT_LE(0, resets);
	EXPECT_LE(0, before);
	for (int i = 0; i < 1000 && tpu_debugfs("status", "heartbeat") == before; i++)
		ASSERT_EQ(0, tpu_client_copy(&self->client));
	EXPECT_LT(before, tpu_debugfs("status", "heartbeat"));
	file = open_file(self->folder, "status");
	ASSERT_NE(NULL, file);
	while (fgets(line, sizeof(line), file))
		cores += !strcmp(line, "core: running\n") || !strcmp(line, "core: waiting\n");
	fclose(file);
	EXPECT_EQ(1, cores);
	EXPECT_EQ(resets, tpu_debugfs("status", "resets"));
}

TEST_HARNESS_MAIN
