/* SPDX-License-Identifier: MIT */
/* What the programs say of tensors, and the numbers in them. */
#ifndef PROGRAMS_TENSOR_H
#define PROGRAMS_TENSOR_H

#include "mnet.h"

#define TENSOR_TEXT	96

/* "1x224x224x3 uint8" */
const char *tensor_text(char text[TENSOR_TEXT], const struct mnet_tensor_info *info);

size_t tensor_elements(const struct mnet_tensor_info *info);

/* Element @i as the real number it stands for */
double tensor_real(const struct mnet_tensor_info *info, const void *data, size_t i);

#endif /* PROGRAMS_TENSOR_H */
