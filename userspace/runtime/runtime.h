/* SPDX-License-Identifier: MIT */
/*
 * The runtime's own structures. A device is an open transport; a program is an
 * executable's commands and weights on a device, shared by its sessions; a
 * session has the tensors of one stream of inferences.
 */
#ifndef MNET_RUNTIME_H
#define MNET_RUNTIME_H

#include <pthread.h>

#include "compiler/executable.h"
#include "cpu/cpu.h"
#include "runtime/transport.h"

/**
 * struct mnet_device - an open device
 * @name: as the caller named it
 * @config: what it is; sram_size 0: the CPU
 * @ops: its transport; NULL: the CPU
 * @transport: the open transport
 * @lock: protects @programs and their counts; sessions of several threads share a device
 * @programs: executables with sessions on this device
 */
struct mnet_device {
	char *name;
	struct mnet_hw_config config;
	const struct mnet_transport_ops *ops;
	struct mnet_transport *transport;
	pthread_mutex_t lock;
	struct mnet_program *programs;
};

/* What never changes of a subgraph, in device memory */
struct mnet_program_job {
	struct mnet_bo *commands;
	struct mnet_bo *weights;	/* NULL: it has none */
	double dynamic_pj;		/* energy of its work; negative: unknown */
};

struct mnet_program {
	struct mnet_program *next;
	const struct mnet_executable *exe;
	unsigned int refs;
	struct mnet_program_job jobs[];
};

/* What a session has of its own for a subgraph; NULL where the subgraph needs none */
struct mnet_session_job {
	struct mnet_bo *input;
	struct mnet_bo *output;
	struct mnet_bo *scratch;
	struct mnet_bo *trace;
};

/**
 * struct mnet_session - tensors and prepared operators of one stream of inferences
 * @dev: the device
 * @exe: the executable
 * @program: its commands and weights on @dev; NULL without subgraphs
 * @jobs: by subgraph
 * @ops: operators prepared for the CPU, by index in the graph; NULL where accelerated
 * @data: memory of each tensor of the graph; NULL: lives inside the accelerator only
 * @memory: block of the tensors that lie in no device buffer
 * @tracing: record commands
 * @events: of the last run
 * @num_events: entries of @events in use
 * @max_events: entries of @events allocated
 */
struct mnet_session {
	struct mnet_device *dev;
	const struct mnet_executable *exe;
	struct mnet_program *program;
	struct mnet_session_job *jobs;
	struct mnet_cpu_op **ops;
	void **data;
	void *memory;
	bool tracing;
	struct mnet_trace_event *events;
	size_t num_events;
	size_t max_events;
};

/* transport_drm.c: /dev/edgetpu0 and other accel nodes; @spec is the path */
extern const struct mnet_transport_ops mnet_transport_drm;

/* transport_plugin.c: finds and loads libmnet-@name.so. -ENOENT: there is none. */
int mnet_plugin_load(const char *name, const struct mnet_transport_ops **ops,
		     struct mnet_error *err);

/* program.c: counted references; safe from several threads */
int mnet_program_get(struct mnet_device *dev, const struct mnet_executable *exe,
		     struct mnet_program **program, struct mnet_error *err);
void mnet_program_put(struct mnet_device *dev, struct mnet_program *program);

/* place.c: gives every tensor that the host sees its memory, in s->data and s->memory */
int mnet_session_place(struct mnet_session *s, struct mnet_error *err);

/*
 * job.c: a session's buffers of subgraph @index, and running it. @cycle is the
 * model cycle its trace starts at; -EIO when the accelerator failed.
 */
int mnet_session_job_create(struct mnet_session *s, unsigned int index, struct mnet_error *err);
void mnet_session_job_destroy(struct mnet_session *s, unsigned int index);
int mnet_session_job_run(struct mnet_session *s, unsigned int index, uint64_t cycle,
			 struct mnet_job_result *result, struct mnet_error *err);

/*
 * energy.c: picojoules of a job's work, negative where the device is not known well enough, and
 * of being powered for some cycles
 */
double mnet_energy_dynamic_pj(const struct mnet_hw_config *config,
			      const struct mnet_subgraph *sub);
double mnet_energy_static_pj(const struct mnet_hw_config *config, uint64_t cycles);

/* trace.c: room for the trace of all jobs; the last job's commands become events */
int mnet_session_trace_reserve(struct mnet_session *s, struct mnet_error *err);
void mnet_session_trace_collect(struct mnet_session *s, unsigned int index, uint64_t cycle);
void mnet_session_trace_sort(struct mnet_session *s);

#endif /* MNET_RUNTIME_H */
