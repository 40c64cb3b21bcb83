#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Memory is committed to a node. If the process continues, it has a copy; the memory in the node does not change and can
# be put into another process.
# group: mem
# boot: bare
# memory: 2G
# timeout: 90

. "${0%/*}/../lib/lib.sh"

stop_memory_daemons
echo always >/sys/kernel/mm/transparent_hugepage/hugepages-64kB/enabled
for kind in small huge sparse partial zero fork forked none flags moved medium free; do
	out=$(memtest kept $kind) || fail "$kind: $out"
	say "$kind: $out"
done
for kind in small huge sparse partial zero none flags moved medium; do
	out=$(memtest armed $kind) || fail "armed $kind: $out"
	say "armed $kind: $out"
done
out=$(memtest again small sparse partial flags) || fail "again: $out"
say "again: $out"
out=$(memtest killed fork small huge) || fail "killed: $out"
[ -z "$(filetest list)" ] || fail "nodes are left: $(filetest list)"
