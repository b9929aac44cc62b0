/* SPDX-License-Identifier: MIT */
/*
 * A transport moves buffers and jobs to a device and knows nothing of networks.
 * "drm" is built in; "sim" is a plug-in, libmnet-sim.so, that the device model
 * builds and libmnet finds at run time.
 */
#ifndef MNET_TRANSPORT_H
#define MNET_TRANSPORT_H

#include "edgetpu_hw.h"
#include "mnet.h"

/**
 * struct mnet_bo - device memory as the transport's user sees it; transports embed it
 * @size: bytes
 * @map: CPU mapping, cached and coherent, valid until destroyed
 */
struct mnet_bo {
	size_t size;
	void *map;
};

/* What a buffer is for: rights in the device's page table */
#define MNET_BO_READ		(1u << 0)
#define MNET_BO_WRITE		(1u << 1)
#define MNET_BO_COMMAND		(1u << 2)

/**
 * struct mnet_job_region - one region of a job
 * @bo: the memory; NULL: not bound
 * @offset: where in it, a multiple of 64
 * @size: bytes
 * @flags: EDGETPU_REGION_READ, EDGETPU_REGION_WRITE
 */
struct mnet_job_region {
	struct mnet_bo *bo;
	uint64_t offset;
	uint64_t size;
	uint32_t flags;
};

/**
 * struct mnet_job - what to run
 * @num_commands: commands at the start of region EDGETPU_REGION_COMMAND
 * @trace: have the region @trace_region filled with struct edgetpu_trace
 * @trace_region: see @trace
 * @regions: what region numbers stand for
 */
struct mnet_job {
	uint32_t num_commands;
	bool trace;
	uint32_t trace_region;
	struct mnet_job_region regions[EDGETPU_NUM_REGIONS];
};

/**
 * struct mnet_job_result - how it went
 * @status: 0 or negative errno: -EFAULT (the job's own fault), -ETIMEDOUT, -ECANCELED, -ENODEV
 * @fault: with -EFAULT: EDGETPU_STATUS_*
 * @fault_engine: EDGETPU_ENGINE_*
 * @fault_command: index
 * @fault_va: address
 * @cycles: model cycles
 * @instructions: of the control processor
 * @busy: cycles by engine
 */
struct mnet_job_result {
	int status;
	uint32_t fault;
	uint32_t fault_engine;
	uint32_t fault_command;
	uint64_t fault_va;
	uint64_t cycles;
	uint32_t instructions;
	uint32_t busy[EDGETPU_NUM_ENGINES];
};

#define MNET_TRANSPORT_ABI	1

/**
 * struct mnet_transport_ops - a transport; a plug-in exports one as mnet_transport
 * @abi: MNET_TRANSPORT_ABI
 * @name: "drm", "sim"
 * @open: @spec is what follows the transport's name or the node's path
 * @close: all buffers must be gone
 * @query: what the device is
 * @bo_create: memory, zeroed, @rights are MNET_BO_*
 * @bo_import: memory of a dma-buf; -EOPNOTSUPP where there are none
 * @bo_destroy: no job may use it
 * @submit: queue a job; @ticket names it
 * @wait: wait for a job up to @timeout_ns (negative: for ever); -ETIME: not done
 *	yet; 0: @result is filled (its status may be an error)
 *
 * Thread safe. The open transport is opaque: struct mnet_transport of each.
 */
struct mnet_transport;

struct mnet_transport_ops {
	unsigned int abi;
	const char *name;
	int (*open)(const char *spec, struct mnet_transport **t, struct mnet_error *err);
	void (*close)(struct mnet_transport *t);
	int (*query)(struct mnet_transport *t, struct mnet_hw_config *config,
		     struct mnet_error *err);
	int (*bo_create)(struct mnet_transport *t, size_t size, uint32_t rights,
			 struct mnet_bo **bo, struct mnet_error *err);
	int (*bo_import)(struct mnet_transport *t, int dmabuf, size_t size, uint32_t rights,
			 struct mnet_bo **bo, struct mnet_error *err);
	void (*bo_destroy)(struct mnet_transport *t, struct mnet_bo *bo);
	int (*submit)(struct mnet_transport *t, const struct mnet_job *job, uint64_t *ticket,
		      struct mnet_error *err);
	int (*wait)(struct mnet_transport *t, uint64_t ticket, int64_t timeout_ns,
		    struct mnet_job_result *result, struct mnet_error *err);
};

/* Symbol that a plug-in exports: extern const struct mnet_transport_ops mnet_transport; */
#define MNET_TRANSPORT_SYMBOL	"mnet_transport"

#endif /* MNET_TRANSPORT_H */
