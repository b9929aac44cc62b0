// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts: a vector for the mailbox and fatal events, one for jobs; with a
 * single MSI both come through it.
 */
#include <linux/interrupt.h>

#include "edgetpu_device.h"
#include "edgetpu_irq.h"
#include "edgetpu_job.h"
#include "edgetpu_queue.h"

static void edgetpu_irq_jobs(struct edgetpu_device *edev)
{
	unsigned long flags;
	unsigned int i;

	spin_lock_irqsave(&edev->rings_lock, flags);
	for (i = 0; i < edev->hw.num_queues; i++) {
		if (edev->rings[i])
			edgetpu_queue_process(edev->rings[i]);
	}
	spin_unlock_irqrestore(&edev->rings_lock, flags);
}

/* The cause is cleared first: what comes while we look raises the vector again. */
static irqreturn_t edgetpu_irq_jobs_handler(int irq, void *data)
{
	struct edgetpu_device *edev = data;

	edgetpu_write(edev, EDGETPU_REG_IRQ_STATUS, EDGETPU_IRQ_JOBS);
	edgetpu_irq_jobs(edev);
	return IRQ_HANDLED;
}

static irqreturn_t edgetpu_irq_control_handler(int irq, void *data)
{
	struct edgetpu_device *edev = data;
	u32 status = edgetpu_read(edev, EDGETPU_REG_IRQ_STATUS);

	/* All ones: the device is not there. Whoever waits finds out, in bounded time. */
	if (status & ~EDGETPU_IRQ_ALL || !status)
		return IRQ_NONE;
	if (!edev->single_vector)
		status &= ~EDGETPU_IRQ_JOBS;
	edgetpu_write(edev, EDGETPU_REG_IRQ_STATUS, status);

	if (status & EDGETPU_IRQ_JOBS)
		edgetpu_irq_jobs(edev);
	if (status & EDGETPU_IRQ_FATAL)
		edgetpu_reset_request(edev);
	if (status & (EDGETPU_IRQ_MAILBOX | EDGETPU_IRQ_FATAL))
		wake_up_all(&edev->mbox_wait);
	return IRQ_HANDLED;
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

	ret = devm_request_irq(&pdev->dev, pci_irq_vector(pdev, EDGETPU_VECTOR_CONTROL),
			       edgetpu_irq_control_handler, 0, "edgetpu-control", edev);
	if (!ret && !edev->single_vector)
		ret = devm_request_irq(&pdev->dev, pci_irq_vector(pdev, EDGETPU_VECTOR_JOBS),
				       edgetpu_irq_jobs_handler, 0, "edgetpu-jobs", edev);
	if (ret)
		return dev_err_probe(&pdev->dev, ret, "cannot request interrupts\n");
	return 0;
}
