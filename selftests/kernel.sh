#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# In a guest with a debug kernel: runs a command, unloads the driver, looks for what
# leaked, and leaves the driver's coverage, with whatever of this the kernel has.
#   kernel.sh DIRECTORY COMMAND...
out=${1:?usage: kernel.sh DIRECTORY COMMAND...}
shift
leaks=/sys/kernel/debug/kmemleak
races=/sys/kernel/debug/kcsan
gcov=/sys/kernel/debug/gcov

# What booting has left behind is not ours.
if [ -e $leaks ]; then
	echo scan >$leaks
	echo clear >$leaks
fi

# DRM's scheduler looks at the head of its queue without marking the read; not ours.
if [ -e $races ]; then
	echo '!drm_sched_entity_is_ready' >$races
fi

"$@"
status=$?

# Work that the last close left to others ends soon.
tries=0
until rmmod edgetpu 2>/dev/null || [ $tries -ge 60 ]; do
	sleep 1
	tries=$((tries + 1))
done
if [ -d /sys/module/edgetpu ]; then
	echo "not ok the driver unloads"
	status=1
fi
if [ -e $leaks ]; then
	# Younger than five seconds is no leak yet; pointers on the move hide or feign one.
	sleep 6
	echo scan >$leaks
	sleep 6
	echo scan >$leaks
	cat $leaks
	found=$(grep -c '^unreferenced object' $leaks)
	echo "leaks: $found"
	[ "$found" -eq 0 ] || status=1
fi
if [ -d $gcov ]; then
	find $gcov -name '*.gcda' | while read -r file; do
		cat "$file" >"$out/${file##*/}"
	done
fi
exit $status
