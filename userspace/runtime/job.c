// SPDX-License-Identifier: MIT
/* One subgraph of a session: its buffers, its run and what went wrong with it. */
#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "runtime/runtime.h"

static int make(struct mnet_session *s, size_t size, uint32_t rights, struct mnet_bo **bo,
		struct mnet_error *err)
{
	if (!size)
		return 0;
	return s->dev->ops->bo_create(s->dev->transport, size, rights, bo, err);
}

int mnet_session_job_create(struct mnet_session *s, unsigned int index, struct mnet_error *err)
{
	const struct mnet_subgraph *sub = &s->exe->subgraphs[index];
	struct mnet_session_job *job = &s->jobs[index];
	int ret;

	if (sub->sram_bytes > s->dev->config.sram_size)
		return mnet_fail(err, -EINVAL,
				 "compiled for %u bytes of SRAM, the device has %u: compile it anew",
				 sub->sram_bytes, s->dev->config.sram_size);
	ret = make(s, sub->input_size, MNET_BO_READ, &job->input, err);
	if (!ret)
		ret = make(s, sub->output_size, MNET_BO_WRITE, &job->output, err);
	if (!ret)
		ret = make(s, sub->scratch_size, MNET_BO_READ | MNET_BO_WRITE, &job->scratch, err);
	return ret;
}

void mnet_session_job_destroy(struct mnet_session *s, unsigned int index)
{
	struct mnet_session_job *job = &s->jobs[index];
	struct mnet_bo *all[] = { job->input, job->output, job->scratch, job->trace };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (all[i])
			s->dev->ops->bo_destroy(s->dev->transport, all[i]);
	}
	memset(job, 0, sizeof(*job));
}

static void bind(struct mnet_job *job, unsigned int region, struct mnet_bo *bo, uint64_t size,
		 uint32_t flags)
{
	if (!bo)
		return;
	job->regions[region] = (struct mnet_job_region){ .bo = bo, .size = size, .flags = flags };
}

static void describe(struct mnet_session *s, unsigned int index, struct mnet_job *job)
{
	const struct mnet_subgraph *sub = &s->exe->subgraphs[index];
	const struct mnet_program_job *shared = &s->program->jobs[index];
	const struct mnet_session_job *own = &s->jobs[index];
	uint64_t commands_size = (uint64_t)sub->num_commands * sizeof(*sub->commands);

	memset(job, 0, sizeof(*job));
	job->num_commands = sub->num_commands;
	bind(job, EDGETPU_REGION_COMMAND, shared->commands, commands_size, EDGETPU_REGION_READ);
	bind(job, MNET_REGION_WEIGHTS, shared->weights, sub->weights_size, EDGETPU_REGION_READ);
	bind(job, MNET_REGION_INPUT, own->input, sub->input_size, EDGETPU_REGION_READ);
	bind(job, MNET_REGION_OUTPUT, own->output, sub->output_size, EDGETPU_REGION_WRITE);
	bind(job, MNET_REGION_SCRATCH, own->scratch, sub->scratch_size,
	     EDGETPU_REGION_READ | EDGETPU_REGION_WRITE);
	if (s->tracing) {
		job->trace = true;
		job->trace_region = MNET_REGION_TRACE;
		bind(job, MNET_REGION_TRACE, own->trace,
		     (uint64_t)sub->num_commands * sizeof(struct edgetpu_trace),
		     EDGETPU_REGION_WRITE);
	}
}

/* Tensors whose home is elsewhere */
static void gather(struct mnet_session *s, unsigned int index)
{
	const struct mnet_subgraph *sub = &s->exe->subgraphs[index];

	for (unsigned int b = 0; b < sub->num_inputs; b++) {
		const struct mnet_binding *bind = &sub->inputs[b];
		char *place = (char *)s->jobs[index].input->map + bind->offset;

		if (s->data[bind->tensor] != place)
			memcpy(place, s->data[bind->tensor],
			       s->exe->graph.tensors[bind->tensor].bytes);
	}
}

static const char *fault_name(uint32_t fault)
{
	switch (fault) {
	case EDGETPU_STATUS_KILLED:
		return "it was stopped";
	case EDGETPU_STATUS_BAD_JOB:
		return "bad job descriptor";
	case EDGETPU_STATUS_BAD_COMMAND:
		return "bad command";
	case EDGETPU_STATUS_BAD_REGION:
		return "address outside its region";
	case EDGETPU_STATUS_BAD_SRAM:
		return "address outside SRAM";
	case EDGETPU_STATUS_MMU_FAULT:
		return "MMU fault";
	case EDGETPU_STATUS_BUS_ERROR:
		return "host memory is not there";
	case EDGETPU_STATUS_TOO_LONG:
		return "a command takes too long";
	}
	return "unknown fault";
}

static const char *engine_name(uint32_t engine)
{
	static const char *const names[] = {
		[EDGETPU_ENGINE_LOAD] = "load engine",
		[EDGETPU_ENGINE_STORE] = "store engine",
		[EDGETPU_ENGINE_ARRAY] = "MAC array",
		[EDGETPU_ENGINE_VECTOR] = "vector unit",
		[EDGETPU_ENGINE_FIRMWARE] = "control processor",
	};

	return engine < sizeof(names) / sizeof(names[0]) ? names[engine] : "unknown engine";
}

static bool fault_has_address(uint32_t fault)
{
	return fault == EDGETPU_STATUS_MMU_FAULT || fault == EDGETPU_STATUS_BAD_REGION ||
	       fault == EDGETPU_STATUS_BUS_ERROR;
}

static int fail_fault(struct mnet_session *s, unsigned int index,
		      const struct mnet_job_result *result, struct mnet_error *err)
{
	const struct mnet_executable *exe = s->exe;
	const struct mnet_subgraph *sub = &exe->subgraphs[index];
	char where[96] = "", op[256] = "";

	if (fault_has_address(result->fault))
		snprintf(where, sizeof(where), " at device address 0x%" PRIx64, result->fault_va);
	if (result->fault_command < sub->num_commands) {
		uint32_t tag = le32toh(sub->commands[result->fault_command].tag);

		if (tag < exe->graph.num_ops)
			snprintf(op, sizeof(op), ", operator %u (%s)", tag,
				 exe->graph.ops[tag].name);
	}
	return mnet_fail(err, -EIO, "accelerator job %u failed: %s%s, met by the %s in command %u%s",
			 index, fault_name(result->fault), where,
			 engine_name(result->fault_engine), result->fault_command, op);
}

static int fail_job(struct mnet_session *s, unsigned int index,
		    const struct mnet_job_result *result, struct mnet_error *err)
{
	switch (result->status) {
	case -EFAULT:
		return fail_fault(s, index, result, err);
	case -ETIMEDOUT:
		return mnet_fail(err, -EIO,
				 "accelerator job %u took too long or made no progress and was stopped",
				 index);
	case -ECANCELED:
		return mnet_fail(err, -EIO,
				 "accelerator job %u was cancelled: the device was reset, run it again",
				 index);
	case -ENODEV:
		return mnet_fail(err, -EIO, "the device went away during accelerator job %u",
				 index);
	}
	return mnet_fail(err, -EIO, "accelerator job %u failed: %s", index,
			 strerror(-result->status));
}

int mnet_session_job_run(struct mnet_session *s, unsigned int index, uint64_t cycle,
			 struct mnet_job_result *result, struct mnet_error *err)
{
	const struct mnet_transport_ops *ops = s->dev->ops;
	struct mnet_job job;
	uint64_t ticket;
	int ret;

	gather(s, index);
	describe(s, index, &job);
	memset(result, 0, sizeof(*result));
	ret = ops->submit(s->dev->transport, &job, &ticket, err);
	if (ret)
		return ret;
	ret = ops->wait(s->dev->transport, ticket, -1, result, err);
	if (ret)
		return ret;
	if (result->status)
		return fail_job(s, index, result, err);
	if (s->tracing)
		mnet_session_trace_collect(s, index, cycle);
	return 0;
}
