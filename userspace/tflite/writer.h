/* SPDX-License-Identifier: MIT */
/*
 * Graph to .tflite: the one writer, for the model builders, the quantiser and
 * the tests. What it writes, TensorFlow Lite runs.
 */
#ifndef MNET_TFLITE_WRITER_H
#define MNET_TFLITE_WRITER_H

#include "graph/graph.h"

/**
 * mnet_tflite_write - the bytes of a .tflite file
 * @graph: what to write; shapes, constants and quantisation as they stand
 * @description: shown by tools; may be NULL
 * @data: out: bytes, to be freed with free()
 * @size: out: their number
 * @err: out
 *
 * Return: 0; -EINVAL: an operator whose options it does not know; -ENOMEM;
 * -EFBIG: over 2 GiB, which a FlatBuffer cannot hold.
 */
int mnet_tflite_write(const struct mnet_graph *graph, const char *description, void **data,
		      size_t *size, struct mnet_error *err);

/* The same into a file, which is replaced only when all was written. */
int mnet_tflite_save(const struct mnet_graph *graph, const char *description, const char *path,
		     struct mnet_error *err);

#endif /* MNET_TFLITE_WRITER_H */
