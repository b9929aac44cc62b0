/* SPDX-License-Identifier: MIT */
/*
 * libmnet: compile quantised .tflite networks for an Edge TPU-style accelerator
 * and run them.
 *
 *	struct mnet_error err;
 *	struct mnet_device *dev;
 *	struct mnet_model *model;
 *	struct mnet_executable *exe;
 *	struct mnet_session *s;
 *
 *	mnet_device_open("/dev/edgetpu0", &dev, &err);
 *	mnet_model_load("net.tflite", &model, &err);
 *	mnet_compile(model, mnet_device_config(dev), NULL, &exe, &err);
 *	mnet_session_create(dev, exe, &s, &err);
 *	memcpy(mnet_session_input(s, 0), pixels, size);
 *	mnet_session_run(s, &result, &err);
 *	... mnet_session_output(s, 0) ...
 *
 * Functions that can fail return 0 or a negative errno and, where @err is not
 * NULL, one line that says what is wrong and where. Nothing aborts or prints.
 * Objects may be used from any thread, one thread at a time each; models and
 * executables are immutable and may be shared by sessions of several threads.
 */
#ifndef MNET_H
#define MNET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct mnet_error - what went wrong
 * @message: one line without newline, empty when nothing did
 */
struct mnet_error {
	char message[512];
};

enum mnet_type {
	MNET_FLOAT32 = 0,
	MNET_FLOAT16,
	MNET_INT8,
	MNET_UINT8,
	MNET_INT16,
	MNET_INT32,
	MNET_INT64,
	MNET_BOOL,
};

#define MNET_MAX_RANK	6

/**
 * struct mnet_tensor_info - an input or output of a model
 * @name: the model's, may be empty; lives as long as its model or executable
 * @type: element type
 * @rank: dimensions, 0..MNET_MAX_RANK
 * @shape: their sizes, each at least 1
 * @bytes: of the whole tensor
 * @scale: real = scale * (q - zero_point); 0 when not quantised
 * @zero_point: see @scale
 */
struct mnet_tensor_info {
	const char *name;
	enum mnet_type type;
	unsigned int rank;
	int32_t shape[MNET_MAX_RANK];
	size_t bytes;
	float scale;
	int32_t zero_point;
};

/**
 * struct mnet_hw_config - what a compiler must know of a device
 * @array_rows: reduction lanes of the MAC array
 * @array_cols: output channel lanes of the MAC array
 * @vector_lanes: channels the vector unit works on at once
 * @vector_macs: int8 MACs per vector lane and cycle
 * @clock_khz: the device's clock
 * @sram_size: bytes of scratch SRAM; 0: no accelerator, all runs on the CPU
 * @dram_mbps: bandwidth to host memory, 10^6 bytes/s
 * @dram_latency: cycles of one access to host memory
 */
struct mnet_hw_config {
	uint32_t array_rows;
	uint32_t array_cols;
	uint32_t vector_lanes;
	uint32_t vector_macs;
	uint32_t clock_khz;
	uint32_t sram_size;
	uint32_t dram_mbps;
	uint32_t dram_latency;
};

/* The default device with phone-like memory (12.8 GB/s); for compiling ahead of time. */
extern const struct mnet_hw_config mnet_hw_config_soc;
/* The same with Coral-like memory behind PCIe (0.5 GB/s) */
extern const struct mnet_hw_config mnet_hw_config_pcie;
/* Everything on the CPU */
extern const struct mnet_hw_config mnet_hw_config_cpu;

/* --- models --- */

struct mnet_model;

/* Reads and verifies a .tflite file; shapes are inferred. -EINVAL: not a valid model. */
int mnet_model_load(const char *path, struct mnet_model **model, struct mnet_error *err);
/* The same from memory, which is copied. */
int mnet_model_load_memory(const void *data, size_t size, struct mnet_model **model,
			   struct mnet_error *err);
void mnet_model_free(struct mnet_model *model);

/* --- executables --- */

struct mnet_executable;

/**
 * struct mnet_compile_options - NULL for the defaults
 * @dump_pass: pass whose result is printed, or NULL; "?" lists them
 * @dump: where to
 */
struct mnet_compile_options {
	const char *dump_pass;
	void (*dump)(void *opaque, const char *line);
	void *opaque;
};

/* -EOPNOTSUPP: an operator neither accelerator nor CPU can do. */
int mnet_compile(const struct mnet_model *model, const struct mnet_hw_config *config,
		 const struct mnet_compile_options *options, struct mnet_executable **exe,
		 struct mnet_error *err);
/*
 * .mnet files. Saving replaces @path only when all was written; what is no file
 * itself (a device, a FIFO, a link) stays and is written to.
 */
int mnet_executable_save(const struct mnet_executable *exe, const char *path,
			 struct mnet_error *err);
int mnet_executable_load(const char *path, struct mnet_executable **exe, struct mnet_error *err);
/* True when @path starts as a .mnet file does */
bool mnet_executable_probe(const char *path);
void mnet_executable_free(struct mnet_executable *exe);

unsigned int mnet_executable_num_inputs(const struct mnet_executable *exe);
unsigned int mnet_executable_num_outputs(const struct mnet_executable *exe);
int mnet_executable_input(const struct mnet_executable *exe, unsigned int index,
			  struct mnet_tensor_info *info);
int mnet_executable_output(const struct mnet_executable *exe, unsigned int index,
			   struct mnet_tensor_info *info);
/* The device it was compiled for */
const struct mnet_hw_config *mnet_executable_config(const struct mnet_executable *exe);

/**
 * struct mnet_op_info - one operator of the network and where it runs
 * @name: "CONV_2D", ...; a custom operator's own name
 * @output: its first output's name
 * @accelerated: false: on the CPU
 * @reason: why it is on the CPU, or how it is done ("folded into ...", "view"); may be empty
 * @subgraph: which accelerator subgraph, when accelerated
 * @macs: multiply-accumulates
 * @bytes: host memory moved for it, as compiled
 * @cycles: estimate of the engines' cycles for it; 0 on the CPU
 */
struct mnet_op_info {
	const char *name;
	const char *output;
	bool accelerated;
	const char *reason;
	unsigned int subgraph;
	uint64_t macs;
	uint64_t bytes;
	uint64_t cycles;
};

unsigned int mnet_executable_num_ops(const struct mnet_executable *exe);
int mnet_executable_op(const struct mnet_executable *exe, unsigned int index,
		       struct mnet_op_info *info);
/* Accelerator subgraphs */
unsigned int mnet_executable_num_subgraphs(const struct mnet_executable *exe);

/* --- devices --- */

struct mnet_device;

/**
 * mnet_device_open - open an accelerator
 * @spec: "/dev/edgetpu0" or another accel node; "sim", "sim:soc", "sim:pcie": the
 *	device in this process; "cpu": no accelerator. NULL: /dev/edgetpu0 where it
 *	is, else sim.
 *
 * Return: 0; -ENOENT: no such device; -EACCES; -ENODEV: not ours; -EPROTO: a
 * firmware or driver that this library cannot talk to.
 */
int mnet_device_open(const char *spec, struct mnet_device **dev, struct mnet_error *err);
/* Sessions on it must be gone. */
void mnet_device_close(struct mnet_device *dev);
const struct mnet_hw_config *mnet_device_config(const struct mnet_device *dev);
/* What was opened: "/dev/edgetpu0", "sim", "cpu" */
const char *mnet_device_name(const struct mnet_device *dev);

/* --- sessions --- */

struct mnet_session;

/**
 * struct mnet_run_result - what one inference took
 * @model_cycles: of the accelerator, all its jobs; never depends on the host
 * @model_ms: the same in milliseconds at the device's clock
 * @host_ms: wall clock of the whole run
 * @energy_mj: of the accelerator by its energy model; negative: unknown
 */
struct mnet_run_result {
	uint64_t model_cycles;
	double model_ms;
	double host_ms;
	double energy_mj;
};

/**
 * struct mnet_trace_event - one command of the accelerator in the last run
 * @op: operator of the network (mnet_executable_op)
 * @engine: EDGETPU_ENGINE_* of edgetpu_hw.h
 * @start: model cycle since the run's first job began
 * @end: the same, exclusive
 * @bytes: host memory moved
 */
struct mnet_trace_event {
	unsigned int op;
	unsigned int engine;
	uint64_t start;
	uint64_t end;
	uint64_t bytes;
};

int mnet_session_create(struct mnet_device *dev, const struct mnet_executable *exe,
			struct mnet_session **session, struct mnet_error *err);
void mnet_session_free(struct mnet_session *session);
/* Memory of an input or output, in the model's layout and type; NULL: no such one */
void *mnet_session_input(struct mnet_session *session, unsigned int index);
const void *mnet_session_output(struct mnet_session *session, unsigned int index);
/* Runs once; result may be NULL. -EIO: the job failed; the session can be used again. */
int mnet_session_run(struct mnet_session *session, struct mnet_run_result *result,
		     struct mnet_error *err);
/* Record every command of the runs that follow. */
int mnet_session_set_trace(struct mnet_session *session, bool on, struct mnet_error *err);
/* Events of the last run, by start; NULL and 0 when none were recorded */
const struct mnet_trace_event *mnet_session_trace(struct mnet_session *session, size_t *count);

#ifdef __cplusplus
}
#endif

#endif /* MNET_H */
