#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Many rounds of taking and giving back: no page and no memory cgroup charge is lost or left over.
# group: mem
# boot: bare
# memory: 2G
# timeout: 90

. "${0%/*}/../lib/lib.sh"

stop_memory_daemons
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
wait_for 20 sh -c "! grep -q . $group/cgroup.procs" || fail "a process is still in the group"
near "free memory in KiB" "$(memfree_settled)" "$before" 1024
# The remaining charge is slab memory and cached pages: far less than the 40 MiB of one round.
[ "$(cat $group/memory.current)" -lt 8000000 ] || fail "the group is still charged with $(cat $group/memory.current)"
rmdir $group
[ -z "$(filetest list)" ] || fail "nodes are left: $(filetest list)"
