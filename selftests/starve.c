// SPDX-License-Identifier: GPL-2.0-only
/*
 * Clients whom the scheduler lets starve: what they were doing in the driver when it took the
 * processor from them keeps nobody else from the device.
 */
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "edgetpu_selftest.h"
#include "edgetpu_sysfs.h"
#include "kselftest_harness.h"

#define NOBODY		65534
#define HOGS		24	/* who leave those who starve next to nothing */
#define STARVED		4
#define SECONDS		20
/* A job that no longer runs by then fails, and resets follow. */
#define MAX_SECONDS	10

FIXTURE(starve) {
	pid_t pids[HOGS + STARVED];
	unsigned int count;
};

FIXTURE_SETUP(starve)
{
	memset(self, 0, sizeof(*self));
	if (getuid())
		SKIP(return, "only root can be others");
	ASSERT_EQ(0, chmod("/dev/edgetpu0", 0666));
}

FIXTURE_TEARDOWN(starve)
{
	for (unsigned int i = 0; i < self->count; i++)
		kill(self->pids[i], SIGKILL);
	for (unsigned int i = 0; i < self->count; i++)
		waitpid(self->pids[i], NULL, 0);
}

static void hog(void)
{
	for (;;)
		;
}

/* Changes its address space beside a job of its own, for as long as there is a processor for it */
static void starved(void)
{
	const struct sched_param idle = { 0 };
	struct tpu_client c;

	if (tpu_client_open(&c, 1) || sched_setscheduler(0, SCHED_IDLE, &idle))
		_exit(1);
	tpu_client_make_slow(&c, 8000);
	for (;;) {
		tpu_client_submit(&c, NULL, 0);
		for (int i = 0; i < 50; i++) {
			tpu_unbind(c.fd, TPU_VA_SOURCE, TPU_DATA_SIZE);
			tpu_bind(c.fd, c.source.handle, TPU_VA_SOURCE, TPU_DATA_SIZE,
				 DRM_EDGETPU_VM_BIND_READ);
		}
	}
}

static void start(struct __test_metadata *_metadata, struct _test_data_starve *self,
		  void (*work)(void))
{
	const pid_t child = fork();

	ASSERT_LE(0, child);
	if (!child) {
		if (setgid(NOBODY) || setuid(NOBODY))
			_exit(1);
		work();
	}
	self->pids[self->count++] = child;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

TEST_F(starve, with_the_address_space_half_changed)
{
	const double begin = now();
	double worst = 0;
	int rounds = 0;

	for (int i = 0; i < STARVED; i++)
		start(_metadata, self, starved);
	sleep(3);
	for (int i = 0; i < HOGS; i++)
		start(_metadata, self, hog);
	ASSERT_EQ(0, setpriority(PRIO_PROCESS, 0, -19));
	while (now() - begin < SECONDS) {
		const double from = now();
		struct tpu_client c;

		ASSERT_EQ(0, tpu_client_open(&c, 100 + rounds));
		EXPECT_EQ(0, tpu_client_copy(&c));
		EXPECT_EQ(0, tpu_unbind(c.fd, TPU_VA_SOURCE, TPU_DATA_SIZE));
		tpu_client_close(&c);
		rounds++;
		worst = now() - from > worst ? now() - from : worst;
	}
	TH_LOG("%d rounds, the longest %.1f seconds", rounds, worst);
	EXPECT_GE(MAX_SECONDS, worst);
}

TEST_HARNESS_MAIN
