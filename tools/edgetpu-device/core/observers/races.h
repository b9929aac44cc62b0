/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Race detector: real hardware moves the bytes of commands that overlap in time in
 * an order of its own, so a stream whose commands touch each other's bytes would
 * give results that it need not give. Every such pair is counted.
 */
#ifndef EDGETPU_RACES_H
#define EDGETPU_RACES_H

#include <stdatomic.h>

#include "core/engines/engines.h"

/**
 * struct races - what was seen
 * @found: pairs
 * @running: commands that run, by engine
 */
struct races {
	atomic_uint_least64_t found;
	const struct op *running[EDGETPU_NUM_ENGINES];
};

void races_watch(struct races *races, struct engines *engines);

#endif /* EDGETPU_RACES_H */
