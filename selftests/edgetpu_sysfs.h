/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The device past its driver: the PCI function behind an open node, its files in
 * sysfs, its registers, what the kernel tells of it and its files; and the driver's being
 * taken from it and given back.
 */
#ifndef EDGETPU_SYSFS_H
#define EDGETPU_SYSFS_H

#include <stdint.h>

#define TPU_PCI_NAME	64

/* The function's name, as "0000:00:02.0": 0 or -errno */
int tpu_pci_name(int fd, char name[TPU_PCI_NAME]);
/* Opens a file of the function's directory; -errno. */
int tpu_pci_open(int fd, const char *file, int flags);
/* Whether it may sleep while nobody has jobs: 0 or -errno */
int tpu_allow_sleep(int fd, int allow);
/*
 * Maps BAR0, to be written too with @writable; NULL when it cannot be reached from here. The
 * device does not sleep from then on, for asleep it has no registers.
 */
volatile uint32_t *tpu_bar0(int fd, int writable);

/* The number behind @key in the file's fdinfo, or -errno */
long tpu_fdinfo(int fd, const char *key);
/* The number behind @key in the device's debugfs file @name, or -errno */
long tpu_debugfs(const char *name, const char *key);

/* 0 or -errno */
int tpu_write_file(const char *path, const char *text);
int tpu_driver_unbind(const char *name);
/* Gives a device back to the driver and waits until it serves: 0 or -errno. */
int tpu_driver_bind(const char *name);

/*
 * Bytes that the device can have mapped at once. An emulated IOMMU tells the device's
 * process of every page, which keeps 2^18 of them.
 */
uint64_t tpu_reach(void);

#endif /* EDGETPU_SYSFS_H */
