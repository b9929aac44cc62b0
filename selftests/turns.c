// SPDX-License-Identifier: GPL-2.0-only
/*
 * More clients with long jobs than the hardware has contexts: all take turns, and who
 * comes does not wait for a job's end. What is saved of a job outlives its place on the
 * hardware, and resets.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

#include "edgetpu_selftest.h"
#include "edgetpu_sysfs.h"
#include "kselftest_harness.h"

#define MOST		40		/* clients of a crowd */
#define MANY		160		/* clients, most of whom nothing has begun of */
#define NOBODY		65534
#define CONTEXTS	31		/* that clients can have */
#define TURN		(1u << 21)	/* cycles */
#define TURNS		20		/* of a long job */
#define MANY_TURNS	200		/* of one that does not end while a test looks */
#define COMMAND		(1u << 17)	/* cycles of one that fills */

FIXTURE(turns) {
	struct tpu_client crowd[MOST], one, gate;
	unsigned int num;
	volatile uint32_t *bar;
};

/* How many can take turns beside one more: an area each, and a spare one */
static unsigned int crowd_size(void)
{
	struct sysinfo info;
	unsigned long fit, areas;

	if (sysinfo(&info))
		return 0;
	fit = info.totalram * info.mem_unit / 2 / ((8 << 20) + 4096);
	/* what else is there needs some as well */
	if (tpu_reach() / (8 << 20) < MOST)
		return 0;
	areas = fit / 2;
	if (areas < CONTEXTS + 2 && fit * 3 / 4 >= CONTEXTS + 2)
		areas = CONTEXTS + 2;
	return areas > MOST + 2 ? MOST : areas - 2;
}

/*
 * Makes the client's job one of @commands that each take a 16th of a turn. What the first
 * loads is stored by the last; SRAM keeps it meanwhile.
 */
static void make_long(struct tpu_client *c, unsigned int commands)
{
	struct edgetpu_command *command = c->commands.map;

	memset(c->target.map, 0, TPU_DATA_SIZE);
	for (unsigned int i = 1; i < commands - 1; i++)
		tpu_cmd_fill(&command[i], 1 << 20, 7 << 20, i);
	tpu_cmd_load(&command[0], TPU_REGION_SOURCE, 0, 0, TPU_DATA_SIZE);
	tpu_cmd_store(&command[commands - 1], TPU_REGION_TARGET, 0, 0, TPU_DATA_SIZE);
	tpu_serialise(command, commands);
	c->num_commands = commands;
	c->job.num_commands = commands;
}

FIXTURE_SETUP(turns)
{
	const struct rlimit files = { 4096, 4096 };

	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &files));
	ASSERT_EQ(0, tpu_client_open(&self->one, 99));
	ASSERT_EQ(0, tpu_client_open(&self->gate, 98));
	self->bar = tpu_bar0(self->one.fd, 0);
	self->num = crowd_size();
	for (unsigned int i = 0; i < MOST; i++) {
		ASSERT_EQ(0, tpu_client_open(&self->crowd[i], i));
		make_long(&self->crowd[i], TURNS * TURN / COMMAND);
	}
	if (self->num < CONTEXTS)
		SKIP(return, "not the memory for as many areas as there are contexts");
}

FIXTURE_TEARDOWN(turns)
{
	for (unsigned int i = 0; i < MOST; i++)
		tpu_client_close(&self->crowd[i]);
	tpu_client_close(&self->gate);
	tpu_client_close(&self->one);
}

/* Whatever it had to do is cancelled. */
static int new_queue(struct tpu_client *c)
{
	const int ret = tpu_queue_free(c->fd, c->queue);

	return ret ? ret : tpu_queue_new(c->fd, DRM_EDGETPU_PRIORITY_NORMAL, &c->queue);
}

static unsigned int state_of(struct tpu_client *c)
{
	struct drm_edgetpu_job_status status = { .queue_id = c->queue, .seqno = c->job.seqno };

	return tpu_ioctl(c->fd, DRM_IOCTL_EDGETPU_JOB_STATUS, &status) ? ~0u : status.state;
}

static unsigned int count(struct tpu_client *crowd, unsigned int num, unsigned int state)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < num; i++)
		n += state_of(&crowd[i]) == state;
	return n;
}

/* Each has done its job, and what was in SRAM all the time is in its target. */
static void check_end(struct __test_metadata *_metadata, struct tpu_client *c)
{
	struct drm_edgetpu_job_status status;

	ASSERT_EQ(0, tpu_job_wait(c->fd, c->queue, c->job.seqno, 300, &status));
	EXPECT_EQ(0, status.error);
	EXPECT_EQ(DRM_EDGETPU_JOB_DONE, status.state);
	EXPECT_EQ(0, memcmp(c->source.map, c->target.map, TPU_DATA_SIZE));
}

/* Has @c wait for what the sync file @file stands for, then run its job. */
static int submit_behind(struct tpu_client *c, int file)
{
	struct drm_edgetpu_sync_op wait = { .flags = 0 };
	struct drm_syncobj_handle import = {
		.flags = DRM_SYNCOBJ_FD_TO_HANDLE_FLAGS_IMPORT_SYNC_FILE, .fd = file,
	};
	int ret = tpu_syncobj_new(c->fd, &wait.handle);

	import.handle = wait.handle;
	if (!ret)
		ret = tpu_ioctl(c->fd, DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE, &import);
	if (!ret)
		ret = tpu_client_submit(c, &wait, 1);
	tpu_syncobj_free(c->fd, wait.handle);
	return ret;
}

/* The sync file of a job that ends with its queue */
static int close_gate(struct tpu_client *gate)
{
	const int ret = tpu_client_make_endless(gate);

	return ret ? ret : tpu_client_submit_file(gate);
}

/* The jobs of a crowd start at once, and all that they need is there. */
static void start(struct __test_metadata *_metadata, struct tpu_client *crowd, unsigned int num,
		  struct tpu_client *gate)
{
	const long enough = num < crowd_size() ? num : crowd_size();
	int file = close_gate(gate);

	ASSERT_LE(0, file);
	for (unsigned int i = 0; i < num; i++)
		ASSERT_EQ(0, submit_behind(&crowd[i], file));
	close(file);
	/* The areas come when there are jobs, and not at once. */
	for (unsigned int i = 0; i < 600 && tpu_debugfs("status", "save areas") <= enough; i++)
		usleep(100000);
	ASSERT_EQ(0, count(crowd, num, DRM_EDGETPU_JOB_DONE));
	ASSERT_EQ(0, tpu_queue_free(gate->fd, gate->queue));
}

TEST_F(turns, come_to_a_newcomer_while_every_long_job_goes_on)
{
	for (unsigned int i = 0; i < self->num; i++)
		make_long(&self->crowd[i], MANY_TURNS * (TURN / COMMAND));
	start(_metadata, self->crowd, self->num, &self->gate);
	for (unsigned int i = 0; i < 3; i++)
		EXPECT_EQ(0, tpu_client_copy(&self->one));
	EXPECT_EQ(0, count(self->crowd, self->num, DRM_EDGETPU_JOB_DONE));
}

/* Where there is no memory for that, it waits for the end of some, and not of all. */
TEST_F(turns, come_to_a_newcomer_before_most_have_ended)
{
	start(_metadata, self->crowd, MOST, &self->gate);
	EXPECT_EQ(0, tpu_client_copy(&self->one));
	EXPECT_GE(MOST / 2, count(self->crowd, MOST, DRM_EDGETPU_JOB_DONE));
	for (unsigned int i = 0; i < MOST; i++)
		check_end(_metadata, &self->crowd[i]);
}

static uint64_t cycle(volatile uint32_t *bar)
{
	uint64_t lo = bar[EDGETPU_REG_CYCLES_LO / 4];

	return (uint64_t)bar[EDGETPU_REG_CYCLES_HI / 4] << 32 | lo;
}

/* The least cycles from SUBMIT to fence of a few jobs of @c; UINT64_MAX when one fails */
static uint64_t latency(struct tpu_client *c, volatile uint32_t *bar)
{
	uint64_t before, took, least = UINT64_MAX;

	for (unsigned int i = 0; i < 5; i++) {
		before = cycle(bar);
		if (tpu_client_copy(c))
			return UINT64_MAX;
		took = cycle(bar) - before;
		least = took < least ? took : least;
		/* those in line have its place meanwhile */
		usleep(100000);
	}
	return least;
}

/* Neither a full hardware nor a line in front of it keeps it waiting. */
TEST_F(turns, come_to_a_queue_of_high_priority_within_a_few)
{
	struct tpu_client *c = &self->one;
	uint64_t alone, among;

	if (!self->bar)
		SKIP(return, "BAR0 cannot be reached from here");
	ASSERT_EQ(0, tpu_queue_free(c->fd, c->queue));
	ASSERT_EQ(0, tpu_queue_new(c->fd, DRM_EDGETPU_PRIORITY_HIGH, &c->queue));
	for (unsigned int i = 0; i < self->num; i++)
		make_long(&self->crowd[i], MANY_TURNS * (TURN / COMMAND));
	/* the model goes on while the guest's processor, which is emulated, gets there */
	ASSERT_EQ(0, tpu_client_make_endless(&self->gate));
	ASSERT_EQ(0, tpu_client_submit(&self->gate, NULL, 0));
	alone = latency(c, self->bar);
	ASSERT_NE(UINT64_MAX, alone);
	start(_metadata, self->crowd, self->num, &self->gate);
	among = latency(c, self->bar);
	EXPECT_EQ(0, count(self->crowd, self->num, DRM_EDGETPU_JOB_DONE));
	TH_LOG("%llu cycles from SUBMIT to fence beside one client, %llu among all",
	       (unsigned long long)alone, (unsigned long long)among);
	EXPECT_GT(2 * alone + 8 * TURN, among);
}

/* Does a copy as somebody else when told to: exits with 0 if it was right */
static pid_t start_other(struct __test_metadata *_metadata, int go[2])
{
	pid_t child;

	ASSERT_EQ(0, pipe(go));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		struct tpu_client c;
		char byte;

		close(go[1]);
		if (setgid(NOBODY) || setuid(NOBODY) || tpu_client_open(&c, 7) ||
		    read(go[0], &byte, 1) != 1)
			_exit(1);
		_exit(tpu_client_copy(&c) ? 1 : 0);
	}
	close(go[0]);
	return child;
}

/*
 * Areas are short, and who is next in line waits for the end of a job: all but one of
 * those in line are one user's.
 */
TEST_F(turns, come_to_another_user_before_most_of_a_users_files)
{
	static struct tpu_client many[MANY];
	const int file = close_gate(&self->gate);
	unsigned int before, after;
	int go[2], status;
	pid_t child;

	if (getuid())
		SKIP(return, "only root can be others");
	ASSERT_LE(0, file);
	ASSERT_EQ(0, chmod("/dev/edgetpu0", 0666));
	child = start_other(_metadata, go);
	for (unsigned int i = 0; i < MANY; i++) {
		ASSERT_EQ(0, tpu_client_open(&many[i], i));
		make_long(&many[i], TURNS * TURN / COMMAND);
		ASSERT_EQ(0, submit_behind(&many[i], file));
	}
	close(file);
	ASSERT_EQ(0, tpu_queue_free(self->gate.fd, self->gate.queue));
	while (!(before = count(many, MANY, DRM_EDGETPU_JOB_DONE)))
		usleep(1000);
	ASSERT_EQ(1, write(go[1], "g", 1));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	after = count(many, MANY, DRM_EDGETPU_JOB_DONE);
	TH_LOG("of %u jobs %u had ended, then %u", MANY, before, after);
	EXPECT_EQ(0, status);
	EXPECT_GE(before + MANY / 5, after);
	close(go[1]);
	for (unsigned int i = 0; i < MANY; i++)
		tpu_client_close(&many[i]);
}

/* What was not running is as if nothing had been, and that is all but one at a time. */
TEST_F(turns, outlive_resets)
{
	int reset = tpu_pci_open(self->one.fd, "reset", O_WRONLY);
	struct drm_edgetpu_job_status status;
	const unsigned int resets = 3;
	unsigned int cancelled = 0;

	if (reset < 0)
		SKIP(return, "the function cannot be reset from here");
	start(_metadata, self->crowd, self->num, &self->gate);
	for (unsigned int i = 0; i < resets; i++) {
		usleep(300000);
		ASSERT_EQ(1, write(reset, "1", 1));
	}
	close(reset);
	for (unsigned int i = 0; i < self->num; i++) {
		struct tpu_client *c = &self->crowd[i];

		ASSERT_EQ(0, tpu_job_wait(c->fd, c->queue, c->job.seqno, 300, &status));
		if (status.error == ECANCELED)
			cancelled++;
		else
			check_end(_metadata, c);
	}
	EXPECT_GE(resets, cancelled);
	EXPECT_EQ(0, tpu_client_copy(&self->one));
}

/* The places of those that go, wherever they are, are there for others. */
TEST_F(turns, leave_nothing_when_jobs_are_cancelled)
{
	for (unsigned int i = 1; i < self->num; i += 2)
		make_long(&self->crowd[i], 3 * TURNS * (TURN / COMMAND));
	start(_metadata, self->crowd, self->num, &self->gate);
	for (unsigned int i = 0; i < self->num; i += 2)
		ASSERT_EQ(0, tpu_queue_free(self->crowd[i].fd, self->crowd[i].queue));
	for (unsigned int i = 0; i < self->num; i += 2) {
		struct tpu_client *c = &self->crowd[i];

		ASSERT_EQ(0, tpu_queue_new(c->fd, DRM_EDGETPU_PRIORITY_NORMAL, &c->queue));
		memset(c->target.map, 0, TPU_DATA_SIZE);
		ASSERT_EQ(0, tpu_client_submit(c, NULL, 0));
	}
	EXPECT_EQ(0, tpu_client_copy(&self->one));
	EXPECT_GT(self->num, count(self->crowd, self->num, DRM_EDGETPU_JOB_DONE));
	for (unsigned int i = 0; i < self->num; i++)
		check_end(_metadata, &self->crowd[i]);
}

/* ... and as good as new: in the second round, too, every job can be kept. */
TEST_F(turns, come_to_a_newcomer_after_jobs_were_cancelled)
{
	for (unsigned int round = 0; round < 2; round++) {
		for (unsigned int i = 0; i < self->num; i++)
			make_long(&self->crowd[i], MANY_TURNS * (TURN / COMMAND));
		start(_metadata, self->crowd, self->num, &self->gate);
		for (unsigned int i = 0; i < 3; i++)
			EXPECT_EQ(0, tpu_client_copy(&self->one));
		EXPECT_EQ(0, count(self->crowd, self->num, DRM_EDGETPU_JOB_DONE));
		for (unsigned int i = 0; i < self->num; i++)
			ASSERT_EQ(0, new_queue(&self->crowd[i]));
		ASSERT_EQ(0, tpu_queue_new(self->gate.fd, DRM_EDGETPU_PRIORITY_NORMAL,
					   &self->gate.queue));
	}
}

TEST_HARNESS_MAIN
