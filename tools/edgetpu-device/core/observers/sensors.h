/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sensors: what the host reads of power and temperature, and the time they live in.
 *
 * That is model time while the device runs. While it rests no model time passes, but it
 * cools down: then the front end's clock counts, slowed down as the model was when it
 * last ran, so that shares of time are those of hardware. Cycles of jobs know nothing of
 * it, and without such a clock no time passes at all.
 */
#ifndef EDGETPU_SENSORS_H
#define EDGETPU_SENSORS_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/engines/arbiter.h"
#include "core/observers/power.h"
#include "core/observers/thermal.h"
#include "core/registers.h"

#define SENSORS_SERIAL	0x4554505500000001ull	/* unless the unit has another */

/**
 * struct sensors - all of them
 * @alarmed: an interrupt is asked for
 * @arbiter: who works
 * @host_time: the front end's clock, or NULL
 * @host: for @host_time
 * @mutex: for all that follows it
 * @power: what is taken
 * @thermal: what becomes of it
 * @serial: SERIAL
 * @resting: the device waits for the host
 * @since: the front end's time up to which it has rested, or from which it has run
 * @woken: power.time then
 * @stuck: units that hang while it rests, 1 << EDGETPU_ENGINE_*
 * @part: of a cycle that has rested, and not been counted
 * @ran_cycles: how fast the model was of late: cycles
 * @ran_ns: in that much of the front end's time
 * @latched: what TIME_LO latched
 */
struct sensors {
	atomic_bool alarmed;
	struct arbiter *arbiter;
	uint64_t (*host_time)(void *host);
	void *host;
	pthread_mutex_t mutex;
	struct power power;
	struct thermal thermal;
	uint64_t serial;
	bool resting;
	uint64_t since;
	uint64_t woken;
	uint32_t stuck;
	double part;
	double ran_cycles;
	double ran_ns;
	struct {
		uint64_t time;
		uint64_t active;
		uint64_t busy[EDGETPU_NUM_ENGINES];
		uint64_t energy;
		uint32_t power;
		int32_t temp;
		uint32_t alarm;
	} latched;
};

void sensors_init(struct sensors *sensors, const struct hwmodel_config *model,
		  uint64_t (*host_time)(void *host), void *host);
void sensors_free(struct sensors *sensors);
void sensors_watch(struct sensors *sensors, struct arbiter *arbiter);
/* TEMP_MAX is the default again. */
void sensors_reset(struct sensors *sensors);

/* From the run thread: it runs; time passed while it does; there is nothing to do. */
void sensors_wake(struct sensors *sensors);
void sensors_look(struct sensors *sensors);
void sensors_rest(struct sensors *sensors);

/* Has it become too warm since this was last asked? Any thread. */
static inline bool sensors_take_alarm(struct sensors *sensors)
{
	return atomic_load_explicit(&sensors->alarmed, memory_order_relaxed) &&
	       atomic_exchange(&sensors->alarmed, false);
}

void sensors_registers(struct sensors *sensors, struct reg_map *bar);

#endif /* EDGETPU_SENSORS_H */
