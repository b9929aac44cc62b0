/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupts to the host: causes, and the vectors they send messages of.
 */
#ifndef EDGETPU_BAR_IRQ_H
#define EDGETPU_BAR_IRQ_H

#include "core/platform.h"
#include "core/registers.h"
#include "edgetpu_hw.h"

/**
 * struct irq - causes
 * @mutex: for all that follows it; both threads raise
 * @status: IRQ_STATUS
 * @enable: IRQ_ENABLE
 * @fire: causes to raise vectors for, once the mutex is free
 * @raise: sends a vector's message
 * @host: for @raise
 * @lose: is this message to get lost? May be NULL.
 * @opaque: for @lose
 */
struct irq {
	pthread_mutex_t *mutex;
	uint32_t status;
	uint32_t enable;
	uint32_t fire;
	void (*raise)(void *host, unsigned int vector);
	void *host;
	bool (*lose)(void *opaque);
	void *opaque;
};

/* With the mutex held */
void irq_reset(struct irq *irq);
/* Without it: EDGETPU_IRQ_* happened. */
void irq_raise(struct irq *irq, uint32_t causes);
/* Without it: sends what register writes left to be sent. */
void irq_send(struct irq *irq);

void irq_registers(struct irq *irq, struct reg_map *bar, struct reg_map *core);

#endif /* EDGETPU_BAR_IRQ_H */
