# SPDX-License-Identifier: GPL-2.0-only
# Shared by the suites: TAP, and the way to the test data.
# shellcheck shell=bash

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=${EDGETPU_BUILD:-$top/build}
shared=$(readlink -f "${EDGETPU_SHARED:-$top/../shared}" || :)
cd "$top" || exit 1

tap_n=0
tap_failed=0

# tap NAME COMMAND...: one test, which passes when COMMAND does; what COMMAND
# says is shown when it fails.
tap() {
	local name=$1 out
	shift
	tap_n=$((tap_n + 1))
	if out=$("$@" 2>&1); then
		printf 'ok %d %s\n' $tap_n "$name"
	else
		printf 'not ok %d %s\n' $tap_n "$name"
		printf '%s\n' "$out" | sed 's/^/# /'
		tap_failed=$((tap_failed + 1))
	fi
}

# tap_skip NAME REASON: one test that cannot be made here
tap_skip() {
	tap_n=$((tap_n + 1))
	printf 'ok %d %s # SKIP %s\n' $tap_n "$1" "$2"
}

tap_end() {
	printf '1..%d\n' $tap_n
	[ $tap_failed -eq 0 ]
	exit
}

# skip REASON: this suite cannot run here
skip() {
	printf '%s\n' "$*"
	exit 77
}

# module_builds HEADERS VARIABLE...: a clean build of the module without one warning
module_builds() {
	local headers=$1 dir=$build/driver-check out
	shift
	rm -rf "$dir"
	tools/setup/link-tree "$dir" Kbuild driver uapi
	out=$(make -C "$headers" M="$dir" "$@" modules 2>&1) || {
		printf '%s\n' "$out"
		return 1
	}
	! grep -E 'warning:|error:|C=[12] specified' <<<"$out"
}
