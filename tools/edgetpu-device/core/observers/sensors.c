// SPDX-License-Identifier: GPL-2.0-only
/*
 * Power and temperature follow the arbiter: between two of its events nobody's speed
 * changes, so nor does the power.
 */
#include <math.h>

#include "core/observers/sensors.h"

/* Cycles after which those who read see what a long command does */
#define LOOK_CYCLES	65536
/* Of the front end's time: what was longer ago says little of the model's speed */
#define SPEED_NS	1e9

/* --- time passes ----------------------------------------------------------------- */

/* With the mutex held */
static void pass(struct sensors *sensors, uint64_t cycles, uint32_t clocked, double pj,
		 double memory_pj)
{
	const double seconds = power_seconds(&sensors->power, cycles);
	const double mw = power_pass(&sensors->power, cycles, clocked, pj);

	/* host memory warms somebody else */
	if (thermal_pass(&sensors->thermal, seconds, mw - memory_pj / 1e9 / seconds))
		atomic_store(&sensors->alarmed, true);
}

static uint32_t engines_at_work(const struct arbiter *arbiter)
{
	uint32_t clocked = 0;
	unsigned int i;

	/* the engines' streams are the first */
	for (i = 0; i < EDGETPU_NUM_ENGINES; i++)
		if (arbiter->streams[i]->running)
			clocked |= 1u << i;
	return clocked;
}

static void passing(void *opaque, uint64_t cycles)
{
	struct sensors *sensors = opaque;
	const struct arbiter *arbiter = sensors->arbiter;
	double pj = 0, memory_pj = 0;
	unsigned int i;

	for (i = 0; i < arbiter->num; i++) {
		const struct stream *s = arbiter->streams[i];
		double share;

		if (!s->running || !s->all)
			continue;
		share = (double)stream_work(s, cycles) / (double)s->all;
		pj += share * s->pj;
		memory_pj += share * s->memory_pj;
	}
	pthread_mutex_lock(&sensors->mutex);
	pass(sensors, cycles, engines_at_work(arbiter) | 1u << EDGETPU_ENGINE_FIRMWARE, pj,
	     memory_pj);
	pthread_mutex_unlock(&sensors->mutex);
}

static uint64_t host_now(const struct sensors *sensors)
{
	return sensors->host_time ? sensors->host_time(sensors->host) : 0;
}

/* Cycles a nanosecond that the front end's clock counts for while the device rests */
static double speed(const struct sensors *sensors)
{
	const double real = sensors->power.model->clock_khz / 1e6;

	if (!(sensors->ran_ns > 0))
		return real;
	return fmin(sensors->ran_cycles / sensors->ran_ns, real);
}

/* With the mutex held: what has passed of the rest until now */
static void pass_rest(struct sensors *sensors)
{
	const uint64_t now = host_now(sensors);
	double cycles;

	if (!sensors->resting || now <= sensors->since)
		return;
	sensors->part += (double)(now - sensors->since) * speed(sensors);
	sensors->since = now;
	cycles = floor(sensors->part);
	if (cycles < 1)
		return;
	sensors->part -= cycles;
	/* what hangs keeps its clock */
	pass(sensors, (uint64_t)cycles, sensors->stuck, 0, 0);
}

void sensors_wake(struct sensors *sensors)
{
	pthread_mutex_lock(&sensors->mutex);
	pass_rest(sensors);
	sensors->resting = false;
	sensors->since = host_now(sensors);
	sensors->woken = sensors->power.time;
	pthread_mutex_unlock(&sensors->mutex);
}

void sensors_look(struct sensors *sensors)
{
	if (sensors->arbiter->clock->now - sensors->arbiter->settled >= LOOK_CYCLES)
		arbiter_settle(sensors->arbiter);
}

void sensors_rest(struct sensors *sensors)
{
	uint64_t now;

	arbiter_settle(sensors->arbiter);
	pthread_mutex_lock(&sensors->mutex);
	now = host_now(sensors);
	sensors->ran_cycles += (double)(sensors->power.time - sensors->woken);
	sensors->ran_ns += (double)(now - sensors->since);
	if (sensors->ran_ns > SPEED_NS) {
		sensors->ran_cycles *= SPEED_NS / sensors->ran_ns;
		sensors->ran_ns = SPEED_NS;
	}
	sensors->resting = true;
	sensors->since = now;
	sensors->stuck = engines_at_work(sensors->arbiter);
	pthread_mutex_unlock(&sensors->mutex);
}

/* --- the host's ------------------------------------------------------------------ */

static uint32_t read_time(void *block, unsigned int i)
{
	struct sensors *sensors = block;
	const struct power *power = &sensors->power;
	unsigned int e;

	(void)i;
	pass_rest(sensors);
	sensors->latched.time = power->time;
	sensors->latched.active = power->active;
	for (e = 0; e < EDGETPU_NUM_ENGINES; e++)
		sensors->latched.busy[e] = power->busy[e];
	sensors->latched.energy = (uint64_t)(power->pj / 1e6);
	sensors->latched.power = (uint32_t)lround(power->average);
	sensors->latched.temp = thermal_read(&sensors->thermal);
	sensors->latched.alarm = sensors->thermal.alarm;
	return (uint32_t)power->time;
}

static bool write_max(void *block, unsigned int i, uint32_t value)
{
	struct sensors *sensors = block;

	(void)i;
	pass_rest(sensors);
	if (thermal_set_max(&sensors->thermal, (int32_t)value))
		atomic_store(&sensors->alarmed, true);
	return true;
}

#define FIELD(reg, kind, name) \
	.offset = EDGETPU_REG_SENSOR_##reg, .field = kind, \
	.member = offsetof(struct sensors, name)
#define BUSY(half) \
	.offset = EDGETPU_REG_SENSOR_BUSY_##half(0), .count = EDGETPU_NUM_ENGINES, .stride = 8, \
	.field = REG_##half, .member = offsetof(struct sensors, latched.busy), \
	.step = sizeof(uint64_t)

static const struct reg bar_regs[] = {
	{ .offset = EDGETPU_REG_SENSOR_TIME_LO, .read = read_time },
	{ FIELD(TIME_HI, REG_HI, latched.time) },
	{ FIELD(ACTIVE_LO, REG_LO, latched.active) },
	{ FIELD(ACTIVE_HI, REG_HI, latched.active) },
	{ BUSY(LO) },
	{ BUSY(HI) },
	{ FIELD(ENERGY_LO, REG_LO, latched.energy) },
	{ FIELD(ENERGY_HI, REG_HI, latched.energy) },
	{ FIELD(POWER, REG_WORD, latched.power) },
	{ FIELD(TEMP, REG_WORD, latched.temp) },
	{ FIELD(ALARM, REG_WORD, latched.alarm) },
	{ FIELD(TEMP_MAX, REG_WORD, thermal.max), .write = write_max },
	{ FIELD(SERIAL_LO, REG_LO, serial) },
	{ FIELD(SERIAL_HI, REG_HI, serial) },
};

/* --- life ------------------------------------------------------------------------ */

void sensors_init(struct sensors *sensors, const struct hwmodel_config *model,
		  uint64_t (*host_time)(void *host), void *host)
{
	pthread_mutex_init(&sensors->mutex, NULL);
	sensors->power.model = model;
	sensors->power.average = hwmodel_static_mw(0);
	thermal_init(&sensors->thermal);
	sensors->serial = SENSORS_SERIAL;
	sensors->host_time = host_time;
	sensors->host = host;
	sensors->resting = true;
	sensors->since = host_now(sensors);
}

void sensors_free(struct sensors *sensors)
{
	pthread_mutex_destroy(&sensors->mutex);
}

void sensors_watch(struct sensors *sensors, struct arbiter *arbiter)
{
	sensors->arbiter = arbiter;
	arbiter->passing = passing;
	arbiter->opaque = sensors;
}

void sensors_reset(struct sensors *sensors)
{
	pthread_mutex_lock(&sensors->mutex);
	pass_rest(sensors);
	if (thermal_set_max(&sensors->thermal, EDGETPU_TEMP_MAX_DEFAULT))
		atomic_store(&sensors->alarmed, true);
	pthread_mutex_unlock(&sensors->mutex);
}

void sensors_registers(struct sensors *sensors, struct reg_map *bar)
{
	registers_add(bar, bar_regs, sizeof(bar_regs) / sizeof(bar_regs[0]), sensors,
		      &sensors->mutex);
}
