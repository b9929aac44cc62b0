/* SPDX-License-Identifier: MIT */
/*
 * Tests that speak TAP: check() one fact a line, finish with check_done().
 */
#ifndef MNET_TESTS_CHECK_H
#define MNET_TESTS_CHECK_H

#include <stdbool.h>

/* One result; a failure is remembered for check_done(). Returns @ok. */
bool check(bool ok, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A case that cannot be tested here, and why; counted as skipped */
void check_skip(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Says why nothing is tested and ends the program, successfully. */
void check_skip_all(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* A line that explains a result */
void check_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints the plan; the program's exit status */
int check_done(void);

/* Random numbers, the same on every machine */
struct check_random {
	unsigned long long state;
};

unsigned int check_random(struct check_random *r);
/* In [lo, hi] */
int check_between(struct check_random *r, int lo, int hi);

/*
 * Path of @name in the folder of models and goldens: $EDGETPU_SHARED, else
 * ../shared beside the repository. A static buffer.
 */
const char *check_shared(const char *name);

/* Whole file, to be freed; NULL when it cannot be read */
void *check_read_file(const char *path, unsigned long *size);

#endif /* MNET_TESTS_CHECK_H */
