/* SPDX-License-Identifier: MIT */
#ifndef PROGRAMS_QUANTIZE_REPORT_H
#define PROGRAMS_QUANTIZE_REPORT_H

#include <stdio.h>

#include "quantizer/quantizer.h"

/* Every activation a line: range, parameters, noise; worst first. Replaces @path whole. */
int quantize_report_write(const struct mnet_quantized *quantized, const char *path,
			  struct mnet_error *err);

/* The worst few, what stayed float, and the outputs */
void quantize_report_summary(const struct mnet_quantized *quantized, FILE *out);

#endif /* PROGRAMS_QUANTIZE_REPORT_H */
