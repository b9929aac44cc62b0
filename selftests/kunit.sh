#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Shows, as TAP, what became of the driver's KUnit tests, which run when it is loaded.
results=/sys/kernel/debug/kunit
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
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
