// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device that is done harm (tools/vm/run --inject): a job runs, another client's
 * waits behind it, then the fault. Every fence is signalled in bounded time, who was
 * running is told, who was not gets its work done, and the device serves again.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "edgetpu_fault.h"
#include "edgetpu_selftest.h"
#include "edgetpu_sysfs.h"
#include "kselftest_harness.h"

#define SECONDS		120	/* no wait is longer, on a machine that is emulated */

/**
 * struct stage - who is there when it happens
 * @bar: BAR0
 * @device: PCI name
 * @running: whose job runs
 * @waiting: whose copy waits for its turn
 * @running_job: its number
 * @running_fence: sync file
 * @waiting_fence: sync file
 * @lost: the device is not expected to be there in the end
 */
struct stage {
	volatile uint32_t *bar;
	char device[TPU_PCI_NAME];
	struct tpu_client running, waiting;
	uint64_t running_job;
	int running_fence, waiting_fence;
	bool lost;
};

FIXTURE(inject) {
	struct stage stage;
};

static void harm(struct stage *stage, uint32_t code, uint32_t argument)
{
	stage->bar[EDGETPU_REG_FAULT / 4] = EDGETPU_FAULT(code, argument);
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec * 1e-9;
}

/* How long nothing may happen; or negative */
static long timeout_ms(void)
{
	FILE *file = fopen("/sys/module/edgetpu/parameters/timeout_ms", "r");
	long ms = -1;

	if (file) {
		if (fscanf(file, "%ld", &ms) != 1)
			ms = -1;
		fclose(file);
	}
	return ms;
}

static void open_stage(struct __test_metadata *_metadata, struct stage *stage)
{
	ASSERT_EQ(0, tpu_client_open(&stage->running, 1));
	ASSERT_EQ(0, tpu_client_open(&stage->waiting, 2));
	ASSERT_EQ(0, tpu_pci_name(stage->running.fd, stage->device));
	stage->bar = tpu_bar0(stage->running.fd, true);
	if (!stage->bar)
		SKIP(return, "BAR0 cannot be reached from here");
	if (stage->bar[EDGETPU_REG_FAULT / 4] != EDGETPU_FAULT_ID)
		SKIP(return, "no faults can be injected into this device");
}

FIXTURE_SETUP(inject)
{
	self->stage.bar = NULL;
	self->stage.lost = false;
	/* after a test that lost the device its node may come and go once more */
	for (int i = 0; i < 100 && access("/dev/edgetpu0", R_OK); i++)
		usleep(50000);
	open_stage(_metadata, &self->stage);
}

/* What is lost is taken from the driver and given back: for the next test it is there. */
FIXTURE_TEARDOWN(inject)
{
	struct stage *stage = &self->stage;

	if (!stage->bar)
		return;
	harm(stage, EDGETPU_FAULT_NONE, 0);
	tpu_client_close(&stage->running);
	tpu_client_close(&stage->waiting);
	if (!stage->lost)
		return;
	tpu_driver_unbind(stage->device);
	EXPECT_EQ(0, tpu_driver_bind(stage->device));
}

/* One client's job runs, another's copy waits for its turn. */
static void start(struct __test_metadata *_metadata, struct stage *stage)
{
	stage->running_fence = tpu_client_submit_file(&stage->running);
	ASSERT_LE(0, stage->running_fence);
	stage->running_job = stage->running.job.seqno;
	stage->waiting_fence = tpu_client_submit_file(&stage->waiting);
	ASSERT_LE(0, stage->waiting_fence);
	/* whoever has not begun when it happens is innocent */
	sleep(1);
}

/* The job that runs ends by itself, and may have before it happens. */
static void set_short_stage(struct __test_metadata *_metadata, struct stage *stage)
{
	tpu_client_make_slow(&stage->running, 8);
	start(_metadata, stage);
}

static void set_stage(struct __test_metadata *_metadata, struct stage *stage)
{
	ASSERT_EQ(0, tpu_client_make_endless(&stage->running));
	start(_metadata, stage);
}

/* Both clients' jobs are endless: taking turns, neither is done when it happens. */
static void set_long_stage(struct __test_metadata *_metadata, struct stage *stage)
{
	ASSERT_EQ(0, tpu_client_make_endless(&stage->waiting));
	set_stage(_metadata, stage);
}

static struct drm_edgetpu_job_status end_of_running(struct __test_metadata *_metadata,
						    struct stage *stage)
{
	struct drm_edgetpu_job_status status = { 0 };
	int error = tpu_sync_file_error(stage->running_fence, SECONDS);

	EXPECT_NE(-ETIME, error);
	close(stage->running_fence);
	EXPECT_EQ(0, tpu_job_wait(stage->running.fd, stage->running.queue, stage->running_job, 1,
				  &status));
	/* the fence says what the status says */
	EXPECT_EQ(-(int)status.error, error);
	return status;
}

static void running_fails_with(struct __test_metadata *_metadata, struct stage *stage, int error)
{
	struct drm_edgetpu_job_status status = end_of_running(_metadata, stage);

	EXPECT_EQ(DRM_EDGETPU_JOB_FAILED, status.state);
	EXPECT_EQ(error, status.error);
}

/* ECANCELED where a request to the firmware is the first to notice, ETIMEDOUT where it is the job */
static void running_fails(struct __test_metadata *_metadata, struct stage *stage)
{
	struct drm_edgetpu_job_status status = end_of_running(_metadata, stage);

	EXPECT_EQ(DRM_EDGETPU_JOB_FAILED, status.state);
	EXPECT_TRUE(status.error == ECANCELED || status.error == ETIMEDOUT);
}

static void running_is_done(struct __test_metadata *_metadata, struct stage *stage)
{
	EXPECT_EQ(DRM_EDGETPU_JOB_DONE, end_of_running(_metadata, stage).state);
}

/* The one that waited is done, and what it copied is there; so does a client that comes now. */
static void others_are_served(struct __test_metadata *_metadata, struct stage *stage)
{
	struct tpu_client late;

	EXPECT_EQ(0, tpu_sync_file_error(stage->waiting_fence, SECONDS));
	close(stage->waiting_fence);
	EXPECT_EQ(0, memcmp(stage->waiting.source.map, stage->waiting.target.map, TPU_DATA_SIZE));
	EXPECT_EQ(0, tpu_client_copy(&stage->waiting));
	ASSERT_EQ(0, tpu_client_open(&late, 3));
	EXPECT_EQ(0, tpu_client_copy(&late));
	tpu_client_close(&late);
}

/* The device is lost: both are told, and nobody is kept waiting. */
static void all_are_told(struct __test_metadata *_metadata, struct stage *stage)
{
	const int fences[] = { stage->running_fence, stage->waiting_fence };

	stage->lost = true;
	for (int i = 0; i < 2; i++) {
		int error = tpu_sync_file_error(fences[i], SECONDS);

		EXPECT_GT(0, error);
		EXPECT_NE(-ETIME, error);
		close(fences[i]);
	}
	EXPECT_GT(0, tpu_client_copy(&stage->waiting));
}

TEST_F(inject, an_engine_that_hangs)
{
	struct stage *stage = &self->stage;

	set_stage(_metadata, stage);
	harm(stage, EDGETPU_FAULT_ENGINE_HANG, EDGETPU_ENGINE_VECTOR);
	running_fails_with(_metadata, stage, ETIMEDOUT);
	others_are_served(_metadata, stage);
}

/* The same from debugfs, for root */
TEST_F(inject, an_engine_that_is_told_to_hang)
{
	struct stage *stage = &self->stage;
	char path[128], engine[2] = { '0' + EDGETPU_ENGINE_VECTOR };

	snprintf(path, sizeof(path), "/sys/kernel/debug/accel/%.60s/hang", stage->device);
	set_stage(_metadata, stage);
	EXPECT_EQ(-EINVAL, tpu_write_file(path, "4"));
	EXPECT_EQ(-EINVAL, tpu_write_file(path, "vector"));
	ASSERT_EQ(0, tpu_write_file(path, engine));
	running_fails_with(_metadata, stage, ETIMEDOUT);
	others_are_served(_metadata, stage);
}

/* Whoever is to blame: what ran is lost, and is not tried again. */
TEST_F(inject, firmware_that_hangs)
{
	struct stage *stage = &self->stage;

	set_stage(_metadata, stage);
	harm(stage, EDGETPU_FAULT_CORE_HANG, 0);
	running_fails(_metadata, stage);
	others_are_served(_metadata, stage);
}

/* What the log has: all text, and which of its lines says that with which each part begins */
static void read_log(struct __test_metadata *_metadata, struct stage *stage,
		     const char *const parts[], int lines[], int count)
{
	char path[128], line[512];
	int n = 0, odd = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/sys/kernel/debug/accel/%.60s/firmware_log", stage->device);
	file = fopen(path, "r");
	ASSERT_NE(NULL, file);
	for (int i = 0; i < count; i++)
		lines[i] = -1;
	while (fgets(line, sizeof(line), file)) {
		for (int i = 0; i < count; i++)
			if (strstr(line, parts[i]))
				lines[i] = n;
		odd += strchr(line, '?') != NULL;
		n++;
	}
	fclose(file);
	EXPECT_EQ(0, odd);
}

TEST_F(inject, firmware_that_traps)
{
	static const char *const parts[] = { "crash: pc", "--- boot ", "firmware " };
	struct stage *stage = &self->stage;
	int lines[3];

	set_stage(_metadata, stage);
	harm(stage, EDGETPU_FAULT_CORE_TRAP, 0);
	running_fails_with(_metadata, stage, ECANCELED);
	others_are_served(_metadata, stage);
	/* its last words, and then those of the next boot */
	read_log(_metadata, stage, parts, lines, 3);
	EXPECT_LE(0, lines[0]);
	EXPECT_LT(lines[0], lines[1]);
	EXPECT_LT(lines[1], lines[2]);
}

/*
 * More often than a device may fail that nobody is to blame for, and no job ends well
 * between: whose jobs do that is no reason to take it from all.
 */
TEST_F(inject, jobs_that_crash_it_again_and_again)
{
	struct stage *stage = &self->stage;

	stage->lost = true;
	ASSERT_EQ(0, tpu_client_make_endless(&stage->running));
	for (int i = 0; i < 12; i++) {
		stage->running_fence = tpu_client_submit_file(&stage->running);
		ASSERT_LE(0, stage->running_fence);
		stage->running_job = stage->running.job.seqno;
		/* there is a line that says whose SRAM is */
		for (int n = 0; n < 1000 && tpu_debugfs("sram", "sram"); n++)
			usleep(10000);
		ASSERT_EQ(0, tpu_debugfs("sram", "sram"));
		harm(stage, EDGETPU_FAULT_CORE_TRAP, 0);
		running_fails_with(_metadata, stage, ECANCELED);
	}
	ASSERT_EQ(0, tpu_client_copy(&stage->waiting));
	stage->lost = false;
}

/* What it did not do while there was nothing to do is not held against it. */
TEST_F(inject, a_hang_while_idle_counts_from_the_next_job)
{
	struct stage *stage = &self->stage;
	const double limit = timeout_ms() / 1000.0;
	double start;

	ASSERT_LT(0, limit);
	ASSERT_EQ(0, tpu_client_copy(&stage->waiting));
	/* it is looked at a last time, and not for longer than it may do nothing */
	sleep(limit + 3);
	harm(stage, EDGETPU_FAULT_CORE_HANG, 0);
	start = seconds();
	EXPECT_EQ(0, tpu_client_copy(&stage->waiting));
	TH_LOG("%.2f of %.0f seconds", seconds() - start, limit);
	EXPECT_LT(limit - 0.5, seconds() - start);
}

/* The first job to end is lied about, and lost. */
static void lie_about_end(struct __test_metadata *_metadata, struct stage *stage, uint32_t code)
{
	harm(stage, code, 1);
	set_short_stage(_metadata, stage);
	running_fails_with(_metadata, stage, ECANCELED);
	others_are_served(_metadata, stage);
}

TEST_F(inject, a_fence_that_lies)
{
	lie_about_end(_metadata, &self->stage, EDGETPU_FAULT_FENCE);
}

TEST_F(inject, a_completion_of_another_job)
{
	lie_about_end(_metadata, &self->stage, EDGETPU_FAULT_SEQ);
}

/* Who says OK, but that no command ran, is not believed: the device is reset. */
TEST_F(inject, a_job_that_is_said_to_be_done)
{
	struct stage *stage = &self->stage;
	uint32_t cycles;

	tpu_client_make_slow(&stage->running, 500);
	stage->running_fence = tpu_client_submit_file(&stage->running);
	ASSERT_LE(0, stage->running_fence);
	ASSERT_EQ(0, tpu_sync_file_error(stage->running_fence, SECONDS));
	close(stage->running_fence);
	cycles = stage->bar[EDGETPU_REG_CYCLES_LO / 4];
	harm(stage, EDGETPU_FAULT_STATUS, 1);
	stage->waiting_fence = tpu_client_submit_file(&stage->waiting);
	ASSERT_LE(0, stage->waiting_fence);
	EXPECT_NE(-ETIME, tpu_sync_file_error(stage->waiting_fence, SECONDS));
	close(stage->waiting_fence);
	tpu_client_close(&stage->waiting);
	ASSERT_EQ(0, tpu_client_open(&stage->waiting, 4));
	EXPECT_EQ(0, tpu_client_copy(&stage->waiting));
	EXPECT_LT(stage->bar[EDGETPU_REG_CYCLES_LO / 4], cycles);
}

TEST_F(inject, a_job_that_is_said_to_run)
{
	struct stage *stage = &self->stage;

	set_short_stage(_metadata, stage);
	harm(stage, EDGETPU_FAULT_RUNNING, 0);
	running_is_done(_metadata, stage);
	harm(stage, EDGETPU_FAULT_NONE, 0);
	others_are_served(_metadata, stage);
}

TEST_F(inject, progress_that_stands_still)
{
	struct stage *stage = &self->stage;

	set_stage(_metadata, stage);
	harm(stage, EDGETPU_FAULT_PROGRESS, 0);
	running_fails_with(_metadata, stage, ETIMEDOUT);
	others_are_served(_metadata, stage);
}

/*
 * A device that knows of no limit, and says truthfully that the job gets on, would go on
 * for hours: the host's clock ends it.
 */
TEST_F(inject, a_limit_that_is_ignored)
{
	struct stage *stage = &self->stage;
	struct drm_edgetpu_queue_create create = {
		.priority = DRM_EDGETPU_PRIORITY_NORMAL, .flags = DRM_EDGETPU_QUEUE_JOB_LIMIT,
		.job_limit_ms = 1,
	};

	ASSERT_EQ(0, tpu_client_make_endless(&stage->running));
	ASSERT_EQ(0, tpu_ioctl(stage->running.fd, DRM_IOCTL_EDGETPU_QUEUE_CREATE, &create));
	stage->running.queue = create.id;
	harm(stage, EDGETPU_FAULT_LIMIT, 0);
	start(_metadata, stage);
	running_fails_with(_metadata, stage, ETIMEDOUT);
	others_are_served(_metadata, stage);
}

/* After whatever head the next boot says what it has to say. */
static void log_goes_on(struct __test_metadata *_metadata, struct stage *stage)
{
	static const char *const parts[] = { "--- boot ", "firmware " };
	char path[128];
	int lines[2];

	harm(stage, EDGETPU_FAULT_NONE, 0);
	snprintf(path, sizeof(path), "/sys/kernel/debug/accel/%.60s/reset", stage->device);
	ASSERT_EQ(0, tpu_write_file(path, "1"));
	EXPECT_EQ(0, tpu_client_copy(&stage->waiting));
	read_log(_metadata, stage, parts, lines, 2);
	EXPECT_LE(0, lines[0]);
	EXPECT_LT(lines[0], lines[1]);
}

/* Nobody's work depends on what the log says. */
TEST_F(inject, a_log_that_lies)
{
	struct stage *stage = &self->stage;

	set_short_stage(_metadata, stage);
	harm(stage, EDGETPU_FAULT_LOG, 0);
	running_is_done(_metadata, stage);
	others_are_served(_metadata, stage);
	log_goes_on(_metadata, stage);
}

TEST_F(inject, replies_that_lie)
{
	struct stage *stage = &self->stage;
	struct tpu_client late;

	set_short_stage(_metadata, stage);
	harm(stage, EDGETPU_FAULT_REPLY, 3);
	if (!tpu_client_open(&late, 3)) {
		tpu_client_copy(&late);
		tpu_client_close(&late);
	}
	running_is_done(_metadata, stage);
	harm(stage, EDGETPU_FAULT_NONE, 0);
	others_are_served(_metadata, stage);
}

TEST_F(inject, a_mailbox_that_is_silent)
{
	struct stage *stage = &self->stage;
	struct tpu_client late;

	set_short_stage(_metadata, stage);
	harm(stage, EDGETPU_FAULT_SILENCE, 2);
	if (!tpu_client_open(&late, 3)) {
		tpu_client_copy(&late);
		tpu_client_close(&late);
	}
	running_is_done(_metadata, stage);
	harm(stage, EDGETPU_FAULT_NONE, 0);
	others_are_served(_metadata, stage);
}

/* Starts @wait in a process with a client of its own; it must be waiting when it is killed. */
static pid_t start_waiting(struct stage *stage, void (*wait)(struct stage *, struct tpu_client *))
{
	pid_t child = fork();

	if (!child) {
		struct tpu_client own;

		if (tpu_client_open(&own, 5) || tpu_client_copy(&own))
			_exit(1);
		wait(stage, &own);
		_exit(2);
	}
	return child;
}

/* A process that waits for the device dies at once, and closes what it has open. */
static void dies_at_once(struct __test_metadata *_metadata, pid_t child)
{
	double start;
	int status;

	ASSERT_LT(0, child);
	start = seconds();
	ASSERT_EQ(0, kill(child, SIGKILL));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	TH_LOG("%.2f seconds", seconds() - start);
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_GT(1.5, seconds() - start);
}

static void wait_in_destroy(struct stage *stage, struct tpu_client *c)
{
	harm(stage, EDGETPU_FAULT_SILENCE, 1);
	tpu_queue_free(c->fd, c->queue);
}

/* Whoever reads what all have bound while one is asked for that does not come */
static void read_address_spaces(struct stage *stage, struct tpu_client *c)
{
	char path[128], text[4096];

	(void)c;
	snprintf(path, sizeof(path), "/sys/kernel/debug/accel/%.60s/address_spaces", stage->device);
	for (;;) {
		const int fd = open(path, O_RDONLY);

		while (read(fd, text, sizeof(text)) > 0)
			;
		close(fd);
	}
}

static void open_and_close(struct stage *stage, struct tpu_client *c)
{
	(void)stage;
	(void)c;
	for (;;)
		close(tpu_open());
}

static void wait_in_unbind(struct stage *stage, struct tpu_client *c)
{
	harm(stage, EDGETPU_FAULT_INVALIDATE, 1);
	tpu_unbind(c->fd, TPU_VA_TARGET, TPU_DATA_SIZE);
}

/* Nobody who opens or closes a file waits for those who read. */
TEST_F(inject, a_reader_of_a_silent_device_keeps_nobody_from_being_killed)
{
	struct stage *stage = &self->stage;
	pid_t reader, child, holder;
	struct tpu_client late;
	double start;

	reader = start_waiting(stage, read_address_spaces);
	child = start_waiting(stage, open_and_close);
	sleep(1);
	holder = start_waiting(stage, wait_in_destroy);
	sleep(3);
	dies_at_once(_metadata, child);
	start = seconds();
	EXPECT_EQ(0, tpu_client_open(&late, 6));
	tpu_client_close(&late);
	EXPECT_GT(1.5, seconds() - start);
	dies_at_once(_metadata, reader);
	dies_at_once(_metadata, holder);
	EXPECT_EQ(0, tpu_client_copy(&stage->waiting));
}

/* The invalidation is waited for, for two seconds. */
TEST_F(inject, an_invalidation_that_never_ends_keeps_nobody_from_being_killed)
{
	struct stage *stage = &self->stage;
	pid_t child = start_waiting(stage, wait_in_unbind);

	/* the register shows that one is awaited */
	while (!stage->bar[EDGETPU_REG_MMU_INVALIDATE / 4])
		usleep(1000);
	dies_at_once(_metadata, child);
	harm(stage, EDGETPU_FAULT_NONE, 0);
	EXPECT_EQ(0, tpu_client_copy(&stage->waiting));
}

static void wait_in_submit(struct stage *stage, struct tpu_client *c)
{
	harm(stage, EDGETPU_FAULT_CORE_HANG, 0);
	while (!tpu_client_submit(c, NULL, 0))
		;
}

TEST_F(inject, a_full_queue_of_a_silent_device_keeps_nobody_from_being_killed)
{
	struct stage *stage = &self->stage;
	pid_t child = start_waiting(stage, wait_in_submit);

	sleep(3);
	dies_at_once(_metadata, child);
	EXPECT_EQ(0, tpu_client_copy(&stage->waiting));
}

/* Nothing is asked of the hardware, so there is nothing to wait for. */
TEST_F(inject, a_silent_mailbox_keeps_nobody_from_creating_queues)
{
	struct stage *stage = &self->stage;
	pid_t child = start_waiting(stage, wait_in_destroy);
	struct tpu_client late;
	double start;
	uint32_t id;

	sleep(3);
	start = seconds();
	EXPECT_EQ(0, tpu_queue_new(stage->waiting.fd, DRM_EDGETPU_PRIORITY_NORMAL, &id));
	EXPECT_EQ(0, tpu_client_open(&late, 6));
	EXPECT_GT(1.5, seconds() - start);
	dies_at_once(_metadata, child);
	EXPECT_EQ(0, tpu_client_copy(&late));
	tpu_client_close(&late);
}

/* The driver goes when it is told to; whoever waits for the device is interrupted. */
TEST_F(inject, a_silent_mailbox_does_not_keep_the_driver)
{
	struct stage *stage = &self->stage;
	double start = seconds(), usual;
	pid_t child;
	int status;

	/* what it takes where nobody waits */
	EXPECT_EQ(0, tpu_driver_unbind(stage->device));
	usual = seconds() - start;
	EXPECT_EQ(0, tpu_driver_bind(stage->device));
	child = start_waiting(stage, wait_in_destroy);
	sleep(2);
	stage->lost = true;
	start = seconds();
	EXPECT_EQ(0, tpu_driver_unbind(stage->device));
	TH_LOG("%.2f seconds, %.2f where nobody waits", seconds() - start, usual);
	EXPECT_GT(3 + 2 * usual, seconds() - start);
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_TRUE(WIFEXITED(status));
}

TEST_F(inject, a_silent_mailbox_keeps_nobody_from_being_killed)
{
	struct stage *stage = &self->stage;
	pid_t child = start_waiting(stage, wait_in_destroy);

	sleep(3);
	dies_at_once(_metadata, child);
	/* the device answers again after its reset */
	EXPECT_EQ(0, tpu_client_copy(&stage->waiting));
}

/* The work was done; that nobody said so is no reason to do it again. */
TEST_F(inject, interrupts_that_get_lost)
{
	struct stage *stage = &self->stage;

	set_short_stage(_metadata, stage);
	harm(stage, EDGETPU_FAULT_IRQ, 2);
	running_is_done(_metadata, stage);
	others_are_served(_metadata, stage);
}

TEST_F(inject, a_boot_that_fails)
{
	struct stage *stage = &self->stage;

	set_stage(_metadata, stage);
	harm(stage, EDGETPU_FAULT_BOOT, 1);
	harm(stage, EDGETPU_FAULT_CORE_TRAP, 0);
	running_fails_with(_metadata, stage, ECANCELED);
	others_are_served(_metadata, stage);
}

TEST_F(inject, memory_that_is_out_of_reach)
{
	struct stage *stage = &self->stage;

	set_stage(_metadata, stage);
	harm(stage, EDGETPU_FAULT_DMA, 0);
	running_fails(_metadata, stage);
	others_are_served(_metadata, stage);
}

TEST_F(inject, an_invalidation_that_never_ends)
{
	struct stage *stage = &self->stage;

	set_stage(_metadata, stage);
	harm(stage, EDGETPU_FAULT_INVALIDATE, 0);
	EXPECT_EQ(0, tpu_unbind(stage->running.fd, TPU_VA_TARGET, TPU_DATA_SIZE));
	running_fails_with(_metadata, stage, ECANCELED);
	others_are_served(_metadata, stage);
}

TEST_F(inject, registers_that_are_all_ones)
{
	struct stage *stage = &self->stage;

	set_long_stage(_metadata, stage);
	harm(stage, EDGETPU_FAULT_ONES, 0);
	all_are_told(_metadata, stage);
}

TEST_F(inject, registers_that_are_all_zeros)
{
	struct stage *stage = &self->stage;

	set_long_stage(_metadata, stage);
	harm(stage, EDGETPU_FAULT_ZEROS, 0);
	all_are_told(_metadata, stage);
}

TEST_F(inject, memory_that_stays_out_of_reach)
{
	struct stage *stage = &self->stage;

	set_long_stage(_metadata, stage);
	harm(stage, EDGETPU_FAULT_DMA, 1);
	all_are_told(_metadata, stage);
}

TEST_F(inject, boots_that_always_fail)
{
	struct stage *stage = &self->stage;

	set_long_stage(_metadata, stage);
	harm(stage, EDGETPU_FAULT_BOOT, 0);
	harm(stage, EDGETPU_FAULT_CORE_TRAP, 0);
	all_are_told(_metadata, stage);
}

/* For ever, therefore the last */
TEST_F(inject, surprise_removal)
{
	struct stage *stage = &self->stage;

	set_long_stage(_metadata, stage);
	harm(stage, EDGETPU_FAULT_REMOVE, 0);
	all_are_told(_metadata, stage);
	stage->lost = false;
}

/* That it is for ever keeps it from being tested beside the one above. */
FIXTURE(process) {
	struct stage stage;
};

FIXTURE_SETUP(process)
{
	if (access("/dev/edgetpu0", R_OK))
		SKIP(return, "the device has been removed; run this alone, with -f process");
	open_stage(_metadata, &self->stage);
}

FIXTURE_TEARDOWN(process)
{
	tpu_client_close(&self->stage.running);
	tpu_client_close(&self->stage.waiting);
}

TEST_F(process, of_the_device_dies)
{
	struct stage *stage = &self->stage;

	set_long_stage(_metadata, stage);
	harm(stage, EDGETPU_FAULT_EXIT, 0);
	all_are_told(_metadata, stage);
}

TEST_HARNESS_MAIN
