/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The flight recorder: each engine's last commands, for the host to read when something
 * has gone wrong.
 */
#ifndef EDGETPU_RECORDER_H
#define EDGETPU_RECORDER_H

#include "core/engines/engines.h"

/**
 * struct recorder - what the host sees
 * @mutex: for all that follows
 * @clock: time
 * @engine: each engine's last commands
 */
struct recorder {
	pthread_mutex_t *mutex;
	const struct clock *clock;
	struct edgetpu_engine_state engine[EDGETPU_NUM_ENGINES];
};

void recorder_watch(struct recorder *recorder, struct engines *engines);
/* As after power-on */
void recorder_reset(struct recorder *recorder);

/* For the host */
void recorder_registers(struct recorder *recorder, struct reg_map *bar);

#endif /* EDGETPU_RECORDER_H */
