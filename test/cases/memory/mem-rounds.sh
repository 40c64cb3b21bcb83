#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Over and over: no page is lost or left over, and neither is a charge.
# group: mem
# boot: bare
# memory: 2G
# timeout: 90

. "${0%/*}/../lib/lib.sh"

memory_rests
rounds=500
case $(uname -r) in
*-debug) rounds=100 ;;
esac
group=/sys/fs/cgroup/rounds
echo +memory >/sys/fs/cgroup/cgroup.subtree_control
mkdir -p $group
out=$(memtest rounds 3 small huge) || fail "$out"
before=$(memfree_settled)
out=$(sh -c "echo \$\$ >$group/cgroup.procs; exec memtest rounds $rounds small huge partial forked flags") || fail "$out"
out=$(sh -c "echo \$\$ >$group/cgroup.procs; exec memtest kept small huge partial forked flags") || fail "$out"
out=$(sh -c "echo \$\$ >$group/cgroup.procs; exec memtest armed small huge partial forked flags") || fail "$out"
wait_for 20 sh -c "! grep -q . $group/cgroup.procs" || fail "something still runs"
near "free memory in KiB" "$(memfree_settled)" "$before" 1024
echo 0 >$group/memory.reclaim 2>/dev/null
# what the group still owns is slab and what waits in lists: far less than the 40 MiB of one round
[ "$(cat $group/memory.current)" -lt 8000000 ] || fail "charged: $(cat $group/memory.current)"
rmdir $group
[ -z "$(filetest list)" ] || fail "nodes are left: $(filetest list)"
