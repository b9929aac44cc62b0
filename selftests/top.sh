#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What mnet-top says of a device at rest, of four clients that keep it busy, of one that
# sleeps and of none at all; in files of WORK_DIR, which tools/checks/vm-top judges.
#   top.sh WORK_DIR MODEL RAW_INPUT
work=${1:?usage: top.sh WORK_DIR MODEL RAW_INPUT}
model=${2:?usage: top.sh WORK_DIR MODEL RAW_INPUT}
input=${3:?usage: top.sh WORK_DIR MODEL RAW_INPUT}
driver=/sys/bus/pci/drivers/edgetpu
device=$(ls "$driver" | grep :)
odd=$(printf 'o d\033[7md\nname')

mnet-top --list >"$work/list"
cat "$driver/$device/edgetpu/serial" "$driver/$device/edgetpu/firmware_version" >"$work/facts"

# A process is called what its program's file is.
mkdir -p /tmp/top
for name in first second third "$odd"; do
	ln -s "$(command -v mnet-infer)" "/tmp/top/$name"
	"/tmp/top/$name" -m "$model" -d /dev/edgetpu0 --raw-input "$input" --repeat 1000000 >/dev/null &
	pids="$pids $!"
done
echo $pids >"$work/pids"
tries=0
until [ "$(mnet-top --json --once -d 0.5 | grep -o '"jobs_done":[1-9][0-9]' | wc -l)" -eq 4 ]; do
	tries=$((tries + 1))
	[ $tries -lt 200 ] || { echo "the clients do not work" >&2; exit 1; }
done
mnet-top --json --once -d 20 >"$work/busy.json" || exit 1
mnet-top --once -d 2 >"$work/busy.txt" || exit 1
mnet-top --prometheus >"$work/busy.prom" || exit 1
su -s /bin/sh nobody -c 'mnet-top --json --once -d 0.1' >"$work/nobody.json" || exit 1

# Processes that come and go under the reader
(while :; do sh -c 'exec 3</dev/null; :' & sh -c :; wait $!; done) &
churn=$!
mnet-top --json -d 0.1 >"$work/churn.json" &
reader=$!
sleep 10
kill -0 $reader || exit 1
kill $reader $churn $pids
wait 2>/dev/null

status() { cat "$driver/$device/power/runtime_status"; }
tries=0
until [ "$(status)" = suspended ]; do
	tries=$((tries + 1))
	[ $tries -lt 600 ] || { echo "the device does not sleep" >&2; exit 1; }
	sleep 0.1
done
cat "$driver/$device/power/runtime_active_time" >"$work/awake"
mnet-top --json --once -d 3 >"$work/asleep.json" || exit 1
mnet-top --prometheus >"$work/asleep.prom" || exit 1
mnet-top --list >/dev/null || exit 1
cat "$driver/$device/power/runtime_active_time" >>"$work/awake"
status >>"$work/awake"

mnet-top --reset "$device" 2>"$work/reset"
echo $? >>"$work/reset"
mnet-top --reset 0000:ff:1f.7 2>"$work/nothing"
echo $? >>"$work/nothing"
echo "$device" >"$driver/unbind"
mnet-top --json --once -d 0.1 >"$work/none.json" || exit 1
