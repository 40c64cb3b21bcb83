#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The memory of a stopped process is taken and given back. Every page and every flag is unchanged.
# group: mem
# boot: bare
# memory: 2G
# timeout: 90

. "${0%/*}/../lib/lib.sh"

stop_memory_daemons
echo always >/sys/kernel/mm/transparent_hugepage/hugepages-64kB/enabled
dd if=/dev/zero of="$CASE_DIR/swap" bs=1M count=64 status=none
chmod 600 "$CASE_DIR/swap"
mkswap -q "$CASE_DIR/swap"
check "swap" swapon "$CASE_DIR/swap"

for kind in small huge sparse partial zero fork forked none flags moved medium pinned uffd free guard; do
	out=$(memtest back $kind) || fail "$kind: $out"
	say "$kind: $out"
done
for way in back kept; do
	out=$(memheap $way) || fail "heap, $way: $out"
done
out=$(MEMTEST_LOOSE=1 memtest back swapped) || fail "swapped: $out"
say "swapped: $out"
echo 1 >/sys/kernel/mm/ksm/run
out=$(MEMTEST_LOOSE=1 MEMTEST_SETTLE=3 memtest back ksm) || fail "ksm: $out"
say "ksm: $out"
echo 0 >/sys/kernel/mm/ksm/run
# Pages shared with other processes: a small mapping is left to CRIU, a larger one is copied.
out=$(MEMTEST_SHARED=$((1 << 20)) memtest back fork) || fail "shared: $out"
say "shared: $out"
out=$(MEMTEST_SHARED=$((1 << 20)) memtest back small 2>&1) && fail "small counts as shared"
case $out in
*" is left: 0"*) ;;
*) fail "memtest failed for another reason: $out" ;;
esac

# Locked pages that are given back must be accounted only once.
locked()
{
	awk '/^Mlocked:/ { print $2 }' /proc/meminfo
}

was=$(locked)
out=$(memtest rounds 10 flags) || fail "locked: $out"
equal "Mlocked: after ten rounds" "$(locked)" "$was"

# Copies of shared pages exceed the limit of the control group: the call fails, nothing changes, and no process is
# killed.
group=/sys/fs/cgroup/room
mkdir -p $group
echo +memory >/sys/fs/cgroup/cgroup.subtree_control
echo 0 >$group/memory.swap.max
in_group()
{
	sh -c "echo \$\$ >$group/cgroup.procs; exec $*"
}

out=$(in_group memtest back fork) || fail "without a limit: $out"
out=$(in_group env MEMTEST_GROUP=$group memtest back fork 2>&1) && fail "take did not fail at the limit: $out"
case $out in
*"take: Cannot allocate memory"*) ;;
*) fail "memtest failed for another reason: $out" ;;
esac
equal "oom_kill of the group" "$(awk '/^oom_kill / { print $2 }' $group/memory.events)" 0
wait_for 20 sh -c "! grep -q . $group/cgroup.procs" || fail "a process is still in the group"
rmdir $group
swapoff "$CASE_DIR/swap"
