// SPDX-License-Identifier: GPL-2.0-only
/* The trace events, read from tracefs: what they say, against what is known otherwise. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "edgetpu_selftest.h"
#include "edgetpu_sysfs.h"
#include "kselftest_harness.h"

#define INSTANCE	"/sys/kernel/tracing/instances/edgetpu-selftest/"

#define CLIENTS		4
#define BATCH		64	/* jobs of one SUBMIT */
#define ROUNDS		40	/* of them, each client */
#define FAULTY		39	/* which of a batch */
#define JOBS		65536	/* more than any test has */
#define CROWD		33	/* clients; the hardware has contexts for 31 */

/* --- tracefs --- */

static int trace_write(const char *file, const char *text)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), INSTANCE "%s", file);
	return tpu_write_file(path, text);
}

static FILE *trace_open(const char *file)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), INSTANCE "%s", file);
	return fopen(path, "r");
}

/* Calls @see with the name and the text of each event, in order; the number of events. */
static int trace_read(void (*see)(void *data, const char *event, const char *text), void *data)
{
	FILE *file = trace_open("trace");
	char *line = NULL, *event, *text;
	size_t size = 0;
	int n = 0;

	while (file && getline(&line, &size, file) > 0) {
		event = line[0] == '#' ? NULL : strstr(line, ": edgetpu_");
		text = event ? strchr(event + 2, ':') : NULL;
		if (!text)
			continue;
		*text = 0;
		see(data, event + 2 + strlen("edgetpu_"), text + 1);
		n++;
	}
	free(line);
	if (file)
		fclose(file);
	return n;
}

/* The number of a field, or -1 */
static long long number(const char *text, const char *name)
{
	const size_t length = strlen(name);

	for (const char *s = strchr(text, ' '); s; s = strchr(s + 1, ' ')) {
		if (!strncmp(s + 1, name, length) && s[1 + length] == '=')
			return strtoll(s + 2 + length, NULL, 0);
	}
	return -1;
}

/* Events that the kernel had no room for */
static long lost(void)
{
	char path[64], line[128];
	long sum = 0;
	FILE *file;

	for (int i = 0; snprintf(path, sizeof(path), "per_cpu/cpu%d/stats", i) &&
			(file = trace_open(path)); i++) {
		while (fgets(line, sizeof(line), file)) {
			if (strstr(line, "overrun:") || strstr(line, "dropped events:"))
				sum += strtol(strchr(line, ':') + 1, NULL, 10);
		}
		fclose(file);
	}
	return sum;
}

/**
 * struct seen - the last event of a name that a client, or with 0 anybody, has had
 * @client: whose
 * @event: its name
 * @match: and a part of its text, or NULL
 * @text: out: what it said
 * @count: out: how many there were
 */
struct seen {
	long client;
	const char *event;
	const char *match;
	char text[512];
	int count;
};

static void see_last(void *data, const char *event, const char *text)
{
	struct seen *seen = data;

	if (strcmp(event, seen->event) || (seen->match && !strstr(text, seen->match)) ||
	    (seen->client && number(text, "client") != seen->client))
		return;
	snprintf(seen->text, sizeof(seen->text), "%s", text);
	seen->count++;
}

static struct seen last_of(long client, const char *event, const char *match)
{
	struct seen seen = { .client = client, .event = event, .match = match };

	trace_read(see_last, &seen);
	return seen;
}

/* The same, once there is one; what is to come may take a while. */
static struct seen wait_for(long client, const char *event, const char *match)
{
	struct seen seen = last_of(client, event, match);

	for (int i = 0; !seen.count && i < 600; i++) {
		usleep(100000);
		seen = last_of(client, event, match);
	}
	return seen;
}

FIXTURE(trace) {
	struct tpu_client client;
	long id;
	char device[TPU_PCI_NAME];
};

FIXTURE_SETUP(trace)
{
	const struct rlimit files = { 4096, 4096 };

	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &files));
	rmdir(INSTANCE);
	if (mkdir(INSTANCE, 0700))
		SKIP(return, "tracefs is not mounted");
	ASSERT_EQ(0, trace_write("trace_clock", "global"));
	ASSERT_EQ(0, trace_write("buffer_size_kb", "16384"));
	ASSERT_EQ(0, trace_write("events/edgetpu/enable", "1"));
	ASSERT_EQ(0, tpu_client_open(&self->client, 1));
	ASSERT_EQ(0, tpu_pci_name(self->client.fd, self->device));
	self->id = tpu_fdinfo(self->client.fd, "drm-client-id");
	ASSERT_LT(0, self->id);
}

FIXTURE_TEARDOWN(trace)
{
	tpu_client_close(&self->client);
	EXPECT_EQ(0, lost());
	EXPECT_EQ(0, rmdir(INSTANCE));
}

/* --- one job --- */

static void check_job(struct __test_metadata *_metadata,
		      const struct _test_data_trace *self, const struct seen *seen)
{
	char device[TPU_PCI_NAME + 16];

	snprintf(device, sizeof(device), " device=%s ", self->device);
	EXPECT_EQ(1, seen->count);
	EXPECT_EQ(0, strncmp(seen->text, device, strlen(device)));
	EXPECT_EQ(self->id, number(seen->text, "client"));
	EXPECT_EQ(getpid(), number(seen->text, "pid"));
	EXPECT_EQ(self->client.queue, number(seen->text, "queue"));
	EXPECT_EQ(DRM_EDGETPU_PRIORITY_NORMAL, number(seen->text, "priority"));
	EXPECT_EQ(self->client.job.seqno, number(seen->text, "seqno"));
	EXPECT_LT(0, number(seen->text, "job"));
}

TEST_F(trace, follows_a_job)
{
	struct tpu_client *c = &self->client;
	struct drm_edgetpu_job_status status;
	struct seen submit, bind, run, done;
	uint64_t bytes = 0;

	ASSERT_EQ(0, tpu_client_copy(c));
	ASSERT_EQ(0, tpu_job_wait(c->fd, c->queue, c->job.seqno, 60, &status));
	submit = last_of(self->id, "submit", NULL);
	bind = last_of(self->id, "bind", NULL);
	run = last_of(self->id, "run", NULL);
	done = last_of(self->id, "done", NULL);
	check_job(_metadata, self, &submit);
	check_job(_metadata, self, &run);
	check_job(_metadata, self, &done);
	EXPECT_EQ(number(submit.text, "job"), number(run.text, "job"));
	EXPECT_EQ(number(submit.text, "job"), number(done.text, "job"));

	for (unsigned int i = 0; i < 3; i++)
		bytes += c->regions[i].size;
	EXPECT_EQ(bytes, number(submit.text, "bytes"));
	EXPECT_EQ(c->num_commands, number(submit.text, "commands"));
	EXPECT_LT(0, number(submit.text, "fence_context"));

	EXPECT_EQ(1, bind.count);
	EXPECT_EQ(c->queue, number(bind.text, "queue"));
	EXPECT_EQ(DRM_EDGETPU_PRIORITY_NORMAL, number(bind.text, "priority"));
	EXPECT_EQ(1, number(bind.text, "unfinished"));
	EXPECT_LE(0, number(bind.text, "context"));
	EXPECT_GT(EDGETPU_MAX_CONTEXTS, number(bind.text, "context"));
	EXPECT_GT(EDGETPU_MAX_RINGS, number(bind.text, "ring"));
	EXPECT_EQ(number(bind.text, "ring"), number(run.text, "ring"));
	EXPECT_EQ(1, number(run.text, "ring_seqno"));

	EXPECT_EQ(0, number(done.text, "error"));
	EXPECT_EQ(EDGETPU_STATUS_OK, number(done.text, "status"));
	EXPECT_LT(0, status.cycles);
	EXPECT_EQ(status.cycles, number(done.text, "end") - number(done.text, "start"));
	EXPECT_EQ(status.busy[EDGETPU_ENGINE_LOAD], number(done.text, "busy_load"));
	EXPECT_EQ(status.busy[EDGETPU_ENGINE_STORE], number(done.text, "busy_store"));
	EXPECT_EQ(status.busy[EDGETPU_ENGINE_ARRAY], number(done.text, "busy_array"));
	EXPECT_EQ(status.busy[EDGETPU_ENGINE_VECTOR], number(done.text, "busy_vector"));
	EXPECT_EQ(status.instructions, number(done.text, "instructions"));
	EXPECT_EQ(c->num_commands, number(done.text, "commands"));
	EXPECT_EQ(1, number(done.text, "turns"));
	EXPECT_LT(0, number(done.text, "used"));
	EXPECT_GE(status.cycles, number(done.text, "used"));
	EXPECT_LE(TPU_DATA_SIZE, number(done.text, "read"));
	EXPECT_GT(2 * TPU_DATA_SIZE, number(done.text, "read"));
	EXPECT_LE(TPU_DATA_SIZE, number(done.text, "written"));
	EXPECT_GT(2 * TPU_DATA_SIZE, number(done.text, "written"));
	EXPECT_EQ(0, last_of(self->id, "fault", NULL).count);
	EXPECT_EQ(0, last_of(self->id, "unbind", NULL).count);

	ASSERT_EQ(0, tpu_queue_free(c->fd, c->queue));
	EXPECT_EQ(1, last_of(self->id, "unbind", NULL).count);
	EXPECT_EQ(number(bind.text, "ring"),
		  number(last_of(self->id, "unbind", NULL).text, "ring"));
}

TEST_F(trace, tells_of_a_fault)
{
	struct tpu_client *c = &self->client;
	struct edgetpu_command *command = c->commands.map;
	struct drm_edgetpu_job_status status;
	struct seen fault, done;

	/* the second stores to where there is no region */
	tpu_cmd_fill(&command[0], 0, 64, 0);
	tpu_cmd_store(&command[1], 5, 4096, 0, 64);
	tpu_serialise(command, 2);
	c->job.num_commands = 2;
	ASSERT_EQ(0, tpu_client_submit(c, NULL, 0));
	ASSERT_EQ(0, tpu_job_wait(c->fd, c->queue, c->job.seqno, 60, &status));
	fault = last_of(self->id, "fault", NULL);
	done = last_of(self->id, "done", NULL);
	check_job(_metadata, self, &fault);
	check_job(_metadata, self, &done);
	EXPECT_EQ(-EFAULT, number(fault.text, "error"));
	EXPECT_EQ(EDGETPU_STATUS_BAD_REGION, number(fault.text, "status"));
	EXPECT_EQ(status.fault, number(fault.text, "status"));
	EXPECT_EQ(status.fault_engine, number(fault.text, "engine"));
	EXPECT_EQ(1, number(fault.text, "command"));
	EXPECT_EQ(status.fault_va, number(fault.text, "va"));
	EXPECT_EQ(-EFAULT, number(done.text, "error"));
	EXPECT_EQ(EDGETPU_STATUS_BAD_REGION, number(done.text, "status"));
}

TEST_F(trace, tells_who_waits_for_whom)
{
	struct tpu_client *c = &self->client;
	struct drm_edgetpu_sync_op signal = { .flags = DRM_EDGETPU_SYNC_SIGNAL }, wait = { };
	const uint32_t first = c->queue;
	struct seen submit, depend;
	uint32_t second;

	ASSERT_EQ(0, tpu_syncobj_new(c->fd, &signal.handle));
	wait.handle = signal.handle;
	ASSERT_EQ(0, tpu_queue_new(c->fd, DRM_EDGETPU_PRIORITY_NORMAL, &second));
	tpu_client_make_slow(c, 600);
	ASSERT_EQ(0, tpu_client_submit(c, &signal, 1));
	submit = last_of(self->id, "submit", NULL);
	EXPECT_EQ(0, last_of(self->id, "depend", NULL).count);
	c->queue = second;
	ASSERT_EQ(0, tpu_client_submit(c, &wait, 1));
	depend = last_of(self->id, "depend", NULL);
	check_job(_metadata, self, &depend);
	EXPECT_LT(0, number(depend.text, "on_context"));
	EXPECT_EQ(number(submit.text, "fence_context"), number(depend.text, "on_context"));
	EXPECT_EQ(number(submit.text, "seqno"), number(depend.text, "on_seqno"));
	ASSERT_EQ(0, tpu_queue_free(c->fd, first));
}

/* Jobs that are cancelled end as well, those that never ran without a word of the device. */
TEST_F(trace, tells_of_the_end_of_cancelled_jobs)
{
	struct tpu_client *c = &self->client;

	ASSERT_EQ(0, tpu_client_make_endless(c));
	for (int i = 0; i < 20; i++)
		ASSERT_EQ(0, tpu_client_submit(c, NULL, 0));
	EXPECT_EQ(20, last_of(self->id, "submit", NULL).count);
	EXPECT_EQ(0, last_of(self->id, "done", NULL).count);
	ASSERT_EQ(0, tpu_queue_free(c->fd, c->queue));
	EXPECT_EQ(1, wait_for(self->id, "done", " seqno=20 ").count);
	EXPECT_EQ(20, last_of(self->id, "done", NULL).count);
	EXPECT_EQ(20, last_of(self->id, "done", " error=-125 ").count);
	EXPECT_EQ(1, last_of(self->id, "done", " seqno=20 job").count);
	EXPECT_EQ(-1, number(last_of(self->id, "done", " seqno=20 ").text, "status"));
	EXPECT_EQ(0, last_of(self->id, "fault", NULL).count);
}

TEST_F(trace, tells_what_a_client_is_charged)
{
	struct tpu_client *c = &self->client;
	struct seen before = last_of(self->id, "memory", NULL), after;
	const uint64_t bytes = 1 << 20;
	struct tpu_bo bo;

	EXPECT_LT(0, before.count);
	EXPECT_EQ(tpu_fdinfo(c->fd, "edgetpu-charged-memory"),
		  number(before.text, "charged") / 1024);
	ASSERT_EQ(0, tpu_bo_new(c->fd, bytes, &bo));
	memset(bo.map, 1, bytes);
	after = last_of(self->id, "memory", NULL);
	EXPECT_LE(bytes, number(after.text, "bytes"));
	EXPECT_LE(number(before.text, "charged") + bytes, number(after.text, "charged"));
	EXPECT_EQ(tpu_fdinfo(c->fd, "edgetpu-charged-memory"),
		  number(after.text, "charged") / 1024);
	tpu_bo_free(c->fd, &bo);
	after = last_of(self->id, "memory", NULL);
	EXPECT_EQ(number(before.text, "charged"), number(after.text, "charged"));
	tpu_client_close(c);
	EXPECT_EQ(1, wait_for(self->id, "memory", " charged=0\n").count);
	ASSERT_EQ(0, tpu_client_open(c, 1));
}

/* Somebody resets the function under a job with another behind it: that one runs again. */
TEST_F(trace, tells_of_resets)
{
	struct tpu_client *c = &self->client;
	const int reset = tpu_pci_open(c->fd, "reset", O_WRONLY);
	struct seen seen;

	if (reset < 0)
		SKIP(return, "the function cannot be reset from here");
	ASSERT_EQ(0, tpu_client_make_endless(c));
	ASSERT_EQ(0, tpu_client_submit(c, NULL, 0));
	c->job.num_commands = 1;
	ASSERT_EQ(0, tpu_client_submit(c, NULL, 0));
	EXPECT_EQ(1, wait_for(self->id, "run", " seqno=2 ").count);
	usleep(300000);
	ASSERT_EQ(1, write(reset, "1", 1));
	close(reset);
	EXPECT_EQ(1, last_of(0, "reset", " begin=1 ").count);
	seen = last_of(0, "reset", " begin=0 ");
	EXPECT_EQ(1, seen.count);
	EXPECT_NE(NULL, strstr(seen.text, self->device));
	EXPECT_NE(NULL, strstr(seen.text, " reason=function "));
	EXPECT_EQ(0, number(seen.text, "error"));
	EXPECT_EQ(tpu_debugfs("status", "resets"), number(seen.text, "resets"));
	EXPECT_EQ(1, wait_for(self->id, "done", " error=0 ").count);
	EXPECT_EQ(2, last_of(self->id, "run", " seqno=2 ").count);
	EXPECT_EQ(2, last_of(self->id, "bind", NULL).count);
	EXPECT_EQ(1, wait_for(self->id, "done", " error=-125 ").count);
}

/* With more long jobs than contexts some are parked, and go on where they were. */
TEST_F(trace, tells_of_jobs_that_give_way)
{
	struct tpu_client crowd[CROWD];
	struct seen parked, on;
	char job[64];

	if (tpu_reach() / (8 << 20) < CROWD + 4)
		SKIP(return, "the device does not reach enough memory");
	for (int i = 0; i < CROWD; i++) {
		ASSERT_EQ(0, tpu_client_open(&crowd[i], i));
		tpu_client_make_slow(&crowd[i], 5000);
	}
	for (int i = 0; i < CROWD; i++)
		ASSERT_EQ(0, tpu_client_submit(&crowd[i], NULL, 0));
	on = wait_for(0, "slice", " parked=0 ");
	ASSERT_LT(0, on.count);
	snprintf(job, sizeof(job), " job=%lld area", number(on.text, "job"));
	parked = last_of(0, "slice", job);
	EXPECT_LE(2, parked.count);
	EXPECT_LT(0, last_of(number(on.text, "client"), "slice", " parked=1 ").count);
	EXPECT_GT(EDGETPU_MAX_SAVE_AREAS, number(on.text, "area"));
	EXPECT_LE(0, number(on.text, "area"));
	EXPECT_EQ(0, number(on.text, "survived"));
	/* It has been in a ring twice, and left one between. */
	EXPECT_LE(2, last_of(number(on.text, "client"), "run", NULL).count);
	EXPECT_LE(2, last_of(number(on.text, "client"), "bind", NULL).count);
	EXPECT_LE(1, last_of(number(on.text, "client"), "unbind", NULL).count);
	for (int i = 0; i < CROWD; i++)
		tpu_client_close(&crowd[i]);
}

/* --- many jobs --- */

enum kind {
	GOOD,		/* all jobs are done */
	FAULTS,		/* one of each batch faults */
	CANCELLED,	/* the queue goes when they have been submitted */
	LOW,		/* of low priority */
};

struct worker {
	pthread_t thread;
	enum kind kind;
	struct tpu_client client;
	struct drm_edgetpu_region faulty[3];
	long id;
	int failed, submitted;
};

static int do_round(struct worker *w)
{
	struct tpu_client *c = &w->client;
	struct drm_edgetpu_job jobs[BATCH];
	struct drm_edgetpu_job_status status;
	uint32_t queue;
	int ret;

	ret = tpu_queue_new(c->fd, w->kind == LOW ? DRM_EDGETPU_PRIORITY_LOW :
						    DRM_EDGETPU_PRIORITY_NORMAL, &queue);
	if (ret)
		return ret;
	for (int i = 0; i < BATCH; i++) {
		jobs[i] = c->job;
		if (w->kind == FAULTS && i == FAULTY)
			jobs[i].regions.array = (uintptr_t)w->faulty;
	}
	ret = tpu_submit(c->fd, queue, jobs, BATCH);
	if (!ret)
		w->submitted += BATCH;
	if (!ret && w->kind != CANCELLED)
		ret = tpu_job_wait(c->fd, queue, jobs[BATCH - 1].seqno, 300, &status);
	return ret ? ret : tpu_queue_free(c->fd, queue);
}

static void *work(void *data)
{
	struct worker *w = data;

	for (int i = 0; i < ROUNDS && !w->failed; i++)
		w->failed = do_round(w);
	return NULL;
}

/**
 * struct fate - of a job, by its id
 * @submitted: events of the kind
 * @run: the same
 * @faults: the same
 * @done: the same
 * @error: of its end
 * @disorder: of its events one came before one that it follows, or says otherwise who it is
 * @client: who
 * @pid: of which process
 * @queue: on which queue
 * @seqno: as what
 */
struct fate {
	int submitted, run, faults, done, error, disorder;
	long long client, pid, queue, seqno;
};

/**
 * struct count - of all jobs
 * @fates: JOBS of them
 * @submitted: jobs
 * @done: of them, without an error
 * @failed: with one
 */
struct count {
	struct fate *fates;
	int submitted, done, failed;
};

static void see_job(void *data, const char *event, const char *text)
{
	struct count *count = data;
	const long long job = number(text, "job");
	struct fate *f = &count->fates[job % JOBS];

	if (job < 0)
		return;
	if (!strcmp(event, "submit")) {
		f->disorder |= f->submitted++ || f->run || f->done;
		f->client = number(text, "client");
		f->pid = number(text, "pid");
		f->queue = number(text, "queue");
		f->seqno = number(text, "seqno");
		count->submitted++;
		return;
	}
	f->disorder |= !f->submitted || f->done || f->client != number(text, "client") ||
		       f->pid != number(text, "pid") || f->queue != number(text, "queue") ||
		       f->seqno != number(text, "seqno");
	if (!strcmp(event, "run")) {
		f->run++;
	} else if (!strcmp(event, "fault")) {
		f->faults++;
	} else if (!strcmp(event, "done")) {
		f->done++;
		f->error = number(text, "error");
		/* The last jobs of a test before may end in this one. */
		count->done += f->submitted && !f->error;
		count->failed += f->submitted && f->error < 0;
	}
}

/* Once all have ended: those of killed queues do soon */
static void count_jobs(struct count *count)
{
	for (int i = 0; i < 100; i++) {
		memset(count->fates, 0, JOBS * sizeof(*count->fates));
		count->submitted = count->done = count->failed = 0;
		trace_read(see_job, count);
		if (count->submitted <= count->done + count->failed)
			return;
		usleep(100000);
	}
}

static void check_jobs(struct __test_metadata *_metadata, const struct count *count,
		       const struct worker *w)
{
	int done = 0, faults = 0, cancelled = 0, without = 0;

	for (int i = 0; i < JOBS; i++) {
		const struct fate *f = &count->fates[i];

		if (f->client != w->id)
			continue;
		EXPECT_EQ(0, f->disorder);
		EXPECT_EQ(1, f->done);
		EXPECT_EQ(getpid(), f->pid);
		EXPECT_EQ(f->error == -EFAULT, f->faults);
		done += !f->error;
		faults += f->error == -EFAULT;
		cancelled += f->error == -ECANCELED;
		without += !f->error && !f->run;
	}
	EXPECT_EQ(0, without);
	EXPECT_EQ(w->submitted, done + faults + cancelled);
	EXPECT_EQ(w->kind == FAULTS ? ROUNDS : 0, faults);
	EXPECT_EQ(w->kind == FAULTS || w->kind == CANCELLED, cancelled > 0);
	EXPECT_TRUE(w->kind == CANCELLED ||
		    done == (w->kind == FAULTS ? ROUNDS * FAULTY : w->submitted));
}

TEST_F(trace, has_an_end_for_every_job)
{
	struct worker workers[CLIENTS] = { };
	struct count count = { .fates = calloc(JOBS, sizeof(*count.fates)) };
	int submitted = 0;

	ASSERT_NE(NULL, count.fates);
	ASSERT_EQ(0, trace_write("events/edgetpu/edgetpu_memory/enable", "0"));
	for (int i = 0; i < CLIENTS; i++) {
		struct worker *w = &workers[i];
		struct edgetpu_command *command;

		w->kind = i;
		ASSERT_EQ(0, tpu_client_open(&w->client, i));
		w->id = tpu_fdinfo(w->client.fd, "drm-client-id");
		memcpy(w->faulty, w->client.regions, sizeof(w->faulty));
		w->faulty[0].va += 16 * EDGETPU_COMMAND_SIZE;
		w->faulty[0].size = 2 * EDGETPU_COMMAND_SIZE;
		command = (struct edgetpu_command *)w->client.commands.map + 16;
		tpu_cmd_fill(&command[0], 0, 64, 0);
		tpu_cmd_store(&command[1], 5, 0, 0, 64);
		ASSERT_EQ(0, pthread_create(&w->thread, NULL, work, w));
	}
	for (int i = 0; i < CLIENTS; i++) {
		pthread_join(workers[i].thread, NULL);
		EXPECT_EQ(0, workers[i].failed);
		EXPECT_EQ(ROUNDS * BATCH, workers[i].submitted);
		submitted += workers[i].submitted;
	}
	count_jobs(&count);
	EXPECT_LT(10000, submitted);
	EXPECT_EQ(submitted, count.submitted);
	EXPECT_EQ(submitted, count.done + count.failed);
	for (int i = 0; i < CLIENTS; i++) {
		check_jobs(_metadata, &count, &workers[i]);
		tpu_client_close(&workers[i].client);
	}
	free(count.fates);
}

TEST_HARNESS_MAIN
