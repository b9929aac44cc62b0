// SPDX-License-Identifier: MIT
/* A session: everything that one stream of inferences needs, and its run. */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "runtime/runtime.h"

static int prepare_ops(struct mnet_session *s, struct mnet_error *err)
{
	const struct mnet_executable *exe = s->exe;
	unsigned int n = exe->graph.num_ops;

	s->ops = calloc(n ? n : 1, sizeof(*s->ops));
	if (!s->ops)
		return mnet_fail(err, -ENOMEM, "out of memory");
	for (unsigned int i = 0; i < exe->num_segments; i++) {
		const struct mnet_segment *seg = &exe->segments[i];

		for (unsigned int o = 0; !seg->accelerated && o < seg->num_ops; o++) {
			unsigned int op = seg->ops[o];
			int ret;

			if (s->ops[op])
				continue;
			ret = mnet_cpu_prepare(&exe->graph, &exe->graph.ops[op], &s->ops[op], err);
			if (ret)
				return ret;
		}
	}
	return 0;
}

static int prepare_jobs(struct mnet_session *s, struct mnet_error *err)
{
	unsigned int n = s->exe->num_subgraphs;
	int ret;

	if (!n)
		return 0;
	if (!s->dev->ops)
		return mnet_fail(err, -EINVAL,
				 "compiled for an accelerator, and %s is none: compile it for the CPU",
				 s->dev->name);
	s->jobs = calloc(n, sizeof(*s->jobs));
	if (!s->jobs)
		return mnet_fail(err, -ENOMEM, "out of memory");
	for (unsigned int i = 0; i < n; i++) {
		ret = mnet_session_job_create(s, i, err);
		if (ret)
			return ret;
	}
	return mnet_program_get(s->dev, s->exe, &s->program, err);
}

int mnet_session_create(struct mnet_device *dev, const struct mnet_executable *exe,
			struct mnet_session **out, struct mnet_error *err)
{
	struct mnet_session *s = calloc(1, sizeof(*s));
	int ret;

	if (!s)
		return mnet_fail(err, -ENOMEM, "out of memory");
	s->dev = dev;
	s->exe = exe;
	ret = prepare_jobs(s, err);
	if (!ret)
		ret = prepare_ops(s, err);
	if (!ret)
		ret = mnet_session_place(s, err);
	if (ret) {
		mnet_session_free(s);
		return ret;
	}
	*out = s;
	return 0;
}

void mnet_session_free(struct mnet_session *s)
{
	if (!s)
		return;
	if (s->ops) {
		for (unsigned int i = 0; i < s->exe->graph.num_ops; i++) {
			if (s->ops[i])
				mnet_cpu_release(s->ops[i]);
		}
	}
	if (s->program)
		mnet_program_put(s->dev, s->program);
	if (s->jobs) {
		for (unsigned int i = 0; i < s->exe->num_subgraphs; i++)
			mnet_session_job_destroy(s, i);
	}
	free(s->events);
	free(s->jobs);
	free(s->ops);
	free(s->data);
	free(s->memory);
	free(s);
}

void *mnet_session_input(struct mnet_session *s, unsigned int index)
{
	if (index >= s->exe->graph.num_inputs)
		return NULL;
	return s->data[s->exe->graph.inputs[index]];
}

const void *mnet_session_output(struct mnet_session *s, unsigned int index)
{
	if (index >= s->exe->graph.num_outputs)
		return NULL;
	return s->data[s->exe->graph.outputs[index]];
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static int run_on_cpu(struct mnet_session *s, const struct mnet_segment *seg,
		      struct mnet_error *err)
{
	for (unsigned int o = 0; o < seg->num_ops; o++) {
		int ret = mnet_cpu_run(s->ops[seg->ops[o]], s->data, err);

		if (ret)
			return ret;
	}
	return 0;
}

/* @pj and that of a job; negative when either is unknown */
static double add_energy(struct mnet_session *s, unsigned int subgraph, uint64_t cycles, double pj)
{
	double dynamic = s->program->jobs[subgraph].dynamic_pj;

	if (pj < 0 || dynamic < 0)
		return -1;
	return pj + dynamic + mnet_energy_static_pj(&s->dev->config, cycles);
}

int mnet_session_run(struct mnet_session *s, struct mnet_run_result *result,
		     struct mnet_error *err)
{
	struct mnet_run_result r = { .energy_mj = -1 };
	double start = now_ms();
	double pj = 0;

	s->num_events = 0;
	for (unsigned int i = 0; i < s->exe->num_segments; i++) {
		const struct mnet_segment *seg = &s->exe->segments[i];
		struct mnet_job_result job;
		int ret;

		if (!seg->accelerated) {
			ret = run_on_cpu(s, seg, err);
			if (ret)
				return ret;
			continue;
		}
		ret = mnet_session_job_run(s, seg->subgraph, r.model_cycles, &job, err);
		if (ret)
			return ret;
		r.model_cycles += job.cycles;
		pj = add_energy(s, seg->subgraph, job.cycles, pj);
	}
	if (s->program && pj >= 0)
		r.energy_mj = pj / 1e9;
	mnet_session_trace_sort(s);
	if (s->dev->config.clock_khz)
		r.model_ms = (double)r.model_cycles / s->dev->config.clock_khz;
	r.host_ms = now_ms() - start;
	if (result)
		*result = r;
	return 0;
}

int mnet_session_set_trace(struct mnet_session *s, bool on, struct mnet_error *err)
{
	if (on) {
		int ret = mnet_session_trace_reserve(s, err);

		if (ret)
			return ret;
	}
	s->tracing = on;
	s->num_events = 0;
	return 0;
}

const struct mnet_trace_event *mnet_session_trace(struct mnet_session *s, size_t *count)
{
	*count = s->num_events;
	return s->num_events ? s->events : NULL;
}
