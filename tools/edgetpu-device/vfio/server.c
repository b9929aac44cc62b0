// SPDX-License-Identifier: GPL-2.0-only
/*
 * vfio-user commands, and the device's view of its host.
 */
#include <errno.h>
#include <linux/vfio.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "dma.h"
#include "edgetpu_fault.h"
#include "host/runner.h"
#include "hostile.h"
#include "irq.h"
#include "pci.h"
#include "protocol.h"
#include "server.h"

struct vfio_server {
	struct edgetpu_device *dev;
	struct runner *runner;
	struct vfio_dma *dma;
	struct vfio_irq *irq;
	struct hostile *hostile;	/* NULL: an honest one */
	struct vfio_pci pci;
	struct vfio_server_stats stats;
	struct vfio_user_connection *connection;
	bool greeted;
	bool inject;			/* BAR0 has the window for faults */
	atomic_bool gone;		/* as if pulled out */
};

/* --- the device's host ----------------------------------------------------- */

static void *host_map(void *host, uint64_t addr, uint64_t *len, bool write)
{
	struct vfio_server *s = host;
	void *p;

	if (!atomic_load(&s->pci.dma) || atomic_load(&s->gone))
		return NULL;
	p = vfio_dma_lookup(s->dma, addr, len, write);
	if (p && write && s->hostile)
		hostile_will_write(s->hostile, p, *len);
	return p;
}

static void host_lock(void *host)
{
	struct vfio_server *s = host;

	vfio_dma_lock(s->dma);
}

static void host_unlock(void *host)
{
	struct vfio_server *s = host;

	if (s->hostile)
		hostile_spoil(s->hostile);
	vfio_dma_unlock(s->dma);
}

static void host_irq(void *host, unsigned int vector)
{
	struct vfio_server *s = host;

	if (!atomic_load(&s->gone))
		vfio_irq_raise(s->irq, vector);
}

static void host_kick(void *host)
{
	struct vfio_server *s = host;

	runner_kick(s->runner);
}

static uint64_t host_time(void *host)
{
	struct timespec t;

	(void)host;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static const struct edgetpu_host_ops host_ops = {
	.map = host_map,
	.lock = host_lock,
	.unlock = host_unlock,
	.irq = host_irq,
	.kick = host_kick,
	.time = host_time,
};

static void reset_function(struct vfio_server *s)
{
	edgetpu_device_reset(s->dev);
	if (s->hostile)
		hostile_reset(s->hostile);
	vfio_pci_init(&s->pci);
	vfio_irq_reset(s->irq);
}

/* --- regions --------------------------------------------------------------- */

static uint64_t region_size(uint32_t index)
{
	switch (index) {
	case VFIO_PCI_BAR0_REGION_INDEX:
		return EDGETPU_BAR0_SIZE;
	case VFIO_PCI_CONFIG_REGION_INDEX:
		return VFIO_PCI_CONFIG_SIZE;
	}
	return 0;
}

/* The client keeps the MSI-X table and PBA; what it leaves through to us reads 0. */
static bool is_register(uint64_t offset)
{
	return offset < EDGETPU_BAR0_MSIX_TABLE;
}

static bool is_fault_window(const struct vfio_server *s, uint64_t reg)
{
	return s->inject && reg == EDGETPU_REG_FAULT;
}

static uint32_t read_register(struct vfio_server *s, uint64_t reg)
{
	uint32_t value;

	/* An Unsupported Request, which a host's bridge answers like that */
	if (!vfio_pci_awake(&s->pci))
		return UINT32_MAX;
	if (is_fault_window(s, reg))
		return EDGETPU_FAULT_ID;
	if (atomic_load(&s->gone))
		return UINT32_MAX;
	if (!is_register(reg))
		return 0;
	value = edgetpu_device_read(s->dev, reg);
	return s->hostile ? hostile_register(s->hostile, value) : value;
}

static void write_register(struct vfio_server *s, uint64_t reg, uint32_t value)
{
	unsigned int vector;

	if (!vfio_pci_awake(&s->pci))
		return;
	if (is_fault_window(s, reg))
		vfio_server_inject(s, value);
	if (!is_register(reg) || atomic_load(&s->gone))
		return;
	edgetpu_device_write(s->dev, reg, value);
	if (!s->hostile)
		return;
	if (reg == EDGETPU_REG_RESET)
		hostile_reset(s->hostile);
	if (hostile_interrupt(s->hostile, &vector))
		vfio_irq_raise(s->irq, vector);
}

/* Any width: made from the aligned registers it touches. */
static void read_bar(struct vfio_server *s, uint64_t offset, uint8_t *data, size_t size)
{
	while (size) {
		uint64_t reg = offset & ~3ull;
		uint32_t value = read_register(s, reg);
		size_t skip = offset - reg;
		size_t n = size < 4 - skip ? size : 4 - skip;

		memcpy(data, (uint8_t *)&value + skip, n);
		offset += n;
		data += n;
		size -= n;
	}
}

static void write_bar(struct vfio_server *s, uint64_t offset, const uint8_t *data, size_t size)
{
	if (offset % 4 || size % 4) {
		s->stats.bad_accesses++;
		return;
	}
	for (; size; offset += 4, data += 4, size -= 4) {
		uint32_t value;

		memcpy(&value, data, 4);
		write_register(s, offset, value);
	}
}

/* --- commands: 0 when answered, positive errno for an error reply, negative: socket dead --- */

static int reply(struct vfio_server *s, const struct vfio_user_message *m, const void *payload,
		 size_t size)
{
	return vfio_user_reply(s->connection, &m->header, payload, size, NULL, 0);
}

static int do_version(struct vfio_server *s, struct vfio_user_message *m)
{
	struct vfio_user_version v;
	char caps[128] = "";
	size_t len;

	memcpy(&v, m->payload, sizeof(v));
	if (v.major != VFIO_USER_MAJOR)
		return EPROTONOSUPPORT;
	if (m->size > sizeof(v) && m->payload[m->size - 1])
		return EINVAL;
	v.minor = VFIO_USER_MINOR;
	len = snprintf(caps, sizeof(caps),
		       "{\"capabilities\":{\"max_msg_fds\":%u,\"max_data_xfer_size\":%u}}",
		       VFIO_USER_MAX_FDS, VFIO_USER_MAX_DATA) + 1;
	/* The client has room for no more than it sent; these are limits it need not know. */
	if (sizeof(v) + len > m->size)
		len = 0;
	s->greeted = true;
	return vfio_user_reply(s->connection, &m->header, &v, sizeof(v), caps, len);
}

static int do_dma_map(struct vfio_server *s, struct vfio_user_message *m)
{
	struct vfio_user_dma_map map;
	int err;

	memcpy(&map, m->payload, sizeof(map));
	if (map.flags & ~(VFIO_USER_DMA_READ | VFIO_USER_DMA_WRITE) || m->num_fds > 1)
		return EINVAL;
	/* Without a file (a ROM, say) it is not memory that we can reach: nothing to keep. */
	if (m->num_fds) {
		err = vfio_dma_map(s->dma, map.addr, map.size, m->fds[0], map.offset,
				   map.flags & VFIO_USER_DMA_READ, map.flags & VFIO_USER_DMA_WRITE);
		if (err)
			return -err;
	}
	return reply(s, m, NULL, 0);
}

static int do_dma_unmap(struct vfio_server *s, struct vfio_user_message *m)
{
	struct vfio_user_dma_unmap unmap;
	int err = 0;

	memcpy(&unmap, m->payload, sizeof(unmap));
	if (unmap.flags & ~VFIO_DMA_UNMAP_FLAG_ALL)
		return EINVAL;
	if (!(unmap.flags & VFIO_DMA_UNMAP_FLAG_ALL))
		err = vfio_dma_unmap(s->dma, unmap.addr, unmap.size);
	else if (unmap.addr || unmap.size)
		err = -EINVAL;
	else
		vfio_dma_unmap_all(s->dma);
	return err ? -err : reply(s, m, &unmap, sizeof(unmap));
}

static int do_device_info(struct vfio_server *s, struct vfio_user_message *m)
{
	const struct vfio_user_device_info info = {
		.argsz = sizeof(info),
		.flags = VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET,
		.num_regions = VFIO_PCI_NUM_REGIONS,
		.num_irqs = VFIO_PCI_NUM_IRQS,
	};

	return reply(s, m, &info, sizeof(info));
}

static int do_region_info(struct vfio_server *s, struct vfio_user_message *m)
{
	struct vfio_user_region_info info;
	uint32_t index;

	memcpy(&info, m->payload, sizeof(info));
	index = info.index;
	if (index >= VFIO_PCI_NUM_REGIONS)
		return EINVAL;
	info = (struct vfio_user_region_info){
		.argsz = sizeof(info),
		.index = index,
		.size = region_size(index),
	};
	/* None can be mmapped: with no such region a client posts its writes. */
	if (info.size)
		info.flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
	return reply(s, m, &info, sizeof(info));
}

static int do_irq_info(struct vfio_server *s, struct vfio_user_message *m)
{
	struct vfio_user_irq_info info;

	memcpy(&info, m->payload, sizeof(info));
	if (info.index >= VFIO_PCI_NUM_IRQS)
		return EINVAL;
	info.argsz = sizeof(info);
	info.count = vfio_irq_count(info.index);
	if (s->pci.single_msi)
		info.count = info.index == VFIO_PCI_MSI_IRQ_INDEX;
	/* Not NORESIZE: the client then attaches vectors one by one. */
	info.flags = info.count ? VFIO_IRQ_INFO_EVENTFD : 0;
	return reply(s, m, &info, sizeof(info));
}

static int do_set_irqs(struct vfio_server *s, struct vfio_user_message *m)
{
	struct vfio_user_irq_set set;
	int err;

	memcpy(&set, m->payload, sizeof(set));
	err = vfio_irq_set(s->irq, &set, m->payload + sizeof(set), m->size - sizeof(set), m->fds,
			   m->num_fds);
	return err ? -err : reply(s, m, NULL, 0);
}

static bool inside_region(const struct vfio_user_region_access *a)
{
	uint64_t size = region_size(a->region);

	return a->count && a->count <= size && a->offset <= size - a->count;
}

static int do_region_read(struct vfio_server *s, struct vfio_user_message *m)
{
	uint8_t data[EDGETPU_BAR0_SIZE];
	struct vfio_user_region_access a;

	_Static_assert(EDGETPU_BAR0_SIZE >= VFIO_PCI_CONFIG_SIZE, "data[] takes any region");
	memcpy(&a, m->payload, sizeof(a));
	if (!inside_region(&a))
		return EINVAL;
	if (a.region == VFIO_PCI_CONFIG_REGION_INDEX && atomic_load(&s->gone))
		memset(data, 0xff, a.count);
	else if (a.region == VFIO_PCI_CONFIG_REGION_INDEX)
		vfio_pci_read(&s->pci, a.offset, data, a.count);
	else
		read_bar(s, a.offset, data, a.count);
	return vfio_user_reply(s->connection, &m->header, &a, sizeof(a), data, a.count);
}

static int do_region_write(struct vfio_server *s, struct vfio_user_message *m)
{
	const uint8_t *data = m->payload + sizeof(struct vfio_user_region_access);
	struct vfio_user_region_access a;

	memcpy(&a, m->payload, sizeof(a));
	if (!inside_region(&a) || a.count != m->size - sizeof(a))
		return EINVAL;
	if (a.region != VFIO_PCI_CONFIG_REGION_INDEX)
		write_bar(s, a.offset, data, a.count);
	else if (!atomic_load(&s->gone) && vfio_pci_write(&s->pci, a.offset, data, a.count))
		reset_function(s);
	return reply(s, m, &a, sizeof(a));
}

static int do_reset(struct vfio_server *s, struct vfio_user_message *m)
{
	reset_function(s);
	return reply(s, m, NULL, 0);
}

static const struct {
	int (*run)(struct vfio_server *s, struct vfio_user_message *m);
	size_t size;	/* of the payload's fixed part */
} commands[] = {
	[VFIO_USER_VERSION] = { do_version, sizeof(struct vfio_user_version) },
	[VFIO_USER_DMA_MAP] = { do_dma_map, sizeof(struct vfio_user_dma_map) },
	[VFIO_USER_DMA_UNMAP] = { do_dma_unmap, sizeof(struct vfio_user_dma_unmap) },
	[VFIO_USER_DEVICE_GET_INFO] = { do_device_info, sizeof(struct vfio_user_device_info) },
	[VFIO_USER_DEVICE_GET_REGION_INFO] = { do_region_info,
					       sizeof(struct vfio_user_region_info) },
	[VFIO_USER_DEVICE_GET_IRQ_INFO] = { do_irq_info, sizeof(struct vfio_user_irq_info) },
	[VFIO_USER_DEVICE_SET_IRQS] = { do_set_irqs, sizeof(struct vfio_user_irq_set) },
	[VFIO_USER_REGION_READ] = { do_region_read, sizeof(struct vfio_user_region_access) },
	[VFIO_USER_REGION_WRITE] = { do_region_write, sizeof(struct vfio_user_region_access) },
	[VFIO_USER_DEVICE_RESET] = { do_reset, 0 },
};

static int dispatch(struct vfio_server *s, struct vfio_user_message *m)
{
	unsigned int command = m->header.command;

	if (command >= sizeof(commands) / sizeof(commands[0]) || !commands[command].run)
		return EOPNOTSUPP;
	if (!s->greeted && command != VFIO_USER_VERSION)
		return EPROTO;
	if (m->size < commands[command].size)
		return EINVAL;
	return commands[command].run(s, m);
}

int vfio_server_serve(struct vfio_server *s, int fd, int stop_fd)
{
	struct vfio_user_message m;
	int ret;

	s->connection = vfio_user_connect(fd, stop_fd);
	if (!s->connection)
		return -ENOMEM;
	s->greeted = false;
	for (;;) {
		ret = vfio_user_receive(s->connection, &m);
		if (ret <= 0)
			break;
		s->stats.messages++;
		ret = dispatch(s, &m);
		if (ret > 0) {
			s->stats.errors++;
			ret = vfio_user_reply_error(s->connection, &m.header, ret);
		}
		vfio_user_release(&m);
		if (ret)
			break;
	}
	/* A client that dies with messages or replies on their way has just gone. */
	if (ret == -EPIPE || ret == -ECONNRESET)
		ret = 0;
	reset_function(s);
	vfio_irq_detach(s->irq);
	vfio_dma_unmap_all(s->dma);
	vfio_user_disconnect(s->connection);
	s->connection = NULL;
	return ret;
}

void vfio_server_stats(const struct vfio_server *s, struct vfio_server_stats *stats)
{
	*stats = s->stats;
}

/* --- life ------------------------------------------------------------------ */

int vfio_server_new(const struct edgetpu_config *config, struct vfio_server **server)
{
	struct vfio_server *s = calloc(1, sizeof(*s));
	int err = -ENOMEM;

	if (!s)
		return -ENOMEM;
	vfio_pci_init(&s->pci);
	s->dma = vfio_dma_new();
	s->irq = vfio_irq_new();
	s->runner = runner_new();
	if (!s->dma || !s->irq || !s->runner)
		goto fail;
	s->dev = edgetpu_device_new(config, &host_ops, s);
	if (!s->dev) {
		err = -EINVAL;
		goto fail;
	}
	err = runner_start(s->runner, s->dev);
	if (err)
		goto fail_device;
	*server = s;
	return 0;

fail_device:
	edgetpu_device_free(s->dev);
fail:
	runner_free(s->runner);
	vfio_irq_free(s->irq);
	vfio_dma_free(s->dma);
	free(s);
	return err;
}

void vfio_server_single_msi(struct vfio_server *s)
{
	s->pci.single_msi = true;
	vfio_pci_init(&s->pci);
}

void vfio_server_serial(struct vfio_server *s, uint64_t serial)
{
	edgetpu_device_set_serial(s->dev, serial);
}

void vfio_server_open_window(struct vfio_server *s)
{
	s->inject = true;
}

void vfio_server_inject(struct vfio_server *s, uint32_t fault)
{
	switch (EDGETPU_FAULT_CODE(fault)) {
	case EDGETPU_FAULT_EXIT:
		if (s->connection)
			vfio_user_drop(s->connection);
		_exit(3);
	case EDGETPU_FAULT_REMOVE:
		atomic_store(&s->gone, true);
		break;
	default:
		edgetpu_device_inject(s->dev, fault);
		break;
	}
}

int vfio_server_hostile(struct vfio_server *s, uint64_t seed)
{
	s->hostile = hostile_new(seed);
	return s->hostile ? 0 : -ENOMEM;
}

void vfio_server_free(struct vfio_server *s)
{
	if (!s)
		return;
	runner_stop(s->runner);
	edgetpu_device_free(s->dev);
	hostile_free(s->hostile);
	runner_free(s->runner);
	vfio_irq_free(s->irq);
	vfio_dma_free(s->dma);
	free(s);
}
