#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Two programs keep running over a hundred kexecs in a row: a multi-threaded one that changes its memory, and one whose memory
# never changes. Both check each of their pages in every pass.
# group: plugin-hundred
# boot: bare
# kernels: everyday
# rare: everyday
# memory: 2G
# timeout: 120
# with() calls the functions.
# shellcheck disable=SC2317

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/criulib.sh"

rounds=100
kinds="small huge sparse partial zero none flags moved"

# with NAME CMD...: runs CMD for the program NAME. Its images are on the disk.
with()
{
	name=$1
	shift
	images=$CASE_DIR/$name.img
	file=$CASE_DIR/$name
	pid=$(kept "$name.pid")
	"$@"
}

begin()
{
	starts "$CASE_DIR/busy" busy "$CASE_DIR/busy" 3
	keep busy.pid "$pid"
	# shellcheck disable=SC2086
	starts "$CASE_DIR/still" memtest run "$CASE_DIR/still" $kinds
	keep still.pid "$pid"
}

leave()
{
	keep "$name.last" "$(reported "$file")"
	dump -v1 || fail "dump of $file: $(why dump)"
	! alive "$pid" || fail "$file was not ended"
}

arrive()
{
	restore -v1 || fail "restore of $file: $(why restore)"
	goes_on "$file"
	case $(reported "$file") in
	BAD*) fail "$file: the memory has changed: $(reported "$file")" ;;
	esac
	[ "$(reported "$file" | grep -o '[0-9]*' | head -n 1)" -ge \
		"$(kept "$name.last" | grep -o '[0-9]*' | head -n 1)" ] ||
		fail "$file has started again: $(reported "$file") after $(kept "$name.last")"
}

if [ "$STAGE" = 1 ]; then
	# PIDs that the next boots do not use for themselves
	echo 20000 >/proc/sys/kernel/ns_last_pid
	begin
else
	with busy arrive
	with still arrive
	no_nodes
	with busy kill -USR1 "$(kept busy.pid)"	# the heap grows
	with busy goes_on "$CASE_DIR/busy"
fi
if [ "$STAGE" -le $rounds ]; then
	with busy leave
	with still leave
	[ $((STAGE % 10)) != 0 ] || say "kexec $STAGE: $(reported "$CASE_DIR/busy"), $(reported "$CASE_DIR/still")"
	next_by_kexec
fi
say "after $rounds kexecs: $(reported "$CASE_DIR/busy"), $(reported "$CASE_DIR/still")"
with busy kill -TERM "$(kept busy.pid)"
ended "$(kept busy.pid)"
all_well "$CASE_DIR/busy"
case $(reported "$CASE_DIR/busy") in
end*) ;;
*) fail "busy did not finish successfully: $(reported "$CASE_DIR/busy")" ;;
esac
kill -9 "$(kept still.pid)"
exit 0
