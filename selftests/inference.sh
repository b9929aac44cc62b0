#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Two processes infer on the device at once; each gets, every time, the bytes
# that the CPU computes, and the device has computed them.
#   inference.sh MODEL RAW_INPUT WORK_DIR
model=${1:?usage: inference.sh MODEL RAW_INPUT WORK_DIR}
input=${2:?usage: inference.sh MODEL RAW_INPUT WORK_DIR}
work=${3:?usage: inference.sh MODEL RAW_INPUT WORK_DIR}
node=${EDGETPU_NODE:-/dev/edgetpu0}
passed=0 failed=0 number=0

result() {	# STATUS NAME
	number=$((number + 1))
	if [ "$1" -eq 0 ]; then
		passed=$((passed + 1))
		echo "ok $number $2"
	else
		failed=$((failed + 1))
		echo "not ok $number $2"
	fi
}

infer() {	# DEVICE PREFIX
	rm -f "$2.output0.raw" "$2.json"
	mnet-infer -m "$model" -d "$1" --raw-input "$input" --raw-output "$2" --json >"$2.json"
}

accelerated() {	# PREFIX
	grep -q '"operators_on_accelerator":[[:space:]]*[1-9]' "$1.json" &&
		grep -q '"model_cycles":[[:space:]]*[1-9]' "$1.json"
}

mkdir -p "$work"
infer cpu "$work/cpu"
result $? "the CPU infers"

for round in 1 2 3; do
	infer "$node" "$work/first$round" &
	first=$!
	infer "$node" "$work/second$round"
	second=$?
	wait $first
	result $? "round $round: the first process ends well"
	result $second "round $round: the second process ends well"
	accelerated "$work/first$round" && accelerated "$work/second$round"
	result $? "round $round: the device did both"
	cmp "$work/first$round.output0.raw" "$work/cpu.output0.raw"
	result $? "round $round: the first process's bytes are the CPU's"
	cmp "$work/second$round.output0.raw" "$work/cpu.output0.raw"
	result $? "round $round: the second process's bytes are the CPU's"
done

echo "1..$number"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
