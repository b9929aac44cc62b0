// SPDX-License-Identifier: GPL-2.0-only
/*
 * .tflite files: read, verified, compiled for the CPU, a whole accelerator and one
 * with hardly any SRAM; run on the CPU. Each executable survives being saved.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fuzz.h"

#define TINY_SRAM (16u << 10)

static char saved[64];

static void forget(void)
{
	unlink(saved);
}

/* Where executables are saved: memory, where the system has a file system for it */
static const char *save_path(void)
{
	if (!saved[0]) {
		snprintf(saved, sizeof(saved), "%s/mnet-fuzz.%ld.mnet",
			 access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm", (long)getpid());
		atexit(forget);
	}
	return saved;
}

static void compile(const struct mnet_model *model, const struct mnet_hw_config *config)
{
	struct mnet_executable *exe, *again;
	struct mnet_error err = { "" };

	if (mnet_compile(model, config, NULL, &exe, &err))
		return;
	fuzz_expect(!mnet_executable_save(exe, save_path(), &err), "it cannot be saved", &err);
	fuzz_expect(!mnet_executable_load(save_path(), &again, &err), "it does not load again",
		    &err);
	fuzz_run(again);
	mnet_executable_free(again);
	mnet_executable_free(exe);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mnet_hw_config tiny = mnet_hw_config_soc;
	struct mnet_model *model;
	struct mnet_error err;

	if (mnet_model_load_memory(data, size, &model, &err))
		return 0;
	tiny.sram_size = TINY_SRAM;
	compile(model, &mnet_hw_config_cpu);
	compile(model, &mnet_hw_config_soc);
	compile(model, &tiny);
	mnet_model_free(model);
	return 0;
}
