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

TEST_HARNESS_MAIN
