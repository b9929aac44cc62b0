// SPDX-License-Identifier: GPL-2.0-only
/*
 * The vfio-user server with clients that break the protocol: an error reply or
 * a hang-up, and the server lives on.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "test_vfio.h"
#include "vfio_client.h"

#define RW		(VFIO_USER_DMA_READ | VFIO_USER_DMA_WRITE)

static int make_memory(size_t size)
{
	int fd = memfd_create("memory", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, size))
		exit(1);
	return fd;
}

static bool answers(struct vfio_client *c)
{
	return client_bar_read(c, EDGETPU_REG_ID) == EDGETPU_ID;
}

static void no_command_before_version(void)
{
	struct vfio_user_device_info info = { 0 };
	const struct vfio_user_version future = { .major = 1 };
	char reply[64];
	struct vfio_client c;

	client_start_silent(&c);
	CHECK(client_call(&c, VFIO_USER_DEVICE_GET_INFO, &info, sizeof(info), NULL, 0, reply,
			  sizeof(reply)) == -EPROTO);
	CHECK(client_call(&c, VFIO_USER_VERSION, &future, sizeof(future), NULL, 0, reply,
			  sizeof(reply)) == -EPROTONOSUPPORT);
	CHECK(client_call(&c, VFIO_USER_VERSION, "\0\0\0\0{}", 6, NULL, 0, reply,
			  sizeof(reply)) == -EINVAL);
	client_stop(&c);
}

static void short_payloads_are_refused(void)
{
	static const struct {
		unsigned int command;
		size_t size;
	} fixed[] = {
		{ VFIO_USER_VERSION, 4 }, { VFIO_USER_DMA_MAP, 32 }, { VFIO_USER_DMA_UNMAP, 24 },
		{ VFIO_USER_DEVICE_GET_INFO, 16 }, { VFIO_USER_DEVICE_GET_REGION_INFO, 32 },
		{ VFIO_USER_DEVICE_GET_IRQ_INFO, 16 }, { VFIO_USER_DEVICE_SET_IRQS, 20 },
		{ VFIO_USER_REGION_READ, 16 }, { VFIO_USER_REGION_WRITE, 16 },
	};
	const char zeros[32] = { 0 };
	struct vfio_client c;
	char reply[64];

	client_start(&c);
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		for (size_t size = 0; size < fixed[i].size; size++)
			CHECK(client_call(&c, fixed[i].command, zeros, size, NULL, 0, reply,
					  sizeof(reply)) == -EINVAL);
	CHECK(answers(&c));
	client_stop(&c);
}

static void unknown_commands_are_refused(void)
{
	static const unsigned int unknown[] = { 0, 6, 11, 12, 14, 15, 16, 999, 65535 };
	struct vfio_client c;

	client_start(&c);
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		CHECK(client_call(&c, unknown[i], NULL, 0, NULL, 0, NULL, 0) == -EOPNOTSUPP);
	CHECK(answers(&c));
	client_stop(&c);
}

static void accesses_outside_a_region_are_refused(void)
{
	static const struct vfio_user_region_access outside[] = {
		{ 0x7ffd, VFIO_PCI_BAR0_REGION_INDEX, 4 },
		{ 0x8000, VFIO_PCI_BAR0_REGION_INDEX, 4 },
		{ ~0ull - 3, VFIO_PCI_BAR0_REGION_INDEX, 4 },
		{ ~0ull, VFIO_PCI_BAR0_REGION_INDEX, 0xffffffff },
		{ 0, VFIO_PCI_BAR0_REGION_INDEX, 0xffffffff },
		{ 0, VFIO_PCI_BAR0_REGION_INDEX, 0 },
		{ 4096, VFIO_PCI_CONFIG_REGION_INDEX, 1 },
		{ 0, VFIO_PCI_BAR1_REGION_INDEX, 4 },
		{ 0, VFIO_PCI_ROM_REGION_INDEX, 4 },
		{ 0, 1000, 4 },
	};
	struct vfio_user_region_access a = { .count = 8 };
	char message[sizeof(a) + 4] = { 0 };
	struct vfio_user_irq_info irq = { .index = VFIO_PCI_NUM_IRQS };
	struct vfio_user_region_info region = { .index = ~0u };
	struct vfio_client c;
	char reply[64];

	client_start(&c);
	for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
		CHECK(client_call(&c, VFIO_USER_REGION_READ, &outside[i], sizeof(outside[i]), NULL,
				  0, reply, sizeof(reply)) == -EINVAL);
		memcpy(message, &outside[i], sizeof(outside[i]));
		CHECK(client_call(&c, VFIO_USER_REGION_WRITE, message, sizeof(message), NULL, 0,
				  reply, sizeof(reply)) == -EINVAL);
	}
	/* says 8 bytes, brings 4 */
	memcpy(message, &a, sizeof(a));
	CHECK(client_call(&c, VFIO_USER_REGION_WRITE, message, sizeof(message), NULL, 0, reply,
			  sizeof(reply)) == -EINVAL);
	CHECK(client_call(&c, VFIO_USER_DEVICE_GET_IRQ_INFO, &irq, sizeof(irq), NULL, 0, reply,
			  sizeof(reply)) == -EINVAL);
	CHECK(client_call(&c, VFIO_USER_DEVICE_GET_REGION_INFO, &region, sizeof(region), NULL, 0,
			  reply, sizeof(reply)) == -EINVAL);
	CHECK(answers(&c));
	client_stop(&c);
}

static void impossible_maps_are_refused(void)
{
	int memory = make_memory(0x10000), pipes[2], readonly;
	struct vfio_user_dma_map two = { .argsz = sizeof(two), .flags = RW, .size = 4096 };
	struct vfio_client c;
	char path[64];

	client_start(&c);
	CHECK(client_map(&c, 0x1000, 0x4000, memory, 0, RW) == 0);
	CHECK(client_map(&c, 0x4000, 0x1000, memory, 0, RW) == -EEXIST);
	CHECK(client_map(&c, 0, 0x10000, memory, 0, RW) == -EEXIST);
	CHECK(client_map(&c, 0x100000, 0x10001, memory, 0, RW) == -EINVAL);
	CHECK(client_map(&c, 0x100000, 0x1000, memory, 0xf001, RW) == -EINVAL);
	CHECK(client_map(&c, 0x100000, 0x2000, memory, ~0xfffull, RW) == -EINVAL);
	CHECK(client_map(&c, ~0xfffull, 0x2000, memory, 0, RW) == -EINVAL);
	CHECK(client_map(&c, 0x100000, 0, memory, 0, RW) == -EINVAL);
	CHECK(client_map(&c, 0x100000, 0x1000, memory, 0, 0xf0 | RW) == -EINVAL);
	CHECK(!pipe(pipes) && client_map(&c, 0x100000, 0x1000, pipes[0], 0, RW) == -EINVAL);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", memory);
	readonly = open(path, O_RDONLY);
	CHECK(client_map(&c, 0x100000, 0x1000, readonly, 0, RW) == -EACCES);
	CHECK(client_map(&c, 0x100000, 0x1000, readonly, 0, VFIO_USER_DMA_READ) == 0);
	CHECK(client_call(&c, VFIO_USER_DMA_MAP, &two, sizeof(two), (int[]){ memory, memory }, 2,
			  NULL, 0) == -EINVAL);
	CHECK(client_unmap(&c, 0x1000, 0x1000) == -EINVAL);
	CHECK(client_unmap(&c, 0x2000, 0x10000) == -EINVAL);
	CHECK(client_unmap(&c, ~0xfffull, 0x2000) == -EINVAL);
	CHECK(client_unmap(&c, 0x1000, 0) == -EINVAL);
	CHECK(client_unmap(&c, 0x1000, 0x4000) >= 0);
	CHECK(answers(&c));
	close(pipes[0]);
	close(pipes[1]);
	close(readonly);
	close(memory);
	client_stop(&c);
}

static void impossible_interrupts_are_refused(void)
{
	struct vfio_user_irq_set set = {
		.argsz = sizeof(set),
		.flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
		.index = VFIO_PCI_MSIX_IRQ_INDEX,
	};
	int fd = eventfd(0, EFD_CLOEXEC);
	struct vfio_client c;

	client_start(&c);
	CHECK(client_set_irq(&c, VFIO_PCI_MSIX_IRQ_INDEX, 2, fd) == -EINVAL);
	CHECK(client_set_irq(&c, VFIO_PCI_MSIX_IRQ_INDEX, 0xffffffff, fd) == -EINVAL);
	CHECK(client_set_irq(&c, VFIO_PCI_INTX_IRQ_INDEX, 0, fd) == -EINVAL);
	CHECK(client_set_irq(&c, 77, 0, fd) == -EINVAL);
	set.start = 1;
	set.count = 0xffffffff;
	CHECK(client_call(&c, VFIO_USER_DEVICE_SET_IRQS, &set, sizeof(set), &fd, 1, NULL, 0) ==
	      -EINVAL);
	set.start = 0;
	set.count = 2;	/* one descriptor for two vectors */
	CHECK(client_call(&c, VFIO_USER_DEVICE_SET_IRQS, &set, sizeof(set), &fd, 1, NULL, 0) ==
	      -EINVAL);
	set.flags = VFIO_IRQ_SET_DATA_BOOL | VFIO_IRQ_SET_ACTION_TRIGGER;	/* no bytes */
	CHECK(client_call(&c, VFIO_USER_DEVICE_SET_IRQS, &set, sizeof(set), NULL, 0, NULL, 0) ==
	      -EINVAL);
	set.flags = VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_MASK;
	CHECK(client_call(&c, VFIO_USER_DEVICE_SET_IRQS, &set, sizeof(set), NULL, 0, NULL, 0) ==
	      -EINVAL);
	set.flags = 0xffffffff;
	CHECK(client_call(&c, VFIO_USER_DEVICE_SET_IRQS, &set, sizeof(set), NULL, 0, NULL, 0) ==
	      -EINVAL);
	CHECK(answers(&c));
	close(fd);
	client_stop(&c);
}

static void a_broken_stream_is_dropped_and_the_next_client_served(void)
{
	struct vfio_user_header h = { .command = VFIO_USER_DEVICE_RESET };
	int fds[12];
	struct vfio_client c;

	client_start(&c);
	/* longer than any message, and shorter than its header */
	for (int i = 0; i < 2; i++) {
		h.size = i ? 15 : 0x7fffffff;
		client_send(&c, &h, sizeof(h), NULL, 0);
		CHECK(client_receive(&c, NULL, 0) == -EMSGSIZE);
		CHECK(client_receive(&c, NULL, 0) == -EPIPE);
		CHECK(client_hang_up(&c) == -EPROTO);
		client_reconnect(&c);
	}
	/* a reply to nothing */
	h.size = sizeof(h);
	h.flags = VFIO_USER_TYPE_REPLY;
	client_send(&c, &h, sizeof(h), NULL, 0);
	CHECK(client_receive(&c, NULL, 0) == -EPIPE);
	CHECK(client_hang_up(&c) == -EPROTO);
	client_reconnect(&c);
	/* more descriptors than agreed */
	h.flags = 0;
	for (int i = 0; i < 12; i++)
		fds[i] = c.fd;
	client_send(&c, &h, sizeof(h), fds, 12);
	CHECK(client_receive(&c, NULL, 0) == -EMFILE);
	CHECK(client_hang_up(&c) == -EPROTO);
	client_reconnect(&c);
	/* gone in the middle of a header, and of a payload */
	client_send(&c, &h, 7, NULL, 0);
	shutdown(c.fd, SHUT_WR);
	CHECK(client_hang_up(&c) == -EPROTO);
	client_reconnect(&c);
	h.size = 100;
	client_send(&c, &h, sizeof(h), NULL, 0);
	CHECK(client_hang_up(&c) == -EPROTO);
	client_reconnect(&c);
	CHECK(answers(&c));
	client_stop(&c);
}

static void memory_that_shrinks_under_the_device_hurts_no_one_else(void)
{
	int eventfds[2] = { eventfd(0, EFD_CLOEXEC), eventfd(0, EFD_CLOEXEC) };
	int memory = make_memory(0x10000);
	struct vfio_client c;

	client_start(&c);
	client_set_irq(&c, VFIO_PCI_MSIX_IRQ_INDEX, 0, eventfds[0]);
	client_set_irq(&c, VFIO_PCI_MSIX_IRQ_INDEX, 1, eventfds[1]);
	client_config_write(&c, PCI_COMMAND, PCI_COMMAND_MASTER, 2);
	CHECK(client_map(&c, 0, 0x10000, memory, 0, RW) == 0);
	CHECK(!ftruncate(memory, 0x1000));
	CHECK(client_copy(&c, 0x8000, 0, 0x3000, eventfds) == 1);
	CHECK(answers(&c));
	close(memory);
	close(eventfds[0]);
	close(eventfds[1]);
	client_stop(&c);
}

/* xorshift64: the same messages in every run */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Mostly small numbers and edges, for fields are mostly counts and indices */
static uint32_t random_field(uint64_t *state)
{
	static const uint32_t edges[] = { 0, 1, 2, 4, 7, 8, 0x24, 0x1000, 0x4000, 0x7fff, 0x8000,
					  0x10000, 0x7fffffff, 0x80000000, 0xfffff000, 0xffffffff };
	uint64_t r = next_random(state);

	return r & 1 ? edges[(r >> 8) % 16] : r & 2 ? (r >> 8) % 64 : r >> 32;
}

static void random_messages_never_stop_the_server(void)
{
	uint64_t state = 0x9e3779b97f4a7c15;
	int memory = make_memory(0x10000);
	struct vfio_client c;

	client_start(&c);
	for (int i = 0; i < 20000; i++) {
		uint32_t payload[24];
		static char reply[128 * 1024];
		unsigned int command = next_random(&state) % 18;
		size_t size = 4 * (next_random(&state) % 25);
		unsigned int fds = next_random(&state) % 4 == 0;

		for (size_t w = 0; w < 24; w++)
			payload[w] = random_field(&state);
		/* let many be near the truth */
		if (command == VFIO_USER_DEVICE_SET_IRQS && next_random(&state) % 2)
			payload[1] = 0x24;
		if (command == VFIO_USER_REGION_WRITE && size > 16 && next_random(&state) % 2)
			payload[3] = size - 16;
		CHECK(client_call(&c, command, payload, size, &memory, fds, reply,
				  sizeof(reply)) != -EPIPE);
		if (tap_failed)
			break;
	}
	CHECK(client_hang_up(&c) == 0);
	client_reconnect(&c);
	CHECK(answers(&c));
	close(memory);
	client_stop(&c);
}

const struct tap_test bad_tests[] = {
	{ "no command is taken before VERSION", no_command_before_version },
	{ "short payloads are refused", short_payloads_are_refused },
	{ "unknown commands are refused", unknown_commands_are_refused },
	{ "accesses outside a region are refused", accesses_outside_a_region_are_refused },
	{ "impossible maps are refused", impossible_maps_are_refused },
	{ "impossible interrupts are refused", impossible_interrupts_are_refused },
	{ "a broken stream is dropped and the next client served",
	  a_broken_stream_is_dropped_and_the_next_client_served },
	{ "memory that shrinks under the device hurts no one else",
	  memory_that_shrinks_under_the_device_hurts_no_one_else },
	{ "random messages never stop the server", random_messages_never_stop_the_server },
};

const int num_bad_tests = sizeof(bad_tests) / sizeof(bad_tests[0]);
