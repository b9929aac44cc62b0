// SPDX-License-Identifier: MIT
/*
 * The runtime on a device that is none: each job writes its input, each byte
 * plus one, to its output. Two such jobs with a RESHAPE on the CPU between them
 * are the network.
 */
#include "cmocka_includes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hwmodel/cost.h"
#include "runtime/runtime.h"
#include "runtime/va_space.h"

#define N 100

/* --- the device ---------------------------------------------------------- */

struct mnet_transport {
	unsigned int bos;
	unsigned int created;
	unsigned int fail_at; /* creation that fails, from 1; 0: none */
	struct mnet_job_result next;
	struct mnet_job_result last;
};

static struct mnet_transport fake;

static int fake_bo_create(struct mnet_transport *t, size_t size, uint32_t rights,
			  struct mnet_bo **bo, struct mnet_error *err)
{
	(void)rights;
	if (++t->created == t->fail_at)
		return mnet_fail(err, -ENOMEM, "no more buffers");
	*bo = calloc(1, sizeof(**bo));
	(*bo)->size = size;
	(*bo)->map = calloc(1, size);
	t->bos++;
	return 0;
}

static void fake_bo_destroy(struct mnet_transport *t, struct mnet_bo *bo)
{
	free(bo->map);
	free(bo);
	t->bos--;
}

static int fake_submit(struct mnet_transport *t, const struct mnet_job *job, uint64_t *ticket,
		       struct mnet_error *err)
{
	const uint8_t *in = job->regions[MNET_REGION_INPUT].bo->map;
	uint8_t *out = job->regions[MNET_REGION_OUTPUT].bo->map;
	const struct edgetpu_command *c = job->regions[EDGETPU_REGION_COMMAND].bo->map;
	(void)err;

	assert_int_equal(job->num_commands, 2);
	assert_int_equal(job->regions[EDGETPU_REGION_COMMAND].flags, EDGETPU_REGION_READ);
	assert_int_equal(job->regions[MNET_REGION_OUTPUT].flags, EDGETPU_REGION_WRITE);
	t->last = t->next;
	t->next = (struct mnet_job_result){ .cycles = 480 };
	*ticket = 1;
	if (job->trace) {
		struct edgetpu_trace *trace = job->regions[job->trace_region].bo->map;

		trace[0] = (struct edgetpu_trace){ .start = 20, .end = 30, .engine = 1,
						   .tag = c[0].tag };
		trace[1] = (struct edgetpu_trace){ .start = 10, .end = 20, .tag = c[1].tag,
						   .bytes = 64 };
	}
	for (int i = 0; !t->last.status && i < N; i++)
		out[i] = in[i] + 1;
	return 0;
}

static int fake_wait(struct mnet_transport *t, uint64_t ticket, int64_t timeout_ns,
		     struct mnet_job_result *result, struct mnet_error *err)
{
	(void)timeout_ns;
	(void)err;
	assert_int_equal(ticket, 1);
	*result = t->last;
	return 0;
}

static const struct mnet_transport_ops fake_ops = {
	.abi = MNET_TRANSPORT_ABI,
	.name = "fake",
	.bo_create = fake_bo_create,
	.bo_destroy = fake_bo_destroy,
	.submit = fake_submit,
	.wait = fake_wait,
};

static struct mnet_device device;

static int setup(void **state)
{
	(void)state;
	fake = (struct mnet_transport){ .next.cycles = 480 };
	device = (struct mnet_device){ .name = "fake", .config = mnet_hw_config_soc,
				       .ops = &fake_ops, .transport = &fake };
	pthread_mutex_init(&device.lock, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	pthread_mutex_destroy(&device.lock);
	assert_null(device.programs);
	assert_int_equal(fake.bos, 0);
	return 0;
}

/* --- the network --------------------------------------------------------- */

static struct mnet_tensor tensors[4];
static struct mnet_op ops[3] = {
	{ .name = "ADD", .num_inputs = 1, .inputs = (int[]){ 0 },
	  .num_outputs = 1, .outputs = (int[]){ 1 } },
	{ .code = MNET_OP_RESHAPE, .version = 1, .name = "RESHAPE", .num_inputs = 1,
	  .inputs = (int[]){ 1 }, .num_outputs = 1, .outputs = (int[]){ 2 } },
	{ .name = "ADD", .num_inputs = 1, .inputs = (int[]){ 2 },
	  .num_outputs = 1, .outputs = (int[]){ 3 } },
};
static const struct edgetpu_command commands[2][2] = {
	{ { .opcode = EDGETPU_OP_LOAD, .u.dma = { .len = 1, .n1 = 1, .n2 = 1 } },
	  { .opcode = EDGETPU_OP_STORE, .u.dma = { .len = 1, .n1 = 1, .n2 = 1 } } },
	{ { .opcode = EDGETPU_OP_LOAD, .tag = 2, .u.dma = { .len = 1, .n1 = 1, .n2 = 1 } },
	  { .opcode = EDGETPU_OP_STORE, .tag = 2, .u.dma = { .len = 1, .n1 = 1, .n2 = 1 } } },
};
static struct mnet_subgraph subgraphs[2] = {
	{ .num_commands = 2, .commands = commands[0], .weights = "w", .weights_size = 1,
	  .num_inputs = 1, .inputs = &(struct mnet_binding){ .tensor = 0 }, .input_size = N,
	  .num_outputs = 1, .outputs = &(struct mnet_binding){ .tensor = 1 }, .output_size = N,
	  .sram_bytes = 100 },
	{ .num_commands = 2, .commands = commands[1],
	  .num_inputs = 1, .inputs = &(struct mnet_binding){ .tensor = 2 }, .input_size = N,
	  .num_outputs = 1, .outputs = &(struct mnet_binding){ .tensor = 3 }, .output_size = N,
	  .scratch_size = 64 },
};
static struct mnet_segment segments[3] = {
	{ .accelerated = true, .subgraph = 0, .num_ops = 1, .ops = (unsigned int[]){ 0 } },
	{ .num_ops = 1, .ops = (unsigned int[]){ 1 } },
	{ .accelerated = true, .subgraph = 1, .num_ops = 1, .ops = (unsigned int[]){ 2 } },
};
static struct mnet_executable exe = {
	.graph = { .num_tensors = 4, .tensors = tensors, .num_ops = 3, .ops = ops,
		   .num_inputs = 1, .inputs = (int[]){ 0 },
		   .num_outputs = 1, .outputs = (int[]){ 3 } },
	.num_segments = 3,
	.segments = segments,
	.num_subgraphs = 2,
	.subgraphs = subgraphs,
};

static int make_network(void **state)
{
	static const float scale = 1;
	static const int32_t zero;
	(void)state;

	for (int i = 0; i < 4; i++)
		tensors[i] = (struct mnet_tensor){ .name = "t", .type = MNET_UINT8, .rank = 2,
						   .shape = { 1, N }, .bytes = N, .num_scales = 1,
						   .scales = &scale, .zero_points = &zero,
						   .producer = i - 1 };
	return 0;
}

static struct mnet_session *new_session(void)
{
	struct mnet_session *s;
	struct mnet_error err = { "" };

	if (mnet_session_create(&device, &exe, &s, &err))
		fail_msg("%s", err.message);
	return s;
}

/* --- sessions ------------------------------------------------------------ */

static void segments_run_in_order(void **state)
{
	struct mnet_session *s = new_session();
	struct mnet_run_result result;
	struct mnet_error err;
	const uint8_t *out = mnet_session_output(s, 0);
	(void)state;

	memset(mnet_session_input(s, 0), 40, N);
	assert_int_equal(mnet_session_run(s, &result, &err), 0);
	for (int i = 0; i < N; i++)
		assert_int_equal(out[i], 42);
	assert_int_equal(result.model_cycles, 960);
	assert_true(result.model_ms == 0.002);
	assert_true(result.host_ms >= 0);
	/* 50 mW for two microseconds, and some for the work */
	assert_true(result.energy_mj > 1e-4);
	assert_null(mnet_session_input(s, 1));
	assert_null(mnet_session_output(s, 1));
	mnet_session_free(s);
}

static void tensors_lie_in_the_jobs_buffers(void **state)
{
	struct mnet_session *s = new_session();
	(void)state;

	assert_ptr_equal(s->data[0], s->jobs[0].input->map);
	assert_ptr_equal(s->data[1], s->jobs[0].output->map);
	assert_ptr_equal(s->data[2], s->jobs[1].input->map);
	assert_ptr_equal(s->data[3], s->jobs[1].output->map);
	assert_null(s->memory);
	mnet_session_free(s);
}

static void sessions_share_commands_and_weights(void **state)
{
	struct mnet_session *a = new_session(), *b;
	unsigned int bos = fake.bos;
	(void)state;

	b = new_session();
	/* two inputs, two outputs, one scratch, but no commands and weights again */
	assert_int_equal(fake.bos, bos + 5);
	assert_ptr_equal(a->program, b->program);
	mnet_session_free(a);
	assert_int_equal(mnet_session_run(b, NULL, NULL), 0);
	mnet_session_free(b);
}

static void fault_is_told_and_the_next_run_works(void **state)
{
	struct mnet_session *s = new_session();
	struct mnet_error err = { "" };
	const char *const say[] = { "MMU fault", "0xabc000", "load engine", "command 0",
				    "operator 0 (ADD)" };
	(void)state;

	fake.next = (struct mnet_job_result){
		.status = -EFAULT, .fault = EDGETPU_STATUS_MMU_FAULT,
		.fault_engine = EDGETPU_ENGINE_LOAD, .fault_va = 0xabc000,
	};
	assert_int_equal(mnet_session_run(s, NULL, &err), -EIO);
	for (int i = 0; i < 5; i++) {
		if (!strstr(err.message, say[i]))
			fail_msg("\"%s\" does not say \"%s\"", err.message, say[i]);
	}
	assert_int_equal(mnet_session_run(s, NULL, &err), 0);

	fake.next = (struct mnet_job_result){ .status = -EFAULT, .fault = 99, .fault_engine = 99,
					      .fault_command = 99 };
	assert_int_equal(mnet_session_run(s, NULL, &err), -EIO);
	assert_non_null(strstr(err.message, "unknown"));
	fake.next = (struct mnet_job_result){ .status = -ETIMEDOUT };
	assert_int_equal(mnet_session_run(s, NULL, &err), -EIO);
	assert_non_null(strstr(err.message, "no progress"));
	mnet_session_free(s);
}

static void every_failed_allocation_is_undone(void **state)
{
	struct mnet_session *s;
	struct mnet_error err;
	unsigned int n;
	int ret;
	(void)state;

	for (n = 1; n < 20; n++) {
		fake.created = 0;
		fake.fail_at = n;
		ret = mnet_session_create(&device, &exe, &s, &err);
		if (!ret)
			break;
		assert_int_equal(ret, -ENOMEM);
		assert_int_equal(fake.bos, 0);
		assert_null(device.programs);
	}
	/* five of its own, two command buffers, one of weights */
	assert_int_equal(n, 9);
	mnet_session_free(s);
}

static void misfits_are_refused(void **state)
{
	struct mnet_session *s;
	struct mnet_error err;
	(void)state;

	device.config.sram_size = 99;
	assert_int_equal(mnet_session_create(&device, &exe, &s, &err), -EINVAL);
	assert_non_null(strstr(err.message, "100 bytes of SRAM"));
	device.config = mnet_hw_config_cpu;
	device.ops = NULL;
	assert_int_equal(mnet_session_create(&device, &exe, &s, &err), -EINVAL);
	assert_non_null(strstr(err.message, "compiled for an accelerator"));
	device.ops = &fake_ops;
}

static void trace_spans_all_jobs(void **state)
{
	static const struct { unsigned int op; uint64_t start; } want[] = {
		{ 0, 10 }, { 0, 20 }, { 2, 490 }, { 2, 500 },
	};
	struct mnet_session *s = new_session();
	const struct mnet_trace_event *e;
	struct mnet_error err;
	size_t count;
	(void)state;

	assert_int_equal(mnet_session_run(s, NULL, &err), 0);
	assert_null(mnet_session_trace(s, &count));
	assert_int_equal(mnet_session_set_trace(s, true, &err), 0);
	for (int run = 0; run < 2; run++) {
		assert_int_equal(mnet_session_run(s, NULL, &err), 0);
		e = mnet_session_trace(s, &count);
		assert_int_equal(count, 4);
		for (int i = 0; i < 4; i++) {
			assert_int_equal(e[i].op, want[i].op);
			assert_int_equal(e[i].start, want[i].start);
			assert_int_equal(e[i].end, want[i].start + 10);
			assert_int_equal(e[i].engine, i % 2);
		}
	}
	assert_int_equal(mnet_session_set_trace(s, false, &err), 0);
	assert_int_equal(mnet_session_run(s, NULL, &err), 0);
	assert_null(mnet_session_trace(s, &count));
	mnet_session_free(s);
}

/* --- memory of the CPU's tensors ------------------------------------------ */

#define CHAIN 6

static void dead_tensors_give_their_memory(void **state)
{
	static struct mnet_tensor t[CHAIN + 1];
	static struct mnet_op chain[CHAIN];
	static int in[CHAIN], out[CHAIN], last = CHAIN, first;
	static unsigned int order[CHAIN];
	struct mnet_segment segment = { .num_ops = CHAIN, .ops = order };
	struct mnet_executable cpu = {
		.graph = { .num_tensors = CHAIN + 1, .tensors = t, .num_ops = CHAIN, .ops = chain,
			   .num_inputs = 1, .inputs = &first, .num_outputs = 1, .outputs = &last },
		.num_segments = 1,
		.segments = &segment,
	};
	struct mnet_session *s;
	struct mnet_error err = { "" };
	(void)state;

	for (int i = 0; i <= CHAIN; i++)
		t[i] = tensors[0];
	for (int i = 0; i < CHAIN; i++) {
		in[i] = i;
		out[i] = i + 1;
		order[i] = i;
		chain[i] = ops[1];
		chain[i].inputs = &in[i];
		chain[i].outputs = &out[i];
	}
	if (mnet_session_create(&device, &cpu, &s, &err))
		fail_msg("%s", err.message);
	/* An operator's input and output are apart, those of others are one. */
	assert_ptr_not_equal(s->data[1], s->data[2]);
	assert_ptr_not_equal(s->data[2], s->data[3]);
	assert_ptr_equal(s->data[1], s->data[3]);
	for (int i = 1; i < CHAIN; i++) {
		assert_ptr_not_equal(s->data[i], s->data[0]);
		assert_ptr_not_equal(s->data[i], s->data[CHAIN]);
	}
	memset(mnet_session_input(s, 0), 7, N);
	for (int run = 0; run < 2; run++) {
		memset((void *)mnet_session_output(s, 0), 0, N);
		assert_int_equal(mnet_session_run(s, NULL, &err), 0);
		assert_int_equal(((const uint8_t *)mnet_session_output(s, 0))[N - 1], 7);
	}
	mnet_session_free(s);
}

/* --- device addresses ------------------------------------------------------ */

static void addresses_are_reused_and_never_touch(void **state)
{
	struct va_space space = { .start = 0x1000, .end = 0x10000, .page = 0x1000 };
	uint64_t a, b, c;
	(void)state;

	assert_int_equal(va_space_take(&space, 0x2000, &a), 0);
	assert_int_equal(va_space_take(&space, 1, &b), 0);
	assert_int_equal(a, 0x1000);
	assert_int_equal(b, 0x4000); /* a page is free between them */
	va_space_give(&space, a);
	assert_int_equal(va_space_take(&space, 0x3000, &c), 0);
	assert_int_equal(c, 0x6000); /* does not fit before b */
	assert_int_equal(va_space_take(&space, 0x2000, &a), 0);
	assert_int_equal(a, 0x1000);
	va_space_give(&space, a);
	va_space_give(&space, b);
	va_space_give(&space, c);
	assert_null(space.ranges);
}

static void full_address_space_says_so(void **state)
{
	struct va_space space = { .start = 0x1000, .end = 0x5000, .page = 0x1000 };
	uint64_t a, b;
	(void)state;

	assert_int_equal(va_space_take(&space, UINT64_MAX, &a), -ENOSPC);
	assert_int_equal(va_space_take(&space, 0x4000, &a), -ENOSPC);
	assert_int_equal(va_space_take(&space, 0, &a), -ENOSPC);
	assert_int_equal(va_space_take(&space, 0x3000, &a), 0);
	assert_int_equal(va_space_take(&space, 1, &b), -ENOSPC);
	va_space_give(&space, a);
}

/* --- models and devices ------------------------------------------------------ */

static void models_that_are_none_are_refused(void **state)
{
	struct mnet_model *model;
	struct mnet_error err = { "" };
	char dir[] = "/tmp/test_runtime.XXXXXX", path[64];
	(void)state;

	assert_non_null(mkdtemp(dir));
	assert_int_equal(mnet_model_load("/nonexistent/model", &model, &err), -ENOENT);
	assert_true(err.message[0]);
	assert_int_equal(mnet_model_load(dir, &model, &err), -EISDIR);
	snprintf(path, sizeof(path), "%s/fifo", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(mnet_model_load(path, &model, &err), -EINVAL);
	unlink(path);
	rmdir(dir);
	assert_int_equal(mnet_model_load_memory("", 0, &model, &err), -EINVAL);
	assert_int_equal(mnet_model_load_memory("nonsense nonsense", 17, &model, &err), -EINVAL);
	assert_int_equal(mnet_model_load_memory("", SIZE_MAX, &model, &err), -EFBIG);
}

static void devices_that_are_none_are_refused(void **state)
{
	struct mnet_device *dev;
	struct mnet_error err = { "" };
	(void)state;

	assert_int_equal(mnet_device_open("tpu", &dev, &err), -ENOENT);
	assert_non_null(strstr(err.message, "sim"));
	assert_int_equal(mnet_device_open("/dev/nonexistent", &dev, &err), -ENOENT);
	assert_non_null(strstr(err.message, "modprobe"));
	assert_int_equal(mnet_device_open("/dev/null", &dev, &err), -ENODEV);
	setenv("MNET_PLUGIN_PATH", "/nonexistent:/tmp/nonexistent", 1);
	assert_int_equal(mnet_device_open("sim", &dev, &err), -ENOENT);
	assert_non_null(strstr(err.message, "MNET_PLUGIN_PATH"));
	setenv("MNET_PLUGIN_PATH", PLUGIN_DIR, 1);
	assert_int_equal(mnet_device_open("sim", &dev, &err), -EPROTO);
	assert_non_null(strstr(err.message, "interface 999"));
	unsetenv("MNET_PLUGIN_PATH");
}

static void cpu_device_has_no_accelerator(void **state)
{
	struct mnet_device *dev;
	struct mnet_error err;
	(void)state;

	assert_int_equal(mnet_device_open("cpu", &dev, &err), 0);
	assert_string_equal(mnet_device_name(dev), "cpu");
	assert_int_equal(mnet_device_config(dev)->sram_size, 0);
	mnet_device_close(dev);
}

static void configurations_are_the_hardware_models(void **state)
{
	(void)state;

	assert_memory_equal(&mnet_hw_config_soc, &hwmodel_config_soc, sizeof(hwmodel_config_soc));
	assert_memory_equal(&mnet_hw_config_pcie, &hwmodel_config_pcie,
			    sizeof(hwmodel_config_pcie));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(segments_run_in_order, setup, teardown),
		cmocka_unit_test_setup_teardown(tensors_lie_in_the_jobs_buffers, setup, teardown),
		cmocka_unit_test_setup_teardown(sessions_share_commands_and_weights, setup,
						teardown),
		cmocka_unit_test_setup_teardown(fault_is_told_and_the_next_run_works, setup,
						teardown),
		cmocka_unit_test_setup_teardown(every_failed_allocation_is_undone, setup, teardown),
		cmocka_unit_test_setup_teardown(misfits_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(trace_spans_all_jobs, setup, teardown),
		cmocka_unit_test_setup_teardown(dead_tensors_give_their_memory, setup, teardown),
		cmocka_unit_test(addresses_are_reused_and_never_touch),
		cmocka_unit_test(full_address_space_says_so),
		cmocka_unit_test(models_that_are_none_are_refused),
		cmocka_unit_test(devices_that_are_none_are_refused),
		cmocka_unit_test(cpu_device_has_no_accelerator),
		cmocka_unit_test(configurations_are_the_hardware_models),
	};

	return cmocka_run_group_tests(tests, make_network, NULL);
}
