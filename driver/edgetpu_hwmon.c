// SPDX-License-Identifier: GPL-2.0-only
/* Temperature, power and energy as hwmon has them: /sys/class/hwmon/hwmonN of name edgetpu. */
#include <linux/devm-helpers.h>
#include <linux/hwmon.h>
#include <linux/minmax.h>
#include <linux/ratelimit.h>
#include <linux/workqueue.h>

#include "edgetpu_device.h"
#include "edgetpu_hwmon.h"
#include "edgetpu_sensors.h"

static umode_t hwmon_visible(const void *data, enum hwmon_sensor_types type, u32 attr, int channel)
{
	return type == hwmon_temp && attr == hwmon_temp_max ? 0644 : 0444;
}

static int read_temp(struct edgetpu_device *edev, u32 attr, long *value)
{
	struct edgetpu_readings readings;
	int ret;

	if (attr == hwmon_temp_max) {
		*value = edgetpu_sensors_temp_max(edev);
		return 0;
	}
	ret = edgetpu_sensors_read(edev, &readings);
	if (!ret)
		*value = attr == hwmon_temp_input ? readings.temp : readings.alarm;
	return ret;
}

static int read_power(struct edgetpu_device *edev, u32 attr, long *value)
{
	struct edgetpu_readings readings;
	int ret;

	if (attr == hwmon_power_average_interval) {
		*value = EDGETPU_POWER_WINDOW_MS;
		return 0;
	}
	ret = edgetpu_sensors_read(edev, &readings);
	/* microwatts */
	if (!ret)
		*value = readings.power * 1000L;
	return ret;
}

/* What was used stays so, whatever state the device is in. */
static int read_energy(struct edgetpu_device *edev, long *value)
{
	struct edgetpu_readings readings;
	int ret = edgetpu_sensors_read(edev, &readings);

	if (ret && ret != -ENODATA)
		return ret;
	*value = min_t(u64, readings.energy, LONG_MAX);
	return 0;
}

static int hwmon_read(struct device *dev, enum hwmon_sensor_types type, u32 attr, int channel,
		      long *value)
{
	struct edgetpu_device *edev = dev_get_drvdata(dev);

	switch (type) {
	case hwmon_temp:
		return read_temp(edev, attr, value);
	case hwmon_power:
		return read_power(edev, attr, value);
	case hwmon_energy:
		return read_energy(edev, value);
	default:
		return -EOPNOTSUPP;
	}
}

static int hwmon_read_string(struct device *dev, enum hwmon_sensor_types type, u32 attr,
			     int channel, const char **text)
{
	*text = type == hwmon_temp ? "accelerator" : "accelerator and its memory traffic";
	return 0;
}

static int hwmon_write(struct device *dev, enum hwmon_sensor_types type, u32 attr, int channel,
		       long value)
{
	return edgetpu_sensors_set_temp_max(dev_get_drvdata(dev),
					    clamp_val(value, EDGETPU_TEMP_MIN, EDGETPU_TEMP_MOST));
}

static const struct hwmon_ops edgetpu_hwmon_ops = {
	.is_visible = hwmon_visible,
	.read = hwmon_read,
	.read_string = hwmon_read_string,
	.write = hwmon_write,
};

static const struct hwmon_channel_info * const edgetpu_hwmon_channels[] = {
	HWMON_CHANNEL_INFO(temp, HWMON_T_INPUT | HWMON_T_MAX | HWMON_T_MAX_ALARM | HWMON_T_LABEL),
	HWMON_CHANNEL_INFO(power, HWMON_P_AVERAGE | HWMON_P_AVERAGE_INTERVAL | HWMON_P_LABEL),
	HWMON_CHANNEL_INFO(energy, HWMON_E_INPUT | HWMON_E_LABEL),
	NULL
};

static const struct hwmon_chip_info edgetpu_hwmon_chip = {
	.ops = &edgetpu_hwmon_ops,
	.info = edgetpu_hwmon_channels,
};

/*
 * Wakes those who poll temp1_max_alarm, and makes a uevent, for which memory is allocated:
 * not on the interrupt's thread, which ends jobs as well.
 */
static void notify_work(struct work_struct *work)
{
	struct edgetpu_sensors *sensors = container_of(work, struct edgetpu_sensors, notify_work);
	struct edgetpu_device *edev = container_of(sensors, struct edgetpu_device, sensors);

	edgetpu_sensors_expire(edev);
	if (__ratelimit(&sensors->notify_limit))
		hwmon_notify_event(sensors->hwmon, hwmon_temp, hwmon_temp_max_alarm, 0);
}

/*
 * Before interrupts are requested, so that the work goes after them, and hwmon's device
 * after that. A device works without it.
 */
void edgetpu_hwmon_init(struct edgetpu_device *edev)
{
	struct device *dev = edev->drm.dev, *hwmon;
	int ret;

	if (!edev->sensors.present)
		return;
	hwmon = devm_hwmon_device_register_with_info(dev, EDGETPU_DRIVER_NAME, edev,
						     &edgetpu_hwmon_chip, NULL);
	ret = PTR_ERR_OR_ZERO(hwmon);
	if (!ret)
		ret = devm_work_autocancel(dev, &edev->sensors.notify_work, notify_work);
	if (ret)
		dev_warn(dev, "no alarm of temperature: hwmon says %d\n", ret);
	else
		edev->sensors.hwmon = hwmon;
}

/* From any context */
void edgetpu_hwmon_alarm(struct edgetpu_device *edev)
{
	if (edev->sensors.hwmon)
		schedule_work(&edev->sensors.notify_work);
}
