# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# For cases with registered process trees: source it after lib.sh.

# Pids by name, see start_tree, and when these processes were forked, see note_starts.
declare -A pid was

# What PRAM holds before the case: other cases of the group may have left nodes.
nodes_before=$(filetest list)

# start_tree NAME: a process with two copies of 16 MiB. It compares an eighth of them in each pass and
# counts the passes in /run/count.NAME. Its pid is in ${pid[NAME]}.
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

# counted NAME N: more than N passes
counted()
{
	[ "$(cat "/run/count.$1")" -gt "$2" ] 2>/dev/null
}

# run_on NAME...: the processes are there and compare all of their memory once more.
run_on()
{
	local name
	local -A before
	for name; do
		[ -e "/proc/${pid[$name]}" ] || fail "$name (${pid[$name]}) is gone"
		before[$name]=$(cat "/run/count.$name")
	done
	for name; do
		wait_for 30 counted "$name" $((before[$name] + 10)) ||
			fail "$name (${pid[$name]}) does not go on after ${before[$name]}: $(cat "/run/count.$name")"
	done
}

# started NAME: when its process was forked. It differs after a restore.
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

# untouched NAME...: since note_starts nobody has ended it.
untouched()
{
	local name
	run_on "$@"
	for name; do
		equal "the start of $name" "$(started "$name")" "${was[$name]}"
	done
}

# restored NAME...: since note_starts it was ended and restored.
restored()
{
	local name
	run_on "$@"
	for name; do
		[ "$(started "$name")" != "${was[$name]}" ] || fail "$name was not dumped and restored"
	done
}

# registered N: that many trees are
registered()
{
	exits 0 pramctl status
	says "Registered:    $1"
}

# No checkpoint, no node, no image of CRIU's and no kexec image is left.
nothing_left()
{
	exits 0 pramctl list
	# shellcheck disable=SC2154
	equal "the list" "$out" ""
	equal "the nodes" "$(filetest list)" "$nodes_before"
	equal "directories of images" "$(ls /run/pram/work)" ""
	equal "the kexec image" "$(cat /sys/kernel/kexec_loaded)" 0
}
