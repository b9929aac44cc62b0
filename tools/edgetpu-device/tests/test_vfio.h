/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef EDGETPU_TESTS_TEST_VFIO_H
#define EDGETPU_TESTS_TEST_VFIO_H

#include "tap.h"

/* test_vfio_bad.c: clients that break the protocol */
extern const struct tap_test bad_tests[];
extern const int num_bad_tests;

#endif /* EDGETPU_TESTS_TEST_VFIO_H */
