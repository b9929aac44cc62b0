// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nothing a legal command does keeps the device from the host's wishes: between two
 * events there is little of the host's time, whatever the command, and a wish is
 * served between them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "corehost.h"

/* Three milliseconds is what the worst takes; sanitizers and slow hosts take their share. */
#define LIMIT_MS 60.0

static double cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Lets one event happen. */
static void next_event(struct corehost *host)
{
	struct clock *clock = &host->dev->clock;
	struct clock_event *event = clock->first;

	if (event->at > clock->now)
		clock->now = event->at;
	host->dev->processor.rv32.cycle = clock->now;
	clock->first = event->next;
	event->at = CLOCK_NEVER;
	event->fire(event->opaque);
}

static double worst_event(struct corehost *host)
{
	double worst = 0;

	while (clock_next(&host->dev->clock) != CLOCK_NEVER) {
		double begin = cpu_ms(), took;

		next_event(host);
		took = cpu_ms() - begin;
		if (took > worst)
			worst = took;
	}
	return worst;
}

static void check(struct corehost *host, const char *what, const struct edgetpu_command *c)
{
	const unsigned int e = edgetpu_isa_engine(c->opcode);
	double worst;

	corehost_push(host, c);
	worst = worst_event(host);
	print_message("# %-28s %7.3f ms\n", what, worst);
	assert_int_equal(corehost_get(host, CORE_ENGINE(e) + CORE_ENGINE_FAULT),
			 EDGETPU_STATUS_OK);
	assert_true(worst < LIMIT_MS);
}

#define HALF (CORE_SRAM / 2)

static void test_lines(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command c = make_fill(0, 1, 3);

	c.u.copy.n1 = CORE_SRAM;
	c.u.copy.out_stride1 = 1;
	check(host, "FILL, lines of a byte", &c);
	c = make_copy(0, HALF, 1);
	c.u.copy.n1 = HALF;
	c.u.copy.out_stride1 = 1;
	check(host, "COPY, lines of a byte", &c);
	c = make_dma(EDGETPU_OP_STORE, 0, 0, 1);
	c.u.dma.n1 = CORE_SRAM;
	c.u.dma.mem_stride1 = 1;
	c.u.dma.sram_stride1 = 1;
	check(host, "STORE, lines of a byte", &c);
	/* every byte on another page, again and again */
	c = make_dma(EDGETPU_OP_LOAD, 0, 0, 1);
	c.u.dma.n1 = 256;
	c.u.dma.n2 = 4096;
	c.u.dma.mem_stride1 = 4096;
	c.u.dma.sram_stride1 = 1;
	c.u.dma.sram_stride2 = 256;
	check(host, "LOAD, a page a byte", &c);
	c = (struct edgetpu_command){ .opcode = EDGETPU_OP_ADD };
	c.u.elementwise = (struct edgetpu_cmd_elementwise){
		.in_stride = { 1, 1 }, .out_stride = 1, .len = 1, .n = CORE_SRAM,
		.multiplier = { 1u << 30, 1u << 30 }, .out_multiplier = 1u << 30,
		.left_shift = 20, .act_min = 0x80, .act_max = 0x7f,
	};
	check(host, "ADD, lines of a byte", &c);
	c.u.elementwise.len = CORE_SRAM;
	c.u.elementwise.n = 1;
	check(host, "ADD, one line", &c);
}

/* @side x @side taps on one column of inputs, @h x @w outputs of @channels */
static struct edgetpu_command taps(unsigned int opcode, unsigned int side, unsigned int h,
				   unsigned int w, unsigned int channels)
{
	struct edgetpu_command c = make_window(opcode, 0, HALF, 1, 1, 1, 1, 1, 1, 0);
	struct edgetpu_cmd_conv *v = &c.u.conv;

	v->kernel_h = (uint8_t)side;
	v->kernel_w = (uint8_t)side;
	v->pad_top = (uint16_t)(side / 2);
	v->pad_left = (uint16_t)(side / 2);
	v->in_h = 255;
	v->in_w = 255;
	v->in_row = 0;
	v->in_pixel = 0;
	v->in_c = (uint16_t)channels;
	v->out_h = (uint16_t)h;
	v->out_w = (uint16_t)w;
	v->out_c = (uint16_t)channels;
	v->out_pixel = channels;
	v->out_row = w * channels;
	v->weights = 0x20000;
	v->params = CORE_SRAM - 0x1000;
	return c;
}

static void test_windows(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command c;

	c = taps(EDGETPU_OP_MAX_POOL, 255, 2, 200, 1);
	check(host, "MAX_POOL, 255 x 255 taps", &c);
	c = taps(EDGETPU_OP_AVG_POOL, 255, 1, 1, 37000);
	check(host, "AVG_POOL, 37000 channels", &c);
	c = taps(EDGETPU_OP_AVG_POOL, 1, 255, 255, 5);
	check(host, "AVG_POOL, one tap", &c);
	c = taps(EDGETPU_OP_DEPTHWISE, 128, 1, 255, 8);
	check(host, "DEPTHWISE, 128 x 128 taps", &c);
	c = taps(EDGETPU_OP_CONV, 1, 100, 100, 1);
	c.u.conv.in_c = 16000;
	check(host, "CONV, 16000 deep", &c);
	c = taps(EDGETPU_OP_CONV, 100, 20, 100, 1);
	c.u.conv.dilation_h = 2;
	c.u.conv.dilation_w = 2;
	check(host, "CONV, 100 x 100 taps", &c);
	c = taps(EDGETPU_OP_CONV, 1, 255, 255, 1);
	check(host, "CONV, one tap", &c);
}

static void test_trace(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command c = make_fill(0, 64, 1);
	double begin, worst;
	uint32_t i;

	/* no two of them side by side */
	for (i = 0; i < 32768; i += 2) {
		host->index = i;
		corehost_push(host, &c);
		corehost_wait(host);
	}
	begin = cpu_ms();
	corehost_set(host, CORE_TRACE_FLUSH, 2);
	assert_true(cpu_ms() - begin < LIMIT_MS);
	assert_int_equal(corehost_get(host, CORE_TRACE_FLUSH), CORE_CDMA_BUSY);
	worst = worst_event(host);
	print_message("# trace                        %7.3f ms\n", worst);
	assert_true(worst < LIMIT_MS);
	assert_int_equal(corehost_get(host, CORE_TRACE_FLUSH), EDGETPU_STATUS_OK);
}

/* Asked for in the middle of a command, served before its next step */
static void test_served_between_steps(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_device *dev = host->dev;
	struct edgetpu_command c = taps(EDGETPU_OP_AVG_POOL, 255, 1, 1, 37000);
	uint64_t step;

	corehost_push(host, &c);
	while (dev->engines.engine[EDGETPU_ENGINE_VECTOR].run.step < 100)
		next_event(host);
	edgetpu_device_write(dev, EDGETPU_REG_MMU_INVALIDATE, 3);
	assert_int_not_equal(edgetpu_device_read(dev, EDGETPU_REG_MMU_INVALIDATE), 0);
	dev->processor.rv32.cycle = clock_next(&dev->clock);
	clock_advance(&dev->clock, dev->processor.rv32.cycle);
	assert_int_equal(edgetpu_device_read(dev, EDGETPU_REG_MMU_INVALIDATE), 0);
	/* a reset lets not even the next step happen, however much time is to pass */
	edgetpu_device_reset(dev);
	step = dev->engines.engine[EDGETPU_ENGINE_VECTOR].run.step;
	clock_advance(&dev->clock, CLOCK_NEVER - 1);
	assert_true(dev->engines.engine[EDGETPU_ENGINE_VECTOR].run.step <= step + 1);
	edgetpu_device_run(dev);
	assert_int_equal(edgetpu_device_read(dev, EDGETPU_REG_RESET), 0);
	assert_int_equal(corehost_get(host, CORE_ENGINES_IDLE), 1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, corehost_setup, corehost_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_lines),
		TEST(test_windows),
		TEST(test_trace),
		TEST(test_served_between_steps),
	};

	return cmocka_run_group_tests_name("latency", tests, NULL, NULL);
}
