// SPDX-License-Identifier: GPL-2.0-only
/* Energy, power and temperature against sums worked out by hand; what the host reads of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "corehost.h"

#define MS	480000ull	/* cycles a millisecond, at 480 MHz */
#define CORE	(1u << EDGETPU_ENGINE_FIRMWARE)
#define ARRAY	(1u << EDGETPU_ENGINE_ARRAY)
#define VECTOR	(1u << EDGETPU_ENGINE_VECTOR)

/* --- power ------------------------------------------------------------------------ */

static void test_energy_of_units(void **state)
{
	struct power power = { .model = &hwmodel_config_soc };

	(void)state;
	/* leakage alone: 17 mW for a millisecond are 17 uJ */
	assert_float_equal(power_pass(&power, MS, 0, 0), 17, 1e-9);
	assert_float_equal(power.pj, 17e6, 1e-3);
	assert_int_equal(power.time, MS);
	assert_int_equal(power.active, 0);
	/* the core's clock 5, the array's 18, and work of 2 uJ in 2 ms is 1 mW */
	assert_float_equal(power_pass(&power, 2 * MS, CORE | ARRAY, 2e6), 17 + 5 + 18 + 1, 1e-9);
	assert_float_equal(power.pj, 17e6 + 2 * 41e6, 1e-3);
	power_pass(&power, 10, CORE | VECTOR | ARRAY, 0);
	power_pass(&power, 100, CORE, 0);
	assert_int_equal(power.time, 3 * MS + 110);
	assert_int_equal(power.active, 2 * MS + 10);
	assert_int_equal(power.busy[EDGETPU_ENGINE_ARRAY], 2 * MS + 10);
	assert_int_equal(power.busy[EDGETPU_ENGINE_VECTOR], 10);
	assert_int_equal(power.busy[EDGETPU_ENGINE_LOAD], 0);
	assert_int_equal(power.busy[EDGETPU_ENGINE_STORE], 0);
}

static void test_average_power(void **state)
{
	struct power power = { .model = &hwmodel_config_soc }, steps = power;
	unsigned int i;

	(void)state;
	/* 1,017 mW for one window from 0: all but 1/e of it */
	power_pass(&power, EDGETPU_POWER_WINDOW_MS * MS, 0, 1e9 * EDGETPU_POWER_WINDOW_MS);
	assert_float_equal(power.average, 1017 * 0.6321205588, 1e-4);
	/* however it is cut */
	for (i = 0; i < 10 * EDGETPU_POWER_WINDOW_MS; i++)
		power_pass(&steps, MS / 10, 0, 1e8);
	assert_float_equal(steps.average, power.average, 1e-6);
	/* and down to what leaks */
	power_pass(&power, 1000 * MS, 0, 0);
	assert_float_equal(power.average, 17, 1e-6);
}

/* --- temperature ------------------------------------------------------------------ */

static void test_temperature(void **state)
{
	struct thermal thermal, steps;
	unsigned int i;

	(void)state;
	thermal_init(&thermal);
	thermal_init(&steps);
	assert_int_equal(thermal_read(&thermal), 25000);
	/* 1 W through 30 K/W is 30 K more in the end; 1.245 s are one time constant */
	thermal_pass(&thermal, 1.245, 1000);
	assert_int_equal(thermal_read(&thermal), 25000 + 18964);
	for (i = 0; i < 1000; i++)
		thermal_pass(&steps, 1.245e-3, 1000);
	assert_int_equal(thermal_read(&steps), 25000 + 18964);
	thermal_pass(&thermal, 100, 1000);
	assert_int_equal(thermal_read(&thermal), 55000);
	thermal_pass(&thermal, 1.245, 0);
	assert_int_equal(thermal_read(&thermal), 25000 + 11036);
	thermal_pass(&thermal, 100, 0);
	assert_int_equal(thermal_read(&thermal), 25000);
}

/* Said once, from the threshold on, and again when it has cooled down between. */
static void test_alarm(void **state)
{
	struct thermal thermal;

	(void)state;
	thermal_init(&thermal);
	assert_int_equal(thermal.max, EDGETPU_TEMP_MAX_DEFAULT);
	assert_false(thermal_set_max(&thermal, 43000));
	assert_true(thermal_pass(&thermal, 1.245, 1000));
	assert_true(thermal.alarm);
	assert_false(thermal_pass(&thermal, 0.1, 1000));
	/* half a degree below is not cool enough */
	assert_false(thermal_set_max(&thermal, thermal_read(&thermal) + 500));
	assert_true(thermal.alarm);
	assert_false(thermal_set_max(&thermal, thermal_read(&thermal) + 1000));
	assert_false(thermal.alarm);
	assert_false(thermal_set_max(&thermal, thermal_read(&thermal) + 1));
	assert_true(thermal_set_max(&thermal, thermal_read(&thermal)));
	assert_false(thermal_set_max(&thermal, INT32_MIN));
	assert_true(thermal.alarm);
	assert_false(thermal_set_max(&thermal, INT32_MAX));
	assert_false(thermal.alarm);
}

/* --- the device ------------------------------------------------------------------- */

static uint64_t now_ns;

static uint64_t host_time(void *host)
{
	(void)host;
	return now_ns;
}

static uint32_t get(struct corehost *host, uint32_t reg)
{
	return edgetpu_device_read(host->dev, reg);
}

static uint64_t get64(struct corehost *host, uint32_t lo)
{
	const uint64_t low = get(host, lo);

	return (uint64_t)get(host, lo + 4) << 32 | low;
}

static uint64_t latch(struct corehost *host)
{
	return get64(host, EDGETPU_REG_SENSOR_TIME_LO);
}

static uint64_t busy(struct corehost *host, unsigned int e)
{
	return get64(host, EDGETPU_REG_SENSOR_BUSY_LO(e));
}

/* The device has run until now, and rests. */
static void settle(struct corehost *host)
{
	edgetpu_device_run(host->dev);
	latch(host);
}

static void test_counts_commands(void **state)
{
	struct corehost *host = *state;
	const struct edgetpu_command copy = make_copy(0, 4096, 4096);
	const struct edgetpu_command load = make_dma(EDGETPU_OP_LOAD, 0, 8192, 4096);
	struct hwmodel_cost cost;
	uint64_t cycles;
	double pj;

	assert_int_equal(get(host, EDGETPU_REG_FEATURES) & EDGETPU_FEATURE_SENSORS, 1);
	hwmodel_command(&host->dev->model, &copy, &cost);
	pj = hwmodel_dynamic_pj(&cost);
	cycles = cost.cycles;
	assert_int_equal(corehost_run(host, &copy), EDGETPU_STATUS_OK);
	settle(host);
	assert_int_equal(busy(host, EDGETPU_ENGINE_VECTOR), cycles);
	assert_int_equal(busy(host, EDGETPU_ENGINE_LOAD), 0);
	assert_int_equal(get64(host, EDGETPU_REG_SENSOR_ACTIVE_LO), cycles);
	/* all cycles have leakage and the core's clock, some the vector unit's */
	assert_int_equal(latch(host), host->dev->clock.now);
	pj += (17 + 5) * 1e6 * host->dev->clock.now / MS + 6 * 1e6 * cycles / MS;
	assert_float_equal(host->dev->sensors.power.pj, pj, 1e-3);

	/* one that takes its time is seen half way */
	corehost_push(host, &load);
	clock_advance(&host->dev->clock, host->dev->clock.now + HWMODEL_QUEUE_CYCLES + 100);
	settle(host);
	assert_int_equal(busy(host, EDGETPU_ENGINE_LOAD), 100);
	corehost_wait(host);
	settle(host);
	assert_int_equal(busy(host, EDGETPU_ENGINE_LOAD),
			 corehost_get(host, CORE_ENGINE(EDGETPU_ENGINE_LOAD) +
				      CORE_ENGINE_BUSY_CYCLES));
	assert_int_equal(get64(host, EDGETPU_REG_SENSOR_ACTIVE_LO),
			 cycles + busy(host, EDGETPU_ENGINE_LOAD));
}

/* What a transfer takes in host memory is counted, and warms somebody else. */
static void test_host_memory_stays_cold(void **state)
{
	struct corehost *host = *state;
	const struct edgetpu_command load = make_dma(EDGETPU_OP_LOAD, 0, 0, 1 << 20);
	const struct sensors *sensors = &host->dev->sensors;
	double pj, memory_pj, celsius;

	settle(host);
	pj = sensors->power.pj;
	celsius = sensors->thermal.celsius;
	assert_int_equal(corehost_run(host, &load), EDGETPU_STATUS_OK);
	settle(host);
	pj = sensors->power.pj - pj;
	memory_pj = host->dev->engines.engine[EDGETPU_ENGINE_LOAD].stream.memory_pj;
	/* 64 pJ for each byte, and some for page tables */
	assert_true(memory_pj > 64.0 * (1 << 20) && memory_pj < 65.0 * (1 << 20));
	/* a line of SRAM for each 64 bytes, and being on for less than 0.1 ms */
	assert_true(pj - memory_pj > 416.0 * (1 << 14));
	assert_true(pj - memory_pj < 416.0 * (1 << 14) + 24e6 * 0.1);
	/* so short a time that nearly all of the heat is still there */
	celsius = sensors->thermal.celsius - celsius;
	assert_float_equal(celsius * THERMAL_CAPACITY * 1e12 / (pj - memory_pj), 1, 0.001);
}

/* Whoever reads while a long command runs sees what it does. */
static void test_seen_while_it_runs(void **state)
{
	struct corehost *host = *state;
	struct sensors *sensors = &host->dev->sensors;
	uint64_t time;

	settle(host);
	time = host->dev->clock.now;
	clock_advance(&host->dev->clock, time + 65535);
	sensors_look(sensors);
	assert_int_equal(latch(host), time);
	clock_advance(&host->dev->clock, time + 65536);
	sensors_look(sensors);
	assert_int_equal(latch(host), time + 65536);
}

static void test_energy_is_in_microjoules(void **state)
{
	struct corehost *host = *state;

	clock_advance(&host->dev->clock, 100 * MS);
	settle(host);
	assert_int_equal(get64(host, EDGETPU_REG_SENSOR_ENERGY_LO), 100 * 22);
	assert_in_range(get(host, EDGETPU_REG_SENSOR_POWER), 21, 22);
	/* 25 + 30 * 0.022 * (1 - exp(-0.1 / 1.245)) */
	assert_int_equal(get(host, EDGETPU_REG_SENSOR_TEMP), 25051);
}

/* What is read belongs to the moment of TIME_LO. */
static void test_latched(void **state)
{
	struct corehost *host = *state;
	uint64_t time, energy;

	clock_advance(&host->dev->clock, 7 * MS);
	settle(host);
	time = latch(host);
	energy = get64(host, EDGETPU_REG_SENSOR_ENERGY_LO);
	clock_advance(&host->dev->clock, 16 * MS);
	edgetpu_device_run(host->dev);
	assert_int_equal(get(host, EDGETPU_REG_SENSOR_TIME_HI), time >> 32);
	assert_int_equal(get64(host, EDGETPU_REG_SENSOR_ENERGY_LO), energy);
	assert_int_equal(latch(host), time + 9 * MS);
	assert_int_equal(get64(host, EDGETPU_REG_SENSOR_ENERGY_LO), energy + 9 * 22);
}

/* Without a clock of the front end's nothing passes while it rests; with one the sensors live on. */
static void test_rest(void **state)
{
	struct corehost *host = *state;
	struct sensors *sensors = &host->dev->sensors;
	const uint64_t cycle = host->dev->clock.now;
	uint64_t time;

	settle(host);
	time = latch(host);
	assert_int_equal(latch(host), time);
	now_ns = 0;
	sensors->host_time = host_time;
	settle(host);
	/* it has never run: as fast as hardware */
	assert_int_equal(latch(host), time);
	now_ns += 1000000;
	assert_int_equal(latch(host), time + MS);
	assert_int_equal(get64(host, EDGETPU_REG_SENSOR_ACTIVE_LO), 0);
	/* it runs for 2 ms, which take 10 of the host's: so do those in which it rests */
	sensors_wake(sensors);
	clock_advance(&host->dev->clock, cycle + 2 * MS);
	now_ns += 10000000;
	sensors_rest(sensors);
	assert_int_equal(latch(host), time + 3 * MS);
	now_ns += 100000000;
	assert_int_equal(latch(host), time + 23 * MS);
	/* cycles of the device are others */
	assert_int_equal(host->dev->clock.now, cycle + 2 * MS);
	/* a clock that goes back */
	now_ns -= 1000000;
	assert_int_equal(latch(host), time + 23 * MS);
}

static void test_cools_down(void **state)
{
	struct corehost *host = *state;
	struct sensors *sensors = &host->dev->sensors;

	now_ns = 0;
	sensors->host_time = host_time;
	settle(host);
	sensors->thermal.celsius = 55;
	sensors->power.average = 1000;
	now_ns += 1245000000;
	latch(host);
	/* 25 + 0.51 of leakage, and 1/e of the rest */
	assert_int_equal(get(host, EDGETPU_REG_SENSOR_TEMP), 25510 + 10849);
	assert_int_equal(get(host, EDGETPU_REG_SENSOR_POWER), 17);
}

/* An engine that hangs is at work for as long as it does. */
static void test_hanging(void **state)
{
	struct corehost *host = *state;
	const struct edgetpu_command copy = make_copy(0, 4096, 4096);

	now_ns = 0;
	host->dev->sensors.host_time = host_time;
	engines_hang(&host->dev->engines, EDGETPU_ENGINE_VECTOR);
	corehost_push(host, &copy);
	clock_advance(&host->dev->clock, host->dev->clock.now + HWMODEL_QUEUE_CYCLES);
	settle(host);
	now_ns += 1000000;
	latch(host);
	assert_int_equal(busy(host, EDGETPU_ENGINE_VECTOR), MS);
	corehost_set(host, CORE_ENGINE_RESET, CORE_ENGINE_RESET_STOP);
	settle(host);
	now_ns += 1000000;
	latch(host);
	assert_int_equal(busy(host, EDGETPU_ENGINE_VECTOR), MS);
}

static void set(struct corehost *host, uint32_t reg, uint32_t value)
{
	edgetpu_device_write(host->dev, reg, value);
}

static void test_alarm_interrupt(void **state)
{
	struct corehost *host = *state;
	const unsigned int before = host->irqs[EDGETPU_VECTOR_CONTROL];

	settle(host);
	assert_int_equal(get(host, EDGETPU_REG_SENSOR_TEMP_MAX), EDGETPU_TEMP_MAX_DEFAULT);
	assert_int_equal(get(host, EDGETPU_REG_SENSOR_ALARM), 0);
	/* a host that does not know of it hears nothing and sees nothing */
	set(host, EDGETPU_REG_IRQ_ENABLE, 7);
	set(host, EDGETPU_REG_SENSOR_TEMP_MAX, 20000);
	assert_int_equal(get(host, EDGETPU_REG_IRQ_STATUS), 0);
	latch(host);
	assert_int_equal(get(host, EDGETPU_REG_SENSOR_ALARM), 1);
	assert_int_equal(host->irqs[EDGETPU_VECTOR_CONTROL], before);

	set(host, EDGETPU_REG_IRQ_ENABLE, EDGETPU_IRQ_ALL);
	set(host, EDGETPU_REG_SENSOR_TEMP_MAX, 25100);
	latch(host);
	assert_int_equal(get(host, EDGETPU_REG_SENSOR_ALARM), 1);
	set(host, EDGETPU_REG_SENSOR_TEMP_MAX, 26500);
	latch(host);
	assert_int_equal(get(host, EDGETPU_REG_SENSOR_ALARM), 0);
	assert_int_equal(host->irqs[EDGETPU_VECTOR_CONTROL], before);
	set(host, EDGETPU_REG_SENSOR_TEMP_MAX, 25020);
	assert_int_equal(host->irqs[EDGETPU_VECTOR_CONTROL], before);
	/* it becomes warmer while it runs: 25051, as above */
	clock_advance(&host->dev->clock, 100 * MS);
	edgetpu_device_run(host->dev);
	assert_int_equal(host->irqs[EDGETPU_VECTOR_CONTROL], before + 1);
	assert_int_equal(get(host, EDGETPU_REG_IRQ_STATUS), EDGETPU_IRQ_ALARM);
	clock_advance(&host->dev->clock, 200 * MS);
	edgetpu_device_run(host->dev);
	assert_int_equal(host->irqs[EDGETPU_VECTOR_CONTROL], before + 1);
	/* below 0 too */
	set(host, EDGETPU_REG_SENSOR_TEMP_MAX, (uint32_t)-5000);
	assert_int_equal((int32_t)get(host, EDGETPU_REG_SENSOR_TEMP_MAX), -5000);
}

/* A reset is no power-on. */
static void test_reset(void **state)
{
	struct corehost *host = *state;
	uint64_t time, energy;

	clock_advance(&host->dev->clock, 50 * MS);
	settle(host);
	assert_int_equal(corehost_run(host, &(struct edgetpu_command){ 0 }),
			 EDGETPU_STATUS_BAD_COMMAND);
	clock_advance(&host->dev->clock, 60 * MS);
	time = host->dev->clock.now;
	set(host, EDGETPU_REG_SENSOR_TEMP_MAX, 70000);
	set(host, EDGETPU_REG_RESET, 1);
	settle(host);
	assert_int_equal(get(host, EDGETPU_REG_CYCLES_LO), 0);
	assert_int_equal(latch(host), time);
	energy = get64(host, EDGETPU_REG_SENSOR_ENERGY_LO);
	assert_in_range(energy, 60 * 22, 60 * 22 + 10);
	assert_int_equal(get(host, EDGETPU_REG_SENSOR_TEMP_MAX), EDGETPU_TEMP_MAX_DEFAULT);
	clock_advance(&host->dev->clock, MS);
	settle(host);
	assert_int_equal(latch(host), time + MS);
	assert_int_equal(get64(host, EDGETPU_REG_SENSOR_ENERGY_LO), energy + 22);
}

/* All but TEMP_MAX can be read only, and a serial number is the unit's. */
static void test_registers(void **state)
{
	struct corehost *host = *state;
	uint32_t reg;

	assert_int_equal(get64(host, EDGETPU_REG_SENSOR_SERIAL_LO), SENSORS_SERIAL);
	edgetpu_device_set_serial(host->dev, 0x123456789abcdef0);
	assert_int_equal(get64(host, EDGETPU_REG_SENSOR_SERIAL_LO), 0x123456789abcdef0);
	settle(host);
	for (reg = EDGETPU_REG_SENSOR_TIME_LO; reg <= EDGETPU_REG_SENSOR_SERIAL_HI; reg += 4) {
		const uint32_t before = get(host, reg);

		if (reg == EDGETPU_REG_SENSOR_TEMP_MAX)
			continue;
		set(host, reg, ~before);
		assert_int_equal(get(host, reg), before);
	}
	assert_int_equal(get(host, EDGETPU_REG_SENSOR_SERIAL_HI + 4), 0);
}

int main(void)
{
#define ON_DEVICE(f) cmocka_unit_test_setup_teardown(f, corehost_setup, corehost_teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_energy_of_units),
		cmocka_unit_test(test_average_power),
		cmocka_unit_test(test_temperature),
		cmocka_unit_test(test_alarm),
		ON_DEVICE(test_counts_commands),
		ON_DEVICE(test_host_memory_stays_cold),
		ON_DEVICE(test_seen_while_it_runs),
		ON_DEVICE(test_energy_is_in_microjoules),
		ON_DEVICE(test_latched),
		ON_DEVICE(test_rest),
		ON_DEVICE(test_cools_down),
		ON_DEVICE(test_hanging),
		ON_DEVICE(test_alarm_interrupt),
		ON_DEVICE(test_reset),
		ON_DEVICE(test_registers),
	};

	return cmocka_run_group_tests_name("sensors", tests, NULL, NULL);
}
