/* SPDX-License-Identifier: MIT */
/* Builtin options of operators, for the writer. */
#ifndef MNET_TFLITE_WRITER_OPTIONS_H
#define MNET_TFLITE_WRITER_OPTIONS_H

#include "operators/operator.h"
#include "tflite/flatbuilder.h"

/**
 * tflite_write_options - write op->u
 * @b: no table may be open
 * @op: the operator
 * @type: out: number of its options in union BuiltinOptions, 0 for none
 * @ref: out: where they are, 0 for none
 *
 * Return: false: the writer does not know this operator's options.
 */
bool tflite_write_options(struct flat_builder *b, const struct mnet_op *op,
			  uint8_t *type, flat_ref *ref);

#endif /* MNET_TFLITE_WRITER_OPTIONS_H */
