/* SPDX-License-Identifier: MIT */
/*
 * Edge TPU-style accelerator: the dump that the driver takes of a device which has gone
 * wrong, before it resets it (/sys/class/devcoredump/devcd*).
 *
 * A header, then sections one after the other, each a multiple of 8 bytes long. Whoever
 * reads it skips types that he does not know, and may find any type missing, more than
 * once, or longer than its structure: fields are only ever added at the end. All of it is
 * little endian. What the device has written is its word only.
 *
 * Commands, descriptors, addresses and the firmware's memory are in it, tensors are not.
 */
#ifndef _UAPI_EDGETPU_COREDUMP_H_
#define _UAPI_EDGETPU_COREDUMP_H_

#include "edgetpu_hw.h"

#define EDGETPU_DUMP_MAGIC		0x44505445	/* "ETPD" */
#define EDGETPU_DUMP_VERSION		1

/**
 * struct edgetpu_dump_header - the first 32 bytes
 * @magic: EDGETPU_DUMP_MAGIC
 * @version: EDGETPU_DUMP_VERSION; another one says that what is known has changed
 * @header_size: bytes to the first section
 * @size: bytes of all of it
 * @sections: how many
 * @flags: EDGETPU_DUMP_CUT
 * @pad: zero
 */
struct edgetpu_dump_header {
	__le32 magic;
	__le16 version;
	__le16 header_size;
	__le32 size;
	__le32 sections;
	__le32 flags;
	__le32 pad[3];
};

/* There was more than there is room for, or time */
#define EDGETPU_DUMP_CUT		(1u << 0)

/**
 * struct edgetpu_dump_section - in front of each section
 * @type: EDGETPU_DUMP_*
 * @size: bytes behind this, without the zeros that fill up the last eight
 */
struct edgetpu_dump_section {
	__le32 type;
	__le32 size;
};

#define EDGETPU_DUMP_INFO		1	/* struct edgetpu_dump_info */
#define EDGETPU_DUMP_REGISTERS		2	/* struct edgetpu_dump_register[] */
#define EDGETPU_DUMP_ENGINES		3	/* struct edgetpu_engine_state[], by EDGETPU_ENGINE_* */
#define EDGETPU_DUMP_JOB		4	/* struct edgetpu_dump_job: one that has the engines */
#define EDGETPU_DUMP_RING		5	/* struct edgetpu_dump_ring, struct edgetpu_job[] */
#define EDGETPU_DUMP_CONTEXT		6	/* struct edgetpu_dump_context */
#define EDGETPU_DUMP_LOG		7	/* the firmware's text, the oldest first */
#define EDGETPU_DUMP_TCM		8	/* struct edgetpu_dump_tcm, memory */

/* Why it was taken */
#define EDGETPU_DUMP_ASKED		0	/* by somebody, or by what cannot go on without a reset */
#define EDGETPU_DUMP_CRASHED		1	/* the firmware trapped */
#define EDGETPU_DUMP_HUNG		2	/* nothing moves, and no job is to blame */
#define EDGETPU_DUMP_DEAD		3	/* the device does not answer */
#define EDGETPU_DUMP_STUCK		4	/* a job does not get on, or does not end; no reset */
#define EDGETPU_DUMP_LOST		5	/* a reset or a boot has failed for good */
#define EDGETPU_DUMP_OVERTIME		6	/* the firmware ended a job over its limit; no reset */

/**
 * struct edgetpu_dump_info - who, when, why
 * @reason: see above
 * @flags: EDGETPU_DUMP_ALIVE
 * @driver: version, major << 16 | minor << 8 | patch
 * @firmware: the same
 * @protocol: EDGETPU_PROTOCOL that driver and firmware speak
 * @hw_version: of the device
 * @resets: of the device before this
 * @boots: of the firmware
 * @time: CLOCK_REALTIME, ns
 * @uptime: CLOCK_BOOTTIME, ns
 * @device: PCI name
 * @kernel: its release
 */
struct edgetpu_dump_info {
	__le32 reason;
	__le32 flags;
	__le32 driver;
	__le32 firmware;
	__le32 protocol;
	__le32 hw_version;
	__le32 resets;
	__le32 boots;
	__le64 time;
	__le64 uptime;
	__u8 device[32];
	__u8 kernel[64];
};

/* The device answered; else there is nothing of its registers */
#define EDGETPU_DUMP_ALIVE		(1u << 0)

/**
 * struct edgetpu_dump_register - one of BAR0
 * @offset: EDGETPU_REG_*
 * @value: what it read as
 */
struct edgetpu_dump_register {
	__le32 offset;
	__le32 value;
};

/**
 * struct edgetpu_dump_job - a job that has the engines, by the device's word, or had them
 * @id: the driver's name for it
 * @client: drm-client-id
 * @seqno: number in its queue
 * @used: cycles that it is known to have had
 * @queue: the client's name for that
 * @ring: where it is
 * @seq: its number there
 * @pid: who submitted it
 * @num_commands: of it
 * @flags: EDGETPU_DUMP_BLAMED, _ENDED
 */
struct edgetpu_dump_job {
	__le64 id;
	__le64 client;
	__le64 seqno;
	__le64 used;
	__le32 queue;
	__le32 ring;
	__le32 seq;
	__le32 pid;
	__le32 num_commands;
	__le32 flags;
};

/* It ends with ETIMEDOUT */
#define EDGETPU_DUMP_BLAMED		(1u << 0)
/* It has ended so, just before */
#define EDGETPU_DUMP_ENDED		(1u << 1)

/**
 * struct edgetpu_dump_ring - a ring in use; descriptors of its first jobs follow
 * @ring: its number
 * @context: that of its client, or ~0
 * @priority: of the ring, 0..2
 * @flags: EDGETPU_DUMP_BROKEN, _HELD
 * @emitted: jobs written to it, free running
 * @completed: jobs of them whose end was seen
 * @last: jobs of them that the firmware will complete
 * @queue: the client's name for the queue that has it
 * @client: drm-client-id
 * @header: what the firmware tells of it
 */
struct edgetpu_dump_ring {
	__le32 ring;
	__le32 context;
	__le32 priority;
	__le32 flags;
	__le32 emitted;
	__le32 completed;
	__le32 last;
	__le32 queue;
	__le64 client;
	struct edgetpu_ring_header header;
};

#define EDGETPU_DUMP_BROKEN		(1u << 0)	/* the firmware wrote nonsense */
#define EDGETPU_DUMP_HELD		(1u << 1)	/* others wait for it */

/* Descriptors of a ring at most */
#define EDGETPU_DUMP_RING_JOBS		8

/**
 * struct edgetpu_dump_context - a hardware context in use
 * @context: its number
 * @users: rings that need it
 * @client: drm-client-id; 0: the driver's own
 * @table: address of its first page table for the device
 */
struct edgetpu_dump_context {
	__le32 context;
	__le32 users;
	__le64 client;
	__le64 table;
};

/**
 * struct edgetpu_dump_tcm - in front of a part of TCM
 * @addr: the core's address of it
 * @pad: zero
 */
struct edgetpu_dump_tcm {
	__le32 addr;
	__le32 pad;
};

#endif /* _UAPI_EDGETPU_COREDUMP_H_ */
