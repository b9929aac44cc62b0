/* SPDX-License-Identifier: MIT */
/* TensorFlow Lite's reference kernels, through the runner of the test data. */
#ifndef OPERATORS_REFERENCE_H
#define OPERATORS_REFERENCE_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Starts @runner on files @model and @input; it writes to directory @out. Returns
 * its process, or -1. What it says goes to @out with ".log" appended.
 */
pid_t reference_start(const char *runner, const char *model, const char *input, const char *out);
/* Waits for it; true when it ended well */
bool reference_finish(pid_t process);
/* Reads output @index, of which there are @size bytes; false: it is not there */
bool reference_output(const char *out, unsigned int index, void *data, size_t size);

#endif /* OPERATORS_REFERENCE_H */
