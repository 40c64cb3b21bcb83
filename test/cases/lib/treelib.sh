# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# For cases with registered process trees. Source this file after lib.sh.

# pid: PIDs by name, set by start_tree. was: start times of these processes, set by note_starts.
declare -A pid was

# The nodes before the case starts. Other cases of the group may have left nodes.
nodes_before=$(filetest list)

# start_tree NAME: starts a process that holds 16 MiB of data twice. In each pass it compares one eighth of the two
# copies; it counts the passes in /run/count.NAME. Sets ${pid[NAME]}.
start_tree()
{
	rm -f "/run/count.$1"
	python3 - "$1" >/dev/null 2>&1 <<-'END' &
		import os, sys, time
		os.setsid()
		MIB = 1 << 20
		data = os.urandom(16 * MIB)
		copy = bytearray(data)
		n = 0
		while True:
		    n += 1
		    good = all(data[i:i + MIB] == copy[i:i + MIB]
		               for i in range(n % 8 * MIB, 16 * MIB, 8 * MIB))
		    with open(f"/run/new.{sys.argv[1]}", "w") as f:
		        f.write(f"{n}\n" if good else "damaged\n")
		    os.rename(f"/run/new.{sys.argv[1]}", f"/run/count.{sys.argv[1]}")
		    if not good:
		        break
		    time.sleep(0.1)
	END
	pid[$1]=$!
	wait_for 30 test -s "/run/count.$1" || fail "$1 does not start"
}

# counted NAME N: succeeds if the process has done more than N passes.
counted()
{
	[ "$(cat "/run/count.$1")" -gt "$2" ] 2>/dev/null
}

# run_on NAME...: checks that the processes exist, and waits until they have compared all of their memory once more.
run_on()
{
	local name
	local -A before
	for name; do
		alive "${pid[$name]}" || fail "$name (PID ${pid[$name]}) does not exist"
		before[$name]=$(cat "/run/count.$name")
	done
	for name; do
		wait_for 30 counted "$name" $((before[$name] + 10)) ||
			fail "$name (PID ${pid[$name]}): no progress after ${before[$name]}: $(cat "/run/count.$name")"
	done
}

# started NAME: prints the start time of the process. A restore changes it.
started()
{
	sed 's/.*) //' "/proc/${pid[$1]}/stat" | cut -d' ' -f20
}

note_starts()
{
	local name
	for name in "${!pid[@]}"; do
		was[$name]=$(started "$name")
	done
}

# untouched NAME...: checks that the processes run and were not restarted since note_starts.
untouched()
{
	local name
	run_on "$@"
	for name; do
		equal "the start time of $name" "$(started "$name")" "${was[$name]}"
	done
}

# restored NAME...: checks that the processes run and were ended and restored since note_starts.
restored()
{
	local name
	run_on "$@"
	for name; do
		[ "$(started "$name")" != "${was[$name]}" ] || fail "$name was not dumped and restored"
	done
}

# registered N: checks that N trees are registered.
registered()
{
	exits 0 pramctl status
	says "Registered:    $1"
}

# Checks that no checkpoint, no new node, no CRIU image and no kexec image is left.
nothing_left()
{
	exits 0 pramctl list
	# shellcheck disable=SC2154
	equal "the list of checkpoints" "$out" ""
	equal "the nodes" "$(filetest list)" "$nodes_before"
	equal "directories with CRIU images" "$(ls /run/pram/work)" ""
	equal "kexec_loaded" "$(cat /sys/kernel/kexec_loaded)" 0
}
