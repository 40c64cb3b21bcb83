# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# For the cases with CRIU: after lib.sh. The process, or the root of the tree, is $pid.

# What CRIU is told to load; a case that looks at what stock CRIU does sets it to "".
plugin="--lib /usr/lib/pram/criu"

# Images in memory: nothing here is about disks.
images=/tmp/img

# starts FILE PROG ARGS...: a program that reports to FILE; its pid is in $pid.
starts()
{
	local file=$1 prog=$2
	shift 2
	rm -f "$file" "$file".bad
	# CRIU is not to wait for it
	setsid nice -n 10 "$prog" "$file" "$@" </dev/null >/dev/null 2>&1 &
	pid=$!
	disown
	wait_for 30 test -s "$file" || fail "$prog does not start"
}

# reported FILE: what it says now.
reported()
{
	cat "$1" 2>/dev/null || echo nothing
}

# all_well FILE...: none of the programs has found anything wrong.
all_well()
{
	local file
	for file; do
		[ ! -e "$file".bad ] || fail "$(cat "$file".bad)"
	done
}

# goes_on FILE...: each of them reports something new as well.
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
		[ "$now" != "$before" ] || fail "$file does not go on after: $before"
	done
}

# dump [ARGS...] of $pid into $images
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

# why LOG: the errors in a log of CRIU's
why()
{
	grep -aE "Error|pram_plugin" "$images/$1.log" | tail -n 5
}

# ended PID...: they have been ended, and are gone.
ended()
{
	wait_for 20 sh -c 'for p; do ! kill -0 "$p" 2>/dev/null || exit 1; done' - "$@" ||
		fail "one of $* still runs"
}

no_nodes()
{
	[ -z "$(filetest list)" ] || fail "nodes are left: $(filetest list)"
}
