/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lines of queues that wait for a slot. Users stand in them and come in turns, each with
 * the queue of his that has waited longest: who has many stands in nobody's way with them.
 */
#ifndef _EDGETPU_LINE_H_
#define _EDGETPU_LINE_H_

#include <linux/list.h>

/**
 * enum edgetpu_line - where queues wait for a slot
 * @EDGETPU_LINE_HIGH: of high priority
 * @EDGETPU_LINE_FIRST: the first of a client, and those with a parked job
 * @EDGETPU_LINE_OTHERS: of clients that have a slot or wait for one already
 */
enum edgetpu_line {
	EDGETPU_LINE_HIGH,
	EDGETPU_LINE_FIRST,
	EDGETPU_LINE_OTHERS,
	EDGETPU_NUM_LINES,
};

/**
 * struct edgetpu_party - the queues of one user that stand in one line
 * @node: in edgetpu_device.waiting while there are any; edgetpu_device.list_lock
 * @queues: by edgetpu_queue.waiting, longest first; edgetpu_device.list_lock
 */
struct edgetpu_party {
	struct list_head node;
	struct list_head queues;
};

static inline void edgetpu_party_init(struct edgetpu_party *party)
{
	INIT_LIST_HEAD(&party->node);
	INIT_LIST_HEAD(&party->queues);
}

#endif /* _EDGETPU_LINE_H_ */
