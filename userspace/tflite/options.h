/* SPDX-License-Identifier: MIT */
/* Builtin options of operators: tables of the .tflite schema. */
#ifndef MNET_TFLITE_OPTIONS_H
#define MNET_TFLITE_OPTIONS_H

#include "operators/operator.h"
#include "tflite/flatbuf.h"

/* Fields of table Operator */
#define TFLITE_OPERATOR_OPTIONS_TYPE	3
#define TFLITE_OPERATOR_OPTIONS		4

/**
 * tflite_read_options - fill op->u from table Operator
 * @table: the operator's table
 * @op: out; op->code says which options are expected
 *
 * Return: NULL, or what is wrong. Errors of the file itself stick in its struct fb.
 */
const char *tflite_read_options(const struct fb_table *table, struct mnet_op *op);

#endif /* MNET_TFLITE_OPTIONS_H */
