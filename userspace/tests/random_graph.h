/* SPDX-License-Identifier: MIT */
/* Random small networks of what the accelerator can do, and now and then what it cannot. */
#ifndef RANDOM_GRAPH_H
#define RANDOM_GRAPH_H

#include "build.h"
#include "check.h"

/* Shapes inferred and verified; false: the draw makes no network, try another seed. */
bool random_graph(struct build *b, struct check_random *r);

#endif /* RANDOM_GRAPH_H */
