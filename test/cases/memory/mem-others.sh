#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Others use PRAM, or the memory of a process, while that is taken, mapped or freed.
# group: mem
# boot: bare
# memory: 2G
# timeout: 150

. "${0%/*}/../lib/lib.sh"

out=$(timeout 50 memothers remove) || fail "remove: $out"
say "remove: $out"
for kind in small huge; do
	out=$(timeout 40 memothers pin $kind) || fail "pin, $kind: $out"
	say "pin, $kind: $out"
done
out=$(timeout 20 memothers hole) || fail "hole: $out"
say "hole: $out"
check "remove the node" filetest rm memtest
out=$(timeout 20 memothers armed) || fail "armed: $out"
say "armed: $out"

# A process whose memory was committed cannot have a copy: it is killed, and nobody else; its node is unchanged.
group=/sys/fs/cgroup/committed
mkdir -p $group
echo +memory >/sys/fs/cgroup/cgroup.subtree_control
echo 0 >$group/memory.swap.max
out=$(sh -c "echo \$\$ >$group/cgroup.procs; exec timeout 20 memothers room $group" 2>&1) || fail "room: $out"
say "room: $out"
equal "oom_kill of the group" "$(awk '/^oom_kill / { print $2 }' $group/memory.events)" 0
wait_for 20 sh -c "! grep -q . $group/cgroup.procs" || fail "a process is still in the group"
rmdir $group
[ -z "$(filetest list)" ] || fail "nodes are left: $(filetest list)"
