/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command stream of the job that runs: fetched in batches into two buffers,
 * so that the fetch of one batch overlaps the pushing of the other.
 */
#ifndef FW_STREAM_H
#define FW_STREAM_H

#include "engine.h"

/* Begins to fetch @count commands at @va of @context; from @place on, NULL: the first. */
void stream_begin(uint32_t context, uint64_t va, uint32_t count, const struct edgetpu_place *place);

/*
 * Where it is: to be called once the engines are idle after engines_drop().
 * Returns false if nothing is left to do.
 */
bool stream_place(struct edgetpu_place *place);

/**
 * stream_push - push commands until a queue is full or a batch is through
 * @fault: out: filled in when a command is bad or could not be fetched
 *
 * Return: event to wait for before the next call, or 0.
 */
uint32_t stream_push(struct fault *fault);

/* Have all commands been pushed? */
bool stream_done(void);

/* Waits for a fetch that is under way; the buffers are free afterwards. */
void stream_end(void);

#endif /* FW_STREAM_H */
