/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trace events, /sys/kernel/tracing/events/edgetpu. What each says, and when, is told in
 * Documentation/tracing.rst; names and types of fields are an interface and stay.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM edgetpu
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE edgetpu_trace

#if !defined(_EDGETPU_TRACE_H_) || defined(TRACE_HEADER_MULTI_READ)
#define _EDGETPU_TRACE_H_

#include <linux/tracepoint.h>
#include <linux/types.h>

struct dma_fence;
struct edgetpu_account;
struct edgetpu_completion;
struct edgetpu_device;
struct edgetpu_queue;
struct edgetpu_slot;
struct edgetpu_task;

/* Why a device is reset */
#define EDGETPU_TRACE_ASKED	0
#define EDGETPU_TRACE_CRASHED	1
#define EDGETPU_TRACE_HUNG	2
#define EDGETPU_TRACE_DEAD	3
#define EDGETPU_TRACE_FUNCTION	4

/* --- jobs --- */

TRACE_EVENT(edgetpu_submit,
	    TP_PROTO(const struct edgetpu_task *task),
	    TP_ARGS(task),
	    TP_STRUCT__entry(__string(device, dev_name(task->queue->edev->drm.dev))
			     __field(pid_t, pid)
			     __field(u64, client)
			     __field(u64, job)
			     __field(u64, seqno)
			     __field(u32, queue)
			     __field(u32, priority)
			     __field(u64, fence_context)
			     __field(u64, bytes)
			     __field(u32, commands)),
	    TP_fast_assign(__assign_str(device);
			   __entry->pid = task->pid;
			   __entry->client = task->queue->file->account->client;
			   __entry->job = le64_to_cpu(task->desc.id);
			   __entry->seqno = task->seqno;
			   __entry->queue = task->queue->id;
			   __entry->priority = task->queue->priority;
			   __entry->fence_context = task->queue->fence_context;
			   __entry->bytes = edgetpu_trace_bytes(task);
			   __entry->commands = le32_to_cpu(task->desc.num_commands);),
	    TP_printk("device=%s client=%llu pid=%d queue=%u priority=%u seqno=%llu job=%llu fence_context=%llu bytes=%llu commands=%u",
		      __get_str(device), __entry->client, __entry->pid, __entry->queue,
		      __entry->priority, __entry->seqno, __entry->job, __entry->fence_context,
		      __entry->bytes, __entry->commands)
);

TRACE_EVENT(edgetpu_depend,
	    TP_PROTO(const struct edgetpu_task *task, const struct dma_fence *fence),
	    TP_ARGS(task, fence),
	    TP_STRUCT__entry(__string(device, dev_name(task->queue->edev->drm.dev))
			     __field(pid_t, pid)
			     __field(u64, client)
			     __field(u64, job)
			     __field(u64, seqno)
			     __field(u32, queue)
			     __field(u32, priority)
			     __field(u64, on_context)
			     __field(u64, on_seqno)),
	    TP_fast_assign(__assign_str(device);
			   __entry->pid = task->pid;
			   __entry->client = task->queue->file->account->client;
			   __entry->job = le64_to_cpu(task->desc.id);
			   __entry->seqno = task->seqno;
			   __entry->queue = task->queue->id;
			   __entry->priority = task->queue->priority;
			   __entry->on_context = fence->context;
			   __entry->on_seqno = fence->seqno;),
	    TP_printk("device=%s client=%llu pid=%d queue=%u priority=%u seqno=%llu job=%llu on_context=%llu on_seqno=%llu",
		      __get_str(device), __entry->client, __entry->pid, __entry->queue,
		      __entry->priority, __entry->seqno, __entry->job, __entry->on_context,
		      __entry->on_seqno)
);

TRACE_EVENT(edgetpu_run,
	    TP_PROTO(const struct edgetpu_task *task, const struct edgetpu_slot *slot),
	    TP_ARGS(task, slot),
	    TP_STRUCT__entry(__string(device, dev_name(task->queue->edev->drm.dev))
			     __field(pid_t, pid)
			     __field(u64, client)
			     __field(u64, job)
			     __field(u64, seqno)
			     __field(u32, queue)
			     __field(u32, priority)
			     __field(u32, ring)
			     __field(u32, ring_seqno)),
	    TP_fast_assign(__assign_str(device);
			   __entry->pid = task->pid;
			   __entry->client = task->queue->file->account->client;
			   __entry->job = le64_to_cpu(task->desc.id);
			   __entry->seqno = task->seqno;
			   __entry->queue = task->queue->id;
			   __entry->priority = task->queue->priority;
			   __entry->ring = slot->index;
			   __entry->ring_seqno = task->ring_seq;),
	    TP_printk("device=%s client=%llu pid=%d queue=%u priority=%u seqno=%llu job=%llu ring=%u ring_seqno=%u",
		      __get_str(device), __entry->client, __entry->pid, __entry->queue,
		      __entry->priority, __entry->seqno, __entry->job, __entry->ring,
		      __entry->ring_seqno)
);

TRACE_EVENT(edgetpu_slice,
	    TP_PROTO(const struct edgetpu_task *task, u32 area, bool parked),
	    TP_ARGS(task, area, parked),
	    TP_STRUCT__entry(__string(device, dev_name(task->queue->edev->drm.dev))
			     __field(pid_t, pid)
			     __field(u64, client)
			     __field(u64, job)
			     __field(u64, seqno)
			     __field(u32, queue)
			     __field(u32, priority)
			     __field(u32, area)
			     __field(u32, parked)
			     __field(u32, survived)),
	    TP_fast_assign(__assign_str(device);
			   __entry->pid = task->pid;
			   __entry->client = task->queue->file->account->client;
			   __entry->job = le64_to_cpu(task->desc.id);
			   __entry->seqno = task->seqno;
			   __entry->queue = task->queue->id;
			   __entry->priority = task->queue->priority;
			   __entry->area = area;
			   __entry->parked = parked;
			   __entry->survived = task->survived;),
	    TP_printk("device=%s client=%llu pid=%d queue=%u priority=%u seqno=%llu job=%llu area=%u parked=%u survived=%u",
		      __get_str(device), __entry->client, __entry->pid, __entry->queue,
		      __entry->priority, __entry->seqno, __entry->job, __entry->area,
		      __entry->parked, __entry->survived)
);

TRACE_EVENT(edgetpu_done,
	    TP_PROTO(const struct edgetpu_task *task, int error,
		     const struct edgetpu_completion *completion),
	    TP_ARGS(task, error, completion),
	    TP_STRUCT__entry(__string(device, dev_name(task->queue->edev->drm.dev))
			     __field(pid_t, pid)
			     __field(u64, client)
			     __field(u64, job)
			     __field(u64, seqno)
			     __field(u32, queue)
			     __field(u32, priority)
			     __field(int, error)
			     __field(int, status)
			     __field(u64, start)
			     __field(u64, end)
			     __field(u32, busy_load)
			     __field(u32, busy_store)
			     __field(u32, busy_array)
			     __field(u32, busy_vector)
			     __field(u32, instructions)
			     __field(u32, commands)
			     __field(u64, used)
			     __field(u64, read)
			     __field(u64, written)
			     __field(u32, turns)),
	    TP_fast_assign(__assign_str(device);
			   __entry->pid = task->pid;
			   __entry->client = task->queue->file->account->client;
			   __entry->job = le64_to_cpu(task->desc.id);
			   __entry->seqno = task->seqno;
			   __entry->queue = task->queue->id;
			   __entry->priority = task->queue->priority;
			   __entry->error = error;
			   __entry->status = edgetpu_trace_status(completion);
			   __entry->start = completion ? le64_to_cpu(completion->start) : 0;
			   __entry->end = completion ? le64_to_cpu(completion->end) : 0;
			   __entry->busy_load =
				   edgetpu_trace_busy(completion, EDGETPU_ENGINE_LOAD);
			   __entry->busy_store =
				   edgetpu_trace_busy(completion, EDGETPU_ENGINE_STORE);
			   __entry->busy_array =
				   edgetpu_trace_busy(completion, EDGETPU_ENGINE_ARRAY);
			   __entry->busy_vector =
				   edgetpu_trace_busy(completion, EDGETPU_ENGINE_VECTOR);
			   __entry->instructions = edgetpu_trace_instructions(completion);
			   __entry->commands = completion ? le32_to_cpu(completion->commands) : 0;
			   __entry->used = le64_to_cpu(edgetpu_trace_counts(completion)->used);
			   __entry->read = le64_to_cpu(edgetpu_trace_counts(completion)->read);
			   __entry->written =
				   le64_to_cpu(edgetpu_trace_counts(completion)->written);
			   __entry->turns = le32_to_cpu(edgetpu_trace_counts(completion)->turns);),
	    TP_printk("device=%s client=%llu pid=%d queue=%u priority=%u seqno=%llu job=%llu error=%d status=%d start=%llu end=%llu busy_load=%u busy_store=%u busy_array=%u busy_vector=%u instructions=%u commands=%u used=%llu read=%llu written=%llu turns=%u",
		      __get_str(device), __entry->client, __entry->pid, __entry->queue,
		      __entry->priority, __entry->seqno, __entry->job, __entry->error,
		      __entry->status, __entry->start, __entry->end, __entry->busy_load,
		      __entry->busy_store, __entry->busy_array, __entry->busy_vector,
		      __entry->instructions, __entry->commands,
		      __entry->used, __entry->read, __entry->written, __entry->turns)
);

TRACE_EVENT(edgetpu_fault,
	    TP_PROTO(const struct edgetpu_task *task, int error,
		     const struct edgetpu_completion *completion),
	    TP_ARGS(task, error, completion),
	    TP_STRUCT__entry(__string(device, dev_name(task->queue->edev->drm.dev))
			     __field(pid_t, pid)
			     __field(u64, client)
			     __field(u64, job)
			     __field(u64, seqno)
			     __field(u32, queue)
			     __field(u32, priority)
			     __field(int, error)
			     __field(int, status)
			     __field(int, engine)
			     __field(int, command)
			     __field(u64, va)),
	    TP_fast_assign(__assign_str(device);
			   __entry->pid = task->pid;
			   __entry->client = task->queue->file->account->client;
			   __entry->job = le64_to_cpu(task->desc.id);
			   __entry->seqno = task->seqno;
			   __entry->queue = task->queue->id;
			   __entry->priority = task->queue->priority;
			   __entry->error = error;
			   __entry->status = edgetpu_trace_status(completion);
			   __entry->engine = edgetpu_trace_engine(completion);
			   __entry->command = edgetpu_trace_command(completion);
			   __entry->va = completion ? le64_to_cpu(completion->fault_va) : 0;),
	    TP_printk("device=%s client=%llu pid=%d queue=%u priority=%u seqno=%llu job=%llu error=%d status=%d engine=%d command=%d va=%#llx",
		      __get_str(device), __entry->client, __entry->pid, __entry->queue,
		      __entry->priority, __entry->seqno, __entry->job, __entry->error,
		      __entry->status, __entry->engine, __entry->command, __entry->va)
);

/* --- places on the hardware --- */

DECLARE_EVENT_CLASS(edgetpu_place,
		    TP_PROTO(const struct edgetpu_queue *queue, const struct edgetpu_slot *slot),
		    TP_ARGS(queue, slot),
		    TP_STRUCT__entry(__string(device, dev_name(queue->edev->drm.dev))
				     __field(u64, client)
				     __field(u32, queue)
				     __field(u32, priority)
				     __field(u32, ring)
				     __field(u32, unfinished)
				     __field(int, context)),
		    TP_fast_assign(__assign_str(device);
				   __entry->client = queue->file->account->client;
				   __entry->queue = queue->id;
				   __entry->priority = queue->priority;
				   __entry->ring = slot->index;
				   __entry->unfinished = queue->unfinished;
				   __entry->context = queue->file->vm.context;),
		    TP_printk("device=%s client=%llu queue=%u priority=%u ring=%u unfinished=%u context=%d",
			      __get_str(device), __entry->client, __entry->queue, __entry->priority,
			      __entry->ring, __entry->unfinished, __entry->context)
);

DEFINE_EVENT(edgetpu_place, edgetpu_bind,
	     TP_PROTO(const struct edgetpu_queue *queue, const struct edgetpu_slot *slot),
	     TP_ARGS(queue, slot)
);

DEFINE_EVENT(edgetpu_place, edgetpu_unbind,
	     TP_PROTO(const struct edgetpu_queue *queue, const struct edgetpu_slot *slot),
	     TP_ARGS(queue, slot)
);

/* --- memory --- */

TRACE_EVENT(edgetpu_memory,
	    TP_PROTO(const struct edgetpu_account *account, s64 bytes),
	    TP_ARGS(account, bytes),
	    TP_STRUCT__entry(__string(device, account->user->budget->device)
			     __field(u64, client)
			     __field(s64, bytes)
			     __field(s64, charged)),
	    TP_fast_assign(__assign_str(device);
			   __entry->client = account->client;
			   __entry->bytes = bytes;
			   __entry->charged = atomic64_read(&account->used);),
	    TP_printk("device=%s client=%llu bytes=%lld charged=%lld",
		      __get_str(device), __entry->client, __entry->bytes, __entry->charged)
);

/* --- the device --- */

TRACE_EVENT(edgetpu_reset,
	    TP_PROTO(const struct edgetpu_device *edev, u32 reason, bool begin, int error),
	    TP_ARGS(edev, reason, begin, error),
	    TP_STRUCT__entry(__string(device, dev_name(edev->drm.dev))
			     __field(u32, reason)
			     __field(u32, begin)
			     __field(u32, resets)
			     __field(int, error)),
	    TP_fast_assign(__assign_str(device);
			   __entry->reason = reason;
			   __entry->begin = begin;
			   __entry->resets = edev->resets;
			   __entry->error = error;),
	    TP_printk("device=%s reason=%s begin=%u resets=%u error=%d",
		      __get_str(device),
		      __print_symbolic(__entry->reason, { EDGETPU_TRACE_ASKED, "asked" },
				       { EDGETPU_TRACE_CRASHED, "crashed" },
				       { EDGETPU_TRACE_HUNG, "hung" },
				       { EDGETPU_TRACE_DEAD, "dead" },
				       { EDGETPU_TRACE_FUNCTION, "function" }),
		      __entry->begin, __entry->resets, __entry->error)
);

/* Once with @begin and once without, which has the error; @system: the machine sleeps */
DECLARE_EVENT_CLASS(edgetpu_power,
		    TP_PROTO(const struct edgetpu_device *edev, bool system, bool begin, int error),
		    TP_ARGS(edev, system, begin, error),
		    TP_STRUCT__entry(__string(device, dev_name(edev->drm.dev))
				     __field(u32, system)
				     __field(u32, begin)
				     __field(int, error)),
		    TP_fast_assign(__assign_str(device);
				   __entry->system = system;
				   __entry->begin = begin;
				   __entry->error = error;),
		    TP_printk("device=%s system=%u begin=%u error=%d",
			      __get_str(device), __entry->system, __entry->begin, __entry->error)
);

DEFINE_EVENT(edgetpu_power, edgetpu_suspend,
	     TP_PROTO(const struct edgetpu_device *edev, bool system, bool begin, int error),
	     TP_ARGS(edev, system, begin, error)
);

DEFINE_EVENT(edgetpu_power, edgetpu_resume,
	     TP_PROTO(const struct edgetpu_device *edev, bool system, bool begin, int error),
	     TP_ARGS(edev, system, begin, error)
);

#endif /* _EDGETPU_TRACE_H_ */

/* Kbuild says where that is. */
#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#include <trace/define_trace.h>
