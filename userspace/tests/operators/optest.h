/* SPDX-License-Identifier: MIT */
/* Options, results and the parts of mnet-optest. */
#ifndef OPERATORS_OPTEST_H
#define OPERATORS_OPTEST_H

#include "job.h"

#define MAX_DEVICES 4
#define MAX_KINDS   32

/**
 * struct optest - a test that runs
 * @seed: of the first network
 * @count: networks
 * @batch: of them in one model
 * @sram: bytes to compile for, 0: all of the device's; -1: several sizes in turn
 * @reference: TensorFlow Lite's runner, or NULL
 * @keep: directory for what fails, or NULL
 * @write: directory for models, inputs and expected outputs, or NULL
 * @num_devices: entries of @devices
 * @devices: where each network runs
 * @work: a directory for files of the moment
 * @passed: networks whose outputs are equal
 * @failed: others
 * @left_out: networks that TensorFlow Lite does not take, or that we do not
 * @kinds: operators met
 */
struct optest {
	unsigned long long seed;
	unsigned long count;
	unsigned int batch;
	long sram;
	const char *reference;
	const char *keep;
	const char *write;
	unsigned int num_devices;
	struct mnet_device *devices[MAX_DEVICES];
	char work[64];
	unsigned long passed;
	unsigned long failed;
	unsigned long left_out;
	struct {
		char name[32];
		unsigned long met;
		unsigned long accelerated;
	} kinds[MAX_KINDS];
};

/* Draws and tests networks @seed .. @seed + @count - 1, which share a model. */
void optest_networks(struct optest *t, unsigned long long seed, unsigned int count);
/* Tests the model of a file. */
void optest_file(struct optest *t, const char *model, const char *input, const char *expected);

#endif /* OPERATORS_OPTEST_H */
