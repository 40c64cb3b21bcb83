#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Several processes and their memory: pages shared since fork(), two trees side by side, one memory for two
# processes, pages that others hold, and a process that dies while it is dumped.
# group: plugin-criu
# long: debug
# boot: bare
# memory: 2G
# timeout: 120

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/criulib.sh"

# of IMAGES PID CMD...: dump or restore of another tree than the present one
of()
{
	local images=$1 pid=$2
	shift 2
	"$@"
}

# both CMD: for the two trees at the same time
both()
{
	local first
	of /tmp/one "$pid" "$1" &
	first=$!
	of /tmp/two "$other" "$1" || fail "$1: $(images=/tmp/two why "$1")"
	wait $first || fail "$1: $(images=/tmp/one why "$1")"
}

# Two trees, dumped and restored at the same time. In one of them pages are shared between parent, child and
# grandchild; after the restore each of them writes, and none sees what the others write.
starts /tmp/busy busy /tmp/busy 2
other=$pid
kin_starts 3
for i in 1 2; do
	both dump
	# shellcheck disable=SC2086
	ended $pids "$other"
	both restore
	lives
	goes_on /tmp/busy
	no_nodes
done
kill -TERM "$other"
ended "$other"
all_well /tmp/busy
ends

# One memory for two processes: CRIU cannot, with the plugin or without, and the two go on.
kin_starts vm
read -r child _ <"/proc/$pid/task/$pid/children"
for with in "" "$plugin"; do
	plugin=$with dump && fail "CRIU dumps what shares its memory"
	grep -a "Can't make VM id" $images/dump.log || fail "another reason: $(why dump)"
	kill -0 "$child" || fail "its fellow has ended"
	lives
	no_nodes
done
kill -9 "$child"
ends

# Pages that others hold: a mapping with a page pinned for DMA is left to CRIU, one in a pipe is copied.
starts /tmp/held held /tmp/held
check "dump" dump -v4
say "$(grep -ao 'pram_plugin: .*' $images/dump.log)"
read -r _ _ place _ _ _ <"/tmp/held"
grep -aq "$place-.* is left to CRIU: pinned" $images/dump.log || fail "the pinned page was not left"
grep -aq " 1 of them copied" $images/dump.log || fail "the spliced page was not copied"
check "restore" restore
kill -USR1 "$pid"
wait_for 20 grep -q "seq 2" /tmp/held || fail "the pipe: $(cat /tmp/held*)"
goes_on /tmp/held
no_nodes
kill -9 "$pid"
ended "$pid"
rm -f /tmp/held

# The root dies while it is dumped, and the child goes on; CRIU says so.
kin_starts 2
child=${pids##* }
LD_PRELOAD=$preload KILLAT="take 1 $pid" dump && fail "the root was not dumped, but it is said so"
ended "$pid"
goes_on /tmp/kin.1
no_nodes
kill -9 "$child"
ended "$child"

# After the dump is complete: a checkpoint like any other
kin_starts 2
printf '#!/bin/sh\n[ "$CRTOOLS_SCRIPT_ACTION" != post-dump ] || kill -9 %s\n' "$pid" >/tmp/action
chmod +x /tmp/action
dump --action-script /tmp/action || fail "CRIU's status is $?: $(why dump)"
# shellcheck disable=SC2086
ended $pids
check "restore" restore
lives
no_nodes
ends
