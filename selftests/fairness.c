// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who gets how much of the device, by the model cycles that fdinfo and JOB_STATUS tell.
 * Clients are processes that always have more jobs queued than they are served.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "edgetpu_selftest.h"
#include "edgetpu_sysfs.h"
#include "kselftest_harness.h"

#define TOLERANCE	10	/* per cent of a fair share */
#define MAX_CLIENTS	16

/*
 * What jobs are made of fills a megabyte eight times, which is 2^17 cycles, and rescales
 * half of it, which is next to nothing, but takes the model long: an emulated processor
 * is to keep all queues full meanwhile. Little of SRAM is used, so that it is saved soon.
 */
#define BYTES		(1 << 20)
#define TIMES		8
/* A turn, as Documentation/firmware.rst has it */
#define SLICE_CYCLES	(1l << 21)
/* So many of these make a job a little shorter than that, a short one, one of several slices */
#define ABOUT_A_SLICE	14
#define SHORT		3
#define SLICES		50
/* How far ahead the highest priority may get before it is held to its share */
#define CREDIT_CYCLES	(1l << 26)

/**
 * struct sample - what a client has had
 * @clock: model time
 * @cycles: of its jobs that had ended by then
 */
struct sample {
	uint32_t clock;
	long cycles;
};

/**
 * struct rival - a client, and the process that works for it
 * @client: its file; the process has it too
 * @queues: its queues
 * @num_queues: how many
 * @weight: its share is in proportion to that
 * @child: the process
 * @ready: a pipe through which it says that its queues are full
 * @first: what it had when the count began
 * @last: and when it was last looked at
 * @rate: of the device's cycles between the two, its part
 */
struct rival {
	struct tpu_client client;
	uint32_t queues[DRM_EDGETPU_MAX_QUEUES];
	unsigned int num_queues;
	unsigned int weight;
	pid_t child;
	int ready[2];
	struct sample first;
	struct sample last;
	double rate;
};

FIXTURE(fairness) {
	struct rival rival[MAX_CLIENTS];
	unsigned int count;
	const volatile uint32_t *bar;
	struct tpu_bo commands;		/* of the longest job there may be; the first one's */
};

FIXTURE_SETUP(fairness)
{
	memset(self, 0, sizeof(*self));
}

FIXTURE_TEARDOWN(fairness)
{
	for (unsigned int i = 0; i < self->count; i++) {
		struct rival *r = &self->rival[i];

		if (r->child > 0) {
			kill(r->child, SIGKILL);
			waitpid(r->child, NULL, 0);
		}
		if (!i)
			tpu_bo_free(r->client.fd, &self->commands);
		tpu_client_close(&r->client);
	}
}

static void make_jobs(struct tpu_client *c, unsigned int units)
{
	struct edgetpu_command *command = c->commands.map;

	for (unsigned int i = 0; i < units; i++, command += 2) {
		tpu_cmd_fill(&command[0], 0, BYTES, i);
		command[0].u.copy.n1 = TIMES;
		memset(&command[1], 0, sizeof(command[1]));
		command[1].opcode = EDGETPU_OP_RESCALE;
		command[1].u.elementwise.out = BYTES / 2;
		command[1].u.elementwise.len = BYTES / 2;
		command[1].u.elementwise.n = 1;
		command[1].u.elementwise.multiplier[0] = 1 << 30;
		command[1].u.elementwise.act_min = -128;
		command[1].u.elementwise.act_max = 127;
	}
	c->job.num_commands = 2 * units;
}

/* Another client, whose jobs have that many units */
static struct rival *add(struct __test_metadata *_metadata, struct _test_data_fairness *self,
			 unsigned int units, unsigned int queues, uint32_t priority)
{
	static const unsigned int weights[] = { 1, 8, 64 };
	struct rival *r = &self->rival[self->count];

	ASSERT_EQ(0, tpu_client_open(&r->client, self->count));
	self->count++;
	ASSERT_EQ(0, tpu_queue_free(r->client.fd, r->client.queue));
	for (unsigned int q = 0; q < queues; q++)
		ASSERT_EQ(0, tpu_queue_new(r->client.fd, priority, &r->queues[q]));
	r->num_queues = queues;
	r->client.queue = r->queues[0];
	if (!self->bar)
		self->bar = tpu_bar0(r->client.fd, false);
	ASSERT_NE(NULL, self->bar);
	r->weight = weights[priority];
	make_jobs(&r->client, units);
	return r;
}

/* Keeps all queues full: SUBMIT waits while one is. */
static void work(struct rival *r)
{
	const unsigned int full = DRM_EDGETPU_MAX_UNFINISHED / 8 * r->num_queues;
	struct drm_edgetpu_job jobs[8];

	for (unsigned int i = 0; i < 8; i++)
		jobs[i] = r->client.job;
	for (unsigned int i = 0;; i++) {
		if (i == full && write(r->ready[1], "", 1) != 1)
			_exit(1);
		if (tpu_submit(r->client.fd, r->queues[i % r->num_queues], jobs, 8))
			_exit(2);
	}
}

static void start(struct __test_metadata *_metadata, struct rival *r)
{
	ASSERT_EQ(0, pipe(r->ready));
	r->child = fork();
	ASSERT_LE(0, r->child);
	if (!r->child)
		work(r);
	close(r->ready[1]);
}

static void wait_until_full(struct __test_metadata *_metadata, struct rival *r)
{
	char c;

	ASSERT_EQ(1, read(r->ready[0], &c, 1));
	close(r->ready[0]);
}

static uint32_t now(const struct _test_data_fairness *self)
{
	return self->bar[EDGETPU_REG_CYCLES_LO / 4];
}

/* Whoever looks may be kept waiting at any moment: then he looks again. */
static struct sample look(const struct _test_data_fairness *self, const struct rival *r)
{
	struct sample s;
	uint32_t before;

	do {
		before = now(self);
		s.cycles = tpu_fdinfo(r->client.fd, "drm-cycles-vector");
		s.clock = now(self);
	} while (s.clock - before > SLICE_CYCLES);
	return s;
}

/* How much more than its share @b tells than @a */
static double lead(const struct rival *r, unsigned int weights, struct sample a, struct sample b)
{
	return (double)(b.cycles - a.cycles) * weights / r->weight - (int32_t)(b.clock - a.clock);
}

/*
 * An interrupt may come long after the job's end where others keep the machine busy, so
 * what is told can be late, but never early: of the looks in some time that one counts
 * that tells most.
 */
static void look_for(struct _test_data_fairness *self, unsigned int weights, bool first,
		     uint32_t cycles)
{
	const uint32_t begin = now(self);

	for (unsigned int i = 0; i < self->count; i++)
		self->rival[i].last = look(self, &self->rival[i]);
	do {
		usleep(5000);
		for (unsigned int i = 0; i < self->count; i++) {
			struct rival *r = &self->rival[i];
			const struct sample s = look(self, r);

			if (lead(r, weights, r->last, s) > 0)
				r->last = s;
		}
	} while (now(self) - begin < cycles);
	for (unsigned int i = 0; first && i < self->count; i++)
		self->rival[i].first = self->rival[i].last;
}

static void pass(const struct _test_data_fairness *self, uint32_t cycles)
{
	for (const uint32_t begin = now(self); now(self) - begin < cycles; )
		usleep(10000);
}

/* All at work: after @settle cycles the next @window are theirs by their weights. */
static void compete(struct __test_metadata *_metadata, struct _test_data_fairness *self,
		    long settle, long window)
{
	unsigned int weights = 0;
	double all = 0;

	for (unsigned int i = 0; i < self->count; i++) {
		weights += self->rival[i].weight;
		start(_metadata, &self->rival[i]);
	}
	for (unsigned int i = 0; i < self->count; i++)
		wait_until_full(_metadata, &self->rival[i]);
	pass(self, settle);
	look_for(self, weights, true, window / 10);
	pass(self, window - window / 10);
	look_for(self, weights, false, window / 10);

	for (unsigned int i = 0; i < self->count; i++) {
		struct rival *r = &self->rival[i];

		r->rate = (double)(r->last.cycles - r->first.cycles) /
			  (uint32_t)(r->last.clock - r->first.clock);
		all += r->rate;
	}
	for (unsigned int i = 0; i < self->count; i++) {
		struct rival *r = &self->rival[i];
		const int share = 100 * r->rate / all * weights / r->weight + 0.5;

		TH_LOG("client %2u: %10ld cycles, %3d %% of its share", i,
		       r->last.cycles - r->first.cycles, share);
		EXPECT_LE(100 - TOLERANCE, share);
		EXPECT_GE(100 + TOLERANCE, share);
		EXPECT_EQ(0, waitpid(r->child, NULL, WNOHANG));
	}
}

/* What each of @clients needs, so that the jobs at both ends of the count are few of all */
static long window(unsigned int clients, unsigned int units)
{
	return clients * (units < ABOUT_A_SLICE ? 16 : 30) * SLICE_CYCLES;
}

static void equals(struct __test_metadata *_metadata, struct _test_data_fairness *self,
		   unsigned int clients, unsigned int units)
{
	for (unsigned int i = 0; i < clients; i++)
		add(_metadata, self, units, 1, DRM_EDGETPU_PRIORITY_NORMAL);
	compete(_metadata, self, 0, window(clients, units));
}

TEST_F(fairness, one_client_has_all)
{
	equals(_metadata, self, 1, ABOUT_A_SLICE);
}

TEST_F(fairness, four_clients_with_jobs_of_about_a_slice)
{
	equals(_metadata, self, 4, ABOUT_A_SLICE);
}

TEST_F(fairness, sixteen_clients_with_jobs_of_about_a_slice)
{
	equals(_metadata, self, 16, ABOUT_A_SLICE);
}

TEST_F(fairness, four_clients_with_short_jobs)
{
	equals(_metadata, self, 4, SHORT);
}

TEST_F(fairness, sixteen_clients_with_short_jobs)
{
	equals(_metadata, self, 16, SHORT);
}

TEST_F(fairness, of_clients_whose_jobs_differ_in_length)
{
	static const unsigned int units[] = { SHORT, 8, ABOUT_A_SLICE, SLICES };

	for (unsigned int i = 0; i < 4; i++)
		add(_metadata, self, units[i], 1, DRM_EDGETPU_PRIORITY_NORMAL);
	compete(_metadata, self, 0, window(6, ABOUT_A_SLICE));
}

TEST_F(fairness, one_queue_against_fifteen)
{
	add(_metadata, self, ABOUT_A_SLICE, 1, DRM_EDGETPU_PRIORITY_NORMAL);
	add(_metadata, self, ABOUT_A_SLICE, 15, DRM_EDGETPU_PRIORITY_NORMAL);
	compete(_metadata, self, 0, window(2, ABOUT_A_SLICE));
}

TEST_F(fairness, one_queue_with_short_jobs_against_fifteen_with_long_ones)
{
	add(_metadata, self, SHORT, 1, DRM_EDGETPU_PRIORITY_NORMAL);
	add(_metadata, self, SLICES, 15, DRM_EDGETPU_PRIORITY_NORMAL);
	compete(_metadata, self, 0, window(6, ABOUT_A_SLICE));
}

TEST_F(fairness, low_priority_has_an_eighth_of_what_normal_has)
{
	add(_metadata, self, SHORT, 1, DRM_EDGETPU_PRIORITY_LOW);
	add(_metadata, self, SHORT, 1, DRM_EDGETPU_PRIORITY_NORMAL);
	compete(_metadata, self, 0, 9 * window(1, SHORT));
}

/* The highest goes first, until it has had its credit. */
TEST_F(fairness, high_priority_has_eight_times_what_normal_has)
{
	add(_metadata, self, 2 * SHORT, 1, DRM_EDGETPU_PRIORITY_HIGH);
	add(_metadata, self, 2 * SHORT, 1, DRM_EDGETPU_PRIORITY_NORMAL);
	compete(_metadata, self, 2 * CREDIT_CYCLES, 9 * window(1, SHORT));
}

/* --- the longest jobs there are ------------------------------------------------------- */

/* Another client, with the longest job there may be: of commands that take next to nothing. */
static struct rival *add_longest(struct __test_metadata *_metadata,
				 struct _test_data_fairness *self, unsigned int queues)
{
	const uint64_t bytes = (uint64_t)EDGETPU_MAX_COMMANDS * EDGETPU_COMMAND_SIZE;
	struct rival *r = add(_metadata, self, 1, queues, DRM_EDGETPU_PRIORITY_NORMAL);
	struct drm_prime_handle prime = { .flags = DRM_CLOEXEC };
	struct edgetpu_command *commands;

	if (self->count == 1) {
		ASSERT_EQ(0, tpu_bo_new(r->client.fd, bytes, &self->commands));
		commands = self->commands.map;
		tpu_cmd_fill(commands, 0, 64, 1);
		for (unsigned int i = 1; i < EDGETPU_MAX_COMMANDS; i++)
			commands[i] = commands[0];
		prime.handle = self->commands.handle;
	} else {
		prime.handle = self->commands.handle;
		ASSERT_EQ(0, tpu_ioctl(self->rival[0].client.fd, DRM_IOCTL_PRIME_HANDLE_TO_FD,
				       &prime));
		ASSERT_EQ(0, tpu_ioctl(r->client.fd, DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime));
		close(prime.fd);
	}
	ASSERT_EQ(0, tpu_unbind(r->client.fd, TPU_VA_COMMANDS, r->client.commands.size));
	ASSERT_EQ(0, tpu_bind(r->client.fd, prime.handle, TPU_VA_COMMANDS, bytes,
			      DRM_EDGETPU_VM_BIND_COMMAND));
	r->client.regions[0].size = bytes;
	r->client.job.num_commands = EDGETPU_MAX_COMMANDS;
	return r;
}

static uint64_t submit(struct __test_metadata *_metadata, struct rival *r, unsigned int queue)
{
	r->client.queue = r->queues[queue];
	EXPECT_EQ(0, tpu_client_submit(&r->client, NULL, 0));
	return r->client.job.seqno;
}

/* Cycles from the beginning of a job to its end, others' turns among them */
static uint64_t cycles_of(struct __test_metadata *_metadata, struct rival *r, unsigned int queue,
			  uint64_t seqno)
{
	struct drm_edgetpu_job_status status = { 0 };

	EXPECT_EQ(0, tpu_job_wait(r->client.fd, r->queues[queue], seqno, 300, &status));
	EXPECT_EQ(DRM_EDGETPU_JOB_DONE, status.state);
	return status.cycles;
}

/* @cycles of a job that takes @alone by itself, and has one of @shares of the device */
static void expect_share(struct __test_metadata *_metadata, uint64_t cycles, uint64_t alone,
			 unsigned int shares)
{
	TH_LOG("%llu cycles, %llu per mille of %u times what it takes alone",
	       (unsigned long long)cycles,
	       (unsigned long long)(1000 * cycles / (shares * alone)), shares);
	EXPECT_LE(shares * alone / 100 * (100 - TOLERANCE), cycles);
	EXPECT_GE(shares * alone / 100 * (100 + TOLERANCE), cycles);
}

/* All are at work at once, which takes the driver some memory; then they begin at once. */
static void warm_up(struct __test_metadata *_metadata, struct _test_data_fairness *self)
{
	for (int tries = 0; tries < 50 && tpu_debugfs("status", "save areas") <= self->count;
	     tries++) {
		for (unsigned int i = 0; i < self->count; i++) {
			self->rival[i].client.job.num_commands = EDGETPU_MAX_COMMANDS / 32;
			submit(_metadata, &self->rival[i], 0);
			self->rival[i].client.job.num_commands = EDGETPU_MAX_COMMANDS;
		}
		for (unsigned int i = 0; i < self->count; i++)
			cycles_of(_metadata, &self->rival[i], 0,
				  self->rival[i].client.job.seqno);
	}
}

/* Each has one job, and all submit at once. */
static void equals_with_the_longest(struct __test_metadata *_metadata,
				    struct _test_data_fairness *self, unsigned int clients)
{
	uint64_t alone;

	for (unsigned int i = 0; i < clients; i++)
		add_longest(_metadata, self, 1);
	warm_up(_metadata, self);
	alone = cycles_of(_metadata, &self->rival[0], 0, submit(_metadata, &self->rival[0], 0));
	EXPECT_LE(16 * SLICE_CYCLES, alone);
	for (unsigned int i = 0; i < clients; i++)
		submit(_metadata, &self->rival[i], 0);
	for (unsigned int i = 0; i < clients; i++) {
		struct rival *r = &self->rival[i];

		expect_share(_metadata, cycles_of(_metadata, r, 0, r->client.job.seqno), alone,
			     clients);
	}
}

TEST_F(fairness, of_four_clients_with_the_longest_jobs)
{
	equals_with_the_longest(_metadata, self, 4);
}

TEST_F(fairness, of_sixteen_clients_with_the_longest_jobs)
{
	equals_with_the_longest(_metadata, self, 16);
}

TEST_F(fairness, one_queue_against_fifteen_with_the_longest_jobs)
{
	struct rival *one = add_longest(_metadata, self, 1);
	struct rival *many = add_longest(_metadata, self, 15);
	uint64_t alone;

	warm_up(_metadata, self);
	alone = cycles_of(_metadata, one, 0, submit(_metadata, one, 0));
	for (unsigned int q = 0; q < 15; q++)
		submit(_metadata, many, q);
	expect_share(_metadata, cycles_of(_metadata, one, 0, submit(_metadata, one, 0)), alone, 2);
	for (unsigned int q = 0; q < 15; q++)
		EXPECT_EQ(0, tpu_queue_free(many->client.fd, many->queues[q]));
}

static int compare(const void *a, const void *b)
{
	return *(const int32_t *)a - *(const int32_t *)b;
}

/*
 * From before SUBMIT to after the wait, less what the job itself takes: the processor's
 * part is in it, which the model's clock passes over at the model's pace.
 */
TEST_F(fairness, high_priority_overtakes_the_longest_job_within_a_slice)
{
	enum { ROUNDS = 15 };
	struct rival *hog = add_longest(_metadata, self, 1);
	struct tpu_client *c = &add(_metadata, self, 1, 1, DRM_EDGETPU_PRIORITY_HIGH)->client;
	const volatile uint32_t *clock = &self->bar[EDGETPU_REG_CYCLES_LO / 4];
	struct drm_edgetpu_job_status status;
	int32_t late[ROUNDS];

	for (unsigned int i = 0; i < ROUNDS; i++) {
		const uint64_t seqno = submit(_metadata, hog, 0);
		uint32_t start;

		usleep(50000 + 1000 * i);
		start = *clock;
		EXPECT_EQ(0, tpu_client_submit(c, NULL, 0));
		do {
			status = (struct drm_edgetpu_job_status){ .queue_id = c->queue,
								  .seqno = c->job.seqno };
			EXPECT_EQ(0, tpu_ioctl(c->fd, DRM_IOCTL_EDGETPU_JOB_STATUS, &status));
		} while (status.state == DRM_EDGETPU_JOB_PENDING);
		late[i] = *clock - start - status.cycles;
		status = (struct drm_edgetpu_job_status){ .queue_id = hog->queues[0],
							  .seqno = seqno };
		EXPECT_EQ(0, tpu_ioctl(hog->client.fd, DRM_IOCTL_EDGETPU_JOB_STATUS, &status));
		EXPECT_EQ(DRM_EDGETPU_JOB_PENDING, status.state);
		cycles_of(_metadata, hog, 0, seqno);
	}
	qsort(late, ROUNDS, sizeof(late[0]), compare);
	TH_LOG("overtaken after %d to %d cycles, %d in the middle; a slice has %ld", late[0],
	       late[ROUNDS - 1], late[ROUNDS / 2], SLICE_CYCLES);
	EXPECT_GE(SLICE_CYCLES, late[ROUNDS / 2]);
}

TEST_HARNESS_MAIN
