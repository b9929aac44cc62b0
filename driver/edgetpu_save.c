// SPDX-License-Identifier: GPL-2.0-only
/*
 * Save areas: where the firmware puts a job's SRAM when its turn is over. Without
 * them a job runs to its end. There is one more than clients at work, so that these
 * can take turns, and none for a client alone with one queue.
 *
 * They are allocated when a client submits, by a workqueue: that may take time and
 * fail without harm, and is charged to no client. The recovery workqueue gives them
 * to the firmware.
 */
#include <drm/drm_drv.h>

#include "edgetpu_context.h"
#include "edgetpu_device.h"
#include "edgetpu_file.h"
#include "edgetpu_gem.h"
#include "edgetpu_job.h"
#include "edgetpu_mailbox.h"
#include "edgetpu_queue.h"
#include "edgetpu_save.h"

/* How long nobody must have worked before the memory is given back */
#define IDLE_TIME	(10 * HZ)
/* All areas are no more than half of what clients may take; so many may be three quarters. */
#define AREAS_AT_LEAST	(EDGETPU_MAX_CONTEXTS + 1)

/* COMMAND: the firmware reads back the record behind SRAM. */
#define AREA_RIGHTS \
	(DRM_EDGETPU_VM_BIND_READ | DRM_EDGETPU_VM_BIND_WRITE | DRM_EDGETPU_VM_BIND_COMMAND)

static u64 area_bytes(const struct edgetpu_device *edev)
{
	return EDGETPU_SAVE_AREA_BYTES(edev->hw.sram_size);
}

static u64 area_va(const struct edgetpu_device *edev, unsigned int area)
{
	return DRM_EDGETPU_VA_START + area * area_bytes(edev);
}

/* --- memory --- */

static int area_add(struct edgetpu_device *edev)
{
	struct edgetpu_save *save = &edev->save;
	const u64 bytes = area_bytes(edev);
	struct edgetpu_bo *bo;
	int ret;

	bo = edgetpu_bo_create(edev, NULL, bytes);
	if (IS_ERR(bo))
		return PTR_ERR(bo);
	ret = edgetpu_vm_bind(&save->vm, bo, 0, area_va(edev, save->count), bytes,
			      AREA_RIGHTS);
	if (ret) {
		drm_gem_object_put(&bo->base);
		return ret;
	}
	save->bos[save->count] = bo;
	/* Whoever sees the count finds the area bound. */
	smp_store_release(&save->count, save->count + 1);
	return 0;
}

static void area_remove(struct edgetpu_device *edev, unsigned int area)
{
	struct edgetpu_bo *bo = edev->save.bos[area];

	/* Nobody else takes the lock for long, and no signal comes here. */
	edgetpu_vm_unbind(&edev->save.vm, area_va(edev, area), area_bytes(edev));
	drm_gem_object_put(&bo->base);
}

/* How many there may be: what the module's parameter says, or what the memory allows */
static unsigned int areas_allowed(struct edgetpu_device *edev)
{
	const u64 fit = div64_u64(edev->budget.limit, area_bytes(edev));
	u64 most = edgetpu_save_areas ?: fit / 2;

	if (!edgetpu_save_areas && most < AREAS_AT_LEAST && fit * 3 / 4 >= AREAS_AT_LEAST)
		most = AREAS_AT_LEAST;
	return min_t(u64, most, EDGETPU_MAX_SAVE_AREAS);
}

/*
 * By those who have jobs, not by those whose jobs run: they may do so at any moment. Who is
 * alone needs none, but to give way to sleep.
 */
static unsigned int areas_wanted(struct edgetpu_device *edev)
{
	const unsigned int clients = atomic_read(&edev->save.busy_clients);

	if (atomic_read(&edev->save.busy_queues) < (READ_ONCE(edev->quiet) ? 1 : 2))
		return 0;
	return min(clients + 1, areas_allowed(edev));
}

/* Are there fewer than clients want, so that some wait for the end of others' jobs? */
bool edgetpu_save_short(struct edgetpu_device *edev)
{
	lockdep_assert_held(&edev->hw_lock);
	return edev->save.given <= atomic_read(&edev->save.busy_clients);
}

static bool enough(struct edgetpu_device *edev)
{
	return READ_ONCE(edev->save.count) >= areas_wanted(edev) ||
	       READ_ONCE(edev->save.unknown) || !edgetpu_context_reserved(edev);
}

static void grow_locked(struct edgetpu_device *edev)
{
	int idx;

	lockdep_assert_held(&edev->save.lock);
	if (!drm_dev_enter(&edev->drm, &idx))
		return;
	while (!enough(edev) && !area_add(edev))
		;
	edgetpu_slots_kick(edev);
	queue_delayed_work(edgetpu_release_wq, &edev->save.size_work, IDLE_TIME);
	drm_dev_exit(idx);
}

/*
 * A client is about to submit and counts as busy: sees to it that it can take turns, if
 * there is the memory. That is the driver's: the client's memory cgroup has no part in
 * it, and the client does not wait for it.
 */
void edgetpu_save_grow(struct edgetpu_device *edev)
{
	int idx;

	if (enough(edev) || !drm_dev_enter(&edev->drm, &idx))
		return;
	mod_delayed_work(edgetpu_release_wq, &edev->save.size_work, 0);
	drm_dev_exit(idx);
}

/* The same at once: whoever calls can wait. */
void edgetpu_save_grow_now(struct edgetpu_device *edev)
{
	mutex_lock(&edev->save.lock);
	if (!enough(edev))
		grow_locked(edev);
	mutex_unlock(&edev->save.lock);
}

/* --- the firmware's side --- */

static int save_area(struct edgetpu_device *edev, unsigned int area, u64 bytes, bool parked)
{
	const u64 va = area_va(edev, area);
	const u32 args[] = {
		area, edev->save.vm.context, lower_32_bits(va), upper_32_bits(va), bytes, parked,
	};

	return edgetpu_mailbox_call(edev, EDGETPU_MBOX_SAVE_AREA, args, ARRAY_SIZE(args), NULL, 0);
}

/* Areas whose parked jobs have ended are as new; what is in them is seen by nobody. */
static int renew_dropped(struct edgetpu_device *edev)
{
	struct edgetpu_save *save = &edev->save;
	unsigned int area;
	int ret = 0;

	for_each_set_bit(area, save->dropped, EDGETPU_MAX_SAVE_AREAS) {
		clear_bit(area, save->dropped);
		if (area >= save->given)
			continue;
		ret = save_area(edev, area, 0, false);
		if (!ret)
			ret = save_area(edev, area, area_bytes(edev), false);
		if (ret)
			return ret;
	}
	return 0;
}

/* The next one that the firmware does not have: with its parked job, if it still knows that. */
static int give_next(struct edgetpu_device *edev, struct edgetpu_task **gone)
{
	struct edgetpu_save *save = &edev->save;
	struct edgetpu_task *task = save->parked[save->given];
	int ret;

	ret = save_area(edev, save->given, area_bytes(edev), task);
	if (ret == -ENODATA && task) {
		edgetpu_save_unpark(edev, task);
		*gone = task;
		ret = save_area(edev, save->given, area_bytes(edev), false);
	}
	if (!ret)
		save->given++;
	return ret;
}

/**
 * edgetpu_save_give() - give the firmware the areas that it does not have yet
 * @edev: device, hw_lock held
 * @gone: out: a job that was parked in one of them and cannot go on; or NULL. Then there
 *	may be more, and more areas to give.
 *
 * Return: 0, or what the mailbox says
 */
int edgetpu_save_give(struct edgetpu_device *edev, struct edgetpu_task **gone)
{
	struct edgetpu_save *save = &edev->save;
	/* What area_add() released */
	const unsigned int count = smp_load_acquire(&save->count);
	int ret;

	lockdep_assert_held(&edev->hw_lock);
	*gone = NULL;
	ret = renew_dropped(edev);
	if (!ret && save->given < count && save->vm.context < 0)
		ret = edgetpu_context_get_reserved(edev, &save->vm);
	while (!ret && !save->unknown && save->given < count && !*gone)
		ret = give_next(edev, gone);
	if (ret != -EOPNOTSUPP)
		return ret;
	WRITE_ONCE(save->unknown, true);
	return 0;
}

/* The hardware has been reset, or is gone. What is parked is in memory and stays there. */
void edgetpu_save_forget(struct edgetpu_device *edev)
{
	lockdep_assert_held(&edev->hw_lock);
	edev->save.given = 0;
}

/* --- jobs without a ring --- */

/* A job is parked in an area now, by the firmware's word: false if that makes no sense. */
bool edgetpu_save_park(struct edgetpu_device *edev, u32 area, struct edgetpu_task *task)
{
	struct edgetpu_save *save = &edev->save;

	lockdep_assert_held(&edev->hw_lock);
	lockdep_assert_held(&task->queue->lock);
	if (area >= save->given || save->parked[area] || test_bit(area, save->dropped))
		return false;
	save->parked[area] = task;
	save->num_parked++;
	task->parked = area + 1;
	task->queue->file->num_parked++;
	return true;
}

/* A ring has it again, or nobody. */
void edgetpu_save_unpark(struct edgetpu_device *edev, struct edgetpu_task *task)
{
	lockdep_assert_held(&edev->hw_lock);
	edev->save.parked[task->parked - 1] = NULL;
	edev->save.num_parked--;
	task->parked = 0;
	task->queue->file->num_parked--;
}

/* It ends where it is: the area is to be used again. */
void edgetpu_save_drop(struct edgetpu_device *edev, struct edgetpu_task *task)
{
	const u32 parked = task->parked;

	if (!parked)
		return;
	edgetpu_save_unpark(edev, task);
	set_bit(parked - 1, edev->save.dropped);
	edgetpu_slots_kick(edev);
}

/* As many as those at work need; takes back what holds no job when nobody is. */
static void size_work(struct work_struct *work)
{
	struct edgetpu_device *edev = container_of(work, struct edgetpu_device,
						   save.size_work.work);
	struct edgetpu_save *save = &edev->save;
	unsigned int count;

	mutex_lock(&save->lock);
	count = save->count;
	mutex_lock(&edev->hw_lock);
	/* Asleep the firmware has none. */
	if ((!edev->offline || edev->asleep) && !edev->lost && !atomic_read(&save->busy_clients)) {
		while (save->given && !save_area(edev, save->given - 1, 0, false))
			save->given--;
		WRITE_ONCE(save->count, save->given);
	}
	mutex_unlock(&edev->hw_lock);
	while (count > save->count)
		area_remove(edev, --count);
	/* Who has become busy meanwhile may have seen those that are gone now. */
	smp_mb();
	if (!enough(edev))
		grow_locked(edev);
	else if (save->count)
		queue_delayed_work(edgetpu_release_wq, &save->size_work, IDLE_TIME);
	mutex_unlock(&save->lock);
}

/* --- life --- */

int edgetpu_save_init(struct edgetpu_device *edev)
{
	struct edgetpu_save *save = &edev->save;

	mutex_init(&save->lock);
	INIT_DELAYED_WORK(&save->size_work, size_work);
	return edgetpu_vm_init(edev, &save->vm, NULL);
}

/* The device is stopped and unplugged. */
void edgetpu_save_fini(struct edgetpu_device *edev)
{
	struct edgetpu_save *save = &edev->save;

	mutex_lock(&save->lock);
	/* Beyond the count are those that were given back before. */
	while (save->count)
		drm_gem_object_put(&save->bos[--save->count]->base);
	mutex_unlock(&save->lock);
	cancel_delayed_work_sync(&save->size_work);
	edgetpu_vm_fini(&save->vm);
}
