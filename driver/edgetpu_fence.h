/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _EDGETPU_FENCE_H_
#define _EDGETPU_FENCE_H_

#include <linux/types.h>

struct dma_fence;

struct dma_fence *edgetpu_fence_alloc(void);
void edgetpu_fence_init(struct dma_fence *fence, u64 context, u64 seqno);
void edgetpu_fence_free(struct dma_fence *fence);

#endif /* _EDGETPU_FENCE_H_ */
