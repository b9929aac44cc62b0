// SPDX-License-Identifier: GPL-2.0-only
/*
 * The vfio-user server with a client that keeps to the protocol, and a fake
 * device behind it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "edgetpu_fault.h"
#include "tap.h"
#include "test_vfio.h"
#include "vfio/dma.h"
#include "vfio/inject.h"
#include "vfio_client.h"

bool tap_failed;

#define MIB		(1u << 20)
#define RW		(VFIO_USER_DMA_READ | VFIO_USER_DMA_WRITE)

/* Client, its memory and two MSI-X vectors attached */
struct fixture {
	struct vfio_client c;
	int memory;
	uint8_t *map;
	int eventfds[2];
};

static void setup(struct fixture *f)
{
	client_start(&f->c);
	f->memory = memfd_create("memory", MFD_CLOEXEC);
	if (f->memory < 0 || ftruncate(f->memory, MIB))
		exit(1);
	f->map = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_SHARED, f->memory, 0);
	for (unsigned int v = 0; v < 2; v++) {
		f->eventfds[v] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		client_set_irq(&f->c, VFIO_PCI_MSIX_IRQ_INDEX, v, f->eventfds[v]);
	}
	client_config_write(&f->c, PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 2);
	for (unsigned int i = 0; i < MIB; i++)
		f->map[i] = i * 7 + (i >> 8);
}

static void teardown(struct fixture *f)
{
	munmap(f->map, MIB);
	close(f->memory);
	close(f->eventfds[0]);
	close(f->eventfds[1]);
	client_stop(&f->c);
}

static bool fired(int eventfd)
{
	uint64_t count;

	return read(eventfd, &count, sizeof(count)) == sizeof(count);
}

static void version_reply_fits_the_request(void)
{
	static const char full[] =
		"\0\0\0\0{\"capabilities\":{\"max_msg_fds\":16,\"max_data_xfer_size\":1048576}}";
	const struct vfio_user_version bare = { .major = VFIO_USER_MAJOR };
	struct vfio_client c;
	char reply[256];
	long n;

	client_start_silent(&c);
	n = client_call(&c, VFIO_USER_VERSION, full, sizeof(full), NULL, 0, reply, sizeof(reply));
	CHECK(n > 4 && n <= (long)sizeof(full) && !reply[n - 1]);
	CHECK(n > 4 && strstr(reply + 4, "\"max_msg_fds\":8"));
	n = client_call(&c, VFIO_USER_VERSION, &bare, sizeof(bare), NULL, 0, reply, sizeof(reply));
	CHECK(n == 4);
	client_stop(&c);
}

static void regions_and_interrupts_are_described(void)
{
	struct vfio_user_device_info device;
	struct vfio_client c;
	long n;

	client_start(&c);
	memset(&device, 0, sizeof(device));
	n = client_call(&c, VFIO_USER_DEVICE_GET_INFO, &device, sizeof(device), NULL, 0, &device,
			sizeof(device));
	CHECK(n == sizeof(device));
	CHECK(device.flags == (VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET));
	CHECK(device.num_regions == VFIO_PCI_NUM_REGIONS && device.num_irqs == VFIO_PCI_NUM_IRQS);
	for (uint32_t i = 0; i < VFIO_PCI_NUM_REGIONS; i++) {
		struct vfio_user_region_info info = { .argsz = sizeof(info), .index = i };
		uint64_t size = i == VFIO_PCI_BAR0_REGION_INDEX ? 0x8000 :
				i == VFIO_PCI_CONFIG_REGION_INDEX ? 4096 : 0;

		n = client_call(&c, VFIO_USER_DEVICE_GET_REGION_INFO, &info, sizeof(info), NULL, 0,
				&info, sizeof(info));
		CHECK(n == sizeof(info) && info.index == i && info.size == size);
		CHECK(!(info.flags & VFIO_REGION_INFO_FLAG_MMAP));
	}
	for (uint32_t i = 0; i < VFIO_PCI_NUM_IRQS; i++) {
		struct vfio_user_irq_info info = { .argsz = sizeof(info), .index = i };
		uint32_t count = i == VFIO_PCI_MSIX_IRQ_INDEX || i == VFIO_PCI_MSI_IRQ_INDEX ? 2 : 0;

		n = client_call(&c, VFIO_USER_DEVICE_GET_IRQ_INFO, &info, sizeof(info), NULL, 0,
				&info, sizeof(info));
		CHECK(n == sizeof(info) && info.count == count);
		CHECK(!(info.flags & VFIO_IRQ_INFO_NORESIZE));
	}
	client_stop(&c);
}

static void config_space_is_an_endpoint_with_msix_in_its_own_page(void)
{
	unsigned int found[256] = { 0 };
	struct vfio_client c;
	uint32_t at;

	client_start(&c);
	CHECK(client_config_read(&c, PCI_VENDOR_ID, 4) == 0xed9e1234);
	CHECK(client_config_read(&c, PCI_CLASS_REVISION, 4) >> 8 == 0x120000);
	client_config_write(&c, PCI_VENDOR_ID, 0, 4);
	CHECK(client_config_read(&c, PCI_VENDOR_ID, 4) == 0xed9e1234);
	client_config_write(&c, PCI_BASE_ADDRESS_0, 0xffffffff, 4);
	CHECK(client_config_read(&c, PCI_BASE_ADDRESS_0, 4) == 0xffff8000);
	client_config_write(&c, PCI_BASE_ADDRESS_0 + 4, 0xffffffff, 4);
	CHECK(client_config_read(&c, PCI_BASE_ADDRESS_0 + 4, 4) == 0);
	client_config_write(&c, PCI_COMMAND, 0xffff, 2);
	CHECK(client_config_read(&c, PCI_COMMAND, 2) == 0x546);
	at = client_config_read(&c, PCI_CAPABILITY_LIST, 1);
	for (int i = 0; at && i < 16; i++) {
		found[client_config_read(&c, at, 1)] = at;
		at = client_config_read(&c, at + 1, 1);
	}
	CHECK(!at);
	if (!CHECK(found[PCI_CAP_ID_PM] && found[PCI_CAP_ID_MSI] && found[PCI_CAP_ID_MSIX] &&
		found[PCI_CAP_ID_EXP]))
		return;
	at = found[PCI_CAP_ID_MSIX];
	CHECK(client_config_read(&c, at + PCI_MSIX_FLAGS, 2) == 1);
	CHECK(client_config_read(&c, at + PCI_MSIX_TABLE, 4) == 0x4000);
	CHECK(client_config_read(&c, at + PCI_MSIX_PBA, 4) == 0x5000);
	client_config_write(&c, at + PCI_MSIX_FLAGS, 0xffff, 2);
	CHECK(client_config_read(&c, at + PCI_MSIX_FLAGS, 2) == 0xc001);
	at = found[PCI_CAP_ID_PM];
	client_config_write(&c, at + PCI_PM_CTRL, 1, 2);
	CHECK((client_config_read(&c, at + PCI_PM_CTRL, 2) & 3) == 0);
	client_config_write(&c, at + PCI_PM_CTRL, 3, 2);
	CHECK((client_config_read(&c, at + PCI_PM_CTRL, 2) & 3) == 3);
	/* asleep it has no registers, and what was in them before is there afterwards */
	client_config_write(&c, at + PCI_PM_CTRL, 0, 2);
	client_bar_write(&c, EDGETPU_REG_MBOX_REQ(0), 0x01020304);
	client_config_write(&c, at + PCI_PM_CTRL, 3, 2);
	CHECK(client_bar_read(&c, EDGETPU_REG_ID) == 0xffffffff);
	client_bar_write(&c, EDGETPU_REG_MBOX_REQ(0), 5);
	client_config_write(&c, at + PCI_PM_CTRL, 0, 2);
	CHECK(client_bar_read(&c, EDGETPU_REG_ID) == EDGETPU_ID);
	CHECK(client_bar_read(&c, EDGETPU_REG_MBOX_REQ(0)) == 0x01020304);
	client_stop(&c);
}

static void registers_take_aligned_words_and_are_read_at_any_width(void)
{
	const uint32_t reg = EDGETPU_REG_MBOX_REQ(0);
	struct vfio_server_stats stats;
	struct vfio_client c;
	uint8_t bytes[8];
	uint64_t wide = 0x1122334455667788;

	client_start(&c);
	CHECK(client_bar_read(&c, EDGETPU_REG_ID) == EDGETPU_ID);
	client_bar_write(&c, reg, 0x01020304);
	client_bar_write(&c, reg + 4, 0x05060708);
	CHECK(client_region_read(&c, 0, reg + 3, bytes, 3) == 3);
	CHECK(bytes[0] == 1 && bytes[1] == 8 && bytes[2] == 7);
	CHECK(client_region_write(&c, 0, reg, "x", 1) > 0);
	CHECK(client_region_write(&c, 0, reg + 2, "xxxx", 4) > 0);
	CHECK(client_bar_read(&c, reg) == 0x01020304);
	CHECK(client_region_write(&c, 0, reg, &wide, 8) > 0);
	CHECK(client_bar_read(&c, reg) == 0x55667788 && client_bar_read(&c, reg + 4) == 0x11223344);
	client_bar_write(&c, EDGETPU_BAR0_MSIX_TABLE, 0xffffffff);
	CHECK(client_bar_read(&c, EDGETPU_BAR0_MSIX_TABLE) == 0);
	client_hang_up(&c);
	vfio_server_stats(c.server, &stats);
	CHECK(stats.bad_accesses == 2);
	client_stop(&c);
}

static void a_posted_write_gets_no_reply(void)
{
	struct {
		struct vfio_user_header h;
		struct vfio_user_region_access a;
		uint32_t value;
	} __attribute__((packed)) m = {
		.h = { .command = VFIO_USER_REGION_WRITE, .size = sizeof(m),
		       .flags = VFIO_USER_NO_REPLY },
		.a = { .offset = EDGETPU_REG_MBOX_REQ(0), .count = 4 },
		.value = 42,
	};
	struct vfio_client c;

	client_start(&c);
	client_send(&c, &m, sizeof(m), NULL, 0);
	/* Any reply to the write would stand before this one's. */
	CHECK(client_bar_read(&c, EDGETPU_REG_MBOX_REQ(0)) == 42);
	m.a.offset = ~0ull;
	client_send(&c, &m, sizeof(m), NULL, 0);
	CHECK(client_bar_read(&c, EDGETPU_REG_MBOX_REQ(0)) == 42);
	client_stop(&c);
}

static void the_device_copies_client_memory_and_interrupts(void)
{
	struct fixture f;

	setup(&f);
	CHECK(client_map(&f.c, 0x100000000ull, MIB, f.memory, 0, RW) == 0);
	CHECK(client_copy(&f.c, 0x100000000ull, 0x100080000ull, 0x1234, f.eventfds) == 1);
	CHECK(!memcmp(f.map, f.map + 0x80000, 0x1234));
	CHECK(f.map[0x80000 + 0x1234] == (uint8_t)((0x80000 + 0x1234) * 7 + (0x81234 >> 8)));
	teardown(&f);
}

static void a_buffer_may_span_maps_in_any_order_of_the_file(void)
{
	struct fixture f;

	setup(&f);
	/* 16 pieces; every second pair swapped */
	for (unsigned int i = 0; i < 16; i++)
		CHECK(client_map(&f.c, 0x40000 + i * 0x4000, 0x4000, f.memory,
				 (i ^ ((i & 4) >> 2)) * 0x4000, RW) == 0);
	CHECK(client_map(&f.c, 0x200000, 0x40000, f.memory, 0x80000, RW) == 0);
	CHECK(client_copy(&f.c, 0x40010, 0x200010, 0x3ffe0, f.eventfds) == 1);
	for (unsigned int i = 0x10; i < 0x3fff0; i++) {
		unsigned int piece = i / 0x4000;
		unsigned int from = (piece ^ ((piece & 4) >> 2)) * 0x4000 + i % 0x4000;

		if (f.map[0x80000 + i] != f.map[from]) {
			CHECK(!"the bytes are in order");
			break;
		}
	}
	/* Beyond the last piece there is nothing. */
	CHECK(client_copy(&f.c, 0x7fff0, 0x200000, 0x20, f.eventfds) == 0);
	teardown(&f);
}

/* A page each, as behind an emulated IOMMU; no two of them follow each other in the file. */
static void as_many_ranges_as_a_machine_has_pages(void)
{
	const unsigned int pages = MIB / 4096, num = 70000;
	const int memory = memfd_create("memory", MFD_CLOEXEC);
	struct vfio_dma *dma = vfio_dma_new();
	uint64_t one = 1, two = 1;
	uint8_t *first, *last;
	unsigned int i;

	CHECK(dma && memory >= 0 && !ftruncate(memory, MIB));
	for (i = 0; i < num; i++) {
		if (vfio_dma_map(dma, i * 4096ull, 4096, memory, (num - 1 - i) % pages * 4096ull,
				 true, true))
			break;
	}
	CHECK(i == num);
	first = vfio_dma_lookup(dma, 0, &one, true);
	last = vfio_dma_lookup(dma, (num - 1) * 4096ull, &two, true);
	CHECK(first && last && first - last == (num - 1) % pages * 4096);
	vfio_dma_free(dma);
	close(memory);
}

static void rights_and_bus_mastering_bind_the_device(void)
{
	struct fixture f;

	setup(&f);
	client_map(&f.c, 0x10000, 0x10000, f.memory, 0, VFIO_USER_DMA_READ);
	client_map(&f.c, 0x20000, 0x10000, f.memory, 0x10000, VFIO_USER_DMA_WRITE);
	CHECK(client_copy(&f.c, 0x10000, 0x20000, 64, f.eventfds) == 1);
	CHECK(client_copy(&f.c, 0x10000, 0x10040, 64, f.eventfds) == 0);
	CHECK(client_copy(&f.c, 0x20000, 0x20040, 64, f.eventfds) == 0);
	client_config_write(&f.c, PCI_COMMAND, PCI_COMMAND_MEMORY, 2);
	CHECK(client_copy(&f.c, 0x10000, 0x20000, 64, f.eventfds) == 0);
	teardown(&f);
}

static void an_unmapped_range_is_out_of_reach(void)
{
	struct fixture f;

	setup(&f);
	CHECK(client_map(&f.c, 0x10000, 0x10000, f.memory, 0, RW) == 0);
	CHECK(client_map(&f.c, 0x20000, 0x10000, f.memory, 0x10000, RW) == 0);
	CHECK(client_copy(&f.c, 0x10000, 0x20000, 64, f.eventfds) == 1);
	CHECK(client_unmap(&f.c, 0x20000, 0x10000) >= 0);
	CHECK(client_copy(&f.c, 0x10000, 0x20000, 64, f.eventfds) == 0);
	CHECK(client_copy(&f.c, 0x10000, 0x10040, 64, f.eventfds) == 1);
	/* never mapped: as good as done */
	CHECK(client_unmap(&f.c, 0x20000, 0x10000) >= 0);
	CHECK(client_unmap(&f.c, 0xf0000000, 0x1000) >= 0);
	/* a ROM: no file */
	CHECK(client_map(&f.c, 0xc0000, 0x20000, -1, 0, VFIO_USER_DMA_READ) == 0);
	CHECK(client_copy(&f.c, 0xc0000, 0x10000, 64, f.eventfds) == 0);
	/* one range of everything that is left */
	CHECK(client_unmap(&f.c, 0, ~0ull) >= 0);
	CHECK(client_copy(&f.c, 0x10000, 0x10040, 64, f.eventfds) == 0);
	teardown(&f);
}

static void a_vector_without_eventfd_falls_to_the_first_and_stays_pending(void)
{
	struct fixture f;

	setup(&f);
	client_map(&f.c, 0, MIB, f.memory, 0, RW);
	CHECK(client_set_irq(&f.c, VFIO_PCI_MSIX_IRQ_INDEX, 1, -1) == 0);
	CHECK(client_copy(&f.c, 0, 0x1000, 64, f.eventfds) == 0);
	CHECK(!fired(f.eventfds[1]));
	CHECK(client_set_irq(&f.c, VFIO_PCI_MSIX_IRQ_INDEX, 1, f.eventfds[1]) == 0);
	CHECK(fired(f.eventfds[1]));
	CHECK(client_copy(&f.c, 0, 0x1000, 64, f.eventfds) == 1);
	CHECK(!fired(f.eventfds[0]));
	teardown(&f);
}

static void msi_serves_where_msix_is_not_used(void)
{
	struct vfio_user_irq_set off = {
		.argsz = sizeof(off),
		.flags = VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER,
		.index = VFIO_PCI_MSIX_IRQ_INDEX,
	};
	struct fixture f;

	setup(&f);
	client_map(&f.c, 0, MIB, f.memory, 0, RW);
	CHECK(client_call(&f.c, VFIO_USER_DEVICE_SET_IRQS, &off, sizeof(off), NULL, 0, NULL, 0) == 0);
	client_set_irq(&f.c, VFIO_PCI_MSI_IRQ_INDEX, 0, f.eventfds[0]);
	CHECK(client_copy(&f.c, 0, 0x1000, 64, f.eventfds) == 0);
	client_set_irq(&f.c, VFIO_PCI_MSI_IRQ_INDEX, 1, f.eventfds[1]);
	CHECK(fired(f.eventfds[1]));	/* was pending */
	CHECK(client_copy(&f.c, 0, 0x1000, 64, f.eventfds) == 1);
	teardown(&f);
}

static void with_a_single_msi_there_is_no_msix(void)
{
	struct vfio_client c;
	uint32_t at;

	client_start(&c);
	client_hang_up(&c);
	vfio_server_single_msi(c.server);
	client_reconnect(&c);
	at = client_config_read(&c, PCI_CAPABILITY_LIST, 1);
	for (int i = 0; at && i < 16; i++) {
		uint32_t id = client_config_read(&c, at, 1);

		CHECK(id != PCI_CAP_ID_MSIX);
		if (id == PCI_CAP_ID_MSI)
			CHECK((client_config_read(&c, at + PCI_MSI_FLAGS, 2) & PCI_MSI_FLAGS_QMASK) == 0);
		at = client_config_read(&c, at + 1, 1);
	}
	CHECK(!at);
	for (uint32_t i = 0; i < VFIO_PCI_NUM_IRQS; i++) {
		struct vfio_user_irq_info info = { .argsz = sizeof(info), .index = i };

		client_call(&c, VFIO_USER_DEVICE_GET_IRQ_INFO, &info, sizeof(info), NULL, 0, &info,
			    sizeof(info));
		CHECK(info.count == (i == VFIO_PCI_MSI_IRQ_INDEX));
	}
	client_stop(&c);
}

/* How many of @rounds readings of the ID are lies, with seed @seed */
static unsigned int count_lies(uint64_t seed, unsigned int rounds)
{
	struct vfio_client c;
	unsigned int lies = 0;

	client_start(&c);
	client_hang_up(&c);
	CHECK(vfio_server_hostile(c.server, seed) == 0);
	client_reconnect(&c);
	for (unsigned int i = 0; i < rounds; i++)
		lies += client_bar_read(&c, EDGETPU_REG_ID) != EDGETPU_ID;
	client_stop(&c);
	return lies;
}

static void a_hostile_device_lies_as_its_seed_says(void)
{
	unsigned int total = 0;

	for (uint64_t seed = 1; seed <= 8; seed++) {
		unsigned int lies = count_lies(seed, 4000);

		CHECK(lies < 2000);
		CHECK(lies == count_lies(seed, 4000));
		total += lies;
	}
	CHECK(total > 0);
}

static void faults_are_injected_through_a_window_that_was_opened(void)
{
	const uint32_t hang = EDGETPU_FAULT(EDGETPU_FAULT_CORE_HANG, 7);
	struct fixture f;

	setup(&f);
	CHECK(client_bar_read(&f.c, EDGETPU_REG_FAULT) == 0);
	client_bar_write(&f.c, EDGETPU_REG_FAULT, hang);
	CHECK(client_bar_read(&f.c, EDGETPU_REG_CRASH_PC) == 0);
	vfio_server_open_window(f.c.server);
	CHECK(client_bar_read(&f.c, EDGETPU_REG_FAULT) == EDGETPU_FAULT_ID);
	CHECK(client_bar_read(&f.c, EDGETPU_REG_FAULT + 4) == 0);
	client_bar_write(&f.c, EDGETPU_REG_FAULT, hang);
	CHECK(client_bar_read(&f.c, EDGETPU_REG_CRASH_PC) == hang);
	/* pulled out: nothing is there any more, not for the device either */
	CHECK(client_map(&f.c, 0, MIB, f.memory, 0, RW) == 0);
	CHECK(client_copy(&f.c, 0, 4096, 16, f.eventfds) == 1);
	client_bar_write(&f.c, EDGETPU_REG_FAULT, EDGETPU_FAULT_REMOVE);
	CHECK(client_bar_read(&f.c, EDGETPU_REG_ID) == 0xffffffff);
	CHECK(client_config_read(&f.c, PCI_VENDOR_ID, 4) == 0xffffffff);
	client_bar_write(&f.c, EDGETPU_REG_MBOX_REQ(0), 1);
	client_config_write(&f.c, PCI_COMMAND, 0, 2);
	CHECK(client_config_read(&f.c, PCI_COMMAND, 2) == 0xffff);
	teardown(&f);
}

static void faults_have_names(void)
{
	uint32_t fault = 0;

	CHECK(inject_parse("engine-hang=2", &fault) &&
	      fault == EDGETPU_FAULT(EDGETPU_FAULT_ENGINE_HANG, 2));
	CHECK(inject_parse("exit", &fault) && fault == EDGETPU_FAULT_EXIT);
	CHECK(!inject_parse("exi", &fault) && !inject_parse("exits", &fault));
	CHECK(!inject_parse("boot=", &fault) && !inject_parse("boot=x", &fault));
	CHECK(!inject_parse("boot=65536", &fault) && !inject_parse("", &fault));
	for (unsigned int i = 0; i < EDGETPU_NUM_FAULTS; i++)
		CHECK(inject_name(i) && inject_parse(inject_name(i), &fault) && fault == i);
	CHECK(!inject_name(EDGETPU_NUM_FAULTS));
}

static void function_level_and_bus_reset_clear_the_device(void)
{
	struct vfio_client c;

	client_start(&c);
	client_bar_write(&c, EDGETPU_REG_MBOX_REQ(0), 42);
	client_config_write(&c, PCI_COMMAND, PCI_COMMAND_MASTER, 2);
	client_config_write(&c, 0x70 + PCI_EXP_DEVCTL, PCI_EXP_DEVCTL_BCR_FLR, 2);
	CHECK(client_bar_read(&c, EDGETPU_REG_MBOX_REQ(0)) == 0);
	CHECK(client_config_read(&c, PCI_COMMAND, 2) == 0);
	CHECK(!(client_config_read(&c, 0x70 + PCI_EXP_DEVCTL, 2) & PCI_EXP_DEVCTL_BCR_FLR));
	client_bar_write(&c, EDGETPU_REG_MBOX_REQ(0), 42);
	CHECK(client_call(&c, VFIO_USER_DEVICE_RESET, NULL, 0, NULL, 0, NULL, 0) == 0);
	CHECK(client_bar_read(&c, EDGETPU_REG_MBOX_REQ(0)) == 0);
	CHECK(client_hang_up(&c) == 0);
	client_stop(&c);
}

static void the_next_client_finds_nothing_of_the_last(void)
{
	struct fixture f;

	setup(&f);
	client_map(&f.c, 0, MIB, f.memory, 0, RW);
	client_bar_write(&f.c, EDGETPU_REG_MBOX_REQ(0), 42);
	CHECK(client_hang_up(&f.c) == 0);
	client_reconnect(&f.c);
	CHECK(client_bar_read(&f.c, EDGETPU_REG_MBOX_REQ(0)) == 0);
	CHECK(client_config_read(&f.c, PCI_COMMAND, 2) == 0);
	client_config_write(&f.c, PCI_COMMAND, PCI_COMMAND_MASTER, 2);
	client_set_irq(&f.c, VFIO_PCI_MSIX_IRQ_INDEX, 0, f.eventfds[0]);
	CHECK(client_copy(&f.c, 0, 0x1000, 64, f.eventfds) == 0);
	CHECK(!fired(f.eventfds[1]));
	teardown(&f);
}

static const struct tap_test tests[] = {
	{ "version reply fits the request", version_reply_fits_the_request },
	{ "regions and interrupts are described", regions_and_interrupts_are_described },
	{ "config space is an endpoint with MSI-X in its own page",
	  config_space_is_an_endpoint_with_msix_in_its_own_page },
	{ "registers take aligned words and are read at any width",
	  registers_take_aligned_words_and_are_read_at_any_width },
	{ "a posted write gets no reply", a_posted_write_gets_no_reply },
	{ "the device copies client memory and interrupts",
	  the_device_copies_client_memory_and_interrupts },
	{ "a buffer may span maps in any order of the file",
	  a_buffer_may_span_maps_in_any_order_of_the_file },
	{ "as many ranges as a machine has pages", as_many_ranges_as_a_machine_has_pages },
	{ "rights and bus mastering bind the device", rights_and_bus_mastering_bind_the_device },
	{ "an unmapped range is out of reach", an_unmapped_range_is_out_of_reach },
	{ "a vector without eventfd falls to the first and stays pending",
	  a_vector_without_eventfd_falls_to_the_first_and_stays_pending },
	{ "MSI serves where MSI-X is not used", msi_serves_where_msix_is_not_used },
	{ "with a single MSI there is no MSI-X", with_a_single_msi_there_is_no_msix },
	{ "a hostile device lies as its seed says", a_hostile_device_lies_as_its_seed_says },
	{ "faults are injected through a window that was opened",
	  faults_are_injected_through_a_window_that_was_opened },
	{ "faults have names", faults_have_names },
	{ "function level and bus reset clear the device",
	  function_level_and_bus_reset_clear_the_device },
	{ "the next client finds nothing of the last", the_next_client_finds_nothing_of_the_last },
};

int main(void)
{
	const int num = sizeof(tests) / sizeof(tests[0]);
	int failed;

	printf("1..%d\n", num + num_bad_tests);
	failed = tap_run(tests, num, 1);
	failed += tap_run(bad_tests, num_bad_tests, num + 1);
	return failed ? 1 : 0;
}
