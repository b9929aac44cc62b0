#!/bin/bash
# SPDX-License-Identifier: MIT
# reference.sh MODEL INPUT OUTPUT: output 0 of MODEL on the bytes of INPUT by
# TensorFlow Lite's reference kernels. The runner comes with the test data
# ($EDGETPU_SHARED, default ../shared beside the repository) and is built once
# into the cache. With --speed MODEL: milliseconds by its fast (ruy) kernels on
# one thread. With --runner: the runner's path. Status 77, and why, where it cannot
# be built.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
shared=${EDGETPU_SHARED:-$top/../shared}
cache=${EDGETPU_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/edgetpu}/tflite-ref

runner() {
	mkdir -p "$cache" 2>/dev/null || {
		echo "no place for TFLite's runner: $cache"
		exit 77
	}
	exec 9>"$cache/lock"
	flock 9
	[ ! -x "$cache/built/tflrun" ] || return 0
	[ -x "$shared/tools/tflite-ref/build.sh" ] || {
		echo "no TFLite runner beside the repository (../shared/tools/tflite-ref)"
		exit 77
	}
	rm -rf "$cache/built"
	"$shared/tools/tflite-ref/build.sh" "$cache/built" >"$cache/log" 2>&1 || {
		rm -f "$cache/built/tflrun"
		echo "TFLite's runner does not build here: $(tail -n 1 "$cache/log")"
		exit 77
	}
}

if [ "${1:-}" = --runner ]; then
	runner
	echo "$cache/built/tflrun"
	exit
fi
if [ "${1:-}" = --speed ]; then
	runner
	"$cache/built/tflrun" "${2:?model}" - - --threads 1 --bench 20
	exit
fi
: "${3:?usage: reference.sh MODEL INPUT OUTPUT}"
runner
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
"$cache/built/tflrun" "$1" "$2" "$out" --ref >/dev/null
cp "$out/output0.raw" "$3.new"
mv "$3.new" "$3"
