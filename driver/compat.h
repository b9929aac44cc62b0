/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One source for many kernels. Each EDGETPU_HAS_* comes from Kbuild, which asks
 * the headers at hand; the rest of the driver uses the names below and knows
 * nothing of the differences.
 */
#ifndef _EDGETPU_COMPAT_H_
#define _EDGETPU_COMPAT_H_

#include <linux/dma-fence-array.h>
#include <linux/module.h>
#include <linux/pci.h>

#include <drm/drm_exec.h>
#include <drm/drm_file.h>
#include <drm/gpu_scheduler.h>

/* struct drm_sched_init_args arrived in 6.15 and in the stable updates of 6.12 */
static inline int edgetpu_sched_init(struct drm_gpu_scheduler *sched,
				     const struct drm_sched_backend_ops *ops,
				     struct workqueue_struct *submit_wq, u32 credits,
				     struct device *dev)
{
#ifdef EDGETPU_HAS_SCHED_INIT_ARGS
	const struct drm_sched_init_args args = {
		.ops = ops,
		.submit_wq = submit_wq,
		.num_rqs = 1,
		.credit_limit = credits,
		.timeout = MAX_SCHEDULE_TIMEOUT,
		.name = "edgetpu",
		.dev = dev,
	};

	return drm_sched_init(sched, &args);
#else
	return drm_sched_init(sched, ops, submit_wq, 1, credits, 0, MAX_SCHEDULE_TIMEOUT, NULL,
			      NULL, "edgetpu", dev);
#endif
}

/* The client's id came with the scheduler's trace events of 6.17 */
static inline int edgetpu_sched_job_init(struct drm_sched_job *job,
					 struct drm_sched_entity *entity, struct drm_file *file)
{
#ifdef EDGETPU_HAS_SCHED_CLIENT_ID
	return drm_sched_job_init(job, entity, 1, file, file->client_id);
#else
	return drm_sched_job_init(job, entity, 1, file);
#endif
}

/* Kills what is queued, without waiting for it where the kernel leaves the choice */
static inline void edgetpu_sched_entity_kill(struct drm_sched_entity *entity)
{
#ifdef EDGETPU_HAS_SCHED_ENTITY_FINI
	drm_sched_entity_fini(entity);
#else
	drm_sched_entity_destroy(entity);
#endif
}

/* The third argument, a guess at the number of objects, came in 6.7 */
static inline void edgetpu_exec_init(struct drm_exec *exec)
{
	const u32 flags = DRM_EXEC_INTERRUPTIBLE_WAIT | DRM_EXEC_IGNORE_DUPLICATES;

#ifdef EDGETPU_HAS_EXEC_INIT_NR
	drm_exec_init(exec, flags, 0);
#else
	drm_exec_init(exec, flags);
#endif
}

/* The choice to signal on the first of the fences went in 7.2; nobody made it */
static inline struct dma_fence_array *edgetpu_fence_array_create(u32 num, struct dma_fence **fences)
{
#ifdef EDGETPU_HAS_FENCE_ARRAY_ANY
	return dma_fence_array_create(num, fences, dma_fence_context_alloc(1), 1, false);
#else
	return dma_fence_array_create(num, fences, dma_fence_context_alloc(1), 1);
#endif
}

/* pcim_iomap_region() came in 6.11; the older pair is on its way out */
static inline void __iomem *edgetpu_pcim_iomap(struct pci_dev *pdev, int bar, const char *name)
{
#ifdef EDGETPU_HAS_PCIM_IOMAP_REGION
	return pcim_iomap_region(pdev, bar, name);
#else
	int ret = pcim_iomap_regions(pdev, BIT(bar), name);

	return ret ? IOMEM_ERR_PTR(ret) : pcim_iomap_table(pdev)[bar];
#endif
}

/* The name of a namespace became a string in 6.13 */
#ifdef EDGETPU_HAS_IMPORT_NS_TOKEN
#define EDGETPU_IMPORT_NS_DMA_BUF	MODULE_IMPORT_NS(DMA_BUF)
#else
#define EDGETPU_IMPORT_NS_DMA_BUF	MODULE_IMPORT_NS("DMA_BUF")
#endif

#endif /* _EDGETPU_COMPAT_H_ */
