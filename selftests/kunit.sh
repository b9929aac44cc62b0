#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Shows, as TAP, what became of the driver's KUnit tests, which run when it is loaded,
# and what of the driver's memory nobody knows any more, with a kernel that can tell.
results=/sys/kernel/debug/kunit
leaks=/sys/kernel/debug/kmemleak
set -- $results/edgetpu*/results
if [ ! -e "$1" ]; then
	echo "the driver was built without its unit tests"
	exit 4
fi
passed=0 failed=0
for file; do
	cat "$file"
	# A case is indented, a suite is not.
	passed=$((passed + $(grep -c '^ \+ok ' "$file")))
	failed=$((failed + $(grep -c '^ \+not ok ' "$file")))
done
if [ -e $leaks ]; then
	# Younger than five seconds is no leak yet; pointers on the move hide or feign one.
	sleep 6
	echo scan >$leaks
	sleep 6
	echo scan >$leaks
	# Of what booting has left behind nothing names the driver.
	if grep -q '\[edgetpu\]' $leaks; then
		cat $leaks
		echo "not ok the driver leaves no memory behind"
		failed=$((failed + 1))
	fi
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
