#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The memory of several processes: pages shared since fork(), two trees dumped in parallel, two processes that share one
# address space, pages with additional references, and a process that is killed while it is dumped.
# group: plugin-criu
# long: debug
# boot: bare
# memory: 2G
# timeout: 120

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/criulib.sh"

# of IMAGES PID CMD...: runs CMD, which is dump or restore, for this tree and this images directory.
of()
{
	local images=$1 pid=$2
	shift 2
	"$@"
}

# both CMD: runs CMD for both trees in parallel.
both()
{
	local first
	of /tmp/one "$pid" "$1" &
	first=$!
	of /tmp/two "$other" "$1" || fail "$1: $(images=/tmp/two why "$1")"
	wait $first || fail "$1: $(images=/tmp/one why "$1")"
}

# Two trees are dumped and restored in parallel. In one of them parent, child and grandchild share pages. After the
# restore each of them writes, and none sees what the others write.
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

# Two processes share one address space. CRIU cannot dump them, with or without the plugin, and both continue.
kin_starts vm
read -r child _ <"/proc/$pid/task/$pid/children"
for with in "" "$plugin"; do
	plugin=$with dump && fail "CRIU has dumped processes that share an address space"
	grep -a "Can't make VM id" $images/dump.log || fail "CRIU failed for another reason: $(why dump)"
	kill -0 "$child" || fail "the child has ended"
	lives
	no_nodes
done
kill -9 "$child"
ends

# Pages with additional references: a mapping with a page pinned for DMA is left to CRIU, a page in a pipe is copied.
starts /tmp/held held /tmp/held
check "dump" dump -v4
say "$(grep -ao 'pram_plugin: .*' $images/dump.log)"
read -r _ _ place _ _ _ <"/tmp/held"
grep -aq "$place-.* is left to CRIU: pinned" $images/dump.log || fail "the pinned page was not left to CRIU"
grep -aq " 1 of them copied" $images/dump.log || fail "the spliced page was not copied"
check "restore" restore
kill -USR1 "$pid"
wait_for 20 grep -q "seq 2" /tmp/held || fail "the page in the pipe is wrong: $(cat /tmp/held*)"
goes_on /tmp/held
no_nodes
kill -9 "$pid"
ended "$pid"
rm -f /tmp/held

# The root is killed while it is dumped. The child continues, and CRIU reports an error.
kin_starts 2
child=${pids##* }
LD_PRELOAD=$preload KILLAT="take 1 $pid" dump &&
	fail "CRIU reports success although the root was killed during the dump"
ended "$pid"
goes_on /tmp/kin.1
no_nodes
kill -9 "$child"
ended "$child"

# The root is killed after the dump is complete. The checkpoint can be restored as usual.
kin_starts 2
printf '#!/bin/sh\n[ "$CRTOOLS_SCRIPT_ACTION" != post-dump ] || kill -9 %s\n' "$pid" >/tmp/action
chmod +x /tmp/action
dump --action-script /tmp/action || fail "CRIU's exit status is $?: $(why dump)"
# shellcheck disable=SC2086
ended $pids
check "restore" restore
lives
no_nodes
ends
