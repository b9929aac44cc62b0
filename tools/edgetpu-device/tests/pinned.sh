#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# pinned.sh [--print]: do whole networks take the cycles, and give the bytes, that
# they always did? One line of "pinned" each: the network, memory preset, model
# cycles of an inference, first 16 digits of the SHA-256 of its outputs. The
# repository's own networks are made here; the others are in $EDGETPU_SHARED (default: ../shared beside the repository) and
# skipped without it. Who changes hardware, firmware or compiler on purpose
# replaces the file by what --print says, and tells why in the commit. Speaks TAP.
# What the firmware does between commands depends on the compiler, which the file names:
# built by another the cycles must be the same within 1 %, the bytes all the same.
set -u

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../../.." && pwd)
build=${EDGETPU_BUILD:-$top/build}
shared=${EDGETPU_SHARED:-$top/../shared}
infer=$build/userspace/programs/mnet-infer
models=$build/models/mnet-models
print=${1:-}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# input BYTES: any bytes will do, if they are always the same
input() {
	python3 -c '
import random, sys
random.seed(2)
sys.stdout.buffer.write(random.randbytes(int(sys.argv[1])))' "$1" >"$work/in.raw"
}

# bytes NETWORK: bytes of its input
bytes() {
	case $1 in
	person_detect_96*) echo $((96 * 96)) ;;
	*) echo $((224 * 224 * 3)) ;;
	esac
}

# measure NETWORK PRESET FILE: its line
measure() {
	local cycles
	rm -f "$work"/out.*
	input "$(bytes "$1")"
	cycles=$("$infer" -m "$3" --raw-input "$work/in.raw" --raw-output "$work/out" \
		-d "sim:$2" --json | sed -n 's/.*"model_cycles":[^0-9]*\([0-9]*\).*/\1/p')
	printf '%s %s %s %s\n' "$1" "$2" "${cycles:-failed}" \
		"$(cat "$work"/out.*.raw 2>/dev/null | sha256sum | cut -c 1-16)"
}

# file NETWORK: where its model is, made if need be
file() {
	local name=${1#models/}
	if [ "$name" = "$1" ]; then
		echo "$shared/models/$1.tflite"
		return
	fi
	[ -f "$work/$name.tflite" ] ||
		"$models" "${name%-*}" --type "${name##*-}" --seed 7 -o "$work/$name.tflite" \
			>/dev/null
	echo "$work/$name.tflite"
}

compiler=$(sed -n 's/.* firmware was built by GCC \([0-9]*\).*/\1/p' "$here/pinned")
here_is=$("${CROSS_COMPILE:-riscv64-unknown-elf-}gcc" -dumpversion 2>/dev/null)
margin=0
[ "${here_is%%.*}" = "$compiler" ] || margin=100
[ -z "$print" ] || [ $margin -eq 0 ] || {
	echo "pinned.sh: the pins want firmware by GCC $compiler, this is ${here_is:-none}" >&2
	exit 1
}

# same LINE LINE: all of it, but for the cycles, of which one in $margin may be more or less
same() {
	local name preset cycles bytes name2 preset2 cycles2 bytes2 off
	read -r name preset cycles bytes <<<"$1"
	read -r name2 preset2 cycles2 bytes2 <<<"$2"
	[ "$name $preset $bytes" = "$name2 $preset2 $bytes2" ] || return 1
	[ "$cycles" != "$cycles2" ] || return 0
	[ $margin -gt 0 ] && [ "$cycles2" != failed ] || return 1
	off=$((cycles2 - cycles))
	[ $((${off#-} * margin)) -le "$cycles" ]
}

n=0 failed=0
while read -r network preset pinned; do
	case $network in '' | '#'*) [ -z "$print" ] || echo "$network $preset $pinned"; continue ;; esac
	model=$(file "$network")
	n=$((n + 1))
	if [ ! -f "$model" ]; then
		if [ -n "$print" ]; then
			echo "$network $preset $pinned"
		else
			echo "ok $n $network on $preset # SKIP no such model beside the repository"
		fi
		continue
	fi
	line=$(measure "$network" "$preset" "$model")
	if [ -n "$print" ]; then
		echo "$line"
	elif same "$network $preset $pinned" "$line"; then
		echo "ok $n $network on $preset"
	else
		failed=$((failed + 1))
		echo "not ok $n $network on $preset"
		echo "# pinned $network $preset $pinned"
		echo "# found  $line"
	fi
done <"$here/pinned"
[ -n "$print" ] || echo "1..$n"
[ $failed -eq 0 ]
