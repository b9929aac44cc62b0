// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random calls from several threads on a few open files that they share, so that closing,
 * unmapping, forking, exporting and submitting race. Most SUBMITs are right, for only
 * those reach the jobs' path. Where the kernel has KCOV, sequences that reached something
 * new are kept and varied.
 *
 *   fuzz_ioctl [--seed N] [--seconds N] [--threads N] [--calls NAME,NAME...]
 *
 * Passes when the device still works for a newcomer; the kernel's log has the rest. With
 * one thread the same seed makes the same calls. Should it die of a signal, it says before
 * in which thread, call and access.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/kcov.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "edgetpu_selftest.h"
#include "fuzz_access.h"
#include "fuzz_random.h"
#include "kselftest.h"

#define FILES		4
#define THINGS		12	/* of each kind and file */
#define DMABUFS		12
#define WINDOWS		16
#define WINDOW_SIZE	(4ul << 20)
/*
 * Below all that the kernel finds a place for by itself: in the holes that remapping leaves
 * between the windows nobody else's memory is put, to be unmapped with them.
 */
#define WINDOWS_AT	(1ul << 44)
#define MAX_THREADS	16
#define SEQUENCE	6
#define CORPUS		4096
#define MAP_BITS	(1u << 20)
#define KCOV_WORDS	(64u << 10)

/* What is at which page of a file's command buffer */
enum { CODE_COPY, CODE_FILL, CODE_SLOW, CODE_NOISE, CODE_KINDS };

/* An open file and what it has; any thread uses it at any time, also when it is gone. */
struct file {
	struct tpu_client client;
	atomic_uint handles[THINGS];
	atomic_uint queues[THINGS];
	atomic_uint syncs[THINGS];
	atomic_bool signalled[THINGS];	/* the syncobj has had a fence */
};

struct step {
	unsigned int kind;
	uint64_t seed;
};

struct sequence {
	struct step steps[SEQUENCE];
};

struct worker {
	pthread_t thread;
	uint64_t random;
	unsigned long *coverage;	/* NULL without KCOV */
	int kcov;
};

static struct file *_Atomic files[FILES];
static atomic_int dmabufs[DMABUFS];
static uint8_t *windows[WINDOWS];
static atomic_bool stop;
static atomic_ulong executions, submits, accepted, covered, pageless;
static atomic_uchar seen[MAP_BITS];
static struct sequence corpus[CORPUS];
static atomic_uint corpus_size;
static pthread_mutex_t corpus_lock = PTHREAD_MUTEX_INITIALIZER;

/* --- files --- */

static void write_commands(struct file *f, uint64_t *r)
{
	uint8_t *base = f->client.commands.map;
	struct edgetpu_command *c;

	c = (struct edgetpu_command *)(base + CODE_FILL * 4096);
	tpu_cmd_fill(c, 0, 64, 1);
	c = (struct edgetpu_command *)(base + CODE_SLOW * 4096);
	for (int i = 0; i < 16; i++)
		tpu_cmd_fill(&c[i], 0, 1 << 20, i);
	c = (struct edgetpu_command *)(base + CODE_NOISE * 4096);
	for (unsigned int i = 0; i < 4096 / sizeof(*c); i++) {
		tpu_cmd_load(&c[i], below(r, 8), below(r, 8192), below(r, 1 << 16),
			     below(r, 8192));
		c[i].opcode = draw(r);
		for (int n = below(r, 4); n; n--)
			spoil(r, &c[i], sizeof(*c));
	}
}

struct opening {
	struct file *file;
	uint64_t *random;
	int ret;
};

static void open_file(void *what)
{
	struct opening *o = what;
	struct tpu_client *c = &o->file->client;

	o->ret = tpu_client_open(c, draw(o->random));
	if (o->ret)
		return;
	tpu_unbind(c->fd, TPU_VA_TARGET, TPU_DATA_SIZE);
	tpu_bind(c->fd, c->target.handle, TPU_VA_TARGET, TPU_DATA_SIZE,
		 DRM_EDGETPU_VM_BIND_READ | DRM_EDGETPU_VM_BIND_WRITE);
	write_commands(o->file, o->random);
}

/*
 * Nobody else knows the file yet; but who still works with one that had its descriptor
 * before may unbind its memory, whose pages may then go when memory is short.
 */
static struct file *file_new(uint64_t *r)
{
	struct file *f = calloc(1, sizeof(*f));
	struct opening o = { .file = f, .random = r };

	if (!f)
		return NULL;
	if (!try_access(open_file, &o, MAY_BUS)) {
		pageless++;
		tpu_client_close(&f->client);
		o.ret = -EFAULT;
	}
	if (o.ret) {
		free(f);
		return NULL;
	}
	f->queues[0] = f->client.queue;
	f->handles[0] = f->client.source.handle;
	f->handles[1] = f->client.target.handle;
	return f;
}

/* Address space stays reserved: others may still be at it, and must not hit a stranger's. */
static void give_up(void *map, size_t size)
{
	if (mmap(map, size, PROT_NONE, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		 -1, 0) == MAP_FAILED)
		ksft_exit_fail_msg("cannot reserve addresses\n");
}

/* The structure stays: others may be reading it. */
static void file_gone(struct file *f, bool close_first)
{
	if (close_first)
		close(f->client.fd);
	give_up(f->client.commands.map, f->client.commands.size);
	give_up(f->client.source.map, f->client.source.size);
	give_up(f->client.target.map, f->client.target.size);
	if (!close_first)
		close(f->client.fd);
}

static struct file *some_file(uint64_t *r)
{
	return files[below(r, FILES)];
}

/* One that is there, most of the time */
static uint32_t some(uint64_t *r, atomic_uint *things)
{
	unsigned int first = below(r, THINGS);
	uint32_t id = 0;

	for (unsigned int i = 0; i < THINGS && !id; i++)
		id = things[(first + i) % THINGS];
	return id && !one_in(r, 50) ? id : odd_number(r);
}

/* One that the kernel may write to, as far as it can: none to memory of this program's own */
static uint64_t odd_pointer(uint64_t *r)
{
	switch (below(r, 3)) {
	case 0:
		return (uintptr_t)windows[below(r, WINDOWS)] + below(r, WINDOW_SIZE);
	case 1:
		return below(r, 4096);
	default:
		return odd_number(r) | 1ull << 47;
	}
}

/* --- calls --- */

static void call_reopen(uint64_t *r)
{
	unsigned int i = below(r, FILES);
	struct file *fresh = file_new(r);
	struct file *old;

	if (!fresh)
		return;
	old = atomic_exchange(&files[i], fresh);
	file_gone(old, one_in(r, 2));
}

static void call_query(uint64_t *r)
{
	uint8_t room[256];
	struct drm_edgetpu_dev_query query = {
		.type = below(r, 3),
		.size = one_in(r, 4) ? odd_number(r) : sizeof(room),
		.pointer = (uintptr_t)room,
	};

	if (one_in(r, 4))
		query.pointer = odd_pointer(r);
	else if (query.size > sizeof(room))
		query.pointer = 0;
	ioctl(some_file(r)->client.fd, DRM_IOCTL_EDGETPU_DEV_QUERY, &query);
}

static void call_bo_create(uint64_t *r)
{
	struct file *f = some_file(r);
	struct drm_edgetpu_bo_create create = {
		.size = one_in(r, 16) ? odd_number(r) : 1 + below(r, 1 << 18),
		.flags = one_in(r, 16) ? draw(r) : below(r, 2),
	};
	uint32_t old;

	if (ioctl(f->client.fd, DRM_IOCTL_EDGETPU_BO_CREATE, &create))
		return;
	old = atomic_exchange(&f->handles[below(r, THINGS)], create.handle);
	if (old)
		tpu_gem_close(f->client.fd, old);
}

static void call_bo_close(uint64_t *r)
{
	struct file *f = some_file(r);

	tpu_gem_close(f->client.fd, atomic_exchange(&f->handles[below(r, THINGS)], 0));
}

static void call_mmap(uint64_t *r)
{
	struct file *f = some_file(r);
	struct drm_edgetpu_bo_info info = { .handle = some(r, f->handles) };
	uint8_t *window = windows[below(r, WINDOWS)];
	uint64_t size;
	void *map;

	if (ioctl(f->client.fd, DRM_IOCTL_EDGETPU_BO_INFO, &info))
		return;
	size = one_in(r, 8) ? 4096 * (1 + below(r, 64)) : info.size;
	if (size > WINDOW_SIZE)
		return;
	map = mmap(window, size, 1 + below(r, 3), (one_in(r, 8) ? MAP_PRIVATE : MAP_SHARED) |
		   MAP_FIXED, f->client.fd, info.mmap_offset + 4096 * (one_in(r, 8) ? 1 : 0));
	if (map != MAP_FAILED && one_in(r, 2))
		madvise(map, size, MADV_POPULATE_READ);
}

static void call_unmap(uint64_t *r)
{
	uint8_t *window = windows[below(r, WINDOWS)];
	size_t from = one_in(r, 2) ? 0 : 4096 * below(r, 16);

	give_up(window + from, WINDOW_SIZE - from);
}

/* Within the window; moves pages apart and together. */
static void call_remap(uint64_t *r)
{
	uint8_t *window = windows[below(r, WINDOWS)];
	size_t half = WINDOW_SIZE / 2;

	if (mremap(window, 4096 * (1 + below(r, 8)), 4096 * (1 + below(r, 8)),
		   MREMAP_MAYMOVE | MREMAP_FIXED, window + half) != MAP_FAILED)
		give_up(window, half);
}

static void read_byte(void *what)
{
	(void)*(volatile uint8_t *)what;
}

static void write_byte(void *what)
{
	*(volatile uint8_t *)what = 1;
}

/* Others unmap it meanwhile. */
static void call_touch(uint64_t *r)
{
	uint8_t *byte = windows[below(r, WINDOWS)] + below(r, one_in(r, 4) ? WINDOW_SIZE : 8192);

	try_access(one_in(r, 2) ? write_byte : read_byte, byte, MAY_SEGV | MAY_BUS);
}

static void call_bind(uint64_t *r)
{
	struct file *f = some_file(r);
	struct drm_edgetpu_vm_bind bind = {
		.op = DRM_EDGETPU_VM_BIND_MAP,
		.flags = one_in(r, 3) ? 4 : 1 + below(r, 3),
		.handle = some(r, f->handles),
		.va = TPU_VA_TARGET + (1 + below(r, 16)) * 0x200000ull,
		.size = 4096 * (1 + below(r, 4)),
	};

	if (one_in(r, 2)) {
		bind.op = DRM_EDGETPU_VM_BIND_UNMAP;
		bind.handle = 0;
		bind.flags = 0;
		if (one_in(r, 200))
			bind.va = TPU_VA_TARGET, bind.size = TPU_DATA_SIZE;
	}
	if (one_in(r, 10))
		spoil(r, &bind, sizeof(bind));
	ioctl(f->client.fd, DRM_IOCTL_EDGETPU_VM_BIND, &bind);
}

static void call_queue(uint64_t *r)
{
	struct file *f = some_file(r);
	struct drm_edgetpu_queue_create create = {
		.priority = one_in(r, 16) ? odd_number(r) : below(r, 3),
		.flags = one_in(r, 16) ? draw(r) : 0,
	};
	struct drm_edgetpu_queue_destroy destroy = { 0 };
	atomic_uint *place = &f->queues[below(r, THINGS)];

	if (one_in(r, 4)) {
		create.flags = DRM_EDGETPU_QUEUE_JOB_LIMIT;
		create.job_limit_ms = one_in(r, 4) ? odd_number(r) : 1 + below(r, 5000);
	}
	if (!ioctl(f->client.fd, DRM_IOCTL_EDGETPU_QUEUE_CREATE, &create))
		destroy.id = atomic_exchange(place, create.id);
	else if (one_in(r, 4))
		destroy.id = atomic_exchange(place, 0);
	if (destroy.id)
		ioctl(f->client.fd, DRM_IOCTL_EDGETPU_QUEUE_DESTROY, &destroy);
}

/* A queue that a fault has stopped takes no jobs any more. */
static void replace_queue(struct file *f, uint32_t id)
{
	uint32_t fresh;

	for (int i = 0; i < THINGS; i++)
		if (f->queues[i] == id && !tpu_queue_new(f->client.fd, 1, &fresh)) {
			f->queues[i] = fresh;
			tpu_queue_free(f->client.fd, id);
			return;
		}
}

static uint32_t draw_syncs(uint64_t *r, struct file *f, struct drm_edgetpu_sync_op *syncs)
{
	uint32_t count = 0;

	for (int n = below(r, 4); n; n--) {
		unsigned int i = below(r, THINGS);
		struct drm_edgetpu_sync_op *s = &syncs[count];

		s->handle = f->syncs[i];
		s->timeline_value = 0;
		s->flags = one_in(r, 2) || !f->signalled[i] ? DRM_EDGETPU_SYNC_SIGNAL : 0;
		/* the upper half are timelines */
		if (i >= THINGS / 2) {
			s->flags |= DRM_EDGETPU_SYNC_TIMELINE;
			s->timeline_value = 1 + below(r, 1000);
		}
		if (!s->handle)
			continue;
		if (s->flags & DRM_EDGETPU_SYNC_SIGNAL)
			f->signalled[i] = true;
		count++;
	}
	return count;
}

static void draw_job(uint64_t *r, struct file *f, struct drm_edgetpu_job *job,
		     struct drm_edgetpu_region *regions, struct drm_edgetpu_sync_op *syncs)
{
	static const uint32_t lengths[CODE_KINDS] = { 2, 1, 16, 30 };
	unsigned int kind = one_in(r, 12) ? CODE_NOISE : below(r, 3);

	memcpy(regions, f->client.regions, sizeof(f->client.regions));
	regions[0].va += kind * 4096;
	regions[0].size = 4096;
	*job = f->client.job;
	job->num_commands = lengths[kind];
	job->regions.array = (uintptr_t)regions;
	if (one_in(r, 4)) {
		job->flags = DRM_EDGETPU_JOB_TRACE;
		job->trace_region = 2;
	}
	/* The same buffer twice, both ways */
	if (one_in(r, 4)) {
		regions[3] = regions[2];
		regions[3].flags = 1 + below(r, 3);
		job->regions.count = 4;
	}
	job->syncs.stride = sizeof(*syncs);
	job->syncs.count = draw_syncs(r, f, syncs);
	job->syncs.array = (uintptr_t)syncs;
	if (one_in(r, 30))
		spoil(r, job, sizeof(*job));
	if (one_in(r, 30))
		spoil(r, regions, 4 * sizeof(*regions));
	if (one_in(r, 30))
		spoil(r, syncs, 4 * sizeof(*syncs));
}

static void call_submit(uint64_t *r)
{
	struct file *f = some_file(r);
	struct drm_edgetpu_sync_op syncs[4][4] = { 0 };
	struct drm_edgetpu_region regions[4][4] = { 0 };
	struct drm_edgetpu_job jobs[4];
	struct drm_edgetpu_submit submit = {
		.queue_id = some(r, f->queues),
		.flags = one_in(r, 2) ? DRM_EDGETPU_SUBMIT_NONBLOCK : 0,
		.jobs = {
			.stride = sizeof(jobs[0]),
			.count = one_in(r, 4) ? 1 + below(r, 4) : 1,
			.array = (uintptr_t)jobs,
		},
	};

	for (int i = 0; i < 4; i++)
		draw_job(r, f, &jobs[i], regions[i], syncs[i]);
	if (one_in(r, 30))
		spoil(r, &submit, sizeof(submit));
	submits++;
	if (!ioctl(f->client.fd, DRM_IOCTL_EDGETPU_SUBMIT, &submit))
		accepted++;
	else if (errno == ECANCELED)
		replace_queue(f, submit.queue_id);
}

static void call_status(uint64_t *r)
{
	struct file *f = some_file(r);
	struct drm_edgetpu_job_status status = {
		.queue_id = some(r, f->queues),
		.seqno = one_in(r, 8) ? odd_number(r) : below(r, 100),
	};

	ioctl(f->client.fd, DRM_IOCTL_EDGETPU_JOB_STATUS, &status);
}

static void call_sync(uint64_t *r)
{
	struct file *f = some_file(r);
	unsigned int i = below(r, THINGS);
	uint32_t handle = f->syncs[i];
	struct drm_syncobj_array array = { .handles = (uintptr_t)&handle, .count_handles = 1 };
	uint32_t fresh;

	switch (below(r, 6)) {
	case 0:
		if (tpu_syncobj_new(f->client.fd, &fresh))
			break;
		f->signalled[i] = false;
		fresh = atomic_exchange(&f->syncs[i], fresh);
		if (fresh)
			tpu_syncobj_free(f->client.fd, fresh);
		break;
	case 1:
		ioctl(f->client.fd, DRM_IOCTL_SYNCOBJ_RESET, &array);
		f->signalled[i] = false;
		break;
	case 2:
		ioctl(f->client.fd, DRM_IOCTL_SYNCOBJ_SIGNAL, &array);
		f->signalled[i] = true;
		break;
	default:
		tpu_syncobj_wait(f->client.fd, handle, 0);
	}
}

/* A syncobj's fence as a file, into another syncobj */
static void call_sync_file(uint64_t *r)
{
	struct file *f = some_file(r), *g = some_file(r);
	unsigned int i = below(r, THINGS / 2);
	struct drm_syncobj_handle h = {
		.handle = f->syncs[below(r, THINGS)],
		.flags = DRM_SYNCOBJ_HANDLE_TO_FD_FLAGS_EXPORT_SYNC_FILE,
	};

	if (ioctl(f->client.fd, DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD, &h))
		return;
	h.handle = g->syncs[i];
	h.flags = DRM_SYNCOBJ_FD_TO_HANDLE_FLAGS_IMPORT_SYNC_FILE;
	if (!ioctl(g->client.fd, DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE, &h))
		g->signalled[i] = true;
	close(h.fd);
}

static void call_export(uint64_t *r)
{
	struct file *f = some_file(r);
	struct drm_prime_handle prime = {
		.handle = some(r, f->handles),
		.flags = one_in(r, 3) ? O_RDONLY : O_RDWR,
	};
	int old;

	if (ioctl(f->client.fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime))
		return;
	old = atomic_exchange(&dmabufs[below(r, DMABUFS)], prime.fd);
	if (old > 0)
		close(old);
}

static void call_import(uint64_t *r)
{
	struct file *f = some_file(r);
	struct drm_prime_handle prime = { .fd = dmabufs[below(r, DMABUFS)] };
	uint32_t old;

	if (prime.fd <= 0 || ioctl(f->client.fd, DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime))
		return;
	old = atomic_exchange(&f->handles[below(r, THINGS)], prime.handle);
	if (old)
		tpu_gem_close(f->client.fd, old);
}

static void call_dup(uint64_t *r)
{
	int fd = dup(some_file(r)->client.fd);
	struct drm_edgetpu_bo_create create = { .size = 4096 };

	if (fd < 0)
		return;
	if (!ioctl(fd, DRM_IOCTL_EDGETPU_BO_CREATE, &create))
		tpu_gem_close(fd, create.handle);
	close(fd);
}

static void call_fdinfo(uint64_t *r)
{
	static const char * const paths[] = {
		"/proc/self/fdinfo/%d", "/sys/kernel/debug/accel/0/queues", "/proc/self/maps",
	};
	char path[64], text[4096];
	int fd;

	snprintf(path, sizeof(path), paths[below(r, 3)], some_file(r)->client.fd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	while (read(fd, text, sizeof(text)) > 0)
		;
	close(fd);
}

/* Any call's structure, any contents */
static void call_garbage(uint64_t *r)
{
	static const unsigned long requests[] = {
		DRM_IOCTL_EDGETPU_DEV_QUERY, DRM_IOCTL_EDGETPU_BO_CREATE,
		DRM_IOCTL_EDGETPU_BO_INFO, DRM_IOCTL_EDGETPU_VM_BIND,
		DRM_IOCTL_EDGETPU_QUEUE_CREATE, DRM_IOCTL_EDGETPU_QUEUE_DESTROY,
		DRM_IOCTL_EDGETPU_SUBMIT, DRM_IOCTL_EDGETPU_JOB_STATUS,
	};
	uint64_t words[16];

	for (int i = 0; i < 16; i++)
		words[i] = odd_number(r);
	/* A pointer to something of ours would be written to. */
	words[1] = 0;
	ioctl(some_file(r)->client.fd, requests[below(r, 8)], words);
}

static void call_fork(uint64_t *r);

#define CALL(name, weight)	{ #name, call_##name, weight }

static struct {
	const char *name;
	void (*call)(uint64_t *r);
	unsigned int weight;
} calls[] = {
	CALL(submit, 30), CALL(bind, 10), CALL(sync, 10), CALL(queue, 6), CALL(status, 6),
	CALL(bo_create, 5), CALL(bo_close, 5), CALL(mmap, 5), CALL(unmap, 3), CALL(remap, 2),
	CALL(touch, 4), CALL(export, 5), CALL(import, 5), CALL(sync_file, 4), CALL(query, 1),
	CALL(dup, 2), CALL(fdinfo, 2), CALL(reopen, 2), CALL(garbage, 4), CALL(fork, 1),
};

#define CALLS	(sizeof(calls) / sizeof(calls[0]))

static unsigned int total_weight(void)
{
	unsigned int total = 0;

	for (unsigned int i = 0; i < CALLS; i++)
		total += calls[i].weight;
	return total;
}

static unsigned int draw_kind(uint64_t *r)
{
	unsigned int kind = 0, at;

	for (at = below(r, total_weight()); at >= calls[kind].weight; kind++)
		at -= calls[kind].weight;
	return kind;
}

static void make_call(unsigned int kind, uint64_t *r)
{
	now_doing(calls[kind].name);
	calls[kind].call(r);
	now_doing("none");
}

/* Leaves only those in @names; false when there is none of a name. */
static bool choose_calls(char *names)
{
	bool chosen[CALLS] = { 0 };
	char *rest, *name;
	unsigned int i;

	for (name = strtok_r(names, ",", &rest); name; name = strtok_r(NULL, ",", &rest)) {
		for (i = 0; i < CALLS && strcmp(calls[i].name, name); i++)
			;
		if (i == CALLS)
			return false;
		chosen[i] = true;
	}
	for (i = 0; i < CALLS; i++)
		if (!chosen[i])
			calls[i].weight = 0;
	return total_weight() > 0;
}

/* The child has the files too, and its end closes them in its way. */
static void call_fork(uint64_t *r)
{
	pid_t child = fork();
	int status;

	if (!child) {
		for (int i = 0; i < 8; i++) {
			unsigned int kind = draw_kind(r);

			if (calls[kind].call != call_fork)
				make_call(kind, r);
		}
		_exit(0);
	}
	/* What kills the child is no less bad. */
	if (child > 0 && waitpid(child, &status, 0) == child && WIFSIGNALED(status)) {
		signal(WTERMSIG(status), SIG_DFL);
		raise(WTERMSIG(status));
	}
}

/* --- coverage --- */

static void coverage_open(struct worker *w)
{
	void *map;

	w->kcov = open("/sys/kernel/debug/kcov", O_RDWR | O_CLOEXEC);
	if (w->kcov < 0)
		return;
	if (ioctl(w->kcov, KCOV_INIT_TRACE, KCOV_WORDS))
		return;
	map = mmap(NULL, KCOV_WORDS * sizeof(long), PROT_READ | PROT_WRITE, MAP_SHARED, w->kcov,
		   0);
	if (map != MAP_FAILED && !ioctl(w->kcov, KCOV_ENABLE, KCOV_TRACE_PC))
		w->coverage = map;
}

/* How much of what the last calls reached nobody had reached before */
static unsigned int coverage_new(struct worker *w)
{
	unsigned long n;
	unsigned int fresh = 0;

	if (!w->coverage)
		return 0;
	n = __atomic_load_n(&w->coverage[0], __ATOMIC_RELAXED);
	for (unsigned long i = 0; i < n && i < KCOV_WORDS - 1; i++) {
		unsigned long bit = w->coverage[i + 1] * 0x9e3779b97f4a7c15ull >> 44;

		if (!atomic_exchange(&seen[bit % MAP_BITS], 1))
			fresh++;
	}
	__atomic_store_n(&w->coverage[0], 0, __ATOMIC_RELAXED);
	covered += fresh;
	return fresh;
}

static void corpus_add(const struct sequence *s)
{
	pthread_mutex_lock(&corpus_lock);
	if (corpus_size < CORPUS) {
		corpus[corpus_size] = *s;
		corpus_size++;
	}
	pthread_mutex_unlock(&corpus_lock);
}

static void draw_sequence(uint64_t *r, struct sequence *s)
{
	unsigned int size = corpus_size;

	for (int i = 0; i < SEQUENCE; i++) {
		s->steps[i].kind = draw_kind(r);
		s->steps[i].seed = draw(r);
	}
	if (size && one_in(r, 2)) {
		struct step one = s->steps[0];
		unsigned int at = below(r, SEQUENCE);

		*s = corpus[below(r, size)];
		if (one_in(r, 2))
			one.kind = s->steps[at].kind;
		s->steps[at] = one;
	}
}

/* --- threads --- */

static void *work(void *arg)
{
	struct worker *w = arg;
	struct sequence s;

	now_doing("none");
	coverage_open(w);
	while (!stop) {
		draw_sequence(&w->random, &s);
		for (int i = 0; i < SEQUENCE && !stop; i++) {
			uint64_t r = s.steps[i].seed;

			make_call(s.steps[i].kind, &r);
			executions++;
		}
		if (coverage_new(w))
			corpus_add(&s);
	}
	if (w->coverage)
		ioctl(w->kcov, KCOV_DISABLE, 0);
	return NULL;
}

static void prepare(uint64_t *r)
{
	watch_accesses();
	for (int i = 0; i < WINDOWS; i++) {
		windows[i] = mmap((void *)(WINDOWS_AT + i * WINDOW_SIZE), WINDOW_SIZE, PROT_NONE,
				  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE |
				  MAP_FIXED_NOREPLACE, -1, 0);
		if (windows[i] == MAP_FAILED)
			ksft_exit_fail_msg("cannot reserve addresses\n");
	}
	for (int i = 0; i < FILES; i++) {
		files[i] = file_new(r);
		if (!files[i])
			ksft_exit_fail_msg("cannot open the device\n");
	}
}

static void run(struct worker *workers, unsigned int threads, uint64_t seed, unsigned int seconds)
{
	for (unsigned int i = 0; i < threads; i++) {
		workers[i].random = seed * 1000 + i;
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]))
			ksft_exit_fail_msg("cannot start a thread\n");
	}
	sleep(seconds);
	stop = true;
	for (unsigned int i = 0; i < threads; i++)
		pthread_join(workers[i].thread, NULL);
}

struct newcomer {
	struct tpu_client client;
	int ret;
};

static void try_device(void *what)
{
	struct newcomer *n = what;

	n->ret = tpu_client_open(&n->client, 9);
	if (!n->ret)
		n->ret = tpu_client_copy(&n->client);
}

/* 0 when the device works for somebody new */
static int greet_newcomer(void)
{
	struct newcomer n = { 0 };

	return try_access(try_device, &n, MAY_BUS) ? n.ret : -EFAULT;
}

static void report(uint64_t seed, bool chosen, bool coverage)
{
	int ret;

	ksft_test_result(executions > 0, "seed %llu: %lu calls\n", (unsigned long long)seed,
			 executions);
	if (chosen && !submits)
		ksft_test_result_skip("SUBMIT is not among the calls\n");
	else
		ksft_test_result(accepted * 2 > submits,
				 "most of the SUBMITs are right: %lu of %lu\n", accepted, submits);
	ret = greet_newcomer();
	ksft_test_result(!ret, "a newcomer finds the device at work (%s)\n", strerror(-ret));
	if (coverage)
		ksft_print_msg("coverage: %lu places, %u sequences kept\n", covered, corpus_size);
	if (pageless)
		ksft_print_msg("files without memory: %lu\n", pageless);
	ksft_print_msg("fuzz executions: %lu\n", executions);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "seconds", required_argument, NULL, 't' },
		{ "threads", required_argument, NULL, 'n' },
		{ "calls", required_argument, NULL, 'c' },
		{ 0 },
	};
	unsigned int seconds = 10, threads = 4;
	struct worker workers[MAX_THREADS] = { 0 };
	uint64_t seed = 1, r;
	bool chosen = false;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 's')
			seed = strtoull(optarg, NULL, 0);
		else if (c == 't')
			seconds = atoi(optarg);
		else if (c == 'n')
			threads = atoi(optarg);
		else if (c == 'c')
			chosen = choose_calls(optarg);
		if (c == '?' || (c == 'c' && !chosen))
			return 2;
	}
	if (!threads || threads > MAX_THREADS)
		return 2;

	ksft_print_header();
	ksft_set_plan(3);
	r = seed;
	prepare(&r);
	run(workers, threads, seed, seconds);

	report(seed, chosen, workers[0].coverage);
	ksft_finished();
}
