#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A process that is killed after its memory was committed, or before its restore is complete, leaves no trace in its
# node or in shared memory. One that is killed before the commit does. A kernel thread, which has no memory, can end
# meanwhile.
# group: mem
# boot: bare
# memory: 2G
# timeout: 30

. "${0%/*}/../lib/lib.sh"

# When a process crashes, a kernel thread shall execute this program, but ends.
pattern=$(cat /proc/sys/kernel/core_pattern)
echo "|/nonexistent" >/proc/sys/kernel/core_pattern
threads()
{
	dmesg | grep -cF "|/nonexistent pipe failed"
}

n=$(threads)
for how in taken kept bound armed; do
	out=$(timeout 20 memexit $how) || fail "$how: $out"
	n=$((n + 1))
	equal "$how: the number of kernel threads that have ended" "$(threads)" $n
done
echo "$pattern" >/proc/sys/kernel/core_pattern
[ -z "$(filetest list)" ] || fail "nodes are left: $(filetest list)"
