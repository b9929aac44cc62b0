// SPDX-License-Identifier: GPL-2.0-only
/* Threads of one client that bind, unbind, map, submit, export and close under each other. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "edgetpu_selftest.h"
#include "edgetpu_sysfs.h"
#include "kselftest_harness.h"

#define SECONDS	5

struct race {
	struct tpu_client c;
	atomic_bool stop;
	atomic_int odd;		/* errors that no race explains */
	atomic_uint bound, submitted, queues, buffers;
};

static void expect(struct race *r, int ret, int a, int b, int c)
{
	if (ret && ret != -a && ret != -b && ret != -c)
		atomic_store(&r->odd, ret);
}

static void *binder(void *data)
{
	struct race *r = data;

	while (!atomic_load(&r->stop)) {
		int ret = tpu_unbind(r->c.fd, TPU_VA_SOURCE, TPU_DATA_SIZE);

		expect(r, ret, ENOENT, 0, 0);
		ret = tpu_bind(r->c.fd, r->c.source.handle, TPU_VA_SOURCE, TPU_DATA_SIZE,
			       DRM_EDGETPU_VM_BIND_READ);
		expect(r, ret, EEXIST, 0, 0);
		atomic_fetch_add(&r->bound, !ret);
	}
	return NULL;
}

static void *submitter(void *data)
{
	struct race *r = data;
	struct drm_edgetpu_job job = r->c.job;
	uint32_t queue;
	int ret;

	while (!atomic_load(&r->stop)) {
		if (tpu_queue_new(r->c.fd, DRM_EDGETPU_PRIORITY_NORMAL, &queue))
			continue;
		atomic_fetch_add(&r->queues, 1);
		do {
			/* ENOENT: nothing bound; ECANCELED: it was taken from a job before */
			ret = tpu_submit(r->c.fd, queue, &job, 1);
			expect(r, ret, ENOENT, ECANCELED, 0);
			atomic_fetch_add(&r->submitted, !ret);
		} while (ret != -ECANCELED && !atomic_load(&r->stop));
		expect(r, tpu_queue_free(r->c.fd, queue), 0, 0, 0);
	}
	return NULL;
}

/* Guesses handles, and closes what others are about to use. */
static void *buffers(void *data)
{
	struct race *r = data;

	while (!atomic_load(&r->stop)) {
		struct drm_prime_handle prime = { .flags = DRM_CLOEXEC };
		struct tpu_bo bo;
		int ret = tpu_bo_new(r->c.fd, 16384, &bo);

		/* another thread may have closed it at once */
		expect(r, ret, ENOENT, EINVAL, EACCES);
		if (ret)
			continue;
		atomic_fetch_add(&r->buffers, 1);
		memset(bo.map, 1, bo.size);
		prime.handle = bo.handle;
		ret = tpu_ioctl(r->c.fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime);
		expect(r, ret, ENOENT, 0, 0);
		if (!ret) {
			ret = tpu_ioctl(r->c.fd, DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime);
			expect(r, ret, ENOENT, 0, 0);
			close(prime.fd);
		}
		expect(r, tpu_gem_close(r->c.fd, bo.handle + 1), EINVAL, ENOENT, 0);
		expect(r, tpu_gem_close(r->c.fd, bo.handle), EINVAL, ENOENT, 0);
		munmap(bo.map, bo.size);
	}
	return NULL;
}

TEST(threads_of_one_client_race)
{
	void *(*const work[])(void *) = { binder, binder, submitter, submitter, buffers, buffers };
	const long left = tpu_debugfs("memory", "buffers");
	pthread_t thread[6];
	struct race r = { 0 };
	struct tpu_client other;

	ASSERT_EQ(0, tpu_client_open(&other, 52));
	ASSERT_EQ(0, tpu_client_open(&r.c, 51));
	for (int i = 0; i < 6; i++)
		ASSERT_EQ(0, pthread_create(&thread[i], NULL, work[i], &r));
	for (int i = 0; i < SECONDS; i++) {
		sleep(1);
		EXPECT_EQ(0, tpu_client_copy(&other));
	}
	atomic_store(&r.stop, true);
	for (int i = 0; i < 6; i++)
		ASSERT_EQ(0, pthread_join(thread[i], NULL));
	EXPECT_EQ(0, atomic_load(&r.odd));
	EXPECT_LT(0, atomic_load(&r.bound));
	EXPECT_LT(0, atomic_load(&r.submitted));
	EXPECT_LT(0, atomic_load(&r.queues));
	EXPECT_LT(0, atomic_load(&r.buffers));
	tpu_client_close(&r.c);
	EXPECT_EQ(0, tpu_client_copy(&other));
	tpu_client_close(&other);
	for (int i = 0; i < 1000 && tpu_debugfs("memory", "buffers") != left; i++)
		usleep(10000);
	EXPECT_EQ(left, tpu_debugfs("memory", "buffers"));
}

/* A thread is inside SUBMIT, perhaps waiting for room, while another destroys the queue. */
static void *fill(void *data)
{
	struct tpu_client *c = data;

	while (!tpu_submit(c->fd, c->queue, &c->job, 1))
		;
	return NULL;
}

TEST(queue_is_destroyed_under_a_call)
{
	const long jobs = tpu_debugfs("memory", "jobs");
	struct tpu_client c, other;
	pthread_t thread;

	ASSERT_EQ(0, tpu_client_open(&other, 54));
	for (int round = 0; round < 5; round++) {
		ASSERT_EQ(0, tpu_client_open(&c, 53));
		tpu_client_make_slow(&c, 100);
		ASSERT_EQ(0, pthread_create(&thread, NULL, fill, &c));
		usleep(20000 * round);
		tpu_queue_free(c.fd, c.queue);
		ASSERT_EQ(0, pthread_join(thread, NULL));
		tpu_client_close(&c);
		EXPECT_EQ(0, tpu_client_copy(&other));
	}
	tpu_client_close(&other);
	for (int i = 0; i < 1000 && tpu_debugfs("memory", "jobs") != jobs; i++)
		usleep(10000);
	EXPECT_EQ(jobs, tpu_debugfs("memory", "jobs"));
}

/*
 * One SUBMIT of many jobs, the first of which reads an imported buffer; when it has been
 * looked up it is unbound and its handle closed, so that the job is the last who has it.
 * The job may be over, and the buffer freed, before the last one is queued.
 */
#define IMPORT_VA	0x200000000ull
#define NUM_JOBS	DRM_EDGETPU_MAX_JOBS
#define NUM_SYNCS	24

struct let_go {
	struct tpu_client c;
	struct drm_edgetpu_region regions[2];
	struct drm_edgetpu_job jobs[NUM_JOBS];
	struct drm_edgetpu_sync_op syncs[NUM_SYNCS];
	pthread_barrier_t start;
	uint32_t handle;
	double after;
};

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec * 1e-9;
}

static void *let_go(void *data)
{
	struct let_go *l = data;
	double start;
	int ret;

	pthread_barrier_wait(&l->start);
	for (start = seconds(); seconds() < start + l->after; )
		;
	ret = tpu_unbind(l->c.fd, IMPORT_VA, 4096);
	if (!ret)
		ret = tpu_gem_close(l->c.fd, l->handle);
	return (void *)(long)ret;
}

/* Jobs that do next to nothing, and take time to be looked up */
static void make_jobs(struct __test_metadata *_metadata, struct let_go *l)
{
	tpu_cmd_fill(l->c.commands.map, 0, 64, 1);
	l->regions[0] = l->c.regions[0];
	l->regions[1] = (struct drm_edgetpu_region){
		.va = IMPORT_VA, .size = 4096, .flags = DRM_EDGETPU_REGION_READ,
	};
	for (int i = 0; i < NUM_SYNCS; i++) {
		l->syncs[i].flags = DRM_EDGETPU_SYNC_SIGNAL;
		ASSERT_EQ(0, tpu_syncobj_new(l->c.fd, &l->syncs[i].handle));
	}
	for (int i = 0; i < NUM_JOBS; i++) {
		l->jobs[i] = l->c.job;
		l->jobs[i].num_commands = 1;
		l->jobs[i].syncs = (struct drm_edgetpu_array){
			.stride = sizeof(l->syncs[0]), .count = i ? NUM_SYNCS : 0,
			.array = (uintptr_t)l->syncs,
		};
	}
	l->jobs[0].regions.array = (uintptr_t)l->regions;
	l->jobs[0].regions.count = 2;
}

static void import_and_bind(struct __test_metadata *_metadata, struct let_go *l)
{
	struct drm_prime_handle prime = { .fd = tpu_udmabuf_new(4096, NULL) };

	ASSERT_LE(0, prime.fd);
	ASSERT_EQ(0, tpu_ioctl(l->c.fd, DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime));
	close(prime.fd);
	l->handle = prime.handle;
	ASSERT_EQ(0, tpu_bind(l->c.fd, l->handle, IMPORT_VA, 4096, DRM_EDGETPU_VM_BIND_READ));
}

TEST(an_imported_buffer_is_let_go_of_under_a_call)
{
	/* those of the test before may still go */
	const long left = tpu_debugfs("memory", "buffers");
	struct drm_edgetpu_job_status status;
	double length = 0.004;
	pthread_t thread;
	struct let_go l = { 0 };
	int queued = 0;
	void *odd;

	ASSERT_EQ(0, tpu_client_open(&l.c, 55));
	make_jobs(_metadata, &l);
	ASSERT_EQ(0, pthread_barrier_init(&l.start, NULL, 2));
	for (int round = 0; round < 60; round++) {
		double start;
		int ret;

		import_and_bind(_metadata, &l);
		l.after = length * (round % 20) / 20;
		ASSERT_EQ(0, pthread_create(&thread, NULL, let_go, &l));
		pthread_barrier_wait(&l.start);
		start = seconds();
		ret = tpu_submit(l.c.fd, l.c.queue, l.jobs, NUM_JOBS);
		if (!ret)
			length = seconds() - start;
		ASSERT_EQ(0, pthread_join(thread, &odd));
		EXPECT_EQ(NULL, odd);
		/* it was gone before it was looked up */
		if (ret == -ENOENT)
			continue;
		ASSERT_EQ(0, ret);
		queued++;
		ASSERT_EQ(0, tpu_job_wait(l.c.fd, l.c.queue, l.jobs[NUM_JOBS - 1].seqno, 60,
					  &status));
		EXPECT_EQ(DRM_EDGETPU_JOB_DONE, status.state);
	}
	EXPECT_LT(0, queued);
	tpu_client_close(&l.c);
	for (int i = 0; i < 1000 && tpu_debugfs("memory", "buffers") > left; i++)
		usleep(10000);
	EXPECT_GE(left, tpu_debugfs("memory", "buffers"));
}

TEST_HARNESS_MAIN
