/* SPDX-License-Identifier: MIT */
#ifndef MNET_CPU_REDUCE_H
#define MNET_CPU_REDUCE_H

#include "cpu/kernel.h"

/**
 * cpu_reduce_steps - where MEAN's inputs add up
 * @op: the operator
 * @step: out: elements of the output from an element to the next along each
 *	dimension of the input, 0 where it is reduced
 *
 * Return: inputs of each output.
 */
int64_t cpu_reduce_steps(const struct mnet_cpu_op *op, size_t step[MNET_MAX_RANK]);

#endif /* MNET_CPU_REDUCE_H */
