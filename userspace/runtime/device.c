// SPDX-License-Identifier: MIT
/* Opening a device: which transport a name means. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/runtime.h"

#define DEFAULT_NODE	"/dev/edgetpu0"

/*
 * Splits @spec into a transport and what that transport is told. @ops NULL:
 * the CPU.
 */
static int find_transport(const char *spec, const struct mnet_transport_ops **ops,
			  const char **rest, struct mnet_error *err)
{
	*rest = spec;
	if (!strcmp(spec, "cpu")) {
		*ops = NULL;
		return 0;
	}
	if (!strcmp(spec, "sim") || !strncmp(spec, "sim:", 4)) {
		*rest = spec[3] ? spec + 4 : "";
		return mnet_plugin_load("sim", ops, err);
	}
	if (strchr(spec, '/')) {
		*ops = &mnet_transport_drm;
		return 0;
	}
	return mnet_fail(err, -ENOENT,
			 "no such device: it is a node such as /dev/edgetpu0, or sim, sim:soc, sim:pcie, cpu");
}

static int open_transport(struct mnet_device *dev, const char *rest, struct mnet_error *err)
{
	int ret = dev->ops->open(rest, &dev->transport, err);

	if (ret)
		return ret;
	ret = dev->ops->query(dev->transport, &dev->config, err);
	if (!ret && (!dev->config.clock_khz || !dev->config.sram_size))
		ret = mnet_fail(err, -EPROTO, "the device says it has no clock or no SRAM");
	if (ret)
		dev->ops->close(dev->transport);
	return ret;
}

int mnet_device_open(const char *spec, struct mnet_device **out, struct mnet_error *err)
{
	struct mnet_device *dev;
	const char *rest;
	int ret;

	if (!spec)
		spec = access(DEFAULT_NODE, F_OK) ? "sim" : DEFAULT_NODE;

	dev = calloc(1, sizeof(*dev));
	if (!dev)
		return mnet_fail(err, -ENOMEM, "out of memory");
	dev->name = strdup(spec);
	if (!dev->name) {
		ret = mnet_fail(err, -ENOMEM, "out of memory");
		goto fail;
	}
	ret = find_transport(spec, &dev->ops, &rest, err);
	if (ret)
		goto fail;
	dev->config = mnet_hw_config_cpu;
	if (dev->ops) {
		ret = open_transport(dev, rest, err);
		if (ret)
			goto fail;
	}
	pthread_mutex_init(&dev->lock, NULL);
	*out = dev;
	return 0;

fail:
	free(dev->name);
	free(dev);
	return ret;
}

void mnet_device_close(struct mnet_device *dev)
{
	if (!dev)
		return;
	if (dev->ops)
		dev->ops->close(dev->transport);
	pthread_mutex_destroy(&dev->lock);
	free(dev->name);
	free(dev);
}

const struct mnet_hw_config *mnet_device_config(const struct mnet_device *dev)
{
	return &dev->config;
}

const char *mnet_device_name(const struct mnet_device *dev)
{
	return dev->name;
}
