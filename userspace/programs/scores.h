/* SPDX-License-Identifier: MIT */
/* What a classifier says: the most probable classes. */
#ifndef PROGRAMS_SCORES_H
#define PROGRAMS_SCORES_H

#include "mnet.h"

struct score {
	size_t index;
	double score;		/* probability */
};

/**
 * struct scores - the best classes, best first
 * @count: entries of @top; 0: the output is none of a classifier
 * @top: malloc'ed
 * @softmax: the output was logits, and probabilities were made of them here
 */
struct scores {
	size_t count;
	struct score *top;
	bool softmax;
};

/*
 * True when an output is probabilities already: its network ends in SOFTMAX or
 * LOGISTIC, but for operators that only change shape or type.
 */
bool scores_are_probabilities(const struct mnet_executable *exe);

/* True for an output with one dimension above 1 */
bool scores_recognise(const struct mnet_tensor_info *info);

/*
 * The @k best of an output that is recognised, nothing of another. Of equal ones the
 * lower index is first. -ENOMEM only.
 */
int scores_make(const struct mnet_tensor_info *info, const void *data, bool probabilities,
		size_t k, struct scores *scores, struct mnet_error *err);
void scores_free(struct scores *scores);

#endif /* PROGRAMS_SCORES_H */
