// SPDX-License-Identifier: GPL-2.0-only
/*
 * The real firmware on the device core: jobs that are parked in a save area, without a
 * ring, and go on from another one, or after a reset.
 *
 * test_firmware_park IMAGE
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fwpipe.h"

#define ID	0x123456789abcull	/* of the job that is parked */
#define OTHER	7u			/* a context and a ring that nobody has */

/* --- a stream for all engines ------------------------------------------------------------ */

#define LINES		400u
#define LINE		384u	/* 4 x 6 pixels of 16 channels */
#define WEIGHTS		0x200000u
#define PARAMS		0x201000u
#define TAIL		(LINES * LINE)	/* of the input: weights, then a channel block */

static void add_conv(struct fwclient *client, uint32_t in, uint32_t out)
{
	struct edgetpu_cmd_conv *conv = &fwclient_add(client, EDGETPU_OP_CONV)->u.conv;

	conv->in = in;
	conv->out = out;
	conv->in_row = conv->out_row = 96;
	conv->in_pixel = conv->out_pixel = 16;
	conv->weights = WEIGHTS;
	conv->params = PARAMS;
	conv->in_h = conv->out_h = 4;
	conv->in_w = conv->out_w = 6;
	conv->in_c = conv->out_c = 16;
	conv->kernel_h = conv->kernel_w = 3;
	conv->stride_h = conv->stride_w = 1;
	conv->dilation_h = conv->dilation_w = 1;
	conv->pad_top = conv->pad_left = 1;
	conv->act_min = 0x80;
	conv->act_max = 0x7f;
}

/* Some 5 million cycles; what a line becomes depends on the one before. */
static void build_all_engines(struct fwclient *client)
{
	uint8_t *input = fwclient_buffer(client, FWCLIENT_INPUT);
	struct edgetpu_channel_block *block = (void *)(input + TAIL + 9 * 16 * 16);
	uint32_t i;

	fwhost_fill(input, TAIL + 9 * 16 * 16, 5);
	memset(fwclient_buffer(client, FWCLIENT_OUTPUT), 0, FWCLIENT_BYTES);
	memset(fwclient_buffer(client, FWCLIENT_TRACE), 0, FWCLIENT_BYTES);
	for (i = 0; i < EDGETPU_CHANNEL_BLOCK; i++) {
		block->bias[i] = i * 100;
		block->multiplier[i] = 0x40000000 + i;
		block->shift[i] = -6;
	}
	fwclient_begin(client);
	fwclient_load(client, TAIL, WEIGHTS, 9 * 16 * 16);
	fwclient_load(client, TAIL + 9 * 16 * 16, PARAMS, sizeof(*block));
	for (i = 0; i < LINES; i++) {
		fwclient_load(client, i * LINE, 0, LINE)->u.dma.n1 = 700;
		add_conv(client, 0, 0x1000 + i % 2 * 0x1000);
		fwclient_copy(client, 0x1000, 0x3000, LINE / 2);
		fwclient_copy(client, 0x2000 + LINE / 2, 0x3000 + LINE / 2, LINE / 2);
		fwclient_store(client, i * LINE, 0x3000, LINE);
	}
	assert_true(client->num_commands * sizeof(struct edgetpu_trace) <= FWCLIENT_BYTES);
}

static struct edgetpu_job traced_job(struct fwclient *client)
{
	struct edgetpu_job job = fwclient_job(client);

	job.flags = EDGETPU_JOB_TRACE;
	job.trace_region = FWCLIENT_TRACE;
	job.limit = 1ull << 32;
	job.id = ID;
	return job;
}

/* --- the stage ------------------------------------------------------------------------------ */

static bool park_when_saved(uint64_t addr)
{
	(void)addr;
	if (!is_saved(&clients[0]))
		return false;
	fwhost_post(&host, (uint32_t[EDGETPU_MBOX_WORDS]) { EDGETPU_MBOX_RING_PARK,
							     clients[0].ring.index });
	return true;
}

/* Client 0's job, and another's that it takes turns with; three areas */
static void set_stage(void)
{
	struct edgetpu_job job;
	uint32_t i;

	fwhost_add_areas(&host, 3);
	create(2, NORMAL);
	build_all_engines(&clients[0]);
	build_pipe(&clients[1], 1);
	job = traced_job(&clients[0]);
	fwring_put(&clients[0].ring, &job);
	ring_bell(&clients[0].ring);
	for (i = 0; i < 4; i++)
		post(&clients[1]);
}

static uint32_t reply(uint32_t word)
{
	return fwhost_read(&host, EDGETPU_REG_MBOX_RSP(word));
}

/* Lets it run until client 0's job is parked; returns its area. */
static uint32_t park(void)
{
	act = park_when_saved;
	acted = false;
	run();
	assert_true(acted);
	assert_int_equal(reply(0), EDGETPU_MBOX_OK);
	assert_true(reply(1) < 3);
	assert_int_equal(reply(2), 0);
	return reply(1);
}

/* Client 0 moves to another context and ring. */
static void move(uint32_t number)
{
	struct fwclient *c = &clients[0];

	assert_int_equal(FWHOST_MBOX(&host, EDGETPU_MBOX_CONTEXT_DESTROY, c->context),
			 EDGETPU_MBOX_OK);
	c->context = number;
	assert_int_equal(FWHOST_MBOX(&host, EDGETPU_MBOX_CONTEXT_CREATE, number, c->table,
				     c->table >> 32), EDGETPU_MBOX_OK);
}

/* Ring @number of client 0 takes over area @area, which must be good for it. */
static void take_over(uint32_t number, uint32_t area)
{
	assert_int_equal(fwring_create_from(&clients[0].ring, &host, number, clients[0].context,
					    NORMAL, area + 1), EDGETPU_MBOX_OK);
}

static void go_on(void)
{
	struct edgetpu_job job = traced_job(&clients[0]);

	fwring_put(&clients[0].ring, &job);
	ring_bell(&clients[0].ring);
}

static bool all_areas_free(void)
{
	uint32_t i;

	for (i = 0; i < 3; i++)
		if (fwhost_set_area(&host, i, 0, 0) != EDGETPU_MBOX_OK)
			return false;
	return true;
}

/* What client 0's job does when nobody is in its way */
static uint8_t expected[LINES * LINE];
static struct edgetpu_completion alone;

static int run_alone(void **state)
{
	struct edgetpu_job job;

	setup(state);
	create(1, NORMAL);
	build_all_engines(&clients[0]);
	job = traced_job(&clients[0]);
	fwring_put(&clients[0].ring, &job);
	fwring_ring(&clients[0].ring);
	alone = *fwring_completion(&clients[0].ring, 0);
	assert_int_equal(alone.status, EDGETPU_STATUS_OK);
	memcpy(expected, fwclient_buffer(&clients[0], FWCLIENT_OUTPUT), sizeof(expected));
	return teardown(state);
}

static void check_trace(const struct edgetpu_completion *c)
{
	const struct edgetpu_trace *trace =
		(const void *)fwclient_buffer(&clients[0], FWCLIENT_TRACE);
	uint32_t i;

	for (i = 0; i < clients[0].num_commands; i++) {
		assert_int_equal(trace[i].tag, 1001 + i);
		assert_true(trace[i].start < trace[i].end);
		assert_true(trace[i].end <= c->end - c->start);
		/* each waits for all before it */
		if (i)
			assert_true(trace[i].start >= trace[i - 1].end);
	}
}

/* The job has ended as it would have alone, but for the time. */
static void check_all_engines(void)
{
	const struct edgetpu_completion *c = fwring_completion(&clients[0].ring, 0);
	uint32_t e;

	assert_int_equal(fwring_header(&clients[0].ring)->fence, 1);
	assert_int_equal(c->status, EDGETPU_STATUS_OK);
	assert_int_equal(c->commands, clients[0].num_commands);
	assert_memory_equal(fwclient_buffer(&clients[0], FWCLIENT_OUTPUT), expected,
			    sizeof(expected));
	for (e = EDGETPU_ENGINE_ARRAY; e < EDGETPU_NUM_ENGINES; e++)
		assert_int_equal(c->busy[e], alone.busy[e]);
	assert_true(c->instructions >= alone.instructions);
	check_trace(c);
}

/* --- park and go on -------------------------------------------------------------------------- */

/* Each time that it has run and is saved; done is as good as parked. */
static bool park_each_time(uint64_t addr)
{
	static bool ran;

	if (fwring_header(&clients[0].ring)->fence)
		return true;
	ran |= state_of(&clients[0]) == EDGETPU_RING_RUNNING;
	if (!ran || !park_when_saved(addr))
		return false;
	ran = false;
	return true;
}

/* From area to area, context to context, ring to ring */
static void test_goes_on_elsewhere(void **state)
{
	uint32_t area, hops;

	(void)state;
	set_stage();
	act = park_each_time;
	for (hops = 0;; hops++) {
		acted = false;
		run();
		assert_true(acted);
		if (fwring_header(&clients[0].ring)->fence)
			break;
		assert_int_equal(reply(0), EDGETPU_MBOX_OK);
		area = reply(1);
		move(OTHER + hops);
		take_over(40 + hops, area);
		assert_true(is_saved(&clients[0]));
		assert_int_equal(fwring_header(&clients[0].ring)->area, area);
		/* somebody it takes turns with */
		post(&clients[1]);
		go_on();
	}
	assert_true(hops >= 2);
	check_all_engines();
	check_pipe(&clients[1]);
	assert_true(all_areas_free());
}

/* A parked job waits as long as it must, its area is nobody else's meanwhile. */
static void test_waits_without_a_ring(void **state)
{
	uint32_t area, i;

	(void)state;
	set_stage();
	area = park();
	check_pipe(&clients[1]);
	/* two areas are left: for the highest priority alone */
	fwclient_create(&clients[2], &host, 2, NORMAL);
	build_pipe(&clients[2], 2);
	for (i = 1; i < 3; i++)
		post(&clients[i]);
	run();
	assert_true(fwring_completion(&clients[2].ring, 0)->start >=
		    fwring_completion(&clients[1].ring, 0)->end);
	move(OTHER);
	take_over(40, area);
	go_on();
	run();
	check_all_engines();
	assert_true(all_areas_free());
}

/* It may be parked again before it was posted, and then is what it was. */
static void test_is_parked_again_at_once(void **state)
{
	uint32_t area;

	(void)state;
	set_stage();
	area = park();
	move(OTHER);
	take_over(40, area);
	run();
	assert_int_equal(fwring_header(&clients[0].ring)->running, 1);
	assert_int_equal(FWHOST_MBOX(&host, EDGETPU_MBOX_SAVE_AREA, area), EDGETPU_MBOX_EBUSY);
	assert_int_equal(FWHOST_MBOX(&host, EDGETPU_MBOX_RING_STOP, 40), EDGETPU_MBOX_OK);
	assert_int_equal(reply(1), 1);
	assert_int_equal(FWHOST_MBOX(&host, EDGETPU_MBOX_RING_PARK, 40), EDGETPU_MBOX_OK);
	assert_int_equal(reply(1), area);
	take_over(41, area);
	go_on();
	run();
	check_all_engines();
}

/* Destroyed before it was posted it is gone, without a word. */
static void test_is_destroyed_before_it_goes_on(void **state)
{
	uint32_t area;

	(void)state;
	set_stage();
	area = park();
	take_over(40, area);
	assert_int_equal(FWHOST_MBOX(&host, EDGETPU_MBOX_RING_DESTROY, 40), EDGETPU_MBOX_OK);
	assert_int_equal(fwring_header(&clients[0].ring)->fence, 0);
	assert_int_equal(fwring_create_from(&clients[0].ring, &host, 41, 0, NORMAL, area + 1),
			 EDGETPU_MBOX_ENOENT);
	assert_true(all_areas_free());
	fwring_create(&clients[0].ring, &host, 0, 0, NORMAL);
	fwclient_check_good(&clients[0], 3);
}

/* What was wrong with the ring's last job is not wrong with this one. */
static void test_goes_on_where_a_job_has_failed(void **state)
{
	struct edgetpu_job bad;
	uint32_t area;

	(void)state;
	set_stage();
	area = park();
	act = NULL;
	run();
	move(OTHER);
	fwring_create(&clients[0].ring, &host, 40, clients[0].context, NORMAL);
	bad = traced_job(&clients[0]);
	bad.num_commands = 0;
	fwring_put(&clients[0].ring, &bad);
	ring_bell(&clients[0].ring);
	run();
	assert_int_equal(fwring_completion(&clients[0].ring, 0)->status, EDGETPU_STATUS_BAD_JOB);
	assert_int_equal(FWHOST_MBOX(&host, EDGETPU_MBOX_RING_DESTROY, 40), EDGETPU_MBOX_OK);
	take_over(40, area);
	go_on();
	run();
	check_all_engines();
	assert_true(all_areas_free());
}

/* Its limit counts all that it has had. */
static void test_limit_goes_along(void **state)
{
	const struct edgetpu_completion *c;
	struct edgetpu_job job;
	uint32_t area, limit = 3000000;

	(void)state;
	fwhost_add_areas(&host, 3);
	create(2, NORMAL);
	build_all_engines(&clients[0]);
	build_pipe(&clients[1], 1);
	job = traced_job(&clients[0]);
	job.limit = limit;
	fwring_put(&clients[0].ring, &job);
	ring_bell(&clients[0].ring);
	post(&clients[1]);
	area = park();
	take_over(40, area);
	fwring_put(&clients[0].ring, &job);
	ring_bell(&clients[0].ring);
	run();
	c = fwring_completion(&clients[0].ring, 0);
	assert_int_equal(c->status, EDGETPU_STATUS_TIME_LIMIT);
	/* a first turn of 2^21 cycles is behind it */
	assert_true(c->busy[EDGETPU_ENGINE_LOAD] < limit + 100000);
	assert_true(c->busy[EDGETPU_ENGINE_LOAD] > limit / 2);
	assert_true(all_areas_free());
}

/* --- to make a job give way ------------------------------------------------------------ */

static bool stop_early(uint64_t addr)
{
	(void)addr;
	if (state_of(&clients[0]) != EDGETPU_RING_RUNNING)
		return false;
	fwhost_post(&host, (uint32_t[EDGETPU_MBOX_WORDS]) { EDGETPU_MBOX_RING_STOP, 0, 1 });
	return true;
}

/* Though nobody else wants the engines, it is saved at its turn's end and waits. */
static void test_yields(void **state)
{
	struct edgetpu_job job;
	uint32_t irqs;

	(void)state;
	fwhost_add_areas(&host, 3);
	create(1, NORMAL);
	build_all_engines(&clients[0]);
	job = traced_job(&clients[0]);
	fwring_put(&clients[0].ring, &job);
	fwring_put(&clients[0].ring, &job);
	irqs = host.irqs[EDGETPU_VECTOR_JOBS];
	act = stop_early;
	ring_bell(&clients[0].ring);
	run();
	assert_true(acted);
	assert_int_equal(reply(1), 1);
	assert_true(is_saved(&clients[0]));
	assert_true(host.irqs[EDGETPU_VECTOR_JOBS] > irqs);
	/* the turn was one of full length */
	assert_true(now() > 1u << 21);
	assert_int_equal(FWHOST_MBOX(&host, EDGETPU_MBOX_RING_PARK, 0), EDGETPU_MBOX_OK);
	take_over(40, reply(1));
	go_on();
	run();
	check_all_engines();
}

/* Without an area it goes on to its end, and the ring with it. */
static void test_cannot_yield_without_an_area(void **state)
{
	struct edgetpu_job job;

	(void)state;
	create(1, NORMAL);
	build_all_engines(&clients[0]);
	job = traced_job(&clients[0]);
	fwring_put(&clients[0].ring, &job);
	act = stop_early;
	ring_bell(&clients[0].ring);
	run();
	assert_true(acted);
	check_all_engines();
	assert_int_equal(FWHOST_MBOX(&host, EDGETPU_MBOX_RING_PARK, 0), EDGETPU_MBOX_OK);
	assert_int_equal(reply(1), EDGETPU_NO_AREA);
	assert_int_equal(reply(2), 1);
}

static bool park_early(uint64_t addr)
{
	(void)addr;
	if (state_of(&clients[0]) != EDGETPU_RING_RUNNING)
		return false;
	fwhost_post(&host, (uint32_t[EDGETPU_MBOX_WORDS]) { EDGETPU_MBOX_RING_PARK, 0 });
	return true;
}

static void test_what_runs_is_not_parked(void **state)
{
	(void)state;
	fwhost_add_areas(&host, 3);
	act = park_early;
	start_pipes(1);
	run();
	assert_true(acted);
	assert_int_equal(reply(0), EDGETPU_MBOX_EBUSY);
	check_pipe(&clients[0]);
}

/* A ring with nothing begun goes, and the jobs in it. */
static void test_an_idle_ring_goes(void **state)
{
	(void)state;
	fwhost_add_areas(&host, 3);
	create(1, NORMAL);
	fwclient_check_good(&clients[0], 1);
	assert_int_equal(FWHOST_MBOX(&host, EDGETPU_MBOX_RING_PARK, 0), EDGETPU_MBOX_OK);
	assert_int_equal(reply(1), EDGETPU_NO_AREA);
	assert_int_equal(reply(2), 1);
	assert_int_equal(FWHOST_MBOX(&host, EDGETPU_MBOX_RING_PARK, 0), EDGETPU_MBOX_ENOENT);
	assert_int_equal(FWHOST_MBOX(&host, EDGETPU_MBOX_RING_STOP, 0), EDGETPU_MBOX_ENOENT);
	fwring_create(&clients[0].ring, &host, 0, 0, NORMAL);
	fwclient_check_good(&clients[0], 2);
	assert_int_equal(FWHOST_MBOX(&host, EDGETPU_MBOX_RING_STOP, 0, 2), EDGETPU_MBOX_EINVAL);
	fwclient_check_good(&clients[0], 3);
}

/* --- what is refused --------------------------------------------------------------------- */

static void test_areas_without_a_parked_job(void **state)
{
	struct fwring ring;
	uint32_t area;

	(void)state;
	set_stage();
	area = park();
	assert_int_equal(fwring_create_from(&ring, &host, 40, 0, NORMAL, (area + 1) % 3 + 1),
			 EDGETPU_MBOX_ENOENT);
	assert_int_equal(fwring_create_from(&ring, &host, 40, 0, NORMAL, 50), EDGETPU_MBOX_ENOENT);
	assert_int_equal(fwring_create_from(&ring, &host, 40, 0, NORMAL,
					    EDGETPU_MAX_SAVE_AREAS + 1), EDGETPU_MBOX_ENOENT);
	assert_int_equal(fwring_create_from(&ring, &host, 40, 0, NORMAL, ~0u),
			 EDGETPU_MBOX_ENOENT);
	/* the number is free as it was, and the area still has its job */
	take_over(40, area);
	/* but once */
	assert_int_equal(fwring_create_from(&ring, &host, 41, 0, NORMAL, area + 1),
			 EDGETPU_MBOX_ENOENT);
	go_on();
	run();
	check_all_engines();
	assert_int_equal(fwring_create_from(&ring, &host, 41, 0, NORMAL, area + 1),
			 EDGETPU_MBOX_ENOENT);
}

static void test_an_area_taken_back(void **state)
{
	struct fwring ring;
	uint32_t area;

	(void)state;
	set_stage();
	area = park();
	assert_int_equal(fwhost_set_area(&host, area, 0, 0), EDGETPU_MBOX_OK);
	assert_int_equal(fwring_create_from(&ring, &host, 40, 0, NORMAL, area + 1),
			 EDGETPU_MBOX_ENOENT);
	assert_int_equal(fwhost_set_area(&host, area, 0, 0), EDGETPU_MBOX_ENOENT);
	assert_int_equal(fwhost_set_area(&host, area, fwhost_area_bytes(), 0), EDGETPU_MBOX_OK);
	assert_int_equal(fwring_create_from(&ring, &host, 40, 0, NORMAL, area + 1),
			 EDGETPU_MBOX_ENOENT);
	assert_true(all_areas_free());
}

/* A job other than the one that was parked: it ends, and has seen nothing. */
static void test_another_job(void **state)
{
	const uint8_t *output;
	struct edgetpu_job job;
	uint32_t area, kind, i;

	(void)state;
	for (kind = 0; kind < 6; kind++) {
		set_stage();
		area = park();
		/* somebody else stores all of the SRAM that there may be */
		fwclient_create(&clients[2], &host, OTHER, NORMAL);
		fwclient_begin(&clients[2]);
		for (i = 0; i < clients[0].num_commands; i++)
			fwclient_store(&clients[2], 0, 0, FWCLIENT_BYTES);
		job = fwclient_job(&clients[2]);
		job.flags = EDGETPU_JOB_TRACE;
		job.trace_region = FWCLIENT_TRACE;
		job.limit = kind == 0 ? 1ull << 31 : 1ull << 32;
		job.id = kind == 1 ? ID + 1 : ID;
		job.flags &= kind == 2 ? 0 : ~0u;
		job.trace_region = kind == 2 ? 0 : FWCLIENT_TRACE;
		job.num_commands -= kind == 3;
		job.regions[FWCLIENT_INPUT].size -= kind == 4 ? 64 : 0;
		job.pad[0] = kind == 5;
		assert_int_equal(fwring_create_from(&clients[2].ring, &host, 40, OTHER, NORMAL,
						    area + 1), EDGETPU_MBOX_OK);
		fwring_put(&clients[2].ring, &job);
		ring_bell(&clients[2].ring);
		run();
		assert_int_equal(fwring_completion(&clients[2].ring, 0)->status,
				 kind == 5 ? EDGETPU_STATUS_BAD_JOB : EDGETPU_STATUS_LOST);
		output = fwclient_buffer(&clients[2], FWCLIENT_OUTPUT);
		for (i = 0; i < FWCLIENT_BYTES; i++)
			assert_int_equal(output[i], 0);
		/* nor does what comes next */
		fwclient_begin(&clients[2]);
		fwclient_store(&clients[2], 0, 0, FWCLIENT_BYTES);
		assert_int_equal(fwring_header(&clients[2].ring)->fence, 1);
		job = fwclient_job(&clients[2]);
		fwring_put(&clients[2].ring, &job);
		ring_bell(&clients[2].ring);
		run();
		assert_int_equal(fwring_completion(&clients[2].ring, 0)->status,
				 EDGETPU_STATUS_OK);
		for (i = 0; i < FWCLIENT_BYTES; i++)
			assert_int_equal(output[i], 0);
		assert_true(all_areas_free());
		teardown(state);
		setup(state);
	}
}

/* --- a reset of the device --------------------------------------------------------------- */

/* Resets it when client 0's job is saved, or at a moment given by @when. */
static bool (*when)(uint64_t addr);

static bool reset_device(uint64_t addr)
{
	if (!when(addr))
		return false;
	edgetpu_device_write(host.dev, EDGETPU_REG_RESET, 1);
	return true;
}

static bool saved_once;

static bool saved(uint64_t addr)
{
	(void)addr;
	return is_saved(&clients[0]);
}

/* Its SRAM is on its way to the area. */
static bool being_stored(uint64_t addr)
{
	return in_areas(addr) && state_of(&clients[0]) == EDGETPU_RING_RUNNING;
}

/* It is on its way back. */
static bool being_loaded(uint64_t addr)
{
	saved_once |= is_saved(&clients[0]);
	return saved_once && in_areas(addr) && is_saved(&clients[1]);
}

/* It has gone on. */
static bool gone_on(uint64_t addr)
{
	saved_once |= is_saved(&clients[0]);
	return saved_once && state_of(&clients[0]) == EDGETPU_RING_RUNNING && !in_areas(addr) &&
	       addr >= clients[0].buffer[FWCLIENT_OUTPUT] &&
	       addr < clients[0].buffer[FWCLIENT_OUTPUT] + FWCLIENT_BYTES;
}

/* Resets the device at that moment and boots it; client 0 has a context again. */
static void reset_when(bool (*moment)(uint64_t addr))
{
	set_stage();
	saved_once = false;
	when = moment;
	act = reset_device;
	run();
	assert_true(acted);
	act = NULL;
	fwhost_restart(&host);
	fwhost_create_area_context(&host);
	assert_int_equal(FWHOST_MBOX(&host, EDGETPU_MBOX_CONTEXT_CREATE, 0, clients[0].table,
				     clients[0].table >> 32), EDGETPU_MBOX_OK);
}

/* After the reset it goes on, as if there had been none. */
static void goes_on_after(bool (*moment)(uint64_t addr))
{
	uint32_t area;

	reset_when(moment);
	area = fwring_header(&clients[0].ring)->area;
	assert_int_equal(fwhost_set_area(&host, area, fwhost_area_bytes(), 1), EDGETPU_MBOX_OK);
	take_over(3, area);
	go_on();
	run();
	check_all_engines();
}

static void test_reset_while_saved(void **state)
{
	(void)state;
	goes_on_after(saved);
}

/* Loading leaves the area as it is. */
static void test_reset_while_loaded(void **state)
{
	(void)state;
	goes_on_after(being_loaded);
}

/* What is not complete, or no longer true, is not gone on from, in whichever area. */
static void test_reset_at_other_times(void **state)
{
	bool (*const moments[])(uint64_t addr) = { being_stored, gone_on };
	uint32_t i, area, found;

	(void)state;
	for (i = 0; i < 2; i++) {
		reset_when(moments[i]);
		for (found = 0, area = 0; area < 3; area++)
			found += fwhost_set_area(&host, area, fwhost_area_bytes(), 1) ==
				 EDGETPU_MBOX_OK;
		/* the other's job may be saved */
		assert_true(found <= 1);
		fwring_create(&clients[0].ring, &host, 3, 0, NORMAL);
		for (area = 0; found && area < 3; area++)
			if (fwring_create_from(&clients[0].ring, &host, 4, 0, NORMAL, area + 1) ==
			    EDGETPU_MBOX_OK)
				break;
		if (found) {
			go_on();
			run();
			assert_int_equal(fwring_completion(&clients[0].ring, 0)->status,
					 EDGETPU_STATUS_LOST);
		}
		teardown(state);
		setup(state);
	}
}

/* A record that something has happened to */
static void test_bad_records(void **state)
{
	struct edgetpu_saved *record, good;
	uint32_t area, i, bytes = fwhost_area_bytes();

	(void)state;
	reset_when(saved);
	area = fwring_header(&clients[0].ring)->area;
	record = (void *)(fwhost_area(&host, area) + fwhost_config->sram_size);
	good = *record;
	assert_int_equal(good.magic, EDGETPU_SAVED_MAGIC);
	assert_int_equal(good.id, ID);
	for (i = 0; i < sizeof(good) / 4; i++) {
		((uint32_t *)record)[i] += 1;
		assert_int_equal(fwhost_set_area(&host, area, bytes, 1), EDGETPU_MBOX_ENODATA);
		*record = good;
	}
	assert_int_equal(fwhost_set_area(&host, area, bytes, 2), EDGETPU_MBOX_EINVAL);
	/* where there is no memory */
	fwhost_map(&host, host.area_table, FWHOST_AREA_VA(area) + fwhost_config->sram_size, 0, 0);
	fwhost_write(&host, EDGETPU_REG_MMU_INVALIDATE, FWHOST_AREA_CONTEXT);
	assert_int_equal(fwhost_set_area(&host, area, bytes, 1), EDGETPU_MBOX_ENODATA);
	/* none of it is there, and the context has no use */
	assert_int_equal(fwhost_set_area(&host, area, 0, 0), EDGETPU_MBOX_ENOENT);
	assert_int_equal(FWHOST_MBOX(&host, EDGETPU_MBOX_CONTEXT_DESTROY, FWHOST_AREA_CONTEXT),
			 EDGETPU_MBOX_OK);
}

/* What cannot be loaded is lost, and nothing but that. */
static void test_area_gone(void **state)
{
	uint32_t area;

	(void)state;
	reset_when(saved);
	area = fwring_header(&clients[0].ring)->area;
	fwhost_map(&host, host.area_table, FWHOST_AREA_VA(area) + 3 * 4096, 0, 0);
	assert_int_equal(fwhost_set_area(&host, area, fwhost_area_bytes(), 1), EDGETPU_MBOX_OK);
	take_over(3, area);
	go_on();
	run();
	assert_int_equal(fwring_completion(&clients[0].ring, 0)->status, EDGETPU_STATUS_LOST);
	fwclient_check_good(&clients[0], 9);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(test_goes_on_elsewhere),
		TEST(test_waits_without_a_ring),
		TEST(test_is_parked_again_at_once),
		TEST(test_is_destroyed_before_it_goes_on),
		TEST(test_goes_on_where_a_job_has_failed),
		TEST(test_limit_goes_along),
		TEST(test_yields),
		TEST(test_cannot_yield_without_an_area),
		TEST(test_what_runs_is_not_parked),
		TEST(test_an_idle_ring_goes),
		TEST(test_areas_without_a_parked_job),
		TEST(test_an_area_taken_back),
		TEST(test_another_job),
		TEST(test_reset_while_saved),
		TEST(test_reset_while_loaded),
		TEST(test_reset_at_other_times),
		TEST(test_bad_records),
		TEST(test_area_gone),
	};

	if (!fwhost_arguments(argc, argv))
		return 2;
	return cmocka_run_group_tests_name("firmware_park", tests, run_alone, NULL);
}
