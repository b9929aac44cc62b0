// SPDX-License-Identifier: GPL-2.0-only
/* What jobs have had of the device, while they run and afterwards. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "edgetpu_hw.h"
#include "edgetpu_selftest.h"
#include "edgetpu_sysfs.h"
#include "kselftest_harness.h"

#define VECTOR	EDGETPU_ENGINE_VECTOR
/* Commands of some 131,000 cycles each: about ten turns */
#define SLOW	160

static int counters(int fd, uint32_t queue, struct drm_edgetpu_counters *c)
{
	memset(c, 0, sizeof(*c));
	c->queue_id = queue;
	return tpu_ioctl(fd, DRM_IOCTL_EDGETPU_COUNTERS, c);
}

static uint64_t host_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* No job of @c is left. */
static int cancel_jobs(struct tpu_client *c)
{
	const int ret = tpu_queue_free(c->fd, c->queue);

	for (int i = 0; i < 6000 && tpu_fdinfo(c->fd, "edgetpu-jobs-unfinished"); i++)
		usleep(10000);
	return ret;
}

FIXTURE(counters) {
	struct tpu_client client;
};

FIXTURE_SETUP(counters)
{
	ASSERT_EQ(0, tpu_client_open(&self->client, 1));
}

FIXTURE_TEARDOWN(counters)
{
	tpu_client_close(&self->client);
}

/* Before it ends, again and again, and never back; of the host's time no more than went by. */
TEST_F(counters, grow_while_a_job_runs)
{
	struct drm_edgetpu_counters last, c;
	struct tpu_client *client = &self->client;
	const uint64_t start = host_ns();
	unsigned int grown = 0;
	long told = 0, now;

	ASSERT_EQ(0, tpu_client_make_endless(client));
	ASSERT_EQ(0, counters(client->fd, 0, &last));
	ASSERT_EQ(0, tpu_client_submit(client, NULL, 0));
	while (grown < 10) {
		usleep(10000);
		now = tpu_fdinfo(client->fd, "drm-cycles-vector");
		ASSERT_LE(told, now);
		told = now;
		ASSERT_EQ(0, counters(client->fd, client->queue, &c));
		ASSERT_LE(told, c.busy[VECTOR]);
		ASSERT_LE(last.used, c.used);
		ASSERT_LE(last.busy[VECTOR], c.busy[VECTOR]);
		ASSERT_LE(last.busy_ns[VECTOR], c.busy_ns[VECTOR]);
		ASSERT_LE(c.busy[VECTOR], c.used);
		ASSERT_LE(c.busy_ns[VECTOR], c.used_ns);
		ASSERT_LE(c.used_ns, host_ns() - start);
		grown += c.busy[VECTOR] > last.busy[VECTOR] && c.busy_ns[VECTOR] > last.busy_ns[VECTOR];
		last = c;
	}
	EXPECT_EQ(0, c.jobs_done + c.jobs_failed);
	EXPECT_EQ(1, tpu_fdinfo(client->fd, "edgetpu-jobs-unfinished"));
	ASSERT_EQ(0, tpu_client_submit(client, NULL, 0));
	EXPECT_EQ(2, tpu_fdinfo(client->fd, "edgetpu-jobs-unfinished"));
	EXPECT_LE(1, tpu_fdinfo(client->fd, "drm-engine-vector"));
	EXPECT_LE(told, tpu_fdinfo(client->fd, "drm-total-cycles-vector"));
	/* what it had stays its client's when it is cancelled */
	ASSERT_EQ(0, cancel_jobs(client));
	EXPECT_EQ(0, tpu_fdinfo(client->fd, "edgetpu-jobs-unfinished"));
	ASSERT_EQ(0, counters(client->fd, 0, &c));
	EXPECT_LE(last.used, c.used);
	EXPECT_LE(last.busy[VECTOR], c.busy[VECTOR]);
	EXPECT_EQ(2, c.jobs_failed);
}

/* A job's numbers are those of its queue, if it was the only one, and of the file. */
TEST_F(counters, are_sums_of_jobs)
{
	struct tpu_client *client = &self->client;
	struct drm_edgetpu_job_status s;
	struct drm_edgetpu_counters c, file;
	uint32_t other;

	ASSERT_EQ(0, tpu_client_copy(client));
	ASSERT_EQ(0, tpu_job_wait(client->fd, client->queue, 1, 10, &s));
	ASSERT_EQ(0, counters(client->fd, client->queue, &c));
	EXPECT_EQ(1, c.jobs_done);
	EXPECT_EQ(0, c.jobs_failed);
	EXPECT_EQ(s.used, c.used);
	EXPECT_EQ(s.instructions, c.instructions);
	EXPECT_EQ(s.energy_pj, c.energy_pj);
	EXPECT_EQ(s.bytes_read, c.bytes_read);
	EXPECT_EQ(s.bytes_written, c.bytes_written);
	EXPECT_EQ(s.tlb_misses, c.tlb_misses);
	EXPECT_EQ(0, s.switching);
	EXPECT_EQ(1, s.turns);
	for (int e = 0; e < 4; e++) {
		EXPECT_EQ(s.busy[e], c.busy[e]);
		EXPECT_EQ(s.stalled[e], c.stalled[e]);
	}
	/* the copy, its commands and descriptor; and what the host was told */
	EXPECT_EQ(TPU_DATA_SIZE + client->num_commands * EDGETPU_COMMAND_SIZE +
		  sizeof(struct edgetpu_job), s.bytes_read);
	EXPECT_LE(TPU_DATA_SIZE, s.bytes_written);
	EXPECT_EQ(0, s.bytes_written % 64);
	EXPECT_LT(s.bytes_written, TPU_DATA_SIZE + 4 * 64);
	EXPECT_LE(64ull * 2 * TPU_DATA_SIZE, s.energy_pj);
	EXPECT_LE(s.used, s.cycles);
	EXPECT_LE(3, s.tlb_misses);
	/* the store waits for the load */
	EXPECT_LE(1, s.stalled[EDGETPU_ENGINE_STORE]);

	ASSERT_EQ(0, tpu_queue_new(client->fd, DRM_EDGETPU_PRIORITY_NORMAL, &other));
	ASSERT_EQ(0, counters(client->fd, other, &file));
	EXPECT_EQ(0, file.jobs_done);
	EXPECT_EQ(0, file.used);
	ASSERT_EQ(0, tpu_queue_free(client->fd, client->queue));
	EXPECT_EQ(-ENOENT, counters(client->fd, client->queue, &c));
	client->queue = other;
	ASSERT_EQ(0, tpu_client_copy(client));
	ASSERT_EQ(0, counters(client->fd, other, &c));
	ASSERT_EQ(0, counters(client->fd, 0, &file));
	EXPECT_EQ(2, file.jobs_done);
	EXPECT_EQ(s.used + c.used, file.used);
	EXPECT_EQ(s.bytes_read + c.bytes_read, file.bytes_read);
}

TEST_F(counters, are_refused_with_anything_wrong)
{
	struct drm_edgetpu_counters c = { .pad = 1 };
	struct tpu_client *client = &self->client;

	EXPECT_EQ(-EINVAL, tpu_ioctl(client->fd, DRM_IOCTL_EDGETPU_COUNTERS, &c));
	EXPECT_EQ(-ENOENT, counters(client->fd, client->queue + 1, &c));
	EXPECT_EQ(-ENOENT, counters(client->fd, ~0u, &c));
}

/* Programs of before know a shorter structure, and get that much and no more. */
TEST_F(counters, leave_old_programs_their_job_status)
{
	const size_t size = offsetof(struct drm_edgetpu_job_status, stalled);
	struct tpu_client *client = &self->client;
	union {
		struct drm_edgetpu_job_status status;
		uint8_t bytes[sizeof(struct drm_edgetpu_job_status)];
	} u;

	ASSERT_EQ(0, tpu_client_copy(client));
	memset(&u, 0x5a, sizeof(u));
	u.status.queue_id = client->queue;
	u.status.pad = 0;
	u.status.seqno = 1;
	ASSERT_EQ(0, tpu_ioctl(client->fd,
			       _IOC(_IOC_READ | _IOC_WRITE, DRM_IOCTL_BASE,
				    DRM_COMMAND_BASE + DRM_EDGETPU_JOB_STATUS, size), &u));
	EXPECT_EQ(DRM_EDGETPU_JOB_DONE, u.status.state);
	EXPECT_LE(1, u.status.busy[EDGETPU_ENGINE_LOAD]);
	for (size_t i = size; i < sizeof(u); i++)
		EXPECT_EQ(0x5a, u.bytes[i]);
}

struct reader {
	int fd;
	uint32_t queue;
	atomic_bool stop;
	unsigned int reads;
};

static void *read_all(void *opaque)
{
	struct drm_edgetpu_job_status status;
	struct drm_edgetpu_counters c;
	struct reader *r = opaque;

	while (!atomic_load(&r->stop)) {
		memset(&status, 0, sizeof(status));
		status.queue_id = r->queue;
		status.seqno = 1;
		if (tpu_fdinfo(r->fd, "drm-cycles-vector") < 0 || counters(r->fd, r->queue, &c) ||
		    tpu_ioctl(r->fd, DRM_IOCTL_EDGETPU_JOB_STATUS, &status))
			return r;
		r->reads++;
		usleep(2000);
	}
	return NULL;
}

/* The first job of a new client, with somebody reading meanwhile or nobody */
static int job_of_a_new_client(bool reading, struct drm_edgetpu_job_status *status)
{
	struct reader r = {};
	struct tpu_client c;
	void *failed = NULL;
	pthread_t thread;
	int ret = tpu_client_open(&c, 1);

	if (ret)
		return ret;
	tpu_client_make_slow(&c, 8 * SLOW);
	r.fd = c.fd;
	r.queue = c.queue;
	ret = tpu_client_submit(&c, NULL, 0);
	if (!ret && reading)
		ret = -pthread_create(&thread, NULL, read_all, &r);
	if (!ret)
		ret = tpu_job_wait(c.fd, c.queue, 1, 600, status);
	if (reading) {
		atomic_store(&r.stop, true);
		pthread_join(thread, &failed);
		if (failed || r.reads < 5)
			ret = -EIO;
	}
	tpu_client_close(&c);
	return ret;
}

TEST_F(counters, cost_the_job_not_a_cycle)
{
	struct drm_edgetpu_job_status quiet, again, watched;

	/* the first of all finds SRAM clean */
	ASSERT_EQ(0, job_of_a_new_client(false, &quiet));
	ASSERT_EQ(0, job_of_a_new_client(false, &quiet));
	ASSERT_EQ(0, job_of_a_new_client(false, &again));
	ASSERT_EQ(0, job_of_a_new_client(true, &watched));
	EXPECT_EQ(DRM_EDGETPU_JOB_DONE, quiet.state);
	EXPECT_EQ(quiet.cycles, again.cycles);
	EXPECT_EQ(quiet.cycles, watched.cycles);
	EXPECT_EQ(quiet.energy_pj, watched.energy_pj);
	EXPECT_EQ(quiet.bytes_written, watched.bytes_written);
	EXPECT_EQ(0, memcmp(quiet.busy, watched.busy, sizeof(quiet.busy)));
}

#define CLIENTS	4

static uint64_t sensor(volatile uint32_t *bar, uint32_t lo)
{
	return bar[lo / 4] | (uint64_t)bar[lo / 4 + 1] << 32;
}

/*
 * Long jobs of four that take turns, with one that does not end: until there is memory to save
 * that in, the four wait, so that all are at work at once. Their shares, and together all of
 * the device's work.
 */
TEST_F(counters, of_four_clients_sum_to_the_devices)
{
	volatile uint32_t *bar = tpu_bar0(self->client.fd, false);
	struct drm_edgetpu_counters c[CLIENTS], file;
	struct drm_edgetpu_job_status status;
	uint64_t vector, active, sum, used, ns, turns = 0, switching = 0, start;
	struct tpu_client clients[CLIENTS];

	ASSERT_NE(NULL, bar);
	ASSERT_EQ(0, tpu_client_make_endless(&self->client));
	for (int i = 0; i < CLIENTS; i++) {
		ASSERT_EQ(0, tpu_client_open(&clients[i], i));
		tpu_client_make_slow(&clients[i], 6 * SLOW);
	}
	bar[EDGETPU_REG_SENSOR_TIME_LO / 4];
	vector = sensor(bar, EDGETPU_REG_SENSOR_BUSY_LO(VECTOR));
	active = sensor(bar, EDGETPU_REG_SENSOR_ACTIVE_LO);
	start = host_ns();
	ASSERT_EQ(0, tpu_client_submit(&self->client, NULL, 0));
	for (int i = 0; i < CLIENTS; i++)
		ASSERT_EQ(0, tpu_client_submit(&clients[i], NULL, 0));
	for (int i = 0; i < CLIENTS; i++) {
		ASSERT_EQ(0, tpu_job_wait(clients[i].fd, clients[i].queue, 1, 600, &status));
		EXPECT_EQ(DRM_EDGETPU_JOB_DONE, status.state);
		turns += status.turns;
		switching += status.switching;
		/* 8 MiB are saved each time */
		EXPECT_LE((status.turns - 1) * (8ull << 20), status.bytes_written);
	}
	EXPECT_LT(2 * CLIENTS, turns);
	EXPECT_LE(1, switching);
	ASSERT_EQ(0, cancel_jobs(&self->client));
	bar[EDGETPU_REG_SENSOR_TIME_LO / 4];
	vector = sensor(bar, EDGETPU_REG_SENSOR_BUSY_LO(VECTOR)) - vector;
	active = sensor(bar, EDGETPU_REG_SENSOR_ACTIVE_LO) - active;
	ASSERT_EQ(0, counters(self->client.fd, 0, &file));
	sum = file.busy[VECTOR];
	used = file.used + file.switching;
	ns = file.used_ns;
	for (int i = 0; i < CLIENTS; i++) {
		ASSERT_EQ(0, counters(clients[i].fd, clients[i].queue, &c[i]));
		ASSERT_EQ(0, counters(clients[i].fd, 0, &file));
		EXPECT_EQ(c[i].busy[VECTOR], file.busy[VECTOR]);
		EXPECT_EQ(c[i].used_ns, file.used_ns);
		sum += c[i].busy[VECTOR];
		used += c[i].used + c[i].switching;
		ns += c[i].used_ns;
		EXPECT_LE(1, c[i].used_ns);
	}
	TH_LOG("%llu turns; vector unit: %llu cycles, clients' %llu; device %llu, clients' %llu; %llu ns of %llu",
	       (unsigned long long)turns, (unsigned long long)vector, (unsigned long long)sum,
	       (unsigned long long)active, (unsigned long long)used, (unsigned long long)ns,
	       (unsigned long long)(host_ns() - start));
	EXPECT_LE(vector, sum + sum / 50);
	EXPECT_LE(sum, vector + vector / 50);
	EXPECT_LE(active, used + used / 50);
	EXPECT_LE(used, active + active / 50);
	EXPECT_LE(ns, host_ns() - start);
	for (int i = 0; i < CLIENTS; i++)
		tpu_client_close(&clients[i]);
}

TEST_HARNESS_MAIN
