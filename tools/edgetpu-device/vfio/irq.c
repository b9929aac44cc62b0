// SPDX-License-Identifier: GPL-2.0-only
/*
 * MSI-X and MSI vectors as eventfds.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "edgetpu_hw.h"
#include "irq.h"

enum { KIND_MSIX, KIND_MSI, NUM_KINDS };

struct vfio_irq {
	/* Protects all below; the device's thread raises, the message thread sets. */
	pthread_mutex_t lock;
	int fds[NUM_KINDS][EDGETPU_NUM_VECTORS];	/* -1: not attached */
	bool pending[EDGETPU_NUM_VECTORS];
};

struct vfio_irq *vfio_irq_new(void)
{
	struct vfio_irq *irq = calloc(1, sizeof(*irq));

	if (!irq)
		return NULL;
	pthread_mutex_init(&irq->lock, NULL);
	for (unsigned int k = 0; k < NUM_KINDS; k++)
		for (unsigned int v = 0; v < EDGETPU_NUM_VECTORS; v++)
			irq->fds[k][v] = -1;
	return irq;
}

void vfio_irq_free(struct vfio_irq *irq)
{
	if (!irq)
		return;
	vfio_irq_detach(irq);
	pthread_mutex_destroy(&irq->lock);
	free(irq);
}

unsigned int vfio_irq_count(unsigned int index)
{
	return index == VFIO_PCI_MSIX_IRQ_INDEX || index == VFIO_PCI_MSI_IRQ_INDEX ?
	       EDGETPU_NUM_VECTORS : 0;
}

/* False when nothing is attached. The eventfd is the client's: a full one has its interrupt. */
static bool notify(const int *fd)
{
	const uint64_t one = 1;

	return *fd >= 0 && (write(*fd, &one, sizeof(one)) == sizeof(one) || errno == EAGAIN);
}

static void deliver(struct vfio_irq *irq, unsigned int vector)
{
	if (notify(&irq->fds[KIND_MSIX][vector]) || notify(&irq->fds[KIND_MSI][vector])) {
		irq->pending[vector] = false;
		return;
	}
	irq->pending[vector] = true;
	if (vector && !notify(&irq->fds[KIND_MSIX][0]))
		notify(&irq->fds[KIND_MSI][0]);
}

static void attach(struct vfio_irq *irq, unsigned int kind, unsigned int vector, int fd)
{
	int *slot = &irq->fds[kind][vector];

	if (*slot >= 0)
		close(*slot);
	*slot = fd;
	if (fd < 0)
		return;
	/* An eventfd that blocks would stop the device with the client. */
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	if (irq->pending[vector])
		deliver(irq, vector);
}

static int set_eventfds(struct vfio_irq *irq, unsigned int kind,
			const struct vfio_user_irq_set *set, int *fds, unsigned int num_fds)
{
	/* With no descriptors: detach. */
	if (num_fds && num_fds != set->count)
		return -EINVAL;
	for (unsigned int i = 0; i < set->count; i++) {
		attach(irq, kind, set->start + i, num_fds ? fds[i] : -1);
		if (num_fds)
			fds[i] = -1;
	}
	return 0;
}

int vfio_irq_set(struct vfio_irq *irq, const struct vfio_user_irq_set *set, const uint8_t *data,
		 size_t size, int *fds, unsigned int num_fds)
{
	unsigned int kind = set->index == VFIO_PCI_MSIX_IRQ_INDEX ? KIND_MSIX : KIND_MSI;
	unsigned int count = vfio_irq_count(set->index);
	int err = 0;

	/* Neither is maskable here: that is for the client's copy of the table. */
	if ((set->flags & VFIO_IRQ_SET_ACTION_TYPE_MASK) != VFIO_IRQ_SET_ACTION_TRIGGER ||
	    set->start > count || set->count > count - set->start)
		return -EINVAL;
	pthread_mutex_lock(&irq->lock);
	switch (set->flags & VFIO_IRQ_SET_DATA_TYPE_MASK) {
	case VFIO_IRQ_SET_DATA_EVENTFD:
		err = set_eventfds(irq, kind, set, fds, num_fds);
		break;
	case VFIO_IRQ_SET_DATA_NONE:
		/* No vectors: all off. Else: a test interrupt. */
		for (unsigned int v = 0; !set->count && v < count; v++)
			attach(irq, kind, v, -1);
		for (unsigned int i = 0; i < set->count; i++)
			notify(&irq->fds[kind][set->start + i]);
		break;
	case VFIO_IRQ_SET_DATA_BOOL:
		if (size < set->count) {
			err = -EINVAL;
			break;
		}
		for (unsigned int i = 0; i < set->count; i++)
			if (data[i])
				notify(&irq->fds[kind][set->start + i]);
		break;
	default:
		err = -EINVAL;
	}
	pthread_mutex_unlock(&irq->lock);
	return err;
}

void vfio_irq_raise(struct vfio_irq *irq, unsigned int vector)
{
	pthread_mutex_lock(&irq->lock);
	deliver(irq, vector);
	pthread_mutex_unlock(&irq->lock);
}

void vfio_irq_reset(struct vfio_irq *irq)
{
	pthread_mutex_lock(&irq->lock);
	for (unsigned int v = 0; v < EDGETPU_NUM_VECTORS; v++)
		irq->pending[v] = false;
	pthread_mutex_unlock(&irq->lock);
}

void vfio_irq_detach(struct vfio_irq *irq)
{
	pthread_mutex_lock(&irq->lock);
	for (unsigned int v = 0; v < EDGETPU_NUM_VECTORS; v++) {
		irq->pending[v] = false;
		for (unsigned int k = 0; k < NUM_KINDS; k++)
			attach(irq, k, v, -1);
	}
	pthread_mutex_unlock(&irq->lock);
}
