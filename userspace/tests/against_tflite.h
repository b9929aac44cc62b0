/* SPDX-License-Identifier: MIT */
/* A graph on our CPU kernels and on TensorFlow Lite's reference kernels. */
#ifndef MNET_TESTS_AGAINST_TFLITE_H
#define MNET_TESTS_AGAINST_TFLITE_H

#include "build.h"

/**
 * struct outcome - what both made of output 0
 * @ours: its bytes by our kernels
 * @theirs: by TFLite's
 * @size: their number
 */
struct outcome {
	void *ours;
	void *theirs;
	size_t size;
};

/**
 * run_ours - infer shapes, verify, run
 * @b: its graph; one output
 * @inputs: bytes of all inputs one after the other
 * @outcome: out: @ours and @size; outcome_free()
 *
 * Return: false, and a note why.
 */
bool run_ours(struct build *b, const void *inputs, struct outcome *outcome);

/*
 * The same by TFLite, through reference.sh; fills @theirs. 77: there is no TFLite
 * here; another number but 0: it refused, and a note why.
 */
int run_theirs(struct build *b, const void *inputs, struct outcome *outcome);

void outcome_free(struct outcome *outcome);

#endif /* MNET_TESTS_AGAINST_TFLITE_H */
