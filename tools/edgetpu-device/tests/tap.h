/* SPDX-License-Identifier: GPL-2.0-only */
/* Tests that report in TAP: a test is a function with CHECKs; its name is a sentence. */
#ifndef EDGETPU_TESTS_TAP_H
#define EDGETPU_TESTS_TAP_H

#include <stdbool.h>
#include <stdio.h>

struct tap_test {
	const char *name;
	void (*run)(void);
};

/* Set by a CHECK that does not hold */
extern bool tap_failed;

static inline bool tap_check(bool condition, const char *file, int line, const char *text)
{
	if (!condition) {
		tap_failed = true;
		printf("# %s:%d: not so: %s\n", file, line, text);
	}
	return condition;
}

/* True when it holds: what the rest of a test builds on goes "if (!CHECK(...)) return;". */
#define CHECK(condition)	tap_check(condition, __FILE__, __LINE__, #condition)

/* Runs tests and returns how many failed; numbering goes on from @first. */
static inline int tap_run(const struct tap_test *tests, int num, int first)
{
	int failed = 0;

	for (int i = 0; i < num; i++) {
		tap_failed = false;
		tests[i].run();
		failed += tap_failed;
		printf("%sok %d - %s\n", tap_failed ? "not " : "", first + i, tests[i].name);
		fflush(stdout);
	}
	return failed;
}

#endif /* EDGETPU_TESTS_TAP_H */
