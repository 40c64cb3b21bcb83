#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# CRIU with the plugin: dump, restore in the same kernel and after a kexec, a CRIU that is killed, a dump that fails.
# group: plugin
# boot: bare
# memory: 2G
# timeout: 120

. "${0%/*}/../lib/lib.sh"

lib=/usr/lib/pram/criu
by_lib="--lib $lib"
# See killat.c.
preload=$(command -v memtest)
preload=${preload%/*}/killat.so
kinds="small huge sparse partial zero none flags moved"

counter()
{
	cat "$1" 2>/dev/null || echo 0
}

# goes_on FILE: checks that the program continues to count and that its memory is intact.
goes_on()
{
	local before
	before=$(counter "$1")
	wait_for 20 sh -c '[ "$(cat "$1")" != "$2" ]' - "$1" "$before" || fail "the program does not continue to count"
	case $(counter "$1") in
	BAD*) fail "the memory of the program has changed" ;;
	esac
}

# start FILE: starts a program that verifies its memory in a loop. Sets $pid.
start()
{
	rm -f "$1"
	# shellcheck disable=SC2086
	setsid memtest run "$1" $kinds </dev/null >/dev/null 2>&1 &
	pid=$!
	wait_for 30 test -s "$1" || fail "the program does not start"
}

kill_it()
{
	check "kill the program" kill -9 "$pid"
	wait_for 10 test ! -e "/proc/$pid" || fail "the program still runs"
}

# dump DIR ARGS...: dumps $pid into DIR.
dump()
{
	local dir=$1
	shift
	rm -rf "$dir"
	mkdir -p "$dir"
	# shellcheck disable=SC2086
	criu dump $by_lib -t "$pid" -D "$dir" -o dump.log -v4 "$@" && return
	grep -aE "Error|pram_plugin" "$dir/dump.log" | tail -n 8
	return 1
}

restore()
{
	# shellcheck disable=SC2086
	criu restore $by_lib -D "$1" -o restore.log -v4 -d && return
	grep -aE "Error|pram_plugin" "$1/restore.log" | tail -n 8
	return 1
}

images=$CASE_DIR/img
count=$CASE_DIR/count

case $STAGE in
1)
	[ -e $lib/pram_plugin.so ] || fail "the plugin is not installed"
	start "$count"

	# Dump and restore in the same kernel.
	check "dump" dump "$images"
	! alive "$pid" || fail "the program was not ended"
	grep -a "pages of $pid are in node" "$images/dump.log" || fail "the plugin has moved no pages"
	say "pages.img: $(stat -c %s "$images"/pages-1.img), taken: $(grep -ao '[0-9]* pages of .*' "$images/dump.log")"
	[ "$(stat -c %s "$images"/pages-1.img)" -lt 1000000 ] || fail "the memory was written to the images"
	check "restore" restore "$images"
	goes_on "$count"
	[ -z "$(filetest list)" ] || fail "nodes are left: $(filetest list)"

	# A second restore from the same images fails, because the memory is not in PRAM any more. CRIU's log says so.
	kill_it
	restore "$images" && fail "the program was restored twice from the same images"
	grep -a "it is not there: restored already" "$images/restore.log" || fail "CRIU's log does not give the reason"

	start "$count"
	check "dump" dump "$images" --leave-running
	goes_on "$count"
	[ -n "$(filetest list)" ] || fail "there is no node"
	kill_it
	check "restore" restore "$images"
	goes_on "$count"

	# CRIU finds the plugin in its default folder, as it does for a container's runtime: memory stays where
	# it belongs unless the environment asks. The restore finds out by itself.
	by_lib=
	check "dump without --lib" dump "$images"
	[ -z "$(filetest list)" ] || fail "the plugin took memory that nobody asked it to take"
	check "restore without --lib" restore "$images"
	goes_on "$count"
	PRAM_DUMP=1 dump "$images" || fail "dump with PRAM_DUMP=1"
	[ -n "$(filetest list)" ] || fail "CRIU does not find the plugin, or it ignores PRAM_DUMP=1"
	check "restore of what PRAM_DUMP=1 took" restore "$images"
	goes_on "$count"
	[ -z "$(filetest list)" ] || fail "nodes are left: $(filetest list)"
	by_lib="--lib $lib"

	# CRIU is killed after it has taken the memory: the process survives.
	rm -rf "$images" && mkdir -p "$images"
	status=0
	LD_PRELOAD=$preload KILLAT="take 1" criu dump --lib $lib -t "$pid" -D "$images" -o dump.log -v4 \
		2>/dev/null || status=$?
	equal "CRIU's exit status" $status 137
	goes_on "$count"
	[ -z "$(filetest list)" ] || fail "nodes are left: $(filetest list)"
	# A dump fails: the process survives.
	printf '#!/bin/sh\n[ "$CRTOOLS_SCRIPT_ACTION" != post-dump ]\n' >"$CASE_DIR/no"
	chmod +x "$CASE_DIR/no"
	dump "$images" --action-script "$CASE_DIR/no" && fail "CRIU ignores the exit status of the script"
	grep -a "Script $CASE_DIR/no exited with" "$images/dump.log" || fail "CRIU failed for another reason"
	goes_on "$count"
	for node in $(filetest list | awk '{ print $1 }'); do
		check "remove $node" filetest rm "$node"
	done

	# Dump and restore over a kexec.
	check "dump" dump "$images"
	keep pid "$pid"
	keep before "$(counter "$count")"
	next_by_kexec
	;;
2)
	pid=$(kept pid)
	restore "$images" || fail "restore: $(grep -a Error "$images/restore.log" | tail -3)"
	goes_on "$count"
	[ "$(counter "$count")" -gt "$(kept before)" ] || fail "the program started again from zero"
	[ -z "$(filetest list)" ] || fail "nodes are left: $(filetest list)"
	kill -9 "$pid"
	;;
esac
exit 0
