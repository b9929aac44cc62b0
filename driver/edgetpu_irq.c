// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts: a vector for the mailbox and fatal events, one for jobs; with a
 * single MSI both come through it. All are served in threads: a completion signals
 * fences, and what hangs on those is for others to say.
 */
#include <linux/interrupt.h>

#include "edgetpu_device.h"
#include "edgetpu_hwmon.h"
#include "edgetpu_irq.h"
#include "edgetpu_slot.h"

/*
 * Clears causes before what they stand for is looked at: what comes later raises the
 * vector again. The read makes sure that the device has seen the write by then.
 */
static void clear_causes(struct edgetpu_device *edev, u32 causes)
{
	edgetpu_write(edev, EDGETPU_REG_IRQ_STATUS, causes);
	edgetpu_read(edev, EDGETPU_REG_IRQ_STATUS);
}

static irqreturn_t edgetpu_irq_jobs(int irq, void *data)
{
	struct edgetpu_device *edev = data;

	clear_causes(edev, EDGETPU_IRQ_JOBS);
	edgetpu_slots_process(edev);
	return IRQ_HANDLED;
}

static irqreturn_t edgetpu_irq_control(int irq, void *data)
{
	struct edgetpu_device *edev = data;
	u32 status = edgetpu_read(edev, EDGETPU_REG_IRQ_STATUS);

	/* All ones: the device is not there. Whoever waits finds out, in bounded time. */
	if (status & ~EDGETPU_IRQ_ALL || !status)
		return IRQ_NONE;
	if (!edev->single_vector)
		status &= ~EDGETPU_IRQ_JOBS;
	clear_causes(edev, status);

	if (status & EDGETPU_IRQ_JOBS)
		edgetpu_slots_process(edev);
	if (status & EDGETPU_IRQ_FATAL)
		edgetpu_reset_request(edev);
	if (status & (EDGETPU_IRQ_MAILBOX | EDGETPU_IRQ_FATAL))
		wake_up_all(&edev->mbox_wait);
	if (status & EDGETPU_IRQ_ALARM)
		edgetpu_hwmon_alarm(edev);
	return IRQ_HANDLED;
}

/* The device raises none any more: what was served at that moment is done with its registers. */
void edgetpu_irq_settle(struct edgetpu_device *edev)
{
	struct pci_dev *pdev = to_pci_dev(edev->drm.dev);

	synchronize_irq(pci_irq_vector(pdev, EDGETPU_VECTOR_CONTROL));
	if (!edev->single_vector)
		synchronize_irq(pci_irq_vector(pdev, EDGETPU_VECTOR_JOBS));
}

static void edgetpu_irq_free_vectors(void *data)
{
	pci_free_irq_vectors(data);
}

int edgetpu_irq_init(struct edgetpu_device *edev)
{
	struct pci_dev *pdev = to_pci_dev(edev->drm.dev);
	int vectors, ret;

	vectors = pci_alloc_irq_vectors(pdev, 1, EDGETPU_NUM_VECTORS, PCI_IRQ_MSIX | PCI_IRQ_MSI);
	if (vectors < 0)
		return dev_err_probe(&pdev->dev, vectors, "no MSI-X and no MSI vector\n");
	ret = devm_add_action_or_reset(&pdev->dev, edgetpu_irq_free_vectors, pdev);
	if (ret)
		return ret;
	edev->single_vector = vectors < EDGETPU_NUM_VECTORS;

	ret = devm_request_threaded_irq(&pdev->dev, pci_irq_vector(pdev, EDGETPU_VECTOR_CONTROL),
					NULL, edgetpu_irq_control, IRQF_ONESHOT,
					"edgetpu-control", edev);
	if (!ret && !edev->single_vector)
		ret = devm_request_threaded_irq(&pdev->dev,
						pci_irq_vector(pdev, EDGETPU_VECTOR_JOBS), NULL,
						edgetpu_irq_jobs, IRQF_ONESHOT, "edgetpu-jobs",
						edev);
	if (ret)
		return dev_err_probe(&pdev->dev, ret, "cannot request interrupts\n");
	return 0;
}
