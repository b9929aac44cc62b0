// SPDX-License-Identifier: GPL-2.0-only
/*
 * Opening and closing the in-process device; what it asks of its host.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

/* --- the device's host ----------------------------------------------------- */

static void *host_map(void *host, uint64_t addr, uint64_t *len, bool write)
{
	struct mnet_transport *t = host;

	return hostmem_map(t->hm, addr, len, write);
}

static void host_lock(void *host)
{
	struct mnet_transport *t = host;

	hostmem_lock(t->hm);
}

static void host_unlock(void *host)
{
	struct mnet_transport *t = host;

	hostmem_unlock(t->hm);
}

static void host_irq(void *host, unsigned int vector)
{
	struct mnet_transport *t = host;

	(void)vector;	/* those who wait look for what they want */
	runner_notify(t->runner);
}

static void host_kick(void *host)
{
	struct mnet_transport *t = host;

	runner_kick(t->runner);
}

static const struct edgetpu_host_ops host_ops = {
	.map = host_map,
	.lock = host_lock,
	.unlock = host_unlock,
	.irq = host_irq,
	.kick = host_kick,
};

static uint32_t link_read(void *opaque, uint32_t reg)
{
	struct mnet_transport *t = opaque;

	return edgetpu_device_read(t->dev, reg);
}

static void link_write(void *opaque, uint32_t reg, uint32_t value)
{
	struct mnet_transport *t = opaque;

	edgetpu_device_write(t->dev, reg, value);
}

static bool link_pause(void *opaque)
{
	struct mnet_transport *t = opaque;
	struct timespec deadline;

	clock_gettime(CLOCK_MONOTONIC, &deadline);
	deadline.tv_sec += SIM_PATIENCE_S;
	return runner_wait(t->runner, &t->link_seen, &deadline) == RUNNER_EVENT;
}

static const struct link_ops link_ops = {
	.read = link_read,
	.write = link_write,
	.pause = link_pause,
};

/* --- life -------------------------------------------------------------------- */

static const struct edgetpu_config *find_config(const char *spec)
{
	if (!spec || !*spec || !strcmp(spec, "soc"))
		return &edgetpu_config_soc;
	return !strcmp(spec, "pcie") ? &edgetpu_config_pcie : NULL;
}

/* The context and ring of the only client, and the log; memory goes with t->hm. */
static int set_up(struct mnet_transport *t)
{
	struct hostmem_block ring;
	int err;

	err = hostmem_alloc(t->hm, sizeof(struct edgetpu_log) + SIM_LOG_SIZE, &t->log);
	if (err)
		return err;
	((struct edgetpu_log *)t->log.host)->size = SIM_LOG_SIZE;
	err = link_log(&t->link, t->log.addr, SIM_LOG_SIZE);
	if (!err)
		err = pagetable_init(&t->pt, t->hm);
	if (!err)
		err = link_context_create(&t->link, SIM_CONTEXT, t->pt.root);
	if (!err)
		err = hostmem_alloc(t->hm, EDGETPU_RING_BYTES(SIM_ENTRIES), &ring);
	if (err)
		return err;
	t->ring = (struct ring){ .block = ring.host, .entries = SIM_ENTRIES };
	edgetpu_device_write(t->dev, EDGETPU_REG_IRQ_ENABLE, EDGETPU_IRQ_ALL);
	return link_ring_create(&t->link, SIM_RING, SIM_CONTEXT, 1, ring.addr, SIM_ENTRIES);
}

static void free_all(struct mnet_transport *t)
{
	while (t->results) {
		struct sim_result *next = t->results->next;

		free(t->results);
		t->results = next;
	}
	edgetpu_device_free(t->dev);
	runner_free(t->runner);
	free(t->pt.tables);
	hostmem_free(t->hm);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

static int sim_open(const char *spec, struct mnet_transport **out, struct mnet_error *err)
{
	const struct edgetpu_config *config = find_config(spec);
	struct mnet_transport *t;
	int ret = -ENOMEM;

	if (!config)
		return sim_fail(err, -EINVAL, "no memory preset \"%s\": there are soc and pcie",
				spec);
	t = calloc(1, sizeof(*t));
	if (!t)
		return sim_fail(err, -ENOMEM, "out of memory");
	pthread_mutex_init(&t->lock, NULL);
	t->space = (struct va_space){
		.start = 1 << EDGETPU_PAGE_SHIFT,	/* page 0 is never mapped */
		.end = 1ull << EDGETPU_VA_BITS,
		.page = 1 << EDGETPU_PAGE_SHIFT,
	};
	t->link = (struct link){ .ops = &link_ops, .opaque = t };
	t->hm = hostmem_new();
	t->runner = runner_new();
	if (t->hm && t->runner)
		t->dev = edgetpu_device_new(config, &host_ops, t);
	if (t->dev)
		ret = runner_start(t->runner, t->dev);
	if (ret) {
		free_all(t);
		return sim_fail(err, ret, "cannot make the device: %s", strerror(-ret));
	}
	ret = sim_boot(t, err);
	if (ret)
		goto fail;
	ret = set_up(t);
	if (ret) {
		sim_fail(err, ret, "cannot set the firmware up: %s", strerror(-ret));
		goto fail;
	}
	*out = t;
	return 0;

fail:
	runner_stop(t->runner);
	free_all(t);
	return ret;
}

static void sim_close(struct mnet_transport *t)
{
	runner_stop(t->runner);
	free_all(t);
}

static int sim_query(struct mnet_transport *t, struct mnet_hw_config *config,
		     struct mnet_error *err)
{
	(void)err;
	*config = (struct mnet_hw_config){
		.array_rows = edgetpu_device_read(t->dev, EDGETPU_REG_ARRAY_ROWS),
		.array_cols = edgetpu_device_read(t->dev, EDGETPU_REG_ARRAY_COLS),
		.vector_lanes = edgetpu_device_read(t->dev, EDGETPU_REG_VECTOR_LANES),
		.vector_macs = edgetpu_device_read(t->dev, EDGETPU_REG_VECTOR_MACS),
		.clock_khz = edgetpu_device_read(t->dev, EDGETPU_REG_CLOCK_KHZ),
		.sram_size = edgetpu_device_read(t->dev, EDGETPU_REG_SRAM_SIZE),
		.dram_mbps = edgetpu_device_read(t->dev, EDGETPU_REG_DRAM_MBPS),
		.dram_latency = edgetpu_device_read(t->dev, EDGETPU_REG_DRAM_LATENCY),
	};
	return 0;
}

__attribute__((visibility("default")))
const struct mnet_transport_ops mnet_transport = {
	.abi = MNET_TRANSPORT_ABI,
	.name = "sim",
	.open = sim_open,
	.close = sim_close,
	.query = sim_query,
	.bo_create = sim_bo_create,
	.bo_import = sim_bo_import,
	.bo_destroy = sim_bo_destroy,
	.submit = sim_submit,
	.wait = sim_wait,
};
