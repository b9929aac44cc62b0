// SPDX-License-Identifier: GPL-2.0-only
/*
 * What debugfs tells of the device: queues that have a slot, the firmware's log, its core,
 * address spaces and SRAM; and what it does for those who test.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
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
		if (!busy_queue(self->folder, &one) && one.emitted - one.completed == 2 &&
		    one.running && one.progress)
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

/* --- address spaces --- */

/**
 * struct range - a line of the file "address_spaces"
 */
struct range {
	long long client;
	int context;
	unsigned long long va, size, buffer;
	char rights[4];
};

/* Those of a client; their number, or -1 when any line is not as it should be. */
static int read_ranges(const char *folder, long client, struct range *ranges, int max)
{
	FILE *file = open_file(folder, "address_spaces");
	char text[256], more;
	struct range r;
	int n = -1;

	if (!file)
		return -1;
	if (fgets(text, sizeof(text), file) &&
	    !strcmp(text, "client context va size rights buffer\n"))
		n = 0;
	while (n >= 0 && fgets(text, sizeof(text), file)) {
		if (sscanf(text, "%lld %d %llx %llx %3s %llx %c", &r.client, &r.context, &r.va,
			   &r.size, r.rights, &r.buffer, &more) != 6)
			n = -1;
		else if (r.client == client && n < max)
			ranges[n++] = r;
	}
	fclose(file);
	return n;
}

static void check_range(struct __test_metadata *_metadata, int fd, const struct range *r,
			uint64_t va, const struct tpu_bo *bo, const char *rights)
{
	struct drm_edgetpu_bo_info info = { .handle = bo->handle };

	EXPECT_EQ(0, tpu_ioctl(fd, DRM_IOCTL_EDGETPU_BO_INFO, &info));
	EXPECT_EQ(va, r->va);
	EXPECT_EQ(bo->size, r->size);
	EXPECT_STREQ(rights, r->rights);
	EXPECT_EQ(info.mmap_offset, r->buffer);
}

TEST_F(debugfs, tells_what_is_bound_where)
{
	struct tpu_client *c = &self->client, other;
	const long id = tpu_fdinfo(c->fd, "drm-client-id");
	struct range ranges[8];
	long other_id;

	ASSERT_EQ(0, tpu_client_open(&other, 2));
	other_id = tpu_fdinfo(other.fd, "drm-client-id");
	ASSERT_EQ(3, read_ranges(self->folder, id, ranges, 8));
	check_range(_metadata, c->fd, &ranges[0], TPU_VA_COMMANDS, &c->commands, "--c");
	check_range(_metadata, c->fd, &ranges[1], TPU_VA_SOURCE, &c->source, "r--");
	check_range(_metadata, c->fd, &ranges[2], TPU_VA_TARGET, &c->target, "-w-");
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(-1, ranges[i].context);
	EXPECT_EQ(3, read_ranges(self->folder, other_id, ranges, 8));

	ASSERT_EQ(0, tpu_client_copy(c));
	ASSERT_EQ(0, tpu_unbind(c->fd, TPU_VA_SOURCE, c->source.size));
	ASSERT_EQ(2, read_ranges(self->folder, id, ranges, 8));
	EXPECT_EQ(TPU_VA_TARGET, ranges[1].va);
	/* It has a place on the hardware now. */
	EXPECT_LE(0, ranges[1].context);
	EXPECT_GT(EDGETPU_MAX_CONTEXTS, ranges[1].context);
	tpu_client_close(&other);
	for (int i = 0; i < 1000 && read_ranges(self->folder, other_id, ranges, 8); i++)
		usleep(10000);
	EXPECT_EQ(0, read_ranges(self->folder, other_id, ranges, 8));
}

/* --- SRAM --- */

/* Does the file have such a line? */
static bool has_line(const char *folder, const char *name, const char *line)
{
	FILE *file = open_file(folder, name);
	bool found = false;
	char text[256];

	while (file && fgets(text, sizeof(text), file))
		found |= !strcmp(text, line);
	if (file)
		fclose(file);
	return found;
}

TEST_F(debugfs, tells_who_has_sram)
{
	struct drm_edgetpu_hardware_info hw = { };
	struct drm_edgetpu_dev_query query = {
		.type = DRM_EDGETPU_QUERY_HARDWARE, .size = sizeof(hw), .pointer = (uintptr_t)&hw,
	};
	struct tpu_client *c = &self->client;
	char line[96];

	ASSERT_EQ(0, tpu_ioctl(c->fd, DRM_IOCTL_EDGETPU_DEV_QUERY, &query));
	EXPECT_EQ(hw.sram_size, tpu_debugfs("sram", "size"));
	ASSERT_EQ(0, tpu_client_make_endless(c));
	snprintf(line, sizeof(line), "sram: client %ld queue %u\n",
		 tpu_fdinfo(c->fd, "drm-client-id"), c->queue);
	EXPECT_FALSE(has_line(self->folder, "sram", line));
	ASSERT_EQ(0, tpu_client_submit(c, NULL, 0));
	for (int i = 0; i < 1000 && !has_line(self->folder, "sram", line); i++)
		usleep(10000);
	EXPECT_TRUE(has_line(self->folder, "sram", line));
	ASSERT_EQ(0, tpu_queue_free(c->fd, c->queue));
	EXPECT_FALSE(has_line(self->folder, "sram", line));
}

/* Two clients with long jobs take turns: whose does not run is in an area. */
TEST_F(debugfs, tells_what_is_in_save_areas)
{
	struct tpu_client *c = &self->client, other;
	char line[4][96];
	int seen = 0;

	ASSERT_EQ(0, tpu_client_open(&other, 2));
	ASSERT_EQ(0, tpu_client_make_endless(c));
	ASSERT_EQ(0, tpu_client_make_endless(&other));
	ASSERT_EQ(0, tpu_client_submit(c, NULL, 0));
	ASSERT_EQ(0, tpu_client_submit(&other, NULL, 0));
	for (int i = 0; i < 4; i++)
		snprintf(line[i], sizeof(line[i]), "area %d: client %ld queue %u\n", i / 2,
			 tpu_fdinfo(i % 2 ? other.fd : c->fd, "drm-client-id"),
			 i % 2 ? other.queue : c->queue);
	for (int i = 0; i < 3000 && !seen; i++) {
		for (int l = 0; l < 4; l++)
			seen += has_line(self->folder, "sram", line[l]);
		usleep(10000);
	}
	EXPECT_LT(0, seen);
	EXPECT_LT(0, tpu_debugfs("sram", "save areas"));
	tpu_client_close(&other);
}

/* --- for those who test --- */

static int write_to(const char *folder, const char *name, const char *text)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return tpu_write_file(path, text);
}

TEST_F(debugfs, resets_when_it_is_told_to)
{
	struct tpu_client *c = &self->client, other;
	const long resets = tpu_debugfs("status", "resets");
	struct drm_edgetpu_job_status status;

	ASSERT_EQ(0, tpu_client_open(&other, 2));
	EXPECT_EQ(-EINVAL, write_to(self->folder, "reset", "0"));
	EXPECT_EQ(-EINVAL, write_to(self->folder, "reset", "2"));
	EXPECT_EQ(-EINVAL, write_to(self->folder, "reset", "now"));
	EXPECT_EQ(resets, tpu_debugfs("status", "resets"));
	/* more often than a device may fail */
	for (int i = 0; i < 12; i++)
		ASSERT_EQ(0, write_to(self->folder, "reset", "1"));
	EXPECT_EQ(resets + 12, tpu_debugfs("status", "resets"));
	ASSERT_EQ(0, tpu_client_copy(c));
	ASSERT_EQ(0, tpu_client_make_endless(c));
	ASSERT_EQ(0, tpu_client_submit(c, NULL, 0));
	usleep(300000);
	ASSERT_EQ(0, write_to(self->folder, "reset", "1"));
	ASSERT_EQ(0, tpu_job_wait(c->fd, c->queue, c->job.seqno, 20, &status));
	EXPECT_EQ(ECANCELED, status.error);
	EXPECT_EQ(0, tpu_client_copy(&other));
	tpu_client_close(&other);
}

/* None of it is for others than root. */
TEST_F(debugfs, is_not_for_everybody)
{
	static const char * const names[] = { "reset", "hang" };
	char path[PATH_MAX];
	struct stat st;

	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s", self->folder, names[i]);
		if (stat(path, &st)) {
			EXPECT_EQ(1, i);
			continue;
		}
		EXPECT_EQ(0200, st.st_mode & 07777);
		EXPECT_EQ(0, st.st_uid);
	}
}

TEST_HARNESS_MAIN
