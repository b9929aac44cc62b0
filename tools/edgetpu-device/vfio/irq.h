/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The function's interrupts: eventfds that the client attaches to MSI-X or MSI
 * vectors. vfio-user gives the server no table to read; the client holds it.
 */
#ifndef EDGETPU_VFIO_IRQ_H
#define EDGETPU_VFIO_IRQ_H

#include <stddef.h>
#include <stdint.h>

#include "protocol.h"

struct vfio_irq;

struct vfio_irq *vfio_irq_new(void);
void vfio_irq_free(struct vfio_irq *irq);

/* Vectors of VFIO_PCI_*_IRQ_INDEX @index; 0 where the function has none */
unsigned int vfio_irq_count(unsigned int index);

/**
 * vfio_irq_set - SET_IRQS
 * @set: its fixed part
 * @data: what follows it
 * @size: bytes of @data
 * @fds: descriptors with it; those taken are set to -1
 * @num_fds: how many
 *
 * Return: 0, -EINVAL.
 */
int vfio_irq_set(struct vfio_irq *irq, const struct vfio_user_irq_set *set, const uint8_t *data,
		 size_t size, int *fds, unsigned int num_fds);

/*
 * Raise @vector; any thread. While its eventfd is not attached the interrupt
 * stays pending, and vector 0 is raised in its place: a client with a single
 * vector shares it.
 */
void vfio_irq_raise(struct vfio_irq *irq, unsigned int vector);

/* Forget what is pending; eventfds stay. */
void vfio_irq_reset(struct vfio_irq *irq);
/* Detach all. */
void vfio_irq_detach(struct vfio_irq *irq);

#endif /* EDGETPU_VFIO_IRQ_H */
