// SPDX-License-Identifier: GPL-2.0-only
/* Many clients at once. */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "edgetpu_selftest.h"
#include "kselftest_harness.h"

#define CLIENTS	8

static int work(unsigned int seed)
{
	struct tpu_client c;

	for (int round = 0; round < 5; round++) {
		if (tpu_client_open(&c, seed))
			return 1;
		for (int i = 0; i < 20; i++)
			if (tpu_client_copy(&c))
				return 2;
		tpu_client_close(&c);
	}
	return 0;
}

TEST(processes_share_the_device_and_see_only_their_own_bytes)
{
	pid_t child[CLIENTS];
	int status;

	for (int i = 0; i < CLIENTS; i++) {
		child[i] = fork();
		ASSERT_LE(0, child[i]);
		if (!child[i])
			_exit(work(i));
	}
	for (int i = 0; i < CLIENTS; i++) {
		ASSERT_EQ(child[i], waitpid(child[i], &status, 0));
		EXPECT_EQ(0, status);
	}
}

/* An address space each: the hardware holds 32 of them, the driver never lets a 33rd hurt. */
TEST(more_files_than_hardware_contexts_can_be_open)
{
	struct tpu_client *c = calloc(EDGETPU_MAX_CONTEXTS + 8, sizeof(*c));
	unsigned int opened = 0;

	ASSERT_NE(NULL, c);
	while (opened < EDGETPU_MAX_CONTEXTS + 8 && !tpu_client_open(&c[opened], opened))
		opened++;
	EXPECT_LE(16, opened);
	for (unsigned int i = 0; i < opened; i++)
		EXPECT_EQ(0, tpu_client_copy(&c[i]));
	for (unsigned int i = 0; i < opened; i++)
		tpu_client_close(&c[i]);
	ASSERT_EQ(0, tpu_client_open(&c[0], 1));
	EXPECT_EQ(0, tpu_client_copy(&c[0]));
	tpu_client_close(&c[0]);
	free(c);
}

TEST_HARNESS_MAIN
