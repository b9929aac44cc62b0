// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts to the host. A message per event: one more than needed does no harm,
 * one too few does.
 */
#include "core/bar/irq.h"
#include "edgetpu_core.h"

void irq_reset(struct irq *irq)
{
	irq->status = 0;
	irq->enable = 0;
	irq->fire = 0;
}

/* A host of before knows of no alarm: a cause that it cannot clear would bar the others. */
static void latch(struct irq *irq, uint32_t causes)
{
	causes &= ~EDGETPU_IRQ_ALARM | irq->enable;
	irq->status |= causes;
	irq->fire |= causes & irq->enable;
}

static void send(const struct irq *irq, unsigned int vector)
{
	if (!irq->lose || !irq->lose(irq->opaque))
		irq->raise(irq->host, vector);
}

void irq_send(struct irq *irq)
{
	uint32_t causes;

	pthread_mutex_lock(irq->mutex);
	causes = irq->fire;
	irq->fire = 0;
	pthread_mutex_unlock(irq->mutex);
	if (causes & (EDGETPU_IRQ_MAILBOX | EDGETPU_IRQ_FATAL | EDGETPU_IRQ_ALARM))
		send(irq, EDGETPU_VECTOR_CONTROL);
	if (causes & EDGETPU_IRQ_JOBS)
		send(irq, EDGETPU_VECTOR_JOBS);
}

void irq_raise(struct irq *irq, uint32_t causes)
{
	pthread_mutex_lock(irq->mutex);
	latch(irq, causes);
	pthread_mutex_unlock(irq->mutex);
	irq_send(irq);
}

static bool write_status(void *block, unsigned int i, uint32_t value)
{
	struct irq *irq = block;

	(void)i;
	irq->status &= ~value;
	return true;
}

static bool write_enable(void *block, unsigned int i, uint32_t value)
{
	struct irq *irq = block;

	(void)i;
	irq->fire |= irq->status & value & ~irq->enable;
	irq->enable = value & EDGETPU_IRQ_ALL;
	return true;
}

static bool write_host_irq(void *block, unsigned int i, uint32_t value)
{
	(void)i;
	irq_raise(block, value & EDGETPU_IRQ_ALL);
	return true;
}

static const struct reg bar_regs[] = {
	{ .offset = EDGETPU_REG_IRQ_STATUS, .field = REG_WORD, .write = write_status,
	  .member = offsetof(struct irq, status) },
	{ .offset = EDGETPU_REG_IRQ_ENABLE, .field = REG_WORD, .write = write_enable,
	  .member = offsetof(struct irq, enable) },
};

static const struct reg core_regs[] = {
	{ .offset = CORE_HOST_IRQ, .write = write_host_irq },
};

void irq_registers(struct irq *irq, struct reg_map *bar, struct reg_map *core)
{
	registers_add(bar, bar_regs, sizeof(bar_regs) / sizeof(bar_regs[0]), irq, irq->mutex);
	registers_add(core, core_regs, sizeof(core_regs) / sizeof(core_regs[0]), irq, NULL);
}
