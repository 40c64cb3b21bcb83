# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# For cases that run CRIU directly, without pramd. Source this file after lib.sh. $pid is the process, or the root of
# the tree.

# CRIU options that load the plugin. Set this to "" to run CRIU without the plugin.
plugin="--lib /usr/lib/pram/criu"

# See killat.c.
preload=$(command -v memtest)
preload=${preload%/*}/killat.so

# /tmp is a tmpfs: the images need no disk I/O.
images=/tmp/img

# starts FILE PROG ARGS...: starts a program that writes its reports to FILE. Sets $pid.
starts()
{
	local file=$1
	shift
	rm -f "$file" "$file".bad
	# with a lower priority than CRIU
	setsid nice -n 10 "$@" </dev/null >/dev/null 2>&1 &
	pid=$!
	disown
	wait_for 30 test -s "$file" || fail "$1 does not start"
}

# reported FILE: prints the last report of the program.
reported()
{
	cat "$1" 2>/dev/null || echo nothing
}

# all_well FILE...: checks that none of these programs has found an error.
all_well()
{
	local file
	for file; do
		[ ! -e "$file".bad ] || fail "$(cat "$file".bad)"
	done
}

# goes_on FILE...: checks that each of these programs writes a new report and has found no error.
goes_on()
{
	local file before now end=$((SECONDS + 20))
	for file; do
		read -r before <"$file"
		while read -r now <"$file" && [ "$now" = "$before" ]; do
			[ $SECONDS -lt $end ] || break
			sleep 0.03
		done
		all_well "$file"
		[ "$now" != "$before" ] || fail "$file: no new report after: $before"
	done
}

# dump [ARGS...]: dumps $pid into $images.
dump()
{
	rm -rf "$images"
	mkdir -p "$images"
	# shellcheck disable=SC2086
	criu dump $plugin -t "$pid" -D "$images" -o dump.log "$@"
}

restore()
{
	# shellcheck disable=SC2086
	criu restore $plugin -D "$images" -o restore.log -d "$@"
}

# why LOG: prints the errors in LOG.log. LOG is dump or restore.
why()
{
	grep -aE "Error|pram_plugin" "$images/$1.log" | tail -n 5
}

# ended PID...: waits until none of these processes exists.
ended()
{
	wait_for 20 sh -c 'for p; do ! kill -0 "$p" 2>/dev/null || exit 1; done' - "$@" ||
		fail "one of $* still runs"
}

no_nodes()
{
	[ -z "$(filetest list)" ] || fail "nodes are left: $(filetest list)"
}

drop_nodes()
{
	local node
	for node in $(filetest list | awk '{ print $1 }'); do
		check "remove $node" filetest rm "$node"
	done
}

# kin_starts N|vm: starts a tree of N processes, see kin.c. Sets $pids to all PIDs, $pid to the PID of the root, and
# $reports to the report files.
kin_starts()
{
	local i p n=$1
	[ "$n" != vm ] || n=1
	rm -f /tmp/kin.*
	starts /tmp/kin.0 kin /tmp/kin "$1"
	pids=
	reports=
	for ((i = 0, p = pid; i < n; i++)); do
		wait_for 20 test -s /tmp/kin.$i || fail "process $i of the tree does not start"
		pids="$pids $p"
		reports="$reports /tmp/kin.$i"
		read -r p _ <"/proc/$p/task/$p/children"
	done
}

# lives: checks that all processes of the tree continue with their memory intact, and that the memory is still
# private: each process forks, and the parent must not see what the child writes.
lives()
{
	local p forks
	# shellcheck disable=SC2086
	goes_on $reports
	forks=$(sed -n 's/.*forks \([0-9]*\).*/\1/p' /tmp/kin.0)
	# shellcheck disable=SC2086
	kill -USR1 $pids
	for p in $reports; do
		wait_for 20 grep -q "forks $((forks + 1)) " "$p" || fail "$p does not fork"
	done
	# shellcheck disable=SC2086
	goes_on $reports
	for p in $pids; do
		! grep /dev/pram "/proc/$p/maps" || fail "$p still has mappings of the device"
	done
}

# ends: kills the tree.
ends()
{
	# shellcheck disable=SC2086
	kill -9 $pids 2>/dev/null
	# shellcheck disable=SC2086
	ended $pids
}
