/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Configuration space of the PCI function.
 */
#ifndef EDGETPU_VFIO_PCI_H
#define EDGETPU_VFIO_PCI_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VFIO_PCI_CONFIG_SIZE	4096

/**
 * struct vfio_pci - one function; the message thread's but for @dma
 * @config: configuration space
 * @writable: bits of it that software may change
 * @dma: bus mastering is on and the function is in D0; any thread reads
 * @single_msi: it has one MSI vector and no MSI-X
 */
struct vfio_pci {
	uint8_t config[VFIO_PCI_CONFIG_SIZE];
	uint8_t writable[VFIO_PCI_CONFIG_SIZE];
	atomic_bool dma;
	bool single_msi;
};

/* Also what a reset does; @pci->single_msi says how it is made. */
void vfio_pci_init(struct vfio_pci *pci);

/* The range must lie inside configuration space. */
void vfio_pci_read(const struct vfio_pci *pci, uint64_t offset, void *data, size_t size);
/* In D0: otherwise the function has no registers, and reaches no memory. */
bool vfio_pci_awake(const struct vfio_pci *pci);
/* True when software asked for a function level reset, which the caller does. */
bool vfio_pci_write(struct vfio_pci *pci, uint64_t offset, const void *data, size_t size);

#endif /* EDGETPU_VFIO_PCI_H */
