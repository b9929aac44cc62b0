/* SPDX-License-Identifier: MIT */
/* A model with an input: drawn or read, run anywhere, kept as files. */
#ifndef OPERATORS_JOB_H
#define OPERATORS_JOB_H

#include "graph/graph.h"

/**
 * struct job - what is run and compared
 * @model: as the reader of .tflite files made it
 * @file: the model's file
 * @file_size: its bytes
 * @input: all inputs, one after the other
 * @input_size: their bytes
 * @output_size: of all outputs, one after the other
 * @num_networks: independent networks in the model
 */
struct job {
	struct mnet_model *model;
	void *file;
	size_t file_size;
	uint8_t *input;
	size_t input_size;
	size_t output_size;
	unsigned int num_networks;
};

/* One model of the networks of @seed, @seed + 1, ... */
int job_draw(struct job *job, unsigned long long seed, unsigned int count, struct mnet_error *err);
/* The model in @model with the bytes of @input, as one network */
int job_read(struct job *job, const char *model, const char *input, struct mnet_error *err);
void job_free(struct job *job);

/* Writes PREFIX.tflite and PREFIX.in; false: it cannot be written */
bool job_save(const struct job *job, const char *prefix);
bool job_write_file(const char *path, const void *data, size_t size);

/* Bytes of output @index, and where in all outputs it starts */
size_t job_output(const struct job *job, unsigned int index, size_t *offset);

/**
 * job_run - all outputs by @dev
 * @job: what to run
 * @dev: where
 * @sram: bytes of SRAM to compile for; 0: all there is
 * @out: job->output_size bytes
 * @seen: called with every operator; may be NULL
 * @opaque: for @seen
 * @err: out
 *
 * Return: 0 or a negative errno; -EOPNOTSUPP: an operator that nothing can do.
 */
int job_run(const struct job *job, struct mnet_device *dev, uint32_t sram, uint8_t *out,
	    void (*seen)(void *opaque, const struct mnet_op_info *op), void *opaque,
	    struct mnet_error *err);

#endif /* OPERATORS_JOB_H */
