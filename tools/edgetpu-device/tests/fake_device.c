// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device for tests of the attachments alone: registers that keep what is
 * written, and a doorbell that copies host memory. Ring 0's doorbell with value
 * n copies n bytes from the address in MBOX_REQ(0..1) to that in MBOX_REQ(2..3)
 * and raises VECTOR_JOBS; where memory is not there it raises VECTOR_CONTROL.
 * A fault injected is found in CRASH_PC.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/device.h"

struct edgetpu_device {
	const struct edgetpu_host_ops *ops;
	void *host;
	pthread_mutex_t lock;
	uint32_t regs[EDGETPU_BAR0_MSIX_TABLE / 4];
	uint32_t copy;
};

const struct edgetpu_config edgetpu_config_soc = { .array_rows = 64 };
const struct edgetpu_config edgetpu_config_pcie = { .array_rows = 64 };

struct edgetpu_device *edgetpu_device_new(const struct edgetpu_config *config,
					  const struct edgetpu_host_ops *ops, void *host)
{
	struct edgetpu_device *dev = calloc(1, sizeof(*dev));

	dev->ops = ops;
	dev->host = host;
	pthread_mutex_init(&dev->lock, NULL);
	dev->regs[EDGETPU_REG_ID / 4] = EDGETPU_ID;
	dev->regs[EDGETPU_REG_ARRAY_ROWS / 4] = config->array_rows;
	return dev;
}

void edgetpu_device_free(struct edgetpu_device *dev)
{
	pthread_mutex_destroy(&dev->lock);
	free(dev);
}

uint32_t edgetpu_device_read(struct edgetpu_device *dev, uint32_t offset)
{
	uint32_t value;

	pthread_mutex_lock(&dev->lock);
	value = dev->regs[offset / 4];
	pthread_mutex_unlock(&dev->lock);
	return value;
}

void edgetpu_device_write(struct edgetpu_device *dev, uint32_t offset, uint32_t value)
{
	pthread_mutex_lock(&dev->lock);
	dev->regs[offset / 4] = value;
	if (offset == EDGETPU_REG_DOORBELL(0))
		dev->copy = value;
	pthread_mutex_unlock(&dev->lock);
	if (offset == EDGETPU_REG_DOORBELL(0))
		dev->ops->kick(dev->host);
}

static uint64_t address(struct edgetpu_device *dev, unsigned int word)
{
	return edgetpu_device_read(dev, EDGETPU_REG_MBOX_REQ(word)) |
	       (uint64_t)edgetpu_device_read(dev, EDGETPU_REG_MBOX_REQ(word + 1)) << 32;
}

bool edgetpu_device_run(struct edgetpu_device *dev)
{
	uint64_t from = address(dev, 0), to = address(dev, 2), left;
	unsigned int vector = EDGETPU_VECTOR_JOBS;

	pthread_mutex_lock(&dev->lock);
	left = dev->copy;
	dev->copy = 0;
	pthread_mutex_unlock(&dev->lock);
	if (!left)
		return false;
	dev->ops->lock(dev->host);
	while (left) {
		uint64_t n = left;
		void *src = dev->ops->map(dev->host, from, &n, false);
		void *dst = src ? dev->ops->map(dev->host, to, &n, true) : NULL;

		if (!dst) {
			vector = EDGETPU_VECTOR_CONTROL;
			break;
		}
		memcpy(dst, src, n);
		from += n;
		to += n;
		left -= n;
	}
	dev->ops->unlock(dev->host);
	dev->ops->irq(dev->host, vector);
	return false;
}

void edgetpu_device_reset(struct edgetpu_device *dev)
{
	pthread_mutex_lock(&dev->lock);
	dev->copy = 0;
	memset(dev->regs, 0, sizeof(dev->regs));
	dev->regs[EDGETPU_REG_ID / 4] = EDGETPU_ID;
	pthread_mutex_unlock(&dev->lock);
}

void edgetpu_device_set_serial(struct edgetpu_device *dev, uint64_t serial)
{
	pthread_mutex_lock(&dev->lock);
	dev->regs[EDGETPU_REG_SENSOR_SERIAL_LO / 4] = (uint32_t)serial;
	dev->regs[EDGETPU_REG_SENSOR_SERIAL_HI / 4] = (uint32_t)(serial >> 32);
	pthread_mutex_unlock(&dev->lock);
}

void edgetpu_device_inject(struct edgetpu_device *dev, uint32_t fault)
{
	pthread_mutex_lock(&dev->lock);
	dev->regs[EDGETPU_REG_CRASH_PC / 4] = fault;
	pthread_mutex_unlock(&dev->lock);
}
