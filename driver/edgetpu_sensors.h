/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the device tells of itself: time at work, energy, power, temperature. It may
 * tell anything: values are clamped to what can be, and none is used for more than
 * telling it on.
 */
#ifndef _EDGETPU_SENSORS_H_
#define _EDGETPU_SENSORS_H_

#include <linux/mutex.h>
#include <linux/ratelimit_types.h>
#include <linux/types.h>
#include <linux/workqueue_types.h>

#include <edgetpu_hw.h>

struct device;
struct edgetpu_device;

/* What a part of this kind can have, in thousandths of a degree Celsius */
#define EDGETPU_TEMP_MIN	(-55000)
#define EDGETPU_TEMP_MOST	150000

/**
 * struct edgetpu_readings - of one moment
 * @time: cycles since power-on
 * @active: of them, any engine was at work
 * @busy: of them, each was
 * @energy: microjoules
 * @power: milliwatts
 * @temp: thousandths of a degree Celsius
 * @alarm: it is too warm
 */
struct edgetpu_readings {
	u64 time;
	u64 active;
	u64 busy[EDGETPU_NUM_ENGINES];
	u64 energy;
	u32 power;
	s32 temp;
	bool alarm;
};

/**
 * struct edgetpu_sample - for a share of the time that has passed since
 * @when: jiffies
 * @time: edgetpu_readings.time
 * @active: edgetpu_readings.active
 */
struct edgetpu_sample {
	unsigned long when;
	u64 time;
	u64 active;
};

/**
 * struct edgetpu_sensors - those of a device
 * @present: it has any
 * @serial: number of the unit; 0: unknown
 * @hwmon: its device of the hwmon class, or NULL
 * @notify_work: tells user space that it is too warm
 * @notify_limit: of what it tells user space
 * @lock: the device's registers for them, and all that follows
 * @last: what was read last
 * @last_time: jiffies then
 * @stale: it is to be read again at once
 * @temp_max: threshold, the device's own until somebody sets one; it is told at each boot
 * @recent: taken when the utilisation was asked for
 * @before: the one before that
 */
struct edgetpu_sensors {
	bool present;
	u64 serial;
	struct device *hwmon;
	struct work_struct notify_work;
	struct ratelimit_state notify_limit;
	struct mutex lock;	/* see above */
	struct edgetpu_readings last;
	unsigned long last_time;
	bool stale;
	s32 temp_max;
	struct edgetpu_sample recent;
	struct edgetpu_sample before;
};

int edgetpu_sensors_init(struct edgetpu_device *edev);
void edgetpu_sensors_halt(struct edgetpu_device *edev);
void edgetpu_sensors_boot(struct edgetpu_device *edev);
int edgetpu_sensors_read(struct edgetpu_device *edev, struct edgetpu_readings *readings);
void edgetpu_sensors_expire(struct edgetpu_device *edev);
s32 edgetpu_sensors_temp_max(struct edgetpu_device *edev);
int edgetpu_sensors_set_temp_max(struct edgetpu_device *edev, s32 temp);
int edgetpu_sensors_utilisation(struct edgetpu_device *edev, unsigned int *percent);
u64 edgetpu_sensors_ns(u64 cycles, u32 clock_khz);
unsigned int edgetpu_sensors_share(const struct edgetpu_sample *from,
				   const struct edgetpu_sample *to);

#endif /* _EDGETPU_SENSORS_H_ */
