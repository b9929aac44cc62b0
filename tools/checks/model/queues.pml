/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Queues, slots, rings, the firmware and recovery, as driver/edgetpu_slot.c,
 * edgetpu_job.c, edgetpu_recovery.c, edgetpu_irq.c and firmware/dispatch.c have
 * them, without time, memory and contexts. More queues want to run than there are
 * slots; one queue's job may hang or take the firmware with it; the device may die
 * by itself, once, or answer too late. spin looks at every order in which all that can happen:
 *
 *  - no lost wake-up: when nothing moves any more, all jobs have ended, or one that
 *    hangs has the engines, or the firmware is dead;
 *  - no fence is left unsignalled: in the end every job that was handed over has
 *    ended, once;
 *  - no innocent is punished: a good job runs to its end and says so, unless it was
 *    running when the device died, or stands behind its own queue's bad one. One that
 *    was saved, on a ring or parked without one, goes on, and starts once.
 *
 * -DDEFECT=n plants one of the defects below, which must be found: a check that
 * cannot fail says nothing.
 */
#ifndef DEFECT
#define DEFECT		0
#endif
#define BELL_AFTER_TAIL		1	/* firmware clears a doorbell after it has read the tail */
#define CAUSE_AFTER_FENCE	2	/* the interrupt's cause is cleared after the rings were looked at */
#define HOLD_WITHOUT_LOOK	3	/* a slot that has just run dry is held, and nobody looks again */
#define BLAME_WHO_WAITS		4	/* a job that was preempted is taken for the one that hangs */
#define FORGET_THE_UNSTARTED	5	/* after a reset, jobs that had not started are not run again */
#define CANCEL_THE_UNSTARTED	6	/* after a reset, jobs that had not started are cancelled */
#define GO_ON_UNANSWERED	7	/* a slot is given on although the firmware did not let go of it */
#define RUN_TWICE		8	/* after a reset, a job that had started is run again */
#define PARKED_ANEW		9	/* a parked job begins from its start on the next ring */
#define PARK_WHAT_RUNS		10	/* the firmware parks a job that has the engines */
#define SAVED_IS_LOST		11	/* after a reset, a job that was saved is cancelled */

#ifndef QUEUES
#define QUEUES	3
#endif
#define SLOTS	2
#ifndef JOBS
#define JOBS	2
#endif
#define OF(q)	((q) == 0 -> JOBS : 1)	/* jobs of a queue */
#define NONE	99

mtype = { good, hangs, traps, mutes };		/* what a job does */
mtype = { pending, done, timed_out, cancelled };	/* how it ended */

/* Of the bad queue's job; all others are good */
mtype bad_job = good;
byte deaths = 0;		/* of the device by itself */
byte slow = 0;			/* answers that come too late */

/* --- the driver's state ------------------------------------------------- */

typedef Queue {
	byte pushed;		/* jobs handed over */
	byte ended;		/* of those, fences signalled */
	byte slot;
	bool waits;		/* stands in line for a slot */
	bool error;		/* fails what comes */
	bool halted;		/* has ended all it had since */
	bool verdict;		/* its first job is to blame */
	bool parked;		/* its first job is saved and has no ring */
	mtype result[JOBS];
	bool started[JOBS];	/* seen by an observer, not by the driver */
	bool cut[JOBS];		/* had started when the device died; the same */
	byte runs[JOBS];	/* how often it started; the same */
}
Queue queue[QUEUES];

typedef Slot {
	byte queue;		/* who has it */
	byte emitted;		/* jobs written to its ring */
	byte completed;		/* of those, completions seen */
	bool held;		/* gets no more: others wait */
}
Slot slot[SLOTS];

bool kick = false;		/* the slots' work is queued */
bool reset_wanted = false;	/* the reset's work is queued */
bool offline = false;		/* what the firmware holds is not known */
byte resets = 0;

/* --- between them: a ring in host memory, doorbell, mailbox, interrupt --- */

typedef Ring {
	byte fence;		/* jobs completed */
	byte running;		/* the one that has started, or 0 */
	bool saved;		/* it was preempted */
	byte bell;		/* tail, as the doorbell has it */
	bool rings;		/* the doorbell was written */
	/* the firmware's own */
	bool exists;
	byte head;
	byte tail;
	byte owner;		/* whose jobs these are, and from which on */
	byte base;
}
Ring ring[SLOTS];

byte runs = NONE;		/* the ring whose job has the engines */
bool alive = true;
bool cause = false;		/* of the interrupt */
mtype = { create, destroy, park };
mtype request;
byte argument;
bool posted = false, answered = false, busy = false;

/* --- observers ----------------------------------------------------------- */

#define KIND(q, n)	(((q) == 0 && (n) == 0) -> bad_job : good)
#define FREE(s)		(slot[s].queue == NONE)
#define DRY(s)		(slot[s].emitted == slot[s].completed)
#define READY(r)	(ring[r].exists && ring[r].head != ring[r].tail)

byte o;		/* of observers only */

/* The device dies with what has started on it. */
inline die()
{
	d_step {
		alive = false;
		o = 0;
		do
		:: o < SLOTS ->
			if
			:: ring[o].exists && ring[o].running && !ring[o].saved ->
				queue[ring[o].owner].cut[ring[o].base + ring[o].running - 1] = true
			:: else
			fi;
			o++
		:: else -> break
		od;
		o = 0
	}
}

/* --- jobs: to the ring and back ----------------------------------------- */

/* With the queue's lock: writes what is not in the ring. */
inline emit(Q)
{
	if
	:: !slot[queue[Q].slot].held &&
	   slot[queue[Q].slot].emitted - slot[queue[Q].slot].completed !=
	   queue[Q].pushed - queue[Q].ended ->
		slot[queue[Q].slot].emitted = slot[queue[Q].slot].completed +
					      queue[Q].pushed - queue[Q].ended;
		ring[queue[Q].slot].bell = slot[queue[Q].slot].emitted;
		ring[queue[Q].slot].rings = true
	:: else
	fi
}

inline end_job(Q, HOW)
{
	assert(queue[Q].ended < queue[Q].pushed);
	assert(queue[Q].result[queue[Q].ended] == pending);
	queue[Q].result[queue[Q].ended] = HOW;
	queue[Q].ended++
}

/* With the queue's lock: takes completions. */
inline process(S)
{
	do
	:: slot[S].completed != ring[S].fence ->
		assert(slot[S].completed < slot[S].emitted);
		slot[S].completed++;
		if
		:: queue[slot[S].queue].verdict ->
			end_job(slot[S].queue, timed_out);
			queue[slot[S].queue].verdict = false
		:: !queue[slot[S].queue].verdict && queue[slot[S].queue].error ->
			end_job(slot[S].queue, cancelled)
		:: else -> end_job(slot[S].queue, done)
		fi
	:: else -> break
	od;
	if
	:: slot[S].held && (DRY(S) || ring[S].saved) -> kick = true
	:: else
	fi
}

/* Ends what a queue with an error has; the hardware has none of it. */
inline cancel_all(Q)
{
	do
	:: queue[Q].ended < queue[Q].pushed ->
		if
		:: queue[Q].verdict ->
			end_job(Q, timed_out);
			queue[Q].verdict = false
		:: else -> end_job(Q, cancelled)
		fi
	:: else -> break
	od;
	queue[Q].halted = true
}

proctype client(byte q)
{
	byte n = 0;

	do
	:: n < OF(q) -> atomic {
		n++;
		if
		:: queue[q].error		/* SUBMIT refuses */
		:: else ->
			queue[q].pushed++;
			if
			:: queue[q].slot != NONE -> emit(q)
			:: else ->
				queue[q].waits = true;
				kick = true
			fi
		fi }
	:: else -> break
	od
}

active proctype interrupt()
{
	byte s = 0;

end:	do
	:: cause ->
		if
		:: DEFECT != CAUSE_AFTER_FENCE -> cause = false
		:: else
		fi;
		s = 0;
		do
		:: s < SLOTS -> atomic {
			if
			:: !FREE(s) && queue[slot[s].queue].slot == s -> process(s)
			:: else
			fi;
			s++ }
		:: else -> break
		od;
		s = 0;
		if
		:: DEFECT == CAUSE_AFTER_FENCE -> cause = false
		:: else
		fi
	od
}

/* --- the firmware --------------------------------------------------------- */

inline serve_mailbox()
{
	posted = false;
	if
	:: request == create ->
		assert(!ring[argument].exists);
		ring[argument].fence = 0;
		ring[argument].exists = true;
		ring[argument].head = 0;
		ring[argument].tail = 0;
		ring[argument].rings = false;
		/* a parked job is this ring's: it has started, and waits for its turn */
		ring[argument].saved = queue[ring[argument].owner].parked && DEFECT != PARKED_ANEW;
		ring[argument].running = (ring[argument].saved -> 1 : 0)
	:: request == park ->
		assert(ring[argument].exists);
		busy = ring[argument].running && !ring[argument].saved && DEFECT != PARK_WHAT_RUNS;
		ring[argument].exists = busy;
		runs = (!busy && runs == argument -> NONE : runs)
	:: request == destroy ->
		assert(ring[argument].exists);
		ring[argument].exists = false;
		runs = (runs == argument -> NONE : runs)
	fi;
	answered = true
}

active proctype firmware()
{
	byte r;

end:	do
	:: atomic { alive && posted -> serve_mailbox() }
	:: atomic { alive && (ring[0].rings || ring[1].rings) ->
			/* cleared before the tail is read: the next write sets it again */
			if
			:: ring[0].rings -> r = 0
			:: ring[1].rings -> r = 1
			fi;
			ring[r].rings = (DEFECT == BELL_AFTER_TAIL -> ring[r].rings : false)
		}
		atomic {
			if
			:: alive && ring[r].exists -> ring[r].tail = ring[r].bell
			:: else
			fi
		}
		if
		:: DEFECT == BELL_AFTER_TAIL -> ring[r].rings = false
		:: else
		fi
	:: atomic { alive && runs == NONE && (READY(0) || READY(1)) ->
		if
		:: READY(0) -> r = 0
		:: READY(1) -> r = 1
		fi;
		runs = r;
		if
		:: !ring[r].running ->
			ring[r].running = ring[r].head + 1;
			queue[ring[r].owner].started[ring[r].base + ring[r].head] = true;
			queue[ring[r].owner].runs[ring[r].base + ring[r].head]++
		:: else
		fi;
		ring[r].saved = false }
	:: atomic { alive && runs != NONE &&
		    KIND(ring[runs].owner, ring[runs].base + ring[runs].head) == good ->
		/* it completes */
		r = runs;
		runs = NONE;
		ring[r].head++;
		ring[r].running = 0;
		ring[r].fence = ring[r].head }
		cause = true
	:: atomic { alive && runs != NONE && READY(1 - runs) &&
		    KIND(ring[runs].owner, ring[runs].base + ring[runs].head) != hangs ->
		/* its slice is over */
		ring[runs].saved = true;
		runs = NONE;
		cause = true }
	:: atomic { alive && runs != NONE &&
		    KIND(ring[runs].owner, ring[runs].base + ring[runs].head) == traps ->
		die();
		reset_wanted = true }
	:: atomic { alive && runs != NONE &&
		    KIND(ring[runs].owner, ring[runs].base + ring[runs].head) == mutes ->
		die() }
	:: atomic { alive && deaths -> deaths--; die(); reset_wanted = true }
	:: atomic { alive && deaths -> deaths--; die() }
	od
}

/* --- the recovery workqueue ----------------------------------------------- */

/* Asks the firmware; failed is set when it does not answer. */
inline call(WHAT, S)
{
	request = WHAT;
	argument = S;
	answered = false;
	busy = false;
	posted = true;
	if
	:: answered
	:: timeout -> posted = false
	:: slow && !answered -> slow--	/* the firmware may take it yet */
	:: reset_wanted && !alive && !answered -> posted = false
	fi;
	failed = !answered;
	offline = offline || (failed && DEFECT != GO_ON_UNANSWERED);
	reset_wanted = reset_wanted || (failed && DEFECT != GO_ON_UNANSWERED)
}

/*
 * The ring is off the hardware; job number @CUT of it had started, or none (0). If it
 * is saved it is parked from now on.
 */
inline detach(S, CUT)
{
	q = slot[S].queue;
	slot[S].queue = NONE;
	queue[q].slot = NONE;
	queue[q].parked = queue[q].parked ||
			  (CUT && ring[S].saved && !queue[q].error && DEFECT != SAVED_IS_LOST);
	if
	:: CUT && !queue[q].parked && !queue[q].error && DEFECT != RUN_TWICE ->
		end_job(q, cancelled)
	:: else
	fi;
	if
	:: !queue[q].error && queue[q].ended < queue[q].pushed ->
		if
		:: DEFECT == FORGET_THE_UNSTARTED && offline
		:: DEFECT == CANCEL_THE_UNSTARTED && offline ->
			do
			:: queue[q].ended < queue[q].pushed -> end_job(q, cancelled)
			:: else -> break
			od
		:: else -> queue[q].waits = true; kick = true
		fi
	:: queue[q].error -> cancel_all(q)
	:: else
	fi
}

/* Takes a slot whose job does not run, by the firmware's word; one that is saved is parked. */
inline unbind(S)
{
	slot[S].held = true;
	call(park, S);
	if
	:: busy || (failed && DEFECT != GO_ON_UNANSWERED)
	:: else ->
		process(S);
		detach(S, ring[S].running)
	fi
}

inline bind(S, Q)
{
	slot[S].queue = Q;
	slot[S].emitted = 0;
	slot[S].completed = 0;
	ring[S].fence = 0;
	ring[S].running = 0;
	ring[S].saved = false;
	busy = false;
	ring[S].owner = Q;
	ring[S].base = queue[Q].ended;
	call(create, S);
	slot[S].held = failed;
	queue[Q].parked = queue[Q].parked && failed;
	queue[Q].slot = S;
	queue[Q].waits = false;
	if
	:: !queue[Q].error -> emit(Q)
	:: else
	fi
}

/* A slot for those who wait: free, or idle, or else all are to be held. */
inline make_room()
{
	s = 0;
	room = NONE;
	do
	:: s < SLOTS && FREE(s) -> room = s; break
	:: s < SLOTS && !FREE(s) -> s++
	:: else -> break
	od;
	s = 0;
	do
	:: room == NONE && s < SLOTS && !offline ->
		if
		:: DRY(s) -> unbind(s)
		/* any of those that are saved, or none, as the order is not looked at here */
		:: !DRY(s) && !slot[s].held && ring[s].saved -> unbind(s)
		:: !DRY(s)
		fi;
		room = (FREE(s) -> s : NONE);
		s++
	:: else -> break
	od;
	s = 0
}

inline hold_all()
{
	s = 0;
	do
	:: s < SLOTS ->
		if
		:: !FREE(s) ->
			slot[s].held = true;
			/* it may have run dry, or been saved, since we looked */
			kick = kick || ((DRY(s) || ring[s].saved) && DEFECT != HOLD_WITHOUT_LOOK)
		:: else
		fi;
		s++
	:: else -> break
	od;
	s = 0
}

/* All of it with hw_lock; others get between where it waits for the firmware, and
 * before slots are held.
 */
inline slot_work()
{
	atomic {
		/* queues with an error end */
		w = 0;
		do
		:: w < QUEUES && queue[w].error && !queue[w].halted && !offline ->
			if
			:: queue[w].slot == NONE -> cancel_all(w); queue[w].waits = false
			:: else ->
				s = queue[w].slot;
				slot[s].held = true;
				call(destroy, s);
				if
				:: !failed -> process(s); detach(s, 0)
				:: else
				fi
			fi;
			w++
		:: w < QUEUES && !(queue[w].error && !queue[w].halted && !offline) -> w++
		:: w == QUEUES -> break
		od;
		/* those held that have run dry make room */
		s = 0;
		do
		:: s < SLOTS ->
			if
			:: !offline && !FREE(s) && slot[s].held && (DRY(s) || ring[s].saved) ->
				unbind(s)
			:: else
			fi;
			s++
		:: else -> break
		od;
		/* those who wait, in turn; which is first does not matter here */
		w = 0;
		do
		:: w < QUEUES && queue[w].waits && !offline ->
			make_room();
			if
			:: room != NONE -> bind(room, w); w++
			:: else -> break
			fi
		:: w < QUEUES && !(queue[w].waits && !offline) -> w++
		:: w == QUEUES -> break
		od
	};
	atomic {
		if
		:: w < QUEUES && !offline -> hold_all()
		:: else
		fi;
		s = 0;
		w = 0;
		q = 0;
		room = NONE;
		failed = false
	}
}

inline reset_device()
{
	offline = true;
	resets++;
	/* stops everything; it knows no ring any more */
	if
	:: alive -> die()
	:: else
	fi;
	runs = NONE;
	posted = false;
	cause = false;
	s = 0;
	do
	:: s < SLOTS ->
		ring[s].exists = false;
		ring[s].rings = false;
		if
		:: !FREE(s) -> process(s); detach(s, ring[s].running)
		:: else
		fi;
		s++
	:: else -> break
	od;
	s = 0;
	q = 0;
	alive = true;
	offline = false;
	kick = true
}

/* What runs does not get on: its job has failed, and its queue with it. */
inline blame()
{
	blamed = false;
	s = 0;
	do
	:: s < SLOTS ->
		if
		:: !FREE(s) && ring[s].running && ring[s].running == slot[s].completed + 1 &&
		   (!ring[s].saved || DEFECT == BLAME_WHO_WAITS) && !queue[slot[s].queue].error ->
			queue[slot[s].queue].verdict = true;
			queue[slot[s].queue].error = true;
			kick = true;
			blamed = true
		:: else
		fi;
		s++
	:: else -> break
	od;
	s = 0
}

inline all_ended()
{
	finished = true;
	w = 0;
	do
	:: w < QUEUES -> finished = finished && queue[w].ended == queue[w].pushed; w++
	:: else -> break
	od;
	w = 0
}

/* In the end: how each job may have ended */
inline judge()
{
	w = 0;
	do
	:: w < QUEUES ->
		s = 0;
		do
		:: s < queue[w].pushed ->
			assert(queue[w].result[s] != pending);
			assert(queue[w].runs[s] <= 1);
			if
			:: KIND(w, s) != good -> assert(queue[w].result[s] != done)
			:: KIND(w, s) == good && queue[w].result[s] == done
			:: else -> assert(queue[w].cut[s] || (s && queue[w].error))
			fi;
			/* what hangs is found out without a reset, and ends alone */
			if
			:: bad_job == hangs && w == 0 && s == 0 && !resets ->
				assert(queue[w].result[s] == timed_out)
			:: else
			fi;
			s++
		:: else -> break
		od;
		w++
	:: else -> break
	od
}

active proctype recovery()
{
	byte s = 0, w = 0, q = 0, room = NONE;
	bool failed = false, blamed = false, finished = false;

	do
	:: kick -> kick = false; slot_work()
	:: atomic { reset_wanted -> reset_wanted = false; reset_device() }
	:: atomic { timeout ->
		/* the watchdog: nothing else moves */
		all_ended();
		if
		:: finished -> break
		:: else ->
			/* only a job that hangs, or a death, may have brought us here */
			assert(!alive || (runs != NONE &&
			       KIND(ring[runs].owner, ring[runs].base + ring[runs].head) == hangs));
			s = 0;
			do
			:: s < SLOTS ->
				if
				:: !FREE(s) -> process(s)
				:: else
				fi;
				s++
			:: else -> break
			od;
			blame();
			if
			:: !blamed -> reset_device()
			:: else
			fi;
			blamed = false;
			finished = false
		fi }
	od;
	atomic { judge() }
}

init
{
	byte i = 0;

	atomic {
		bad_job = good;
		if
#if CASE == 1
		:: bad_job = hangs
#elif CASE == 2
		:: bad_job = traps
#elif CASE == 3
		:: bad_job = mutes
#elif CASE == 4
		:: deaths = 1
#elif CASE == 5
		:: slow = 1
#endif
		:: true
		fi;
		do
		:: i < SLOTS -> slot[i].queue = NONE; i++
		:: else -> break
		od;
		i = 0;
		do
		:: i < QUEUES ->
			queue[i].slot = NONE;
			queue[i].result[0] = pending;
#if JOBS > 1
			queue[i].result[1] = pending;
#endif
			run client(i);
			i++
		:: else -> break
		od
	}
}
