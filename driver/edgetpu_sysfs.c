// SPDX-License-Identifier: GPL-2.0-only
/*
 * The folder edgetpu of the PCI device in sysfs, a value a file, as
 * Documentation/ABI/testing/sysfs-driver-edgetpu has them. It is there between probe and
 * removal.
 */
#include <linux/device.h>
#include <linux/sysfs.h>

#include "edgetpu_device.h"
#include "edgetpu_sensors.h"
#include "edgetpu_sysfs.h"

/* --- from the sensors --- */

/* Counts of a device that sleeps or is being reset are what they were before. */
static ssize_t show_busy(struct device *dev, char *buf, int engine)
{
	struct edgetpu_device *edev = dev_get_drvdata(dev);
	struct edgetpu_readings r;
	int ret = edgetpu_sensors_read(edev, &r);

	if (ret && ret != -ENODATA)
		return ret;
	return sysfs_emit(buf, "%llu\n", edgetpu_sensors_ns(engine < 0 ? r.active : r.busy[engine],
							    edev->hw.clock_khz));
}

static ssize_t busy_time_ns_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return show_busy(dev, buf, -1);
}
static DEVICE_ATTR_RO(busy_time_ns);

static ssize_t busy_time_load_ns_show(struct device *dev, struct device_attribute *attr,
				      char *buf)
{
	return show_busy(dev, buf, EDGETPU_ENGINE_LOAD);
}
static DEVICE_ATTR_RO(busy_time_load_ns);

static ssize_t busy_time_store_ns_show(struct device *dev, struct device_attribute *attr,
				       char *buf)
{
	return show_busy(dev, buf, EDGETPU_ENGINE_STORE);
}
static DEVICE_ATTR_RO(busy_time_store_ns);

static ssize_t busy_time_array_ns_show(struct device *dev, struct device_attribute *attr,
				       char *buf)
{
	return show_busy(dev, buf, EDGETPU_ENGINE_ARRAY);
}
static DEVICE_ATTR_RO(busy_time_array_ns);

static ssize_t busy_time_vector_ns_show(struct device *dev, struct device_attribute *attr,
					char *buf)
{
	return show_busy(dev, buf, EDGETPU_ENGINE_VECTOR);
}
static DEVICE_ATTR_RO(busy_time_vector_ns);

static ssize_t up_time_ns_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct edgetpu_device *edev = dev_get_drvdata(dev);
	struct edgetpu_readings r;
	int ret = edgetpu_sensors_read(edev, &r);

	if (ret && ret != -ENODATA)
		return ret;
	return sysfs_emit(buf, "%llu\n", edgetpu_sensors_ns(r.time, edev->hw.clock_khz));
}
static DEVICE_ATTR_RO(up_time_ns);

static ssize_t utilisation_percent_show(struct device *dev, struct device_attribute *attr,
					char *buf)
{
	unsigned int percent;
	int ret = edgetpu_sensors_utilisation(dev_get_drvdata(dev), &percent);

	return ret ?: sysfs_emit(buf, "%u\n", percent);
}
static DEVICE_ATTR_RO(utilisation_percent);

static ssize_t serial_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct edgetpu_device *edev = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%016llx\n", edev->sensors.serial);
}
static DEVICE_ATTR_RO(serial);

/* --- what the driver knows by itself --- */

static ssize_t frequency_khz_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct edgetpu_device *edev = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%u\n", edev->hw.clock_khz);
}
static DEVICE_ATTR_RO(frequency_khz);

static ssize_t memory_used_bytes_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct edgetpu_device *edev = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%lld\n", atomic64_read(&edev->budget.used));
}
static DEVICE_ATTR_RO(memory_used_bytes);

static ssize_t memory_limit_bytes_show(struct device *dev, struct device_attribute *attr,
				       char *buf)
{
	struct edgetpu_device *edev = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%llu\n", edev->budget.limit);
}
static DEVICE_ATTR_RO(memory_limit_bytes);

static ssize_t resets_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct edgetpu_device *edev = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%u\n", READ_ONCE(edev->resets));
}
static DEVICE_ATTR_RO(resets);

static ssize_t firmware_version_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct edgetpu_device *edev = dev_get_drvdata(dev);
	const u32 version = edev->fw.version;

	return sysfs_emit(buf, "%u.%u.%u\n", version >> 16, (version >> 8) & 0xff, version & 0xff);
}
static DEVICE_ATTR_RO(firmware_version);

/* --- the folder --- */

/* Those of the sensors come first. */
#define NUM_SENSORS	8

static struct attribute *edgetpu_attrs[] = {
	&dev_attr_busy_time_ns.attr,
	&dev_attr_busy_time_load_ns.attr,
	&dev_attr_busy_time_store_ns.attr,
	&dev_attr_busy_time_array_ns.attr,
	&dev_attr_busy_time_vector_ns.attr,
	&dev_attr_up_time_ns.attr,
	&dev_attr_utilisation_percent.attr,
	&dev_attr_serial.attr,
	&dev_attr_frequency_khz.attr,
	&dev_attr_memory_used_bytes.attr,
	&dev_attr_memory_limit_bytes.attr,
	&dev_attr_resets.attr,
	&dev_attr_firmware_version.attr,
	NULL
};

static umode_t edgetpu_attr_visible(struct kobject *kobj, struct attribute *attr, int n)
{
	struct edgetpu_device *edev = dev_get_drvdata(kobj_to_dev(kobj));

	return n >= NUM_SENSORS || edev->sensors.present ? attr->mode : 0;
}

static const struct attribute_group edgetpu_sysfs_group = {
	.name = EDGETPU_DRIVER_NAME,
	.attrs = edgetpu_attrs,
	.is_visible = edgetpu_attr_visible,
};

const struct attribute_group *edgetpu_sysfs_groups[] = {
	&edgetpu_sysfs_group,
	NULL
};
