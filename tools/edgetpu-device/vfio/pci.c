// SPDX-License-Identifier: GPL-2.0-only
/*
 * Configuration space: a PCI Express endpoint with one BAR, MSI-X and MSI.
 *
 * Names of registers and bits are those of <linux/pci_regs.h>.
 */
#include <linux/pci_regs.h>
#include <string.h>

#include "edgetpu_hw.h"
#include "pci.h"

/* Where the capabilities are */
enum {
	CAP_PM = 0x40,
	CAP_MSI = 0x50,
	CAP_MSIX = 0x60,
	CAP_EXP = 0x70,
};

/* Revision follows the hardware's major version. */
#define REVISION	(EDGETPU_HW_VERSION >> 16)
#define SUBSYSTEM_ID	0x0001

_Static_assert(EDGETPU_NUM_VECTORS == 2, "MSI's Multiple Message Capable says two");
#define MSI_TWO_VECTORS	(1 << 1)

/* What Coral's module has: one lane of 5 GT/s, which is the 0.5 GB/s of the model */
#define LINK		(PCI_EXP_LNKCAP_SLS_5_0GB | 1 << 4)

static void put16(uint8_t *p, uint16_t v)
{
	p[0] = v;
	p[1] = v >> 8;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v);
	put16(p + 2, v >> 16);
}

static uint16_t get16(const uint8_t *p)
{
	return p[0] | p[1] << 8;
}

static void init_header(uint8_t *c, uint8_t *w)
{
	put16(c + PCI_VENDOR_ID, EDGETPU_PCI_VENDOR_ID);
	put16(c + PCI_DEVICE_ID, EDGETPU_PCI_DEVICE_ID);
	put16(w + PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_PARITY |
			       PCI_COMMAND_SERR | PCI_COMMAND_INTX_DISABLE);
	put16(c + PCI_STATUS, PCI_STATUS_CAP_LIST);
	put32(c + PCI_CLASS_REVISION, EDGETPU_PCI_CLASS << 8 | REVISION);
	w[PCI_CACHE_LINE_SIZE] = 0xff;
	put32(c + PCI_BASE_ADDRESS_0, PCI_BASE_ADDRESS_MEM_TYPE_32);
	put32(w + PCI_BASE_ADDRESS_0, ~(uint32_t)(EDGETPU_BAR0_SIZE - 1));
	put16(c + PCI_SUBSYSTEM_VENDOR_ID, EDGETPU_PCI_VENDOR_ID);
	put16(c + PCI_SUBSYSTEM_ID, SUBSYSTEM_ID);
	c[PCI_CAPABILITY_LIST] = CAP_PM;
	w[PCI_INTERRUPT_LINE] = 0xff;
}

static void init_pm(uint8_t *c, uint8_t *w)
{
	c[0] = PCI_CAP_ID_PM;
	c[1] = CAP_MSI;
	put16(c + PCI_PM_PMC, 3);	/* version; no PME */
	put16(c + PCI_PM_CTRL, PCI_PM_CTRL_NO_SOFT_RESET);
	put16(w + PCI_PM_CTRL, PCI_PM_CTRL_STATE_MASK);
}

static void init_msi(uint8_t *c, uint8_t *w, bool single)
{
	c[0] = PCI_CAP_ID_MSI;
	c[1] = single ? CAP_EXP : CAP_MSIX;
	put16(c + PCI_MSI_FLAGS, PCI_MSI_FLAGS_64BIT | (single ? 0 : MSI_TWO_VECTORS));
	put16(w + PCI_MSI_FLAGS, PCI_MSI_FLAGS_ENABLE | PCI_MSI_FLAGS_QSIZE);
	put32(w + PCI_MSI_ADDRESS_LO, 0xfffffffc);
	put32(w + PCI_MSI_ADDRESS_HI, 0xffffffff);
	put16(w + PCI_MSI_DATA_64, 0xffff);
}

static void init_msix(uint8_t *c, uint8_t *w)
{
	c[0] = PCI_CAP_ID_MSIX;
	c[1] = CAP_EXP;
	put16(c + PCI_MSIX_FLAGS, EDGETPU_NUM_VECTORS - 1);
	put16(w + PCI_MSIX_FLAGS, PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL);
	put32(c + PCI_MSIX_TABLE, EDGETPU_BAR0_MSIX_TABLE);	/* in BAR 0, as is the PBA */
	put32(c + PCI_MSIX_PBA, EDGETPU_BAR0_MSIX_PBA);
}

static void init_exp(uint8_t *c, uint8_t *w)
{
	c[0] = PCI_CAP_ID_EXP;
	put16(c + PCI_EXP_FLAGS, 2 | PCI_EXP_TYPE_ENDPOINT << 4);
	put32(c + PCI_EXP_DEVCAP, PCI_EXP_DEVCAP_RBER | PCI_EXP_DEVCAP_FLR);
	put16(c + PCI_EXP_DEVCTL, PCI_EXP_DEVCTL_RELAX_EN | PCI_EXP_DEVCTL_NOSNOOP_EN |
				  PCI_EXP_DEVCTL_READRQ_512B);
	put16(w + PCI_EXP_DEVCTL, PCI_EXP_DEVCTL_CERE | PCI_EXP_DEVCTL_NFERE |
				  PCI_EXP_DEVCTL_FERE | PCI_EXP_DEVCTL_URRE |
				  PCI_EXP_DEVCTL_RELAX_EN | PCI_EXP_DEVCTL_PAYLOAD |
				  PCI_EXP_DEVCTL_NOSNOOP_EN | PCI_EXP_DEVCTL_READRQ);
	put32(c + PCI_EXP_LNKCAP, LINK);
	put16(w + PCI_EXP_LNKCTL, PCI_EXP_LNKCTL_RCB | PCI_EXP_LNKCTL_CCC | PCI_EXP_LNKCTL_ES);
	put16(c + PCI_EXP_LNKSTA, LINK);
	put32(c + PCI_EXP_LNKCAP2, PCI_EXP_LNKCAP2_SLS_2_5GB | PCI_EXP_LNKCAP2_SLS_5_0GB);
	put16(c + PCI_EXP_LNKCTL2, PCI_EXP_LNKCTL2_TLS_5_0GT);
	put16(w + PCI_EXP_LNKCTL2, PCI_EXP_LNKCTL2_TLS);
}

void vfio_pci_init(struct vfio_pci *pci)
{
	uint8_t *c = pci->config, *w = pci->writable;

	memset(pci->config, 0, sizeof(pci->config));
	memset(pci->writable, 0, sizeof(pci->writable));
	init_header(c, w);
	init_pm(c + CAP_PM, w + CAP_PM);
	init_msi(c + CAP_MSI, w + CAP_MSI, pci->single_msi);
	if (!pci->single_msi)
		init_msix(c + CAP_MSIX, w + CAP_MSIX);
	init_exp(c + CAP_EXP, w + CAP_EXP);
	atomic_store(&pci->dma, false);
}

void vfio_pci_read(const struct vfio_pci *pci, uint64_t offset, void *data, size_t size)
{
	memcpy(data, pci->config + offset, size);
}

bool vfio_pci_awake(const struct vfio_pci *pci)
{
	return !(pci->config[CAP_PM + PCI_PM_CTRL] & PCI_PM_CTRL_STATE_MASK);
}

/* D1 and D2 are not ours: a move there leaves the state as it was. */
static void fix_power_state(struct vfio_pci *pci, uint8_t old)
{
	uint8_t *ctrl = pci->config + CAP_PM + PCI_PM_CTRL;
	unsigned int state = *ctrl & PCI_PM_CTRL_STATE_MASK;

	if (state == 1 || state == 2)
		*ctrl = (*ctrl & ~PCI_PM_CTRL_STATE_MASK) | (old & PCI_PM_CTRL_STATE_MASK);
}

bool vfio_pci_write(struct vfio_pci *pci, uint64_t offset, const void *data, size_t size)
{
	const uint64_t flr = CAP_EXP + PCI_EXP_DEVCTL + 1;	/* the byte its bit is in */
	uint8_t power = pci->config[CAP_PM + PCI_PM_CTRL];
	const uint8_t *bytes = data;
	bool reset = false;

	for (size_t i = 0; i < size; i++) {
		uint8_t w = pci->writable[offset + i];
		uint8_t *c = &pci->config[offset + i];

		*c = (*c & ~w) | (bytes[i] & w);
		if (offset + i == flr && (uint16_t)bytes[i] << 8 & PCI_EXP_DEVCTL_BCR_FLR)
			reset = true;
	}
	fix_power_state(pci, power);
	atomic_store(&pci->dma, get16(pci->config + PCI_COMMAND) & PCI_COMMAND_MASTER &&
		     vfio_pci_awake(pci));
	return reset;
}
