/* SPDX-License-Identifier: MIT */
/*
 * Edge TPU-style accelerator: the driver's ioctls.
 *
 * The device is a DRM accel node, /dev/accel/accelN (and by udev rule
 * /dev/edgetpuN). One open file is one client with one address space; buffers,
 * mappings and queues belong to it and go with it.
 *
 * The way of a job:
 *	DEV_QUERY		what the hardware and firmware are
 *	BO_CREATE, mmap		memory; BO_INFO gives the offset to mmap
 *	VM_BIND			map it at an address that userspace picks
 *	QUEUE_CREATE		an in-order queue
 *	SUBMIT			jobs: a command buffer, regions, syncobjs to wait for and signal
 *	DRM_IOCTL_SYNCOBJ_*	wait
 *	JOB_STATUS		how it ended, its model cycles and counters
 *	COUNTERS		what a queue's or the file's jobs have had of the device
 *
 * Rules that hold for every ioctl: flags and padding not named here must be
 * zero, or the call fails with EINVAL. A handle, queue or address that is not
 * there gives ENOENT. After the device is gone every call gives ENODEV.
 * Arrays are struct drm_edgetpu_array: a stride larger than the driver's
 * structure is accepted when the excess is zero (else E2BIG), a smaller one is
 * zero-extended, so that structures can grow. A stride above the page size gives
 * E2BIG at once.
 */
#ifndef _UAPI_DRM_EDGETPU_ACCEL_H_
#define _UAPI_DRM_EDGETPU_ACCEL_H_

#if defined(__KERNEL__)
#include <drm/drm.h>
#else
#include "drm.h"
#endif

#if defined(__cplusplus)
extern "C" {
#endif

#define DRM_EDGETPU_DEV_QUERY		0x00
#define DRM_EDGETPU_BO_CREATE		0x01
#define DRM_EDGETPU_BO_INFO		0x02
#define DRM_EDGETPU_VM_BIND		0x03
#define DRM_EDGETPU_QUEUE_CREATE	0x04
#define DRM_EDGETPU_QUEUE_DESTROY	0x05
#define DRM_EDGETPU_SUBMIT		0x06
#define DRM_EDGETPU_JOB_STATUS		0x07
#define DRM_EDGETPU_COUNTERS		0x08

/* Limits, so that a request can be checked before it is made */
#define DRM_EDGETPU_PAGE_SIZE		4096
#define DRM_EDGETPU_VA_START		0x1000ull	/* page 0 is never mapped */
#define DRM_EDGETPU_VA_END		(1ull << 39)
#define DRM_EDGETPU_MAX_BO_SIZE		(1ull << 32)
#define DRM_EDGETPU_MAX_JOBS		64	/* of one SUBMIT */
#define DRM_EDGETPU_MAX_SYNCS		256	/* of one job */
#define DRM_EDGETPU_MAX_REGIONS		8	/* of one job */
#define DRM_EDGETPU_MAX_QUEUES		16	/* of one file */
#define DRM_EDGETPU_MAX_UNFINISHED	256	/* jobs of one queue */

/**
 * struct drm_edgetpu_array - an array of structures in user memory
 * @stride: size of one element as userspace knows it; not 0 unless @count is
 * @count: elements
 * @array: user pointer
 */
struct drm_edgetpu_array {
	__u32 stride;
	__u32 count;
	__u64 array;
};

/* --- DEV_QUERY --- */

#define DRM_EDGETPU_QUERY_HARDWARE	0	/* struct drm_edgetpu_hardware_info */
#define DRM_EDGETPU_QUERY_FIRMWARE	1	/* struct drm_edgetpu_firmware_info */

/**
 * struct drm_edgetpu_dev_query - ask what the device is
 * @type: DRM_EDGETPU_QUERY_*; others give EINVAL
 * @size: in: bytes at @pointer; out: bytes of the driver's structure. A shorter
 *	buffer gets the structure's start, a longer one's rest is zeroed.
 * @pointer: user pointer, or 0 to learn the size only
 */
struct drm_edgetpu_dev_query {
	__u32 type;
	__u32 size;
	__u64 pointer;
};

/**
 * struct drm_edgetpu_hardware_info - QUERY_HARDWARE
 * @hw_version: major << 16 | minor
 * @array_rows: reduction lanes of the MAC array
 * @array_cols: output channel lanes of the MAC array
 * @vector_lanes: channels the vector unit works on at once
 * @vector_macs: int8 MACs per vector lane and cycle
 * @clock_khz: clock of array, vector unit and control processor
 * @sram_size: bytes of the scratch window
 * @dram_mbps: bandwidth to host memory, 10^6 bytes a second
 * @dram_latency: cycles of one access to host memory
 * @va_bits: bits of a device virtual address
 * @num_contexts: address spaces the hardware can hold at once
 * @num_queues: queues the hardware can hold at once
 */
struct drm_edgetpu_hardware_info {
	__u32 hw_version;
	__u32 array_rows;
	__u32 array_cols;
	__u32 vector_lanes;
	__u32 vector_macs;
	__u32 clock_khz;
	__u32 sram_size;
	__u32 dram_mbps;
	__u32 dram_latency;
	__u32 va_bits;
	__u32 num_contexts;
	__u32 num_queues;
};

/**
 * struct drm_edgetpu_firmware_info - QUERY_FIRMWARE
 * @version: major << 16 | minor << 8 | patch
 * @protocol: EDGETPU_COMMAND_FORMAT of edgetpu_hw.h
 */
struct drm_edgetpu_firmware_info {
	__u32 version;
	__u32 protocol;
};

/* --- buffer objects --- */

/* Write-combined CPU mapping instead of a cached one. */
#define DRM_EDGETPU_BO_WC		(1 << 0)

/**
 * struct drm_edgetpu_bo_create - allocate memory
 * @size: in: bytes, 1..DRM_EDGETPU_MAX_BO_SIZE; out: rounded up to pages
 * @flags: DRM_EDGETPU_BO_*
 * @handle: out: GEM handle
 */
struct drm_edgetpu_bo_create {
	__u64 size;
	__u32 flags;
	__u32 handle;
};

/**
 * struct drm_edgetpu_bo_info - what a buffer is
 * @handle: GEM handle
 * @flags: out: DRM_EDGETPU_BO_*
 * @size: out: bytes
 * @mmap_offset: out: offset to mmap on the device's file
 */
struct drm_edgetpu_bo_info {
	__u32 handle;
	__u32 flags;
	__u64 size;
	__u64 mmap_offset;
};

/* --- address space --- */

#define DRM_EDGETPU_VM_BIND_MAP		0
#define DRM_EDGETPU_VM_BIND_UNMAP	1

#define DRM_EDGETPU_VM_BIND_READ	(1 << 0)
#define DRM_EDGETPU_VM_BIND_WRITE	(1 << 1)
#define DRM_EDGETPU_VM_BIND_COMMAND	(1 << 2)	/* may be fetched as commands */

/**
 * struct drm_edgetpu_vm_bind - map or unmap a range of the file's address space
 * @op: DRM_EDGETPU_VM_BIND_MAP or _UNMAP
 * @flags: MAP: at least one of DRM_EDGETPU_VM_BIND_READ, _WRITE, _COMMAND;
 *	COMMAND excludes WRITE. UNMAP: 0
 * @handle: MAP: the buffer; UNMAP: 0
 * @pad: 0
 * @bo_offset: MAP: where in the buffer; UNMAP: 0
 * @va: device virtual address
 * @size: bytes, not 0
 *
 * Addresses, offset and size are multiples of DRM_EDGETPU_PAGE_SIZE; the range
 * lies in [DRM_EDGETPU_VA_START, DRM_EDGETPU_VA_END) and, in the buffer, inside
 * it. MAP onto a range any part of which is mapped fails with EEXIST. UNMAP
 * must name exactly one former MAP, or fails with ENOENT. When UNMAP returns no
 * access through the old mapping is in flight or can start; a job that still
 * needed it faults.
 * MAP with WRITE of a dma-buf that was exported read-only fails with EACCES.
 */
struct drm_edgetpu_vm_bind {
	__u32 op;
	__u32 flags;
	__u32 handle;
	__u32 pad;
	__u64 bo_offset;
	__u64 va;
	__u64 size;
};

/* --- queues --- */

#define DRM_EDGETPU_PRIORITY_LOW	0
#define DRM_EDGETPU_PRIORITY_NORMAL	1
#define DRM_EDGETPU_PRIORITY_HIGH	2	/* needs CAP_SYS_NICE, else EACCES */

/* The queue has a limit of its own on the time of a job: job_limit_ms, not 0. */
#define DRM_EDGETPU_QUEUE_JOB_LIMIT	(1 << 0)

/**
 * struct drm_edgetpu_queue_create - an in-order queue of jobs
 * @priority: DRM_EDGETPU_PRIORITY_*
 * @flags: DRM_EDGETPU_QUEUE_*
 * @id: out: queue id, unique in the file
 * @pad: 0; other name of @job_limit_ms
 * @job_limit_ms: with JOB_LIMIT: how long a job of it may have the engines, in ms of
 *	model time; then it fails with ETIMEDOUT. Above the driver's own limit, which
 *	holds without the flag, it needs CAP_SYS_NICE, else EACCES
 *
 * ENOSPC when the file has DRM_EDGETPU_MAX_QUEUES. The hardware has fewer places
 * than there may be queues; those with jobs take turns.
 */
struct drm_edgetpu_queue_create {
	__u32 priority;
	__u32 flags;
	__u32 id;
	union {
		__u32 pad;
		__u32 job_limit_ms;
	};
};

/**
 * struct drm_edgetpu_queue_destroy - stop a queue; its unfinished jobs fail with ECANCELED
 * @id: queue id
 * @pad: 0
 */
struct drm_edgetpu_queue_destroy {
	__u32 id;
	__u32 pad;
};

/* --- jobs --- */

#define DRM_EDGETPU_SYNC_WAIT		0
#define DRM_EDGETPU_SYNC_SIGNAL		(1 << 0)
#define DRM_EDGETPU_SYNC_TIMELINE	(1 << 1)	/* else binary */

/**
 * struct drm_edgetpu_sync_op - wait for or signal a syncobj
 * @flags: DRM_EDGETPU_SYNC_*
 * @handle: syncobj
 * @timeline_value: point with TIMELINE (not 0 to signal); 0 without
 */
struct drm_edgetpu_sync_op {
	__u32 flags;
	__u32 handle;
	__u64 timeline_value;
};

#define DRM_EDGETPU_REGION_READ		(1 << 0)
#define DRM_EDGETPU_REGION_WRITE	(1 << 1)

/**
 * struct drm_edgetpu_region - what a region number of the commands stands for
 * @va: device virtual address, a multiple of 64
 * @size: bytes; 0 leaves the region unbound, the other fields 0 as well
 * @flags: DRM_EDGETPU_REGION_*; region 0, the commands, has READ only
 * @pad: 0
 *
 * The range must lie inside one VM_BIND mapping which has the rights (ENOENT,
 * EACCES); region 0 in one with COMMAND.
 */
struct drm_edgetpu_region {
	__u64 va;
	__u64 size;
	__u32 flags;
	__u32 pad;
};

/* Write one struct edgetpu_trace a command to region trace_region, which has WRITE. */
#define DRM_EDGETPU_JOB_TRACE		(1 << 0)

/**
 * struct drm_edgetpu_job - one job
 * @flags: DRM_EDGETPU_JOB_*
 * @num_commands: commands (struct edgetpu_command), 1..2^20; they fill the start
 *	of region 0
 * @trace_region: region for the trace; 0 without
 * @pad: 0
 * @regions: array of struct drm_edgetpu_region, 1..DRM_EDGETPU_MAX_REGIONS
 * @syncs: array of struct drm_edgetpu_sync_op, at most DRM_EDGETPU_MAX_SYNCS
 * @seqno: out: number of the job in its queue, from 1
 *
 * Buffers that were imported, or have ever been exported, take part in implicit
 * fencing: the job waits for their writers (and, where it writes, readers). Its own
 * fence the job leaves with every buffer, also with one that is exported later.
 */
struct drm_edgetpu_job {
	__u32 flags;
	__u32 num_commands;
	__u32 trace_region;
	__u32 pad;
	struct drm_edgetpu_array regions;
	struct drm_edgetpu_array syncs;
	__u64 seqno;
};

/* A full queue gives EAGAIN instead of waiting; also with O_NONBLOCK. */
#define DRM_EDGETPU_SUBMIT_NONBLOCK	(1 << 1)

/**
 * struct drm_edgetpu_submit - queue jobs
 * @queue_id: the queue
 * @flags: DRM_EDGETPU_SUBMIT_*
 * @jobs: array of struct drm_edgetpu_job, 1..DRM_EDGETPU_MAX_JOBS; run in order
 *
 * All or nothing: on an error no job was queued and no syncobj touched. ENODEV
 * when the device is gone, ECANCELED when the queue was stopped by a fault that
 * its jobs caused (see JOB_STATUS); a new queue works. Jobs beyond
 * DRM_EDGETPU_MAX_UNFINISHED that have not ended wait in the call until there is
 * room for all of it.
 */
struct drm_edgetpu_submit {
	__u32 queue_id;
	__u32 flags;
	struct drm_edgetpu_array jobs;
};

#define DRM_EDGETPU_JOB_PENDING		0
#define DRM_EDGETPU_JOB_DONE		1
#define DRM_EDGETPU_JOB_FAILED		2

/**
 * struct drm_edgetpu_job_status - how a job ended; does not wait
 * @queue_id: the queue
 * @pad: 0
 * @seqno: the job; one never submitted gives ENOENT, one forgotten (the queue
 *	remembers its last 64) ESTALE
 * @state: out: DRM_EDGETPU_JOB_*
 * @error: out: FAILED: errno: EFAULT (the commands' fault), ETIMEDOUT (no
 *	progress, or too long), ECANCELED (queue stopped or device reset), EIO (its state
 *	between two turns could not be read back), ENODEV
 * @fault: out: EFAULT: EDGETPU_STATUS_* of edgetpu_hw.h
 * @fault_engine: out: EDGETPU_ENGINE_*
 * @fault_command: out: index of the command
 * @instructions: out: instructions the control processor retired for it
 * @fault_va: out: device virtual address
 * @cycles: out: model cycles from the firmware's taking the job to its end
 * @busy: out: cycles each engine worked, by EDGETPU_ENGINE_*
 * @stalled: out: cycles each engine had a command of it that waited for others, or got on
 *	the slower for sharing SRAM and memory with them
 * @used: out: cycles it had the engines
 * @switching: out: cycles that went into saving and loading it between its turns
 * @bytes_read: out: bytes read from memory, for whatever reason
 * @bytes_written: out: bytes written there
 * @energy_pj: out: energy of all work done for it, as the device counted it, in pJ; not
 *	what the device takes for merely being on
 * @tlb_misses: out: address translations that the TLB did not have
 * @turns: out: how often it got the engines
 *
 * What is counted is the device's word. A program that knows a shorter structure gets
 * that much of it.
 */
struct drm_edgetpu_job_status {
	__u32 queue_id;
	__u32 pad;
	__u64 seqno;
	__u32 state;
	__u32 error;
	__u32 fault;
	__u32 fault_engine;
	__u32 fault_command;
	__u32 instructions;
	__u64 fault_va;
	__u64 cycles;
	__u32 busy[4];
	__u32 stalled[4];
	__u64 used;
	__u64 switching;
	__u64 bytes_read;
	__u64 bytes_written;
	__u64 energy_pj;
	__u32 tlb_misses;
	__u32 turns;
};

/**
 * struct drm_edgetpu_counters - what jobs have had of the device, summed up
 * @queue_id: the queue; 0: all queues that the file has had
 * @pad: 0
 * @jobs_done: out: jobs that ended well
 * @jobs_failed: out: jobs that did not
 * @used: out: cycles they had the engines
 * @busy: out: cycles each engine worked for them, by EDGETPU_ENGINE_*
 * @used_ns: out: the host's time in which they had the engines
 * @busy_ns: out: the host's time in which each engine worked for them
 * @stalled: out: as the rest, of jobs that have ended: see struct drm_edgetpu_job_status
 * @switching: out
 * @bytes_read: out
 * @bytes_written: out
 * @energy_pj: out
 * @tlb_misses: out
 * @turns: out
 * @instructions: out
 *
 * @used and @busy, with their times, count jobs that run up to the last millisecond or so
 * of model time. No number ever becomes less. Asking takes no time of the device's.
 *
 * The device tells cycles. The host's time between two looks at it is shared out among
 * those who had it in between, as their cycles are.
 */
struct drm_edgetpu_counters {
	__u32 queue_id;
	__u32 pad;
	__u64 jobs_done;
	__u64 jobs_failed;
	__u64 used;
	__u64 busy[4];
	__u64 used_ns;
	__u64 busy_ns[4];
	__u64 stalled[4];
	__u64 switching;
	__u64 bytes_read;
	__u64 bytes_written;
	__u64 energy_pj;
	__u64 tlb_misses;
	__u64 turns;
	__u64 instructions;
};

#define DRM_IOCTL_EDGETPU_DEV_QUERY \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_EDGETPU_DEV_QUERY, struct drm_edgetpu_dev_query)
#define DRM_IOCTL_EDGETPU_BO_CREATE \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_EDGETPU_BO_CREATE, struct drm_edgetpu_bo_create)
#define DRM_IOCTL_EDGETPU_BO_INFO \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_EDGETPU_BO_INFO, struct drm_edgetpu_bo_info)
#define DRM_IOCTL_EDGETPU_VM_BIND \
	DRM_IOW(DRM_COMMAND_BASE + DRM_EDGETPU_VM_BIND, struct drm_edgetpu_vm_bind)
#define DRM_IOCTL_EDGETPU_QUEUE_CREATE \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_EDGETPU_QUEUE_CREATE, struct drm_edgetpu_queue_create)
#define DRM_IOCTL_EDGETPU_QUEUE_DESTROY \
	DRM_IOW(DRM_COMMAND_BASE + DRM_EDGETPU_QUEUE_DESTROY, struct drm_edgetpu_queue_destroy)
#define DRM_IOCTL_EDGETPU_SUBMIT \
	DRM_IOW(DRM_COMMAND_BASE + DRM_EDGETPU_SUBMIT, struct drm_edgetpu_submit)
#define DRM_IOCTL_EDGETPU_JOB_STATUS \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_EDGETPU_JOB_STATUS, struct drm_edgetpu_job_status)
#define DRM_IOCTL_EDGETPU_COUNTERS \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_EDGETPU_COUNTERS, struct drm_edgetpu_counters)

#if defined(__cplusplus)
}
#endif

#endif /* _UAPI_DRM_EDGETPU_ACCEL_H_ */
