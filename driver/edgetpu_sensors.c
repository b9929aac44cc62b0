// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading the sensors. That waits for nothing: not for whoever has hw_lock, nor for a
 * device that sleeps, which is not woken, nor for one that is being reset. Nor does it
 * keep the device awake.
 */
#include <linux/jiffies.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/pm_runtime.h>
#include <linux/ratelimit.h>

#include <drm/drm_drv.h>
#include <drm/drm_managed.h>

#include "edgetpu_device.h"
#include "edgetpu_sensors.h"

/* What is read together is of one moment, and costs the registers once. */
#define LIFETIME	msecs_to_jiffies(20)
/* The shortest time that a utilisation is of */
#define SAMPLE_TIME	(HZ / 2)
/* More than any card may draw, in milliwatts */
#define POWER_MOST	1000000u

/* --- arithmetic on what may be anything --- */

/* Nanoseconds of @cycles, or the most there can be */
u64 edgetpu_sensors_ns(u64 cycles, u32 clock_khz)
{
	u32 rest;
	u64 ns;

	if (!clock_khz)
		return 0;
	if (check_mul_overflow(div_u64_rem(cycles, clock_khz, &rest), (u64)NSEC_PER_MSEC, &ns) ||
	    check_add_overflow(ns, div_u64((u64)rest * NSEC_PER_MSEC, clock_khz), &ns))
		return U64_MAX;
	return ns;
}

/* Per cent of the time between two samples in which the device was at work */
unsigned int edgetpu_sensors_share(const struct edgetpu_sample *from,
				   const struct edgetpu_sample *to)
{
	const u64 time = to->time - from->time, active = to->active - from->active;

	/* counts that have begun again, or make no sense */
	if (to->time <= from->time || to->active < from->active)
		return 0;
	if (active >= time)
		return 100;
	/* without a product that could be too large */
	return time < U64_MAX / 100 ? div64_u64(active * 100, time) :
				      min_t(u64, div64_u64(active, div_u64(time, 100)), 100);
}

/* --- registers --- */

/**
 * struct visit - while the registers may be read
 * @idx: of drm_dev_enter()
 * @held: awake on our account
 */
struct visit {
	int idx;
	bool held;
};

/* Unlike pm_runtime_put_autosuspend() of newer kernels it does not say that it was of use. */
static void leave(struct edgetpu_device *edev, const struct visit *visit)
{
	if (visit->held)
		__pm_runtime_suspend(edev->drm.dev, RPM_GET_PUT | RPM_ASYNC | RPM_AUTO);
	drm_dev_exit(visit->idx);
}

/* 0, and leave() has to follow; -ENODEV, -ENODATA */
static int enter(struct edgetpu_device *edev, struct visit *visit)
{
	int awake;

	if (!drm_dev_enter(&edev->drm, &visit->idx))
		return -ENODEV;
	/* negative: without runtime power management there is but one state */
	awake = pm_runtime_get_if_active(edev->drm.dev);
	visit->held = awake > 0;
	if (awake && !READ_ONCE(edev->lost) && !READ_ONCE(edev->offline))
		return 0;
	leave(edev, visit);
	return -ENODATA;
}

static u64 read64(struct edgetpu_device *edev, u32 lo)
{
	const u32 low = edgetpu_read(edev, lo);

	return (u64)edgetpu_read(edev, lo + 4) << 32 | low;
}

static s32 possible_temp(u32 temp)
{
	return clamp((s32)temp, EDGETPU_TEMP_MIN, EDGETPU_TEMP_MOST);
}

static void latch(struct edgetpu_device *edev, struct edgetpu_readings *r)
{
	unsigned int i;

	r->time = read64(edev, EDGETPU_REG_SENSOR_TIME_LO);
	r->active = read64(edev, EDGETPU_REG_SENSOR_ACTIVE_LO);
	for (i = 0; i < EDGETPU_NUM_ENGINES; i++)
		r->busy[i] = read64(edev, EDGETPU_REG_SENSOR_BUSY_LO(i));
	r->energy = read64(edev, EDGETPU_REG_SENSOR_ENERGY_LO);
	r->power = min(edgetpu_read(edev, EDGETPU_REG_SENSOR_POWER), POWER_MOST);
	r->temp = possible_temp(edgetpu_read(edev, EDGETPU_REG_SENSOR_TEMP));
	r->alarm = edgetpu_read(edev, EDGETPU_REG_SENSOR_ALARM);
}

/* With the lock held. One that has gone, or whose function is being reset, says nothing. */
static int update(struct edgetpu_device *edev)
{
	struct edgetpu_sensors *sensors = &edev->sensors;
	struct edgetpu_readings readings;

	latch(edev, &readings);
	if (!edgetpu_alive(edev))
		return -ENODATA;
	sensors->last = readings;
	sensors->last_time = jiffies;
	sensors->stale = false;
	return 0;
}

/* With the lock held */
static int refresh(struct edgetpu_device *edev)
{
	struct edgetpu_sensors *sensors = &edev->sensors;
	struct visit visit;
	int ret;

	ret = enter(edev, &visit);
	if (ret)
		return ret;
	if (sensors->stale || time_after(jiffies, sensors->last_time + LIFETIME))
		ret = update(edev);
	leave(edev, &visit);
	return ret;
}

/**
 * edgetpu_sensors_read() - what they say now
 * @edev: device
 * @readings: what was read last, if that fails
 *
 * Return: 0; -ENODATA while it sleeps or is being reset; -ENODEV when it has gone;
 * -EINTR; -EOPNOTSUPP when it has none
 */
int edgetpu_sensors_read(struct edgetpu_device *edev, struct edgetpu_readings *readings)
{
	struct edgetpu_sensors *sensors = &edev->sensors;
	int ret;

	if (!sensors->present)
		return -EOPNOTSUPP;
	ret = mutex_lock_interruptible(&sensors->lock);
	if (ret)
		return ret;
	ret = refresh(edev);
	*readings = sensors->last;
	mutex_unlock(&sensors->lock);
	return ret;
}

/* It is about to be stopped: what it has counted until then is what is told meanwhile. */
void edgetpu_sensors_halt(struct edgetpu_device *edev)
{
	if (!edev->sensors.present)
		return;
	mutex_lock(&edev->sensors.lock);
	update(edev);
	mutex_unlock(&edev->sensors.lock);
}

/* Something has changed: what was read before does not count. */
void edgetpu_sensors_expire(struct edgetpu_device *edev)
{
	mutex_lock(&edev->sensors.lock);
	edev->sensors.stale = true;
	mutex_unlock(&edev->sensors.lock);
}

/* --- threshold --- */

/* Ours, so that it is known of a device that sleeps */
s32 edgetpu_sensors_temp_max(struct edgetpu_device *edev)
{
	return READ_ONCE(edev->sensors.temp_max);
}

/* Of a device that sleeps or is being reset too: it is told when it boots. */
int edgetpu_sensors_set_temp_max(struct edgetpu_device *edev, s32 temp)
{
	struct edgetpu_sensors *sensors = &edev->sensors;
	struct visit visit;
	int ret;

	ret = mutex_lock_interruptible(&sensors->lock);
	if (ret)
		return ret;
	WRITE_ONCE(sensors->temp_max, temp);
	sensors->stale = true;
	ret = enter(edev, &visit);
	if (!ret) {
		edgetpu_write(edev, EDGETPU_REG_SENSOR_TEMP_MAX, temp);
		leave(edev, &visit);
	}
	mutex_unlock(&sensors->lock);
	return ret == -ENODATA ? 0 : ret;
}

/* Out of reset, before the firmware runs */
void edgetpu_sensors_boot(struct edgetpu_device *edev)
{
	struct edgetpu_sensors *sensors = &edev->sensors;

	if (!sensors->present)
		return;
	mutex_lock(&sensors->lock);
	edgetpu_write(edev, EDGETPU_REG_SENSOR_TEMP_MAX, sensors->temp_max);
	sensors->stale = true;
	mutex_unlock(&sensors->lock);
}

/* --- utilisation --- */

/**
 * edgetpu_sensors_utilisation() - share of the time that the device was at work
 * @edev: device
 * @percent: the share since a time that this was asked before, half a second ago or
 *	more; 0 while it sleeps
 *
 * Without a timer: who asks every second hears of that second.
 *
 * Return: 0, -ENODEV, -EINTR
 */
int edgetpu_sensors_utilisation(struct edgetpu_device *edev, unsigned int *percent)
{
	struct edgetpu_sensors *sensors = &edev->sensors;
	struct edgetpu_sample now;
	int ret;

	*percent = 0;
	ret = mutex_lock_interruptible(&sensors->lock);
	if (ret)
		return ret;
	ret = refresh(edev);
	if (!ret) {
		now = (struct edgetpu_sample){
			.when = sensors->last_time,
			.time = sensors->last.time,
			.active = sensors->last.active,
		};
		if (time_after_eq(now.when, sensors->recent.when + SAMPLE_TIME)) {
			sensors->before = sensors->recent;
			sensors->recent = now;
		}
		*percent = edgetpu_sensors_share(&sensors->before, &now);
	}
	mutex_unlock(&sensors->lock);
	return ret == -ENODATA ? 0 : ret;
}

/* --- life --- */

int edgetpu_sensors_init(struct edgetpu_device *edev)
{
	struct edgetpu_sensors *sensors = &edev->sensors;
	int ret;

	ret = drmm_mutex_init(&edev->drm, &sensors->lock);
	if (ret)
		return ret;
	ratelimit_state_init(&sensors->notify_limit, 5 * HZ, 10);
	ratelimit_set_flags(&sensors->notify_limit, RATELIMIT_MSG_ON_RELEASE);
	sensors->stale = true;
	sensors->present = edgetpu_read(edev, EDGETPU_REG_FEATURES) & EDGETPU_FEATURE_SENSORS;
	if (!sensors->present)
		return 0;
	sensors->serial = read64(edev, EDGETPU_REG_SENSOR_SERIAL_LO);
	sensors->temp_max = possible_temp(edgetpu_read(edev, EDGETPU_REG_SENSOR_TEMP_MAX));
	latch(edev, &sensors->last);
	sensors->before = (struct edgetpu_sample){
		.when = jiffies,
		.time = sensors->last.time,
		.active = sensors->last.active,
	};
	sensors->recent = sensors->before;
	return 0;
}
